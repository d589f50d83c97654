"""The specifications of a curve: axes of choices, and which combinations of them are run."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import product
from math import prod
from typing import TYPE_CHECKING, Any, Final, Literal

from emtract.errors import SpecError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import numpy as np

    from emtract.econometrics.regression.spec import Spec

#: `product`: every combination, or a random choice of them above the cap. `one_at_a_time`: one choice differs from the base.
Grid = Literal["product", "one_at_a_time"]
#: One specification: the place of its choice on each axis.
Cell = tuple[int, ...]
#: Fields of a spec that a choice may replace; `where` is joined to the base's, not put in its place.
CHANGEABLE: Final = (
    "y", "x", "controls", "effects", "covariance", "clusters", "small_sample", "weights", "winsorise", "winsor", "lags", "where",
    "sample", "correct",
)  # fmt: skip


@dataclass(frozen=True)
class Choice:
    """One way to decide a question of design.

    Attributes
    ----------
    label
        What the axis shows.
    changes
        Fields of the spec, from `CHANGEABLE` -> value; none for the base's choice.
    """

    label: str
    changes: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if strays := [name for name in self.changes if name not in CHANGEABLE]:
            raise SpecError(
                f"choice {self.label!r} changes {', '.join(strays)}: it may change {', '.join(CHANGEABLE)} only"
            )


@dataclass(frozen=True)
class Axis:
    """A question of design and its answers, the base's first."""

    name: str
    choices: tuple[Choice, ...]

    def __post_init__(self) -> None:
        labels = [choice.label for choice in self.choices]
        if not labels or len(set(labels)) != len(labels) or self.choices[0].changes:
            raise SpecError(f"axis {self.name!r} needs distinct choices, the first of which leaves the base as it is")


def specification(base: Spec, axes: Sequence[Axis], cell: Cell) -> Spec:
    """Return the spec of a cell, with every regressor per standard deviation.

    Parameters
    ----------
    base
        The spec that choices change; its `where` holds beside theirs.
    axes
        Questions of design.
    cell
        Place of the choice on each axis, as many as axes; 0 leaves the base as it is.

    Raises
    ------
    SpecError
        When two axes change the same field, other than `where`, or the changed spec is none.
    """
    changes: dict[str, Any] = {}
    conditions = [] if base.where is None else [base.where]
    for axis, place in zip(axes, cell, strict=True):
        for name, value in axis.choices[place].changes.items():
            if name == "where":
                conditions.append(value)
            elif name in changes:
                raise SpecError(f"two axes change {name}, the second is {axis.name!r}: put their choices on one axis")
            else:
                changes[name] = value
    where = " AND ".join(f"({c})" for c in conditions) or None
    changed = replace(base, **changes, where=where, standardise=())
    return replace(changed, standardise=changed.sources)


def cells(axes: Sequence[Axis], grid: Grid, cap: int, rng: np.random.Generator) -> tuple[Cell, ...]:
    """Return the cells to run: the base, those one choice away from it, then the rest of the product up to the cap.

    Parameters
    ----------
    axes
        Questions of design, the base's choice first on each.
    grid
        `one_at_a_time` stops after the cells one choice away.
    cap
        Most cells; the base and those one choice away are run even where they are more.
    rng
        Draws the rest of a product above the cap; not used otherwise.

    Notes
    -----
    Above the cap the rest is drawn without replacement, each cell as likely as any other.
    """
    sizes = [len(axis.choices) for axis in axes]
    base = (0,) * len(axes)
    near = [base, *_neighbours(sizes)]
    total = prod(sizes)
    if grid == "one_at_a_time" or total == len(near):
        return tuple(near)
    known = set(near)
    if total <= max(cap, len(near)):
        return (*near, *(cell for cell in product(*map(range, sizes)) if cell not in known))
    drawn: list[Cell] = []
    while len(near) + len(drawn) < cap:
        cell = tuple(int(rng.integers(size)) for size in sizes)
        if cell not in known:
            known.add(cell)
            drawn.append(cell)
    return (*near, *drawn)


def _neighbours(sizes: Sequence[int]) -> Iterator[Cell]:
    for axis, size in enumerate(sizes):
        for place in range(1, size):
            yield tuple(place if a == axis else 0 for a in range(len(sizes)))


def cell_label(axes: Sequence[Axis], cell: Cell) -> str:
    """Return what a cell differs from the base in: `base`, or `sample: one vote; cut-off: 30 minutes`."""
    changed = [f"{a.name}: {a.choices[place].label}" for a, place in zip(axes, cell, strict=True) if place]
    return "; ".join(changed) or "base"
