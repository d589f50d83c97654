"""The stage: fictional firms and the sessions of a real exchange calendar."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from datetime import date

    import numpy as np
    from numpy.typing import NDArray

CALENDAR: Final = "XNYS"
#: 2021 has 252 sessions, the first 250 of which end on 29 December; 26 November is a half day.
FIRST_DAY: Final = "2021-01-04"
N_SESSIONS: Final = 250


class Firm(NamedTuple):
    """A company that does not exist, under a ticker that nobody lists."""

    symbol: str
    name: str

    @property
    def short_name(self) -> str:
        """First word of the name, as posts call it."""
        return self.name.split()[0]


FIRMS: Final[tuple[Firm, ...]] = (
    Firm("QZAL", "Quzalis Biotech Inc."),
    Firm("QZBR", "Quizbrew Beverages Co."),
    Firm("QZCO", "Quizcorra Software Inc."),
    Firm("QZDY", "Quazdyne Engines Corp."),
    Firm("QZEN", "Quazenna Energy Ltd."),
    Firm("QZFI", "Quizfield Finance Inc."),
    Firm("QZGO", "Quazgon Logistics Inc."),
    Firm("QZHL", "Quizhollow Health Inc."),
    Firm("QZIT", "Quazitel Networks Corp."),
    Firm("QZLA", "Quazlane Apparel Co."),
    Firm("QZMT", "Quizmettle Metals Ltd."),
    Firm("QZNV", "Quaznova Space Inc."),
    Firm("ZQAR", "Zaqarro Robotics Inc."),
    Firm("ZQBN", "Zaqbenny Foods Co."),
    Firm("ZQCL", "Zaqclair Clinics Inc."),
    Firm("ZQDM", "Zaqdomo Homes Corp."),
    Firm("ZQEL", "Zaqelion Electric Inc."),
    Firm("ZQFN", "Zaqfinch Media Inc."),
    Firm("ZQGT", "Zaqgatto Games Inc."),
    Firm("ZQHM", "Zaqhelm Shipping Ltd."),
    Firm("ZQIN", "Zaqinder Instruments Inc."),
    Firm("ZQKA", "Zaqkarma Travel Inc."),
    Firm("ZQLM", "Zaqlumen Solar Corp."),
    Firm("ZQMO", "Zaqmotive Motors Inc."),
)


@dataclass(frozen=True)
class Timeline:
    """Sessions in order; instants in seconds since 1970 UTC, each of shape (sessions,)."""

    dates: tuple[date, ...]
    previous_close: NDArray[np.int64]
    open: NDArray[np.int64]
    close: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.dates)


def exchange_sessions() -> Timeline:
    """Return the demo's 250 sessions: holidays, one half day and both changes of the clock included."""
    import exchange_calendars as xc
    import numpy as np

    schedule = xc.get_calendar(CALENDAR, start="2020-12-15", end="2022-01-10").schedule
    first = int(np.searchsorted(schedule.index, np.datetime64(FIRST_DAY)))
    rows = slice(first, first + N_SESSIONS)
    opens, closes = (
        np.array([int(instant.timestamp()) for instant in schedule[name]], dtype=np.int64) for name in ("open", "close")
    )
    dates = tuple(stamp.date() for stamp in schedule.index[rows])
    return Timeline(dates, closes[first - 1 : first - 1 + N_SESSIONS], opens[rows], closes[rows])
