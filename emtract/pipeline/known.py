"""What the store has read already: which files have something new, and which would now be read in another way."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import msgspec

from emtract.config import MarketSource, PostSource, PriceSource
from emtract.errors import ConfigError, SourceError
from emtract.ingest.authors import fingerprint
from emtract.ingest.recognise import recognise_file
from emtract.model.card import file_digest
from emtract.options import PanelSettings
from emtract.pipeline.authors import MARK
from emtract.pipeline.files import column_mapping
from emtract.store.loading import forget_readings
from emtract.store.sources import KnownSource, SourceFile, known_sources

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from emtract.pipeline.files import Job
    from emtract.store import Store

#: Recorded as the format of a file that was not recognised.
UNKNOWN: Final = "unknown"
#: Key of a mapping under which the digest of the table of symbols beside a file of posts stands.
_BESIDE: Final = "symbols_file"


def unread(known: KnownSource | None, job: Job, how: object) -> SourceFile | None:
    """Return the file's identity, or None where the store has read it to its end, and as it would be read now.

    Parameters
    ----------
    known
        The newest reading of its path; None for none.
    job
        The file.
    how
        As `how_read` tells it.
    """
    form: str = "prices" if isinstance(job.source, PriceSource) else job.source.format
    mapping = json.dumps(how, sort_keys=True)
    if known and _told(json.loads(known.file.mapping)) == _told(how):
        mapping = known.file.mapping
    stat = job.path.stat()
    told = known.file.format if known and form == "auto" else form
    file = SourceFile(job.name, job.kind, told, mapping, "", stat.st_size, stat.st_mtime_ns)
    if known and known.is_unchanged(file):
        return None
    file = replace(file, format=_recognised(job) if form == "auto" else form, sha256=file_digest(job.path))
    return None if known and known.finished and known.is_same(file) else file


def _told(how: object) -> object:
    """What a mapping says, without what it leaves out: a column that a later emtract knows is none in an earlier record."""
    if not isinstance(how, dict):
        return how
    return {name: _told(value) for name, value in how.items() if value is not None and value is not False}


def refuse_changed(store: Store, jobs: Iterable[Job], known: Mapping[str, KnownSource]) -> None:
    """Refuse files of posts that the store holds as they were read under other columns: their posts would stay as they are.

    Parameters
    ----------
    store
        Says whether it holds posts of a file.
    jobs
        Configured files, of all kinds.
    known
        Path -> its newest reading.

    Raises
    ------
    ConfigError
        There is such a file; the remedy is `--again`.
    """
    posts = [(job.source, job) for job in jobs if isinstance(job.source, PostSource) and job.name in known]
    changed = [job.name for source, job in posts if _is_changed(source, job, known[job.name].file)]
    held = [name for name in changed if _holds_posts(store, name)]
    if held:
        more = f" (and {len(held) - 1:,} more files)" if len(held) > 1 else ""
        raise ConfigError(
            f"{held[0]}{more} was read under another format, other columns or another symbols_file than now, and its posts are "
            "stored as they were read: run `emtract ingest --again` to read all files anew (scores of texts stay), or undo the "
            "change"
        )


def _is_changed(source: PostSource, job: Job, file: SourceFile) -> bool:
    before, form = json.loads(file.mapping), source.format
    beside = before.get(_BESIDE) if isinstance(before, dict) else None
    if beside and beside != _symbols_digest(source, job):
        return True
    before = before["columns"] if isinstance(before, dict) and "columns" in before else before
    columns = msgspec.to_builtins(source.columns)
    return _told(before) != _told(columns) or (form not in {"auto", file.format} and file.format != UNKNOWN)


def _symbols_digest(source: PostSource, job: Job) -> str | None:
    """Digest of the table of symbols beside a file of posts; None where there is none."""
    return _digest(source.columns.symbols_file, job) if source.columns else None


def _digest(name: str | None, job: Job) -> str | None:
    """Digest of a file beside another; None where there is none."""
    path = None if name is None else job.path.parent / name
    return file_digest(path) if path is not None and path.is_file() else None


def _holds_posts(store: Store, path: str) -> bool:
    rows = store.sql(
        "SELECT coalesce(sum(rows_kept + rows_repeated), 0) > 0 AS held FROM sources WHERE kind = 'posts' AND path = $path",
        path=path,
    )
    return bool(rows.item())


def left_behind(known: Mapping[str, KnownSource], jobs: Iterable[Job]) -> list[str]:
    """Say which files the store holds though the configuration no longer names them, or they are gone: their rows still count."""
    if not (left := sorted(known.keys() - {job.name for job in jobs})):
        return []
    more = f" and {len(left) - 1:,} more" if len(left) > 1 else ""
    return [
        f"{left[0]}{more}: in the store and no file of the configuration any longer, so every number still rests on its rows; "
        "name it again, or to do without it name another [store] path and run `emtract ingest`"
    ]


def forget(store: Store, jobs: Iterable[Job]) -> None:
    """Empty the store of what was read; files that could not be read again, and scores that belong to posts, forbid it."""
    lost = sorted(known_sources(store).keys() - {job.name for job in jobs})
    if lost:
        raise ConfigError(
            f"{lost[0]} is in the store and no file of the configuration ({len(lost):,} such): --again would lose it. Name it "
            "in the configuration, or move the store away and run `emtract ingest`"
        )
    brought = store.count("post_scores")
    if brought:
        raise ConfigError(
            f"the store holds {brought:,} scores of posts that were brought from outside, which --again would lose: name another "
            "[store] path, run `emtract ingest`, and bring them in again"
        )
    forget_readings(store)


def how_read(job: Job, *, symbols: frozenset[str], authors_key: bytes | None, calendar: str) -> object:
    """Return everything that decides how a file of a known format is read, the bytes of files that options name included.

    Parameters
    ----------
    job
        The file, and the section of the configuration that names it.
    symbols
        What posts may name without `$`, where the section lets them.
    authors_key
        Key of hashed ids; None for ids as given.
    calendar
        Whose zone clocks in UTC have.
    """
    source = job.source
    columns = msgspec.to_builtins(source.columns)
    zoned = {} if calendar == PanelSettings().calendar else {"calendar": calendar}
    if isinstance(source, MarketSource):
        digests = {name: _digest(value, job) for name, value in source.options.items() if isinstance(value, str)}
        files = {name: digest for name, digest in digests.items() if digest}
        return {"columns": columns, "options": source.options} | ({"files": files} if files else {}) | zoned
    if isinstance(source, PriceSource):
        stated = {name: getattr(source, name) for name in ("symbol", "close", "date_format", "timezone", "decimal")}
    else:
        named = hashlib.sha256(" ".join(sorted(symbols)).encode()).hexdigest() if source.bare_symbols else None
        key, zoned = fingerprint(authors_key) if authors_key else None, {}
        stated = {"bare_symbols": named, _BESIDE: _symbols_digest(source, job), MARK: key}
    more = zoned | {name: value for name, value in stated.items() if value is not None}
    return {"columns": columns} | more if more else columns


def _recognised(job: Job) -> str:
    """Return the format that the store records; of a file that is not recognised the reading says why."""
    try:
        return recognise_file(job.path, mapping=column_mapping(job.source)).format
    except SourceError:
        return UNKNOWN
