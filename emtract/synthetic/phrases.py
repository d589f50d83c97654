"""From an emotion to a post's text: banks of phrases (`phrases/*.toml`) and the grammar that joins them."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Final, NamedTuple

from emtract.emotions import EMOTIONS, Emotion

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import numpy as np

_CHOICE = re.compile(r"<([^<>]*\|[^<>]*)>")
_SLOT = re.compile(r"\{(\w+)\}")
_LONG_WORD = re.compile(r"[a-z]{5,}")
_STRETCHED = re.compile(r"\b(so|wow|no|yes|love|go|moon|whoa|sad|damn|gross|help|omg|yay|ugh|hate|boom|scared)\b")
_DAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday")
#: How often a post opens, and how often it closes, with a phrase of its own beside the core.
_OPENED: Final = 0.4
_CLOSED: Final = 0.4
#: Stand-ins for what keeps its case: the tickers and a link.
_TICKERS: Final = "\x01"
_LINK: Final = "\x02"


@dataclass(frozen=True)
class Phrases:
    """The bank of one emotion: `<a|b>` is a choice, `{slot}` is filled in."""

    cores: tuple[str, ...]
    openers: tuple[str, ...]
    closers: tuple[str, ...]
    emojis: tuple[str, ...]
    emoji_only: tuple[str, ...]


class Topic(NamedTuple):
    """What a post is about: cashtags, the firm's short name, its price in dollars, and a link should it need one."""

    cashtags: str
    name: str
    price: float
    url: str


@cache
def load_phrases() -> Mapping[Emotion, Phrases]:
    """Read the banks that ship with the package."""
    folder = files("emtract.synthetic") / "phrases"
    banks = {emotion: tomllib.loads((folder / f"{emotion}.toml").read_text(encoding="utf-8")) for emotion in EMOTIONS}
    return {emotion: Phrases(**{key: tuple(lines) for key, lines in bank.items()}) for emotion, bank in banks.items()}


def write_words(emotion: Emotion, topic: Topic, rng: np.random.Generator) -> str:
    """Write a post in words: opener, core and closer of the emotion's bank, then case, typos and emojis.

    Parameters
    ----------
    emotion
        Whose bank is drawn from; neutral posts have fewer emojis and no stretched words.
    topic
        Fills the slots for tickers, name, prices and link.
    rng
        Source of chance.
    """
    bank = load_phrases()[emotion]
    core = _pick(bank.cores, rng)
    led = core.startswith("{t} ")
    spot = rng.random() if led else 0.5
    text = _fill(_frame(core.removeprefix("{t} "), bank, rng), topic, rng)
    text = _ruffle(text, rng, calm=emotion == "neutral")
    if rng.random() < (0.08 if emotion == "neutral" else 0.4):
        text += " " + _pick(bank.emojis, rng)
    if led:
        text = f"{_TICKERS} {text}" if spot < 0.8 else f"{text} {_TICKERS}" if spot < 0.93 else text
    return text.replace(_TICKERS, topic.cashtags).replace(_LINK, topic.url)


def write_emojis(emotion: Emotion, topic: Topic, rng: np.random.Generator) -> str:
    """Write a post of cashtags and emojis.

    Parameters
    ----------
    emotion
        Whose bank is drawn from.
    topic
        Only its cashtags are used.
    rng
        Draws the emojis.
    """
    return _pick(load_phrases()[emotion].emoji_only, rng).replace("{t}", topic.cashtags)


def _frame(core: str, bank: Phrases, rng: np.random.Generator) -> str:
    """Put an opener before the core and a closer behind it, each only now and then."""
    text = f"{_pick(bank.openers, rng)} {core}" if rng.random() < _OPENED else core
    if rng.random() < _CLOSED:
        text += _pick((", ", ". ", " ", "... ", " - "), rng) + _pick(bank.closers, rng)
    return text


def _pick(options: Sequence[str], rng: np.random.Generator) -> str:
    return options[int(rng.random() * len(options))]


def _fill(template: str, topic: Topic, rng: np.random.Generator) -> str:
    """Settle the choices, then the slots."""
    text = _CHOICE.sub(lambda match: _pick(match.group(1).split("|"), rng), template)
    return _SLOT.sub(lambda match: _SLOTS[match.group(1)](topic, rng), text)


def _ruffle(text: str, rng: np.random.Generator, *, calm: bool) -> str:
    """Vary the case, stretch a word, slip a letter and repeat a mark, as people in a hurry do."""
    if rng.random() < 0.45:
        text = text.lower()
    elif rng.random() < (0.01 if calm else 0.1):
        text = text.upper()
    if not calm and rng.random() < 0.12:
        text = _STRETCHED.sub(
            lambda match: match.group() + match.group()[-1] * int(2 + 4 * rng.random()), text, count=1
        )
    if rng.random() < 0.07:
        text = _slip(text, rng)
    if not calm and rng.random() < 0.15:
        text += _pick(("!", "!!", "...", "!!!"), rng)
    return text


def _slip(text: str, rng: np.random.Generator) -> str:
    """Swap, drop or double one letter inside one longer word."""
    words = list(_LONG_WORD.finditer(text))
    if not words:
        return text
    word = words[int(rng.random() * len(words))]
    i = word.start() + 1 + int(rng.random() * (len(word.group()) - 2))
    kind = rng.random()
    if kind < 0.4:
        return text[:i] + text[i + 1] + text[i] + text[i + 2 :]
    return text[:i] + text[i + 1 :] if kind < 0.8 else text[:i] + text[i] + text[i:]


#: Slot -> how to fill it.
_SLOTS: Final[dict[str, Callable[[Topic, np.random.Generator], str]]] = {
    "t": lambda topic, rng: _TICKERS,
    "url": lambda topic, rng: _LINK,
    "name": lambda topic, rng: topic.name,
    "p": lambda topic, rng: f"{_pick(('', '', '$'), rng)}{topic.price * (0.85 + 0.3 * rng.random()):.2f}",
    "low": lambda topic, rng: f"{topic.price * (0.6 + 0.2 * rng.random()):.2f}",
    "pct": lambda topic, rng: f"{1 + 60 * rng.random() ** 2:.{_pick('001', rng)}f}",
    "n": lambda topic, rng: f"{int(1 + 90 * rng.random())}{_pick(('k', '00', ',000'), rng)}",
    "d": lambda topic, rng: str(2 + int(8 * rng.random())),
    "day": lambda topic, rng: _pick(_DAYS, rng),
    "ampm": lambda topic, rng: _pick(("am", "pm"), rng),
    "rocket": lambda topic, rng: "🚀" * (1 + int(3 * rng.random())),
}
