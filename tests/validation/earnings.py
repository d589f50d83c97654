"""Earnings announcements drawn with a known truth: firms of unequal length, announcement days that share shocks."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import partial
from typing import Final

import numpy as np
import polars as pl

from emtract.econometrics.analyses.high_low import high_rows
from emtract.econometrics.regression.sample import estimation_sample
from emtract.econometrics.regression.spec import Spec
from emtract.emotions import EMOTIONS
from emtract.panel.frame import Sample
from tests.validation.declared import Declared
from tests.validation.design import Design, Drawn

#: Per unit of the mood of an announcement: surprise, share of the price; return net of the market, fraction.
SURPRISE: Final = 0.0006
RETURN: Final = -0.006
#: Return per unit of surprise, which the mood before does not tell.
RESPONSE: Final = 2.0
_SD: Final = 0.06
_OTHERS: Final[tuple[str, ...]] = tuple(e for e in EMOTIONS if e not in ("neutral", "happy"))
NAMES: Final = (
    "surprise_happy", "surprise_few_happy", "surprise_few_emotions", "return_happy", "return_few_happy",
    "return_few_emotions", "return_given_happy", "return_industry_happy", "return_by_industry_happy", "groups",
)  # fmt: skip


@dataclass(frozen=True)
class Firms:
    """How many firms announce over how many quarters; a firm is there for a span of them."""

    n: int
    n_quarters: int


def draw(rng: np.random.Generator, *, firms: Firms, specs: Declared) -> Drawn:
    r"""Draw announcements.

    Notes
    -----
    .. math:: SUE_{iq} = \beta m_{iq} + a_i + \tau_q + v_{iq}, \quad
              CAR_{iq} = \gamma m_{iq} + \rho v_{iq} + b_i + \theta_q + c_d + u_{iq}

    with m the mood, which has a lasting part of the firm and a part of the day, and c_d a shock of the session. The
    return net of the industry has no part of the mood; noise is Student's t with five degrees of freedom.
    """
    first = rng.integers(0, firms.n_quarters - 3, size=firms.n)
    last = np.minimum(first + 3 + rng.geometric(4 / firms.n_quarters, size=firms.n), firms.n_quarters)
    firm = np.repeat(np.arange(firms.n), last - first)
    quarter = np.concatenate([np.arange(a, b) for a, b in zip(first, last, strict=True)])
    day = (20 * rng.beta(2, 3, size=len(firm))).astype(int)
    session = quarter * 63 + day
    by_day = rng.standard_normal((2, firms.n_quarters * 63))[:, session]
    by_firm = rng.standard_normal((4, firms.n))[:, firm]
    by_quarter = rng.standard_normal((3, firms.n_quarters))[:, quarter]
    own = rng.standard_normal((2, len(firm)))
    mood = 0.5 * by_firm[0] + 0.4 * by_quarter[0] + 0.4 * by_day[0] + 0.7 * own[0]
    news = 0.003 * rng.standard_t(5, size=len(firm))
    sue = SURPRISE * mood + 0.001 * by_firm[1] + 0.0008 * by_quarter[1] + news
    shared = RESPONSE * news + 0.005 * by_firm[2] + 0.004 * by_quarter[2] + 0.008 * by_day[1]
    noise = 0.045 * rng.standard_t(5, size=(2, len(firm)))
    happy = 0.3 + _SD * mood
    columns: dict[str, np.ndarray] = {
        "sue": sue,
        "car_market": RETURN * mood + shared + noise[0],
        "car_industry": shared + noise[1],
        "happy": happy,
        **{str(e): 0.1 - 0.1 * (happy - 0.3) + 0.03 * rng.standard_normal(len(firm)) for e in _OTHERS},
        "attention": 2 + 0.5 * by_firm[3] + own[1],
        "prior_market": 0.05 * rng.standard_normal(len(firm)),
        "size": 21 + by_firm[3] + 0.2 * rng.standard_normal(len(firm)),
        "log_analysts": np.log1p(rng.poisson(6, size=len(firm))),
        "is_loss": (rng.random(len(firm)) < 0.2).astype(np.float64),
    }
    start = dt.date(2010, 1, 4)
    data = pl.DataFrame(
        {
            "symbol": [f"F{k:04d}" for k in firm],
            "session": [start + dt.timedelta(days=int(s)) for s in session],
            "quarter": [f"quarter {k:03d}" for k in quarter],
            "industry": [f"industry {k % 12}" for k in firm],
            **columns,
        }
    )
    sample = Sample(data, unit="announcements")
    return Drawn({"announcements": sample}, _truth(specs, sample, mood))


def _truth(specs: Declared, sample: Sample, mood: np.ndarray) -> dict[tuple[str, str], float]:
    """Return what each spec estimates, basis points, given the moods that were drawn."""
    truth: dict[tuple[str, str], float] = {}
    slopes = {"sue": SURPRISE, "car_market": RETURN, "car_industry": 0.0}
    for name, spec in specs.items():
        if isinstance(spec, Spec):
            sd = float(np.std(estimation_sample(spec, sample)[0]["happy"].to_numpy(), ddof=1)) / _SD
            slope = slopes[spec.y] - (RESPONSE * SURPRISE if name == "return_given_happy" else 0.0)
            truth |= {(name, term): 1e4 * slope * sd if term == "happy" else 0.0 for term in spec.x}
        else:
            high = high_rows(sample.data["happy"])
            truth[name, "high minus low"] = 1e4 * RETURN * float(mood[high].mean() - mood[~high].mean())
    return truth


def _design(name: str, words: str, firms: Firms) -> Design:
    specs = Declared("earnings", NAMES)
    settings: dict[str, str | int | float] = {"firms": firms.n, "quarters": firms.n_quarters}
    return Design(name=name, words=words, specs=specs, draw=partial(draw, firms=firms, specs=specs), settings=settings)


DESIGNS: Final = (
    _design(
        "earnings",
        "200 firms over 40 quarters, each for a span of them: clusters of unequal size, announcement days in the same fortnight.",
        Firms(200, 40),
    ),
    _design("earnings, 12 quarters", "120 firms over 12 quarters: few quarters and few days.", Firms(120, 12)),
)
