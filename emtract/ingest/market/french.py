"""Ken French's daily files, as CSV or as the zip that he ships -> series: factors, and returns of industry portfolios."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import polars as pl

from emtract.errors import SourceError
from emtract.ingest.archives import read_members
from emtract.ingest.lines import read_lines
from emtract.ingest.market.fields import Field, parse_fields
from emtract.ingest.market.options import Options, refuse, take
from emtract.ingest.market.sieve import firsts, make_batch, rejections
from emtract.ingest.records import Rejection, reject

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from emtract.ingest.market import MarketBatch, Option
    from emtract.ingest.market.options import CellForm
    from emtract.ingest.records import Row
    from emtract.ingest.streams import Source


_DAY: Final = re.compile(r"\d{8}")
_MONTH: Final = re.compile(r"\d{6}|\d{4}")
#: Marks of a missing return, in per cent.
_MISSING: Final = (-99.99, -999.0)
#: Returns from which their unit can be told, and what half of returns in per cent exceed by far.
_FEW: Final = 20
_LITTLE: Final = 0.03
#: Portfolios in French's sets of industries.
_SETS: Final = frozenset({5, 10, 12, 17, 30, 38, 48, 49})
_INDUSTRY: Final = re.compile(r"\s{0,2}(\d{1,2})\s+(\S+)\s+\S.*")
_RANGE: Final = re.compile(r"\s+(\d{3,4})\s*-\s*(\d{3,4})\b.*")


@dataclass
class _Section:
    """One table of a file: the words above it, its columns, its rows as (line, cells), and whether its rows are days."""

    title: str
    names: list[str]
    rows: list[tuple[int, list[str]]] = field(default_factory=list)

    @property
    def is_daily(self) -> bool:
        return not self.rows or not _MONTH.fullmatch(self.rows[0][1][0])


def read_factors(path: Path, columns: Mapping[str, str], options: Mapping[str, Option]) -> MarketBatch:
    """Read daily factors: three, five, momentum, or any other file of the library that has one table of days.

    Parameters
    ----------
    path
        CSV, or the zip that French ships.
    columns
        Empty: the columns become series under their own names.
    options
        Fields of `Options`.

    Returns
    -------
    MarketBatch
        Table `series`: daily returns as fractions, 0.01 being one per cent.

    Raises
    ------
    ConfigError
        An option is unknown, or `columns` is not empty.
    SourceError
        The file has no table of days, names a column twice, or seems to hold fractions where French has per cent.

    Notes
    -----
    Assumed: remarks of any length, a line of names whose first cell is empty, rows that start with YYYYMMDD, per cent, and
    remarks again; -99.99 and -999 mean that there is no return. `Mkt-RF` becomes mkt_rf, `Mom` mom.
    """
    form = take(options, Options).form
    refuse(columns)
    sections, stray = _sections(path)
    chosen = _daily(path, sections[:1])
    return _batch(path, chosen, [re.sub(r"[^a-z0-9]+", "_", name.lower()) for name in chosen.names], stray, form)


def read_industries(path: Path, columns: Mapping[str, str], options: Mapping[str, Option]) -> MarketBatch:
    """Read daily returns of industry portfolios: the value-weighted table, which comes first; ff48:Agric and so on.

    Parameters
    ----------
    path, columns, options
        As in `read_factors`, and so is what comes back.

    Raises
    ------
    ConfigError, SourceError
        As `read_factors`; or the number of columns fits no set of industries.

    Notes
    -----
    As `read_factors`; the line above each table says how it is weighted. Any of French's sets is taken, and named after the
    number of its portfolios.
    """
    form = take(options, Options).form
    refuse(columns)
    sections, stray = _sections(path)
    weighted = [section for section in sections if "value" in section.title.lower()]
    chosen = _daily(path, weighted or sections[:1])
    if len(chosen.names) not in _SETS:
        raise SourceError(f"{path} has {len(chosen.names)} columns, which is no set of French's industry portfolios")
    return _batch(path, chosen, [f"ff{len(chosen.names)}:{name}" for name in chosen.names], stray, form)


def _sections(path: Path) -> tuple[list[_Section], list[Rejection]]:
    sections: list[_Section] = []
    stray: list[Rejection] = []
    title = ""
    for item in read_members(path, _decoded):
        if isinstance(item, Rejection):
            stray.append(item)
            continue
        line, text = item
        cells = text.rstrip(", \t").split(",")  # a spreadsheet fills lines up with commas
        cells = [cell.strip() for cell in cells]
        if len(cells) > 1 and not cells[0] and all(cells[1:]):
            sections.append(_Section(title, cells[1:]))
        elif sections and _is_row(cells):
            sections[-1].rows.append((line, cells))
        elif any(cells):
            title = text.strip()
    return sections, stray


def _is_row(cells: Sequence[str]) -> bool:
    return (len(cells) > 1 or _DAY.fullmatch(cells[0]) is not None) and not cells[0].lower().startswith("copyright")


def _decoded(source: Source) -> Iterator[tuple[int, str] | Rejection]:
    """Yield lines as text: only names and remarks have letters beyond ASCII, and neither must be exact."""
    for item in read_lines(source):
        yield item if isinstance(item, Rejection) else (item[0], item[1].decode("utf-8", "replace"))


def _daily(path: Path, sections: Sequence[_Section]) -> _Section:
    if not sections:
        raise SourceError(f"{path} has no table of Ken French's: a line such as ,Mkt-RF,SMB,HML,RF with rows below it")
    if not sections[0].is_daily:
        raise SourceError(f"{path} has months, not days: take the file whose name has _daily")
    return sections[0]


def _batch(
    path: Path, section: _Section, names: Sequence[str], stray: Sequence[Rejection], form: CellForm
) -> MarketBatch:
    if len(set(names)) < len(names):
        raise SourceError(f"the table names a column twice ({', '.join(names)}): fetch the file again")
    keys = [f"column {place}" for place in range(len(names))]
    fields = {"session": Field("day", ("day",), required=True)}
    fields |= {key: Field("number", (name,)) for key, name in zip(keys, section.names, strict=True)}
    rows = (_row(line, cells, len(names) + 1) for line, cells in section.rows)
    parsed = parse_fields(path, rows, lambda: fields, form)
    kept, repeated = firsts(parsed.frame, ["session"])
    _check_per_cent(path, kept.select(key for key, name in zip(keys, names, strict=True) if name != "rf"))
    long = (
        kept.unpivot(keys, index=["line", "session"], variable_name="name")
        .filter(pl.col("value").is_in(_MISSING).not_())
        .with_columns(pl.col("name").replace_strict(keys, names), pl.col("value") / 100)
    )
    rejected = [rejections(stray), parsed.rejected, repeated]
    return make_batch({"series": long}, rejected, rows_read=parsed.rows_read + len(stray))


def _check_per_cent(path: Path, returns: pl.DataFrame) -> None:
    """Refuse returns that are fractions: in per cent no portfolio moves by so little on half of its days."""
    values = returns.unpivot()["value"].drop_nulls()
    values = values.filter(~values.is_in(_MISSING) & (values != 0)).abs()
    if len(values) >= _FEW and values.median() < _LITTLE:  # type: ignore[operator]
        raise SourceError(
            f"{path}: half of its returns are smaller than {_LITTLE} per cent, so they seem to be fractions: French's files "
            "are in per cent; fetch the file as he publishes it, or multiply every column but the day by 100"
        )


def _row(line: int, cells: list[str], width: int) -> Row | Rejection:
    if len(cells) != width:
        message = f"{len(cells)} cells where the header has {width}"
        return reject(line, "wrong number of cells", message, ",".join(cells))
    return line, tuple(cell or None for cell in cells)


@dataclass(frozen=True)
class SicIndustries:
    """Industries in the order of the file.

    Attributes
    ----------
    names
        Short names: Agric, Food, ...
    ranges
        (first code, last code, short name), both codes included.
    """

    names: tuple[str, ...]
    ranges: tuple[tuple[int, int, str], ...]

    @property
    def scheme(self) -> str:
        """Scheme of the classification: ff48 for 48 industries."""
        return f"ff{len(self.names)}"

    def industry(self, sic: int) -> str | None:
        """Return the industry of a SIC code; None where the file lists it nowhere, which French leaves out too."""
        return next((name for first, last, name in self.ranges if first <= sic <= last), None)

    def classify(self, sic: pl.DataFrame) -> pl.DataFrame:
        """Return classifications under this scheme from the scheme sic; codes of no industry make no row."""
        codes = sic["label"].unique().to_list()
        names = {code: self.industry(int(code)) for code in codes if code.isdigit()}
        label = pl.col("label").replace_strict(names, default=None, return_dtype=pl.String)
        return sic.with_columns(label, pl.lit(self.scheme).alias("scheme")).drop_nulls("label")


def read_french_sic(path: Path) -> SicIndustries:
    """Read the definitions as French ships them.

    Raises
    ------
    SourceError
        The file defines no industry, or a line of it belongs to none.

    Notes
    -----
    Assumed: a line of an industry starts with its number and its short name, `` 1 Agric  Agriculture``; the lines below it,
    further in, each start with a range, ``0100-0199 Agricultural production - crops``.
    """
    names: list[str] = []
    ranges: list[tuple[int, int, str]] = []
    for item in read_members(path, _decoded):
        text = "" if isinstance(item, Rejection) else item[1]
        if codes := _RANGE.fullmatch(text):
            if not names:
                raise SourceError(f"{path}: {text.strip()!r} stands before any industry: it is no file of SIC codes")
            ranges.append((int(codes[1]), int(codes[2]), names[-1]))
        elif industry := _INDUSTRY.fullmatch(text):
            names.append(industry[2])
        elif text.strip():
            raise SourceError(
                f"{path} is no file of French's SIC codes: {text.strip()[:80]!r} is neither industry nor range"
            )
    if not ranges:
        raise SourceError(f"{path} defines no industry: name French's Siccodes48.txt or its zip")
    return SicIndustries(tuple(names), tuple(ranges))
