r"""A mood with a second measure of it: one stands in the regression, the other is its instrument.

Notes
-----
A cell's mood m is read as :math:`x = m + e`, and a second measure, such as the tags that writers give their posts, shows it as
:math:`z = a + b m + u`. With :math:`\tilde{}` after effects and controls,

.. math:: \gamma = \frac{\sum_c \tilde z_c \tilde y_c}{\sum_c \tilde z_c \tilde x_c}

is the coefficient of m where, given m, e and u do not go together and u does not go with the outcome; b need not be known.
Nothing is asked of how x errs: sampling and misreading are corrected for at once. The set inverts the test of Anderson and Rubin:
it holds where z says little of x. Posts that both measures rest on break the assumption, since what they happen to say is in e
and in u: read the posts without a tag (`Split("tag")`), and instrument by the tags of the others. People who tag are not all who
write. That biases nothing where their mood follows the others' as a line; it does where it goes with the outcome beside it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from emtract.econometrics.columns import check_numbers
from emtract.econometrics.estimates import LEVEL
from emtract.econometrics.measurement.correct import instrumented
from emtract.econometrics.measurement.prepared import Rows, given
from emtract.econometrics.regression.absorb import absorb, choose_engine
from emtract.econometrics.regression.design import build_design
from emtract.econometrics.regression.estimate import estimate
from emtract.econometrics.regression.sample import estimation_sample
from emtract.errors import EstimationError, SpecError
from emtract.panel.noise import CELLS, PAIRS, Noise
from emtract.words.numbers import things

if TYPE_CHECKING:
    from emtract.econometrics.measurement.correct import Correction
    from emtract.econometrics.regression.spec import Spec
    from emtract.panel.frame import Sample


def by_second(spec: Spec, panel: Sample, second: str) -> Correction:
    """Estimate a regression whose first regressor of interest is instrumented by a second measure of the same mood.

    Parameters
    ----------
    spec
        The regression: any effects, controls, weights and covariance; ``spec.x[0]`` is instrumented, the others are exact.
    panel
        Firm-sessions, or rows of another kind.
    second
        Column of the second measure, on any scale, which rises with the mood.

    Returns
    -------
    Correction
        The plain regression on the rows that have both measures, the instrumented coefficient, and its set. There is no point
        where the second measure does not rise with the first within the effects. Reliability is not known.

    Raises
    ------
    SpecError
        When the second measure is no column of the panel, or is in the regression.
    EstimationError
        When no row has both measures, the second is not finite where it is told, or does not vary within the effects.
    """
    if second in (spec.y, *spec.sources):
        raise SpecError(f"{second} is in the regression: a second measure stands outside it")
    check_numbers((), (second,), None, panel)
    if odd := panel.data.select((~pl.col(second).is_finite()).sum()).item():
        raise EstimationError(f"{second} is no finite number on {things(odd, 'row')}: make it null there")
    given_both = f'"{second}" IS NOT NULL'
    where = given_both if spec.where is None else f"({spec.where}) AND {given_both}"
    naive = estimate(replace(spec, where=where, bootstrap="none"), panel)
    both = replace(naive.spec, controls=(*naive.spec.controls, second))
    sample, ledger = estimation_sample(both, panel)
    design = build_design(naive.spec, sample)
    instrument = sample[second].to_numpy().astype(np.float64)
    spread = instrument.std()
    columns = [design.y, (instrument - instrument.mean()) / (spread or 1.0), design.z[:, 0], *design.z[:, 1:].T]
    within = absorb(np.column_stack(columns), design, choose_engine(naive.spec, len(sample)))
    y, z, x = given(within[:, :3], within[:, 3:]).T
    if not (z**2).sum() > 1e-12 * len(z):
        raise EstimationError(f"{second} does not vary within the effects: name another second measure")
    cells, pairs = (pl.DataFrame(schema=dict.fromkeys(names, pl.Float64)) for names in (CELLS, PAIRS))
    rows = Rows(
        naive,
        Noise(cells, pairs),
        sample,
        ledger,
        design,
        moods=(),
        x=x[:, None],
        y=y,
        noisy=np.zeros((len(y), 1)),
        cells={},
        terms=naive.spec.x[:1],
        unit=design.unit[:1],
        overlap=0,
        df=naive.critical_df,
    )
    return instrumented(rows, z, level=LEVEL)
