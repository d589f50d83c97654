"""Ticker symbols: the forms they are written in, one canonical spelling, and where a post names them.

`FORMS` is the one table: what a cashtag in a post is, what stands for it in the store, and what a file of prices or a cell of a
table is called all follow from it.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

from emtract.characters import readable

if TYPE_CHECKING:
    from collections.abc import Callable

_ROOT: Final = "([A-Za-z][A-Za-z0-9]{0,9})"
#: Codes of exchanges after a dot, as Yahoo, Reuters, Bloomberg and StockTwits write them; in capitals, since the word after
#: `$TSLA.` may begin a sentence.
_CODES: Final = """
    AS AT AU AX BA BC BD BE BK BO BR BSE CA CN CO CR CT DE DU F FP FR GR HA HE HK HM IC IL IN IR IS JK JO JP KL KQ KS KW L
    LM LN LS LSE MC ME MI MU MX N NE NS NSE NX NZ O OB OL OQ PA PK QA RG RO S SA SG SI SN SR SS ST SW SZ T TA TI TL TO TW
    TWO US V VI VN VS VX WA XC XE
"""
#: Those that posts write in small letters too, and that are no words.
_SMALL: Final = ("ax", "ca", "de", "hk", "l", "ns", "pa", "v")
#: Exchanges whose codes of firms are numbers.
_NUMBERED: Final = "KL|KQ|KS|SR|SS|SZ|T|TW|TWO"
_VENUE: Final = "|".join((*_CODES.split(), *_SMALL))
#: A letter of a share class: after a dot none that is a venue's or the word I; `$AAPL-led` and `$TSLA/F` name one firm, or two.
#: `MKC.V` is so the TSX Venture's, though McCormick has shares of that class: a post does not tell them apart, `MKC-V` does.
_CLASS: Final = (
    r"(?:\.([A-EGHJKMP-RUWb-eghjkmp-ruw]|(?<=[a-z]\.)a)|-([A-Wa-w])|_([A-EG-Wa-eg-w])|/([ABU])"
    r"|[./-](U[Nn]|W[SsTtIi]|R[Tt]|PR[A-W]))"
)


class SymbolForm(NamedTuple):
    """One way to write a symbol.

    Attributes
    ----------
    name
        What it is.
    pattern
        Regular expression of the symbol without its `$`, as posts write it.
    spelling
        What the store writes: `{0}` is the first group of the pattern that took part, and so on, in capitals.
    example, canonical
        A symbol of the form, and its spelling in the store.
    """

    name: str
    pattern: str
    spelling: str
    example: str
    canonical: str


#: In the order in which they are tried; the longer form of two stands first.
FORMS: Final = (
    SymbolForm("class at a venue", rf"{_ROOT}{_CLASS}\.({_VENUE})", "{0}-{1}.{2}", "BBD.B.CA", "BBD-B.CA"),
    SymbolForm("preferred share", rf"{_ROOT}[./-]PR[./-]([A-W])", "{0}-PR{1}", "ALR.PR.B", "ALR-PRB"),
    SymbolForm("coin", rf"{_ROOT}[.-][Xx]", "{0}.X", "btc.x", "BTC.X"),
    SymbolForm("future", rf"{_ROOT}[_=][Ff]", "{0}_F", "ES=F", "ES_F"),
    SymbolForm("currency", rf"{_ROOT}=[Xx]", "{0}=X", "EURUSD=X", "EURUSD=X"),
    SymbolForm("share class", rf"{_ROOT}{_CLASS}", "{0}-{1}", "BRK/B", "BRK-B"),
    SymbolForm("venue", rf"{_ROOT}\.({_VENUE})", "{0}.{1}", "VOD.L", "VOD.L"),
    SymbolForm(
        "number at a venue", rf"([0-9]{{3,5}})\.(HK)|([0-9]{{4,6}})\.({_NUMBERED})", "{0}.{1}", "0700.HK", "0700.HK"
    ),
    SymbolForm("index", rf"\^{_ROOT}", "^{0}", "^VIX", "^VIX"),
    SymbolForm("plain", _ROOT, "{0}", "AAPL", "AAPL"),
)

#: A cashtag: `$` and a symbol of one of the forms. Most have nothing after the letters, and are spared the other forms.
_SYMBOL: Final = rf"(?:{_ROOT}(?![A-Za-z0-9._/=-])|{'|'.join(form.pattern for form in FORMS)})(?![A-Za-z0-9])"
CASHTAG: Final = rf"\${_SYMBOL}"
_CASHTAG = re.compile(CASHTAG)
#: A row of cashtags; `US$TSLA`, `FM$C` and `$$AAPL` are none.
_CASHTAGS = re.compile(rf"\$(?<![A-Za-z0-9$]\$){_SYMBOL}(?:\${_SYMBOL})*")
#: A link that goes on up to the place in question: a `$` in it names nothing.
_IN_LINK = re.compile(r"(?i:https?:/|www\.)[!-;=?-~]*$")
_BEFORE = re.compile(r"^[\s$]+")
_AFTER_ROOT = re.compile(r"[-._=].*$")
_SPELLINGS: Final = tuple((re.compile(form.pattern), form.spelling) for form in FORMS)
#: What the symbol of a listed security, a future, an index or a coin can look like: `A`, `GOOGL`, `BRK-B`, `BTC.X`, `0700.HK`.
_PLAUSIBLE = re.compile(r"\^?[A-Z]{1,5}(?![A-Z0-9])|[A-Z]{6}=|[0-9]{3,6}\.")


# An archive names the same few thousand symbols over and over.
@lru_cache(maxsize=65_536)
def canonical_symbol(raw: str) -> str:
    """Return the one spelling used in the store, for posts, prices and tables alike.

    Upper case, no leading `$`, and the spelling of `FORMS`: share classes with a hyphen (`BRK.B`, `brk_b` and `BRK/B` are
    `BRK-B`), venues, coins and futures as written (`VOD.L`, `BTC.X`, `ES_F`). What has none of the forms is only put in capitals.

    Examples
    --------
    >>> [canonical_symbol(written) for written in ("$tsla", "BRK.B", "brk_b", "vod.l", "$btc.x", "ES=F")]
    ['TSLA', 'BRK-B', 'BRK-B', 'VOD.L', 'BTC.X', 'ES_F']
    """
    symbol = _BEFORE.sub("", raw).rstrip().upper()
    for pattern, spelling in _SPELLINGS:
        if match := pattern.fullmatch(symbol):
            return spelling.format(*(part for part in match.groups() if part is not None))
    return symbol


def root(symbol: str) -> str:
    """Return what a canonical symbol begins with before its class, venue or kind: `BRK` of `BRK-B`, `ES` of `ES_F`.

    Examples
    --------
    >>> root("BRK-B"), root("ES_F")
    ('BRK', 'ES')
    """
    return _AFTER_ROOT.sub("", symbol)


def is_plausible_ticker(symbol: str) -> bool:
    """Whether a canonical symbol has the form of a listed ticker: one to five letters, or a number at a venue.

    Examples
    --------
    >>> is_plausible_ticker("GOOGL"), is_plausible_ticker("TOTHEMOON")
    (True, False)
    """
    return _PLAUSIBLE.match(symbol) is not None and any(p.fullmatch(symbol) for p, _ in _SPELLINGS)


@lru_cache(maxsize=65_536)
def symbols_of(cashtags: str) -> tuple[str, ...]:
    """Canonical symbols of cashtags that follow one another without a gap."""
    return tuple(canonical_symbol(tag.group()) for tag in _CASHTAG.finditer(cashtags))


def replace_cashtags(text: str, replace: Callable[[str], str]) -> str:
    """Put what `replace` makes of it in the place of each cashtag, or row of cashtags without a gap, of a text.

    Examples
    --------
    >>> replace_cashtags("$TSLA over $F", str.lower)
    '$tsla over $f'
    """
    if "$" not in text:
        return text

    def each(match: re.Match[str]) -> str:
        place = match.start()
        if place and text[place - 1] != " " and _IN_LINK.search(text, text.rfind(" ", 0, place) + 1, place):
            return match.group()
        return replace(match.group())

    return _CASHTAGS.sub(each, text)


def extract_cashtags(body: str) -> tuple[str, ...]:
    """Canonical symbols of the cashtags in a post as delivered, in order of first appearance, without repeats.

    `$5` and `$5k` are amounts, not cashtags. The cleaner puts a placeholder for each of these, and for nothing else.

    Examples
    --------
    >>> extract_cashtags("long $TSLA and $brk.b, $5k in, $TSLA again")
    ('TSLA', 'BRK-B')
    """
    # A disguised `$` is an entity, an escape or no ASCII.
    if "$" not in body and body.isascii() and "&" not in body and "\\" not in body:
        return ()
    named: dict[str, None] = {}

    def note(cashtags: str) -> str:
        named.update(dict.fromkeys(symbols_of(cashtags)))
        return cashtags

    replace_cashtags(readable(body), note)
    return tuple(named)
