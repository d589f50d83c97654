"""Moods of few posts: what the plain regression misses, what the correction gives back, and which values its set holds."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Final, Literal

import polars as pl

from emtract.econometrics.measurement.measured import measure
from emtract.econometrics.regression.estimate import estimate
from emtract.econometrics.regression.spec import Spec
from emtract.emotions import NON_NEUTRAL
from tests.validation.coverage import COMPARED, HALVED
from tests.validation.design import Design, Drawn, Target
from tests.worlds.cells import EFFECTS, CellWorld, simulate_cells

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np

STUDY: Final = "measurement"
SIX: Final = tuple(f"{emotion}_market" for emotion in NON_NEUTRAL)
ONE: Final = {"happy_market": 60.0}
#: One emotion that moves the return; four texts a cell are more noise than mood.
WORLD: Final = CellWorld(n_firms=60, n_sessions=50, noise=80.0, effects=ONE)
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
#: Where moods are measured well enough for a point; elsewhere there is a set.
_POINT: Final[Mapping[str, Target]] = {"naive": "none", "corrected": "bias", "set": "coverage"}
_NO_POINT: Final[Mapping[str, Target]] = {**_POINT, "corrected": "none"}
_SHOWN: Final[Mapping[str, Target]] = dict.fromkeys(COMPARED, "none")
Per = Literal["measured", "true"]


def draw(rng: np.random.Generator, *, spec: Spec, world: CellWorld) -> Drawn:
    """Draw a panel whose cells hold few texts, and write down the effect of the mood that they are a sample of."""
    drawn = simulate_cells(rng, world)
    truth = {(name, term): drawn.truth.get(term, 0.0) for name in COMPARED for term in spec.x}
    return Drawn({"firm_sessions": drawn.panel}, truth)


def draw_halved(rng: np.random.Generator, *, spec: Spec, world: CellWorld) -> Drawn:
    """Draw the same, and ask two halves of each cell's units too."""
    drawn = draw(rng, spec=spec, world=world)
    return replace(drawn, truth={**drawn.truth, **{(n, t): drawn.truth["set", t] for n in HALVED for t in spec.x}})


def draw_smallest(rng: np.random.Generator, *, spec: Spec, world: CellWorld, per: Per) -> Drawn:
    """Draw a panel without effects, ask which is the smallest that it would show, and add just that to its returns.

    Parameters
    ----------
    rng
        The random generator.
    spec
        A regression on one mood.
    world
        Of no effects.
    per
        Whether what is stated per standard deviation of the measured mean is an effect of that, or what is stated per standard
        deviation of the mood an effect of the mood.
    """
    drawn = simulate_cells(rng, world)
    (term,) = spec.x
    stated = measure(estimate(spec, drawn.panel), drawn.panel).frame
    moved = (drawn.panel.data if per == "measured" else drawn.moods)[term]
    effect = float(stated[f"per_{per}_sd"].item() / moved.std())
    data = drawn.panel.data.with_columns(pl.col(spec.y) + effect / spec.y_scale * moved)
    truth = {(name, term): effect for name in ("reported", "naive", "set")}
    return Drawn({"firm_sessions": replace(drawn.panel, data=data)}, truth)


@dataclass(frozen=True)
class _Case:
    variant: str
    words: str
    world: CellWorld
    spec: Spec = SPEC
    targets: Mapping[str, Target] = field(default_factory=lambda: _POINT)


def _design(case: _Case) -> Design:
    return Design(
        name=f"{STUDY}, {case.variant}",
        words=f"{case.words} `naive`: the plain regression on the same cells. `corrected`: its point, with a t interval. `set`: "
        "the values that the inverted test keeps.",
        specs=dict.fromkeys(COMPARED, case.spec),
        draw=partial(draw, spec=case.spec, world=case.world),
        settings=_settings(case.world),
        targets=case.targets,
        draws=2000,
    )


def _halved(case: _Case) -> Design:
    design = _design(case)
    return replace(
        design,
        words=f"{design.words} `halves` and `halves, set`: the same by two halves of each cell's units, each an instrument for "
        "the other, which knows nothing of the variance within a cell.",
        specs=dict.fromkeys((*COMPARED, *HALVED), case.spec),
        draw=partial(draw_halved, spec=case.spec, world=case.world),
        targets={**case.targets, **{name: case.targets.get(same, "coverage") for name, same in HALVED.items()}},
        draws=500,
    )


def _power(variant: str, words: str, per: Per, world: CellWorld) -> Design:
    return Design(
        name=f"{STUDY}, {variant}",
        words=f"{words} `reported`: the plain regression on all cells. `naive`: the same on the cells with two texts or more. "
        "`set`: whether zero is kept out of it, on the same.",
        specs={"reported": replace(SPEC, correct="none"), "naive": SPEC, "set": SPEC},
        draw=partial(draw_smallest, spec=SPEC, world=world, per=per),
        settings=_settings(world),
        targets={**_SHOWN, "reported": "none", "reported" if per == "measured" else "naive": "power"},
        draws=5000,
    )


def _settings(world: CellWorld) -> dict[str, str | int | float]:
    return {"n_firms": world.n_firms, "n_sessions": world.n_sessions, "texts": world.texts}


DESIGNS: Final = (
    *(
        _design(case)
        for case in (
            _Case("4 texts a cell", "One emotion, whose noise is larger than its variance.", WORLD),
            _Case(
                "six emotions, 12 texts a cell",
                "Six emotions at once, three of them without effect.",
                replace(WORLD, texts=12, effects=EFFECTS),
                replace(SPEC, x=SIX),
            ),
            _Case(
                "six emotions, 4 texts a cell",
                "The same with a third of the texts: six moods that cannot be told apart, which the set must say.",
                replace(WORLD, effects=EFFECTS),
                replace(SPEC, x=SIX),
                _NO_POINT,
            ),
            _Case(
                "half the texts shared, 12 firms",
                "Soft readings; each second text names two firms of the session, and there are 12 firms: few clusters, and noise "
                "that is shared.",
                replace(WORLD, n_firms=12, n_sessions=250, texts=6, shared=0.5),
            ),
            _Case(
                "weights that go with emotion",
                "Hard labels, and a text that is read as happy weighs three times as much as another.",
                replace(WORLD, texts=12, tied=3.0, evidence=0.0),
            ),
            _Case(
                "weights that go with emotion, soft readings",
                "A text that shows happiness weighs three times as much as another, and is read as a mixture of emotions.",
                replace(WORLD, texts=12, tied=3.0),
            ),
            _Case(
                "unbalanced, with weights",
                "Half the cells are absent, more of some firms than of others, and rows are weighted.",
                replace(WORLD, n_firms=120, texts=5, keep=0.5),
                replace(SPEC, weights="precision"),
            ),
            _Case(
                "weakly measured",
                "Moods hardly differ from cell to cell: the set must say that the data cannot tell.",
                replace(WORLD, spread=0.12),
                targets=_NO_POINT,
            ),
            _Case(
                "one emotion a text",
                "Hard labels: a text is read as one emotion and nothing else.",
                replace(WORLD, texts=8, evidence=0.0),
            ),
            _Case(
                "product with a characteristic",
                "The effect of happiness is larger for large firms: the mood and its product with an exact column.",
                replace(WORLD, texts=6, effects=ONE | {"happy_market:size": 40.0}),
                replace(SPEC, x=("happy_market", "happy_market:size")),
            ),
            *(
                _Case(
                    f"{firms} firms of unequal length",
                    f"{firms} firms, some with far more sessions than others: few clusters, and fewer that count.",
                    replace(WORLD, n_firms=firms, n_sessions=500, texts=6, keep=0.5),
                )
                for firms in (8, 12)
            ),
            _Case(
                "several posts an author",
                "Three posts an author on average, which show his mood around that of the cell: authors are drawn, not posts.",
                replace(WORLD, texts=5, posts=3.0),
            ),
            _Case(
                "two windows",
                "The moods before and after the open in one regression: they go together, and only one of them moves the return.",
                replace(WORLD, texts=6, suffixes=("market", "pre_open")),
                replace(
                    SPEC, x=("happy_market", "happy_pre_open"), controls=("attention_market", "attention_pre_open")
                ),
            ),
            _Case(
                "a tenth of the texts report the return",
                "No mood moves the return. One text in ten reports it: happy of a rise, sad of a fall, whatever the mood. No "
                "correction for the sampling of posts can see that: all three find an effect that no mood has.",
                replace(WORLD, texts=6, reporting=0.1, effects={}),
                targets=_SHOWN,
            ),
        )
    ),
    *(
        _halved(case)
        for case in (
            _Case("two halves of 4 texts", "One emotion, whose noise is larger than its variance.", WORLD),
            _Case(
                "two halves, half the texts shared, 12 firms",
                "Few clusters, and texts that name two firms.",
                replace(WORLD, n_firms=12, n_sessions=250, texts=6, shared=0.5),
            ),
            _Case(
                "two halves, weakly measured",
                "Moods hardly differ from cell to cell.",
                replace(WORLD, spread=0.12),
                targets=_NO_POINT,
            ),
        )
    ),
    _power(
        "smallest effect per measured standard deviation",
        "Each sample states the smallest effect that it would show in 80 of 100 cases, 2.80 standard errors; just that is then "
        "added to its returns, as an effect of the measured mean.",
        "measured",
        replace(WORLD, effects={}),
    ),
    _power(
        "smallest effect per true standard deviation",
        "The same, as stated of the mood and added as an effect of the mood: reliability is known of the cells with two texts or "
        "more, and so is the smallest effect. On all cells there is more noise, and a little less is seen.",
        "true",
        replace(WORLD, effects={}),
    ),
)
