"""An outcome as a regression with effects sees it: less what firms and sessions have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from emtract.econometrics.columns import check_numbers
from emtract.econometrics.regression.absorb import absorb, choose_engine
from emtract.econometrics.regression.design import Design, codes
from emtract.econometrics.regression.spec import Spec
from emtract.errors import EstimationError
from emtract.panel.frame import ENTITY, TIME

if TYPE_CHECKING:
    from emtract.panel.frame import Sample


def without_effects(panel: Sample, y: str) -> pl.DataFrame:
    """Return an outcome less effects of firms and sessions.

    Parameters
    ----------
    panel
        Firm-sessions.
    y
        A column of numbers.

    Returns
    -------
    pl.DataFrame
        symbol, session and value, one row a firm-session with the outcome.

    Raises
    ------
    SpecError, MissingDataError
        The panel has no such column of numbers.
    EstimationError
        No firm-session has the outcome.
    """
    check_numbers((ENTITY, TIME), (y,), None, panel)
    rows = panel.data.select(ENTITY, TIME, pl.col(y).cast(pl.Float64).fill_nan(None)).drop_nulls()
    if rows.is_empty():
        raise EstimationError(f"no firm-session has {y}: name another outcome")
    nothing, levels = np.empty(0), {name: codes(rows, name) for name in (ENTITY, TIME)}
    design = Design(
        y=rows[y].to_numpy(),
        z=np.empty((rows.height, 0)),
        means=nothing,
        sds=nothing,
        unit=nothing,
        effects=levels,
        clusters={},
        time=None,
        entity=None,
        weights=None,
    )
    spec = Spec(y=y, x=(TIME,), effects=(ENTITY, TIME), covariance="robust", clusters=(), small_sample="none")
    within = absorb(design.y[:, None], design, choose_engine(spec, rows.height))
    return rows.select(ENTITY, TIME, value=pl.Series(within[:, 0]))
