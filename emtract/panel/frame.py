"""The validated firm-session panel: the one door through which data reach a study."""

from __future__ import annotations

from dataclasses import dataclass, field
from html import escape
from typing import TYPE_CHECKING, Any, Final, Literal

import polars as pl

from emtract.emotions import DIMENSION_MEASURES, EMOTIONS, NEGATIVE, POSITIVE, STANCE, TAGS
from emtract.errors import PanelError
from emtract.ledger import Ledger
from emtract.words.columns import WINDOWS as WINDOW_WORDS
from emtract.words.shown import html_table

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from emtract.panel.noise import Noise

ENTITY: Final = "symbol"
TIME: Final = "session"
UNIT: Final = "firm-sessions"

Window = Literal["pre_open", "market"]
WINDOWS: Final[tuple[Window, ...]] = ("pre_open", "market")

#: Returns are fractions (0.01 is one per cent); a lead or lag is null where the adjacent session has no price.
RETURNS: Final = (
    "return_open_close",
    "return_close_close",
    "return_overnight",
    "return_open_close_next",
    "return_close_close_next",
)
CONTROLS: Final = ("lagged_return", "lagged_volatility")
#: Session's position in the calendar, year and month, the symbol that the firm bears on it, and its industry.
LABELS: Final = ("number", "month", "ticker", "industry")
#: What a session's trading was like: ranges are logarithms of its volatility, abnormal values those against a past mean.
ACTIVITY: Final = (
    "absolute_return",
    "log_range_parkinson",
    "log_range_garman_klass",
    "volume",
    "dollar_volume",
    "abnormal_volume",
    "abnormal_turnover",
)
#: What was known of a firm before the session opened; null where no file tells of it.
CHARACTERISTICS: Final = ("lagged_amihud", "shares_outstanding", "size", "short_ratio", "institutional_share")


def window_columns(window: Window) -> tuple[str, ...]:
    """Columns of one window: seven emotions, valence, attention, posts and authors, e.g. `happy_pre_open`."""
    return tuple(f"{name}_{window}" for name in (*EMOTIONS, "valence", "attention", "n_posts", "n_authors"))


def stance_columns(window: Window, group: str = "") -> tuple[str, ...]:
    """Columns of one window, or of one group of its posts, that stand beside its emotions where the scorer reads stances."""
    return tuple("_".join(filter(None, (name, window, group))) for name in (*TAGS, STANCE))


def dimension_columns(window: Window) -> tuple[str, ...]:
    """Columns of one window that stand beside its emotions where the store holds dimensions of the posts."""
    return tuple(f"{name}_{window}" for name in DIMENSION_MEASURES)


def how_to_read(column: str) -> str | None:
    """Say how a panel comes by a column that is made of stances or dimensions; None of any other."""
    parts = column.split("_")
    if not {*TAGS, STANCE}.isdisjoint(parts):
        return "score the posts with a model that reads stances"
    return (
        None
        if {*DIMENSION_MEASURES}.isdisjoint(parts)
        else "read the posts' dimensions with `emtract score --dimensions`"
    )


def valence() -> pl.Expr:
    """Valence of a row's emotions: happy less sad, anger, disgust and fear."""
    return pl.sum_horizontal(POSITIVE) - pl.sum_horizontal(NEGATIVE)


#: Columns that make a frame a panel, and with `BUILT` those that `build_panel` always gives.
REQUIRED: Final = (ENTITY, TIME, *RETURNS, *CONTROLS, *(c for w in WINDOWS for c in window_columns(w)))
BUILT: Final = (*REQUIRED, *LABELS, *ACTIVITY, *CHARACTERISTICS)


#: Rows and columns that a notebook shows of a sample, and the settings that it names.
_SHOWN: Final = 5
_BESIDE: Final = 8
_TOLD: Final = ("scorer", "revision", "weights", "min_posts")


@dataclass(frozen=True, repr=False)
class Sample:
    """Rows that an analysis can use, with the ledger of how they came about.

    Attributes
    ----------
    data
        One row a unit.
    ledger
        From what was read to the rows of `data`.
    settings
        What the sample was built with, echoed in results.
    unit
        What a row is, in the plural: `firm-sessions`, `IPOs`.
    noise
        How noisy the mood of each row is, where it was measured; see `emtract.panel.noise.Noise`.

    Raises
    ------
    PanelError
        When there are no rows.
    """

    data: pl.DataFrame
    ledger: Ledger = field(default_factory=Ledger)
    settings: Mapping[str, str | int | float | None] = field(default_factory=dict)
    unit: str = "rows"
    noise: Noise | None = None

    def __post_init__(self) -> None:
        if self.data.is_empty():
            raise PanelError(f"the sample has no {self.unit}: {_worst(self.ledger)}")

    def __repr__(self) -> str:
        return "\n".join((f"{type(self).__name__}: {self._extent()}", *self._facts()))

    def _repr_html_(self) -> str:
        """Show the extent, the first whole rows of the main columns, and what was lost."""
        main = self.data.select(self._main())
        shown = (whole if (whole := main.drop_nulls()).height else main).head(_SHOWN)
        rows = [["" if cell is None else _cell(cell) for cell in row] for row in shown.iter_rows()]
        told = f"<p>{'<br>'.join(map(escape, self._facts()))}</p>"
        lost = f"<details><summary>What was lost where</summary>{self.ledger._repr_html_()}</details>"
        return html_table(shown.columns, rows, caption=self._extent()) + told + (lost if self.ledger.steps else "")

    def _extent(self) -> str:
        return f"{self.data.height:,} {self.unit}, {self.data.width} columns"

    def _facts(self) -> list[str]:
        told = [f"{name}: {self.settings[name]}" for name in _TOLD if self.settings.get(name) is not None]
        return [*([", ".join(told)] if told else []), "Rows: .data, .to_pandas(); what was lost: .ledger"]

    def _main(self) -> list[str]:
        return self.data.columns[:_BESIDE]

    def to_pandas(self) -> pd.DataFrame:
        """Return the rows for pandas, in types that Stata and other programs take: days are datetime64.

        Notes
        -----
        A column of text without a single value, and flags of which some are not known, become numbers with NaN.
        """
        empty = [
            c for c, t in self.data.schema.items() if t == pl.String and self.data[c].null_count() == self.data.height
        ]
        flags = [c for c, t in self.data.schema.items() if t == pl.Boolean and self.data[c].null_count()]
        return self.data.with_columns(pl.col(*empty, *flags).cast(pl.Float64) if empty or flags else []).to_pandas()


@dataclass(frozen=True, repr=False)
class Panel(Sample):
    """One row per symbol and session, sorted by both, with the ledger of how it came about.

    Attributes
    ----------
    data
        Columns of `REQUIRED` (others may follow, `stance_columns` and `dimension_columns` among them where these were read).
        Emotions, valence, stances and dimensions are null in a window with fewer than `min_posts` posts; attention is
        ``log(1 + n_posts)`` and never null.
    ledger
        From posts read to firm-sessions.
    settings
        What the panel was built with (scorer, revision, cleaner, calendar, weights, min_posts, ...), echoed in results.

    Raises
    ------
    PanelError
        When a column is missing, a key is null or repeated, or there are no rows.
    """

    unit: str = UNIT

    def __post_init__(self) -> None:
        missing = [column for column in REQUIRED if column not in self.data.columns]
        if missing:
            raise PanelError(f"the panel lacks {', '.join(missing)}: build it with build_panel()")
        if self.data.is_empty():
            raise PanelError("the panel has no rows: check that posts and prices share symbols and sessions")
        keys = self.data.select(ENTITY, TIME)
        if keys.null_count().sum_horizontal().item():
            raise PanelError("the panel has rows without a symbol or session")
        if keys.is_duplicated().any():
            repeated = keys.filter(keys.is_duplicated()).row(0)
            raise PanelError(f"the panel holds {repeated[0]} on {repeated[1]} more than once")
        object.__setattr__(self, "data", self.data.sort(ENTITY, TIME))

    def _extent(self) -> str:
        firms, sessions = self.data[ENTITY].n_unique(), self.data[TIME]
        span = f"{sessions.n_unique():,} sessions from {_cell(sessions.min())} to {_cell(sessions.max())}"
        return f"{self.data.height:,} {self.unit} of {firms:,} firms, {span}, {self.data.width} columns"

    def _facts(self) -> list[str]:
        known = [f"{self.data[f'valence_{window}'].count():,} {WINDOW_WORDS[window].phrase}" for window in WINDOWS]
        return [f"With enough posts: {', '.join(known)}", *super()._facts()]

    def _main(self) -> list[str]:
        return [
            ENTITY,
            TIME,
            RETURNS[0],
            *(f"{name}_{window}" for window in WINDOWS for name in ("valence", "n_posts")),
        ]


def _cell(value: Any) -> str:
    return format(value, ".4g") if isinstance(value, float) else str(value)


def _worst(ledger: Ledger) -> str:
    """Say which step of a ledger dropped most."""
    if not (dropping := [step for step in ledger.steps if step.dropped]):
        return "check that the files behind it were ingested"
    worst = max(dropping, key=lambda step: step.dropped)
    return f"step {worst.name!r} dropped {worst.dropped:,} ({worst.reason})"
