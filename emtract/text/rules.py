"""The ordered rules that turn a post into model text.

A post is first decoded (`decoders`: whole-text functions, in order), then read once from left to right by `token_rules`: at
each place the first rule that matches takes the token, and says what stands for it. Every token that a rule returns is read
back as itself, which makes the cleaner idempotent.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Final, Literal

from emtract.characters import decode
from emtract.symbols import is_plausible_ticker, replace_cashtags, symbols_of
from emtract.text import lexicon
from emtract.text.lexicon import emoji_pattern, emoji_tokens

if TYPE_CHECKING:
    from collections.abc import Callable

#: Raise it with every change that alters a single cleaned text: scores are keyed by it.
CLEANER_VERSION: Final = "2"
#: Versions whose texts a model may have been trained on to read this one's: of the 8,000 tagged texts, 72 differ between them.
#: Version 2 mends damaged characters, knows the venues of `symbols.FORMS`, and sees no cashtag within a word (`A$AP`).
TRAINED_ON: Final = ("1", "2")
MAX_WORD: Final = 64

TokenClass = Literal["word", "emoji", "placeholder", "symbol"]

#: The sign before a run of `#` is looked at once, or a row of them would be read again from each of its places.
_HASHTAG = re.compile(r"(?<!#)#+(\w+)")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|(?<=[^\W\d_])(?=\d)")
_ELONGATED = re.compile(r"([^\W\d_])\1{2,}")


@dataclass(frozen=True)
class TokenRule:
    """One rule of the reader.

    Attributes
    ----------
    name
        What the rule is called in documentation and tests.
    pattern
        Regular expression without capturing groups; never matches white space or the empty string.
    token_class
        What a token that this rule takes counts as when a post is classified.
    replace
        Token -> space-separated tokens that stand for it ("" drops it).
    """

    name: str
    pattern: str
    token_class: TokenClass
    replace: Callable[[str], str]


def segment_hashtags(text: str) -> str:
    """Split `#BuyTheDip` at its capitals; the reader drops the `#`."""
    if "#" not in text:
        return text
    return _HASHTAG.sub(lambda m: "#" + _CAMEL.sub(" ", m.group(1)), text)


def lower(text: str) -> str:
    """Lower case, decoded again because lower case can complete an entity (`&AmP;`)."""
    if text.isascii() and "&" not in text:
        return text.lower()
    while True:
        out = decode(text.lower(), mending=False)
        if out == text:
            return out
        text = out


def decoders(known: frozenset[str] | None = None) -> tuple[Callable[[str], str], ...]:
    """Whole-text functions in order; cashtags become placeholders before lower case hides where a sentence begins."""
    return decode, partial(replace_cashtags, replace=placeholder(known)), segment_hashtags, lower


def expand_word(word: str) -> str:
    """Shorten elongations to two letters (`soooo` -> `soo`) and expand contractions (`can't` -> `can not`)."""
    word = _ELONGATED.sub(r"\1\1", word)[:MAX_WORD].rstrip("'")
    while True:
        if (known := lexicon.CONTRACTIONS.get(word)) is not None:
            return known
        if "'" not in word:
            return word
        for suffix, expansion in lexicon.CONTRACTION_SUFFIXES:
            if word.endswith(suffix):
                stem = word[: -len(suffix)]
                return f"{expand_word(stem)}{expansion}".strip() if stem else expansion.strip()
        return word


def placeholder(known: frozenset[str] | None) -> Callable[[str], str]:
    """`<ticker>` for each known symbol, `<unknown>` for any other; without a list, known means of a ticker's form."""

    @lru_cache(maxsize=65_536)
    def replace(cashtags: str) -> str:
        return "".join(
            f" {lexicon.TICKER if (is_plausible_ticker(symbol) if known is None else symbol in known) else lexicon.UNKNOWN} "
            for symbol in symbols_of(cashtags)
        )

    return replace


def _emoticon_rules() -> list[TokenRule]:
    return [
        TokenRule(f"emoticon {canonical}", pattern, "emoji", lambda _, canonical=canonical: canonical)  # type: ignore[misc]
        for canonical, pattern in lexicon.EMOTICONS.items()
    ]


def token_rules() -> tuple[TokenRule, ...]:
    """Return the reader's rules in order; the first that matches at a place wins."""
    word = r"[^\W\d_](?:[^\W_]|[\u0300-\u036f])*(?:'[^\W_]+)*"
    domain = r"[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){1,4}"
    web = r"(?:[a-z0-9-]{1,63}+\.){1,4}(?:com|net|org|ly|co|me|io|gov|edu|tv|gl)(?![^\W_]|[.-][^\W_])(?:/[!-;=?-~]*)?"
    number = r"\d(?:[\d.,:/]*\d)?(?:(?:st|nd|rd|th|bn|mm|[kmbx])(?![^\W_]))?"
    return (
        # No other rule can take these: most words are spared the tries of all the rules before theirs.
        TokenRule("plain word", r"[a-z]+(?=[,!?]|\.?$)", "word", expand_word),
        TokenRule("placeholder", "|".join(lexicon.PLACEHOLDERS), "placeholder", lambda token: token),
        TokenRule("email", rf"[a-z0-9._%+-]{{1,64}}+@{domain}", "placeholder", lambda _: lexicon.USER),
        TokenRule("link", rf"https?:/[!-;=?-~]*|www\.[!-;=?-~]+|{web}", "placeholder", lambda _: lexicon.URL),
        TokenRule("user", r"@[^\W\d]\w*", "placeholder", lambda _: lexicon.USER),
        TokenRule("emoji", emoji_pattern(), "emoji", emoji_tokens),
        *_emoticon_rules(),
        TokenRule("number", number, "placeholder", lambda _: lexicon.NUMBER),
        TokenRule("hashtag", r"(?<!#)#+(?=\w)", "symbol", lambda _: ""),
        TokenRule("word", word, "word", expand_word),
        TokenRule("filler", "[_\u200d]+", "symbol", lambda _: ""),
        TokenRule("symbol", r"\S", "symbol", lambda token: token),
    )
