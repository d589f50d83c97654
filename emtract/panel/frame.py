"""The validated firm-session panel: the one door through which data reach a study."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal

import polars as pl

from emtract.emotions import EMOTIONS, NEGATIVE, POSITIVE, STANCE, TAGS
from emtract.errors import PanelError
from emtract.ledger import Ledger

if TYPE_CHECKING:
    from collections.abc import Mapping

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


def asks_stance(column: str) -> bool:
    """Whether a column is made of stances, which a panel lacks where its scorer reads none."""
    return not {*TAGS, STANCE}.isdisjoint(column.split("_"))


def valence() -> pl.Expr:
    """Valence of a row's emotions: happy less sad, anger, disgust and fear."""
    return pl.sum_horizontal(POSITIVE) - pl.sum_horizontal(NEGATIVE)


#: Columns that make a frame a panel, and with `BUILT` those that `build_panel` always gives.
REQUIRED: Final = (ENTITY, TIME, *RETURNS, *CONTROLS, *(c for w in WINDOWS for c in window_columns(w)))
BUILT: Final = (*REQUIRED, *LABELS, *ACTIVITY, *CHARACTERISTICS)


@dataclass(frozen=True)
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


@dataclass(frozen=True)
class Panel(Sample):
    """One row per symbol and session, sorted by both, with the ledger of how it came about.

    Attributes
    ----------
    data
        Columns of `REQUIRED` (others may follow, `stance_columns` among them where the scorer reads stances). Emotions,
        valence and stances are null in a window with fewer than `min_posts` posts; attention is ``log(1 + n_posts)`` and
        never null.
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


def _worst(ledger: Ledger) -> str:
    """Say which step of a ledger dropped most."""
    if not (dropping := [step for step in ledger.steps if step.dropped]):
        return "check that the files behind it were ingested"
    worst = max(dropping, key=lambda step: step.dropped)
    return f"step {worst.name!r} dropped {worst.dropped:,} ({worst.reason})"
