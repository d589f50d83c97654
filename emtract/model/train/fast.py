"""The training run of the fast model: texts, the default model's reading of them, cross-validation, final model, card."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from emtract.emotions import EMOTIONS
from emtract.model.card import MODEL_FOLDER, add_misreading
from emtract.model.onnx import OnnxScorer
from emtract.model.static import StaticScorer
from emtract.model.train.corpora import TAGGED, read_corpora, read_tagged, read_unlabelled
from emtract.model.train.document import fast_document
from emtract.model.train.network import read_by_teacher
from emtract.model.train.scaling import fit_temperature, measure_folds, temper_by_fold
from emtract.model.train.stages import fold_name
from emtract.model.train.static import fit_static, write_static

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

    from emtract.model.card import ModelCard
    from emtract.model.static import StaticModel
    from emtract.model.train.corpora import FloatArray, TaggedSample
    from emtract.model.train.recipe import FastRecipe

#: Folds of the tagged sample: each is tested by a model that learned from the others and from their teacher.
_FOLDS: Final = (1, 2, 3, 4)


@dataclass(frozen=True)
class FastReport:
    """What a training run of the fast model made.

    Attributes
    ----------
    folder
        The model folder, for `load_scorer`.
    card
        Its card, out-of-fold metrics included.
    probabilities
        Out-of-fold probabilities of each tagged text before temperature, shape (n, 7).
    """

    folder: Path
    card: ModelCard
    probabilities: FloatArray


def train_fast(
    recipe: FastRecipe,
    data_folder: Path,
    teacher_folder: Path,
    out_folder: Path,
    *,
    progress: Callable[[str, int, int], None] | None = None,
) -> FastReport:
    """Train, cross-validate and export a fast model from a finished run of the default one.

    Parameters
    ----------
    recipe
        Hyper-parameters; see `read_fast_recipe`.
    data_folder
        Folder that holds `emtract_tagged` and the corpora that the recipe names.
    teacher_folder
        Output folder of `train`: its `fold-K` read nothing of fold K, its `model` read all folds.
    out_folder
        Teachers' readings are kept here and made anew only for other texts or another teacher; the model is written to
        `model` beneath it.
    progress
        Called with the stage, its steps done and its steps in all.

    Raises
    ------
    ModelError, SourceError
        The training libraries, a teacher or a corpus are missing or are not what they should be.

    Notes
    -----
    Out of fold means out of fold for teacher, vocabulary, table and temperature alike. What is measured is the exported
    model, int8 table included.
    """
    out_folder.mkdir(parents=True, exist_ok=True)
    sample = read_tagged(data_folder)
    posts = draw_posts(recipe, data_folder, sample)
    run = _Run(recipe, sample, posts, teacher_folder, out_folder, progress)
    rows = np.flatnonzero(np.isin(sample.folds, _FOLDS))
    probabilities = np.zeros((len(sample.folds), len(EMOTIONS)), np.float32)
    for fold in _FOLDS:
        own = rows[sample.folds[rows] == fold]
        probabilities[own] = _predict_fold(run, np.setdiff1d(rows, own), own, fold_name(fold))
    return _export(run, rows, probabilities[rows])


@dataclass(frozen=True)
class _Run:
    """What all models of one run share."""

    recipe: FastRecipe
    sample: TaggedSample
    posts: tuple[str, ...]
    teachers: Path
    folder: Path
    progress: Callable[[str, int, int], None] | None

    def texts(self, rows: NDArray[np.intp]) -> list[str]:
        """Tagged texts at these rows."""
        return [self.sample.corpus.texts[row] for row in rows]

    def report(self, stage: str) -> Callable[[int, int], None] | None:
        """Progress of one stage."""
        return partial(self.progress, stage) if self.progress else None

    def teacher(self, name: str) -> OnnxScorer:
        """The teacher of this name."""
        return OnnxScorer(self.teachers / name)


def _predict_fold(run: _Run, others: NDArray[np.intp], own: NDArray[np.intp], name: str) -> FloatArray:
    write_static(_learn(run, others, name), run.folder / name, name=name)
    return StaticScorer(run.folder / name).score(run.texts(own)).probabilities


def _export(run: _Run, rows: NDArray[np.intp], probabilities: FloatArray) -> FastReport:
    labels, folder = run.sample.labels[rows], run.folder / MODEL_FOLDER
    notes = {
        "metrics": measure_fast(probabilities, labels, run.sample.folds[rows]),
        "recipe": asdict(run.recipe),
        "data": {
            "tagged_rows": len(rows),
            "posts": len(run.posts),
            "teacher": run.teacher(MODEL_FOLDER).revision,
        },
    }
    final = _learn(run, rows, MODEL_FOLDER)
    temperature = fit_temperature(probabilities, labels)
    card = write_static(final, folder, name=run.recipe.name, temperature=temperature, notes=notes)
    own = temper_by_fold(probabilities, labels, run.sample.folds[rows])
    card = add_misreading(folder, card, probabilities=own, labels=labels)
    (folder / "README.md").write_text(fast_document(card), encoding="utf-8")
    return FastReport(folder, card, probabilities)


def _learn(run: _Run, rows: NDArray[np.intp], name: str) -> StaticModel:
    """Fit one model to the tagged texts at `rows` and to the drawn posts, as this teacher reads them."""
    recipe, tagged = run.recipe, run.texts(rows)
    texts = [*tagged, *run.posts]
    soft = read_by_teacher(
        run.teacher(name), texts, run.folder / f"read-by-{name}.safetensors", progress=run.report(f"teacher {name}")
    )
    hard = run.sample.corpus.targets[TAGGED][rows]
    targets = np.vstack([(1 - recipe.trust) * hard + recipe.trust * soft[: len(rows)], soft[len(rows) :]])
    weights = np.ones(len(texts), np.float32)
    weights[: len(rows)] = recipe.tagged_weight
    return fit_static(texts, targets.astype(np.float32), weights, recipe, progress=run.report(name))


def draw_posts(recipe: FastRecipe, data_folder: Path, sample: TaggedSample) -> tuple[str, ...]:
    """Draw the distinct texts that the teacher labels; none is empty or stands in the tagged sample.

    Parameters
    ----------
    recipe
        Its `posts` says how many texts of which corpus, its `seed` which; a smaller corpus gives all it has.
    data_folder
        Folder that holds the corpora, StockNet and StockEmotions among them in any case.
    sample
        The tagged sample, whose texts are left out.

    Returns
    -------
    tuple
        Cleaned texts, corpus by corpus in the order of the recipe; a text of two corpora stands under the first.

    Raises
    ------
    SourceError
        StockNet is missing, or a corpus that the recipe names is missing or unknown.
    """
    unlabelled = read_unlabelled(data_folder, recipe.posts)
    labelled = read_corpora(data_folder, [name for name in recipe.posts if name not in unlabelled])
    pools = unlabelled | {corpus.name: corpus.texts for corpus in labelled}
    rng = np.random.default_rng(recipe.seed)
    seen = {*sample.corpus.texts, ""}
    drawn: list[str] = []
    for name, count in recipe.posts.items():
        texts = [text for text in dict.fromkeys(pools[name]) if text not in seen]
        chosen = [texts[place] for place in rng.permutation(len(texts))[:count]]
        seen.update(chosen)
        drawn += chosen
    return tuple(drawn)


def measure_fast(probabilities: FloatArray, labels: NDArray[np.intp], folds: NDArray[np.int64]) -> dict[str, Any]:
    """Out-of-fold metrics as plain numbers; each fold is calibrated by the others' temperature.

    Parameters
    ----------
    probabilities
        Out-of-fold predictions before temperature, shape (n, 7).
    labels
        Index of the tagged emotion in `EMOTIONS`, shape (n,).
    folds
        Fold of each text, shape (n,).

    Returns
    -------
    dict
        `int8`: mean and standard deviation of each metric over folds; `int8_by_fold`: fold -> its metrics.
    """
    spreads, by_fold = measure_folds(temper_by_fold(probabilities, labels, folds), labels, folds)
    return {"int8": spreads, "int8_by_fold": by_fold}
