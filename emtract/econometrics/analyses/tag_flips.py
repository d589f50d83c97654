"""What a writer's posts feel like around the post in which their own tag turns, in the order of posts."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

import polars as pl

from emtract.econometrics.analyses.two_sample import influence_row
from emtract.econometrics.finding import Analysis, Chart, Finding, difference_of
from emtract.econometrics.regression.design import codes
from emtract.econometrics.rows import open_rows
from emtract.errors import EstimationError, MissingDataError, SpecError
from emtract.panel.transitions import TRANSITIONS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from emtract.econometrics.estimates import EstimateRow
    from emtract.ledger import Ledger
    from emtract.panel.frame import Sample

#: Side that a tag turns to -> value of `bullish_after`.
SIDES: Final = {"bullish": 1.0, "bearish": 0.0}
#: Flips of a side, and authors behind them, below which nothing is said.
LEAST: Final = 30


@dataclass(frozen=True, kw_only=True)
class TagFlips(Analysis):
    """Valence of an author's posts around the post in which their own tag on a firm turns from the last one.

    Attributes
    ----------
    label
        Heading.
    posts
        Posts of the author on the firm before and after that one.
    sample
        Name of a sample of `emtract.panel.transitions.Transitions`.
    cluster
        Column that errors are clustered by.

    Notes
    -----
    A flip is a post that its writer tagged bullish where their last tag on the firm was bearish, or the other way round, with
    no other flip in the `posts` before it. The path shows the mean valence of each post around it. The change is the mean
    over the posts after it less the mean over the posts before it, flip by flip; the post of the flip itself is in neither, since
    text and tag of one post are written together. Errors are clustered by author. Nothing says what made the writer turn:
    this is a description.
    """

    label: str
    posts: int = 5
    sample: str = TRANSITIONS
    cluster: str = "author"

    def __post_init__(self) -> None:
        if self.posts < 1:
            raise SpecError("posts must be at least 1")

    @cached_property
    def steps(self) -> tuple[int, ...]:
        """Places of the posts, counted from the flip's."""
        return tuple(range(-self.posts, self.posts + 1))

    @property
    def terms(self) -> tuple[str, ...]:
        """`to bullish, after less before` and `to bearish, after less before`, then `to bullish, post -5` and so on."""
        return (*map(change_term, SIDES), *(_step_term(side, step) for side in SIDES for step in self.steps))

    def describe(self) -> str:
        """Return every choice in words."""
        return (
            f"Posts in which a writer's own tag on a firm turns, none of the {self.posts} posts before being one; mean "
            f"valence of the {self.posts} posts before and after, errors clustered by {self.cluster}. The change leaves the post "
            "of the flip out. A description: nothing says why the writer turned."
        )

    def run(self, samples: Mapping[str, Sample]) -> Finding:
        """Average valence around flips.

        Raises
        ------
        MissingDataError
            When no writer tagged posts.
        EstimationError
            When a side has too few flips.
        """
        sample = samples[self.sample]
        if not sample.data["bullish_after"].count():
            raise MissingDataError("no writer tagged a post as bullish or bearish, so no tag turns")
        columns = ("nth", "valence_before", "valence_after", "bullish_before", "bullish_after")
        data, ledger = open_rows(sample, columns, labels=("chain", self.cluster))
        around, ledger = self._around(data, ledger)
        rows = list(self._rows(around))
        paths = [r for r in rows if "post" in str(r["term"])]
        frame = pl.DataFrame(
            [
                {**r, "line": f"to {side}", "x": step, "band_low": None, "band_high": None}
                for r, (side, step) in zip(paths, ((side, step) for side in SIDES for step in self.steps), strict=True)
            ]
        )
        change = "percentage points"
        words = {
            change_term(side): difference_of(
                "valence",
                f"in the {self.posts} posts after a writer's tag turns to {side}",
                f"in the {self.posts} posts before",
                change,
            )
            for side in SIDES
        }
        flips = around["flip"].n_unique()
        note = "Post 0 carries the new tag. Authors who stop writing after it have no later posts, so each post has its own n."
        y_title = "Valence, \u00d7 100"
        return Finding(
            estimates=pl.DataFrame(rows),
            n_obs=flips,
            ledger=ledger,
            notes=(
                f"Valence times 100. Errors clustered by {self.cluster}, t with clusters less one degrees of freedom.",
                "Tags are on a part of the posts: the turn may have come earlier, in a post without a tag.",
            ),
            quantities=words,
            charts=(Chart("fan", self.label, frame, "post of the author on the firm, from the turn", y_title, note),),
        )

    def _around(self, data: pl.DataFrame, ledger: Ledger) -> tuple[pl.DataFrame, Ledger]:
        """Return flip, side, step, valence and cluster of the posts around each flip."""
        place = pl.col("nth") + 1
        turns = data.filter(pl.col("bullish_after") != pl.col("bullish_before")).sort("chain", "nth")
        ledger = ledger.keep("tag turns", turns.height, "the tag stays, or one of the two is not known")
        since = (pl.col("nth") - pl.col("nth").shift(1)).over("chain")
        alone = turns.filter((since > self.posts) | since.is_null())
        ledger = ledger.keep("first turn in a while", alone.height, f"another turn in the {self.posts} posts before")
        flips = alone.select("chain", self.cluster, pl.col("bullish_after").alias("side"), at=place).with_row_index(
            "flip"
        )
        before = data.select("chain", at="nth", valence="valence_before")
        posts = pl.concat([before, data.select("chain", at=place, valence="valence_after")]).unique(
            ["chain", "at"], maintain_order=True
        )
        steps = flips.join(pl.DataFrame({"step": self.steps}), how="cross").with_columns(
            there=pl.col("at") + pl.col("step")
        )
        found = steps.join(posts, left_on=["chain", "there"], right_on=["chain", "at"], maintain_order="left")
        return found.with_columns(valence=100 * pl.col("valence")), ledger

    def _rows(self, around: pl.DataFrame) -> Iterator[EstimateRow]:
        """Yield the change of each side, then the mean of each post around its flips."""
        for side, value in SIDES.items():
            mine = around.filter(pl.col("side") == value)
            means = mine.group_by("flip", self.cluster, maintain_order=True).agg(
                pl.col("valence").filter(pl.col("step") > 0).mean().alias("after"),
                pl.col("valence").filter(pl.col("step") < 0).mean().alias("before"),
            )
            both = means.drop_nulls(["after", "before"]).with_columns(valence=pl.col("after") - pl.col("before"))
            if both.height < LEAST or both[self.cluster].n_unique() < LEAST:
                raise EstimationError(
                    f"{both.height} turns to {side} by {both[self.cluster].n_unique()} authors have posts on both sides, fewer "
                    f"than {LEAST}: use an archive with more tags"
                )
            yield _mean(change_term(side), both, self.cluster)
        for side, value in SIDES.items():
            for step in self.steps:
                rows = around.filter((pl.col("side") == value) & (pl.col("step") == step))
                yield _mean(_step_term(side, step), rows, self.cluster)


def change_term(side: str) -> str:
    """Return the term of the change around turns to a side.

    Examples
    --------
    >>> change_term("bullish")
    'to bullish, after less before'
    """
    return f"to {side}, after less before"


def _step_term(side: str, step: int) -> str:
    return f"to {side}, post {step}"


def _mean(term: str, rows: pl.DataFrame, cluster: str) -> EstimateRow:
    values = rows["valence"].to_numpy()
    mean = float(values.mean())
    return influence_row(term, mean, (values - mean) / len(values), codes(rows, cluster))
