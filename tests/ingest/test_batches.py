import tracemalloc
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emtract.errors import SourceError
from emtract.ingest.batches import read_posts
from emtract.ingest.posts.tabular import ColumnMapping
from emtract.schema import PARSED_POSTS, PARSED_SYMBOLS, REJECTED

from .conftest import Read, jsonl, message, tweet
from .posts.test_twitter_v2 import tweet as tweet_v2

FIELDS = [
    *("id", "id_str", "created_at", "text", "full_text", "body", "user", "entities", "symbols", "symbol", "lang"),
    *("sentiment", "basic", "followers", "followers_count", "verified", "official", "messages", "message"),
    *("extended_tweet", "retweeted_status", "reshare_message"),
    *("data", "includes", "meta", "result_count", "author", "public_metrics", "referenced_tweets", "note_tweet"),
    *("cashtags", "tag", "type"),
]
MAGIC = [b"\x28\xb5\x2f\xfd", b"\x1f\x8b\x08\x00", b"PAR1", b"[{", b'{"messages": [']


def test_batches_have_the_contracts_schemas_even_where_empty(write):
    path = write("a.jsonl", jsonl(tweet()) + b"bad\n")
    batches = list(read_posts(path, format="twitter_v1", batch_rows=1))
    assert len(batches) == 2
    for batch in batches:
        assert batch.posts.schema == PARSED_POSTS.arrow
        assert batch.symbols.schema == PARSED_SYMBOLS.arrow
        assert batch.rejected.schema == REJECTED.arrow
        assert batch.posts.num_rows + batch.rejected.num_rows == batch.rows_read == 1


@given(st.lists(st.booleans(), max_size=30), st.integers(1, 12))
def test_batch_size_changes_nothing(tmp_path_factory, good, batch_rows):
    path = tmp_path_factory.mktemp("law") / "a.jsonl"
    path.write_bytes(b"".join(jsonl(tweet(n, f"$A{n}")) if ok else b"{\n" for n, ok in enumerate(good)))
    whole = Read(path, format="twitter_v1", batch_rows=100)
    parts = Read(path, format="twitter_v1", batch_rows=batch_rows)
    assert (whole.posts, whole.rejected, whole.symbols) == (parts.posts, parts.rejected, parts.symbols)
    assert [post["line"] for post in whole.posts] == [n for n, ok in enumerate(good, 1) if ok]


def test_every_text_that_json_can_carry_goes_into_duckdb(write):
    import duckdb

    got = read_posts(write("a.jsonl", jsonl(tweet(1, "\ud800 \x00 \uffff 🚀 \x1b"))), format="twitter_v1")
    posts = next(got).posts
    assert posts.num_rows == 1
    # A connection of its own: the default one is shared by all tests of a process.
    with duckdb.connect() as connection:
        found = connection.sql("SELECT body FROM posts").fetchall()
    assert found == [("\ufffd \ufffd \uffff 🚀 \x1b",)]


def test_memory_is_bounded_by_the_batch(write):
    path = write("a.jsonl", jsonl(*(tweet(n, "x" * 200) for n in range(12_000))))
    batches = read_posts(path, format="twitter_v1", batch_rows=200)
    next(batches)
    tracemalloc.start()
    rows = sum(batch.rows_read for batch in batches)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert rows == 11_800
    assert peak < 2_000_000 < path.stat().st_size


def test_progress_is_told(write):
    path, seen = write("a.jsonl", jsonl(*(tweet(n) for n in range(3_000)))), []
    list(read_posts(path, format="twitter_v1", progress=seen.append))
    assert seen[-1] == path.stat().st_size


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=9) | st.just("$A"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(FIELDS), inner, max_size=4),
    max_leaves=12,
)


@given(st.lists(st.dictionaries(st.sampled_from(FIELDS), JSON, max_size=6), max_size=6), st.data())
def test_no_json_can_do_more_than_be_rejected(tmp_path_factory, changes, data):
    path = tmp_path_factory.mktemp("law") / "a.jsonl"
    name = data.draw(st.sampled_from(["twitter_v1", "twitter_v2", "stocktwits"]))
    good = {"twitter_v1": tweet, "twitter_v2": tweet_v2, "stocktwits": message}[name]
    path.write_bytes(jsonl(good(), *(good() | change for change in changes)))
    assert Read(path, format=name).rows_read == 1 + len(changes)


@pytest.mark.parametrize(("name", "good"), [("twitter_v1", tweet), ("twitter_v2", tweet_v2), ("stocktwits", message)])
@pytest.mark.parametrize("holder", ["data", "messages", "statuses"])
def test_a_refused_post_that_holds_an_empty_list_is_no_empty_response(write, name, good, holder):
    bad = good() | {"created_at": "$A", holder: []}
    got = Read(write("a.jsonl", jsonl(good(), bad)), format=name)
    assert (got.rows_read, len(got.posts), len(got.reasons)) == (2, 1, 1)


@settings(deadline=None)  # the first Parquet file loads its library
@given(st.binary(max_size=400), st.sampled_from(["a.csv", "a.jsonl", "a.zst", "a.gz", "a.parquet"]), st.data())
def test_no_bytes_can_do_more_than_be_refused(tmp_path_factory, noise, name, data):
    path = tmp_path_factory.mktemp("law") / name
    path.write_bytes(data.draw(st.sampled_from([b"", b"id,time,text\n", *MAGIC])) + noise)
    for kind in ("twitter_v1", "twitter_v2", "stocktwits", "csv", "parquet"):
        mapping = ColumnMapping(post_id="id", created_at="time", body="text", platform="x") if kind[0] in "cp" else None
        with suppress(SourceError):
            Read(path, format=kind, mapping=mapping)
