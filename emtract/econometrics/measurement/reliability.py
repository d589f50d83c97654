r"""How precisely a regression's moods are measured, and the smallest effect that its sample would show.

Notes
-----
After effects and exact controls, :math:`\lambda` is the share of a mood's variance that is not the noise of few posts: the factor
by which a regression on that mood alone understates its effect. Two halves of the same cells correlate by :math:`\rho`; the
correlation of
the whole is then about :math:`2\rho / (1 + \rho)` (Spearman and Brown). In 80 per cent of samples a test at 5 per cent sees an
effect of :math:`t_{.975} + t_{.80}` standard errors, about 2.80 (Bloom 1995): :math:`\delta` per measured standard deviation. An
effect of the mood reaches the regression by the factor :math:`\lambda`, and the mood's standard deviation is
:math:`\sqrt{\lambda_0}` of the measured, with :math:`\lambda_0` the share before effects: :math:`\delta\sqrt{\lambda_0} /
\lambda` per standard deviation of the mood itself.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import isfinite
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import polars as pl
from scipy import stats

from emtract.econometrics.estimates import freedom
from emtract.econometrics.measurement.moods import column_of, packed
from emtract.econometrics.measurement.prepared import prepare
from emtract.econometrics.regression.spec import Spec
from emtract.emotions import NON_NEUTRAL
from emtract.errors import EmtractError
from emtract.panel.frame import ENTITY, TIME, WINDOWS, Panel
from emtract.panel.noise import variances

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from emtract.econometrics.estimates import Floats
    from emtract.econometrics.measurement.prepared import Rows
    from emtract.panel.frame import Sample

#: Least numbers of units at which a curve is drawn.
LEAST_UNITS: Final = (2, 3, 5, 10, 20, 30)
_OUTCOME: Final = "_outcome"
_GOLDEN: Final = (5**0.5 - 1) / 2
#: Share of samples in which the smallest effect is seen.
POWER: Final = 0.8


@dataclass(frozen=True)
class Reliability:
    """How precisely the moods of one regression are measured.

    Attributes
    ----------
    table
        One row a mood: term, cells, posts, texts, authors (means a cell), one_text (share of cells), one_unit, halves and
        halves_error (correlation of two halves of a cell's texts after effects and exact controls), before (reliability before
        them), reliability, error, low, high (its 95 per cent interval, cut at 0 and 1).
    curve
        One row a mood and least number of texts: term, least, cells, reliability, error; only those that can be estimated.
    """

    table: pl.DataFrame
    curve: pl.DataFrame


def reliability(spec: Spec, panel: Sample, *, least: Sequence[int] = LEAST_UNITS) -> Reliability:
    """Measure how precisely the moods of a regression are measured in its sample.

    Parameters
    ----------
    spec
        The regression: reliability is taken after its effects and exact controls.
    panel
        Built with the noise of its cells.
    least
        Numbers of texts a cell at which the curve is drawn, ascending, from 2.

    Raises
    ------
    SpecError
        When no regressor is a mean of posts.
    EstimationError
        When the panel has no noise, no cell has two texts, or the regression cannot be estimated on those that have.

    Examples
    --------
    >>> from emtract import Store, build_panel
    >>> from emtract.study import Spec
    >>> with Store.open("runs/demo/demo.duckdb", read_only=True) as store:
    ...     panel = build_panel(store, scorer="default", noise=True)
    >>> spec = Spec(
    ...     y="return_open_close",
    ...     x=("valence_market",),
    ...     effects=("symbol", "session"),
    ...     covariance="clustered",
    ...     clusters=("symbol", "session"),
    ...     small_sample="fixest",
    ...     standardise=("valence_market",),
    ...     y_scale=1e4,
    ... )
    >>> found = reliability(spec, panel).table.row(0, named=True)
    >>> 0 < found["reliability"] < 1
    True
    """
    rows = prepare(spec, panel)
    return Reliability(reliability_table(rows), _curve(spec, panel, least, rows))


def reliability_table(rows: Rows) -> pl.DataFrame:
    """Return `Reliability.table` of a regression's rows."""
    found, errors = rows.reliability()
    halves, halves_errors = _halves(rows)
    z = stats.norm.ppf(0.975)
    table = []
    for j, (term, mood) in enumerate(zip(rows.terms, rows.moods, strict=True)):
        cells = rows.noise.cells.filter(pl.col("suffix") == mood.suffix)
        own = rows.cells[mood.suffix].select(variances(rows.noise.readings)).to_numpy() @ packed(
            mood.shares, mood.shares
        )
        table.append(
            {
                "term": term,
                "cells": rows.naive.n_obs,
                "posts": cells["n_posts"].mean(),
                "texts": cells["n_texts"].mean(),
                "authors": cells["n_authors"].mean(),
                "one_text": (cells["n_texts"] == 1).mean(),
                "one_unit": (cells["n_units"] == 1).mean(),
                "halves": halves[j],
                "halves_error": halves_errors[j],
                "before": 1 - np.nanmean(own * mood.factor**2),
                "reliability": found[j],
                "error": errors[j],
                "low": float(np.clip(found[j] - z * errors[j], 0.0, 1.0)),
                "high": float(np.clip(found[j] + z * errors[j], 0.0, 1.0)),
            }
        )
    return pl.DataFrame(table)


def panel_reliability(panel: Sample, moods: Sequence[str] = ("valence", *NON_NEUTRAL)) -> pl.DataFrame:
    """Measure how precisely the moods of a sample are measured: of firm-sessions after firm and session effects alone.

    Parameters
    ----------
    panel
        Firm-sessions, or rows of another kind, built with the noise of their moods.
    moods
        Which of them.

    Returns
    -------
    pl.DataFrame
        One row a window and mood: the columns of `Reliability.table`; a mood that cannot be measured has none.

    Raises
    ------
    EstimationError
        When the panel has no noise, or no window can be measured.
    """
    found, refused = [], []
    sample = _with_outcome(panel)
    for suffix in told_suffixes(panel):
        # One mood at a time: one that nobody shows costs no other.
        for mood in moods:
            try:
                found.append(reliability_table(prepare(_alone(panel, column_of(mood, suffix)), sample)))
            except EmtractError as error:
                refused.append(error)
    if not found:
        raise refused[0]
    return pl.concat(found)


def panel_curve(panel: Sample) -> pl.DataFrame:
    """Measure the reliability of valence where cells have at least so many texts: what another `min_posts` would give.

    Parameters
    ----------
    panel
        As in `panel_reliability`.

    Returns
    -------
    pl.DataFrame
        As `Reliability.curve`, for each window and `LEAST_UNITS`; without rows where nothing can be measured.
    """
    sample = _with_outcome(panel)
    return pl.concat(
        _curve(_alone(panel, column_of("valence", suffix)), sample, LEAST_UNITS) for suffix in told_suffixes(panel)
    )


def _alone(panel: Sample, mood: str) -> Spec:
    """The regression on one mood, within firm and session effects where rows are firm-sessions."""
    effects = (ENTITY, TIME) if isinstance(panel, Panel) else ()
    return Spec(
        y=_OUTCOME, x=(mood,), effects=effects, covariance="clustered" if effects else "robust", clusters=effects,
        small_sample="fixest",
    )  # fmt: skip


def _with_outcome(panel: Sample) -> Sample:
    """Reliability asks no outcome: one that varies within any effects stands in its place."""
    outcome = (pl.int_range(pl.len()) * _GOLDEN % 1).alias(_OUTCOME)
    return replace(panel, data=panel.data.with_columns(outcome))


def told_suffixes(panel: Sample) -> tuple[str, ...]:
    """Suffixes of the noise, of firm-sessions the windows of all posts; '' where nothing is known, which is then said."""
    known = panel.noise.suffixes if panel.noise else ()
    return (tuple(w for w in WINDOWS if w in known) if isinstance(panel, Panel) else known) or ("",)


def _curve(spec: Spec, panel: Sample, least: Sequence[int], first: Rows | None = None) -> pl.DataFrame:
    told = []
    for number in least:
        try:
            rows = first if first and number == 2 else prepare(spec, panel, min_units=number)
        except EmtractError:
            break
        for term, value, error in zip(rows.terms, *rows.reliability(), strict=True):
            told.append((term, number, rows.naive.n_obs, value, error))
    schema = {"term": pl.String, "least": pl.Int64, "cells": pl.Int64, "reliability": pl.Float64, "error": pl.Float64}
    return pl.DataFrame(told, schema=schema, orient="row")


def _halves(rows: Rows) -> tuple[Floats, Floats]:
    """Correlation of two halves of each cell, mood by mood, after effects and exact controls, and its standard error."""
    one, two = (half / np.sqrt((half**2).sum(axis=0)) for half in rows.halves())
    rho = (one * two).sum(axis=0)
    return rho, rows.error(one * two - rho * (one**2 + two**2) / 2)


def smallest_effect(std_errors: Floats, critical_df: int | None) -> Floats:
    """Return the smallest effect that a two-sided test at 5 per cent sees in a share `POWER` of samples.

    Parameters
    ----------
    std_errors
        Of the estimates, shape (k,).
    critical_df
        Degrees of freedom of the t distribution; None for the normal.
    """
    quantile = stats.norm() if critical_df is None else stats.t(critical_df)
    return np.asarray(std_errors * (quantile.ppf(0.975) + quantile.ppf(POWER)))


def smallest_seen(row: Mapping[str, Any]) -> float | None:
    """Return the smallest difference from zero that 80 of 100 such samples would show; None without error and interval.

    The interval of the row tells the degrees of freedom: with few clusters a bootstrap makes it wider than any rule of thumb.
    """
    error, low, high = (row[name] for name in ("std_error", "conf_low", "conf_high"))
    if None in (error, low, high) or not (error > 0 and isfinite(high - low)):
        return None
    return float(smallest_effect(np.array([error]), round(freedom(row)))[0])


def power_table(
    estimates: pl.DataFrame, table: pl.DataFrame, *, df: int | None, sds: Mapping[str, float] | None = None
) -> pl.DataFrame:
    """Return the smallest effects of the moods themselves that a regression would show.

    Parameters
    ----------
    estimates
        Term and std_error, on the cells whose noise is known.
    table
        `Reliability.table` of its moods.
    df
        Degrees of freedom of the t distribution; None for the normal.
    sds
        Standard deviations of terms whose coefficients are per unit; others are per standard deviation.

    Returns
    -------
    pl.DataFrame
        term, per_true_sd (in the units of the outcome; null where reliability is not known, or not above 0), and
        per_true_sd_least, with reliability at the upper end of its interval.
    """
    measured = {term: told for term, *told in table.select("term", "before", "reliability", "high").iter_rows()}
    rows = []
    for term, error in estimates.select("term", "std_error").iter_rows():
        effect = float(smallest_effect(np.array(error), df)) * (sds or {}).get(term, 1.0)
        before, *shares = measured.get(term, (0.0, 0.0, 0.0))
        true = [effect * np.sqrt(before) / share if min(before, share) > 0 else None for share in shares]
        rows.append((term, *true))
    numbers = ("per_true_sd", "per_true_sd_least")
    return pl.DataFrame(rows, schema={"term": pl.String} | dict.fromkeys(numbers, pl.Float64), orient="row")
