"""What a comparison of instruments found: who was compared, and every table of the page and of the prompt."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import polars as pl

from emtract.econometrics.measurement.instruments import compare_means
from emtract.econometrics.sentences import held_sentence
from emtract.model.pairs import compare_pairs, confusions
from emtract.words.names import listed
from emtract.words.numbers import percent, signed

#: Measures of the leaderboard.
BOARD: Final = ("accuracy", "macro_f1", "log_loss", "valence_accuracy")
#: Their columns: a value, its interval, and the difference to the first scorer with its own; null where there is none.
SPREAD: Final = dict.fromkeys(
    (f"{name}{end}" for name in BOARD for end in ("", "_low", "_high", "_less", "_less_low", "_less_high")), pl.Float64
)
ESTIMATES: Final = ("estimate", "std_error", "conf_low", "conf_high", "p_value")
HEADLINES: Final = (
    dict.fromkeys(("study", "question", "spec", "label", "term", "words", "unit", "role", "scorer"), pl.String)
    | dict.fromkeys(ESTIMATES, pl.Float64)
    | {"n_obs": pl.Int64, "why_not": pl.String}
)


@dataclass(frozen=True)
class Leaderboard:
    """Scorers on labelled files.

    Attributes
    ----------
    table
        A row a file and scorer: file, scorer, n, seen (whether it was trained on these posts; null where nobody knows), each of
        `BOARD` with its 95 % interval (`_low`, `_high`), and the difference to the first scorer on the same posts (`_less`,
        `_less_low`, `_less_high`); null where the scorer has no such number.
    notes
        What a reader must know of files and scorers.
    """

    table: pl.DataFrame
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Instrument:
    """One scorer of a comparison.

    Attributes
    ----------
    name
        As tables name it: the scorer's name, with its revision where two revisions are compared.
    scorer, revision
        Under which its scores are stored.
    cleaner
        Version of the cleaned texts behind its scores.
    valence_only
        Whether it tells positive from negative only.
    posts
        Posts of the store that have a score of it; 0 where it read the sample just now.
    whole
        Whether these are all posts of the store, so that studies can be estimated.
    """

    name: str
    scorer: str
    revision: str
    cleaner: str
    valence_only: bool
    posts: int
    whole: bool

    @property
    def key(self) -> dict[str, str]:
        """Parameters of queries that read its scores."""
        return {"scorer": self.scorer, "revision": self.revision, "cleaner": self.cleaner}


@dataclass(frozen=True)
class Comparison:
    """What several instruments read, side by side.

    Attributes
    ----------
    instruments
        In the order in which they were asked for.
    texts, of, seed
        Distinct texts that were drawn, how many could be drawn, and the seed.
    pairs, confusions
        See `emtract.model.pairs`.
    means
        See `emtract.econometrics.measurement.instruments.compare_means`.
    headlines
        Columns of `HEADLINES`, a row a study, number and instrument; `why_not` says why there is no estimate.
    leaderboard
        The scorers on labelled files; None where none was named.
    notes
        What a reader must know.
    """

    instruments: tuple[Instrument, ...] = ()
    texts: int = 0
    of: int = 0
    seed: int = 0
    pairs: pl.DataFrame = field(default_factory=lambda: compare_pairs({}))
    confusions: pl.DataFrame = field(default_factory=lambda: confusions({}))
    means: pl.DataFrame = field(default_factory=lambda: compare_means({}))
    headlines: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=HEADLINES))
    leaderboard: Leaderboard | None = None
    notes: tuple[str, ...] = ()

    @property
    def held(self) -> tuple[str, ...]:
        """One sentence a headline number that two instruments or more have: whether it holds under each."""
        told = self.headlines.group_by("study", "spec", "term", maintain_order=True)
        return tuple(filter(None, (held_sentence(rows.to_dicts()) for _, rows in told)))

    @property
    def said(self) -> tuple[str, ...]:
        """All that a reader must know, of the store and of labelled files."""
        return (*self.notes, *(() if self.leaderboard is None else self.leaderboard.notes))

    @property
    def answer(self) -> str:
        """What the comparison says, in two or three sentences."""
        return " ".join(filter(None, (self._studies_said(), self._texts_said(), self._files_said())))

    def _texts_said(self) -> str:
        whole = self.pairs.filter(pl.col("slice") == "all").drop_nulls("pearson").sort("pearson", descending=True)
        if whole.is_empty():
            return ""
        parts = []
        for row in (whole.row(0, named=True), whole.row(-1, named=True))[: whole.height]:
            same = "" if row["same_label"] is None else f"{percent(row['same_label'])} of labels agree, "
            parts.append(f"{row['first']} and {row['second']} ({same}valence correlates {signed(row['pearson'], 2)})")
        far = f"; furthest apart are {parts[1]}" if whole.height > 1 else ""
        return f"On {self.texts:,} distinct texts the closest instruments are {parts[0]}{far}."

    def _studies_said(self) -> str:
        held = self.held
        if not held:
            return ""
        count = sum("does not hold" not in text for text in held)
        several = len(held) > 1
        told = (
            f"{count} of {len(held)} headline numbers hold"
            if several
            else f"The number {'holds' if count else 'does not hold'}"
        )
        return f"{told} under every instrument that has {'them' if several else 'it'}."

    def _files_said(self) -> str:
        if self.leaderboard is None:
            return ""
        told = []
        for (file,), rows in self.leaderboard.table.group_by("file", maintain_order=True):
            unseen = rows.filter(pl.col("seen").fill_null(value=False).not_())
            if unseen.is_empty():
                continue
            best = unseen.sort("valence_accuracy", descending=True).row(0, named=True)
            share = f"{percent(best['valence_accuracy'])} of {best['n']:,} posts of {file}"
            told.append(f"{best['scorer'].partition('@')[0]} ({share})")
        if not told:
            return "Every scorer was trained on posts of the labelled files."
        return f"Of scorers not known to be trained on a file, valence is read right most often by {listed(told)}."
