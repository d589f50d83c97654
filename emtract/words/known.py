"""When each column of a sample is known: the span that it measures, on a clock of opens and closes, stated once.

The clock counts half sessions from the open of a row's own session: -1 is the close before, 0 the open, 1 the close, 2 the next
open, 3 the next close. On samples of events it counts from the open of the event's session.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

PREVIOUS_CLOSE: Final = -1
OPEN: Final = 0
CLOSE: Final = 1
NEXT_OPEN: Final = 2
NEXT_CLOSE: Final = 3
#: Half sessions of a session and of a month of 21 sessions.
_SESSION: Final = 2
_MONTH: Final = 42
#: Before anything that a sample holds.
_EVER: Final = -1_000_000


@dataclass(frozen=True)
class Span:
    """What a column measures, and from when to when; it is known at the end.

    Attributes
    ----------
    start, end
        On the clock of the module.
    measure
        Columns of one measure whose spans overlap tell of one another: `return` of prices, `volume`, `attention`, or the
        emotion itself.
    """

    start: int
    end: int
    measure: str

    def overlaps(self, other: Span) -> bool:
        """Say whether both measure the same thing over a time that they share."""
        return self.measure == other.measure and self.start < other.end and other.start < self.end

    def later(self, sessions: int) -> Span:
        """Return the span so many sessions later."""
        return replace(self, start=self.start + _SESSION * sessions, end=self.end + _SESSION * sessions)


def _before(end: int, *names: str) -> dict[str, Span]:
    return {name: Span(_EVER, end, name) for name in names}


#: Column -> its span. Columns of a window of posts, of events and of the transforms of `emtract.panel.derive` are in `spans`.
SPANS: Final[Mapping[str, Span]] = {
    **_before(PREVIOUS_CLOSE, "symbol", "session", "number", "month", "firm", "industry"),
    **_before(PREVIOUS_CLOSE, "lagged_return", "lagged_volatility", "lagged_amihud"),
    **_before(PREVIOUS_CLOSE, "shares_outstanding", "size", "short_ratio", "institutional_share"),
    "return_open_close": Span(OPEN, CLOSE, "return"),
    "return_close_close": Span(PREVIOUS_CLOSE, CLOSE, "return"),
    "return_overnight": Span(PREVIOUS_CLOSE, OPEN, "return"),
    "return_open_close_next": Span(NEXT_OPEN, NEXT_CLOSE, "return"),
    "return_close_close_next": Span(CLOSE, NEXT_CLOSE, "return"),
    "absolute_return": Span(PREVIOUS_CLOSE, CLOSE, "return"),
    "log_range_parkinson": Span(OPEN, CLOSE, "return"),
    "log_range_garman_klass": Span(OPEN, CLOSE, "return"),
    **{n: Span(OPEN, CLOSE, "volume") for n in ("volume", "dollar_volume", "abnormal_volume", "abnormal_turnover")},
    "market_return": Span(PREVIOUS_CLOSE, CLOSE, "return"),
    "market_return_open_close": Span(OPEN, CLOSE, "return"),
    "market_return_overnight": Span(PREVIOUS_CLOSE, OPEN, "return"),
    "market_range": Span(OPEN, CLOSE, "return"),
    "departure": Span(PREVIOUS_CLOSE, CLOSE, "valence"),
    "first_return": Span(OPEN, CLOSE, "return"),
    "prior_industry_return": Span(_EVER, PREVIOUS_CLOSE, "prior"),
    "prior_market_return": Span(_EVER, PREVIOUS_CLOSE, "prior"),
    **{n: Span(PREVIOUS_CLOSE, CLOSE, "surprise") for n in ("sue", "eps")},
}
#: Window of posts -> when it opens and ends.
_WINDOWS: Final = {"pre_open": (PREVIOUS_CLOSE, OPEN), "market": (OPEN, CLOSE), "day": (PREVIOUS_CLOSE, CLOSE)}
_WINDOW: Final = re.compile(r"_(pre_open|market|day)(?:_|$)")
#: Measures of posts that count the same thing.
_COUNTS: Final = ("attention", "n_posts", "n_authors")
_MOVED: Final = re.compile(r"^(.+)_(lead|lag|cumulated)_(\d+)$")
#: Placebos of `emtract.panel.derive`: values of another row, or of another firm, are known no earlier than one's own.
_PLACEBO: Final = re.compile(r"^(.+)_(?:shuffled|other_firm)$")
_BETWEEN: Final = re.compile(r"^(.+)_between_(\d+)_and_(\d+)$")
_HELD: Final = re.compile(r"^bha?r_(\d+)(?:_(\d+))?(?:_|$)")
_DERIVED: Final = ("high_", "absolute_", "log_", "standardised_")
#: Returns around an announcement, and before it; the windows are those of `emtract.panel.announcements`.
_AROUND: Final = re.compile(r"^(?:car|bhar)_(?:market|industry|size)$")
_PRIOR: Final = re.compile(r"^prior_(?:market|industry|size)$")


def spans(column: str) -> tuple[Span, ...]:
    """Return what a column measures: none where its name says nothing, two where it is made of two columns.

    Parameters
    ----------
    column
        A column of a sample, or one that a transform makes of it: ``high_size``, ``return_open_close_lead_3``, ``a_x_b``.
    """
    return next((found for read in (_stated, _of_transform, _of_event, _of_posts) if (found := read(column))), ())


def known(column: str) -> int | None:
    """Return the instant from which a column is known; None where its name says nothing."""
    return max((span.end for span in spans(column)), default=None)


def words_of(instant: int) -> str:
    """Say an instant: `the open`, `the close 3 sessions later`."""
    named = {PREVIOUS_CLOSE: "the previous close", OPEN: "the open", CLOSE: "the close", NEXT_OPEN: "the next open"}
    if instant in named or instant == NEXT_CLOSE:
        return named.get(instant, "the next close")
    sessions, half = divmod(instant, _SESSION)
    place = "close" if half else "open"
    return f"the {place} {abs(sessions)} sessions {'later' if sessions > 0 else 'before'}"


def _stated(column: str) -> tuple[Span, ...]:
    return (SPANS[column],) if column in SPANS else ()


def _of_transform(column: str) -> tuple[Span, ...]:
    """Return the spans of a column of `emtract.panel.derive`, from those of the columns that it is made of.

    A lead of a column whose name says nothing is known no earlier than if the column stood at the previous close.
    """
    if moved := _MOVED.match(column):
        found = spans(moved[1])
        if not found and moved[2] != "lag":
            found = (Span(_EVER, PREVIOUS_CLOSE, moved[1]),)
        return tuple(_moved(span, moved[2], int(moved[3])) for span in found)
    if placebo := _PLACEBO.match(column):
        return spans(placebo[1])
    if between := _BETWEEN.match(column):
        first, last = int(between[2]) + 1, int(between[3])
        return tuple(replace(s.later(last), start=s.later(first).start) for s in spans(between[1]))
    if "_x_" in column:
        return tuple(span for part in column.split("_x_", 1) for span in spans(part))
    derived = (spans(column.removeprefix(prefix)) for prefix in _DERIVED if column.startswith(prefix))
    return next((found for found in derived if found), ())


def _of_event(column: str) -> tuple[Span, ...]:
    """Return the span of a return around or after an event, or of what was known before it."""
    if _AROUND.match(column):
        return (Span(-3, 3, "return"),)
    if _PRIOR.match(column):
        return (Span(_EVER, -3, "prior"),)
    if held := _HELD.match(column):
        first, last = (1, int(held[1])) if held[2] is None else (int(held[1]), int(held[2]))
        return (Span(CLOSE + _MONTH * (first - 1), CLOSE + _MONTH * last, "return"),)
    if column.startswith("sue_"):
        return (SPANS["sue"],)
    return (Span(_EVER, PREVIOUS_CLOSE, column),) if column.startswith("lagged_") else ()


def _moved(span: Span, how: str, sessions: int) -> Span:
    if how == "lag":
        return span.later(-sessions)
    return replace(span.later(sessions), start=span.later(1 if how == "cumulated" else sessions).start)


def _of_posts(column: str) -> tuple[Span, ...]:
    """Return the span of a measure of a window of posts; the later of two windows that a name speaks of."""
    found = [_WINDOWS[window] for window in _WINDOW.findall(column)]
    if not found:
        return ()
    start, end = max(found, key=lambda window: window[1])
    base = _WINDOW.split(column)[0]
    return (Span(start, end, "attention" if base in _COUNTS else base),)
