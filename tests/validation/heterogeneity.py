"""Slopes that differ between firms by known amounts, and slopes that do not, through the specs of the study."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

import polars as pl

from emtract.econometrics.regression.sample import estimation_sample
from emtract.panel.derive import derive
from emtract.panel.firm_sessions import FIRM_SESSIONS
from emtract.panel.frame import ENTITY, TIME, Panel
from emtract.words.columns import BY
from tests.validation.design import Design, Drawn
from tests.validation.regressions import Regressions, declared
from tests.worlds.panels import simulate_panel

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np

    from emtract.econometrics.regression.spec import Spec

STUDY: Final = "heterogeneity"
#: Basis points per standard deviation of an emotion, for firms whose characteristic is low or average.
SLOPES: Final[Mapping[str, float]] = {"happy": 8.0, "valence": 8.0, "sad": -6.0}
#: How much the slope changes from low to high, or per standard deviation of the characteristic.
CHANGES: Final[Mapping[str, float]] = {"happy": 15.0, "valence": 15.0, "fear": -10.0}
#: Basis points of return by which firms with a high characteristic differ.
MAIN: Final = 5.0
#: Share of firm-sessions that are there at all: the panel is unbalanced.
SEEN: Final = 0.85


def draw(
    rng: np.random.Generator, *, n_symbols: int, n_sessions: int, real: str, null: tuple[str, ...], alike: bool = False
) -> Drawn:
    r"""Draw a panel in which the slopes of one spec are known; characteristics of the other specs change no slope.

    Notes
    -----
    .. math:: r_{it} = \sum_j (\beta_j + \gamma_j c_{it}) z_{jit} + \delta c_{it} + \alpha_i + \theta_t + u_{it}

    with z the standardised emotions and c the characteristic as the spec has it (0/1, or standardised), both on the rows that
    the spec uses; beta, gamma and delta are `SLOPES`, `CHANGES` and `MAIN`. Errors are those of `simulate_panel`: common shocks
    with loadings that emotions share, and persistence. With `alike` every gamma is zero.
    """
    simulated = simulate_panel(rng, n_symbols, n_sessions=n_sessions, effects={}, mean_posts=15.0).panel
    kept = simulated.data.filter(pl.Series(rng.random(simulated.data.height) < SEEN))
    panel = derive(Panel(kept, simulated.ledger, simulated.settings), declared(STUDY).derive)
    specs = Regressions(STUDY, (real, *null))
    spec = specs[real]
    changes = {} if alike else CHANGES
    moved = Panel(_moved(spec, panel, changes), panel.ledger, panel.settings)
    truth = {(real, term): _truth(term, changes) for term in spec.x}
    for name in null:
        truth |= {(name, term): 0.0 for term in specs[name].terms if BY in term}
    return Drawn({FIRM_SESSIONS: moved}, truth)


def _truth(term: str, changes: Mapping[str, float]) -> float:
    emotion = term.split("_", maxsplit=1)[0]
    return (changes if BY in term else SLOPES).get(emotion, 0.0)


def _moved(spec: Spec, panel: Panel, changes: Mapping[str, float]) -> pl.DataFrame:
    """Add the emotions' part to the return of the rows that the spec uses."""
    rows, _ = estimation_sample(spec, panel)
    scaled = rows.with_columns(
        (pl.col(c) - pl.col(c).mean()) / pl.col(c).std() for c in spec.standardise if BY not in c
    )
    products = [term.split(BY) for term in spec.x if BY in term]
    part = MAIN * pl.col(products[0][1])
    for mood, column in products:
        emotion = mood.split("_", maxsplit=1)[0]
        part = part + pl.col(mood) * (SLOPES.get(emotion, 0.0) + changes.get(emotion, 0.0) * pl.col(column))
    added = scaled.select(ENTITY, TIME, part.alias("_part"))
    joined = panel.data.join(added, on=[ENTITY, TIME], how="left", maintain_order="left")
    return joined.with_columns(pl.col(spec.y) + pl.col("_part").fill_null(0.0) / spec.y_scale).drop("_part")


def _design(
    name: str, words: str, *, real: str, null: tuple[str, ...], size: tuple[int, int], alike: bool = False
) -> Design:
    return Design(
        name=name,
        words=words,
        specs=Regressions(STUDY, (real, *null)),
        draw=partial(draw, n_symbols=size[0], n_sessions=size[1], real=real, null=null, alike=alike),
        settings={"firms": size[0], "sessions": size[1], "seen": SEEN},
    )


_DEPENDENCE: Final = "errors and emotions share loadings on common shocks and persist; 15 per cent of rows are missing"
DESIGNS: Final = (
    _design(
        "heterogeneity",
        f"150 firms over 150 sessions, split by volatility, and by short interest, which changes no slope: {_DEPENDENCE}.",
        real="predictive_volatility_split",
        null=("predictive_short_interest_valence",),
        size=(150, 150),
    ),
    _design(
        "heterogeneity, continuous",
        f"Slopes that change with size, which moves slowly within a firm, 150 firms over 150 sessions: {_DEPENDENCE}.",
        real="contemporaneous_size_continuous",
        null=("contemporaneous_short_interest_valence",),
        size=(150, 150),
    ),
    _design(
        "heterogeneity, few firms",
        f"60 firms over 100 sessions, split by illiquidity, valence alone: {_DEPENDENCE}.",
        real="predictive_illiquidity_valence",
        null=("predictive_volatility_valence",),
        size=(60, 100),
    ),
    _design(
        "heterogeneity, alike",
        f"Emotions move returns, and no characteristic changes by how much, 150 firms over 150 sessions: {_DEPENDENCE}.",
        real="contemporaneous_illiquidity_split",
        null=("contemporaneous_institutions_continuous",),
        size=(150, 150),
        alike=True,
    ),
)
