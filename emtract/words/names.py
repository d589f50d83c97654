"""What a reader sees instead of a column name: in tables and figures, and in running words."""

from __future__ import annotations

import re
from itertools import takewhile
from typing import TYPE_CHECKING, Final, NamedTuple

from emtract.emotions import EMOTIONS
from emtract.words.codebook import is_series
from emtract.words.columns import (
    ACRONYMS,
    BY,
    COLUMNS,
    GROUPS,
    LESS,
    LEVELS,
    MEASURED,
    MEASURES,
    NOUNS,
    WINDOW_NAMES,
    WINDOWS,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

TIMES: Final = "\u00a0\u00d7 "
_MONTHS: Final = re.compile(r"(bhar|car)_m?(\d+)(?:_(\d+))?(?:_(\w+))?")
#: Columns that a transform of a panel makes of others: ends of their names, and the words for them.
_STEPS: Final = re.compile(r"(\w+?)_(lead|lag|cumulated)_(\d+)")
_STEP_WORDS: Final = {"lead": "{} later", "lag": "{} earlier", "cumulated": "cumulated over {}"}
_SUFFIXES: Final = {"_shuffled": "shuffled", "_other_firm": "another firm\u2019s"}
_PREFIXES: Final = {"high_": "High", "absolute_": "Absolute", "surge_": "Surge of", "slump_": "Slump of"}
_NOUNS: Final = {mood: noun for noun, mood in NOUNS.items()}
#: What of a post there is more of; anything else is higher.
_COUNTED: Final = (*EMOTIONS, *(noun for noun, mood in NOUNS.items() if mood in EMOTIONS), "attention")
#: A column of a window in running words; its part of the posts is one that has words.
_SPOKEN: Final = re.compile(rf"(\w+?)_({'|'.join(WINDOWS)})(?:_({'|'.join(GROUPS)}))?")
_HIGH: Final = "high_"
_HOLDING: Final = re.compile(r"bhar_(\d+)(?:_(\d+))?_([a-z_]+)")
_BENCHMARKS: Final = {"size": "a firm of its size", "size_bm": "size and book-to-market"}
_LOG: Final = "log_"
_IDENTIFIER: Final = re.compile(r"\b[a-z][a-z0-9]*(?:_[a-z0-9]+)+\b")


class Measured(NamedTuple):
    """A column of a window taken apart; window and group are None where there is none."""

    base: str
    window: str | None
    group: str | None


def words(name: str) -> str:
    """Turn an unknown identifier into words: `short_interest` becomes `Short interest`, `ipo_age` `IPO age`, `is_loss` `Loss`.

    Examples
    --------
    >>> words("short_interest"), words("ipo_age")
    ('Short interest', 'IPO age')
    """
    text = " ".join(ACRONYMS.get(word, word) for word in name.removeprefix("is_").replace("_", " ").split())
    return text[:1].upper() + text[1:]


def lower_first(name: str) -> str:
    """Lower the first letter for the middle of a sentence, but for a word of capitals."""
    return name if name[1:2].isupper() else name[:1].lower() + name[1:]


def measured(term: str) -> Measured:
    """Take a column apart: `happy_pre_open_finance` is (`happy`, `pre_open`, `finance`)."""
    found = MEASURED.fullmatch(term)
    if found:
        return Measured(*found.groups())
    if is_series(term) or term in COLUMNS:
        return Measured(term, None, None)
    for window in WINDOW_NAMES:
        if term.endswith(f"_{window}"):
            return Measured(term.removesuffix(f"_{window}"), window, None)
    return Measured(term, None, None)


def split_term(term: str) -> tuple[str, str | None]:
    """Split a column of a window into base and window: `happy_pre_open` is (`happy`, `pre_open`)."""
    return measured(term)[:2]


def term_name(term: str, *, with_window: bool = True) -> str:
    """Name of a column, of a product `a:b` or a difference `a - b`; leave the window out where a heading already says it.

    Examples
    --------
    >>> term_name("happy_pre_open")
    'Happy, pre-open'
    """
    first, minus, second = term.partition(LESS)
    if minus and " " not in first + second:
        return f"{term_name(first, with_window=with_window)} minus {lower_first(term_name(second, with_window=with_window))}"
    if BY in term and " " not in term:
        first, *others = (_column_name(part, with_window=with_window) for part in term.split(BY))
        return TIMES.join((first, *(lower_first(other) for other in others)))
    return _column_name(term, with_window=with_window)


def _column_name(term: str, *, with_window: bool) -> str:
    if derived := _derived_name(term, with_window=with_window):
        return derived
    base, window, group = measured(term)
    stated = MEASURES.get(base) or COLUMNS.get(base)
    name = (stated.label if stated else "") or _logarithm(base) or words(base)
    details = [WINDOW_NAMES.get(window, window)] if window is not None and with_window else []
    details += [GROUPS[group][0] if group in GROUPS else words(group).lower()] if group else []
    return _detailed(name, *details)


def _logarithm(column: str) -> str:
    """Name the logarithm of a column that has a label of its own; '' for any other."""
    whole = COLUMNS.get(column.removeprefix(_LOG)) if column.startswith(_LOG) else None
    return f"Log {lower_first(whole.label)}" if whole and whole.label else ""


def _detailed(name: str, *details: str) -> str:
    """Append details; a name that ends in parentheses takes them inside."""
    tail = ", ".join(details)
    if not tail:
        return name
    return f"{name[:-1]}, {tail})" if name.endswith(")") else f"{name}, {tail}"


def _derived_name(name: str, *, with_window: bool) -> str:
    """Name a column that was made from another: leads, highs, placebos, returns over months; '' for any other."""
    if found := _MONTHS.fullmatch(name):
        kind, first, last, benchmark = found.groups()
        months = f"months {first}\u2013{last}" if last else f"{first} months"
        return _detailed(kind.upper(), months, *([f"against {_benchmark(benchmark)}"] if benchmark else []))
    if found := _STEPS.fullmatch(name):
        base, kind, steps = found.groups()
        after = _STEP_WORDS[kind].format(f"{steps} session{'' if steps == '1' else 's'}")
        return _detailed(_column_name(base, with_window=with_window), after)
    for prefix, word in _PREFIXES.items():
        if name.startswith(prefix):
            return f"{word} {lower_first(_column_name(name.removeprefix(prefix), with_window=with_window))}"
    for suffix, word in _SUFFIXES.items():
        if name.endswith(suffix):
            return _detailed(_column_name(name.removesuffix(suffix), with_window=with_window), word)
    return ""


def _benchmark(name: str) -> str:
    """Say what a return is held against: `size_bm` is size and book-to-market."""
    return _BENCHMARKS.get(name) or words(name).lower()


def windows_of(terms: Iterable[str]) -> tuple[str, ...]:
    """Windows that a set of terms is measured in, in the order of the day."""
    found = {split_term(part)[1] for term in terms for part in term.split(BY)}
    return tuple(window for window in WINDOW_NAMES if window in found)


def effect_name(effect: str) -> str:
    """`Firm` for `symbol`, `Firm × month` for `symbol:month`; anything else in words.

    Examples
    --------
    >>> effect_name("symbol")
    'Firm'
    """
    first, *others = (LEVELS[p][0] if p in LEVELS else words(p) for p in effect.split(BY))
    return TIMES.join((first, *(lower_first(other) for other in others)))


def level_name(effect: str) -> str:
    """What the levels of an effect are counted as: `Firms`, `Sessions`, `Firm × months`.

    Examples
    --------
    >>> level_name("symbol")
    'Firms'
    """
    *others, last = effect.split(BY)
    plural = LEVELS[last][1] if last in LEVELS else f"{words(last)} levels"
    return TIMES.join((effect_name(BY.join(others)), lower_first(plural))) if others else plural


def listed(items: Sequence[str]) -> str:
    """Join as prose: `a`, `a and b`, `a, b and c`.

    Examples
    --------
    >>> listed(["fear", "anger", "disgust"])
    'fear, anger and disgust'
    """
    return items[0] if len(items) == 1 else ", ".join(items[:-1]) + " and " + items[-1] if items else ""


def common_start(items: Sequence[Sequence[str]]) -> list[str]:
    """Return the words that all of several begin with."""
    return [column[0] for column in takewhile(lambda place: len(set(place)) == 1, zip(*items, strict=False))]


def term_words(term: str) -> str:
    """Say a regressor: ``happy_pre_open`` is `happiness before the open`, ``a:high_b`` is `a where b is high`.

    Examples
    --------
    >>> term_words("happy_pre_open")
    'happiness before the open'
    """
    if BY in term:
        first, second = term.split(BY, 1)
        where = f"where {term_words(second.removeprefix(_HIGH))} is high" if second.startswith(_HIGH) else ""
        return f"{term_words(first)} {where or f'times {term_words(second)}'}"
    for prefix in ("surge_", "slump_"):
        if term.startswith(prefix):
            return f"a {prefix[:-1]} of {term_words(term.removeprefix(prefix))}"
    if found := _SPOKEN.fullmatch(term):
        name, window, group = found.groups()
        said = _NOUNS.get(name, name.replace("_", " "))
        return " ".join(filter(None, [said, WINDOWS[window].phrase, GROUPS[group][1] if group else ""]))
    return _NOUNS.get(term) or _plain(term)


def rise_words(term: str, *, per_sd: bool) -> str:
    """Say that a regressor is higher, as the subject of a sentence.

    Examples
    --------
    >>> rise_words("happy_pre_open", per_sd=True)
    'more happiness before the open'
    """
    said = term_words(term)
    if not per_sd:
        return f"a one-unit rise in {said}"
    return f"{'more' if said.split(' ')[0] in _COUNTED else 'higher'} {said}"


def outcome_words(y: str) -> str:
    """Say an outcome: ``return_open_close`` is `same-session open-to-close return`.

    Examples
    --------
    >>> outcome_words("return_open_close")
    'same-session open-to-close return'
    >>> outcome_words("return_close_close_cumulated_5")
    'close-to-close return over the next 5 sessions'
    """
    if (step := _STEPS.fullmatch(y)) and step[2] == "cumulated":
        return (
            f"{lower_first(term_name(step[1]))} over the next {'session' if step[3] == '1' else f'{step[3]} sessions'}"
        )
    stated = COLUMNS.get(y)
    return (stated.phrase if stated else "") or (term_words(y) if MEASURED.fullmatch(y) else _plain(y))


def _plain(column: str) -> str:
    if _STEPS.fullmatch(column) or column.startswith(_HIGH):
        return lower_first(_derived_name(column, with_window=True))
    if found := _HOLDING.fullmatch(column):
        first, last, benchmark = found.groups()
        span = f"months {first} to {last}" if last else f"{first} months"
        return f"BHAR of {span} against {_benchmark(benchmark)}"
    stated = COLUMNS.get(column)
    return lower_first((stated.label if stated else "") or " ".join(ACRONYMS.get(w, w) for w in column.split("_")))


def in_words(text: str, columns: Collection[str]) -> str:
    """Say every column that a sentence names by its identifier: `happy_pre_open` is `happiness before the open`.

    Examples
    --------
    >>> in_words("happy_pre_open moves first", {"happy_pre_open"})
    'happiness before the open moves first'
    """
    return _IDENTIFIER.sub(lambda found: _say(found.group()) if found.group() in columns else found.group(), text)


def _say(column: str) -> str:
    if outcome_words(column) != column.replace("_", " "):
        return outcome_words(column)
    return term_words(column) if split_term(column)[1] else lower_first(term_name(column))
