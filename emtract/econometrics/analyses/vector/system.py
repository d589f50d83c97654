"""The numbers of a vector autoregression: lags that respect gaps, equations by least squares, responses to shocks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import polars as pl

from emtract.errors import EstimationError
from emtract.panel.frame import TIME

if TYPE_CHECKING:
    from collections.abc import Sequence

    from emtract.econometrics.estimates import Floats


NUMBER: Final = "number"


class Lagged(NamedTuple):
    """Rows of a vector autoregression.

    Attributes
    ----------
    y
        Shape (n, k).
    z
        Constant, exogenous columns, then the k variables at lag 1, at lag 2, ...: shape (n, 1 + m + k p).
    sessions
        Of the rows.
    lags, exogenous
        p and m.
    """

    y: Floats
    z: Floats
    sessions: pl.Series
    lags: int
    exogenous: int

    @property
    def first(self) -> int:
        """Position of the first lag among the columns of z."""
        return 1 + self.exogenous

    def positions(self, variable: int) -> list[int]:
        """Positions in z of the lags of a variable."""
        k = self.y.shape[1]
        return [self.first + lag * k + variable for lag in range(self.lags)]


def lagged(data: pl.DataFrame, variables: Sequence[str], lags: int, exogenous: Sequence[str] = ()) -> Lagged:
    """Return the rows whose variables are known on their session and on each of the `lags` sessions before it.

    Parameters
    ----------
    data
        Rows with session and number, where numbers that differ by one are consecutive sessions.
    variables
        The k columns of the system, floats, in the order of its shocks.
    lags
        Sessions back, p of them.
    exogenous
        The m columns of the same session that stand in every equation.
    """
    known = data.select(TIME, NUMBER, *variables, *exogenous).sort(NUMBER)
    made = known
    for lag in range(1, lags + 1):
        before = known.select(pl.col(NUMBER) + lag, *(pl.col(v).alias(f"{v} {lag}") for v in variables))
        made = made.join(before, on=NUMBER, how="left", maintain_order="left")
    made = made.drop_nulls()
    names = [f"{v} {lag}" for lag in range(1, lags + 1) for v in variables]
    z = np.column_stack([np.ones(made.height), made.select(*exogenous, *names).to_numpy()])
    return Lagged(made.select(variables).to_numpy(), z, made[TIME], lags, len(exogenous))


def coefficients(rows: Lagged) -> Floats:
    """Least squares of each variable on z, shape (columns of z, k)."""
    solution, _, rank, _ = np.linalg.lstsq(rows.z, rows.y, rcond=None)
    if rank < rows.z.shape[1]:
        raise EstimationError(
            "the lags are linear combinations of one another: leave a variable out (the seven emotions sum to one), or lags"
        )
    return np.asarray(solution)


def innovations(rows: Lagged, b: Floats) -> tuple[Floats, Floats]:
    """Residuals, shape (n, k), and their covariance over n less the columns of z, shape (k, k)."""
    u = rows.y - rows.z @ b
    return u, u.T @ u / (len(u) - rows.z.shape[1])


def responses(rows: Lagged, b: Floats, sigma: Floats, horizons: int) -> Floats:
    r"""Return orthogonalised impulse responses, shape (horizons + 1, k, k): row variable to a shock in the column's.

    Parameters
    ----------
    rows
        The system, for its number of lags and of exogenous columns.
    b
        Coefficients, shape (columns of z, k).
    sigma
        Covariance of the innovations, shape (k, k).
    horizons
        Last session after the shock; the first matrix is for the shock's own session.

    Notes
    -----
    :math:`\Theta_h = \Phi_h P D^{-1}` with :math:`\Phi_h` the moving-average matrices, P the lower Cholesky factor of
    the innovations' covariance and D its diagonal: a shock raises its own variable by one unit, moves variables
    after it at once, and variables before it only later. Times D, which `shock_sizes` gives, it is the response to one standard
    deviation.
    """
    from statsmodels.tsa.vector_ar.var_model import ma_rep

    k = rows.y.shape[1]
    dynamics = b[rows.first :].reshape(rows.lags, k, k).swapaxes(1, 2)
    return np.asarray(ma_rep(dynamics, horizons) @ (np.linalg.cholesky(sigma) / shock_sizes(sigma)))


def shock_sizes(sigma: Floats) -> Floats:
    """Return the standard deviation of each orthogonalised shock, shape (k,)."""
    return np.asarray(np.diag(np.linalg.cholesky(sigma)))


def block_bootstrap(rows: Lagged, horizons: int, *, block: int, replications: int, rng: np.random.Generator) -> Floats:
    """Return the responses of data sets made of random blocks of rows, shape (replications, horizons + 1, k, k).

    Parameters
    ----------
    rows
        The system that was estimated, n rows.
    horizons
        Last session after the shock.
    block
        Consecutive rows that are drawn together, 1 to n.
    replications
        Data sets, each of n rows.
    rng
        Draws the first row of each block, every one as likely.

    Raises
    ------
    EstimationError
        When the columns of a drawn data set are collinear.

    Notes
    -----
    A row is a session's variables with their lags; blocks of consecutive rows keep the dependence of volatility that a
    bootstrap of single residuals, and a wild one, destroy (Brueggemann, Jentsch and Trenkler 2016). Long blocks leave few
    of them, and errors that are too small.
    """
    n = len(rows.y)
    starts = rng.integers(0, n - block + 1, size=(replications, -(-n // block)))
    made = []
    for drawn in starts:
        chosen = (drawn[:, None] + np.arange(block)).ravel()[:n]
        again = rows._replace(y=rows.y[chosen], z=rows.z[chosen])
        b = coefficients(again)
        made.append(responses(again, b, innovations(again, b)[1], horizons))
    return np.stack(made)


def criteria(data: pl.DataFrame, variables: Sequence[str], most: int, exogenous: Sequence[str] = ()) -> pl.DataFrame:
    r"""Return information criteria of 1 to `most` lags on the same rows.

    Parameters
    ----------
    data, variables, exogenous
        As in `lagged`.
    most
        Largest number of lags; rows are those that have all of them.

    Returns
    -------
    pl.DataFrame
        lags, aic, bic, hqic; of each criterion the smallest value is best.

    Raises
    ------
    EstimationError
        When the lags are collinear.

    Notes
    -----
    .. math:: \ln |\tilde\Sigma_p| + \frac{c_n}{n} k (k p + m + 1), \quad c_n = 2, \ln n, 2 \ln \ln n
    """
    full = lagged(data, variables, most, exogenous)
    n, k = full.y.shape
    out = []
    for p in range(1, most + 1):
        rows = full._replace(z=full.z[:, : full.first + k * p], lags=p)
        u = innovations(rows, coefficients(rows))[0]
        log_det = float(np.linalg.slogdet(u.T @ u / n)[1])
        size = k * rows.z.shape[1]
        penalties = {"aic": 2.0, "bic": float(np.log(n)), "hqic": 2 * float(np.log(np.log(n)))}
        out.append({"lags": p} | {name: log_det + c * size / n for name, c in penalties.items()})
    return pl.DataFrame(out)
