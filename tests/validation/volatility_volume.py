"""Ranges and volumes that moods move by known amounts, given their own past, through the specs of the study."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from emtract.econometrics.regression.sample import estimation_sample
from emtract.panel.derive import derive
from emtract.panel.firm_sessions import FIRM_SESSIONS
from emtract.panel.frame import Panel
from tests.validation.design import Design, Drawn
from tests.validation.regressions import Regressions, declared
from tests.worlds.panels import simulate_panel

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

STUDY: Final = "volatility_volume"
#: Spec -> term -> hundredths of a logarithm per standard deviation; terms not named have no effect.
EFFECTS: Final[Mapping[str, Mapping[str, float]]] = {
    "predictive_parkinson_emotions": {"fear_pre_open": 2.0, "happy_pre_open": 1.5, "attention_pre_open": 4.0},
    "predictive_volume_mood": {"disagreement_pre_open": 2.0, "attention_pre_open": 4.0},
    "contemporaneous_garman_klass_emotions": {},
    "contemporaneous_turnover_mood": {"absolute_valence_market": 2.0},
}
#: How much of an outcome's deviation is left one session later, and the sd of what is new, in logarithms.
MEMORY: Final = 0.4
NOISE: Final = 0.4
SEEN: Final = 0.85


def draw(rng: np.random.Generator, *, n_symbols: int, n_sessions: int) -> Drawn:
    r"""Draw a panel whose ranges and volumes answer to moods.

    Notes
    -----
    .. math:: y_{it} = \rho\, y_{i,t-1} + \sum_j \beta_j z_{jit} + \alpha_i + \sigma (b_i g_t + e_{it})

    with z the standardised regressors of the spec (nothing where a window is empty) and b_i the firm's loading on the outcome's
    shared shock. The spec holds :math:`y_{i,t-1}` fixed, so that beta is what a mood adds on its session.
    """
    simulated = simulate_panel(rng, n_symbols, n_sessions=n_sessions, effects={}, mean_posts=15.0).panel
    specs, data = Regressions(STUDY, tuple(EFFECTS)), simulated.data
    moods = derive(simulated, declared(STUDY).derive).data
    for name, effects in EFFECTS.items():
        spec = specs[name]
        moved = sum((_score(moods[term]) * effect for term, effect in effects.items()), np.zeros(data.height))
        data = data.with_columns(pl.Series(spec.y, _outcome(rng, moved.reshape(n_symbols, -1) / spec.y_scale).ravel()))
    kept = data.filter(pl.Series(rng.random(data.height) < SEEN))
    panel = derive(Panel(kept, simulated.ledger, simulated.settings), declared(STUDY).derive)
    return Drawn({FIRM_SESSIONS: panel}, _truth(specs, panel, moods))


def _score(column: pl.Series) -> NDArray[np.float64]:
    """Standardise over all rows; zero where it is null."""
    return ((column - column.mean()) / column.std()).fill_null(0.0).to_numpy()


def _outcome(rng: np.random.Generator, moved: NDArray[np.float64]) -> NDArray[np.float64]:
    """Outcomes of shape (n_symbols, n_sessions) that remember the session before, from the stationary part on."""
    n_symbols, n_sessions = moved.shape
    loadings = 1.0 + 0.6 * rng.standard_normal((n_symbols, 1))
    new = moved + NOISE * (loadings * rng.standard_normal(n_sessions) + rng.standard_normal(moved.shape))
    path = 0.2 * rng.standard_normal((n_symbols, 1)) + new
    for t in range(1, n_sessions):
        path[:, t] += MEMORY * path[:, t - 1]
    return path


def _truth(specs: Regressions, panel: Panel, moods: pl.DataFrame) -> dict[tuple[str, str], float]:
    """Effects per standard deviation of the rows that each spec uses."""
    truth: dict[tuple[str, str], float] = {}
    for name, effects in EFFECTS.items():
        spec = specs[name]
        rows, _ = estimation_sample(spec, panel)
        for term in (*spec.x, spec.controls[0]):
            ratio = _sd(rows[term]) / _sd(moods[term])
            truth[name, term] = ratio * effects.get(term, 0.0)
    return truth


def _sd(column: pl.Series) -> float:
    return float(np.std(column.drop_nulls().to_numpy(), ddof=1))


def _design(name: str, words: str, *, n_symbols: int, n_sessions: int) -> Design:
    return Design(
        name=name,
        words=words,
        specs=Regressions(STUDY, tuple(EFFECTS)),
        draw=partial(draw, n_symbols=n_symbols, n_sessions=n_sessions),
        settings={"firms": n_symbols, "sessions": n_sessions, "seen": SEEN, "memory": MEMORY},
    )


DESIGNS: Final = (
    _design(
        "volatility_volume",
        "120 firms over 150 sessions: outcomes remember the session before and share shocks with their own loadings, moods "
        "persist and share theirs, 15 per cent of rows are missing.",
        n_symbols=120,
        n_sessions=150,
    ),
    _design(
        "volatility_volume, 50 firms",
        "The same with 50 firms over 60 sessions: few clusters, and few sessions to know a firm's mean from.",
        n_symbols=50,
        n_sessions=60,
    ),
)
