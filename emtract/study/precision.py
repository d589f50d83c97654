"""How precisely the moods of a study's samples are measured: computed once, whichever studies and samples share them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from emtract.econometrics.measurement.reliability import panel_reliability
from emtract.errors import EmtractError
from emtract.panel.frame import REQUIRED, WINDOWS, Panel

if TYPE_CHECKING:
    from collections.abc import Mapping

    from emtract.panel.frame import Sample
    from emtract.panel.noise import Noise

#: Digest of what is measured (a frame has no hash of its own) -> its precision, or why that cannot be told.
_KNOWN: Final[dict[tuple[int, ...], pl.DataFrame | str]] = {}


def measure_samples(samples: Mapping[str, Sample]) -> tuple[dict[str, pl.DataFrame], dict[str, str]]:
    """Measure the moods of every sample that holds the noise of its cells.

    Parameters
    ----------
    samples
        By name; moods, returns and noise that were measured before, such as those of a split of the same posts, are not again.

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
    whole = [frame.filter(pl.col("suffix").is_in(WINDOWS)) for frame in (noise.cells, noise.pairs)]
    key = tuple(int(frame.hash_rows().sum()) for frame in (panel.data.select(REQUIRED), *whole))
    if key not in _KNOWN:
        _KNOWN[key] = _measure(panel, noise)
    return _KNOWN[key]


def _measure(panel: Panel, noise: Noise) -> pl.DataFrame | str:
    if noise.cells.filter(pl.col("suffix").is_in(WINDOWS)).is_empty():
        return "no post lies in a window of this sample: no mood can be measured"
    try:
        return panel_reliability(panel)
    except EmtractError as error:
        return str(error)
