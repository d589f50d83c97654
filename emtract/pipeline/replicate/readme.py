"""The README and the master script of a replication package: sources and who may have them, seeds, tables, times."""

from __future__ import annotations

import platform
from collections import defaultdict
from dataclasses import dataclass, fields, is_dataclass
from typing import TYPE_CHECKING, Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined

from emtract.econometrics.regression.spec import Spec

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
#: Format, or kind where a kind has one source -> heading, and what a replicator must know. Authors complete them.
STATEMENTS: Final[dict[str, tuple[str, str]]] = {
    "twitter": (
        "Posts of Twitter/X",
        "Posts were collected through the platform's API. Its developer terms allow the sharing of post ids, not of texts; "
        "a replicator fetches the posts by id with an API account, and posts that were deleted since are lost.",
    ),
    "stocktwits": (
        "Posts of StockTwits",
        "Messages were collected from StockTwits. Its terms do not allow redistribution; access is by agreement with the "
        "company or through a data vendor.",
    ),
    "reddit": (
        "Posts of Reddit",
        "Submissions and comments come from dumps of Pushshift or Arctic Shift; Reddit's terms govern their use.",
    ),
    "table": ("Posts of a table", "A table of posts that the authors hold."),
    "prices": (
        "Daily prices",
        "Open, high, low, close and volume of each symbol. Files of Yahoo Finance are for personal use under its terms; "
        "`emtract prices download` fetches them, save for firms that have been delisted since.",
    ),
    "crsp_ciz": (
        "CRSP daily stock file",
        "Center for Research in Security Prices, through WRDS or CRSP, under a subscription. It may not be redistributed.",
    ),
    "french_factors": ("Factor returns", "Kenneth R. French's data library, free of charge on his site."),
    "french_industries": ("Industry returns", "Kenneth R. French's data library, free of charge on his site."),
    "finra_short_interest": ("Short interest", "FINRA's files of equity short interest, free of charge on its site."),
    "sec_13f": (
        "Institutional holdings",
        "Form 13F data sets of the Securities and Exchange Commission, in the public domain. A list of CUSIPs beside them "
        "is under the licence of its provider.",
    ),
    "ritter_ipos": ("Founding dates of issuers", "Jay R. Ritter's IPO data, free of charge on his site."),
    "ipo_offers": (
        "Terms of offers",
        "Offer prices, filing ranges and underwriters, as the authors' provider has them.",
    ),
    "earnings": (
        "Earnings announcements",
        "Days, results and forecasts, such as those of I/B/E/S under a subscription.",
    ),
    "yahoo_earnings": (
        "Earnings announcements",
        "Days and forecasts from Yahoo Finance, for personal use under its terms.",
    ),
    "classification": ("Classes of firms", "A table of symbols and their classes, as the authors' provider has it."),
    "characteristics": ("Characteristics of firms", "A table of numbers of firms with the day each became public."),
    "bars": ("Intraday prices", "Bars of prices within sessions, as the authors' provider has them."),
    "series": (
        "Dated series",
        "A table of values by day, such as an index of volatility, as the authors' provider has it.",
    ),
}
_FAMILIES: Final = {
    "twitter_v1": "twitter",
    "twitter_v2": "twitter",
    "twarc_csv": "twitter",
    "stocktwits": "stocktwits",
    "stocktwits_csv": "stocktwits",
    "reddit": "reddit",
}


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
    seconds
        What a run takes.
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
    seeds = [(seed, ", ".join(f"`{n}`" for n in names)) for seed, names in study_seeds(study).items()]
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
        storage=f"{sum(one.bytes for one in inputs) / 1e6:,.0f} MB",
        bands=_bands(facts.seconds),
        exhibits=_exhibits(study, outputs),
        references=(*study.papers, *(line.format(version=facts.version) for line in _OURS)),
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


def _statements(layout: Layout, inputs: Sequence[Input]) -> list[tuple[str, str, str]]:
    """Heading, text and patterns of each kind of source, in the order of the inputs."""
    found: dict[tuple[str, str], dict[str, None]] = defaultdict(dict)
    for one in inputs:
        if one.entry.kind != "beside":
            found[statement(one.entry.kind, one.format)][f"`{_pattern(layout, one)}`"] = None
    return [(heading, text, ", ".join(patterns)) for (heading, text), patterns in found.items()]


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
        }
        for (files, kind, format), group in groups.items()  # noqa: A001
    ]


def _pattern(layout: Layout, one: Input) -> str:
    place = layout.place(layout.settings.resolve(one.entry.source.files))
    return "data" if place == "." else f"data/{place}"


def _exhibits(study: Study, outputs: Path) -> list[tuple[str, str, tuple[str, ...]]]:
    """Tables of the study in its order, then every file of figures' data, then the files of all numbers."""
    page = f"{outputs.parent.name}/{outputs.name}"
    tables = [
        (f"Table {number}: {exhibit.title}", ", ".join(f"`{s}`" for s in exhibit.specs), (f"{page}/table.tex",))
        for number, exhibit in enumerate(study.exhibits, start=1)
    ]
    charts = sorted(path.relative_to(outputs).as_posix() for path in outputs.glob("charts/*.csv"))
    figures = [
        (f"Figure {n}: {_words(c)}", "", (f"{page}/index.html", f"{page}/{c}")) for n, c in enumerate(charts, start=1)
    ]
    return [
        *tables,
        *figures,
        ("All estimates", f"all {len(study.specs)}", (f"{page}/estimates.csv",)),
        ("Attrition of every sample", "all", (f"{page}/attrition.csv",)),
    ]


def _words(file: str) -> str:
    return file.removeprefix("charts/").removesuffix(".csv").replace("_", " ").replace("-", " ")


def _bands(seconds: float) -> list[tuple[str, bool]]:
    first = next(i for i, (most, _) in enumerate(_BANDS) if seconds < most)
    return [(label, i == first) for i, (_, label) in enumerate(_BANDS)]


def _counted(number: int) -> str:
    return f"{number:,} file{'' if number == 1 else 's'}"


def _sum(rows: Sequence[int | None]) -> str:
    known = [row for row in rows if row is not None]
    return f"{sum(known):,}" if known else ""


def _share(provided: Sequence[bool]) -> str:
    return "yes" if all(provided) else "in part" if any(provided) else "no"


def statement(kind: str, format: str) -> tuple[str, str]:  # noqa: A002
    """Return heading and statement of an input."""
    if kind == "prices":
        return STATEMENTS["prices"]
    if kind == "posts":
        return STATEMENTS[_FAMILIES.get(format, "table")]
    return STATEMENTS[format]


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
