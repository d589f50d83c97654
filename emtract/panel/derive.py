"""Columns made from others on a firm-session panel: leads, splits, placebos. Each transform is a frozen value."""

from __future__ import annotations

from bisect import insort
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, Protocol

import polars as pl

from emtract.emotions import NEGATIVE, POSITIVE
from emtract.errors import PanelError
from emtract.panel.frame import ENTITY, TIME, WINDOWS, asks_stance

if TYPE_CHECKING:
    from collections.abc import Sequence

    from emtract.panel.frame import Panel, Window

#: Position of a session in the calendar: one more is the next session, whether the firm traded or not.
NUMBER = "number"
#: The firm that bears the symbol: leads and lags never run from one firm to another.
FIRM = "firm"


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
    """The value of a column k sessions later, `{column}_lead_{k}`; null where that session has no row."""

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
    """The value of a column k sessions earlier, `{column}_lag_{k}`; null where that session has no row."""

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
    """

    column: str
    horizons: tuple[int, ...]

    def apply(self, data: pl.DataFrame) -> pl.DataFrame:
        """Add one column a horizon."""
        _check(data, self.column, NUMBER)
        _check_horizons(self.horizons)
        step = pl.col(NUMBER).diff() != 1
        run = step.fill_null(value=True).cum_sum().over(_owner(data)).alias("_run")
        work = data.select(*_owner(data), NUMBER, self.column).with_columns(run)
        growth, made = pl.lit(1.0), {}
        for k in range(1, max(self.horizons) + 1):
            growth = growth * (1 + pl.col(self.column).shift(-k).over(*_owner(data), "_run"))
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
        `session`: the median of that session's cross-section, known when the column is. `past`: that of the sessions up
        to this one, each counted by the median of its firms, which suits what is the same for all firms, such as a dated
        series. `sample`: that of all rows, which the rows' own future enters.
    """

    column: str
    by: Literal["session", "past", "sample"] = "session"

    def apply(self, data: pl.DataFrame) -> pl.DataFrame:
        """Add the column."""
        _check(data, self.column)
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
    """The size of a column without its sign, `absolute_{column}`."""

    column: str

    def apply(self, data: pl.DataFrame) -> pl.DataFrame:
        """Add the column."""
        _check(data, self.column)
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
        _check(data, self.column)
        positive = pl.when(pl.col(self.column) > 0).then(pl.col(self.column))
        return data.with_columns(positive.log().alias(f"log_{self.column}"))

    def describe(self) -> str:
        """Return the definition in words."""
        return f"log_{self.column}: natural logarithm of {self.column}"


@dataclass(frozen=True)
class Product:
    """The product of two columns, `{first}_x_{second}`; a `Spec` forms products of standardised columns itself."""

    first: str
    second: str

    def apply(self, data: pl.DataFrame) -> pl.DataFrame:
        """Add the column."""
        _check(data, self.first, self.second)
        return data.with_columns((pl.col(self.first) * pl.col(self.second)).alias(f"{self.first}_x_{self.second}"))

    def describe(self) -> str:
        """Return the definition in words."""
        return f"{self.first}_x_{self.second}: product of {self.first} and {self.second}"


@dataclass(frozen=True)
class Standardised:
    """A column less its mean, over its standard deviation, `standardised_{column}`; null where nothing varies."""

    column: str
    by: Literal["session", "sample"] = "session"

    def apply(self, data: pl.DataFrame) -> pl.DataFrame:
        """Add the column."""
        _check(data, self.column)
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
class WholeDay:
    """A mean of posts over the whole day, `{measure}_day`: that of both windows, weighted by their posts.

    Attributes
    ----------
    measure
        An emotion, valence, a stance, or `declared` (weighted by tagged posts); or `n_posts` or `n_tagged`, which are summed.
    """

    measure: str

    def apply(self, data: pl.DataFrame) -> pl.DataFrame:
        """Add the column."""
        count = "n_tagged" if self.measure == "declared" else "n_posts"
        counts, means = ([f"{name}_{window}" for window in WINDOWS] for name in (count, self.measure))
        _check(data, *counts, *means)
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

        _check(data, *self.columns)
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
        _check(data, self.column)
        if self.beyond <= 0 or not 2 <= self.least <= self.past:
            raise PanelError("a shock lies some standard deviations from the mean of at least 2 earlier values")
        known = data.with_row_index("_row").filter(pl.col(self.column).is_not_null())
        before = pl.col(self.column).shift(1)
        mean = before.rolling_mean(self.past, min_samples=self.least).over(_owner(data))
        sd = before.rolling_std(self.past, min_samples=self.least).over(_owner(data))
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
        _check(data, ENTITY, *counts)
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
        _check(data, TIME, NUMBER)
        calendar = data.select(TIME, NUMBER).unique().sort(NUMBER)
        follows = pl.col(NUMBER).diff() == 1
        closed = pl.when(follows).then((pl.col(TIME).diff().dt.total_days() > 1).cast(pl.Float64))
        made = calendar.select(TIME, closed.alias("after_break"))
        return data.join(made, on=TIME, how="left", maintain_order="left")

    def describe(self) -> str:
        """Return the definition in words."""
        return "after_break: 1 where the exchange was closed on the day before the session, else 0"


@dataclass(frozen=True)
class Disagreement:
    r"""How evenly a window's mood is split between happy and negative, `disagreement_{window}`, from 0 to 1.

    Notes
    -----
    .. math:: D = \sqrt{1 - \left(\frac{P - N}{P + N}\right)^2}

    with P the share of happy and N that of sad, anger, disgust and fear: one less the agreement index of Antweiler and Frank
    (2004), whose buy and sell messages the shares stand in for. 0 where all mood is of one sign, 1 where both weigh the same.
    It reads shares of the window's mean, so a window of undecided posts counts as one of opposed posts.
    """

    window: Window
    suffix: str = ""

    def apply(self, data: pl.DataFrame) -> pl.DataFrame:
        """Add the column."""
        tail = f"_{self.window}{self.suffix}"
        positive, negative = ([f"{emotion}{tail}" for emotion in signed] for signed in (POSITIVE, NEGATIVE))
        _check(data, *positive, *negative)
        p, n = (pl.sum_horizontal(names, ignore_nulls=False) for names in (positive, negative))
        balance = pl.when(p + n > 0).then((p - n) / (p + n))
        return data.with_columns((1 - balance.pow(2)).clip(0, 1).sqrt().alias(f"disagreement{tail}"))

    def describe(self) -> str:
        """Return the definition in words."""
        return (
            f"disagreement_{self.window}{self.suffix}: square root of 1 - ((P - N) / (P + N))^2, P the share of happy and N "
            "that of sad, anger, disgust and fear (Antweiler and Frank's index, over emotions)"
        )


@dataclass(frozen=True)
class Shuffled:
    """Placebo: columns moved together to other rows of the same symbol (or session), `{column}_shuffled`.

    Rows where any of the columns is null keep their nulls, so that the sample stays as large.
    """

    columns: tuple[str, ...]
    seed: int
    within: Literal["symbol", "session"] = "symbol"

    def apply(self, data: pl.DataFrame) -> pl.DataFrame:
        """Add one column for each."""
        return _permuted(data, self.columns, self.within, self.seed, "shuffled", fixed_points=True)

    def describe(self) -> str:
        """Return the definition in words."""
        return (
            f"*_shuffled: {', '.join(self.columns)} of a random other row of the same {self.within} (seed {self.seed})"
        )


@dataclass(frozen=True)
class OtherFirms:
    """Placebo: columns of another firm on the same session, never its own, `{column}_other_firm`.

    The firms of a session that have the columns stand in random order and each takes those of the next; null where a session
    has only one such firm.
    """

    columns: tuple[str, ...]
    seed: int

    def apply(self, data: pl.DataFrame) -> pl.DataFrame:
        """Add one column for each."""
        return _permuted(data, self.columns, TIME, self.seed, "other_firm", fixed_points=False)

    def describe(self) -> str:
        """Return the definition in words."""
        return f"*_other_firm: {', '.join(self.columns)} of another firm on the same session (seed {self.seed})"


def _moved(data: pl.DataFrame, column: str, names: dict[int, str]) -> pl.DataFrame:
    """Add, by name, the value of a column at the session `number + k` of the same firm."""
    _check(data, column, NUMBER)
    _check_horizons([abs(k) for k in names])
    keys = [*_owner(data), NUMBER]
    source = data.select(*keys, column)
    rows = data.select(keys)
    made = {
        name: rows.join(
            source.with_columns(pl.col(NUMBER) - k), on=keys, how="left", maintain_order="left", validate="1:1"
        )[column]
        for k, name in names.items()
    }
    return data.with_columns(**made)


def _permuted(
    data: pl.DataFrame, columns: Sequence[str], group: str, seed: int, suffix: str, *, fixed_points: bool
) -> pl.DataFrame:
    """Give each complete row of a group the columns of another, by a random order of the group's rows."""
    import numpy as np

    _check(data, *columns, group)
    complete = data.with_row_index("_row").filter(pl.all_horizontal(pl.col(columns).is_not_null()))
    drawn = pl.Series("_draw", np.random.default_rng(seed).random(complete.height))
    shuffled = complete.select("_row", group).with_columns(drawn).sort(group, "_draw")["_row"]
    ordered = complete.select("_row", group).sort(group, "_row")
    if fixed_points:
        pairs = pl.DataFrame({"_row": ordered["_row"], "_from": shuffled})
    else:
        cycle = pl.DataFrame({"_row": shuffled}).join(ordered, on="_row", how="left", maintain_order="left")
        following = pl.col("_row").shift(-1).over(group).fill_null(pl.col("_row").first().over(group))
        pairs = cycle.select("_row", following.alias("_from")).filter(pl.col("_row") != pl.col("_from"))
    taken = pairs.join(complete.select(pl.col("_row").alias("_from"), *columns), on="_from").drop("_from")
    rows = pl.DataFrame({"_row": pl.arange(data.height, eager=True, dtype=pl.UInt32)})
    placed = rows.join(taken, on="_row", how="left", maintain_order="left").drop("_row")
    return data.with_columns(placed.rename({c: f"{c}_{suffix}" for c in columns}))


def _owner(data: pl.DataFrame) -> list[str]:
    return [ENTITY, FIRM] if FIRM in data.columns else [ENTITY]


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


def _check(data: pl.DataFrame, *columns: str) -> None:
    if missing := [column for column in columns if column not in data.columns]:
        remedy = "check the name in derive"
        if any(asks_stance(column) for column in missing):
            remedy = "score the posts with a model that reads stances"
        elif any(column.startswith(("declared_", "n_tagged_")) for column in missing):
            remedy = "no writer of this archive tagged a post as bullish or bearish"
        raise PanelError(f"the panel has no column {', '.join(missing)} to derive from: {remedy}")


def _check_horizons(horizons: Sequence[int]) -> None:
    if not horizons or min(horizons) < 1:
        raise PanelError(f"horizons must be 1 or more sessions, not {_listed(horizons) or 'none'}")


def _listed(horizons: Sequence[int]) -> str:
    return ", ".join(map(str, horizons))
