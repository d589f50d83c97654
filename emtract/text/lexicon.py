"""Word lists of the cleaner: placeholders, emoticons and contractions; which emojis exist, and one spelling for each."""

from __future__ import annotations

import re
from functools import cache
from typing import Final

from emtract.characters import VARIANTS

TICKER: Final = "<ticker>"
UNKNOWN: Final = "<unknown>"
USER: Final = "<user>"
URL: Final = "<url>"
NUMBER: Final = "<number>"
PLACEHOLDERS: Final = (TICKER, UNKNOWN, USER, URL, NUMBER)

#: Canonical emoticon -> the spellings that mean it, as regular expressions over lower-cased text. Reversed forms such as
#: `):` are left out: in posts they end a parenthesis far more often than they frown.
EMOTICONS: Final[dict[str, str]] = {
    ">:(": r">[:=][-^o]?\((?!\w)",
    ":'(": r"[:=][',][-^o]?\((?!\w)",
    ":')": r"[:=]'[-^o]?\)",
    ":)": r"[:=][-^o]?\)+",
    ";)": r";[-^o]?\)+",
    ":d": r"[:=]-?d(?!\w)",
    ":p": r"[:;=]-?p(?!\w)",
    ":(": r"[:=][-^o]?\((?!\w)\(*",
    ":/": r"[:=]-?[/\\](?![\w/])",
    ":|": r"[:=]-?\|(?!\w)",
    ":o": r"[:=]-?o(?!\w)",
    ":*": r"[:=]-?\*(?!\w)",
    "</3": r"</3(?!\w)",
    "<3": r"<3+(?![\w.,])",
    "^_^": r"\^[_.]?\^",
    "-_-": r"-[_.]+-",
    "o_o": r"o[_.]o(?!\w)",
    "t_t": r"(?:t_t|;_+;)(?!\w)",
    "\\_(ツ)_/": r"\\_+\(ツ\)_+/",
    "\\o/": r"\\o/",
}

CONTRACTIONS: Final[dict[str, str]] = {
    "ain't": "is not",
    "can't": "can not",
    "cannot": "can not",
    "won't": "will not",
    "shan't": "shall not",
    "let's": "let us",
    "y'all": "you all",
    "ma'am": "madam",
    "it's": "it is",
    "he's": "he is",
    "she's": "she is",
    "that's": "that is",
    "there's": "there is",
    "here's": "here is",
    "what's": "what is",
    "who's": "who is",
    "how's": "how is",
    "where's": "where is",
    "i'd": "i would",
    "you'd": "you would",
    "he'd": "he would",
    "she'd": "she would",
    "we'd": "we would",
    "they'd": "they would",
    "it'd": "it would",
    "dont": "do not",
    "didnt": "did not",
    "doesnt": "does not",
    "isnt": "is not",
    "wasnt": "was not",
    "wouldnt": "would not",
    "couldnt": "could not",
    "shouldnt": "should not",
    "cant": "can not",
    "wont": "will not",
    "gonna": "going to",
    "wanna": "want to",
    "gotta": "got to",
    "gimme": "give me",
    "lemme": "let me",
}
#: Applied, in this order, to a word that `CONTRACTIONS` does not hold; a possessive `'s` and an ambiguous `'d` are dropped.
CONTRACTION_SUFFIXES: Final[tuple[tuple[str, str], ...]] = (
    ("n't", " not"),
    ("'re", " are"),
    ("'ve", " have"),
    ("'ll", " will"),
    ("'m", " am"),
    ("'s", ""),
    ("'d", ""),
)


ZWJ: Final = "\u200d"
_KEYCAP: Final = "\u20e3"
_REGIONAL: Final = "[\U0001f1e6-\U0001f1ff]"


@cache
def emoji_names() -> dict[str, str]:
    """English name of each emoji token, e.g. ``{"🚀": "rocket"}``; variants share the token of their base."""
    import emoji

    names: dict[str, str] = {}
    for sequence, entry in emoji.EMOJI_DATA.items():
        token = VARIANTS.sub("", sequence)
        if token and not token.isascii():
            name = str(entry["en"]).strip(":").replace("_", " ").replace("-", " ").lower()
            if token not in names or len(name) < len(names[token]):
                names[token] = name
    return dict(sorted(names.items()))


@cache
def emoji_pattern() -> str:
    """Regular expression of one emoji: keycap, flag, or a chain of pictures joined by ZWJ."""
    singles = {c for token in emoji_names() for c in token} - set("0123456789*#") - {ZWJ, _KEYCAP}
    picture = "[" + "".join(re.escape(c) for c in sorted(singles) if not re.match(_REGIONAL, c)) + "]"
    return f"[0-9*#]{_KEYCAP}|{_REGIONAL}{{1,2}}|{picture}(?:{ZWJ}{picture})*"


def emoji_tokens(sequence: str) -> str:
    """Space-separated tokens of a matched sequence: itself where Unicode knows it, else its parts."""
    if sequence in emoji_names():
        return sequence
    return " ".join(c for c in sequence if c != ZWJ)
