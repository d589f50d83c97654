"""Panels whose posts stand in two groups, with slopes of each that are known."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from emtract.econometrics.analyses.contrast import Contrast
from emtract.econometrics.regression.sample import estimation_sample
from emtract.econometrics.regression.spec import Spec
from emtract.emotions import EMOTIONS, NEGATIVE, POSITIVE
from emtract.panel.frame import ENTITY, TIME, WINDOWS, Panel
from emtract.posts import GROUPS
from emtract.words.columns import BY
from tests.validation.declared import Declared
from tests.worlds.panels import simulate_panel

if TYPE_CHECKING:
    from collections.abc import Mapping

    from emtract.econometrics.finding import Analysis
    from emtract.posts import SplitBy


#: How alike the moods of two groups are: the weight of the first group's in the second's.
ALIKE: Final = 0.4


@dataclass(frozen=True)
class Grouped(Declared):
    """Regressions and contrasts of a study by name; pyfixest gives the numbers of linearmodels in a tenth of the time."""

    def __getitem__(self, name: str) -> Spec | Analysis:
        found = super().__getitem__(name)
        if isinstance(found, Contrast):
            return replace(found, spec=replace(found.spec, engine="pyfixest"))
        return replace(found, engine="pyfixest") if isinstance(found, Spec) else found


def simulate_groups(
    rng: np.random.Generator, n_symbols: int, *, n_sessions: int, by: SplitBy, mean_posts: float, min_posts: int = 2
) -> Panel:
    """Draw a panel with the columns of a split, in which no emotion moves any return.

    Notes
    -----
    The first group's shares and posts are those of one simulated panel, the second group's a mixture of these and of
    those of another; the whole is their mean over posts. Errors are those of the first panel: they share its loadings on
    common shocks and persist. Groups with few posts are silent in many windows, more so in some firms.
    """
    options = {"n_sessions": n_sessions, "effects": {}, "mean_posts": mean_posts, "min_posts": min_posts}
    panel = simulate_panel(rng, n_symbols, **options).panel  # type: ignore[arg-type]
    other = simulate_panel(rng, n_symbols, **options).panel.data  # type: ignore[arg-type]
    data = panel.data
    for window in WINDOWS:
        data = _with_window(data, other, window, GROUPS[by])
    return Panel(data, panel.ledger, panel.settings)


def _with_window(data: pl.DataFrame, other: pl.DataFrame, window: str, groups: tuple[str, str]) -> pl.DataFrame:
    first, second = groups
    moods = [f"{emotion}_{window}" for emotion in EMOTIONS]
    counts = {first: data[f"n_posts_{window}"], second: other[f"n_posts_{window}"]}
    total = counts[first] + counts[second]
    made: dict[str, pl.Series | pl.Expr] = {}
    for name in moods:
        own = data[name]
        made[f"{name}_{first}"] = own
        made[f"{name}_{second}"] = other[name] * (1 - ALIKE) + own.fill_null(own.mean()) * ALIKE
    for group, count in counts.items():
        made |= {
            f"n_posts_{window}_{group}": count,
            f"attention_{window}_{group}": count.log1p(),
            f"share_{window}_{group}": (count / total).fill_nan(None),
        }
    data = data.with_columns(**made).with_columns(
        _valence(f"_{window}_{group}").alias(f"valence_{window}_{group}") for group in groups
    )
    weighed = [
        pl.sum_horizontal(
            *(pl.col(f"{name}_{group}") * pl.col(f"n_posts_{window}_{group}") for group in groups), ignore_nulls=False
        )
        .truediv(pl.sum_horizontal(f"n_posts_{window}_{group}" for group in groups))
        .alias(name)
        for name in moods
    ]
    return (
        data.with_columns(*weighed)
        .with_columns(_valence(f"_{window}").alias(f"valence_{window}"), total.alias(f"n_posts_{window}"))
        .with_columns(attention=pl.col(f"n_posts_{window}").log1p())
        .drop(f"attention_{window}")
        .rename({"attention": f"attention_{window}"})
    )


def _valence(tail: str) -> pl.Expr:
    positive, negative = ([f"{emotion}{tail}" for emotion in signed] for signed in (POSITIVE, NEGATIVE))
    return pl.sum_horizontal(positive, ignore_nulls=False) - pl.sum_horizontal(negative, ignore_nulls=False)


def add_slopes(spec: Spec, panel: Panel, slopes: Mapping[str, float]) -> tuple[Panel, dict[str, float]]:
    """Let regressors of a spec move its outcome on the rows that it uses.

    Parameters
    ----------
    slopes
        Regressor -> `y_scale` units of the outcome per unit of it; a product is that of the standardised columns.

    Returns
    -------
    tuple of Panel and dict
        The panel, and regressor of interest -> its true coefficient in the spec's own units.
    """
    rows, _ = estimation_sample(spec, panel)
    scaled = rows.with_columns(
        ((pl.col(c) - pl.col(c).mean()) / pl.col(c).std()).alias(f"_{c}") for c in spec.sources if c in rows.columns
    )
    part, truth = pl.lit(0.0), dict.fromkeys(spec.x, 0.0)
    for term, slope in slopes.items():
        if BY in term:
            first, second = term.split(BY)
            part, truth[term] = part + slope * pl.col(f"_{first}") * pl.col(f"_{second}"), slope
        else:
            part, truth[term] = part + slope * pl.col(term), slope * float(rows[term].std())  # type: ignore[arg-type]
    added = scaled.select(ENTITY, TIME, (part / spec.y_scale).alias("_part"))
    data = panel.data.join(added, on=[ENTITY, TIME], how="left", maintain_order="left")
    data = data.with_columns(pl.col(spec.y) + pl.col("_part").fill_null(0.0)).drop("_part")
    return Panel(data, panel.ledger, panel.settings), truth


def gap(spec: Spec, panel: Panel, slopes: Mapping[str, float], pair: tuple[str, str]) -> float:
    """Return the true difference of two slopes per common standard deviation, as `Contrast` has it."""
    rows, _ = estimation_sample(spec, panel)
    spread = np.sqrt(rows.select(pair).to_numpy().var(axis=0, ddof=1).mean())
    return float(spread) * (slopes.get(pair[0], 0.0) - slopes.get(pair[1], 0.0))


def group_truth(
    declared: Mapping[str, Spec | Analysis], panel: Panel, name: str, slopes: Mapping[str, float]
) -> tuple[Panel, dict[tuple[str, str], float]]:
    """Let groups' emotions move returns as one spec has it, and return its truth and that of the contrast beside it."""
    spec = declared[name]
    assert isinstance(spec, Spec)
    moved, of_spec = add_slopes(spec, panel, slopes)
    truth = {(name, term): value for term, value in of_spec.items()}
    contrast = f"{name}_gap"
    if contrast in declared:
        compared = declared[contrast]
        assert isinstance(compared, Contrast)
        truth |= {
            (contrast, term): gap(spec, panel, slopes, pair)
            for term, pair in zip(compared.terms, compared.pairs, strict=True)
        }
    return moved, truth
