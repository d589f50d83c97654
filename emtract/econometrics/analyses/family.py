"""Several coefficients of one regression tested at once: p-values that hold for the family."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
import polars as pl

from emtract.econometrics.estimates import ESTIMATE_COLUMNS, draw_statistics, false_discovery, root, step_down
from emtract.econometrics.finding import Analysis, Chart, Finding, Quantity, slope_of
from emtract.econometrics.left_out import Behind
from emtract.econometrics.regression.estimate import estimate
from emtract.errors import EstimationError
from emtract.words.numbers import difference_unit

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from emtract.econometrics.estimates import Floats
    from emtract.econometrics.regression.result import Result
    from emtract.econometrics.regression.spec import Spec
    from emtract.panel.frame import Sample

Adjustment = Literal["romano_wolf", "benjamini_hochberg"]
_BOOTSTRAPPED: Final = (
    "Clusters are few: the draws come from the wild cluster bootstrap, which keeps the family's statistics together."
)


@dataclass(frozen=True, kw_only=True)
class FamilyTest(Analysis):
    """Regressors of interest of one regression, tested as a family.

    Attributes
    ----------
    label
        Heading.
    spec
        The regression; its `x` is the family.
    draws, seed
        Of the bootstrap of cluster scores.
    level
        Chance with which the intervals hold all coefficients of the family at once.

    Notes
    -----
    P-values are Romano and Wolf's (`adjust`); intervals are estimate plus and minus the quantile of the largest
    statistic times the standard error, from the same draws. The step-down rejects all that these intervals reject, and
    sometimes more.
    """

    label: str
    spec: Spec
    draws: int = 9999
    seed: int = 0
    level: float = 0.95

    @property
    def samples(self) -> tuple[str, ...]:
        """The sample of the regression."""
        return self.spec.samples

    @property
    def terms(self) -> tuple[str, ...]:
        """The family."""
        return self.spec.x

    def run(self, samples: Mapping[str, Sample]) -> Finding:
        """Estimate the regression and test its family.

        Raises
        ------
        SpecError, EstimationError
            As `estimate`.
        """
        result = estimate(self.spec, samples[self.spec.sample])
        estimates = self._estimates(result)
        chart = estimates.select(
            pl.lit("").alias("group"), *("term", "estimate", "conf_low", "conf_high", "p_value", "n_obs")
        )
        title = f"{100 * self.level:g} % intervals that hold together"
        return Finding(
            estimates=estimates,
            n_obs=result.n_obs,
            ledger=result.ledger,
            notes=(*result.notes, self._note(), *((_BOOTSTRAPPED,) if result.wild else ())),
            quantities={term: self._quantity(term) for term in self.terms},
            charts=(Chart("coefficients", title, chart, x_title=difference_unit(self.spec.y_scale)),),
        )

    def behind(self, term: str, samples: Mapping[str, Sample]) -> Behind:
        """Return the regression; see `Analysis.behind`."""
        return Behind(spec=self.spec, sample=samples[self.spec.sample], weights={term: 1.0})

    def describe(self) -> str:
        """Return the design in words."""
        return f"The regression of {self.spec.y} on {', '.join(self.spec.regressors)}. {self._note()}"

    def _estimates(self, result: Result) -> pl.DataFrame:
        romano_wolf = adjust(result, self.terms, "romano_wolf", draws=self.draws, seed=self.seed)["p_adjusted"]
        hochberg = adjust(result, self.terms, "benjamini_hochberg")["p_adjusted"]
        critical = float(np.quantile(_largest(result, self.terms, self.draws, self.seed), self.level))
        half = critical * pl.col("std_error")
        alone = result.estimates.head(len(self.terms)).select(*ESTIMATE_COLUMNS, p_alone="p_value")
        return alone.with_columns(
            p_value=romano_wolf,
            conf_low=pl.col("estimate") - half,
            conf_high=pl.col("estimate") + half,
            q_benjamini_hochberg=hochberg,
        )

    def _note(self) -> str:
        return (
            f"The {len(self.terms)} coefficients are tested as one family: p-values by the step-down of Romano and Wolf "
            f"(2005), {self.draws:,} normal draws of cluster scores (seed {self.seed}) or, where clusters are few, the draws of "
            f"the wild cluster bootstrap, intervals that hold all of them with {100 * self.level:g} % chance; beside them "
            "p-values alone and Benjamini and Hochberg's (1995)."
        )

    def _quantity(self, term: str) -> Quantity:
        slope = slope_of(self.spec, term)
        return replace(slope, words=f"{slope.words}, tested with the others")


def adjust(
    result: Result, terms: Sequence[str], method: Adjustment, *, draws: int = 9999, seed: int = 0
) -> pl.DataFrame:
    r"""Adjust the p-values of several regressors for being tested together, e.g. six emotions.

    Parameters
    ----------
    result
        The estimated regression.
    terms
        The family: regressors of the spec.
    method
        `romano_wolf` controls the chance of any false rejection in the family, `benjamini_hochberg` the false discovery
        rate.
    draws, seed
        Of `romano_wolf`.

    Returns
    -------
    pl.DataFrame
        One row a term, in the order given: term, p_value, p_adjusted.

    Raises
    ------
    EstimationError
        When a term is no regressor of the spec.

    Notes
    -----
    Romano-Wolf bootstraps the scores of clusters with normal weights: :math:`\beta^* - \hat\beta = (X'X)^{-1} \sum_g v_g s_g`
    with :math:`v_g \sim N(0, 1)`. Given the sample that is a normal draw with the clustered covariance, so it is drawn as one
    (which serves two-way clusters and kernels too; a covariance that is not positive semi-definite loses its negative
    part), over the root of a chi-square where critical values are of t. A result that is bootstrapped gives its own draws, each
    coefficient under its null, with the same weights for all. For the ordered statistics
    :math:`|t_{(1)}| \ge |t_{(2)}| \ge \dots` the adjusted p-value of place j is the largest up to j of
    :math:`P(\max_{i \ge j} |t^*_{(i)}| \ge |t_{(j)}|)`, the sample counted among the draws.
    """
    regressors = result.spec.regressors
    if strays := [term for term in terms if term not in regressors]:
        raise EstimationError(f"no regressor {', '.join(strays)}: the spec has {', '.join(regressors)}")
    places = [regressors.index(term) for term in terms]
    table = result.tidy()[places]
    p_values = table["p_value"].to_numpy()
    if method == "benjamini_hochberg":
        adjusted = false_discovery(p_values)
    else:
        adjusted = step_down(table["statistic"].to_numpy(), _draw_statistics(result, places, draws, seed))
    return pl.DataFrame({"term": list(terms), "p_value": p_values, "p_adjusted": adjusted})


def _draw_statistics(result: Result, places: Sequence[int], draws: int, seed: int) -> Floats:
    """Draw t statistics of some regressors under the null, shape (draws, m)."""
    if result.wild:
        drawn = np.column_stack([result.wild[place].drawn() for place in places])
        return drawn[np.isfinite(drawn).all(axis=1)]
    rng, df = np.random.default_rng(seed), result.critical_df
    covariance = result.covariance[np.ix_(places, places)]
    errors = np.sqrt(np.diag(covariance))
    matrix_root = root(covariance / np.outer(errors, errors))
    matrix_root /= np.linalg.norm(matrix_root, axis=1, keepdims=True)
    return draw_statistics(matrix_root, df, draws, rng)


def _largest(result: Result, terms: Sequence[str], draws: int, seed: int) -> Floats:
    """Largest statistic in size of each draw, shape (draws,)."""
    places = [result.spec.regressors.index(term) for term in terms]
    return np.asarray(np.abs(_draw_statistics(result, places, draws, seed)).max(axis=1))
