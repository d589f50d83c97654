"""What an adapted head gains over the shipped one on the same texts, with intervals of the difference."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from emtract.model.calibration import calibration_error
from emtract.model.evaluate import log_loss, macro_f1

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from emtract.model.evaluate import Labels, Probabilities

#: Measures that are better where they are smaller.
_ERRORS: Final = frozenset({"log_loss", "ece"})
_DRAWS: Final = 1000
_SEED: Final = 0


def paired_gain(
    shipped: Probabilities, adapted: Probabilities, labels: Labels, groups: NDArray[np.intp]
) -> pl.DataFrame:
    """Compare two readings of the same texts.

    Parameters
    ----------
    shipped, adapted
        Probabilities of shape (n, k).
    labels
        Column of each text's label, shape (n,).
    groups
        Texts of one group are drawn together, shape (n,).

    Returns
    -------
    pl.DataFrame
        One row a measure: log_loss, accuracy, macro_f1 (over k emotions), ece; shipped, adapted, gain (above zero where `adapted`
        is better), and its 95 % interval (low, high) over 1,000 samples of groups drawn with replacement.
    """
    rng, size = np.random.default_rng(_SEED), int(groups.max()) + 1
    draws = []
    for _ in range(_DRAWS):
        times = np.bincount(rng.integers(0, size, size), minlength=size)
        rows = np.repeat(np.arange(len(labels)), times[groups])
        draws.append(list(_gains(shipped[rows], adapted[rows], labels[rows]).values()))
    low, high = np.quantile(draws, (0.025, 0.975), axis=0)
    before, after = measure(shipped, labels), measure(adapted, labels)
    gains = _gains(shipped, adapted, labels)
    columns = {"shipped": before.values(), "adapted": after.values(), "gain": gains.values(), "low": low, "high": high}
    return pl.DataFrame({"measure": list(before), **{name: list(values) for name, values in columns.items()}})


def measure(probabilities: Probabilities, labels: Labels) -> dict[str, float]:
    """Log loss, accuracy, macro F1 over the columns, and calibration error, of probabilities of shape (n, k)."""
    likeliest = probabilities.argmax(axis=1)
    hit = likeliest == labels
    return {
        "log_loss": log_loss(probabilities, labels),
        "accuracy": float(np.mean(hit)),
        "macro_f1": macro_f1(likeliest, labels, probabilities.shape[1]),
        "ece": calibration_error(probabilities.max(axis=1), hit),
    }


def _gains(shipped: Probabilities, adapted: Probabilities, labels: Labels) -> dict[str, float]:
    before, after = measure(shipped, labels), measure(adapted, labels)
    return {name: (before[name] - after[name]) * (1 if name in _ERRORS else -1) for name in before}
