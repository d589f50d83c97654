"""How precisely the moods of a study's samples are measured: computed once a panel, whichever studies share it."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Final

import polars as pl

from emtract.econometrics.measurement.reliability import panel_reliability
from emtract.errors import EmtractError
from emtract.panel.frame import WINDOWS, Panel

if TYPE_CHECKING:
    from collections.abc import Mapping

    from emtract.panel.frame import Sample
    from emtract.panel.noise import Noise

#: Identity of a panel that lives (its frame has no hash) -> its precision, or why that cannot be told.
_KNOWN: Final[dict[int, pl.DataFrame | str]] = {}


def measure_samples(samples: Mapping[str, Sample]) -> tuple[dict[str, pl.DataFrame], dict[str, str]]:
    """Measure the moods of every sample that holds the noise of its cells.

    Parameters
    ----------
    samples
        By name, as a store gives them; a panel that was measured before is not measured again.

    Returns
    -------
    tuple
        Name -> a frame with the columns of `emtract.econometrics.measurement.reliability.Reliability.table`, and name -> why
        there is none.
    """
    found = {n: _known(s, s.noise) for n, s in samples.items() if isinstance(s, Panel) and s.noise is not None}
    refused = {name: told for name, told in found.items() if isinstance(told, str)}
    return {name: told for name, told in found.items() if not isinstance(told, str)}, refused


def _known(panel: Panel, noise: Noise) -> pl.DataFrame | str:
    if id(panel) not in _KNOWN:
        _KNOWN[id(panel)] = _measure(panel, noise)
        weakref.finalize(panel, _KNOWN.pop, id(panel))
    return _KNOWN[id(panel)]


def _measure(panel: Panel, noise: Noise) -> pl.DataFrame | str:
    if noise.cells.filter(pl.col("suffix").is_in(WINDOWS)).is_empty():
        return "no post lies in a window of this sample: no mood can be measured"
    try:
        return panel_reliability(panel)
    except EmtractError as error:
        return str(error)
