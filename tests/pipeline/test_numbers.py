"""Columns of text that are plainly numbers: typed in Parquet, and nothing that a cell said is lost."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emtract.pipeline.numbers import PlainNumbers, typed
from emtract.pipeline.prediction import predict_file


def types(**columns):
    found = PlainNumbers.among(columns.keys())
    found.see(pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String)))
    return found.types()


@pytest.mark.parametrize(
    ("cells", "kind"),
    [
        (["1", "-2", "0"], pl.Int64()),
        (["1", "2.5", ""], pl.Float64()),
        (["1e-5", "0.25"], pl.Float64()),
        (["0012", "13"], None),
        (["+1", "2"], None),
        (["1,5", "2"], None),
        (["1234567890123456789"], None),
        (["nan", "1"], None),
        (["", None], None),
        (["2020-01-02"], None),
        (["１"], None),
        (["1\n"], None),
    ],
)
def test_what_is_plainly_a_number(cells, kind):
    assert types(likes=cells).get("likes") == kind


@pytest.mark.parametrize(
    "name", ["id", "ID", "user_id", "tweet.id", "userId", "conversationID", "CUSIP", "permno", "zip", "symbol"]
)
def test_names_stay_text_however_they_look(name):
    assert types(**{name: ["1", "2"]}) == {}


@pytest.mark.parametrize("name", ["likes", "paid", "valid", "humidity", "price", "bid"])
def test_columns_whose_names_only_end_like_one_are_numbers(name):
    assert name in types(**{name: ["1"]})


def test_a_later_batch_takes_a_type_back():
    found = PlainNumbers.among(["n", "x"])
    found.see(pl.DataFrame({"n": ["1"], "x": ["1.5"]}))
    found.see(pl.DataFrame({"n": ["2.5"], "x": ["none"]}))
    assert found.types() == {"n": pl.Float64()}


@given(st.lists(st.none() | st.integers(-(10**15) + 1, 10**15 - 1), min_size=1))
def test_whole_numbers_come_back_as_they_were(numbers):
    cells = pl.DataFrame({"n": [None if n is None else str(n) for n in numbers]}, schema={"n": pl.String})
    found = PlainNumbers.among(["n"])
    found.see(cells)
    made = typed(cells, found.types())["n"]
    assert made.to_list() == numbers


@given(st.lists(st.text(alphabet="0123456789.-+eE, ", max_size=6), min_size=1))
def test_no_text_is_lost_or_changed_for_a_number_that_it_is_not(cells):
    frame = pl.DataFrame({"n": cells}, schema={"n": pl.String})
    found = PlainNumbers.among(["n"])
    found.see(frame)
    made = typed(frame, found.types())["n"]
    for cell, value in zip(cells, made.to_list(), strict=True):
        if made.dtype == pl.String:
            assert value == cell
        else:
            assert value == (float(cell) if cell else None)


class Reader:
    """Stands in for a scorer: each post is neutral."""

    def predict(self, posts):
        flags = {"truncated": [False] * len(posts), "kind": ["text"] * len(posts)}
        return pl.DataFrame({"text": posts, **flags})


@pytest.mark.parametrize(("name", "kind"), [("o.parquet", pl.Int64()), ("o.jsonl", pl.String())])
def test_parquet_of_a_csv_holds_numbers_and_ids_as_text(tmp_path, name, kind):
    (tmp_path / "in.csv").write_text("id,likes,body\n0012,3,up\n7,,down\n")
    predict_file(tmp_path / "in.csv", tmp_path / name, Reader())
    out = (pl.read_parquet if name.endswith("parquet") else pl.read_ndjson)(tmp_path / name)
    assert out.schema["likes"] == kind and out["id"].to_list() == ["0012", "7"]
    assert out["body"].to_list() == ["up", "down"]


def test_a_column_of_posts_that_are_numbers_stays_text(tmp_path):
    (tmp_path / "in.csv").write_text("body,n\n1,1.5\n2,2\n")
    predict_file(tmp_path / "in.csv", tmp_path / "o.parquet", Reader())
    assert pl.read_parquet(tmp_path / "o.parquet").schema["body"] == pl.String
