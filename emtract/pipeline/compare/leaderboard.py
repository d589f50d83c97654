"""Several scorers on labelled files that a user names: a row a scorer, with paired differences to the first."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import polars as pl

from emtract.errors import SourceError
from emtract.model.calibration import Z95
from emtract.model.evaluate import bootstrap, evaluate, share_interval
from emtract.model.registry import reads_of
from emtract.model.samples import card_of, scorer_id, seen_folds
from emtract.pipeline.evaluation import notes_on_kind, read_posts
from emtract.pipeline.labelled import LEAST
from emtract.pipeline.labelledfile import NO_TEXT, LabelledColumns, Tally, labelled_rows, read_texts
from emtract.pipeline.opening import silent
from emtract.pipeline.postfile import find_text_column
from emtract.pipeline.taxonomies import Meaning, meaning_of
from emtract.report.compare.found import BOARD, SPREAD, Leaderboard
from emtract.words.names import listed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from emtract.model import Scorer
    from emtract.model.evaluate import Labels
    from emtract.pipeline.opening import Progress

#: Measures that are not told of a scorer of valence only.
_OF_SEVEN: Final = BOARD[:3]
_SEED: Final = 0
#: Names a file and its columns at the prompt.
_OPTION: Final = "--labels FILE:TEXT:LABEL"


@dataclass(frozen=True)
class LabelledFile:
    """A file of labelled posts: its path, the column of the texts (None for the likeliest), and the column of the labels."""

    path: Path
    text: str | None = None
    label: str = "label"


def parse_file(text: str) -> LabelledFile:
    """Read `FILE`, or `FILE:TEXT:LABEL`; raises `SourceError` where it is neither.

    Examples
    --------
    >>> parse_file("posts.csv:body:emotion").label
    'emotion'
    """
    parts = text.rsplit(":", 2)
    if len(parts) == 3 and all(parts) and not Path(text).is_file():
        return LabelledFile(Path(parts[0]), parts[1], parts[2])
    if len(parts) == 1 or Path(text).is_file():
        return LabelledFile(Path(text))
    raise SourceError(
        f"--labels {text!r}: name a file and its columns of texts and labels, as in posts.csv:body:emotion"
    )


def rank_scorers(
    scorers: Sequence[Scorer],
    files: Sequence[LabelledFile],
    *,
    labels: str | None = None,
    taxonomy: str | None = None,
    progress: Progress | None = None,
) -> Leaderboard:
    """Measure scorers on the posts of each file that all of them could read.

    Parameters
    ----------
    scorers
        The first is the one that others are compared with.
    files
        Labelled posts.
    labels
        What `--map` says of labels, for all files; None takes `taxonomy`.
    taxonomy
        The set that the labels are of; None finds the set that holds all labels of a file. Of labels that tell valence alone,
        such as bullish and bearish, valence is measured of every scorer.
    progress
        Called with (what, done, total).

    Raises
    ------
    SourceError
        A file cannot be read, lacks a column, has labels of another set, or fewer than `LEAST` posts that all scorers read.
    """
    report = progress or silent
    rows, notes = [], [note for scorer in scorers for note in notes_on_kind(scorer)]
    for file in files:
        meaning = (
            meaning_of(file.path, file.label, named=taxonomy, option=_OPTION) if labels is None else Meaning(labels)
        )
        own, seen, more = _on_file(scorers, file, meaning, report)
        rows += [{"file": file.path.name, **row, "seen": seen.get(row["scorer"])} for row in own]
        notes += [*meaning.notes, *more, *_trained(file.path.name, seen)]
    notes += _trained_elsewhere(scorers)
    table = pl.DataFrame(rows, schema_overrides=SPREAD | {"seen": pl.Boolean}, infer_schema_length=None)
    return Leaderboard(table, tuple(dict.fromkeys(notes)))


def _on_file(
    scorers: Sequence[Scorer], file: LabelledFile, meaning: Meaning, report: Progress
) -> tuple[list[dict[str, Any]], dict[str, bool | None], list[str]]:
    """Rows of the table, whether each scorer was trained on the file, and what was left out of it."""
    columns, tally = LabelledColumns(file.label, meaning.labels, text=file.text, option=_OPTION), Tally()
    texts, places, frames = list[str](), [np.empty(0, dtype=np.intp)], list[pl.DataFrame]()
    parts = labelled_rows(
        file.path, columns, tally, check=lambda names: find_text_column(names, file.text, _OPTION),
        report=report, what=file.path.name,
    )  # fmt: skip
    for frame, own in parts:
        bodies, missing = read_texts(frame, find_text_column(frame.columns, file.text, _OPTION))
        tally.left_out.update([NO_TEXT] * int(missing.sum()))
        texts += [body for body, none in zip(bodies, missing, strict=True) if not none]
        places.append(own[~missing])
        frames.append(frame.filter(pl.Series(~missing)))
    if len(texts) < LEAST:
        raise tally.refuse(file.path, len(texts), f"at least {LEAST} are needed")
    p = np.stack([read_posts(scorer, texts, report) for scorer in scorers])
    read = np.isfinite(p).all(axis=(0, 2))
    names = [scorer_id(scorer) for scorer in scorers]
    if read.sum() < LEAST:
        raise SourceError(
            f"{int(read.sum())} posts of {file.path} were read by all of {', '.join(names)}, and at least {LEAST} are needed: "
            "leave a scorer out"
        )
    notes = [f"{file.path.name}: {note}" for note in tally.note(len(texts))]
    if not read.all():
        notes.append(
            f"{file.path.name}: {int((~read).sum()):,} posts that one of the scorers could not read are left out"
        )
    blind = [meaning.valence or reads_of(scorer) == "valence" for scorer in scorers]
    seen = {
        name: _seen(scorer, pl.concat(frames, how="diagonal_relaxed"))
        for name, scorer in zip(names, scorers, strict=True)
    }
    posts = np.unique(np.array(texts, dtype=object)[read], return_inverse=True)[1]
    return _board(names, blind, p[:, read], np.concatenate(places)[read], posts), seen, notes


def _board(
    names: Sequence[str], blind: Sequence[bool], p: NDArray[np.float64], labels: Labels, posts: NDArray[np.intp]
) -> list[dict[str, Any]]:
    """Measure each scorer, and how it differs from the first on the same posts; errors are of one bootstrap of posts."""

    def measured(rows: NDArray[np.intp]) -> NDArray[np.float64]:
        found = [evaluate(own[rows], labels[rows]) for own in p]
        return np.array([[getattr(one, name) for name in BOARD] for one in found])

    def statistics(rows: NDArray[np.intp]) -> list[float]:
        values = measured(rows)
        return [*values.ravel().tolist(), *(values - values[0]).ravel().tolist()]

    n, shape = len(labels), (2, len(names), len(BOARD))
    values = measured(np.arange(n))
    errors = bootstrap(statistics, n, np.random.default_rng(_SEED), posts=posts).reshape(shape)
    rows = []
    for i, name in enumerate(names):
        row: dict[str, Any] = {"scorer": name, "n": n, **dict.fromkeys(SPREAD)}
        for j, measure in enumerate(BOARD):
            if blind[i] and measure in _OF_SEVEN:
                continue
            value, half = float(values[i, j]), Z95 * float(errors[0, i, j])
            low, high = (
                share_interval(value, float(errors[0, i, j]), posts)
                if measure.endswith("accuracy")
                else (max(0.0, value - half), value + half)
            )
            row |= {measure: value, f"{measure}_low": low, f"{measure}_high": high}
            if i and not (blind[0] and measure in _OF_SEVEN):
                less, half = float(values[i, j] - values[0, j]), Z95 * float(errors[1, i, j])
                row |= {
                    f"{measure}_less": less,
                    f"{measure}_less_low": less - half,
                    f"{measure}_less_high": less + half,
                }
        rows.append(row)
    return rows


def _seen(scorer: Scorer, rows: pl.DataFrame) -> bool | None:
    """Whether a scorer was trained on the labels of these posts; None where the file is none that its card tells of."""
    card = card_of(scorer)
    if card is None:
        return False
    if {"row", "fold", "emotion", "body"} <= {*rows.columns}:  # the tagged sample of EmTract
        folds = rows["fold"].cast(pl.Int64, strict=False).drop_nulls().unique().to_list()
        return bool(seen_folds(card, folds))
    return None


def _trained(file: str, seen: Mapping[str, bool | None]) -> list[str]:
    names = [name for name, known in seen.items() if known]
    told = f"{file}: {listed(names)} learned from posts of this file, and what is reached there is in-sample"
    return [told] if names else []


def _trained_elsewhere(scorers: Sequence[Scorer]) -> list[str]:
    """Say which corpora trained a scorer, as its card tells."""
    notes = []
    for scorer in scorers:
        if (card := card_of(scorer)) is None:
            continue
        corpora = [
            *card.data.get("joint_rows", ()),
            *(["the tagged sample of EmTract"] if "tagged_rows" in card.data else []),
        ]
        teacher = " and learned from a teacher that was trained on more" if "teacher" in card.data else ""
        told = f"was trained on {', '.join(corpora)}{teacher}" if corpora else "has a card that names no corpus"
        notes.append(f"{scorer_id(scorer)} {told}: where a file holds posts of its training, its figures are too good")
    return notes
