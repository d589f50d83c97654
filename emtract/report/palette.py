"""Colours: one tone an emotion, in a light and a dark theme, safe for colour-vision deficiency."""

from __future__ import annotations

from typing import Final

from emtract.emotions import EMOTIONS
from emtract.report.names import split_term

# Both rows follow the order of EMOTIONS. Any two tones stay apart under simulated colour-vision deficiency, and each has
# about 3:1 contrast with its page: tests/report/test_palette.py measures both.
_LIGHT: Final = ("#868c95", "#bd8200", "#2a5caa", "#d1432f", "#00916a", "#2d9bd4", "#a8327c")
_DARK: Final = ("#838b96", "#e8b93a", "#6a9be6", "#f2705c", "#35c99a", "#8fd8f8", "#e277bc")

#: Tone -> colour on a light page; `other` is any regressor that is no emotion, `truth` the mark of a known value.
LIGHT: Final[dict[str, str]] = {
    **dict(zip(EMOTIONS, _LIGHT, strict=True)),
    "valence": "#3d4451",
    "attention": "#6d6a8f",
    "other": "#3d4451",
    "truth": "#15171a",
}
#: The same tones on a dark page.
DARK: Final[dict[str, str]] = {
    **dict(zip(EMOTIONS, _DARK, strict=True)),
    "valence": "#d9dce1",
    "attention": "#a9a5cf",
    "other": "#d9dce1",
    "truth": "#ffffff",
}


def tone(term: str) -> str:
    """Tone of a regressor: its emotion, `valence`, `attention`, or `other`."""
    base = split_term(term)[0]
    return base if base in LIGHT else "other"
