"""The attrition ledger: how many rows came in, how many were dropped, and why, step by step."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Self

from emtract.words.shown import html_table, text_table

if TYPE_CHECKING:
    import polars as pl

#: Steps that a ledger prints of itself.
_SHOWN: Final = 7


@dataclass(frozen=True)
class Step:
    """One line of the ledger.

    Attributes
    ----------
    name
        What the rows are after this step, e.g. `distinct posts`.
    unit
        What is counted: `posts`, `post x symbol`, `firm-sessions`.
    rows_in
        Rows before; None where the unit changes, since the two numbers do not subtract.
    dropped
        Rows dropped by this step.
    rows_out
        Rows after.
    reason
        Why they were dropped, or how the unit changed.
    """

    name: str
    unit: str
    rows_in: int | None
    dropped: int
    rows_out: int
    reason: str

    def __post_init__(self) -> None:
        if self.rows_in is not None and self.rows_in - self.dropped != self.rows_out:
            raise ValueError(f"ledger step {self.name!r}: {self.rows_in} - {self.dropped} is not {self.rows_out}")


@dataclass(frozen=True, repr=False)
class Ledger:
    """An append-only sequence of steps.

    Examples
    --------
    >>> ledger = Ledger().start("lines read", "lines", 100).keep("distinct posts", 90, "the same post twice")
    >>> ledger.frame().select("step", "dropped", "rows_out").rows()
    [('lines read', 0, 100), ('distinct posts', 10, 90)]
    """

    steps: tuple[Step, ...] = field(default=())

    def start(self, name: str, unit: str, rows: int, reason: str = "") -> Self:
        """Return the ledger with a new unit of count opened.

        Parameters
        ----------
        name
            What the rows are, e.g. `posts in the store`.
        unit
            What is counted from here on: `posts`, `firm-sessions`.
        rows
            Rows of the new unit.
        reason
            How the unit changed.
        """
        return type(self)((*self.steps, Step(name, unit, None, 0, rows, reason)))

    def keep(self, name: str, rows_out: int, reason: str) -> Self:
        """Return the ledger with a further step of the current unit.

        Parameters
        ----------
        name
            What the rows are after the step.
        rows_out
            Rows that are left; the dropped ones are the difference to the step before.
        reason
            Why the others were dropped.

        Raises
        ------
        IndexError
            No unit was opened by `start`.
        """
        last = self.steps[-1]
        return type(self)(
            (*self.steps, Step(name, last.unit, last.rows_out, last.rows_out - rows_out, rows_out, reason))
        )

    def __add__(self, other: Ledger) -> Self:
        return type(self)((*self.steps, *other.steps))

    def __repr__(self) -> str:
        head = ("Step", "Unit", "Dropped", "Left")
        told = [(step.name, step.unit, f"{step.dropped:,}", f"{step.rows_out:,}") for step in self.steps]
        return "\n".join(("Ledger", *text_table(head, told, most=_SHOWN))) if told else "Ledger without steps"

    def _repr_html_(self) -> str:
        """Show every step as a table."""
        told = [(step.name, f"{step.dropped:,}", f"{step.rows_out:,}", step.unit, step.reason) for step in self.steps]
        return html_table(("Step", "Dropped", "Left", "Unit", "Why"), told, words={0, 3, 4})

    def frame(self) -> pl.DataFrame:
        """Return one row a step: step, unit, rows_in, dropped, rows_out, reason."""
        import polars as pl

        return pl.DataFrame(
            [(s.name, s.unit, s.rows_in, s.dropped, s.rows_out, s.reason) for s in self.steps],
            schema={
                "step": pl.String,
                "unit": pl.String,
                "rows_in": pl.Int64,
                "dropped": pl.Int64,
                "rows_out": pl.Int64,
                "reason": pl.String,
            },
            orient="row",
        )
