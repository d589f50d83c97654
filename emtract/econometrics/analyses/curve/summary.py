"""What a specification curve shows: shares of sign and significance, placebos, the joint test, and the drawing."""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import polars as pl
from scipy import stats

from emtract.econometrics.analyses.curve.grid import cell_label
from emtract.econometrics.estimates import ESTIMATE_COLUMNS, SIGNIFICANCE, Estimate, EstimateRow, estimate_row
from emtract.econometrics.finding import PREFERRED, Chart, Finding, Quantity
from emtract.errors import EstimationError
from emtract.words.names import outcome_words, term_words
from emtract.words.numbers import difference_unit, signed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from emtract.econometrics.analyses.curve.analysis import Placebo, SpecificationCurve
    from emtract.econometrics.analyses.curve.grid import Axis, Cell
    from emtract.ledger import Ledger


#: What the base is called beside other choices.
_PREFERRED: Final = "preferred specification"


@dataclass(frozen=True)
class Joint:
    """The joint test: how often a curve of rotated emotions is as extreme.

    Attributes
    ----------
    median, significant
        P-values of the median estimate and of the share that is significant in one direction.
    std_error
        Root mean square of the rotated medians.
    half_width
        Of the interval around the median: the size of rotated medians that 95 % stay below; None for too few draws.
    draws
        Rotations.
    """

    median: float
    significant: float
    std_error: float
    half_width: float | None
    draws: int


def joint_test(rows: Sequence[Estimate], drawn: Sequence[Sequence[Estimate]]) -> Joint:
    """Compare a curve with the curves of rotated emotions.

    Notes
    -----
    Two statistics: the size of the median estimate, and the share of specifications that are significant in the direction
    in which more of them are. With R draws, of which r are as extreme, p = (1 + r) / (1 + R). The interval around the median
    leaves out zero where its p-value lies below 0.05; 40 draws come nearest to that size.
    """
    if not drawn:
        raise EstimationError("no rotated curve could be estimated: leave out the joint test with rotations=0")
    seen, others = _extremes(rows), np.array([_extremes(draw) for draw in drawn])
    at_least = (others >= np.array(seen)).sum(axis=0)
    p = (1 + at_least) / (1 + len(drawn))
    allowed = math.ceil(SIGNIFICANCE * (1 + len(drawn))) - 2
    half = float(np.sort(others[:, 0])[::-1][allowed]) if allowed >= 0 else None
    spread = float(np.sqrt((others[:, 0] ** 2).mean()))
    return Joint(float(p[0]), float(p[1]), spread, half, len(drawn))


def _extremes(rows: Sequence[Estimate]) -> tuple[float, float]:
    up = sum(r.significant and r.estimate > 0 for r in rows)
    down = sum(r.significant and r.estimate < 0 for r in rows)
    return abs(float(np.median([r.estimate for r in rows]))), max(up, down) / len(rows)


def curve_finding(
    curve: SpecificationCurve,
    axes: Sequence[Axis],
    rows: Mapping[Cell, Estimate],
    *,
    placebos: Sequence[tuple[Placebo, Estimate]],
    joint: Joint | None,
    ledger: Ledger,
    absent: Sequence[str],
) -> Finding:
    """Put a curve's numbers into words, tables and charts; see `SpecificationCurve`.

    Parameters
    ----------
    curve
        The request, for its label and its base.
    axes
        Axes with the choices that the samples allow.
    rows
        Cell on these axes -> the estimate that the curve follows; the base among them.
    placebos
        Each placebo that could be estimated, with its estimate; empty for none.
    joint
        The joint test; None where no rotations were asked for.
    ledger
        From rows of the panel to specifications estimated.
    absent
        Choices and placebos that could not be had, each with the reason, for a note.

    Returns
    -------
    Finding
        Terms of `estimates`: the summaries of `SUMMARY_TERMS`, a share for each kind of placebo, then every
        specification and every draw of a placebo.
    """
    labels = {cell: cell_label(axes, cell) for cell in rows}
    summary = _summary(list(rows.values()), [row for _, row in placebos], joint)
    by_kind = _placebo_table(placebos)
    summary += [estimate_row(f"placebo, {row['placebo']}", {"estimate": row["share_rejecting"]}) for row in by_kind]
    listed = [estimate_row(labels[cell], row) for cell, row in rows.items()]
    listed += [estimate_row(f"{placebo.label}, {placebo.draw}", row) for placebo, row in placebos]
    schema = dict.fromkeys(ESTIMATE_COLUMNS, pl.Float64) | {"term": pl.String, "n_obs": pl.Int64}
    charts = [_size_chart(curve, axes, rows), _curve_chart(curve, axes, rows)]
    if placebos:
        charts.append(_placebo_chart(curve, placebos))
    tables = {"Specifications by choice": _choice_table(axes, rows)}
    if by_kind:
        tables["Placebos"] = pl.DataFrame(by_kind)
    return Finding(
        estimates=pl.DataFrame([*summary, *listed], schema=schema),
        quantities=_quantities(curve, axes, rows, len(placebos)),
        n_obs=max(row.n_obs for row in rows.values()),
        ledger=ledger,
        notes=_notes(curve, joint, absent, placebos=bool(placebos)),
        charts=tuple(charts),
        tables=tables,
    )


def _summary(rows: Sequence[Estimate], placebos: Sequence[Estimate], joint: Joint | None) -> list[EstimateRow]:
    """Return the median with what the joint test says of it, and shares; the interval needs enough draws."""
    median = float(np.median([r.estimate for r in rows]))
    middle = {"estimate": median}
    if joint is not None:
        middle |= {"p_value": joint.median, "std_error": joint.std_error}
        if joint.half_width is not None:
            middle |= {"conf_low": median - joint.half_width, "conf_high": median + joint.half_width}
    share = float(np.mean([row.significant for row in placebos])) if placebos else None
    found = {"estimate": float(np.mean([r.significant for r in rows])), "p_value": joint.significant if joint else None}
    return [
        estimate_row("median_estimate", middle),
        estimate_row("share_positive", {"estimate": float(np.mean([r.estimate > 0 for r in rows]))}),
        estimate_row("share_significant", found),
        estimate_row("share_placebos_rejecting", {"estimate": share}),
    ]


def _quantities(
    curve: SpecificationCurve, axes: Sequence[Axis], rows: Mapping[Cell, Estimate], n_placebos: int
) -> dict[str, Quantity]:
    n, sizes = len(rows), [row.estimate for row in rows.values()]
    ends = f"{signed(min(sizes), 1)} to {signed(max(sizes), 1)}"
    moved = _moving_axis(axes, rows)
    by = f"; most sensitive to the choice of {moved}" if moved else ""
    unit = _unit(curve)
    term = f"{term_words(curve.base.x[0])} on the {outcome_words(curve.base.y)}"
    shared = "specifications (they share their data) in which the coefficient"
    each = f"specifications, which share their data, the coefficient of {term} is"
    named = {
        "median_estimate": Quantity(
            f"the median coefficient of {term} over {n} specifications (from {ends}{by}),", unit, 1
        ),
        "share_positive": Quantity(
            f"the share of {n} {shared} of {term} is positive", "", 2, counted=(n, f"{each} positive")
        ),
        "share_significant": Quantity(
            f"the share of {n} {shared} of {term} is significant at 5 %",
            "",
            2,
            counted=(n, f"{each} significant at 5 %"),
        ),
        "share_placebos_rejecting": Quantity(
            f"the share of {n_placebos} placebos that reject at 5 %",
            "",
            2,
            counted=(n_placebos, "placebos, which share their data, the coefficient is significant at 5 %"),
        ),
    }
    kinds = dict.fromkeys(placebo.label for placebo in curve.placebos)
    return named | {f"placebo, {k}": Quantity(f"the share of placebos ({k}) that reject at 5 %", "", 2) for k in kinds}


def _unit(curve: SpecificationCurve) -> str:
    return difference_unit(curve.base.y_scale)


def _medians(at: int, axis: Axis, rows: Mapping[Cell, Estimate]) -> dict[str, tuple[float, float, float, int]]:
    """Choice of an axis -> median, least and largest estimate with it, and how many specifications."""
    own = {c.label: [row.estimate for cell, row in rows.items() if cell[at] == i] for i, c in enumerate(axis.choices)}
    return {label: (float(np.median(e)), min(e), max(e), len(e)) for label, e in own.items() if e}


def _moving_axis(axes: Sequence[Axis], rows: Mapping[Cell, Estimate]) -> str:
    """Name the axis whose choices explain most of the spread of the estimates, by adjusted R squared; '' where none does."""
    sizes = np.array([row.estimate for row in rows.values()])
    total, shares = float(((sizes - sizes.mean()) ** 2).sum()), {}
    for at, axis in enumerate(axes):
        places = np.array([cell[at] for cell in rows])
        kinds = np.unique(places)
        if 1 < len(kinds) < len(sizes) and total > 0:
            within = sum(float(((own - own.mean()) ** 2).sum()) for own in (sizes[places == kind] for kind in kinds))
            shares[axis.name] = 1 - within / total * (len(sizes) - 1) / (len(sizes) - len(kinds))
    best = max(shares, key=shares.__getitem__, default="")
    return best if best and shares[best] > 0 else ""


def _size_chart(curve: SpecificationCurve, axes: Sequence[Axis], rows: Mapping[Cell, Estimate]) -> Chart:
    """How large the estimate is, choice by choice; the preferred specification stands first."""
    base = rows[(0,) * len(axes)]
    everything = [row.estimate for row in rows.values()]
    whole = (float(np.median(everything)), min(everything), max(everything), len(everything))
    found = [("All", _PREFERRED, (base.estimate, base.conf_low, base.conf_high, base.n_obs))]
    found += [("All", "all specifications", whole)]
    moved = _moving_axis(axes, rows)
    found += [
        ("All", f"{axis.name}: {label}", told)
        for at, axis in enumerate(axes)
        if axis.name == moved
        for label, told in _medians(at, axis, rows).items()
    ]
    found += [
        (axis.name, label, told)
        for at, axis in enumerate(axes)
        if axis.name != moved and len(_medians(at, axis, rows)) > 1
        for label, told in _medians(at, axis, rows).items()
    ]
    named = ("estimate", "conf_low", "conf_high")
    frame = pl.DataFrame([{"group": g, "bar": b, **dict(zip(named, told[:3], strict=True))} for g, b, told in found])
    note = (
        "The preferred specification with its 95 % interval; every other line is the median over the specifications with this "
        "choice, and runs from the least to the largest of them."
    )
    return Chart("bars", f"Size of the estimate: {curve.label}", frame, "", _y_title(curve), note)


def _curve_chart(curve: SpecificationCurve, axes: Sequence[Axis], rows: Mapping[Cell, Estimate]) -> Chart:
    shown = [
        {
            "group": curve.label,
            **asdict(row),
            **{a.name: a.choices[i].label for a, i in zip(axes, cell, strict=True)},
            PREFERRED: not any(cell),
        }
        for cell, row in rows.items()
    ]
    frame = pl.DataFrame(shown).drop("std_error", "statistic").sort("estimate", maintain_order=True)
    title = f"{term_words(curve.base.x[0])} and the {outcome_words(curve.base.y)}, in every way of asking"
    note = (
        "Each dot is one regression with its 95 % interval; below it, the choices that made it. The diamond is the preferred "
        "specification, and the dotted line runs through its choices."
    )
    return Chart("curve", title[:1].upper() + title[1:], frame, "specifications, sorted", _y_title(curve), note)


def _placebo_chart(curve: SpecificationCurve, placebos: Sequence[tuple[Placebo, Estimate]]) -> Chart:
    shown = [{"group": p.label, **asdict(row), "placebo": p.label, "draw": str(p.draw)} for p, row in placebos]
    frame = pl.DataFrame(shown).drop("std_error", "statistic").sort("group", "estimate", maintain_order=True)
    note = "Regressors that cannot matter, in the base specification: about one interval in twenty should miss zero."
    return Chart("curve", "Placebos", frame, "draws, sorted", _y_title(curve), note)


def _y_title(curve: SpecificationCurve) -> str:
    return " ".join(filter(None, [_unit(curve) or curve.base.y, "per standard deviation"]))


def _choice_table(axes: Sequence[Axis], rows: Mapping[Cell, Estimate]) -> pl.DataFrame:
    """One row a choice: how the specifications with it come out."""
    found = []
    for at, axis in enumerate(axes):
        for place, choice in enumerate(axis.choices):
            own = [row for cell, row in rows.items() if cell[at] == place]
            if own:
                found.append({"axis": axis.name, "choice": choice.label, **_shares(own)})
    everything = {"axis": "all", "choice": "", **_shares(list(rows.values()))}
    return pl.DataFrame([everything, *found])


def _shares(rows: Sequence[Estimate]) -> dict[str, float | int]:
    estimates = np.array([row.estimate for row in rows])
    return {
        "specifications": len(rows),
        "median_estimate": float(np.median(estimates)),
        "lowest": float(estimates.min()),
        "highest": float(estimates.max()),
        "share_positive": float((estimates > 0).mean()),
        "share_significant": float(np.mean([row.significant for row in rows])),
    }


def _placebo_table(placebos: Sequence[tuple[Placebo, Estimate]]) -> list[dict[str, Any]]:
    """One row a kind: draws, share that rejects, and the exact 95 % interval that so many independent draws would have."""
    kinds: dict[str, list[Estimate]] = defaultdict(list)
    for placebo, row in placebos:
        kinds[placebo.label].append(row)
    found: list[dict[str, Any]] = []
    for kind, rows in kinds.items():
        rejecting = sum(row.significant for row in rows)
        interval = stats.binomtest(rejecting, len(rows)).proportion_ci(method="exact")
        found.append(
            {
                "placebo": kind,
                "draws": len(rows),
                "share_rejecting": rejecting / len(rows),
                "conf_low": float(interval.low),
                "conf_high": float(interval.high),
                "mean_estimate": float(np.mean([row.estimate for row in rows])),
            }
        )
    return found


def _notes(curve: SpecificationCurve, joint: Joint | None, absent: Sequence[str], *, placebos: bool) -> tuple[str, ...]:
    notes = [
        "Each coefficient is per standard deviation of its own estimation sample, with the errors of its specification.",
        "Specifications share their data: they are not independent tests, and shares over them are descriptive, with no "
        "interval of their own.",
    ]
    if joint is not None:
        notes.append(
            f"Joint test (Simonsohn, Simmons and Nelson 2020): {joint.draws} rotations of the sessions of "
            f"{', '.join(curve.base.x)} against the returns, all specifications each time; p is {joint.median:.3f} for a "
            f"median as far from zero and {joint.significant:.3f} for as many significant in one direction. The least that "
            f"so many draws can give is {1 / (1 + joint.draws):.3f}. The interval of the median holds the values from which it "
            "lies no further than 95 % of rotated medians lie from zero."
        )
    if placebos:
        notes.append(
            "Placebos stand apart from the curve and should reject in about 5 % of draws; draws on one panel are not "
            "independent either, so a share is read beside its interval with care."
        )
    if absent:
        notes.append(f"Not among the specifications: {'; '.join(absent)}.")
    return tuple(notes)
