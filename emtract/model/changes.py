"""How readings of the same texts change: labels, emotions, valence; and beside what any such edit does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import polars as pl

from emtract.emotions import EMOTIONS, valence
from emtract.model.calibration import wilson

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

#: Texts of a group below which it stands among the others.
LEAST: Final = 30
#: Groups that stand by themselves at most.
MOST: Final = 40
_Z: Final = 1.959963984540054


def change_row(plain: NDArray[np.float64], other: NDArray[np.float64], audited: int) -> dict[str, Any]:
    """Measure what an edit did to the texts that it changed.

    Parameters
    ----------
    plain, other
        Probabilities before and after, shape (n, 7), of the texts that were changed.
    audited
        Texts that were looked at, changed or not.

    Returns
    -------
    dict
        texts and their share; labels (share of the changed texts whose likeliest emotion is another) with its 95 % Wilson
        interval; labels_of_all (share of all texts); mean absolute change of valence and of each emotion; mean change of
        valence with its standard error.
    """
    n = len(plain)
    if not n:
        return {"texts": 0, "share": 0.0, "labels_of_all": 0.0}
    moved = plain.argmax(axis=1) != other.argmax(axis=1)
    shift = valence(other) - valence(plain)
    low, high = wilson(int(moved.sum()), n)
    return {
        "texts": n,
        "share": n / audited,
        "labels": float(moved.mean()),
        "low": low,
        "high": high,
        "labels_of_all": float(moved.sum() / audited),
        "abs_valence": float(np.abs(shift).mean()),
        **{f"abs_{name}": float(np.abs(other[:, j] - plain[:, j]).mean()) for j, name in enumerate(EMOTIONS)},
        "mean_valence": float(shift.mean()),
        "se_valence": float(shift.std(ddof=1) / np.sqrt(n)) if n > 1 else None,
    }


def beside_placebo(
    plain: NDArray[np.float64], other: NDArray[np.float64], placebo: NDArray[np.float64]
) -> dict[str, Any]:
    """Compare an edit with a placebo on the same texts.

    Parameters
    ----------
    plain, other, placebo
        Probabilities as stored, after the edit and after the placebo, shape (n, 7).

    Returns
    -------
    dict
        What the edit changes more than the placebo, with a 95 % interval over texts: labels, labels_low, labels_high, and the
        same of the absolute change of valence; negative where the placebo changes more.
    """
    label = plain.argmax(axis=1)
    labels = (other.argmax(axis=1) != label).astype(float) - (placebo.argmax(axis=1) != label)
    base = valence(plain)
    sizes = np.abs(valence(other) - base) - np.abs(valence(placebo) - base)
    out: dict[str, Any] = {"texts": len(plain)}
    for name, values in (("labels", labels), ("valence", sizes)):
        half = _Z * values.std(ddof=1) / np.sqrt(len(values)) if len(values) > 1 else np.nan
        out |= {name: float(values.mean()), f"{name}_low": float(values.mean() - half)}
        out |= {f"{name}_high": float(values.mean() + half)}
    return out


def changes_by(
    groups: Sequence[str], plain: NDArray[np.float64], other: NDArray[np.float64], changed: NDArray[np.bool_]
) -> pl.DataFrame:
    """Measure changes group by group: a row a group; beyond the 40 largest, and below 30 texts, together as `others`.

    Parameters
    ----------
    groups
        Name of the group of each row, such as a year or a symbol.
    plain, other
        Probabilities of the rows, shape (n, 7).
    changed
        Whether the row's text was changed, shape (n,).

    Returns
    -------
    pl.DataFrame
        group, audited, and the keys of `change_row`.
    """
    names = np.array(groups, dtype=str)
    known, counts = np.unique(names, return_counts=True)
    small = set(known[counts < LEAST]) | set(known[np.argsort(-counts, kind="stable")[MOST:]])
    names = np.array(["others" if name in small else name for name in names], dtype=object)
    rows = []
    for name in (*(n for n in known if n not in small), *(["others"] if small else [])):
        own = names == name
        rows.append(
            {"group": name, "audited": int(own.sum())}
            | change_row(plain[own & changed], other[own & changed], int(own.sum()))
        )
    return pl.DataFrame(rows, infer_schema_length=None)
