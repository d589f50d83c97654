"""Model text without what tells the firm or the date: names, bare tickers, products, people, events, dates.

A reader that was trained on later texts may know what became of a firm, and read an older post by it: look-ahead bias (Sarkar and
Vafa 2024), or be drawn off by what it knows of the firm (Glasserman and Lin 2023, who put stand-ins for names). Here a term of a
closed list gives way to a stand-in, and everything else stays: words of feeling, emojis, order. `emtract audit` reads both.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, field
from itertools import groupby, islice
from typing import TYPE_CHECKING, Final

from emtract.errors import SourceError
from emtract.text.clean import MAX_RUN, clean_post
from emtract.text.identities import CHANNELS, LEGAL, ORDINARY, STAND_INS, TERMS, Channel
from emtract.text.lexicon import PLACEHOLDERS

if TYPE_CHECKING:
    import random
    from collections.abc import Iterable, Mapping, Sequence

#: Words of a term at most: what bounds the work at each word of a text.
MAX_TERM: Final = 6
#: A word from a list of firms is taken where at least this share of the texts that use it are about the firm, in so many texts.
SHARE: Final = 0.5
LEAST: Final = 3
#: Shortest bare ticker or one-word name of a list of firms.
_SHORTEST: Final = 3
_WORD_LIMIT: Final = frozenset((*STAND_INS.values(), *PLACEHOLDERS)) - {"<number>"}

Term = tuple[str, ...]


@dataclass(frozen=True)
class Edit:
    """One term of a text that gave way: its first word, the word after its last, and why."""

    start: int
    stop: int
    channel: Channel


@dataclass(frozen=True)
class Neutraliser:
    """Finds terms in model text and puts stand-ins for them.

    Parameters
    ----------
    terms
        Term, as words of model text -> its channel. Of terms that begin at one word the longest is taken.
    """

    terms: Mapping[Term, Channel]
    _by_first: Mapping[str, tuple[Term, ...]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        by_first: dict[str, list[Term]] = {}
        for term in sorted(self.terms, key=len, reverse=True):
            if len(term) > MAX_TERM or not term or _WORD_LIMIT & set(term):
                raise SourceError(
                    f"the term {' '.join(term)!r} cannot be made neutral: name one to {MAX_TERM} words, no stand-in"
                )
            by_first.setdefault(term[0], []).append(term)
        object.__setattr__(self, "_by_first", {word: tuple(found) for word, found in by_first.items()})

    def find(self, words: Sequence[str]) -> list[Edit]:
        """Return the terms of a text from left to right, none within another."""
        edits: list[Edit] = []
        place = 0
        while place < len(words):
            for term in self._by_first.get(words[place], ()):
                if tuple(words[place : place + len(term)]) == term:
                    edits.append(Edit(place, place + len(term), self.terms[term]))
                    place += len(term)
                    break
            else:
                place += 1
        return edits

    def neutral(self, text: str, channels: Iterable[Channel] = CHANNELS) -> str:
        """Return model text without the terms of some channels.

        Parameters
        ----------
        text
            As the cleaner leaves it.
        channels
            What gives way; all by default.

        Returns
        -------
        str
            Model text of at most as many words, which is read back as itself by the cleaner and by this function.

        Examples
        --------
        >>> own_terms().neutral("apple will crash in q2 , tim cook knows it 🚀")
        '<ticker> will crash in date , <user> knows it 🚀'
        >>> own_terms().neutral("apple will crash in q2", ("dates",))
        'apple will crash in date'
        """
        words, asked = text.split(), frozenset(channels)
        edits = [edit for edit in self.find(words) if edit.channel in asked]
        return replaced(words, [(edit.start, edit.stop, STAND_INS[edit.channel]) for edit in edits])


def replaced(words: Sequence[str], edits: Sequence[tuple[int, int, str]]) -> str:
    """Put a stand-in for each stretch of words, cut rows of one token as the cleaner does, and join.

    Parameters
    ----------
    words
        Of a text.
    edits
        First word, the word after the last, and what stands there instead; from left to right, apart from each other.
    """
    out: list[str] = []
    place = 0
    for start, stop, stand_in in [*edits, (len(words), len(words), "")]:
        out += words[place:start]
        out += [stand_in] if stand_in else []
        place = stop
    return " ".join(word for _, row in groupby(out) for word in islice(row, MAX_RUN))


def placebo(words: Sequence[str], edits: Sequence[Edit], frequency: Mapping[str, int], draw: random.Random) -> str:
    """Put the same stand-ins for as many other words of the text, each about as common as the one that it takes the place of.

    Parameters
    ----------
    words, edits
        A text, and its terms as `Neutraliser.find` gives them.
    frequency
        Word -> texts of the archive that use it.
    draw
        Where chance comes from: of the three words nearest in the logarithm of the frequency, one is taken.

    Returns
    -------
    str
        The text with its terms, and without those words; with fewer stand-ins where it has no other words.
    """
    taken = {place for edit in edits for place in range(edit.start, edit.stop)}
    free = [place for place, word in enumerate(words) if place not in taken and word.isalpha()]
    chosen: list[tuple[int, int, str]] = []
    for edit in edits:
        if not free:
            break
        level = min(_level(frequency, words[place]) for place in range(edit.start, edit.stop))
        near = sorted(free, key=lambda place: (abs(_level(frequency, words[place]) - level), place))[:3]
        place = draw.choice(near)
        free.remove(place)
        chosen.append((place, place + 1, STAND_INS[edit.channel]))
    return replaced(words, sorted(chosen))


def _level(frequency: Mapping[str, int], word: str) -> float:
    return math.log1p(frequency.get(word, 0))


def own_terms(channels: Iterable[Channel] = CHANNELS) -> Neutraliser:
    """Return a neutraliser over this package's own list."""
    return Neutraliser({term: channel for channel in channels for term in _read(TERMS[channel])})


def _read(listed: str) -> list[Term]:
    """Terms as the cleaner spells them; `<number>` stays what it is."""
    terms = (clean_post(" ".join(term.split())).text for term in listed.split(","))
    return [tuple(term.split()) for term in terms if term]


def firm_terms(names: Mapping[str, Sequence[str]]) -> dict[Term, tuple[str, Channel]]:
    """Return the bare tickers and the short names of firms, as candidates: `distinctive` says which of them tell a firm.

    Parameters
    ----------
    names
        Symbol -> registered names, `Exxon Mobil Corp`; an empty list for a symbol without one.

    Returns
    -------
    dict
        Term -> symbol and channel. Tickers of fewer than three letters, words of every day, and what two firms share, stay out.

    Examples
    --------
    >>> firm_terms({"XOM": ["Exxon Mobil Corp"]})
    {('xom',): ('XOM', 'tickers'), ('exxon', 'mobil'): ('XOM', 'names'), ('exxon',): ('XOM', 'names')}
    """
    found: dict[Term, tuple[str, Channel]] = {}
    shared: set[Term] = set()
    for symbol, listed in names.items():
        candidates: dict[Term, Channel] = {(symbol.lower(),): "tickers"} if symbol.isalpha() else {}
        for name in listed:
            for term in short_names(name):
                candidates.setdefault(term, "names")
        for term, channel in candidates.items():
            if _tells(term):
                shared |= {term} if found.get(term, (symbol,))[0] != symbol else set()
                found.setdefault(term, (symbol, channel))
    return {term: told for term, told in found.items() if term not in shared}


def short_names(name: str) -> list[Term]:
    """Return a registered name without its legal ending, and its first word: what posts call a firm."""
    words = clean_post(name.replace("/", " ")).text.split()
    while words and not (words[-1].isalnum() and words[-1] not in LEGAL):
        words.pop()
    while words and words[0] == "the":
        words.pop(0)
    whole = tuple(words[:MAX_TERM])
    return [term for term in dict.fromkeys((whole, whole[:1])) if term]


def _tells(term: Term) -> bool:
    alone = len(term) == 1
    return not (_WORD_LIMIT & set(term)) and not (alone and (len(term[0]) < _SHORTEST or term[0] in ORDINARY | LEGAL))


def distinctive(
    candidates: Mapping[Term, tuple[str, Channel]], texts: Sequence[str], symbols: Sequence[frozenset[str]]
) -> dict[Term, Channel]:
    """Return the candidates that tell their firm in this archive: most texts that use them are about it.

    Parameters
    ----------
    candidates
        As `firm_terms` gives them.
    texts
        Model texts.
    symbols
        What the posts of each text name, in the same order.
    """
    finder = Neutraliser({term: channel for term, (_, channel) in candidates.items()})
    used: Counter[Term] = Counter()
    about: Counter[Term] = Counter()
    for text, named in zip(texts, symbols, strict=True):
        words = text.split()
        for term in {tuple(words[edit.start : edit.stop]) for edit in finder.find(words)}:
            used[term] += 1
            about[term] += candidates[term][0] in named
    return {
        term: channel
        for term, (_, channel) in candidates.items()
        if used[term] >= LEAST and about[term] >= SHARE * used[term]
    }
