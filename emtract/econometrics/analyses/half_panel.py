"""How far an outcome persists within a unit, with the bias taken out that effects of units leave in short panels."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from emtract.econometrics.estimates import t_row
from emtract.econometrics.finding import Analysis, Chart, Finding, Quantity
from emtract.econometrics.regression.covariance import joint_covariance
from emtract.econometrics.regression.estimate import influence
from emtract.econometrics.regression.sample import estimation_sample
from emtract.errors import EstimationError, SpecError
from emtract.words.names import effect_name, listed, lower_first, outcome_words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from emtract.econometrics.regression.spec import Spec
    from emtract.panel.frame import Sample

POOLED: Final = "without effects"
WITHIN: Final = "with effects"
CORRECTED: Final = "half-panel jackknife"
_HALF: Final = "half_of_unit"


@dataclass(frozen=True, kw_only=True)
class HalfPanel(Analysis):
    r"""The slope of an outcome on its own past: without effects, with effects of units, and by the half-panel jackknife.

    Attributes
    ----------
    label
        Heading.
    spec
        The regression with effects; its first regressor is the past of the outcome.
    unit, order
        Columns that name the unit whose effect is taken out, and the place of a row in its history.

    Notes
    -----
    Effects of units bias the slope on the past of the outcome, by about :math:`-(1 + \rho) / T` with T rows a unit (Nickell
    1981). Without effects lasting differences between units pass for persistence, so the slope is too large. The truth
    lies between. Each unit is cut into the first and the second half of its rows (of an odd number the middle one belongs
    to the first), whose biases are twice as large, and

    .. math:: \tilde \rho = 2 \hat \rho - \tfrac{1}{2} (\hat \rho_1 + \hat \rho_2)

    has none of order 1/T (Dhaene and Jochmans 2015). Its errors come from the influence of each row on the three slopes,
    summed over the clusters of the spec.
    """

    label: str
    spec: Spec
    unit: str
    order: str

    def __post_init__(self) -> None:
        if self.unit not in self.spec.effects:
            raise SpecError(
                f"the half-panel jackknife needs effects of {self.unit}: name it in the effects of the spec"
            )
        if self.spec.covariance not in ("clustered", "driscoll_kraay"):
            raise SpecError(
                "the half-panel jackknife adds up what a row does to three slopes: choose covariance='clustered', or "
                "'driscoll_kraay'"
            )
        if self.spec.standardise or self.spec.winsorise:
            raise SpecError(
                "the half-panel jackknife takes slopes of halves from the slope of all: leave out standardise and winsorise, "
                "which differ between them"
            )
        if self.spec.bootstrap == "wild":
            raise SpecError("the half-panel jackknife has errors of its own: choose bootstrap='none'")

    @property
    def samples(self) -> tuple[str, ...]:
        """Samples that it reads: its regression's."""
        return self.spec.samples

    @property
    def terms(self) -> tuple[str, ...]:
        """`X, without effects`, `X, with effects` and `X, half-panel jackknife` of the first regressor."""
        return tuple(f"{self.spec.x[0]}, {how}" for how in (POOLED, WITHIN, CORRECTED))

    def describe(self) -> str:
        """Return every choice in words."""
        effects, clusters = (
            listed([lower_first(effect_name(name)) for name in names])
            for names in (self.spec.effects, self.spec.clusters)
        )
        return (
            f"The slope of the {outcome_words(self.spec.y)} on the {outcome_words(self.spec.x[0])}: without effects, with "
            f"effects of {effects}, and with the half-panel jackknife over the first and second half of each {self._unit} "
            f"(Dhaene and Jochmans 2015). Errors clustered by {clusters or 'nothing'}."
        )

    @property
    def _unit(self) -> str:
        return lower_first(effect_name(self.unit))

    def run(self, samples: Mapping[str, Sample]) -> Finding:
        """Estimate the slope in three ways.

        Raises
        ------
        SpecError
            When the sample lacks a column.
        EstimationError
            When the halves of units are too short.
        """
        sample = samples[self.spec.sample]
        spec = replace(self.spec, bootstrap="none")
        halves = replace(sample, data=self._halved(sample))
        pooled = influence(replace(spec, effects=()), halves)
        whole = influence(spec, halves)
        parts = [influence(self._part(half), halves) for half in (1, 2)]
        weights = (2.0, -0.5, -0.5)
        jackknife = sum(w * one.result.coefficients[0] for w, one in zip(weights, (whole, *parts), strict=True))
        joint = joint_covariance(
            spec,
            np.concatenate([w * one.psi[:, :1] for w, one in zip(weights, (whole, *parts), strict=True)]),
            pl.concat([one.rows for one in (whole, *parts)]),
            whole.result.lags or 0,
        )
        found = [(one.result.coefficients[0], one.result.std_errors[0], one.result) for one in (pooled, whole)]
        found.append((jackknife, float(np.sqrt(joint[0, 0])), whole.result))
        rows = [
            t_row(term, float(value), float(error), df=result.critical_df, n_obs=result.n_obs)
            for term, (value, error, result) in zip(self.terms, found, strict=True)
        ]
        estimates = pl.DataFrame(rows)
        said = f"the slope of the {outcome_words(spec.y)} on the {outcome_words(spec.x[0])}"
        units = whole.rows.height / max(whole.result.n_levels[self.unit], 1)
        return Finding(
            estimates=estimates,
            n_obs=whole.result.n_obs,
            ledger=whole.result.ledger,
            notes=(
                *whole.result.notes,
                f"Each {self._unit} has {units:.1f} rows on average. Slopes without effects take lasting differences between "
                "units for persistence; slopes with effects are biased towards zero in short histories; the jackknife takes the "
                "bias of order 1/T out.",
            ),
            quantities={term: Quantity(f"{said}, {how}") for term, how in self._named()},
            charts=(
                Chart(
                    "coefficients",
                    self.label,
                    estimates.with_columns(group=pl.lit(self.label)),
                    "",
                    "",
                    "95 % intervals.",
                ),
            ),
        )

    def _named(self) -> list[tuple[str, str]]:
        return list(zip(self.terms, (POOLED, WITHIN, f"by the {CORRECTED}"), strict=True))

    def _part(self, half: int) -> Spec:
        picked = f"{_HALF} = {half}"
        return replace(
            self.spec, bootstrap="none", where=f"({self.spec.where}) AND {picked}" if self.spec.where else picked
        )

    def _halved(self, sample: Sample) -> pl.DataFrame:
        """Return the rows that the regression uses, with the half of its unit that each lies in."""
        keyed = replace(sample, data=sample.data.with_row_index("row_of_sample"))
        read = replace(self.spec, controls=(*self.spec.controls, "row_of_sample"), bootstrap="none", correct="none")
        used = estimation_sample(read, keyed)[0]["row_of_sample"].cast(pl.UInt32)
        if keyed.data.filter(pl.col("row_of_sample").is_in(used.implode()))[self.order].null_count():
            raise EstimationError(
                f"{self.order} is missing on some rows: they lie in neither half; leave them out with where"
            )
        place = pl.col(self.order).rank("ordinal").over(self.unit)
        return (
            keyed.data.filter(pl.col("row_of_sample").is_in(used.implode()))
            .with_columns((2 - (2 * place <= pl.len().over(self.unit) + 1).cast(pl.Int64)).alias(_HALF))
            .drop("row_of_sample")
        )
