import json
import tracemalloc
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emtract.ingest.posts import documents
from emtract.ingest.posts.tabular import ColumnMapping, read_objects, read_table
from emtract.ingest.recognise import recognise_file
from emtract.ingest.records import Rejection

from ..conftest import SUFFIX, jsonl, pack

MAPPING = ColumnMapping(
    post_id="id",
    created_at="time",
    body="text",
    author_id="user.id",
    followers="user.fans",
    verified="user.verified",
    symbol="entities.symbols.text",
    language="lang",
    repost_of="original.id",
    platform="forum",
)
ROW = {"id": 1, "time": "2020-01-02T14:30:00Z", "text": "up"}


def posts(path, mapping=MAPPING):
    return list(read_table(path, mapping, format="jsonl"))


def test_paths_reach_into_objects_and_through_lists(write):
    row = {"a": {"b": [{"c": 1}, {"c": [2, 3]}, {}, 4]}, "a.b": "literal", "d": None}
    names = ["a.b", "a.b.c", "a", "d", "d.e", None, "x", "x.y", "a.c"]
    ((number, cells),) = read_objects(write("a", jsonl(row)), names)
    assert number == 1
    assert cells == ("literal", [1, 2, 3], row["a"], None, None, None, None, None, None)
    row.pop("a.b")
    ((_, cells),) = read_objects(write("a", jsonl(row)), ["a.b.c", "a.b.c.d"])
    assert cells == ([1, 2, 3], [])


@pytest.mark.parametrize("kind", sorted(SUFFIX))
def test_every_field_of_an_object(write, kind):
    row = {
        "id": 2**60 + 1,
        "time": "2020-01-02T09:30:00-05:00",
        "text": "up &amp; $tsla \ud83d\ude80",
        "user": {"id": "u", "fans": 12, "verified": True},
        "entities": {"symbols": [{"text": "AAPL"}, {"text": None}, {"text": "tsla"}]},
        "lang": "en",
        "original": {"id": 7},
    }
    ((line, post),) = posts(write(f"a.jsonl{SUFFIX[kind]}", pack(b"\n \n" + jsonl(row), kind)))
    assert (line, post.post_id, post.author_id, post.followers, post.verified) == (3, str(2**60 + 1), "u", 12, True)
    assert (post.body, post.language, post.repost_of) == ("up &amp; $tsla 🚀", "en", "7")
    assert post.created_at == datetime(2020, 1, 2, 14, 30, tzinfo=UTC).timestamp() * 1e6
    assert post.symbols == {"TSLA": "both", "AAPL": "entity"}


@pytest.mark.parametrize(
    ("change", "note"),
    [
        ({"user": {"fans": "many"}}, ("followers", "wrong type")),
        ({"user": {"fans": -1}}, ("followers", "wrong type")),
        ({"user": {"fans": [1, 2]}}, ("followers", "wrong type")),
        ({"user": {"verified": "perhaps"}}, ("verified", "wrong type")),
        ({"user": {"id": {"$oid": "5f"}}}, ("author_id", "wrong type")),
        ({"user": {"id": 4.18e17}}, ("author_id", "rounded id")),
        ({"original": {"id": "1,4E+18"}}, ("repost_of", "rounded id")),
        ({"lang": ["en", "de"]}, ("language", "wrong type")),
        ({"entities": {"symbols": [{"text": {"s": 1}}]}}, ("symbol", "wrong type")),
    ],
)
def test_an_optional_field_never_costs_the_post(write, change, note):
    row = {"id": "1", "time": "2020-01-02T14:30:00Z", "text": "x"}
    ((_, post),) = posts(write("a.jsonl", jsonl(row | change)))
    assert post.notes == (note,)
    assert getattr(post, note[0], None) is None


def test_a_list_of_one_is_its_item(write):
    row = {"id": "1", "time": "2020-01-02T14:30:00Z", "text": "x", "lang": ["en"], "user": {"fans": [5]}}
    ((_, post),) = posts(write("a.jsonl", jsonl(row)))
    assert (post.language, post.followers, post.notes) == ("en", 5, ())


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"id": None}, "missing field"),
        ({"id": ""}, "missing field"),
        ({"text": None}, "missing field"),
        ({"time": None}, "missing field"),
        ({"time": "noon"}, "unreadable timestamp"),
        ({"time": {"$date": 1}}, "wrong type"),
        ({"id": {"$oid": "5f"}}, "wrong type"),
        ({"id": True}, "wrong type"),
        ({"id": 4.18e17}, "rounded id"),
        ({"text": ["a"]}, "wrong type"),
        ({"text": "x" * 2000}, "line too long"),
    ],
)
def test_a_bad_object_is_rejected_by_name_and_its_neighbours_stand(monkeypatch, write, change, reason):
    monkeypatch.setattr(documents, "MAX_LINE_BYTES", 1500)
    path = write("a", jsonl(ROW, ROW | change, ROW))
    first, bad, last = posts(path)
    assert [first[0], bad[:2], last[0]] == [1, (2, reason), 3]


def test_optional_fields_may_be_absent_null_or_of_another_shape(write):
    rows = [ROW, ROW | {"user": None, "entities": []}, ROW | {"user": "bob", "entities": {"symbols": "AAPL"}}]
    read = posts(write("a", jsonl(*rows)))
    assert len(read) == 3
    for _, post in read:
        assert (post.author_id, post.followers, post.verified, post.symbols) == (None, None, None, {})


def test_lines_that_are_no_object(write):
    path = write("a", jsonl(ROW) + b'[1]\n5\n{"id": \n\xff\n{"id": 1\0}\n' + jsonl(ROW))
    first, *bad, last = posts(path)
    assert [item.reason for item in bad] == ["wrong type", "wrong type", "not JSON", "not JSON", "NUL byte"]
    assert (first[0], last[0]) == (1, 7)


def test_rows_may_stand_in_a_list_or_a_response(write):
    for data in (jsonl([ROW, ROW]), json.dumps({"items": [ROW, ROW], "page": {"next": 2}}, indent=1).encode()):
        assert [post.body for _, post in posts(write("a", data))] == [ROW["text"]] * 2
        assert recognise_file(write("a", data), mapping=MAPPING).format == "jsonl"


def test_characters_that_cannot_be_stored_are_replaced(write):
    ((_, post),) = posts(write("a", jsonl(ROW | {"text": "a\x00b\ud800"})))
    assert post.body == "a\ufffdb\ufffd"


@pytest.mark.parametrize(
    ("cell", "options"),
    [
        (1577975400, {"time_format": "epoch_seconds"}),
        (1577975400.0, {"time_format": "epoch_seconds"}),
        ("1577975400", {"time_format": "epoch_seconds"}),
        (1577975400000, {"time_format": "epoch_milliseconds"}),
        ("2020-01-02 14:30:00", {"timezone": "UTC"}),
        ("Jan 02 2020 14:30", {"timezone": "UTC", "time_format": "%b %d %Y %H:%M"}),
    ],
)
def test_times(write, cell, options):
    mapping = ColumnMapping(post_id="id", created_at="time", body="text", platform="forum", **options)
    ((_, post),) = posts(write("a", jsonl(ROW | {"time": cell})), mapping)
    assert post.created_at == 1577975400_000_000


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["id", "text", "symbols"]), inner),
    max_leaves=12,
)
FIELDS = st.sampled_from(["id", "time", "text", "user", "entities", "lang", "original", "user.id"])


@given(st.lists(st.dictionaries(FIELDS, JSON, max_size=6), max_size=6))
def test_every_line_is_one_post_or_one_rejection(tmp_path_factory, changes):
    path = tmp_path_factory.mktemp("law") / "a"
    path.write_bytes(jsonl(*(ROW | change for change in changes)))
    got = posts(path)
    assert [item[0] for item in got] == list(range(1, len(changes) + 1))
    json.dumps([item if isinstance(item, Rejection) else item[1].symbols for item in got])


def test_memory_is_bounded_by_a_line(write):
    path = write("a", jsonl(*(ROW | {"text": "x" * 500} for _ in range(10_000))))
    tracemalloc.start()
    assert sum(1 for _ in read_table(path, MAPPING, format="jsonl")) == 10_000
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1_500_000 < path.stat().st_size
