"""What the page says of samples and specs: rows of what, from when to when, distributions, names, ledgers as blocks of steps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from emtract.econometrics.regression.spec import Spec
from emtract.emotions import EMOTIONS, STANCE, TAGS
from emtract.panel.frame import ENTITY, RETURNS, TIME, WINDOWS, Panel
from emtract.words.names import words
from emtract.words.numbers import MINUS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from emtract.panel.frame import Sample
    from emtract.study import StudyResult

#: Columns of a sample that are described when nothing says which of them the study reads.
_MOST: Final = 40
_QUANTILES: Final = {"p1": 0.01, "p25": 0.25, "median": 0.5, "p75": 0.75, "p99": 0.99}
#: Specs that a heading names one by one.
_NAMED: Final = 4


@dataclass(frozen=True)
class Extent:
    """How far a sample reaches; firms, sessions, first and last are None where it has no such column."""

    unit: str
    rows: int
    firms: int | None
    sessions: int | None
    first: str | None
    last: str | None


def extent(sample: Sample) -> Extent:
    """Count the rows, firms and sessions of a sample, and find its first and last date."""
    data = sample.data
    dated = _date_column(data)
    days = [] if dated is None else data[dated].drop_nulls().sort().cast(pl.String).to_list()
    return Extent(
        unit=sample.unit,
        rows=data.height,
        firms=data[ENTITY].n_unique() if ENTITY in data.columns else None,
        sessions=data[TIME].n_unique() if TIME in data.columns else None,
        first=days[0][:10] if days else None,
        last=days[-1][:10] if days else None,
    )


def describe_sample(result: StudyResult, name: str) -> pl.DataFrame:
    """Return the distribution of a sample's columns.

    Returns
    -------
    pl.DataFrame
        variable, n, mean, sd, p1, p25, median, p75, p99: on a panel the columns of `descriptives`, then
        those that the study's regressions read; on any other sample its numbers, as many as a page can hold.
    """
    sample = result.samples[name]
    read = [
        c for s in result.study.specs.values() if isinstance(s, Spec) and s.sample == name for c in (s.y, *s.sources)
    ]
    if isinstance(sample, Panel):
        known = descriptives(sample)
        further = [c for c in dict.fromkeys(read) if c in sample.data.columns and c not in set(known["variable"])]
        return pl.concat([known, distribution(sample.data, further)])
    known_keys = {"number", "year", "permno"}
    numeric = [c for c, dtype in sample.data.schema.items() if dtype.is_numeric() and c not in known_keys]
    numeric = [c for c in numeric if sample.data[c].n_unique() > 1]
    return distribution(sample.data, list(dict.fromkeys([c for c in read if c in numeric] + numeric))[:_MOST])


def descriptives(panel: Sample) -> pl.DataFrame:
    """Return the distribution of the panel's main columns.

    Returns
    -------
    pl.DataFrame
        One row a column of the panel (emotions, valence, stances and attention of each window, then returns), nulls left out:
        variable, n, mean, sd, p1, p25, median, p75, p99.
    """
    names = [f"{name}_{window}" for window in WINDOWS for name in (*EMOTIONS, "valence", *TAGS, STANCE, "attention")]
    return distribution(panel.data, (*(name for name in names if name in panel.data.columns), *RETURNS))


def distribution(data: pl.DataFrame, names: Iterable[str]) -> pl.DataFrame:
    """Return n, mean, sd and quantiles of columns, nulls left out."""
    rows: list[dict[str, Any]] = []
    for name in names:
        column = data[name].cast(pl.Float64).drop_nulls()
        quantiles = {q: column.quantile(share, interpolation="linear") for q, share in _QUANTILES.items()}
        rows.append({"variable": name, "n": len(column), "mean": column.mean(), "sd": column.std(), **quantiles})
    floats = dict.fromkeys(("mean", "sd", *_QUANTILES), pl.Float64)
    return pl.DataFrame(rows, schema={"variable": pl.String, "n": pl.Int64, **floats})


def sample_title(result: StudyResult, name: str) -> str:
    """Heading of a sample: `Panel` for firm-sessions, else the name that the study gives it."""
    return "Panel" if isinstance(result.samples[name], Panel) and len(result.samples) == 1 else words(name)


def spec_labels(result: StudyResult) -> dict[str, str]:
    """Name each spec and analysis by its label; where several share a label, what is their own in each name tells them apart."""
    labels = {name: result.study.label(name) for name in result.outcomes}
    sharing: dict[str, list[list[str]]] = {}
    for name, label in labels.items():
        sharing.setdefault(label, []).append(name.split("_"))
    return {name: f"{label}{_own(name.split('_'), sharing[label])}" for name, label in labels.items()}


def _own(parts: Sequence[str], names: Sequence[Sequence[str]]) -> str:
    """Words of a name that not all names have, behind a comma; '' for a name alone."""
    if len(names) == 1:
        return ""
    own = [part for part in parts if not all(part in other for other in names)]
    return f", {words('_'.join(own or parts)).lower()}"


def _date_column(data: pl.DataFrame) -> str | None:
    """Column of the sample's dates: `session` where there is one, else the first date."""
    if TIME in data.columns:
        return TIME
    return next((name for name, dtype in data.schema.items() if dtype.is_temporal() and dtype != pl.Time), None)


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
