"""The headline numbers of studies under several instruments: each study estimated on what each scorer read."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from emtract.econometrics.finding import slope_of
from emtract.econometrics.regression.spec import Spec
from emtract.emotions import NON_NEUTRAL
from emtract.errors import EmtractError
from emtract.pipeline.opening import silent
from emtract.pipeline.studies import find_study
from emtract.report.compare.found import ESTIMATES, HEADLINES
from emtract.study.run import run_study
from emtract.study.tailor import headline_of, part_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from emtract.config import Settings
    from emtract.panel.requests import SampleBuilder
    from emtract.pipeline.opening import Progress
    from emtract.study import Study, StudyResult

VALENCE_ONLY: Final = "tells positive from negative only, and the number rests on single emotions"


def headlines(
    settings: Settings,
    samples: Mapping[str, SampleBuilder],
    studies: Sequence[str],
    *,
    valence_only: Sequence[str] = (),
    progress: Progress | None = None,
) -> pl.DataFrame:
    """Estimate the headline numbers of studies under each instrument.

    Parameters
    ----------
    settings
        Which study a name stands for.
    samples
        Scorer -> the samples of its readings.
    studies
        Names, or paths of files; `NAME:SPEC` asks for the first number of a spec in place of the headline.
    valence_only
        Scorers that tell positive from negative only: numbers that rest on single emotions are not estimated.
    progress
        Called with (what, done, total).

    Returns
    -------
    pl.DataFrame
        The columns of `HEADLINES`, a row a study, headline number and scorer, the primary number first; `why_not` says why
        there is no estimate.

    Raises
    ------
    StudyError
        A study is not found or does not load.
    """
    report, rows = progress or silent, list[dict[str, Any]]()
    asked = [_headline_of(settings, name) for name in studies]
    done = 0
    for study in asked:
        order = sorted(study.headline, key=lambda key: key != study.primary)
        found = {}
        for scorer, builder in samples.items():
            report("studies by scorer", done, len(asked) * len(samples))
            skipped = _of_emotions(study) if scorer in valence_only else frozenset[str]()
            found[scorer] = _numbers(study, builder, skipped)
            done += 1
        rows += [found[scorer][key] | {"scorer": scorer} for key in order for scorer in samples]
        report("studies by scorer", done, len(asked) * len(samples))
    return pl.DataFrame(rows, schema=HEADLINES)


def _headline_of(settings: Settings, name: str) -> Study:
    """Return the headline of a study, or of the spec of it that is named."""
    study, _, spec = name.rpartition(":") if ":" in name and not name.endswith(".py") else (name, "", "")
    return headline_of(find_study(settings, study).declared, spec or None)


def _of_emotions(study: Study) -> frozenset[str]:
    """Specs that name a column of a single emotion."""
    emotions = {*NON_NEUTRAL, "enthusiasm"}
    return frozenset(
        n for n, spec in study.specs.items() if any(emotions & {*text.split("_")} for text in _texts(spec))
    )


def _texts(value: Any) -> Iterator[str]:
    """Every column and term that a spec names, its label and its words aside."""
    if is_dataclass(value) and not isinstance(value, type):
        yield from (t for f in fields(value) if f.name not in {"label", "why"} for t in _texts(getattr(value, f.name)))
    elif isinstance(value, dict):
        yield from (text for pair in value.items() for part in pair for text in _texts(part))
    elif isinstance(value, (tuple, list, frozenset)):
        yield from (text for part in value for text in _texts(part))
    elif isinstance(value, str) and " " not in value:
        yield value


def _numbers(study: Study, builder: SampleBuilder, skipped: frozenset[str]) -> dict[tuple[str, str], dict[str, Any]]:
    """Estimate what can be estimated; (spec, term) -> its row."""
    kept = [name for name in study.specs if name not in skipped]
    result: StudyResult | None = None
    why = dict.fromkeys(skipped, VALENCE_ONLY)
    if kept:
        part = part_of(study, kept)
        given, absent = builder.build(part.samples)
        try:
            result = run_study(part, given, absent=absent)
            why |= result.skipped
        except EmtractError as error:
            why |= dict.fromkeys(kept, str(error))
    return {key: _number(study, result, key, why) for key in study.headline}


def _number(study: Study, result: StudyResult | None, key: tuple[str, str], why: Mapping[str, str]) -> dict[str, Any]:
    spec, term = key
    role = "primary" if key == study.primary else "headline"
    told = {"study": study.name, "question": study.question, "spec": spec, "label": study.label(spec), "term": term}
    row = dict.fromkeys(HEADLINES) | told | {"role": role, "why_not": why.get(spec)}
    if result is None or spec not in result.outcomes:
        return row
    asked, found = study.specs[spec], result.row(spec, term)
    quantity = slope_of(asked, term) if isinstance(asked, Spec) else result.outcomes[spec].said[term]
    numbers = {name: found[name] for name in (*ESTIMATES, "n_obs")}
    return row | {"words": quantity.words, "unit": quantity.unit} | numbers
