"""Files that have a row a post, in batches: all columns of a table, of lines of text, of Parquet, or of JSON objects."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, Any, Final

import msgspec
import polars as pl

from emtract.errors import SourceError
from emtract.ingest.parquet import batch_rows, open_parquet
from emtract.ingest.posts.decoding import decode_line
from emtract.ingest.posts.documents import posts_within, read_values
from emtract.ingest.records import LineError, Rejection, reject
from emtract.ingest.rows import listed, read_headers, read_rows, read_texts
from emtract.ingest.streams import base_suffix, open_file, read_chunks

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from emtract.ingest.records import Row

#: Names that hold posts, likeliest first; a file of one column has a header only if its first line is one of them.
TEXT_COLUMNS: Final = (
    *("body", "full_text", "text", "rawcontent", "message", "content", "tweet", "post", "comment", "title"),
)
INPUT_SUFFIXES: Final = (".csv", ".tsv", ".tab", ".txt", ".parquet", ".pq", ".jsonl", ".ndjson", ".json")
#: What is asked of those who name an archive or a book.
_UNPACK: Final = "unpack it first ({}), and name the file that was in it"
_REMEDIES: Final = {
    ".zip": _UNPACK.format("unzip"),
    ".7z": _UNPACK.format("7z x"),
    ".rar": _UNPACK.format("unrar x"),
    **dict.fromkeys((".tar", ".tgz"), _UNPACK.format("tar -xf")),
    **dict.fromkeys((".xlsx", ".xls"), "save its table as CSV UTF-8"),
}
#: Objects within objects whose members have types of their own; deeper ones are text.
MAX_DEPTH: Final = 8
#: Limits of a batch.
MAX_ROWS: Final = 8_192
MAX_CHARACTERS: Final = 1 << 25
#: Whole numbers beyond it are not held by a float, and beyond the second by no column of integers.
_EXACT: Final = 2**53
_LONGEST: Final = 2**63
#: Type of whole numbers that a float does not hold, until all are known.
_LONG: Final = pl.Int128()
_NUMBERS: Final = (pl.Int64(), _LONG, pl.Float64())
_ANY: Final = msgspec.json.Decoder(Any)
#: Column of the line, or row of Parquet, where each row stands; no file has a column of this name.
LINE: Final = "\0line"

#: Told the bytes of the file that were read so far.
Tell = Callable[[int], None]
Batches = Iterator[pl.DataFrame | Rejection]
_Rows = Iterator["Row | Rejection"]


@dataclass(frozen=True)
class PostFile:
    """A file's columns, and a function that reads it: its batches, at least one, and the rows that cannot be read."""

    schema: dict[str, pl.DataType]
    batches: Callable[[Tell], Batches]


def open_posts(
    path: Path, text_column: str | None = None, *, option: str = "--text-column", lines: bool = False
) -> PostFile:
    """Return a file of posts; columns of text files are text.

    Parameters
    ----------
    path
        A file with one of `INPUT_SUFFIXES`; all but Parquet may be packed.
    text_column
        Column that holds the posts, or another that tells a header from a row; None takes the likeliest.
    option
        What names the column at the prompt, for errors.
    lines
        Whether each batch has the column `LINE` too.

    Raises
    ------
    SourceError
        It is of no kind that is read, or none of its columns holds posts.
    """
    suffix = base_suffix(path)
    if suffix not in INPUT_SUFFIXES:
        plain = path.suffix.lower()
        remedy = _REMEDIES.get(plain) or _REMEDIES.get(suffix) or f"convert it to one of {', '.join(INPUT_SUFFIXES)}"
        raise SourceError(f"{path} is not one of {', '.join(INPUT_SUFFIXES)}: {remedy}")
    if suffix in {".parquet", ".pq"}:
        return _parquet(path, lines=lines)
    if suffix in {".jsonl", ".ndjson", ".json"}:
        return _objects(path, text_column, lines=lines)
    return (
        _lines(path, text_column, lines=lines) if suffix == ".txt" else _table(path, text_column, option, lines=lines)
    )


def find_text_column(columns: Sequence[str], name: str | None = None, option: str = "--text-column") -> str:
    """Return the column that holds the posts.

    Parameters
    ----------
    columns
        As the file has them.
    name
        The column that was asked for; None for the likeliest.
    option
        What names it at the prompt.

    Raises
    ------
    SourceError
        There is no such column, or none is likely; the message lists the columns.
    """
    if name is not None:
        if name not in columns:
            raise SourceError(f"no column {name!r}; the file has {listed(columns)}: name one of them with {option}")
        return name
    if len(columns) == 1:
        return columns[0]
    if (likely := _likely(columns)) is not None:
        return likely
    raise SourceError(
        f"cannot tell which column holds the posts; name one with {option} ({listed(columns)}), or end the file's name in "
        ".txt where every line is a post"
    )


def _is_header(cell: str, text_column: str | None) -> bool:
    return cell == text_column or cell.strip().lower() in TEXT_COLUMNS


def _lines(path: Path, text_column: str | None, *, lines: bool) -> PostFile:
    first = next(read_texts(path), None)
    has_header = first is not None and not isinstance(first, Rejection) and _is_header(str(first[1][0]), text_column)
    name = str(first[1][0]).strip() if has_header and not isinstance(first, Rejection) and first else TEXT_COLUMNS[0]

    def read(tell: Tell) -> Batches:
        rows = read_texts(path, progress=tell)
        if has_header:
            next(rows, None)
        return _frames(rows, {name: pl.String()}, blank="", lines=lines)

    return PostFile({name: pl.String()}, read)


def _table(path: Path, text_column: str | None, option: str, *, lines: bool) -> PostFile:
    """Open a table under the delimiter by which its header names posts; one column may have no header."""
    headers = list(read_headers(path).values())
    named = (header for header in headers if any(_is_header(name, text_column) for name in header))
    header = next(named, None) or max(headers, key=len)
    is_bare = len(header) == 1 and not _is_header(header[0], text_column)
    names = list(TEXT_COLUMNS[:1]) if is_bare else header
    text = names.index(find_text_column(names, None if is_bare else text_column, option))
    if len(set(names)) < len(names):
        raise SourceError(f"{path} has two columns of one name: {listed(names)}; rename one")
    schema = dict.fromkeys(names, pl.String())

    def read(tell: Tell) -> Batches:
        rows = read_rows(
            path,
            lambda found: list(range(len(found))) if found == header else None,
            format="csv",
            wanted="a column of posts",
            text=None if is_bare else text,
            progress=tell,
        )
        first: list[Row] = [(1, (header[0],))] if is_bare else []
        return _frames(chain(first, rows), schema, lines=lines)

    return PostFile(dict(schema), read)


def _frames(
    rows: Iterable[Row | Rejection], schema: Mapping[str, pl.DataType], *, blank: str | None = None, lines: bool
) -> Batches:
    """Yield rows of text as frames."""
    schema = ({LINE: pl.Int64()} if lines else {}) | dict(schema)
    held: list[list[object]] = []
    size = 0
    for row in rows:
        if isinstance(row, Rejection):
            yield row
            continue
        held.append([*row[:lines], *(cell or blank for cell in row[1])])
        size += sum(len(str(cell)) for cell in row[1])
        if len(held) >= MAX_ROWS or size >= MAX_CHARACTERS:
            yield pl.DataFrame(held, schema=schema, orient="row")
            held, size = [], 0
    yield pl.DataFrame(held, schema=schema, orient="row")


def _parquet(path: Path, *, lines: bool) -> PostFile:
    import pyarrow as pa

    with open_file(path) as file:
        empty = open_parquet(path, file).schema_arrow.empty_table()
    columns: pl.DataFrame = pl.DataFrame(empty)

    def read(tell: Tell) -> Batches:
        with open_file(path) as file:
            table = open_parquet(path, file)
            row = 0
            yield columns.with_row_index(LINE) if lines else columns
            try:
                for batch in table.iter_batches(min(MAX_ROWS, batch_rows(table.metadata))):
                    frame = pl.DataFrame(batch)
                    yield frame.with_row_index(LINE, offset=row + 1) if lines else frame
                    row += batch.num_rows
                    tell(path.stat().st_size * row // max(1, table.metadata.num_rows))
            except (OSError, pa.ArrowException) as error:
                what = f"{error}; this row and what follows is lost: fetch the file again"
                yield reject(row + 1, "broken stream", what)

    return PostFile(dict(columns.schema), read)


def _objects(path: Path, text_column: str | None, *, lines: bool) -> PostFile:
    """Open JSON: objects one a line, in a list, or within a response; a first reading tells the types of their keys."""
    for _ in read_chunks(path):
        break
    else:
        raise SourceError(f"{path} is empty: there is no post in it")
    types: dict[str, pl.DataType] = {}
    for part in _batched(path, text_column, lambda _: None, lines=lines):
        if not isinstance(part, Rejection):
            for name, found in _types(part).items():
                types[name] = _common(types.get(name), found)

    types = {name: _settled(found) for name, found in types.items()}

    def read(tell: Tell) -> Batches:
        yield pl.DataFrame(schema=types)
        for part in _batched(path, text_column, tell, lines=lines):
            yield part if isinstance(part, Rejection) else _frame(part, types)

    if not types:
        first = next(_batched(path, text_column, lambda _: None, lines=lines), None)
        why = (
            f"; the first, on line {first.line}: {first.reason} ({first.detail})"
            if isinstance(first, Rejection)
            else ""
        )
        raise SourceError(f"no row of {path} can be read{why}. Posts in JSON are objects, one a line or in a list")
    return PostFile({name: dtype for name, dtype in types.items() if name != LINE}, read)


def _batched(
    path: Path, text_column: str | None, tell: Tell, *, lines: bool
) -> Iterator[list[dict[str, Any]] | Rejection]:
    held: list[dict[str, Any]] = []
    size = 0
    for value in read_values(path, progress=tell):
        if isinstance(value, Rejection):
            yield value
            continue
        try:
            at = {LINE: value[0]} if lines else {}
            held += [at | row for row in _rows_of(value[1], text_column)]
        except LineError as error:
            yield error.at(value[0], value[1])
            continue
        size += len(value[1])
        if len(held) >= MAX_ROWS or size >= MAX_CHARACTERS:
            yield held
            held, size = [], 0
    if held:
        yield held


def _rows_of(value: bytes, text_column: str | None) -> list[dict[str, Any]]:
    item = decode_line(value, _ANY)
    found = posts_within(item, partial(_has_text, text_column=text_column)) or [item]
    rows = [row for row in found if isinstance(row, dict)]
    if len(rows) < len(found):
        raise LineError("wrong type", 'a post in JSON is an object, as {"text": "…"}')
    for row in rows:
        name = next((name for name in row if name == text_column), None) or _likely(row)
        if isinstance(row.get(name or ""), (dict, list)):
            raise LineError("wrong type", f"{name} holds objects, not a text: name another column of posts")
    return rows


def _likely(columns: Iterable[str]) -> str | None:
    lowered = {column.lower(): column for column in reversed(list(columns))}
    return next((lowered[candidate] for candidate in TEXT_COLUMNS if candidate in lowered), None)


def _has_text(item: Mapping[str, Any], *, text_column: str | None) -> bool:
    names = TEXT_COLUMNS if text_column is None else (text_column,)
    return any(isinstance(value, str) and (key in names or key.lower() in names) for key, value in item.items())


def _types(rows: Sequence[Mapping[str, Any]], depth: int = MAX_DEPTH) -> dict[str, pl.DataType]:
    columns: dict[str, list[object]] = {}
    for row in rows:
        for name, value in row.items():
            columns.setdefault(name, []).append(value)
    return {name: _type(values, depth) for name, values in columns.items()}


def _type(values: Sequence[Any], depth: int) -> pl.DataType:
    """Return the type of the values of a key: text where they are of several kinds, nested too deeply, or without members.

    polars infers types of rows that are held at once, and fails, rounds 2**60 or writes true as 1 where kinds are mixed.
    """
    held = [value for value in values if value is not None]
    kinds = {type(value) for value in held}
    if kinds == {dict} and depth:
        return pl.Struct(_types(held, depth - 1))
    if kinds == {list} and depth:
        return pl.List(_type([item for value in held for item in value], depth - 1))
    if kinds and kinds <= {int, float}:
        longest = max((abs(value) for value in held if isinstance(value, int)), default=0)
        whole = pl.Int64() if longest < _EXACT else _LONG if longest < _LONGEST else pl.String()
        return whole if kinds == {int} else _common(pl.Float64(), whole)
    return pl.Boolean() if kinds == {bool} else pl.String() if kinds else pl.Null()


def _common(one: pl.DataType | None, other: pl.DataType) -> pl.DataType:
    """Return the type that holds the values of two; text where no other does, since it holds any."""
    if one is None or one == other or one == pl.Null():
        return other
    if other == pl.Null():
        return one
    if one in _NUMBERS and other in _NUMBERS and {one, other} != {_LONG, pl.Float64()}:
        return max(one, other, key=_NUMBERS.index)
    if isinstance(one, pl.List) and isinstance(other, pl.List):
        return pl.List(_common(_made(one.inner), _made(other.inner)))
    if isinstance(one, pl.Struct) and isinstance(other, pl.Struct):
        mine, others = one.to_schema(), other.to_schema()
        fields = {name: _made(dtype) for name, dtype in mine.items()}
        return pl.Struct(fields | {name: _common(fields.get(name), _made(dtype)) for name, dtype in others.items()})
    return pl.String()


def _settled(dtype: pl.DataType) -> pl.DataType:
    """Return the type under which values are written, once all are known."""
    if isinstance(dtype, pl.List):
        return pl.List(_settled(_made(dtype.inner)))
    if isinstance(dtype, pl.Struct) and dtype.fields:
        return pl.Struct({name: _settled(_made(field)) for name, field in dtype.to_schema().items()})
    if dtype == _LONG:
        return pl.Int64()
    return pl.String() if dtype == pl.Null() or dtype.is_nested() else dtype


def _made(dtype: Any) -> pl.DataType:
    made: pl.DataType = dtype if isinstance(dtype, pl.DataType) else dtype()
    return made


def _frame(rows: Sequence[Mapping[str, Any]], types: Mapping[str, pl.DataType]) -> pl.DataFrame:
    return pl.DataFrame(
        [pl.Series(name, [_fitted(row.get(name), dtype) for row in rows], dtype=dtype) for name, dtype in types.items()]
    )


def _fitted(value: Any, dtype: pl.DataType) -> Any:
    """Return a value as its type holds it: what has to be text as the JSON of it."""
    if value is None:
        return None
    if isinstance(dtype, pl.Struct):
        return {name: _fitted(value.get(name), _made(field)) for name, field in dtype.to_schema().items()}
    if isinstance(dtype, pl.List):
        return [_fitted(item, _made(dtype.inner)) for item in value]
    if dtype == pl.Float64():
        return float(value)
    return value if dtype != pl.String() or isinstance(value, str) else msgspec.json.encode(value).decode()
