"""Labelled posts to measure scorers on, which of them a scorer was trained on, and predictions of them out of fold."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np
import polars as pl

from emtract.emotions import EMOTIONS, STOCKEMOTIONS
from emtract.errors import ModelError, SourceError, first_line

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from emtract.model.card import ModelCard
    from emtract.model.evaluate import Labels, Probabilities
    from emtract.model.scorer import Scorer

Part = Literal["train", "val", "test"]
_PARTS: Final[tuple[Part, ...]] = ("train", "val", "test")
_TAGS: Final = ("bullish", "bearish")


def tagged_path(folder: Path) -> Path:
    """Path of the tagged sample beneath the folder of corpora."""
    return folder / "emtract_tagged" / "tagged.parquet"


def read_tagged_posts(folder: Path, folds: Iterable[int] | None = None) -> pl.DataFrame:
    """Read the tagged sample (Vamossy & Skog) in row order: row, fold, emotion, body; None takes every fold it holds.

    Raises
    ------
    SourceError
        The file is missing, is not the tagged sample, or holds nothing of these folds.
    """
    path = tagged_path(folder)
    _require(path)
    frame = pl.read_parquet(path, glob=False)
    if missing := {"row", "fold", "emotion", "body"} - set(frame.columns):
        raise SourceError(f"{path} lacks {', '.join(sorted(missing))}; give the tagged sample of EmTract")
    if not frame["emotion"].is_in(EMOTIONS).all():
        raise SourceError(f"{path} holds emotions other than {', '.join(EMOTIONS)}; give the tagged sample of EmTract")
    wanted = frame["fold"].unique().to_list() if folds is None else list(folds)
    if absent := sorted(set(wanted) - set(frame["fold"])):
        held = ", ".join(map(str, sorted(frame["fold"].unique())))
        raise SourceError(f"{path} holds no fold {', '.join(map(str, absent))}; it holds {held}")
    return frame.filter(pl.col("fold").is_in(wanted)).sort("row").select("row", "fold", "emotion", "body")


def stockemotions_paths(folder: Path) -> dict[Part, Path]:
    """Parts of StockEmotions that lie beneath the folder of corpora."""
    paths = {part: folder / "stockemotions" / f"{part}.csv" for part in _PARTS}
    return {part: path for part, path in paths.items() if path.is_file()}


def read_stockemotions_posts(folder: Path, parts: Iterable[Part] | None = None) -> pl.DataFrame:
    """Read StockEmotions (Lee et al. 2023): part, date, emotion (by `STOCKEMOTIONS`), bullish, body; None takes all parts.

    Raises
    ------
    SourceError
        No part is there, or one holds a label that is not of the corpus.
    """
    paths = stockemotions_paths(folder)
    wanted = list(paths) if parts is None else list(parts)
    for part in wanted:
        _require(folder / "stockemotions" / f"{part}.csv")
    if not wanted:
        raise SourceError(
            f"{folder / 'stockemotions'} holds no train.csv, val.csv or test.csv; give the folder of corpora"
        )
    return pl.concat([_read_part(paths[part], part) for part in wanted])


def _read_part(path: Path, part: Part) -> pl.DataFrame:
    frame = pl.read_csv(path, infer_schema=False, glob=False)
    for column, known in (("emo_label", tuple(STOCKEMOTIONS)), ("senti_label", _TAGS)):
        if column not in frame.columns or not frame[column].is_in(known).all():
            raise SourceError(f"{path}: {column} must be one of {', '.join(known)}; give StockEmotions as published")
    return frame.select(
        pl.lit(part).alias("part"),
        "date",
        pl.col("emo_label").replace_strict(STOCKEMOTIONS).alias("emotion"),
        (pl.col("senti_label") == _TAGS[0]).alias("bullish"),
        pl.col("original").fill_null("").alias("body"),
    )


def _require(path: Path) -> None:
    if not path.is_file():
        raise SourceError(f"{path} is missing; give the folder that holds emtract_tagged and stockemotions")


#: Parts of StockEmotions that training reads.
TRAINING_PARTS: Final = ("train", "val")


def scorer_id(scorer: Scorer) -> str:
    """Name and revision of a scorer, as pages print it."""
    return f"{scorer.name}@{scorer.revision}"


def card_of(scorer: Scorer) -> ModelCard | None:
    """Card of a scorer; None where it has none, as baselines."""
    card: ModelCard | None = getattr(scorer, "card", None)
    return card


def seen_folds(card: ModelCard | None, folds: Collection[int]) -> tuple[int, ...]:
    """The part of `folds` of the tagged sample that trained the model; all of them where its card does not say which."""
    if card is None or "tagged" not in json.dumps(dict(card.data)):
        return ()
    named = card.metrics.get("int8_by_fold") or {}
    return tuple(sorted(fold for fold in folds if not named or str(fold) in named))


def seen_stockemotions(card: ModelCard | None, part: str) -> bool:
    """Whether the model, or the teacher that it learned from, was trained on this part of StockEmotions."""
    if card is None or part not in TRAINING_PARTS:
        return False
    named = json.dumps([dict(card.data), dict(card.recipe)])
    return "stockemotions" in named or "teacher" in card.data


OUT_OF_FOLD: Final = "out_of_fold.parquet"
Variant = Literal["int8", "fp32"]
VARIANTS: Final[tuple[Variant, ...]] = ("int8", "fp32")
_SUM: Final = 1e-4


def columns_of(variant: Variant) -> list[str]:
    """Names of the seven columns of a variant, in the order of `EMOTIONS`."""
    return [f"{emotion}_{variant}" for emotion in EMOTIONS]


def out_of_fold_frame(
    positions: NDArray[np.intp],
    folds: NDArray[np.integer[Any]],
    labels: Labels,
    probabilities: Mapping[Variant, Probabilities],
) -> pl.DataFrame:
    """Build the table: row, fold, label, then seven calibrated probabilities a variant (Float32).

    Parameters
    ----------
    positions
        Place of each text in the tagged sample, shape (n,); `row` counts the texts of these folds from 0 in that order.
    folds, labels
        Fold, and index in `EMOTIONS`, of each text.
    probabilities
        Variant -> array of shape (n, 7).
    """
    names = np.array(EMOTIONS, dtype=object)
    order = np.argsort(positions, kind="stable")
    columns: dict[str, Any] = {
        "fold": pl.Series(folds[order], dtype=pl.Int8),
        "label": pl.Series(names[labels[order]].tolist(), dtype=pl.String),
    }
    for variant, values in probabilities.items():
        columns |= dict(zip(columns_of(variant), values[order].astype(np.float32).T, strict=True))
    return pl.DataFrame(columns).with_row_index("row")


def read_out_of_fold(path: Path) -> pl.DataFrame:
    """Read and check a table of out-of-fold predictions.

    Raises
    ------
    ModelError
        The file is missing or damaged, lacks a column, or its probabilities do not sum to one.
    """
    remedy = f"give the {OUT_OF_FOLD} that `emtract model train` writes into the model's folder"
    try:
        frame = pl.read_parquet(path, glob=False)
    except (OSError, pl.exceptions.PolarsError) as error:
        raise ModelError(f"{path} cannot be read ({first_line(error, most=120)}); {remedy}") from error
    wanted = ["row", "fold", "label", *(name for variant in VARIANTS for name in columns_of(variant))]
    if missing := [name for name in wanted if name not in frame.columns]:
        raise ModelError(f"{path} lacks columns {', '.join(missing)}; {remedy}")
    sums = [probabilities_of(frame, variant).sum(axis=1) for variant in VARIANTS]
    if not all(np.allclose(found, 1, atol=_SUM) for found in sums) or not frame["label"].is_in(EMOTIONS).all():
        raise ModelError(f"{path} holds probabilities that do not sum to one, or unknown labels; {remedy}")
    return frame.sort("row")


def probabilities_of(frame: pl.DataFrame, variant: Variant) -> Probabilities:
    """Return the probabilities of a variant, shape (n, 7)."""
    return frame.select(columns_of(variant)).to_numpy().astype(np.float64)


def labels_of(frame: pl.DataFrame) -> Labels:
    """Index in `EMOTIONS` of each row's tag, in the column `label`, or `emotion` in the tagged sample."""
    name = "label" if "label" in frame.columns else "emotion"
    index = {emotion: number for number, emotion in enumerate(EMOTIONS)}
    return np.array([index[value] for value in frame[name]], dtype=np.intp)


def beside_posts(frame: pl.DataFrame, tagged: pl.DataFrame) -> pl.DataFrame:
    """Put the bodies of the tagged sample beside their predictions.

    Raises
    ------
    SourceError
        The sample is not the one that was predicted: other rows, folds or tags.
    """
    posts = tagged.filter(pl.col("fold").is_in(frame["fold"].unique().to_list()))
    same = posts.height == frame.height and (
        posts["fold"].to_list() == frame["fold"].to_list() and posts["emotion"].to_list() == frame["label"].to_list()
    )
    if not same:
        raise SourceError(
            f"the tagged sample is not the one that {OUT_OF_FOLD} predicts; give the sample of its training"
        )
    return frame.with_columns(posts.get_column("body"))
