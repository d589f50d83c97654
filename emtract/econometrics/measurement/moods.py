"""Which regressors are means of posts, how each is made of the readings of a cell, and the noise that they bring."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from emtract.econometrics.regression.spec import parts
from emtract.emotions import NEGATIVE, POSITIVE, STANCE, TAGS
from emtract.errors import EstimationError, SpecError
from emtract.panel.frame import ENTITY, TIME
from emtract.panel.noise import READINGS, variances

if TYPE_CHECKING:
    from collections.abc import Sequence

    from emtract.econometrics.estimates import Codes, Floats
    from emtract.econometrics.regression.spec import Spec
    from emtract.panel.noise import Noise

_BEARISH, _BULLISH = TAGS
#: Moods that are sums of readings: those that count, and those that count against them.
_SUMS: Final[dict[str, tuple[Sequence[str], Sequence[str]]]] = {
    "valence": (POSITIVE, NEGATIVE),
    STANCE: ((_BULLISH,), (_BEARISH,)),
}


@dataclass(frozen=True, eq=False)
class Mood:
    """A regressor that is a mean of posts, or the product of one with an exact column.

    Attributes
    ----------
    place
        Its column among the regressors of the spec.
    suffix
        Whose posts: `market`, `pre_open`, or a group's.
    shares
        What it is of the readings of the noise, shape (readings,): one of them, valence, or bullish less bearish.
    factor
        What the noise of the mean is multiplied by in each row, shape (n,).
    """

    place: int
    suffix: str
    shares: Floats
    factor: Floats


def mood_of(column: str, noise: Noise) -> tuple[str, str] | None:
    """Return mood and suffix of a column that is a mean of posts; None for one that is exact.

    Raises
    ------
    SpecError
        When it is made of a mean of posts in another way, such as its absolute value or a lag, or of posts without a stance.
    """
    if (found := named_moods(noise).get(noise.aliases.get(column, column))) is not None:
        return found
    of_stances = {column_of(mood, suffix) for suffix in noise.suffixes for mood in (*TAGS, STANCE)}
    if column in of_stances:
        raise SpecError(
            f"correct='mood' does not hold for {column}: some posts have no stance, and the noise of the others alone is not "
            "measured; score all posts with one model that reads stances"
        )
    if {*READINGS, *_SUMS, "disagreement", *noise.aliases} & set(column.split("_")):
        raise SpecError(
            f"correct='mood' does not hold for {column}: name means of posts, such as {column_of('valence', noise.suffixes[0])}, "
            "or products of one with another column"
        )
    return None


def column_of(mood: str, suffix: str) -> str:
    """Return the name of a mood's column: `happy_market`, or `happy` where the suffix is empty."""
    return f"{mood}_{suffix}" if suffix else mood


def mood_columns(spec: Spec, noise: Noise) -> dict[str, tuple[str, str]]:
    """Return regressor -> mood and suffix of those that are means of posts, products included.

    Raises
    ------
    SpecError
        When none is, one is made in another way, is winsorised, or multiplies two means of posts; or where posts of one are among
        the posts of another, or of the outcome.
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
    _check_apart(spec, noise, {suffix for _, suffix in found.values()})
    return found


def _check_apart(spec: Spec, noise: Noise, suffixes: set[str]) -> None:
    """Refuse errors that go together in a way that is not measured: of two groups that share posts, or with the outcome's."""
    for one, two in combinations(sorted(suffixes), 2):
        if _share_posts(one, two):
            raise SpecError(
                f"correct='mood' does not hold where posts of {two} are among the posts of {one}: name one of them"
            )
    outcome = named_moods(noise).get(noise.aliases.get(spec.y, spec.y))
    if outcome is not None and any(_share_posts(outcome[1], suffix) for suffix in suffixes):
        raise SpecError(
            f"correct='mood' does not hold for {spec.y}, a mean of the same posts as a regressor: their errors go together"
        )


def _share_posts(one: str, two: str) -> bool:
    """Whether posts of one suffix are among the posts of another: `market_finance` is a part of `market`."""
    return one == two or one.startswith(f"{two}_") or two.startswith(f"{one}_")


def named_moods(noise: Noise) -> dict[str, tuple[str, str]]:
    """Return column -> mood and suffix of every mean of posts whose noise is known."""
    moods = [*noise.readings, "valence", *([STANCE] if {*TAGS} <= {*noise.readings} else [])]
    return {column_of(mood, suffix): (mood, suffix) for suffix in noise.suffixes for mood in moods}


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
    for name, (mood, suffix) in columns.items():
        place = spec.regressors.index(name)
        factor = np.full(sample.height, 1 / sds[place])
        for part in parts(name) if len(parts(name)) > 1 else ():
            values = sample[part].to_numpy()
            mean, sd = (values.mean(), values.std(ddof=1)) if part in spec.standardise else (0.0, 1.0)
            factor = factor / sd if mood_of(part, noise) else factor * (values - mean) / sd
        moods.append(Mood(place, suffix, _shares(mood, noise.readings), factor))
    return tuple(moods)


def _shares(mood: str, readings: Sequence[str]) -> Floats:
    plus, minus = _SUMS.get(mood, ((mood,), ()))
    return np.array([float(name in plus) - float(name in minus) for name in readings])


def packed(one: Floats, two: Floats) -> Floats:
    """Return what the entries of V, upper triangle row by row, are multiplied by for one' V two, shape (k (k + 1) / 2,)."""
    outer = np.outer(one, two)
    both = outer + outer.T
    both[np.diag_indices(len(one))] /= 2
    return np.asarray(both[np.triu_indices(len(one))])


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
        When the cells are of another sample, or several rows are of one cell.
    """
    keys = row_keys(sample)
    if sample.select(keys).is_duplicated().any():
        raise EstimationError(f"several rows of one {' and '.join(keys)} rest on the same posts: keep one row of each")
    cells = noise.cells.filter(pl.col("suffix") == suffix).drop("suffix")
    found = sample.select(keys).join(cells, on=keys, how="left", maintain_order="left")
    if found.height != sample.height or found["n_units"].null_count():
        raise EstimationError(
            f"the noise of {suffix} belongs to another panel: build both with one call of build_panel()"
        )
    return found.drop(ENTITY, TIME, strict=False)


def pair_rows(sample: pl.DataFrame, noise: Noise, suffix: str) -> tuple[Codes, Codes, Floats]:
    """Return the pairs of rows whose cells share posts, and the covariance of their noise, shape (pairs, entries).

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
    return one, two, pairs.select(variances(noise.readings)).to_numpy()
