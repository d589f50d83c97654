"""What both worlds share: the sessions of a real exchange calendar, invented firms, the shape of moods and of prices."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from datetime import date

    from numpy.typing import NDArray

CALENDAR: Final = "XNYS"
#: The demo's sessions follow this one; 2021 has 252, 26 November a half day.
EVE: Final = "2020-12-31"
LAST_DAY: Final = "2021-12-29"
N_SESSIONS: Final = 250
BASIS_POINT: Final = 1e-4


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


class Bars(NamedTuple):
    """Daily bars, each of shape (firms, sessions); prices in dollars with six decimals, volume in shares."""

    open: NDArray[np.float64]
    high: NDArray[np.float64]
    low: NDArray[np.float64]
    close: NDArray[np.float64]
    volume: NDArray[np.int64]


def exchange_sessions(eve: str = EVE, last: str = LAST_DAY) -> Timeline:
    """Return the sessions after `eve`, itself one, to `last`; by default the demo's, both changes of the clock included."""
    import exchange_calendars as xc

    schedule = xc.get_calendar(CALENDAR, start=eve, end="2022-01-10").schedule
    rows = slice(1, int(np.searchsorted(schedule.index, np.datetime64(last))) + 1)
    opens, closes = (
        np.array([int(instant.timestamp()) for instant in schedule[name]], dtype=np.int64) for name in ("open", "close")
    )
    dates = tuple(stamp.date() for stamp in schedule.index[rows])
    return Timeline(dates, closes[: len(dates)], opens[rows], closes[rows])


def autoregression(rng: np.random.Generator, shape: tuple[int, ...], persistence: float) -> NDArray[np.float64]:
    """Draw stationary first-order autoregressions of unit variance along axis 1.

    Parameters
    ----------
    rng
        Draws the shocks.
    shape
        Two axes or more; the second is time.
    persistence
        Autocorrelation, in (-1, 1).
    """
    draws = rng.standard_normal(shape)
    for t in range(1, shape[1]):
        draws[:, t] = persistence * draws[:, t - 1] + np.sqrt(1 - persistence**2) * draws[:, t]
    return draws


def draw_range(
    opening: NDArray[np.float64], close: NDArray[np.float64], rng: np.random.Generator
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Draw highs and lows around opens and closes.

    Parameters
    ----------
    opening, close
        Prices in US dollars, shape (firms, sessions).
    rng
        Draws how far a day's prices reach: 40 basis points.
    """
    reach = np.abs(rng.normal(0, 40 * BASIS_POINT, (2, *opening.shape)))
    return np.maximum(opening, close) * (1 + reach[0]), np.minimum(opening, close) * (1 - reach[1])
