"""IPOs: which are studied, what investors felt before the first trade, the first day, and the months after."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final, Literal, get_args

import polars as pl

from emtract.emotions import EMOTIONS
from emtract.errors import PanelError
from emtract.ledger import Ledger
from emtract.panel.events import (
    benchmark_levels,
    echo,
    event_reading,
    gross,
    labels,
    moods,
    sessions_away,
)
from emtract.panel.frame import Sample
from emtract.panel.holding import Holding, buy_and_hold, horizon_name
from emtract.panel.noise import event_noise
from emtract.panel.prices import TRADED_REMEDY
from emtract.panel.scope import in_scope
from emtract.words.numbers import fewer_than

if TYPE_CHECKING:
    from emtract.options import PanelOptions, Weights
    from emtract.panel.reading import Reading
    from emtract.store import Store

UNIT: Final = "IPOs"
_REMEDY: Final = "name files of IPOs under [[market]] with formats ritter_ipos and ipo_offers, and run `emtract ingest`"
_KINDS: Final = {
    "adr": "depositary receipts",
    "spac": "blank cheque companies",
    "unit": "units",
    "reit": "real estate trusts or closed-end funds",
    "rollup": "roll-ups",
}
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
        Smallest and largest first close over offer price; beyond, the close belongs to another firm. IPOs without a
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
        if self.enthusiasm not in (*EMOTIONS, "valence"):
            raise PanelError(f"there is no mood {self.enthusiasm!r}: name valence or one of {', '.join(EMOTIONS)}")
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
        with event_reading(store, options, self) as read:
            offers, ledger = studied_offers(store, read, self)
            offers = _with_characteristics(offers, self.enthusiasm)
            offers = _with_industries(store, offers, self.holding.industry_scheme)
            offers = _with_prior_returns(store, offers, read.sessions, self)
            offers = _with_matches(store, offers, self.holding)
            returns, told = buy_and_hold(store, offers, read.sessions, self.holding)
            noise = event_noise(
                store,
                _windows(offers, self),
                cleaner=read.cleaner,
                weights=read.options.weights,
                min_posts=read.options.min_posts,
                aliases={"enthusiasm": self.enthusiasm},
            )
        data = offers.join(returns, on="event", maintain_order="left").sort("first_session", "symbol")
        for horizon, words in told:
            ledger = ledger.keep(horizon, data.height, words)
        return Sample(data.select(self.columns), ledger, echo(read, self), UNIT, noise)

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns of the sample: keys, mood, first day, controls, then returns of each horizon."""
        names = [horizon_name(horizon) for horizon in self.holding.horizons]
        long_run = [f"bhar_{name}_{benchmark}" for name in names for benchmark in self.holding.benchmarks]
        return (*_KEYS, *_MOODS, "first_return", *CONTROLS, *(f"bhr_{name}" for name in names), *long_run)


def offered(store: Store, request: Ipos) -> tuple[pl.DataFrame, Ledger]:
    """Return the IPOs that a request asks for, whether anybody wrote about them or not, and the ledger of how they came about.

    Parameters
    ----------
    store
        With `sessions` registered and `price_steps` made.
    request
        Which IPOs.

    Returns
    -------
    tuple of pl.DataFrame and Ledger
        One row an IPO: the columns of `sql/panel/events/offer_sessions.sql`.

    Raises
    ------
    PanelError
        When the store holds no IPOs.
    """
    store.run(
        "panel/events/offers",
        same_offer_days=request.same_offer_days,
        first_price_days=request.first_price_days,
    )
    offers = store.query("panel/events/offer_sessions", first_price_days=request.first_price_days)
    if offers.is_empty():
        raise PanelError(f"the store holds no IPOs: {_REMEDY}")
    ledger = (
        Ledger()
        .start("rows of IPO files", "rows of IPO files", int(offers["n_rows"].sum()), "one row a file and IPO")
        .start("distinct IPOs", UNIT, offers.height, f"a symbol's offers within {request.same_offer_days} days are one")
    )
    for kind in request.drop:
        offers = offers.filter(~pl.col(f"is_{kind}").fill_null(value=False))
        ledger = ledger.keep(f"no {_KINDS[kind]}", offers.height, f"{_KINDS[kind]}, as a file states")
    return _priced(offers, ledger, request)


def studied_offers(store: Store, read: Reading, request: Ipos) -> tuple[pl.DataFrame, Ledger]:
    """Return the IPOs that a request asks for, with the mood before them, and the ledger of how they came about.

    Parameters
    ----------
    store
        Within the block of `emtract.panel.events.event_reading`.
    read
        What that block gives: weights, and the fewest posts of an IPO.
    request
        Which IPOs, and the window of their mood.

    Returns
    -------
    tuple of pl.DataFrame and Ledger
        One row an IPO: the columns of `sql/panel/events/offer_sessions.sql` and the columns of `moods`.

    Raises
    ------
    PanelError
        When the store holds no IPOs.
    """
    offers, ledger = in_scope(store, read.options, *offered(store, request), day="first_session")
    felt = moods(store, _windows(offers, request), read.options.weights)
    offers = offers.join(felt, on="event", maintain_order="left")
    offers = offers.filter(pl.col("n_posts") >= max(read.options.min_posts, 1))
    reason = (
        f"{fewer_than(max(read.options.min_posts, 1), 'post')} in the {request.window_days} days before the first open"
    )
    ledger = ledger.keep("with posts", offers.height, reason)
    return offers, read.weighed_rows(ledger, offers)


def _windows(offers: pl.DataFrame, request: Ipos) -> pl.DataFrame:
    """Add the instants from which, and before which, posts count."""
    return offers.with_columns(since=pl.col("opens") - timedelta(days=request.window_days), until=pl.col("opens"))


def _priced(offers: pl.DataFrame, ledger: Ledger, request: Ipos) -> tuple[pl.DataFrame, Ledger]:
    """Keep IPOs with an offer price and a first close that can be theirs."""
    low, high = request.first_close_range
    before = int(offers["n_before"].sum())
    reused = (offers["n_before"] > 0).sum()
    ratio = pl.col("first_close") / pl.col("offer_price")
    traded = pl.col("first_session") - pl.col("last_before") <= timedelta(days=request.window_days)
    steps = (
        ("with an offer price", pl.col("offer_price") > 0, "no file states the offer price"),
        (
            f"offered at {request.min_offer_price:g} dollars or more",
            pl.col("offer_price") >= request.min_offer_price,
            "cheaper",
        ),
        (
            "with a first price",
            pl.col("first_session").is_not_null(),
            f"no price within {request.first_price_days} days of the offer",
        ),
        (
            "symbol new",
            ~traded,
            f"its symbol was traded in the {request.window_days} days before: posts and prices may be another firm's "
            f"({before:,} prices of {reused:,} symbols before their offers are never used)",
        ),
        (
            "first close as traded",
            pl.col("first_close").is_not_null(),
            f"whether later splits are in the prices is unknown, so the first day's return is too: {TRADED_REMEDY}",
        ),
        (
            "first close plausible",
            ratio.is_between(low, high),
            f"first close below {low:g} or above {high:g} offer prices: another firm's",
        ),
    )
    for name, condition, reason in steps:
        offers = offers.filter(condition.fill_null(value=name == "symbol new"))
        ledger = ledger.keep(name, offers.height, reason)
    return offers, ledger


def _with_characteristics(offers: pl.DataFrame, mood: str) -> pl.DataFrame:
    """Add first-day return, controls and enthusiasm, whole and in its parts above and below the median."""
    return with_first_day(offers).with_columns(
        enthusiasm=pl.col(mood),
        enthusiasm_above=(pl.col(mood) - pl.col(mood).median()).clip(lower_bound=0),
        enthusiasm_below=(pl.col(mood) - pl.col(mood).median()).clip(upper_bound=0),
    )


def with_first_day(offers: pl.DataFrame) -> pl.DataFrame:
    """Add to the rows of `offered` the first-day return and what was known of the issuer."""
    return offers.with_columns(
        year=pl.col("offer_date").dt.year(),
        month=pl.col("first_session").dt.strftime("%Y-%m"),
        session=pl.col("first_session"),
        first_return=pl.col("first_close") / pl.col("offer_price") - 1,
        log_proceeds=_log(pl.col("proceeds")),
        log_age=_log(1 + pl.col("offer_date").dt.year() - pl.col("founded")),
        log_assets=_log(pl.col("total_assets")),
        is_venture_backed=pl.col("is_venture_backed").cast(pl.Float64),
        revision=pl.col("offer_price") / pl.col("mid_price") - 1,
    )


def _log(value: pl.Expr) -> pl.Expr:
    """Return the logarithm of a positive number; of any other there is none."""
    return pl.when(value > 0).then(value.cast(pl.Float64).log())


def _with_industries(store: Store, offers: pl.DataFrame, scheme: str) -> pl.DataFrame:
    """Put the class of a scheme on the first session in place of the industry that a file of IPOs states, where known."""
    found = labels(store, offers.with_columns(day="first_session"), scheme)
    joined = offers.join(found, on="event", how="left", maintain_order="left")
    return joined.with_columns(industry=pl.coalesce("label", "industry")).drop("label")


def _with_prior_returns(store: Store, offers: pl.DataFrame, calendar: pl.DataFrame, request: Ipos) -> pl.DataFrame:
    """Add the returns of industry and market over the sessions that end before the first one; null where one is lacking."""
    levels = benchmark_levels(store, offers, calendar, request.holding)
    spans = offers.select("event", "number", "industry")
    before = {"since": ("session", -1 - request.prior_sessions), "until": ("session", -1)}
    spans = sessions_away(spans, calendar, **before)
    for name, index in (("industry", "industry:" + pl.col("industry")), ("market", pl.lit("market"))):
        whole = gross(levels, spans.select(index.alias("index"), "since", "until"))["gross"]
        offers = offers.with_columns((whole - 1).alias(f"prior_{name}_return"))
    return offers


def _with_matches(store: Store, offers: pl.DataFrame, rule: Holding) -> pl.DataFrame:
    """Add `match_size` and `match_size_bm`, symbols of firms like each issuer at its first close.

    A match is null where no firm is like the issuer, or the issuer's market value (for `match_size_bm` its book value too) is not
    known.
    """
    cap = pl.col("first_close") * pl.col("post_issue_shares")
    own = offers.select("event", "symbol", day="first_session", cap=cap)
    with store.registered({"event_days": own}):
        found = store.query("panel/events/matches", seasoned_days=rule.seasoned_days, book_days=rule.book_days)
    named = found.rename({"size": "match_size", "size_bm": "match_size_bm"})
    return offers.join(named, on="event", how="left", maintain_order="left")
