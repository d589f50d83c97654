"""How well a scorer reads labelled posts: the figures of `emtract model evaluate`."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np
import polars as pl

from emtract.emotions import EMOTIONS
from emtract.errors import SourceError
from emtract.misreading import KEY, misreading_of
from emtract.model.comparisons import outside_metrics
from emtract.model.evaluate import MEASURES, as_dict, by_fold, confusion, evaluate, per_class, standard_errors
from emtract.model.registry import reads_of, scorer_reads
from emtract.model.samples import (
    card_of,
    labels_of,
    read_stockemotions_posts,
    read_tagged_posts,
    scorer_id,
    seen_folds,
    seen_stockemotions,
)
from emtract.pipeline.opening import loaded, silent

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from emtract.model import Scorer
    from emtract.pipeline.opening import Progress

Corpus = Literal["tagged", "stockemotions"]
CORPORA: Final[tuple[Corpus, ...]] = ("tagged", "stockemotions")
_SEED: Final = 0
_SLICE: Final = 2048
_OF_EMOTIONS: Final = ("accuracy", "macro_f1", "log_loss")


@dataclass(frozen=True)
class Evaluation:
    """How well one scorer read labelled posts.

    Attributes
    ----------
    scorer
        Name and revision.
    corpus
        What was read.
    n
        Number of posts.
    table
        A row a measure, for the prompt.
    notes
        What a reader must know: above all, whether the scorer was trained on these posts.
    details
        The same and more as plain types, for JSON.
    tables
        What they hold -> further tables for the prompt.
    """

    scorer: str
    corpus: str
    n: int
    table: pl.DataFrame
    notes: tuple[str, ...]
    details: dict[str, Any]
    tables: Mapping[str, pl.DataFrame] = field(default_factory=dict)

    def to_csv(self) -> str:
        """All figures of the tables as CSV, one a row: table, row, column, value."""
        rows = [
            (name, str(row[0]), column, None if value is None else str(value))
            for name, frame in {"measures": self.table, **self.tables}.items()
            for row in frame.rows()
            for column, value in zip(frame.columns[1:], row[1:], strict=True)
        ]
        return pl.DataFrame(rows, schema=["table", "row", "column", "value"], orient="row").write_csv()

    def to_json(self) -> str:
        """Everything as JSON."""
        facts = {"scorer": self.scorer, "corpus": self.corpus, "n": self.n, "notes": self.notes}
        return json.dumps({**facts, **self.details}, indent=1) + "\n"


def check_corpus(name: str) -> Corpus:
    """Return the name where it is one of `CORPORA`; raises `SourceError` naming them where not."""
    for corpus in CORPORA:
        if name == corpus:
            return corpus
    raise SourceError(f"no corpus is called {name!r}; known are {', '.join(CORPORA)}")


def parse_folds(text: str) -> tuple[int, ...] | None:
    """Folds of a list such as `1,2`; None for an empty text, which stands for all."""
    parts = [part.strip() for part in text.split(",") if part.strip()]
    if not all(part.isdecimal() for part in parts):
        raise SourceError(f"--folds is a list of numbers such as 1,2; {text!r} is not")
    return tuple(sorted({int(part) for part in parts})) or None


def evaluate_scorer(
    data: Path,
    model: str | Path | Scorer = "default",
    *,
    corpus: Corpus = "tagged",
    folds: Sequence[int] | None = None,
    progress: Progress | None = None,
) -> Evaluation:
    """Score labelled posts with any scorer and measure it.

    Parameters
    ----------
    data
        Folder that holds `emtract_tagged` and `stockemotions`.
    model
        A scorer, or anything that `load_scorer` takes.
    corpus
        The tagged sample, or StockEmotions read through `emotions.STOCKEMOTIONS`.
    folds
        Folds of the tagged sample; None takes all that the file holds.
    progress
        Called with the scorer's name, posts read and posts in all.

    Raises
    ------
    SourceError, ModelError
        The posts or the scorer are missing or damaged.
    """
    scorer = loaded(model)
    if corpus == "stockemotions":
        return _evaluate_stockemotions(scorer, data, progress or silent)
    return _evaluate_tagged(scorer, data, folds, progress or silent)


def _evaluate_tagged(scorer: Scorer, data: Path, folds: Sequence[int] | None, report: Progress) -> Evaluation:
    posts, p, unread = _read_known(scorer, read_tagged_posts(data, folds), report)
    labels = labels_of(posts)
    parts, whole = by_fold(p, labels, posts["fold"].to_numpy()), evaluate(p, labels)
    errors = standard_errors(p, labels, np.random.default_rng(_SEED))
    columns = {f"fold {fold}": [getattr(part, name) for name in MEASURES] for fold, part in parts.items()}
    table = {
        "measure": [name.replace("_", " ") for name in MEASURES],
        "all": [getattr(whole, name) for name in MEASURES],
        "std error": [errors[name] for name in MEASURES],
        **(columns if len(columns) > 1 else {}),
    }
    details = {
        "metrics": as_dict(whole),
        "standard_errors": errors,
        "by_fold": {str(fold): as_dict(part) for fold, part in parts.items()},
        "per_class": per_class(p, labels).to_dicts(),
        "labels": list(EMOTIONS),
        "confusion": confusion(p.argmax(axis=1), labels, len(EMOTIONS)).tolist(),
    }
    # Posts that a scorer learned from say nothing of how it misreads others.
    if not seen_folds(card_of(scorer), sorted(parts)):
        how = f"on {len(labels):,} posts of the tagged sample"
        found = misreading_of(p, labels, scorer=scorer.name, revision=scorer.revision, how=how)
        details[KEY] = found.to_plain()
    notes = (*unread, *_notes(scorer, sorted(parts)))
    return Evaluation(scorer_id(scorer), "tagged", len(labels), pl.DataFrame(table), notes, details)


def _notes(scorer: Scorer, folds: Sequence[int]) -> tuple[str, ...]:
    notes = []
    if seen := seen_folds(card_of(scorer), folds):
        where = f"fold{'s' if len(seen) > 1 else ''} {', '.join(map(str, seen))}"
        notes.append(
            f"{scorer_id(scorer)} was trained on {where}: what it reaches there is in-sample; its card holds what models "
            "reached that had not seen them"
        )
    return (*notes, *notes_on_kind(scorer))


def notes_on_kind(scorer: Scorer | str) -> tuple[str, ...]:
    """What must be known of a scorer, or of scores under a name, that tell valence only; nothing of others."""
    name, told = (scorer, scorer_reads(scorer)) if isinstance(scorer, str) else (scorer.name, reads_of(scorer))
    if told != "valence":
        return ()
    return (f"{name} tells positive from negative only: read its valence rows, not the rows of seven emotions",)


def _evaluate_stockemotions(scorer: Scorer, data: Path, report: Progress) -> Evaluation:
    posts, p, unread = _read_known(scorer, read_stockemotions_posts(data), report)
    rows = outside_rows(scorer, posts, p)
    seen = [row["part"] for row in rows if row["seen"]]
    notes = unread + (
        (f"{scorer_id(scorer)} saw {' and '.join(seen)} in training, not with these labels",) if seen else ()
    )
    table = pl.DataFrame(rows, infer_schema_length=None).drop("scorer")
    return Evaluation(scorer_id(scorer), "stockemotions", posts.height, table, notes, {"parts": rows})


def outside_rows(scorer: Scorer, posts: pl.DataFrame, p: NDArray[np.float64]) -> list[dict[str, Any]]:
    """Measure a scorer on each part of StockEmotions.

    Parameters
    ----------
    scorer
        Gives name and card: which parts it saw in training.
    posts
        What `read_stockemotions_posts` gives.
    p
        Its probabilities of these posts, shape (n, 7), see `read_posts`.

    Returns
    -------
    list
        One row a part: scorer, part, seen, and what `outside_metrics` gives; the measures of seven emotions are None
        for a scorer that reads valence only.
    """
    rows = []
    for part in posts["part"].unique(maintain_order=True):
        own = (posts["part"] == part).to_numpy()
        found = outside_metrics(p[own], posts.filter(pl.Series(own)), np.random.default_rng(_SEED))
        if reads_of(scorer) == "valence":
            found |= {f"{name}{end}": None for name in _OF_EMOTIONS for end in ("", "_se")}
        rows.append(
            {"scorer": scorer_id(scorer), "part": part, "seen": seen_stockemotions(card_of(scorer), part), **found}
        )
    return rows


def _read_known(
    scorer: Scorer, posts: pl.DataFrame, report: Progress
) -> tuple[pl.DataFrame, NDArray[np.float64], tuple[str, ...]]:
    """Return the posts that have a score, their probabilities, and a note on the others."""
    p = read_posts(scorer, posts["body"].to_list(), report)
    known = np.isfinite(p).all(axis=1)
    if known.all():
        return posts, p, ()
    if not known.any():
        raise SourceError(f"{scorer_id(scorer)} gave none of {len(p):,} posts a score: there is nothing to measure")
    note = f"{(~known).sum():,} of {len(p):,} posts have no score and are left out: the figures are of the others"
    return posts.filter(pl.Series(known)), p[known], (note,)


def read_posts(scorer: Scorer, bodies: Sequence[str], report: Progress = silent) -> NDArray[np.float64]:
    """Probabilities of raw posts, shape (n, 7); NaN where the scorer could not read one.

    Parameters
    ----------
    scorer, bodies, report
        See `predict_slices`.
    """
    return predict_slices(scorer, bodies, report).select(EMOTIONS).to_numpy().astype(np.float64)


def predict_slices(scorer: Scorer, bodies: Sequence[str], report: Progress = silent) -> pl.DataFrame:
    """Read raw posts in slices of bounded memory.

    Parameters
    ----------
    scorer
        Any scorer; it cleans the posts.
    bodies
        n posts as the platform delivered them.
    report
        Called with the scorer's name, posts read and posts in all.

    Returns
    -------
    pl.DataFrame
        `label` and the seven probabilities as `Scorer.predict` gives them, n rows; null where it could not read a post.
    """
    kept = ("label", *EMOTIONS)
    parts = [scorer.predict([]).select(kept)]
    # A language model tells what all of it will cost before it begins.
    size = max(1, len(bodies)) if hasattr(scorer, "forecast") else _SLICE
    for start in range(0, len(bodies), size):
        parts.append(scorer.predict(bodies[start : start + size]).select(kept))
        report(scorer.name, min(start + size, len(bodies)), len(bodies))
    return pl.concat(parts)
