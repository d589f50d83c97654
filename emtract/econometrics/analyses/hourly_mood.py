"""When posts are written, and how mood moves over the week: shares and means by hour, with contrasts of parts of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from emtract.econometrics.estimates import EstimateRow, estimate_row
from emtract.econometrics.finding import Analysis, Chart, Finding, Quantity, difference_of
from emtract.econometrics.newey_west import mean_of, rule_of_thumb_lags
from emtract.emotions import NON_NEUTRAL
from emtract.errors import EstimationError
from emtract.panel.hours import POSTING_HOURS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from emtract.econometrics.estimates import Floats
    from emtract.panel.frame import Sample

OPEN_SHARE: Final = "share while the exchange is open"
#: Contrast -> its first and second part of the posts, as conditions on the sample's rows.
CONTRASTS: Final[Mapping[str, tuple[pl.Expr, pl.Expr]]] = {
    "open less closed": (pl.col("is_open"), ~pl.col("is_open")),
    "weekend less weekdays": (pl.col("weekday") >= 6, pl.col("weekday") < 6),
    "Monday less Friday": (pl.col("weekday") == 1, pl.col("weekday") == 5),
}
_WORDS: Final = {
    "open less closed": ("in posts written while the exchange is open", "in other posts"),
    "weekend less weekdays": ("in weekend posts", "in weekday posts"),
    "Monday less Friday": ("in Monday's posts", "in Friday's posts"),
}
_WEEKDAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@dataclass(frozen=True, kw_only=True)
class HourlyMood(Analysis):
    r"""Posts and emotions by weekday and hour of the exchange's clock, and contrasts of parts of the week.

    Attributes
    ----------
    label
        Heading.
    sample
        Name of a sample of `emtract.panel.hours.PostingHours`.
    min_posts
        Emotions of an hour of the week with fewer posts are left blank.

    Notes
    -----
    Means are over posts. A mean over the posts of a part g of the week is the ratio of two sums over days,
    :math:`m_g = \sum_d S_{gd} / \sum_d N_{gd}`; its influence on day d is
    :math:`(S_{gd} - m_g N_{gd}) / \sum_d N_{gd}`, and contrasts add influences. Standard errors follow Newey and West
    (1987) over calendar days, since moods last.
    """

    label: str
    sample: str = POSTING_HOURS
    min_posts: int = 30

    @property
    def terms(self) -> tuple[str, ...]:
        """The share of posts while the exchange is open, and the contrasts of valence."""
        return (OPEN_SHARE, *CONTRASTS)

    def describe(self) -> str:
        """Return every choice in words."""
        return (
            "Each readable post counts once, in the hour of the exchange's clock in which it was written. Differences are "
            "between means of valence over posts; their errors follow Newey and West (1987) over calendar days, with "
            "floor(4 (T / 100)^(2/9)) lags. Emotions of an hour of the week with fewer than "
            f"{self.min_posts} posts are left blank."
        )

    def run(self, samples: Mapping[str, Sample]) -> Finding:
        """Count and compare.

        Raises
        ------
        EstimationError
            When a part of the week has no posts, or there are fewer days than the errors need.
        """
        sample = samples[self.sample]
        daily = _by_day(sample.data)
        rows = [_row(OPEN_SHARE, 100 * _ratio(daily, "n_open", "n_posts"))]
        rows += [_row(name, _contrast(daily, name)) for name in CONTRASTS if _both(daily, name)]
        n_posts = int(sample.data["n_posts"].sum())
        estimates = pl.DataFrame(rows).with_columns(n_obs=pl.lit(n_posts, pl.Int64))
        share = Quantity("the share of posts written while the exchange is open", "per cent", 1)
        return Finding(
            estimates=estimates,
            n_obs=n_posts,
            ledger=sample.ledger.start("posts", "posts", n_posts, "in these hours"),
            notes=("N counts posts. The share is a description: that it differs from zero is no finding.",),
            quantities={
                OPEN_SHARE: share,
                **{name: difference_of("valence", *parts) for name, parts in _WORDS.items()},
            },
            charts=(self._chart(sample.data),),
        )

    def _chart(self, data: pl.DataFrame) -> Chart:
        cells = _cells(data, self.min_posts)
        note = (
            "One cell an hour of the week, on the exchange's clock. "
            f"Emotions are mean probabilities over posts, blank under {self.min_posts} posts; each view has its own scale."
        )
        return Chart("heat", self.label, cells, "Hour of the exchange's clock", "", note)


def _by_day(data: pl.DataFrame) -> pl.DataFrame:
    """Return one row a calendar day, silent ones included: posts and sums of valence, in all and by part of the week."""
    n, total = pl.col("n_posts"), pl.col("n_posts") * pl.col("valence")
    parts = {"posts": pl.lit(True), "open": pl.col("is_open")}
    parts |= {f"{name} {i}": part for name, both in CONTRASTS.items() for i, part in enumerate(both)}
    sums = [
        aggregate
        for name, part in parts.items()
        for aggregate in (n.filter(part).sum().alias(f"n_{name}"), total.filter(part).sum().alias(f"v_{name}"))
    ]
    told = data.group_by("day").agg(sums)
    days = data.select(pl.date_range(pl.col("day").min(), pl.col("day").max()))
    return days.join(told, on="day", how="left", maintain_order="left").fill_null(0)


def _ratio(daily: pl.DataFrame, part: str, whole: str) -> Floats:
    """Return, for each day, the ratio of the sums plus the day's influence on it times the days: their mean is the ratio."""
    top, below = (daily[c].cast(pl.Float64).to_numpy() for c in (part, whole))
    if not below.sum():
        raise EstimationError(
            f"no posts in {whole.removeprefix('n_')!r}: the archive does not cover this part of the week"
        )
    ratio = top.sum() / below.sum()
    return np.asarray(ratio + len(top) * (top - ratio * below) / below.sum())


def _contrast(daily: pl.DataFrame, name: str) -> Floats:
    first, second = (_ratio(daily, f"v_{name} {i}", f"n_{name} {i}") for i in (0, 1))
    return first - second


def _both(daily: pl.DataFrame, name: str) -> bool:
    return bool(daily[f"n_{name} 0"].sum() and daily[f"n_{name} 1"].sum())


def _row(term: str, series: Floats) -> EstimateRow:
    row = estimate_row(term, mean_of(series, lags=rule_of_thumb_lags(len(series))))
    return row | {"statistic": None, "p_value": None} if term == OPEN_SHARE else row


def _cells(data: pl.DataFrame, min_posts: int) -> pl.DataFrame:
    """Return group, row, column and value: the share of posts, then valence and each emotion."""
    n = pl.col("n_posts").sum()
    means = [(pl.col(c) * pl.col("n_posts")).sum() / n for c in ("valence", *NON_NEUTRAL)]
    shown = [
        pl.when(n >= min_posts).then(m).alias(c.capitalize())
        for m, c in zip(means, ("valence", *NON_NEUTRAL), strict=True)
    ]
    grid = pl.DataFrame({"weekday": range(1, 8)}).join(pl.DataFrame({"hour": range(24)}), how="cross")
    told = data.group_by("weekday", "hour").agg((100 * n / data["n_posts"].sum()).alias("Posts, per cent"), *shown)
    told = grid.join(told, on=["weekday", "hour"], how="left", maintain_order="left")
    told = told.with_columns(pl.col("Posts, per cent").fill_null(0.0))
    long = told.unpivot(index=["weekday", "hour"], variable_name="group", value_name="value")
    named = pl.col("weekday").replace_strict(dict(enumerate(_WEEKDAYS, 1)), return_dtype=pl.String)
    return long.select("group", named.alias("row"), pl.col("hour").cast(pl.String).alias("column"), "value")
