"""The readings of an audit compared: posts, the link to later returns, and the headline estimates of studies."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date
from itertools import product
from typing import TYPE_CHECKING, Any, Final, get_args

import numpy as np
import polars as pl

from emtract.econometrics.foresight import Month, foresight
from emtract.econometrics.paired import paired
from emtract.econometrics.regression.estimate import estimate
from emtract.econometrics.regression.spec import Spec
from emtract.emotions import EMOTIONS
from emtract.errors import EmtractError, EstimationError
from emtract.model.changes import beside_placebo, change_row, changes_by
from emtract.model.vintage import place_of, span_of, vintages_of_scorer
from emtract.panel.derive import derive
from emtract.panel.firm_sessions import FirmSessions
from emtract.panel.frame import Panel
from emtract.panel.requests import SampleBuilder
from emtract.pipeline.opening import silent
from emtract.pipeline.panel import panel_options
from emtract.pipeline.studies import find_study
from emtract.report.audit.findings import Audit
from emtract.scoring.variants import instead, read_variants, stored_readings, with_changes
from emtract.study.tailor import headline_of
from emtract.text.lexicon import NUMBER, TICKER, UNKNOWN, URL, USER

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from emtract.config import Settings
    from emtract.panel.frame import Sample
    from emtract.pipeline.audit.plan import Plan
    from emtract.pipeline.opening import Progress
    from emtract.scoring.variants import Variant
    from emtract.store import Store
    from emtract.study import Study

    Readings = NDArray[np.float64]

#: What the cleaner has made neutral before any reading -> its tokens.
_HIDDEN: Final[Mapping[str, tuple[str, ...]]] = {
    "cashtags": (TICKER, UNKNOWN),
    "numbers: prices, years, days": (NUMBER,),
    "users": (USER,),
    "links": (URL,),
}
#: Terms that the page lists of each kind.
_TERMS: Final = 6
_K: Final = len(EMOTIONS)
_FIRM_SESSIONS: Final = FirmSessions(noise=False)


def run_audit(
    settings: Settings,
    store: Store,
    plan: Plan,
    *,
    studies: Sequence[str] | None = None,
    progress: Progress | None = None,
) -> Audit:
    """Read what the plan says, and compare readings, the link to later returns, and the headline estimates of studies.

    Parameters
    ----------
    settings, store
        As of the plan.
    plan
        As `plan_audit` returns it.
    studies
        Names of studies; None for the configured ones.
    progress
        Called with (stage, done, total).

    Raises
    ------
    StudyError
        A study that is named does not load.
    """
    report = progress or silent
    named = settings.studies if studies is None else studies
    asked = {s.name: s for s in (headline_of(find_study(settings, name).declared) for name in named)}
    read = read_variants(plan.changed, plan.scorer, plan.cache, report)
    stored = stored_readings(plan.texts)
    whole = {v: with_changes(stored, plan.changed[v], read[v]) for v in ("all", "placebo")}
    panels, samples = _samples(settings, store, plan, {"plain": stored, **whole}, asked, report)
    coefficients, skipped = _coefficients(asked, samples, report)
    ahead, unknown = _ahead(panels)
    touched = plan.changed["all"].places
    return Audit(
        scorer=f"{plan.key.scorer}@{plan.key.revision}",
        cleaner=plan.key.cleaner,
        texts=plan.texts.height,
        posts=int(plan.texts["posts"].sum()),
        first=_day(plan.texts["first"].min()),
        last=_day(plan.texts["last"].max()),
        hidden=_hidden(plan.texts["text"].to_list()),
        changes=_changes(stored, plan, read),
        placebo=beside_placebo(stored[touched][:, :_K], read["all"][:, :_K], read["placebo"][:, :_K]),
        by_year=_by([[str(day.year)] for day in plan.texts["first"].to_list()], stored, whole["all"], plan),
        by_symbol=_by(plan.texts["symbols"].to_list(), stored, whole["all"], plan),
        terms=_terms(plan),
        ahead=ahead,
        ahead_unknown=unknown,
        coefficients=coefficients,
        skipped=skipped,
        vintages=vintages_of_scorer(plan.key.scorer),
        years=_years(plan),
        notice=settings.report.notice,
    )


def _samples(
    settings: Settings,
    store: Store,
    plan: Plan,
    versions: Mapping[str, Readings],
    asked: Mapping[str, Study],
    report: Progress,
) -> tuple[dict[str, Panel | str], dict[str, dict[str, Mapping[str, Sample]]]]:
    """Build firm-sessions on each reading, and what the studies ask for on the plain one and the neutral one."""
    options = panel_options(settings, store, scorer=plan.key.scorer, revision=plan.key.revision)
    panels: dict[str, Panel | str] = {}
    samples: dict[str, dict[str, Mapping[str, Sample]]] = {}
    for done, (version, readings) in enumerate(versions.items()):
        report("samples on each reading", done, len(versions))
        with instead(store, plan.key, plan.texts, readings):
            builder = SampleBuilder(store, options)
            given, absent = builder.build({"panel": _FIRM_SESSIONS})
            found = given.get("panel")
            panels[version] = found if isinstance(found, Panel) else absent["panel"]
            if version != "placebo":
                samples[version] = {name: builder.build(_needed(study))[0] for name, study in asked.items()}
    report("samples on each reading", len(versions), len(versions))
    return panels, samples


def _needed(study: Study) -> dict[str, Any]:
    """The samples behind the headline, without the noise of moods, which an audit does not use."""
    wanted = {sample for spec in study.specs.values() for sample in spec.samples}
    requests = {name: request for name, request in study.samples.items() if name in wanted}
    return {n: replace(r, noise=False) if isinstance(r, FirmSessions) else r for n, r in requests.items()}


def _coefficients(
    asked: Mapping[str, Study], samples: Mapping[str, Mapping[str, Mapping[str, Sample]]], report: Progress
) -> tuple[pl.DataFrame, dict[str, str]]:
    """Every headline number on both readings, and why some are not compared."""
    rows: list[dict[str, Any]] = []
    skipped: dict[str, str] = {}
    for done, (name, study) in enumerate(asked.items()):
        report("headlines on both readings", done, len(asked))
        given = {
            version: {
                n: derive(s, study.derive) if isinstance(s, Panel) else s for n, s in samples[version][name].items()
            }
            for version in ("plain", "all")
        }
        for spec in study.specs:
            try:
                rows += _compared(study, spec, given["plain"], given["all"])
            except EmtractError as error:
                skipped[f"{name}, {spec}"] = str(error)
    report("headlines on both readings", len(asked), len(asked))
    return pl.DataFrame(rows, infer_schema_length=None), skipped


def _compared(
    study: Study, name: str, plain: Mapping[str, Sample], other: Mapping[str, Sample]
) -> Iterator[dict[str, Any]] | list[dict[str, Any]]:
    asked = study.specs[name]
    if lacking := [sample for sample in asked.samples if sample not in plain or sample not in other]:
        raise EstimationError(f"this archive has no sample {', '.join(lacking)}")
    terms = [term for spec, term in study.headline if spec == name]
    if not isinstance(asked, Spec):
        both = (asked.run(plain), asked.run(other))
        rows = [[found.row(term) for found in both] for term in terms]
        return [_row(study, name, term, p, q) for term, (p, q) in zip(terms, rows, strict=True)]
    results = [estimate(asked, given[asked.sample]) for given in (plain, other)]
    differences = {
        row["term"]: row for row in paired(asked, plain[asked.sample], other[asked.sample]).iter_rows(named=True)
    }
    return [_row(study, name, t, results[0].row(t), results[1].row(t), differences[t]) for t in terms]


def _row(
    study: Study,
    spec: str,
    term: str,
    plain: Mapping[str, Any],
    other: Mapping[str, Any],
    told: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    keys = ("estimate", "std_error", "p_value", "conf_low", "conf_high")
    told = told or {}
    return {
        "study": study.name,
        "spec": spec,
        "label": study.specs[spec].label,
        "term": term,
        **{f"plain_{key}": plain[key] for key in keys},
        **{f"neutral_{key}": other[key] for key in keys},
        "difference": other["estimate"] - plain["estimate"],
        **{f"difference_{key}": told.get(key) for key in keys[1:]},
        "n_obs": plain["n_obs"],
    }


def _ahead(panels: Mapping[str, Panel | str]) -> tuple[pl.DataFrame, str]:
    """What firm and date add beside the returns of two months, and what other words add; or why that is not known."""
    rows: list[dict[str, Any]] = []
    plain = panels["plain"]
    for month, version in product(get_args(Month), ("all", "placebo")):
        other = panels[version]
        if isinstance(plain, str) or isinstance(other, str):
            return pl.DataFrame(), str(plain)
        try:
            rows.append({"month": month, "reading": version, **foresight(plain, other, month)})
        except EmtractError as error:
            return pl.DataFrame(), str(error)
    return pl.DataFrame(rows), ""


def _changes(stored: Readings, plan: Plan, read: Mapping[Variant, Readings]) -> pl.DataFrame:
    rows = []
    for variant, changed in plan.changed.items():
        told = change_row(stored[changed.places][:, :_K], read[variant][:, :_K], plan.texts.height)
        rows.append({"variant": variant, **told})
    return pl.DataFrame(rows, infer_schema_length=None)


def _by(groups: Sequence[Sequence[str]], stored: Readings, other: Readings, plan: Plan) -> pl.DataFrame:
    """Changes of all channels together by group; a text in several groups counts in each."""
    flags = np.zeros(len(stored), dtype=bool)
    flags[plan.changed["all"].places] = True
    rows = np.repeat(np.arange(len(stored)), [len(named) for named in groups])
    names = [name for named in groups for name in named]
    return changes_by(names, stored[rows][:, :_K], other[rows][:, :_K], flags[rows])


def _hidden(texts: Sequence[str]) -> pl.DataFrame:
    """Share of texts in which the cleaner has hidden something already."""
    words = [set(text.split()) for text in texts]
    shares = {what: sum(not own.isdisjoint(tokens) for own in words) / len(words) for what, tokens in _HIDDEN.items()}
    return pl.DataFrame({"what": list(shares), "share": list(shares.values())})


def _terms(plan: Plan) -> pl.DataFrame:
    """The terms of each kind that give way most often: words of lists, never of a post."""
    found: Counter[tuple[str, str]] = Counter()
    for text in plan.texts["text"].to_list():
        words = text.split()
        found.update({(" ".join(words[e.start : e.stop]), e.channel) for e in plan.neutraliser.find(words)})
    rows = [(channel, term, n) for (term, channel), n in sorted(found.items(), key=lambda item: (-item[1], item[0]))]
    frame = pl.DataFrame(rows, schema={"channel": pl.String, "term": pl.String, "texts": pl.Int64}, orient="row")
    return frame.group_by("channel", maintain_order=True).head(_TERMS)


def _years(plan: Plan) -> pl.DataFrame:
    """Posts by year of a text's first post, and where that day stands against the scorer's dated training texts."""
    span = span_of(vintages_of_scorer(plan.key.scorer))
    days = plan.texts["first"].to_list()
    places = ["" if span is None else place_of(day, span) for day in days]
    frame = plan.texts.select("posts", year=pl.col("first").dt.year(), place=pl.Series(places))
    return frame.group_by("year", "place").agg(pl.col("posts").sum()).sort("year", "place")


def _day(value: Any) -> date:
    return value if isinstance(value, date) else date.min
