"""Specification curves around an effect that is there and around none, with their placebos and their joint test."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Final

import polars as pl

from emtract.econometrics.analyses.curve.analysis import Axis, SpecificationCurve
from emtract.emotions import EMOTIONS
from emtract.panel.firm_sessions import FIRM_SESSIONS
from emtract.panel.frame import Panel
from tests.validation.declared import Declared
from tests.validation.design import Design, Drawn
from tests.validation.groups import add_slopes
from tests.worlds.panels import simulate_panel

if TYPE_CHECKING:
    import numpy as np

STUDY: Final = "robustness"
CURVE: Final = "opens"
VARIANT: Final = "one_vote"
#: Axes of the study that a draw is taken along; the others need files, or multiply the same.
AXES: Final = ("posts", "controls", "clusters")
#: One draw of each kind of placebo.
PLACEBOS: Final = ("future emotions, 11", "shuffled sessions, 0", "other firms, 0")


@dataclass(frozen=True)
class Curves(Mapping[str, SpecificationCurve]):
    """A curve of the study with fewer choices and draws, so that hundreds of data sets take minutes."""

    rotations: int = 0

    def __getitem__(self, name: str) -> SpecificationCurve:
        declared = Declared(STUDY, (CURVE,))[name]
        assert isinstance(declared, SpecificationCurve)
        axes = tuple(_short(axis) for axis in declared.axes if axis.name in AXES)
        placebos = tuple(p for p in declared.placebos if f"{p.label}, {p.draw}" in PLACEBOS)
        if self.rotations:
            axes, placebos = axes[:1], ()
        return replace(declared, axes=axes, placebos=placebos, grid="one_at_a_time", rotations=self.rotations)

    def __iter__(self) -> Iterator[str]:
        return iter((CURVE,))

    def __len__(self) -> int:
        return 1


def _short(axis: Axis) -> Axis:
    """Keep the base's choice and two more, or the one sample that is drawn."""
    if axis.name == "posts":
        return Axis(axis.name, tuple(c for c in axis.choices if c.changes.get("sample", VARIANT) == VARIANT))
    return Axis(axis.name, axis.choices[:2])


def draw(rng: np.random.Generator, *, size: tuple[int, int], slope: float, rotations: int) -> Drawn:
    """Draw a panel whose valence before the open moves the return of that session by a known amount, or by nothing.

    A second sample has the same returns and moods measured with noise, as another weighting of the same posts would:
    only the effect that is not there can be checked on it.
    """
    simulated = simulate_panel(rng, size[0], n_sessions=size[1], effects={}, mean_posts=15.0).panel
    curve = Curves(rotations)[CURVE]
    base = replace(curve.base, standardise=curve.base.sources)
    panel, truth = add_slopes(base, simulated, {"valence_pre_open": slope} if slope else {})
    noise = simulate_panel(rng, size[0], n_sessions=size[1], effects={}, mean_posts=15.0).panel.data
    moods = [f"{name}_pre_open" for name in (*EMOTIONS, "valence")]
    data = panel.data.with_columns((0.8 * pl.col(c) + 0.2 * noise[c]).alias(c) for c in moods)
    samples = {FIRM_SESSIONS: panel, VARIANT: Panel(data, panel.ledger, panel.settings)}
    value = truth["valence_pre_open"]
    if rotations:
        return Drawn(samples, {(CURVE, "median_estimate"): 0.0})
    known = {(CURVE, "base"): value} | {(CURVE, placebo): 0.0 for placebo in PLACEBOS}
    if not slope:
        known |= {(CURVE, term): 0.0 for term in curve.terms if ": " in term}
    return Drawn(samples, known)


def _design(name: str, words: str, *, size: tuple[int, int], slope: float, rotations: int = 0) -> Design:
    return Design(
        name=name,
        words=words,
        specs=Curves(rotations),
        draw=partial(draw, size=size, slope=slope, rotations=rotations),
        settings={"firms": size[0], "sessions": size[1], "rotations": rotations},
    )


_DEPENDENCE: Final = "errors and emotions share loadings on common shocks and persist"
DESIGNS: Final = (
    _design(
        "robustness",
        f"Valence moves returns; placebos of it find nothing: {_DEPENDENCE}.",
        size=(60, 120),
        slope=60.0,
    ),
    _design(
        "robustness, no effect",
        f"Nothing moves returns, however the question is asked: {_DEPENDENCE}.",
        size=(60, 120),
        slope=0.0,
    ),
    _design(
        "robustness, joint test",
        f"Nothing moves returns, and the joint test of a curve by 20 rotations says so: {_DEPENDENCE}.",
        size=(40, 150),
        slope=0.0,
        rotations=20,
    ),
)
