"""IPOs: what investors felt before the first trade, the first day, and the months after."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Final, Literal, get_args

from emtract.emotions import EMOTIONS
from emtract.errors import PanelError
from emtract.panel.aftermath import ipo_days, ipo_months
from emtract.panel.events import check_enthusiasm, reading
from emtract.panel.frame import Sample
from emtract.panel.holding import Holding, buy_and_hold, horizon_name, plain
from emtract.panel.offers import (
    UNIT,
    studied_offers,
    with_characteristics,
    with_held,
    with_industries,
    with_matches,
    with_prior_returns,
)

if TYPE_CHECKING:
    from emtract.panel.frame import Weights
    from emtract.panel.requests import PanelOptions
    from emtract.store import Store

#: Kinds of offers that can be left out, by the columns of the IPO table that tell of them.
OfferKind = Literal["adr", "spac", "unit", "reit", "rollup"]

_KEYS: Final = (
    "symbol",
    "offer_date",
    "session",
    "first_session",
    "year",
    "month",
    "industry",
    "offer_price",
    "first_close",
)
_MOODS: Final = (
    "enthusiasm", "enthusiasm_above", "enthusiasm_below", *EMOTIONS, "valence", "attention", "n_posts", "n_authors",
)  # fmt: skip
#: What the cross-section holds fixed, in the order of its tables.
CONTROLS: Final = (
    "log_proceeds", "log_age", "log_assets", "is_venture_backed", "underwriter_rank", "revision", "secondary_share",
    "prior_industry_return", "prior_market_return",
)  # fmt: skip

_HOLDING: Final = Holding()


@dataclass(frozen=True, kw_only=True)
class Ipos:
    """IPOs with posts before their first trade: one row an IPO.

    Attributes
    ----------
    scorer, weights, min_posts
        As in the firm-session panel; None for what the configuration says. IPOs with fewer posts are left out.
    enthusiasm
        Mood that counts as enthusiasm: an emotion, or valence.
    window_days
        Days of 24 hours before the open of the first trading day from which posts count; the open ends the window.
    same_offer_days
        Rows of one symbol whose offer dates are at most that far apart tell of one IPO.
    drop
        Kinds of offers that are left out; a kind that no file states counts as no.
    min_offer_price
        US dollars; cheaper offers are left out. 0 for all.
    first_price_days
        Days after the offer by which the first price must stand.
    first_close_range
        Smallest and largest first close over offer price; beyond, the close is that of another firm. IPOs without a
        close as traded are left out: prices adjusted for later splits tell nothing of the offer.
    prior_sessions
        Sessions before the first one behind the prior returns of industry and market.
    holding
        Horizons, benchmarks, delistings.
    """

    scorer: str | None = None
    weights: Weights | None = None
    min_posts: int | None = None
    enthusiasm: str = "happy"
    window_days: int = 30
    same_offer_days: int = 7
    drop: tuple[OfferKind, ...] = ("adr", "spac", "unit", "reit")
    min_offer_price: float = 5.0
    first_price_days: int = 7
    first_close_range: tuple[float, float] = (0.2, 10.0)
    prior_sessions: int = 21
    holding: Holding = _HOLDING

    def __post_init__(self) -> None:
        check_enthusiasm(self.enthusiasm)
        if unknown := [kind for kind in self.drop if kind not in get_args(OfferKind)]:
            raise PanelError(f"cannot drop {', '.join(unknown)}: kinds are {', '.join(get_args(OfferKind))}")
        if self.window_days < 1 or self.prior_sessions < 1:
            raise PanelError("window_days and prior_sessions must be at least 1")

    def build(self, store: Store, options: PanelOptions) -> Sample:
        """Build the sample from a scored store.

        Returns
        -------
        Sample
            One row an IPO, in the order of first sessions: the columns of `columns`. Returns are fractions; those that do
            not exist (a horizon that ends after the data, no benchmark) are null and counted in the ledger.

        Raises
        ------
        PanelError
            When the store lacks scores, prices or IPOs, or no IPO is left.
        """
        asked = {"scorer": self.scorer, "weights": self.weights, "min_posts": self.min_posts}
        with reading(store, options, **asked) as setting:  # type: ignore[arg-type]
            offers, ledger = studied_offers(store, setting, self)
            offers = with_characteristics(offers, self.enthusiasm)
            offers = with_industries(store, offers, self.holding.industry_scheme)
            offers = with_prior_returns(store, offers, setting.sessions, self)
            offers = with_matches(store, offers, self.holding.seasoned_days, self.holding.book_days)
            returns, told = buy_and_hold(store, offers, setting.sessions, self.holding)
        data = offers.join(returns, on="event", maintain_order="left").sort("first_session", "symbol")
        settings = setting.echo() | self.echo()
        return Sample(data.select(self.columns), with_held(ledger, data.height, told), settings, UNIT)

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns of the sample: keys, mood, first day, controls, then returns of each horizon."""
        names = [horizon_name(horizon) for horizon in self.holding.horizons]
        long_run = [f"bhar_{name}_{benchmark}" for name in names for benchmark in self.holding.benchmarks]
        return (*_KEYS, *_MOODS, "first_return", *CONTROLS, *(f"bhr_{name}" for name in names), *long_run)

    def echo(self) -> dict[str, str | int | float | None]:
        """Return what results repeat of it."""
        own = (f.name for f in fields(self) if f.name not in ("scorer", "weights", "min_posts", "holding"))
        return {name: plain(getattr(self, name)) for name in own} | self.holding.echo()


_IPOS: Final = Ipos()


@dataclass(frozen=True, kw_only=True)
class IpoDays:
    """Mood around IPOs in event time: one row an IPO and session with posts; day 0 is the first session.

    Attributes
    ----------
    ipos
        The IPOs, and the mood.
    first_day, last_day
        Sessions from the first one, both included; a post belongs to the first session that closes after it.
    """

    ipos: Ipos = _IPOS
    first_day: int = -20
    last_day: int = 250

    def build(self, store: Store, options: PanelOptions) -> Sample:
        """Build the sample from a scored store.

        Returns
        -------
        Sample
            symbol, offer_date, event_day, group (`high` for IPOs above the median of enthusiasm), enthusiasm, mood (the
            mean of the session's posts), n_posts; sorted by the first three.

        Raises
        ------
        PanelError
            As `Ipos.build`; or when the days are in no order.
        """
        return ipo_days(store, options, self)


@dataclass(frozen=True, kw_only=True)
class IpoMonths:
    """Calendar-time portfolios of recent IPOs, high and low enthusiasm apart: one row a month.

    Attributes
    ----------
    ipos
        The IPOs; high is above the median of their enthusiasm over the whole sample.
    months
        A stock is held from the end of the month of its first session for so many months.
    min_firms
        A portfolio of fewer stocks has no return in that month.

    Notes
    -----
    Equal weights each month. A delisting return belongs to the month of the last price; see `Holding` for unknown ones.
    """

    ipos: Ipos = _IPOS
    months: int = 12
    min_firms: int = 5

    def build(self, store: Store, options: PanelOptions) -> Sample:
        """Build the sample from a scored store.

        Returns
        -------
        Sample
            month (``2015-03``), then all, high and low: returns as fractions, null in months with too few stocks; and
            n_all, n_high, n_low.

        Raises
        ------
        PanelError
            As `Ipos.build`; or when no month has enough stocks.
        """
        return ipo_months(store, options, self)
