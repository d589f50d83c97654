"""`out_of_fold.parquet`: what models said of texts that they had not seen; probabilities and tags, never a text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np
import polars as pl

from emtract.emotions import EMOTIONS
from emtract.errors import ModelError, SourceError, first_line

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from emtract.model.evaluate import Labels, Probabilities

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
