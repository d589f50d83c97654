"""One number with its inference, the row that an outcome shows of it, and several numbers tested together."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final, Self

import numpy as np
import polars as pl
from scipy import stats
from scipy.special import ndtr, ndtri, stdtr, stdtridf, stdtrit

from emtract.errors import EstimationError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import ArrayLike, NDArray

    #: Columns of numbers, and of whole numbers from zero for labels.
    Floats = NDArray[np.float64]
    Codes = NDArray[np.int64]


#: Coverage of the intervals, and the level at which a number counts as significant.
LEVEL: Final = 0.95
#: Ties between a draw and the estimate, such as the draw of ones, count as at least as large.
TIE: Final = 1 - 1e-10
SIGNIFICANCE: Final = 0.05
#: Columns of the estimates of every outcome; a number that does not exist is null.
ESTIMATE_COLUMNS: Final = (
    "term", "estimate", "std_error", "statistic", "p_value", "conf_low", "conf_high", "n_obs",
)  # fmt: skip

EstimateRow = dict[str, float | int | str | None]


def t_test(estimate: Any, std_error: Any, df: float | None, *, level: float = LEVEL) -> dict[str, Any]:
    """Return the test against zero and the interval: `ESTIMATE_COLUMNS` but for term and n_obs.

    Parameters
    ----------
    estimate, std_error
        Numbers, or arrays of one shape, in the same unit.
    df
        Degrees of freedom of the t distribution; None for the normal.
    level
        Coverage of the interval.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        statistic = estimate / std_error
    tail = ndtr(-np.abs(statistic)) if df is None else stdtr(df, -np.abs(statistic))
    half = (ndtri(0.5 + level / 2) if df is None else stdtrit(df, 0.5 + level / 2)) * std_error
    return {
        "estimate": estimate,
        "std_error": std_error,
        "statistic": statistic,
        "p_value": 2 * tail,
        "conf_low": estimate - half,
        "conf_high": estimate + half,
    }


def freedom(row: Mapping[str, Any]) -> float:
    """Return the degrees of freedom that the interval of a row of estimates tells, which does not name them; at least 1."""
    half = (row["conf_high"] - row["conf_low"]) / 2
    return max(1.0, float(stdtridf(0.5 + LEVEL / 2, half / row["std_error"])))


@dataclass(frozen=True)
class Estimate:
    """One number with its inference; `n_obs` counts the rows, or the sessions, behind it."""

    estimate: float
    std_error: float
    statistic: float
    p_value: float
    conf_low: float
    conf_high: float
    n_obs: int

    @classmethod
    def tested(cls, estimate: float, std_error: float, *, df: float | None, n_obs: int) -> Self:
        """Return a number with the test and the interval of `t_test`.

        Parameters
        ----------
        estimate, std_error, df
            As in `t_test`.
        n_obs
            Rows behind the number.
        """
        found = t_test(estimate, std_error, df)
        return cls(**{name: float(number) for name, number in found.items()}, n_obs=n_obs)

    @property
    def significant(self) -> bool:
        """Whether it differs from zero at the 5 per cent level."""
        return self.p_value < SIGNIFICANCE


def estimate_row(term: str, found: Estimate | Mapping[str, float | None], *, n_obs: int | None = None) -> EstimateRow:
    """Return one row of estimates: `ESTIMATE_COLUMNS`, None for what was not found.

    Parameters
    ----------
    term
        Name of the row.
    found
        The number, or what is known of it by the names of the columns.
    n_obs
        Rows behind it, where `found` does not say.
    """
    known = asdict(found) if isinstance(found, Estimate) else found
    return {**dict.fromkeys(ESTIMATE_COLUMNS), "term": term, "n_obs": n_obs, **known}


def t_row(term: str, estimate: float, std_error: float, *, df: float | None, n_obs: int) -> EstimateRow:
    """Return a row of estimates with the t test against zero and the 95 % interval.

    Parameters
    ----------
    term
        Name of the row.
    estimate, std_error
        In the same unit.
    df
        Degrees of freedom of the t distribution; None for infinitely many.
    n_obs
        Rows behind the number.

    Raises
    ------
    EstimationError
        When the standard error is no positive number.
    """
    if not 0 < std_error < float("inf"):
        raise EstimationError(f"the standard error of {term} is not positive: look for a perfect fit or too few rows")
    freedom = float("inf") if df is None else df
    return estimate_row(term, Estimate.tested(estimate, std_error, df=freedom, n_obs=n_obs))


def estimate_frame(found: Mapping[str, Estimate], name: str = "term") -> pl.DataFrame:
    """Return one row an estimate under its name: the columns of `ESTIMATE_COLUMNS`."""
    return pl.DataFrame([{name: term} | asdict(row) for term, row in found.items()])


def false_discovery(p_values: ArrayLike) -> Floats:
    """Return p-values of Benjamini and Hochberg (1995): the smallest false discovery rate at which each would be called."""
    return np.asarray(stats.false_discovery_control(np.asarray(p_values), method="bh"))


def holm(p_values: ArrayLike) -> Floats:
    """Return p-values of Holm (1979): the chance of any false call among them, however they depend on one another."""
    p = np.asarray(p_values, dtype=np.float64)
    order = np.argsort(p)
    adjusted = np.empty(len(p))
    adjusted[order] = np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1))
    return np.minimum(adjusted, 1.0)


def step_down(statistics: Floats, drawn: Floats) -> Floats:
    """Return Romano and Wolf's adjusted p-values of m statistics, given draws of them under the null, shape (draws, m)."""
    size, draws = np.abs(statistics), np.abs(drawn)
    order = np.argsort(-size)
    # Column j: the largest of those that stand at place j or after it.
    largest = np.maximum.accumulate(draws[:, order[::-1]], axis=1)[:, ::-1]
    shares = (1 + (largest >= TIE * size[order]).sum(axis=0)) / (1 + len(draws))
    adjusted = np.empty(len(size))
    adjusted[order] = np.maximum.accumulate(shares)
    return adjusted


def root(matrix: Floats) -> Floats:
    """Return a root of a symmetric matrix, shape (k, k); eigenvalues below zero, as of sums of clusters, are cut to zero."""
    values, vectors = np.linalg.eigh(matrix)
    return np.asarray(vectors * np.sqrt(np.maximum(values, 0.0)))


def draw_statistics(matrix_root: Floats, df: int | None, draws: int, rng: np.random.Generator) -> Floats:
    """Draw t statistics whose correlations have this root.

    Parameters
    ----------
    matrix_root
        R of which R R' are the correlations, shape (k, k); see `root`.
    df
        Degrees of freedom, which all k share; None for normal statistics.
    draws
        Rows of the result.
    rng
        Where they are drawn from.

    Returns
    -------
    NDArray
        Shape (draws, k).
    """
    drawn = rng.standard_normal((draws, len(matrix_root))) @ matrix_root.T
    return drawn if df is None else np.asarray(drawn / np.sqrt(rng.chisquare(df, (draws, 1)) / df))


def correlation(covariance: Floats) -> Floats:
    """Return the correlations of a covariance; eigenvalues below zero, which sums of clusters can have, are cut to zero."""
    sd = np.sqrt(np.diag(covariance))
    values, vectors = np.linalg.eigh(covariance / np.outer(sd, sd))
    positive = (vectors * np.maximum(values, 0)) @ vectors.T
    unit = np.sqrt(np.diag(positive))
    return np.asarray(positive / np.outer(unit, unit))


def largest_t(matrix: Floats, dfs: Sequence[int | None], draws: int, rng: np.random.Generator) -> Floats:
    """Draw the largest absolute value of t statistics with these correlations, shape (draws,).

    Parameters
    ----------
    matrix
        Correlations, shape (k, k).
    dfs
        Degrees of freedom of each statistic; None for a normal one.
    draws, rng
        How many, and where they are drawn from.

    Notes
    -----
    Their law is the multivariate t with the fewest degrees of freedom among them; of one statistic, its own t.
    """
    fewest = min((df for df in dfs if df is not None), default=None)
    return np.asarray(np.abs(draw_statistics(root(matrix), fewest, draws, rng)).max(axis=1))
