"""When a signal is known and when a position opens: no portfolio may trade on what it cannot know."""

from __future__ import annotations

import re
from typing import Final, Literal, get_args

from emtract.errors import SpecError
from emtract.words.clock import CLOSE, NEXT_OPEN, OPEN, PREVIOUS_CLOSE
from emtract.words.codebook import known

#: A return of the panel, as one holds it: from the session's open or from the close before, in this session or the next.
Returns = Literal["return_open_close", "return_close_close", "return_open_close_next", "return_close_close_next"]
#: Instants of a session t, in order: its previous close, its open, its close, the open of t + 1.
Instant = Literal["previous_close", "open", "close", "next_open"]

#: Return -> when a position in it opens.
OPENS: Final[dict[Returns, Instant]] = {
    "return_close_close": "previous_close",
    "return_open_close": "open",
    "return_close_close_next": "close",
    "return_open_close_next": "next_open",
}
#: Return -> what it is, in words.
HELD: Final[dict[Returns, str]] = {
    "return_close_close": "from the close before to the close",
    "return_open_close": "from the session's open to its close",
    "return_close_close_next": "from the session's close to the next close",
    "return_open_close_next": "from the next session's open to its close",
}
#: Instant -> its place on the clock of `emtract.words.clock`.
CLOCK: Final[dict[Instant, int]] = {
    "previous_close": PREVIOUS_CLOSE, "open": OPEN, "close": CLOSE, "next_open": NEXT_OPEN,
}  # fmt: skip
#: Leads and cumulated columns of `emtract.panel.derive`, and returns of the next session.
_AHEAD: Final = re.compile(r"_(?:next|lead_\d+|cumulated_\d+)(?:_|$)")
_WORDS: Final[dict[Instant, str]] = {
    "previous_close": "the previous close",
    "open": "the open",
    "close": "the close",
    "next_open": "the next open",
}


def known_at(signal: str, stated: Instant | None) -> Instant:
    """Return the instant at which a signal is known: what its name says, or what the request states where it is later.

    Parameters
    ----------
    signal
        Column: ``_pre_open`` in its name is known at the open, ``_market`` at the close, a lag at the previous close.
    stated
        What the request says; needed where the name says nothing.

    Raises
    ------
    SpecError
        When nothing says so, what is stated comes before the end of the window, or the name speaks of the future.
    """
    if _AHEAD.search(signal):
        raise SpecError(f"{signal} is a column of the future: sort on what is known when the position opens")
    said = _said(signal)
    if stated is None:
        if said is None:
            raise SpecError(f"nothing says when {signal} is known: state it, known='open' or known='close'")
        return said
    if said is not None and _order(stated) < _order(said):
        raise SpecError(f"{signal} is known at {_WORDS[said]}, not at {_WORDS[stated]}")
    return stated


def check_timing(signal: str, known: Instant, returns: Returns) -> None:
    """Check that a position does not open before its signal is known.

    Parameters
    ----------
    signal
        Column that is sorted on, for the message.
    known
        When it is known.
    returns
        Return that is held, which says when the position opens.

    Raises
    ------
    SpecError
        When the position opens before the signal is known; the message names returns that open late enough.
    """
    opens = OPENS[returns]
    if _order(known) > _order(opens):
        fits = [name for name, instant in OPENS.items() if _order(known) <= _order(instant)]
        raise SpecError(
            f"{signal} is known at {_WORDS[known]}, after a position in {returns} opens at {_WORDS[opens]}: "
            f"hold {' or '.join(fits)}"
        )


def words_of(instant: Instant) -> str:
    """Say an instant: `the open`."""
    return _WORDS[instant]


def _said(signal: str) -> Instant | None:
    """Return the first instant at which the column is known, None where its name says nothing."""
    at = known(signal)
    return None if at is None else next((instant for instant, place in CLOCK.items() if at <= place), "next_open")


def _order(instant: Instant) -> int:
    return get_args(Instant).index(instant)
