"""IPOs drawn with a known truth: few offers, waves that share shocks, long-run returns with a long right tail."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from emtract.econometrics.analyses.high_low import high_rows
from emtract.econometrics.regression.sample import estimation_sample
from emtract.econometrics.regression.spec import Spec, parts
from emtract.emotions import EMOTIONS
from emtract.panel.frame import Sample
from tests.validation.declared import Declared
from tests.validation.design import Design, Drawn

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: First-day return, fractions, per standard deviation of enthusiasm, and of the revision of the offer price.
FIRST_DAY: Final = 0.06
REVISION: Final = 0.08
#: Twelve-month abnormal return against the market per standard deviation of enthusiasm; against the industry there is none.
LONG_RUN: Final = -0.10
#: Mean abnormal returns against the industry over 3, 6 and 12 months and months 5 to 12.
MEANS: Final = {"3": 0.0, "6": -0.05, "12": -0.10, "5_12": 0.0}
#: Correlation of the revision with enthusiasm.
SHARED: Final = 0.4
#: Shares of the variance of enthusiasm, and of returns, that offers of one industry and year have in common.
COMMON_MOOD: Final = 0.2
COMMON_RETURN: Final = 0.05
#: Logarithmic standard deviation of a stock's long-run gross return.
TAIL: Final = 0.5
_SD_ENTHUSIASM: Final = 0.08
_OTHERS: Final[tuple[str, ...]] = tuple(e for e in EMOTIONS if e not in ("neutral", "happy"))
_CONTROLS: Final = ("log_proceeds", "log_age", "prior_market_return", "log_assets", "prior_industry_return")
CROSS: Final = (
    "groups_first_day", "groups_first_day_by_month", "first_day_effects", "first_day", "first_day_clustered",
    "first_day_slopes", "first_day_emotions", "groups_12_industry", "groups_12_market", "means_industry", "long_run",
    "long_run_clustered", "long_run_interaction", "long_run_12_market",
)  # fmt: skip


@dataclass(frozen=True)
class Offers:
    """How many offers are drawn, over how many years and industries."""

    n: int
    n_years: int
    n_industries: int = 12


def draw_offers(rng: np.random.Generator, *, offers: Offers, specs: Declared) -> Drawn:
    r"""Draw IPOs.

    Notes
    -----
    .. math:: R_i = a + \beta e_i + \gamma v_i + \mu_j + \nu_t + c_{jt} + u_i

    with e enthusiasm (partly common to industry j and year t), v the revision, correlated with e, and u lognormal less its
    mean. Long-run returns are lognormal gross returns with such common shocks.
    """
    industry = rng.integers(offers.n_industries, size=offers.n)
    year = np.sort(rng.integers(offers.n_years, size=offers.n))
    cell = industry * offers.n_years + year
    n_cells = offers.n_industries * offers.n_years
    mood = np.sqrt(COMMON_MOOD) * rng.standard_normal(n_cells)[cell]
    mood += np.sqrt(1 - COMMON_MOOD) * rng.standard_normal(offers.n)
    revision = SHARED * mood + np.sqrt(1 - SHARED**2) * rng.standard_normal(offers.n)
    levels = (
        0.03 * rng.standard_normal(offers.n_industries)[industry] + 0.05 * rng.standard_normal(offers.n_years)[year]
    )
    noise = _tailed(rng, offers.n, 0.25)
    first = 0.18 + FIRST_DAY * mood + REVISION * revision + levels + _common(rng, noise.std(), n_cells)[cell] + noise
    columns = {"first_return": first, "revision": 0.05 + 0.1 * revision} | _returns(rng, mood, cell, n_cells)
    columns |= {name: rng.standard_normal(offers.n) for name in _CONTROLS}
    columns["is_venture_backed"] = (rng.random(offers.n) < 0.4).astype(np.float64)
    columns["attention"] = 2 + rng.standard_normal(offers.n)
    month = rng.integers(12, size=offers.n)
    data = pl.DataFrame(
        {
            "symbol": [f"I{k:04d}" for k in range(offers.n)],
            "industry": [f"industry {k}" for k in industry],
            "year": 2010 + year,
            "month": [f"{2010 + y}-{m + 1:02d}" for y, m in zip(year, month, strict=True)],
            **_moods(rng, mood),
            **columns,
        }
    )
    samples = {"ipos": Sample(data, unit="IPOs")}
    return Drawn(samples, _truth(specs, samples["ipos"], mood))


def _tailed(rng: np.random.Generator, n: int, scale: float) -> NDArray[np.float64]:
    """Lognormal noise of mean zero: standard deviation about `scale`, skewness about 3."""
    noise: NDArray[np.float64] = scale * (np.exp(0.75 * rng.standard_normal(n)) - np.exp(0.75**2 / 2)) / 1.15
    return noise


def _common(rng: np.random.Generator, sd: float, n_cells: int) -> NDArray[np.float64]:
    """Shocks of industry and year, in proportion to an offer's own."""
    return float(sd * np.sqrt(COMMON_RETURN / (1 - COMMON_RETURN))) * rng.standard_normal(n_cells)


def _returns(
    rng: np.random.Generator, mood: NDArray[np.float64], cell: NDArray[np.int64], n_cells: int
) -> dict[str, NDArray[np.float64]]:
    """Abnormal returns of every horizon against the industry, and of twelve months against the market."""
    found = {}
    for horizon, months in (("3", 3), ("6", 6), ("12", 12), ("5_12", 8)):
        scale = TAIL * np.sqrt(months / 12)
        own = np.exp(scale * rng.standard_normal(len(mood)) - scale**2 / 2) - 1
        found[f"bhar_{horizon}_industry"] = MEANS[horizon] + own
    shock = _common(rng, float(own.std()), n_cells)[cell]
    found["bhar_12_market"] = MEANS["12"] + LONG_RUN * mood + found["bhar_12_industry"] - MEANS["12"] + shock
    return found


def _moods(rng: np.random.Generator, mood: NDArray[np.float64]) -> dict[str, NDArray[np.float64]]:
    """Enthusiasm, its parts above and below the median, and the other emotions, which crowd out one another a little."""
    happy = 0.35 + _SD_ENTHUSIASM * mood
    apart = happy - np.median(happy)
    others = {e: 0.08 - 0.1 * (happy - 0.35) + 0.02 * rng.standard_normal(len(mood)) for e in _OTHERS}
    parts_of = {"enthusiasm": happy, "enthusiasm_above": apart.clip(0), "enthusiasm_below": apart.clip(None, 0)}
    return {**parts_of, "happy": happy, **others}


def _truth(specs: Declared, sample: Sample, mood: NDArray[np.float64]) -> dict[tuple[str, str], float]:
    """Return what each spec estimates, per cent, given the moods that were drawn."""
    high = high_rows(sample.data["enthusiasm"])
    gap = mood[high].mean() - mood[~high].mean()
    total = FIRST_DAY + REVISION * SHARED
    between = {"groups_first_day": total, "groups_first_day_by_month": total, "groups_12_market": LONG_RUN,
               "groups_12_industry": 0.0}  # fmt: skip
    truth = {(name, "high minus low"): 100 * slope * gap for name, slope in between.items() if name in specs}
    if "means_industry" in specs:
        truth |= {("means_industry", f"bhar_{h}_industry"): 100 * mean for h, mean in MEANS.items()}
    for name, spec in specs.items():
        if isinstance(spec, Spec):
            truth |= {(name, term): value for term, value in _slopes(name, spec, sample, total).items()}
    return truth


def _slopes(name: str, spec: Spec, sample: Sample, total: float) -> dict[str, float]:
    """Return the coefficients of a regression: per standard deviation on the rows that it uses."""
    used = estimation_sample(spec, sample)[0]
    slope = total if name == "first_day_effects" else FIRST_DAY
    slope = {"first_return": slope, "bhar_12_market": LONG_RUN}.get(spec.y, 0.0)
    real = {term for term in spec.x if term.startswith(("enthusiasm", "happy"))}
    simple = [term for term in spec.x if len(parts(term)) == 1]
    sds = {term: float(np.std(used[term].to_numpy(), ddof=1)) / _SD_ENTHUSIASM for term in simple}
    found = {term: 100 * slope * sds[term] if term in real else 0.0 for term in simple}
    return found | {term: 0.0 for term in spec.x if term not in simple}


def draw_months(rng: np.random.Generator, *, n_months: int, alpha: float) -> Drawn:
    """Draw monthly portfolios whose stocks change: loadings on the market that differ, noise that grows with few stocks."""
    days = [d for d in (dt.date(2010, 1, 4) + dt.timedelta(days=k) for k in range(31 * n_months)) if d.weekday() < 5]
    market, riskless = 0.0003 + 0.01 * rng.standard_normal(len(days)), np.full(len(days), 0.00005)
    series = pl.DataFrame({"session": days, "mkt_rf": market, "rf": riskless})
    monthly = (
        series.group_by(pl.col("session").dt.strftime("%Y-%m").alias("month"), maintain_order=True)
        .agg(gross=(1 + pl.col("mkt_rf") + pl.col("rf")).product(), free=(1 + pl.col("rf")).product(), n=pl.len())
        .filter(pl.col("n") >= 15)
        .head(n_months)
    )
    excess, free = (monthly["gross"] - monthly["free"]).to_numpy(), monthly["free"].to_numpy() - 1
    stocks = rng.integers(5, 40, size=(2, monthly.height))
    noise = 0.15 * rng.standard_normal((2, monthly.height)) / np.sqrt(stocks)
    common = 0.02 * rng.standard_normal(monthly.height)
    high = free + alpha + 1.4 * excess + common + noise[0]
    low = free + 1.1 * excess + common + noise[1]
    months = monthly.select("month").with_columns(
        all=pl.Series((high + low) / 2), high=pl.Series(high), low=pl.Series(low)
    )
    samples = {"ipo_months": Sample(months, unit="months"), "series": Sample(series, unit="sessions")}
    alphas = {"alpha all": alpha / 2, "alpha high": alpha, "alpha low": 0.0, "alpha high minus low": alpha}
    return Drawn(samples, {("calendar_time", term): 100 * value for term, value in alphas.items()})


def draw_days(rng: np.random.Generator, *, n: int, lasting: float) -> Drawn:
    """Draw moods of offers in event time: autocorrelated days, some without posts, a share of the first mood that lasts."""
    before = rng.standard_normal(n)
    days = np.arange(-20, 251)
    level = np.where(days[None, :] < 0, before[:, None], lasting * before[:, None] + 0.5 * rng.standard_normal((n, 1)))
    mood = 0.35 + 0.05 * level + 0.1 * rng.standard_normal((n, len(days)))
    seen = rng.random(mood.shape) < rng.uniform(0.1, 0.9, size=(n, 1))
    seen[:, [0, -1]] = True
    group = np.where(before > np.median(before), "high", "low")
    event, day = np.nonzero(seen)
    data = pl.DataFrame(
        {
            "symbol": [f"I{k:04d}" for k in event],
            "offer_date": dt.date(2015, 1, 2),
            "event_day": days[day],
            "group": group[event],
            "mood": mood[seen],
        },
        schema_overrides={"offer_date": pl.Date},
    )
    gap = float(before[group == "high"].mean() - before[group == "low"].mean())
    truth = {"high minus low after": 0.05 * lasting * gap, "high minus low before": 0.05 * gap}
    return Drawn({"ipo_days": Sample(data, unit="IPO-sessions")}, {("event_time", t): v for t, v in truth.items()})


def _offers(n: int, n_years: int, n_industries: int, words: str) -> Design:
    specs = Declared("ipo", CROSS)
    offers = Offers(n, n_years, n_industries)
    settings: dict[str, str | int | float] = {"offers": n, "years": n_years, "industries": n_industries}
    return Design(name=f"ipo, {n} offers", words=words, specs=specs, draw=partial(draw_offers, offers=offers, specs=specs),
                  settings=settings)  # fmt: skip


_TIME: Final = Declared("ipo", ("calendar_time",))
_PATHS: Final = Declared("ipo", ("event_time",))
DESIGNS: Final = (
    _offers(60, 4, 6, "Sixty offers in six industries and four years, which share shocks: few IPOs, skewed returns."),
    _offers(200, 8, 12, "Two hundred offers in twelve industries and eight years, which share shocks; skewed returns."),
    _offers(
        800, 12, 12, "Eight hundred offers in twelve industries and twelve years, which share shocks; skewed returns."
    ),
    Design(
        name="ipo, calendar time",
        words="120 months of two portfolios with common noise, other market loadings and a changing number of stocks.",
        specs=_TIME,
        draw=partial(draw_months, n_months=120, alpha=-0.015),
        settings={"months": 120},
    ),
    Design(
        name="ipo, calendar time, 48 months, no alpha",
        words="48 months of the same, with no difference between the portfolios.",
        specs=_TIME,
        draw=partial(draw_months, n_months=48, alpha=0.0),
        settings={"months": 48},
    ),
    Design(
        name="ipo, event time",
        words="80 offers with unequal numbers of days with posts; a third of the mood lasts.",
        specs=_PATHS,
        draw=partial(draw_days, n=80, lasting=0.35),
        settings={"offers": 80},
    ),
    Design(
        name="ipo, event time, nothing lasts",
        words="The same, but the mood after the offer owes nothing to that before.",
        specs=_PATHS,
        draw=partial(draw_days, n=80, lasting=0.0),
        settings={"offers": 80},
    ),
)
