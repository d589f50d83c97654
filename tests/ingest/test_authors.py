"""Hashes of authors: keyed, by platform, the same everywhere; and what of a rejected line is kept."""

import hashlib

import pyarrow as pa

from emtract.ingest.authors import WITHHELD, fingerprint, hash_id, without_ids
from emtract.schema import PARSED_POSTS, REJECTED
from tests.conftest import post

KEY = bytes(range(32))


def test_a_hash_is_blake2b_under_the_key_of_platform_and_id():
    known = hashlib.blake2b(b"twitter\x0017", digest_size=16, key=KEY).hexdigest()
    assert hash_id("twitter", "17", key=KEY) == known
    others = {
        hash_id("stocktwits", "17", key=KEY),
        hash_id("twitter", "18", key=KEY),
        hash_id("twitter", "17", key=b"x"),
    }
    assert len({known, *others}) == 4
    assert hash_id("a", "b\0c", key=KEY) != hash_id("a", "bc", key=KEY)
    assert fingerprint(KEY) != fingerprint(b"x")


def test_a_batch_keeps_its_contract_and_all_but_the_ids():
    rows = [post(n, f"post {n}", "2014-01-02", author=author)[0] for n, author in enumerate(["7", None, "7", "8"], 1)]
    told = [("not JSON", "cut | {'user': 7"), ("broken stream", "the stream ends at byte 9"), ("rounded id", "7E+3")]
    rejected = [{"line": n, "reason": reason, "detail": detail} for n, (reason, detail) in enumerate(told, 9)]
    tables = {
        "posts": pa.Table.from_pylist(rows, schema=PARSED_POSTS.arrow),
        "symbols": pa.table({"line": [1]}),
        "rejected": pa.Table.from_pylist(rejected, schema=REJECTED.arrow),
    }
    made = without_ids(tables, key=KEY)
    assert made["posts"].schema == PARSED_POSTS.arrow
    assert made["rejected"].schema == REJECTED.arrow
    assert made["symbols"] is tables["symbols"]
    first, last = (hash_id("stocktwits", author, key=KEY) for author in "78")
    assert made["posts"]["author_id"].to_pylist() == [first, None, first, last]
    assert made["posts"].drop_columns("author_id") == tables["posts"].drop_columns("author_id")
    assert made["rejected"]["detail"].to_pylist() == [WITHHELD, told[1][1], WITHHELD]
    assert made["rejected"].drop_columns("detail") == tables["rejected"].drop_columns("detail")
    empty = {name: table.slice(0, 0) for name, table in tables.items()}
    assert without_ids(empty, key=KEY)["posts"].num_rows == 0
