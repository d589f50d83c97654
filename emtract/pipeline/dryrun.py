"""What ingesting would make of files, without a store: format, mapping, the first posts, what would be quarantined.

Of posts the first lines of each kind of file are read; market files are read whole (`emtract.pipeline.rehearsal`).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

import msgspec

from emtract.characters import is_damaged
from emtract.config import PriceSource
from emtract.errors import ConfigError, SourceError
from emtract.ingest.authors import without_ids
from emtract.ingest.batches import read_posts
from emtract.ingest.recognise import Recognised, recognise_file
from emtract.pipeline.authors import passing_key
from emtract.pipeline.files import column_mapping, market_jobs, matching_files, post_jobs, with_files
from emtract.pipeline.notes import note_sentence
from emtract.pipeline.rehearsal import rehearse
from emtract.sources import PriceColumns
from emtract.spelling import stored_name
from emtract.store.sources import Loaded

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from emtract.config import PostSource, Settings
    from emtract.ingest.batches import PostBatch
    from emtract.ingest.posts.tabular import ColumnMapping
    from emtract.pipeline.files import Job
    from emtract.pipeline.opening import Progress
    from emtract.pipeline.rehearsal import Rehearsal

#: Lines of a group of files that are parsed, and posts of it that are shown.
LINES: Final = 10_000
POSTS: Final = 10
_BATCH_ROWS: Final = 2_000


@dataclass(frozen=True)
class Preview:
    """Files that are read alike, and what their first lines hold.

    Attributes
    ----------
    files
        Names, in the order of reading.
    format, mapping, why
        How they are read: the mapping's entries that are set, and what was seen; None for files that are not read.
    unread
        Columns of tables of posts that no entry of the mapping names, where the format was recognised.
    kind
        Which section of the configuration names them: posts, prices or market.
    error
        Why they cannot be read, or one of them not further; None where they can.
    lines, kept, repeated
        Lines looked at, posts among them, and posts whose id stood before; rows, those kept, and repeated ones of a market file.
    damaged
        Posts that hold damaged characters, which are mended for reading.
    whole
        Whether those were all lines of all files.
    reasons
        Reason -> how many lines would be quarantined for it.
    examples
        Reason -> the first of them: file, line, detail.
    notes
        Sentences on optional fields that posts do without, and on times that may be days.
    posts
        The first posts: line, id, time (ISO, UTC), author, symbols, text.
    """

    files: tuple[str, ...]
    format: str | None = None
    mapping: dict[str, Any] | None = None
    why: str | None = None
    unread: tuple[str, ...] = ()
    kind: str = "posts"
    error: str | None = None
    lines: int = 0
    kept: int = 0
    repeated: int = 0
    damaged: int = 0
    whole: bool = True
    reasons: dict[str, int] = field(default_factory=dict)
    examples: dict[str, tuple[str, int, str]] = field(default_factory=dict)
    posts: tuple[dict[str, Any], ...] = ()
    notes: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Return it for JSON."""
        return asdict(self)


@dataclass(frozen=True)
class _Told:
    """One file with what it was recognised as, or why it was not, and the symbols that its posts may name without `$`."""

    path: Path
    name: str
    seen: Recognised | None
    error: str | None = None
    priced: frozenset[str] = frozenset()


def preview_settings(settings: Settings, *, lines: int = LINES, progress: Progress | None = None) -> list[Preview]:
    """Look at the files that the settings name: posts, then prices and other market data.

    Where authors are hashed, so are those that are shown. A pattern that matches no file is passed over: see
    `emtract.pipeline.files.unmatched`.

    Parameters
    ----------
    settings
        Which files, and how they are read.
    lines
        Lines of a group of files of posts that are parsed; market files are read whole.
    progress
        Called with (what, done, total) while market files are read.

    Raises
    ------
    ConfigError
        One file is to be read in two ways.
    """
    settings = with_files(settings)
    posts, market = post_jobs(settings), market_jobs(settings)
    found = rehearse(settings, progress=progress)
    told = []
    for job in posts:
        source = cast("PostSource", job.source)
        file = _told(job.path, job.name, source.format, column_mapping(source))
        told.append(replace(file, priced=found.priced) if source.bare_symbols else file)
    return [*_previews(told, lines, passing_key(settings)), *_market_previews(market, found)]


def _market_previews(jobs: Iterable[Job], found: Rehearsal) -> Iterator[Preview]:
    """Group the files that one section names, and after them those that are not read for the same reason."""
    groups: dict[str, list[Job]] = {}
    refused: dict[str, list[str]] = {}
    for job in jobs:
        error = found.files[job.name].error
        if error is None:
            groups.setdefault(repr(job.source), []).append(job)
        else:
            refused.setdefault(error.removeprefix(f"{job.path} "), []).append(job.name)
    for own in groups.values():
        source, told = own[0].source, {job.name: found.files[job.name] for job in own}
        rejected = [(name, *row) for name, file in told.items() for row in file.rejected]
        columns = msgspec.to_builtins(source.columns)
        usual = msgspec.to_builtins(PriceColumns()) if isinstance(source, PriceSource) else {}
        rows = sum((file.loaded for file in told.values()), Loaded())
        yield Preview(
            files=tuple(told),
            format="prices" if isinstance(source, PriceSource) else source.format,
            mapping={name: column for name, column in columns.items() if column != usual.get(name)} or None,
            why="the configuration says so",
            kind=own[0].kind,
            lines=rows.read,
            kept=rows.kept,
            repeated=rows.repeated,
            reasons=dict(Counter(reason for _, _, reason, _ in rejected).most_common()),
            examples={reason: (name, line, detail) for name, line, reason, detail in reversed(rejected)},
        )
    kinds = {job.name: job.kind for job in jobs}
    for error, names in refused.items():
        yield Preview(tuple(names), kind=kinds[names[0]], error=error)


def none_read(previews: Sequence[Preview]) -> bool:
    """Whether there are files, and not a line of any can be read."""
    return bool(previews) and not any(preview.lines for preview in previews)


def preview_paths(paths: Sequence[Path], *, lines: int = LINES) -> list[Preview]:
    """Look at files and at all files beneath folders; no configuration is needed.

    Raises
    ------
    ConfigError
        A path stands for no file.
    """
    return _previews((_told(path, stored_name(str(path)), "auto", None) for path in _files(paths)), lines)


def _files(paths: Iterable[Path]) -> Iterator[Path]:
    for path in paths:
        found = matching_files(str(path), base=Path())
        if not found:
            raise ConfigError(f"there is no file {path}: name files, patterns or folders that hold some")
        yield from found


def _told(path: Path, name: str, format: str, mapping: ColumnMapping | None) -> _Told:  # noqa: A002
    if format != "auto":
        return _Told(path, name, Recognised(format, mapping, "the configuration says so"))  # type: ignore[arg-type]
    try:
        return _Told(path, name, recognise_file(path, mapping=mapping))
    except SourceError as error:
        return _Told(path, name, None, str(error))


def _previews(told: Iterable[_Told], lines: int, authors_key: bytes | None = None) -> list[Preview]:
    """Group the files that are read alike, and after them those that are not read for the same reason."""
    groups: dict[tuple[str, ColumnMapping | None], list[_Told]] = {}
    refused: dict[str, list[str]] = {}
    for file in told:
        if file.seen is None:
            refused.setdefault(str(file.error).removeprefix(f"{file.path} "), []).append(file.name)
        else:
            groups.setdefault((file.seen.format, file.seen.mapping), []).append(file)
    read = [_preview(files, _Look(lines, authors_key)) for files in groups.values()]
    return [*read, *(Preview(tuple(names), error=error) for error, names in refused.items())]


def _preview(files: Sequence[_Told], look: _Look) -> Preview:
    seen, limit = files[0].seen, look.left
    assert seen is not None  # noqa: S101
    for file in files:
        look.at(file)
        if not look.left:
            break
    stated = {} if seen.mapping is None else msgspec.structs.asdict(seen.mapping)
    mapping = {k: v for k, v in stated.items() if v not in {None, False}} or None
    return Preview(
        files=tuple(file.name for file in files),
        format=seen.format,
        mapping=mapping,
        why=seen.why,
        unread=tuple(dict.fromkeys(name for file in files if file.seen for name in file.seen.unread)),
        error=look.error,
        lines=limit - look.left,
        kept=len(look.ids),
        repeated=len(look.ids) - len(set(look.ids)),
        damaged=look.damaged,
        whole=look.left > 0,
        reasons=dict(look.reasons.most_common()),
        examples=look.examples,
        posts=tuple(look.posts),
        notes=tuple(look.told()),
    )


class _Look:
    """What has been seen of the files of a group so far."""

    def __init__(self, left: int, authors_key: bytes | None = None) -> None:
        self.left = left
        self.authors_key = authors_key
        self.error: str | None = None
        self.damaged = 0
        self.ids: list[tuple[str, str]] = []
        self.reasons: Counter[str] = Counter()
        self.examples: dict[str, tuple[str, int, str]] = {}
        self.posts: list[dict[str, Any]] = []
        self.notes: Counter[tuple[str, str]] = Counter()

    def told(self) -> Iterator[str]:
        """Yield a sentence a field and reason."""
        for (name, reason), rows in self.notes.items():
            sentence = note_sentence(name, reason, rows, len(self.ids))
            if sentence:
                yield sentence

    def at(self, file: _Told) -> None:
        """Read on into a file until no line is left to look at."""
        assert file.seen is not None  # noqa: S101
        try:
            rows = min(_BATCH_ROWS, self.left)
            seen = file.seen
            for batch in read_posts(
                file.path, format=seen.format, mapping=seen.mapping, known=file.priced, batch_rows=rows
            ):
                self._add(file, batch)
                if not self.left:
                    return
        except SourceError as error:
            self.error = self.error or str(error)

    def _add(self, file: _Told, batch: PostBatch) -> None:
        before = min(self.left, batch.rows_read)
        self.left -= before
        tables = {"posts": batch.posts, "rejected": batch.rejected}
        if self.authors_key:
            tables = without_ids(tables, key=self.authors_key)
        posts = tables["posts"].to_pylist()
        self.damaged += sum(is_damaged(post["body"]) for post in posts)
        self.ids += [(post["platform"], post["post_id"]) for post in posts]
        for row in tables["rejected"].to_pylist():
            self.reasons[row["reason"]] += 1
            self.examples.setdefault(row["reason"], (file.name, row["line"], row["detail"]))
        self.notes.update((row["field"], row["reason"]) for row in batch.notes.to_pylist())
        self.posts += _shown(batch, posts[: POSTS - len(self.posts)])


def _shown(batch: PostBatch, posts: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    lines = {post["line"] for post in posts}
    named: dict[int, list[str]] = {}
    for row in batch.symbols.to_pylist() if posts else ():
        if row["line"] in lines:
            named.setdefault(row["line"], []).append(row["symbol"])
    return [
        {
            "line": post["line"],
            "id": post["post_id"],
            "time": post["created_at"].isoformat(timespec="seconds"),
            "author": post["author_id"],
            "symbols": named.get(post["line"], []),
            "text": post["body"],
        }
        for post in posts
    ]
