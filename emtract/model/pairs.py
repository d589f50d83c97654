"""Two scorers on the same texts: labels that agree beyond chance, valence and confidence that move together, and where."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import polars as pl
from scipy.stats import rankdata

from emtract.emotions import EMOTIONS, VALENCE_CLASSES, valence
from emtract.model.calibration import wilson
from emtract.model.evaluate import confusion
from emtract.model.scorer import valence_probabilities

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from numpy.typing import NDArray

    from emtract.model.evaluate import Labels, Probabilities

#: Slice and level of all texts.
ALL: Final = ("all", "all texts")
#: Texts of a level below which it is left out.
LEAST: Final = 50
_NUMBERS: Final = (
    "same_label", "same_low", "same_high", "kappa", "kappa_low", "kappa_high", "same_valence", "valence_kappa",
    "valence_kappa_low", "valence_kappa_high", "pearson", "spearman", "confidence",
)  # fmt: skip


def compare_pairs(
    readings: Mapping[str, Probabilities], groups: pl.DataFrame | None = None, *, valence_only: Collection[str] = ()
) -> pl.DataFrame:
    """Compare every pair of scorers, on all texts and on each level of each column of `groups`.

    Parameters
    ----------
    readings
        Scorer -> probabilities of shape (n, 7) of the same n texts; a row that is not finite was not read.
    groups
        One row a text, one column a way to divide them, such as `emtract.model.comparisons.traits` gives; None for none.
    valence_only
        Scorers that tell positive from negative only: of them labels are not compared, and confidence is that of three classes.

    Returns
    -------
    pl.DataFrame
        first, second, slice, level, n (texts that both read); same_label (share, with its 95 % Wilson interval) and kappa of the
        seven labels, same_valence and valence_kappa of three classes, pearson and spearman of valence, and confidence, the
        correlation of the largest probabilities; null where a number does not exist. Levels of fewer than `LEAST` texts are
        left out.

    Notes
    -----
    Kappa (Cohen 1960) is the share of agreement beyond what the two scorers' shares of labels would give by chance; its interval
    is of Fleiss, Cohen and Everitt (1969).
    """
    rows = []
    for first, second in combinations(readings, 2):
        a, b, read = both_read(readings[first], readings[second])
        blind = first in valence_only or second in valence_only
        for name, level, own in _parts(groups, read):
            found = _pair(a[own], b[own], blind=blind)
            rows.append({"first": first, "second": second, "slice": name, "level": level, "n": len(a[own]), **found})
    words = dict.fromkeys(("first", "second", "slice", "level"), pl.String)
    return pl.DataFrame(rows, schema=words | {"n": pl.Int64} | dict.fromkeys(_NUMBERS, pl.Float64))


def both_read(a: Probabilities, b: Probabilities) -> tuple[Probabilities, Probabilities, NDArray[np.bool_]]:
    """Return the rows that both scorers read, and which they are."""
    read = np.isfinite(a).all(axis=1) & np.isfinite(b).all(axis=1)
    return a[read], b[read], read


def _parts(groups: pl.DataFrame | None, read: NDArray[np.bool_]) -> Iterator[tuple[str, str, NDArray[np.intp]]]:
    """Slice, level and places among the texts that were read."""
    yield *ALL, np.arange(int(read.sum()))
    if groups is None:
        return
    held = groups.filter(pl.Series(read))
    for name in held.columns:
        for level in held[name].drop_nulls().unique().sort():
            own = np.flatnonzero((held[name] == level).fill_null(value=False).to_numpy())
            if len(own) >= LEAST:
                yield name, str(level), own


def _pair(a: Probabilities, b: Probabilities, *, blind: bool) -> dict[str, float | None]:
    three = [valence_probabilities(p) for p in (a, b)]
    signed = [np.asarray(valence(p), dtype=np.float64) for p in (a, b)]
    sure = [p.max(axis=1) for p in (three if blind else (a, b))]
    classes = [p.argmax(axis=1) for p in three]
    found: dict[str, float | None] = dict.fromkeys(_NUMBERS)
    if not blind:
        labels = [p.argmax(axis=1) for p in (a, b)]
        same = int((labels[0] == labels[1]).sum())
        low, high = wilson(same, len(a))
        found |= {"same_label": same / len(a) if len(a) else None, "same_low": low, "same_high": high}
        found |= _kappa("kappa", *labels, len(EMOTIONS))
    found["same_valence"] = float(np.mean(classes[0] == classes[1])) if len(a) else None
    found |= _kappa("valence_kappa", *classes, len(VALENCE_CLASSES))
    found["pearson"] = _correlation(*signed)
    found["spearman"] = _correlation(*map(rankdata, signed))
    found["confidence"] = _correlation(*sure)
    return found


def _kappa(name: str, one: Labels, two: Labels, classes: int) -> dict[str, float | None]:
    """Kappa and its interval; null where both scorers know one label only."""
    from statsmodels.stats.inter_rater import cohens_kappa

    counts = confusion(one, two, classes)
    names = (name, f"{name}_low", f"{name}_high")
    by_chance = counts.sum(axis=0) @ counts.sum(axis=1)
    if by_chance == counts.sum() ** 2:
        return dict.fromkeys(names)
    with np.errstate(divide="ignore", invalid="ignore"):  # of a test of chance that nobody asks for
        told = cohens_kappa(counts)
    numbers = (told.kappa, max(-1.0, told.kappa_low), min(1.0, told.kappa_upp))
    return dict(zip(names, map(float, numbers), strict=True))


def _correlation(x: NDArray[Any], y: NDArray[Any]) -> float | None:
    if len(x) < 2 or not (np.ptp(x) > 0 and np.ptp(y) > 0):
        return None
    return float(np.corrcoef(x.astype(np.float64), y.astype(np.float64))[0, 1])


def confusions(readings: Mapping[str, Probabilities], *, valence_only: Collection[str] = ()) -> pl.DataFrame:
    """Count texts by what two scorers read, pair by pair.

    Parameters
    ----------
    readings, valence_only
        See `compare_pairs`; a pair with a scorer of valence only is counted by valence class.

    Returns
    -------
    pl.DataFrame
        first, second, of_first, of_second (labels), n, and share, that of the texts that the first reads so.
    """
    rows = []
    for first, second in combinations(readings, 2):
        a, b, _ = both_read(readings[first], readings[second])
        blind = first in valence_only or second in valence_only
        names = VALENCE_CLASSES if blind else EMOTIONS
        read = [valence_probabilities(p) if blind else p for p in (a, b)]
        counts = confusion(read[1].argmax(axis=1), read[0].argmax(axis=1), len(names))
        rows += [
            (first, second, of_first, of_second, int(n), float(n / max(1, own.sum())))
            for of_first, own in zip(names, counts, strict=True)
            for of_second, n in zip(names, own, strict=True)
        ]
    schema = dict.fromkeys(("first", "second", "of_first", "of_second"), pl.String)
    return pl.DataFrame(rows, schema=schema | {"n": pl.Int64, "share": pl.Float64}, orient="row")
