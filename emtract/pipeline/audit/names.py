"""Names of firms: what a file says of symbols, beside what the store holds."""

from __future__ import annotations

import csv
import json
from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final

from emtract.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from emtract.store import Store

#: What columns are called, the likeliest first; the SEC's company_tickers.json has ticker and title.
_SYMBOL: Final = ("symbol", "ticker")
_NAME: Final = ("name", "company", "title", "company_name")


def firm_names(store: Store, path: Path | None = None) -> dict[str, list[str]]:
    """Return symbol -> names of its firm, for every symbol that posts of the store name.

    Parameters
    ----------
    store
        Its classes of scheme `company` count.
    path
        A CSV or TSV with columns symbol and name, or JSON such as the SEC's company_tickers.json; None for no file.

    Raises
    ------
    SourceError
        The file cannot be read, or has no such columns.
    """
    names: dict[str, list[str]] = defaultdict(list)
    for symbol, name in store.query("audit/names").iter_rows():
        names[symbol] += [name] if name else []
    for symbol, name in [] if path is None else _read(path):
        if symbol in names and name not in names[symbol]:
            names[symbol].append(name)
    return dict(names)


def _read(path: Path) -> list[tuple[str, str]]:
    try:
        text = path.read_text(encoding="utf-8-sig")
        rows = _json_rows(text) if path.suffix.lower() == ".json" else _table_rows(text)
    except (OSError, ValueError, RecursionError, csv.Error) as error:
        raise SourceError(
            f"{path} cannot be read as names of firms ({error}): give a CSV of symbol and name"
        ) from error
    rows = [{str(key).strip().lower(): value for key, value in row.items()} for row in rows]
    symbol, name = (next((c for c in known if rows and c in rows[0]), None) for known in (_SYMBOL, _NAME))
    if symbol is None or name is None:
        raise SourceError(
            f"{path} has no columns of symbols and names: call them symbol and name, or ticker and title as the SEC does"
        )
    told = ((str(row.get(symbol) or ""), str(row.get(name) or "")) for row in rows)
    return [(s.strip().lstrip("$").upper(), n.strip()) for s, n in told if s.strip() and n.strip()]


def _json_rows(text: str) -> list[Mapping[str, Any]]:
    value = json.loads(text)
    rows = list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else []
    return [row for row in rows if isinstance(row, dict)]


def _table_rows(text: str) -> Sequence[Mapping[str, Any]]:
    lines = text.splitlines()
    if not lines:
        return []
    return list(csv.DictReader(lines, delimiter="\t" if "\t" in lines[0] else ","))
