"""One number with its inference: the test against zero, its interval, and the row that an outcome shows of it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final, Self

import numpy as np
import polars as pl
from scipy.special import ndtr, ndtri, stdtr, stdtrit

from emtract.errors import EstimationError

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Coverage of the intervals, and the level at which a number counts as significant.
LEVEL: Final = 0.95
SIGNIFICANCE: Final = 0.05
#: Columns of the estimates of every outcome; a number that does not exist is null.
ESTIMATE_COLUMNS: Final = (
    "term", "estimate", "std_error", "statistic", "p_value", "conf_low", "conf_high", "n_obs",
)  # fmt: skip

EstimateRow = dict[str, float | int | str | None]


def t_test(estimate: Any, std_error: Any, df: float | None, *, level: float = LEVEL) -> dict[str, Any]:
    """Return the test against zero and the interval: `ESTIMATE_COLUMNS` but for term and n_obs.

    Parameters
    ----------
    estimate, std_error
        Numbers, or arrays of one shape, in the same unit.
    df
        Degrees of freedom of the t distribution; None for the normal.
    level
        Coverage of the interval.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        statistic = estimate / std_error
    tail = ndtr(-np.abs(statistic)) if df is None else stdtr(df, -np.abs(statistic))
    half = (ndtri(0.5 + level / 2) if df is None else stdtrit(df, 0.5 + level / 2)) * std_error
    return {
        "estimate": estimate,
        "std_error": std_error,
        "statistic": statistic,
        "p_value": 2 * tail,
        "conf_low": estimate - half,
        "conf_high": estimate + half,
    }


@dataclass(frozen=True)
class Estimate:
    """One number with its inference; `n_obs` counts the rows, or the sessions, behind it."""

    estimate: float
    std_error: float
    statistic: float
    p_value: float
    conf_low: float
    conf_high: float
    n_obs: int

    @classmethod
    def tested(cls, estimate: float, std_error: float, *, df: float | None, n_obs: int) -> Self:
        """Return a number with the test and the interval of `t_test`.

        Parameters
        ----------
        estimate, std_error, df
            As in `t_test`.
        n_obs
            Rows behind the number.
        """
        found = t_test(estimate, std_error, df)
        return cls(**{name: float(number) for name, number in found.items()}, n_obs=n_obs)

    @property
    def significant(self) -> bool:
        """Whether it differs from zero at the 5 per cent level."""
        return self.p_value < SIGNIFICANCE


def estimate_row(term: str, found: Estimate | Mapping[str, float | None], *, n_obs: int | None = None) -> EstimateRow:
    """Return one row of estimates: `ESTIMATE_COLUMNS`, None for what was not found.

    Parameters
    ----------
    term
        Name of the row.
    found
        The number, or what is known of it by the names of the columns.
    n_obs
        Rows behind it, where `found` does not say.
    """
    known = asdict(found) if isinstance(found, Estimate) else found
    return {**dict.fromkeys(ESTIMATE_COLUMNS), "term": term, "n_obs": n_obs, **known}


def t_row(term: str, estimate: float, std_error: float, *, df: float | None, n_obs: int) -> EstimateRow:
    """Return a row of estimates with the t test against zero and the 95 % interval.

    Parameters
    ----------
    term
        Name of the row.
    estimate, std_error
        In the same unit.
    df
        Degrees of freedom of the t distribution; None for infinitely many.
    n_obs
        Rows behind the number.

    Raises
    ------
    EstimationError
        When the standard error is no positive number.
    """
    if not 0 < std_error < float("inf"):
        raise EstimationError(f"the standard error of {term} is not positive: look for a perfect fit or too few rows")
    freedom = float("inf") if df is None else df
    return estimate_row(term, Estimate.tested(estimate, std_error, df=freedom, n_obs=n_obs))


def estimate_frame(found: Mapping[str, Estimate], name: str = "term") -> pl.DataFrame:
    """Return one row an estimate under its name: the columns of `ESTIMATE_COLUMNS`."""
    return pl.DataFrame([{name: term} | asdict(row) for term, row in found.items()])
