"""What an analysis asks for, and what it and a regression give back in one shape."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

from emtract.econometrics.estimates import ESTIMATE_COLUMNS
from emtract.errors import EstimationError
from emtract.words.columns import BY
from emtract.words.names import outcome_words, rise_words, term_name, term_words
from emtract.words.numbers import difference_unit
from emtract.words.shown import ESTIMATE_HEADINGS, estimate_cells, html_table, text_table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import polars as pl

    from emtract.econometrics.left_out import Behind
    from emtract.econometrics.measurement.measured import Measured
    from emtract.econometrics.regression.spec import Spec
    from emtract.ledger import Ledger
    from emtract.panel.frame import Sample

#: How a chart is drawn, and the columns that its frame must have.
ChartKind = Literal["fan", "lines", "bars", "coefficients", "curve", "heat", "firms"]
CHART_COLUMNS: Final[Mapping[ChartKind, tuple[str, ...]]] = {
    # Estimates over a horizon (x), one panel or button a `line`; band_* may be null.
    "fan": ("line", "x", "estimate", "conf_low", "conf_high", "band_low", "band_high"),
    # Paths over time or event time: x is a date or a number.
    "lines": ("line", "x", "y"),
    # Groups side by side: one bar a `bar` within each `group`.
    "bars": ("group", "bar", "estimate", "conf_low", "conf_high"),
    # A coefficient plot: one row an interval, `group` is a button.
    "coefficients": ("group", "term", "estimate", "conf_low", "conf_high", "p_value", "n_obs"),
    # A specification curve: one row a specification in ascending order; every further column is a choice, but `PREFERRED`.
    "curve": ("group", "estimate", "conf_low", "conf_high", "p_value"),
    # A table as colours; where there is a column `group`, each is a button with a scale of its own.
    "heat": ("row", "column", "value"),
    # The sessions (x) of a firm (`group`): mood and its usual level, posts, price (100 at the start), and a mark, '' for none.
    "firms": ("group", "x", "mood", "usual", "posts", "price", "mark"),
}
#: Column of a curve that says which row, if any, is the preferred specification.
PREFERRED: Final = "preferred"
#: Estimates that an outcome prints of itself at the prompt.
_SHOWN: Final = 6
#: How a difference lies to zero: above, below, neither.
_SIDES: Final = ("higher", "lower", "not detectably higher or lower")
#: Columns of `Chart.stories`.
STORY_COLUMNS: Final = (
    "group", "x", "mark", "departure", "mood", "posts", "texts", "share_texts", "share_promoted", "return", "moved", "emotion",
    "probability", "copies", "platform", "post_id", "created_at", "body",
)  # fmt: skip


@dataclass(frozen=True)
class Chart:
    """A figure of a finding: what is drawn, never how.

    Attributes
    ----------
    kind
        How it is drawn; `CHART_COLUMNS` names the columns of `frame`.
    title, x_title, y_title
        Words, with units.
    frame
        The data, which also go beside the page as CSV.
    note
        What a reader must know to read it; '' for nothing.
    stories
        Posts behind the marks of a chart of firms, `STORY_COLUMNS`, in the order in which they are told; None for none.
    """

    kind: ChartKind
    title: str
    frame: pl.DataFrame
    x_title: str = ""
    y_title: str = ""
    note: str = ""
    stories: pl.DataFrame | None = None

    def __post_init__(self) -> None:
        told = () if self.stories is None else STORY_COLUMNS
        for columns, frame in ((CHART_COLUMNS[self.kind], self.frame), (told, self.stories)):
            if frame is not None and (missing := [c for c in columns if c not in frame.columns]):
                raise EstimationError(
                    f"chart {self.title!r} lacks {', '.join(missing)}: it has {', '.join(frame.columns)}"
                )


class Claims(NamedTuple):
    """What a number says, as a sentence without its end.

    Attributes
    ----------
    above, below, neither
        Where the number lies above zero, below it, or where it cannot be told from zero.
    per
        What stands behind the unit: `per SD`; '' for nothing.
    """

    above: str
    below: str
    neither: str
    per: str = ""


@dataclass(frozen=True)
class Quantity:
    """One number of a finding in words.

    Attributes
    ----------
    words
        What it is, as the subject of a sentence: `the share of posts written while the exchange is open`.
    unit
        `basis points`, `percentage points`, ...; '' for a pure number.
    decimals
        Digits after the point; None for two significant digits of the standard error.
    claims
        What it says; None where it is told by its words.
    counted
        Of a share, how many things it is a share of, and what holds for them, as the end of a sentence that begins with their
        number: `In 3 of 60 (5 %) ...`; None where it is told by its words.
    """

    words: str
    unit: str = ""
    decimals: int | None = None
    claims: Claims | None = None
    counted: tuple[int, str] | None = None


def difference_of(what: str, first: str, second: str, unit: str = "", *, per: str = "") -> Quantity:
    """Say a difference: `the first-day return for IPOs with high enthusiasm minus for IPOs with low enthusiasm`.

    Parameters
    ----------
    what
        What is compared: `the first-day return`.
    first, second
        Where: `for IPOs with high enthusiasm`, `for IPOs with low enthusiasm`; the number is the first minus the second.
    unit, per
        See `Quantity` and `Claims`.
    """
    above, below, neither = (f"{what} is {side} {first} than {second}" for side in _SIDES)
    words = f"{what} {first} minus {second}{f', {per}' if per else ''}"
    return Quantity(words, unit, claims=Claims(above, below, neither, per and "per SD"))


def response_of(words: str, term: str, outcome: str, unit: str, *, per_sd: bool) -> Quantity:
    """Say how much of an outcome goes with a regressor: `more fear goes with a lower return over the next 5 sessions`.

    Parameters
    ----------
    words
        What the number is; see `Quantity`.
    term
        The regressor.
    outcome
        In words, without an article: `close-to-close return over the next 5 sessions`.
    unit
        See `Quantity`.
    per_sd
        Whether the number is per standard deviation of the regressor.
    """
    rise = rise_words(term, per_sd=per_sd)
    claims = Claims(
        f"{rise} goes with a higher {outcome}",
        f"{rise} goes with a lower {outcome}",
        f"{term_words(term)}: nothing detectable in the {outcome}",
        "per SD" if per_sd else "",
    )
    return Quantity(words, unit, claims=claims)


def slope_of(spec: Spec, term: str) -> Quantity:
    """Say the coefficient of a regressor: `the difference in the return that goes with one unit of happiness`."""
    # A product is per step of its first part, and says what the second adds to it.
    first, product, _ = term.partition(BY)
    scaled, outcome = first in spec.standardise, outcome_words(spec.y)
    step = "one standard deviation" if scaled else "one unit"
    difference = "further difference" if product else "difference"
    words = f"the {difference} in the {outcome} that goes with {step} of {term_words(term)}"
    return response_of(words, term, outcome, difference_unit(spec.y_scale), per_sd=scaled)


class Outcome:
    """What pages read alike of a regression's `Result` and of an analysis's `Finding`.

    Attributes
    ----------
    n_obs
        Rows that were used.
    ledger
        From rows of the sample to rows used.
    """

    n_obs: int
    ledger: Ledger

    if TYPE_CHECKING:  # a dataclass would take these properties for the defaults of its fields

        @property
        def estimates(self) -> pl.DataFrame:
            """One row a term: `ESTIMATE_COLUMNS`, then others if any. The null hypothesis of each is zero."""

        @property
        def quantities(self) -> Mapping[str, Quantity]:
            """Term -> words and unit; terms not named are shown by their name."""

        @property
        def notes(self) -> tuple[str, ...]:
            """The rules of inference in words, as at the foot of a table."""

    def __repr__(self) -> str:
        rows = estimate_cells(self.estimates.to_dicts(), {term: term_name(term) for term in self.rows})
        table = text_table(ESTIMATE_HEADINGS, rows, most=_SHOWN)
        return "\n".join((f"{type(self).__name__}: {self._headline()}", *table))

    def _repr_html_(self) -> str:
        """Show the estimates as a table, with the rules of inference below."""
        rows = estimate_cells(self.estimates.to_dicts(), {term: said.words for term, said in self.said.items()})
        return html_table(ESTIMATE_HEADINGS, rows, caption=self._headline(), notes=" ".join(self.notes))

    def _headline(self) -> str:
        return f"N = {self.n_obs:,}"

    @cached_property
    def rows(self) -> Mapping[str, dict[str, Any]]:
        """Term -> its row of the estimates, the first where it stands twice."""
        return {row["term"]: row for row in reversed(self.estimates.to_dicts())}

    def row(self, term: str) -> dict[str, Any]:
        """Return the estimate of one term.

        Raises
        ------
        EstimationError
            When there is no such term.
        """
        if term not in self.rows:
            raise EstimationError(f"no term {term!r}: the analysis has {', '.join(self.estimates['term'])}")
        return dict(self.rows[term])

    @cached_property
    def said(self) -> Mapping[str, Quantity]:
        """Term -> its words and unit; its name where `quantities` says nothing."""
        return {term: self.quantities.get(term) or Quantity(term_name(term)) for term in self.rows}


@dataclass(frozen=True, kw_only=True, repr=False)
class Finding(Outcome):
    """The outcome of an analysis: what every `Outcome` has, and its figures and tables.

    Attributes
    ----------
    charts
        Figures, in order.
    tables
        Title -> further table (tests, loadings, alphas), printed as it is.
    """

    estimates: pl.DataFrame
    n_obs: int
    ledger: Ledger
    notes: tuple[str, ...]
    quantities: Mapping[str, Quantity] = field(default_factory=dict)
    charts: tuple[Chart, ...] = ()
    tables: Mapping[str, pl.DataFrame] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if missing := [c for c in ESTIMATE_COLUMNS if c not in self.estimates.columns]:
            raise EstimationError(f"a finding's estimates lack {', '.join(missing)}")


class Analysis:
    """A request for something that is not one regression: frozen, fully stated, echoed in the report by its fields.

    Attributes
    ----------
    label
        Heading of its section.
    sample
        Name of the study's sample that it reads, where it reads one.
    """

    label: str
    sample: str

    @property
    def samples(self) -> tuple[str, ...]:
        """Names of the study's samples that it reads."""
        return (self.sample,)

    @property
    def terms(self) -> tuple[str, ...]:
        """Terms that its estimates will have, or at least those that a study may name."""
        raise NotImplementedError

    def run(self, samples: Mapping[str, Sample]) -> Finding:
        """Carry it out.

        Raises
        ------
        SpecError
            When it names columns that a sample lacks.
        EstimationError
            When what is left cannot carry the estimate.
        """
        raise NotImplementedError

    def measure(self, samples: Mapping[str, Sample], finding: Finding) -> Iterator[tuple[str, Measured | str]]:
        """Yield how well the moods of regressions within it were measured, and what they say once corrected.

        Parameters
        ----------
        samples
            As in `run`.
        finding
            What `run` gave.

        Yields
        ------
        tuple of str and Measured or str
            What tells a regression from others of the analysis, '' where it has one; and in place of what was measured the
            reason why it could not be. Nothing where no correction is asked for.
        """
        yield from ()

    def behind(self, term: str, samples: Mapping[str, Sample]) -> Behind | None:
        """Return the regression that a term is read from; None where no single one is behind it.

        Parameters
        ----------
        term
            One of its estimates.
        samples
            As in `run`.
        """
        return None

    def in_family(self, term: str) -> bool:
        """Return whether an answer that names another of its terms must name this one too where it is significant.

        True unless a kind of analysis says why not: a level that nobody doubts, or the same question asked again.
        """
        return True

    def describe(self) -> str:
        """Return every choice in words, as a paper's design paragraph would."""
        raise NotImplementedError
