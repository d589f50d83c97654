"""Predictions for a file of posts: every input column and the row order are kept, the predictions stand beside them."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, Final, Self

import polars as pl

from emtract.atomic import replaced_file
from emtract.errors import SourceError
from emtract.ingest.records import Rejection
from emtract.ingest.streams import base_suffix
from emtract.missing import WRITTEN
from emtract.pipeline.numbers import PlainNumbers, typed
from emtract.pipeline.postfile import find_text_column, open_posts

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import pyarrow.parquet as pq

    from emtract.model.scorer import Scorer
    from emtract.pipeline.postfile import PostFile

Progress = Callable[[int, int], None]

OUTPUT_SUFFIXES: Final = (".parquet", ".csv", ".jsonl")
#: Name of the cleaned text in files, where the raw text is often called `text`.
CLEAN_TEXT: Final = "clean_text"
#: Rows that could not be read, as far as they are listed.
SHOWN: Final = 20


@dataclass
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
        Rows that could not be read and are not written.
    listed
        The first `SHOWN` of them.
    """

    text_column: str
    rows: int = 0
    empty: int = 0
    truncated: int = 0
    unread: int = 0
    listed: list[Rejection] = field(default_factory=list)


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
        `.csv` and `.tsv` (with a header, or one column without), `.txt` (a post a line), `.parquet`, `.jsonl` or `.json`;
        UTF-8, or UTF-16 with its byte-order mark. All but Parquet may be packed, as `posts.csv.gz`.
    output
        `.parquet`, `.csv` or `.jsonl`; replaced whole at the end, never left half written.
    scorer
        What `load_scorer` returns.
    text_column
        Column that holds the posts; None takes the first of `TEXT_COLUMNS` that is there, or the only column.
    prefix
        Put before the name of each prediction, where the input has a column of the same name.
    progress
        Called with the bytes of the input that were read and those it has.

    Raises
    ------
    SourceError
        A file has another suffix, cannot be read or written, lacks the text column, or has a column of a prediction; or no
        row of it can be read.

    Notes
    -----
    Files are read as `ingest` reads them, whatever their delimiter and line ends, in batches of bounded size; a row that
    cannot be read is left out and reported. A text that is a word for missing (`nan`, `None`, `<NA>`) is an empty post.
    Columns of text files are kept as text, so an id such as 0012 stays what it is. In Parquet, columns of a CSV that hold
    nothing but plain numbers are numbers, save ids and codes by their names (`emtract.pipeline.numbers`). Cells of a CSV that
    begin with `=`, `+`, `-` or `@` are data and are not altered: import them as text into a spreadsheet. The predictions are
    the columns of `predict_posts`, the cleaned text under the name `clean_text`.
    """
    _check_output(input, output)
    posts = open_posts(input, text_column)
    column = find_text_column(list(posts.schema), text_column)
    report = PredictReport(column)
    size = input.stat().st_size
    numbers = _numbers(input, output, posts, keep=column)

    def tell(done: int) -> None:
        if progress is not None:
            progress(min(done, size), size)

    with _one_line(output), replaced_file(output) as fresh, fresh.open("wb") as file, _Sink(file, output) as sink:
        for part in posts.batches(tell):
            if isinstance(part, Rejection):
                report.unread += 1
                report.listed += [part] if len(report.listed) < SHOWN else []
                continue
            predictions = _predict(part[column], scorer).rename(lambda name: prefix + name)
            if taken := [name for name in predictions.columns if name in part.columns]:
                raise SourceError(f"{input} already has columns {', '.join(taken)}; rename them, or give a prefix")
            sink.write(pl.concat([typed(part, numbers), predictions], how="horizontal"))
            report.rows += part.height
            report.empty += int((predictions[f"{prefix}kind"] == "empty").sum())
            report.truncated += int(predictions[f"{prefix}truncated"].sum())
        if report.unread and not report.rows:
            line, reason, detail = report.listed[0]
            raise SourceError(
                f"no row of {input} can be read; the first, on line {line}: {reason} ({detail}). Save it as UTF-8 and quote "
                "texts that hold its delimiter, or end the file's name in .txt where every line is a post"
            )
    tell(size)
    return report


def _numbers(source: Path, output: Path, posts: PostFile, *, keep: str) -> dict[str, pl.DataType]:
    """Types of the columns that are numbers, for Parquet made of a table of text: another look at the file, before it is read."""
    if output.suffix.lower() != ".parquet" or base_suffix(source) not in {".csv", ".tsv"}:
        return {}
    found = PlainNumbers.among(posts.schema.keys() - {keep})
    for part in posts.batches(lambda _: None):
        if isinstance(part, pl.DataFrame):
            found.see(part)
        if not found.decimal:
            break
    return found.types()


class _Sink:
    """A file that frames of one schema are added to."""

    def __init__(self, file: IO[bytes], path: Path) -> None:
        self.file, self.suffix, self.is_first = file, path.suffix.lower(), True
        self.parquet: pq.ParquetWriter | None = None

    def write(self, frame: pl.DataFrame) -> None:
        if self.suffix == ".csv":
            frame.write_csv(self.file, include_header=self.is_first)
        elif self.suffix == ".jsonl":
            frame.write_ndjson(self.file)
        else:
            import pyarrow.parquet as pq

            table = frame.to_arrow(compat_level=pl.CompatLevel.oldest())
            if self.parquet is None:
                self.parquet = pq.ParquetWriter(self.file, table.schema, compression="zstd")
            self.parquet.write_table(table)
        self.is_first = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.parquet is not None:
            self.parquet.close()


def _predict(posts: pl.Series, scorer: Scorer) -> pl.DataFrame:
    texts = posts.cast(pl.String).fill_null("")
    texts = texts.set(texts.str.strip_chars().is_in(list(WRITTEN)), "")
    return scorer.predict(texts.to_list()).rename({"text": CLEAN_TEXT})


def _check_output(source: Path, output: Path) -> None:
    if output.suffix.lower() not in OUTPUT_SUFFIXES:
        raise SourceError(f"cannot write {output}; end its name in one of {', '.join(OUTPUT_SUFFIXES)}")
    if not output.parent.is_dir():
        raise SourceError(f"cannot write {output}; create the folder {output.parent} first")
    if output.exists() and source.exists() and output.samefile(source):
        raise SourceError(f"{output} is the input; write the predictions to another file")


@contextmanager
def _one_line(output: Path) -> Iterator[None]:
    """Turn the libraries' failures into a `SourceError` of one line."""
    import pyarrow as pa

    try:
        yield
    except (OSError, pl.exceptions.PolarsError, pa.ArrowException) as error:
        reason = next(iter(str(error).strip().splitlines()), type(error).__name__)
        raise SourceError(f"{output} cannot be written: {reason[:200]}; check its form, or try .parquet") from error
