"""Expressions that mark one group of texts against another: log-odds ratios with an informative Dirichlet prior."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from emtract.econometrics.columns import check_numbers
from emtract.econometrics.estimates import ESTIMATE_COLUMNS, t_test
from emtract.econometrics.finding import Analysis, Chart, Finding, Quantity
from emtract.errors import EstimationError
from emtract.panel.expressions import EXPRESSIONS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from emtract.econometrics.estimates import Floats
    from emtract.panel.frame import Sample

#: Mood of the reading -> heading of its texts.
_MOODS: Final = {"positive": "Read as positive, tagged bearish", "negative": "Read as negative, tagged bullish"}
#: Expressions of each mood among the estimates.
_TOLD: Final = 5
_COLUMNS: Final = ("diverging", "agreeing", "n_authors")


def log_odds(one: Floats, two: Floats, background: Floats, *, prior: float) -> tuple[Floats, Floats]:
    r"""Return the log-odds ratio of each expression between two groups, and its standard error, each of shape (n,).

    Parameters
    ----------
    one, two
        Counts of n expressions in each group.
    background
        Counts of the same expressions in all texts, which the prior is in proportion to; above 0.
    prior
        Counts that the prior stands for in all.

    Notes
    -----
    With :math:`\alpha_w` the prior's counts, which add up to :math:`\alpha_0`,

    .. math::

        \delta_w = \log \frac{y_w + \alpha_w}{n + \alpha_0 - y_w - \alpha_w}
            - \log \frac{y'_w + \alpha_w}{n' + \alpha_0 - y'_w - \alpha_w}, \quad
        \operatorname{Var}(\delta_w) \approx \frac{1}{y_w + \alpha_w} + \frac{1}{y'_w + \alpha_w}

    (Monroe, Colaresi and Quinn 2008). As the prior goes to zero it is the ratio of the samples' odds.
    """
    alpha = prior * background / background.sum()
    odds = [np.log((y + alpha) / (y.sum() + prior - y - alpha)) for y in (one, two)]
    return odds[0] - odds[1], np.sqrt(1 / (one + alpha) + 1 / (two + alpha))


@dataclass(frozen=True, kw_only=True)
class MarkingExpressions(Analysis):
    """Expressions that mark posts whose tag goes against their reading, among posts read alike.

    Attributes
    ----------
    label
        Heading.
    sample
        Name of a sample of `emtract.panel.expressions.Expressions`.
    prior
        Counts that the prior stands for, spread as in all tagged texts.
    shown
        Expressions of each mood in the figure, those of the largest z; twice as many in the table.
    """

    label: str
    sample: str = EXPRESSIONS
    prior: float = 1000.0
    shown: int = 15

    @property
    def terms(self) -> tuple[str, ...]:
        """None that a study could name before it is run."""
        return ()

    def describe(self) -> str:
        """Return every choice in words."""
        return (
            "Among texts that the model reads as positive, those tagged bearish are compared with those tagged bullish; among "
            "texts read as negative, those tagged bullish with those tagged bearish. Shown are log-odds ratios of words, emojis "
            f"and pairs of words, with a Dirichlet prior of {self.prior:,.0f} counts in the shares of all tagged texts (Monroe, "
            "Colaresi and Quinn 2008). An author counts once for each, and near-copies as one text. Intervals are of 95 per "
            "cent, one by one."
        )

    def run(self, samples: Mapping[str, Sample]) -> Finding:
        """Compare.

        Raises
        ------
        SpecError
            When the sample is of another kind.
        EstimationError
            When no mood has texts on both sides.
        """
        sample = samples[self.sample]
        check_numbers(("expression", "mood"), _COLUMNS, None, sample)
        background = sample.data.group_by("expression").agg(background=(pl.col("diverging") + pl.col("agreeing")).sum())
        parts = {mood: self._of(sample.data.filter(mood=mood), background) for mood in _MOODS}
        told = {mood: part for mood, part in parts.items() if part.height}
        if not told:
            raise EstimationError("no mood has texts whose tag goes against it and texts whose tag goes with it")
        ranked = pl.concat(
            part.head(_TOLD).with_columns(term=pl.format("{} ({})", "expression", pl.lit(mood)))
            for mood, part in told.items()
        )
        frame = pl.concat(
            part.head(self.shown).with_columns(group=pl.lit(_MOODS[mood]), term="expression")
            for mood, part in told.items()
        ).select("group", *ESTIMATE_COLUMNS)
        n = sample.data.height
        note = (
            f"An interval is of one expression by itself; {n:,} expressions and moods were compared, and the largest stand here. "
            "Right of 0: more frequent where the tag goes against the reading."
        )
        return Finding(
            estimates=ranked.select(ESTIMATE_COLUMNS),
            n_obs=n,
            ledger=sample.ledger,
            notes=("N counts authors who use the expression, on either side.", note),
            quantities={row["term"]: _quantity(row) for row in ranked.to_dicts()},
            charts=(Chart("coefficients", self.label, frame, "Log-odds ratio", "", note),),
            tables={_MOODS[mood]: _table(part.head(2 * self.shown)) for mood, part in told.items()},
        )

    def _of(self, rows: pl.DataFrame, background: pl.DataFrame) -> pl.DataFrame:
        """Return the expressions of one mood with their estimates, those that mark divergence most first."""
        rows = rows.join(background, on="expression", maintain_order="left")
        one, two, all_texts = (rows[c].cast(pl.Float64).to_numpy() for c in ("diverging", "agreeing", "background"))
        if not (one.sum() and two.sum()):
            return rows.clear()
        found, error = log_odds(one, two, all_texts, prior=self.prior)
        columns = t_test(found, error, None)
        estimated = rows.with_columns(**{name: pl.Series(values) for name, values in columns.items()})
        estimated = estimated.with_columns(n_obs=pl.col("diverging") + pl.col("agreeing"))
        return estimated.sort("statistic", "expression", descending=[True, False])


def _quantity(row: Mapping[str, object]) -> Quantity:
    mood = "positive" if str(row["term"]).endswith("(positive)") else "negative"
    return Quantity(
        f"the log-odds ratio of \u201c{row['expression']}\u201d in texts read as {mood}, tag against reading"
    )


def _table(part: pl.DataFrame) -> pl.DataFrame:
    return part.select(
        pl.col("expression").alias("Expression"),
        pl.col("diverging").alias("Authors, tag against"),
        pl.col("agreeing").alias("Authors, tag with"),
        pl.col("n_authors").alias("Known authors, both moods"),
        pl.col("estimate").round(2).alias("Log-odds ratio"),
        pl.col("conf_low").round(2).alias("Low"),
        pl.col("conf_high").round(2).alias("High"),
        pl.col("statistic").round(1).alias("Estimate over its error"),
    )
