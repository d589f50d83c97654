r"""What a reader of a post sees: entities undone, damaged characters mended, disguises of Unicode taken off.

Damage is of three kinds: bytes of UTF-8 that were read in another encoding (`ðŸš€`, `donâ€™t`), characters that a program spelt
out (`<U+0001F680>`, `\ud83d\ude80`, `b'\xf0\x9f\x9a\x80'`), and emojis by name (`:rocket:`). It is mended where the repair is
certain; intact text is returned as it is. The cleaner and the readers of archives go by the same characters, so that both find
the same cashtags.
"""

from __future__ import annotations

import codecs
import html
import re
import unicodedata
from functools import cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable


#: Python refuses to read a decimal number of more digits than this; a character's has seven.
_MOST_DIGITS: Final = 4_300
_ENDLESS = re.compile(rf"&#[0-9]{{{_MOST_DIGITS + 1},}};?")
#: One character beyond U+FFFF as two entities, a half each: HTML knows neither half.
_HALVES = re.compile(r"&#(x[dD][89aAbB][0-9a-fA-F]{2}|5[56][0-9]{3});&#(x[dD][c-fC-F][0-9a-fA-F]{2}|5[67][0-9]{3});")
#: What Python's `str` makes of UTF-8 bytes, as a whole post.
_BYTES_LITERAL = re.compile(
    r"""b'((?:[ -&(-\[\]-~]|\\(?:x[0-9a-f]{2}|[nrt\\'"]))*+)'|b"((?:[ !#-\[\]-~]|\\(?:x[0-9a-f]{2}|[nrt\\]))*+)\""""
)
_LITERAL_ESCAPE = re.compile(r"\\(x([0-9a-f]{2})|.)")
#: Runs of escapes of Python, JavaScript, JSON and Perl; a backslash may be escaped itself.
_ESCAPES = re.compile(
    r"(?:\\{1,2}u[0-9A-Fa-f]{4})++|(?:\\{1,2}U[0-9A-Fa-f]{8})++|(?:\\{1,2}[ux]\{[0-9A-Fa-f]{1,6}\})++|(?:\\{1,2}x[0-9A-Fa-f]{2})++"
)
#: What R prints for a character, and for a byte, that its locale does not have; and emojis as Twitter's pages named them.
_BRACKETS = re.compile(r"(?:<U\+[0-9A-Fa-f]{4,8}>)++|(?:<[0-9a-f]{2}>){2,}+|<Emoji: ([^<>\n]{2,60})>")
_HEX = re.compile(r"[0-9A-Fa-f]{2,}|(?<=\{)[0-9A-Fa-f]")
_NAME: Final = r":[A-Za-z0-9+\-][A-Za-z0-9_+\-]{1,50}:"
#: Names of emojis that stand by themselves, or two and more in a row; `12:30:45` and `Re:up:` are none.
_NAMES = re.compile(rf"(?<![\w:])(?:{_NAME})+(?![\w:])|(?:{_NAME}){{2,}}")
_ONE_NAME = re.compile(_NAME)
#: First bytes of a character, as Windows-1252, Latin-1 or Mac Roman read them, and one that follows: only these are looked into.
_MISREAD = re.compile(
    "[\u00c2-\u00f4][\u0080-\u00bf\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u0192\u02c6\u02dc\u2013-\u2026\u2030\u2039\u203a\u20ac\u2122]"
    "|\u201a\u00c4|\u221a[\u00a7-\u2260]|[\u0080-\u009f]"
)
_SKIN = re.compile(r":skin-tone-[1-6]:")
#: A closing quotation mark of which a reader dropped the byte that Windows-1252 does not have.
_CLOSING = re.compile(r"â€(?=[\s.,;:!?)]|$)")
#: A space that would stand for the byte A0 of a character of three bytes or four: that is no certain damage, as `Ã ` is.
_APART = re.compile("(?<=[\u00e2-\u00f4]) |(?<=[\u00e2-\u00f4][^\x00-\x7f]) |(?<=[\u00e2-\u00f4][^\x00-\x7f]{2}) ")
_FEWEST_FOREIGN: Final = 4
#: ASCII that programs escape for safety.
_ESCAPED_ASCII: Final = frozenset("&<>\"'$/=+`")
#: Characters of a post that are read with care; no platform's short posts are longer.
MAX_CHARACTERS: Final = 20_000
#: Presentation selectors, skin tones, gender suffixes and flag tags: they vary a picture without changing what it says.
VARIANTS: Final = re.compile(
    "[\ufe00-\ufe0f\U0001f3fb-\U0001f3ff\U000e0000-\U000e007f]|\u200d[\u2640\u2642](?:\ufe0f)?",
)
_SURROGATES = re.compile("[\ud800-\udfff]")
_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f]")
_INVISIBLE = re.compile("[\u00ad\u200b\u200c\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffd]")
_SINGLE_QUOTES = re.compile("[\u2018\u2019\u201a\u201b\u02bc\u00b4`]")
_DOUBLE_QUOTES = re.compile("[\u201c\u201d\u201e\u00ab\u00bb]")
_DASHES = re.compile("[\u2010-\u2015\u2212]")
#: Ampersands that hide one another, to be undone in one step; a chain of n would take n rounds of unescaping.
_AMPERSANDS = re.compile(r"&(?:(?:amp|AMP|#0{0,9}38(?!\d)|#[xX]0{0,9}26(?![0-9a-fA-F]));?)++")


def unescape(text: str) -> str:
    """Return the text with its HTML entities undone; a number that no character has becomes U+FFFD."""
    if "&" not in text:
        return text
    if "&#" in text:
        text = _HALVES.sub(_joined, text)
    return html.unescape(_ENDLESS.sub("\ufffd", text) if len(text) > _MOST_DIGITS else text)


def _joined(match: re.Match[str]) -> str:
    high, low = (int(half[1:], 16) if half[0] == "x" else int(half) for half in match.groups())
    if not (0xD800 <= high < 0xDC00 <= low < 0xE000):
        return match.group()
    return chr(0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00))


def mend(text: str) -> str:
    """Return the text with its damaged characters put right, or the same text where none is certain to be damaged.

    Parameters
    ----------
    text
        The text of a post, HTML entities undone.

    Examples
    --------
    >>> mend("donâ€™t sell ðŸš€")
    'don’t sell 🚀'
    """
    while True:
        out = text
        if out[:2] in {"b'", 'b"'} and (literal := _BYTES_LITERAL.fullmatch(out.strip())):
            out = _from_literal(literal[1] or literal[2] or "") or out
        if "\\" in out:
            out = _ESCAPES.sub(_unescaped, out)
        if "<" in out:
            out = _BRACKETS.sub(_unbracketed, out)
        if _ONE_NAME.search(out):
            out = _NAMES.sub(_named, out)
        if not out.isascii() and _MISREAD.search(out):
            out = _redecoded(out)
        if out == text:
            return out
        text = out


def is_damaged(body: str) -> bool:
    """Say whether a post, as the platform delivered it, holds damaged characters that `mend` puts right."""
    text = unescape(body)
    return mend(text) != text


def _redecoded(text: str) -> str:
    """Undo UTF-8 that was read as Windows-1252 or another encoding of one byte a character."""
    from ftfy import fix_encoding
    from ftfy.badness import is_bad

    if not is_bad(text):
        return text
    fixed = _CLOSING.sub("”", " ".join(fix_encoding(part) for part in _APART.split(text)))
    # A Greek or Chinese letter or two come out of two stray marks; of a word that was misread come more.
    foreign = sum(c not in text and c.isalpha() and not unicodedata.name(c, "").startswith("LATIN") for c in fixed)
    return text if 0 < foreign < _FEWEST_FOREIGN else fixed


def _from_literal(inner: str) -> str | None:
    plain = {"n": "\n", "r": "\r", "t": "\t"}
    latin = _LITERAL_ESCAPE.sub(lambda m: chr(int(m[2], 16)) if m[2] else plain.get(m[1], m[1]), inner)
    return _from_bytes(latin.encode("latin-1"))


def _unescaped(match: re.Match[str]) -> str:
    run = match.group()
    codes = [int(code, 16) for code in _HEX.findall(run)]
    if run.lstrip("\\").startswith("x") and "{" not in run:
        found = _from_bytes(bytes(codes))
        return found if found and not found.isascii() else run
    return _from_points(codes) or run


def _unbracketed(match: re.Match[str]) -> str:
    run = match.group()
    if match[1]:
        return _emojis().get(_key(match[1]), run)
    codes = [int(code, 16) for code in _HEX.findall(run)]
    if run.startswith("<U+"):
        return _from_points(codes) or run
    found = _from_bytes(bytes(codes))
    return found if found and not found.isascii() else run


def _named(match: re.Match[str]) -> str:
    bare = _SKIN.sub("", match.group())
    return _ONE_NAME.sub(lambda name: _emojis().get(_key(name.group()[1:-1]), name.group()), bare)


def _from_points(codes: Iterable[int]) -> str | None:
    """Return the characters of code points or of UTF-16 units, or None where one is none that a post would hold."""
    codes = list(codes)
    if any(code > 0x10FFFF for code in codes):
        return None
    try:
        text = "".join(map(chr, codes)).encode("utf-16-le", "surrogatepass").decode("utf-16-le")
    except UnicodeDecodeError:
        return None
    return text if all(map(_is_likely, text)) else None


def _is_likely(character: str) -> bool:
    if character.isascii():
        return character in _ESCAPED_ASCII
    return unicodedata.category(character) not in {"Cc", "Cn", "Co", "Cs"}


def _from_bytes(data: bytes) -> str | None:
    """Return the text of UTF-8 bytes, surrogates one by one included; a character that is cut at the end is dropped."""
    whole = data[: len(data) - _cut(data)]
    try:
        return whole.decode("utf-8", "surrogatepass").encode("utf-16-le", "surrogatepass").decode("utf-16-le")
    except UnicodeDecodeError:
        return None


def _cut(data: bytes) -> int:
    """Bytes of an unfinished character at the end."""
    decoder = codecs.getincrementaldecoder("utf-8")("surrogatepass")
    try:
        decoder.decode(data)
    except UnicodeDecodeError:
        return 0
    return len(decoder.getstate()[0])


def _key(name: str) -> str:
    return re.sub(r"[\s-]", "_", name.strip().lower())


@cache
def _emojis() -> dict[str, str]:
    """Emoji of each name and short name."""
    import emoji

    named: dict[str, str] = {}
    for sequence, entry in emoji.EMOJI_DATA.items():
        for name in (entry["en"], *entry.get("alias", ())):
            named.setdefault(_key(name.strip(":")), sequence)
    return named


def decode(text: str, *, mending: bool = True) -> str:
    """Undo HTML entities, damage and Unicode disguises (NFKC), drop what cannot be seen, and unify quotes, dashes and emojis.

    Runs to a fixed point, since an entity may hide an entity (`&amp;amp;`) and NFKC may reveal one.
    """
    while True:
        out = unescape(_AMPERSANDS.sub("&", text)) if "&" in text else text
        out = mend(out) if mending else out
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


def readable(body: str) -> str:
    """Return a post's characters as `decode` gives them; beyond the first 20,000 only entities are undone."""
    if len(body) <= MAX_CHARACTERS:
        return decode(body)
    cut = max(body.rfind(" ", 0, MAX_CHARACTERS), body.rfind("\n", 0, MAX_CHARACTERS))
    cut = MAX_CHARACTERS if cut <= 0 else cut
    return decode(body[:cut]) + unescape(body[cut:])
