"""The whole of a training run: joint stage, cross-validation, final model, export, card."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from emtract.model.onnx import OnnxScorer
from emtract.model.scorer import softmax
from emtract.model.train.data import TAGGED, TaggedSample, read_corpora, read_tagged
from emtract.model.train.document import model_document
from emtract.model.train.evaluate import Metrics, as_dict, evaluate, fit_temperature, spread, temper_by_fold
from emtract.model.train.export import export_model
from emtract.model.train.loop import encode, infer
from emtract.model.train.stages import Run, StageProgress, joint_sample, load_tagged, run_joint, run_tagged
from emtract.model.train.tokens import build_tokenizer, find_encoder

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from emtract.model.card import ModelCard
    from emtract.model.train.recipe import Recipe

MODEL_FOLDER: Final = "model"


@dataclass(frozen=True)
class OutOfFold:
    """Predictions of each text by the model that had not seen its fold, before temperature.

    Attributes
    ----------
    fp32, int8
        Probabilities of shape (n, 7), by the trained network and by its exported int8 graph.
    labels
        Index in `EMOTIONS` of each text, shape (n,).
    folds
        Fold of each text, shape (n,).
    """

    fp32: NDArray[np.float32]
    int8: NDArray[np.float32]
    labels: NDArray[np.intp]
    folds: NDArray[np.int64]


@dataclass(frozen=True)
class TrainReport:
    """What a training run made.

    Attributes
    ----------
    folder
        The model folder, for `load_scorer`.
    card
        Its card, out-of-fold metrics included.
    out_of_fold
        The predictions behind the metrics.
    """

    folder: Path
    card: ModelCard
    out_of_fold: OutOfFold


def train(
    recipe: Recipe,
    data_folder: Path,
    encoder_folder: Path | None,
    out_folder: Path,
    *,
    folds: Sequence[int] = (1, 2, 3, 4),
    device: str = "cpu",
    progress: StageProgress | None = None,
) -> TrainReport:
    """Train, cross-validate and export a model.

    Parameters
    ----------
    recipe
        Hyper-parameters; see `read_recipe`.
    data_folder
        Folder that holds `emtract_tagged` and the corpora that the recipe names.
    encoder_folder
        Folder of the base encoder; None looks for the installed package.
    out_folder
        Folder of checkpoints, one a stage: a stage whose recipe, vocabulary and encoder are unchanged is not run again.
        The model is written to `model` beneath it.
    folds
        Folds of the tagged sample: each is tested by a model trained on the others, and all train the final model.
    device
        Device of torch: cpu, cuda.
    progress
        Called with the stage, its steps done and its steps in all.

    Returns
    -------
    TrainReport
        Where the model is, and how good.

    Raises
    ------
    ModelError, SourceError
        The encoder or a corpus is missing or is not what it should be.
    """
    out_folder.mkdir(parents=True, exist_ok=True)
    encoder = find_encoder(encoder_folder)
    run = Run(recipe, encoder, out_folder, build_tokenizer(encoder), device, progress)
    sample = read_tagged(data_folder)
    corpora, dropped = joint_sample(read_corpora(data_folder, recipe.rows), sample, recipe)
    joint = run_joint(run, corpora)
    predictions = cross_validate(run, joint, sample, folds)
    final = run_tagged(run, joint, sample, folds, "final")
    data = {
        "joint_rows": {corpus.name: len(corpus.texts) for corpus in corpora},
        "joint_rows_dropped_as_tagged": dropped,
        "tagged_rows": int(np.isin(sample.folds, folds).sum()),
    }
    return _export(run, final, predictions, data)


def cross_validate(run: Run, joint: Path, sample: TaggedSample, folds: Sequence[int]) -> OutOfFold:
    """Predict each fold by a network trained on the others, starting anew from the joint stage."""
    parts = []
    for fold in folds:
        path = run_tagged(run, joint, sample, [other for other in folds if other != fold], f"fold-{fold}")
        parts.append(_predict_fold(run, path, sample, fold))
    return OutOfFold(*(np.concatenate(arrays) for arrays in zip(*parts, strict=True)))


def _predict_fold(run: Run, path: Path, sample: TaggedSample, fold: int) -> tuple[NDArray[Any], ...]:
    rows = np.flatnonzero(sample.folds == fold)
    texts = [sample.corpus.texts[row] for row in rows]
    network = load_tagged(run, path)
    ids = encode(texts, run.tokenizer, max_length=run.recipe.max_length)
    fp32 = softmax(infer(network, ids, TAGGED, device=run.device))
    folder = run.folder / path.stem
    export_model(network, run.tokenizer, folder, name=path.stem, max_length=run.recipe.max_length)
    return fp32, OnnxScorer(folder).score(texts).probabilities, sample.labels[rows], sample.folds[rows]


def measure(predictions: OutOfFold) -> dict[str, Any]:
    """Out-of-fold metrics as plain numbers: the spread of each variant, each fold, and how often the variants agree."""
    folds = np.unique(predictions.folds)
    variants: dict[str, Any] = {}
    by_fold: dict[str, list[Metrics]] = {}
    for name, raw in (("fp32", predictions.fp32), ("int8", predictions.int8)):
        tempered = temper_by_fold(raw, predictions.labels, predictions.folds)
        own = [predictions.folds == fold for fold in folds]
        by_fold[name] = [evaluate(tempered[rows], predictions.labels[rows]) for rows in own]
        variants[name] = spread(by_fold[name])
    agreement = float(np.mean(predictions.fp32.argmax(axis=1) == predictions.int8.argmax(axis=1)))
    return {
        **variants,
        "label_agreement": agreement,
        "largest_difference": float(np.abs(predictions.fp32 - predictions.int8).max()),
        "int8_by_fold": {str(fold): as_dict(part) for fold, part in zip(folds, by_fold["int8"], strict=True)},
    }


def _export(run: Run, final: Path, predictions: OutOfFold, data: Mapping[str, Any]) -> TrainReport:
    folder = run.folder / MODEL_FOLDER
    temperature = fit_temperature(predictions.int8, predictions.labels)
    card = export_model(
        load_tagged(run, final),
        run.tokenizer,
        folder,
        name=run.recipe.name,
        max_length=run.recipe.max_length,
        temperature=temperature,
        notes={"metrics": measure(predictions), "recipe": asdict(run.recipe), "data": data},
    )
    (folder / "README.md").write_text(model_document(card), encoding="utf-8")

    return TrainReport(folder, card, predictions)
