"""From sample to estimation sample: every row that leaves, and every value that is cut, is counted and given a reason."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from emtract.econometrics.ahead import check_ahead
from emtract.econometrics.columns import check_columns, numeric_columns, used_columns
from emtract.econometrics.regression.design import codes
from emtract.econometrics.regression.spec import KERNELS, columns_of
from emtract.econometrics.rows import open_ledger, pick_rows
from emtract.emotions import EMOTIONS, STANCE, TAGS
from emtract.errors import EstimationError
from emtract.panel.frame import ENTITY, TIME, WINDOWS, Sample
from emtract.words.numbers import fewer_than

if TYPE_CHECKING:
    from collections.abc import Sequence

    from emtract.econometrics.regression.spec import Spec
    from emtract.ledger import Ledger


def estimation_sample(spec: Spec, panel: Sample) -> tuple[pl.DataFrame, Ledger]:
    """Return the rows of a sample that a spec can use, and how they came about.

    Parameters
    ----------
    spec
        The regression.
    panel
        The sample: firm-sessions, or rows of any other kind.

    Returns
    -------
    tuple of pl.DataFrame and Ledger
        The columns that the spec names, products and combinations taken apart, with y, regressors and weights as
        floats, winsorised (n rows, in the order of the sample); and the ledger, one step for each of `where`, y, x,
        controls, weights, clusters, effects, singletons and winsorising that applies.

    Raises
    ------
    SpecError
        When a column is missing or not numeric, `where` is not a condition on the sample, or the spec reads the future.
    MissingDataError
        When a column is missing or empty because its files were not configured.
    EstimationError
        When no row is left.
    """
    check_columns(spec, panel)
    _check_ahead(spec)
    read = (spec.y, *spec.x, *spec.controls, *(() if spec.weights is None else (spec.weights,)))
    data, ledger = pick_rows(panel.data, spec.where, open_ledger(panel, read, spec.where))
    data = data.select(used_columns(spec, data)).with_columns(pl.col(numeric_columns(spec)).cast(pl.Float64))
    data, ledger = _complete(spec, data, ledger, panel.settings.get("min_posts"))
    if spec.effects:
        data = drop_singletons(data, spec.effects)
        ledger = ledger.keep("without singletons", data.height, f"alone in their {' or '.join(spec.effects)}")
    if data.is_empty():
        worst = max(ledger.steps, key=lambda step: step.dropped)
        raise EstimationError(
            f"no rows left to estimate {spec.y}: step {worst.name!r} dropped {worst.dropped:,} ({worst.reason})"
        )
    return _winsorise(spec, data, ledger) if spec.winsorise else (data, ledger)


def _check_ahead(spec: Spec) -> None:
    reads = {"x": spec.x, "controls": spec.controls, "effects": spec.effects}
    reads |= {} if spec.weights is None else {"weights": (spec.weights,)}
    check_ahead((spec.y,), reads, spec.where, looks_ahead=spec.looks_ahead)


def drop_singletons(data: pl.DataFrame, effects: Sequence[str]) -> pl.DataFrame:
    """Drop, until none is left, rows that are the only one of a level of any effect.

    Notes
    -----
    Such a row is fitted exactly by its own effect: it carries no information on a slope, yet would count as an
    observation. Dropping one can leave another alone, hence the iteration. With one effect a single pass is enough.
    """
    levels = [codes(data, effect) for effect in effects]
    kept = np.ones(data.height, dtype=bool)
    while True:
        alone = np.zeros(data.height, dtype=bool)
        for level in levels:
            alone |= np.bincount(level, weights=kept, minlength=1)[level] == 1
        alone &= kept
        if not alone.any():
            return data if kept.all() else data.filter(pl.Series(kept))
        kept &= ~alone


def _complete(
    spec: Spec, data: pl.DataFrame, ledger: Ledger, min_posts: str | float | None
) -> tuple[pl.DataFrame, Ledger]:
    """Keep rows on which every column of the spec has a value."""
    groups = ("with outcome", (spec.y,)), ("with regressors", columns_of(spec.x))
    for name, columns in (*groups, ("with controls", columns_of(spec.controls))):
        if columns:
            reason = _missing_reason(data, columns, min_posts)
            data = data.filter(pl.all_horizontal(pl.col(columns).is_finite().fill_null(value=False)))
            ledger = ledger.keep(name, data.height, reason)
    if spec.weights is not None:
        data = data.filter((pl.col(spec.weights).is_finite() & (pl.col(spec.weights) > 0)).fill_null(value=False))
        ledger = ledger.keep("with weights", data.height, f"{spec.weights} missing, not finite or not positive")
    times = (spec.time,) if spec.covariance in KERNELS else ()
    for name, labels in (("with clusters", spec.clusters), ("with effects", spec.effects), ("with time", times)):
        # A panel knows the firm and session of each row; another sample may not.
        if asked := [c for c in columns_of(labels) if c not in (ENTITY, TIME) or data[c].null_count()]:
            data = data.filter(pl.all_horizontal(_is_known(data, column) for column in asked))
            ledger = ledger.keep(name, data.height, f"{' or '.join(asked)} missing")
    return data, ledger


def _is_known(data: pl.DataFrame, column: str) -> pl.Expr:
    """Whether a label is there: a number that is none is no label either."""
    known = pl.col(column).is_not_null()
    return known & pl.col(column).is_not_nan() if data.schema[column].is_float() else known


def _winsorise(spec: Spec, data: pl.DataFrame, ledger: Ledger) -> tuple[pl.DataFrame, Ledger]:
    """Set values beyond the two quantiles to them, and count the values that moved."""
    cut, moved = [], []
    for column in spec.winsorise:
        values = data[column]
        low, high = (values.quantile(q, interpolation="linear") for q in (spec.winsor, 1 - spec.winsor))
        clipped = values.clip(low, high)
        cut.append(clipped)
        moved.append(f"{column}: {int((clipped != values).sum()):,} values")
    percent = f"{100 * spec.winsor:g} % and {100 - 100 * spec.winsor:g} %"
    reason = f"values beyond the {percent} quantiles set to them, no row lost; {'; '.join(moved)}"
    return data.with_columns(cut), ledger.keep("winsorised", data.height, reason)


def _missing_reason(data: pl.DataFrame, columns: Sequence[str], min_posts: str | float | None) -> str:
    """Name the columns that rows lack, with their counts, in plain words."""
    present = data.select(pl.col(columns).is_finite().fill_null(value=False).sum()).row(0)
    missing: dict[str, int] = {}
    for column, count in zip(columns, present, strict=True):
        if count < data.height:
            words = _absence(column, min_posts)
            missing[words] = max(missing.get(words, 0), data.height - count)
    return "; ".join(f"{words}: {rows:,}" for words, rows in missing.items()) or "none is missing"


def _absence(column: str, min_posts: str | float | None) -> str:
    for window in WINDOWS:
        if column in {f"{name}_{window}" for name in (*EMOTIONS, "valence", *TAGS, STANCE)}:
            few = fewer_than(int(float(min_posts)), "post") if min_posts else "fewer than min_posts posts"
            return f"{few} in the {window.replace('_', '-')} window"
    return f"no price behind {column}" if column.startswith("return_") else f"{column} missing"
