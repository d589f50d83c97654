"""Tables in JSON: one table, however the publisher wraps its rows."""

import gzip
import json

import pytest

from emtract.errors import SourceError
from emtract.ingest.market import objects

ROWS = [{"symbol": "AA", "label": "Tech"}, {"symbol": "BB", "label": "Energy"}]
SHAPES = {
    "list.json": json.dumps(ROWS),
    "keyed.json": json.dumps({"0": ROWS[0], "1": ROWS[1]}),
    "wrapped.json": json.dumps({"data": ROWS}),
    "beside.json": json.dumps({"fields": ["symbol", "label"], "data": [list(row.values()) for row in ROWS]}),
    "lines.jsonl": "\n".join(map(json.dumps, ROWS)),
    "lines.json": "\n".join(map(json.dumps, ROWS)),
}


@pytest.mark.parametrize("name", SHAPES)
def test_each_shape_is_the_same_table(write, read, name):
    for path in (write(name, SHAPES[name].encode()), write(f"{name}.gz", gzip.compress(SHAPES[name].encode()))):
        market = read(path, "classification")
        assert market.classifications.select("line", "symbol", "label").rows() == [
            (1, "AA", "Tech"),
            (2, "BB", "Energy"),
        ]
        assert (market.rows_read, market.reasons) == (2, [])


def test_keys_differ_between_rows_and_numbers_become_texts(write, read):
    rows = [{"symbol": "AA", "label": 320193}, {"label": "x"}, {"label": "Energy", "symbol": "BB"}]
    market = read(write("t.json", json.dumps(rows).encode()), "classification")
    assert market.classifications["label"].to_list() == ["320193", "Energy"]
    assert market.reasons == [(2, "missing field")]


def test_a_row_that_does_not_fit_the_names_is_rejected(write, read):
    table = {"fields": ["symbol", "label"], "data": [["AA", "Tech"], ["BB"], "CC"]}
    market = read(write("t.json", json.dumps(table).encode()), "classification")
    assert market.classifications["symbol"].to_list() == ["AA"]
    assert market.reasons == [(2, "wrong number of cells"), (3, "wrong number of cells")]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"{", "is no JSON"),
        (b"[1, 2]", "without a table"),
        (b"{}", "without a table"),
        (b'{"a": 1}', "without a table"),
        (b'[{"ticker": "AA"}]', "columns found: 'ticker'|columns found: ticker"),
        (gzip.compress(SHAPES["list.json"].encode(), mtime=0)[:-12], "cut or damaged"),
    ],
)
def test_what_is_no_table_is_refused(write, read, content, message):
    with pytest.raises(SourceError, match=message):
        read(write("t.json", content), "classification")


def test_what_does_not_fit_in_memory_is_refused(write, read, monkeypatch):
    monkeypatch.setattr(objects, "_BYTES", 10)
    with pytest.raises(SourceError, match="more than 10 bytes"):
        read(write("t.json", SHAPES["list.json"].encode()), "classification")
