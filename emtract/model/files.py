"""Predictions for a file of posts: every input column and the row order are kept, the predictions stand beside them."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Final

import polars as pl

from emtract.atomic import replaced_file
from emtract.errors import SourceError
from emtract.missing import WRITTEN

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from emtract.model.scorer import Scorer

Progress = Callable[[int, int], None]

#: Names that hold posts, likeliest first; a file of one column has a header only if its first line is one of them.
TEXT_COLUMNS: Final = ("body", "text", "message", "content", "tweet", "post", "comment", "title")
INPUT_SUFFIXES: Final = (".csv", ".tsv", ".txt", ".parquet", ".jsonl")
OUTPUT_SUFFIXES: Final = (".parquet", ".csv", ".jsonl")
#: Name of the cleaned text in files, where the raw text is often called `text`.
CLEAN_TEXT: Final = "clean_text"
#: What may separate the cells of a table.
DELIMITERS: Final = (",", "\t", ";", "|")
_SLICE: Final = 8192
#: Characters and rows by which a delimiter is told.
_HEAD: Final = 1 << 16
_ROWS: Final = 5
_ALONE = re.compile(r"\r(?![\r\n])")


@dataclass(frozen=True)
class PredictReport:
    """What `predict_file` did.

    Attributes
    ----------
    rows
        Rows read, and rows written.
    text_column
        Column that held the posts.
    empty
        Rows whose post is null or holds nothing to read; their `kind` is `empty`.
    truncated
        Rows of which the model read only the beginning.
    """

    rows: int
    text_column: str
    empty: int
    truncated: int


def predict_file(
    input: Path,  # noqa: A002
    output: Path,
    scorer: Scorer,
    *,
    text_column: str | None = None,
    prefix: str = "",
    progress: Progress | None = None,
) -> PredictReport:
    """Score the posts of a file and write them, with all columns of the input, to another.

    Parameters
    ----------
    input
        `.csv` and `.tsv` (with a header, or one column without), `.txt` (a post a line), `.parquet` or `.jsonl`; UTF-8.
    output
        `.parquet`, `.csv` or `.jsonl`; replaced whole at the end, never left half written.
    scorer
        What `load_scorer` returns.
    text_column
        Column that holds the posts; None takes the first of `TEXT_COLUMNS` that is there, or the only column.
    prefix
        Put before the name of each prediction, where the input has a column of the same name.
    progress
        Called with the rows done and the rows in all.

    Raises
    ------
    SourceError
        A file has another suffix, cannot be read or written, lacks the text column, or has a column of a prediction.

    Notes
    -----
    A table may be separated by commas, tabs, semicolons or pipes, whatever its suffix, and its lines may end in CR; a row
    that does not fit the header refuses the file. A text that is a word for missing (`nan`, `None`, `<NA>`) is an empty post.
    Columns of text files are kept as text, so an id such as 0012 stays what it is. Cells of a CSV that begin with `=`,
    `+`, `-` or `@` are data and are not altered: import them as text into a spreadsheet. The predictions are those of
    `predict_posts`, the cleaned text under the name `clean_text`. The whole file is held in memory.
    """
    _check_output(input, output)
    frame = read_posts(input, text_column)
    column = find_text_column(frame, text_column)
    predictions = _predict(frame[column], scorer, progress).rename(lambda name: prefix + name)
    if taken := [name for name in predictions.columns if name in frame.columns]:
        raise SourceError(f"{input} already has columns {', '.join(taken)}; rename them, or give a prefix")
    _write(pl.concat([frame, predictions], how="horizontal"), output)
    empty = int((predictions[f"{prefix}kind"] == "empty").sum())
    return PredictReport(frame.height, column, empty, int(predictions[f"{prefix}truncated"].sum()))


def read_posts(path: Path, text_column: str | None = None) -> pl.DataFrame:
    """Read a file of posts, text files with every column as text; raises `SourceError`."""
    suffix = path.suffix.lower()
    if suffix not in INPUT_SUFFIXES:
        raise SourceError(f"{path} is not one of {', '.join(INPUT_SUFFIXES)}; convert it first")
    with _one_line(path, "read"):
        if suffix == ".parquet":
            return pl.read_parquet(path, glob=False)
        if suffix == ".jsonl":
            return pl.read_ndjson(path, infer_schema_length=None)
        if suffix == ".txt":
            return _read_lines(path, text_column)
        return _read_delimited(path, "," if suffix == ".csv" else "\t", text_column)


def find_text_column(frame: pl.DataFrame, name: str | None = None) -> str:
    """Return the column that holds the posts; raises `SourceError` listing the columns where it cannot tell."""
    listed = ", ".join(frame.columns)
    if name is not None:
        if name not in frame.columns:
            raise SourceError(f"no column {name!r}; the file has {listed}")
        return name
    if frame.width == 1:
        return frame.columns[0]
    lowered = {column.lower(): column for column in reversed(frame.columns)}
    for candidate in TEXT_COLUMNS:
        if candidate in lowered:
            return lowered[candidate]
    raise SourceError(
        f"cannot tell which column holds the posts; name one with --text-column ({listed}), or end the file's name in .txt "
        "where every line is a post"
    )


def _predict(posts: pl.Series, scorer: Scorer, progress: Progress | None) -> pl.DataFrame:
    texts = posts.cast(pl.String).fill_null("")
    texts = texts.set(texts.str.strip_chars().is_in(list(WRITTEN)), "")
    parts = []
    for start in range(0, max(1, len(texts)), _SLICE):
        parts.append(scorer.predict(texts[start : start + _SLICE].to_list()))
        if progress:
            progress(min(start + _SLICE, len(texts)), len(texts))
    return pl.concat(parts).rename({"text": CLEAN_TEXT})


def _is_header(cell: str, text_column: str | None) -> bool:
    return cell == text_column or cell.strip().lower() in TEXT_COLUMNS


def _read_lines(path: Path, text_column: str | None) -> pl.DataFrame:
    lines = path.read_bytes().decode("utf-8-sig").split("\n")
    lines = [line.removesuffix("\r") for line in (lines if lines[-1] else lines[:-1])]
    if lines and _is_header(lines[0], text_column):
        return pl.DataFrame({lines[0].strip(): lines[1:]}, schema_overrides={lines[0].strip(): pl.String})
    return pl.DataFrame({TEXT_COLUMNS[0]: lines}, schema_overrides={TEXT_COLUMNS[0]: pl.String})


def _read_delimited(path: Path, separator: str, text_column: str | None) -> pl.DataFrame:
    """Read a table whose delimiter its header tells; a row that does not fit is refused with its line."""
    try:
        content = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise SourceError(
            f"{path} cannot be read: not UTF-8 ({error.reason} at byte {error.start}); save it as UTF-8"
        ) from error
    if "\0" in content:
        raise SourceError(f"{path} holds NUL bytes: it was cut or overwritten; fetch it again")
    alone = _ALONE.search(content)
    if alone and "\n" not in content[: alone.start()]:
        content = content.replace("\r", "\n")
    if not content.strip():
        raise SourceError(f"{path} cannot be read: it is empty; check its form, or try .parquet")
    delimiter = _delimiter(path, content, separator, text_column)
    rows = list(_rows(path, content, delimiter))
    _, header = rows[0]
    if len(header) == 1 and not _is_header(header[0], text_column):
        header, rows = [TEXT_COLUMNS[0]], [(0, []), *rows]
    if len(set(header)) < len(header):
        raise SourceError(f"{path} has two columns of one name: {', '.join(header)}; rename one")
    for line, cells in rows[1:]:
        if len(cells) != len(header):
            raise SourceError(
                f"{path} cannot be read: line {line} has {len(cells)} cells where the header has {len(header)} (delimiter "
                f"{delimiter!r}); quote its text, or end the file's name in .txt where every line is a post"
            )
    columns = zip(*(cells for _, cells in rows[1:]), strict=True) if len(rows) > 1 else [()] * len(header)
    values = {name: [cell or None for cell in cells] for name, cells in zip(header, columns, strict=True)}
    return pl.DataFrame(values, schema=dict.fromkeys(header, pl.String))


def _delimiter(path: Path, content: str, usual: str, text_column: str | None) -> str:
    """The delimiter under which the header names posts; else the usual one, unless another divides the lines alike."""
    starts = {delimiter: _start(content, delimiter) for delimiter in (usual, *DELIMITERS)}
    for delimiter, rows in starts.items():
        if rows and len(rows[0]) > 1 and any(_is_header(cell, text_column) for cell in rows[0]):
            return delimiter
    if starts[usual] and len(starts[usual][0]) == 1 and not _is_header(starts[usual][0][0], text_column):
        for delimiter, rows in starts.items():
            widths = {len(cells) for cells in rows}
            if len(rows) > 1 and len(widths) == 1 and widths != {1}:
                raise SourceError(
                    f"{path} seems to be separated by {delimiter!r}: name the column of posts with --text-column "
                    f"({', '.join(rows[0])[:200]}), or end the file's name in .txt where every line is a post"
                )
    return usual


def _start(content: str, delimiter: str) -> list[list[str]]:
    reader = csv.reader(io.StringIO(content[:_HEAD], newline=""), delimiter=delimiter)
    try:
        return [cells for cells in islice(reader, _ROWS) if cells]
    except csv.Error:
        return []


def _rows(path: Path, content: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the line where each row starts, and its cells."""
    reader = csv.reader(io.StringIO(content, newline=""), delimiter=delimiter, strict=True)
    line = 1
    try:
        for cells in reader:
            if cells:
                yield line, cells
            line = reader.line_num + 1
    except csv.Error as error:
        raise SourceError(
            f"{path} cannot be read: line {line} has a quote that is not closed as CSV has it ({error}); mend the line"
        ) from error


def _check_output(source: Path, output: Path) -> None:
    if output.suffix.lower() not in OUTPUT_SUFFIXES:
        raise SourceError(f"cannot write {output}; end its name in one of {', '.join(OUTPUT_SUFFIXES)}")
    if not output.parent.is_dir():
        raise SourceError(f"cannot write {output}; create the folder {output.parent} first")
    if output.exists() and source.exists() and output.samefile(source):
        raise SourceError(f"{output} is the input; write the predictions to another file")


def _write(frame: pl.DataFrame, output: Path) -> None:
    suffix = output.suffix.lower()
    with _one_line(output, "written"), replaced_file(output) as fresh:
        if suffix == ".parquet":
            frame.write_parquet(fresh)
        elif suffix == ".csv":
            frame.write_csv(fresh)
        else:
            frame.write_ndjson(fresh)


@contextmanager
def _one_line(path: Path, verb: str) -> Iterator[None]:
    """Turn the library's failures into a `SourceError` of one line."""
    try:
        yield
    except FileNotFoundError as error:
        raise SourceError(f"{path} does not exist; check the path") from error
    except UnicodeDecodeError as error:
        raise SourceError(f"{path} is not UTF-8 ({error.reason} at byte {error.start}); save it as UTF-8") from error
    except (OSError, pl.exceptions.PolarsError) as error:
        reason = next(iter(str(error).strip().splitlines()), type(error).__name__)
        raise SourceError(f"{path} cannot be {verb}: {reason[:200]}; check its form, or try .parquet") from error
