"""A specification curve: one question asked in every way that its design could have been decided."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, get_args

import numpy as np

from emtract.econometrics.analyses.curve.grid import Axis, Cell, Choice, Grid, cell_label, cells, specification
from emtract.econometrics.analyses.curve.summary import curve_finding, joint_test
from emtract.econometrics.estimates import ESTIMATE_COLUMNS, Estimate
from emtract.econometrics.finding import Analysis
from emtract.econometrics.measurement.correct import correct
from emtract.econometrics.regression.estimate import estimate
from emtract.econometrics.regression.spec import parts
from emtract.errors import EstimationError, PanelError, SpecError
from emtract.extras import has
from emtract.ledger import Ledger
from emtract.panel.frame import ENTITY, TIME
from emtract.progress import counted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import polars as pl

    from emtract.econometrics.finding import Finding
    from emtract.econometrics.regression.spec import Spec
    from emtract.panel.derive import Transform
    from emtract.panel.frame import Sample

__all__ = ["SUMMARY_TERMS", "Axis", "Choice", "Placebo", "SpecificationCurve"]
#: Terms of a curve beside its specifications.
SUMMARY_TERMS: Final = ("median_estimate", "share_positive", "share_significant", "share_placebos_rejecting")
#: Least number of sessions by which a rotation moves emotions, where there are so many.
_APART: Final = 20


@dataclass(frozen=True)
class Placebo:
    """A specification that must not find anything: the base, with regressors of interest that cannot matter.

    Attributes
    ----------
    label
        Kind of placebo; several draws may share it.
    transforms
        Make the columns; see `emtract.panel.derive`.
    suffix
        What the names of the regressors of interest end in, once made.
    draw
        Which draw of its kind it is: a seed, a horizon.
    """

    label: str
    transforms: tuple[Transform, ...]
    suffix: str
    draw: int = 0


@dataclass(frozen=True, kw_only=True)
class SpecificationCurve(Analysis):
    """Every way to decide a design, side by side.

    Attributes
    ----------
    label
        Heading of its section.
    base
        The regression that the study would report; the first of its `x` is the number that the curve follows.
    axes
        Questions of design, with the base's answer first in each.
    placebos
        Specifications that must not find anything, apart from the curve.
    grid
        `product` of all choices, or `one_at_a_time`.
    cap
        Most specifications; of a larger product a random part is run, the base and its neighbours always.
    min_rows, min_clusters
        A choice or combination that leaves fewer rows, or fewer clusters in any dimension, falls out.
    rotations
        Draws of the joint test; 0 for none, 40 for a size just below 5 %. Each costs as much as the curve itself.
    seed
        Of the random part and of the rotations.

    Notes
    -----
    Choices that a store cannot give (another scorer, an industry), or that leave all rows or none, fall out, and the notes
    name them: only the base's sample must be there. Every regressor is standardised on its own estimation sample.

    Specifications share their data, so shares over them are descriptive: they are neither independent tests nor a
    sampling distribution. The joint test (Simonsohn, Simmons and Nelson 2020) asks how often a curve as extreme arises
    where emotions cannot matter: emotions of all firms are moved together by a random number of sessions, the end of the
    sample going on at its beginning, so that dependence across firms and over time stays as it is; then every
    specification is run anew, but for those that are corrected for few texts: noise does not move along.
    """

    label: str
    base: Spec
    axes: tuple[Axis, ...]
    placebos: tuple[Placebo, ...] = ()
    grid: Grid = "product"
    cap: int = 200
    min_rows: int = 500
    min_clusters: int = 10
    rotations: int = 0
    seed: int = 0

    def __post_init__(self) -> None:
        if self.grid not in get_args(Grid):
            raise SpecError(f"grid must be one of {', '.join(get_args(Grid))}, not {self.grid!r}")
        if len({axis.name for axis in self.axes}) != len(self.axes) or not self.axes:
            raise SpecError("a specification curve needs axes, each with a name of its own")
        told = [self.base.correct, *(c.changes.get("correct", "none") for axis in self.axes for c in axis.choices)]
        if strays := [correction for correction in told if correction not in ("none", "mood")]:
            raise SpecError(
                f"a curve knows no misreading, so correct={strays[0]!r} has no place in it: choose 'mood' or 'none'"
            )
        moods = [self.base.x, *(c.changes.get("x", ()) for axis in self.axes for c in axis.choices)]
        if self.rotations and (products := [name for x in moods for name in x if len(parts(name)) > 1]):
            raise SpecError(
                f"rotations move columns against returns, and {products[0]} is a product: leave it or rotations out"
            )
        if self.cap < 1 or self.rotations < 0:
            raise SpecError("cap must be at least 1 and rotations at least 0")

    @property
    def samples(self) -> tuple[str, ...]:
        """Samples without which there is no curve: the base's."""
        return self.base.samples

    @property
    def terms(self) -> tuple[str, ...]:
        """Terms that a study may name: summaries, the base and its neighbours, and each draw of a placebo."""
        near = cells(self.axes, "one_at_a_time", self.cap, np.random.default_rng(self.seed))
        kinds = dict.fromkeys(f"placebo, {placebo.label}" for placebo in self.placebos)
        draws = (f"{placebo.label}, {placebo.draw}" for placebo in self.placebos)
        return (*SUMMARY_TERMS, *kinds, *(cell_label(self.axes, cell) for cell in near), *draws)

    def in_family(self, term: str) -> bool:
        """Return False: specifications ask one question in many ways, and shares over them are what a curve answers."""
        return False

    def run(self, samples: Mapping[str, Sample]) -> Finding:
        """Estimate every specification that the samples allow.

        Raises
        ------
        SpecError, EstimationError
            When the base itself cannot be estimated.
        """
        axes, near, absent = self._possible(samples)
        rng = np.random.default_rng(self.seed)
        chosen = cells(axes, self.grid, self.cap, rng)
        rows, failed = self._estimate_all(axes, chosen, samples, near)
        tried = [(p, self._placebo(p, samples)) for p in self.placebos]
        placebos = [(p, row) for p, row in tried if isinstance(row, Estimate)]
        lost = Counter((p.label, why) for p, why in tried if isinstance(why, str))
        absent += tuple(f"{n} of the placebo {label} ({why})" for (label, why), n in lost.items())
        joint = None
        if self.rotations:
            shifts = counted("rotations", self._shifts(samples, rng))
            drawn = [self._rotated(axes, rows, samples, shift) for shift in shifts]
            plain = [row for cell, row in rows.items() if specification(self.base, axes, cell).correct == "none"]
            joint = joint_test(plain, [draw for draw in drawn if draw])
        size = int(np.prod([len(axis.choices) for axis in axes]))
        panel = samples[self.base.sample]
        ledger = (
            Ledger()
            .start("rows of the panel", panel.unit, panel.data.height)
            .keep("rows of the base", rows[(0,) * len(axes)].n_obs, "as the base specification drops them")
            .start("specifications possible", "specifications", size, "all combinations of the choices that remain")
            .keep("run", len(chosen), f"one choice at a time, or beyond the cap of {self.cap}")
            .keep("estimated", len(rows), failed or "none failed")
        )
        return curve_finding(self, axes, rows, placebos=placebos, joint=joint, ledger=ledger, absent=absent)

    def describe(self) -> str:
        """Return every choice in words."""
        answers = "; ".join(f"{a.name}: {', '.join(c.label for c in a.choices)}" for a in self.axes)
        how = "every combination" if self.grid == "product" else "one choice at a time"
        text = (
            f"Specification curve of {self.base.x[0]} on {self.base.y}, {how}, at most {self.cap} of at least "
            f"{self.min_rows} rows and {self.min_clusters} clusters. {answers}."
        )
        if self.placebos:
            counts = Counter(placebo.label for placebo in self.placebos)
            text += f" Placebos: {', '.join(f'{label} ({n})' for label, n in counts.items())}."
        return text + (f" Joint test by {self.rotations} rotations of sessions." if self.rotations else "")

    def _possible(self, samples: Mapping[str, Sample]) -> tuple[tuple[Axis, ...], dict[str, Estimate], tuple[str, ...]]:
        """Drop choices that cannot be had: what remains, estimates by label, and what is absent and why."""
        base = self._estimate(specification(self.base, (), ()), samples, limits=False)
        found, absent, axes = {"base": base}, [], []
        for axis in self.axes:
            kept = [axis.choices[0]]
            for choice in axis.choices[1:]:
                alone = Axis(axis.name, (axis.choices[0], choice))
                try:
                    row = self._one(alone, samples)
                except (SpecError, EstimationError, PanelError) as error:
                    absent.append(f"{axis.name}: {choice.label} ({error})")
                    continue
                kept.append(choice)
                found[cell_label((alone,), (1,))] = row
            if len(kept) > 1:
                axes.append(Axis(axis.name, tuple(kept)))
        return tuple(axes), found, tuple(absent)

    def _one(self, axis: Axis, samples: Mapping[str, Sample]) -> Estimate:
        """Estimate the choice of an axis alone; refuse a sample that is not there, and a condition that changes nothing."""
        spec = specification(self.base, (axis,), (1,))
        if spec.sample not in samples:
            raise PanelError(f"this store does not give the sample {spec.sample}")
        row = self._estimate(spec, samples)
        if "where" in axis.choices[1].changes:
            everywhere = self._estimate(replace(spec, where=self.base.where), samples, limits=False)
            if everywhere.n_obs == row.n_obs:
                raise SpecError("all rows of the base meet it")
        return row

    def _estimate_all(
        self,
        axes: Sequence[Axis],
        chosen: Sequence[Cell],
        samples: Mapping[str, Sample],
        known: Mapping[str, Estimate],
    ) -> tuple[dict[Cell, Estimate], str]:
        rows: dict[Cell, Estimate] = {}
        failures: dict[str, int] = {}
        for cell in counted("specifications", chosen):
            label = cell_label(axes, cell)
            try:
                row = known.get(label) or self._estimate(specification(self.base, axes, cell), samples)
            except (SpecError, EstimationError) as error:
                reason = "no rows are left" if str(error).startswith("no rows left") else str(error)
                failures[reason] = failures.get(reason, 0) + 1
                continue
            rows[cell] = row
        return rows, "; ".join(f"{why}: {n}" for why, n in failures.items())

    def _estimate(self, spec: Spec, samples: Mapping[str, Sample], *, limits: bool = True) -> Estimate:
        fast = spec.engine == "auto" and has("pyfixest")
        result = estimate(replace(spec, engine="pyfixest") if fast else spec, samples[spec.sample])
        if limits and result.n_obs < self.min_rows:
            raise EstimationError(f"fewer than {self.min_rows} rows are left")
        if limits and any(result.n_levels[cluster] < self.min_clusters for cluster in spec.clusters):
            raise EstimationError(f"fewer than {self.min_clusters} clusters are left")
        if spec.correct == "mood":
            return self._corrected(spec, samples[spec.sample])
        return Estimate(**result.estimates.select(ESTIMATE_COLUMNS[1:]).row(0, named=True))

    def _corrected(self, spec: Spec, sample: Sample) -> Estimate:
        """Return the corrected coefficient with its set as the interval; the test of zero is by the same set."""
        found = correct(spec, sample)
        row, kept = found.tidy().row(0, named=True), found.sets[0]
        if row["n_obs"] < self.min_rows:
            raise EstimationError(f"fewer than {self.min_rows} rows have two texts")
        if row["estimate"] is None or not kept.bounded:
            raise EstimationError("cells hold too few texts: the values that are not rejected have no bounds")
        statistic, p_value = found.against_zero(found.terms[0])
        return Estimate(row["estimate"], row["std_error"], statistic, p_value, kept.low, kept.high, row["n_obs"])

    def _placebo(self, placebo: Placebo, samples: Mapping[str, Sample]) -> Estimate | str:
        """Estimate a placebo, or say why that cannot be done."""
        sample = samples[self.base.sample]
        data = sample.data
        for transform in placebo.transforms:
            data = transform.apply(data)
        x = tuple(f"{c}{placebo.suffix}" for c in self.base.x)
        spec = replace(self.base, x=x, standardise=(), looks_ahead=True)
        moved = replace(spec, standardise=spec.sources)
        try:
            return self._estimate(moved, {spec.sample: replace(sample, data=data)}, limits=False)
        except EstimationError as error:
            return str(error)

    def _shifts(self, samples: Mapping[str, Sample], rng: np.random.Generator) -> list[int]:
        n = samples[self.base.sample].data[TIME].n_unique()
        apart = min(_APART, n // 4)
        possible = np.arange(max(1, apart), max(2, n - apart))
        return [int(k) for k in rng.choice(possible, min(self.rotations, len(possible)), replace=False)]

    def _rotated(
        self, axes: Sequence[Axis], rows: Mapping[Cell, Estimate], samples: Mapping[str, Sample], shift: int
    ) -> list[Estimate]:
        """Run the specifications again with the regressors of interest moved by so many sessions.

        Two-way clustered variances of moved regressors may fail to be positive: such a specification is not in the draw.
        """
        specs = [spec for cell in rows if (spec := specification(self.base, axes, cell)).correct == "none"]
        sessions = samples[self.base.sample].data[TIME].unique().sort()
        moved = {
            name: rotate(samples[name], sorted({c for s in specs if s.sample == name for c in s.x}), sessions, shift)
            for name in dict.fromkeys(spec.sample for spec in specs)
        }
        drawn = []
        for spec in specs:
            with suppress(EstimationError):
                drawn.append(self._estimate(spec, moved, limits=False))
        return drawn


def rotate(sample: Sample, columns: Sequence[str], sessions: pl.Series, shift: int) -> Sample:
    """Give each firm the columns that it has `shift` sessions later, the first sessions following the last.

    Parameters
    ----------
    sample
        Firm-sessions; it is not changed.
    columns
        Which columns move: the regressors of interest. All others stay where they are.
    sessions
        Every session of the study in order, each once: the circle around which the columns move.
    shift
        Sessions by which they move, the same for all firms.

    Returns
    -------
    Sample
        The same rows in the same order; null where the firm has no row on the session that it is given.
    """
    import polars as pl

    n = len(sessions)
    later = pl.DataFrame({TIME: sessions, "_from": sessions.gather([(i + shift) % n for i in range(n)])})
    source = sample.data.select(ENTITY, pl.col(TIME).alias("_from"), *columns)
    data = sample.data.drop(columns).join(later, on=TIME, how="left", maintain_order="left")
    data = data.join(source, on=[ENTITY, "_from"], how="left", maintain_order="left").drop("_from")
    return replace(sample, data=data)
