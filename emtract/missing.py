"""Words that stand for "nothing here" in a cell: one vocabulary for every column of posts and of markets."""

from __future__ import annotations

from typing import Final

#: What software writes for a value that is not there, exactly as it writes it: pandas (`nan`, `None`, `<NA>`, `NaT`), SQL
#: (`NULL`, `\N`), JSON (`null`), spreadsheets (`#N/A`). By these alone a symbol or a text is missing: the tickers NA, NAN and
#: NAT are written in capitals (or small: `nat`), and people write texts such as `-` or `na`.
WRITTEN: Final = frozenset(
    {
        *("", "nan", "NaN", "-nan", "-NaN", "None", "<NA>", "NaT", "NULL", "null", "<null>", "(null)", "\\N"),
        *("N/A", "n/a", "#N/A", "#N/A N/A", "#NA", "<N/A>"),
    }
)
#: In a column of numbers, dates, flags, ids or codes these say the same, whatever the case.
ANYWHERE: Final = frozenset(
    {word.lower() for word in WRITTEN} | {"na", "nil", "-", "--", "—", "–", ".", "?", "missing"}
)


def is_unwritten(text: str) -> bool:
    """Whether a symbol or a text is missing: empty, or a word that only software writes in its place.

    `nan`, `None` and `<NA>` are missing; the tickers `NA` and `NAN` are not.
    """
    return text.strip() in WRITTEN


def is_missing(text: str) -> bool:
    """Whether a number, date, flag, id or code is missing: any word for it, in any case."""
    return text.strip().lower() in ANYWHERE
