"""How far scorers agree on the same texts."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from emtract.emotions import valence
from emtract.model.evaluate import valence_probabilities

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from numpy.typing import NDArray

    from emtract.model.evaluate import Probabilities


def agreement(predictions: Mapping[str, Probabilities], *, valence_only: Collection[str] = ()) -> pl.DataFrame:
    """Compare every pair of scorers.

    Parameters
    ----------
    predictions
        Scorer -> probabilities of shape (n, 7) of the same n texts.
    valence_only
        Scorers that tell positive from negative only: of them neither labels nor probabilities are compared.

    Returns
    -------
    pl.DataFrame
        first, second, n, same_label and same_valence (shares of texts), mean_difference (of a probability, absolute),
        valence_correlation (Pearson; null where a valence does not vary).
    """
    rows = [_pair(a, b, predictions[a], predictions[b]) for a, b in combinations(predictions, 2)]
    numbers = ("same_label", "same_valence", "mean_difference", "valence_correlation")
    frame = pl.DataFrame(
        rows, schema={"first": pl.String, "second": pl.String, "n": pl.Int64, **dict.fromkeys(numbers, pl.Float64)}
    )
    unread = pl.col("first").is_in(list(valence_only)) | pl.col("second").is_in(list(valence_only))
    return frame.with_columns(
        pl.when(~unread).then(pl.col(name)).alias(name) for name in ("same_label", "mean_difference")
    )


def _pair(first: str, second: str, a: Probabilities, b: Probabilities) -> dict[str, Any]:
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
