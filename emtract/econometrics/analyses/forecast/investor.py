"""What forecasts would have been worth to an investor who weighs mean against variance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from emtract.econometrics.newey_west import mean_of
from emtract.errors import SpecError

if TYPE_CHECKING:
    from emtract.econometrics.estimates import Codes, Estimate, Floats

_BASIS_POINT: Final = 1e-4
_PER_CENT: Final = 100.0


@dataclass(frozen=True, kw_only=True)
class Investor:
    r"""An investor with mean-variance utility, who holds a share of wealth in the asset and the rest in cash.

    Attributes
    ----------
    aversion
        Of risk.
    lowest, highest
        Bounds of the share.
    costs
        Basis points of what is traded, per side; the first stands for no costs.
    sessions_per_year
        For annual figures.

    Notes
    -----
    The share is :math:`w = \hat y / (\gamma \hat\sigma^2)` within its bounds, variance from the window. Of several firms, wealth
    is divided in equal parts among those that are forecast in the session, each part between its firm and cash; cash earns
    nothing, and dividing wealth anew among firms is not charged.
    """

    aversion: float = 3.0
    lowest: float = 0.0
    highest: float = 1.5
    costs: tuple[float, ...] = (0.0, 5.0)
    sessions_per_year: int = 252

    def __post_init__(self) -> None:
        if not self.aversion > 0 or not self.lowest < self.highest:
            raise SpecError("an investor needs an aversion above zero, and bounds of which the lower comes first")
        if not self.costs or self.costs[0] != 0 or list(self.costs) != sorted(set(self.costs)):
            raise SpecError("costs must rise from zero: (0.0, 5.0)")

    def describe(self, *, firms: bool = True) -> str:
        """Return every choice in words; wealth is divided where there are several firms to hold."""
        costs = ", ".join(f"{cost:g}" for cost in self.costs)
        divided = "wealth is divided equally among the firms of the session; " if firms else ""
        return (
            f"Investor: the share of wealth in the asset is the forecast over {self.aversion:g} times the variance of the "
            f"window, between {self.lowest:g} and {self.highest:g}, the rest is cash that earns nothing; {divided}costs "
            f"of {costs} basis points of what is traded, per side, which the investor pays and does not foresee; "
            f"{self.sessions_per_year} sessions a year."
        )


@dataclass(frozen=True)
class Account:
    """What an investor holds and earns, by session.

    Attributes
    ----------
    returns
        Before costs, shape (T,).
    traded
        Share of wealth that is bought and sold, shape (T,).
    invested
        Share of wealth in assets, shape (T,).
    """

    returns: Floats
    traded: Floats
    invested: Floats

    def net(self, cost: float) -> Floats:
        """Return returns after a cost in basis points of what is traded."""
        return np.asarray(self.returns - _BASIS_POINT * cost * self.traded)


def shares(investor: Investor, forecasts: Floats, variance: Floats) -> Floats:
    """Return the share of wealth in each asset: the forecast over aversion times variance, within bounds.

    Parameters
    ----------
    investor
        Who holds it.
    forecasts, variance
        Of returns as fractions, shape (m,); an asset that did not vary is held up to a bound, by the sign of its forecast.

    Returns
    -------
    Floats
        Shape (m,).
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        wanted = np.nan_to_num(forecasts / (investor.aversion * variance), nan=0.0, posinf=np.inf, neginf=-np.inf)
    return np.asarray(np.clip(wanted, investor.lowest, investor.highest))


def follow(
    investor: Investor,
    forecasts: Floats,
    variance: Floats,
    returns: Floats,
    *,
    unit: Codes,
    place: Codes,
    closed: bool,
) -> Account:
    r"""Invest by forecasts.

    Parameters
    ----------
    investor
        What is held.
    forecasts, variance, returns
        Of each row, as fractions, shape (m,).
    unit, place
        Firm and session of each row; rows in the order of sessions.
    closed
        Whether a position is closed before the next one opens, as from open to close: then all of it is bought and sold.

    Notes
    -----
    A position that is carried trades :math:`|w_{it} - w_{i,t-1} (1 + r_{i,t-1}) / (1 + w_{i,t-1} r_{i,t-1})|`; where the firm has
    no forecast in the next session it is closed at the end of this one, which is charged to it.
    """
    weight = shares(investor, forecasts, variance)
    traded = 2 * np.abs(weight) if closed else _carried(weight, returns, unit, place)
    session = np.unique(place, return_inverse=True)[1]
    firms = np.bincount(session)
    earned, turned, held = (np.bincount(session, weights=v) / firms for v in (weight * returns, traded, weight))
    return Account(earned, turned, held)


def _carried(weight: Floats, returns: Floats, unit: Codes, place: Codes) -> Floats:
    order = np.lexsort((place, unit))
    w, r = weight[order], returns[order]
    follows = (np.diff(unit[order]) == 0) & (np.diff(place[order]) == 1)
    drifted = w * (1 + r) / (1 + w * r)
    arrived = np.concatenate([[0.0], np.where(follows, drifted[:-1], 0.0)])
    leaves = np.concatenate([~follows, [True]])
    traded = np.empty_like(w)
    traded[order] = np.abs(w - arrived) + np.where(leaves, np.abs(drifted), 0.0)
    return traded


def certainty_equivalent(returns: Floats, aversion: float) -> float:
    """Return the riskless return that an investor would take instead: mean less half of aversion times variance."""
    return float(returns.mean() - aversion / 2 * returns.var())


def gain(investor: Investor, model: Account, benchmark: Account, *, cost: float, lags: int) -> Estimate | None:
    r"""Return what an investor would pay to follow the forecasts instead of the benchmark's, in per cent a year.

    None where both hold the same in every session: nothing.

    Parameters
    ----------
    investor, model, benchmark
        Who invests, and what came of either.
    cost
        Basis points of what is traded, per side.
    lags
        Last lag of the Bartlett kernel.

    Notes
    -----
    The difference of certainty equivalents is the mean of the difference of
    :math:`u_t = r_t - \tfrac{\gamma}{2} (r_t - \bar r)^2`; estimating :math:`\bar r` moves it by less than its error (delta
    method), so that its error is a mean's, by Newey and West.
    """
    utilities = [r - investor.aversion / 2 * (r - r.mean()) ** 2 for r in (model.net(cost), benchmark.net(cost))]
    apart = _PER_CENT * investor.sessions_per_year * (utilities[0] - utilities[1])
    return mean_of(apart, lags=lags) if apart.any() else None
