"""Cells of a table of posts: what each kind of column holds, and what a path finds in objects (JSON, Python's repr, structs)."""

from __future__ import annotations

import ast
import re
import warnings
from math import isnan
from typing import TYPE_CHECKING, Final

import msgspec

from emtract.ingest.posts.post import count_cell, first_id, sentiment_tag
from emtract.ingest.records import LineError, storable, storable_value
from emtract.missing import is_missing, is_unwritten

if TYPE_CHECKING:
    from collections.abc import Sequence

#: Longest text of an object that is read, in characters.
MAX_OBJECT: Final = 1 << 16
#: One symbol of a cell that lists several: `AAPL TSLA`, `AAPL;TSLA`, `['AAPL', '$TSLA']`.
_ONE_SYMBOL = re.compile(r"[^\s,;|\[\](){}'\"]+")
#: What stands for an author who deleted the account.
NOBODY: Final = frozenset({"[deleted]", "[removed]"})
_YES: Final = frozenset({"true", "t", "yes", "y", "1"})
_NO: Final = frozenset({"false", "f", "no", "n", "0"})
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
    """Whether a text writes an object, or of a list of objects."""
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


def id_of(name: str | None, cell: object) -> str | None:
    """Return an id; an object is none, and whoever deleted the account is nobody."""
    cell = _single(cell)
    if looks_like_object(cell):
        raise LineError("wrong type", f"{name} holds objects, no ids: name what is inside them, as in {name}.id")
    return None if isinstance(cell, str) and cell in NOBODY else first_id(scalar(name, cell))


def written_text(name: str | None, cell: object) -> str | None:
    """Return a text; None for a word that stands for none."""
    text = text_of(name, cell)
    return None if text is None or is_unwritten(text) else text


def count_of(name: str | None, cell: object) -> int | None:
    """Return a whole number from zero on; None for an empty cell."""
    value = scalar(name, _single(cell))
    if isinstance(value, float) and value.is_integer() and value < 2**53:
        value = int(value)
    return count_cell("" if value is None else str(value))


def sentiment_of(name: str | None, cell: object) -> str | None:
    """Return the author's own tag; an object of StockTwits' is read too."""
    cell = _single(cell)
    if isinstance(cell, dict):
        cell = cell.get("basic")
    return sentiment_tag(text_of(name, cell))


def language_of(name: str | None, cell: object) -> str | None:
    """Return the one language of a cell; None where it has none."""
    text = text_of(name, _single(cell)) or ""
    if text.startswith("["):
        languages = _ONE_SYMBOL.findall(text)
        if len(languages) > 1:
            raise LineError("wrong type", f"{name} is {text[:60]!r}, not one language")
        text = languages[0] if languages else ""
    return None if is_missing(text) else text


def _single(cell: object) -> object:
    """The item of a list of one, nothing of an empty list; a longer list is no single value."""
    if isinstance(cell, list) and len(cell) <= 1:
        return cell[0] if cell else None
    return cell


def scalar(name: str | None, cell: object) -> object:
    """Refuse what is no single value; text that a writer left as bytes is decoded."""
    if cell is None or isinstance(cell, str):
        return cell
    if isinstance(cell, LineError):
        raise cell
    if isinstance(cell, (dict, list, bool)):
        raise LineError("wrong type", f"{name} is {cell!r}: name what is inside it, as in user.id")
    if isinstance(cell, bytes):
        try:
            return storable(cell.decode())
        except UnicodeDecodeError as error:
            raise LineError("not UTF-8", f"{name}: {error}") from error
    return cell


def text_of(name: str | None, cell: object) -> str | None:
    """Return a cell as text; None for an empty one."""
    if isinstance(cell, str):
        return storable(cell)
    value = scalar(name, cell)
    if value is None or (isinstance(value, float) and isnan(value)):
        return None
    return storable(str(value))


def symbols_named(name: str | None, cell: object) -> list[str]:
    """Return the symbols of a cell, in whatever list or objects they stand."""
    if looks_like_object(cell):
        cell = parse_object(str(cell))
    if isinstance(cell, (list, dict)):
        named = [text_of(name, item) for item in symbols_of(cell)]
    else:
        text = text_of(name, cell) or ""
        named = [] if is_unwritten(text) else _ONE_SYMBOL.findall(text)
    return [symbol for symbol in named if symbol is not None and not is_unwritten(symbol)]


def flag_of(name: str | None, cell: object) -> bool | None:
    """Return true or false; None for an empty cell."""
    cell = _single(cell)
    if isinstance(cell, bool):
        return cell
    value = scalar(name, cell)
    text = "" if value is None else str(value).strip().lower().removesuffix(".0")
    if is_missing(text):
        return None
    if text not in _YES | _NO:
        raise LineError("wrong type", f"verified {text[:40]!r} is neither true nor false")
    return text in _YES
