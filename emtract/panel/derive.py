"""Columns made from others on a firm-session panel: leads, splits, sizes. Each transform is a frozen value."""

from __future__ import annotations

from bisect import insort
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, Protocol

import polars as pl

from emtract.emotions import NEGATIVE, POSITIVE
from emtract.errors import PanelError
from emtract.panel.frame import ENTITY, TIME, how_to_read

if TYPE_CHECKING:
    from collections.abc import Sequence

    from emtract.panel.frame import Panel, Window

#: Position of a session in the calendar: one more is the next session, whether the firm traded or not.
NUMBER = "number"


class Transform(Protocol):
    """One derivation: adds columns to the rows of a panel, drops none, changes none that is there."""

    def apply(self, data: pl.DataFrame) -> pl.DataFrame:
        """Return the rows with the new columns; rows are sorted by symbol and session, and stay so."""
        ...

    def describe(self) -> str:
        """Return the definition in words, as a paper's table of variables would."""
        ...


def derive(panel: Panel, transforms: Sequence[Transform]) -> Panel:
    """Return the panel with the columns of all transforms, applied in order."""
    data = panel.data
    for transform in transforms:
        data = transform.apply(data)
    return replace(panel, data=data)


@dataclass(frozen=True)
class Lead:
    """The value of a column k sessions later, `{column}_lead_{k}`; null where that session has no row.

    Examples
    --------
    >>> from emtract.study import Lead
    >>> Lead("return_open_close", (1, 2)).describe()
    'return_open_close_lead_k: return_open_close k sessions later, k = 1, 2'
    """

    column: str
    horizons: tuple[int, ...]

    def apply(self, data: pl.DataFrame) -> pl.DataFrame:
        """Add one column a horizon."""
        return _moved(data, self.column, {k: f"{self.column}_lead_{k}" for k in self.horizons})

    def describe(self) -> str:
        """Return the definition in words."""
        return f"{self.column}_lead_k: {self.column} k sessions later, k = {_listed(self.horizons)}"


@dataclass(frozen=True)
class Lag:
    """The value of a column k sessions earlier, `{column}_lag_{k}`; null where that session has no row.

    Examples
    --------
    >>> from emtract.study import Lag
    >>> Lag("valence_market", (1,)).describe()
    'valence_market_lag_k: valence_market k sessions earlier, k = 1'
    """

    column: str
    horizons: tuple[int, ...]

    def apply(self, data: pl.DataFrame) -> pl.DataFrame:
        """Add one column a horizon."""
        return _moved(data, self.column, {-k: f"{self.column}_lag_{k}" for k in self.horizons})

    def describe(self) -> str:
        """Return the definition in words."""
        return f"{self.column}_lag_k: {self.column} k sessions earlier, k = {_listed(self.horizons)}"


@dataclass(frozen=True)
class Cumulated:
    r"""The return compounded over the k sessions that follow, `{column}_cumulated_{k}`; null where any of them lacks it.

    Notes
    -----
    .. math:: R_{i,t,k} = \prod_{j=1}^{k} (1 + r_{i,t+j}) - 1

    Examples
    --------
    >>> from emtract.study import Cumulated
    >>> Cumulated("return_close_close", (5, 20)).describe()
    'return_close_close_cumulated_k: return_close_close compounded from the next session to the k-th after it, k = 5, 20'
    """

    column: str
    horizons: tuple[int, ...]

    def apply(self, data: pl.DataFrame) -> pl.DataFrame:
        """Add one column a horizon."""
        check_derivable(data, self.column, NUMBER)
        _check_horizons(self.horizons)
        step = pl.col(NUMBER).diff() != 1
        run = step.fill_null(value=True).cum_sum().over(ENTITY).alias("_run")
        work = data.select(ENTITY, NUMBER, self.column).with_columns(run)
        growth, made = pl.lit(1.0), {}
        for k in range(1, max(self.horizons) + 1):
            growth = growth * (1 + pl.col(self.column).shift(-k).over(ENTITY, "_run"))
            work = work.with_columns(growth.alias("_growth"))
            growth = pl.col("_growth")
            if k in self.horizons:
                made[f"{self.column}_cumulated_{k}"] = work["_growth"] - 1
        return data.with_columns(**made)

    def describe(self) -> str:
        """Return the definition in words."""
        return (
            f"{self.column}_cumulated_k: {self.column} compounded from the next session to the k-th after it, "
            f"k = {_listed(self.horizons)}"
        )


@dataclass(frozen=True)
class MedianSplit:
    """Whether a column lies above its median, `high_{column}` 0 or 1; null where the column is.

    A column of two values, such as an indicator, is split between them wherever its median lies.

    Attributes
    ----------
    by
        `session`: the median of that session's cross-section, known when the column is. `past`: the median of the sessions up
        to this one, each counted by the median of its firms, which suits what is the same for all firms, such as a dated
        series. `sample`: the median over all rows, which uses future information.

    Examples
    --------
    >>> from emtract.study import MedianSplit
    >>> MedianSplit("lagged_volatility").describe()
    "high_lagged_volatility: 1 where lagged_volatility is above the median of the session's firms, else 0"
    """

    column: str
    by: Literal["session", "past", "sample"] = "session"

    def apply(self, data: pl.DataFrame) -> pl.DataFrame:
        """Add the column."""
        check_derivable(data, self.column)
        if self.by == "session":
            _check_differs(data, self.column)
        median: pl.Expr | pl.Series = pl.col(self.column).median()
        if self.by == "past":
            median = pl.Series("median", _past_medians(data, self.column), pl.Float64)
        elif self.by == "session":
            median = pl.col(self.column).median().over(TIME)
        split = pl.col(self.column) > median
        if data[self.column].drop_nulls().n_unique() == 2:
            split = pl.col(self.column) == pl.col(self.column).max()
        return data.with_columns(split.cast(pl.Float64).alias(f"high_{self.column}"))

    def describe(self) -> str:
        """Return the definition in words."""
        whose = {
            "session": "of the session's firms",
            "past": "of the sessions so far",
            "sample": "of all firm-sessions",
        }[self.by]
        return f"high_{self.column}: 1 where {self.column} is above the median {whose}, else 0"


@dataclass(frozen=True)
class Absolute:
    """The size of a column without its sign, `absolute_{column}`.

    Examples
    --------
    >>> from emtract.study import Absolute
    >>> Absolute("valence_market").describe()
    'absolute_valence_market: absolute value of valence_market'
    """

    column: str

    def apply(self, data: pl.DataFrame) -> pl.DataFrame:
        """Add the column."""
        check_derivable(data, self.column)
        return data.with_columns(pl.col(self.column).abs().alias(f"absolute_{self.column}"))

    def describe(self) -> str:
        """Return the definition in words."""
        return f"absolute_{self.column}: absolute value of {self.column}"


@dataclass(frozen=True)
class Logarithm:
    """The natural logarithm of a positive column, `log_{column}`; null elsewhere."""

    column: str

    def apply(self, data: pl.DataFrame) -> pl.DataFrame:
        """Add the column."""
        check_derivable(data, self.column)
        positive = pl.when(pl.col(self.column) > 0).then(pl.col(self.column))
        return data.with_columns(positive.log().alias(f"log_{self.column}"))

    def describe(self) -> str:
        """Return the definition in words."""
        return f"log_{self.column}: natural logarithm of {self.column}"


@dataclass(frozen=True)
class Product:
    """The product of two columns, `{first}_x_{second}`; a `Spec` forms products of standardised columns itself.

    Examples
    --------
    >>> from emtract.study import Product
    >>> Product("fear_market", "size").describe()
    'fear_market_x_size: product of fear_market and size'
    """

    first: str
    second: str

    def apply(self, data: pl.DataFrame) -> pl.DataFrame:
        """Add the column."""
        check_derivable(data, self.first, self.second)
        return data.with_columns((pl.col(self.first) * pl.col(self.second)).alias(f"{self.first}_x_{self.second}"))

    def describe(self) -> str:
        """Return the definition in words."""
        return f"{self.first}_x_{self.second}: product of {self.first} and {self.second}"


@dataclass(frozen=True)
class Standardised:
    """A column less its mean, over its standard deviation, `standardised_{column}`; null where nothing varies.

    Examples
    --------
    >>> from emtract.study import Standardised
    >>> Standardised("size").describe()
    "standardised_size: size less the mean, over the standard deviation, of the session's firms"
    """

    column: str
    by: Literal["session", "sample"] = "session"

    def apply(self, data: pl.DataFrame) -> pl.DataFrame:
        """Add the column."""
        check_derivable(data, self.column)
        mean, sd = pl.col(self.column).mean(), pl.col(self.column).std()
        if self.by == "session":
            mean, sd = mean.over(TIME), sd.over(TIME)
        score = pl.when(sd > 0).then((pl.col(self.column) - mean) / sd)
        return data.with_columns(score.alias(f"standardised_{self.column}"))

    def describe(self) -> str:
        """Return the definition in words."""
        whose = "of the session's firms" if self.by == "session" else "of all firm-sessions"
        return f"standardised_{self.column}: {self.column} less the mean, over the standard deviation, {whose}"


@dataclass(frozen=True)
class Disagreement:
    r"""How evenly a window's mood is split between happy and negative, `disagreement_{window}`, from 0 to 1.

    Notes
    -----
    .. math:: D = \sqrt{1 - \left(\frac{P - N}{P + N}\right)^2}

    with P the share of happy and N the share of sad, anger, disgust and fear: one less the agreement index of Antweiler and Frank
    (2004), whose buy and sell messages the shares stand in for. 0 where all mood is of one sign, 1 where both weigh the same.
    It reads shares of the window's mean, so a window of undecided posts counts as one of opposed posts.
    """

    window: Window
    suffix: str = ""

    def apply(self, data: pl.DataFrame) -> pl.DataFrame:
        """Add the column."""
        tail = f"_{self.window}{self.suffix}"
        positive, negative = ([f"{emotion}{tail}" for emotion in signed] for signed in (POSITIVE, NEGATIVE))
        check_derivable(data, *positive, *negative)
        p, n = (pl.sum_horizontal(names, ignore_nulls=False) for names in (positive, negative))
        balance = pl.when(p + n > 0).then((p - n) / (p + n))
        return data.with_columns((1 - balance.pow(2)).clip(0, 1).sqrt().alias(f"disagreement{tail}"))

    def describe(self) -> str:
        """Return the definition in words."""
        return (
            f"disagreement_{self.window}{self.suffix}: square root of 1 - ((P - N) / (P + N))^2, P the share of happy and N "
            "the share of sad, anger, disgust and fear (Antweiler and Frank's index, over emotions)"
        )


def _moved(data: pl.DataFrame, column: str, names: dict[int, str]) -> pl.DataFrame:
    """Add, by name, the value of a column at the session `number + k` of the same firm."""
    check_derivable(data, column, NUMBER)
    _check_horizons([abs(k) for k in names])
    keys = [ENTITY, NUMBER]
    source = data.select(*keys, column)
    rows = data.select(keys)
    made = {
        name: rows.join(
            source.with_columns(pl.col(NUMBER) - k), on=keys, how="left", maintain_order="left", validate="1:1"
        )[column]
        for k, name in names.items()
    }
    return data.with_columns(**made)


def _past_medians(data: pl.DataFrame, column: str) -> list[float | None]:
    """Return for each row the median over the sessions up to its own of the session's median."""
    held: list[float] = []
    medians: dict[object, float | None] = {}
    for day, value in data.group_by(TIME).agg(pl.col(column).cast(pl.Float64).median()).sort(TIME).iter_rows():
        if value is not None:
            insort(held, value)
        middle = len(held) // 2
        medians[day] = (held[middle] + held[~middle]) / 2 if held else None
    return [medians[day] for day in data[TIME]]


def _check_differs(data: pl.DataFrame, column: str) -> None:
    """Refuse a cross-section of equal values: no firm would lie above its median."""
    of_session = data.drop_nulls(column).group_by(TIME).agg(pl.len(), pl.col(column).n_unique().alias("values"))
    is_same = of_session.filter(pl.col("len") > 1).height > 0 and (of_session["values"] == 1).all()
    if is_same and data[column].drop_nulls().n_unique() > 2:
        raise PanelError(f"{column} is the same for all firms of a session: split it by='past', or by='sample'")


def check_derivable(data: pl.DataFrame, *columns: str) -> None:
    """Raise PanelError, with what to do, where a panel lacks columns to derive from."""
    if missing := [column for column in columns if column not in data.columns]:
        remedy = "check the name in derive"
        if told := next(filter(None, map(how_to_read, missing)), None):
            remedy = told
        elif any(column.startswith(("declared_", "divergence_", "n_tagged_")) for column in missing):
            remedy = "no writer of this archive tagged a post as bullish or bearish"
            alone = all(column.startswith("divergence_") for column in missing)
            if alone and any(column.startswith("declared_") for column in data.columns):
                remedy = 'tags count as evidence in it: set tags = "ignore" under [panel]'
        raise PanelError(f"the panel has no column {', '.join(missing)} to derive from: {remedy}")


def _check_horizons(horizons: Sequence[int]) -> None:
    if not horizons or min(horizons) < 1:
        raise PanelError(f"horizons must be 1 or more sessions, not {_listed(horizons) or 'none'}")


def _listed(horizons: Sequence[int]) -> str:
    """`1, 5, 20`, or `1 to 20` of all numbers between."""
    ordered = sorted({*horizons})
    if len(ordered) > 2 and ordered == list(range(ordered[0], ordered[-1] + 1)):
        return f"{ordered[0]} to {ordered[-1]}"
    return ", ".join(map(str, horizons))
