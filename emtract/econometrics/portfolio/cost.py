"""What trading a long-short portfolio costs: turnover, net returns, and the cost at which nothing is left."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from emtract.econometrics.portfolio.form import Portfolios
    from emtract.econometrics.portfolio.timing import Returns

#: Every dollar that changes hands pays the cost per side once: a position opened and closed pays it twice.
SIDES: Final = 2.0


def turnover(portfolios: Portfolios, returns: Returns) -> NDArray[np.float64]:
    r"""Return one-way turnover of the lowest and the highest portfolio, shape (T, 2).

    Notes
    -----
    Half of what is traded per dollar of the portfolio. A position from open to close is opened and closed within the
    session: a full round trip, turnover one. A position from close to close is carried into the next one: with target
    weights w and the drifted weights of the session before,

    .. math:: \tau_t = \tfrac12 \sum_i \left| w_{it} - \frac{w_{i,t-1} (1 + r_{it})}{\sum_j w_{j,t-1} (1 + r_{jt})} \right|,

    and where the panel has no portfolio in the next session the position is closed at the end of this one, which is charged
    to it.
    """
    if returns.startswith("return_open_close"):
        return np.ones((len(portfolios.position), 2))
    last = portfolios.returns.shape[1] - 1
    return np.stack([_drifting(portfolios, portfolio) for portfolio in (0, last)], axis=1)


def _drifting(portfolios: Portfolios, portfolio: int) -> NDArray[np.float64]:
    held = portfolios.holdings.filter(portfolios.holdings["portfolio"] == portfolio)
    when, who = (held[name].to_numpy() for name in ("position", "symbol"))
    grown = held["grown"].to_numpy()
    span = int(portfolios.position[-1]) + 2
    drifted = grown / np.bincount(when, weights=grown, minlength=span)[when]
    # A trade is a target weight less the weight that arrived from the session before, firm by firm.
    firms = int(who.max()) + 1
    key = np.concatenate([when * firms + who, (when + 1) * firms + who])
    change = np.concatenate([held["weight"].to_numpy(), -drifted])
    trades, inverse = np.unique(key, return_inverse=True)
    traded = np.abs(np.bincount(inverse, weights=change))
    by_session = np.bincount(trades // firms, weights=traded, minlength=span) / 2
    following = np.append(np.diff(portfolios.position) == 1, False)
    closing = np.where(following, 0.0, by_session[portfolios.position + 1])
    return np.asarray(by_session[portfolios.position] + closing)


def traded_dollars(turned: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return dollars traded a session by one dollar long and one dollar short, shape (T,)."""
    return np.asarray(SIDES * turned.sum(axis=1))
