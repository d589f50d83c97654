import csv
import io
import random
import tracemalloc

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emtract.errors import SourceError
from emtract.ingest.archives import read_members
from emtract.ingest.rows import read_rows

from .conftest import pack_zip


def choose(*names):
    return lambda header: [header.index(name) for name in names] if set(names) <= set(header) else None


def read(path, *names, format="csv", **options):  # noqa: A002
    return list(read_rows(path, choose(*names), format=format, wanted="a column", **options))


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
@pytest.mark.parametrize("delimiter", [",", "\t"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_byte_order_mark_line_endings_and_quoted_newlines(write, ending, delimiter, mark):
    rows = [["id", "text"], ["1", f'a{ending}b "c"{delimiter}'], ["2", "d"]]
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter, lineterminator=ending).writerows(rows)
    path = write("a.tsv", (mark + out.getvalue()).encode())
    assert read(path, "id", "text") == [(2, tuple(rows[1])), (4, tuple(rows[2]))]


@given(st.lists(st.text(st.sampled_from('ab"\t,\n\r=@+-|'), max_size=9), min_size=1, max_size=9))
def test_cells_of_tab_separated_text_come_back_verbatim(tmp_path_factory, cells):
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter="\t", lineterminator="\n", quoting=csv.QUOTE_ALL)
    writer.writerows([["id", "text"], *(["7", cell] for cell in cells)])
    path = tmp_path_factory.mktemp("law") / "a.tsv"
    path.write_bytes(out.getvalue().encode())
    assert [row[1] for row in read(path, "id", "text")] == [("7", cell) for cell in cells]


@pytest.mark.parametrize("cell", ["=cmd|' /C calc'!A0", "@SUM(1+1)*cmd|' /C calc'!A0", "+1+1", "-2+3", "=1+1", "\t=1"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
def test_a_formula_in_a_cell_is_text(write, cell, delimiter):
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter).writerows([["id", "text"], ["1", cell]])
    assert read(write("a.csv", out.getvalue().encode()), "id", "text") == [(2, ("1", cell))]


@pytest.fixture
def parquet(tmp_path):
    def to_file(columns, **options):
        pq.write_table(pa.table(columns), tmp_path / "a.parquet", **options)
        return tmp_path / "a.parquet"

    return to_file


def test_a_huge_row_group_is_not_held_whole(parquet):
    n, source = 60_000, random.Random(1)
    noise = [source.randbytes(100).hex() for _ in range(n)]
    path = parquet({"id": range(n), "junk": noise, "text": noise}, row_group_size=n)
    before, in_arrow = pa.total_allocated_bytes(), 0
    tracemalloc.start()
    for row in read_rows(path, choose("text", "id"), format="parquet", wanted="a column"):
        if row[0] % 1_000 == 0:
            in_arrow = max(in_arrow, pa.total_allocated_bytes() - before)
            assert row == (row[0], (noise[row[0] - 1], row[0] - 1))
    in_python = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert row[0] == n
    assert in_arrow < 11_000_000
    assert in_python < 9_000_000  # the packed column alone has 12 MB
    assert path.stat().st_size > 24_000_000


def test_wide_rows_come_in_smaller_batches(parquet):
    path = parquet({"text": ["x" * 100_000 + str(n) for n in range(400)]}, use_dictionary=False, compression="none")
    seen = []
    rows = read(path, "text", format="parquet", progress=seen.append)
    assert [row[0] for row in rows] == list(range(1, 401))
    assert len(seen) == 3
    assert seen[-1] == path.stat().st_size


def test_only_wanted_columns_are_read(parquet, monkeypatch):
    path = parquet({"z": [1], "text": ["x"], "id": ["7"]})
    asked = []
    original = pq.ParquetFile.iter_batches
    monkeypatch.setattr(
        pq.ParquetFile, "iter_batches", lambda self, *a, **k: asked.append(k["columns"]) or original(self, *a, **k)
    )
    assert read(path, "text", "id", format="parquet") == [(1, ("x", "7"))]
    assert asked == [["id", "text"]]


def test_empty_parquet_and_parquet_within_an_archive(parquet, write):
    path = parquet({"id": pa.array([], pa.string())})
    assert read(path, "id", format="parquet") == []
    archive = write("a.zip", pack_zip({"a.parquet": path.read_bytes()}))
    with pytest.raises(SourceError, match="is Parquet"):
        list(read_members(archive, lambda member: read_rows(member, choose("id"), format="parquet", wanted="")))
