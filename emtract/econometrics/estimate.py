"""Estimate one spec on one panel: linearmodels' PanelOLS without corrections, then the scale of `inference`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
from linearmodels.panel import PanelOLS
from linearmodels.panel.data import PanelData
from linearmodels.panel.utility import AbsorbingEffectError

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
from emtract.panel.frame import ENTITY, TIME

if TYPE_CHECKING:
    import polars as pl
    from numpy.typing import NDArray

    from emtract.econometrics.spec import Spec
    from emtract.panel.frame import Sample

#: Share of a column's norm below which it counts as explained by effects or other regressors (linearmodels' threshold).
COLLINEAR: Final = 1e-5
#: Share of the sum of squares of y below which nothing is left of it within the effects.
_FLAT: Final = 1e-20
_OUTCOME: Final = "outcome"
_CONSTANT: Final = "constant"


def estimate(spec: Spec, panel: Sample) -> Result:
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
    fitted = _fit(spec, sample, means, sds)
    unit = np.where(np.isin(spec.regressors, spec.standardise), 1.0, sds)
    names = list(spec.regressors)
    covariance = fitted.cov.loc[names, names].to_numpy() / np.outer(unit, unit)
    covariance *= covariance_scale(spec, n_obs, n_parameters, levels)
    check_covariance(spec, covariance)
    return Result(
        spec=spec,
        coefficients=fitted.params[names].to_numpy() / unit,
        covariance=covariance,
        critical_df=critical_df(spec, n_obs, n_parameters, levels),
        n_obs=n_obs,
        n_levels=levels,
        r2_within=float(fitted.rsquared),
        means=means,
        sds=sds,
        ledger=ledger,
    )


def _fit(spec: Spec, sample: pl.DataFrame, means: NDArray[np.float64], sds: NDArray[np.float64]) -> Any:
    """Fit standardised regressors with linearmodels, every finite-sample adjustment off."""
    flat = ~(sds > 1e-12 * np.abs(means))
    if flat.any():
        names = ", ".join(np.asarray(spec.regressors)[flat])
        raise EstimationError(f"{names} does not vary in the sample: leave it out or widen the sample")
    index = pd.MultiIndex.from_arrays([_codes(sample[ENTITY]), _codes(sample[TIME])])
    y = pd.DataFrame({_OUTCOME: sample[spec.y].to_numpy() * spec.y_scale}, index=index)
    z = pd.DataFrame((sample.select(spec.regressors).to_numpy() - means) / sds, index, list(spec.regressors))
    weights = None if spec.weights is None else pd.DataFrame({"weights": sample[spec.weights].to_numpy()}, index=index)
    clusters = pd.DataFrame({column: _codes(sample[column]) for column in spec.clusters}, index=index)
    within = {"entity_effects": ENTITY in spec.effects, "time_effects": TIME in spec.effects}
    design = z if spec.effects else z.assign(**{_CONSTANT: 1.0})
    try:
        fitted = PanelOLS(y, design, weights=weights, **within).fit(
            cov_type=spec.covariance,
            debiased=False,
            auto_df=False,
            count_effects=False,
            **({"clusters": clusters} if spec.clusters else {}),
        )
    except (AbsorbingEffectError, ValueError) as error:
        _check_rank(spec, z, weights)
        raise EstimationError(f"linearmodels refused the sample: {str(error).strip().splitlines()[0]}") from error
    if not fitted.total_ss > _FLAT * float((y**2).sum().iloc[0]):
        raise EstimationError(f"{spec.y} does not vary within {' and '.join(spec.effects) or 'the sample'}")
    return fitted


def _check_rank(spec: Spec, z: pd.DataFrame, weights: pd.DataFrame | None) -> None:
    """Name the first regressor that the effects, or the regressors before it, explain."""
    group = {0: None, 1: "entity" if ENTITY in spec.effects else "time", 2: "both"}[len(spec.effects)]
    scale = None if weights is None else PanelData(weights / weights.mean())
    after = z.to_numpy() if group is None else PanelData(z).demean(group, weights=scale).values2d
    before = z.to_numpy() if scale is None else z.to_numpy() * np.sqrt(scale.values2d)
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
