"""Whether a stated probability is the share that comes true: bins of confidence, their error and their intervals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np
import polars as pl

if TYPE_CHECKING:
    from numpy.typing import NDArray

BINS: Final = 15
#: Equally wide bins (Guo et al. 2017), or bins of equally many texts, which leave none nearly empty.
Binning = Literal["width", "mass"]
#: Standard errors on either side of a 95 per cent interval.
Z95: Final = 1.959963984540054


def assign_bins(confidence: NDArray[np.floating], bins: Binning) -> NDArray[np.intp]:
    """Return the bin of each confidence in [0, 1]; equal confidences share a bin.

    Parameters
    ----------
    confidence
        Probabilities, shape (n,).
    bins
        `width` for equally wide bins, `mass` for bins of equally many texts, edges at the quantiles of `confidence`.

    Returns
    -------
    NDArray
        Numbers from 0 to ``BINS - 1``, shape (n,); some may stay empty.
    """
    if bins == "width":
        return np.minimum((confidence * BINS).astype(np.intp), BINS - 1)
    edges = np.quantile(confidence, np.arange(1, BINS) / BINS)
    return np.asarray(np.searchsorted(edges, confidence, side="right"), dtype=np.intp)


def calibration_error(confidence: NDArray[np.floating], hit: NDArray[np.bool_], *, bins: Binning = "width") -> float:
    """Mean distance between confidence and share of hits over bins of confidence, weighted by their size.

    Parameters
    ----------
    confidence
        Probability of the predicted label of each text, in [0, 1], shape (n,).
    hit
        Whether the predicted label is the true one, shape (n,).
    bins
        See `assign_bins`.

    Returns
    -------
    float
        In [0, 1]: expected calibration error (Guo et al. 2017).

    Notes
    -----
    With few texts a bin the error of perfect probabilities is above zero, since each bin adds the absolute value of its
    noise.
    """
    of = assign_bins(confidence, bins)
    gaps = np.bincount(of, weights=confidence.astype(np.float64) - hit, minlength=BINS)
    return float(np.abs(gaps).sum() / len(hit))


def reliability(confidence: NDArray[np.floating], hit: NDArray[np.bool_]) -> pl.DataFrame:
    """Share of hits beside mean confidence, bin by bin; both as in `calibration_error`.

    Returns
    -------
    pl.DataFrame
        One row a bin of equal width that holds texts: bin, n, confidence (mean), share (of hits), and its 95 % Wilson interval
        (low, high).
    """
    of = assign_bins(confidence, "width")
    rows = [_bin_row(number, confidence[of == number], hit[of == number]) for number in np.unique(of)]
    return pl.DataFrame(rows)


def _bin_row(number: int, confidence: NDArray[np.floating], hit: NDArray[np.bool_]) -> dict[str, Any]:
    low, high = wilson(int(hit.sum()), len(hit))
    means = {"confidence": float(confidence.mean(dtype=np.float64)), "share": float(hit.mean())}
    return {"bin": int(number), "n": len(hit), **means, "low": low, "high": high}


def wilson(hits: float, n: float, *, z: float = Z95) -> tuple[float, float]:
    """Interval of a share of n draws (Wilson 1927); (0, 1) where nothing was drawn.

    Parameters
    ----------
    hits, n
        Successes, and draws.
    z
        Quantile of the standard normal that sets the level; the default gives 95 %.

    Returns
    -------
    tuple
        Lower and upper end, in [0, 1].

    Notes
    -----
    ``(p + z²/2n ± z √(p(1 − p)/n + z²/4n²)) / (1 + z²/n)``: unlike the normal interval it stays in [0, 1] and is never
    empty.
    """
    if not n:
        return 0.0, 1.0
    share, penalty = hits / n, z * z / n
    middle = (share + penalty / 2) / (1 + penalty)
    half = z * float(np.sqrt(share * (1 - share) / n + penalty / (4 * n))) / (1 + penalty)
    return max(0.0, float(middle) - half), min(1.0, float(middle) + half)
