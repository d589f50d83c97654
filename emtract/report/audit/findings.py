"""What an audit found, and its answer in sentences."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from emtract.words.numbers import p_text, percent, signed

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
        month, reading, and the keys of `emtract.econometrics.foresight.foresight`; or why there are none.
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
        return tuple(filter(None, (self._labels(), self._all(), self._later(), self._estimates())))

    def answer(self) -> str:
        """Return the answer in one text."""
        return " ".join(self.answers())

    def _labels(self) -> str:
        own, placebo, gap = self.change("all"), self.change("placebo"), self.placebo
        if gap["labels_low"] > 0:
            told = "more than"
        elif gap["labels_high"] < 0:
            told = "fewer than"
        else:
            told = "about as many as"
        return (
            f"Hiding firm and date changes the label of {percent(own['labels'])} of the {own['texts']:,} texts that tell them: "
            f"{told} hiding as many other words of these texts ({percent(placebo['labels'])})."
        )

    def _all(self) -> str:
        own, gap = self.change("all"), self.placebo
        low, high = (signed(100 * gap[key], 1) for key in ("labels_low", "labels_high"))
        return (
            f"Of all {self.texts:,} texts {percent(own['labels_of_all'])} have another label. The difference from the placebo is "
            f"{signed(100 * gap['labels'], 1)} percentage points (95 % interval {low} to {high}); valence moves by "
            f"{own['abs_valence']:.3f} on average, and by {self.change('placebo')['abs_valence']:.3f} under the placebo."
        )

    def _later(self) -> str:
        if self.ahead.is_empty():
            return ""
        own = {row["month"]: row for row in self.ahead.iter_rows(named=True) if row["reading"] == "all"}
        later, before = own["later"], own["before"]
        outcome = f"the firm's return of the next month ({_size(later)})"
        if later["p_value"] >= _LEVEL:
            return (
                f"What firm and date add to valence is not significantly associated with {outcome}; four of five such samples "
                f"would show {later['power']:,.0f} basis points."
            )
        if before["p_value"] >= _LEVEL:
            told, reading = "but not significantly", "look-ahead would do so, and one sample in twenty by chance"
        elif (before["estimate"] > 0) == (later["estimate"] > 0):
            told, reading = "and so it does", "a reputation would do both"
        else:
            told, reading = "and the other way", "prices that turn back would do both, and look-ahead the first"
        return (
            f"What firm and date add to valence goes with {outcome}, {told} with the return of the month before "
            f"({_size(before)}): {reading}."
        )

    def _estimates(self) -> str:
        if self.coefficients.is_empty():
            return ""
        tested = self.coefficients.drop_nulls("difference_p_value")
        moved = tested.filter(tested["difference_p_value"] < _LEVEL).height
        crossed = self.verdicts_that_change()
        return (
            f"Of {tested.height} headline coefficients {moved or 'none'} {'differs' if moved == 1 else 'differ'} at 5 % between "
            f"the two readings (chance alone would give about {_LEVEL * tested.height:.1f}), and {crossed or 'none'} of "
            f"{self.coefficients.height} headline numbers {'is' if crossed == 1 else 'are'} significant on one reading only."
        )

    def verdicts_that_change(self) -> int:
        """Count headline numbers that are significant at 5 % on one reading and not on the other."""
        one, two = self.coefficients["plain_p_value"] < _LEVEL, self.coefficients["neutral_p_value"] < _LEVEL
        return int((one != two).sum())


def _size(row: Mapping[str, float]) -> str:
    estimate, low, high = (signed(row[key], 0) for key in ("estimate", "conf_low", "conf_high"))
    return f"{estimate} basis points a standard deviation; 95 % interval {low} to {high}; p {p_text(row['p_value'])}"
