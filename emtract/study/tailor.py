"""A study asked otherwise: of some of its specs, with further controls, or with another limit of attrition."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from emtract.econometrics.regression.spec import Spec
from emtract.errors import SpecError, StudyError
from emtract.study.declare import Exhibit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from emtract.econometrics.finding import Analysis
    from emtract.study.declare import Study


def tailored(
    study: Study,
    *,
    only: Sequence[str] | None = None,
    controls: Sequence[str] = (),
    max_attrition: float | None = None,
) -> Study:
    """Return a study as it is asked for; without any option it is the study itself.

    Parameters
    ----------
    study
        As its file declares it.
    only
        As in `part_of`; None for all of it.
    controls
        Columns that join the controls of every spec that has controls, regressions within an analysis too; one that is a
        regressor already stays what it is.
    max_attrition
        Largest share of its rows that a spec may lose; None leaves the study's own.

    Raises
    ------
    StudyError
        When the study has no spec of a name, none that has controls, or one that cannot take these.
    """
    study = study if only is None else part_of(study, only)
    if controls:
        study = _with_controls(study, tuple(controls))
    return study if max_attrition is None else replace(study, max_attrition=max_attrition)


def part_of(study: Study, names: Sequence[str]) -> Study:
    """Return a study of some of its regressions and analyses.

    A headline or an expectation that names a dropped spec is dropped too; where the primary number goes, the first of the
    headline that is left takes its place. Exhibits keep the specs that are left, and a regression that no exhibit has stands in
    one of its own.

    Raises
    ------
    StudyError
        When the study has no spec of a name, or none is named.
    """
    if strays := [name for name in names if name not in study.specs]:
        near = get_close_matches(strays[0], study.specs, n=3)
        told = f"did you mean {' or '.join(map(repr, near))}?" if near else f"name some of {', '.join(study.specs)}"
        raise StudyError(f"{study.name} has no spec {', '.join(map(repr, strays))}: {told}")
    if not names:
        raise StudyError(f"name some of the specs of {study.name}: {', '.join(study.specs)}")
    specs = {name: spec for name, spec in study.specs.items() if name in names}
    first = next(iter(specs))
    headline = tuple(h for h in study.headline if h[0] in specs) or ((first, specs[first].terms[0]),)
    return replace(
        study,
        specs=specs,
        exhibits=_exhibits_of(study, specs),
        headline=headline,
        primary=study.primary if study.primary in headline else headline[0],
        expectations=tuple(e for e in study.expectations if e.spec in specs),
    )


def headline_of(study: Study, spec: str | None = None) -> Study:
    """Return a study of the specs of its headline, or of one spec, as its posts were read: corrections are left out.

    Raises
    ------
    StudyError
        When the study has no such spec.
    """
    part = part_of(study, list(dict.fromkeys(name for name, _ in study.headline)) if spec is None else [spec])
    specs = {name: replace(s, correct="none") if isinstance(s, Spec) else s for name, s in part.specs.items()}
    return replace(part, specs=specs)


def _exhibits_of(study: Study, specs: Mapping[str, Spec | Analysis]) -> tuple[Exhibit, ...]:
    """Exhibits with the specs that are left, then one of the regressions that stand in none."""
    left = [replace(e, specs=tuple(name for name in e.specs if name in specs)) for e in study.exhibits]
    shown = {name for exhibit in left for name in exhibit.specs}
    others = tuple(name for name, spec in specs.items() if isinstance(spec, Spec) and name not in shown)
    return (*(e for e in left if e.specs), *([Exhibit(study.question, others)] if others else []))


def _with_controls(study: Study, names: tuple[str, ...]) -> Study:
    specs: dict[str, Any] = {}
    for name, spec in study.specs.items():
        try:
            specs[name] = _joined(spec, names)
        except SpecError as error:
            raise StudyError(f"{study.name}, {name}, with the controls {', '.join(names)}: {error}") from error
    if specs == study.specs:
        raise StudyError(f"{study.name} has no spec whose controls {', '.join(names)} could join: leave them out")
    return replace(study, specs=specs)


def _joined(part: Any, names: tuple[str, ...]) -> Any:
    """Return a spec, an analysis or a part of one whose controls, where it has any, the names have joined."""
    if isinstance(part, tuple):
        return tuple(_joined(inner, names) for inner in part)
    if isinstance(part, Mapping) and part.get("controls"):
        return {**part, "controls": _more(part["controls"], part.get("x", ()), names)}
    if not is_dataclass(part) or isinstance(part, type):
        return part
    held = {f.name: getattr(part, f.name) for f in fields(part) if f.init}
    made = {name: _joined(value, names) for name, value in held.items()}
    if held.get("controls"):
        made["controls"] = _more(held["controls"], held.get("x", ()), names)
    changed = {name: value for name, value in made.items() if value != held[name]}
    return replace(part, **changed) if changed else part


def _more(controls: Sequence[str], x: Sequence[str], names: Sequence[str]) -> tuple[str, ...]:
    return (*controls, *(name for name in dict.fromkeys(names) if name not in (*controls, *x)))
