"""One model of a table, which every page and every export prints: cells in words, what stands above and below them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import polars as pl

from emtract.report.figures.palette import tone
from emtract.words.names import term_name, words
from emtract.words.numbers import decimals_for, p_text, signed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from emtract.study import StudyResult

_HEADINGS: Final = {
    "term": "Regressor",
    "variable": "Variable",
    "column": "Variable",
    "std_error": "Std. error",
    "sd": "Std. dev.",
    "n": "N",
    "n_obs": "N",
    "p_value": "p",
    "estimate": "Estimate",
    "t_stat": "t",
    "statistic": "Statistic",
    "n_draws": "Draws",
    "conf_low": "95\u00a0% low",
    "conf_high": "95\u00a0% high",
    "sign": "Expected sign",
    "met": "As expected",
    "verdict": "Outcome",
    "p1": "1\u00a0%",
    "p25": "25\u00a0%",
    "p50": "Median",
    "median": "Median",
    "p75": "75\u00a0%",
    "p99": "99\u00a0%",
    "min": "Min",
    "max": "Max",
    "z": "S.e. away",
    "covered": "In the 95\u00a0% interval",
    "p_adjusted": "Adjusted p",
    "p_alone": "p alone",
    "q_benjamini_hochberg": "Benjamini-Hochberg q",
}
#: Columns whose cells are names of columns of the panel.
TERM_COLUMNS: Final = frozenset({"term", "variable", "column", "y"})
#: From this size on a number in a column has no decimals.
_FAR: Final = 1_000
#: A column with a text longer than this is prose.
_PROSE: Final = 36


@dataclass(frozen=True)
class Column:
    """One column of a table.

    Attributes
    ----------
    heading
        Above its cells.
    numeric
        Whether its cells are numbers.
    above, below
        What spans it and its neighbours, and the small print under the heading; empty for none.
    toned
        Whether its cells show the colours of their rows.
    width
        Digits of a regression table, stars and parentheses aside; 0 for words, and elsewhere.
    """

    heading: str
    numeric: bool = True
    above: str = ""
    below: str = ""
    toned: bool = False
    width: int = 0


@dataclass(frozen=True)
class Row:
    """One printed line.

    Attributes
    ----------
    cells
        One text a column; the first one names the row, and is empty for standard errors. A group has the first alone.
    kind
        `plain`; `group`, the title of the rows up to the next one; in a table of regressions `estimate`, `error` (under its
        estimate) or `fact` (below the rule).
    hints
        What the page shows on hover, one a cell.
    tone
        Colour of the row, by its name in the palette; empty for none.
    """

    cells: tuple[str, ...]
    kind: Literal["plain", "group", "estimate", "error", "fact"] = "plain"
    hints: tuple[str, ...] = ()
    tone: str = ""


@dataclass(frozen=True)
class Table:
    """A table, ready to print; every cell is already text."""

    title: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    notes: tuple[str, ...] = ()

    @property
    def spanners(self) -> tuple[tuple[str, int], ...]:
        """What stands above the columns after the first, and how many neighbours each spans."""
        spans: list[tuple[str, int]] = []
        for column in self.columns[1:]:
            if spans and spans[-1][0] == column.above:
                spans[-1] = (column.above, spans[-1][1] + 1)
            else:
                spans.append((column.above, 1))
        return tuple(spans)

    @property
    def prose(self) -> tuple[bool, ...]:
        """Whether each column holds prose."""
        rows = [row.cells for row in self.rows if row.kind != "group"]
        return tuple(any(len(cells[i]) > _PROSE for cells in rows) for i in range(len(self.columns)))


def text_table(
    title: str,
    headings: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    numeric: Sequence[bool] | None = None,
    tones: Sequence[str] = (),
    toned: int = 0,
    notes: Sequence[str] = (),
) -> Table:
    """Build a table of ready texts.

    Parameters
    ----------
    title
        Its caption.
    headings
        One a column.
    rows
        Cells, as many a row as headings.
    numeric
        Whether each column holds numbers; None for all but the first.
    tones
        Colour of each row, by its name in the palette; empty for no colours.
    toned
        Column that shows them.
    notes
        Sentences below.
    """
    marks = (False, *[True] * (len(headings) - 1)) if numeric is None else numeric
    columns = (
        Column(h, n, toned=any(tones) and i == toned) for i, (h, n) in enumerate(zip(headings, marks, strict=True))
    )
    lines = zip(rows, tones or [""] * len(rows), strict=True)
    return Table(title, tuple(columns), tuple(Row(tuple(cells), tone=named) for cells, named in lines), tuple(notes))


def frame_table(
    frame: pl.DataFrame,
    *,
    title: str,
    specs: Mapping[str, str] | None = None,
    decimals: Literal["column", "row"] = "column",
    notes: Sequence[str] = (),
) -> Table:
    """Turn a frame into a table.

    Parameters
    ----------
    frame
        Any frame; `term`, `variable` and `y` hold column names of the panel, `spec` holds spec names.
    title
        Its caption.
    specs
        Spec name -> heading.
    decimals
        Whether the numbers of a column or of a row share their decimals: rows, where each row is another variable.
    notes
        Sentences below.
    """
    by_row = [decimals_for([v for v in row if isinstance(v, float)]) for row in frame.iter_rows()]
    columns = [_texts(frame[name], specs or {}, by_row if decimals == "row" else None) for name in frame.columns]
    toned = next((i for i, c in enumerate(frame.columns) if c in TERM_COLUMNS), None)
    return text_table(
        title,
        [heading(name) for name in frame.columns],
        list(zip(*columns, strict=True)),
        numeric=[dtype.is_numeric() for dtype in frame.dtypes],
        tones=() if toned is None else [_row_tone(str(t)) for t in frame[:, toned]],
        toned=toned or 0,
        notes=notes,
    )


def heading(column: str) -> str:
    """Heading of a column."""
    return _HEADINGS.get(column, words(column))


def cell_texts(column: pl.Series) -> list[str]:
    """Every value of a column as text, floats with decimals that suit all of them."""
    return _texts(column, {}, None)


def _row_tone(term: str) -> str:
    return tone(term) if tone(term) != "other" else ""


def _texts(column: pl.Series, specs: Mapping[str, str], by_row: Sequence[int] | None) -> list[str]:
    if not column.dtype.is_float():
        return [_text(v, column.name, specs) for v in column]
    if column.name == "p_value" or column.name.startswith(("p_", "q_")):
        return ["" if v is None else p_text(v) for v in column]
    shared = decimals_for([v for v in column.to_list() if v is not None], least=2, digits=2)
    # A statistic of a thousand and more, among others of a column, has no decimals to tell.
    decimals = by_row or [0 if v is not None and abs(v) >= _FAR else shared for v in column]
    return ["" if v is None else signed(v, d) for v, d in zip(column, decimals, strict=True)]


def _text(value: object, column: str, specs: Mapping[str, str]) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    text = str(value)
    if column in TERM_COLUMNS:
        return term_name(text)
    return specs.get(text, words(text)) if column == "spec" else text


def beside_truth(result: StudyResult, truth: pl.DataFrame) -> pl.DataFrame:
    """Join estimates to known values: spec, term, truth, estimate, std_error, z, covered, and note if given."""
    estimates = result.tidy().select("spec", "term", "estimate", "std_error", "conf_low", "conf_high")
    joined = truth.join(estimates, on=["spec", "term"], how="inner", maintain_order="left").with_columns(
        z=(pl.col("estimate") - pl.col("truth")) / pl.col("std_error"),
        covered=pl.col("truth").is_between("conf_low", "conf_high"),
    )
    notes = [column for column in ("note",) if column in truth.columns]
    return joined.select("spec", "term", "truth", "estimate", "std_error", "z", "covered", *notes)
