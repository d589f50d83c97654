"""Sentences in which column names give way to words."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from emtract.report.names import lower_first, split_term, term_name
from emtract.words.sentences import outcome_words, term_words

if TYPE_CHECKING:
    from collections.abc import Collection

_IDENTIFIER: Final = re.compile(r"\b[a-z][a-z0-9]*(?:_[a-z0-9]+)+\b")


def in_words(text: str, columns: Collection[str]) -> str:
    """Say every column that a sentence names by its identifier: `happy_pre_open` is `happiness before the open`."""
    return _IDENTIFIER.sub(lambda found: _say(found.group()) if found.group() in columns else found.group(), text)


def _say(column: str) -> str:
    if outcome_words(column) != column.replace("_", " "):
        return outcome_words(column)
    return term_words(column) if split_term(column)[1] else lower_first(term_name(column))
