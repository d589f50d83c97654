"""Signals of a firm-session panel: whole days, first components, shocks, and the sessions and the firm that a study is about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import polars as pl

from emtract.errors import PanelError
from emtract.panel.derive import NUMBER, check_derivable
from emtract.panel.frame import ENTITY, TIME, WINDOWS


@dataclass(frozen=True)
class WholeDay:
    """A mean of posts over the whole day, `{measure}_day`: that of both windows, weighted by their posts.

    Attributes
    ----------
    measure
        An emotion, valence, a stance, or `declared` or `divergence` (weighted by tagged posts); or `n_posts` or `n_tagged`,
        which are summed.

    Examples
    --------
    >>> from emtract.study import WholeDay
    >>> WholeDay("valence").describe()
    'valence_day: valence from the previous close to the close, both windows weighted by the posts of each'
    """

    measure: str

    def apply(self, data: pl.DataFrame) -> pl.DataFrame:
        """Add the column."""
        count = "n_tagged" if self.measure in ("declared", "divergence") else "n_posts"
        counts, means = ([f"{name}_{window}" for window in WINDOWS] for name in (count, self.measure))
        check_derivable(data, *counts, *means)
        if self.measure.startswith("n_"):
            return data.with_columns(pl.sum_horizontal(means).alias(f"{self.measure}_day"))
        known = [pl.when(pl.col(mean).is_not_null()).then(pl.col(n)) for mean, n in zip(means, counts, strict=True)]
        total = pl.sum_horizontal(pl.col(mean) * n for mean, n in zip(means, known, strict=True))
        n_known = pl.sum_horizontal(known)
        return data.with_columns(pl.when(n_known > 0).then(total / n_known).alias(f"{self.measure}_day"))

    def describe(self) -> str:
        """Return the definition in words."""
        how = "summed" if self.measure.startswith("n_") else "weighted by the posts of each"
        return f"{self.measure}_day: {self.measure} from the previous close to the close, both windows {how}"


@dataclass(frozen=True)
class FirstComponent:
    r"""The first principal component of several measures, each less its mean over its standard deviation, of unit variance.

    Attributes
    ----------
    name
        Of the new column.
    columns
        Measures; rows that lack one have no component.

    Notes
    -----
    .. math:: c = Z v / \sqrt{\lambda}

    with v the eigenvector of the largest eigenvalue :math:`\lambda` of the correlations, its sum positive. Means, deviations
    and v are of all rows, the future among them: where two measures go together v is :math:`(1, 1) / \sqrt{2}` in any sample.
    """

    name: str
    columns: tuple[str, ...]

    def apply(self, data: pl.DataFrame) -> pl.DataFrame:
        """Add the column."""
        import numpy as np

        check_derivable(data, *self.columns)
        if len(self.columns) < 2:
            raise PanelError(f"{self.name} needs two measures or more to have a first component")
        values = data.select(pl.col(self.columns).cast(pl.Float64)).to_numpy()
        whole = np.isfinite(values).all(axis=1)
        if whole.sum() < 3 or not (values[whole].std(axis=0) > 0).all():
            raise PanelError(
                f"{' and '.join(self.columns)} stand together on too few rows, or do not vary: no component"
            )
        z = (values[whole] - values[whole].mean(axis=0)) / values[whole].std(axis=0)
        _, vectors = np.linalg.eigh(np.corrcoef(z.T))
        component = z @ (vectors[:, -1] * np.sign(vectors[:, -1].sum() or 1.0))
        made = np.full(data.height, np.nan)
        made[whole] = component / component.std()
        return data.with_columns(pl.Series(self.name, made).fill_nan(None))

    def describe(self) -> str:
        """Return the definition in words."""
        return f"{self.name}: first principal component of {', '.join(self.columns)}, each standardised over all firm-sessions"


@dataclass(frozen=True)
class Shock:
    """Whether a column is far from the firm's own past: `surge_{column}` (above) or `slump_{column}` (below), 1 or 0.

    Null where the column is, or where the past is short or does not vary.

    Attributes
    ----------
    column
        Of the panel.
    side
        `surge` or `slump`.
    beyond
        Standard deviations from the mean of the past from which a value is a shock.
    past, least
        How many of the firm's earlier rows with the column make its past, and how many of them there must be.
    """

    column: str
    side: Literal["surge", "slump"]
    beyond: float = 2.0
    past: int = 60
    least: int = 20

    def apply(self, data: pl.DataFrame) -> pl.DataFrame:
        """Add the column."""
        check_derivable(data, self.column)
        if self.beyond <= 0 or not 2 <= self.least <= self.past:
            raise PanelError("a shock lies some standard deviations from the mean of at least 2 earlier values")
        known = data.with_row_index("_row").filter(pl.col(self.column).is_not_null())
        before = pl.col(self.column).shift(1)
        mean = before.rolling_mean(self.past, min_samples=self.least).over(ENTITY)
        sd = before.rolling_std(self.past, min_samples=self.least).over(ENTITY)
        away = pl.col(self.column) - mean if self.side == "surge" else mean - pl.col(self.column)
        shock = pl.when(sd > 0).then((away > self.beyond * sd).cast(pl.Float64)).alias(f"{self.side}_{self.column}")
        made = known.select("_row", shock)
        return data.with_row_index("_row").join(made, on="_row", how="left", maintain_order="left").drop("_row")

    def describe(self) -> str:
        """Return the definition in words."""
        side = "above" if self.side == "surge" else "below"
        return (
            f"{self.side}_{self.column}: 1 where {self.column} is more than {self.beyond:g} standard deviations {side} its mean "
            f"over the firm's last {self.past} rows with it (at least {self.least}), else 0"
        )


@dataclass(frozen=True)
class MostPosted:
    """Whether the firm is the one with the most posts, `most_posted` 1 or 0: for the study of one firm's days.

    The posts of all sessions count, so the choice is made once, on the whole archive, and no outcome plays a part in it.
    """

    def apply(self, data: pl.DataFrame) -> pl.DataFrame:
        """Add the column."""
        counts = [f"n_posts_{window}" for window in WINDOWS]
        check_derivable(data, ENTITY, *counts)
        posts = data.group_by(ENTITY).agg(pl.sum_horizontal(pl.col(counts)).sum().alias("posts"))
        most = posts.sort("posts", ENTITY, descending=[True, False])[ENTITY][0]
        return data.with_columns((pl.col(ENTITY) == most).cast(pl.Float64).alias("most_posted"))

    def describe(self) -> str:
        """Return the definition in words."""
        return "most_posted: 1 for the firm with the most posts in the archive, else 0"


@dataclass(frozen=True)
class AfterBreak:
    """Whether the exchange was closed on a day before the session, `after_break` 1 or 0: weekends and holidays.

    Posts before the open of such a session were written in part while nothing traded.
    """

    def apply(self, data: pl.DataFrame) -> pl.DataFrame:
        """Add the column."""
        check_derivable(data, TIME, NUMBER)
        calendar = data.select(TIME, NUMBER).unique().sort(NUMBER)
        follows = pl.col(NUMBER).diff() == 1
        closed = pl.when(follows).then((pl.col(TIME).diff().dt.total_days() > 1).cast(pl.Float64))
        made = calendar.select(TIME, closed.alias("after_break"))
        return data.join(made, on=TIME, how="left", maintain_order="left")

    def describe(self) -> str:
        """Return the definition in words."""
        return "after_break: 1 where the exchange was closed on the day before the session, else 0"
