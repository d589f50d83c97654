"""Labelled posts, which of them trained a scorer, and the table of predictions out of fold."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from emtract.emotions import EMOTIONS, STOCKEMOTIONS
from emtract.errors import ModelError, SourceError
from emtract.model.samples import (
    beside_posts,
    labels_of,
    out_of_fold_frame,
    probabilities_of,
    read_out_of_fold,
    read_stockemotions_posts,
    read_tagged_posts,
)

HEADER = "id,date,ticker,emo_label,senti_label,original,processed\n"


def write_tagged(folder, **changes):
    (folder / "emtract_tagged").mkdir(exist_ok=True)
    columns = {"row": [3, 1, 2], "fold": [1, 0, 2], "emotion": list(EMOTIONS[:3]), "body": ["c", "a", "b"], **changes}
    pl.DataFrame(columns).write_parquet(folder / "emtract_tagged" / "tagged.parquet")
    return folder


def write_stockemotions(folder, part="val", row="1,2020-01-02,TSLA,panic,bearish,down,x\n"):
    (folder / "stockemotions").mkdir(exist_ok=True)
    (folder / "stockemotions" / f"{part}.csv").write_text(HEADER + row, encoding="utf-8")


def test_the_tagged_sample_comes_in_row_order_with_the_folds_asked_for(tmp_path):
    write_tagged(tmp_path)
    assert read_tagged_posts(tmp_path)["body"].to_list() == ["a", "b", "c"]
    assert read_tagged_posts(tmp_path, [0])["body"].to_list() == ["a"]
    with pytest.raises(SourceError, match="no fold 4; it holds 0, 1, 2"):
        read_tagged_posts(tmp_path, [1, 4])


def test_what_is_no_tagged_sample_is_said(tmp_path):
    with pytest.raises(SourceError, match=r"tagged.parquet is missing; give the folder"):
        read_tagged_posts(tmp_path)
    with pytest.raises(SourceError, match="emotions other than"):
        read_tagged_posts(write_tagged(tmp_path, emotion=["joy", "sad", "fear"]))


def test_stockemotions_is_read_through_the_stated_map(tmp_path):
    write_stockemotions(tmp_path)
    write_stockemotions(tmp_path, "train", "2,2020-01-03,TSLA,belief,bullish,up,x\n")
    frame = read_stockemotions_posts(tmp_path)
    assert frame.select("part", "emotion", "bullish", "body").rows() == [
        ("train", "happy", True, "up"), ("val", "fear", False, "down")
    ]  # fmt: skip
    assert read_stockemotions_posts(tmp_path, ["val"]).height == 1
    with pytest.raises(SourceError, match=r"test.csv is missing"):
        read_stockemotions_posts(tmp_path, ["test"])


def test_a_foreign_label_is_an_error(tmp_path):
    write_stockemotions(tmp_path, row="1,2020-01-02,TSLA,joy,bearish,down,x\n")
    with pytest.raises(SourceError, match="emo_label must be one of"):
        read_stockemotions_posts(tmp_path)


def test_the_map_is_total_and_into_the_seven():
    assert len(STOCKEMOTIONS) == 12 and set(STOCKEMOTIONS.values()) == set(EMOTIONS)


@pytest.mark.real_data
def test_the_real_corpora_read(data):
    assert read_tagged_posts(data).height == 8000
    parts = read_stockemotions_posts(data)
    assert parts["part"].value_counts().sort("part").rows() == [("train", 8000), ("val", 1000)]


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
