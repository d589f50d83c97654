"""How precisely the moods of a study's samples are measured: computed once, whichever studies and samples share them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from emtract.econometrics.measurement.moods import column_of, row_keys
from emtract.econometrics.measurement.reliability import panel_curve, panel_reliability, told_suffixes
from emtract.emotions import NON_NEUTRAL, STANCE, TAGS
from emtract.errors import EmtractError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from emtract.panel.frame import Sample
    from emtract.panel.noise import Noise

#: Stands among keys for the curve of valence.
_CURVE: Final = ("curve",)
#: Digest of what is measured (a frame has no hash of its own) -> its precision, or why that cannot be told.
_KNOWN: Final[dict[tuple[object, ...], pl.DataFrame | str]] = {}


def measure_samples(samples: Mapping[str, Sample]) -> tuple[dict[str, pl.DataFrame], dict[str, str]]:
    """Measure the moods of every sample that holds the noise of its cells: all of the first, valence of the others.

    Stance is among them where the scorer reads it.

    Parameters
    ----------
    samples
        By name; moods and noise that were measured before, such as for a split of the same posts, are not again.

    Returns
    -------
    tuple
        Name -> a frame with the columns of `emtract.econometrics.measurement.reliability.Reliability.table`, and name -> why
        there is none.
    """
    found: dict[str, pl.DataFrame | str] = {}
    for name, sample in samples.items():
        if sample.noise is not None:
            stances = (STANCE,) if {*TAGS} <= {*sample.noise.readings} else ()
            every = ("valence", *stances, *NON_NEUTRAL)
            found[name] = _known(sample, sample.noise, ("valence",) if found else every)
    refused = {name: told for name, told in found.items() if isinstance(told, str)}
    return {name: told for name, told in found.items() if not isinstance(told, str)}, refused


def measure_curve(samples: Mapping[str, Sample]) -> pl.DataFrame | None:
    """Return `panel_curve` of the first sample that holds the noise of its cells; None without one."""
    for sample in samples.values():
        if sample.noise is not None:
            told = _known(sample, sample.noise, _CURVE)
            return None if isinstance(told, str) or told.is_empty() else told
    return None


def _known(sample: Sample, noise: Noise, moods: tuple[str, ...]) -> pl.DataFrame | str:
    suffixes = told_suffixes(sample)
    named = {column_of(mood, suffix) for mood in ("valence", *moods) for suffix in suffixes}
    data = sample.data.select(*row_keys(sample.data), *(c for c in sample.data.columns if c in named))
    whole = [frame.filter(pl.col("suffix").is_in(suffixes)) for frame in (noise.cells, noise.pairs)]
    key = (type(sample), moods, *(int(frame.hash_rows().sum()) for frame in (data, *whole)))
    if key not in _KNOWN:
        _KNOWN[key] = _measure(sample, noise, moods)
    return _KNOWN[key]


def _measure(sample: Sample, noise: Noise, moods: tuple[str, ...]) -> pl.DataFrame | str:
    if noise.cells.filter(pl.col("suffix").is_in(told_suffixes(sample))).is_empty():
        return f"no post lies in a window of these {sample.unit}: no mood can be measured"
    try:
        return panel_curve(sample) if moods is _CURVE else panel_reliability(sample, moods)
    except EmtractError as error:
        return str(error)
