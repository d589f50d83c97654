"""Estimate one spec on one panel: effects out, least squares, linearmodels' covariance, the scale of `inference`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from linearmodels.panel.covariance import ClusteredCovariance, HeteroskedasticCovariance, HomoskedasticCovariance

from emtract.econometrics.absorb import within
from emtract.econometrics.inference import (
    check_covariance,
    check_degrees_of_freedom,
    counted_parameters,
    covariance_scale,
    critical_df,
)
from emtract.econometrics.results import Result
from emtract.econometrics.sample import estimation_sample
from emtract.errors import EstimationError

if TYPE_CHECKING:
    import polars as pl
    from numpy.typing import NDArray

    from emtract.econometrics.spec import Spec
    from emtract.panel.frame import Panel

#: Share of a column's norm below which it counts as explained by effects or other regressors (linearmodels' threshold).
COLLINEAR: Final = 1e-5


def estimate(spec: Spec, panel: Panel) -> Result:
    r"""Estimate a spec on a panel.

    Parameters
    ----------
    spec
        The regression, fully stated.
    panel
        The firm-session panel.

    Returns
    -------
    Result
        Coefficients and covariance of ``spec.regressors``; without effects a constant is estimated too, and not
        reported.

    Raises
    ------
    SpecError
        When the spec names columns that the panel lacks.
    EstimationError
        When no row is left, a regressor does not vary within the effects or is a combination of others, a cluster
        dimension has one cluster, or a variance is not positive.

    Notes
    -----
    .. math:: s\, y_{it} = \sum_j \beta_j x_{jit} + \alpha_i + \delta_t + u_{it}

    with s = `y_scale` and, for columns in `standardise`, x replaced by (x - mean) / sd over the rows used (ddof 1,
    after singletons are gone, unweighted). One effect gives the within estimator, none least squares with a constant.
    Inside, every regressor is standardised, so that units decide neither precision nor what counts as collinear.
    """
    sample, ledger = estimation_sample(spec, panel)
    levels = {column: sample[column].n_unique() for column in dict.fromkeys((*spec.effects, *spec.clusters))}
    n_obs = sample.height
    check_degrees_of_freedom(spec, n_obs, levels)
    n_parameters = counted_parameters(spec, sample, levels)
    x = sample.select(spec.regressors).to_numpy()
    means, sds = x.mean(axis=0), x.std(axis=0, ddof=1)
    y, z = _transform(spec, sample, means, sds)
    slopes = np.asarray(np.linalg.lstsq(z, y, rcond=None)[0], dtype=np.float64)
    unit = np.where(np.isin(spec.regressors, spec.standardise), 1.0, sds)
    covariance = _covariance(spec, sample, y, z, slopes) / np.outer(unit, unit)
    covariance *= covariance_scale(spec, n_obs, n_parameters, levels)
    check_covariance(spec, covariance)
    residuals = y - z @ slopes
    return Result(
        spec=spec,
        coefficients=slopes[:, 0] / unit,
        covariance=covariance,
        critical_df=critical_df(spec, n_obs, n_parameters, levels),
        n_obs=n_obs,
        n_levels=levels,
        r2_within=float(1 - (residuals**2).sum() / (y**2).sum()),
        means=means,
        sds=sds,
        ledger=ledger,
    )


def _transform(
    spec: Spec, sample: pl.DataFrame, means: NDArray[np.float64], sds: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Scale y, standardise x, take effects out and multiply by root weights: shapes (n, 1) and (n, k)."""
    flat = ~(sds > 1e-12 * np.abs(means))
    if flat.any():
        names = ", ".join(np.asarray(spec.regressors)[flat])
        raise EstimationError(f"{names} does not vary in the sample: leave it out or widen the sample")
    y = sample.select(spec.y).to_numpy() * spec.y_scale
    z = (sample.select(spec.regressors).to_numpy() - means) / sds
    weights = None if spec.weights is None else sample[spec.weights].to_numpy()
    root = np.sqrt(np.ones(len(z)) if weights is None else weights / weights.mean())[:, None]
    centred = y - y.mean()
    both = within(np.column_stack([centred, z]), [_codes(sample[e]) for e in spec.effects], weights=weights) * root
    if np.linalg.norm(both[:, 0]) <= 1e-10 * np.linalg.norm(root * y):
        raise EstimationError(f"{spec.y} does not vary within {' and '.join(spec.effects) or 'the sample'}")
    _check_rank(spec, root * z, both[:, 1:])
    return both[:, :1], both[:, 1:]


def _covariance(
    spec: Spec, sample: pl.DataFrame, y: NDArray[np.float64], z: NDArray[np.float64], slopes: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Covariance of standardised slopes without any finite-sample correction."""
    arrays = (y, z, slopes, None, None)
    if spec.covariance == "unadjusted":
        return np.asarray(HomoskedasticCovariance(*arrays).cov)
    if spec.covariance == "robust":
        return np.asarray(HeteroskedasticCovariance(*arrays).cov)
    columns = [_codes(sample[column]) for column in spec.clusters]
    if len(columns) == 2 and not sample.select(spec.clusters).is_duplicated().any():
        # clusters of one row each: their covariance is the heteroskedastic one, without a loop over rows
        first, second = (ClusteredCovariance(*arrays, clusters=column).cov for column in columns)
        return np.asarray(first + second - HeteroskedasticCovariance(*arrays).cov)
    return np.asarray(ClusteredCovariance(*arrays, clusters=np.column_stack(columns)).cov)


def _check_rank(spec: Spec, before: NDArray[np.float64], after: NDArray[np.float64]) -> None:
    """Name the first regressor that the effects, or the regressors before it, explain."""
    size = np.linalg.norm(after, axis=0)
    left = np.abs(np.diag(np.linalg.qr(after, mode="r")))
    for j, name in enumerate(spec.regressors):
        if size[j] < COLLINEAR * np.linalg.norm(before[:, j]):
            absorbed = " and ".join(spec.effects)
            raise EstimationError(f"{name} does not vary within {absorbed}: leave it out or absorb fewer effects")
        if left[j] < COLLINEAR * size[j]:
            parts = np.linalg.lstsq(after[:, :j], after[:, j], rcond=None)[0]
            others = ", ".join(n for n, part in zip(spec.regressors, parts, strict=False) if abs(part) > COLLINEAR)
            raise EstimationError(f"{name} is a linear combination of {others}: leave one of them out")


def _codes(column: pl.Series) -> NDArray[np.int64]:
    return (column.rank("dense") - 1).to_numpy().astype(np.int64)
