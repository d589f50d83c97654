"""From panel to estimation sample: every row that leaves is counted and given a reason."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

import polars as pl

from emtract.emotions import EMOTIONS
from emtract.errors import EstimationError, SpecError
from emtract.ledger import Ledger
from emtract.panel.frame import ENTITY, TIME, WINDOWS, Sample

if TYPE_CHECKING:
    from collections.abc import Sequence

    from emtract.econometrics.spec import Spec


def estimation_sample(spec: Spec, panel: Sample) -> tuple[pl.DataFrame, Ledger]:
    """Return the rows of a panel that a spec can use, and how they came about.

    Parameters
    ----------
    spec
        The regression.
    panel
        The firm-session panel.

    Returns
    -------
    tuple of pl.DataFrame and Ledger
        The columns that the spec names, with y, regressors and weights as floats (n rows, in the order of the panel);
        and the ledger, one step for each of `where`, y, x, controls, weights, clusters and singletons that applies.

    Raises
    ------
    SpecError
        When a column is missing or not numeric, or `where` is not a condition on the panel.
    EstimationError
        When no row is left.
    """
    _check_columns(spec, panel.data)
    ledger = Ledger().start("rows of the panel", panel.unit, panel.data.height)
    data = panel.data
    if spec.where is not None:
        data = _filter_where(data, spec.where)
        ledger = ledger.keep("in the sample", data.height, f"outside the sample: {spec.where}")
    data = data.with_columns(pl.col(_numeric_columns(spec)).cast(pl.Float64))
    min_posts = panel.settings.get("min_posts")
    for name, columns in (("with outcome", (spec.y,)), ("with regressors", spec.x), ("with controls", spec.controls)):
        if columns:
            reason = _missing_reason(data, columns, min_posts)
            data = data.filter(pl.all_horizontal(pl.col(columns).is_finite().fill_null(value=False)))
            ledger = ledger.keep(name, data.height, reason)
    if spec.weights is not None:
        data = data.filter((pl.col(spec.weights).is_finite() & (pl.col(spec.weights) > 0)).fill_null(value=False))
        ledger = ledger.keep("with weights", data.height, f"{spec.weights} missing, not finite or not positive")
    if others := [cluster for cluster in spec.clusters if cluster not in (ENTITY, TIME)]:
        data = data.drop_nulls(others)
        ledger = ledger.keep("with clusters", data.height, f"{' or '.join(others)} missing")
    if spec.effects:
        data = drop_singletons(data, spec.effects)
        ledger = ledger.keep("without singletons", data.height, f"alone in their {' or '.join(spec.effects)}")
    if data.is_empty():
        worst = max(ledger.steps, key=lambda step: step.dropped)
        raise EstimationError(
            f"no rows left to estimate {spec.y}: step {worst.name!r} dropped {worst.dropped:,} ({worst.reason})"
        )
    return data.select(_columns(spec)), ledger


def drop_singletons(data: pl.DataFrame, effects: Sequence[str]) -> pl.DataFrame:
    """Drop, until none is left, rows that are the only one of a level of any effect.

    Notes
    -----
    Such a row is fitted exactly by its own effect: it carries no information on a slope, yet would count as an
    observation. Dropping one can leave another alone, hence the iteration. With one effect a single pass is enough.
    """
    while True:
        kept = data.filter(pl.all_horizontal(pl.len().over(effect) > 1 for effect in effects))
        if kept.height == data.height:
            return kept
        data = kept


def _numeric_columns(spec: Spec) -> list[str]:
    weights = () if spec.weights is None else (spec.weights,)
    return list(dict.fromkeys((spec.y, *spec.regressors, *weights)))


def _columns(spec: Spec) -> list[str]:
    return list(dict.fromkeys((*_numeric_columns(spec), ENTITY, TIME, *spec.effects, *spec.clusters)))


def _check_columns(spec: Spec, data: pl.DataFrame) -> None:
    if missing := [column for column in _columns(spec) if column not in data.columns]:
        raise SpecError("; ".join(f"the panel has no column {c!r}{_closest(c, data.columns)}" for c in missing))
    schema = data.schema
    words = [c for c in _numeric_columns(spec) if not (schema[c].is_numeric() or schema[c] == pl.Boolean)]
    if words:
        raise SpecError(f"{', '.join(words)} must be numeric: encode it in the panel first")


def _closest(column: str, columns: Sequence[str]) -> str:
    matches = get_close_matches(column, columns, n=1)
    return f" (did you mean {matches[0]!r}?)" if matches else ""


def _filter_where(data: pl.DataFrame, where: str) -> pl.DataFrame:
    try:
        return data.filter(pl.sql_expr(where))
    except pl.exceptions.PolarsError as error:
        first_line = str(error).splitlines()[0]
        raise SpecError(f"where={where!r} is not a condition on the panel: {first_line}") from error


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
        if column in {f"{name}_{window}" for name in (*EMOTIONS, "valence")}:
            return f"fewer than {min_posts or 'min_posts'} posts in the {window.replace('_', '-')} window"
    return f"no price behind {column}" if column.startswith("return_") else f"{column} missing"
