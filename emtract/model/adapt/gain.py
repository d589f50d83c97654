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
_LEAST: Final = 1e-12


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
        is better), and its 95 % interval (low, high) over 1,000 samples of groups drawn with replacement; null of ece, which
        every such sample overstates.
    """
    rng, per_group = np.random.default_rng(_SEED), _per_group(shipped, adapted, labels, groups)
    size = len(per_group)
    samples = (np.bincount(rng.integers(0, size, size), minlength=size) for _ in range(_DRAWS))
    draws = [_sampled(times @ per_group, shipped.shape[1]) for times in samples]
    low, high = np.quantile(draws, (0.025, 0.975), axis=0)
    before, after = measure(shipped, labels), measure(adapted, labels)
    gains = {name: (before[name] - after[name]) * (1 if name in _ERRORS else -1) for name in before}
    columns = {"shipped": before.values(), "adapted": after.values(), "gain": gains.values()}
    found = pl.DataFrame({"measure": list(before), **{name: list(values) for name, values in columns.items()}})
    return found.with_columns(low=pl.Series([*low, None]), high=pl.Series([*high, None]))


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


def _per_group(
    shipped: Probabilities, adapted: Probabilities, labels: Labels, groups: NDArray[np.intp]
) -> NDArray[np.float64]:
    """What samples add up, a row a group: how much log loss falls, and the texts by label and likeliest column of either."""
    rows, count = np.arange(len(labels)), shipped.shape[1]
    falls = np.log(np.maximum(adapted[rows, labels], _LEAST)) - np.log(np.maximum(shipped[rows, labels], _LEAST))
    cells = [np.eye(count * count)[labels * count + part.argmax(axis=1)] for part in (shipped, adapted)]
    found = np.zeros((int(groups.max()) + 1, 1 + 2 * count * count))
    np.add.at(found, groups, np.column_stack([falls, *cells]))
    return found


def _sampled(sums: NDArray[np.float64], count: int) -> tuple[float, float, float]:
    """Gains in log loss, accuracy and macro F1 of a sample."""
    before, after = sums[1:].reshape(2, count, count)
    return float(sums[0] / before.sum()), _hits(after) - _hits(before), _f1(after) - _f1(before)


def _hits(cells: NDArray[np.float64]) -> float:
    return float(np.trace(cells) / cells.sum())


def _f1(cells: NDArray[np.float64]) -> float:
    return float(np.mean(2 * np.diag(cells) / np.maximum(cells.sum(axis=0) + cells.sum(axis=1), 1)))
