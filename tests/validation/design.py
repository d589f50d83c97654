"""What a simulation of a study is: how samples are drawn, and the true value of each number that the study estimates."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import numpy as np
    import polars as pl

    from emtract.econometrics.finding import Analysis
    from emtract.econometrics.regression.spec import Spec
    from emtract.misreading import Misreading
    from emtract.panel.frame import Sample

#: What is judged of a spec: that intervals hold the truth and tests of what is zero keep their size; that the mean estimate is
#: the truth; that a test sees an effect in as many samples as was stated; that a test of what is true rejects no more often than
#: it says; or nothing, of what is there to be compared with.
Target = Literal["coverage", "bias", "power", "size", "none"]
#: Data sets a design, unless it says otherwise.
DRAWS: Final = 500


@dataclass(frozen=True)
class Drawn:
    """One simulated data set and its truth.

    Attributes
    ----------
    samples
        Name -> sample, as `run_study` takes them.
    truth
        (spec, term) -> true value, in the units of the estimate; a zero is a null hypothesis that holds.
    misreading
        How the scorer of these posts misreads, as a tagged sample of this draw shows it; None where nobody is corrected for it.
    texts, tagged
        Texts of the archive, and the tagged sample, as `emtract.econometrics.measurement.transport.transport` takes them.
    """

    samples: Mapping[str, Sample]
    truth: Mapping[tuple[str, str], float]
    misreading: Misreading | None = None
    texts: pl.DataFrame | None = None
    tagged: pl.DataFrame | Misreading | None = None


@dataclass(frozen=True, kw_only=True)
class Design:
    """A simulated counterpart of a study's specs and analyses.

    Attributes
    ----------
    name
        `STUDY` or `STUDY, VARIANT`: `ipo, 60 offers`.
    words
        What is hard about it, in one sentence: dependence, unbalanced rows, few clusters.
    specs
        Specs and analyses of the study that are checked.
    draw
        Called with a generator; returns a data set. Effects that are there and effects that are not stand side by side in it.
    targets
        What is judged of a spec; `coverage` of those not named.
    draws
        Data sets of the table that is published.
    """

    name: str
    words: str
    specs: Mapping[str, Spec | Analysis]
    draw: Callable[[np.random.Generator], Drawn]
    settings: Mapping[str, str | int | float] = field(default_factory=dict)
    targets: Mapping[str, Target] = field(default_factory=dict)
    draws: int = DRAWS
