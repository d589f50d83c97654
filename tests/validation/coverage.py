"""Draw a design many times: how often intervals hold the truth, how often tests reject what is false and what is true."""

from __future__ import annotations

from collections import defaultdict
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
import polars as pl
from scipy import stats

from emtract.econometrics.measurement.correct import correct
from emtract.econometrics.measurement.sets import least
from emtract.econometrics.measurement.transport import transport
from emtract.econometrics.regression.estimate import estimate
from emtract.econometrics.regression.spec import Spec
from emtract.errors import EstimationError
from emtract.panel.frame import Panel
from emtract.workers import run_tasks
from tests.validation.kept import Kept, file_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from emtract.econometrics.finding import Analysis
    from emtract.econometrics.measurement.correct import By, Correction
    from tests.validation.design import Design, Drawn

#: Nominal size of the tests, and one less the nominal coverage of the intervals.
LEVEL: Final = 0.05
#: Specs that stand beside each other: the plain regression, its corrected point, and the set of values not rejected.
COMPARED: Final = ("naive", "corrected", "set")
#: Beside them, where a design names them: the point and the set by two halves of each cell's units.
HALVED: Final = {"halves": "corrected", "halves, set": "set"}
#: Where a design names them: what was read, corrected for misreading; and for misreading and the sampling of posts.
READ: Final = {"read": "naive", "reading": "corrected", "reading, set": "set"}
BOTH: Final = {"both": "corrected", "both, set": "set"}
#: What each is corrected by, and which of its numbers each spec is.
_BESIDE: Final[Mapping[By, Mapping[str, str]]] = {
    "noise": {name: name for name in COMPARED},
    "halves": HALVED,
    "reading": READ,
    "both": BOTH,
}
_CORRECTED: Final = frozenset(name for names in _BESIDE.values() for name in names)
#: The test that tags speak for the archive, and what it is asked of.
TRANSPORT: Final = "transport"
_TRANSPORT_DRAWS: Final = 199
#: Draws that a process takes at a time.
_CHUNK: Final = 10
_NOTHING: Final = (float("nan"), float("nan"))
_SHAPE: Final = ("design", "spec", "term", "truth", "is_null", "mean_estimate", "bias_in_sd", "sd", "mean_std_error",
                 "coverage", "rejection", "draws", "refused", "mc_error", "target", "reliability", "unbounded")  # fmt: skip


class Number(NamedTuple):
    """One estimate of one draw beside its truth; a set has no estimate, a draw that was refused has nothing."""

    truth: float
    estimate: float
    std_error: float
    covered: float
    rejected: float
    #: Share of a mood's variance that is not noise.
    reliability: float = float("nan")
    #: Whether a set has no end on at least one side.
    unbounded: float = float("nan")


class _Task(NamedTuple):
    module: str
    design: str
    seed: int
    first: int
    last: int


def all_designs() -> dict[str, tuple[str, Design]]:
    """Return the name of every design -> the module that holds it, and the design."""
    package = import_module("tests.validation")
    found: dict[str, tuple[str, Design]] = {}
    for info in sorted(iter_modules(package.__path__), key=lambda info: info.name):
        module = f"{package.__name__}.{info.name}"
        if not info.name.startswith("_"):
            found |= {design.name: (module, design) for design in getattr(import_module(module), "DESIGNS", ())}
    return found


def coverage(
    name: str,
    n_draws: int = 500,
    *,
    seed: int = 0,
    workers: int = 1,
    progress: Callable[[int], None] | None = None,
    folder: Path | None = None,
) -> pl.DataFrame:
    """Estimate a design on simulated data sets and compare with the truth.

    Parameters
    ----------
    name
        A design of `all_designs`.
    n_draws
        Data sets; draw k uses the k-th generator spawned from the seed: it depends neither on how many there are nor on
        the number of processes.
    workers
        Processes.
    progress
        Called with the draws done.
    folder
        Where draws are kept as they are done, for the next call to go on from; None keeps none.

    Returns
    -------
    pl.DataFrame
        One row a number: design, spec, term, truth (mean over draws), is_null, mean_estimate, bias_in_sd (mean error over
        the estimates' sd), sd (of the estimates), mean_std_error, coverage (share of 95 % intervals that hold the truth),
        rejection (share of 5 % tests that reject zero: size where the truth is zero, power elsewhere), draws that were
        estimated, refused (draws whose data could not carry the estimate, an error for a user), mc_error, the standard
        error of a share of 0.95 over that many draws, target (`tests.validation.design.Target`), and of moods of few posts
        their mean reliability and the share of draws whose set is unbounded.
    """
    module, design = all_designs()[name]
    with TemporaryDirectory() as nowhere:
        kept = Kept((folder or Path(nowhere)) / file_name(name), seed)
        before = len(kept.read())
        starts = range(before, n_draws, _CHUNK)
        tasks = [_Task(module, name, seed, start, min(start + _CHUNK, n_draws)) for start in starts]
        done = (numbers for _, numbers in run_tasks(f"{__name__}:draws", tasks, workers=workers))
        for count, _ in enumerate(kept.add(done, before), start=before + 1):
            if progress is not None:
                progress(count)
        all_draws = kept.read()[:n_draws]
    found: dict[tuple[str, str], list[Number]] = defaultdict(list)
    for numbers in all_draws:
        for key, number in numbers.items():
            found[key].append(Number(*number))
    return pl.DataFrame([_summary(design, key, rows) for key, rows in found.items()]).select(_SHAPE)


def draws(task: _Task) -> Iterator[dict[tuple[str, str], Number]]:
    """Yield the numbers of some draws of a design, in their order."""
    design = next(d for d in import_module(task.module).DESIGNS if d.name == task.design)
    for rng in np.random.default_rng(task.seed).spawn(task.last)[task.first :]:
        yield one_draw(design, design.draw(rng))


def one_draw(design: Design, drawn: Drawn) -> dict[tuple[str, str], Number]:
    """Estimate what a draw knows the truth of; NaN where the data cannot carry a spec, as the error would say."""
    found: dict[tuple[str, str], Number] = {}
    for name in dict.fromkeys(spec for spec, _ in drawn.truth):
        if name in _CORRECTED or name == TRANSPORT:
            continue
        try:
            rows = _estimates(design.specs[name], drawn)
        except EstimationError:
            found |= {(s, t): Number(truth, *[float("nan")] * 4) for (s, t), truth in drawn.truth.items() if s == name}
            continue
        for (owner, term), truth in drawn.truth.items():
            if owner == name:
                found[name, term] = _number(rows[term], truth)
    if named := [name for name, _ in drawn.truth if name in _CORRECTED]:
        found |= _beside(design.specs[named[0]], drawn)
    found |= {key: _travels(drawn, truth) for key, truth in drawn.truth.items() if key[0] == TRANSPORT}
    return found


def _travels(drawn: Drawn, truth: float) -> Number:
    """The test of transport, whose truth is zero where readings of tagged posts are those of the archive."""
    assert drawn.texts is not None and drawn.tagged is not None
    rejected = transport(drawn.texts, drawn.tagged, draws=_TRANSPORT_DRAWS, power=False).p_value <= LEVEL
    return Number(truth, float("nan"), float("nan"), float(rejected == bool(truth)), float(rejected))


def _number(row: dict[str, Any], truth: float) -> Number:
    """Judge one row; a joint test, which has no estimate, holds a truth of zero where it does not reject."""
    rejected = row["p_value"] < LEVEL
    value, error = (float("nan") if row[column] is None else row[column] for column in ("estimate", "std_error"))
    covered = not rejected if row["conf_low"] is None else row["conf_low"] <= truth <= row["conf_high"]
    return Number(truth, value, error, float(covered), float(rejected))


def _beside(spec: Spec | Analysis, drawn: Drawn) -> dict[tuple[str, str], Number]:
    """The plain regression, its corrected point, and the set; nothing of a point that does not exist."""
    assert isinstance(spec, Spec)
    panel = drawn.samples[spec.sample]
    assert isinstance(panel, Panel)
    found: dict[tuple[str, str], Number] = {}
    for by, names in _BESIDE.items():
        asked = {(names[name], term): truth for (name, term), truth in drawn.truth.items() if name in names}
        if asked:
            misreading = drawn.misreading if by in ("reading", "both") else None
            told = _compared(correct(spec, panel, by=by, misreading=misreading), asked)
            found |= {(name, t): told[names[name], t] for name, t in drawn.truth if name in names}
    return found


def _compared(found: Correction, truths: Mapping[tuple[str, str], float]) -> dict[tuple[str, str], Number]:
    t = float(stats.t(found.naive.critical_df).ppf(1 - LEVEL / 2))
    points = {
        "naive": (found.plain, found.plain_errors),
        "corrected": (found.coefficients, np.sqrt(np.diag(found.covariance))),
    }
    told: dict[tuple[str, str], Number] = {}
    for (name, term), truth in truths.items():
        j = found.terms.index(term)
        share = float(found.reliability[j])
        if name == "set":
            kept = float(found.holds(term, truth)), float(not found.holds(term, 0.0))
            told[name, term] = Number(truth, float("nan"), float("nan"), *kept, share, float(_unbounded(found, j)))
            continue
        value, error = (float(of[j]) for of in points[name])
        kept = (
            (float(abs(value - truth) <= t * error), float(abs(value) > t * error)) if np.isfinite(value) else _NOTHING
        )
        told[name, term] = Number(truth, value, error, *kept, share)
    return told


def _unbounded(found: Correction, j: int) -> bool:
    """Whether values ever further out are not rejected; those far above and far below are judged alike."""
    errors = found.plain_errors * found.unit
    critical, start = float(found.critical[j]), np.zeros(len(errors))
    value, _ = least(found.moments, j, float(errors[j]), constant=0.0, start=start, errors=errors, enough=critical)
    return bool(value <= critical)


def _estimates(spec: Spec | Analysis, drawn: Drawn) -> dict[str, dict[str, Any]]:
    if not isinstance(spec, Spec):
        return {row["term"]: row for row in spec.run(drawn.samples).estimates.iter_rows(named=True)}
    return {row["term"]: row for row in estimate(spec, drawn.samples[spec.sample]).tidy().iter_rows(named=True)}


def _summary(design: Design, key: tuple[str, str], rows: Sequence[Number]) -> dict[str, object]:
    whole = [row for row in rows if np.isfinite(row.covered)]
    truth, estimates, errors, covered, rejected, share, unbounded = np.asarray(whole or rows, dtype=np.float64).T
    sd = estimates.std(ddof=1) if len(whole) > 1 else float("nan")
    return {
        "design": design.name,
        "spec": key[0],
        "term": key[1],
        "truth": truth.mean(),
        "is_null": bool((truth == 0).all()),
        "mean_estimate": estimates.mean(),
        "bias_in_sd": (estimates - truth).mean() / sd,
        "sd": sd,
        "mean_std_error": errors.mean(),
        "coverage": covered.mean(),
        "rejection": rejected.mean(),
        "draws": len(whole),
        "refused": len(rows) - len(whole),
        "mc_error": float(np.sqrt(LEVEL * (1 - LEVEL) / len(whole))) if whole else float("nan"),
        "target": design.targets.get(key[0], "coverage"),
        "reliability": share.mean(),
        "unbounded": unbounded.mean(),
    }
