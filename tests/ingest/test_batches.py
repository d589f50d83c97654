import tracemalloc

from hypothesis import given
from hypothesis import strategies as st

from emtract.ingest.batches import read_posts
from emtract.schema import PARSED_POSTS, PARSED_SYMBOLS, REJECTED

from .conftest import Read, jsonl, tweet


def test_batches_have_the_contracts_schemas_even_where_empty(write):
    path = write("a.jsonl", jsonl(tweet()) + b"bad\n")
    for batch in read_posts(path, format="twitter_v1", batch_rows=1):
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
    assert duckdb.sql("SELECT body FROM posts").fetchall() == [("\ufffd \ufffd \uffff 🚀 \x1b",)]


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
