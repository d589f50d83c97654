"""Days on which a firm's mood was far from its usual one: their returns, and the posts that moved them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import reduce
from operator import add
from typing import TYPE_CHECKING, Final

import polars as pl

from emtract.econometrics.estimates import ESTIMATE_COLUMNS
from emtract.econometrics.finding import STORY_COLUMNS, Analysis, Chart, Finding, difference_of
from emtract.econometrics.regression.estimate import estimate
from emtract.econometrics.regression.spec import Spec
from emtract.emotions import EMOTIONS
from emtract.errors import EstimationError
from emtract.panel.firm_days import FIRM_DAYS, MOVING_POSTS
from emtract.panel.firm_sessions import FIRM_SESSIONS
from emtract.panel.frame import ENTITY, TIME

if TYPE_CHECKING:
    from collections.abc import Mapping

    from emtract.ledger import Ledger
    from emtract.panel.frame import Sample

BRIGHTEST: Final = "brightest"
DARKEST: Final = "darkest"
#: Return on unusual days -> what is compared, and the sessions that it is compared on.
RETURNS: Final = {
    "return_close_close": ("the close-to-close return", "on a firm's brightest sessions", "on its darkest"),
    "return_close_close_next": (
        "the return",
        "on the session after a firm's brightest ones",
        "on the session after its darkest",
    ),
}
_NOTE: Final = (
    "Valence of a firm's posts from the close before to the close, its trailing mean over 20 sessions, and cumulated returns "
    "(100 at the start). Triangles are its brightest and darkest sessions; they stand below the figure with the posts that moved "
    "the mood most, each with its share of the distance from the firm's usual valence."
)
_HIDDEN: Final = (
    'Posts are named without their texts, which [report] posts = "text" shows where the platform allows it.'
)


@dataclass(frozen=True, kw_only=True)
class UnusualDays(Analysis):
    """The returns of each firm's brightest and darkest sessions, and a figure a firm with the posts behind them.

    Attributes
    ----------
    label
        Heading.
    share
        Share of a firm's sessions with enough posts that count as its brightest, and as its darkest.
    sample
        The panel, which has the returns.
    days, posts
        Names of the samples of `emtract.panel.firm_days`; where `posts` is None there is no figure.

    Notes
    -----
    The return on an indicator of the brightest sessions, over the brightest and the darkest, with firm effects and errors
    clustered by session. Mood spans [previous close, close): it and the return of the session share their hours, so the
    first number is an association; the second is of the session after.
    """

    label: str
    share: float = 0.05
    sample: str = FIRM_SESSIONS
    days: str = FIRM_DAYS
    posts: str | None = MOVING_POSTS

    @property
    def samples(self) -> tuple[str, ...]:
        """The panel, the days and the posts."""
        return (self.sample, self.days, *(() if self.posts is None else (self.posts,)))

    @property
    def terms(self) -> tuple[str, ...]:
        """One a return."""
        return tuple(RETURNS)

    def describe(self) -> str:
        """Return every choice in words."""
        return (
            "A session's departure is the square root of its posts times its mean valence less the firm's, over the standard "
            "deviation of the firm's posts; texts stand for posts where each has one vote. "
            f"The {self.share:.0%} of a firm's sessions with the highest departures are its "
            f"brightest, the {self.share:.0%} with the lowest its darkest. Returns are regressed on an indicator of the "
            "brightest over both, with firm effects and errors clustered by session (fixest's small-sample rule)."
        )

    def run(self, samples: Mapping[str, Sample]) -> Finding:
        """Compare returns and tell the days.

        Raises
        ------
        EstimationError
            When too few sessions have enough posts.
        """
        panel, days = samples[self.sample], samples[self.days]
        joined = days.data.join(
            panel.data.select(ENTITY, TIME, *RETURNS), on=[ENTITY, TIME], how="left", maintain_order="left"
        )
        ends = self._ends(joined)
        sample = replace(days, data=ends)
        found = {column: self._compare(column, sample) for column in RETURNS}
        rows = [row for row, _ in found.values()]
        ledger = days.ledger.keep("brightest and darkest", ends.height, "sessions between, or with too few posts")
        ledger = reduce(add, (used for _, used in found.values()), ledger)
        return Finding(
            estimates=pl.DataFrame(rows),
            n_obs=ends.height,
            ledger=ledger,
            notes=("The days were ranked over the whole period: nobody could have known them then.", _few_texts(ends)),
            quantities={column: difference_of(*said, "basis points") for column, said in RETURNS.items()},
            charts=() if self.posts is None else (_chart(joined, panel.data, samples[self.posts]),),
        )

    def _ends(self, days: pl.DataFrame) -> pl.DataFrame:
        place = pl.col("departure").rank("ordinal").over(ENTITY)
        known = days.drop_nulls("departure").with_columns(place=place, many=pl.len().over(ENTITY))
        edge = (pl.col("many") * self.share).floor()
        bright, dark = pl.col("place") > pl.col("many") - edge, pl.col("place") <= edge
        ends = known.filter(bright | dark).with_columns(brightest=bright.cast(pl.Float64))
        if ends.height < 10:
            raise EstimationError(
                f"{ends.height} sessions are among the brightest or darkest {self.share:.0%}: raise the share, or lower min_posts"
            )
        return ends

    def _compare(self, column: str, sample: Sample) -> tuple[dict[str, float | int | str | None], Ledger]:
        spec = Spec(
            y=column, x=(BRIGHTEST,), effects=(ENTITY,), covariance="clustered", clusters=(TIME,), small_sample="fixest",
            y_scale=1e4, sample=self.days,
        )  # fmt: skip
        result = estimate(spec, sample)
        row = result.estimates.select(ESTIMATE_COLUMNS).row(0, named=True)
        return row | {"term": column}, result.ledger


def _few_texts(ends: pl.DataFrame) -> str:
    """Say how many of the days are made by few texts that were posted again and again."""
    few = ends.filter(pl.col("share_texts") < 0.5)
    posts = f", {few['n_posts'].sum():,} posts with {few['n_texts'].sum():,} distinct texts" if few.height else ""
    return f"{few.height:,} of these {ends.height:,} sessions rest on fewer than half as many distinct texts as posts{posts}."


def _chart(days: pl.DataFrame, panel: pl.DataFrame, posts: Sample) -> Chart:
    marked = posts.data.select(ENTITY, TIME, _mark().alias("mark")).unique(maintain_order=True)
    firms = days.group_by(ENTITY).agg(pl.col("n_posts").sum()).sort(["n_posts", ENTITY], descending=[True, False])
    moods = days.select(ENTITY, TIME, "valence", "usual", "n_posts")
    rows = (
        firms.select(ENTITY)
        .join(_prices(panel), on=ENTITY, maintain_order="left_right")
        .join(moods, on=[ENTITY, TIME], how="left", maintain_order="left")
        .join(marked, on=[ENTITY, TIME], how="left", maintain_order="left")
    )
    frame = rows.select(
        pl.col(ENTITY).alias("group"),
        pl.col(TIME).alias("x"),
        pl.col("valence").alias("mood"),
        pl.col("usual").fill_null(strategy="forward").fill_null(strategy="backward").over(ENTITY),
        pl.col("n_posts").fill_null(0).alias("posts"),
        "price",
        pl.col("mark").fill_null(""),
    )
    hidden = "" if posts.settings.get("texts") == "True" else f" {_HIDDEN}"
    return Chart("firms", "Firm by firm", frame, "", "", _NOTE + hidden, _stories(days, posts.data))


def _mark() -> pl.Expr:
    return pl.when(pl.col("departure") > 0).then(pl.lit(BRIGHTEST)).otherwise(pl.lit(DARKEST))


def _prices(panel: pl.DataFrame) -> pl.DataFrame:
    """Return each firm's cumulated close-to-close returns, 100 at the start; a missing return leaves the level as it was."""
    growth = (1 + pl.col("return_close_close").fill_null(0.0)).cum_prod().over(ENTITY)
    return panel.select(ENTITY, TIME, (100 * growth).alias("price"))


def _stories(days: pl.DataFrame, posts: pl.DataFrame) -> pl.DataFrame:
    """Return one row a text, the most unusual session of a firm first."""
    about = days.select(
        ENTITY, TIME, pl.col("valence").alias("mood"), pl.col("n_posts").alias("posts"), pl.col("n_texts").alias("texts"),
        "share_texts", "share_promoted", pl.col("return_close_close").alias("return"),
    )  # fmt: skip
    emotions = pl.concat_list(EMOTIONS)
    told = posts.join(about, on=[ENTITY, TIME], how="left", maintain_order="left").with_columns(
        mark=_mark(),
        emotion=emotions.list.arg_max().replace_strict(dict(enumerate(EMOTIONS)), return_dtype=pl.String),
        probability=emotions.list.max(),
    )
    named = told.rename({ENTITY: "group", TIME: "x", "n_posts": "copies"})
    order = named.with_columns(far=pl.col("departure").abs()).sort(
        ["group", "far", "x"], descending=[False, True, False], maintain_order=True
    )
    return order.select(STORY_COLUMNS)
