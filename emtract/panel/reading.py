"""What every sample of posts begins with: which readings count, and the ledger from lines read to readable posts."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal, get_args

from emtract.errors import PanelError
from emtract.ledger import Ledger
from emtract.schema import AT_MIDNIGHT
from emtract.text.language import LANGUAGES, language_of
from emtract.text.patterns import MOST_SYMBOLS, promotion_pattern

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import polars as pl

    from emtract.store import Store

Spam = Literal["keep", "leave out"]
#: Tags by which platforms say that a post has no language, or none that they could tell.
_UNTOLD: Final = ("", "und", "zxx", "qam", "qct", "qht", "qme", "qst", "art")


@dataclass(frozen=True)
class Aside:
    """Posts that were set aside before anything was averaged.

    Attributes
    ----------
    language, spam
        What was asked; see `emtract.build_panel`.
    posts
        Reason -> how many posts.
    at_midnight
        Posts of files of which all times are 00:00; they are not set aside.
    """

    language: str | None = None
    spam: Spam = "keep"
    posts: Mapping[str, int] = field(default_factory=dict)
    at_midnight: int = 0

    @property
    def settings(self) -> dict[str, str]:
        """What was asked, as a sample's settings echo it; nothing where nothing was."""
        said = {} if self.language is None else {"language": self.language}
        return said | ({} if self.spam == "keep" else {"spam": self.spam})

    def keep(self, ledger: Ledger) -> Ledger:
        """Return the ledger with a step a reason that was asked."""
        for name, asked, step, why in (
            (
                "language",
                self.language is not None,
                f"in {self.language}",
                "another language by the platform's tag or the text",
            ),
            (
                "spam",
                self.spam != "keep",
                "without likely spam",
                f"a rule of promotion, more than {MOST_SYMBOLS} symbols, or the fourth or later copy of a text",
            ),
        ):
            if asked:
                ledger = ledger.keep(step, ledger.steps[-1].rows_out - self.posts.get(name, 0), why)
        return ledger


def read_posts(
    store: Store, *, scorer: str, revision: str, cleaner: str, language: str | None = None, spam: Spam = "keep"
) -> Aside:
    """Write the table `readings` of a store, one row a post that counts.

    Parameters
    ----------
    store
        With scores.
    scorer, revision, cleaner
        Of the scores that are read, as `emtract.panel.build.choose_scores` returns them.
    language, spam
        Which posts are set aside; see `emtract.build_panel`.

    Returns
    -------
    Aside
        How many posts were set aside, by reason.

    Raises
    ------
    PanelError
        The language is none that can be told, spam is neither kept nor left out, or py3langid is missing.
    """
    if language is not None and language not in LANGUAGES:
        raise PanelError(f"language must be one of {', '.join(LANGUAGES)}, not {language!r}")
    if spam not in get_args(Spam):
        raise PanelError(f'spam must be "keep" or "leave out", not {spam!r}')
    key = {"scorer": scorer, "revision": revision, "cleaner": cleaner}
    with store.registered({"foreign_texts": _foreign_texts(store, cleaner, language)}):
        options = {
            "language": language,
            "spam": spam != "keep",
            "untold": list(_UNTOLD),
            "promotion": promotion_pattern(),
            "most_symbols": MOST_SYMBOLS,
        }
        store.run("panel/posts/aside", **key, **options)
    store.run("panel/posts/readings", **key)
    counts = dict(store.sql("SELECT reason, count(*) AS posts FROM aside GROUP BY reason").rows())
    return Aside(language, spam, counts, _at_midnight(store))


def _at_midnight(store: Store) -> int:
    """Posts of the files whose times are all 00:00."""
    notes = store.query("staging/field_notes").iter_rows(named=True)
    return sum(row["posts"] for row in notes if row["reason"] == AT_MIDNIGHT and row["rows"] >= row["posts"])


def _foreign_texts(store: Store, cleaner: str, language: str | None) -> pl.DataFrame:
    """Texts of untagged posts that are told to be in another language."""
    import polars as pl

    texts: Iterable[str] = (
        [] if language is None else store.query("panel/posts/untold", cleaner=cleaner, untold=list(_UNTOLD))["text"]
    )
    return pl.DataFrame(
        {"text": [t for t in texts if language_of(t) not in (None, language)]}, schema={"text": pl.String}
    )


def readable_posts(counts: Mapping[str, int], kinds: Sequence[str], aside: Aside) -> Ledger:
    """Return the ledger from lines read to readable posts.

    Parameters
    ----------
    counts
        rows_read, rows_rejected, posts, scored, readable; mended, posts with damaged characters, where they were counted.
    kinds
        Kinds of text that count; see `emtract.text.TextKind`.
    aside
        What `read_posts` set aside: it was scored, and is not among `scored`.
    """
    ledger = (
        Ledger()
        .start("lines read", "lines", counts["rows_read"], f"every line of every file of posts{_days(aside)}")
        .keep(
            "parsed",
            counts["rows_read"] - counts["rows_rejected"],
            "quarantined: not parsable, or an id already stored with another text",
        )
        .keep("distinct posts", counts["posts"], "the same post in another file or twice in one")
        .keep("scored posts", counts["scored"] + sum(aside.posts.values()), "not scored by this scorer yet")
    )
    reason = f"kind of text is none of: {', '.join(kinds)}{_mended(counts)}"
    return aside.keep(ledger).keep("readable posts", counts["readable"], reason)


def _days(aside: Aside) -> str:
    told = f"; all times of {aside.at_midnight:,} posts are 00:00, each before its day: is the time of day known?"
    return told if aside.at_midnight else ""


def _mended(counts: Mapping[str, int]) -> str:
    mended = counts.get("mended", 0)
    return f"; damaged characters of {mended:,} readable posts were mended" if mended else ""
