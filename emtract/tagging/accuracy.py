"""How well a scorer reads this archive: accuracy, macro-F1 and calibration from tags of a probability sample."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import polars as pl
from scipy import optimize, stats

from emtract.emotions import EMOTIONS
from emtract.errors import SourceError
from emtract.model.calibration import wilson

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from emtract.tagging.sample import Sample

#: Seconds that a text takes a tagger, for a plan of the work.
_SECONDS: Final = 10
#: Bounds of the bins of the likeliest emotion's probability.
_BINS: Final = (0.0, 0.5, 0.7, 0.9, 1.0)
#: Texts of a bin below which nothing is said of it.
_FEWEST: Final = 10
#: Standard error of a share below which there is none but rounding.
_NOTHING: Final = 1e-9


@dataclass(frozen=True)
class Accuracy:
    """How well texts of an archive are read, beside what taggers say; intervals are of 95 per cent.

    Attributes
    ----------
    table
        A row a measure: measure, value, std_error, low, high.
    by_emotion
        A row an emotion: its mean probability (read), the share of tags (tagged), and read less tagged with std_error, low, high.
    by_confidence
        A row a bin of the likeliest emotion's probability: texts, that probability's mean (read), and the share that is right
        with std_error, low, high.
    texts, taggers
        Texts that somebody could tell, and who tagged.
    notes
        What must be known of them.
    """

    table: pl.DataFrame
    by_emotion: pl.DataFrame
    by_confidence: pl.DataFrame
    texts: int
    taggers: int
    notes: tuple[str, ...]


@dataclass(frozen=True)
class TaggedTexts:
    """The texts drawn, in the order of `Sample.drawn_keys`: shape (k, 7) of readings and of shares of tags, and who is told."""

    sample: Sample
    readings: NDArray[np.float64]
    tags: NDArray[np.float64]
    told: NDArray[np.bool_]

    @property
    def likeliest(self) -> NDArray[np.float64]:
        """1 in the column of the likeliest emotion."""
        return np.asarray(np.eye(len(EMOTIONS))[self.readings.argmax(axis=1)], dtype=np.float64)

    @property
    def hit(self) -> NDArray[np.float64]:
        """Share of tags that name the likeliest emotion."""
        return np.asarray((self.likeliest * self.tags).sum(axis=1))

    @property
    def is_census(self) -> bool:
        """Whether every text of every cell was drawn."""
        return bool((self.sample.probabilities == 1).all())


class _Estimate(NamedTuple):
    """A number, its standard error, and how many of these are on either side of its 95 per cent interval."""

    value: float
    error: float
    quantile: float


def measure_accuracy(sample: Sample, tags: pl.DataFrame) -> Accuracy:
    """Measure the sample's scorer against tags.

    Parameters
    ----------
    sample
        Which texts were drawn, and with which chances.
    tags
        text_key, tagger and label, as `emtract.tagging.answers.read_tags` returns them.

    Raises
    ------
    SourceError
        Too few texts have a tag.

    Notes
    -----
    The figures are of all texts of all cells of the panel (firm, session, window), a text counting once in each of its cells:
    ratios ``R = sum y/pi / sum z/pi`` over what was drawn (Hajek 1971), with pi the chance that it was. A text of several tags
    counts with the share of each. Texts without a tag are left out of both sums, z = 0. The variance is the variance of the
    linearised ratio, e = (y - R z) / sum z/pi, in two stages of simple random samples (Cochran 1977, eq. 11.24)::

        sum_h N_h² (1 - n_h/N_h) s²_h / n_h  +  sum_h N_h/n_h sum_c M_c² (1 - m_c/M_c) s²_c / m_c

    with s²_h the variance of the cells' estimated totals of e and s²_c the variance of e within a cell. Degrees of freedom
    of t quantiles
    are Satterthwaite's (1946), ``(sum V_h)² / sum V_h²/(n_h - 1)`` with V_h a stratum's part of the variance: most of it may
    come from few cells.
    """
    of = tagged_texts(sample, tags)
    if of.told.sum() <= len(sample.strata):
        raise SourceError(f"{of.told.sum():,} of {len(of.told):,} texts have a tag: too few; tag more of the sample")
    told, hit = of.told.astype(np.float64), of.hit
    seen = np.isin(sample.drawn_keys, tags["text_key"].to_numpy()).astype(np.float64)
    confidence = of.readings.max(axis=1)
    accuracy, untold = _estimate(of, hit * told, told), _estimate(of, seen * ~of.told, seen)
    likeliest, gap = _estimate(of, confidence * told, told), _estimate(of, (confidence - hit) * told, told)
    f1 = _macro_f1(of)
    rows = [
        ("accuracy", *accuracy[:2], *_share_interval(of, accuracy, told)),
        ("macro f1", *f1[:2], *_interval(f1, least=0.0)),
        ("mean probability of the likeliest emotion", *likeliest[:2], *_interval(likeliest, least=0.0)),
        ("that probability less accuracy", *gap[:2], *_interval(gap)),
        ("texts that nobody could tell", *untold[:2], *_share_interval(of, untold, seen)),
    ]
    schema = {"measure": pl.String} | dict.fromkeys(("value", "std_error", "low", "high"), pl.Float64)
    return Accuracy(
        table=pl.DataFrame(rows, schema=schema, orient="row"),
        by_emotion=_by_emotion(of, told),
        by_confidence=_by_confidence(of, confidence, hit),
        texts=tags.drop_nulls("label")["text_key"].n_unique(),
        taggers=tags["tagger"].n_unique(),
        notes=(*_notes(of, accuracy), *([_plan(of, hit * told, told)] if accuracy.error else [])),
    )


def _by_emotion(of: TaggedTexts, told: NDArray[np.float64]) -> pl.DataFrame:
    rows = []
    for emotion, read, tag in zip(EMOTIONS, of.readings.T, of.tags.T, strict=True):
        gap = _estimate(of, (read - tag) * told, told)
        shares = (_estimate(of, share * told, told)[0] for share in (read, tag))
        rows.append((emotion, *shares, *gap[:2], *_interval(gap)))
    names = ("read", "tagged", "difference", "std_error", "low", "high")
    return pl.DataFrame(rows, schema={"emotion": pl.String} | dict.fromkeys(names, pl.Float64), orient="row")


def tagged_texts(sample: Sample, tags: pl.DataFrame) -> TaggedTexts:
    """Return readings and tags of the texts drawn, in the order of `Sample.drawn_keys`; of several tags the share of each."""
    keys = pl.DataFrame({"text_key": list(sample.drawn_keys)})
    shares = (
        tags.drop_nulls("label").group_by("text_key").agg([(pl.col("label") == e).mean().alias(e) for e in EMOTIONS])
    )
    found = keys.join(shares, on="text_key", how="left", maintain_order="left").select(EMOTIONS).to_numpy()
    readings = np.array([sample.readings[key] for key in sample.drawn_keys])
    return TaggedTexts(
        sample, readings, np.nan_to_num(found.astype(np.float64)), ~np.isnan(found.astype(np.float64)[:, 0])
    )


def _estimate(of: TaggedTexts, y: NDArray[np.float64], z: NDArray[np.float64]) -> _Estimate:
    """Ratio of two totals."""
    chance = of.sample.probabilities
    total = float((z / chance).sum())
    ratio = float((y / chance).sum()) / total
    return _linearised(of.sample, ratio, (y - ratio * z) / total)


def _linearised(sample: Sample, value: float, e: NDArray[np.float64]) -> _Estimate:
    variances = stratum_variances(sample, e)
    drawn = np.array([stratum.drawn for stratum in sample.strata])
    total = float(variances.sum()) if variances.sum() > _NOTHING**2 else 0.0
    told = variances > _NOTHING**2 if total else np.zeros(len(drawn), dtype=np.bool_)
    parts = variances[told] ** 2 / np.maximum(drawn[told] - 1, 1)
    free = total**2 / float(parts.sum()) if told.any() else len(sample.cells) - len(drawn)
    return _Estimate(value, float(np.sqrt(total)), float(stats.t.ppf(0.975, max(free, 1))))


def _macro_f1(of: TaggedTexts) -> _Estimate:
    """Mean over emotions of ``2 hits / (likeliest + tagged)``; an emotion that is neither counts as zero."""
    chance, told = of.sample.probabilities, of.told.astype(np.float64)
    scores, linear = [], np.zeros(len(told))
    for likeliest, tag in zip(of.likeliest.T, of.tags.T, strict=True):
        y, z = 2 * likeliest * tag * told, (likeliest + tag) * told
        total = float((z / chance).sum())
        scores.append(float((y / chance).sum()) / total if total else 0.0)
        linear += (y - scores[-1] * z) / total if total else 0.0
    return _linearised(of.sample, float(np.mean(scores)), linear / len(EMOTIONS))


def stratum_variances(sample: Sample, e: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the estimated variance of ``sum e / pi`` over what was drawn, the part of each stratum, shape (strata,).

    Parameters
    ----------
    sample
        The design: cells within strata, texts within cells.
    e
        A number for each of `Sample.drawn_keys`, shape (k,).

    Notes
    -----
    Without bias where each stratum and each cell of which not all was drawn has two drawn; see `measure_accuracy`.
    """
    owner, cells = sample.owners, len(sample.cells)
    taken = np.bincount(owner, minlength=cells)
    held = np.array([cell.texts for cell in sample.cells])
    means = np.bincount(owner, weights=e, minlength=cells) / taken
    apart = np.bincount(owner, weights=(e - means[owner]) ** 2, minlength=cells)
    within = held * (held - taken) / taken * apart / np.maximum(taken - 1, 1)
    stratum = np.array([cell.stratum for cell in sample.cells])
    variances = np.zeros(len(sample.strata))
    for place, told in enumerate(sample.strata):
        of = stratum == place
        totals = (held * means)[of]
        between = told.cells * (told.cells - told.drawn) / told.drawn * totals.var(ddof=1) if told.drawn > 1 else 0.0
        variances[place] = between + told.cells / told.drawn * within[of].sum()
    return variances


def endless_covariance(sample: Sample, e: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the covariance of ``sum e / pi`` were each cell a draw of a stratum without end.

    Parameters
    ----------
    sample
        The design.
    e
        Numbers for each of `Sample.drawn_keys`, shape (k, m).

    Returns
    -------
    NDArray
        Shape (m, m). Nothing is taken off for the share of the cells that was drawn: the variance of what the cells are draws of.
    """
    return np.asarray(_endless_by_stratum(sample, e).sum(axis=0), dtype=np.float64)


def _endless_by_stratum(sample: Sample, e: NDArray[np.float64]) -> NDArray[np.float64]:
    """Part of each stratum in `endless_covariance`, shape (strata, m, m); zero of a stratum of which one cell was drawn."""
    owner, size = sample.owners, len(sample.cells)
    sums = np.column_stack([np.bincount(owner, weights=column, minlength=size) for column in e.T])
    totals = sums / np.array([cell.text_probability for cell in sample.cells])[:, None]
    stratum = np.array([cell.stratum for cell in sample.cells])
    out = np.zeros((len(sample.strata), e.shape[1], e.shape[1]))
    for place, told in enumerate(sample.strata):
        own = totals[stratum == place]
        if len(own) > 1:
            out[place] = told.cells**2 / told.drawn * np.cov(own.T)
    return out


def half_as_wide(sample: Sample, e: NDArray[np.float64]) -> int | None:
    """Return how many texts, drawn by the same design, give an interval half as wide; None where no number does.

    Parameters
    ----------
    sample
        The design.
    e
        The linearised estimate, a number for each of `Sample.drawn_keys`, shape (k,).

    Notes
    -----
    With f times the cells of each stratum, as far as it has them, its part of the variance is ``V - A (1 - 1/f)``, where V is its
    part here and A its part were it without end. What is left where all cells are drawn comes of the texts within them, of
    which the design takes two.
    """
    here, endless = stratum_variances(sample, e), _endless_by_stratum(sample, e[:, None])[:, 0, 0]
    most = np.array([stratum.cells / stratum.drawn for stratum in sample.strata])

    def missing(f: float) -> float:
        return float((here - endless * (1 - 1 / np.minimum(f, most))).sum() - here.sum() / 4)

    if here.sum() <= _NOTHING**2:
        return len(sample.keys)
    if missing(float(most.max())) > 0:
        return None
    more = np.minimum(optimize.brentq(missing, 1.0, float(most.max())), most)
    texts = np.bincount([cell.stratum for cell in sample.cells], weights=[len(cell.keys) for cell in sample.cells])
    return int(np.ceil(len(sample.keys) * (texts @ more) / texts.sum()))


def _by_confidence(of: TaggedTexts, confidence: NDArray[np.float64], hit: NDArray[np.float64]) -> pl.DataFrame:
    """How often texts are read right within bins of confidence, those that hold ten texts or more."""
    rows = []
    for low, high in pairwise(_BINS):
        inside = (of.told & (confidence > low) & (confidence <= high)).astype(np.float64)
        if inside.sum() >= _FEWEST:
            right = _estimate(of, hit * inside, inside)
            read = _estimate(of, confidence * inside, inside)[0]
            rows.append(
                (f"{low:.1f} to {high:.1f}", int(inside.sum()), read, *right[:2], *_share_interval(of, right, inside))
            )
    names = ("read", "right", "std_error", "low", "high")
    schema = {"probability": pl.String, "texts": pl.Int64} | dict.fromkeys(names, pl.Float64)
    return pl.DataFrame(rows, schema=schema, orient="row")


def _interval(found: _Estimate, *, least: float = -1.0) -> tuple[float, float]:
    """Interval of a difference of shares, or with `least` 0 of a number between 0 and 1."""
    half = found.quantile * found.error
    return max(least, found.value - half), min(1.0, found.value + half)


def _share_interval(of: TaggedTexts, found: _Estimate, z: NDArray[np.float64]) -> tuple[float, float]:
    """Interval of a share, which is no point where all texts or none have what is counted.

    Wilson's, with the number of independent draws that would have the same error (Kott and Carr 1997); where what was drawn shows
    no error, as it does not of 0 and of 1, or where each kind of cell is all right or all wrong, with the number that the weights
    leave (Kish 1965). Only where every text is known it is a point.
    """
    value, error, quantile = found
    weight = z / of.sample.probabilities
    if of.is_census and (of.told.all() or z.all()):
        return value, value
    n = value * (1 - value) / error**2 if error else float(weight.sum() ** 2 / (weight**2).sum())
    return wilson(value * n, n, z=quantile)


def _plan(of: TaggedTexts, y: NDArray[np.float64], z: NDArray[np.float64]) -> str:
    """Say what an interval of the accuracy half as wide would take."""
    ratio, total = _estimate(of, y, z).value, float((z / of.sample.probabilities).sum())
    texts = half_as_wide(of.sample, (y - ratio * z) / total)
    if texts is None:
        return (
            "no number of texts drawn by this design makes an interval of the accuracy half as wide: its error is of texts "
            "within cells, of which two are tagged"
        )
    return (
        f"an interval of the accuracy half as wide takes about {texts:,} texts (now {len(of.sample.keys):,}): "
        f"{texts * _SECONDS / 3600:.1f} hours for each tagger at {_SECONDS} seconds a text"
    )


def _notes(of: TaggedTexts, accuracy: _Estimate) -> tuple[str, ...]:
    sample, told, drawn = of.sample, int(of.told.sum()), len(of.told)
    notes = [f"figures are of all texts of {sum(s.cells for s in sample.strata):,} cells, by the chances of the draw"]
    if told < drawn:
        notes.append(
            f"{drawn - told:,} of {drawn:,} texts have no tag and are taken to be like the others: pages show posts in a random "
            "order, so that this holds where work was stopped, and less where posts could not be told"
        )
    if not (accuracy.error or of.is_census):
        notes.append(
            "texts of one kind of cell are all read right or all wrong, so that errors of 0 say that few texts are tagged, "
            "not that nothing is uncertain"
        )
    return tuple(notes)
