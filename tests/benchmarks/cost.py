"""What a very large archive costs, computed from measured rates; every row shows its arithmetic."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from tests.benchmarks.measure import Measure, number, significant

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

#: Messages of StockTwits' public record, 2008 to 2022.
ARCHIVE: Final = 550_000_000
#: Tier -> row of `model.json` that holds its rate in texts a second.
_ROWS: Final = {"default": "tier default: cleaned texts", "fast": "tier fast: cleaned texts"}


@dataclass(frozen=True)
class Rates:
    """Rates measured on one machine.

    Attributes
    ----------
    cores
        Cores of that machine.
    lines
        Lines ingested and cleaned a second, on all cores.
    committed
        Lines a second that the one process that writes the store could take.
    share
        Distinct texts a line.
    texts
        Tier -> texts scored a second, on all cores.
    """

    cores: int
    lines: float
    committed: float
    share: float
    texts: Mapping[str, float]


def read_rates(model_report: Path) -> dict[str, float]:
    """Tier -> texts a second of an earlier `make bench`; empty where there was none."""
    if not model_report.is_file():
        return {}
    values = {row["name"]: row["value"] for row in json.loads(model_report.read_text(encoding="utf-8"))}
    return {tier: float(values[row]) for tier, row in _ROWS.items() if row in values}


def cost_rows(rates: Rates, *, archive: int = ARCHIVE) -> list[Measure]:
    """Hours on the measured machine, on one of 32 such cores, and on ten of those under Ray.

    Notes
    -----
    Parsing, cleaning and scoring are taken to scale with the cores, which holds for separate processes that share no
    state; the store has one writer, so ingesting stops scaling there.
    """
    rows = []
    machines = ((rates.cores, 1, f"{rates.cores} cores"), (32, 1, "32 cores"), (32, 10, "Ray, 10 machines of 32 cores"))
    for cores, count, name in machines:
        times = cores / rates.cores
        pace = min(rates.lines * times, rates.committed)
        limit = "the one writer's rate" if pace < rates.lines * times else f"{number(rates.lines)} x {times:.0f}"
        note = f"{archive:,} lines / {number(pace)} lines/s ({limit})"
        rows.append(Measure(f"{name}: ingest and clean", significant(archive / pace / 3600, 3), "hours", note))
        for tier, rate in rates.texts.items():
            total = rate * times * count
            note = f"{archive:,} x {rates.share:.2f} distinct texts a line / ({number(rate)} texts/s x {times * count:.0f})"
            hours = significant(archive * rates.share / total / 3600, 3)
            rows.append(Measure(f"{name}: score, {tier}", hours, "hours", note))
    rows.append(Measure("one H100", "not measured", "", "no such machine was at hand"))
    return rows
