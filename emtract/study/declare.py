"""What a study declares: one question, its samples, its named specs and analyses, and what was expected."""

from __future__ import annotations

from dataclasses import dataclass, field
from html import escape
from textwrap import wrap
from typing import TYPE_CHECKING, Final, Literal

from emtract.econometrics.regression.spec import Spec
from emtract.errors import StudyError
from emtract.panel.firm_sessions import FIRM_SESSIONS, FirmSessions
from emtract.words.names import words
from emtract.words.shown import html_table

if TYPE_CHECKING:
    from collections.abc import Mapping

    from emtract.econometrics.finding import Analysis
    from emtract.panel.derive import Transform
    from emtract.panel.requests import SampleRequest

#: Width and lines of what a study prints of itself.
_WIDTH: Final = 110
_LINES: Final = 3
Sign = Literal["positive", "negative", "either", "none"]
#: What a number is to its study; whatever is neither the primary number nor another of the headline is robustness.
Role = Literal["primary", "headline", "robustness"]
Verdict = Literal["as expected", "opposite", "not distinguishable"]


@dataclass(frozen=True)
class Expectation:
    """What the literature leads one to expect of one coefficient, written down before the run."""

    spec: str
    term: str
    sign: Sign
    source: str


@dataclass(frozen=True)
class Exhibit:
    """A table of the report: which specs stand side by side, and how they are called."""

    title: str
    specs: tuple[str, ...]
    note: str = ""


@dataclass(frozen=True)
class Published:
    """A figure that a paper prints, shown beside ours as context, never as a target."""

    quantity: str
    value: str
    source: str


@dataclass(frozen=True, kw_only=True, repr=False)
class Study:
    """One question and the regressions and other analyses that answer it.

    Attributes
    ----------
    name
        File name of the study, e.g. `daily_returns`.
    question
        One sentence ending in a question mark: the title of the page.
    design
        The design paragraph as a paper would print it.
    papers
        Sources of the design.
    samples
        Name -> request; the first is the main one, whose attrition, period and firms the page shows. Specs and
        analyses name theirs.
    derive
        Columns made from others on every firm-session panel of the study, in this order: leads, splits, placebos.
    specs
        Name -> regression, or an analysis of another kind, in the order of the report.
    exhibits
        Tables of regressions that stand side by side.
    headline
        (spec, term) of the numbers that the one-sentence answer is computed from.
    primary
        The headline number that answers the question, fixed before any estimate is seen; all others are robustness.
    expectations
        Signs expected before the run.
    published
        Figures of papers, as context.
    limits
        What the study cannot show on any data: sentences of the page.
    max_attrition
        Largest share of its rows (all of the sample, or those that its `where` picks) that any spec may lose before
        the study refuses to report; 1 for no limit.

    Raises
    ------
    StudyError
        When an exhibit, a headline or an expectation names a spec or term that the study lacks, a spec names a sample
        that it lacks, there is no headline, or the primary number is not one of it.

    Examples
    --------
    >>> from emtract.study import Spec, Study
    >>> spec = Spec(
    ...     y="return_open_close",
    ...     x=("valence_market",),
    ...     effects=("symbol", "session"),
    ...     covariance="clustered",
    ...     clusters=("symbol", "session"),
    ...     small_sample="fixest",
    ... )
    >>> study = Study(
    ...     name="mine",
    ...     question="Does valence move with returns?",
    ...     design="Returns on valence, with effects of firms and sessions.",
    ...     papers=(),
    ...     specs={"valence": spec},
    ...     headline=(("valence", "valence_market"),),
    ...     primary=("valence", "valence_market"),
    ... )
    >>> study.label("valence")
    'Valence'
    """

    name: str
    question: str
    design: str
    papers: tuple[str, ...]
    specs: Mapping[str, Spec | Analysis]
    headline: tuple[tuple[str, str], ...]
    primary: tuple[str, str]
    exhibits: tuple[Exhibit, ...] = ()
    samples: Mapping[str, SampleRequest] = field(default_factory=lambda: {FIRM_SESSIONS: FirmSessions()})
    derive: tuple[Transform, ...] = ()
    expectations: tuple[Expectation, ...] = ()
    published: tuple[Published, ...] = ()
    limits: tuple[str, ...] = ()
    max_attrition: float = 1.0

    def __repr__(self) -> str:
        regressions = sum(isinstance(spec, Spec) for spec in self.specs.values())
        told = f"{regressions} regressions, {len(self.specs) - regressions} other analyses: {', '.join(self.specs)}"
        lines = (f"Study {self.name}: {self.question}", told, f"Primary: {' '.join(self.primary)}")
        return "\n".join(line for text in lines for line in wrap(text, _WIDTH, max_lines=_LINES))

    def _repr_html_(self) -> str:
        """Show question and design, and what is to be estimated."""
        rows = [(name, spec.label, type(spec).__name__) for name, spec in self.specs.items()]
        table = html_table(("Name", "Label", "Kind"), rows, caption=f"Study {self.name}", words=range(3))
        return f"<h4>{escape(self.question)}</h4><p>{escape(self.design)}</p>{table}"

    def __post_init__(self) -> None:
        named = {spec for exhibit in self.exhibits for spec in exhibit.specs}
        terms = (*self.headline, *((e.spec, e.term) for e in self.expectations))
        if unknown := (named | {spec for spec, _ in terms}) - set(self.specs):
            raise StudyError(
                f"study {self.name} has no spec {', '.join(sorted(unknown))}: it has {', '.join(self.specs)}"
            )
        if others := sorted(name for name in named if not isinstance(self.specs[name], Spec)):
            raise StudyError(
                f"study {self.name}: {', '.join(others)} is no regression, so it has no place in an exhibit"
            )
        if strays := [f"{term} in {spec}" for spec, term in terms if term not in self.specs[spec].terms]:
            raise StudyError(f"study {self.name} has no regressor {', '.join(strays)}")
        if not self.headline:
            raise StudyError(f"study {self.name} needs at least one headline coefficient, to answer its question from")
        if self.primary not in self.headline:
            raise StudyError(
                f"study {self.name}: the primary number {', '.join(self.primary)} is not in the headline: name it there"
            )
        wanted = {name: set(spec.samples) - set(self.samples) for name, spec in self.specs.items()}
        if lacking := [f"{', '.join(sorted(samples))} of {name}" for name, samples in wanted.items() if samples]:
            raise StudyError(f"study {self.name} requests no sample {'; '.join(lacking)}: name it in samples")

    def label(self, name: str) -> str:
        """Return the heading of a spec or analysis: its label, else its name in words."""
        return self.specs[name].label or words(name)
