"""Where a model reads well and where it does not: metrics by emoji, length and cashtags of the posts."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import polars as pl

from emtract.model.calibration import wilson
from emtract.model.evaluate import evaluate
from emtract.symbols import extract_cashtags
from emtract.text.emojis import emoji_pattern

if TYPE_CHECKING:
    from collections.abc import Sequence

    from emtract.model.evaluate import Labels, Probabilities

#: Ends of the length bins, in characters of the raw post; StockTwits allowed 140 until May 2019.
_LENGTHS: Final = (40, 80, 140)
#: Hardly a post of the tagged sample names no ticker.
_CASHTAGS: Final = ("at most one cashtag", "two cashtags", "three or more cashtags")
#: Smaller groups have no macro-F1: some emotion is tagged a handful of times.
_LEAST_F1: Final = 200


def traits(bodies: Sequence[str]) -> pl.DataFrame:
    """Describe raw posts, one row each: `emoji`, `length` and `cashtags`, each level in words, levels in order."""
    emoji = _emoji()
    columns = {
        "emoji": ["with an emoji" if emoji.search(body) else "without an emoji" for body in bodies],
        "length": [_length(len(body)) for body in bodies],
        "cashtags": [_cashtags(len(extract_cashtags(body))) for body in bodies],
    }
    return pl.DataFrame(columns, schema={name: pl.Enum(_levels()[name]) for name in columns})


def slice_metrics(probabilities: Probabilities, labels: Labels, groups: pl.DataFrame) -> pl.DataFrame:
    """Measure each level of each column of `groups`.

    Parameters
    ----------
    probabilities
        Shape (n, 7).
    labels
        Index of the tagged emotion in `EMOTIONS`, shape (n,).
    groups
        One row a text in the same order, one column a way to slice, such as `traits` gives; a null is in no slice.

    Returns
    -------
    pl.DataFrame
        slice, level, n, accuracy with its 95 % Wilson interval (low, high), macro_f1 (null below 200 texts), log_loss.
    """
    rows = [
        _row(name, str(level), probabilities[own], labels[own])
        for name in groups.columns
        for level in groups[name].unique().sort()
        if level is not None and len(own := np.flatnonzero((groups[name] == level).to_numpy()))
    ]
    return pl.DataFrame(rows, infer_schema_length=None)


def _row(name: str, level: str, probabilities: Probabilities, labels: Labels) -> dict[str, Any]:
    found = evaluate(probabilities, labels)
    low, high = wilson(round(found.accuracy * found.n), found.n)
    macro_f1 = found.macro_f1 if found.n >= _LEAST_F1 else None
    measured = {"accuracy": found.accuracy, "low": low, "high": high, "macro_f1": macro_f1, "log_loss": found.log_loss}
    return {"slice": name, "level": level, "n": found.n, **measured}


@cache
def _emoji() -> re.Pattern[str]:
    return re.compile(emoji_pattern())


def _levels() -> dict[str, list[str]]:
    starts = (0, *_LENGTHS)
    lengths = [_length(start + 1) for start in starts]
    return {
        "emoji": ["with an emoji", "without an emoji"],
        "length": lengths,
        "cashtags": list(_CASHTAGS),
    }


def _length(characters: int) -> str:
    for start, end in zip((0, *_LENGTHS), _LENGTHS, strict=False):
        if characters <= end:
            return f"{start + 1}-{end} characters" if start else f"up to {end} characters"
    return f"over {_LENGTHS[-1]} characters"


def _cashtags(count: int) -> str:
    return _CASHTAGS[min(max(count, 1), len(_CASHTAGS)) - 1]
