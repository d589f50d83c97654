"""Cells that hold objects: the repr of Python, JSON, or structs of Parquet; and what a path finds in them."""

from __future__ import annotations

import ast
import warnings
from typing import TYPE_CHECKING, Final

import msgspec

from emtract.ingest.records import LineError, storable_value

if TYPE_CHECKING:
    from collections.abc import Sequence

#: Longest text of an object that is read, in characters.
MAX_OBJECT: Final = 1 << 16
#: What a list of symbols has in its objects, by platform.
_SYMBOL_KEYS: Final = ("symbol", "ticker", "tag", "text")


def column_path(header: Sequence[str], name: str) -> tuple[int, tuple[str, ...]] | None:
    """Return the position of a column and the keys within its cells, or None where it is absent or stands twice.

    `user.id` is the column of that name where there is one, else the key `id` of the objects in the column `user`.
    """
    keys = name.split(".")
    for length in range(len(keys), 0, -1):
        column = ".".join(keys[:length])
        if header.count(column) == 1:
            return header.index(column), tuple(keys[length:])
        if column in header:
            return None
    return None


def reach(value: object, keys: Sequence[str]) -> object:
    """Return what stands at the end of a path of keys, or None; a path through a list collects from each of its items."""
    for position, key in enumerate(keys):
        if isinstance(value, list):
            return [found for item in value for found in _flat(reach(item, keys[position:]))]
        value = value.get(key) if isinstance(value, dict) else None
    return value


def at_path(cell: object, keys: Sequence[str]) -> object:
    """Return what a path finds in a cell; a `LineError` in its place where the cell's object cannot be read."""
    if not keys or cell is None or cell == "":
        return cell if not keys else None
    try:
        return reach(parse_object(cell) if isinstance(cell, str) else cell, keys)
    except LineError as error:
        return error


def looks_like_object(cell: object) -> bool:
    """Whether a text is that of an object, or of a list of objects."""
    return isinstance(cell, str) and cell[:1] in {"{", "["} and cell[:8].replace(" ", "").startswith(("{", "[{"))


def parse_object(text: str) -> object:
    """Return the value that a text spells, as JSON or as Python writes it.

    Raises
    ------
    LineError
        It spells none, was cut, or is longer than `MAX_OBJECT`.
    """
    if len(text) > MAX_OBJECT:
        raise LineError("wrong type", f"an object of {len(text):,} characters: the limit is {MAX_OBJECT:,}")
    try:
        return storable_value(msgspec.json.decode(text))
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
        pass
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return storable_value(ast.literal_eval(text.strip()))
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError) as error:
        raise LineError("wrong type", f"{text[:60]!r} is no object that can be read: it may have been cut") from error


def symbols_of(value: object) -> list[object]:
    """Return the names of symbols in a value of a list of objects: `[{"symbol": "AAPL"}]`, `[{"text": "TSLA"}]`.

    Raises
    ------
    LineError
        Its objects have no symbol.
    """
    items = value if isinstance(value, list) else [value]
    found: list[object] = []
    for item in items:
        if not isinstance(item, dict):
            found.append(item)
            continue
        key = next((key for key in _SYMBOL_KEYS if item.get(key)), None)
        if key is None:
            raise LineError("wrong type", "objects without a symbol: name what is inside them, as in symbols.symbol")
        found.append(item[key])
    return found


def _flat(found: object) -> list[object]:
    return found if isinstance(found, list) else [] if found is None else [found]
