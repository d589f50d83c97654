"""A test outside the tagged sample: StockEmotions through a stated map, and valence against the writers' own tag."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from emtract.emotions import valence
from emtract.model.evaluate import auc, bootstrap, evaluate
from emtract.model.outoffold import labels_of

if TYPE_CHECKING:
    import polars as pl
    from numpy.typing import NDArray

    from emtract.model.evaluate import Probabilities


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
