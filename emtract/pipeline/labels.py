"""Columns of a file that hold an emotion's name, the probabilities of the seven, or of stances: what options say of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast

import polars as pl

from emtract.emotions import EMOTIONS, TAGS, Emotion, Stance
from emtract.errors import SourceError, first_line
from emtract.ingest.posts.post import first_id
from emtract.ingest.records import LineError, Single
from emtract.ingest.rows import listed
from emtract.missing import WRITTEN

if TYPE_CHECKING:
    from collections.abc import Sequence

#: Label as a file has it, without its case -> emotion.
LabelMap = Mapping[str, Emotion]
#: Reasons why a row is left out.
NO_ID: Final = "missing field"
NO_LABEL: Final = "missing label"
UNKNOWN_LABEL: Final = "unknown label"


@dataclass(frozen=True)
class Reading:
    """Which columns say what a scorer read: a label, or a probability for each emotion that has a column.

    Attributes
    ----------
    label
        Column of labels; None where there are probabilities.
    columns
        Emotion -> column of its probability; emotions without one have probability 0.
    labels
        Label, without its case -> emotion.
    tags
        Stance of `TAGS` -> column of its probability; both or none.
    """

    label: str | None
    columns: Mapping[Emotion, str]
    labels: LabelMap
    tags: Mapping[Stance, str] = field(default_factory=dict)

    def select(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Return the probabilities of a file's rows.

        Returns
        -------
        pl.DataFrame
            The seven, null where there is no number; `reason` and `detail`, of labels that are none; and the columns of
            `TAGS`, null where the cell says nothing and NaN where it is no number.
        """
        return pl.concat([self._emotions(frame), frame.select(self._tag(frame, tag) for tag in TAGS)], how="horizontal")

    def _tag(self, frame: pl.DataFrame, tag: Stance) -> pl.Expr:
        if (name := self.tags.get(tag)) is None:
            return pl.repeat(None, frame.height, dtype=pl.Float64).alias(tag)
        text = column_text(frame[name]).str.strip_chars()
        says = text.is_not_null() & ~text.is_in([*WRITTEN, ""])
        number = _number(frame, name)
        if frame[name].dtype == pl.String:  # where a written NaN is a cell that says nothing
            number = pl.when(says).then(number)
        return pl.when(number.is_null() & says).then(float("nan")).otherwise(number).alias(tag)

    def _emotions(self, frame: pl.DataFrame) -> pl.DataFrame:
        none = pl.lit(None, pl.String)
        if self.label is None:
            numbers = (
                _number(frame, self.columns[emotion]) if emotion in self.columns else pl.lit(0.0)
                for emotion in EMOTIONS
            )
            named = dict(zip(EMOTIONS, numbers, strict=True))
            return frame.select(**named, reason=none, detail=none)
        hard = {emotion: pl.col("emotion").eq(emotion).cast(pl.Float64) for emotion in EMOTIONS}
        unread = pl.when(pl.col("reason").is_not_null()).then("label")
        return read_labels(frame[self.label], self.labels).select(**hard, reason="reason", detail=unread)


def _number(frame: pl.DataFrame, name: str) -> pl.Expr:
    column = pl.col(name)
    return (column.str.strip_chars() if frame[name].dtype == pl.String else column).cast(pl.Float64, strict=False)


def find_reading(
    path: object, names: Sequence[str], *, label: str | None, columns: str | None, labels: str | None
) -> Reading:
    """Find what a scorer read in a file: seven columns of the emotions' names, or one of labels; and both of `TAGS`, if any.

    Parameters
    ----------
    path
        The file, for errors.
    names
        Columns that it has.
    label
        Column of labels; None for `label` where the file has no seven columns of probabilities.
    columns, labels
        What `--columns` and `--map` say, see `parse_columns` and `parse_labels`; None for nothing.

    Raises
    ------
    SourceError
        A column is not there, both kinds are asked for, or one stance without the other.
    """
    told, named = parse_labels(labels or ""), parse_columns(columns or "")
    of_emotions = columns is not None and (not named or not named.keys() <= {*TAGS})
    if of_emotions and (label is not None or labels is not None):
        raise SourceError(
            "--columns names columns of probabilities, --label and --map one of labels: give one of the two"
        )
    held = {name: name for name in (*EMOTIONS, *TAGS) if name in names and name not in named.values()} | named
    if absent := [name for name in held.values() if name not in names]:
        raise SourceError(f"{path} has no column {absent[0]!r}; it has {listed(names)}")
    has_tags = held.keys() >= {*TAGS}
    if not has_tags and (alone := [tag for tag in TAGS if tag in named]):
        raise SourceError(f"--columns names a column of {alone[0]} alone: name the columns of {' and '.join(TAGS)}")
    tags = {tag: held[tag] for tag in TAGS if has_tags}
    emotions = {emotion: held[emotion] for emotion in EMOTIONS if emotion in held}
    if label is None and labels is None and (of_emotions or len(emotions) == len(EMOTIONS)):
        return Reading(None, emotions, told, tags)
    chosen = "label" if label is None else label
    if chosen in names:
        return Reading(chosen, {}, told, tags)
    if label is None and (absent := [emotion for emotion in EMOTIONS if emotion not in names]):
        raise SourceError(
            f"{path} has no column {', '.join(map(repr, absent))} of probabilities and no column 'label'; it has "
            f"{listed(names)}: name them with --columns happy=joy,sad=sadness, or the column of labels with --label"
        )
    raise SourceError(f"{path} has no column {chosen!r} of labels; it has {listed(names)}: name it with --label")


def parse_columns(text: str) -> dict[Emotion | Stance, str]:
    """Read `happy=joy,bullish=up`: emotion or stance -> column of its probability; raises `SourceError` at anything else."""
    found: dict[Emotion | Stance, str] = {}
    for left, right in _pairs(text.split(","), "--columns", "happy=joy,sad=sadness: an emotion and its column"):
        emotion = cast("Stance", left.casefold()) if left.casefold() in TAGS else _emotion(left, "--columns")
        if emotion in found or right in found.values():
            raise SourceError(f"--columns names {left if emotion in found else right} twice: give each its own column")
        found[emotion] = right
    return found


def parse_labels(text: str) -> LabelMap:
    """Read `joy=happy,sadness=sad`: label, without its case -> emotion; the emotions' own names are labels too.

    A text without `=` is the path of a file that has such a pair on each line.

    Raises
    ------
    SourceError
        It is no such list, names no emotion, or gives one label two.
    """
    found: dict[str, Emotion] = {}
    parts = text.split(",") if "=" in text or not text.strip() else _read_map(Path(text))
    for left, right in _pairs(parts, "--map", "joy=happy,sadness=sad: a label and its emotion"):
        emotion, key = _emotion(right, "--map"), left.casefold()
        if found.setdefault(key, emotion) != emotion:
            raise SourceError(f"--map gives the label {left!r} two emotions: give it one")
    return {emotion.casefold(): emotion for emotion in EMOTIONS} | found


def _read_map(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, ValueError) as error:
        raise SourceError(
            f"--map {str(path)!r} cannot be read ({first_line(error, most=200)}): write joy=happy,sadness=sad, or name a UTF-8 "
            "file that has such a pair on each line"
        ) from error


def _pairs(cells: Sequence[str], option: str, form: str) -> list[tuple[str, str]]:
    parts = [part for part in cells if part.strip()]
    pairs = [(left.strip(), right.strip()) for left, _, right in (part.rpartition("=") for part in parts)]
    if wrong := next((part for part, pair in zip(parts, pairs, strict=True) if not all(pair)), None):
        raise SourceError(f"{option} {wrong.strip()!r}: write {form}")
    return pairs


def _emotion(name: str, option: str) -> Emotion:
    if name.casefold() not in EMOTIONS:
        raise SourceError(f"{option} names {name!r}, which is no emotion: the seven are {', '.join(EMOTIONS)}")
    return cast("Emotion", name.casefold())


def read_labels(labels: pl.Series, known: LabelMap) -> pl.DataFrame:
    """Read a column of labels.

    Returns
    -------
    pl.DataFrame
        emotion (null where there is none), reason (null where there is), and the label as the file has it.
    """
    text = column_text(labels).str.strip_chars()
    told = pl.DataFrame({"label": text.set(text.is_in(list(WRITTEN)), None)})
    emotion = pl.col("label").map_elements(lambda cell: known.get(cell.casefold()), return_dtype=pl.String)
    unknown = pl.when(pl.col("label").is_null()).then(pl.lit(NO_LABEL)).otherwise(pl.lit(UNKNOWN_LABEL))
    return told.with_columns(emotion=emotion).select(
        "emotion", pl.when(pl.col("emotion").is_null()).then(unknown).alias("reason"), "label"
    )


def column_text(column: pl.Series) -> pl.Series:
    """Return the cells of a column as text; raises `SourceError` where they are lists or objects."""
    if column.dtype.is_nested():
        raise SourceError(f"the column {column.name!r} holds lists or objects, not a value a row: name another column")
    return column.cast(pl.String)


def read_ids(ids: pl.Series) -> pl.DataFrame:
    """Read a column of ids as the posts' own are read; see `emtract.ingest.posts.post.first_id`.

    Returns
    -------
    pl.DataFrame
        post_id (null where there is none), reason and detail (null where there is).
    """
    text = ids if ids.dtype.is_float() else column_text(ids)
    if not ids.dtype.is_float() and text.fill_null("").str.contains(r"^[0-9]+$").all():
        none = pl.Series([None] * len(text), dtype=pl.String)
        return pl.DataFrame([text.alias("post_id"), none.alias("reason"), none.alias("detail")])
    is_single = ids.dtype == pl.Float32
    rows = [_read_id(Single(cell) if is_single and cell and abs(cell) >= Single.EXACT else cell) for cell in text]
    return pl.DataFrame(rows, schema=dict.fromkeys(("post_id", "reason", "detail"), pl.String), orient="row")


def _read_id(cell: object) -> tuple[str | None, str | None, str | None]:
    try:
        found = first_id(cell)
    except LineError as error:
        return None, error.reason, error.detail
    return (found, None, None) if found else (None, NO_ID, "the row has no id")
