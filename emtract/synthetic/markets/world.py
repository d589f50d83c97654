"""The world of the second demonstration: fictional firms over six years, factors, industries; who posts of which firm when."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from emtract.emotions import EMOTIONS
from emtract.synthetic.messages import Message, draw_senders, escape_body
from emtract.synthetic.phrases import Topic, write_words
from emtract.synthetic.world import BASIS_POINT, Firm, Timeline, exchange_sessions

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from emtract.synthetic.messages import Authors

#: Prices of seasoned firms begin after this session, three years before the first offer, so that they can stand beside an
#: issuer.
FIRST_DAY: Final = "2015-11-02"
LAST_DAY: Final = "2021-12-31"
N_SEASONED: Final = 40
N_OFFERS: Final = 72
#: Offers that the usual filters leave out: two of each of depositary receipts, blank cheques, and cheap ones.
N_UNUSUAL: Final = 6
#: Offers come between these sessions, counted from the end.
OFFERS_FROM: Final = 740
OFFERS_TO: Final = 290
#: Kenneth French's abbreviations of his 48 industries.
INDUSTRIES: Final = (
    "Agric", "Food", "Soda", "Beer", "Smoke", "Toys", "Fun", "Books", "Hshld", "Clths", "Hlth", "MedEq", "Drugs", "Chems",
    "Rubbr", "Txtls", "BldMt", "Cnstr", "Steel", "FabPr", "Mach", "ElcEq", "Autos", "Aero", "Ships", "Guns", "Gold", "Mines",
    "Coal", "Oil", "Util", "Telcm", "PerSv", "BusSv", "Comps", "Chips", "LabEq", "Paper", "Boxes", "Trans", "Whlsl", "Rtail",
    "Meals", "Banks", "Insur", "RlEst", "Fin", "Other",
)  # fmt: skip
#: Industries of the firms here, with the word that ends a company's name.
_LINES: Final = {
    "Drugs": "Therapeutics", "BusSv": "Software", "Chips": "Semiconductors", "Rtail": "Stores", "Oil": "Petroleum",
    "Trans": "Logistics", "MedEq": "Devices", "Meals": "Kitchens",
}  # fmt: skip
_HEADS: Final = ("Qux", "Zux")
_MIDDLES: Final = ("ba", "de", "fi", "go", "hu", "la", "mi", "no", "ru", "se")
_TAILS: Final = ("bra", "cor", "dyn", "fel", "gan", "lio", "mar", "ven")
#: Basis points a day: mean and standard deviation of each factor.
FACTORS: Final = {
    "mkt_rf": (4.0, 90.0), "smb": (0.5, 45.0), "hml": (0.5, 50.0), "rmw": (1.0, 30.0), "cma": (0.5, 30.0), "mom": (1.5, 65.0),
}  # fmt: skip
RISKLESS: Final = 0.4
INDUSTRY_NOISE: Final = 60.0
#: Sessions in which every seasoned firm is talked of, day by day, before the first offer.
DAILY: Final = (560, 700)
#: Expected posts of a seasoned firm in such a session: before the open, during market hours.
RATES: Final = (1.3, 0.7)
BEFORE_OFFER: Final = 30.0
AFTER_OFFER: Final = 28.0
BEFORE_EARNINGS: Final = 7.0
#: Days before the open of the first session in which an issuer is talked of, and sessions after it.
OFFER_DAYS: Final = 30
AFTER_SESSIONS: Final = 250
#: First and last session of the mood before an announcement.
EARNINGS_WINDOW: Final = (-10, -2)
#: Share of happy posts: usual, and about issuers that investors are enthusiastic about or not, before and after.
HAPPY: Final = 0.30
ENTHUSIASM: Final = {True: (0.62, 0.48), False: (0.22, 0.26)}
#: The rest of the posts, by emotion.
_REST: Final = {"neutral": 0.60, "sad": 0.07, "anger": 0.07, "disgust": 0.06, "surprise": 0.08, "fear": 0.12}
FIRST_ID: Final = 950_000_001


@dataclass(frozen=True)
class Stage(Timeline):
    """Who is there and what the market does; firms are seasoned ones first, then issuers in the order of their offers.

    Attributes
    ----------
    firms, industry
        Companies, and the place of each one's industry in `INDUSTRIES`.
    listed
        First session with a price, shape (firms,): 0 for seasoned firms.
    shares
        Shares outstanding.
    is_shorted, is_held
        Whether short interest and institutional ownership are high.
    factors
        Returns of `FACTORS` and rf as fractions, shape (sessions,) each.
    industries
        Returns as fractions, shape (48, sessions).
    """

    firms: tuple[Firm, ...]
    industry: NDArray[np.int64]
    listed: NDArray[np.int64]
    shares: NDArray[np.float64]
    is_shorted: NDArray[np.bool_]
    is_held: NDArray[np.bool_]
    factors: dict[str, NDArray[np.float64]]
    industries: NDArray[np.float64]

    @property
    def seasoned(self) -> NDArray[np.int64]:
        """Places of seasoned firms."""
        return np.arange(N_SEASONED)

    @property
    def issuers(self) -> NDArray[np.int64]:
        """Places of issuers."""
        return np.arange(N_SEASONED, len(self.firms))


def draw_stage(rng: np.random.Generator) -> Stage:
    """Draw firms, offers and the market; high and low short interest alternate, in industries and in time."""
    timeline = exchange_sessions(FIRST_DAY, LAST_DAY)
    count = N_SEASONED + N_OFFERS + N_UNUSUAL
    industry = np.array([INDUSTRIES.index(name) for name in _LINES])[np.arange(count) % len(_LINES)]
    offers = np.sort(
        rng.choice(np.arange(len(timeline) - OFFERS_FROM, len(timeline) - OFFERS_TO), count - N_SEASONED, replace=False)
    )
    factors = _factors(len(timeline), rng)
    loading = rng.uniform(0.8, 1.2, (len(INDUSTRIES), 1))
    noise = rng.normal(0, INDUSTRY_NOISE * BASIS_POINT, (len(INDUSTRIES), len(timeline)))
    return Stage(
        **vars(timeline),
        firms=tuple(_firm(k) for k in range(count)),
        industry=industry,
        listed=np.concatenate([np.zeros(N_SEASONED, dtype=np.int64), offers]),
        shares=_shares(count, rng),
        is_shorted=(np.arange(count) + np.arange(count) // len(_LINES)) % 2 == 0,
        is_held=np.arange(count) // 2 % 2 == 0,
        factors=factors,
        industries=factors["rf"] + loading * factors["mkt_rf"] + noise,
    )


def classification(stage: Stage) -> pl.DataFrame:
    """Return symbol, scheme, label, first, last: the Fama-French industry of each firm, for good."""
    labels = [INDUSTRIES[k] for k in stage.industry.tolist()]
    frame = pl.DataFrame({"symbol": [f.symbol for f in stage.firms], "scheme": "ff48", "label": labels})
    return frame.with_columns(first=pl.lit(None, pl.Date), last=pl.lit(None, pl.Date))


def factor_frame(stage: Stage) -> pl.DataFrame:
    """Return session, mkt_rf, smb, hml, rmw, cma, mom, rf: fractions, rounded as Kenneth French's files are."""
    return pl.DataFrame({"session": list(stage.dates)} | {name: np.round(r, 6) for name, r in stage.factors.items()})


def industry_frame(stage: Stage) -> pl.DataFrame:
    """Return session and a column an industry: fractions."""
    return pl.DataFrame(
        {"session": list(stage.dates)} | dict(zip(INDUSTRIES, np.round(stage.industries, 6), strict=True))
    )


def _firm(k: int) -> Firm:
    issuer = k >= N_SEASONED
    n = k - N_SEASONED if issuer else k
    stem = f"{_HEADS[issuer]}{_MIDDLES[n % len(_MIDDLES)]}{_TAILS[n // len(_MIDDLES) % len(_TAILS)]}"
    symbol = f"{'ZX' if issuer else 'QX'}{chr(65 + n // 26)}{chr(65 + n % 26)}"
    return Firm(symbol, f"{stem} {list(_LINES.values())[k % len(_LINES)]} Inc.")


def _shares(count: int, rng: np.random.Generator) -> NDArray[np.float64]:
    drawn: NDArray[np.float64] = np.exp(rng.normal(np.log(6e7), 0.6, count))
    return np.round(drawn, -3)


def _factors(n: int, rng: np.random.Generator) -> dict[str, NDArray[np.float64]]:
    tails = rng.standard_t(6, (len(FACTORS), n)) * np.sqrt(4 / 6)
    drawn = {
        name: np.round((mean + sd * row) * BASIS_POINT, 6)
        for (name, (mean, sd)), row in zip(FACTORS.items(), tails, strict=True)
    }
    return drawn | {"rf": np.full(n, RISKLESS * BASIS_POINT)}


@dataclass(frozen=True)
class Posts:
    """Posts in order of time; one entry a post: place of its firm, instant in seconds, place of its emotion."""

    firm: NDArray[np.int64]
    instant: NDArray[np.int64]
    emotion: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.firm)


def draw_posts(
    stage: Stage, enthusiastic: NDArray[np.bool_], announced: NDArray[np.int64], rng: np.random.Generator
) -> Posts:
    """Draw all posts.

    Parameters
    ----------
    stage
        Gives firms and the instants of sessions.
    enthusiastic
        Whether investors are enthusiastic about each issuer, shape (issuers,).
    announced
        Firm and session of each announcement, shape (announcements, 2).
    rng
        Draws number, instant and emotion.
    """
    batches = [
        *_daily(stage, rng),
        *(_before_offer(stage, k, bool(high), rng) for k, high in zip(stage.issuers, enthusiastic, strict=True)),
        *(_after_offer(stage, k, bool(high), rng) for k, high in zip(stage.issuers, enthusiastic, strict=True)),
        *(_before_earnings(stage, k, t, rng) for k, t in announced.tolist()),
    ]
    firm, instant, emotion = (np.concatenate(column) for column in zip(*batches, strict=True))
    order = np.lexsort((firm, instant))
    return Posts(firm[order], instant[order], emotion[order])


def write_messages(
    stage: Stage, posts: Posts, opens: NDArray[np.float64], authors: Authors, rng: np.random.Generator
) -> list[Message]:
    """Write every post as a message of StockTwits' API, in order of time; ids rise with time.

    Parameters
    ----------
    stage
        Gives names of firms and the instants of sessions.
    posts
        What `draw_posts` drew.
    opens
        Opening prices in US dollars, shape (firms, sessions): posts talk of prices around them.
    authors
        Who posts; the more active ones more often.
    rng
        Draws ids, authors and words.
    """
    senders = draw_senders(posts.instant, np.arange(len(posts)) / len(posts), authors, rng, first_id=FIRST_ID)
    session = np.searchsorted(stage.close, posts.instant, side="right")
    prices = opens[posts.firm, session].tolist()
    return [
        {
            "id": senders.ids[i],
            "body": _body(stage, int(posts.firm[i]), int(posts.emotion[i]), prices[i], rng),
            "created_at": senders.stamp[i],
            "user": senders.user[i],
            "symbols": [_symbol(stage, int(posts.firm[i]))],
            "entities": {"sentiment": None},
        }
        for i in range(len(posts))
    ]


def _body(stage: Stage, firm: int, emotion: int, price: float, rng: np.random.Generator) -> str:
    known = stage.firms[firm]
    topic = Topic(f"${known.symbol}", known.short_name, price, f"https://news.example/{known.symbol.lower()}")
    return escape_body(write_words(EMOTIONS[emotion], topic, rng))


def _symbol(stage: Stage, firm: int) -> Message:
    known = stage.firms[firm]
    return {
        "id": 80_001 + firm,
        "symbol": known.symbol,
        "title": known.name,
        "aliases": [],
        "watchlist_count": 900 + firm,
    }


_Batch = tuple["NDArray[np.int64]", "NDArray[np.int64]", "NDArray[np.int64]"]


def _daily(stage: Stage, rng: np.random.Generator) -> list[_Batch]:
    """Posts about seasoned firms, window by window, each with a mood of its own."""
    batches = []
    for firm in stage.seasoned.tolist():
        for t in range(*DAILY):
            spans = ((stage.previous_close[t] + 1, stage.open[t]), (stage.open[t], stage.close[t]))
            for (start, end), rate in zip(spans, RATES, strict=True):
                mix = _mix(1 / (1 + np.exp(-(np.log(HAPPY / (1 - HAPPY)) + rng.normal(0, 0.9)))))
                batches.append(_batch(firm, rng.poisson(rate), (int(start), int(end)), mix, rng))
    return batches


def _before_offer(stage: Stage, firm: int, high: bool, rng: np.random.Generator) -> _Batch:
    opens = int(stage.open[stage.listed[firm]])
    mix = _mix(float(np.clip(ENTHUSIASM[high][0] + rng.normal(0, 0.08), 0.05, 0.95)))
    return _batch(firm, 8 + rng.poisson(BEFORE_OFFER - 8), (opens - OFFER_DAYS * 86_400, opens), mix, rng)


def _after_offer(stage: Stage, firm: int, high: bool, rng: np.random.Generator) -> _Batch:
    first = int(stage.listed[firm])
    span = (int(stage.open[first]), int(stage.close[first + AFTER_SESSIONS]))
    return _batch(firm, rng.poisson(AFTER_OFFER), span, _mix(ENTHUSIASM[high][1]), rng)


def _before_earnings(stage: Stage, firm: int, t: int, rng: np.random.Generator) -> _Batch:
    first, last = EARNINGS_WINDOW
    span = (int(stage.previous_close[t + first]) + 1, int(stage.close[t + last]))
    return _batch(firm, 3 + rng.poisson(BEFORE_EARNINGS - 3), span, _mix(float(rng.beta(1.5, 3.5))), rng)


def _batch(firm: int, n: int, span: tuple[int, int], mix: NDArray[np.float64], rng: np.random.Generator) -> _Batch:
    instants = rng.integers(span[0], span[1], n)
    emotions = np.minimum(np.searchsorted(mix.cumsum(), rng.random(n)), len(EMOTIONS) - 1)
    return np.full(n, firm, dtype=np.int64), instants, emotions.astype(np.int64)


def _mix(happy: float) -> NDArray[np.float64]:
    return np.array([happy if emotion == "happy" else (1 - happy) * _REST[emotion] for emotion in EMOTIONS])
