"""The README and the master script of a replication package: sources and who may have them, seeds, tables, times."""

from __future__ import annotations

import platform
from collections import defaultdict
from dataclasses import dataclass, fields, is_dataclass
from typing import TYPE_CHECKING, Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined

from emtract.econometrics.regression.spec import Spec
from emtract.pipeline.replicate.exhibits import Lines, list_exhibits
from emtract.pipeline.replicate.statements import cited_as, statement

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from emtract.pipeline.replicate.layout import Input, Layout
    from emtract.study import Study

#: Upper end in seconds -> how the band is called; wide, so that two builds of one package say the same.
_BANDS: Final = (
    (600, "less than 10 minutes"),
    (3_600, "10 to 60 minutes"),
    (7_200, "1 to 2 hours"),
    (28_800, "2 to 8 hours"),
    (86_400, "8 to 24 hours"),
    (259_200, "1 to 3 days"),
    (float("inf"), "more than 3 days"),
)
_OURS: Final = (
    'Vamossy, Domonkos F., and Rolf Skog, "EmTract: Investor Emotions and Market Behavior", arXiv 2112.03868.',
    "emtract: investor emotions from social media, version {version}.",
)
#: Upper end in bytes -> how the template calls the band.
_SIZES: Final = (
    (25e6, "less than 25 MB"),
    (250e6, "25 MB to 250 MB"),
    (2e9, "250 MB to 2 GB"),
    (25e9, "2 GB to 25 GB"),
    (250e9, "25 GB to 250 GB"),
    (float("inf"), "more than 250 GB"),
)


@dataclass(frozen=True)
class Facts:
    """What the README tells besides the study and its inputs.

    Attributes
    ----------
    version, wheel, extras
        Of emtract; None for no wheel.
    model, revision, cleaner
        The instrument.
    study_file
        Place of the study in the package.
    synthetic
        Whether there is a generated archive.
    provided
        Places of the inputs that are included.
    too_large, left_out
        Inputs that were not copied for their size, and those that the generated archive lacks.
    seconds, stored
        What a run takes, and the bytes of the store that it makes.
    machine
        What it was measured on.
    study_text
        The study file, whose lines the list of tables names.
    """

    version: str
    wheel: str | None
    extras: tuple[str, ...]
    model: str
    revision: str
    cleaner: str
    study_file: str
    synthetic: bool
    provided: frozenset[str]
    too_large: tuple[str, ...]
    left_out: tuple[str, ...]
    seconds: float
    stored: int
    machine: str
    study_text: str


def write_readme(study: Study, layout: Layout, inputs: Sequence[Input], facts: Facts, outputs: Path) -> str:
    """Return the text of README.md.

    Parameters
    ----------
    study
        Gives the question, specs, exhibits, seeds and papers.
    layout
        Gives the configured notice, and the patterns that the inputs are listed under.
    inputs
        All inputs, in the package or not.
    facts
        What the README tells besides.
    outputs
        Folder of the study's page: its files are the last column of the list of tables and figures.
    """
    missing = [one for one in inputs if one.entry.place not in facts.provided]
    posts = sum(one.entry.kind == "posts" for one in inputs)
    size, lines = sum(one.bytes for one in inputs), Lines.of(facts.study_text)
    seeds = [
        (seed, ", ".join(f"`{name}` (line {lines.spec(name)})" for name in names))
        for seed, names in study_seeds(study).items()
    ]
    cited = {name: found for one in inputs if (found := cited_as(one)) for name in [found.text]}
    return _render(
        "README.md.j2",
        **{
            **vars(facts),
            "extras": f"[{','.join(facts.extras)}]" if facts.extras else "",
            "too_large": ", ".join(facts.too_large),
            "left_out": ", ".join(facts.left_out),
        },
        study=study,
        answer=f"{len(study.specs)} specifications and analyses answer its question.",
        notice=layout.settings.report.notice,
        posts_inputs=_counted(posts),
        other_inputs=_counted(len(inputs) - posts),
        inputs=inputs,
        provided_all=not missing,
        not_provided=len(missing),
        statements=_statements(layout, inputs),
        datasets=_datasets(layout, inputs, facts.provided),
        seeds=seeds,
        python=platform.python_version(),
        python_minor=".".join(platform.python_version_tuple()[:2]),
        inputs_size=bytes_text(size),
        store_size=bytes_text(facts.stored),
        sizes=_ticked(_SIZES, size + facts.stored),
        bands=_ticked(_BANDS, facts.seconds),
        exhibits=list_exhibits(study, outputs, lines),
        papers=(*study.papers, *(line.format(version=facts.version) for line in _OURS)),
        citations=tuple(cited),
        uncited=sorted({_heading(one) for one in inputs if one.entry.kind != "beside" and cited_as(one) is None}),
    )


def write_script(study: Study, facts: Facts) -> str:
    """Return the text of run.py, which notes where another emtract is installed."""
    told = ("study_file", "version", "synthetic")
    return _render("run.py.j2", study=study.name, **{name: getattr(facts, name) for name in told})


def _render(template: str, **context: Any) -> str:
    # Markdown and Python, not HTML: nothing of a post is in them.
    environment = Environment(
        loader=PackageLoader("emtract.pipeline", "templates/replication"),
        autoescape=False,  # noqa: S701
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    return environment.get_template(template).render(**context)


def _statements(layout: Layout, inputs: Sequence[Input]) -> list[tuple[str, str, str, str]]:
    """Heading, text, where known data are, and patterns of each kind of source, in the order of the inputs."""
    found: dict[tuple[str, str, str], dict[str, None]] = defaultdict(dict)
    for one in inputs:
        if one.entry.kind != "beside":
            known = cited_as(one)
            access = f"{known.short}: see References. {known.access}".strip() if known else ""
            found[(*statement(one.entry.kind, one.format), access)][f"`{_pattern(layout, one)}`"] = None
    return [(heading, text, access, ", ".join(patterns)) for (heading, text, access), patterns in found.items()]


def _heading(one: Input) -> str:
    return statement(one.entry.kind, one.format)[0]


def _datasets(layout: Layout, inputs: Sequence[Input], provided: frozenset[str]) -> list[Mapping[str, Any]]:
    """One row a pattern, kind and format."""
    groups: dict[tuple[str, str, str], list[Input]] = defaultdict(list)
    for one in inputs:
        files = f"data/{one.entry.place}" if one.entry.kind == "beside" else _pattern(layout, one)
        groups[files, one.entry.kind, one.format].append(one)
    return [
        {
            "files": files.replace("|", "\\|"),
            "kind": kind,
            "format": format,
            "number": len(group),
            "bytes": sum(one.bytes for one in group),
            "rows": _sum([one.rows_read for one in group]),
            "quarantined": _sum([one.rows_rejected for one in group]),
            "provided": _share([one.entry.place in provided for one in group]),
            "source": known.short.replace("|", "\\|") if (known := cited_as(group[0])) else "**[citation]**",
        }
        for (files, kind, format), group in groups.items()  # noqa: A001
    ]


def _pattern(layout: Layout, one: Input) -> str:
    place = layout.place(layout.settings.resolve(one.entry.source.files))
    return "data" if place == "." else f"data/{place}"


def bytes_text(size: int) -> str:
    """Return a size in the unit that suits it: `344 kB`, `1.2 MB`, `3.4 GB`."""
    for unit, name in ((1e9, "GB"), (1e6, "MB"), (1e3, "kB")):
        if size >= 0.9995 * unit:
            return f"{size / unit:,.{0 if name == 'kB' else 1}f} {name}"
    return f"{size} bytes"


def _ticked(bands: Sequence[tuple[float, str]], value: float) -> list[tuple[str, bool]]:
    """Return every band, with a tick at the first that a value lies below."""
    first = next(i for i, (most, _) in enumerate(bands) if value < most)
    return [(label, i == first) for i, (_, label) in enumerate(bands)]


def _counted(number: int) -> str:
    return f"{number:,} file{'' if number == 1 else 's'}"


def _sum(rows: Sequence[int | None]) -> str:
    known = [row for row in rows if row is not None]
    return f"{sum(known):,}" if known else ""


def _share(provided: Sequence[bool]) -> str:
    return "yes" if all(provided) else "in part" if any(provided) else "no"


def study_seeds(study: Study) -> Mapping[int, tuple[str, ...]]:
    """Return seed -> what draws from it: specs, analyses, derived columns and samples, in the order of the study."""
    found: dict[int, list[str]] = {}
    parts: dict[str, Any] = {**study.specs, **{f"sample {name}": request for name, request in study.samples.items()}}
    parts |= {f"derived column {number}: {t.describe()}": t for number, t in enumerate(study.derive, start=1)}
    for name, part in parts.items():
        for seed in sorted(set(_seeds(part))):
            found.setdefault(seed, []).append(name)
    return {seed: tuple(names) for seed, names in sorted(found.items())}


def _seeds(part: Any) -> Iterator[int]:
    """Yield the seeds of a request and of those within it; a regression draws only where it is bootstrapped."""
    if isinstance(part, Spec) and part.bootstrap == "none":
        return
    if is_dataclass(part):
        for field in fields(part):
            value = getattr(part, field.name)
            if field.name == "seed" and isinstance(value, int):
                yield value
            else:
                yield from _seeds(value)
    elif isinstance(part, (tuple, list)):
        for item in part:
            yield from _seeds(item)
    elif isinstance(part, dict):
        for item in part.values():
            yield from _seeds(item)
