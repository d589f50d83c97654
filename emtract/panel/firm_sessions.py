"""The firm-session panel: place each post in its session, average emotions by firm, join returns, and keep the ledger."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, get_args

import msgspec
import polars as pl

from emtract.emotions import EMOTIONS
from emtract.errors import PanelError
from emtract.ledger import Ledger
from emtract.options import PanelOptions, Spam, Tags, Weights
from emtract.panel.bars import make_bar_returns, with_bars
from emtract.panel.beside import with_declared, with_earnings, with_factors
from emtract.panel.characteristics import (
    FIRM_OPTIONS,
    build_firm_sessions,
    characteristics_ledger,
    with_characteristics,
)
from emtract.panel.frame import ENTITY, TIME, WINDOWS, Panel, Window, dimension_columns, stance_columns
from emtract.panel.marks import mark_posts
from emtract.panel.noise import build_noise
from emtract.panel.observed import with_series
from emtract.panel.reading import READABLE_KINDS, reading, without
from emtract.panel.scope import asked_words
from emtract.symbols import canonical_symbol
from emtract.words.numbers import things

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from emtract.panel.characteristics import FirmOptions
    from emtract.panel.marks import Marks
    from emtract.panel.reading import Reading
    from emtract.posts import PostFilter, Split
    from emtract.store import Store
    from emtract.text import TextKind

#: Name of the sample that a study has when it names none.
FIRM_SESSIONS: Final = "firm_sessions"
_DEFAULTS: Final = PanelOptions()


@dataclass(frozen=True, kw_only=True)
class FirmSessions:
    """The firm-session panel; an option that is None takes the configuration's value.

    Attributes
    ----------
    scorer, weights, min_posts
        See `emtract.PanelOptions`; a scorer that is named comes with the only revision that the store holds of it.
    posts
        Which posts count; ``PostFilter()`` for all, whatever the configuration says.
    split
        Two groups of posts whose emotions stand beside the emotions of all posts.
    cutoff_minutes, pre_open_minutes
        End and beginning of the pre-open window, in minutes before the open; see `emtract.build_panel`.
    earnings_sessions
        Leave out this many sessions on either side of earnings announcements, and theirs; None for none.
    noise
        Whether the noise of each cell is measured too; see `emtract.panel.noise`.
    series
        Names of dated series (`[[market]] format = "series"`) that become columns, `series_{name}`: the last value that was
        public before the open.
    factors
        Names of published returns, such as `mkt_rf`, that become columns, of the session itself.

    Examples
    --------
    >>> from emtract.study import FirmSessions
    >>> FirmSessions(min_posts=3, series=("vix",)).series
    ('vix',)
    """

    scorer: str | None = None
    weights: Weights | None = None
    min_posts: int | None = None
    posts: PostFilter | None = None
    split: Split | None = None
    cutoff_minutes: int | None = None
    pre_open_minutes: int | None = None
    earnings_sessions: int | None = None
    firms: FirmOptions | None = None
    noise: bool = True
    series: tuple[str, ...] = ()
    factors: tuple[str, ...] = ()

    def build(self, store: Store, options: PanelOptions) -> Panel:
        """Build the panel; see `emtract.build_panel` and `without_earnings`."""
        chosen = options.but(
            scorer=self.scorer,
            weights=self.weights,
            min_posts=self.min_posts,
            posts=self.posts,
            split=self.split,
            cutoff_minutes=self.cutoff_minutes,
            pre_open_minutes=self.pre_open_minutes,
        )
        panel = _built(store, chosen, self, READABLE_KINDS)
        if self.earnings_sessions is None:
            return panel
        return without_earnings(store, panel, sessions=self.earnings_sessions)


def build_panel(
    store: Store,
    *,
    scorer: str | None = None,
    revision: str | None = None,
    weights: Weights = _DEFAULTS.weights,
    min_posts: int = _DEFAULTS.min_posts,
    calendar: str = _DEFAULTS.calendar,
    kinds: Sequence[TextKind] = READABLE_KINDS,
    volatility_sessions: int = _DEFAULTS.volatility_sessions,
    firms: FirmOptions = FIRM_OPTIONS,
    posts: PostFilter | None = None,
    split: Split | None = None,
    cutoff_minutes: int = 0,
    pre_open_minutes: int | None = None,
    language: str | None = _DEFAULTS.language,
    spam: Spam = _DEFAULTS.spam,
    tags: Tags = _DEFAULTS.tags,
    noise: bool = False,
    series: Sequence[str] = (),
    start: date | None = _DEFAULTS.start,
    end: date | None = _DEFAULTS.end,
    symbols: Sequence[str] | None = _DEFAULTS.symbols,
) -> Panel:
    """Build the firm-session panel of a scored store.

    Parameters
    ----------
    store
        A store with posts, scores and prices; it may be open to read.
    scorer, revision, weights, min_posts, calendar, volatility_sessions, language, spam, tags, start, end, symbols
        Whose scores are read, and how posts become firm-sessions; see `emtract.options.PanelOptions` and `PanelSettings`.
    kinds
        Kinds of text that count as a post; see `emtract.text.TextKind`.
    firms
        How prices and characteristics become columns; see `emtract.panel.characteristics.FirmOptions`.
    posts
        Which posts count; None for all.
    split
        Two groups of posts whose emotions, valence, attention, number and share of posts stand beside the columns of all posts,
        e.g. `happy_pre_open_finance`; see `emtract.panel.firm_sessions.group_columns`.
    cutoff_minutes
        Posts of the pre-open window later than so many minutes before the open belong to no window: time to trade on them.
    pre_open_minutes
        Posts of the pre-open window earlier than so many minutes before the open belong to no window; None for all since
        the previous close.
    noise
        Whether the noise of each cell's mood is measured too, for reliability and corrected estimates; see
        `emtract.panel.noise`.
    series
        Names of dated series (`[[market]] format = "series"`) that become columns, `series_{name}`: the last value that was
        public before the open.

    Returns
    -------
    Panel
        One row a symbol and session with a price between the first and last session with posts. Where the scorer reads
        stances, their means stand beside the emotions: `bearish_{window}`, `bullish_{window}` and `stance_{window}`, bullish
        less bearish. Where the store holds dimensions of the posts, so do theirs: see `emtract.panel.frame.dimension_columns`.
        Where writers tagged posts, or the store has announcements, the columns of `emtract.panel.beside` follow.
        Where the store holds intraday bars, so do the columns of `emtract.panel.bars`.

    Raises
    ------
    PanelError
        When the store holds no scores or prices, several scorers and none is named, the options are impossible, no post
        is left, or a group of the split has none.

    Notes
    -----
    The emotion e of firm i in window w of session t is ``sum_m w_m p_me / sum_m w_m`` over the posts m that name i; with equal
    weights it is the plain mean. Pre-open is [previous close, open), market is [open, close).

    Examples
    --------
    >>> from emtract import Store, build_panel
    >>> with Store.open("runs/demo/demo.duckdb", read_only=True) as store:
    ...     panel = build_panel(store, scorer="default", min_posts=2)
    >>> panel.data.select("symbol", "session", "happy_pre_open", "return_open_close").shape
    (6000, 4)
    >>> panel.ledger.frame()["step"][0]
    'lines read'
    """
    options = PanelOptions(
        scorer=scorer,
        revision=revision,
        weights=weights,
        min_posts=min_posts,
        calendar=calendar,
        volatility_sessions=volatility_sessions,
        language=language,
        spam=spam,
        tags=tags,
        start=start,
        end=end,
        symbols=None if symbols is None else tuple(map(canonical_symbol, symbols)),
        posts=posts,
        split=split,
        cutoff_minutes=cutoff_minutes,
        pre_open_minutes=pre_open_minutes,
    )
    return _built(store, options, FirmSessions(firms=firms, noise=noise, series=tuple(series)), kinds)


def _built(store: Store, options: PanelOptions, asked: FirmSessions, kinds: Sequence[TextKind]) -> Panel:
    """Build the panel by these options; of the request count firms, noise, series and factors."""
    _check(options)
    firms, split = asked.firms or FIRM_OPTIONS, options.split
    if asked.firms is None and options.max_age_days is not None:
        firms = replace(firms, max_age_days=options.max_age_days)
    windows = {"cutoff_minutes": options.cutoff_minutes, "pre_open_minutes": options.pre_open_minutes}
    # The filter is asked with the split, which divides the posts that it leaves.
    with reading(store, msgspec.structs.replace(options, posts=None), kinds=kinds) as read:
        build_firm_sessions(store, firms, volatility_sessions=options.volatility_sessions)
        marks = place_posts(store, read, options)
        store.run("panel/firm_sessions/windows", weights=options.weights)
        has_bars = make_bar_returns(store)
        data = store.query("panel/firm_sessions/panel", min_posts=options.min_posts)
    stances = store.sql("SELECT count(bearish) AS n FROM readings").item() > 0
    if not stances:
        data = data.drop(c for window in WINDOWS for c in stance_columns(window))
    data, rated = _with_dimensions(store, data, read)
    told = {"kinds": read.kinds, "cleaner": read.cleaner, "weights": options.weights}
    counts = store.query("panel/firm_sessions/ledger", **told, **_group_names(split)).row(0, named=True)
    _check_counts(counts, split)
    noise = None
    if asked.noise:
        noise = build_noise(store, cleaner=read.cleaner, weights=options.weights, min_posts=options.min_posts)
    if split is not None:
        rows = store.query("panel/firm_sessions/groups", min_posts=options.min_posts)
        data = _with_groups(data, rows, split.groups, stances=stances)
    data = with_earnings(
        store, with_declared(store, with_characteristics(store, data, firms), apart=options.tags == "ignore")
    )
    data = with_factors(store, data, asked.factors)
    data, observed = with_series(store, data, asked.series, max_age_days=firms.max_age_days)
    data, barred = with_bars(store, data) if has_bars else (data, Ledger())
    settings = {
        **read.settings,
        "volatility_sessions": options.volatility_sessions,
        **firms.settings,
        **marks.settings,
        **read.set_aside,
        **{name: minutes for name, minutes in windows.items() if minutes},
        **({"series": ", ".join(asked.series)} if asked.series else {}),
        **rated,
    }
    ledger = _by_symbol(_by_post(counts, read, marks), counts, read, marks) + _firm_sessions(data)
    ledger += characteristics_ledger(store, data, firms) + observed + barred
    return Panel(data, ledger, settings, noise=noise)


def _with_dimensions(store: Store, data: pl.DataFrame, read: Reading) -> tuple[pl.DataFrame, dict[str, str | int]]:
    """Drop the columns of dimensions where no post has them; else say who read them, and how many posts have none."""
    posts, lacking = store.sql("SELECT count(*) AS posts, count(*) - count(arousal) AS lacking FROM readings").row(0)
    if posts == lacking:
        return data.drop(c for window in WINDOWS for c in dimension_columns(window)), {}
    readers = store.sql(
        "SELECT DISTINCT reader || '@' || revision AS name FROM text_dimensions WHERE cleaner = $cleaner",
        cleaner=read.cleaner,
    )
    told: dict[str, str | int] = {"dimensions": readers.item()}
    return data, told | ({"posts_without_dimensions": lacking} if lacking else {})


def place_posts(store: Store, read: Reading, asked: PanelOptions) -> Marks:
    """Write the table `placed`: each post that counts, in its session and window, by each firm that it names.

    Parameters
    ----------
    store, read
        Within the block of `emtract.panel.reading.reading`, where `make_price_steps` has run.
    asked
        Of it count posts, split and windows; a filter that the reading has asked already is not asked again.

    Raises
    ------
    PanelError
        See `emtract.panel.marks.mark_posts`.
    """
    marks = mark_posts(store, read, posts=None if read.options.posts else asked.posts, split=asked.split)
    store.run(
        "panel/firm_sessions/placed",
        kinds=read.kinds,
        threshold=marks.threshold,
        cutoff_minutes=asked.cutoff_minutes,
        pre_open_minutes=asked.pre_open_minutes,
        **_group_names(asked.split),
    )
    return marks


def _group_names(split: Split | None) -> dict[str, str | None]:
    above, below = (None, None) if split is None else split.groups
    return {"above": above, "below": below}


def _check(options: PanelOptions) -> None:
    if options.weights not in get_args(Weights):
        raise PanelError(f"weights must be one of {', '.join(get_args(Weights))}, not {options.weights!r}")
    if options.min_posts < 1 or options.volatility_sessions < 2:
        raise PanelError("min_posts must be at least 1 and volatility_sessions at least 2")


def _check_counts(counts: dict[str, int], split: Split | None) -> None:
    if not counts["with_price"]:
        raise PanelError(
            "no post names a symbol with a price on its session: check that posts and prices share symbols and dates, and "
            "that the filter of posts leaves some"
        )
    if split is not None and not (counts["above"] and counts["below"]):
        absent = split.groups[0 if not counts["above"] else 1]
        raise PanelError(f"no post is {absent}: this archive cannot be split by {split.by}, or not at this threshold")


def _by_post(counts: dict[str, int], read: Reading, marks: Marks) -> Ledger:
    ledger = without(read.ledger(counts), marks.left_out)
    return ledger.keep("posts that name a symbol", counts["naming"], "no cashtag and no symbol of the platform's own")


def _by_symbol(ledger: Ledger, counts: dict[str, int], read: Reading, marks: Marks) -> Ledger:
    asked, reason = read.options, "a post counts for each symbol that it names"
    ledger = ledger.start("posts by symbol", "post x symbol", counts["placed"], reason)
    if asked.symbols is not None:
        ledger = ledger.keep("firm asked for", counts["asked"], asked_words(asked))
    ledger = (
        ledger.keep("symbol has prices", counts["with_prices"], "no prices for the symbol")
        .keep("inside the calendar", counts["in_session"], "before the first or after the last session with prices")
        .keep("session has a price", counts["with_price"], "no price of the symbol on that session")
    )
    if asked.cutoff_minutes or asked.pre_open_minutes is not None:
        words = "posted before the open, but in neither window: only posts"
        begin = f" from {asked.pre_open_minutes} minutes" if asked.pre_open_minutes is not None else ""
        end = f" until {asked.cutoff_minutes} minutes" if asked.cutoff_minutes else ""
        ledger = ledger.keep("in a window", counts["in_window"], f"{words}{begin}{end} before it count")
    ledger = read.weighed(ledger, posts=counts["in_window"], lacking=counts["lacking"])
    if marks.groups:
        both = counts["above"] + counts["below"]
        reason = f"{marks.rule}: {counts['above']:,} and {counts['below']:,}; the others count in the whole only"
        ledger = ledger.start(" or ".join(marks.groups), "post x symbol", both, reason)
    return ledger


def _firm_sessions(data: pl.DataFrame) -> Ledger:
    posted = data.filter((pl.col("n_posts_pre_open") > 0) | (pl.col("n_posts_market") > 0)).height
    return (
        Ledger()
        .start(
            "firm-sessions with a price", "firm-sessions", data.height, "between the first and last session with posts"
        )
        .keep(
            "firm-sessions with posts", posted, "nobody posted in either window; each spec counts its own sample below"
        )
    )


def without_earnings(store: Store, panel: Panel, *, sessions: int) -> Panel:
    """Leave out the sessions around earnings announcements of a panel that this store has just built.

    Parameters
    ----------
    store
        Its temporary tables are still the panel's.
    panel
        Firm-sessions; it is not changed.
    sessions
        Sessions on either side that are left out with the announcement's: the first on or after its day. 1 takes
        in the reaction to one after the close.

    Raises
    ------
    PanelError
        When `sessions` is negative, no announcement falls into the panel, or nothing else is left of it.
    """
    if sessions < 0:
        raise PanelError("earnings_sessions must be at least 0")
    around = store.query("panel/firm_sessions/earnings_sessions", sessions=sessions)
    data = panel.data.join(around, on=[ENTITY, TIME], how="anti", maintain_order="left")
    if data.height == panel.data.height:
        raise PanelError(
            "no earnings announcement falls into the panel: name files of them under [[market]] and run `emtract ingest`"
        )
    known, firms = around[ENTITY].n_unique(), panel.data[ENTITY].n_unique()
    reason = f"within {things(sessions, 'session')} of an announcement; {known:,} of {firms:,} symbols have any"
    ledger = panel.ledger.start("firm-sessions", panel.unit, panel.data.height, "with a price, as above")
    return replace(
        panel,
        data=data,
        ledger=ledger.keep("away from earnings", data.height, reason),
        settings={**panel.settings, "earnings_sessions": sessions},
    )


def group_columns(window: Window, group: str) -> tuple[str, ...]:
    """Columns of one group of a split in one window, e.g. `happy_pre_open_finance` and `share_pre_open_finance`."""
    return tuple(f"{name}_{window}_{group}" for name in (*EMOTIONS, "valence", "attention", "n_posts", "share"))


def _with_groups(data: pl.DataFrame, rows: pl.DataFrame, groups: Sequence[str], *, stances: bool) -> pl.DataFrame:
    """Add `group_columns` of each window and group, and `stance_columns`; `rows` are one a symbol, session, window and group.

    Attention is ``log(1 + n_posts)`` and never null; the share is the group's posts over the posts of all groups, null in a
    window without any.
    """
    _check_overlap(rows, groups)
    keys, whole = [ENTITY, TIME], data.columns
    for window in WINDOWS:
        for group in groups:
            part = rows.filter((pl.col("window") == window) & (pl.col("group") == group)).drop("window", "group")
            named = part.select(*keys, pl.exclude(keys).name.suffix(f"_{window}_{group}"))
            data = data.join(named, on=keys, how="left", maintain_order="left")
        counts = [f"n_posts_{window}_{group}" for group in groups]
        data = data.with_columns(pl.col(counts).fill_null(0))
        total = pl.sum_horizontal(counts)
        data = data.with_columns(
            *(pl.col(n).log1p().alias(n.replace("n_posts", "attention", 1)) for n in counts),
            *(pl.when(total > 0).then(pl.col(n) / total).alias(n.replace("n_posts", "share", 1)) for n in counts),
        )
    parts = [(window, group) for window in WINDOWS for group in groups]
    told = [(*group_columns(*part), *(stance_columns(*part) if stances else ())) for part in parts]
    return data.select(*whole, *(column for columns in told for column in columns))


def _check_overlap(rows: pl.DataFrame, groups: Sequence[str]) -> None:
    shown = rows.drop_nulls("valence")
    if not shown.select(ENTITY, TIME, "window").is_duplicated().any():
        raise PanelError(
            f"no firm-session has emotions of both {' and '.join(groups)} posts: lower min_posts, or the threshold of the split"
        )
