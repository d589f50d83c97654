"""Where a model reads well: by kind of post, outside the tagged sample, beside other scorers and beside what was published."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from itertools import combinations
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import polars as pl

from emtract.emotions import valence
from emtract.model.calibration import wilson
from emtract.model.evaluate import auc, bootstrap, evaluate
from emtract.model.pairs import both_read
from emtract.model.samples import labels_of
from emtract.model.scorer import valence_probabilities
from emtract.symbols import extract_cashtags
from emtract.text.lexicon import emoji_pattern

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from numpy.typing import NDArray

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


def agreement(predictions: Mapping[str, Probabilities], *, valence_only: Collection[str] = ()) -> pl.DataFrame:
    """Compare every pair of scorers.

    Parameters
    ----------
    predictions
        Scorer -> probabilities of shape (n, 7) of the same n texts; a row that is not finite was not read.
    valence_only
        Scorers that tell positive from negative only: of them neither labels nor probabilities are compared.

    Returns
    -------
    pl.DataFrame
        first, second, n (texts that both read), same_label and same_valence (shares of texts), mean_difference (of a probability,
        absolute), valence_correlation (Pearson; null where a valence does not vary); all null where no text was read by both.
    """
    rows = [_pair(a, b, *both_read(predictions[a], predictions[b])[:2]) for a, b in combinations(predictions, 2)]
    numbers = ("same_label", "same_valence", "mean_difference", "valence_correlation")
    frame = pl.DataFrame(
        rows, schema={"first": pl.String, "second": pl.String, "n": pl.Int64, **dict.fromkeys(numbers, pl.Float64)}
    )
    unread = pl.col("first").is_in(list(valence_only)) | pl.col("second").is_in(list(valence_only))
    return frame.with_columns(
        pl.when(~unread).then(pl.col(name)).alias(name) for name in ("same_label", "mean_difference")
    )


def _pair(first: str, second: str, a: Probabilities, b: Probabilities) -> dict[str, Any]:
    if not len(a):
        return {"first": first, "second": second, "n": 0}
    signed = [valence(a).astype(np.float64), valence(b).astype(np.float64)]
    spreads = [float(values.std()) for values in signed]
    covariance = float(np.mean((signed[0] - signed[0].mean()) * (signed[1] - signed[1].mean())))
    return {
        "first": first,
        "second": second,
        "n": len(a),
        "same_label": float(np.mean(a.argmax(axis=1) == b.argmax(axis=1))),
        "same_valence": float(np.mean(_valence_class(a) == _valence_class(b))),
        "mean_difference": float(np.abs(a - b).mean(dtype=np.float64)),
        "valence_correlation": covariance / (spreads[0] * spreads[1]) if all(spreads) else None,
    }


def _valence_class(probabilities: Probabilities) -> NDArray[np.intp]:
    return np.asarray(valence_probabilities(probabilities).argmax(axis=1))


def outside_metrics(probabilities: Probabilities, posts: pl.DataFrame, rng: np.random.Generator) -> dict[str, Any]:
    """Measure a scorer on StockEmotions' posts.

    Parameters
    ----------
    probabilities
        Shape (n, 7).
    posts
        What `read_stockemotions_posts` gives: `emotion` after the map, and `bullish`.
    rng
        Draws the samples of the bootstrap standard errors.

    Returns
    -------
    dict
        n; accuracy, macro_f1 and log_loss of the mapped emotions; balanced_accuracy of the sign of valence, and auc of
        valence, against the writer's bullish or bearish; each with its standard error, `<name>_se`.
    """
    labels, bullish = labels_of(posts), posts["bullish"].to_numpy()
    signed = np.asarray(valence(probabilities), dtype=np.float64)

    def measured(rows: NDArray[np.intp]) -> list[float]:
        found = evaluate(probabilities[rows], labels[rows])
        tag, value = bullish[rows], signed[rows]
        return [found.accuracy, found.macro_f1, found.log_loss, balanced_accuracy(value, tag), auc(value, tag)]

    names = ("accuracy", "macro_f1", "log_loss", "balanced_accuracy", "auc")
    errors = bootstrap(measured, len(labels), rng)
    found = dict(zip(names, measured(np.arange(len(labels))), strict=True))
    return {"n": len(labels), **found, **{f"{name}_se": float(e) for name, e in zip(names, errors, strict=True)}}


def balanced_accuracy(signed: NDArray[np.floating], positive: NDArray[np.bool_]) -> float:
    """Mean of the shares of positives above zero and of negatives below it; a zero is half right."""
    right = np.where(signed == 0, 0.5, (signed > 0) == positive)
    return float((right[positive].mean() + right[~positive].mean()) / 2)


SOURCE: Final = "Vamossy & Skog, EmTract: five-fold cross-validation on 10,000 tagged messages"


@dataclass(frozen=True)
class Published:
    """A published mean over folds and its standard deviation, where one was printed."""

    mean: float
    sd: float | None = None


#: Name of a field of `Metrics` -> what was published of it.
EMTRACT: Final[dict[str, Published]] = {
    "accuracy": Published(0.6453, 0.0198),
    "macro_f1": Published(0.4909, 0.0294),
    "log_loss": Published(1.009, 0.059),
    "valence_accuracy": Published(0.7234),
    "valence_macro_f1": Published(0.7084),
    "valence_log_loss": Published(0.6636),
}
