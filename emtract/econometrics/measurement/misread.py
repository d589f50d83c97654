"""A regression as it was reported beside what it says once its moods are carried from how a scorer reads to what people tag."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final, Literal

import polars as pl

from emtract.econometrics.measurement.correct import correct
from emtract.econometrics.measurement.measured import line_in_words
from emtract.econometrics.measurement.moods import mood_columns
from emtract.econometrics.measurement.prepared import noise_of
from emtract.econometrics.measurement.transport import transport_of
from emtract.errors import EstimationError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from emtract.econometrics.measurement.correct import Correction
    from emtract.econometrics.measurement.transport import Transport
    from emtract.econometrics.regression.result import Result
    from emtract.econometrics.regression.spec import Correct, Spec
    from emtract.misreading import Misreading
    from emtract.panel.frame import Sample

#: What a spec asks for -> what a misreading corrects it for: a mood's regression is first told of the cells' own posts, which few
#: tags may settle where few posts do not settle the mood.
BY: Final[Mapping[Correct, tuple[Literal["reading", "both"], ...]]] = {
    "mood": ("reading", "both"),
    "reading": ("reading",),
    "both": ("both",),
}


@dataclass(frozen=True)
class Misread:
    """A regression corrected for misreading.

    Attributes
    ----------
    reported
        The regression on all its rows.
    corrections
        The same, corrected for misreading, and for misreading and few posts, as far as the spec asks for them.
    travels
        Whether the tagged posts speak for these texts, or why that cannot be told.
    """

    reported: Result
    corrections: tuple[Correction, ...]
    travels: Transport | str

    @cached_property
    def frame(self) -> pl.DataFrame:
        """One row a mood and correction.

        Returns
        -------
        pl.DataFrame
            term, reported and reported_error (all rows); the columns of `Correction.tidy`; set (words); by; misreading; transport
            and transport_p (null where the test cannot be made), and transport_seen (`Transport.seen`).
        """
        told = self.travels
        test = (None, None, None) if isinstance(told, str) else (told.statistic, told.p_value, told.seen)
        names = ("transport", "transport_p", "transport_seen")
        own = self.reported.estimates.select("term", reported="estimate", reported_error="std_error")
        found = pl.concat(_told(correction) for correction in self.corrections)
        return own.join(found, on="term", how="inner", maintain_order="left_right").with_columns(
            **{name: pl.lit(value, pl.Float64) for name, value in zip(names, test, strict=True)}
        )


def _told(correction: Correction) -> pl.DataFrame:
    """Rows of a correction, with the set in words and what was corrected for."""
    found = correction.tidy()
    beside = found.select("naive", "naive_error").iter_rows()
    sets = [line_in_words(kept, numbers) for kept, numbers in zip(correction.sets, beside, strict=True)]
    return found.with_columns(
        pl.Series("set", sets, pl.String), by=pl.lit(correction.by), misreading=pl.lit(correction.misreading)
    )


def misread(reported: Result, panel: Sample, misreading: Misreading, *, travels: Transport | str) -> Misread:
    """Correct the moods of an estimated regression for how they were misread.

    Parameters
    ----------
    reported
        The regression, whose spec asks for a correction.
    panel
        The sample that it was estimated on.
    misreading
        Of the scorer that read its posts.
    travels
        What `tells` says of the windows that it reads.

    Raises
    ------
    SpecError, EstimationError, ModelError
        As `emtract.econometrics.measurement.correct.correct`.
    """
    spec = reported.spec
    found = tuple(correct(spec, panel, by=by, misreading=misreading) for by in BY[spec.correct])
    return Misread(reported, found, travels)


def windows_of(spec: Spec, panel: Sample) -> tuple[str, ...]:
    """Suffixes of the moods that a regression reads, in its order; raises as `correct` where it has none."""
    return tuple(dict.fromkeys(suffix for _, suffix in mood_columns(spec, noise_of(panel)).values()))


def tells(panel: Sample, misreading: Misreading, suffixes: tuple[str, ...]) -> Transport | str:
    """Return whether tagged posts speak for the texts of some windows of a sample, or why that cannot be told.

    Parameters
    ----------
    panel, misreading, suffixes
        As in `emtract.econometrics.measurement.transport.transport_of`.
    """
    try:
        return transport_of(panel, misreading, suffixes)
    except EstimationError as error:
        return str(error)
