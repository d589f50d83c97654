"""The market as a whole: one row a session, the mood of all posts beside the return and the range of the market."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, get_args

import polars as pl

from emtract.emotions import EMOTIONS
from emtract.errors import PanelError
from emtract.panel.frame import TIME, WINDOWS, Sample, valence
from emtract.panel.noise import build_noise
from emtract.panel.observed import MAX_AGE_DAYS, with_series
from emtract.panel.prices import make_price_steps, steps_ledger
from emtract.panel.reading import reading

if TYPE_CHECKING:
    from emtract.ledger import Ledger
    from emtract.options import PanelOptions, Weights
    from emtract.panel.reading import Reading
    from emtract.store import Store

#: Name that studies give the sample.
MARKET_SESSIONS: Final = "market_sessions"
Pooling = Literal["posts", "firms"]
MarketSource = Literal["auto", "index", "series", "firms"]
#: `day` is the whole of [previous close, close).
MARKET_WINDOWS: Final = (*WINDOWS, "day")
MARKET_COLUMNS: Final = ("market_return", "market_return_open_close", "market_return_overnight", "market_range")
#: Column -> what the sources call it; the overnight return is made of two of them.
_LEGS: Final = {"market_return": "close_close", "market_return_open_close": "open_close", "market_range": "log_range"}
#: Share of the sessions for which a source must have a return to be taken by `auto`.
_COVERS: Final = 0.9


@dataclass(frozen=True, kw_only=True)
class MarketSessions:
    """The market's sessions: an index of emotions over all posts, the market's return and its range.

    Attributes
    ----------
    pooling
        ``posts``: the mean over all readable posts, each once, whatever it names. ``firms``: the mean over firms of the mean
        over their posts, so that firms with many posts weigh no more than others.
    market
        Where the market's return and range come from: ``index``, the prices of the symbol `index`; ``series``, the published
        series mkt_rf + rf (close to close only); ``firms``, the equal-weighted mean over the firms with prices; ``auto``, the
        first of these that covers nine tenths of the sessions. What a source does not have comes from the next that does.
    index
        Symbol of an index among the prices.
    scorer, weights, min_posts
        As in `emtract.build_panel`; `min_posts` of a session's window, or of a firm's where `pooling` is ``firms``. None leaves
        each as the configuration has it.
    series
        Names of dated series (`[[market]] format = "series"`) that become columns, `series_{name}`: the last value that was
        public before the open.
    """

    pooling: Pooling = "posts"
    market: MarketSource = "auto"
    index: str = "^GSPC"
    scorer: str | None = None
    weights: Weights | None = None
    min_posts: int | None = None
    series: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for option, known in ((self.pooling, Pooling), (self.market, MarketSource)):
            if option not in get_args(known):
                raise PanelError(f"unknown option {option!r}: choose one of {', '.join(get_args(known))}")

    def build(self, store: Store, options: PanelOptions) -> Sample:
        """Build the sample.

        Returns
        -------
        Sample
            One row a session of the calendar from the first to the last with posts: session, number, month (``2015-03``);
            for each window of `MARKET_WINDOWS` the seven emotions and valence (null below `min_posts`), attention and posts,
            e.g. ``happy_pre_open``, ``attention_day``; and n_firms, market_return (close to close),
            market_return_open_close, market_return_overnight, market_range (log of Parkinson's volatility);
            then the columns of `series`.

        Raises
        ------
        PanelError
            When the store holds no scores, no prices or no post within them, or the source named has no return.

        Notes
        -----
        Emotions before the open and the return from open to close share no instant: that pair is predictive. Emotions of the
        day, [previous close, close), and the close-to-close return span the same hours: that pair is contemporaneous.
        The firms' range is the mean of their log ranges, the level of a typical firm, not of a portfolio.
        """
        options = options.but(scorer=self.scorer, weights=self.weights, min_posts=self.min_posts)
        with reading(store, options) as read:
            make_price_steps(store)
            store.run("panel/market/posts", kinds=read.kinds, pooling=self.pooling)
            mood = store.query("panel/market/mood", weights=options.weights, min_posts=options.min_posts)
            noise = None
            if self.pooling == "posts":
                least = options.min_posts
                noise = build_noise(store, cleaner=read.cleaner, weights=options.weights, min_posts=least, of="market")
            returns = store.query("panel/market/returns", index=self.index)
        counts = store.query("panel/market/ledger", kinds=read.kinds, weights=options.weights).row(0, named=True)
        if mood.is_empty():
            raise PanelError("no readable post falls in a session with prices: check that posts and prices share dates")
        data = _rows(read.sessions, mood, returns)
        sources = _sources(self, data)
        said = {column: self._say(source) for column, source in sources.items()}
        settings = {**read.settings, "pooling": self.pooling, **read.set_aside, **said}
        age = options.max_age_days
        settings |= {"series": ", ".join(self.series)} | ({"max_age_days": age} if age else {}) if self.series else {}
        rows, observed = with_series(store, _choose(data, sources), self.series, max_age_days=age or MAX_AGE_DAYS)
        ledger = _ledger(counts, data, read) + steps_ledger(store) + observed
        return Sample(rows, ledger, settings, "sessions", noise)

    def _say(self, source: str) -> str:
        said = {"index": f"index {self.index}", "series": "series mkt_rf + rf"}
        return said.get(source, "equal-weighted mean of firms")


def _rows(calendar: pl.DataFrame, mood: pl.DataFrame, returns: pl.DataFrame) -> pl.DataFrame:
    """Return one row a session from the first to the last with posts, with every source of the market's return."""
    known = mood.with_columns(valence=pl.when(pl.col("happy").is_not_null()).then(valence()))
    wide = known.pivot("window", index=TIME, values=["n_posts", *EMOTIONS, "valence"])
    absent = [w for w in WINDOWS if f"n_posts_{w}" not in wide.columns]
    wide = wide.with_columns(
        pl.lit(None, pl.Float64).alias(f"{name}_{w}") for w in absent for name in ("n_posts", *EMOTIONS, "valence")
    )
    counts = [pl.col(f"n_posts_{w}").fill_null(0).cast(pl.Int64) for w in MARKET_WINDOWS]
    span = pl.col(TIME).is_between(mood[TIME].min(), mood[TIME].max())
    joined = calendar.select(TIME, "number").filter(span).join(wide, on=TIME, how="left", maintain_order="left")
    joined = joined.with_columns(counts).with_columns(
        pl.col(TIME).dt.strftime("%Y-%m").alias("month"),
        *(pl.col(f"n_posts_{w}").log1p().alias(f"attention_{w}") for w in MARKET_WINDOWS),
    )
    return joined.join(returns, on=TIME, how="left", maintain_order="left")


def _sources(request: MarketSessions, data: pl.DataFrame) -> dict[str, str]:
    """Return column -> source of the close-to-close return, the open-to-close return and the range."""
    wanted = ("index", "series", "firms") if request.market == "auto" else (request.market, "index", "firms")
    chosen: dict[str, str] = {}
    for column, leg in _LEGS.items():
        shares = {s: 1 - data[f"{leg}_{s}"].null_count() / data.height for s in wanted if f"{leg}_{s}" in data.columns}
        chosen[column] = next(
            (s for s, share in shares.items() if share >= _COVERS), max(shares, key=lambda s: shares[s])
        )
    named = request.market != "auto" and not data[f"close_close_{request.market}"].count()
    if named or not data[f"close_close_{chosen['market_return']}"].count():
        raise PanelError(
            f"no return of the market from {request.market!r}: name price files with {request.index}, a file of daily "
            "factors with mkt_rf and rf under [[market]], or leave market='auto'"
        )
    if request.market != "auto":
        chosen["market_return"] = request.market
    return chosen


def _choose(data: pl.DataFrame, sources: dict[str, str]) -> pl.DataFrame:
    named = data.with_columns(pl.col(f"{_LEGS[column]}_{source}").alias(column) for column, source in sources.items())
    overnight = (1 + pl.col("market_return")) / (1 + pl.col("market_return_open_close")) - 1
    windows = [f"{name}_{w}" for w in MARKET_WINDOWS for name in (*EMOTIONS, "valence", "attention", "n_posts")]
    return named.with_columns(market_return_overnight=overnight).select(
        TIME, "number", "month", *windows, "n_firms", *MARKET_COLUMNS
    )


def _ledger(counts: dict[str, int], data: pl.DataFrame, read: Reading) -> Ledger:
    with_posts = int((data["n_posts_day"] > 0).sum())
    reason = "outside the sessions with prices, or names no symbol of theirs"
    ledger = read.ledger(counts).keep("posts of the market", counts["placed"], reason)
    return (
        read.weighed(ledger, posts=counts["placed"], lacking=counts["lacking"])
        .start("sessions with prices", "sessions", read.sessions.height, "of the exchange calendar")
        .keep("sessions from the first to the last post", data.height, "before the first or after the last post")
        .keep("sessions with posts", with_posts, "nobody posted; the row stays, its emotions are missing")
    )
