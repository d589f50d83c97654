"""Earnings announcements: what investors felt before, the surprise, and the return around."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Final, Literal

from emtract.emotions import EMOTIONS
from emtract.errors import PanelError
from emtract.panel.events import reading
from emtract.panel.frame import Sample
from emtract.panel.holding import plain
from emtract.panel.surprises import (
    UNIT,
    count_surprises,
    distinct_announcements,
    with_mood,
    with_returns,
    with_surprise,
)

if TYPE_CHECKING:
    from emtract.panel.frame import Weights
    from emtract.panel.requests import PanelOptions
    from emtract.store import Store

#: Benchmarks of announcement returns; `size` is the mean of the store's firms in the same fifth by market value.
AnnouncementBenchmark = Literal["market", "industry", "size"]
Surprise = Literal["analyst", "seasonal", "seasonal_sd"]
SURPRISES: Final[tuple[Surprise, ...]] = ("analyst", "seasonal", "seasonal_sd")
_KEYS: Final = ("symbol", "session", "announced_on", "timing", "period", "quarter", "industry")
_MOODS: Final = (*EMOTIONS, "valence", "attention", "n_posts", "n_authors")
_FIRM: Final = ("size", "log_analysts", "is_loss", "is_fourth_quarter")


@dataclass(frozen=True, kw_only=True)
class Announcements:
    r"""Earnings announcements with posts before them: one row an announcement.

    Attributes
    ----------
    scorer, weights, min_posts
        As in the firm-session panel; None for what the configuration says. Announcements with fewer posts are left out.
    mood_window
        First and last session of the mood, from that of the announcement: posts from the close before the first to the
        close of the last.
    return_window
        First and last session of the announcement return.
    same_announcement_days
        Rows of one symbol whose days are at most that far apart tell of one announcement.
    unknown_timing
        An announcement of unknown timing belongs to the session of its day (`same`, or the next where its day is none), to
        the one after (`next`), or is left out (`drop`).
    surprise
        Which surprise is `sue`: `analyst`, (earnings - consensus) / price; `seasonal`, the change on the quarter a year
        before, over price; `seasonal_sd`, that change over its standard deviation in the quarters before.
    sd_quarters, least_quarters
        Quarters behind that deviation, and how many of them must have a change.
    benchmarks
        `market`; `industry`, the series of the firm's industry; `size`, the mean return of firms in its fifth by size.
    market_series, industry_scheme
        As in `emtract.panel.holding.Holding`.

    Notes
    -----
    .. math:: CAR = \sum_t (r_t - b_t), \quad BHAR = \prod_t (1 + r_t) - \prod_t (1 + b_t)

    Earnings per share of two years are compared as they were announced: a split between them is not undone.
    """

    scorer: str | None = None
    weights: Weights | None = None
    min_posts: int | None = None
    mood_window: tuple[int, int] = (-10, -2)
    return_window: tuple[int, int] = (-1, 1)
    same_announcement_days: int = 5
    unknown_timing: Literal["same", "next", "drop"] = "same"
    surprise: Surprise = "analyst"
    sd_quarters: int = 8
    least_quarters: int = 4
    benchmarks: tuple[AnnouncementBenchmark, ...] = ("market", "industry", "size")
    market_series: tuple[str, ...] = ("mkt_rf", "rf")
    industry_scheme: str = "ff48"

    def __post_init__(self) -> None:
        for name, (first, last) in (("mood_window", self.mood_window), ("return_window", self.return_window)):
            if first > last:
                raise PanelError(f"{name} ends on {last}, before it starts on {first}")
        if self.mood_window[1] >= self.return_window[0]:
            raise PanelError("the mood window must end before the return window starts: the mood would not come first")
        if self.surprise not in SURPRISES:
            raise PanelError(f"there is no surprise {self.surprise!r}: name one of {', '.join(SURPRISES)}")

    def build(self, store: Store, options: PanelOptions) -> Sample:
        """Build the sample from a scored store.

        Returns
        -------
        Sample
            One row an announcement, sorted by session and symbol: the columns of `columns`. Returns and surprises are
            fractions (of the price; `sue_seasonal_sd` is in standard deviations); null where an input is missing.

        Raises
        ------
        PanelError
            When the store lacks scores, prices or announcements, or none is left.
        """
        asked = {"scorer": self.scorer, "weights": self.weights, "min_posts": self.min_posts}
        with reading(store, options, **asked) as setting:  # type: ignore[arg-type]
            rows, ledger = distinct_announcements(store, setting, self)
            rows, ledger = with_mood(store, rows, ledger, setting, self)
            rows, ledger = with_returns(store, rows, ledger, setting, self)
        data = with_surprise(rows, self.surprise).sort("session", "symbol")
        ledger = count_surprises(data, ledger, self.surprise)
        return Sample(data.select(self.columns), ledger, setting.echo() | self.echo(), UNIT)

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns of the sample: keys, mood, surprises, returns, then characteristics."""
        returns = [f"{kind}_{benchmark}" for benchmark in self.benchmarks for kind in ("car", "bhar", "prior")]
        surprises = ("sue", *(f"sue_{kind}" for kind in SURPRISES), "eps", "consensus")
        return (*_KEYS, *_MOODS, *surprises, *returns, *_FIRM)

    def echo(self) -> dict[str, str | int | float | None]:
        """Return what results repeat of it."""
        own = (f.name for f in fields(self) if f.name not in ("scorer", "weights", "min_posts"))
        return {name: plain(getattr(self, name)) for name in own}
