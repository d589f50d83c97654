"""From which emotion to which: shares of the next post's dominant emotion, and how far they are from independence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from emtract.econometrics.analyses.two_sample import influence_row
from emtract.econometrics.finding import Analysis, Chart, Finding, Quantity
from emtract.econometrics.regression.design import codes
from emtract.econometrics.rows import usable_rows
from emtract.emotions import EMOTIONS
from emtract.panel.transitions import TRANSITIONS
from emtract.words.names import term_words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from emtract.econometrics.estimates import Codes, EstimateRow
    from emtract.panel.frame import Sample

STAYS: Final = "emotion stays, less chance"
_NOTE: Final = (
    "A row is the dominant emotion of a post, a column the dominant emotion of the author's next post on the firm; shares of a "
    "row add up to 100. "
    "The ratio is the share over the share of the column among all pairs: above 1 where the step is more frequent than under "
    "independence."
)


@dataclass(frozen=True, kw_only=True)
class TransitionMatrix(Analysis):
    r"""The 7 by 7 matrix of the dominant emotions of consecutive posts, and by how much each emotion stays.

    Attributes
    ----------
    label
        Heading.
    sample
        Name of a sample of `emtract.panel.transitions.Transitions`.
    cluster
        Column that errors are clustered by.

    Notes
    -----
    With :math:`p_{jk}` the share of pairs from emotion j to k, an emotion stays, less chance, by
    :math:`p_{jj} / p_{j\cdot} - p_{\cdot j}`, and all of them by :math:`\sum_j p_{jj} - p_{j\cdot}\, p_{\cdot j}`. Both hold
    the lasting differences between authors as well as what lasts within one.
    """

    label: str
    sample: str = TRANSITIONS
    cluster: str = "author"

    @property
    def terms(self) -> tuple[str, ...]:
        """`emotion stays, less chance`, then `happy stays, less chance` of each emotion."""
        return (STAYS, *map(_term, EMOTIONS))

    def describe(self) -> str:
        """Return every choice in words."""
        return (
            "The dominant emotion of a post has the highest of the seven probabilities. Shares of the next dominant emotion by "
            f"the one before; how much more often an emotion stays than under independence, errors clustered by {self.cluster}."
        )

    def run(self, samples: Mapping[str, Sample]) -> Finding:
        """Count the steps.

        Raises
        ------
        EstimationError
            When there are fewer than two clusters, or no emotion ever changes.
        """
        sides = ("dominant_before", "dominant_after")
        data, ledger = usable_rows(samples[self.sample], (), labels=(*sides, self.cluster))
        place = {emotion: at for at, emotion in enumerate(EMOTIONS)}
        before, after = (data[c].replace_strict(place, return_dtype=pl.Int64).to_numpy() for c in sides)
        clusters = codes(data, self.cluster)
        rows = [_stays(before, after, clusters)]
        rows += [_one_stays(at, before, after, clusters) for at in np.unique(before) if at in after]
        stay = "the share of posts that keep the emotion of the post before minus the share under independence"
        words = {STAYS: Quantity(stay, "percentage points")}
        for emotion in EMOTIONS:
            named = term_words(emotion)
            told = f"the share of {named} after {named} minus its share among all posts"
            words[_term(emotion)] = Quantity(told, "percentage points")
        return Finding(
            estimates=pl.DataFrame(rows),
            n_obs=data.height,
            ledger=ledger,
            notes=(
                f"Errors clustered by {self.cluster}, t with clusters less one degrees of freedom.",
                "Authors who are always of one mood count as emotions that stay.",
            ),
            quantities=words,
            charts=(Chart("heat", self.label, _cells(before, after), "next post", "", _NOTE),),
        )


def _term(emotion: str) -> str:
    return f"{emotion} stays, less chance"


def _stays(before: Codes, after: Codes, clusters: Codes) -> EstimateRow:
    """Return the share that stays less the share under independence, per cent."""
    n, width = len(before), len(EMOTIONS)
    p, q = (np.bincount(side, minlength=width) / n for side in (before, after))
    same, chance = (before == after).astype(np.float64), float(p @ q)
    psi = (same - same.mean()) - (q[before] - chance) - (p[after] - chance)
    return influence_row(STAYS, 100 * (same.mean() - chance), 100 * psi / n, clusters)


def _one_stays(emotion: int, before: Codes, after: Codes, clusters: Codes) -> EstimateRow:
    """Return how much more frequent an emotion is after itself than among all, percentage points."""
    n = len(before)
    mine, then = before == emotion, (after == emotion).astype(np.float64)
    share, whole = then[mine].mean(), then.mean()
    psi = mine * (then - share) / mine.mean() - (then - whole)
    row = influence_row(_term(EMOTIONS[emotion]), 100 * (share - whole), 100 * psi / n, clusters)
    return row | {"n_obs": int(mine.sum())}


def _cells(before: Codes, after: Codes) -> pl.DataFrame:
    """Return group, row, column and value: shares by row in per cent, ratios to independence, and pairs."""
    width = len(EMOTIONS)
    count = np.bincount(before * width + after, minlength=width**2).reshape(width, width).astype(np.float64)
    total = count.sum(axis=1, keepdims=True)
    column = count.sum(axis=0, keepdims=True) / count.sum()
    with np.errstate(divide="ignore", invalid="ignore"):
        share = count / total
        told = {"Shares of a row, per cent": 100 * share, "Ratio to independence": share / column, "Pairs": count}
    names = [f"{e} ({int(n):,})" for e, n in zip(EMOTIONS, total[:, 0], strict=True)]
    rows = [
        (group, names[j], EMOTIONS[k], float(table[j, k]) if np.isfinite(table[j, k]) else None)
        for group, table in told.items()
        for j in range(width)
        for k in range(width)
    ]
    schema = {"group": pl.String, "row": pl.String, "column": pl.String, "value": pl.Float64}
    return pl.DataFrame(rows, schema=schema, orient="row")
