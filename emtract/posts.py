"""Which posts count, and how they are told apart: filters and splits, each a frozen value with its rule in words.

The rules are customary, not quoted from a paper: what finance language, an original message or a likely bot is stands here,
in the settings of the panel and in its ledger.
"""

from __future__ import annotations

from datetime import date  # noqa: TC003  (a configuration's table is read by the types of its fields)
from typing import TYPE_CHECKING, Final, Literal, get_args

import msgspec

from emtract.errors import PanelError
from emtract.sources import Section

if TYPE_CHECKING:
    from collections.abc import Mapping

Content = Literal["finance", "chat"]
Figures = Literal["figures", "plain"]
Origin = Literal["original", "disseminating"]
#: Filters that have a name; see `READY`.
Ready = Literal["finance", "chat", "figures", "plain", "original", "disseminating", "verified", "without_bots"]
SplitBy = Literal["content", "figures", "origin", "verified", "followers", "history", "clock", "tag", "cause"]
#: Split -> its two groups; a number above the threshold puts a post into the first.
GROUPS: Final[Mapping[SplitBy, tuple[str, str]]] = {
    "content": ("finance", "chat"),
    "figures": ("figures", "plain"),
    "origin": ("original", "disseminating"),
    "verified": ("verified", "unverified"),
    "followers": ("followed", "unfollowed"),
    "history": ("regulars", "newcomers"),
    "clock": ("first_hour", "later"),
    "tag": ("tagged", "untagged"),
    "cause": ("about_price", "about_news"),
}
#: Splits by a number, which take a threshold.
NUMERIC: Final[tuple[SplitBy, ...]] = ("followers", "history")


class BotRule(Section, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """When an author counts as a likely bot, from what they had written before the post in hand.

    Attributes
    ----------
    min_posts
        Earlier posts without which nobody is judged.
    posts_per_day
        Above so many posts a day (a mean over the UTC days on which they posted) an author is a likely bot.
    repeated
        So is one above this share of earlier posts that repeat a text of their own. Texts are compared as the model
        reads them, where numbers, links and symbols are placeholders: a filled-in form is a repetition.

    Notes
    -----
    The rule looks back only: an author's first posts count, and nobody is left out for what they wrote later.

    Examples
    --------
    >>> from emtract import BotRule, PostFilter
    >>> PostFilter(drop_bots=BotRule(posts_per_day=30.0)).settings
    {'posts_bots_min_posts': 20, 'posts_bots_posts_per_day': 30.0, 'posts_bots_repeated': 0.5}
    """

    min_posts: int = 20
    posts_per_day: float = 50.0
    repeated: float = 0.5

    def __post_init__(self) -> None:
        if self.min_posts < 1 or self.posts_per_day <= 0 or not 0 < self.repeated <= 1:
            raise PanelError("a bot rule needs min_posts of 1 or more, posts_per_day above 0 and repeated in (0, 1]")


class PostFilter(Section, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Which posts count in a panel; a field that is None filters nothing.

    Attributes
    ----------
    language
        Language as the platform tagged it, e.g. ``en``; a post without a tag is left out.
    since, until
        First and last UTC day of posting, both included.
    content
        `finance` for posts that use a term of `emtract.text.patterns`, `chat` for those that use none.
    figures
        `figures` for posts that name a price, an amount of money, a percentage or the size of a move (`emtract.text.patterns`),
        `plain` for those that name none.
    origin
        `disseminating` for posts that carry a link, are a repost, or begin with RT; `original` for all others.
    verified
        True or False for authors known to be, or not to be, verified; a post that does not tell is left out of both.
    min_followers, max_followers
        Followers of the author as the post carried them, both bounds included; a post without a count is left out.
    max_posts_per_author_day
        An author who wrote more posts than this on any UTC day is left out from the moment of the first one too many.
    drop_bots
        The rule by which likely bots are left out; see `BotRule`.

    Raises
    ------
    PanelError
        When an option is none of those there are, or the bounds leave no room.

    Examples
    --------
    >>> from emtract import PostFilter
    >>> PostFilter(origin="original", min_followers=100).settings
    {'posts_origin': 'original', 'posts_min_followers': 100}
    """

    language: str | None = None
    since: date | None = None
    until: date | None = None
    content: Content | None = None
    figures: Figures | None = None
    origin: Origin | None = None
    verified: bool | None = None
    min_followers: int | None = None
    max_followers: int | None = None
    max_posts_per_author_day: int | None = None
    drop_bots: BotRule | None = None

    def __post_init__(self) -> None:
        for name, options in (("content", Content), ("figures", Figures), ("origin", Origin)):
            known = get_args(options)
            if (chosen := getattr(self, name)) not in (None, *known):
                raise PanelError(f"{name} must be one of {', '.join(known)}, not {chosen!r}")
        for low, high in (("since", "until"), ("min_followers", "max_followers")):
            bounds = getattr(self, low), getattr(self, high)
            if None not in bounds and bounds[0] > bounds[1]:
                raise PanelError(f"{low} {bounds[0]} lies above {high} {bounds[1]}: no post can count")
        if self.max_posts_per_author_day is not None and self.max_posts_per_author_day < 1:
            raise PanelError("max_posts_per_author_day must be at least 1")

    def filled(self, other: PostFilter) -> PostFilter:
        """Return the filter with what it does not ask taken from another.

        Examples
        --------
        >>> from emtract import PostFilter
        >>> PostFilter(verified=True).filled(PostFilter(verified=False, language="en")).settings
        {'posts_language': 'en', 'posts_verified': 'true'}
        """
        asked = {name: value for name in self.__struct_fields__ if (value := getattr(self, name)) is not None}
        return msgspec.structs.replace(other, **asked)

    @property
    def settings(self) -> dict[str, str | int | float | None]:
        """What it asks, by name: the part of a panel's settings that echoes it."""
        asked = {f"posts_{name}": getattr(self, name) for name in self.__struct_fields__}
        bots = asked.pop("posts_drop_bots")
        asked |= {f"posts_bots_{name}": getattr(bots, name) for name in bots.__struct_fields__} if bots else {}
        return {
            k: v if isinstance(v, int | float | str) and not isinstance(v, bool) else str(v).lower()
            for k, v in asked.items()
            if v is not None
        }


#: Name of a filter in the configuration -> what it asks.
READY: Final[Mapping[Ready, PostFilter]] = {
    "finance": PostFilter(content="finance"),
    "chat": PostFilter(content="chat"),
    "figures": PostFilter(figures="figures"),
    "plain": PostFilter(figures="plain"),
    "original": PostFilter(origin="original"),
    "disseminating": PostFilter(origin="disseminating"),
    "verified": PostFilter(verified=True),
    "without_bots": PostFilter(drop_bots=BotRule()),
}


class Split(Section, frozen=True, forbid_unknown_fields=True):
    """A division of posts into two groups, whose emotions a panel carries beside the emotions of all posts.

    Attributes
    ----------
    by
        ``content``: finance or chat, ``figures``: figures or plain, and ``origin``: original or disseminating, as `PostFilter`
        has them; ``verified``: verified or unverified; ``followers``: followed or unfollowed, by followers as the post
        carried them; ``history``: regulars or newcomers, by the author's earlier posts in the archive at the time of posting;
        ``clock``: posts of the first hour of the session's trading or later ones, until its close; ``tag``: posts that
        their writers tagged bullish or bearish, or all others; ``cause``: posts whose emotion is about the price or
        about news, by the lexicon of `emtract.text.causes`.
    threshold
        Of a split by a number: above it lies the first group. None for the median of the posts that count.

    Raises
    ------
    PanelError
        When there is no such split, or one that is by no number has a threshold.

    Notes
    -----
    A post that does not tell (no follower count, no author; by ``clock`` one before the open; by ``cause`` one about both or
    neither) is in neither group, and the
    ledger counts it. The first weeks of an archive hold newcomers only, whoever they are: leave them out with a `where` on
    sessions.

    Stated experience is not among the splits: the store keeps no field for what a StockTwits author states of it.

    Examples
    --------
    >>> from emtract import Split
    >>> Split("followers", threshold=1_000).groups
    ('followed', 'unfollowed')
    """

    by: SplitBy
    threshold: float | None = None

    def __post_init__(self) -> None:
        if self.by not in GROUPS:
            raise PanelError(f"a split is by one of {', '.join(GROUPS)}, not {self.by!r}")
        if self.threshold is not None and self.by not in NUMERIC:
            raise PanelError(f"a split by {self.by} has no threshold: only those by {' or '.join(NUMERIC)} have")

    @property
    def groups(self) -> tuple[str, str]:
        """Its two groups."""
        return GROUPS[self.by]
