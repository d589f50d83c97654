"""`emtract model adapt`: a user's labels -> a model whose head they adapted, written where it is measurably better."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import polars as pl

from emtract.atomic import replaced_folder
from emtract.emotions import EMOTIONS
from emtract.errors import ModelError, SourceError
from emtract.model.adapt.bases import find_base, write_adapted
from emtract.model.adapt.folds import LEAST_FOLDS, PENALTIES, Adapted, adapt_head, deal_folds, group_copies
from emtract.model.adapt.gain import paired_gain
from emtract.model.adapt.head import Sample
from emtract.model.card import CARD
from emtract.pipeline.imports import check_name
from emtract.pipeline.labelledfile import NO_TEXT, LabelledColumns, Tally, labelled_rows, read_texts
from emtract.pipeline.opening import silent
from emtract.pipeline.postfile import find_text_column
from emtract.text import Cleaner, clean_posts

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from emtract.model.adapt.bases import Base
    from emtract.model.card import ModelCard
    from emtract.pipeline.opening import Progress

#: Distinct texts in all below which nothing is fitted, and of one emotion below which its labels are left out.
LEAST: Final = 50
LEAST_OF_ONE: Final = 10
#: Parts in which posts are judged.
FOLDS: Final = 5


@dataclass(frozen=True)
class Adaptation:
    """What came of adapting a model.

    Attributes
    ----------
    base
        Name and revision of the model that was adapted.
    n
        Labelled posts that were used.
    gains
        What `emtract.model.adapt.gain.paired_gain` gives.
    notes
        What a reader of the figures must know.
    outcome
        One sentence: what was written and why, or why nothing was.
    card
        Card of the adapted model; None where it was not written.
    """

    base: str
    n: int
    gains: pl.DataFrame
    notes: tuple[str, ...]
    outcome: str
    card: ModelCard | None


@dataclass(frozen=True)
class _Posts:
    """Labelled posts that are used: cleaned, in groups of near-copies."""

    texts: list[str]
    labels: NDArray[np.intp]
    groups: NDArray[np.intp]

    def rows(self, own: NDArray[np.bool_]) -> _Posts:
        """Return some of the posts, groups numbered anew."""
        texts = [text for text, taken in zip(self.texts, own, strict=True) if taken]
        return _Posts(texts, self.labels[own], np.unique(self.groups[own], return_inverse=True)[1])

    def distinct(self) -> NDArray[np.intp]:
        """Distinct texts of each emotion, shape (7,)."""
        return np.bincount(
            np.unique(np.column_stack([self.groups, self.labels]), axis=0)[:, 1], minlength=len(EMOTIONS)
        )

    @property
    def count(self) -> int:
        """Distinct texts."""
        return len(np.unique(self.groups))


def adapt_model(
    path: Path,
    output: Path,
    *,
    base: str = "default",
    columns: LabelledColumns | None = None,
    name: str = "adapted",
    folds: int = FOLDS,
    keep: bool = False,
    progress: Progress | None = None,
) -> Adaptation:
    """Adapt a model's head to labelled posts, measure it on posts that it had not seen, and write it where it is better.

    Parameters
    ----------
    path
        CSV, TSV, Parquet, JSON or JSON lines; a post a row.
    output
        Folder of the adapted model; a model that is there is replaced.
    base
        `default`, `fast`, or a model folder.
    columns
        Which columns say what; None for the usual names.
    name
        Name of the adapted model.
    folds
        Parts in which the posts are judged, at least 3.
    keep
        Write the model whatever it gains.
    progress
        Called with a stage, steps done and steps in all.

    Raises
    ------
    SourceError, ModelError
        The file cannot be read, lacks a column or has too few labels; the model cannot be adapted; or the folder holds something
        else.
    """
    check_name(name)
    _check_output(output)
    if folds < LEAST_FOLDS:
        raise ModelError(
            f"--folds {folds}: one part judges, one chooses and the others teach; give at least {LEAST_FOLDS}"
        )
    model, tally, report = find_base(base), Tally(), progress or silent
    posts = _read(path, columns or LabelledColumns(), tally, report)
    sample = Sample(*model.read(posts.texts), posts.labels, np.unique(posts.labels))
    dealt = deal_folds(posts.labels, posts.groups, folds)
    adapted = adapt_head(sample, dealt, progress=partial(report, "fits"))
    gains = paired_gain(adapted.shipped, adapted.adapted, sample.places, posts.groups)
    card = None
    if keep or gains["low"][0] > 0:
        notes = _card_notes(model, posts, adapted, gains, {"file": path.name, "left_out": dict(tally.left_out)})
        with replaced_folder(output) as folder:
            card = write_adapted(model, adapted.head, folder, name=name, notes=notes)
    told = f"{model.card.name}@{model.card.revision}"
    return Adaptation(
        told,
        len(posts.labels),
        gains,
        _notes(told, posts, adapted, gains, tally),
        _outcome(gains, card, output),
        card,
    )


def _check_output(output: Path) -> None:
    if output.exists() and not (output / CARD).is_file() and (not output.is_dir() or any(output.iterdir())):
        raise ModelError(f"{output} exists and is no model folder: name another with --output")


def _read(path: Path, asked: LabelledColumns, tally: Tally, report: Progress) -> _Posts:
    texts: list[str] = []
    labels = [np.empty(0, dtype=np.intp)]

    def column(names: list[str]) -> str:
        return find_text_column(names, asked.text, "--text")

    for rows, places in labelled_rows(path, asked, tally, check=column, report=report, what="labels"):
        bodies, missing = read_texts(rows, column(rows.columns))
        cleaned = [clean.text for clean in clean_posts(bodies, Cleaner())]
        full = np.array([bool(text) for text in cleaned]) & ~missing
        texts += [text for text, taken in zip(cleaned, full, strict=True) if taken]
        labels.append(places[full])
        tally.left_out.update({NO_TEXT: int((~full).sum())} if not full.all() else {})
    return _enough(path, _Posts(texts, np.concatenate(labels), group_copies(texts)), tally)


def _enough(path: Path, posts: _Posts, tally: Tally) -> _Posts:
    """Leave out labels of emotions that too few texts have; raises `SourceError` where too little is left."""
    few = [place for place, count in enumerate(posts.distinct()) if 0 < count < LEAST_OF_ONE]
    for place in few:
        why = f"{EMOTIONS[place]}, which fewer than {LEAST_OF_ONE} distinct texts have"
        tally.left_out[why] = int((posts.labels == place).sum())
    posts = posts.rows(~np.isin(posts.labels, few))
    if len(found := np.unique(posts.labels)) == 1 and posts.count >= LEAST:
        raise SourceError(
            f"{path} has labels of {EMOTIONS[found[0]]} alone: there is nothing to tell apart; label two emotions or more"
        )
    if posts.count < LEAST:
        raise tally.refuse(path, len(posts.labels), f"at least {LEAST} distinct texts are needed")
    return posts


def _card_notes(
    model: Base, posts: _Posts, adapted: Adapted, gains: pl.DataFrame, told: dict[str, Any]
) -> dict[str, dict[str, Any]]:
    measures = gains["measure"].to_list()
    counts = np.bincount(posts.labels, minlength=len(EMOTIONS)).tolist()
    labels = {emotion: count for emotion, count in zip(EMOTIONS, counts, strict=True) if count}
    step = {"base": model.card.name, "revision": model.card.revision, "labels": labels, "texts": posts.count, **told}
    return {
        "metrics": {
            **{column: dict(zip(measures, gains[column], strict=True)) for column in ("shipped", "adapted")},
            "gain": {row["measure"]: {key: row[key] for key in ("gain", "low", "high")} for row in gains.to_dicts()},
        },
        "recipe": {
            "method": "head",
            "penalty": adapted.penalty,
            "temperature": adapted.temperature,
            "penalties": list(PENALTIES),
            "penalty_by_fold": list(adapted.penalties),
        },
        "data": {"adapted": [*model.card.data.get("adapted", ()), step]},
    }


def _notes(base: str, posts: _Posts, adapted: Adapted, gains: pl.DataFrame, tally: Tally) -> tuple[str, ...]:
    known = np.unique(posts.labels)
    notes = [*tally.note(len(posts.labels))]
    if copies := len(posts.texts) - posts.count:
        notes.append(
            f"rows that repeat another's text, near-copies included, and are judged and drawn together with it: {copies:,}"
        )
    pairs = Counter(group for group, _ in set(zip(posts.groups.tolist(), posts.labels.tolist(), strict=True)))
    if torn := sum(count > 1 for count in pairs.values()):
        notes.append(f"texts with two labels or more, all of them used: {torn:,}")
    if absent := [emotion for place, emotion in enumerate(EMOTIONS) if place not in known]:
        notes.append(
            f"{', '.join(absent)}: no labels, the shipped head stays; every figure is of the probabilities among the "
            f"{len(known)} emotions that are labelled"
        )
    spread = ", ".join(f"{penalty:g}" for penalty in adapted.penalties)
    notes.append(f"penalty {adapted.penalty:g} (by fold: {spread}), temperature {adapted.temperature:.2f}")
    notes.append(f"where {base} was trained on these posts, as its card may say, both columns are too good")
    if (gains.filter(pl.col("measure") == "macro_f1")["high"] < 0).all():
        notes.append("macro F1 falls: the labels make rare emotions rarer, and they are named less often")
    return tuple(notes)


def _outcome(gains: pl.DataFrame, card: ModelCard | None, folder: Path) -> str:
    gain, low, high = gains.select("gain", "low", "high").row(0)
    moved = f"log loss {'falls' if gain >= 0 else 'rises'} by {abs(gain):.4f}"
    found = f"{moved} (gain between {low:.4f} and {high:.4f} in 95 % of samples)"
    if card is None:
        return f"{found}, so no gain is sure and nothing is written: give more labels, or --keep to write the model all the same"
    sure = "" if low > 0 else ", so no gain is sure"
    return f"{found}{sure}; {card.name}@{card.revision} is written: name it as a scorer by its folder, {folder}"
