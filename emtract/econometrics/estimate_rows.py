"""Rows of a finding's estimates: one number with its t test and interval, or one test statistic with its p-value."""

from __future__ import annotations

from typing import Final

from scipy.special import stdtr, stdtrit

from emtract.errors import EstimationError

#: Coverage of the intervals.
LEVEL: Final = 0.95

EstimateRow = dict[str, float | int | str | None]


def t_row(term: str, estimate: float, std_error: float, *, df: float | None, n_obs: int) -> EstimateRow:
    """Return a row of `Finding.estimates` with the t test against zero and the 95 % interval.

    Parameters
    ----------
    term
        Name of the row.
    estimate, std_error
        In the same unit.
    df
        Degrees of freedom of the t distribution; None for the normal.
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
    half = float(stdtrit(freedom, 0.5 + LEVEL / 2)) * std_error
    return {
        "term": term,
        "estimate": estimate,
        "std_error": std_error,
        "statistic": estimate / std_error,
        "p_value": float(2 * stdtr(freedom, -abs(estimate / std_error))),
        "conf_low": estimate - half,
        "conf_high": estimate + half,
        "n_obs": n_obs,
    }


def statistic_row(term: str, statistic: float, p_value: float, *, n_obs: int) -> EstimateRow:
    """Return a row of `Finding.estimates` for a test that has no estimate of its own.

    Parameters
    ----------
    term
        Name of the row.
    statistic, p_value
        Of the test; estimate, error and interval are None.
    n_obs
        Rows behind the test.
    """
    absent = dict.fromkeys(("estimate", "std_error", "conf_low", "conf_high"))
    return {"term": term, **absent, "statistic": statistic, "p_value": p_value, "n_obs": n_obs}
