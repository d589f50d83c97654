"""Columns in running words: `happy_pre_open` is `happiness before the open`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from emtract.words.columns import ACRONYMS, BY, COLUMNS, GROUP_PHRASES, NOUNS, WINDOW_PHRASES
from emtract.words.names import lower_first, split_term, term_name

if TYPE_CHECKING:
    from collections.abc import Collection

_NOUNS: Final = {mood: noun for noun, mood in NOUNS.items()}
_MEASURED: Final = re.compile(rf"(\w+?)_({'|'.join(WINDOW_PHRASES)})(?:_({'|'.join(GROUP_PHRASES)}))?")
_HIGH: Final = "high_"
_HOLDING: Final = re.compile(r"bhar_(\d+)(?:_(\d+))?_([a-z_]+)")
_OUTCOMES: Final = {
    "return_open_close": "same-session open-to-close return",
    "return_close_close": "same-session close-to-close return",
    "return_overnight": "overnight return",
    "return_open_close_next": "next-session open-to-close return",
    "return_close_close_next": "next-session close-to-close return",
}
_IDENTIFIER: Final = re.compile(r"\b[a-z][a-z0-9]*(?:_[a-z0-9]+)+\b")


def term_words(term: str) -> str:
    """Say a regressor: ``happy_pre_open`` is `happiness before the open`, ``a:high_b`` is `a where b is high`."""
    if BY in term:
        first, second = term.split(BY, 1)
        where = f"where {term_words(second.removeprefix(_HIGH))} is high" if second.startswith(_HIGH) else ""
        return f"{term_words(first)} {where or f'times {term_words(second)}'}"
    if found := _MEASURED.fullmatch(term):
        name, window, group = found.groups()
        said = _NOUNS.get(name, name.replace("_", " "))
        return " ".join(filter(None, [said, WINDOW_PHRASES[window], GROUP_PHRASES.get(group)]))
    return _NOUNS.get(term) or _plain(term)


def outcome_words(y: str) -> str:
    """Say an outcome: ``return_open_close`` is `same-session open-to-close return`."""
    return _OUTCOMES.get(y) or _plain(y)


def _plain(column: str) -> str:
    if found := _HOLDING.fullmatch(column):
        first, last, benchmark = found.groups()
        span = f"months {first} to {last}" if last else f"{first} months"
        return f"BHAR of {span} against {benchmark.replace('_', ' ')}"
    name = COLUMNS.get(column) or " ".join(ACRONYMS.get(word, word) for word in column.split("_"))
    return name if name[1:2].isupper() else name[:1].lower() + name[1:]


def in_words(text: str, columns: Collection[str]) -> str:
    """Say every column that a sentence names by its identifier: `happy_pre_open` is `happiness before the open`."""
    return _IDENTIFIER.sub(lambda found: _say(found.group()) if found.group() in columns else found.group(), text)


def _say(column: str) -> str:
    if outcome_words(column) != column.replace("_", " "):
        return outcome_words(column)
    return term_words(column) if split_term(column)[1] else lower_first(term_name(column))
