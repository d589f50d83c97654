"""What the posts behind each cell of a panel say of its precision: distinct texts, authors, and the noise of its mean."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import combinations_with_replacement
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np
import polars as pl
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from emtract.emotions import EMOTIONS, TAGS
from emtract.errors import PanelError
from emtract.panel.reading import COPY_WORDS, READABLE_KINDS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from emtract.options import Weights
    from emtract.store import Store

#: What a post is read as, in the order of what is measured; the last two where every post has a stance.
READINGS: Final = (*EMOTIONS, *TAGS)


def variances(readings: Sequence[str]) -> tuple[str, ...]:
    """Entries of a symmetric matrix over readings, upper triangle row by row: `v_happy_sad` is for happy and sad."""
    return tuple(f"v_{a}_{b}" for a, b in combinations_with_replacement(readings, 2))


#: The seven emotions.
VARIANCES: Final = variances(EMOTIONS)
#: Halves of a cell's units: `half_1_happy` is the mean of the first half.
HALVES: Final = tuple(f"half_{half}_{emotion}" for half in (1, 2) for emotion in EMOTIONS)
#: Sums over a cell's distinct texts of squared weights times readings, and over the texts that two cells share of the product of
#: weights times readings: what the noise of misreading is made from.
SQUARES: Final = tuple(f"q_{emotion}" for emotion in EMOTIONS)
#: Sums over a cell's distinct texts of squared weights times the product of two readings: what tells whether tagged posts speak
#: for these texts.
PRODUCTS: Final = tuple(f"q_{a}_{b}" for a, b in combinations_with_replacement(EMOTIONS, 2))
CELLS: Final = (
    "symbol",
    "session",
    "suffix",
    "n_posts",
    "n_texts",
    "n_authors",
    "n_units",
    "concentration",
    *VARIANCES,
)
PAIRS: Final = ("session", "suffix", "one", "two", *VARIANCES)


@dataclass(frozen=True)
class Noise:
    r"""How noisy the mean of a cell's posts is, as an estimate of the mood that the posts are a sample of.

    Attributes
    ----------
    cells
        One row a firm, session and `suffix` of the sample's mood columns (`market`, `pre_open`, or `market_finance` of a split;
        '' where a column bears the name of its mood alone, as before events):
        `n_posts`, `n_texts` (distinct, near-copies as one), `n_authors`, `n_units` (texts that share an author are one unit),
        `concentration` (k, the sum of squared weights of units) and `variances` of its readings, null in cells of one unit;
        `HALVES` may follow, and the halves of stances, and `SQUARES` and `PRODUCTS`.
    pairs
        One row a session, suffix and pair of firms (`one` before `two`) that one post names: covariance of the noise of both
        cells, `variances` of its readings; `SQUARES` may follow.
    aliases
        Further names of mood columns: `enthusiasm` -> `happy`.
    leading
        One row a cell and text, or author, that makes up most of the cells of its suffix: kind (`text`, `author`), unit (its
        first post), total (its posts), symbol, session, suffix, posts, share (of the cell's weight), and its mean readings
        there; None where it is not known.

    Notes
    -----
    With units u of cell c, weights w_cu (sum 1), readings p_u, x_c = sum w_cu p_u, and a constant a,

    .. math:: V_c = \sum_u \frac{w_{cu}^2}{1 - w_{cu}} (p_u - a)(p_u - x_c)'

    is without bias for the variance of :math:`x_c` around the cell's mood, whatever the spread of each unit (Kline, Saggio and
    Soelvsten 2020); the mean over all cells is a, so that weights may go with readings too. With equal weights it is the sample
    variance over n. The noise of cells that share the texts of S moves together by

    .. math::

        V_{cd} = \frac{k}{k + k^2 - \sum_S w_{cu} w_{du} (w_{cu} + w_{du})} \sum_S w_{cu} w_{du} (p_u - x_c)(p_u - x_d)',
        \qquad k = \sum_S w_{cu} w_{du}

    whatever the mean of the texts that are shared. Symmetric parts are kept.
    """

    cells: pl.DataFrame
    pairs: pl.DataFrame
    aliases: Mapping[str, str] = field(default_factory=dict)
    leading: pl.DataFrame | None = None

    def __post_init__(self) -> None:
        for frame, columns in ((self.cells, CELLS), (self.pairs, PAIRS)):
            if missing := [c for c in columns if c not in frame.columns]:
                raise PanelError(f"the noise of a panel lacks {', '.join(missing[:4])}: build it with build_panel()")

    @property
    def readings(self) -> tuple[str, ...]:
        """Readings whose noise is known: `READINGS`, or the emotions alone."""
        return READINGS if variances(TAGS)[0] in self.cells.columns else EMOTIONS

    @property
    def suffixes(self) -> tuple[str, ...]:
        """Suffixes of its cells, in order."""
        return tuple(self.cells["suffix"].unique().sort())


#: Rows of posts by symbols that are taken at once; a session is never divided.
_CHUNK: Final = 2_000_000
_NOTHING: Final = 1e-9
#: Sample -> the posts behind its cells.
_NOISE_POSTS: Final = {"firm_sessions": "panel/firm_sessions/noise_posts", "market": "panel/market/noise_posts"}
#: Texts, and authors, of a suffix that a result is estimated without.
_LEADING: Final = 3


def build_noise(
    store: Store,
    *,
    cleaner: str,
    weights: Weights,
    min_posts: int = 1,
    of: Literal["firm_sessions", "market"] = "firm_sessions",
) -> Noise:
    """Measure the noise of every cell of the sample that was built last.

    Parameters
    ----------
    store
        In which `emtract.build_panel`, or `emtract.panel.market.MarketSessions`, has placed the posts.
    cleaner, weights, min_posts
        As in that sample.
    of
        Firm-sessions, or sessions of all firms, in which each post counts once.

    Notes
    -----
    Texts are the same where their letters are; one text of at least `emtract.panel.reading.COPY_WORDS` words, by whomever, and
    all texts of one author make one unit of a cell.
    """
    store.run("panel/posts/text_copies", cleaner=cleaner, wanted=True)
    store.run(_NOISE_POSTS[of], cleaner=cleaner, weights=weights)
    return _measure(store, {}, min_posts)


def event_noise(
    store: Store,
    windows: pl.DataFrame,
    *,
    cleaner: str,
    weights: Weights,
    min_posts: int = 1,
    aliases: Mapping[str, str] | None = None,
) -> Noise:
    """Measure the noise of the mood before each event; texts and units are as in `build_noise`.

    Parameters
    ----------
    store
        Within the block of `emtract.panel.events.event_reading`.
    windows
        symbol, session (by which rows of the sample are known), since and until of each event.
    cleaner, weights, min_posts
        As in the sample.
    aliases
        As in `Noise`.
    """
    store.run("panel/posts/text_copies", cleaner=cleaner, wanted=True)
    with store.registered({"event_windows": windows.select("symbol", "session", "since", "until")}):
        store.run("panel/events/noise_posts", cleaner=cleaner, kinds=list(READABLE_KINDS), weights=weights)
    return _measure(store, aliases or {}, min_posts)


def _measure(store: Store, aliases: Mapping[str, str], min_posts: int) -> Noise:
    """Measure the cells of the table `noise_posts`; of stances where every post has one."""
    centres = store.query("panel/posts/noise_centres")
    tags = TAGS if TAGS[0] in centres.columns and _all_told(store) else ()
    cells, pairs = [], []
    for first, last in _spans(store):
        rows = store.query("panel/posts/noise_span", first=first, last=last)
        found = measure_cells(rows.select(pl.exclude(TAGS), *tags), centres)
        cells.append(found[0])
        pairs.append(found[1])
    # Where every post lies outside the windows there is none.
    told = (pl.concat(cells), pl.concat(pairs)) if cells else (_empty(CELLS), _empty(PAIRS))
    leading = store.query("panel/posts/leading", copy_words=COPY_WORDS, min_posts=max(min_posts, 1), most=_LEADING)
    return Noise(*told, aliases, leading.drop(() if tags else TAGS, strict=False))


def _all_told(store: Store) -> bool:
    return bool(store.sql("SELECT count(bearish) = count(*) AS told FROM noise_posts").item())


def _empty(columns: tuple[str, ...]) -> pl.DataFrame:
    words = dict.fromkeys(("symbol", "suffix", "one", "two"), pl.String) | {"session": pl.Date}
    counts = dict.fromkeys(("n_posts", "n_texts", "n_authors", "n_units"), pl.Int64)
    return pl.DataFrame(schema={name: (words | counts).get(name, pl.Float64()) for name in columns})


def _spans(store: Store) -> list[tuple[Any, Any]]:
    """First and last session of each chunk."""
    counts = store.sql("SELECT session, count(*) AS n FROM noise_posts GROUP BY session ORDER BY session")
    chunk = counts["n"].cum_sum() // _CHUNK
    spans = counts.with_columns(chunk=chunk).group_by("chunk", maintain_order=True)
    return [(rows["session"].min(), rows["session"].max()) for _, rows in spans]


def measure_cells(rows: pl.DataFrame, centres: pl.DataFrame | None = None) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return cells and pairs of some sessions, as in `Noise`.

    Parameters
    ----------
    rows
        A row a post and cell: session, suffix, symbol, by which they are ordered, w, copy (its text up to near-copies), words,
        author, post_key, and the readings: the seven emotions, or all of `READINGS`.
    centres
        A row a suffix: its constant a, the same readings; None for the means of these cells.
    """
    readings = READINGS if {*TAGS} <= {*rows.columns} else EMOTIONS
    keys = rows.select("session", "suffix", "symbol")
    cell = keys.select(pl.struct(pl.all()).rle_id()).to_series().to_numpy().astype(np.int64)
    named = keys.unique(maintain_order=True)
    n = named.height
    w = rows["w"].to_numpy()
    w = w / np.bincount(cell, weights=w, minlength=n)[cell]
    p = rows.select(readings).to_numpy().astype(float)
    copy, author = (_within(cell, rows[name]) for name in ("copy", "author"))
    unit = _units(cell, copy, author, (rows["words"] >= COPY_WORDS).to_numpy())
    weight, reading = _means(unit, w, p)
    owner = np.empty(len(weight), dtype=np.int64)
    owner[unit] = cell
    means = np.column_stack([np.bincount(owner, weights=weight * c, minlength=n) for c in reading.T]).astype(np.float64)
    squared = np.bincount(owner, weights=weight**2, minlength=n)
    units = np.bincount(owner, minlength=n)
    known = units >= 2
    # The part of a unit that its own cell's mean does not hold; of a cell of one unit there is none.
    left = np.where(known[owner], 1 - weight, np.inf)
    far, apart = reading - _centres(named, means, centres, readings)[owner], reading - means[owner]
    entries = {}
    for name, a, b in _entries(readings):
        both = (far[:, a] * apart[:, b] + far[:, b] * apart[:, a]) / 2
        total = np.bincount(owner, weights=weight**2 * both / left, minlength=n)
        entries[name] = pl.Series(np.where(known, total, np.nan)).fill_nan(None)
    cells = named.select("symbol", "session", "suffix").with_columns(
        n_posts=pl.Series(np.bincount(cell, minlength=n)),
        n_texts=pl.Series(_distinct(cell, copy, n)),
        n_authors=pl.Series(_distinct(cell, author, n)),
        n_units=pl.Series(units),
        concentration=pl.Series(squared),
        **entries,
        **_halves(owner, weight, reading, n),
        **_squares(cell, copy, w, p, n),
    )
    return cells, _pairs(rows, cell, w, p, named, means)


def _entries(readings: Sequence[str]) -> Iterator[tuple[str, int, int]]:
    """Name, row and column of each of `variances`."""
    yield from zip(variances(readings), *np.triu_indices(len(readings)), strict=True)


def _centres(
    named: pl.DataFrame, means: NDArray[np.float64], centres: pl.DataFrame | None, readings: Sequence[str]
) -> NDArray[np.float64]:
    """The constant of each cell's suffix."""
    cells = named.select("suffix")
    if centres is None:
        found = cells.with_columns(pl.DataFrame(means, readings))
        centres = found.group_by("suffix", maintain_order=True).agg(pl.col(readings).mean())
    return cells.join(centres, on="suffix", how="left", maintain_order="left").select(readings).to_numpy()


def _within(cell: NDArray[np.int64], column: pl.Series) -> NDArray[np.int64]:
    """Number the values of a column within cells: equal values of one cell get one number."""
    frame = pl.DataFrame({"cell": cell, "value": column})
    return frame.select(pl.struct(pl.all()).rank("dense")).to_series().to_numpy().astype(np.int64) - 1


def _units(
    cell: NDArray[np.int64], copy: NDArray[np.int64], author: NDArray[np.int64], counts: NDArray[np.bool_]
) -> NDArray[np.int64]:
    """Number the units: posts linked by an author, or by a text that counts as a copy."""
    authors = int(author.max(initial=-1)) + 1
    linked = np.flatnonzero(counts)
    size = authors + int(copy.max(initial=-1)) + 1
    graph = sparse.coo_array(
        (np.ones(len(linked), dtype=np.int8), (author[linked], authors + copy[linked])), shape=(size, size)
    )
    label = connected_components(graph, directed=False)[1][author]
    # Numbered by cell, so that sums run in the order of the rows.
    return np.unique(np.column_stack([cell, label]), axis=0, return_inverse=True)[1].ravel()


def _means(
    unit: NDArray[np.int64], w: NDArray[np.float64], p: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Weights and readings of units."""
    size = int(unit.max(initial=-1)) + 1
    weight = np.bincount(unit, weights=w, minlength=size).astype(np.float64)
    total = np.column_stack([np.bincount(unit, weights=w * column, minlength=size) for column in p.T])
    return weight, total / weight[:, None]


def _distinct(cell: NDArray[np.int64], value: NDArray[np.int64], n: int) -> NDArray[np.int64]:
    first = np.unique(value, return_index=True)[1]
    return np.bincount(cell[first], minlength=n)


def _halves(
    owner: NDArray[np.int64], weight: NDArray[np.float64], reading: NDArray[np.float64], n: int
) -> dict[str, pl.Series]:
    """Means of every other unit of a cell, null in cells of one."""
    starts = np.searchsorted(owner, np.arange(n))
    odd = (np.arange(len(owner)) - starts[owner]) % 2
    told = {}
    for half in (1, 2):
        w = weight * (odd == half - 1)
        total = np.bincount(owner, weights=w, minlength=n)
        for name, column in zip(READINGS[: reading.shape[1]], reading.T, strict=True):
            with np.errstate(invalid="ignore"):
                mean = np.bincount(owner, weights=w * column, minlength=n) / total
            told[f"half_{half}_{name}"] = pl.Series(mean).fill_nan(None)
    return told


def _squares(
    cell: NDArray[np.int64], copy: NDArray[np.int64], w: NDArray[np.float64], p: NDArray[np.float64], n: int
) -> dict[str, pl.Series]:
    """`SQUARES` and `PRODUCTS` of cells: a text is read once, by whomever and however often it is posted."""
    weight, reading = _means(copy, w, p)
    owner = np.empty(len(weight), dtype=np.int64)
    owner[copy] = cell
    told = reading.T[: len(SQUARES)]
    both = zip(PRODUCTS, *np.triu_indices(len(SQUARES)), strict=True)
    sums = {name: _sums(owner, weight**2 * column, n) for name, column in zip(SQUARES, told, strict=True)}
    return sums | {name: _sums(owner, weight**2 * told[a] * told[b], n) for name, a, b in both}


def _sums(owner: NDArray[np.int64], values: NDArray[np.float64], n: int) -> pl.Series:
    """Sums by owner; of no values they are floats too."""
    return pl.Series(np.bincount(owner, weights=values, minlength=n), dtype=pl.Float64)


def _pairs(
    rows: pl.DataFrame,
    cell: NDArray[np.int64],
    w: NDArray[np.float64],
    p: NDArray[np.float64],
    named: pl.DataFrame,
    means: NDArray[np.float64],
) -> pl.DataFrame:
    """Covariance of the noise of cells of one session and suffix that share a text."""
    group = named.select(pl.struct("session", "suffix").rle_id()).to_series().to_numpy().astype(np.int64)[cell]
    text = _within(
        group,
        pl.Series(
            np.where(rows["words"] >= COPY_WORDS, rows["copy"].to_numpy(), rows["post_key"].cast(pl.UInt64).to_numpy())
        ),
    )
    joint = np.unique(np.column_stack([text, cell]), axis=0, return_inverse=True)
    of_cell, label = joint[0], joint[1].ravel()
    weight, reading = _means(label, w, p)
    several = np.bincount(of_cell[:, 0])[of_cell[:, 0]] > 1
    held = pl.DataFrame({"text": of_cell[several, 0], "cell": of_cell[several, 1], "place": np.flatnonzero(several)})
    met = held.join(held, on="text", how="inner", maintain_order="left_right").filter(
        pl.col("cell") < pl.col("cell_right")
    )
    one, two = met["place"].to_numpy(), met["place_right"].to_numpy()
    shared = met.select("cell", "cell_right").unique(maintain_order=True)
    number = (
        met.select("cell", "cell_right")
        .join(shared.with_row_index("number"), on=["cell", "cell_right"], how="left", maintain_order="left")["number"]
        .to_numpy()
    )
    product = weight[one] * weight[two]
    k = np.bincount(number, weights=product, minlength=shared.height)
    own = np.bincount(number, weights=product * (weight[one] + weight[two]), minlength=shared.height)
    x, y = means[met["cell"].to_numpy()], means[met["cell_right"].to_numpy()]
    apart, other = reading[one] - x, reading[two] - y
    entries = {}
    for name, a, b in _entries(READINGS[: p.shape[1]]):
        both = (apart[:, a] * other[:, b] + apart[:, b] * other[:, a]) / 2
        total = np.bincount(number, weights=product * both, minlength=shared.height)
        # Of two cells that share all there is, of one text each, nothing is known.
        entries[name] = pl.Series(total * k / np.where(k + k**2 - own > _NOTHING, k + k**2 - own, np.inf))
    for name, a, b in zip(SQUARES, reading[one].T[: len(SQUARES)], reading[two].T[: len(SQUARES)], strict=True):
        entries[name] = _sums(number, product * (a + b) / 2, shared.height)
    sides = [named["symbol"].gather(shared[c]).alias(side) for side, c in (("one", "cell"), ("two", "cell_right"))]
    where = named.select("session", "suffix")[shared["cell"].to_numpy()]
    return where.with_columns(*sides, **entries)
