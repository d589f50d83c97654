"""The codebook: what every column means, in which unit, and when it is known; of one made of others by its name."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from emtract.emotions import DIMENSION_MEASURES, EMOTIONS, NON_NEUTRAL, STANCE, TAGS
from emtract.words.clock import CLOSE, EVER, MONTH, OPEN, PREVIOUS_CLOSE, Span, words_of
from emtract.words.columns import COLUMNS, GROUPS, MEASURED, MEASURES, WINDOWS, Entry

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    import polars as pl

#: Before the name of a dated series in the name of its column.
_SERIES: Final = "series_"
_WINDOW: Final = re.compile(r"_(pre_open|market|day)(?:_|$)")
#: Measures of posts that count the same thing.
_COUNTS: Final = ("attention", "n_posts", "n_authors", "n_tagged")
_MOVED: Final = re.compile(r"^(.+)_(lead|lag|cumulated)_(\d+)$")
#: Placebos of `emtract.panel.placebos`: values of another row, or of another firm, are known no earlier than one's own.
_PLACEBO: Final = re.compile(r"^(.+)_(shuffled|other_firm)$")
_BETWEEN: Final = re.compile(r"^(.+)_between_(\d+)_and_(\d+)$")
_HELD: Final = re.compile(r"^bha?r_(\d+)(?:_(\d+))?(?:_|$)")
#: Columns made of one other by `emtract.panel.derive`: beginning of the name -> meaning and unit, {} for the other column's own.
_DERIVED: Final = {
    "high_": ("whether above its median, 0 or 1: {}", "0 or 1"),
    "surge_": ("whether far above the firm's own past, 0 or 1: {}", "0 or 1"),
    "slump_": ("whether far below the firm's own past, 0 or 1: {}", "0 or 1"),
    "absolute_": ("absolute value of {}", "{}"),
    "log_": ("natural logarithm of {}", "log points"),
    "standardised_": ("{}, minus the mean, over the standard deviation", "standard deviations"),
}
_STEPS: Final = {
    "lead": "{}, {} later",
    "lag": "{}, {} earlier",
    "cumulated": "{}, compounded over {}",
}
_OTHERS: Final = {"shuffled": "{}, of another row", "other_firm": "{}, of another firm"}
#: Returns around an announcement, and before it; the windows are as in `emtract.panel.announcements`.
_AROUND: Final = re.compile(r"^(?:car|bhar)_(?:market|industry|size)$")
_PRIOR: Final = re.compile(r"^prior_(?:market|industry|size)$")


def codebook(columns: Iterable[str] | None = None, *, own: Collection[str] = ()) -> pl.DataFrame:
    """Return the codebook of columns.

    Parameters
    ----------
    columns
        Columns of a sample; None for all that are stated, and every emotion, stance and count of the windows before the open
        and during market hours.
    own
        The columns that are characteristics of the user's own files.

    Returns
    -------
    pl.DataFrame
        name, meaning, unit ('' for labels and pure numbers), known (an instant in words); null where a name says nothing.

    Examples
    --------
    >>> from emtract.words.codebook import codebook
    >>> codebook(["happy_pre_open"])["meaning"].to_list()
    ['mean probability of happy: posts from the previous close to the open']
    """
    import polars as pl

    measures = (
        EMOTIONS[0],
        *NON_NEUTRAL,
        "valence",
        *TAGS,
        STANCE,
        *DIMENSION_MEASURES,
        "attention",
        "n_posts",
        "n_authors",
    )
    windowed = [f"{measure}_{window}" for window in ("pre_open", "market") for measure in measures]
    rows = []
    for name in [*COLUMNS, *windowed] if columns is None else columns:
        told, instant = (_of_own(name), PREVIOUS_CLOSE) if name in own else (entry(name), known(name))
        when = None if instant is None else words_of(instant)
        rows.append((name, *((told.meaning, told.unit) if told else (None, None)), when))
    return pl.DataFrame(rows, schema=dict.fromkeys(("name", "meaning", "unit", "known"), pl.String), orient="row")


def entry(column: str) -> Entry | None:
    """Return what a column means, read from the parts of its name where no entry states it; None where the name says nothing.

    Examples
    --------
    >>> entry("lagged_volatility").meaning
    'standard deviation of past close-to-close returns'
    >>> entry("valence_market_lag_2").meaning
    'happy minus sad, anger, disgust and fear: posts from the open to the close, lag 2'
    """
    if told := COLUMNS.get(column) or _of_series(column):
        return told
    if found := MEASURED.fullmatch(column):
        base, window, group = found.groups()
        part = f", {GROUPS[group][0] if group in GROUPS else group.replace('_', ' ')}" if group else ""
        return replace(MEASURES[base], name=column, meaning=f"{MEASURES[base].meaning}: {WINDOWS[window].posts}{part}")
    if moved := _MOVED.match(column):
        return _made(column, moved[1], _STEPS[moved[2]].format("{}", f"{moved[3]} session{'s' * (moved[3] != '1')}"))
    if placebo := _PLACEBO.match(column):
        return _made(column, placebo[1], _OTHERS[placebo[2]])
    for beginning, (meaning, unit) in _DERIVED.items():
        if column.startswith(beginning):
            return _made(column, column.removeprefix(beginning), meaning, unit)
    return None


def _of_own(column: str) -> Entry:
    return Entry(
        column,
        "characteristic of your own files: the last value that was public before the session",
        "as the file has it",
    )


def _of_series(column: str) -> Entry | None:
    if not is_series(column):
        return None
    name = column.removeprefix(_SERIES)
    return Entry(column, f"series {name}: the last value that was public before the open", "as the file has it")


def _made(column: str, base: str, meaning: str, unit: str = "{}") -> Entry | None:
    """Return the entry of a column that was made of another."""
    of = entry(base)
    return None if of is None else Entry(column, meaning.format(of.meaning), unit.format(of.unit))


def series_column(name: str) -> str:
    """Return the column of a dated series: `series_vix`.

    Examples
    --------
    >>> series_column("vix")
    'series_vix'
    """
    return f"{_SERIES}{name}"


def is_series(column: str) -> bool:
    """Whether a column holds a dated series, and not made of one: `series_vix`, not `series_vix_lag_1`.

    Examples
    --------
    >>> is_series("series_vix"), is_series("series_vix_lag_1")
    (True, False)
    """
    made = any(form.match(column) for form in (_MOVED, _PLACEBO, _BETWEEN)) or "_x_" in column
    return column.startswith(_SERIES) and not made


def spans(column: str) -> tuple[Span, ...]:
    """Return what a column measures: none where its name says nothing, two where it is made of two columns.

    Parameters
    ----------
    column
        A column of a sample, or one that a transform makes of it: ``high_size``, ``return_open_close_lead_3``, ``a_x_b``.
    """
    return next((found for read in (_stated, _of_transform, _of_event, _of_posts) if (found := read(column))), ())


def known(column: str) -> int | None:
    """Return the instant from which a column is known; None where its name says nothing.

    Examples
    --------
    >>> known("happy_pre_open"), known("return_open_close"), known("my_column")
    (0, 1, None)
    """
    return max((span.end for span in spans(column)), default=None)


def _stated(column: str) -> tuple[Span, ...]:
    if is_series(column):
        return (Span(EVER, OPEN, column),)
    stated = COLUMNS.get(column)
    return (stated.span,) if stated is not None and stated.span is not None else ()


def _of_transform(column: str) -> tuple[Span, ...]:
    """Return the spans of a column of `emtract.panel.derive`, from the spans of the columns that it is made of.

    A lead of a column whose name says nothing is known no earlier than if the column stood at the previous close.
    """
    if moved := _MOVED.match(column):
        found = spans(moved[1])
        if not found and moved[2] != "lag":
            found = (Span(EVER, PREVIOUS_CLOSE, moved[1]),)
        return tuple(_moved(span, moved[2], int(moved[3])) for span in found)
    if placebo := _PLACEBO.match(column):
        return spans(placebo[1])
    if between := _BETWEEN.match(column):
        first, last = int(between[2]) + 1, int(between[3])
        return tuple(replace(s.later(last), start=s.later(first).start) for s in spans(between[1]))
    if "_x_" in column:
        return tuple(span for part in column.split("_x_", 1) for span in spans(part))
    derived = (spans(column.removeprefix(prefix)) for prefix in _DERIVED if column.startswith(prefix))
    return next((found for found in derived if found), ())


def _of_event(column: str) -> tuple[Span, ...]:
    """Return the span of a return around or after an event, or of what was known before it."""
    if _AROUND.match(column):
        return (Span(-3, 3, "return"),)
    if _PRIOR.match(column):
        return (Span(EVER, -3, "prior"),)
    if held := _HELD.match(column):
        first, last = (1, int(held[1])) if held[2] is None else (int(held[1]), int(held[2]))
        return (Span(CLOSE + MONTH * (first - 1), CLOSE + MONTH * last, "return"),)
    if column.startswith("sue_"):
        return spans("sue")
    return (Span(EVER, PREVIOUS_CLOSE, column),) if column.startswith("lagged_") else ()


def _moved(span: Span, how: str, sessions: int) -> Span:
    if how == "lag":
        return span.later(-sessions)
    return replace(span.later(sessions), start=span.later(1 if how == "cumulated" else sessions).start)


def _of_posts(column: str) -> tuple[Span, ...]:
    """Return the span of a measure of a window of posts; the later of two windows that a name speaks of."""
    found = [WINDOWS[window] for window in _WINDOW.findall(column)]
    if not found:
        return ()
    last = max(found, key=lambda window: window.end)
    base = _WINDOW.split(column)[0]
    return (Span(last.start, last.end, "attention" if base in _COUNTS else base),)
