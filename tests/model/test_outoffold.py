import numpy as np
import polars as pl
import pytest

from emtract.emotions import EMOTIONS
from emtract.errors import ModelError, SourceError
from emtract.model.outoffold import (
    beside_posts,
    labels_of,
    out_of_fold_frame,
    probabilities_of,
    read_out_of_fold,
)


def made(n=28, seed=0):
    rng = np.random.default_rng(seed)
    folds = np.sort(1 + np.arange(n) % 4)
    labels = rng.integers(0, 7, n)
    p = {name: rng.dirichlet(np.ones(7), n).astype(np.float32) for name in ("int8", "fp32")}
    positions = rng.permutation(3 * n)[:n]
    return positions, folds, labels, p


def test_the_file_gives_back_what_was_written_in_row_order(tmp_path):
    positions, folds, labels, p = made()
    out_of_fold_frame(positions, folds, labels, p).write_parquet(tmp_path / "o.parquet")
    frame = read_out_of_fold(tmp_path / "o.parquet")
    order = np.argsort(positions)
    assert frame["row"].to_list() == list(range(28))
    assert frame["fold"].to_list() == folds[order].tolist()
    assert (labels_of(frame) == labels[order]).all()
    assert np.array_equal(probabilities_of(frame, "int8"), p["int8"][order].astype(float))
    assert not any(dtype == pl.String for name, dtype in frame.schema.items() if name != "label")


def test_eight_thousand_rows_stay_small(tmp_path):
    out_of_fold_frame(*made(8000)).write_parquet(tmp_path / "o.parquet")
    assert (tmp_path / "o.parquet").stat().st_size < 600_000


def test_a_damaged_file_is_named_with_its_remedy(tmp_path):
    path = tmp_path / "o.parquet"
    with pytest.raises(ModelError, match=r"cannot be read.*model train"):
        read_out_of_fold(path)
    path.write_bytes(b"PAR1")
    with pytest.raises(ModelError, match="cannot be read"):
        read_out_of_fold(path)
    frame = out_of_fold_frame(*made())
    frame.drop("sad_fp32").write_parquet(path)
    with pytest.raises(ModelError, match="lacks columns sad_fp32"):
        read_out_of_fold(path)
    frame.with_columns(pl.col("happy_int8") + 0.1).write_parquet(path)
    with pytest.raises(ModelError, match="sum to one"):
        read_out_of_fold(path)


def test_bodies_stand_beside_their_own_predictions_only():
    frame = out_of_fold_frame(*made())
    posts = pl.DataFrame(
        {"row": range(28), "fold": frame["fold"], "emotion": frame["label"], "body": [f"post {i}" for i in range(28)]}
    )
    held_out = pl.DataFrame({"row": [-1], "fold": [0], "emotion": [EMOTIONS[0]], "body": ["never"]})
    both = pl.concat([held_out.cast(posts.schema), posts])
    assert beside_posts(frame, both)["body"].to_list() == posts["body"].to_list()
    with pytest.raises(SourceError, match="not the one"):
        beside_posts(frame, posts.head(20))
    with pytest.raises(SourceError, match="not the one"):
        beside_posts(frame, posts.with_columns(pl.lit("fear").alias("emotion")))
