"""Several coefficients of one regression tested at once: p-values that hold for the family."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
import polars as pl

from emtract.errors import EstimationError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from emtract.econometrics.results import Result

Adjustment = Literal["romano_wolf", "benjamini_hochberg"]
#: Words of a table's note.
ADJUSTMENTS: dict[Adjustment, str] = {
    "romano_wolf": "the step-down of Romano and Wolf (2005), which bounds the chance of any false rejection",
    "benjamini_hochberg": "Benjamini and Hochberg (1995), which bounds the share of false rejections",
}


def adjust(
    result: Result, terms: Sequence[str], method: Adjustment, *, draws: int = 9999, seed: int = 0
) -> pl.DataFrame:
    r"""Adjust the p-values of several regressors for being tested together, e.g. six emotions.

    Parameters
    ----------
    result
        The estimated regression.
    terms
        The family: regressors of the spec.
    draws, seed
        Of `romano_wolf`.

    Returns
    -------
    pl.DataFrame
        One row a term, in the order given: term, p_value, p_adjusted.

    Raises
    ------
    EstimationError
        When a term is no regressor of the spec.

    Notes
    -----
    Romano-Wolf bootstraps the scores of clusters with normal weights: :math:`\beta^* - \hat\beta = (X'X)^{-1} \sum_g v_g s_g`
    with :math:`v_g \sim N(0, 1)`. Given the sample that is a normal draw with the clustered covariance, so it is drawn as one
    (which serves two-way clusters and kernels too; a covariance that is not positive semi-definite loses its negative
    part), over the root of a chi-square where critical values are of t. For the ordered statistics
    :math:`|t_{(1)}| \ge |t_{(2)}| \ge \dots` the adjusted p-value of place j is the largest up to j of
    :math:`P(\max_{i \ge j} |t^*_{(i)}| \ge |t_{(j)}|)`, the sample counted among the draws.
    """
    regressors = result.spec.regressors
    if strays := [term for term in terms if term not in regressors]:
        raise EstimationError(f"no regressor {', '.join(strays)}: the spec has {', '.join(regressors)}")
    places = [regressors.index(term) for term in terms]
    table = result.tidy()[places]
    p_values = table["p_value"].to_numpy()
    if method == "benjamini_hochberg":
        from scipy.stats import false_discovery_control

        adjusted = np.asarray(false_discovery_control(p_values))
    else:
        covariance = result.covariance[np.ix_(places, places)]
        drawn = _draw_statistics(covariance, result.critical_df, draws, np.random.default_rng(seed))
        adjusted = step_down(table["statistic"].to_numpy(), drawn)
    return pl.DataFrame({"term": list(terms), "p_value": p_values, "p_adjusted": adjusted})


def step_down(statistics: NDArray[np.float64], drawn: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return Romano and Wolf's adjusted p-values of m statistics, given draws of them under the null, shape (draws, m)."""
    size, draws = np.abs(statistics), np.abs(drawn)
    order = np.argsort(-size)
    # Column j: the largest of those that stand at place j or after it.
    largest = np.maximum.accumulate(draws[:, order[::-1]], axis=1)[:, ::-1]
    shares = (1 + (largest >= size[order]).sum(axis=0)) / (1 + len(draws))
    adjusted = np.empty(len(size))
    adjusted[order] = np.maximum.accumulate(shares)
    return adjusted


def _draw_statistics(
    covariance: NDArray[np.float64], df: int | None, draws: int, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Draw t statistics under the null, shape (draws, m)."""
    errors = np.sqrt(np.diag(covariance))
    values, vectors = np.linalg.eigh(covariance / np.outer(errors, errors))
    root = vectors * np.sqrt(np.maximum(values, 0.0))
    root /= np.linalg.norm(root, axis=1, keepdims=True)
    drawn = rng.standard_normal((draws, len(errors))) @ root.T
    return drawn if df is None else np.asarray(drawn / np.sqrt(rng.chisquare(df, (draws, 1)) / df))
