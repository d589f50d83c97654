"""Forecasts from windows of the past: which rows each is estimated on, and what is estimated there."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from emtract.econometrics.estimates import Codes, Floats

Window = Literal["expanding", "rolling"]
#: Why a row has no forecast.
_FEW: Final = "too few rows of the firm in the window"
_FLAT: Final = "a regressor does not vary within firms in the window"
_REPEATED: Final = "regressors repeat one another in the window"
#: Spread, as a share of a column's size, below which the column does not vary, or columns repeat one another.
_VARIES: Final = 1e-10
_APART: Final = 1e-9


@dataclass(frozen=True)
class Rows:
    """What is forecast, and from what; rows stand in the order of their sessions.

    Attributes
    ----------
    y
        Outcomes, shape (n,).
    z
        Regressors, the benchmark's first, shape (n, k).
    unit
        Firm of each row, from 0.
    place
        Session of each row, from 0 and ascending.
    """

    y: Floats
    z: Floats
    unit: Codes
    place: Codes

    def where(self, kept: Codes | slice | np.ndarray[tuple[int], np.dtype[np.bool_]]) -> Rows:
        """Return some of the rows."""
        return Rows(self.y[kept], self.z[kept], self.unit[kept], self.place[kept])


@dataclass(frozen=True, kw_only=True)
class Windows:
    """How the past is used.

    Attributes
    ----------
    sessions
        Of the first window; a rolling one keeps this length.
    kind
        Whether windows grow or roll.
    every
        Sessions between estimations.
    gap
        Sessions until an outcome is known: the outcome of session s is estimated on from session s + gap.
    min_rows
        Rows of a firm below which a window says nothing of it.
    nested
        Regressors of the benchmark: the first columns; 0 for the mean alone.
    signs
        Sign that each slope must have, else it is taken as zero: -1 or 1, 0 for either; shape (k,).
    cut, cut_y
        Columns, and whether the outcome, that are winsorised at the quantiles of the window, shape (k,).
    winsor
        Share cut in each tail.
    """

    sessions: int
    kind: Window
    every: int
    gap: int
    min_rows: int
    nested: int
    signs: Floats
    cut: np.ndarray[tuple[int], np.dtype[np.bool_]]
    cut_y: bool
    winsor: float

    @property
    def first(self) -> int:
        """Place of the first session that is forecast."""
        return self.sessions + self.gap - 1

    def schedule(self, n_places: int) -> Iterator[tuple[range, range]]:
        """Yield the places that are estimated on, and those that are forecast from them."""
        for start in range(self.first, n_places, self.every):
            known = start - self.gap + 1
            oldest = known - self.sessions if self.kind == "rolling" else 0
            yield range(oldest, known), range(start, min(start + self.every, n_places))


@dataclass(frozen=True)
class Forecasts:
    """Forecasts beside the benchmark's.

    Attributes
    ----------
    row
        Row of `Rows` that each is of, ascending, shape (m,).
    model, benchmark
        Shape (m,).
    restricted
        Forecasts with slopes of the wrong sign taken as zero, shape (m,).
    variance
        Of the firm's outcomes in the window, shape (m,).
    left
        Why rows after the first window have no forecast -> how many.
    """

    row: Codes
    model: Floats
    benchmark: Floats
    restricted: Floats
    variance: Floats
    left: Mapping[str, int]


class _Fit(NamedTuple):
    """One window: means by firm, slopes, and the bounds of its quantiles."""

    told: np.ndarray[tuple[int], np.dtype[np.bool_]]
    level: Floats
    centre: Floats
    variance: Floats
    slopes: Floats
    nested: Floats
    low: Floats
    high: Floats


def forecast(rows: Rows, windows: Windows) -> Forecasts:
    r"""Forecast every row after the first window from one regression with means of firms, estimated anew as time passes.

    Parameters
    ----------
    rows
        Outcomes and regressors; a firm may be missing in any session.
    windows
        How the past is used.

    Notes
    -----
    .. math:: \hat y_{it} = \bar y_i + (z_{it} - \bar z_i)' \hat\beta

    with means, slopes and quantiles of the window alone. Nothing dated t or later enters the forecast of session t but its own
    regressors, and no outcome that is not known by then.
    """
    n_units, n_places = int(rows.unit.max()) + 1, int(rows.place.max()) + 1
    found: list[tuple[Codes, Floats]] = []
    left: Counter[str] = Counter()
    for known, ahead in windows.schedule(n_places):
        past, now = (slice(*np.searchsorted(rows.place, (span.start, span.stop))) for span in (known, ahead))
        fitted = _fit(rows.where(past), n_units, windows)
        numbers = np.arange(now.start, now.stop)
        if isinstance(fitted, str):
            left[fitted] += len(numbers)
            continue
        numbers = numbers[fitted.told[rows.unit[now]]]
        left[_FEW] += now.stop - now.start - len(numbers)
        found.append((numbers, _predict(rows.where(numbers), fitted, windows)))
    return _joined(found, left)


def forecast_each(rows: Rows, windows: Windows) -> Forecasts:
    """Forecast every firm from its own rows alone."""
    units = [np.flatnonzero(rows.unit == unit) for unit in range(int(rows.unit.max()) + 1)]
    left: Counter[str] = Counter()
    found: list[tuple[Codes, Floats]] = []
    for numbers in units:
        own = rows.where(numbers)
        told = forecast(replace(own, unit=np.zeros_like(own.unit)), windows)
        left.update(told.left)
        found.append((numbers[told.row], np.column_stack([told.model, told.benchmark, told.restricted, told.variance])))
    return _joined(found, left)


def _joined(found: list[tuple[Codes, Floats]], left: Counter[str]) -> Forecasts:
    row = np.concatenate([np.empty(0, dtype=np.int64), *(numbers for numbers, _ in found)])
    columns = np.vstack([np.empty((0, 4)), *(told for _, told in found)])
    order = np.argsort(row, kind="stable")
    model, benchmark, restricted, variance = columns[order].T
    kept = {why: count for why, count in left.items() if count}
    return Forecasts(row[order], model, benchmark, restricted, variance, kept)


def _fit(rows: Rows, n_units: int, windows: Windows) -> _Fit | str:
    """Estimate on a window, or say why it cannot be."""
    counts = np.bincount(rows.unit, minlength=n_units)
    told = counts >= windows.min_rows
    if not told.any():
        return _FEW
    rows = rows.where(told[rows.unit])
    low, high = _bounds(rows.z, windows.cut, windows.winsor)
    z = np.clip(rows.z, low, high)
    y = np.clip(rows.y, *_bounds(rows.y[:, None], np.array([windows.cut_y]), windows.winsor))
    counts = np.maximum(np.bincount(rows.unit, minlength=n_units), 1)
    level = np.bincount(rows.unit, weights=y, minlength=n_units) / counts
    centre = np.column_stack([np.bincount(rows.unit, weights=c, minlength=n_units) / counts for c in z.T])
    within, apart = y - level[rows.unit], z - centre[rows.unit]
    squares = np.bincount(rows.unit, weights=(rows.y - level[rows.unit]) ** 2, minlength=n_units)
    sds = np.sqrt((apart**2).mean(axis=0))
    if not (sds > _VARIES * np.abs(z).max(axis=0)).all():
        return _FLAT
    slopes = _slopes(apart / sds, within)
    nested = _slopes(apart[:, : windows.nested] / sds[: windows.nested], within)
    if slopes is None or nested is None:
        return _REPEATED
    variance = squares / np.maximum(counts - 1, 1)
    return _Fit(told, level, centre, variance, slopes / sds, nested / sds[: windows.nested], low, high)


def _bounds(columns: Floats, cut: np.ndarray[tuple[int], np.dtype[np.bool_]], winsor: float) -> tuple[Floats, Floats]:
    """Return the quantiles of the columns that are cut, and no bound for others."""
    low, high = np.quantile(columns, (winsor, 1 - winsor), axis=0) if cut.any() else (np.empty(len(cut)),) * 2
    return np.where(cut, low, -np.inf), np.where(cut, high, np.inf)


def _slopes(x: Floats, y: Floats) -> Floats | None:
    if not x.shape[1]:
        return np.empty(0)
    solved, _, rank, _ = np.linalg.lstsq(x, y, rcond=_APART)
    return np.asarray(solved) if rank == x.shape[1] else None


def _predict(rows: Rows, fitted: _Fit, windows: Windows) -> Floats:
    """Forecasts of the model, the benchmark, the model with its signs held, and the variance, shape (m, 4)."""
    apart = np.clip(rows.z, fitted.low, fitted.high) - fitted.centre[rows.unit]
    level = fitted.level[rows.unit]
    held = np.where(windows.signs * fitted.slopes < 0, 0.0, fitted.slopes)
    benchmark = level + apart[:, : windows.nested] @ fitted.nested
    return np.column_stack([level + apart @ fitted.slopes, benchmark, level + apart @ held, fitted.variance[rows.unit]])
