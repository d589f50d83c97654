"""Unusual days: how far a firm's mood was from its usual one on each session, and the posts that moved it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import polars as pl

from emtract.emotions import EMOTIONS
from emtract.errors import PanelError
from emtract.ledger import Ledger
from emtract.options import PanelOptions
from emtract.panel.firm_sessions import place_posts
from emtract.panel.frame import ENTITY, TIME, Sample, valence
from emtract.panel.marks import bound_bots
from emtract.panel.prices import make_price_steps
from emtract.panel.reading import find_promoted, reading
from emtract.posts import BotRule

if TYPE_CHECKING:
    from emtract.options import Weights
    from emtract.panel.reading import Reading
    from emtract.store import Store

#: Names that studies give the samples.
FIRM_DAYS: Final = "firm_days"
MOVING_POSTS: Final = "moving_posts"
#: Longer texts are cut on a page.
LONGEST: Final = 400


@dataclass(frozen=True, kw_only=True)
class FirmDays:
    """Sessions of the firms that most posts name, from the close before to the session's close.

    Attributes
    ----------
    firms
        Firms, by posts that count.
    min_posts
        A session with fewer posts has no departure; with fewer distinct texts where each has one vote.
    weights
        See `emtract.options.PanelSettings`; None leaves them as the configuration has them.
    """

    firms: int = 12
    min_posts: int = 5
    weights: Weights | None = None

    def __post_init__(self) -> None:
        if self.firms < 1 or self.min_posts < 2:
            raise PanelError("firms must be at least 1, and min_posts at least 2")

    def build(self, store: Store, options: PanelOptions) -> Sample:
        r"""Build the sample.

        Returns
        -------
        Sample
            One row a firm and session with posts: symbol, session, n_posts, n_authors, n_texts (distinct, near-copies as one),
            share_texts (of the posts), share_promoted (of posts that are likely spam or promotion, or by a likely bot: the rules
            of `PanelOptions.spam` and `BotRule`, asked or not), the seven emotions, valence, usual (the firm's mean valence over
            its posts, weighted alike) and departure (null below `min_posts`).

        Raises
        ------
        PanelError
            When the store holds no scores or no prices, or no post names a firm with prices.

        Notes
        -----
        The departure of firm i on session t, whose n posts have mean valence v, is

        .. math:: d_{it} = \sqrt{n_{it}} \, (v_{it} - \bar v_i) / s_i

        with the mean and standard deviation of the valence of all posts on the firm: about how many standard errors the
        session is from what is usual, were posts independent. Posts answer one another, so large departures are common; it
        ranks days, and is no test. With one vote a text n counts distinct texts, and the firm's mean and deviation are over them.
        """
        read = _place(self, store, options)
        days = store.query("panel/firm_days/days")
        if days.is_empty():
            raise PanelError(
                "no post names a firm with a price on its session: check that posts and prices share symbols"
            )
        data = _departures(days, self.min_posts)
        counts = store.query("panel/hours/span", kinds=read.kinds).row(0, named=True)
        placed = int(store.sql("SELECT count(*) FROM placed WHERE has_price AND in_window").item())
        reason = "a post counts for each firm with a price that it names"
        ledger = (
            read.ledger(counts)
            .start("posts by firm", "post x symbol", placed, reason)
            .keep("of the firms most named", int(data["n_posts"].sum()), f"the {self.firms} with most posts stay")
        )
        ledger = read.weighed_rows(ledger, days)
        ledger = ledger.start("firm-sessions with posts", "firm-sessions", data.height, "of these firms")
        settings = {name: read.settings[name] for name in ("scorer", "revision", "cleaner", "weights", "calendar")}
        settings |= {"firms": str(self.firms), "min_posts": str(self.min_posts), **read.set_aside}
        return Sample(data, ledger, settings, "firm-sessions")


@dataclass(frozen=True, kw_only=True)
class MovingPosts:
    """The posts behind the most unusual days of each firm.

    Attributes
    ----------
    of
        The sessions that are ranked.
    days
        Sessions a firm, half of them the brightest and half the darkest.
    posts
        Distinct texts a session.
    """

    of: FirmDays = FirmDays()
    days: int = 6
    posts: int = 5

    def __post_init__(self) -> None:
        if self.days < 2 or self.posts < 1:
            raise PanelError("days must be at least 2, and posts at least 1")

    def build(self, store: Store, options: PanelOptions) -> Sample:
        """Build the sample.

        Returns
        -------
        Sample
            One row a distinct text of a chosen session, those that moved it most first: symbol, session, departure, n_posts
            (with this text), moved (by how much they shifted the session's valence from the firm's usual one; over all of a
            session's texts the shifts add up to its whole departure), the seven emotions, platform, post_id and created_at of
            the first of them, and its body where `PanelOptions.texts` allows it, else null.

        Raises
        ------
        PanelError
            As for `FirmDays`, or when no session has enough posts.
        """
        read = _place(self.of, store, options)
        told = store.query("panel/firm_days/days")
        days = _departures(told, self.of.min_posts)
        posts = Ledger().start("posts of the firms most named", "post x symbol", int(told["n_posts"].sum()))
        posts = read.weighed_rows(posts, told)
        chosen = most_unusual(days, self.days)
        if chosen.is_empty():
            raise PanelError(f"no firm has a session with {self.of.min_posts} posts: lower min_posts")
        with store.registered({"chosen": chosen.select(ENTITY, TIME, "usual")}):
            rows = store.query(
                "panel/firm_days/moving_posts",
                cleaner=read.cleaner,
                posts=self.posts,
                texts=options.texts,
                longest=LONGEST,
            )
        data = chosen.select(ENTITY, TIME, "departure").join(
            rows.with_columns(pl.col(EMOTIONS).cast(pl.Float64)), on=[ENTITY, TIME], maintain_order="left_right"
        )
        ledger = (
            posts.start("firm-sessions with enough posts", "firm-sessions", days["departure"].count(), "")
            .keep("most unusual", chosen.height, f"the {self.days} most unusual of each firm stay")
            .start("texts shown", "texts", data.height, f"the {self.posts} of each session that moved it most")
        )
        settings = {name: read.settings[name] for name in ("scorer", "revision", "weights")}
        settings |= {"texts": str(options.texts), **read.set_aside}
        return Sample(data, ledger, settings, "texts")


def most_unusual(days: pl.DataFrame, count: int) -> pl.DataFrame:
    """Return the brightest and the darkest sessions of each firm, half of `count` each, in the order of time.

    A session counts as bright above the firm's usual mood, and as dark below it.
    """
    half, place = count // 2, pl.col("departure").rank("ordinal", descending=True).over(ENTITY)
    ends = days.drop_nulls("departure").sort(ENTITY, TIME).with_columns(place=place)
    bright = (pl.col("place") <= half) & (pl.col("departure") > 0)
    dark = (pl.len().over(ENTITY) - pl.col("place") < half) & (pl.col("departure") < 0)
    return ends.filter(bright | dark).drop("place")


def _place(request: FirmDays, store: Store, options: PanelOptions) -> Reading:
    """Write the table `day_posts`."""
    with reading(store, options.but(weights=request.weights), copies=True) as read:
        make_price_steps(store)
        place_posts(store, read, PanelOptions())
    find_promoted(store, read.options, read.cleaner)
    store.run("panel/posts/histories", wanted=True, cleaner=read.cleaner)
    weights = read.options.weights
    store.run("panel/firm_days/posts", firms=request.firms, weights=weights, **bound_bots(BotRule()))
    return read


def _departures(days: pl.DataFrame, min_posts: int) -> pl.DataFrame:
    n, total, squares = (pl.col(name).sum().over(ENTITY) for name in ("counted", "valence_sum", "valence_squares"))
    spread = ((squares - total**2 / n) / (n - 1)).clip(lower_bound=0).sqrt()
    weight = pl.col("weight")
    known = days.with_columns(valence=valence(), spread=spread)
    known = known.with_columns(usual=(weight * pl.col("valence")).sum().over(ENTITY) / weight.sum().over(ENTITY))
    # A copy's part of a vote has twelve digits, so the parts of a text add up to almost one.
    n = pl.col("counted").round()
    far = n.sqrt() * (pl.col("valence") - pl.col("usual")) / pl.col("spread")
    enough = (n >= min_posts) & (pl.col("spread") > 0)
    shares = {f"share_{what}": pl.col(f"n_{what}") / pl.col("n_posts") for what in ("texts", "promoted")}
    return known.with_columns(departure=pl.when(enough).then(far), **shares).select(
        ENTITY, TIME, "n_posts", "n_authors", "n_texts", *shares, *EMOTIONS, "valence", "usual", "departure"
    )
