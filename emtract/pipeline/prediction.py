"""Predictions for a file of posts: every input column and the row order are kept, the predictions stand beside them."""

from __future__ import annotations

import io
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain, islice
from typing import TYPE_CHECKING, Final

import polars as pl

from emtract.atomic import replaced_file
from emtract.errors import SourceError
from emtract.ingest.records import Rejection
from emtract.ingest.rows import listed, read_headers, read_rows, read_texts
from emtract.ingest.streams import BREAKS, base_suffix, read_chunks
from emtract.missing import WRITTEN

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from emtract.ingest.rows import Row
    from emtract.model.scorer import Scorer

Progress = Callable[[int, int], None]

#: Names that hold posts, likeliest first; a file of one column has a header only if its first line is one of them.
TEXT_COLUMNS: Final = ("body", "text", "message", "content", "tweet", "post", "comment", "title")
INPUT_SUFFIXES: Final = (".csv", ".tsv", ".txt", ".parquet", ".jsonl")
OUTPUT_SUFFIXES: Final = (".parquet", ".csv", ".jsonl")
#: Name of the cleaned text in files, where the raw text is often called `text`.
CLEAN_TEXT: Final = "clean_text"
_SLICE: Final = 8192
_BOM: Final = b"\xef\xbb\xbf"


@dataclass(frozen=True)
class PredictReport:
    """What `predict_file` did.

    Attributes
    ----------
    rows
        Rows written.
    text_column
        Column that held the posts.
    empty
        Rows whose post is null or holds nothing to read; their `kind` is `empty`.
    truncated
        Rows of which the model read only the beginning.
    unread
        Rows of a text file that could not be read and are not written.
    """

    rows: int
    text_column: str
    empty: int
    truncated: int
    unread: tuple[Rejection, ...] = ()


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
        All but Parquet may be packed, as `posts.csv.gz`.
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
        A file has another suffix, cannot be read or written, lacks the text column, or has a column of a prediction; or no
        row of it can be read.

    Notes
    -----
    Tables are read as `ingest` reads them, whatever their delimiter and line ends; a row that cannot be read is left out and
    reported. A text that is a word for missing (`nan`, `None`, `<NA>`) is an empty post.
    Columns of text files are kept as text, so an id such as 0012 stays what it is. Cells of a CSV that begin with `=`,
    `+`, `-` or `@` are data and are not altered: import them as text into a spreadsheet. The predictions are those of
    `predict_posts`, the cleaned text under the name `clean_text`. The whole file is held in memory.
    """
    _check_output(input, output)
    frame, unread = read_frame(input, text_column)
    column = find_text_column(frame.columns, text_column)
    predictions = _predict(frame[column], scorer, progress).rename(lambda name: prefix + name)
    if taken := [name for name in predictions.columns if name in frame.columns]:
        raise SourceError(f"{input} already has columns {', '.join(taken)}; rename them, or give a prefix")
    _write(pl.concat([frame, predictions], how="horizontal"), output)
    empty = int((predictions[f"{prefix}kind"] == "empty").sum())
    return PredictReport(frame.height, column, empty, int(predictions[f"{prefix}truncated"].sum()), tuple(unread))


def read_frame(path: Path, text_column: str | None = None) -> tuple[pl.DataFrame, list[Rejection]]:
    """Return the rows of a file of posts, text files with every column as text, and what could not be read of it.

    Raises
    ------
    SourceError
        As `predict_file`.
    """
    suffix = base_suffix(path)
    if suffix not in INPUT_SUFFIXES:
        raise SourceError(f"{path} is not one of {', '.join(INPUT_SUFFIXES)}; convert it first")
    with _one_line(path, "read"):
        if suffix == ".parquet":
            return pl.read_parquet(path, glob=False), []
        if suffix == ".jsonl":
            content = b"".join(read_chunks(path)).removeprefix(_BOM)
            return pl.read_ndjson(io.BytesIO(content), infer_schema_length=None), []
    return _read_texts(path, text_column) if suffix == ".txt" else _read_table(path, text_column)


def find_text_column(columns: Sequence[str], name: str | None = None) -> str:
    """Return the column that holds the posts; raises `SourceError` listing the columns where it cannot tell."""
    if name is not None:
        if name not in columns:
            raise SourceError(f"no column {name!r}; the file has {listed(columns)}")
        return name
    if len(columns) == 1:
        return columns[0]
    lowered = {column.lower(): column for column in reversed(columns)}
    for candidate in TEXT_COLUMNS:
        if candidate in lowered:
            return lowered[candidate]
    raise SourceError(
        f"cannot tell which column holds the posts; name one with --text-column ({listed(columns)}), or end the file's name in "
        ".txt where every line is a post"
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


def _read_texts(path: Path, text_column: str | None) -> tuple[pl.DataFrame, list[Rejection]]:
    rows = read_texts(path)
    first = next(rows, None)
    name = TEXT_COLUMNS[0]
    if first is not None and not isinstance(first, Rejection) and _is_header(str(first[1][0]), text_column):
        name = str(first[1][0]).strip()
    elif first is not None:
        rows = chain([first], rows)
    frame, unread = _collect(path, [name], rows)
    return frame.fill_null(""), unread


def _read_table(path: Path, text_column: str | None) -> tuple[pl.DataFrame, list[Rejection]]:
    """Read a table under the delimiter by which its header names posts; one column may have no header."""
    headers = list(read_headers(path).values())
    named = (header for header in headers if any(_is_header(name, text_column) for name in header))
    header = next(named, None) or max(headers, key=len)
    rows = read_rows(
        path,
        lambda names: list(range(len(names))) if names == header else None,
        format="csv",
        wanted="a column of posts",
    )
    if len(header) == 1 and not _is_header(header[0], text_column):
        first: Row = (1, (header[0],))
        return _collect(path, TEXT_COLUMNS[:1], chain([first], rows))
    find_text_column(header, text_column)
    if len(set(header)) < len(header):
        raise SourceError(f"{path} has two columns of one name: {listed(header)}; rename one")
    return _collect(path, header, rows)


def _collect(path: Path, names: Sequence[str], rows: Iterable[Row | Rejection]) -> tuple[pl.DataFrame, list[Rejection]]:
    schema = dict.fromkeys(names, pl.String)
    parts, unread = [pl.DataFrame(schema=schema)], []
    rows = iter(rows)
    while batch := list(islice(rows, _SLICE)):
        unread += [row for row in batch if isinstance(row, Rejection)]
        cells = [[cell or None for cell in row[1]] for row in batch if not isinstance(row, Rejection)]
        parts.append(pl.DataFrame(cells, schema=schema, orient="row"))
    frame = pl.concat(parts)
    if unread and frame.is_empty():
        line, reason, detail = unread[0]
        raise SourceError(
            f"no row of {path} can be read; the first, on line {line}: {reason} ({detail}). Save it as UTF-8 and quote texts "
            "that hold its delimiter, or end the file's name in .txt where every line is a post"
        )
    return frame, unread


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
    except (*BREAKS, pl.exceptions.PolarsError) as error:
        reason = next(iter(str(error).strip().splitlines()), type(error).__name__)
        raise SourceError(f"{path} cannot be {verb}: {reason[:200]}; check its form, or try .parquet") from error
