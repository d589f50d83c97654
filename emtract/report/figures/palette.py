"""Colours: one tone an emotion, in a light and a dark theme, safe for colour-vision deficiency."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from emtract.emotions import EMOTIONS
from emtract.words.columns import NOUNS

if TYPE_CHECKING:
    from collections.abc import Sequence

# Both rows follow the order of EMOTIONS. Any two tones stay apart under simulated colour-vision deficiency, and each has
# about 3:1 contrast with its page: tests/report/figures/test_palette.py measures both.
_LIGHT: Final = ("#868c95", "#bd8200", "#2a5caa", "#d1432f", "#00916a", "#2d9bd4", "#a8327c")
_DARK: Final = ("#838b96", "#e8b93a", "#6a9be6", "#f2705c", "#35c99a", "#8fd8f8", "#e277bc")

#: Tones of one hue from weak to strong: quintiles, high and low, and lines that name no emotion.
STEPS: Final = ("step-1", "step-2", "step-3", "step-4", "step-5")
#: Tone -> colour on a light page; `other` is any regressor that is no emotion, `truth` the mark of a known value.
LIGHT: Final[dict[str, str]] = {
    **dict(zip(EMOTIONS, _LIGHT, strict=True)),
    "valence": "#3d4451",
    "attention": "#6d6a8f",
    "other": "#3d4451",
    "truth": "#15171a",
    "quiet": "#8b9097",
    **dict(zip(STEPS, ("#7d929d", "#64808f", "#4c6c7d", "#36566a", "#1d3f52"), strict=True)),
}
#: The same tones on a dark page.
DARK: Final[dict[str, str]] = {
    **dict(zip(EMOTIONS, _DARK, strict=True)),
    "valence": "#d9dce1",
    "attention": "#a9a5cf",
    "other": "#d9dce1",
    "truth": "#ffffff",
    "quiet": "#7d848e",
    **dict(zip(STEPS, ("#5d7784", "#7891a0", "#94acb9", "#b2c7d2", "#d3e3eb"), strict=True)),
}
#: Dashes tell lines apart that share a tone.
DASHES: Final = ("solid", "dash", "dot")
#: Ends and middle of the scale of a heat map.
HEAT_LIGHT: Final = ("#2a5caa", "#f1f1ee", "#b5520b")
HEAT_DARK: Final = ("#3d6fbf", "#22262c", "#b8621b")
# The surprise of an announcement is no emotion.
_UNFELT: Final = re.compile(r"earnings surprise|unexpected earnings", re.IGNORECASE)
_WORD: Final = re.compile("[a-z]+")


def tone(term: str) -> str:
    """Tone of a regressor or of words that name an emotion: its emotion, `valence`, `attention`, or `other`."""
    for word in _WORD.findall(_UNFELT.sub("", term).lower()):
        named = NOUNS.get(word, word)
        if named in EMOTIONS or named in {"valence", "attention"}:
            return str(named)
    return "other"


def series_tones(names: Sequence[str]) -> list[tuple[str, str]]:
    """Tone and dash of each of several lines: its emotion's where no two share one, else steps of one hue."""
    own = [tone(name) for name in names]
    if len({LIGHT[named] for named in own}) == len(own):
        return [(named, "solid") for named in own]
    held = len(names) - sum(map(_is_difference, names))
    return [_step(name, i, held) for i, name in enumerate(names)]


def _step(name: str, place: int, count: int) -> tuple[str, str]:
    """Tone and dash of one of several names: an even step on the scale, the strongest last; a difference stands out."""
    if _is_difference(name):
        return "other", "solid"
    if count <= len(STEPS):
        return STEPS[round(place * (len(STEPS) - 1) / max(1, count - 1)) if count > 1 else -1], "solid"
    return STEPS[-1 - place % len(STEPS)], DASHES[place // len(STEPS) % len(DASHES)]


def _is_difference(name: str) -> bool:
    return " minus " in name or " less " in name
