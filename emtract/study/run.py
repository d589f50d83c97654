"""Estimate every spec and analysis of a study on its samples."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from emtract.econometrics.measurement.measured import measure, measured_or_why
from emtract.econometrics.measurement.misread import misread, tells, windows_of
from emtract.econometrics.regression.estimate import estimate
from emtract.econometrics.regression.spec import Spec
from emtract.errors import EstimationError, MissingDataError, ModelError, SpecError, StudyError
from emtract.panel.derive import derive
from emtract.panel.frame import Panel, Sample
from emtract.study.declare import Study
from emtract.study.find import load_study
from emtract.study.precision import measure_curve, measure_samples
from emtract.study.result import StudyResult

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from emtract.econometrics.finding import Finding
    from emtract.econometrics.measurement.measured import Measured
    from emtract.econometrics.measurement.misread import Misread
    from emtract.econometrics.measurement.transport import Transport
    from emtract.econometrics.regression.result import Result
    from emtract.misreading import Misreading


def run_study(
    study: Study | str | Path,
    samples: Sample | Mapping[str, Sample],
    *,
    absent: Mapping[str, str] | None = None,
    misreading: Misreading | None = None,
    progress: Callable[[str, int, int], None] | None = None,
) -> StudyResult:
    """Estimate every spec and analysis of a study.

    Parameters
    ----------
    study
        The study, its name, or the path of its file.
    samples
        Name -> sample, as the study requests them; the main one alone where the others are not needed.
    absent
        Name -> why a sample that the study requests is not there.
    misreading
        How the scorer of the main sample misreads; regressions that ask for a correction are then corrected for it too.
    progress
        Called with (name of the study, specs done, specs in all).

    Returns
    -------
    StudyResult
        A result for each spec and a finding for each analysis, in the order of the study. Those whose sample, or columns
        of other files, the store does not give are skipped with the reason; so are those that the data cannot carry, unless
        nothing of the study is left. Where the headline's are among them, the answer says why there is none.

    Raises
    ------
    StudyError
        When the study is unknown, a spec loses more of its rows than `max_attrition`, or its main sample is missing.
    SpecError, EstimationError
        When a spec does not fit its sample, or none of the study can be estimated; the message begins with the name of the
        spec.
    ModelError
        When the misreading is of another scorer or revision than the main sample's.
    """
    known = study if isinstance(study, Study) else load_study(study)
    reasons = absent or {}
    given = _named(known, samples, reasons)
    derived = {name: derive(s, known.derive) if isinstance(s, Panel) else s for name, s in given.items()}
    results: dict[str, Result] = {}
    measured: dict[str, Measured] = {}
    unmeasured: dict[str, str] = {}
    findings: dict[str, Finding] = {}
    skipped: dict[str, str] = {}
    failed: dict[str, EstimationError] = {}
    for done, (name, spec) in enumerate(known.specs.items()):
        if progress is not None:
            progress(known.name, done, len(known.specs))
        if lacking := [sample for sample in spec.samples if sample not in derived]:
            skipped[name] = "; ".join(reasons.get(sample, f"no sample {sample} was given") for sample in lacking)
            continue
        try:
            if isinstance(spec, Spec):
                results[name] = estimate(spec, derived[spec.sample])
                _check_attrition(known, name, results[name])
                told = _measured(results[name], derived)
            else:
                findings[name] = spec.run(derived)
                told = spec.measure(derived, findings[name])
            for part, found in told:
                key = f"{name}, {part}" if part else name
                if isinstance(found, str):
                    unmeasured[key] = found
                else:
                    measured[key] = found
        except MissingDataError as error:
            skipped[name] = str(error)
        except SpecError as error:
            raise SpecError(f"{known.name}, {name}: {error}") from error
        except EstimationError as error:
            failed[name] = error
            skipped[name] = f"could not be estimated: {error}"
    if progress is not None:
        progress(known.name, len(known.specs), len(known.specs))
    _check_left(known, skipped, failed)
    of_samples = (*measure_samples(given), measure_curve(given))
    read, unread = _misread(results, derived, misreading)
    return StudyResult(known, derived, results, findings, skipped, measured, unmeasured, *of_samples, read, unread)


def _misread(
    results: Mapping[str, Result], samples: Mapping[str, Sample], misreading: Misreading | None
) -> tuple[dict[str, Misread], dict[str, str]]:
    """Return regressions corrected for misreading, and why others that ask for a correction are not."""
    asked = {name: result for name, result in results.items() if result.spec.correct != "none"}
    if misreading is None:
        why = "no misreading of its scorer is given: name a file as misreading under [model], or give run_study one"
        return {}, {name: why for name, result in asked.items() if result.spec.correct != "mood"}
    main = next(iter(samples.values()))
    if main.settings.get("tags") == "evidence":
        why = 'moods count writers\' tags, and the misreading is of texts alone: set tags = "ignore" under [panel]'
        return {}, dict.fromkeys(asked, why)
    scorer, revision = (main.settings.get(name) for name in ("scorer", "revision"))
    misreading.check(*(None if named is None else str(named) for named in (scorer, revision)))
    read: dict[str, Misread] = {}
    unread: dict[str, str] = {}
    tests: dict[tuple[str, tuple[str, ...]], Transport | str] = {}
    for name, result in asked.items():
        sample = samples[result.spec.sample]
        try:
            key = result.spec.sample, windows_of(result.spec, sample)
            if key not in tests:
                tests[key] = tells(sample, misreading, key[1])
            read[name] = misread(result, sample, misreading, travels=tests[key])
        except (EstimationError, SpecError, ModelError) as error:
            unread[name] = str(error)
    return read, unread


def _measured(result: Result, samples: Mapping[str, Sample]) -> Iterator[tuple[str, Measured | str]]:
    """Yield what `Analysis.measure` does, of a regression."""
    if result.spec.correct == "mood":
        yield "", measured_or_why(partial(measure, result, samples[result.spec.sample]))


def _named(study: Study, samples: Sample | Mapping[str, Sample], absent: Mapping[str, str]) -> dict[str, Sample]:
    """Name the samples that the study requests."""
    main = next(iter(study.samples))
    named = {main: samples} if isinstance(samples, Sample) else {n: samples[n] for n in study.samples if n in samples}
    if main not in named:
        remedy = absent.get(main, f"build it with {type(study.samples[main]).__name__}")
        raise StudyError(f"{study.name} needs the sample {main}: {remedy}")
    return named


def _check_left(study: Study, skipped: Mapping[str, str], failed: Mapping[str, EstimationError]) -> None:
    """Raise where nothing of a study could be estimated, with what keeps the headline from it."""
    if skipped.keys() != study.specs.keys():
        return
    for name, _ in study.headline:
        if name in failed:
            raise EstimationError(f"{study.name}, {name}: {failed[name]}") from failed[name]
    raise StudyError(f"{study.name} cannot be answered: {skipped[study.headline[0][0]]}")


def _check_attrition(study: Study, name: str, result: Result) -> None:
    """Compare rows used with rows in the spec's sample: the panel, or what its `where` leaves of it."""
    steps = result.ledger.steps
    sample = steps[0 if result.spec.where is None else 1].rows_out
    lost = 1 - result.n_obs / sample
    if lost > study.max_attrition:
        worst = max(steps[1 if result.spec.where is None else 2 :], key=lambda step: step.dropped)
        raise StudyError(
            f"{study.name}, {name}: {result.n_obs:,} of {sample:,} {steps[0].unit} are left, {lost:.1%} lost, limit "
            f"{study.max_attrition:.1%}; most at step {worst.name!r} ({worst.dropped:,}: {worst.reason}). "
            f"Raise max_attrition, in the study or under [study.{study.name}] of the configuration, name there which specs to "
            "estimate in only, or widen the panel"
        )
