"""Estimate one spec on one sample: coefficients and an uncorrected covariance, then the scale of `inference`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from emtract.econometrics.newey_west import chosen_lags
from emtract.econometrics.regression.absorb import absorb, choose_engine, low_memory, meat, panel_effects, partial_out
from emtract.econometrics.regression.covariance import (
    check_covariance,
    check_degrees_of_freedom,
    counted_parameters,
    covariance_scale,
    critical_df,
)
from emtract.econometrics.regression.design import build_design, count
from emtract.econometrics.regression.result import Result
from emtract.econometrics.regression.sample import estimation_sample
from emtract.econometrics.regression.spec import KERNELS, columns_of
from emtract.econometrics.regression.wild import is_due, wild_tests
from emtract.errors import AbsorbedError, EstimationError, first_line
from emtract.panel.frame import ENTITY, TIME
from emtract.words.names import term_words

if TYPE_CHECKING:
    import polars as pl

    from emtract.econometrics.estimates import Floats
    from emtract.econometrics.regression.absorb import Library
    from emtract.econometrics.regression.design import Design
    from emtract.econometrics.regression.spec import Spec
    from emtract.econometrics.regression.wild import WildTest
    from emtract.panel.frame import Sample

#: Share of a column's norm below which it counts as explained by effects or other regressors (linearmodels' threshold).
COLLINEAR: Final = 1e-5
#: Smallest eigenvalue of the correlations of regressors from which none can be collinear.
_SAFE: Final = 1e-9
#: Share of the sum of squares of y below which nothing is left of it within the effects, and of what is, by the regressors.
_FLAT: Final = 1e-20


@dataclass(frozen=True)
class _Fit:
    """Coefficients on standardised regressors, shape (k,), their covariance without any factor, and R squared."""

    coefficients: Floats
    covariance: Floats
    r2_within: float


def estimate(spec: Spec, panel: Sample) -> Result:
    r"""Estimate a spec on a sample.

    Parameters
    ----------
    spec
        The regression, fully stated.
    panel
        The sample: the firm-session panel, or rows of any other kind.

    Returns
    -------
    Result
        Coefficients and covariance of ``spec.regressors``; without effects a constant is estimated too, and not
        reported.

    Raises
    ------
    SpecError
        When the spec names columns that the sample lacks (MissingDataError: for want of files).
    EstimationError
        When no row is left, a regressor of interest does not vary within the effects, a regressor is a combination of
        others, a cluster dimension has one cluster, the fit is perfect, or a variance is not positive.

    Notes
    -----
    .. math:: s\, y_{it} = \sum_j \beta_j x_{jit} + \alpha_i + \delta_t + u_{it}

    with s = `y_scale` and, for columns in `standardise`, x replaced by (x - mean) / sd over the rows used (ddof 1,
    after singletons are gone, unweighted). One effect gives the within estimator, none least squares with a constant.
    A control that is constant on the rows used, or that the effects (a characteristic that never changes, beside firm effects) or
    other controls explain, is left out, and named with the reason in the result; a regressor of interest of that kind is an
    error, and so is a control that is a combination of regressors of interest. Inside, every regressor is standardised, so that
    units decide neither precision nor what counts as collinear.

    Examples
    --------
    >>> from emtract import Store, build_panel
    >>> from emtract.study import Spec
    >>> with Store.open("runs/demo/demo.duckdb", read_only=True) as store:
    ...     panel = build_panel(store, scorer="default")
    >>> spec = Spec(
    ...     y="return_open_close",
    ...     x=("valence_market",),
    ...     effects=("symbol", "session"),
    ...     covariance="clustered",
    ...     clusters=("symbol", "session"),
    ...     small_sample="fixest",
    ...     standardise=("valence_market",),
    ...     y_scale=1e4,
    ... )
    >>> result = estimate(spec, panel)
    >>> result.n_obs < panel.data.height
    True
    >>> result.tidy()["term"].to_list()
    ['valence_market']
    """
    try:
        return _estimate(spec, panel)
    except np.linalg.LinAlgError as error:
        raise EstimationError(
            f"{spec.y} on {', '.join(spec.regressors)} has no solution: leave out a regressor, or widen the sample"
        ) from error
    except AbsorbedError as error:
        if error.term not in spec.controls:
            raise
        result = estimate(_without(spec, error.term), panel)
        return replace(result, left_out={error.term: error.why, **result.left_out})


def _without(spec: Spec, control: str) -> Spec:
    kept = tuple(name for name in spec.controls if name != control)
    sources = columns_of((*spec.x, *kept))
    return replace(
        spec,
        controls=kept,
        standardise=tuple(name for name in spec.standardise if name in (*spec.x, *kept, *sources)),
        winsorise=tuple(name for name in spec.winsorise if name in (*sources, spec.y)),
    )


def _estimate(spec: Spec, panel: Sample) -> Result:
    sample, ledger = estimation_sample(spec, panel)
    n_obs = sample.height
    design = build_design(spec, sample)
    del sample
    levels = {name: count(codes) for name, codes in (*design.effects.items(), *design.clusters.items())}
    if design.time is not None:
        levels[spec.time] = count(design.time)
    check_degrees_of_freedom(spec, n_obs, levels)
    n_parameters = counted_parameters(spec, design, levels)
    library, lags = choose_engine(spec, n_obs), _lags(spec, levels)
    by_library = library == "linearmodels" and spec.covariance not in KERNELS
    fitted = _fit_linearmodels(spec, design) if by_library else _fit_within(spec, design, library, lags)
    covariance = fitted.covariance / np.outer(design.unit, design.unit)
    scale = covariance_scale(spec, n_obs, n_parameters, levels)
    covariance *= scale
    check_covariance(spec, covariance)
    return Result(
        spec=spec,
        coefficients=fitted.coefficients / design.unit,
        covariance=covariance,
        critical_df=critical_df(spec, n_obs, n_parameters, levels),
        n_obs=n_obs,
        n_levels=levels,
        r2_within=fitted.r2_within,
        means=design.means,
        sds=design.sds,
        ledger=ledger,
        lags=lags,
        library=library,
        wild=wild_tests(spec, design, library, scale) if is_due(spec, levels) else (),
    )


def _lags(spec: Spec, levels: dict[str, int]) -> int | None:
    if spec.covariance not in KERNELS:
        return None
    lags = chosen_lags(spec.lags, levels[spec.time])
    if lags >= levels[spec.time]:
        raise EstimationError(f"{lags} lags need more than {levels[spec.time]} values of {spec.time}: name fewer lags")
    return lags


def _fit_linearmodels(spec: Spec, design: Design) -> _Fit:
    """Fit standardised regressors with PanelOLS, every finite-sample adjustment off."""
    import pandas as pd
    from linearmodels.panel import PanelOLS
    from linearmodels.panel.utility import AbsorbingEffectError

    names = list(spec.regressors)
    index, effects = panel_effects(design)
    y = pd.DataFrame({"outcome": design.y}, index=index)
    z = pd.DataFrame(design.z, index, names)
    weights = None if design.weights is None else pd.DataFrame({"weights": design.weights}, index=index)
    clusters = {"clusters": pd.DataFrame(dict(design.clusters), index=index)} if design.clusters else {}
    regressors = z if effects else z.assign(constant=1.0)
    try:
        fitted = PanelOLS(y, regressors, weights=weights, **effects).fit(
            low_memory=low_memory(design),
            cov_type=spec.covariance,
            debiased=False,
            auto_df=False,
            count_effects=False,
            **clusters,
        )
    except (AbsorbingEffectError, ValueError) as error:
        _check_rank(spec, design, absorb(design.z, design, "linearmodels"))
        raise EstimationError(f"linearmodels refused the sample: {first_line(error)}") from error
    _check_outcome(spec, fitted.total_ss, design)
    _check_fit(spec, float(fitted.resid_ss), float(fitted.total_ss))
    return _Fit(fitted.params[names].to_numpy(), fitted.cov.loc[names, names].to_numpy(), float(fitted.rsquared))


def _fit_within(spec: Spec, design: Design, library: Library, lags: int | None) -> _Fit:
    """Least squares on what a library leaves of outcome and regressors, and the sandwich of its scores."""
    within = partial_out(design, library)
    gram = within.x.T @ within.x
    size = np.sqrt(np.diag(gram))
    absorbed = size < COLLINEAR * np.sqrt(len(within.y))
    if absorbed.any() or np.linalg.eigvalsh(gram / np.outer(size, size))[0] < _SAFE:
        _check_rank(spec, design, within.x)
    total = float(within.y @ within.y)
    _check_outcome(spec, total, design)
    bread = np.linalg.inv(gram)
    coefficients = bread @ (within.x.T @ within.y)
    residuals = within.y - within.x @ coefficients
    left = float(residuals @ residuals)
    _check_fit(spec, left, total)
    if spec.covariance == "unadjusted":
        return _Fit(coefficients, bread * left / len(residuals), 1 - left / total)
    scores = np.multiply(within.x, residuals[:, None], out=within.x)
    middle = meat(spec, design, scores, lags)
    return _Fit(coefficients, bread @ middle @ bread, 1 - left / total)


def _check_outcome(spec: Spec, total: float, design: Design) -> None:
    if not total > _FLAT * float(design.y @ design.y):
        raise EstimationError(f"{spec.y} does not vary within {' and '.join(spec.effects) or 'the sample'}")


def _check_fit(spec: Spec, left: float, total: float) -> None:
    """Refuse residuals that are rounding alone: their standard errors would be too."""
    if not left > _FLAT * total:
        told = f"{spec.y} is a combination of {', '.join(spec.regressors)}"
        within = f" and effects of {' and '.join(spec.effects)}" if spec.effects else ""
        raise EstimationError(f"{told}{within}: a perfect fit has no standard errors; leave out what makes it up")


def _check_rank(spec: Spec, design: Design, after: Floats) -> None:
    """Name the first regressor that the effects, or the regressors before it, explain."""
    weights = 1.0 if design.weights is None else np.sqrt(design.weights / design.weights.mean())[:, None]
    before = design.z * weights
    size = np.linalg.norm(after, axis=0)
    left = np.abs(np.diag(np.linalg.qr(after, mode="r")))
    for j, name in enumerate(spec.regressors):
        if size[j] < COLLINEAR * np.linalg.norm(before[:, j]):
            absorbed = " and ".join(spec.effects)
            message = f"{name} does not vary within {absorbed}: leave it out or absorb fewer effects"
            raise AbsorbedError(message, name, "the effects explain it")
        if left[j] < COLLINEAR * size[j]:
            parts = np.linalg.lstsq(after[:, :j], after[:, j], rcond=None)[0]
            others = [n for n, part in zip(spec.regressors, parts, strict=False) if abs(part) > COLLINEAR]
            message = f"{name} is a linear combination of {', '.join(others)}: leave one of them out"
            if name in spec.controls and set(others) <= set(spec.controls):
                words = " and ".join(term_words(other) for other in others)
                raise AbsorbedError(message, name, f"it is a linear combination of {words}")
            raise EstimationError(message)


def wild_sums(result: Result, sample: Sample, weights: Floats) -> tuple[WildTest, ...]:
    """Return the bootstrap test of sums of the coefficients of a result.

    Parameters
    ----------
    result
        Estimated with clusters.
    sample
        What it was estimated on.
    weights
        Weight of each coefficient in each sum, in the units of the spec, shape (m, k).
    """
    spec = result.spec
    design = build_design(spec, estimation_sample(spec, sample)[0])
    counted = counted_parameters(spec, design, result.n_levels)
    scale = covariance_scale(spec, result.n_obs, counted, result.n_levels)
    return wild_tests(spec, design, result.library, scale, combinations=weights)


class Influence(NamedTuple):
    """A result, its rows (symbol, session, clusters), and what each contributes to each coefficient, shape (n, k)."""

    result: Result
    rows: pl.DataFrame
    psi: Floats


def influence(spec: Spec, sample: Sample) -> Influence:
    r"""Estimate a spec and return the influence of each row on its coefficients.

    Notes
    -----
    .. math:: \psi_i = \sqrt{c}\, (X'X)^{-1} x_i u_i

    with x and y less their effects and c the finite-sample factor of the spec, so that the covariance that the spec asks for is
    the covariance of sums of :math:`\psi` over its clusters or kernel, to the last digit.
    """
    result = estimate(spec, sample)
    spec = result.spec
    data, _ = estimation_sample(spec, sample)
    design = build_design(spec, data)
    within = partial_out(design, result.library)
    residuals = within.y - within.x @ (result.coefficients * design.unit)
    psi = np.linalg.solve(within.x.T @ within.x, (within.x * residuals[:, None]).T).T / design.unit
    plain = meat(spec, design, psi, result.lags)
    keys = dict.fromkeys((ENTITY, TIME, *columns_of(spec.clusters)))
    return Influence(result, data.select(*keys), psi * np.sqrt(result.covariance[0, 0] / plain[0, 0]))
