"""Fama and MacBeth's regressions: one cross-section a session, and the mean of their coefficients over time."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from emtract.econometrics.estimates import t_test
from emtract.econometrics.finding import Analysis, Chart, Finding, slope_of
from emtract.econometrics.newey_west import chosen_lags
from emtract.econometrics.regression.covariance import newey_west
from emtract.econometrics.regression.design import build_design
from emtract.econometrics.regression.sample import estimation_sample
from emtract.econometrics.regression.spec import Spec
from emtract.errors import EstimationError
from emtract.words.names import term_words
from emtract.words.numbers import difference_unit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from emtract.econometrics.estimates import Codes, Floats
    from emtract.ledger import Ledger
    from emtract.panel.frame import Sample


# linearmodels' FamaMacBeth gives the same numbers (a test holds it), but leaves out cross-sections of deficient rank with a
# warning and has no least number of rows; here the ledger counts each that is left out.
@dataclass(frozen=True, kw_only=True)
class FamaMacBeth(Analysis):
    r"""Mean over time of the coefficients of one cross-sectional regression a session.

    Attributes
    ----------
    label
        Heading.
    y, x, controls, y_scale, where, sample, winsorise, winsor
        As in `Spec`; every cross-section has a constant.
    standardise
        Columns that are standardised over the whole sample, as in `Spec`.
    time
        Column of cross-sections.
    lags
        Newey-West lags on the series of coefficients; 0 for Fama and MacBeth's own errors, None for floor(4 (T/100)^(2/9)).
    min_rows
        Rows below which a cross-section is left out; at least one more than it has coefficients.
    why
        What it adds to a regression that stands beside it: a sentence of the notes.

    Notes
    -----
    .. math:: \hat\beta = \tfrac{1}{T}\sum_t \hat\beta_t,\quad
        V = \tfrac{1}{T(T-1)} \Big(\Gamma_0 + \sum_{l=1}^{L} (1 - \tfrac{l}{L+1})(\Gamma_l + \Gamma_l')\Big)

    with :math:`\Gamma_l = \sum_t (\hat\beta_t - \hat\beta)(\hat\beta_{t-l} - \hat\beta)'` and t(T - 1) critical values (Fama and
    MacBeth 1973; Newey and West 1987). Cross-sections weigh the same, whatever their rows.

    Examples
    --------
    >>> from emtract.study import FamaMacBeth
    >>> FamaMacBeth(label="Each session", y="return_open_close", x=("valence_market",)).terms
    ('valence_market',)
    """

    label: str
    y: str
    x: tuple[str, ...]
    controls: tuple[str, ...] = ()
    standardise: tuple[str, ...] = ()
    winsorise: tuple[str, ...] = ()
    winsor: float = 0.01
    y_scale: float = 1.0
    where: str | None = None
    time: str = "session"
    lags: int | None = None
    min_rows: int = 10
    why: str = ""
    sample: str = "firm_sessions"

    @property
    def spec(self) -> Spec:
        """The regression of one cross-section; its kernel is for the series of coefficients."""
        shared = {f.name: getattr(self, f.name) for f in fields(self) if f.name not in {"min_rows", "why"}}
        return Spec(**shared, effects=(), covariance="driscoll_kraay", clusters=(), small_sample="fixest")

    @property
    def terms(self) -> tuple[str, ...]:
        """The regressors."""
        return self.spec.regressors

    def run(self, samples: Mapping[str, Sample]) -> Finding:
        """Fit the cross-sections and average them.

        Raises
        ------
        SpecError
            When the sample lacks columns.
        EstimationError
            When fewer than two cross-sections have enough rows, or in none of them the regressors can be told apart.
        """
        spec = self.spec
        data, ledger = estimation_sample(spec, samples[self.sample])
        data, ledger = self._fill(data, ledger)
        design = build_design(spec, data)
        if design.time is None:
            raise EstimationError(f"{self.label} has no {self.time}: name its column in time")
        coefficients = self._cross_sections(design.y, design.z, design.time) / design.unit
        n_periods = len(coefficients)
        lags = chosen_lags(self.lags, n_periods)
        if lags >= n_periods:
            raise EstimationError(f"{lags} lags need more than {n_periods} values of {self.time}: name fewer lags")
        return Finding(
            estimates=_estimates(self.terms, coefficients, lags, data.height),
            n_obs=data.height,
            ledger=ledger,
            notes=self._notes(lags, n_periods),
            quantities={term: slope_of(spec, term) for term in self.terms},
            charts=(_chart(self.terms, coefficients, data[self.time].unique().sort(), self.y_scale),),
        )

    def describe(self) -> str:
        """Return the design in words."""
        held = f", given {', '.join(self.controls)}" if self.controls else ""
        scaled = (
            f"; {', '.join(self.standardise)} per standard deviation of the whole sample" if self.standardise else ""
        )
        lags = "floor(4 (T/100)^(2/9))" if self.lags is None else f"{self.lags}"
        picked = f" Rows where {self.where}." if self.where else ""
        return (
            f"One least-squares regression of {self.y} on {', '.join(self.x)}{held} and a constant in each {self.time} with "
            f"at least {self._least} rows{scaled}; the mean of the coefficients over time, errors with {lags} Newey-West "
            f"lags.{picked}"
        )

    @property
    def _least(self) -> int:
        return max(self.min_rows, len(self.terms) + 2)

    def _fill(self, data: pl.DataFrame, ledger: Ledger) -> tuple[pl.DataFrame, Ledger]:
        """Keep cross-sections with enough rows."""
        kept = data.filter(pl.len().over(self.time) >= self._least)
        ledger = ledger.keep(
            "in full cross-sections", kept.height, f"fewer than {self._least} rows of their {self.time}"
        )
        if kept[self.time].n_unique() < 2:
            raise EstimationError(
                f"{self.label}: fewer than two values of {self.time} have {self._least} rows: lower min_rows or widen the "
                "sample"
            )
        return kept, ledger

    def _cross_sections(self, y: Floats, z: Floats, time: Codes) -> Floats:
        """Coefficients of each cross-section, shape (T, k)."""
        order = np.argsort(time, kind="stable")
        edges = np.searchsorted(time[order], np.arange(time.max() + 2))
        found = np.empty((time.max() + 1, z.shape[1]))
        for t in range(len(found)):
            rows = order[edges[t] : edges[t + 1]]
            design = np.column_stack([np.ones(len(rows)), z[rows]])
            solved, _, rank, _ = np.linalg.lstsq(design, y[rows], rcond=1e-9)
            if rank < design.shape[1]:
                raise EstimationError(
                    f"{self.label}: the regressors cannot be told apart within one {self.time} of {len(rows)} rows: raise "
                    "min_rows or leave out a regressor that does not vary there"
                )
            found[t] = solved[1:]
        return found

    def _notes(self, lags: int, n_periods: int) -> tuple[str, ...]:
        rule = "as stated" if self.lags is not None else "floor(4 (T/100)^(2/9))"
        told = (
            f"Means of the coefficients of {n_periods:,} cross-sections, one a {self.time}; standard errors with {lags} "
            f"Newey-West lags ({rule}), critical values of t with {n_periods - 1:,} degrees of freedom."
        )
        return (told, self.why) if self.why else (told,)


def _estimates(terms: tuple[str, ...], coefficients: Floats, lags: int, n_obs: int) -> pl.DataFrame:
    n_periods = len(coefficients)
    mean = coefficients.mean(axis=0)
    spread = newey_west(coefficients - mean, np.arange(n_periods), lags) / (n_periods * (n_periods - 1))
    errors = np.sqrt(np.diag(spread))
    if not (errors > 0).all():
        raise EstimationError("a coefficient is the same in every cross-section: look for a perfect fit")
    return pl.DataFrame({"term": terms, **t_test(mean, errors, n_periods - 1), "n_obs": [n_obs] * len(terms)})


def _chart(terms: tuple[str, ...], coefficients: Floats, times: pl.Series, scale: float) -> Chart:
    """Cumulated coefficients over time: a line that climbs steadily does not hang on a few sessions."""
    total = coefficients.cumsum(axis=0)
    lines = [
        pl.DataFrame({"line": [term_words(t)] * len(times), "x": times, "y": total[:, j]}) for j, t in enumerate(terms)
    ]
    return Chart(
        "lines",
        "Cumulated cross-sectional coefficients",
        pl.concat(lines),
        x_title=times.name,
        y_title=difference_unit(scale),
    )
