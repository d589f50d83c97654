"""Who absorbs the effects: linearmodels, or pyfixest where rows are many; both give the same numbers to 1e-8."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np

from emtract.econometrics.regression import covariance as sandwich
from emtract.econometrics.regression.design import combine, count
from emtract.errors import EstimationError, SpecError
from emtract.extras import bring, demand, has
from emtract.panel.frame import ENTITY, TIME

if TYPE_CHECKING:
    import pandas as pd

    from emtract.econometrics.estimates import Floats
    from emtract.econometrics.regression.design import Design
    from emtract.econometrics.regression.spec import Spec

Library = Literal["linearmodels", "pyfixest"]
#: Rows from which `auto` takes pyfixest, if it is installed: there a two-way fit takes linearmodels seconds
#: (reports/benchmarks/panel.md).
MANY_ROWS: Final = 100_000
#: Alternating projections of pyfixest stop when no value moves by more.
_TOLERANCE: Final = 1e-12
#: Cells of a matrix of dummy variables (1 GiB) from which linearmodels is told to do without it.
_CELLS: Final = 2**27


@dataclass(frozen=True)
class Within:
    """Outcome and regressors without effects (or mean), times the root of the weights.

    Attributes
    ----------
    y, x
        Shapes (n,) and (n, k).
    """

    y: Floats
    x: Floats


def choose_engine(spec: Spec, n_rows: int) -> Library:
    """Return the library that a spec is fitted with on so many rows.

    Raises
    ------
    SpecError
        When the spec needs pyfixest, and it is not installed.
    """
    installed = has("pyfixest")
    needed = spec.engine == "pyfixest" or len(spec.effects) > 2
    if needed:
        why = "engine='pyfixest'" if spec.engine == "pyfixest" else "more than two effects"
        demand("large", why, error=SpecError)
    wanted = needed or (spec.engine == "auto" and n_rows >= MANY_ROWS)
    return "pyfixest" if wanted and installed else "linearmodels"


def absorb(values: Floats, design: Design, library: Library) -> Floats:
    """Take effects out of columns (their mean without effects), and multiply by the root of the weights.

    Parameters
    ----------
    values
        Shape (n, m), not yet weighted.
    design
        Its effects and weights, of the same n rows.
    library
        Which library absorbs; see `choose_engine`.

    Returns
    -------
    NDArray
        Shape (n, m). Weights are divided by their mean first.

    Raises
    ------
    EstimationError
        When alternating projections do not converge.
    SpecError
        When pyfixest is asked for and not installed.
    """
    if library == "linearmodels":
        return _absorb_slowly(values, design)
    demean = bring("large", "this regression", "pyfixest.core", error=SpecError).demean
    levels = list(design.effects.values()) or [np.zeros(len(values), dtype=np.int64)]
    weights = np.ones(len(values)) if design.weights is None else design.weights / design.weights.mean()
    flat = np.column_stack(levels).astype(np.uint64)
    within, converged = demean(values, flat, weights, tol=_TOLERANCE)
    if not converged:
        # The tolerance is absolute: rounding of large numbers never falls below it.
        size = np.maximum(np.abs(values).max(axis=0), np.finfo(float).tiny)
        within, converged = demean(values / size, flat, weights, tol=_TOLERANCE)
        within = within * size
    if not converged:
        raise EstimationError(f"{' and '.join(design.effects)} could not be absorbed: absorb fewer effects")
    return np.asarray(within) if design.weights is None else np.asarray(within * np.sqrt(weights)[:, None])


def partial_out(design: Design, library: Library) -> Within:
    """Absorb the effects of a design from its outcome and regressors."""
    within = absorb(np.column_stack([design.y, design.z]), design, library)
    return Within(within[:, 0], within[:, 1:])


def meat(spec: Spec, design: Design, scores: Floats, lags: int | None) -> Floats:
    """Return the middle of the sandwich that a spec asks for (`unadjusted` has none).

    Parameters
    ----------
    spec
        Its covariance.
    design
        Clusters, times and entities of the n rows.
    scores
        Residual times regressors without effects, weights included, shape (n, k).
    lags
        Last lag of a kernel; None for a covariance without one.

    Returns
    -------
    NDArray
        Shape (k, k), without any finite-sample factor.
    """
    if spec.covariance == "clustered":
        return sandwich.clustered(scores, list(design.clusters.values()))
    if lags is None or design.time is None:
        return sandwich.robust(scores)
    if spec.covariance == "driscoll_kraay":
        return sandwich.driscoll_kraay(scores, design.time, lags)
    return sandwich.newey_west(scores, design.time, lags, design.entity)


def panel_effects(design: Design) -> tuple[pd.MultiIndex, dict[str, Any]]:
    """Return an index for linearmodels and the arguments that say which effects to absorb on it.

    Notes
    -----
    linearmodels wants a pair (entity, time) to be unique. Effects whose pairs are become the index itself, for which its
    exact algorithm stands ready; others are given apart, on an index of row numbers.
    """
    import pandas as pd

    rows = np.arange(len(design.y))
    names = sorted(design.effects, key=[ENTITY, *design.effects].index)
    levels = [design.effects[name] for name in names]
    if names == [TIME]:
        return pd.MultiIndex.from_arrays([rows, levels[0]]), {"time_effects": True}
    if len(levels) == 1:
        return pd.MultiIndex.from_arrays([levels[0], rows]), {"entity_effects": True}
    if len(levels) == 2 and count(combine(*levels)) == len(rows):
        return pd.MultiIndex.from_arrays(levels), {"entity_effects": True, "time_effects": True}
    index = pd.MultiIndex.from_arrays([rows, np.zeros_like(rows)])
    return index, {"other_effects": pd.DataFrame(dict(design.effects), index=index)} if levels else {}


def low_memory(design: Design) -> bool:
    """Return whether dummy variables of the smaller of two effects would fill too much memory."""
    if len(design.effects) < 2:
        return False
    return len(design.y) * min(count(levels) for levels in design.effects.values()) > _CELLS


def _absorb_slowly(values: Floats, design: Design) -> Floats:
    import pandas as pd
    from linearmodels.panel.data import PanelData

    scale = None if design.weights is None else design.weights / design.weights.mean()
    if not design.effects:
        centred = values - np.average(values, axis=0, weights=scale)
        return np.asarray(centred if scale is None else centred * np.sqrt(scale)[:, None])
    index, effects = panel_effects(design)
    weights = None if scale is None else PanelData(pd.DataFrame({"weights": scale}, index=index))
    columns = PanelData(pd.DataFrame(values, index=index))
    if "other_effects" in effects:
        return np.asarray(columns.general_demean(PanelData(effects["other_effects"]), weights=weights).values2d)
    kind = "both" if len(effects) == 2 else next(iter(effects)).removesuffix("_effects")
    return np.asarray(columns.demean(kind, weights=weights, low_memory=low_memory(design)).values2d)
