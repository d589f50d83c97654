"""Tags by cell: how far tag and reading are apart in each cell that was drawn, for a regression that tags correct."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from emtract.emotions import EMOTIONS
from emtract.errors import SourceError
from emtract.panel.frame import ENTITY, TIME
from emtract.tagging.accuracy import tagged_texts

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from emtract.tagging.sample import Sample

    Floats = NDArray[np.float64]


def tagged_cells(sample: Sample, tags: pl.DataFrame, window: str) -> tuple[pl.DataFrame, Floats, Floats, Floats]:
    """Return the cells of a window that have tags.

    Parameters
    ----------
    sample
        Which texts were drawn.
    tags
        As `emtract.tagging.answers.load_tags` gives them.
    window
        `market` or `pre_open`.

    Returns
    -------
    tuple
        symbol and session; mean tag less reading, shape (s, 7); its product with itself, without bias for all texts of
        the cell, shape (s, 7, 7); and the chance of each two cells to be drawn, shape (s, s).

    Raises
    ------
    SourceError
        No cell of the window has a tag.

    Notes
    -----
    Of m of M texts, the square of the mean of all is estimated by the mean of :math:`d_u d_u'` over M, and the mean product of
    two different texts times (M - 1) / M. Cells without a tag are taken to be like the others of their stratum; where one of two
    texts has a tag, the two are taken to be alike.
    """
    of = tagged_texts(sample, tags)
    apart, owner = of.tags - of.readings, sample.owners
    taken = np.bincount(owner[of.told], minlength=len(sample.cells))
    inside = np.array([sample.strata[cell.stratum].window == window for cell in sample.cells])
    kept = np.flatnonzero(inside & (taken > 0))
    if not len(kept):
        raise SourceError(f"no cell of {window} has a tag: tag more of the sample, or name the other window")
    means, products = np.zeros((len(kept), len(EMOTIONS))), np.zeros((len(kept), len(EMOTIONS), len(EMOTIONS)))
    for place, cell in enumerate(kept):
        own, texts, m = apart[(owner == cell) & of.told], sample.cells[cell].texts, int(taken[cell])
        means[place] = own.mean(axis=0)
        alone = own.T @ own / m
        across = (m**2 * np.outer(means[place], means[place]) - m * alone) / (m * (m - 1)) if m > 1 else alone
        products[place] = alone / texts + (texts - 1) / texts * across
    stratum = np.array([cell.stratum for cell in sample.cells])[kept]
    drawn = np.bincount(stratum, minlength=len(sample.strata))[stratum]
    of_all = np.array([told.cells for told in sample.strata])[stratum]
    one, two = drawn / of_all, drawn * (drawn - 1) / np.maximum(of_all * (of_all - 1), 1)
    same = (stratum[:, None] == stratum) & (two > 0)[:, None]
    joint = np.where(same, two[:, None], one[:, None] * one)
    np.fill_diagonal(joint, one)
    keys = pl.DataFrame({ENTITY: [sample.cells[c].symbol for c in kept], TIME: [sample.cells[c].session for c in kept]})
    return keys, means, products, np.asarray(joint, dtype=np.float64)
