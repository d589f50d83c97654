"""A GARCH variance with exogenous regressors, as a volatility process of `arch`, which has none of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
from arch.univariate import GARCH

if TYPE_CHECKING:
    from emtract.econometrics.estimates import Floats

#: Bound on a coefficient: a regressor of unit variance moves the variance by at most a factor of e to the fifth.
BOUND: Final = 5.0
#: (alpha, beta) from which the likelihood is climbed: from no memory to variances that hardly return.
_GRID: Final = ((0.02, 0.1), (0.3, 0.1), (0.1, 0.5), (0.05, 0.9), (0.02, 0.97))


class ScaledGARCH(GARCH):  # type: ignore[misc]  # arch has no types
    r"""GARCH(p, q) of returns over a scale that regressors move.

    Parameters
    ----------
    x
        Regressors, shape (n, k): one row a return of the series that is fitted.

    Notes
    -----
    .. math:: e_t = \sqrt{h_t} z_t, \quad h_t = \exp(x_t' \gamma)\, g_t, \quad
              g_t = \omega + \alpha\, e_{t-1}^2 / \exp(x_{t-1}' \gamma) + \beta\, g_{t-1}

    The variance is positive whatever the sign of the coefficients, and :math:`\gamma` reads as log points of variance per unit
    of x. With :math:`\gamma = 0` it is the GARCH model that it inherits from.
    """

    def __init__(self, x: Floats, p: int = 1, q: int = 1) -> None:
        super().__init__(p=p, o=0, q=q)
        self.x = np.ascontiguousarray(x, dtype=np.float64)
        self._num_params += self.x.shape[1]
        self._name = "GARCH with a scale"

    def _split(self, parameters: Any) -> tuple[Any, Floats]:
        k = 1 + self.p + self.q
        scale: Floats = np.exp(self.x @ np.asarray(parameters[k:]))
        return np.ascontiguousarray(parameters[:k]), scale

    def compute_variance(self, parameters: Any, resids: Any, sigma2: Any, backcast: Any, var_bounds: Any) -> Any:
        """Fill `sigma2` with the conditional variances; see `arch.univariate.GARCH.compute_variance`.

        Parameters
        ----------
        parameters
            Omega, p alphas, q betas, then k coefficients of x: shape (1 + p + q + k,).
        resids
            Residuals of the mean, shape (n,).
        sigma2
            Shape (n,); overwritten with the variances, in squared units of the residuals.
        backcast
            Value of g, and of squared scaled residuals, before the first row.
        var_bounds
            Least and largest value of g in each row, shape (n, 2).

        Returns
        -------
        NDArray
            `sigma2`.
        """
        own, scale = self._split(parameters)
        super().compute_variance(own, resids / np.sqrt(scale), sigma2, backcast, var_bounds)
        sigma2 *= scale
        return sigma2

    def starting_values(self, resids: Any) -> Any:
        """Start from a plain GARCH and no effect of x."""
        plain = GARCH(p=self.p, o=0, q=self.q).starting_values(resids)
        return np.concatenate([plain, np.zeros(self.x.shape[1])])

    def starts(self, resids: Any) -> list[Floats]:
        """Return points from which to climb the likelihood, beside `starting_values`.

        Notes
        -----
        The grid crosses reactions and persistences with two guesses at the coefficients of x: none, and the coefficients of least
        squares of log squared returns (Harvey 1976), which are consistent where x alone moves the variance.
        """
        squares = np.asarray(resids, dtype=np.float64) ** 2
        logs = np.log(np.maximum(squares, 1e-4 * squares.mean()))
        guess = np.linalg.lstsq(self.x, logs - logs.mean(), rcond=None)[0]
        found = []
        for gamma in (np.zeros(self.x.shape[1]), np.clip(guess, -1.0, 1.0)):
            level = float((squares / np.exp(self.x @ gamma)).mean())
            for alpha, beta in _GRID if self.q else [(a, 0.0) for a in sorted({a for a, _ in _GRID})]:
                lags = [alpha / self.p] * self.p + ([beta / self.q] * self.q if self.q else [])
                found.append(np.array([level * (1 - alpha - beta), *lags, *gamma]))
        return found

    def bounds(self, resids: Any) -> list[tuple[float, float]]:
        """Bound the coefficients of x on both sides."""
        return [*super().bounds(resids), *([(-BOUND, BOUND)] * self.x.shape[1])]

    def constraints(self) -> tuple[Any, Any]:
        """Constrain the GARCH part as `arch` does, and x not at all."""
        a, b = super().constraints()
        return np.hstack([a, np.zeros((a.shape[0], self.x.shape[1]))]), b

    def parameter_names(self) -> list[str]:
        """Name the coefficients of x by their position."""
        return [*super().parameter_names(), *(f"x[{j}]" for j in range(self.x.shape[1]))]
