"""Expressions of tagged posts: how many authors use them in posts whose tag goes against the reading, and in others."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import polars as pl

from emtract.errors import PanelError
from emtract.panel.frame import Sample
from emtract.panel.reading import check_tags_apart, choose_scores, filtered, read_posts

if TYPE_CHECKING:
    from collections.abc import Iterable

    from emtract.options import PanelOptions
    from emtract.store import Store

#: Name that studies give the sample.
EXPRESSIONS: Final = "expressions"
#: A sign with more of the probability is a clear reading.
CLEAR: Final = 0.5
#: What may stand in an expression: letters of words, or one emoji. Placeholders, numbers and links stand in none.
_TOKEN: Final = re.compile(r"[a-z]+(?:'[a-z]+)?|[\u2600-\u27bf\U0001f300-\U0001faff]")
_COLUMNS: Final = ("expression", "mood", "diverging", "agreeing", "n_authors")


@dataclass(frozen=True, kw_only=True)
class Expressions:
    """Words and pairs of words of posts that their writers tagged, and whether the tag goes against the reading.

    Attributes
    ----------
    min_authors
        An expression of fewer known authors is nobody's business: it has no row.
    """

    min_authors: int = 20

    def __post_init__(self) -> None:
        if self.min_authors < 2:
            raise PanelError("min_authors must be at least 2")

    def build(self, store: Store, options: PanelOptions) -> Sample:
        """Build the sample.

        Returns
        -------
        Sample
            One row an expression and mood (`positive` or `negative`: the sign that the reader gives more than half of the
            probability): diverging and agreeing, authors who use it in posts whose tag goes against it or with it, and
            n_authors, known authors of the expression. A post without an author counts as one of its own. No text is in it.

        Raises
        ------
        PanelError
            When no writer tagged a post, no expression has so many authors, or tags count as evidence.
        """
        check_tags_apart(options, "expressions of posts whose tag goes against their reading")
        read = read_posts(store, *choose_scores(store, options), copies=True)
        read = filtered(store, read)
        counts = store.query("panel/hours/span", kinds=read.kinds).row(0, named=True)
        told = {"cleaner": read.cleaner, "kinds": read.kinds}
        texts = store.query("panel/tagged/texts", clear=CLEAR, **told)
        if texts.is_empty():
            raise PanelError("no writer of this archive tagged a post with a clear mood as bullish or bearish")
        data = count_expressions(texts.iter_rows(), min_authors=self.min_authors)
        if data.is_empty():
            raise PanelError(
                f"no expression of tagged posts has {self.min_authors} known authors: ingest more posts, or lower min_authors"
            )
        reason = "with a writer's tag and one sign of mood above a half of the probability, near-copies as one"
        ledger = read.ledger(counts).start("tagged texts", "texts", texts.height, reason)
        ledger = ledger.start(
            "expressions and moods", "expressions", data.height, f"of {self.min_authors} authors or more"
        )
        settings = {name: read.settings[name] for name in ("scorer", "revision", "cleaner")}
        settings |= {"min_authors": str(self.min_authors), **read.set_aside}
        return Sample(data, ledger, settings, "expressions")


def count_expressions(texts: Iterable[tuple[str, bool, bool, bool, str]], *, min_authors: int) -> pl.DataFrame:
    """Count the authors of each expression by mood and tag: one who repeats it counts once.

    Parameters
    ----------
    texts
        Author, whether that is known, whether the tag is bullish, whether the mood is positive, and the cleaned text.
    min_authors
        Known authors that an expression needs, over both moods.

    Returns
    -------
    pl.DataFrame
        expression, mood, diverging, agreeing, n_authors; in the order of the first two.
    """
    users: dict[tuple[str, str], tuple[set[str], set[str]]] = defaultdict(lambda: (set(), set()))
    authors: dict[str, set[str]] = defaultdict(set)
    for author, known, is_bullish, is_positive, text in texts:
        mood = "positive" if is_positive else "negative"
        for expression in expressions(text):
            users[expression, mood][is_bullish == is_positive].add(author)
            if known:
                authors[expression].add(author)
    rows = [
        (expression, mood, len(against), len(along), len(authors[expression]))
        for (expression, mood), (against, along) in sorted(users.items())
        if len(authors.get(expression, ())) >= min_authors
    ]
    kinds = (pl.String, pl.String, pl.Int64, pl.Int64, pl.Int64)
    return pl.DataFrame(rows, schema=dict(zip(_COLUMNS, kinds, strict=True)), orient="row")


def expressions(text: str) -> set[str]:
    """Return words and emojis of a cleaned text, and pairs that stand side by side.

    Examples
    --------
    >>> sorted(expressions("<ticker> buy the dip , <number>"))
    ['buy', 'buy the', 'dip', 'the', 'the dip']
    """
    tokens = [token if _TOKEN.fullmatch(token) else "" for token in text.split()]
    pairs = (f"{one} {two}" for one, two in pairwise(tokens) if one and two)
    return {token for token in tokens if token} | set(pairs)
