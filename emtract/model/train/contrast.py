"""Posts written by rule whose emotion the rule gives: denials, turns of feeling, quotations, words of the trade, single signs.

Counterparts that differ in one thing stand in one set, so that a network learns from what differs (Gardner et al. 2020,
"Evaluating models' local decision boundaries via contrast sets"). Words and rules are data: `contrast.toml`.
"""

from __future__ import annotations

import re
import tomllib
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from emtract.emotions import EMOTIONS
from emtract.model.train.corpora import TAGGED, Corpus
from emtract.text import clean_posts

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from emtract.model.train.corpora import FloatArray

_SLOT: Final = re.compile(r"\{([a-z_]+)(?:\.([a-z]+))?\}")
_SEED: Final = 20211207
#: Draws of a new post before a slice is held to be used up.
_TRIES: Final = 200


def contrast_corpus() -> Corpus:
    """Return the posts, cleaned, each once, with what is told of their emotion: targets of shape (n, 7).

    The same posts in the same order whenever the file is the same.
    """
    rules = tomllib.loads((files("emtract.model.train") / "contrast.toml").read_text(encoding="utf-8"))
    found: dict[str, FloatArray] = {}
    for body, told in _posts(rules):
        (clean,) = clean_posts([body])
        found.setdefault(clean.text, np.array([told.get(emotion, 0.0) for emotion in EMOTIONS], np.float32))
    found.pop("", None)
    return Corpus("contrast", tuple(found), {TAGGED: EMOTIONS}, {TAGGED: np.vstack([*found.values()])})


def _posts(rules: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, float]]]:
    rng = np.random.default_rng(_SEED)
    told: Mapping[str, Mapping[str, float]] = rules["told"]
    for rule in rules["slices"].values():
        seen: set[str] = set()
        for _ in range(rule["rows"]):
            body, emotion = _new(rule, rules, rng, seen)
            yield body, rule.get("target") or told[emotion]
    for kind in ("trade", "signs"):
        for emotion, words in rules[kind].items():
            for word in words:
                for frame in rng.permutation(rules["frames"][kind])[:3]:
                    yield _fill(frame.replace("{word}", word), rules, {}, rng), told[emotion]


def _new(
    rule: Mapping[str, Any], rules: Mapping[str, Any], rng: np.random.Generator, seen: set[str]
) -> tuple[str, str]:
    """One post of a slice that was not seen, and the emotion that it says now; empty where the slice names none."""
    for _ in range(_TRIES):
        now, then, *_ = (*map(str, rng.permutation(rule.get("emotions", ()))), "", "")
        body = _fill(_pick(rule["frames"], rng), rules, {"x": now, "now": now, "then": then}, rng)
        if body not in seen:
            break
    seen.add(body)
    return body, now


def _fill(frame: str, rules: Mapping[str, Any], owners: Mapping[str, str], rng: np.random.Generator) -> str:
    def phrase(match: re.Match[str]) -> str:
        name, part = match.groups()
        return _pick(rules["emotions"][owners[name]][part] if part else rules["lists"][name], rng)

    return _SLOT.sub(phrase, frame)


def _pick(phrases: Sequence[str], rng: np.random.Generator) -> str:
    return phrases[int(rng.integers(len(phrases)))]
