"""Mark posts: which of them a filter leaves out, and on which side of a split the others stand."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from emtract.errors import PanelError
from emtract.posts import NUMERIC, BotRule, PostFilter
from emtract.text.causes import find_causes, side
from emtract.text.lexicon import URL
from emtract.text.patterns import figures_pattern, finance_pattern

if TYPE_CHECKING:
    from collections.abc import Mapping

    from emtract.panel.reading import Reading
    from emtract.posts import Split
    from emtract.store import Store

#: Rule of `sql/panel/posts/marks.sql`, in its order -> options of the filter that ask it.
RULES: Final[Mapping[str, tuple[str, ...]]] = {
    "language": ("language",),
    "period": ("since", "until"),
    "content": ("content",),
    "figures": ("figures",),
    "origin": ("origin",),
    "verified": ("verified",),
    "followers": ("min_followers", "max_followers"),
    "prolific": ("max_posts_per_author_day",),
    "bots": ("drop_bots",),
}


#: Rule -> what a post must tell for the rule to read it; the others read its text or its time.
_READS: Final[Mapping[str, str]] = {
    "language": "language",
    "verified": "verified",
    "followers": "followers",
    "prolific": "author",
    "bots": "author",
}


@dataclass(frozen=True)
class LeftOut:
    """A rule of a filter: what posts are after it, how many it left out, and why."""

    name: str
    posts: int
    reason: str


@dataclass(frozen=True)
class Marks:
    """What a filter and a split did to the posts of a store.

    Attributes
    ----------
    left_out
        One entry a rule that was asked, in order; a post counts for the first that leaves it out.
    groups, threshold, rule
        The groups of the split, the number that lies between them, and the rule in words; empty without a split.
    settings
        The options, as the panel echoes them.
    """

    left_out: tuple[LeftOut, ...] = ()
    groups: tuple[str, ...] = ()
    threshold: float | None = None
    rule: str = ""
    settings: Mapping[str, str | int | float | None] = field(default_factory=dict)


def mark_posts(store: Store, read: Reading, *, posts: PostFilter | None = None, split: Split | None = None) -> Marks:
    """Write the table `marks` of a store's readings, empty where neither filter nor split is asked.

    Parameters
    ----------
    store, read
        What `emtract.panel.reading.read_posts` has done to which store.
    posts
        Which posts count; None for all.
    split
        What divides the posts that count into two groups; None for no groups.

    Raises
    ------
    PanelError
        When a filter reads what no post tells, or no post that counts says on which side of the split it stands.
    """
    asked = posts or PostFilter()
    by = None if split is None else split.by
    cleaner, kinds = read.cleaner, read.kinds
    told = store.query("panel/posts/told", kinds=kinds).row(0, named=True)
    _check_told(asked, told)
    read_texts = asked.content or asked.origin or by in ("content", "origin", "cause")
    look_back = asked.max_posts_per_author_day or asked.drop_bots or by == "history"
    with store.registered({"text_sides": _text_sides(store, cleaner, wanted=by == "cause")}):
        store.run(
            "panel/posts/text_marks", wanted=bool(read_texts), cleaner=cleaner, finance=finance_pattern(), link=URL
        )
    store.run("panel/posts/histories", wanted=bool(look_back), cleaner=cleaner)
    wanted = split is not None or asked != PostFilter()
    figures = figures_pattern() if asked.figures or by == "figures" else None
    store.run("panel/posts/marks", wanted=wanted, cleaner=cleaner, kinds=kinds, by=by, figures=figures, **_bound(asked))
    if not wanted:
        return Marks()
    counts = dict(store.query("panel/posts/left_out").rows())
    without = told["posts"] - told["author"]
    left_out = tuple(
        LeftOut(*_words(rule, asked, counts.get(rule, 0), without)) for rule in RULES if _asks(asked, rule)
    )
    if split is None:
        return Marks(left_out, settings=asked.settings)
    threshold = _threshold(store, split)
    settings = {**asked.settings, "split_by": split.by, "split_threshold": threshold}
    if split.by not in NUMERIC:
        del settings["split_threshold"]
    return Marks(left_out, split.groups, threshold, _rule(split, threshold), settings)


def _text_sides(store: Store, cleaner: str, *, wanted: bool) -> pl.DataFrame:
    """Whether distinct texts are about the price (1) or about news (0); no rows where nobody asks."""
    if not wanted:
        return pl.DataFrame(schema={"text": pl.String, "about_price": pl.Float64})
    found = read_causes(store, cleaner)
    return found.select("text", about_price=side())


def read_causes(store: Store, cleaner: str) -> pl.DataFrame:
    """Return the distinct texts of a store beside what `emtract.text.causes.find_causes` finds in each."""
    texts = store.sql("SELECT text FROM texts WHERE cleaner = $cleaner", name="texts", cleaner=cleaner)
    return texts.hstack(find_causes(texts["text"]))


def _bound(asked: PostFilter) -> dict[str, Any]:
    """Parameters of `sql/panel/posts/marks.sql`; a null asks nothing."""
    return {
        "language": asked.language,
        "since_us": None if asked.since is None else _microseconds(asked.since),
        "until_us": None if asked.until is None else _microseconds(asked.until + timedelta(days=1)),
        "is_finance": None if asked.content is None else asked.content == "finance",
        "has_figures": None if asked.figures is None else asked.figures == "figures",
        "disseminates": None if asked.origin is None else asked.origin == "disseminating",
        "verified": asked.verified,
        "min_followers": asked.min_followers,
        "max_followers": asked.max_followers,
        "max_posts_per_author_day": asked.max_posts_per_author_day,
        **bound_bots(asked.drop_bots),
    }


def bound_bots(rule: BotRule | None) -> dict[str, float | None]:
    """Parameters of SQL that asks who is a likely bot; without a rule nobody is known to be."""
    return {f"bots_{name}": getattr(rule, name, None) for name in BotRule.__struct_fields__}


def _microseconds(day: date) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()) * 1_000_000


def _asks(asked: PostFilter, rule: str) -> bool:
    return any(getattr(asked, option) is not None for option in RULES[rule])


def _check_told(asked: PostFilter, told: Mapping[str, int]) -> None:
    """Refuse a filter that reads what no post tells: it would leave out all of them, or none."""
    for rule, needed in _READS.items():
        if _asks(asked, rule) and told["posts"] and not told[needed]:
            options = ", ".join(o for o in RULES[rule] if getattr(asked, o) is not None)
            raise PanelError(
                f"none of {told['posts']:,} posts tells its {needed}, so {options} cannot pick among them: "
                f"leave {options} out, or ingest files whose posts tell it"
            )


def _words(rule: str, asked: PostFilter, posts: int, without: int) -> tuple[str, int, str]:
    """Name of the ledger's step, posts left out, and the reason."""
    said = {o: getattr(asked, o) for o in RULES[rule] if getattr(asked, o) is not None}
    bounds = ", ".join(f"{option} {value}" for option, value in said.items())
    bots = asked.drop_bots or BotRule()
    name, reason = {
        "language": ("in the language", f"tagged with another language than {asked.language}, or with none"),
        "period": ("in the period", f"posted outside it: {bounds}"),
        "content": (f"{asked.content} posts", _CONTENT[asked.content or "finance"]),
        "figures": (f"{asked.figures} posts", _FIGURES[asked.figures or "plain"]),
        "origin": (f"{asked.origin} posts", _ORIGIN[asked.origin or "original"]),
        "verified": ("verified as asked", f"verified is not {str(asked.verified).lower()}, or not known"),
        "followers": ("followers as asked", f"outside {bounds}, or not known"),
        "prolific": (
            "without prolific authors",
            f"by an author who had written more than {asked.max_posts_per_author_day} posts on a UTC day by then",
        ),
        "bots": (
            "without likely bots",
            f"by an author of {bots.min_posts} or more earlier posts, above {bots.posts_per_day:g} a day or more than "
            f"{bots.repeated:.0%} of them repeating one of their own",
        ),
    }[rule]
    if _READS.get(rule) == "author" and without:
        reason += f"; {without:,} posts without an author stay"
    return name, posts, reason


_CONTENT: Final = {"finance": "no term of finance in the text", "chat": "a term of finance in the text"}
_FIGURES: Final = {
    "figures": "no price, amount of money, percentage or size of a move in the post",
    "plain": "a price, an amount of money, a percentage or the size of a move in the post",
}
_ORIGIN: Final = {
    "original": "carries a link, is a repost or begins with RT",
    "disseminating": "carries no link, is no repost and does not begin with RT",
}


def _threshold(store: Store, split: Split) -> float:
    if split.by not in NUMERIC:
        return 0.5
    if split.threshold is not None:
        return split.threshold
    median = store.query("panel/posts/threshold").item()
    if median is None:
        raise PanelError(f"no post that counts tells its {split.by}: this archive cannot be split by it")
    return float(median)


def _rule(split: Split, threshold: float) -> str:
    return {
        "content": "finance posts use a term of finance, chat none",
        "figures": "figures: posts that name a price, an amount of money, a percentage or the size of a move; plain: none",
        "origin": "disseminating posts carry a link, are reposts or begin with RT",
        "verified": "as the post carried it",
        "followers": f"followed: above {threshold:,.10g} followers as the post carried them",
        "history": f"regulars: more than {threshold:,.10g} earlier posts in the archive at the time of posting",
        "clock": "first_hour: within an hour of the session's open; later: from then to its close",
        "tag": "tagged: their writers tagged them bullish or bearish",
        "cause": "about_price: what moves the writer is the price and no news; about_news: news and not the price",
    }[split.by]
