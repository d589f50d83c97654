"""What an analysis other than one regression asks for, and what it gives back."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal, Protocol

from emtract.errors import EstimationError

if TYPE_CHECKING:
    from collections.abc import Mapping

    import polars as pl

    from emtract.ledger import Ledger
    from emtract.panel.frame import Sample

#: Columns of `Finding.estimates`, the shared part of `Result.tidy`; a number that does not exist is null.
ESTIMATE_COLUMNS: Final = (
    "term", "estimate", "std_error", "statistic", "p_value", "conf_low", "conf_high", "n_obs",
)  # fmt: skip

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
    # A specification curve: one row a specification in ascending order; every further column is a choice.
    "curve": ("group", "estimate", "conf_low", "conf_high", "p_value"),
    # A table as colours; where there is a column `group`, each is a button with a scale of its own.
    "heat": ("row", "column", "value"),
    # The sessions (x) of a firm (`group`): mood and its usual level, posts, price (100 at the start), and a mark, '' for none.
    "firms": ("group", "x", "mood", "usual", "posts", "price", "mark"),
}
#: Columns of `Chart.stories`.
STORY_COLUMNS: Final = (
    "group", "x", "mark", "departure", "mood", "posts", "return", "moved", "emotion", "probability", "copies", "platform",
    "post_id", "created_at", "body",
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


@dataclass(frozen=True)
class Quantity:
    """One number of a finding in words.

    Attributes
    ----------
    words
        What it is, as the subject of a sentence: `the first-day return of IPOs with high less that with low enthusiasm`.
    unit
        `basis points`, `percentage points`, ...; '' for a pure number.
    decimals
        Digits after the point; None for two significant digits of the standard error.
    """

    words: str
    unit: str = ""
    decimals: int | None = None


@dataclass(frozen=True, kw_only=True)
class Finding:
    """The outcome of an analysis.

    Attributes
    ----------
    estimates
        One row a term: `ESTIMATE_COLUMNS`, then others if any. The null hypothesis of each is zero.
    quantities
        Term -> words and unit; terms not named are shown by their name.
    n_obs
        Rows that the analysis used.
    ledger
        From rows of the sample to rows used.
    notes
        The rules of inference in words, as at the foot of a table.
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

    def row(self, term: str) -> dict[str, float | int | str | None]:
        """Return the estimate of one term.

        Raises
        ------
        EstimationError
            When the finding has no such term.
        """
        for row in self.estimates.iter_rows(named=True):
            if row["term"] == term:
                return row
        raise EstimationError(f"no term {term!r}: the analysis has {', '.join(self.estimates['term'])}")


class Analysis(Protocol):
    """A request for something that is not one regression: frozen, fully stated, echoed in the report by its fields."""

    @property
    def label(self) -> str:
        """Heading of its section."""
        ...

    @property
    def samples(self) -> tuple[str, ...]:
        """Names of the study's samples that it reads."""
        ...

    @property
    def terms(self) -> tuple[str, ...]:
        """Terms that its estimates will have, or at least those that a study may name."""
        ...

    def run(self, samples: Mapping[str, Sample]) -> Finding:
        """Carry it out.

        Raises
        ------
        SpecError
            When it names columns that a sample lacks.
        EstimationError
            When what is left cannot carry the estimate.
        """
        ...

    def describe(self) -> str:
        """Return every choice in words, as a paper's design paragraph would."""
        ...
