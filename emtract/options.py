"""How posts become samples, once: what [panel] of the configuration, requests of samples and `build_panel` are made from."""

from __future__ import annotations

import hashlib
from datetime import date  # noqa: TC003  (the configuration is read by the types of its fields)
from typing import Annotated, Any, Final, Literal, Self

import msgspec

from emtract.errors import PanelError
from emtract.posts import READY, PostFilter, Ready, Split, SplitBy
from emtract.sources import Section

Weights = Literal["equal", "log_followers", "one_vote", "distinct_text"]
Spam = Literal["keep", "leave out"]
Tags = Literal["ignore", "evidence"]
#: Keys that pick sessions, firms and posts: what is not set is nowhere told of.
PICKS: Final = ("start", "end", "symbols", "posts", "split", "cutoff_minutes", "pre_open_minutes", "max_age_days")
#: Symbols that settings repeat by name; of more the number and a digest.
_LISTED: Final = 12


class PanelSettings(Section, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """[panel]: how posts become firm-sessions.

    Parameters
    ----------
    calendar
        Exchange calendar that sessions, half days and holidays are taken from.
    weights
        Of posts within a window: ``equal``; ``log_followers``, 1 + log(1 + followers) with followers as the post carried them;
        ``one_vote``, each author counts once; ``distinct_text``, each text counts once, however many posts carry it or a
        near-copy (the same letters), but one of fewer than five words once for each author: many write such a text by themselves.
    min_posts
        Emotions of a window with fewer posts are null.
    volatility_sessions
        Sessions behind `lagged_volatility` and `lagged_amihud`; at least three quarters of them must have a return.
    language
        Posts in another language are left out of every sample: by the platform's tag where the post has one, else by the text,
        for which the extra `language` is needed. Texts of fewer than six words, or whose language is not nearly certain, count.
        None for all.
    spam
        ``leave out`` leaves likely spam and promotion out of every sample: posts that match a rule of `emtract.text.patterns`
        or name more than five symbols, and the fourth and later copies of a text of five words or more, reposts apart.
    tags
        ``evidence`` takes a writer's own tag, bullish or bearish, as evidence of the emotion of a post beside its text, by Bayes'
        rule; see `emtract.evidence`. ``ignore`` reads the text alone.
    start, end
        First and last session of every sample, both included: others have no rows, and posts that belong to others do not
        count. What prices and authors did before `start` is known on it; returns after `end` may be outcomes.
    symbols
        Firms that are studied, by any symbol that they bore, or a file with one a line: other firms have no rows, and posts
        that name none of these do not count. The market's return stays the return of all.
    posts
        Which posts count in every sample: the name of a filter of `emtract.posts.READY`, or a table of `PostFilter`.
    split
        Groups of posts whose emotions stand beside the emotions of all posts: what `Split` is by, or a table of it.
    cutoff_minutes, pre_open_minutes
        End and beginning of the pre-open window of firm-sessions, in minutes before the open; see `emtract.build_panel`.
    max_age_days
        Days after its publication from which a characteristic, your own too, counts as unknown. None for what the study says,
        else 190: two quarters and a few days.

    Raises
    ------
    PanelError
        When `end` lies before `start`, there is no symbol, or the pre-open window ends before it begins.
    """

    calendar: str = "XNYS"
    weights: Weights = "equal"
    min_posts: Annotated[int, msgspec.Meta(ge=1)] = 1
    volatility_sessions: Annotated[int, msgspec.Meta(ge=2)] = 20
    language: str | None = None
    spam: Spam = "keep"
    tags: Tags = "ignore"
    start: date | None = None
    end: date | None = None
    symbols: tuple[str, ...] | str | None = None
    posts: Ready | PostFilter | None = None
    split: SplitBy | Split | None = None
    cutoff_minutes: Annotated[int, msgspec.Meta(ge=0)] = 0
    pre_open_minutes: Annotated[int, msgspec.Meta(ge=1)] | None = None
    max_age_days: Annotated[int, msgspec.Meta(ge=1)] | None = None

    def __post_init__(self) -> None:
        if self.start is not None and self.end is not None and self.end < self.start:
            raise PanelError(f"end {self.end} lies before start {self.start}: no session is left")
        if self.symbols == ():
            raise PanelError("symbols names no symbol: leave it out to study all")
        begin = self.pre_open_minutes
        if self.cutoff_minutes < 0 or (begin is not None and begin <= self.cutoff_minutes):
            raise PanelError("cutoff_minutes must be at least 0, and pre_open_minutes above it")

    def resolved(self) -> dict[str, Any]:
        """Return the keys with the filter and the split that their names stand for, as `PanelOptions` takes them."""
        posts = READY[self.posts] if isinstance(self.posts, str) else self.posts
        split = Split(self.split) if isinstance(self.split, str) else self.split
        return msgspec.structs.asdict(self) | {"posts": posts, "split": split}


class PanelOptions(PanelSettings, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Whose scores are read and how posts become samples, where a request does not say so itself.

    Attributes
    ----------
    scorer, revision
        Which scores; None for the only ones that the store holds.
    texts
        Whether samples of posts carry their texts: where the platform's terms allow that a page shows them.
    calendar, weights, min_posts, volatility_sessions, language, spam, tags
        See `emtract.options.PanelSettings`.
    start, end, cutoff_minutes, pre_open_minutes, max_age_days
        See `emtract.options.PanelSettings`.
    symbols, posts, split
        The same, with files read and names replaced by what they stand for.

    Examples
    --------
    >>> from datetime import date
    >>> from emtract import PanelOptions
    >>> options = PanelOptions(weights="log_followers", min_posts=2, start=date(2015, 1, 1))
    >>> options.scope
    {'start': '2015-01-01'}
    """

    scorer: str | None = None
    revision: str | None = None
    texts: bool = False
    symbols: tuple[str, ...] | None = None
    posts: PostFilter | None = None
    split: Split | None = None

    @property
    def scope(self) -> dict[str, str]:
        """Sessions and firms that are asked for, as settings repeat them; nothing where all are."""
        days = {name: str(day) for name, day in (("start", self.start), ("end", self.end)) if day is not None}
        return days | ({} if self.symbols is None else {"symbols": _named(self.symbols)})

    @property
    def picked(self) -> dict[str, str | int | float | None]:
        """What is set of `PICKS`, flat, as settings repeat it."""
        split = {} if self.split is None else {"split_by": self.split.by, "split_threshold": self.split.threshold}
        told = {**split, **{name: getattr(self, name) for name in PICKS[-3:]}}
        posts = {} if self.posts is None else self.posts.settings
        return {**self.scope, **posts, **{name: value for name, value in told.items() if value}}

    def but(
        self,
        *,
        scorer: str | None = None,
        weights: Weights | None = None,
        min_posts: int | None = None,
        posts: PostFilter | None = None,
        split: Split | None = None,
        cutoff_minutes: int | None = None,
        pre_open_minutes: int | None = None,
    ) -> Self:
        """Return the options of a request that says some of them itself.

        Parameters
        ----------
        scorer
            Whose scores count, of the only revision that the store holds; None leaves scorer and revision.
        weights, min_posts, posts, split, cutoff_minutes, pre_open_minutes
            None leaves them.

        Examples
        --------
        >>> PanelOptions(min_posts=2).but(weights="one_vote").weights
        'one_vote'
        """
        own: dict[str, Any] = {
            "weights": weights,
            "min_posts": min_posts,
            "scorer": scorer,
            "posts": posts,
            "split": split,
            "cutoff_minutes": cutoff_minutes,
            "pre_open_minutes": pre_open_minutes,
        }
        said = {name: value for name, value in own.items() if value is not None}
        return msgspec.structs.replace(self, **said, **({"revision": None} if "scorer" in said else {}))


def _named(symbols: tuple[str, ...]) -> str:
    if len(symbols) <= _LISTED:
        return ", ".join(symbols)
    digest = hashlib.sha256("\n".join(sorted(symbols)).encode()).hexdigest()
    return f"{len(symbols):,} symbols, sha256 {digest[:16]}"
