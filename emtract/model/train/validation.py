"""Out-of-fold predictions, what they measure, and the export of the final model with those figures."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from emtract.emotions import EMOTIONS, NO_STANCE, STANCES
from emtract.model.calibration import calibration_error
from emtract.model.card import MODEL_FOLDER, add_misreading
from emtract.model.evaluate import as_dict, auc, evaluate, log_loss, stance_auc
from emtract.model.onnx import OnnxScorer
from emtract.model.samples import OUT_OF_FOLD, labels_of, out_of_fold_frame, probabilities_of
from emtract.model.scorer import softmax
from emtract.model.train.corpora import TAGGED, TaggedSample
from emtract.model.train.document import model_document
from emtract.model.train.export import export_model
from emtract.model.train.loop import encode, infer
from emtract.model.train.scaling import Scaling, fit_scaling, match_scaling, measure_folds, scale, scale_by_fold
from emtract.model.train.stages import EARLIER, FINAL, LATER, Part, Run, Start, fold_name, load_tagged
from emtract.model.train.tokens import leave_out

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import polars as pl
    from numpy.typing import NDArray

    from emtract.model.card import ModelCard
    from emtract.model.evaluate import Labels, Probabilities
    from emtract.model.samples import Variant
    from emtract.model.train.corpora import Messages


@dataclass(frozen=True)
class OutOfFold:
    """Predictions of each text by the model that had not seen its fold, before calibration.

    Attributes
    ----------
    fp32, int8
        Probabilities of shape (n, 7), by the trained network and by its exported int8 graph.
    labels
        Index in `EMOTIONS` of each text, shape (n,).
    folds
        Fold of each text, shape (n,).
    positions
        Place of each text in the tagged sample, shape (n,).
    """

    fp32: NDArray[np.float32]
    int8: NDArray[np.float32]
    labels: NDArray[np.intp]
    folds: NDArray[np.int64]
    positions: NDArray[np.intp]


def cross_validate(run: Run, start: Start, folds: Sequence[int]) -> OutOfFold:
    """Predict each fold by a network trained on the others, starting anew from the joint stage.

    Parameters
    ----------
    run
        What all stages share; each fold's network is exported to `fold-K` in its folder.
    start
        Stage 1's network, the tagged sample, and what stage 3 needs.
    folds
        Folds of the tagged sample, two or more; texts of any other are neither learned from nor predicted.

    Returns
    -------
    OutOfFold
        Predictions fold by fold, in the order of `folds`.
    """
    parts = []
    for fold in folds:
        path = Part(run, start, [other for other in folds if other != fold], fold_name(fold)).train()
        parts.append(_predict(run, path, start.sample, fold))
    return OutOfFold(*(np.concatenate(arrays) for arrays in zip(*parts, strict=True)))


def measure_later(run: Run, start: Start, by_time: TaggedSample, folds: Sequence[int]) -> dict[str, Any]:
    """How good the members of stage 2 are on later messages than they learned from: what to expect of posts of tomorrow.

    Parameters
    ----------
    run
        What all stages share.
    start
        As of `cross_validate`.
    by_time
        The tagged sample, its folds quarters by date.
    folds
        Random folds whose members are trained, two or more.

    Returns
    -------
    dict
        `later`: metrics on the latest quarter of members of the earlier quarters; `random`: metrics on the same messages of
        members that learned from the other folds, as many messages of all dates; `n` messages. Both are scaled by what the
        random folds say of the earlier quarters.
    """
    sample = start.sample
    told = np.zeros((len(sample.folds), len(EMOTIONS)))
    for fold in folds:
        part = Part(run, start, [other for other in folds if other != fold], fold_name(fold))
        own = np.flatnonzero(sample.folds == fold)
        told[own] = part.read([sample.corpus.texts[row] for row in own])
    known, late = np.isin(sample.folds, folds), ~np.isin(by_time.folds, EARLIER)
    scaling = fit_scaling(told[known & ~late], sample.labels[known & ~late])
    later = Part(run, replace(start, sample=by_time), EARLIER, LATER)
    rows = np.flatnonzero(known & late)
    texts = [sample.corpus.texts[row] for row in rows]
    found: dict[str, Probabilities] = {"later": later.read(texts), "random": told[rows]}
    metrics = {name: as_dict(evaluate(scale(read, scaling), sample.labels[rows])) for name, read in found.items()}
    return {"n": len(rows), **metrics}


def _predict(run: Run, path: Path, sample: TaggedSample, fold: int) -> tuple[NDArray[Any], ...]:
    rows = np.flatnonzero(sample.folds == fold)
    texts = [sample.corpus.texts[row] for row in rows]
    network = load_tagged(run, path)
    tokenizer = leave_out(run.tokenizer, run.recipe.left_out or ())
    ids = encode(texts, tokenizer, max_length=run.recipe.max_length)
    fp32 = softmax(infer(network, ids, TAGGED, device=run.device))
    folder = run.folder / fold_name(fold)
    export_model(network, tokenizer, folder, name=folder.name, max_length=run.recipe.max_length)
    return fp32, OnnxScorer(folder).score(texts).probabilities, sample.labels[rows], sample.folds[rows], rows


def calibrated(predictions: OutOfFold) -> pl.DataFrame:
    """Table of the predictions, each fold calibrated on the others; no text."""
    scaled: dict[Variant, Probabilities] = {
        "int8": scale_by_fold(predictions.int8, predictions.labels, predictions.folds),
        "fp32": scale_by_fold(predictions.fp32, predictions.labels, predictions.folds),
    }
    return out_of_fold_frame(predictions.positions, predictions.folds, predictions.labels, scaled)


def measure(predictions: OutOfFold) -> dict[str, Any]:
    """Out-of-fold metrics as plain numbers: the spread of each variant, each fold, and how often the variants agree."""
    labels, folds = predictions.labels, predictions.folds
    fp32, int8 = (
        measure_folds(scale_by_fold(raw, labels, folds), labels, folds) for raw in (predictions.fp32, predictions.int8)
    )
    agreement = float(np.mean(predictions.fp32.argmax(axis=1) == predictions.int8.argmax(axis=1)))
    return {
        "fp32": fp32[0],
        "int8": int8[0],
        "label_agreement": agreement,
        "largest_difference": float(np.abs(predictions.fp32 - predictions.int8).max()),
        "int8_by_fold": int8[1],
    }


def export_final(
    run: Run,
    final: Path,
    predictions: OutOfFold,
    data: Mapping[str, Any],
    *,
    unseen: Messages | None = None,
    later: Mapping[str, Any] | None = None,
) -> ModelCard:
    """Write the model folder, page and out-of-fold table included: the metrics are the table's.

    Parameters
    ----------
    run
        What all stages share; the model goes to `model` in its folder.
    final
        File of the network that was trained on all folds.
    predictions
        Of the networks that had not seen their fold: they give the scaling, the metrics and the table.
    data
        What the card says of the training data, as plain values for JSON; number of layers and parameters are added.
    unseen
        Messages that nothing learned from: on them the model is made as sure as the models of the folds, and its stances are
        calibrated and measured; without them its scaling is theirs, and it reads no stances.
    later
        What `measure_later` found.
    """
    folder = run.folder / MODEL_FOLDER
    network = load_tagged(run, final)
    shape = {
        "layers": network.encoder.config.num_hidden_layers,
        "parameters": sum(part.numel() for part in network.parameters()),
    }
    tokenizer = leave_out(run.tokenizer, run.recipe.left_out or ())
    metrics = measure(predictions) | ({"by_time": dict(later)} if later else {})
    scaling = fit_scaling(predictions.int8, predictions.labels)
    stance_scaling = None
    if unseen:
        export_model(network, tokenizer, run.folder / FINAL, name=FINAL, max_length=run.recipe.max_length)
        own = OnnxScorer(run.folder / FINAL).score(unseen.texts)
        folds = np.unique(predictions.folds).tolist()
        scaling, metrics["confidence"] = _match(run, scaling, folds, unseen.texts, own.probabilities)
        if own.stance is not None:
            stance_scaling, metrics["stance"] = calibrate_stance(own.stance, unseen.stances)
    card = export_model(
        network,
        tokenizer,
        folder,
        name=run.recipe.name,
        max_length=run.recipe.max_length,
        scaling=scaling,
        stance_scaling=stance_scaling,
        notes={"metrics": metrics, "recipe": run.recipe.values(), "data": {**data, **shape}},
    )
    table = calibrated(predictions)
    table.write_parquet(folder / OUT_OF_FOLD)
    card = add_misreading(folder, card, probabilities=probabilities_of(table, "int8"), labels=labels_of(table))
    (folder / "README.md").write_text(model_document(card), encoding="utf-8")
    return card


def _match(
    run: Run, scaling: Scaling, folds: Sequence[int], unseen: Sequence[str], own: Probabilities
) -> tuple[Scaling, dict[str, Any]]:
    """Scaling of the final model, and the mean largest probability of the folds' models and of it, before and after."""
    told = [scale(OnnxScorer(run.folder / fold_name(fold)).score(unseen).probabilities, scaling) for fold in folds]
    matched = match_scaling(own, told, scaling)
    found = {
        "posts": len(unseen),
        "folds": [float(part.max(axis=1).mean()) for part in told],
        "before": float(scale(own, scaling).max(axis=1).mean()),
        "after": float(scale(own, matched).max(axis=1).mean()),
    }
    return matched, found


def calibrate_stance(stance: Probabilities, tags: Labels) -> tuple[Scaling, dict[str, float]]:
    """Scaling of the stances, and how good they are, each half of the messages scaled by what the other half gives.

    Parameters
    ----------
    stance
        Probabilities of messages that nothing learned from, before scaling, shape (n, 3).
    tags
        Index in `STANCES` of each writer's own tag, shape (n,).
    """
    halves = np.arange(len(tags)) % 2
    scaled = scale_by_fold(stance, tags, halves)
    tagged = tags != STANCES.index(NO_STANCE)
    return fit_scaling(stance, tags), {
        "n": len(tags),
        "tagged": int(tagged.sum()),
        "auc": stance_auc(scaled, tags),
        "auc_of_a_tag": auc(1 - scaled[:, STANCES.index(NO_STANCE)], tagged),
        "log_loss": log_loss(scaled, tags),
        "log_loss_of_shares": float(-np.mean(np.log(np.bincount(tags, minlength=len(STANCES))[tags] / len(tags)))),
        "ece": calibration_error(scaled.max(axis=1), scaled.argmax(axis=1) == tags),
    }
