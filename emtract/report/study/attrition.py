"""The attrition ledger as the page prints it: blocks of steps counted in one unit, with bars."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from emtract.words.names import words
from emtract.words.numbers import MINUS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import polars as pl

#: Specs that a heading names one by one.
_NAMED: Final = 4


@dataclass(frozen=True)
class LedgerStep:
    """One step in text; `kept` and `lost` are per cent of the first count of its block."""

    name: str
    rows: str
    dropped: str
    kept: float
    lost: float
    reason: str


@dataclass(frozen=True)
class LedgerBlock:
    """Consecutive steps of one unit; the title is empty where the block before has the same."""

    title: str
    unit: str
    steps: tuple[LedgerStep, ...]


def ledger_blocks(attrition: pl.DataFrame, *, specs: Mapping[str, str], main: str = "Panel") -> tuple[LedgerBlock, ...]:
    """Split an attrition frame where the unit changes; specs with the same steps share a block.

    Parameters
    ----------
    attrition
        spec ('' for the main sample, `sample NAME` for another), step, unit, rows_in, dropped, rows_out, reason.
    specs
        Spec name -> heading.
    main
        Heading of the main sample.
    """
    columns = [c for c in attrition.columns if c != "spec"]
    ledgers: dict[tuple[bool, tuple[Any, ...]], list[str]] = {}
    for (spec,), rows in attrition.group_by("spec", maintain_order=True):
        used = str(spec) in specs
        ledgers.setdefault((not used, tuple(rows.select(columns).iter_rows())), []).append(str(spec))
    return tuple(
        block
        for (_, steps), names in ledgers.items()
        for block in _blocks(_title(names, specs, main), [dict(zip(columns, step, strict=True)) for step in steps])
    )


def _title(names: Sequence[str], specs: Mapping[str, str], main: str) -> str:
    if names == [""]:
        return main
    if len(names) == len(specs) > 1:
        return "Every specification"
    told = list(dict.fromkeys(specs.get(n, words(n)) for n in names))
    shown = " \u00b7 ".join(told[:_NAMED])
    return f"{shown} and {len(told) - _NAMED} more" if len(told) > _NAMED else shown


def _blocks(title: str, rows: Sequence[Mapping[str, Any]]) -> list[LedgerBlock]:
    opened: list[list[Mapping[str, Any]]] = []
    for row in rows:
        if row["rows_in"] is None or not opened:
            opened.append([])
        opened[-1].append(row)
    return [
        LedgerBlock("" if number else title, block[0]["unit"], tuple(_step(row, block[0]) for row in block))
        for number, block in enumerate(opened)
    ]


def _step(row: Mapping[str, Any], first: Mapping[str, Any]) -> LedgerStep:
    whole = first["rows_in"] or first["rows_out"] or 1
    kept, lost = (round(100 * row[column] / whole, 2) for column in ("rows_out", "dropped"))
    dropped = f"{MINUS}{row['dropped']:,}" if row["dropped"] else ""
    return LedgerStep(words(row["step"]), f"{row['rows_out']:,}", dropped, kept, lost, row["reason"])
