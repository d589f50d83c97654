"""Does what firm and date add to a reading go with the firm's later return? It would where the reader knew what followed."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final, Literal

import polars as pl

from emtract.econometrics.regression.estimate import estimate
from emtract.econometrics.regression.spec import Spec
from emtract.errors import EstimationError
from emtract.panel.frame import ENTITY, TIME, WINDOWS, Sample

if TYPE_CHECKING:
    from emtract.panel.frame import Panel

#: Sessions of the later return: a month.
SESSIONS: Final = 21
#: Standard errors of the smallest effect that a test finds in 80 per cent of samples, at the 5 per cent level (Bloom 1995).
POWER: Final = 2.80
#: A return of the month after a session, and of the month before it, which no reader can have been told by the future.
Month = Literal["later", "before"]
_RETURN: Final = "month_return"
_ADDED: Final = "added_valence"


def month_returns(panel: Panel) -> pl.DataFrame:
    """Return what each firm earned in `SESSIONS` sessions after each, and before it; null where one of them has no price.

    Parameters
    ----------
    panel
        Firm-sessions; every session of a firm with a price is a row.

    Returns
    -------
    pl.DataFrame
        symbol, session, later and before, fractions.
    """
    known = pl.col("r").is_finite() & (pl.col("r") > -1)
    ordered = (
        panel.data.select(ENTITY, TIME, "number", r=pl.col("return_close_close").cast(pl.Float64))
        .sort(ENTITY, "number")
        .with_columns(
            total=pl.when(known).then(pl.col("r").log1p()).otherwise(0.0).cum_sum().over(ENTITY),
            missing=(~known.fill_null(value=False)).cast(pl.Int64).cum_sum().over(ENTITY),
        )
    )
    spans: dict[Month, tuple[int, int]] = {"later": (-SESSIONS, 0), "before": (1, SESSIONS + 1)}
    return ordered.select(ENTITY, TIME, *(_earned(end, start).alias(m) for m, (end, start) in spans.items()))


def _earned(end: int, start: int) -> pl.Expr:
    """The return from the close so many rows before to another, where all sessions between have a row and a return."""
    gone = {
        n: pl.col(n).shift(end).over(ENTITY) - pl.col(n).shift(start).over(ENTITY)
        for n in ("number", "total", "missing")
    }
    return pl.when((gone["number"] == SESSIONS) & (gone["missing"] == 0)).then(gone["total"].exp() - 1)


def session_valence(panel: Panel) -> pl.DataFrame:
    """Return the valence of each firm-session over all of its posts, before the open and during market hours."""
    posts = [pl.when(pl.col(f"valence_{w}").is_not_null()).then(pl.col(f"n_posts_{w}")).otherwise(0) for w in WINDOWS]
    sums = pl.sum_horizontal(*(pl.col(f"valence_{w}").fill_null(0.0) * n for w, n in zip(WINDOWS, posts, strict=True)))
    total = pl.sum_horizontal(*posts)
    return panel.data.select(ENTITY, TIME, pl.when(total > 0).then(sums / total).alias("valence"))


def foresight(plain: Panel, other: Panel, month: Month = "later") -> dict[str, Any]:
    """Test whether the valence that firm and date add to a firm-session goes with the firm's return of a month.

    Parameters
    ----------
    plain, other
        Firm-sessions of the same posts, as read and without firm and date.
    month
        The one after the session, which look-ahead would know; or the one before, which a firm's reputation would know as well.

    Returns
    -------
    dict
        estimate (basis points of the month's return per standard deviation of plain less other valence, within
        sessions), std_error, p_value, conf_low, conf_high, n_obs, firms, sd (of the added valence), power (the smallest effect
        that 80 per cent of such samples would show).

    Raises
    ------
    EstimationError
        No firm-session has a return of that month, or the valence of none changes.

    Notes
    -----
    Effects of sessions compare firms on one day; firm effects would take out what is looked for, that a reader knows which
    firms did well. Clusters by firm and session hold that months overlap; few clusters bring a wild bootstrap.
    """
    added = session_valence(plain).join(session_valence(other), on=[ENTITY, TIME], suffix="_other")
    rows = added.join(month_returns(plain), on=[ENTITY, TIME]).with_columns(
        (pl.col("valence") - pl.col("valence_other")).alias(_ADDED)
    )
    rows = rows.select(ENTITY, TIME, pl.col(month).alias(_RETURN), _ADDED).drop_nulls()
    if rows.is_empty():
        raise EstimationError(f"no firm-session has posts and prices of {SESSIONS} sessions {month}")
    spec = Spec(
        y=_RETURN,
        x=(_ADDED,),
        effects=(TIME,),
        covariance="clustered",
        clusters=(ENTITY, TIME),
        small_sample="fixest",
        standardise=(_ADDED,),
        bootstrap="auto",
        y_scale=1e4,
    )
    found = estimate(spec, Sample(rows, unit="firm-sessions"))
    told = found.tidy().row(0, named=True)
    names = ("estimate", "std_error", "p_value", "conf_low", "conf_high")
    width = (told["conf_high"] - told["conf_low"]) / (2 * 1.96)
    error = max(told["std_error"], width) if math.isfinite(width) else told["std_error"]
    return {
        **{name: told[name] for name in names},
        "n_obs": found.n_obs,
        "firms": found.n_levels[ENTITY],
        "sd": float(found.sds[0]),
        "power": POWER * error,
    }
