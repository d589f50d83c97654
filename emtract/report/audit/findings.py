"""What an audit found, and its answer in sentences."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from emtract.words.numbers import p_text, percent

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    import polars as pl

    from emtract.model.vintage import Vintage

_LEVEL: Final = 0.05


@dataclass(frozen=True)
class Audit:
    """Everything that the page is made of; frames, never texts of posts.

    Attributes
    ----------
    scorer, cleaner
        The instrument.
    texts, posts, first, last
        Distinct texts audited, the posts that read so, and their days.
    hidden
        what, share: what the cleaner hides from any reader already, and the share of texts with it.
    changes
        variant, and the keys of `emtract.model.changes.change_row`.
    placebo
        See `emtract.model.changes.beside_placebo`.
    by_year, by_symbol
        See `emtract.model.changes.changes_by`.
    terms
        channel, term, texts: what gave way most often.
    ahead, ahead_unknown
        reading, and the keys of `emtract.econometrics.foresight.foresight`; or why there are none.
    coefficients
        Headline numbers on both readings: study, spec, label, term, plain_*, neutral_*, difference, difference_*, n_obs.
    skipped
        Study and spec -> why it is not compared.
    vintages
        Training texts of the scorer; none of a scorer without a card.
    years
        year, place, posts.
    notice
        First line of the page.
    """

    scorer: str
    cleaner: str
    texts: int
    posts: int
    first: date
    last: date
    hidden: pl.DataFrame
    changes: pl.DataFrame
    placebo: Mapping[str, float]
    by_year: pl.DataFrame
    by_symbol: pl.DataFrame
    terms: pl.DataFrame
    ahead: pl.DataFrame
    ahead_unknown: str
    coefficients: pl.DataFrame
    skipped: Mapping[str, str]
    vintages: tuple[Vintage, ...]
    years: pl.DataFrame
    notice: str | None = None

    def change(self, variant: str) -> dict[str, float]:
        """Return the changes of one variant."""
        return next(row for row in self.changes.iter_rows(named=True) if row["variant"] == variant)

    def answers(self) -> tuple[str, ...]:
        """Return the answer sentence by sentence: labels, beside a placebo, later returns, headline estimates."""
        return tuple(filter(None, (self._labels(), self._later(), self._estimates())))

    def answer(self) -> str:
        """Return the answer in one text."""
        return " ".join(self.answers())

    def _labels(self) -> str:
        own, placebo = self.change("all"), self.change("placebo")
        more = self.placebo["labels"]
        if self.placebo["labels_low"] > 0:
            told = f"{percent(more)[:-1].rstrip()} percentage points more than"
        elif self.placebo["labels_high"] < 0:
            told = f"{percent(-more)[:-1].rstrip()} percentage points fewer than"
        else:
            told = "not distinguishably other than"
        return (
            f"Without what tells firm and date {percent(own['labels'])} of the {own['texts']:,} texts that tell it are read as another "
            f"emotion ({percent(own['labels_of_all'])} of all {self.texts:,}): {told} after a placebo, where as many other words "
            f"of the same texts give way ({percent(placebo['labels'])})."
        )

    def _later(self) -> str:
        if self.ahead.is_empty():
            return ""
        row = self.ahead.row(0, named=True)
        size = f"{row['estimate']:,.0f} basis points a standard deviation, 95 % interval {row['conf_low']:,.0f} to {row['conf_high']:,.0f}"
        if row["p_value"] < _LEVEL:
            return f"What firm and date add to valence goes with the firm's return of the next month ({size}, p {p_text(row['p_value'])}): a sign of look-ahead."
        return (
            f"What firm and date add to valence is not significantly associated with the firm's return of the next month ({size}); the "
            f"sample would have shown {row['power']:,.0f} in four of five cases."
        )

    def _estimates(self) -> str:
        if self.coefficients.is_empty():
            return ""
        tested = self.coefficients.drop_nulls("difference_p_value")
        moved = tested.filter(tested["difference_p_value"] < _LEVEL)
        flipped = self.verdicts_that_change()
        return (
            f"Of {tested.height} headline coefficients {moved.height or 'none'} "
            f"{'differs' if moved.height == 1 else 'differ'} at 5 % between the two readings, where chance alone gives "
            f"{0.05 * tested.height:.1f}; {flipped or 'none'} of {self.coefficients.height} "
            f"{'crosses' if flipped == 1 else 'cross'} the 5 % line."
        )

    def verdicts_that_change(self) -> int:
        """Count headline numbers that are significant at 5 % on one reading and not on the other."""
        one, two = self.coefficients["plain_p_value"] < _LEVEL, self.coefficients["neutral_p_value"] < _LEVEL
        return int((one != two).sum())
