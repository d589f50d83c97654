"""The stage of the second demonstration: fictional firms over six years, factors, industries, and what firms are like."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from emtract.synthetic.world import CALENDAR, Firm

if TYPE_CHECKING:
    from datetime import date

    from numpy.typing import NDArray

#: Prices of seasoned firms begin three years before the first offer, so that they can stand beside an issuer.
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
BASIS_POINT: Final = 1e-4


@dataclass(frozen=True)
class Stage:
    """Who is there and what the market does; firms are seasoned ones first, then issuers in the order of their offers.

    Attributes
    ----------
    dates, previous_close, open, close
        Sessions; instants in seconds since 1970 UTC, shape (sessions,).
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

    dates: tuple[date, ...]
    previous_close: NDArray[np.int64]
    open: NDArray[np.int64]
    close: NDArray[np.int64]
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
    dates, previous, opens, closes = _sessions()
    count = N_SEASONED + N_OFFERS + N_UNUSUAL
    industry = np.array([INDUSTRIES.index(name) for name in _LINES])[np.arange(count) % len(_LINES)]
    offers = np.sort(
        rng.choice(np.arange(len(dates) - OFFERS_FROM, len(dates) - OFFERS_TO), count - N_SEASONED, replace=False)
    )
    factors = _factors(len(dates), rng)
    loading = rng.uniform(0.8, 1.2, (len(INDUSTRIES), 1))
    noise = rng.normal(0, INDUSTRY_NOISE * BASIS_POINT, (len(INDUSTRIES), len(dates)))
    return Stage(
        dates=dates,
        previous_close=previous,
        open=opens,
        close=closes,
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


def _sessions() -> tuple[tuple[date, ...], NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    import exchange_calendars as xc

    schedule = xc.get_calendar(CALENDAR, start=FIRST_DAY, end="2022-01-10").schedule
    rows = slice(1, int(np.searchsorted(schedule.index, np.datetime64(LAST_DAY))) + 1)
    opens, closes = (
        np.array([int(instant.timestamp()) for instant in schedule[name]], dtype=np.int64) for name in ("open", "close")
    )
    dates = tuple(stamp.date() for stamp in schedule.index[rows])
    return dates, closes[: len(dates)], opens[rows], closes[rows]
