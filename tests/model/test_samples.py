import polars as pl
import pytest

from emtract.emotions import EMOTIONS, STOCKEMOTIONS
from emtract.errors import SourceError
from emtract.model.samples import read_stockemotions_posts, read_tagged_posts

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
