"""What an estimated spec gives back: coefficients, covariance, sample and its attrition."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from emtract.econometrics.estimates import LEVEL, t_test
from emtract.econometrics.finding import Outcome, Quantity
from emtract.econometrics.regression.prose import describe, inference_notes
from emtract.econometrics.regression.wild import TOO_FEW_CLUSTERS
from emtract.words.names import term_name
from emtract.words.numbers import unit_name

if TYPE_CHECKING:
    from collections.abc import Mapping

    from emtract.econometrics.estimates import Floats
    from emtract.econometrics.regression.absorb import Library
    from emtract.econometrics.regression.spec import Spec
    from emtract.econometrics.regression.wild import WildTest
    from emtract.ledger import Ledger


@dataclass(frozen=True, repr=False)
class Result(Outcome):
    """One estimated spec.

    Attributes
    ----------
    spec
        The spec that was estimated.
    coefficients
        Shape (k,), in the order of ``spec.regressors``; units of ``y_scale * y`` per unit (or standard deviation) of x.
    covariance
        Shape (k, k).
    critical_df
        Degrees of freedom of the t distribution behind p-values and intervals; None for the normal.
    n_obs
        Rows used.
    n_levels
        Levels of each effect and cluster column in the sample, e.g. ``{"symbol": 85, "session": 504}``.
    r2_within
        Share of the variance of y that regressors explain within the effects; without effects the ordinary R squared.
    means, sds
        Mean and standard deviation of each regressor on the estimation sample, before standardising; shape (k,).
    ledger
        From panel rows to rows used.
    lags
        Last lag of the kernel; None for a covariance without one.
    library
        Who absorbed the effects.
    wild
        One bootstrap test a regressor, or none; where there are, p-values and intervals are theirs.
    left_out
        Controls that are left out of `spec` -> why: constant, or explained by the effects or by other controls.
    """

    spec: Spec
    coefficients: Floats
    covariance: Floats
    critical_df: int | None
    n_obs: int
    n_levels: dict[str, int]
    r2_within: float
    means: Floats
    sds: Floats
    ledger: Ledger
    lags: int | None = None
    library: Library = "linearmodels"
    wild: tuple[WildTest, ...] = ()
    left_out: Mapping[str, str] = field(default_factory=dict)

    def _headline(self) -> str:
        unit = unit_name(self.spec.y_scale)
        told = (self.spec.label, f"{term_name(self.spec.y)}{f' in {unit}' if unit else ''}", f"N = {self.n_obs:,}")
        return "; ".join(filter(None, (*told, f"R\u00b2 within {self.r2_within:.4f}")))

    @property
    def absorbed(self) -> tuple[str, ...]:
        """Names of the controls that are left out."""
        return tuple(self.left_out)

    @property
    def effective_clusters(self) -> Floats:
        """Clusters of one size that carry as much as those that were resampled, shape (k,); nan without a bootstrap."""
        told = [test.effective_clusters for test in self.wild]
        return np.array(told) if told else np.full(len(self.coefficients), np.nan)

    @property
    def untested(self) -> tuple[str, ...]:
        """Regressors that fewer than `TOO_FEW_CLUSTERS` clusters of one size carry: no test of them is relied on."""
        carried = zip(self.spec.regressors, self.effective_clusters, strict=True)
        return tuple(term for term, clusters in carried if clusters < TOO_FEW_CLUSTERS)

    @property
    def std_errors(self) -> Floats:
        """Standard errors, shape (k,)."""
        return np.sqrt(np.diag(self.covariance))

    @cached_property
    def notes(self) -> tuple[str, ...]:
        """The rules of inference in words, as at the foot of a table."""
        return inference_notes(self)

    @cached_property
    def design(self) -> tuple[str, ...]:
        """The regression as sentences of a data section."""
        return describe(self.spec)

    @cached_property
    def estimates(self) -> pl.DataFrame:
        """The rows of `tidy`, with n_obs, y and r2_within."""
        whole = {"n_obs": pl.lit(self.n_obs, pl.Int64), "y": pl.lit(self.spec.y)}
        return self.tidy().with_columns(**whole, r2_within=pl.lit(self.r2_within, pl.Float64))

    @cached_property
    def quantities(self) -> Mapping[str, Quantity]:
        """Each regressor by its name, in the unit of the outcome."""
        unit = unit_name(self.spec.y_scale)
        return {term: Quantity(term_name(term), unit) for term in self.spec.regressors}

    def tidy(self, level: float = LEVEL) -> pl.DataFrame:
        """Return one row a regressor.

        Parameters
        ----------
        level
            Coverage of the interval.

        Returns
        -------
        pl.DataFrame
            term, estimate, std_error, statistic, p_value, conf_low, conf_high, mean, sd.
        """
        return self._usual if level == LEVEL else self._at(level)

    @cached_property
    def _usual(self) -> pl.DataFrame:
        return self._at(LEVEL)

    def _at(self, level: float) -> pl.DataFrame:
        found = t_test(self.coefficients, self.std_errors, self.critical_df, level=level)
        if self.wild:
            low, high = np.array([test.interval(level) for test in self.wild]).T
            p_values = np.array([test.p_value() for test in self.wild])
            found |= {"p_value": p_values, "conf_low": low, "conf_high": high}
        return pl.DataFrame({"term": self.spec.regressors, **found, "mean": self.means, "sd": self.sds})
