"""The ordered rules that turn a post into model text.

A post is first decoded (`DECODERS`: whole-text functions, in order), then read once from left to right by `token_rules`: at
each place the first rule that matches takes the token, and says what stands for it. Every token that a rule returns is read
back as itself, which makes the cleaner idempotent.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from emtract.markup import unescape
from emtract.symbols import CASHTAG, canonical_symbol, is_plausible_ticker
from emtract.text import lexicon
from emtract.text.emojis import VARIANTS, emoji_pattern, emoji_tokens

if TYPE_CHECKING:
    from collections.abc import Callable

#: Raise it with every change that alters a single cleaned text: scores are keyed by it.
CLEANER_VERSION: Final = "1"
MAX_CHARACTERS: Final = 20_000
MAX_WORD: Final = 64

TokenClass = Literal["word", "emoji", "placeholder", "symbol"]

_SURROGATES = re.compile("[\ud800-\udfff]")
_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f]")
_INVISIBLE = re.compile("[\u00ad\u200b\u200c\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffd]")
_SINGLE_QUOTES = re.compile("[\u2018\u2019\u201a\u201b\u02bc\u00b4`]")
_DOUBLE_QUOTES = re.compile("[\u201c\u201d\u201e\u00ab\u00bb]")
_DASHES = re.compile("[\u2010-\u2015\u2212]")
#: Ampersands that hide one another, to be undone in one step; a chain of n would take n rounds of unescaping.
_AMPERSANDS = re.compile(r"&(?:(?:amp|AMP|#0{0,9}38(?!\d)|#[xX]0{0,9}26(?![0-9a-fA-F]));?)++")
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


def decode(text: str) -> str:
    """Undo HTML entities and Unicode disguises (NFKC), drop what cannot be seen, and unify quotes, dashes and emojis.

    Runs to a fixed point, since an entity may hide an entity (`&amp;amp;`) and NFKC may reveal one.
    """
    while True:
        out = unescape(_AMPERSANDS.sub("&", text)) if "&" in text else text
        if not out.isascii():
            out = _SURROGATES.sub("", out)
            out = unicodedata.normalize("NFKC", out)
            out = _INVISIBLE.sub("", VARIANTS.sub("", out))
            out = _DASHES.sub("-", _DOUBLE_QUOTES.sub('"', _SINGLE_QUOTES.sub("'", out)))
        else:
            out = out.replace("`", "'")
        out = _CONTROLS.sub(" ", out)
        if out == text:
            return out
        text = out


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
        out = decode(text.lower())
        if out == text:
            return out
        text = out


DECODERS: Final[tuple[Callable[[str], str], ...]] = (decode, segment_hashtags, lower)


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


def cashtag_placeholder(known: frozenset[str] | None) -> Callable[[str], str]:
    """`<ticker>` for a known symbol, `<unknown>` for any other; without a list, known means of a ticker's form."""

    def replace(token: str) -> str:
        symbol = canonical_symbol(token)
        is_known = is_plausible_ticker(symbol) if known is None else symbol in known
        return lexicon.TICKER if is_known else lexicon.UNKNOWN

    return replace


def _emoticon_rules() -> list[TokenRule]:
    return [
        TokenRule(f"emoticon {canonical}", pattern, "emoji", lambda _, canonical=canonical: canonical)  # type: ignore[misc]
        for canonical, pattern in lexicon.EMOTICONS.items()
    ]


def token_rules(known_symbols: frozenset[str] | None = None) -> tuple[TokenRule, ...]:
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
        TokenRule("cashtag", CASHTAG, "placeholder", cashtag_placeholder(known_symbols)),
        TokenRule("emoji", emoji_pattern(), "emoji", emoji_tokens),
        *_emoticon_rules(),
        TokenRule("number", number, "placeholder", lambda _: lexicon.NUMBER),
        TokenRule("hashtag", r"(?<!#)#+(?=\w)", "symbol", lambda _: ""),
        TokenRule("word", word, "word", expand_word),
        TokenRule("filler", "[_\u200d]+", "symbol", lambda _: ""),
        TokenRule("symbol", r"\S", "symbol", lambda token: token),
    )
