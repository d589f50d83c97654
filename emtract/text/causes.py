"""What a post's emotion is about: kinds of cause, by terms in the part of the post that shows an emotion.

The terms are the package's own and stand in `causes.toml`. They were written before a post was tagged and have not been changed
since; how often they are right is measured in `tests/validation/causes.py` and told in docs/causes.md.

A post is divided at its punctuation and at *but*. The parts that hold a sign of emotion (a word such as *scared*, an emoji, an
exclamation mark) are searched for terms; where none of them has one, the whole post is. A post may have several kinds or none.
"""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Final, Literal, get_args

import polars as pl

from emtract.text.clean import clean_post

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Cause = Literal["price", "earnings", "product", "management", "macro", "regulation", "shorts", "position", "people"]
CAUSES: Final[tuple[Cause, ...]] = get_args(Cause)
#: Kind -> what it is, for a reader.
CAUSE_WORDS: Final[Mapping[Cause, str]] = {
    "price": "the move of the price, its level or its chart",
    "earnings": "earnings, sales, guidance and valuation by them",
    "product": "products, customers, orders, contracts and deals",
    "management": "management, its pay, its capital decisions, bankruptcy",
    "macro": "the economy, rates, the whole market, epidemics, war, oil",
    "regulation": "regulators, courts, laws, taxes and bailouts",
    "shorts": "short sellers, squeezes and manipulation",
    "position": "the writer's own position, trades, gains and losses",
    "people": "what others say and do: bulls, bears, analysts, media",
}
#: Kinds that are news about the firm or the economy.
NEWS: Final[tuple[Cause, ...]] = ("earnings", "product", "management", "macro", "regulation")
_ENDS: Final = r"(?: [.!?;\u2026])+(?: |$)| but "


def find_causes(texts: Sequence[str] | pl.Series) -> pl.DataFrame:
    """Find what cleaned texts are about.

    Parameters
    ----------
    texts
        Model text, as `emtract.text.clean_posts` returns it.

    Returns
    -------
    polars.DataFrame
        A row a text, in order: `near`, the part that was searched, and for each kind of `CAUSES` whether it was found.
    """
    signs, aside, kinds = _patterns()
    text = pl.col("text").str.replace_all(aside, " ")
    parts = text.str.replace_all(_ENDS, "$0\n").str.split("\n")
    shown = parts.list.eval(pl.element().filter(pl.element().str.contains(signs))).list.join(" ")
    searched = pl.DataFrame({"text": texts}, schema={"text": pl.String}).with_columns(text=text, shown=shown)
    narrow = pl.col("shown").str.contains("|".join(f"(?:{pattern})" for pattern in kinds.values()))
    near = pl.when(narrow).then(pl.col("shown")).otherwise(pl.col("text")).str.strip_chars()
    return searched.select(near=near).with_columns(
        pl.col("near").str.contains(pattern).alias(kind) for kind, pattern in kinds.items()
    )


def side() -> pl.Expr:
    """Whether a text of `find_causes` is about the price and no news (1), about news and not the price (0), or neither (null)."""
    price, news = pl.col("price"), pl.any_horizontal(NEWS)
    return pl.when(price & ~news).then(1.0).when(news & ~price).then(0.0)


@cache
def _patterns() -> tuple[str, str, dict[Cause, str]]:
    """Return patterns of signs of emotion, of phrases that do not count, and of each kind."""
    told = tomllib.loads((files("emtract.text") / "causes.toml").read_text(encoding="utf-8"))
    return _pattern(told["signs"]), _pattern(told["aside"]), {kind: _pattern(told["kinds"][kind]) for kind in CAUSES}


def _pattern(terms: str) -> str:
    """Return the regular expression of terms as whole tokens, longest first."""
    listed = {clean_post(term).text or term for term in " ".join(terms.split()).split(", ")}
    told = "|".join(re.escape(term).replace(r"\ ", " ") for term in sorted(listed, key=lambda t: (-len(t), t)))
    return rf"(?:^| )(?:{told})s?(?: |$)"
