"""The page of one post: what it was read as, and what each of its words adds to each emotion."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from emtract.atomic import write_if_changed
from emtract.emotions import EMOTIONS, valence
from emtract.model.explain import MAX_EXACT
from emtract.report.files import render
from emtract.words.names import term_name
from emtract.words.numbers import percent, signed, things

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from emtract.emotions import Emotion
    from emtract.model.explain import Explanation

#: Characters of the post that the page shows.
MAX_SHOWN: Final = 4_000
_SCALE_REM: Final = 2.4
#: The tallest bar stands for at least this much, so that rounding never looks like a reason.
_LEAST_SCALE: Final = 0.05
_STAND_IN: Final = re.compile("<[a-z]+>")
_UNSEEN: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069]")
_METHOD_NAMES: Final = {"occlusion": "occlusion", "shapley": "Shapley values"}
_LEADS: Final = {
    "occlusion": "The post was scored without each of its words: a word\u2019s number is what the probability loses with it.",
    "shapley": "The post was scored with many selections of its words: a word\u2019s number is what it adds on average.",
}
_READINGS: Final = {
    "occlusion": "Percentage points of probability. They need not add up: of two words that say the same, either can be spared.",
    "shapley": "Percentage points of probability. Added to what a text without words has, they give what the post has.",
}
_SAMPLED: Final = "They rest on a sample of those selections: with another sample a number can move by a few points."


@dataclass(frozen=True)
class Bar:
    """One word of the strip, ready to print."""

    token: str
    points: str
    side: str
    height: float
    tint: int
    strong: bool
    look: str
    hint: str


@dataclass(frozen=True)
class View:
    """What the page shows while one emotion is chosen."""

    emotion: Emotion
    name: str
    share: str
    width: float
    base_width: float
    heading: str
    up: float
    down: float
    bars: tuple[Bar, ...]


def write_explanation(explanation: Explanation, path: Path, *, emotion: Emotion | None = None) -> Path:
    """Write the page of a post: one file that works offline and runs no script.

    Parameters
    ----------
    explanation
        What `emtract.explain` returned.
    path
        File to write; it takes the place of an old one at once.
    emotion
        Emotion that the page opens with; by default the post's label.
    """
    write_if_changed(path, render("explanation.html.j2", **explanation_context(explanation, emotion=emotion)))
    return path


def explanation_context(explanation: Explanation, *, emotion: Emotion | None = None) -> dict[str, Any]:
    """Everything that the template prints, as text and lengths."""
    attributions = explanation.attributions
    largest = max(_LEAST_SCALE, float(abs(attributions).max(initial=0.0)))
    rem = _SCALE_REM / largest
    return {
        "title": f"{term_name(explanation.label)}, {percent(float(explanation.probabilities.max()))}",
        "post": shown(explanation.post).strip() or "(an empty post)",
        "label": explanation.label,
        "chosen": emotion or explanation.label,
        "answer": answer(explanation),
        "facts": _facts(explanation),
        "lead": _LEADS[explanation.method],
        "reading": _reading(explanation),
        "views": [_view(explanation, column, rem, largest) for column in range(len(EMOTIONS))],
        "rows": [(t, _cells(row)) for t, row in zip(explanation.tokens, attributions, strict=True)],
        "ends": _ends(explanation),
    }


def answer(explanation: Explanation) -> str:
    """The words that speak most for and against the label, in a sentence or two."""
    if not explanation.tokens:
        return "Nothing is left of the post after cleaning: there is no word to explain, and the answer is the answer to no text."
    worth = explanation.frame(explanation.label).group_by("token", maintain_order=True).agg(pl.len(), pl.last().sum())
    ranked = sorted(worth.rows(), key=lambda row: -row[2])
    pro = [_worth(*row) for row in ranked[:3] if row[2] >= 0.01]
    con = [_worth(*row) for row in ranked[:-3:-1] if row[2] <= -0.01]
    sides = f"{', '.join(pro) or 'no word'}" + (f"; against it: {', '.join(con)}" if con else "")
    return f"Percentage points for {explanation.label}: {sides}."


def _worth(token: str, times: int, value: float) -> str:
    many = f"\u00a0\u00d7\u00a0{times}" if times > 1 else ""
    return f"\u2068{token}\u2069{many}\u00a0{_points(value)}"


def shown(text: str) -> str:
    """A post as a page may show it: controls and overrides of direction as a mark, and not too long."""
    out = _UNSEEN.sub("\ufffd", text[:MAX_SHOWN])
    return f"{out}\u2026" if len(text) > MAX_SHOWN else out


def _points(value: float) -> str:
    text = signed(100 * value, 1)
    return text if text[0] == "\u2212" or float(text) == 0 else f"+{text}"


def _cells(row: Sequence[float]) -> tuple[str, ...]:
    return tuple(_points(float(value)) for value in row)


def _facts(explanation: Explanation) -> list[tuple[str, str]]:
    read = things(len(explanation.tokens), "word") + (", the rest is cut" if explanation.truncated else "")
    kind = [] if explanation.kind == "words" else [("Text", explanation.kind.replace("_", " "))]
    return [
        ("Valence", signed(float(valence(explanation.probabilities[None])[0]), 2)),
        ("Read", read),
        *kind,
        ("Method", f"{_METHOD_NAMES[explanation.method]}, {things(explanation.n_scored, 'text')} scored"),
        ("Model", f"{explanation.scorer}@{explanation.revision}"),
        ("Cleaner", explanation.cleaner),
    ]


def _reading(explanation: Explanation) -> str:
    sampled = explanation.method == "shapley" and len(explanation.tokens) > MAX_EXACT
    return _READINGS[explanation.method] + (f" {_SAMPLED}" if sampled else "")


def _view(explanation: Explanation, column: int, rem: float, largest: float) -> View:
    name = EMOTIONS[column]
    share, base = float(explanation.probabilities[column]), float(explanation.base[column])
    values = explanation.attributions[:, column].tolist()
    return View(
        emotion=name,
        name=term_name(name),
        share=percent(share),
        width=round(100 * share, 2),
        base_width=round(100 * base, 2),
        heading=f"{term_name(name)}: {percent(share)}, and {percent(base)} without any word",
        up=round(rem * max(values, default=0.0), 2),
        down=round(-rem * min(values, default=0.0), 2),
        bars=tuple(_bar(t, v, name, rem, largest) for t, v in zip(explanation.tokens, values, strict=True)),
    )


def _bar(token: str, value: float, emotion: Emotion, rem: float, largest: float) -> Bar:
    return Bar(
        token=token,
        points=_points(value),
        side="for" if value >= 0 else "against",
        height=round(rem * abs(value), 2),
        tint=round(38 * abs(value) / largest),
        strong=abs(value) >= largest / 4,
        look=_look(token),
        hint=f"{token}: {_points(value)} percentage points of {emotion}",
    )


def _look(token: str) -> str:
    if _STAND_IN.fullmatch(token):
        return "stand-in"
    return "word" if token.isascii() or any(c.isalnum() for c in token) else "emoji"


def _ends(explanation: Explanation) -> list[tuple[str, tuple[str, ...]]]:
    """Last rows of the table: what the words add up to, between a text without words and the post."""
    shares = [
        (name, tuple(f"{100 * value:.1f}" for value in row))
        for name, row in (("No word", explanation.base), ("The post", explanation.probabilities))
    ]
    return [("Words together", _cells(explanation.attributions.sum(axis=0))), *shares]
