"""`emtract scores import`: scores of posts that another model gave, from a file into the store, every row of it accounted for."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from emtract.emotions import EMOTIONS, TAGS
from emtract.errors import SourceError, first_line
from emtract.ingest.authors import WITHHELD
from emtract.ingest.records import Rejection
from emtract.ingest.rows import listed
from emtract.ingest.streams import base_suffix
from emtract.model.card import file_digest
from emtract.model.registry import is_shipped
from emtract.pipeline.files import shown_name
from emtract.pipeline.labels import NO_ID, NO_LABEL, UNKNOWN_LABEL, column_text, find_reading, read_ids
from emtract.pipeline.opening import silent
from emtract.pipeline.postfile import LINE, MAX_ROWS, open_posts
from emtract.scoring.cleaning import clean_store
from emtract.store.imports import SCORES, begin_import, imported_key, judge_import, stage_scores, take_in_import
from emtract.store.sources import SourceFile
from emtract.text import CLEANER_VERSION, Cleaner

if TYPE_CHECKING:
    from pathlib import Path

    from emtract.config import Settings
    from emtract.pipeline.labels import Reading
    from emtract.pipeline.opening import Progress
    from emtract.pipeline.postfile import PostFile
    from emtract.store import Store
    from emtract.store.imports import Given, LeftOut

#: Names that a scorer from elsewhere may have.
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,59}")
#: Reason -> what to do about it.
REMEDIES: Final = {
    "no such post": "read the posts with `emtract ingest` first, or name the column of ids with --id",
    "post on several platforms": "add a column `platform`, or name it with --platform",
    "two scores of one post": "give one row a post",
    "probabilities do not sum to 1": "--renormalise divides each row by its sum",
    "probability above 1": "write shares of 1, not per cent or points",
    "stance missing or no number": "give numbers in both columns or in none",
    "stance is no probability": "write shares of 1 that leave the rest to no stance",
    UNKNOWN_LABEL: "say what each means with --map joy=happy,sadness=sad",
    NO_LABEL: "leave out what was not read",
    NO_ID: "give the id of each post",
}
_SHOWN: Final = 5


@dataclass(frozen=True)
class Layout:
    """What a user says of the columns of a file of scores; None where they have the usual names.

    Attributes
    ----------
    id, platform
        Columns of the post's id, and of its platform.
    label, columns, labels
        As `--label`, `--columns` and `--map`; see `emtract.pipeline.labels.find_reading`.
    renormalise
        Whether probabilities that do not sum to one are divided by their sum.
    """

    id: str = "post_id"
    platform: str | None = None
    label: str | None = None
    columns: str | None = None
    labels: str | None = None
    renormalise: bool = False


@dataclass(frozen=True)
class ImportReport:
    """What an import did.

    Attributes
    ----------
    scorer, revision
        Name and revision of the scores.
    given
        What became of every row.
    taken
        Posts that have a score of this revision now and had none.
    posts, lacking
        Posts of the store, and how many have no score.
    replaced
        Revision whose scores these took the place of; None where there was none.
    without
        Emotions for which the file has no column: their probability is 0.
    """

    scorer: str
    revision: str
    given: Given
    taken: int
    posts: int
    lacking: int
    replaced: str | None
    without: tuple[str, ...]


def import_file(
    settings: Settings,
    store: Store,
    path: Path,
    *,
    name: str,
    layout: Layout | None = None,
    progress: Progress | None = None,
) -> ImportReport:
    """Take scores that another model gave to posts of the store from a file, under a name of their own.

    The file is read in parts; every row is kept, repeats one, or goes into the quarantine with its reason. Its revision is a
    digest of what it says, so a changed file is another revision, which takes the place of the former one of the name, and a
    second import of a file changes nothing.

    Parameters
    ----------
    settings
        Where relative paths start, and whether ids of authors are hashed.
    store
        The store that holds the posts, open to write.
    path
        CSV, TSV, Parquet, JSON or JSON lines.
    name
        What the scorer is called from now on.
    layout
        Which columns say what; None for the usual names.
    progress
        Called with (stage, bytes read, bytes in all), and as the posts are cleaned.

    Raises
    ------
    SourceError
        The name is taken or no name, the file cannot be read or lacks a column, or none of its rows became a score; the
        store is as it was.
    """
    asked, report = layout or Layout(), progress or silent
    _check_free(store, name)
    posts = open_posts(path, asked.id, option="--id", lines=True)
    names = list(posts.schema)
    if asked.id not in names:
        raise SourceError(
            f"{path} has no column {asked.id!r} of ids; it has {listed(names)}: name the column of ids with --id"
        )
    platform = asked.platform or ("platform" if "platform" in names else None)
    if platform is not None and platform not in names:
        raise SourceError(f"{path} has no column {platform!r}; it has {listed(names)}: name another with --platform")
    reading = find_reading(path, names, label=asked.label, columns=asked.columns, labels=asked.labels)
    rows = _Rows(store, asked, platform, reading, withhold=settings.store.authors == "hashed")
    _read(path, posts, rows, report)
    given = judge_import(store)
    if not given.loaded.kept:
        raise SourceError(_nothing_fits(path, given))
    clean_store(store, Cleaner(), report)
    key = {"scorer": name, "revision": given.revision, "cleaner": CLEANER_VERSION}
    before = imported_key(store, name)
    taken = take_in_import(store, _source(path, settings, key | asdict(asked)), **key)
    lacking = int(store.query("scoring/lacking", **key).item())
    replaced = before[0] if before and before[0] != given.revision else None
    without = tuple(e for e in EMOTIONS if reading.label is None and e not in reading.columns)
    return ImportReport(name, given.revision, given, taken, store.count("posts"), lacking, replaced, without)


def told_reason(left: LeftOut) -> str:
    """Say how many rows are left out for one reason, where the first stands, and what to do."""
    labels = f" ({', '.join(map(repr, left.labels))})" if left.labels else ""
    remedy = f": {REMEDIES[left.reason]}" if left.reason in REMEDIES else ""
    return f"{left.rows:,} {left.reason}{labels}, first on line {left.line:,}{remedy}"


def check_name(name: str) -> None:
    """Raise `SourceError` where scores may not have this name."""
    if not _NAME.fullmatch(name):
        raise SourceError(f"--name {name}: give letters, digits, _, - and ., at most 60, as in --name my_llm")
    if is_shipped(name):
        raise SourceError(f"--name {name}: a scorer of emtract has this name; give another, as in --name my_llm")


def _check_free(store: Store, name: str) -> None:
    check_name(name)
    held = store.sql("SELECT count(*) AS n FROM scored_texts WHERE scorer = $scorer", scorer=name).item()
    if held:
        raise SourceError(f"--name {name}: the store holds {held:,} scores of a model of this name; give another")


class _Rows:
    """Batches of a file, made into rows of scores and staged in the store."""

    def __init__(self, store: Store, asked: Layout, platform: str | None, reading: Reading, *, withhold: bool) -> None:
        self._store, self._asked, self._platform, self._reading = store, asked, platform, reading
        self._withhold = withhold
        self._n = 0
        self._refused: list[dict[str, Any]] = []
        begin_import(store)

    def add(self, frame: pl.DataFrame) -> None:
        """Stage the rows of a batch."""
        ids, read = read_ids(frame[self._asked.id]), self._reading.select(frame)
        platform = column_text(frame[self._platform]).str.strip_chars() if self._platform else None
        unsaid = pl.lit(value=False) if platform is None else pl.col("platform").fill_null("").eq("")
        rows = pl.DataFrame(
            [
                frame[LINE].cast(pl.Int64).alias("line"),
                (platform if platform is not None else pl.Series([""] * frame.height, dtype=pl.String)).alias(
                    "platform"
                ),
                *ids.rename({"reason": "id_reason", "detail": "id_detail"}),
                *read,
            ]
        )
        reason = pl.coalesce("id_reason", pl.when(unsaid).then(pl.lit(NO_ID)), "reason")
        detail = pl.coalesce("id_detail", pl.when(unsaid).then(pl.lit("the row has no platform")), "detail")
        self._stage(rows.with_columns(reason=reason, detail=detail).drop("id_reason", "id_detail"))
        self.flush()

    def refuse(self, row: Rejection) -> None:
        """Take a row that cannot be read."""
        detail = WITHHELD if self._withhold else row.detail
        self._refused.append({"line": row.line, "reason": row.reason, "detail": detail})
        if len(self._refused) >= MAX_ROWS:
            self.flush()

    def flush(self) -> None:
        """Stage the rows that cannot be read, as far as they are not staged yet."""
        if self._refused:
            schema = {"line": pl.Int64(), "reason": pl.String(), "detail": pl.String()}
            none = dict.fromkeys((*EMOTIONS, *TAGS), pl.lit(None, pl.Float64))
            rows = pl.DataFrame(self._refused, schema=schema)
            self._stage(rows.with_columns(platform=pl.lit(""), post_id=pl.lit(None, pl.String), **none))
            self._refused = []

    def _stage(self, rows: pl.DataFrame) -> None:
        stage_scores(self._store, rows.with_row_index("n", offset=self._n), renormalise=self._asked.renormalise)
        self._n += rows.height


def _read(path: Path, posts: PostFile, rows: _Rows, report: Progress) -> None:
    size = path.stat().st_size
    try:
        for part in posts.batches(lambda done: report("read (MB)", min(done, size) >> 20, max(1, size >> 20))):
            if isinstance(part, Rejection):
                rows.refuse(part)
            elif part.height:
                rows.add(part)
        rows.flush()
        report("read (MB)", max(1, size >> 20), max(1, size >> 20))
    except pl.exceptions.PolarsError as error:
        raise SourceError(
            f"{path} has a column that cannot be read ({first_line(error, most=200)}): write it as text"
        ) from error


def _source(path: Path, settings: Settings, told: dict[str, Any]) -> SourceFile:
    stat = path.stat()
    name, mapping = shown_name(path.absolute(), settings.base), json.dumps(told, sort_keys=True)
    form = base_suffix(path).lstrip(".")
    return SourceFile(name, SCORES, form, mapping, file_digest(path), stat.st_size, stat.st_mtime_ns)


def _nothing_fits(path: Path, given: Given) -> str:
    if not given.loaded.read:
        return f"{path} is empty: there is no score in it"
    told = "; ".join(told_reason(left) for left in given.left_out[:_SHOWN])
    return f"none of the {given.loaded.read:,} rows of {path} gives a post of the store a score: {told}"
