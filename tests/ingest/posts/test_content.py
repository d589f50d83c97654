"""Tables without ids, and titles."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emtract.ingest.posts.post import titled
from emtract.ingest.posts.tabular import ColumnMapping
from emtract.ingest.recognise import recognise_file

from ..conftest import Read

MAPPING = ColumnMapping(created_at="date", body="text", symbol="ticker", platform="forum")
HEADER = b"date,text,ticker\n"
ROW = b"2020-01-02T14:30:00Z,up,AAPL\n"


@pytest.fixture
def ids(write):
    def read(*rows):
        path = write("a.csv", HEADER + b"".join(rows))
        told = recognise_file(path, mapping=MAPPING)
        assert "made of its content" in told.why
        return [post["post_id"] for post in Read(path, format="csv", mapping=told.mapping).posts]

    return read


def test_equal_rows_are_one_post_and_any_difference_makes_another(ids):
    others = [ROW.replace(b"up", b"down"), ROW.replace(b"AAPL", b"TSLA"), ROW.replace(b":30:", b":31:")]
    first, second, *rest = ids(ROW, ROW, *others)
    assert first == second
    assert len({first, *rest}) == 4


def test_an_id_is_the_same_on_every_machine(ids):
    assert ids(ROW) == ["content:7190575b3ec89919c72167617950af69"]


def test_a_title_and_a_body_are_one_text(write):
    data = b"title,selftext,when,id\nMoon,soon,1577975400,1\nMoon,,1577975400,2\n,soon,1577975400,3\n"
    told = ColumnMapping(
        post_id="id", created_at="when", body="selftext", title="title", platform="x", time_format="epoch_seconds"
    )
    got = Read(write("a.csv", data), format="csv", mapping=told)
    assert got.bodies == ["Moon\n\nsoon", "Moon", "soon"]


@given(st.none() | st.text(max_size=3), st.none() | st.text(max_size=3))
def test_no_text_is_lost_and_none_is_made(title, body):
    text = titled(title, body)
    for part in (title, body):
        assert not (part or "").strip() or part in text
    if title is None:
        assert text == body
