"""Posts that are misread: what the plain regression misses, what a misreading gives back, and whether tags speak for it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Final

import polars as pl

from emtract.econometrics.regression.spec import Spec
from emtract.emotions import EMOTIONS
from tests.validation.coverage import READ, TRANSPORT
from tests.validation.design import Design, Drawn, Target
from tests.validation.measurement import SIX
from tests.validation.measurement import SPEC as SAMPLED
from tests.worlds.cells import CellWorld, simulate_cells
from tests.worlds.readers import Reader, misreading_by, tagged_sample

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np

    from emtract.misreading import Grain

STUDY: Final = "reading"
READER: Final = Reader(hits=0.55, alike=0.1)
#: Emotions of the texts move the return, and a reader sees them through P, which is estimated anew in each draw.
WORLD: Final = CellWorld(n_firms=100, n_sessions=60, texts=5, evidence=0.0, noise=80.0, reader=READER, moved_by="posts")
#: All emotions of a sign move it alike, so that valence does.
VALENCE: Final = {"happy_market": 50.0} | {f"{e}_market": -50.0 for e in ("sad", "anger", "disgust", "fear")}
#: Of one regressor, a reader who is surer than right and takes more emotions for each other.
SURER: Final = Reader()
SIGNED: Final = replace(WORLD, effects=VALENCE, reader=SURER)
SPEC: Final = replace(SAMPLED, x=SIX, correct="none")
ONE: Final = replace(SPEC, x=("valence_market",))
#: As many as the shipped model's.
TAGS: Final = 8000
_JUDGED: Final[Mapping[str, Target]] = {
    "read": "none",
    "reading": "bias",
    "reading, set": "coverage",
    TRANSPORT: "size",
}
_SHOWN: Final[Mapping[str, Target]] = dict.fromkeys((*READ, TRANSPORT), "none")


@dataclass(frozen=True)
class _Case:
    variant: str
    words: str
    world: CellWorld = WORLD
    spec: Spec = SPEC
    tagger: Reader = READER
    tags: int = TAGS
    grain: Grain = "emotion"
    targets: Mapping[str, Target] = field(default_factory=lambda: _JUDGED)
    #: Whether texts of an emotion are read as the tagged ones were.
    travels: bool = True


def draw(rng: np.random.Generator, *, case: _Case) -> Drawn:
    """Draw an archive whose texts are misread, and a tagged sample that shows how."""
    p, tags = tagged_sample(rng.spawn(1)[0], case.tagger, case.tags)
    drawn = simulate_cells(rng, case.world)
    card = misreading_by(p, tags, case.grain)
    frame = pl.DataFrame(p, schema=list(EMOTIONS)).with_columns(label=pl.Series([EMOTIONS[j] for j in tags]))
    named = [name for name in case.targets if name != TRANSPORT]
    truth = {(name, term): _truth(term, drawn.truth) for name in named for term in case.spec.x}
    return Drawn(
        {"firm_sessions": drawn.panel},
        truth | {(TRANSPORT, "readings"): 0.0 if case.travels else 1.0},
        misreading=card,
        texts=drawn.posts,
        tagged=frame if case.grain == "emotion" else card,
    )


def _truth(term: str, effects: Mapping[str, float]) -> float:
    """Effect of a term; that of valence is that of happy where all signed emotions move the return alike."""
    return effects.get("happy_market", 0.0) if term == "valence_market" else effects.get(term, 0.0)


def _design(case: _Case) -> Design:
    return Design(
        name=f"{STUDY}, {case.variant}",
        words=f"{case.words} `read`: the plain regression on what was read. `reading` and `both`: corrected for misreading, of "
        "the emotions of the cell's own texts, and of the mood that brought them. `set`: the values that the inverted test "
        "keeps. `transport`: the test that texts of an emotion are read as the tagged ones were.",
        specs=dict.fromkeys(case.targets, case.spec),
        draw=partial(draw, case=case),
        settings={"n_firms": case.world.n_firms, "n_sessions": case.world.n_sessions, "tags": case.tags},
        targets=case.targets,
        draws=2000,
    )


DESIGNS: Final = tuple(
    _design(case)
    for case in (
        _Case("six emotions", "Emotions of a cell's five texts move the return, three of them without effect."),
        _Case(
            "valence",
            "All emotions of a sign move the return alike: one regressor, which needs the inverse of P.",
            SIGNED,
            ONE,
            SURER,
        ),
        _Case(
            "valence, 600 tags",
            "The same with few tags, so that the error of P is most of the error.",
            replace(SIGNED, n_firms=120, n_sessions=80, noise=40.0),
            ONE,
            SURER,
            tags=600,
        ),
        _Case(
            "valence, 300 tags of three classes",
            "The same with fewer tags, of which three rows are made: negative, neutral, positive.",
            replace(SIGNED, n_firms=120, n_sessions=80, noise=40.0),
            ONE,
            SURER,
            tags=300,
            grain="valence",
        ),
        _Case(
            "weights that go with emotion",
            "A happy text weighs five times as much as another, and so do its tag and its misreading.",
            replace(WORLD, tied=5.0),
        ),
        _Case(
            "12 firms, half the texts shared",
            "Few clusters, and texts that name two firms are misread in both.",
            replace(SIGNED, n_firms=12, n_sessions=250, shared=0.5),
            ONE,
            SURER,
        ),
        _Case(
            "mood and reading, 20 texts a cell",
            "The mood moves the return, of which a cell's texts are a sample that is misread too.",
            replace(SIGNED, texts=20, n_sessions=100, moved_by="mood", reader=READER),
            ONE,
            targets={"both": "bias", "both, set": "coverage", TRANSPORT: "size"},
        ),
        _Case(
            "tags do not travel",
            "Neutral texts of the archive are read as happy by .15 more than the tagged ones: the correction is wrong, and the "
            "test must say so.",
            replace(WORLD, reader=replace(READER, happier=0.15)),
            targets=_SHOWN,
            travels=False,
        ),
        _Case(
            "error that goes with the return",
            "One text in ten is read by the return, whatever it shows: no mood moves the return, and the correction finds an "
            "effect. The test of transport sees readings alone.",
            replace(WORLD, effects={}, misled=0.1),
            targets=_SHOWN,
            travels=False,
        ),
    )
)
