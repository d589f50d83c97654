"""An estimation sample as arrays: outcome, standardised regressors, and whole numbers for effects, clusters and time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from emtract.econometrics.regression.spec import KERNELS, parts
from emtract.errors import AbsorbedError, EstimationError, SpecError
from emtract.panel.frame import ENTITY
from emtract.words.numbers import things

if TYPE_CHECKING:
    from collections.abc import Mapping

    from emtract.econometrics.estimates import Codes, Floats
    from emtract.econometrics.regression.spec import Spec

#: Combinations up to which a table of all of them is cheaper than sorting the rows.
_TABLE: Final = 50_000_000


@dataclass(frozen=True)
class Design:
    """What an engine fits.

    Attributes
    ----------
    y
        Scaled outcome, shape (n,).
    z
        Regressors, each with mean 0 and standard deviation 1, shape (n, k).
    means, sds
        Of the regressors before they are standardised (products: of standardised parts where the spec says so), shape
        (k,).
    unit
        What a coefficient on z is divided by to read in the spec's units, shape (k,).
    effects, clusters
        Name -> level of each row, shape (n,).
    time, entity
        Level of each row for kernels; None without. Autocovariances are taken within an entity.
    weights
        Shape (n,); None for least squares.
    """

    y: Floats
    z: Floats
    means: Floats
    sds: Floats
    unit: Floats
    effects: Mapping[str, Codes]
    clusters: Mapping[str, Codes]
    time: Codes | None = None
    entity: Codes | None = None
    weights: Floats | None = None


def build_design(spec: Spec, sample: pl.DataFrame) -> Design:
    """Turn an estimation sample into arrays.

    Raises
    ------
    EstimationError
        When a regressor, or a standardised part of a product, does not vary.
    SpecError
        When `newey_west` finds several rows of one time and no firm to tell them apart, or several of one firm.
    """
    x = _regressors(spec, sample)
    means, sds = x.mean(axis=0), x.std(axis=0, ddof=1)
    _check_varies(spec.regressors, means, sds, within=spec.regressors)
    x -= means
    x /= sds
    labels = {name: codes(sample, name) for name in dict.fromkeys((*spec.effects, *spec.clusters))}
    time = codes(sample, spec.time) if spec.covariance in KERNELS else None
    return Design(
        y=sample[spec.y].to_numpy() * spec.y_scale,
        z=x,
        means=means,
        sds=sds,
        unit=np.where(np.isin(spec.regressors, spec.standardise), 1.0, sds),
        effects={name: labels[name] for name in spec.effects},
        clusters={name: labels[name] for name in spec.clusters},
        time=time,
        entity=None if time is None else _entity(spec, sample, time),
        weights=None if spec.weights is None else sample[spec.weights].to_numpy(),
    )


def _regressors(spec: Spec, sample: pl.DataFrame) -> Floats:
    """Columns and products, shape (n, k), in the order of the spec."""
    if spec.regressors == spec.sources:
        return sample.select(spec.regressors).to_numpy(writable=True)
    x = np.empty((sample.height, len(spec.regressors)))
    for j, name in enumerate(spec.regressors):
        columns = parts(name)
        x[:, j] = (
            sample[name].to_numpy()
            if len(columns) == 1
            else np.prod([_part(spec, sample, c, name) for c in columns], 0)
        )
    return x


def _part(spec: Spec, sample: pl.DataFrame, column: str, product: str) -> Floats:
    values = sample[column].to_numpy()
    if column not in spec.standardise:
        return values
    mean, sd = values.mean(keepdims=True), values.std(ddof=1, keepdims=True)
    _check_varies((column,), mean, sd, within=(product,))
    return np.asarray((values - mean) / sd)


def _check_varies(names: tuple[str, ...], means: Floats, sds: Floats, *, within: tuple[str, ...]) -> None:
    """Raise at the first column that is constant; `within` are the regressors that the columns stand in."""
    for name, regressor, mean, sd in zip(names, within, means, sds, strict=True):
        if not sd > 1e-12 * abs(mean):
            message = f"{name} does not vary in the sample: leave it out or widen the sample"
            why = "it does not vary in the sample" if name == regressor else f"{name} does not vary in the sample"
            raise AbsorbedError(message, regressor, why)


def _entity(spec: Spec, sample: pl.DataFrame, time: Codes) -> Codes | None:
    if spec.covariance != "newey_west" or len(time) == time.max() + 1:
        return None
    if ENTITY not in sample.columns or spec.time == ENTITY:
        raise SpecError(
            f"newey_west needs one row of each {spec.time}, or a column {ENTITY}: choose covariance='driscoll_kraay'"
        )
    entity = codes(sample, ENTITY)
    if count(combine(entity, time)) < len(time):
        raise SpecError(
            f"newey_west needs one row of each {ENTITY} and {spec.time}: choose covariance='driscoll_kraay', or clusters"
        )
    return entity


def codes(data: pl.DataFrame, name: str) -> Codes:
    """Return the level of each row, from 0, in the order of the labels; ``a:b`` has one for each combination that occurs.

    Parameters
    ----------
    data
        n rows.
    name
        A column without nulls, or several joined by ``:``.

    Returns
    -------
    Codes
        Shape (n,); every number from 0 to the largest occurs.
    """
    first, *others = (_codes(data[column]) for column in parts(name))
    for other in others:
        first = combine(first, other)
    return first


def combine(one: Codes, two: Codes) -> Codes:
    """Return a level for each pair of levels that occurs, ordered by the first, then the second."""
    width = int(two.max(initial=0)) + 1
    joint = one * width + two
    size = (int(one.max(initial=0)) + 1) * width
    if size > _TABLE:
        return np.asarray(np.unique(joint, return_inverse=True)[1], dtype=np.int64)
    occurs = np.zeros(size, dtype=bool)
    occurs[joint] = True
    return np.asarray((np.cumsum(occurs) - 1)[joint], dtype=np.int64)


def count(levels: Codes) -> int:
    """Return the number of levels."""
    return int(levels.max(initial=-1)) + 1


def _codes(column: pl.Series) -> Codes:
    if column.null_count():
        raise EstimationError(
            f"{column.name} is missing on {things(column.null_count(), 'row')}: leave them out with where"
        )
    labels = column.unique().sort()
    if column.dtype == pl.String:
        return np.asarray(column.cast(pl.Enum(labels)).to_physical().to_numpy(), dtype=np.int64)
    if column.dtype.is_integer() or column.dtype.is_temporal():
        return np.searchsorted(labels.to_physical().to_numpy(), column.to_physical().to_numpy()).astype(np.int64)
    return np.asarray((column.rank("dense") - 1).to_numpy(), dtype=np.int64)
