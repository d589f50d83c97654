"""The training run of the fast model: texts, the default model's reading of them, cross-validation, final model, card."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from emtract.emotions import EMOTIONS
from emtract.errors import ModelError
from emtract.model.train.data import TAGGED, read_corpora, read_tagged, read_unlabelled
from emtract.model.train.evaluate import as_dict, evaluate, fit_temperature, metrics_table, spread, temper_by_fold
from emtract.model.train.recipe import read_values
from emtract.model.train.soft import read_by_teacher

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from emtract.model.card import ModelCard
    from emtract.model.onnx import OnnxScorer
    from emtract.model.static import StaticModel
    from emtract.model.train.data import FloatArray, TaggedSample

MODEL_FOLDER: Final = "model"


@dataclass(frozen=True)
class FastRecipe:
    """All that decides a fast model besides the data and its teacher.

    Attributes
    ----------
    name
        Name of the recipe, which names the model too.
    seed
        Seed of the draw of posts, the first table and layers, dropout and order of texts.
    posts
        Corpus -> texts that the teacher labels; the corpora's own labels are left aside.
    words, least_words
        Most words of the vocabulary, and the texts that a word must stand in.
    pairs, least_pairs
        The same of pairs of neighbours.
    buckets
        Rows that the letter groups of all other words share.
    width, hidden
        Columns of the table, and units of the hidden layer.
    spread
        Standard deviation of the table at the start.
    epochs, batch_size, learning_rate
        The optimisation; the rate is the peak of a linear rise and fall.
    dropout, feature_dropout
        Share of the layers' inputs, and of a text's words and pairs, that a step does not see.
    trust
        Weight of the teacher's probabilities in the target of a tagged text; the tag has the rest (Hinton et al. 2015).
    tagged_weight
        Weight of a tagged text in the loss, where that of any other is one.
    """

    name: str
    seed: int
    posts: Mapping[str, int]
    words: int
    least_words: int
    pairs: int
    least_pairs: int
    buckets: int
    width: int
    hidden: int
    spread: float
    epochs: int
    batch_size: int
    learning_rate: float
    dropout: float
    feature_dropout: float
    trust: float
    tagged_weight: float


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


def read_fast_recipe(source: str | Path = "fast") -> FastRecipe:
    """Read a recipe of a fast model, by name or path; raises `ModelError` where its keys are not those of `FastRecipe`."""
    values = read_values(source)
    known = {item.name for item in fields(FastRecipe)}
    if known != set(values):
        wrong = ", ".join(sorted(known ^ set(values)))
        raise ModelError(f"the recipe {source} names unknown keys or lacks some ({wrong}); compare it with fast.toml")
    return FastRecipe(**values)


def train_fast(
    recipe: FastRecipe,
    data_folder: Path,
    teacher_folder: Path,
    out_folder: Path,
    *,
    folds: Sequence[int] = (1, 2, 3, 4),
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
    folds
        Folds of the tagged sample: each is tested by a model that learned from the others and from their teacher.
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
    rows = np.flatnonzero(np.isin(sample.folds, folds))
    probabilities = np.zeros((len(sample.folds), len(EMOTIONS)), np.float32)
    for fold in folds:
        own = rows[sample.folds[rows] == fold]
        probabilities[own] = _predict_fold(run, np.setdiff1d(rows, own), own, f"fold-{fold}")
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
        told = self.progress
        return None if told is None else lambda done, total: told(stage, done, total)

    def teacher(self, name: str) -> OnnxScorer:
        """The teacher of this name."""
        from emtract.model.onnx import OnnxScorer

        return OnnxScorer(self.teachers / name)


def _predict_fold(run: _Run, others: NDArray[np.intp], own: NDArray[np.intp], name: str) -> FloatArray:
    from emtract.model.static import StaticScorer
    from emtract.model.train.static import write_static

    write_static(_learn(run, others, name), run.folder / name, name=name)
    return StaticScorer(run.folder / name).score(run.texts(own)).probabilities


def _export(run: _Run, rows: NDArray[np.intp], probabilities: FloatArray) -> FastReport:
    from emtract.model.train.static import write_static

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
    (folder / "README.md").write_text(fast_document(card), encoding="utf-8")
    return FastReport(folder, card, probabilities)


def _learn(run: _Run, rows: NDArray[np.intp], name: str) -> StaticModel:
    """Fit one model to the tagged texts at `rows` and to the drawn posts, as this teacher reads them."""
    from emtract.model.train.static import fit_static

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
    unlabelled = read_unlabelled(data_folder)
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
    tempered = temper_by_fold(probabilities, labels, folds)
    parts = {str(fold): evaluate(tempered[folds == fold], labels[folds == fold]) for fold in np.unique(folds)}
    return {"int8": spread(list(parts.values())), "int8_by_fold": {fold: as_dict(part) for fold, part in parts.items()}}


def fast_document(card: ModelCard) -> str:
    """Markdown page of a fast model: what it is, out-of-fold metrics, data, recipe; every figure is the card's."""
    return f"""# {card.name}@{card.revision}

Seven emotions of a social-media post about a security: {", ".join(card.labels)}.
A bag of words, pairs of neighbouring words and, for rare words, groups of letters: a row of
{card.recipe["width"]} numbers each (int8), added up and read by two small layers. It learned from the tagged posts
and from how the default model reads other posts.
Inputs as version {card.cleaner} of the cleaner leaves them; no text is cut.

## Out of fold

Each fold of the tagged sample was predicted by a model that learned from the others and from a teacher trained on the
others. Mean ± standard deviation over {len(card.metrics["int8_by_fold"])} folds; each fold calibrated by the others' temperature.

{metrics_table({"int8": card.metrics["int8"]})}

The shipped model learned from all folds by the same recipe, its logits divided by {card.temperature:.3f}.

## Data

{card.data["tagged_rows"]:,} tagged posts, and {card.data["posts"]:,} posts without their labels, read by the default model
(revision {card.data["teacher"]}).
Sources and licences: the card of the default model, and StockNet (tweets on 87 tickers, Xu & Cohen 2018, MIT).

## Recipe

```json
{json.dumps(dict(card.recipe), indent=2)}
```

## Limits

- It sees at most two neighbouring words at once: negation further away, irony and threads are not seen.
- What the default model reads wrongly it learned too; the limits of that model's card hold here as well.
"""
