"""Templates and word lists -> cases: drawn with a fixed seed, no two of which are the same to a model.

A slot `{words}` stands for one word of the list `words`, the same in both texts of a pair; `{words.2}` for another one;
`{words|upper}` for a changed form of it, see `CHANGES`. Words may hold slots themselves.
"""

from __future__ import annotations

import re
from random import Random
from typing import TYPE_CHECKING, Final

from emtract.text import clean_post

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from emtract.model.behaviour.kinds import Case

_SLOT: Final = re.compile(r"\{(\w+)(?:\.(\d+))?(?:\|(\w+))?\}")
_LETTERS: Final = re.compile(r"[^\W\d_]{5,}")
_VOWEL: Final = re.compile(r"[aeiouy](?=[^aeiouy]*$)", re.IGNORECASE)
#: How many draws a case may take on average: lists are small, and a draw that was there before is no case.
_TRIES: Final = 50


def expand(
    templates: Sequence[str | tuple[str, str]], lists: Mapping[str, Sequence[str]], *, n: int, seed: str
) -> tuple[Case, ...]:
    """Draw n cases.

    Parameters
    ----------
    templates
        Posts with slots, or pairs of such; each takes its turn.
    lists
        Name of a slot -> its words; each word takes its turn, in an order that is drawn.
    n
        Number of cases. Cleaned, no two are the same; the texts of one case differ as they stand.
    seed
        The same seed gives the same cases.

    Raises
    ------
    ValueError
        A slot has no list, too few words or an unknown change, or fewer than n cases differ.
    """
    decks = _Decks(lists, Random(seed))  # noqa: S311 - draws wording, no secret
    found: dict[Case, Case] = {}
    draw = 0
    while len(found) < n and draw < _TRIES * (len(found) + 1):
        template = templates[draw % len(templates)]
        decks.deal()
        case = tuple(decks.fill(text) for text in ([template] if isinstance(template, str) else template))
        if len(set(case)) == len(case):
            found.setdefault(tuple(clean_post(text).text for text in case), case)
        draw += 1
    if len(found) < n:
        raise ValueError(f"only {len(found)} cases differ once cleaned, not {n}; lower n, or add templates or words")
    return tuple(found.values())


class _Decks:
    """Word lists dealt like cards, so that every word has its turn; a hand is what the slots of one case stand for."""

    def __init__(self, lists: Mapping[str, Sequence[str]], rng: Random) -> None:
        self._lists, self._rng = lists, rng
        self._decks: dict[str, list[str]] = {}
        self._hand: dict[tuple[str, int], str] = {}

    def deal(self) -> None:
        """Put the hand away."""
        self._hand = {}

    def fill(self, text: str, within: tuple[str, ...] = ()) -> str:
        """Fill the slots of a text, and the slots of the words that fill them."""

        def filled(slot: re.Match[str]) -> str:
            name, place, change = slot.groups()
            if name in within:
                raise ValueError(f"the list {name} holds a slot of itself; take it out")
            word = self.fill(self._word(name, int(place or 1)), (*within, name))
            if change is not None and change not in CHANGES:
                raise ValueError(f"{slot.group()} asks for an unknown change; known are {', '.join(CHANGES)}")
            return CHANGES[change](word) if change else word

        return _SLOT.sub(filled, text)

    def _word(self, name: str, place: int) -> str:
        if (name, place) not in self._hand:
            held = {word for (other, _), word in self._hand.items() if other == name}
            self._hand[name, place] = self._draw(name, held)
        return self._hand[name, place]

    def _draw(self, name: str, held: set[str]) -> str:
        """Take the next word of the list that is not held, from a fresh deck where no such card is left."""
        if name not in self._lists:
            raise ValueError(f"{{{name}}} has no list; lists are {', '.join(sorted(self._lists))}")
        if not set(self._lists[name]) - held:
            raise ValueError(f"the list {name} needs more than {len(held)} different words")
        deck = self._decks.setdefault(name, [])
        if not set(deck) - held:
            deck += sorted(self._lists[name], key=lambda _: self._rng.random())
        return deck.pop(next(place for place, word in enumerate(deck) if word not in held))


def _at_longest(change: Callable[[str], str]) -> Callable[[str], str]:
    """Change the longest word of a text, of five letters or more; the first of several."""

    def changed(text: str) -> str:
        words = list(_LETTERS.finditer(text))
        if not words:
            return text
        word = max(words, key=lambda found: len(found.group()))
        return text[: word.start()] + change(word.group()) + text[word.end() :]

    return changed


def _swap(word: str) -> str:
    middle = len(word) // 2
    return word[: middle - 1] + word[middle] + word[middle - 1] + word[middle + 1 :]


def _drop(word: str) -> str:
    return word[: len(word) // 2] + word[len(word) // 2 + 1 :]


def _stretch(text: str) -> str:
    return _VOWEL.sub(lambda vowel: vowel.group() * 5, text)


#: What may be done to the word in a slot: two letters swapped or one lost, the last vowel held, all in capitals or small.
CHANGES: Final[Mapping[str, Callable[[str], str]]] = {
    "swap": _at_longest(_swap),
    "drop": _at_longest(_drop),
    "stretch": _stretch,
    "upper": str.upper,
    "lower": str.lower,
}
