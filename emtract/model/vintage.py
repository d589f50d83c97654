"""From when a model's training texts are, as far as their makers document it: what it could know of a post's future."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Final, Literal

from emtract.errors import ModelError
from emtract.model.card import read_card
from emtract.model.registry import EXACT, shipped_folder

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from emtract.model.card import ModelCard

#: Where a post stands: before the first training text about securities, among them, or after the last.
Place = Literal["before", "inside", "after"]


@dataclass(frozen=True)
class Vintage:
    """One corpus that a model learned from.

    Attributes
    ----------
    corpus
        Its name in `model.json`.
    what
        Texts and labels in words.
    first, last
        Days between which its texts were written; None where its makers do not say.
    source
        Where the dates are from, or what is known in their place.
    securities
        Whether its texts are about securities, so that they may tell what became of a firm.
    labelled
        Whether the model was told labels; otherwise only how a larger model reads the texts.
    """

    corpus: str
    what: str
    first: date | None
    last: date | None
    source: str
    securities: bool = False
    labelled: bool = True


_NOT_SAID: Final = "dates of the texts are not documented"
#: Name in `model.json` -> its vintage. Only what is documented stands here.
VINTAGES: Final[Mapping[str, Vintage]] = {
    told.corpus: told
    for told in (
        Vintage(
            "emtract_tagged", "StockTwits messages, tagged by hand", date(2010, 1, 3), date(2021, 5, 31),
            "ids of the messages, between ids of messages whose day is known", securities=True,
        ),
        Vintage(
            "stockemotions", "StockTwits messages, 12 emotions, bullish or bearish", date(2020, 1, 1), date(2020, 12, 31),
            "its dates (Lee et al. 2023)", securities=True,
        ),
        Vintage(
            "stocknet", "tweets on 87 tickers, unlabelled", date(2013, 12, 31), date(2016, 3, 31),
            "its dates (Xu and Cohen 2018)", securities=True, labelled=False,
        ),
        Vintage(
            "stocktwits", "StockTwits messages with their writers' tags", date(2016, 1, 1), date(2021, 12, 31), "its dates",
            securities=True,
        ),
        Vintage("pyfin", "tweets on securities", None, None, _NOT_SAID, securities=True),
        Vintage(
            "goemotions", "Reddit comments, 27 emotions", date(2005, 1, 1), date(2019, 1, 31),
            "Demszky et al. 2020: from the start of Reddit to January 2019",
        ),
        Vintage("crowdflower", "tweets, 13 labels", None, None, _NOT_SAID),
        Vintage("tec", "tweets, labelled by their hashtags", None, None, f"{_NOT_SAID}; published in 2012"),
        Vintage("tweeteval", "tweets, 4 emotions", None, None, f"{_NOT_SAID}; published in 2018"),
    )
}  # fmt: skip
#: What the text encoders learned before: by far the most text, of which nobody has stated the days.
ENCODER: Final = Vintage(
    "encoder",
    "general text that the base encoder learned from",
    None,
    None,
    f"{_NOT_SAID}; the encoders were published in 2021",
)


def vintages_of(card: ModelCard) -> tuple[Vintage, ...]:
    """Return the corpora that a card names, those with the latest texts first, and the encoder that they were taught to."""
    recipe: Mapping[str, Any] = card.recipe
    while isinstance(recipe.get("base"), dict):  # an adapted model has learned what its base had
        recipe = recipe["base"]
    named = {*recipe.get("rows", {}), *recipe.get("posts", {}), *recipe.get("distil", {}).get("posts", {})}
    named |= {"emtract_tagged"} if card.data.get("tagged_rows") else set()
    known = [
        VINTAGES.get(name, Vintage(name, "a corpus of its maker's", None, None, _NOT_SAID)) for name in sorted(named)
    ]
    known += [
        Vintage(str(step["file"]), "labels that the model was adapted to", None, None, _NOT_SAID, securities=True)
        for step in card.data.get("adapted", ())
    ]
    return (*sorted(known, key=lambda v: (v.last is None, -(v.last or date.min).toordinal())), ENCODER)


def vintages_of_scorer(name: str | Path) -> tuple[Vintage, ...]:
    """Return the vintages of a shipped model or a model folder; none of a scorer without a card, such as a word list."""
    folder = shipped_folder("default" if name == EXACT else str(name))
    try:
        return vintages_of(read_card(folder))
    except ModelError:
        return ()


def span_of(vintages: tuple[Vintage, ...]) -> tuple[date, date] | None:
    """Return the first and the last day of dated training texts about securities; None where none are dated."""
    dated = [(v.first, v.last) for v in vintages if v.securities and v.first is not None and v.last is not None]
    return (min(first for first, _ in dated), max(last for _, last in dated)) if dated else None


def place_of(day: date, span: tuple[date, date]) -> Place:
    """Say where a post's day stands against a span."""
    return "before" if day < span[0] else "after" if day > span[1] else "inside"
