"""Draw cells of the panel, then texts of these, at random and with known chances."""

from __future__ import annotations

from heapq import heapify, heapreplace
from typing import TYPE_CHECKING, Final

import msgspec
import polars as pl

from emtract.emotions import EMOTIONS
from emtract.errors import PanelError
from emtract.panel.firm_sessions import place_posts
from emtract.panel.prices import make_price_steps
from emtract.panel.reading import reading
from emtract.tagging.sample import Cell, Sample, Stratum

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from emtract.options import PanelOptions
    from emtract.panel.reading import Reading
    from emtract.store import Store

#: Texts that are drawn of a cell of several: two tell how far its texts differ.
TEXTS_OF_A_CELL: Final = 2
#: Cells that are drawn of each stratum at least, where it has them: two tell how far its cells differ.
_LEAST: Final = 2


def draw_sample(store: Store, options: PanelOptions, *, n: int, seed: int) -> tuple[Sample, dict[str, str]]:
    """Draw a sample of the texts behind a panel; return it, and by key the earliest post of each text.

    Parameters
    ----------
    store
        Scored, with prices; it may be open to read.
    options
        As in the panel: whose readings, and which posts count. Texts are judged, so writers' tags are no evidence.
    n
        Texts at most; a text that is drawn in several cells is tagged once, so there may be fewer.
    seed
        The same seed on the same posts draws the same texts, in whatever order the store holds them.

    Raises
    ------
    PanelError
        No post falls into a cell, or so few texts cannot stand for all kinds of cells.

    Notes
    -----
    Cells are firm x session x window. Strata are windows x likeliest emotion of the cell's mean x one distinct text or several.
    Texts are allotted to strata in proportion to the square roots of their numbers of cells, two cells at least: a stratum
    that is rare is tagged more often than its share, as far as its size allows. Within strata and within cells, order is by a
    digest of the seed and of what is drawn, and the first are taken (Ohlsson 1992: permanent random numbers).
    """
    options = msgspec.structs.replace(options, tags="ignore")
    with reading(store, options) as read:
        make_price_steps(store)
        place_posts(store, read, options)
        store.run("panel/firm_sessions/windows", weights=options.weights)
        store.run("tagging/cells", cleaner=read.cleaner, min_posts=options.min_posts, seed=seed)
        kinds = store.query("tagging/strata")
        if kinds.is_empty():
            raise PanelError(
                "no post falls into a cell of the panel: check that posts and prices share symbols and dates"
            )
        strata = kinds.with_columns(drawn=pl.Series(allot(kinds, n))).with_row_index("stratum")
        with store.registered({"tag_strata": strata}):
            store.run("tagging/drawn", cleaner=read.cleaner, seed=seed, most=TEXTS_OF_A_CELL)
        cells, texts = store.query("tagging/drawn_cells"), store.query("tagging/drawn_texts", cleaner=read.cleaner)
    sample = _sample(read, strata, cells, texts, n=n, seed=seed)
    return sample, dict(texts.select("key", "body").iter_rows())


def _sample(
    read: Reading, strata: pl.DataFrame, cells: pl.DataFrame, texts: pl.DataFrame, *, n: int, seed: int
) -> Sample:
    told = [Stratum(**row) for row in strata.drop("stratum").iter_rows(named=True)]
    return Sample(
        scorer=str(read.options.scorer),
        revision=str(read.options.revision),
        cleaner=read.cleaner,
        settings={**read.settings, **read.set_aside},
        asked=n,
        seed=seed,
        strata=tuple(told),
        cells=tuple(_cell(told, *row) for row in cells.iter_rows()),
        readings=dict(zip(texts["key"], texts.select(EMOTIONS).rows(), strict=True)),
        posts="",
    )


def _cell(strata: Sequence[Stratum], stratum: int, symbol: str, session: date, texts: int, keys: list[str]) -> Cell:
    of = strata[stratum]
    return Cell(
        symbol=symbol,
        session=session,
        stratum=stratum,
        texts=texts,
        keys=tuple(keys),
        probability=of.drawn / of.cells,
        text_probability=len(keys) / texts,
    )


def allot(strata: pl.DataFrame, n: int) -> list[int]:
    """Return how many cells of each stratum are drawn, so that they give n texts or just fewer.

    Parameters
    ----------
    strata
        A row a stratum: texts (`one` or `several`) and cells.
    n
        Texts at most.

    Raises
    ------
    PanelError
        When n texts are not enough for two cells of each stratum.
    """
    sizes = strata["cells"].to_list()
    costs = [1 if texts == "one" else TEXTS_OF_A_CELL for texts in strata["texts"]]
    drawn = [min(_LEAST, size) for size in sizes]
    left = n - sum(cost * cells for cost, cells in zip(costs, drawn, strict=True))
    if left < 0:
        raise PanelError(
            f"{n:,} texts are too few for {len(sizes)} kinds of cells (window, likeliest emotion, one text or several): "
            f"draw at least {n - left:,} with -n"
        )

    def turn(place: int) -> tuple[float, int]:
        """Who is least served comes first; who has no cell left, or one that is too dear, comes last."""
        spent = drawn[place] == sizes[place] or costs[place] > left
        return (float("inf") if spent else costs[place] * (drawn[place] + 0.5) / sizes[place] ** 0.5), place

    waiting = [turn(place) for place in range(len(sizes))]
    heapify(waiting)
    while waiting[0][0] < float("inf"):
        place = waiting[0][1]
        if turn(place) == waiting[0]:
            drawn[place] += 1
            left -= costs[place]
        heapreplace(waiting, turn(place))
    return drawn
