"""How a person's mood moves: one row two consecutive posts of one author about one firm, and what the stock did between them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import polars as pl

from emtract.emotions import DIMENSIONS, EMOTIONS
from emtract.errors import PanelError
from emtract.options import PanelOptions
from emtract.panel.firm_sessions import place_posts
from emtract.panel.frame import ENTITY, TIME, Sample
from emtract.panel.prices import make_price_steps
from emtract.panel.reading import check_tags_apart, reading
from emtract.posts import BotRule, PostFilter
from emtract.words.numbers import fewer_than

if TYPE_CHECKING:
    from collections.abc import Mapping

    from emtract.ledger import Ledger
    from emtract.store import Store

#: Name that studies give the sample.
TRANSITIONS: Final = "transitions"
#: Posts of people, as far as their histories tell.
_PEOPLE: Final = PostFilter(drop_bots=BotRule(), max_posts_per_author_day=50)


def people(options: PanelOptions) -> PostFilter:
    """Return the filter of the options, with the rules by which likely bots are left out where it says nothing of them."""
    return (options.posts or PostFilter()).filled(_PEOPLE)


@dataclass(frozen=True, kw_only=True)
class Transitions:
    """Pairs of consecutive posts of one author about one firm.

    Attributes
    ----------
    min_history
        An author with fewer posts on the firm, over the whole period, has no pairs: effects of authors need several each.
    max_gap_days
        Posts further apart are no pair.
    posts
        Which posts count. None for those that the configuration lets count, but for posts of likely bots and of authors who wrote
        more than 50 posts on a day.
    scorer
        See `emtract.build_panel`; None for the configured one.
    """

    min_history: int = 10
    max_gap_days: int = 30
    posts: PostFilter | None = None
    scorer: str | None = None

    def __post_init__(self) -> None:
        if self.min_history < 2 or self.max_gap_days < 1:
            raise PanelError("min_history must be at least 2 posts, and max_gap_days at least 1")

    def build(self, store: Store, options: PanelOptions) -> Sample:
        r"""Build the sample.

        Returns
        -------
        Sample
            One row a pair: author (a number within the sample, which names nobody), symbol, session (of the second post), chain
            (author and firm), nth (place of the first post in the chain), n_history (posts of the chain), gap_hours,
            log_gap; n_closes and return_between, from the last close known before the first post to the last known before
            the second, null where that is the same close; gain_between and loss_between, how far it rose or fell, both 0 or
            above, and price_fell, 0 or 1;
            n_others and valence_others of posts by others about the firm in between; bullish_before (the author's last
            tag on the firm up to the first post) and bullish_after (the tag of the second); the seven emotions, valence and the
            dominant emotion of both posts, `happy_before`, `happy_after`; and their pleasure, arousal and dominance where the
            store holds these.

        Raises
        ------
        PanelError
            When the store holds no scores or no prices, no post tells its author, nobody wrote often enough, or tags count as
            evidence.

        Notes
        -----
        Reposts are left out, being another's words, and so is a post whose text its author has used on the firm
        before: a copied text would have a persistence of its own. Moods of others run over all posts that count.

        A close counts from its instant on, so a post during market hours knows the close of the session before.
        """
        chosen = options.but(scorer=self.scorer, posts=people(options) if self.posts is None else self.posts)
        check_tags_apart(chosen, "moods before and after a writer's change of tag")
        with reading(store, chosen, copies=True) as read:
            make_price_steps(store)
            place_posts(store, read, PanelOptions())
            store.run("panel/transitions/told_posts")
        told = store.query("panel/transitions/counts", min_history=self.min_history).row(0, named=True)
        counts = store.query("panel/hours/span", kinds=read.kinds).row(0, named=True)
        rows = store.query("panel/transitions/pairs", min_history=self.min_history, max_gap_days=self.max_gap_days)
        ledger = _ledger(read.ledger(counts), told, rows, self)
        settings = {name: read.settings[name] for name in ("scorer", "revision", "cleaner", "calendar")}
        settings |= {"min_history": str(self.min_history), "max_gap_days": str(self.max_gap_days), **read.set_aside}
        return Sample(_columns(rows), ledger, settings, "pairs of posts")


def _columns(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the columns of the sample in their order."""
    sides = ("before", "after")
    moved = pl.col("return_between")
    rated = DIMENSIONS if rows[f"{DIMENSIONS[0]}_before"].count() else ()
    moods = [f"{name}_{side}" for side in sides for name in (*EMOTIONS, "valence", *rated)]
    return rows.with_columns(
        pl.col("author", "nth", "n_history", "n_closes", "n_others").cast(pl.Int64),
        pl.col("bullish_before", "bullish_after").cast(pl.Float64),
        pl.col(moods).cast(pl.Float64),
        log_gap=(1 + pl.col("gap_hours")).log(),
        gain_between=moved.clip(lower_bound=0),
        loss_between=(-moved).clip(lower_bound=0),
        price_fell=(moved < 0).cast(pl.Float64),
        chain=pl.format("{} {}", "author", ENTITY),
        **{f"dominant_{side}": _dominant(side) for side in sides},
    ).select(
        "author", ENTITY, TIME, "chain", "nth", "n_history", "gap_hours", "log_gap", "n_closes", "return_between", "gain_between",
        "loss_between", "price_fell", "n_others", "valence_others", "bullish_before", "bullish_after", *moods,
        *(f"dominant_{side}" for side in sides),
    )  # fmt: skip


def _dominant(side: str) -> pl.Expr:
    """Name the emotion of the highest probability; of equal ones the first in order."""
    place = pl.concat_list(f"{emotion}_{side}" for emotion in EMOTIONS).list.arg_max()
    return place.replace_strict(dict(enumerate(EMOTIONS)), return_dtype=pl.String)


def _ledger(ledger: Ledger, told: Mapping[str, int], rows: pl.DataFrame, asked: Transitions) -> Ledger:
    """Add what became of posts and pairs."""
    left = told["posts"]
    ledger = ledger.start("posts by firm", "post x symbol", left, "a post counts for each firm that it names")
    for name, step, reason in (
        ("no_author", "with an author", "the post tells none"),
        ("reposts", "in the author's own words", "a repost, or a post that begins with RT"),
        ("copies", "new texts", "its author has used the text, or a near-copy, on the firm before"),
    ):
        left -= told[name]
        ledger = ledger.keep(step, left, reason)
    close = f"more than {asked.max_gap_days} days between them"
    pairs = (
        ledger.start("pairs", "pairs of posts", told["pairs"], "an author's post on a firm and the next one")
        .keep(
            "long histories", told["with_history"], f"{fewer_than(asked.min_history, 'post')} of the author on the firm"
        )
        .keep("close in time", rows.height, close)
    )
    unpriced = int(rows["is_unpriced"].sum())
    same = rows.filter(~pl.col("is_unpriced") & (pl.col("n_closes") == 0)).height
    known = rows["return_between"].count()
    reason = (
        f"of {rows.height:,}; between the others no session closed: {same:,}; no price at one end: {unpriced:,}; a step of the "
        f"prices is not known: {rows.height - known - same - unpriced:,}"
    )
    return pairs.start("with a return between", "pairs of posts", known, reason)
