"""Objects in cells: read by a path or refused, never an id, an author or a symbol."""

import csv
import io
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emtract.errors import SourceError
from emtract.ingest.batches import read_posts
from emtract.ingest.posts.cells import at_path, looks_like_object, parse_object
from emtract.ingest.posts.post import first_id
from emtract.ingest.posts.tabular import ColumnMapping, read_table
from emtract.ingest.recognise import recognise_file
from emtract.ingest.records import LineError

from ..conftest import Read

USERS = [
    {"id": 70 + n, "username": f"u{n}", "name": 'O\'Brien "x"', "followers": n, "official": False} for n in range(3)
]
SYMBOLS = [
    [{"id": 1, "symbol": "AAPL", "aliases": ["APPL"]}, {"id": 2, "symbol": "QQQ"}],
    [{"id": 1, "symbol": "AAPL"}],
    [],
]
ENTITIES = [
    {"sentiment": None},
    {"sentiment": {"basic": "Bullish"}},
    {"chart": {"a": 1}, "sentiment": {"basic": "Bearish"}},
]
FRAME = {
    "id": [1, 2, 3],
    "body": ["a", "b", "c"],
    "created_at": ["2020-04-24T18:35:11Z"] * 3,
    "user": USERS,
    "symbols": SYMBOLS,
    "entities": ENTITIES,
}


def frame_csv(spell):
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["", *FRAME])
    for n, row in enumerate(zip(*FRAME.values(), strict=True)):
        writer.writerow([n, *(spell(cell) if isinstance(cell, (dict, list)) else cell for cell in row)])
    return out.getvalue().encode()


def frame_parquet():
    out = io.BytesIO()
    pq.write_table(pa.table({key: pa.array(cells) for key, cells in FRAME.items()}), out)
    return out.getvalue()


@pytest.mark.parametrize(
    "data", [frame_csv(repr), frame_csv(json.dumps), frame_parquet()], ids=["repr", "json", "parquet"]
)
def test_a_frame_of_the_api_has_authors_symbols_and_tags(write, data):
    path = write("messages", data)
    told = recognise_file(path)
    got = Read(path, format=told.format, mapping=told.mapping)
    assert [post["author_id"] for post in got.posts] == ["70", "71", "72"]
    assert [post["followers"] for post in got.posts] == [0, 1, 2]
    assert [post["sentiment"] for post in got.posts] == [None, "bullish", "bearish"]
    assert [set(named) for named in got.symbols.values()] == [{"AAPL", "QQQ"}, {"AAPL"}]
    assert got.rejected == []


def mapping(**more):
    return ColumnMapping(**({"post_id": "id", "created_at": "created_at", "body": "body", "platform": "x"} | more))


def test_an_object_is_no_id_and_no_author_and_its_names_are_no_symbols(write):
    path = write("a.csv", frame_csv(repr))
    got = list(read_table(path, mapping(post_id="user"), format="csv"))
    assert all(item.reason == "wrong type" and "user.id" in item.detail for item in got)
    got = Read(path, format="csv", mapping=mapping(author_id="user", symbol="symbols"))
    assert all("username" not in (post["author_id"] or "") for post in got.posts)
    assert {symbol for named in got.symbols.values() for symbol in named} <= {"AAPL", "QQQ"}


def test_the_remedy_that_a_refusal_names_works(write):
    header = b"id,text,created_at,user\n"
    row = b"1,hello,2020-04-24T18:35:11Z,\"{'id': 7, 'screen_name': 'x'}\"\n"
    path = write("a.csv", header + row)
    with pytest.raises(SourceError, match=r'author_id = "user.id"'):
        recognise_file(path)
    told = mapping(body="text", author_id="user.id")
    assert recognise_file(path, mapping=told).mapping == told
    (batch,) = read_posts(path, format="csv", mapping=told)
    assert batch.posts["author_id"].to_pylist() == ["7"]


def test_a_cell_that_was_cut_has_nothing_at_its_path():
    assert isinstance(at_path("[{'id': 1, 'symbol': 'AA...", ("symbol",)), LineError)
    assert at_path("", ("id",)) is None
    assert at_path("{'a': {'b': 3}}", ("a", "b")) == 3


@pytest.mark.parametrize("text", ["[deleted]", "abc", "", "['AAPL']", "[AAPL]"])
def test_what_only_starts_like_an_object_is_none(text):
    assert not looks_like_object(text)


@given(
    st.text(max_size=30) | st.sampled_from(["[" * 5000, "{'a':" * 3000, "-" * 50_000 + "1", "(" * 200, "1e" + "9" * 50])
)
def test_hostile_text_is_a_value_or_a_refusal(text):
    try:
        parse_object(text)
    except LineError as error:
        assert error.reason == "wrong type"


@pytest.mark.parametrize("written", ["418300000000000000", "1000000000000000000"])
def test_an_id_that_ends_in_zeros_is_an_id(written):
    """A float that was written in full looks so too, yet nothing tells the two apart, and every id may be round."""
    assert first_id(written) == written
