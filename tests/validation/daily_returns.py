"""Simulated counterparts of `daily_returns`: dependence both ways, thin panels, few clusters, few sessions."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Final

from emtract.econometrics.regression.spec import Spec
from emtract.emotions import NON_NEUTRAL
from emtract.errors import StudyError
from tests.validation.declared import Declared
from tests.validation.design import Design, Drawn

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    import polars as pl

    from emtract.econometrics.regression.spec import Bootstrap
    from tests.validation.design import Target

STUDY: Final = "daily_returns"
#: Basis points of the return per unit of an emotion's share; the other emotions have none.
EFFECTS: Final[Mapping[str, float]] = {"happy_market": 150.0, "sad_market": -120.0, "fear_market": -60.0}
TERMS: Final = tuple(f"{emotion}_market" for emotion in NON_NEUTRAL)
#: Share of happy, and return, that a standard deviation of an industry's shock moves.
INDUSTRY_SHARE: Final = 0.06
INDUSTRY_RETURN: Final = 0.008
PERSISTENCE: Final = 0.6


@dataclass(frozen=True)
class Unscaled(Declared):
    """Regressions of the study, with emotions as shares, so that one truth fits all draws, and without lagged controls.

    Errors persist here, as returns hardly do: a lagged return would carry both the last error and the last emotions, and
    hold part of the effect of today's.

    Attributes
    ----------
    bootstrap, draws
        As in `Spec`.
    """

    bootstrap: Bootstrap = "none"
    draws: int = 399

    def __getitem__(self, name: str) -> Spec:
        """Return a regression of the study."""
        spec = super().__getitem__(name)
        if not isinstance(spec, Spec):
            raise StudyError(f"{name} is no regression: name one that is")
        controls = tuple(control for control in spec.controls if not control.startswith("lagged_"))
        return replace(spec, controls=controls, standardise=(), bootstrap=self.bootstrap, draws=self.draws)


def draw(
    rng: np.random.Generator,
    *,
    names: tuple[str, ...],
    n_symbols: int,
    n_sessions: int,
    keep: float = 1.0,
    industries: int = 0,
    long: int = 0,
) -> Drawn:
    """Draw a panel with a common shock of firm-specific loading and persistence in emotions and errors.

    Parameters
    ----------
    names
        Regressions whose truth is written down.
    keep
        Share of firm-sessions that are in the panel, more of some firms than of others.
    industries
        Number of industries, each with persistent shocks of its own in happiness and returns; 0 for none.
    long
        Firms of which all sessions are in the panel, whatever `keep` says.
    """
    import numpy as np
    import polars as pl

    from emtract.panel.frame import Panel
    from tests.worlds.panels import simulate_panel

    simulated = simulate_panel(
        rng, n_symbols, n_sessions=n_sessions, effects=EFFECTS, common=0.7, persistence=PERSISTENCE
    )
    panel = simulated.panel
    data = _with_industries(panel.data, rng, industries, n_sessions) if industries else panel.data
    if keep < 1:
        chance = rng.beta(4 * keep, 4 * (1 - keep), n_symbols)
        chance[:long] = 1.0
        chance = np.repeat(chance, n_sessions)
        data = data.filter(pl.Series(rng.random(data.height) < chance))
    truth = {(name, term): EFFECTS.get(term, 0.0) for name in names for term in TERMS}
    return Drawn({"firm_sessions": Panel(data, panel.ledger, panel.settings)}, truth)


def _with_industries(data: pl.DataFrame, rng: np.random.Generator, industries: int, n_sessions: int) -> pl.DataFrame:
    """Add what an industry shares: persistent shocks in happiness, which move returns as it does, and others in returns."""
    import numpy as np
    import polars as pl

    shocks = rng.standard_normal((2, industries, n_sessions))
    for t in range(1, n_sessions):
        shocks[..., t] = PERSISTENCE * shocks[..., t - 1] + np.sqrt(1 - PERSISTENCE**2) * shocks[..., t]
    member = (data["symbol"].rank("dense") - 1).to_numpy() % industries
    session = (data["session"].rank("dense") - 1).to_numpy()
    happier = INDUSTRY_SHARE * shocks[0, member, session]
    moved = INDUSTRY_RETURN * shocks[1, member, session] + EFFECTS["happy_market"] / 1e4 * happier
    return data.with_columns(
        pl.Series("industry", member.astype(str)),
        pl.col("happy_market") + pl.Series(happier),
        pl.col("return_open_close") + pl.Series(moved),
    )


def _design(
    variant: str,
    words: str,
    specs: Unscaled,
    *,
    n_symbols: int,
    n_sessions: int,
    keep: float = 1.0,
    industries: int = 0,
    long: int = 0,
    target: Target = "coverage",
) -> Design:
    settings = {"n_symbols": n_symbols, "n_sessions": n_sessions, "keep": keep, "industries": industries}
    settings |= {"long": long} if long else {}
    drawn = partial(
        draw,
        names=specs.names,
        n_symbols=n_symbols,
        n_sessions=n_sessions,
        keep=keep,
        industries=industries,
        long=long,
    )
    targets = dict.fromkeys(specs.names, target)
    return Design(name=f"{STUDY}, {variant}", words=words, specs=specs, draw=drawn, settings=settings, targets=targets)


DESIGNS: Final[tuple[Design, ...]] = (
    _design(
        "80 firms, 120 sessions",
        "A common shock on which firms load differently, and persistence within firms: dependence both ways.",
        Unscaled(STUDY, ("contemporaneous_emotions", "contemporaneous_firm_month")),
        n_symbols=80,
        n_sessions=120,
    ),
    _design(
        "unbalanced",
        "The same, with half the firm-sessions absent, more of some firms than of others, and a wild cluster bootstrap.",
        Unscaled(STUDY, ("contemporaneous_emotions",), bootstrap="wild"),
        n_symbols=100,
        n_sessions=120,
        keep=0.5,
    ),
    _design(
        "30 sessions",
        "Few sessions: as many clusters as a month and a half of trading gives, and a wild cluster bootstrap.",
        Unscaled(STUDY, ("contemporaneous_emotions",), bootstrap="wild"),
        n_symbols=80,
        n_sessions=30,
    ),
    _design(
        "15 industries",
        "Happiness and returns share persistent shocks within fifteen industries; a wild cluster bootstrap.",
        Unscaled(STUDY, ("contemporaneous_industry",), bootstrap="wild"),
        n_symbols=60,
        n_sessions=60,
        industries=15,
    ),
    _design(
        "few firms",
        "Thirty firms, of which six have all sessions and the others a tenth of them on average: few clusters, and fewer that "
        "carry the estimate; the bootstrap that the study's rule switches on.",
        Unscaled(STUDY, ("contemporaneous_emotions",), bootstrap="auto"),
        n_symbols=30,
        n_sessions=120,
        keep=0.1,
        long=6,
    ),
    _design(
        "two firms carry",
        "The same, with two firms of all sessions and twelve that are there on one session in fifty: too few clusters for any "
        "test, as the page says first.",
        Unscaled(STUDY, ("contemporaneous_emotions",), bootstrap="auto"),
        n_symbols=14,
        n_sessions=120,
        keep=0.02,
        long=2,
        target="none",
    ),
)
