"""How far scorers agree on the same texts."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from emtract.emotions import valence

if TYPE_CHECKING:
    from collections.abc import Mapping

    from emtract.model.evaluate import Probabilities


def agreement(predictions: Mapping[str, Probabilities]) -> pl.DataFrame:
    """Compare every pair of scorers.

    Parameters
    ----------
    predictions
        Scorer -> probabilities of shape (n, 7) of the same n texts.

    Returns
    -------
    pl.DataFrame
        first, second, n, same_label (share of texts), mean_difference (of a probability, absolute), valence_correlation
        (Pearson; null where a valence does not vary).
    """
    rows = [_pair(a, b, predictions[a], predictions[b]) for a, b in combinations(predictions, 2)]
    schema = {"first": pl.String, "second": pl.String, "n": pl.Int64, "same_label": pl.Float64}
    return pl.DataFrame(rows, schema={**schema, "mean_difference": pl.Float64, "valence_correlation": pl.Float64})


def _pair(first: str, second: str, a: Probabilities, b: Probabilities) -> dict[str, Any]:
    signed = [valence(a).astype(np.float64), valence(b).astype(np.float64)]
    spreads = [float(values.std()) for values in signed]
    covariance = float(np.mean((signed[0] - signed[0].mean()) * (signed[1] - signed[1].mean())))
    return {
        "first": first,
        "second": second,
        "n": len(a),
        "same_label": float(np.mean(a.argmax(axis=1) == b.argmax(axis=1))),
        "mean_difference": float(np.abs(a - b).mean(dtype=np.float64)),
        "valence_correlation": covariance / (spreads[0] * spreads[1]) if all(spreads) else None,
    }
