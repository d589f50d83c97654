"""Speed of the cleaner on an archive, and on strings made to be slow."""

from __future__ import annotations

import sys
from time import process_time
from typing import TYPE_CHECKING, Final

from emtract.text import clean, clean_post, clean_posts
from tests.benchmarks.measure import Measure, alternate, significant

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tests.benchmarks.posts import Posts

#: Name -> what is repeated. The first three are what other tools have choked on.
HOSTILE: Final[Mapping[str, str]] = {
    "emojis": "🚀",
    "a letter without a blank": "a",
    "escaped ampersands": "amp;",
    "escaped ampersands, no semicolon": "amp",
    "numeric ampersands": "#38;",
    "full-width ampersands": "＆amp;",
    "families": "👨\u200d👩\u200d👧",
    "endless ZWJ sequence": "👩\u200d",
    "ZWJ alone": "\u200d",
    "skin tones": "👍🏽",
    "regional indicators": "🇺",
    "keycaps": "1\ufe0f\u20e3",
    "dollars": "$",
    "cashtags": "$a",
    "at signs": "@",
    "users": "a@",
    "digits": "1",
    "dotted digits": "1.",
    "signed digits": "+1",
    "percentages": "1%",
    "dots": ".",
    "dotted letters": "a.",
    "schemes": "://",
    "links": "http://",
    "less than": "<",
    "hearts": "<3",
    "placeholders": "<ticker>",
    "quotes": "'",
    "contractions": "a'd",
    "combining marks": "\u0301",
    "accented letters": "a\u0301",
    "hashtags in camel case": "#BuyTheDip",
    "hash signs": "#",
    "hyphenated letters": "a-",
    "long domain labels": "a-" * 31 + "a.",
    "long mail names": "a-" * 31 + "@",
    "underscores": "_",
    "faces": "-_",
    "brackets": ":(",
    "exclamations": "!?",
    "elongations": "lo",
    "expanding ligatures": "\ufdfa",
    "mixed": "$TSLA🚀&amp;a.b@c#D1.5%<3:)",
}
SHORT: Final = 2_000
LONG: Final = 20_000
HUGE: Final = 1_000_000


def hostile(name: str, characters: int) -> str:
    """Return the string of a name at a length; the escapes hide one another, so they begin with one ampersand."""
    unit = HOSTILE[name]
    start = "&" if unit in {"amp;", "amp", "#38;"} else ""
    return (start + unit * (characters // len(unit) + 1))[:characters]


def forget() -> None:
    """Empty the cleaner's memory of chunks, as in a new process that has read one post."""
    clean._reader.cache_clear()
    clean_post("")


def hostile_seconds(name: str, characters: int, *, repeats: int = 3) -> float:
    """Least processor seconds of cleaning one hostile string with cold caches."""
    text, seconds = hostile(name, characters), []
    for _ in range(repeats):
        forget()
        start = process_time()
        clean_post(text)
        seconds.append(process_time() - start)
    return min(seconds)


def growth(name: str, repeats: int) -> float:
    """Seconds a character at 20,000 characters over those at 2,000: 1 where time grows in proportion."""
    long, short = (hostile_seconds(name, n, repeats=repeats) / n for n in (LONG, SHORT))
    return long / short


def operations(name: str, characters: int) -> int:
    """Calls of functions, Python's and C's, that cleaning one hostile string takes with cold caches; no clock is read."""
    text, calls = hostile(name, characters), 0

    def count(frame: object, event: str, argument: object) -> None:
        nonlocal calls
        calls += event in {"call", "c_call"}

    forget()
    before = sys.getprofile()
    sys.setprofile(count)
    try:
        clean_post(text)
    finally:
        sys.setprofile(before)
    return calls


def measure_hostile(repeats: int, progress: Callable[[int, int], None] | None = None) -> list[Measure]:
    """Milliseconds a 10,000 characters of each hostile string, slowest first.

    Notes
    -----
    The cleaner reads the first 20,000 characters, so the figure is that of a string of just this length; a megabyte
    takes what 20,000 characters take.
    """
    found = []
    for done, name in enumerate(HOSTILE, 1):
        ms = hostile_seconds(name, LONG, repeats=repeats) * 1e3 * 10_000 / LONG
        huge = hostile_seconds(name, HUGE, repeats=1) * 1e3
        note = f"1 MB in all: {huge:.1f} ms; a character of 20,000 takes {growth(name, repeats):.2g} times one of 2,000"
        found.append((ms, Measure(f"hostile: {name}", significant(ms, 3), "ms per 10,000 characters", note)))
        if progress:
            progress(done, len(HOSTILE))
    return [row for _, row in sorted(found, key=lambda item: -item[0])]


def measure_cleaner(posts: Posts, repeats: int, progress: Callable[[int, int], None] | None = None) -> list[Measure]:
    """Posts a second on one core, of all rows and of the distinct bodies, with cold and with warm caches."""
    distinct = posts.distinct

    def cold(bodies: list[str]) -> None:
        forget()
        clean_posts(bodies)

    contenders: dict[str, Callable[[], object]] = {
        "all rows, cold": lambda: cold(list(posts.rows)),
        "all rows, warm": lambda: clean_posts(posts.rows),
        "distinct bodies, cold": lambda: cold(distinct),
        "distinct bodies, warm": lambda: clean_posts(distinct),
    }
    timed = alternate(contenders, repeats, clock=process_time, progress=progress)
    sizes = {"all rows": len(posts.rows), "distinct bodies": len(distinct)}
    return [
        timing.row(
            f"cleaner: {name}", sizes[name.split(",")[0]], "posts/s a core", f"{sizes[name.split(',')[0]]:,} posts"
        )
        for name, timing in timed.items()
    ]
