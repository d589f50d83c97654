"""The clock of columns: half sessions from the open of a row's own session.

-1 is the close before, 0 the open, 1 the close, 2 the next open, 3 the next close. On samples of events it counts from the open
of the event's session.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

PREVIOUS_CLOSE: Final = -1
OPEN: Final = 0
CLOSE: Final = 1
NEXT_OPEN: Final = 2
NEXT_CLOSE: Final = 3
#: Half sessions of a session and of a month of 21 sessions.
SESSION: Final = 2
MONTH: Final = 42
#: Before anything that a sample holds.
EVER: Final = -1_000_000


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
        return replace(self, start=self.start + SESSION * sessions, end=self.end + SESSION * sessions)


def words_of(instant: int) -> str:
    """Say an instant: `the open`, `the close 3 sessions later`.

    Examples
    --------
    >>> words_of(0)
    'the open'
    """
    named = {PREVIOUS_CLOSE: "the previous close", OPEN: "the open", CLOSE: "the close", NEXT_OPEN: "the next open"}
    if instant in named or instant == NEXT_CLOSE:
        return named.get(instant, "the next close")
    sessions, half = divmod(instant, SESSION)
    place = "close" if half else "open"
    return f"the {place} {abs(sessions)} sessions {'later' if sessions > 0 else 'before'}"
