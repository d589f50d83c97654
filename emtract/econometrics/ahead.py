"""No analysis reads the future by mistake: one guard over the clock of `emtract.words.clock`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emtract.econometrics.columns import asked_columns
from emtract.econometrics.regression.spec import columns_of
from emtract.errors import SpecError
from emtract.words.clock import words_of
from emtract.words.codebook import known, spans

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def check_ahead(
    outcomes: Sequence[str], reads: Mapping[str, Sequence[str]], where: str | None = None, *, looks_ahead: bool = False
) -> None:
    """Raise SpecError where an analysis of outcomes reads what is known only after them, or picks rows by them.

    Parameters
    ----------
    outcomes
        Columns that are explained; of several, the last to be known counts.
    reads
        Role, as the message names it -> columns, or products of them: what explains, weighs or groups.
    where
        Condition that picks rows.
    looks_ahead
        Whether columns of the future are meant, as in a placebo; picking rows by the outcome is never meant.

    Notes
    -----
    A column may share its time with the outcome: emotions during market hours beside the return of the session. A column whose
    name says nothing (`emtract.words.codebook.spans`) passes.
    """
    asked = asked_columns(where)
    if picked := next(((c, o) for c in asked for o in outcomes if _tells_of(c, o)), None):
        raise SpecError(
            f"where={where!r} reads {picked[0]}, which tells of the outcome {picked[1]}: rows picked by the outcome bias every "
            "estimate; pick them by what was known before"
        )
    ends = [(at, outcome) for outcome in outcomes if (at := known(outcome)) is not None]
    if not ends or looks_ahead:
        return
    end, last = max(ends)
    for role, columns in (*reads.items(), ("where", asked)):
        for column in columns_of(tuple(columns)):
            if (at := known(column)) is not None and at > end:
                raise SpecError(
                    f"{role} reads {column}, known at {words_of(at)}, after {last} ends at {words_of(end)}: "
                    "read what was known by then, or say looks_ahead=True in a Spec that means it, such as a placebo"
                )


def check_before(instant: int, what: str, reads: Mapping[str, Sequence[str]]) -> None:
    """Raise SpecError where a column is known only after an instant, at which a position opens or a forecast is made.

    Parameters
    ----------
    instant
        On the clock of `emtract.words.clock`.
    what
        What happens then, for the message: `a position in X opens`.
    reads
        Role -> columns.
    """
    for role, columns in reads.items():
        for column in columns:
            at = known(column)
            if at is not None and at > instant:
                raise SpecError(
                    f"{role} reads {column}, known at {words_of(at)}, after {what} at {words_of(instant)}: "
                    "read what is known by then"
                )


def _tells_of(column: str, outcome: str) -> bool:
    if column == outcome:
        return True
    return any(one.overlaps(other) for one in spans(column) for other in spans(outcome))
