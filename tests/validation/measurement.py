"""Moods of few posts: what the plain regression misses, what the correction gives back, and which values its set holds."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Final

from emtract.econometrics.regression.spec import Spec
from emtract.emotions import NON_NEUTRAL
from emtract.synthetic.cells import CellWorld, simulate_cells
from tests.validation.coverage import COMPARED
from tests.validation.design import Design, Drawn

if TYPE_CHECKING:
    import numpy as np

STUDY: Final = "measurement"
SIX: Final = tuple(f"{emotion}_market" for emotion in NON_NEUTRAL)
ONE: Final = {"happy_market": 60.0}
SPEC: Final = Spec(
    y="return_open_close",
    x=("happy_market",),
    controls=("attention_market",),
    effects=("symbol", "session"),
    covariance="clustered",
    clusters=("symbol", "session"),
    small_sample="fixest",
    y_scale=1e4,
    engine="pyfixest",
    correct="mood",
)


def draw(rng: np.random.Generator, *, spec: Spec, world: CellWorld) -> Drawn:
    """Draw a panel whose cells hold few texts, and write down the effect of the mood that they are a sample of."""
    drawn = simulate_cells(rng, world)
    truth = {(name, term): drawn.truth[term] for name in COMPARED for term in spec.x}
    return Drawn({"firm_sessions": drawn.panel}, truth)


@dataclass(frozen=True)
class _Case:
    variant: str
    words: str
    world: CellWorld
    spec: Spec = SPEC


def _design(case: _Case) -> Design:
    world = case.world
    settings = {"n_firms": world.n_firms, "n_sessions": world.n_sessions, "texts": world.texts}
    return Design(
        name=f"{STUDY}, {case.variant}",
        words=f"{case.words} `naive`: the plain regression on the same cells. `corrected`: its point, with a t interval. `set`: "
        "the values that the inverted test keeps, beside the corrected mean.",
        specs=dict.fromkeys(COMPARED, case.spec),
        draw=partial(draw, spec=case.spec, world=world),
        settings=settings,
    )


DESIGNS: Final = tuple(
    _design(case)
    for case in (
        _Case("4 texts a cell", "One emotion, whose noise is larger than its variance.", CellWorld(effects=ONE)),
        _Case(
            "six emotions, 12 texts a cell",
            "Six emotions at once, three of them without effect.",
            CellWorld(texts=12),
            replace(SPEC, x=SIX),
        ),
        _Case(
            "half the texts shared, 12 firms",
            "Each second text names two firms of the session, and there are 12 firms: few clusters, and noise that is shared.",
            CellWorld(n_firms=12, n_sessions=400, texts=6, shared=0.5, effects=ONE),
        ),
        _Case(
            "weights that go with emotion",
            "Hard labels, and a text that is read as happy weighs three times as much as another.",
            CellWorld(texts=12, tied=3.0, evidence=0.0, effects=ONE),
        ),
        _Case(
            "unbalanced, with weights",
            "Half the cells are absent, more of some firms than of others, and rows are weighted.",
            CellWorld(texts=5, keep=0.5, n_firms=120, effects=ONE),
            replace(SPEC, weights="precision"),
        ),
        _Case(
            "weakly measured",
            "Moods hardly differ from cell to cell: the set must say that the data cannot tell.",
            CellWorld(texts=4, spread=0.12, effects=ONE),
        ),
        _Case(
            "one emotion a text",
            "Hard labels: a text is read as one emotion and nothing else.",
            CellWorld(texts=8, evidence=0.0, effects=ONE),
        ),
    )
)
