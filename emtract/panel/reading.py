"""What every sample of posts begins with: whose scores are read, which posts count, and the ledger of the others."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final, get_args

import msgspec
import polars as pl

from emtract.emotions import EMOTIONS, NEUTRAL_RATING, STANCES, TAGS
from emtract.errors import PanelError
from emtract.evidence import POWER, counted_likelihood
from emtract.ledger import Ledger
from emtract.options import PanelOptions, Spam, Tags, Weights
from emtract.panel.marks import mark_posts
from emtract.panel.scope import asked_words, find_unasked, instants, period_words
from emtract.panel.sessions import sessions_of_prices
from emtract.schema import AT_MIDNIGHT
from emtract.text.language import LANGUAGES, language_of
from emtract.text.patterns import MOST_SYMBOLS, promotion_pattern

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from emtract.panel.marks import LeftOut
    from emtract.store import Store
    from emtract.text import TextKind

#: Posts with neither words nor emojis carry no emotion to average.
READABLE_KINDS: Final[tuple[TextKind, ...]] = ("words", "emoji_only")
#: Texts of fewer words are alike where one author wrote them, else not: many write one of three words by themselves.
COPY_WORDS: Final = 5
#: Tags by which platforms say that a post has no language, or none that they could tell.
_UNTOLD: Final = ("", "und", "zxx", "qam", "qct", "qht", "qme", "qst", "art")
#: Weights -> what a post must tell, and what is assumed of one that does not.
_NEEDS: Final[dict[Weights, tuple[str, str]]] = {
    "log_followers": ("a follower count", "have weight 1"),
    "one_vote": ("an author", "count as posts of an author of their own"),
}


@dataclass(frozen=True, kw_only=True)
class Reading:
    """Whose scores a sample reads and how, and which posts were set aside before anything was averaged.

    Attributes
    ----------
    options
        As they were asked, scorer and revision in full.
    cleaner
        Version of the cleaned texts behind the scores.
    kinds
        Kinds of text that count as a post; see `emtract.text.TextKind`.
    sessions
        As `emtract.panel.sessions.sessions`, the sessions of the prices; empty where none were asked for.
    aside
        Reason -> how many posts were set aside.
    left_out
        What the filter of the options left out besides, of readable posts.
    at_midnight
        Posts of files of which all times are 00:00; they are not set aside.
    tagged
        Readable posts whose writer's tag counts as evidence, before any filter; 0 where tags are ignored.
    """

    options: PanelOptions
    cleaner: str
    kinds: list[TextKind]
    sessions: pl.DataFrame = field(default_factory=pl.DataFrame)
    aside: Mapping[str, int] = field(default_factory=dict)
    left_out: tuple[LeftOut, ...] = ()
    at_midnight: int = 0
    tagged: int = 0

    @property
    def settings(self) -> dict[str, str | int | float | None]:
        """What results repeat of scores and options."""
        asked = self.options
        return {
            "scorer": asked.scorer,
            "revision": asked.revision,
            "cleaner": self.cleaner,
            "calendar": asked.calendar,
            "weights": asked.weights,
            "min_posts": asked.min_posts,
            "kinds": ", ".join(self.kinds),
        }

    @property
    def set_aside(self) -> dict[str, str | int | float | None]:
        """What was asked of posts beside the usual, as results repeat it; nothing where nothing was."""
        asked = self.options
        language = {} if asked.language is None else {"language": asked.language}
        spam = {} if asked.spam == "keep" else {"spam": asked.spam}
        tags = {} if asked.tags == "ignore" else {"tags": asked.tags}
        return {**language, **spam, **tags, **asked.scope, **({} if asked.posts is None else asked.posts.settings)}

    def ledger(self, counts: Mapping[str, int]) -> Ledger:
        """Return the ledger from lines read to readable posts.

        `counts` has rows_read, rows_rejected, posts, scored, readable; and mended, posts with damaged characters, where they
        were counted. What was set aside was scored, and is not among `scored`; what the filter left out was readable too.
        """
        left_out = sum(step.posts for step in self.left_out)
        ledger = (
            Ledger()
            .start("lines read", "lines", counts["rows_read"], f"every line of every file of posts{self._days()}")
            .keep(
                "parsed",
                counts["rows_read"] - counts["rows_rejected"],
                "quarantined: not parsable, or an id already stored with another text",
            )
            .keep("distinct posts", counts["posts"], "the same post in another file or twice in one")
            .keep(
                "scored posts", counts["scored"] + left_out + sum(self.aside.values()), "not scored by this scorer yet"
            )
        )
        for name, (step, why) in self._reasons().items():
            ledger = ledger.keep(step, ledger.steps[-1].rows_out - self.aside.get(name, 0), why)
        mended = counts.get("mended", 0)
        told = f"; damaged characters of {mended:,} readable posts were mended" if mended else ""
        reason = f"kind of text is none of: {', '.join(self.kinds)}{told}"
        ledger = ledger.keep("readable posts", counts["readable"] + left_out, reason)
        if self.tagged:
            told = f"{self.tagged:,} of them carry their writer's tag, which counts as evidence of the emotion"
            ledger = ledger.keep("read with their tags", ledger.steps[-1].rows_out, told)
        return without(ledger, self.left_out)

    def _reasons(self) -> dict[str, tuple[str, str]]:
        """Reason for which posts were set aside -> the ledger's step, and the reason in words; those that were asked."""
        asked = self.options
        spam = f"a rule of promotion, more than {MOST_SYMBOLS} symbols, or the fourth or later copy of a text"
        reasons = {
            "period": (asked.start or asked.end, "in the period", period_words(asked)),
            "symbols": (asked.symbols, "about the firms asked for", asked_words(asked)),
            "language": (asked.language, f"in {asked.language}", "another language by the platform's tag or the text"),
            "spam": (asked.spam != "keep", "without likely spam", spam),
        }
        return {name: (step, why) for name, (is_asked, step, why) in reasons.items() if is_asked}

    def weighed(self, ledger: Ledger, *, posts: int, lacking: int) -> Ledger:
        """Return the ledger with a row on the posts whose weight is assumed; as it is with equal weights.

        Parameters
        ----------
        ledger
            Of the sample so far; the row drops nothing.
        posts, lacking
            Posts that count, and how many of them do not tell what the weights need.

        Raises
        ------
        PanelError
            When no post tells it: the weights would be equal under another name.
        """
        weights = self.options.weights
        if weights not in _NEEDS:
            return ledger
        told, assumed = _NEEDS[weights]
        if posts and lacking == posts:
            raise PanelError(
                f"none of {posts:,} posts has {told}, so weights = {weights!r} would weigh all alike: "
                "set weights = 'equal', or ingest files whose posts have one"
            )
        share = lacking / posts if posts else 0.0
        reason = f"{lacking:,} of {posts:,} posts ({share:.1%}) without {told} {assumed}"
        return ledger.keep("weighted", ledger.steps[-1].rows_out, reason)

    def weighed_rows(self, ledger: Ledger, rows: pl.DataFrame) -> Ledger:
        """Do as `weighed` for rows that count their posts as `n_posts` and those that lack the need as `n_lacking`."""
        return self.weighed(ledger, posts=int(rows["n_posts"].sum()), lacking=int(rows["n_lacking"].sum()))

    def _days(self) -> str:
        told = f"; all times of {self.at_midnight:,} posts are 00:00, each before its day: is the time of day known?"
        return told if self.at_midnight else ""


@contextmanager
def reading(
    store: Store,
    options: PanelOptions,
    *,
    kinds: Iterable[TextKind] = READABLE_KINDS,
    before: int = 0,
    copies: bool = False,
) -> Iterator[Reading]:
    """Let SQL read `readings` and the `sessions` of the prices within the block.

    Parameters
    ----------
    store
        Scored, with prices; it may be open to read.
    options
        Whose scores are read, and which posts are set aside.
    kinds
        Kinds of text that count as a post.
    before
        Days before the first price that the sessions cover.
    copies
        As in `read_posts`.

    Raises
    ------
    PanelError
        When the store holds no scores, several scorers and none is named, or no prices; or as `read_posts` and `filtered`.
    """
    scores = choose_scores(store, options)
    sessions = sessions_of_prices(store, options.calendar, before=before)
    with store.registered({"sessions": sessions}):
        yield filtered(store, replace(read_posts(store, *scores, kinds=kinds, copies=copies), sessions=sessions))


def filtered(store: Store, read: Reading) -> Reading:
    """Leave out of `readings` what the filter of the options leaves out, and count it; `sessions` must be registered.

    Raises
    ------
    PanelError
        The filter reads what no post tells; see `emtract.panel.marks.mark_posts`.
    """
    if read.options.posts is None:
        return read
    marks = mark_posts(store, read, posts=read.options.posts)
    store.run("panel/posts/kept")
    return replace(read, left_out=marks.left_out)


def without(ledger: Ledger, left_out: Iterable[LeftOut]) -> Ledger:
    """Return the ledger with a step for each rule of a filter."""
    for step in left_out:
        ledger = ledger.keep(step.name, ledger.steps[-1].rows_out - step.posts, step.reason)
    return ledger


def choose_scores(store: Store, options: PanelOptions) -> tuple[PanelOptions, str]:
    """Return the options with scorer and revision of the scores meant, and the cleaner behind them.

    Raises
    ------
    PanelError
        When the store holds no posts or no scores, or none or several of them fit.

    Notes
    -----
    Of scores by one revision over the texts of several versions of the cleaner, the latest are meant.
    """
    held = _latest(store.query("provenance/scorers").rows())
    fits = [key for key in held if options.scorer in (None, key[0]) and options.revision in (None, key[1])]
    if not held and not store.count("posts"):
        raise PanelError(
            "the store holds no posts: run `emtract ingest`, and see `emtract quarantine` for lines it left out"
        )
    if not held:
        raise PanelError("the store holds no scores: run `emtract score`")
    if len(fits) != 1:
        listed = "; ".join(f"{name}@{rev} (cleaner {version})" for name, rev, version in held)
        raise PanelError(f"name the scores to use, one of: {listed}")
    scorer, revision, cleaner = fits[0]
    return msgspec.structs.replace(options, scorer=scorer, revision=revision), cleaner


def _latest(held: list[tuple[str, str, str]]) -> list[tuple[str, str, str]]:
    """Leave out the instruments that differ from another in an earlier version of the cleaner's rules alone."""

    def version(cleaner: str) -> tuple[str, int]:
        rules, plus, symbols = cleaner.partition("+")
        return (plus + symbols, int(rules)) if rules.isdecimal() else (cleaner, 0)

    latest: dict[tuple[str, str, str], tuple[str, str, str]] = {}
    for key in sorted(held, key=lambda key: version(key[2])[1]):
        latest[*key[:2], version(key[2])[0]] = key
    return sorted(latest.values())


def read_posts(
    store: Store,
    options: PanelOptions,
    cleaner: str,
    *,
    kinds: Iterable[TextKind] = READABLE_KINDS,
    copies: bool = False,
) -> Reading:
    """Write the table `readings` of a store, one row a post that counts.

    Parameters
    ----------
    store
        With scores.
    options, cleaner
        As `choose_scores` returns them; the options say which posts are set aside.
    kinds
        Kinds of text that count as a post.
    copies
        Whether posts of one text are told apart from others; they always are where weights count texts.

    Raises
    ------
    PanelError
        The language is none that can be told, spam is neither kept nor left out, py3langid is missing, the period has no
        session, or tags are evidence and no post carries one.
    """
    language, spam = options.language, options.spam
    if language is not None and language not in LANGUAGES:
        raise PanelError(f"language must be one of {', '.join(LANGUAGES)}, not {language!r}")
    if spam not in get_args(Spam):
        raise PanelError(f'spam must be "keep" or "leave out", not {spam!r}')
    if options.tags not in get_args(Tags):
        raise PanelError(f'tags must be "ignore" or "evidence", not {options.tags!r}')
    key = {"scorer": options.scorer, "revision": options.revision, "cleaner": cleaner}
    copies = copies or options.weights == "distinct_text"
    find_promoted(store, options, cleaner, wanted=spam != "keep")
    find_unasked(store, options)
    beyond = {**instants(options), "asked": options.symbols is not None}
    with store.registered({"foreign_texts": _foreign_texts(store, cleaner, language)}):
        store.run("panel/posts/aside", **key, **beyond, language=language, untold=list(_UNTOLD))
    store.run("panel/posts/text_copies", cleaner=cleaner, wanted=copies)
    with store.registered({"tag_odds": _tag_odds(options.tags)}):
        store.run("panel/posts/readings", **key, copies=copies, copy_words=COPY_WORDS, neutral=NEUTRAL_RATING)
    counts = dict(store.sql("SELECT reason, count(*) AS posts FROM aside GROUP BY reason").rows())
    return Reading(
        options=options,
        cleaner=cleaner,
        kinds=list(kinds),
        aside=counts,
        at_midnight=_at_midnight(store),
        tagged=_tagged(store, list(kinds)) if options.tags == "evidence" else 0,
    )


def find_promoted(store: Store, options: PanelOptions, cleaner: str, *, wanted: bool = True) -> None:
    """Write the table `promoted` of a store: posts that are likely spam or promotion, whether or not they are set aside.

    Parameters
    ----------
    store
        With scores.
    options, cleaner
        As `choose_scores` returns them.
    wanted
        False leaves the table empty.
    """
    key = {"scorer": options.scorer, "revision": options.revision, "cleaner": cleaner}
    rules = {"promotion": promotion_pattern(), "most_symbols": MOST_SYMBOLS}
    store.run("panel/posts/promoted", **key, **rules, wanted=wanted)


def _tag_odds(tags: Tags) -> pl.DataFrame:
    """Tag of a writer -> what the probability of each emotion is multiplied by; no tag where tags are ignored."""
    asked = TAGS if tags == "evidence" else ()
    odds = counted_likelihood()[[STANCES.index(tag) for tag in asked]] ** POWER
    return pl.DataFrame(odds, schema=dict.fromkeys(EMOTIONS, pl.Float64)).insert_column(
        0, pl.Series("sentiment", asked, pl.String)
    )


def _tagged(store: Store, kinds: list[TextKind]) -> int:
    """Readable posts that carry their writer's tag."""
    held = "SELECT count(p.sentiment) AS n FROM readings AS r JOIN posts AS p USING (post_key)"
    if tagged := int(store.sql(f"{held} WHERE list_contains($kinds, r.kind)", kinds=kinds).item()):
        return tagged
    raise PanelError('no post carries its writer\'s tag, bullish or bearish: set tags = "ignore" under [panel]')


def check_tags_apart(options: PanelOptions, what: str) -> None:
    """Raise where tags count as evidence, for what sets them against readings of texts alone.

    Raises
    ------
    PanelError
        Tags are in the readings.
    """
    if options.tags == "evidence":
        raise PanelError(f'{what} need readings without writers\' tags: set tags = "ignore" under [panel]')


def _at_midnight(store: Store) -> int:
    """Posts of the files whose times are all 00:00."""
    notes = store.query("staging/field_notes").iter_rows(named=True)
    return sum(row["posts"] for row in notes if row["reason"] == AT_MIDNIGHT and row["rows"] >= row["posts"])


def _foreign_texts(store: Store, cleaner: str, language: str | None) -> pl.DataFrame:
    """Texts of untagged posts that are told to be in another language."""
    texts: Iterable[str] = (
        [] if language is None else store.query("panel/posts/untold", cleaner=cleaner, untold=list(_UNTOLD))["text"]
    )
    return pl.DataFrame(
        {"text": [t for t in texts if language_of(t) not in (None, language)]}, schema={"text": pl.String}
    )
