"""How precisely the moods of a study's samples are measured: computed once a sample, whichever studies share it."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Final

from emtract.econometrics.measurement.reliability import panel_reliability
from emtract.emotions import NON_NEUTRAL
from emtract.errors import EmtractError

if TYPE_CHECKING:
    from collections.abc import Mapping

    import polars as pl

    from emtract.panel.frame import Sample

#: Identity of a sample that lives (its frame has no hash), and moods -> their precision, or why that cannot be told.
_KNOWN: Final[dict[tuple[int, tuple[str, ...]], pl.DataFrame | str]] = {}


def measure_samples(samples: Mapping[str, Sample]) -> tuple[dict[str, pl.DataFrame], dict[str, str]]:
    """Measure the moods of every sample that holds the noise of its cells.

    Parameters
    ----------
    samples
        By name, as a store gives them; one that was measured before is not measured again.

    Returns
    -------
    tuple
        Name -> a frame with the columns of `emtract.econometrics.measurement.reliability.Reliability.table`, and name -> why
        there is none.
    """
    found: dict[str, pl.DataFrame | str] = {}
    for name, sample in samples.items():
        if sample.noise is not None:
            # Of further samples a page tells valence alone.
            found[name] = _known(sample, ("valence", *NON_NEUTRAL) if not found else ("valence",))
    refused = {name: told for name, told in found.items() if isinstance(told, str)}
    return {name: told for name, told in found.items() if not isinstance(told, str)}, refused


def _known(sample: Sample, moods: tuple[str, ...]) -> pl.DataFrame | str:
    key = (id(sample), moods)
    if key not in _KNOWN:
        _KNOWN[key] = _measure(sample, moods)
        weakref.finalize(sample, _KNOWN.pop, key)
    return _KNOWN[key]


def _measure(sample: Sample, moods: tuple[str, ...]) -> pl.DataFrame | str:
    if sample.noise is None or sample.noise.cells.is_empty():
        return f"no post lies in a window of these {sample.unit}: no mood can be measured"
    try:
        return panel_reliability(sample, moods)
    except EmtractError as error:
        return str(error)
