"""Every column stated once: its name, words, meaning, unit and span; measures and windows of posts; and words of terms."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from emtract.emotions import DIMENSIONS, EMOTIONS, STANCE, TAGS
from emtract.words.clock import CLOSE, EVER, NEXT_CLOSE, NEXT_OPEN, OPEN, PREVIOUS_CLOSE, Span

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Between the columns of a product of regressors, or of a combined effect or cluster: `happy_pre_open:high_size`.
BY: Final = ":"
#: Between two regressors whose slopes are compared: `happy_market - sad_market`.
LESS: Final = " - "


@dataclass(frozen=True)
class Entry:
    """One column, or one measure of a window of posts.

    Attributes
    ----------
    name
        Of the column; of a measure what stands before the window.
    meaning, unit
        For a codebook; no unit for labels and pure numbers.
    label
        In tables and figures; empty for the name in words.
    phrase
        In running words; empty for the label.
    span
        What it measures, and from when to when; None where another rule tells.
    """

    name: str
    meaning: str
    unit: str = ""
    label: str = ""
    phrase: str = ""
    span: Span | None = None


@dataclass(frozen=True)
class Window:
    """A window of posts: its name, how running words and the codebook say it, when it opens and ends."""

    name: str
    phrase: str
    posts: str
    start: int
    end: int


def _before(name: str, meaning: str, unit: str = "", label: str = "") -> Entry:
    """Return the entry of what is known at the close before."""
    return Entry(name, meaning, unit, label, span=Span(EVER, PREVIOUS_CLOSE, name))


_FRACTION: Final = "fraction"
_RATING: Final = "rating, 1 to 5 with 3 as neutral"
_NIGHT: Final = (PREVIOUS_CLOSE, OPEN)
_TRADING: Final = (OPEN, CLOSE)
_WHOLE: Final = (PREVIOUS_CLOSE, CLOSE)


def _return(name: str, meaning: str, over: tuple[int, int], label: str = "", phrase: str = "") -> Entry:
    return Entry(name, meaning, _FRACTION, label, phrase, Span(*over, "return"))


def _range(name: str, meaning: str, label: str = "") -> Entry:
    return Entry(name, meaning, "log of a fraction", label, span=Span(*_TRADING, "return"))


def _volume(name: str, meaning: str, unit: str, label: str = "") -> Entry:
    return Entry(name, meaning, unit, label, span=Span(*_TRADING, "volume"))


#: What the return of an announcement is held against: end of the column's name, in a meaning, in a label.
_HELD_AGAINST: Final = (
    ("market", "the market's", "the market"),
    ("industry", "the industry's", "the industry"),
    ("size", "the return of firms of its size", "firms of its size"),
)
_ENTRIES: Final = (
    _before("symbol", "the firm, by the last symbol that it bore", label="Firm"),
    _before("session", "trading day of the exchange"),
    _before("number", "position of the session in the calendar"),
    _before("month", "year and month of the session"),
    _before("ticker", "symbol that the firm bears on the session"),
    _before("industry", "industry of the firm as known before the session"),
    _before("most_posted", "whether the firm has the most posts of the whole archive: a choice of firm, no signal", "0 or 1"),
    _before("after_break", "whether the exchange was closed on the day before the session", "0 or 1"),
    _return("return_open_close", "close over open, minus one", _TRADING,
            "Open-to-close return", "same-session open-to-close return"),
    _return("return_close_close", "close over the close before, minus one, adjusted for splits and dividends", _WHOLE,
            "Close-to-close return", "same-session close-to-close return"),
    _return("return_overnight", "open over the close before, minus one, adjusted for splits and dividends", _NIGHT,
            "Overnight return", "overnight return"),
    _return("return_open_close_next", "close over open of the next session, minus one", (NEXT_OPEN, NEXT_CLOSE),
            "Next session\u2019s open-to-close return", "next-session open-to-close return"),
    _return("return_close_close_next", "close of the next session over this close, minus one", (CLOSE, NEXT_CLOSE),
            "Next session\u2019s close-to-close return", "next-session close-to-close return"),
    _return("absolute_return", "absolute value of the close-to-close return", _WHOLE),
    _range("log_range_parkinson", "log of Parkinson's volatility of the session, from high and low",
           "Log range (Parkinson)"),
    _range("log_range_garman_klass", "log of Garman and Klass's volatility of the session, from open, high, low and close",
           "Log range (Garman\u2013Klass)"),
    _volume("volume", "shares traded in the session", "shares"),
    _volume("dollar_volume", "close times shares traded", "currency of the prices"),
    _volume("abnormal_volume", "log of shares traded minus its mean over a past window", "log points",
            "Abnormal volume (log)"),
    _volume("abnormal_turnover", "log of shares traded over shares outstanding, minus its mean over a past window",
            "log points"),
    _before("lagged_return", "close-to-close return of the session before", _FRACTION),
    _before("lagged_volatility", "standard deviation of past close-to-close returns", _FRACTION, "Lagged volatility"),
    _before("lagged_amihud", "mean over past sessions of the absolute return over a million of dollar volume",
            "per million of the currency", "Lagged Amihud illiquidity"),
    _before("shares_outstanding", "shares outstanding as last published, carried across splits", "shares"),
    _before("size", "log of market value: the close before, as traded, times shares outstanding", "log of the currency",
            "Size (log market value)"),
    _before("short_ratio", "shares sold short over shares outstanding, as last published", _FRACTION,
            "Short interest ratio"),
    _before("institutional_share", "shares held by institutions over shares outstanding, as last published", _FRACTION,
            "Institutional ownership"),
    _return("bar_return_overnight", "open over the close before, minus one, from bars, with dividends", _NIGHT,
            "Overnight return (bars)", "overnight return"),
    _return("bar_return_first_half_hour", "price half an hour after the open over the open, minus one, from bars", _TRADING,
            "First half-hour return", "return of the first half-hour"),
    _return("bar_return_last_half_hour", "price at the close over the price half an hour before, minus one, from bars", _TRADING,
            "Last half-hour return", "return of the last half-hour"),
    _return("market_return", "close-to-close return of the market", _WHOLE),
    _return("market_return_open_close", "open-to-close return of the market", _TRADING,
            phrase="open-to-close return of the market"),
    _return("market_return_overnight", "overnight return of the market", _NIGHT),
    Entry("earnings_session", "whether an announcement of earnings is first traded on, 0 or 1", "0 or 1",
          "Earnings announced", span=Span(*_WHOLE, "earnings")),
    *(Entry(f"peers_{side}", f"whether earnings of others of the industry moved their prices {side}, 0 or 1", "0 or 1",
            f"Peers {side} on earnings", f"earnings of peers that moved them {side}", Span(*_WHOLE, "earnings"))
      for side in ("down", "up")),
    _range("market_range", "log of Parkinson's volatility of the market"),
    Entry("departure", "valence of the day minus the firm's usual one, in standard errors", "standard errors",
          span=Span(*_WHOLE, "valence")),
    _return("first_return", "first close over the offer price, minus one", _TRADING, "First-day return"),
    Entry("prior_industry_return", "return of the industry before the offer", _FRACTION,
          span=Span(EVER, PREVIOUS_CLOSE, "prior")),
    Entry("prior_market_return", "return of the market before the offer", _FRACTION,
          span=Span(EVER, PREVIOUS_CLOSE, "prior")),
    Entry("sue", "earnings a share minus what was expected of them, over the price", _FRACTION, "Earnings surprise (SUE)",
          span=Span(*_WHOLE, "surprise")),
    Entry("sue_seasonal", "earnings a share minus earnings a share of the quarter a year before, over the price", _FRACTION,
          "Seasonal surprise (SUE)", span=Span(*_WHOLE, "surprise")),
    Entry("eps", "earnings per share as announced", "currency a share", span=Span(*_WHOLE, "surprise")),
    Entry("book_to_market", "book equity over market value", "", "Book-to-market"),
    Entry("log_age", "log of the firm's age", "log of years", "Log age"),
    Entry("log_offer_price", "log of the offer price", "log of the currency", "Log offer price"),
    Entry("mkt_rf", "return of the market minus the risk-free rate", _FRACTION, "Market minus risk-free rate",
          span=Span(*_WHOLE, "factor")),
    Entry("smb", "return of small minus big firms", _FRACTION, "SMB", span=Span(*_WHOLE, "factor")),
    Entry("hml", "return of firms of high minus low book-to-market", _FRACTION, "HML", span=Span(*_WHOLE, "factor")),
    Entry("rmw", "return of firms of robust minus weak profitability", _FRACTION, "RMW", span=Span(*_WHOLE, "factor")),
    Entry("cma", "return of firms that invest conservatively minus aggressively", _FRACTION, "CMA", span=Span(*_WHOLE, "factor")),
    Entry("umd", "return of past winners minus losers", _FRACTION, "Momentum", span=Span(*_WHOLE, "factor")),
    Entry("rf", "risk-free rate", _FRACTION, "Risk-free rate"),
    Entry("car_market", "return around the announcement minus the market's, summed", _FRACTION,
          "Announcement return (CAR, minus the market)"),
    Entry("car_industry", "return around the announcement minus the industry's, summed", _FRACTION,
          "Announcement return (CAR, minus the industry)"),
    Entry("car_size", "return around the announcement minus the return of firms of its size, summed", _FRACTION,
          "Announcement return (CAR, minus firms of its size)"),
    *(Entry(f"bhar_{name}", f"return around the announcement minus {less}, compounded", _FRACTION,
            f"Announcement return (BHAR, minus {short})") for name, less, short in _HELD_AGAINST),
    *(Entry(f"prior_{name}", f"return of the window of the posts minus {less}, compounded", _FRACTION,
            f"Return before (minus {short})") for name, less, short in _HELD_AGAINST),
    Entry("author", "the author, as a number within the sample"),
    Entry("chain", "the author's posts on one firm"),
    Entry("nth", "place of the first of two posts among the author's on the firm", label="Place of the post"),
    Entry("n_history", "posts of the author on the firm", "posts", "Posts of the author on the firm"),
    Entry("gap_hours", "hours between the two posts", "hours", "Hours between"),
    Entry("log_gap", "log of one plus the hours between the two posts", "log points", "Log hours between"),
    Entry("n_closes", "sessions that closed between the two posts", "sessions", "Closes between"),
    *(Entry(f"{name}_between", f"{of}return from the last close known before an author's post to the last known before the next",
            _FRACTION, label, phrase, Span(EVER, PREVIOUS_CLOSE, "return"))
      for name, of, label, phrase in (
          ("return", "", "Return between the posts", "return between the posts"),
          ("gain", "0 or above: rise in price, the ", "Gain between the posts", "gain between the posts"),
          ("loss", "0 or above: fall in price, minus the ", "Loss between the posts", "loss between the posts"))),
    Entry("price_fell", "whether the price fell between the two posts", "0 or 1", "Price fell",
          span=Span(EVER, PREVIOUS_CLOSE, "return")),
    Entry("n_others", "posts of others on the firm between the two posts", "posts", "Posts of others between"),
    Entry("valence_others", "mean valence of the posts of others on the firm between the two posts",
          "probability, \u22121 to 1", "Valence of others between", "valence of others between the posts"),
    Entry("valence_replied", "valence of the post of another author that a post answers", "probability, \u22121 to 1",
          "Valence of the post answered", "valence of the post answered"),
    Entry("bullish_before", "whether the author's last tag on the firm, up to the first post, is bullish", "0 or 1",
          "Own tag bullish", "own tag bullish"),
    Entry("bullish_after", "whether the author tagged the second post bullish", "0 or 1", "Next tag bullish"),
    *(Entry(f"{name}_{side}", f"{meaning}, of the author's {which} post", "probability" if unit else "",
            f"{name.capitalize()}, {which} post", f"{name} of the {which} post", Span(EVER, CLOSE, f"{name} {side}"))
      for side, which in (("before", "first"), ("after", "next"))
      for name, meaning, unit in (
          *((e, f"probability of {e}", True) for e in EMOTIONS),
          ("valence", "happy minus sad, anger, disgust and fear", True),
          *((d, f"{d} as a reader of dimensions gives it", False) for d in DIMENSIONS),
          ("dominant", "emotion of the highest probability", False))),
    Entry("n_posts", "number of posts", "posts", "Posts"),
    Entry("n_texts", "number of distinct texts, near-copies as one", "texts", "Distinct texts"),
    Entry("share_texts", "distinct texts over posts", _FRACTION, "Distinct texts, share of posts"),
    Entry("share_promoted", "share of posts that are likely promotion, or by a likely bot", _FRACTION,
          "Likely promotion, share of posts"),
)  # fmt: skip
#: Column -> its entry. Columns of a window of posts are read from `MEASURES`, `WINDOWS` and `GROUPS`.
COLUMNS: Final[Mapping[str, Entry]] = {entry.name: entry for entry in _ENTRIES}

#: Measures of a window: `{base}_{window}`, and `{base}_{window}_{group}` for a part of the posts.
MEASURES: Final[Mapping[str, Entry]] = {
    **{e: Entry(e, f"mean probability of {e}", "probability", e.capitalize()) for e in EMOTIONS},
    **{
        tag: Entry(tag, f"mean probability that the writer would tag the post {tag}", "probability", tag.capitalize())
        for tag in TAGS
    },
    **{
        entry.name: entry
        for entry in (
            Entry("valence", "happy minus sad, anger, disgust and fear", "probability, \u22121 to 1", "Valence"),
            Entry(STANCE, "bullish minus bearish", "probability, \u22121 to 1", "Stance"),
            Entry("pleasure", "mean pleasure of the writer (EmoBank's valence)", _RATING, "Pleasure"),
            Entry("arousal", "mean arousal of the writer", _RATING, "Arousal"),
            Entry("dominance", "mean dominance of the writer", _RATING, "Dominance"),
            Entry(
                "excitement", "share of posts above neutral pleasure and above neutral arousal", _FRACTION, "Excitement"
            ),
            Entry("calm", "share of posts above neutral pleasure and not above neutral arousal", _FRACTION, "Calm"),
            Entry(
                "declared",
                "bullish minus bearish posts over both, as their writers tagged them",
                "\u22121 to 1",
                "Writers\u2019 own tags",
            ),
            Entry(
                "divergence",
                "mean probability of emotions against the writer's tag: negative ones where bullish, happy where bearish",
                "probability",
                "Tag\u2013mood divergence",
            ),
            Entry("n_tagged", "number of posts that their writers tagged", "posts", "Tagged posts"),
            Entry(
                "sentiment",
                "first principal component of measures of sentiment",
                "standard deviations",
                "Sentiment (first component)",
            ),
            Entry(
                "talk",
                "first principal component of measures of attention",
                "standard deviations",
                "Attention (first component)",
            ),
            Entry("attention", "log of one plus the number of posts", "log points", "Attention (log messages)"),
            Entry("n_posts", "number of posts", "posts", "Posts"),
            Entry("n_authors", "number of authors", "authors", "Authors"),
            Entry("enthusiasm", "enthusiasm", "", "Enthusiasm"),
            Entry("disagreement", "how evenly mood is split between happy and negative", "0 to 1", "Disagreement"),
            Entry("share", "share of the window's posts", _FRACTION, "Share of posts"),
            Entry("positive", "positive emotion", "probability", "Positive emotion"),
            Entry("negative", "negative emotion", "probability", "Negative emotion"),
        )
    },
}
#: Windows of posts, in the order of the day.
WINDOWS: Final[Mapping[str, Window]] = {
    "pre_open": Window("pre-open", "before the open", "posts from the previous close to the open", *_NIGHT),
    "market": Window("market", "during market hours", "posts from the open to the close", *_TRADING),
    "day": Window("whole day", "of the day", "posts from the previous close to the close", *_WHOLE),
}
WINDOW_NAMES: Final = {window: told.name for window, told in WINDOWS.items()}
#: Parts of the posts, after the window: in tables, and after an emotion in running words.
GROUPS: Final[Mapping[str, tuple[str, str]]] = {
    "finance": ("finance language", "in posts in finance language"),
    "chat": ("chat", "in posts without finance language"),
    "figures": ("posts with figures", "in posts with figures"),
    "plain": ("posts without figures", "in posts without figures"),
    "original": ("original posts", "in original posts"),
    "disseminating": ("disseminating posts", "in disseminating posts"),
    "verified": ("verified authors", "in posts of verified authors"),
    "unverified": ("unverified authors", "in posts of unverified authors"),
    "followed": ("followed authors", "in posts of followed authors"),
    "unfollowed": ("authors with few followers", "in posts of authors with few followers"),
    "regulars": ("regular authors", "in posts of regular authors"),
    "newcomers": ("new authors", "in posts of new authors"),
    "first_hour": ("first hour", "in the first hour"),
    "later": ("after the first hour", "after the first hour"),
    "tagged": ("tagged posts", "in posts that their writers tagged"),
    "untagged": ("untagged posts", "in posts without a tag"),
    "about_price": ("posts about the price", "in posts about the price"),
    "about_news": ("posts about news", "in posts about news"),
}
#: Nouns that name an emotion or a stance in running words.
NOUNS: Final = {
    "happiness": "happy", "sadness": "sad", "neutrality": "neutral", "bearishness": "bearish", "bullishness": "bullish",
    "the stance that writers declare": "declared", "tag\u2013mood divergence": "divergence",
    "the sentiment signal": "sentiment", "the attention signal": "talk",
}  # fmt: skip
#: Words that keep their capitals wherever they stand.
ACRONYMS: Final = {
    "ipo": "IPO", "ipos": "IPOs", "vc": "VC", "bhar": "BHAR", "car": "CAR", "sue": "SUE", "var": "VAR", "garch": "GARCH",
    "capm": "CAPM", "ols": "OLS", "sd": "s.d.", "bm": "B/M", "nyse": "NYSE", "etf": "ETF", "usd": "USD",
    "vix": "VIX", "aic": "AIC", "bic": "BIC", "hqic": "HQIC",
}  # fmt: skip
#: Effects, clusters and counted levels: singular and plural.
LEVELS: Final = {
    "symbol": ("Firm", "Firms"),
    "session": ("Session", "Sessions"),
    "month": ("Month", "Months"),
    "year": ("Year", "Years"),
    "industry": ("Industry", "Industries"),
    "quarter": ("Quarter", "Quarters"),
    "author": ("Author", "Authors"),
    "chain": ("Author \u00d7 firm", "Author \u00d7 firms"),
}

#: A column of a window taken apart: measure, window, part of the posts.
MEASURED: Final = re.compile(rf"({'|'.join(MEASURES)})_({'|'.join(WINDOWS)})(?:_(\w+))?")
