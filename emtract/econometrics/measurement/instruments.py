r"""How far the moods of firm-sessions agree between instruments: correlation of their means, plain and freed of few posts.

Notes
-----
Two instruments read the same posts, so the chance of which posts were written is in both means: dividing a correlation by the
root of two reliabilities would take it for noise that they do not share. Halves of a cell hold different posts. With the first
and second half of cell means x and y of two instruments,

.. math:: \rho = \frac{\operatorname{Cov}(x_1, y_2) + \operatorname{Cov}(x_2, y_1)}
    {2 \sqrt{\operatorname{Cov}(x_1, x_2) \operatorname{Cov}(y_1, y_2)}}

is the correlation of the moods that the posts are a sample of, as each instrument reads them; it can lie above 1 by chance.
"""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import polars as pl
from scipy.special import stdtrit

from emtract.econometrics.estimates import LEVEL
from emtract.emotions import NEGATIVE, NON_NEUTRAL, POSITIVE
from emtract.panel.frame import ENTITY, TIME, WINDOWS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from emtract.econometrics.estimates import Floats
    from emtract.panel.frame import Panel

#: First numbers of posts of the groups into which cells are divided.
FROM_POSTS: Final = (1, 5, 20, 100)
#: Cells, and sessions, below which there is no correlation.
LEAST: Final = 30
#: An interval of a disattenuated correlation that is wider says nothing, and the number is not told.
WIDEST: Final = 1.0
_NUMBERS: Final = (
    "correlation", "conf_low", "conf_high", "disattenuated", "disattenuated_low", "disattenuated_high",
)  # fmt: skip


def compare_means(panels: Mapping[str, Panel], *, valence_only: Collection[str] = ()) -> pl.DataFrame:
    """Correlate the moods of the same firm-sessions under each pair of instruments.

    Parameters
    ----------
    panels
        Instrument -> panel of the same posts, built with the noise of its cells.
    valence_only
        Instruments that tell positive from negative only: only valence is compared.

    Returns
    -------
    pl.DataFrame
        first, second, window, mood, least and most (posts of a cell; most is null for no limit), cells, correlation (Pearson,
        over firms and sessions), units_cells (cells with two units or more), disattenuated, and 95 % intervals of both with
        errors clustered by firm and session; null below `LEAST` cells or sessions, or where halves
        do not vary together enough (`WIDEST`).
    """
    rows = []
    for first, second in combinations(panels, 2):
        blind = first in valence_only or second in valence_only
        for window in WINDOWS:
            cells = _beside(panels[first], panels[second], window)
            for mood in ("valence",) if blind else ("valence", *NON_NEUTRAL):
                for least, most in _groups():
                    own = cells.filter(pl.col("n").is_between(least, most or pl.col("n")))
                    named = {"first": first, "second": second, "window": window, "mood": mood, "least": least}
                    rows.append(named | {"most": most} | _correlated(own, mood))
    words = dict.fromkeys(("first", "second", "window", "mood"), pl.String)
    counts = dict.fromkeys(("least", "most", "cells", "units_cells"), pl.Int64)
    return pl.DataFrame(rows, schema=words | counts | dict.fromkeys(_NUMBERS, pl.Float64))


def _groups() -> Iterator[tuple[int, int | None]]:
    """Least and most posts of all cells, then of each group."""
    yield 1, None
    yield from zip(FROM_POSTS, (*(n - 1 for n in FROM_POSTS[1:]), None), strict=True)


def _beside(one: Panel, two: Panel, window: str) -> pl.DataFrame:
    """Cells of both panels: moods of the first as `x_NAME`, of the second as `y_NAME`, n posts and units, and halves."""
    sides = []
    for side, panel in (("x", one), ("y", two)):
        moods = {f"{side}_{mood}": f"{mood}_{window}" for mood in ("valence", *NON_NEUTRAL)}
        data = panel.data.select(ENTITY, TIME, pl.col(f"n_posts_{window}").alias(f"{side}_n"), **moods)
        if panel.noise is not None:
            halves = [
                expression.alias(f"{side}_{half}_{mood}")
                for half in (1, 2)
                for mood, expression in _halves(half).items()
            ]
            cells = panel.noise.cells.filter(pl.col("suffix") == window)
            cells = cells.select(ENTITY, TIME, pl.col("n_units").alias(f"{side}_units"), *halves)
            data = data.join(cells, on=[ENTITY, TIME], how="left", maintain_order="left")
        sides.append(data)
    met = sides[0].join(sides[1], on=[ENTITY, TIME], how="inner", maintain_order="left")
    return met.filter(pl.col("x_n") == pl.col("y_n")).rename({"x_n": "n"})


def _halves(half: int) -> dict[str, pl.Expr]:
    """Mood -> its mean over one half of a cell's units."""
    emotions = {name: pl.col(f"half_{half}_{name}") for name in NON_NEUTRAL}
    signed = sum(emotions[name] for name in POSITIVE) - sum(emotions[name] for name in NEGATIVE)
    return {"valence": signed, **emotions}


def _correlated(cells: pl.DataFrame, mood: str) -> dict[str, Any]:
    told: dict[str, Any] = dict.fromkeys(_NUMBERS)
    known = cells.drop_nulls([f"x_{mood}", f"y_{mood}"])
    x, y = (_centred(known[f"{side}_{mood}"]) for side in "xy")
    told |= dict(zip(_NUMBERS[:3], _ratio(x * y, x * x, y * y, known), strict=True))
    halves = [f"{side}_{half}_{mood}" for side in "xy" for half in (1, 2)]
    n = 0
    if set(halves) <= {*known.columns}:
        # The same posts are in the same halves only where both instruments read all posts of a cell.
        split = known.filter(pl.col("x_units") == pl.col("y_units")).drop_nulls(halves)
        x1, x2, y1, y2 = (_centred(split[name]) for name in halves)
        rho, low, high = _ratio((x1 * y2 + x2 * y1) / 2, x1 * x2, y1 * y2, split)
        if low is not None and high is not None and high - low <= WIDEST:
            told |= dict(zip(_NUMBERS[3:], (rho, low, high), strict=True))
        n = split.height
    return {"cells": known.height, "units_cells": n, **told}


def _centred(column: pl.Series) -> Floats:
    values = column.to_numpy().astype(np.float64)
    return np.asarray(values - values.mean() if len(values) else values, dtype=np.float64)


def _ratio(c: Floats, a: Floats, b: Floats, cells: pl.DataFrame) -> tuple[float | None, float | None, float | None]:
    """Return mean(c) / sqrt(mean(a) mean(b)) and its 95 % interval, by the delta method with clusters of firms and sessions."""
    if len(c) < LEAST or cells[TIME].n_unique() < LEAST or min(a.mean(), b.mean()) <= 0:
        return None, None, None
    found = float(c.mean() / np.sqrt(a.mean() * b.mean()))
    score = c / np.sqrt(a.mean() * b.mean()) - found * (a / a.mean() + b / b.mean()) / 2
    (firm, firms), (session, sessions) = (_squared(cells[name], score) for name in (ENTITY, TIME))
    error = float(np.sqrt(max(firm + session - float(score @ score), firm, session))) / len(c)
    half = float(stdtrit(max(1, min(firms, sessions) - 1), 0.5 + LEVEL / 2)) * error
    return found, found - half, found + half


def _squared(clusters: pl.Series, score: Floats) -> tuple[float, int]:
    """Sum over clusters of the square of their sum of scores, for their number, and that number."""
    place = clusters.rank("dense").to_numpy().astype(np.int64)
    n = int(place.max())
    return float((np.bincount(place, weights=score) ** 2).sum()) * n / max(1, n - 1), n
