"""Which regressors are means of posts, how each is made of the seven shares of a cell, and the noise that they bring."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from emtract.econometrics.regression.spec import parts
from emtract.emotions import EMOTIONS, NEGATIVE, POSITIVE
from emtract.errors import EstimationError, SpecError
from emtract.panel.frame import ENTITY, TIME
from emtract.panel.noise import VARIANCES

if TYPE_CHECKING:
    from emtract.econometrics.estimates import Codes, Floats
    from emtract.econometrics.regression.spec import Spec
    from emtract.panel.noise import Noise

_UPPER: Final = np.triu_indices(len(EMOTIONS))


@dataclass(frozen=True, eq=False)
class Mood:
    """A regressor that is a mean of posts, or the product of one with an exact column.

    Attributes
    ----------
    place
        Its column among the regressors of the spec.
    suffix
        Whose posts: `market`, `pre_open`, or those of a group.
    shares
        What it is of the seven shares, shape (7,): one emotion, or valence.
    factor
        What the noise of the mean is multiplied by in each row, shape (n,).
    """

    place: int
    suffix: str
    shares: Floats
    factor: Floats


def mood_of(column: str, noise: Noise) -> tuple[str, str] | None:
    """Return emotion (or valence) and suffix of a column that is a mean of posts; None for one that is exact.

    Raises
    ------
    SpecError
        When it is made of a mean of posts in another way, such as its absolute value or a lag.
    """
    named = {column_of(mood, suffix): (mood, suffix) for suffix in noise.suffixes for mood in (*EMOTIONS, "valence")}
    if (found := named.get(noise.aliases.get(column, column))) is not None:
        return found
    if {*EMOTIONS, "valence", "disagreement", *noise.aliases} & set(column.split("_")):
        raise SpecError(
            f"correct='mood' does not hold for {column}: name means of posts, such as {column_of('valence', noise.suffixes[0])}, "
            "or products of one with another column"
        )
    return None


def column_of(mood: str, suffix: str) -> str:
    """Return the name of a mood's column: `happy_market`, or `happy` where the suffix is empty."""
    return f"{mood}_{suffix}" if suffix else mood


def mood_columns(spec: Spec, noise: Noise) -> dict[str, tuple[str, str]]:
    """Return regressor -> emotion and suffix of those that are means of posts, products included.

    Raises
    ------
    SpecError
        When none is, one is made in another way, is winsorised, or multiplies two means of posts.
    """
    found: dict[str, tuple[str, str]] = {}
    for name in spec.regressors:
        moods = [(part, mood) for part in parts(name) if (mood := mood_of(part, noise)) is not None]
        if len(moods) > 1:
            raise SpecError(
                f"correct='mood' does not hold for {name}, which multiplies two means of posts: leave it out"
            )
        for part, mood in moods:
            if part in spec.winsorise:
                raise SpecError(f"correct='mood' does not hold for a winsorised mean: take {part} out of winsorise")
            found[name] = mood
    if not found:
        raise SpecError(f"correct='mood' needs a mean of posts among {', '.join(spec.regressors)}")
    return found


def build_moods(spec: Spec, sample: pl.DataFrame, sds: Floats, noise: Noise) -> tuple[Mood, ...]:
    """Say how each regressor that is a mean of posts takes in the noise of its cell.

    Parameters
    ----------
    spec
        The regression.
    sample
        Its estimation sample, n rows.
    sds
        Standard deviation of each regressor, by which the design divides it, shape (k,).
    noise
        Of the panel.
    """
    columns = mood_columns(spec, noise)
    moods = []
    for name, (emotion, suffix) in columns.items():
        place = spec.regressors.index(name)
        factor = np.full(sample.height, 1 / sds[place])
        for part in parts(name) if len(parts(name)) > 1 else ():
            values = sample[part].to_numpy()
            mean, sd = (values.mean(), values.std(ddof=1)) if part in spec.standardise else (0.0, 1.0)
            factor = factor / sd if mood_of(part, noise) else factor * (values - mean) / sd
        moods.append(Mood(place, suffix, _shares(emotion), factor))
    return tuple(moods)


def _shares(emotion: str) -> Floats:
    if emotion != "valence":
        return np.array([float(e == emotion) for e in EMOTIONS])
    return np.array([float(e in POSITIVE) - float(e in NEGATIVE) for e in EMOTIONS])


def packed(one: Floats, two: Floats) -> Floats:
    """Return what the 28 entries of V are multiplied by for one' V two, shape (28,)."""
    outer = np.outer(one, two)
    both = outer + outer.T
    both[np.diag_indices(len(one))] /= 2
    return np.asarray(both[_UPPER])


def row_keys(sample: pl.DataFrame) -> list[str]:
    """Return the columns by which rows know their cells: firm and session, or the session where rows are of the market."""
    return [name for name in (ENTITY, TIME) if name in sample.columns]


def cell_rows(sample: pl.DataFrame, noise: Noise, suffix: str) -> pl.DataFrame:
    """Return the noise of each row's cell, in the order of the sample: the columns of `Noise.cells` but for the key.

    Parameters
    ----------
    sample
        n rows of a panel.
    noise
        Of that panel.
    suffix
        Whose posts.

    Raises
    ------
    EstimationError
        When the cells are not those of the sample.
    """
    keys = row_keys(sample)
    cells = noise.cells.filter(pl.col("suffix") == suffix).drop("suffix")
    found = sample.select(keys).join(cells, on=keys, how="left", maintain_order="left")
    if found.height != sample.height or found["n_units"].null_count():
        raise EstimationError(
            f"the noise of {suffix} is not that of this panel: build both with one call of build_panel()"
        )
    return found.drop(ENTITY, TIME, strict=False)


def pair_rows(sample: pl.DataFrame, noise: Noise, suffix: str) -> tuple[Codes, Codes, Floats]:
    """Return the pairs of rows whose cells share posts, and the covariance of their noise, shape (pairs, 28).

    Parameters
    ----------
    sample
        n rows of a panel.
    noise
        Of that panel.
    suffix
        Whose posts.
    """
    rows = sample.select(row_keys(sample)).with_row_index("row")
    pairs = noise.pairs.filter(pl.col("suffix") == suffix)
    for side in ("one", "two"):
        # Rows of the market have no firm, and their noise no pairs.
        named = rows.rename({ENTITY: side, "row": f"row_{side}"}, strict=False)
        on = [name for name in (side, TIME) if name in named.columns]
        pairs = pairs.join(
            named.rename({"row": f"row_{side}"}, strict=False), on=on, how="inner", maintain_order="left"
        )
    one, two = (pairs[f"row_{side}"].to_numpy().astype(np.int64) for side in ("one", "two"))
    return one, two, pairs.select(VARIANCES).to_numpy()
