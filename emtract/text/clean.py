"""Post text -> model text. Pure, total and idempotent; versioned, since scores are keyed by the cleaner's version."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import groupby, islice
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from emtract.characters import MAX_CHARACTERS
from emtract.text.rules import CLEANER_VERSION, TokenClass, decoders, token_rules

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

#: What is left of a post: words; emojis or emoticons alone; only placeholders, numbers and punctuation; nothing.
TextKind = Literal["words", "emoji_only", "placeholder_only", "empty"]
TEXT_KINDS: Final[tuple[TextKind, ...]] = ("words", "emoji_only", "placeholder_only", "empty")
MAX_TOKENS: Final = 512
#: How often one token may follow itself: `🚀🚀🚀🚀🚀` and `!!!!!!` keep this many.
MAX_RUN: Final = 3
#: Tokens of one chunk that can reach the text: a run may lose `MAX_RUN` of them to the chunk before.
_ENOUGH: Final = MAX_TOKENS + MAX_RUN
#: Class of a token -> place in `TEXT_KINDS`: the least place of any token is the text's kind.
_KINDS: Final[dict[TokenClass, int]] = {"word": 0, "emoji": 1, "placeholder": 2, "symbol": 2}
_EMPTY: Final = 3


class CleanText(NamedTuple):
    """Model text of one post and what kind of text it is."""

    text: str
    kind: TextKind


@cache
def _decoders(known_symbols: frozenset[str] | None) -> tuple[Callable[[str], str], ...]:
    return decoders(known_symbols)


@cache
def _reader() -> Callable[[str], tuple[tuple[str, ...], int]]:
    """Return the reader of one white-space-delimited chunk; no rule looks past white space, so chunks can be remembered.

    It gives the chunk's tokens, and the place in `TEXT_KINDS` of the kind of text that they make.
    """
    rules = token_rules()
    pattern = re.compile("|".join(f"({rule.pattern})" for rule in rules))

    @lru_cache(maxsize=131_072)
    def read(chunk: str) -> tuple[tuple[str, ...], int]:
        tokens: list[str] = []
        kind = _EMPTY
        for match in pattern.finditer(chunk):
            rule = rules[(match.lastindex or 1) - 1]
            if found := rule.replace(match.group()).split():
                tokens += found
                kind = min(kind, _KINDS[rule.token_class])
            if len(tokens) >= _ENOUGH and len(tokens := _without_long_runs(tokens)) >= _ENOUGH:
                break
        return tuple(_without_long_runs(tokens)), kind

    return read


def _without_long_runs(tokens: list[str]) -> list[str]:
    if len(tokens) <= MAX_RUN:
        return tokens
    return [token for _, run in groupby(tokens) for token in islice(run, MAX_RUN)]


@dataclass(frozen=True)
class Cleaner:
    """The cleaner of a scorer; use `clean_post` unless you bring your own list of symbols.

    Parameters
    ----------
    known_symbols
        Canonical symbols that become `<ticker>`; any other cashtag becomes `<unknown>`. None: a cashtag is known when it has
        the form of a listed ticker (one to five letters, a share class, or StockTwits' `.X`).

    Examples
    --------
    >>> Cleaner(known_symbols=frozenset({"TSLA"})).clean("$TSLA over $XYZ").text
    '<ticker> over <unknown>'
    """

    known_symbols: frozenset[str] | None = None

    @property
    def version(self) -> str:
        """Version of the rules, with a digest of the symbol list where there is one."""
        if self.known_symbols is None:
            return CLEANER_VERSION
        digest = hashlib.sha256("\n".join(sorted(self.known_symbols)).encode()).hexdigest()
        return f"{CLEANER_VERSION}+{digest[:8]}"

    def clean(self, body: str) -> CleanText:
        """Clean one post.

        Parameters
        ----------
        body
            The post as the platform delivered it. Characters beyond the first 20,000 and tokens beyond the first 512 are not
            read: both are far past what any platform's short posts or the model's window hold.

        Returns
        -------
        CleanText
            Lower-case tokens separated by single spaces, and the kind of text. A post without a single token gives
            ``("", "empty")``; that is the only way to an empty text.
        """
        for decoder in _decoders(self.known_symbols):
            body = decoder(body[:MAX_CHARACTERS])
        read = _reader()
        tokens: list[str] = []
        kinds = {_EMPTY}
        for chunk in body.split():
            found, kind = read(chunk)
            # A run within the chunk is cut already; one that goes on from the chunk before is counted on.
            if found and tokens and found[0] == tokens[-1]:
                tokens = [*tokens[:-MAX_RUN], *_without_long_runs([*tokens[-MAX_RUN:], *found])]
            else:
                tokens += found
            kinds.add(kind)
            if len(tokens) >= MAX_TOKENS:
                break
        return CleanText(" ".join(tokens[:MAX_TOKENS]), TEXT_KINDS[min(kinds)])


def clean_post(body: str) -> CleanText:
    """Clean one post with the default rules; see `Cleaner.clean`.

    Examples
    --------
    >>> from emtract.text import clean_post
    >>> clean_post("$TSLA to the MOOOOON 🚀🚀!!! https://t.co/x")
    CleanText(text='<ticker> to the moon 🚀 🚀 ! ! ! <url>', kind='words')
    >>> clean_post("$AAPL $5").kind
    'placeholder_only'
    """
    return Cleaner().clean(body)


def clean_posts(bodies: Iterable[str], cleaner: Cleaner | None = None) -> list[CleanText]:
    """Clean many posts, each distinct body once, in the order given.

    Examples
    --------
    >>> [post.kind for post in clean_posts(["up", "🚀", "$TSLA", ""])]
    ['words', 'emoji_only', 'placeholder_only', 'empty']
    """
    cleaner = cleaner or Cleaner()
    seen: dict[str, CleanText] = {}
    out = []
    for body in bodies:
        if body not in seen:
            seen[body] = cleaner.clean(body)
        out.append(seen[body])
    return out
