"""Store -> Panel: place each post in its session, average emotions by firm, join returns, and keep the ledger."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, get_args

from emtract.errors import PanelError
from emtract.ledger import Ledger
from emtract.panel.characteristics import (
    FIRM_OPTIONS,
    build_firm_sessions,
    characteristics_ledger,
    with_characteristics,
)
from emtract.panel.frame import Panel, Weights
from emtract.panel.groups import with_groups
from emtract.panel.marks import mark_posts
from emtract.panel.reading import read_posts, readable_posts
from emtract.panel.sessions import sessions
from emtract.panel.weighting import weighed

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl

    from emtract.panel.characteristics import FirmOptions
    from emtract.panel.marks import Marks
    from emtract.panel.posts import PostFilter, Split
    from emtract.panel.reading import Aside, Spam
    from emtract.store import Store
    from emtract.text import TextKind

#: Posts with neither words nor emojis carry no emotion to average.
READABLE_KINDS: Final[tuple[TextKind, ...]] = ("words", "emoji_only")


def build_panel(
    store: Store,
    *,
    scorer: str | None = None,
    revision: str | None = None,
    weights: Weights = "equal",
    min_posts: int = 1,
    calendar: str = "XNYS",
    kinds: Sequence[TextKind] = READABLE_KINDS,
    volatility_sessions: int = 20,
    firms: FirmOptions = FIRM_OPTIONS,
    posts: PostFilter | None = None,
    split: Split | None = None,
    cutoff_minutes: int = 0,
    pre_open_minutes: int | None = None,
    language: str | None = None,
    spam: Spam = "keep",
) -> Panel:
    """Build the firm-session panel of a scored store.

    Parameters
    ----------
    store
        A store with posts, scores and prices; it may be open to read.
    scorer, revision
        Which scores; None for the only ones that the store holds.
    weights
        Of posts within a window: ``equal``; ``log_followers``, 1 + log(1 + followers) with followers as the post carried them;
        ``one_vote``, each author counts once.
    min_posts
        Emotions of a window with fewer posts are null.
    calendar
        Exchange calendar that sessions, half days and holidays are taken from.
    kinds
        Kinds of text that count as a post; see `emtract.text.TextKind`.
    volatility_sessions
        Sessions behind `lagged_volatility` and `lagged_amihud`; at least three quarters of them must have a return.
    firms
        How prices and characteristics become columns; see `emtract.panel.characteristics.FirmOptions`.
    posts
        Which posts count; None for all.
    split
        Two groups of posts whose emotions, valence, attention, number and share of posts stand beside those of all posts,
        e.g. `happy_pre_open_finance`; see `emtract.panel.groups.group_columns`.
    cutoff_minutes
        Posts of the pre-open window later than so many minutes before the open belong to no window: time to trade on them.
    pre_open_minutes
        Posts of the pre-open window earlier than so many minutes before the open belong to no window; None for all since
        the previous close.
    language
        Posts in another language are left out: by the platform's tag where the post has one, else by the text, for which the
        extra `language` is needed. Texts of fewer than six words, or whose language is not nearly certain, count. None for all.
    spam
        ``leave out`` leaves out likely spam and promotion: posts that match a rule of `emtract.text.patterns` or name
        more than five symbols, and the fourth and later copies of a text of five words or more, reposts apart.

    Returns
    -------
    Panel
        One row a symbol and session with a price between the first and last session with posts.

    Raises
    ------
    PanelError
        When the store holds no scores or prices, several scorers and none is named, the options are impossible, no post
        is left, or a group of the split has none.

    Notes
    -----
    The emotion e of firm i in window w of session t is ``sum_m w_m p_me / sum_m w_m`` over the posts m that name i; with equal
    weights it is the plain mean. Pre-open is [previous close, open), market is [open, close).
    """
    if weights not in get_args(Weights):
        raise PanelError(f"weights must be one of {', '.join(get_args(Weights))}, not {weights!r}")
    if min_posts < 1 or volatility_sessions < 2:
        raise PanelError("min_posts must be at least 1 and volatility_sessions at least 2")
    if cutoff_minutes < 0 or (pre_open_minutes is not None and pre_open_minutes <= cutoff_minutes):
        raise PanelError("cutoff_minutes must be at least 0, and pre_open_minutes above it")
    scorer, revision, cleaner = choose_scores(store, scorer, revision)
    named = (
        {"above": None, "below": None} if split is None else dict(zip(("above", "below"), split.groups, strict=True))
    )
    with store.registered({"sessions": sessions_of_prices(store, calendar)}):
        aside = read_posts(store, scorer=scorer, revision=revision, cleaner=cleaner, language=language, spam=spam)
        marks = mark_posts(store, cleaner=cleaner, kinds=kinds, posts=posts, split=split)
        store.run(
            "panel/firm_sessions/placed",
            kinds=list(kinds),
            threshold=marks.threshold,
            cutoff_minutes=cutoff_minutes,
            pre_open_minutes=pre_open_minutes,
            **named,
        )
        store.run("panel/firm_sessions/windows", weights=weights)
        build_firm_sessions(store, firms, volatility_sessions=volatility_sessions)
        data = store.query("panel/firm_sessions/panel", min_posts=min_posts)
    counts = store.query(
        "panel/firm_sessions/ledger", kinds=list(kinds), cleaner=cleaner, weights=weights, **named
    ).row(0, named=True)
    _check_counts(counts, split)
    if split is not None:
        data = with_groups(data, store.query("panel/firm_sessions/groups", min_posts=min_posts), split.groups)
    data = with_characteristics(store, data, firms)
    settings: dict[str, str | int | float | None] = {
        "scorer": scorer,
        "revision": revision,
        "cleaner": cleaner,
        "calendar": calendar,
        "weights": weights,
        "min_posts": min_posts,
        "kinds": ", ".join(kinds),
        "volatility_sessions": volatility_sessions,
        **firms.settings,
        **marks.settings,
        **aside.settings,
    }
    settings |= {"cutoff_minutes": cutoff_minutes} if cutoff_minutes else {}
    settings |= {"pre_open_minutes": pre_open_minutes} if pre_open_minutes is not None else {}
    ledger = _ledger(counts, data, settings, marks, aside) + characteristics_ledger(store, data, firms)
    return Panel(data, ledger, settings)


def choose_scores(store: Store, scorer: str | None, revision: str | None) -> tuple[str, str, str]:
    """Return scorer, revision and cleaner of the scores meant.

    Parameters
    ----------
    store
        Which scores it holds.
    scorer, revision
        Of the scores meant; None for any.

    Raises
    ------
    PanelError
        When the store holds no scores, or none or several of them fit.

    Notes
    -----
    Of scores by one revision over the texts of several versions of the cleaner, those of the latest are meant.
    """
    held = _latest(store.query("provenance/scorers").rows())
    fits = [key for key in held if scorer in (None, key[0]) and revision in (None, key[1])]
    if not held:
        raise PanelError("the store holds no scores: run `emtract score`")
    if len(fits) != 1:
        listed = "; ".join(f"{name}@{rev} (cleaner {version})" for name, rev, version in held)
        raise PanelError(f"name the scores to use, one of: {listed}")
    return fits[0]


def _latest(held: list[tuple[str, str, str]]) -> list[tuple[str, str, str]]:
    """Leave out the instruments that differ from another in an earlier version of the cleaner's rules alone."""

    def version(cleaner: str) -> tuple[str, int]:
        rules, plus, symbols = cleaner.partition("+")
        return (plus + symbols, int(rules)) if rules.isdecimal() else (cleaner, 0)

    latest: dict[tuple[str, str, str], tuple[str, str, str]] = {}
    for key in sorted(held, key=lambda key: version(key[2])[1]):
        latest[*key[:2], version(key[2])[0]] = key
    return sorted(latest.values())


def sessions_of_prices(store: Store, calendar: str) -> pl.DataFrame:
    """Return the calendar's sessions between the first and the last price; raises PanelError where there is none."""
    first, last = store.sql("SELECT min(session) AS first, max(session) AS last FROM prices").row(0)
    if first is None:
        raise PanelError("the store holds no prices: name price files under [[prices]] and run `emtract ingest`")
    return sessions(calendar, first, last)


def _check_counts(counts: dict[str, int], split: Split | None) -> None:
    if not counts["with_price"]:
        raise PanelError(
            "no post names a symbol with a price on its session: check that posts and prices share symbols and dates, and "
            "that the filter of posts leaves some"
        )
    if split is not None and not (counts["above"] and counts["below"]):
        absent = split.groups[0 if not counts["above"] else 1]
        raise PanelError(f"no post is {absent}: this archive cannot be split by {split.by}, or not at this threshold")


def _ledger(
    counts: dict[str, int],
    data: pl.DataFrame,
    settings: dict[str, str | int | float | None],
    marks: Marks,
    aside: Aside,
) -> Ledger:
    ledger = readable_posts(counts, str(settings["kinds"]).split(", "), aside)
    for step in marks.left_out:
        ledger = ledger.keep(step.name, ledger.steps[-1].rows_out - step.posts, step.reason)
    ledger = (
        ledger.keep("posts that name a symbol", counts["naming"], "no cashtag and no symbol of the platform's own")
        .start("posts by symbol", "post x symbol", counts["placed"], "a post counts for each symbol that it names")
        .keep("symbol has prices", counts["with_prices"], "no prices for the symbol")
        .keep("inside the calendar", counts["in_session"], "before the first or after the last session with prices")
        .keep("session has a price", counts["with_price"], "no price of the symbol on that session")
    )
    return _by_symbol(ledger, counts, settings, marks) + _firm_sessions(data)


def _by_symbol(
    ledger: Ledger, counts: dict[str, int], settings: dict[str, str | int | float | None], marks: Marks
) -> Ledger:
    if {"pre_open_minutes", "cutoff_minutes"} & set(settings):
        words = "posted before the open, but in neither window: only posts"
        begin = f" from {settings['pre_open_minutes']} minutes" if "pre_open_minutes" in settings else ""
        end = f" until {settings['cutoff_minutes']} minutes" if "cutoff_minutes" in settings else ""
        ledger = ledger.keep("in a window", counts["in_window"], f"{words}{begin}{end} before it count")
    weights: Weights = settings["weights"]  # type: ignore[assignment]
    ledger = weighed(ledger, weights, posts=counts["in_window"], lacking=counts["lacking"])
    if marks.groups:
        both = counts["above"] + counts["below"]
        reason = f"{marks.rule}: {counts['above']:,} and {counts['below']:,}; the others count in the whole only"
        ledger = ledger.start(" or ".join(marks.groups), "post x symbol", both, reason)
    return ledger


def _firm_sessions(data: pl.DataFrame) -> Ledger:
    import polars as pl

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
