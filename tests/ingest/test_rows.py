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
from emtract.ingest.records import Rejection
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


def spans(item):
    """Lines that a row or a rejection stands for."""
    return 1 if isinstance(item, Rejection) else 1 + sum(cell.count("\n") for cell in item[1])


@given(st.text(st.sampled_from('a1",\n\n'), max_size=60))
def test_every_line_of_any_table_is_part_of_a_row_or_rejected(tmp_path_factory, text):
    path = tmp_path_factory.mktemp("law") / "a.csv"
    path.write_text("id,text\n" + text, newline="")
    items = read(path, "id", "text")
    lines = text.removesuffix("\n").split("\n")
    written = sum(map(spans, items))
    blank = lines.count("")
    assert len(lines) - blank <= written <= len(lines)
    assert [item[0] for item in items] == sorted({item[0] for item in items})


ROW = st.tuples(st.integers(0, 999), st.text(st.sampled_from('ab "\n,1'), max_size=9), st.sampled_from(["AAPL", "T"]))


@given(st.lists(ROW, min_size=2, max_size=9), st.data())
def test_a_stray_opening_quote_costs_its_row_alone(tmp_path_factory, rows, data):
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\n").writerows([["id", "text", "ticker"], *rows])
    path = tmp_path_factory.mktemp("law") / "a.csv"
    at = data.draw(st.integers(0, len(rows) - 1))
    cut = io.StringIO(newline="")
    writer = csv.writer(cut, lineterminator="\n")
    writer.writerow(["id", "text", "ticker"])
    for number, row in enumerate(rows):
        if number == at:
            cut.write('7,"cut off,T\n')
        else:
            writer.writerow((row[0], row[1].replace("\n", " ").replace('"', "'"), row[2]))
    path.write_text(cut.getvalue(), newline="")
    items = read(path, "id", "text", "ticker")
    good = [item for item in items if not isinstance(item, Rejection)]
    assert len(items) == len(rows)
    assert len(good) == len(rows) - 1


def test_a_quote_that_closes_within_another_row_swallows_none(write):
    """The record has as many cells as the header: its lines tell."""
    data = b'id,text,n\n1,"open,5\n2,b,6\n3,c ",7\n4,d,8\n'
    items = read(write("a.csv", data), "id", "text", "n")
    assert [item[0] for item in items] == [2, 3, 4, 5]
    assert isinstance(items[0], Rejection)
    assert items[1] == (3, ("2", "b", "6"))


def test_a_text_of_several_lines_with_commas_is_one_text(write):
    data = b'id,time,text\n1,2020-01-02T10:00:00Z,"yes, no, maybe\nthis, that, more"\n2,2020-01-02T10:00:00Z,x\n'
    assert [item[0] for item in read(write("a.csv", data), "id", "time", "text")] == [2, 4]


def test_a_file_of_which_each_line_opens_a_quote_is_read_in_a_few_passes(write):
    """Each line closes the quote of the line before and opens another, so that no record ends."""
    lines = 3_000
    items = list(read_rows(write("a.csv", b"id,b\n" + b'a","b\n' * lines), choose("id"), format="csv", wanted="x"))
    assert len(items) == lines
    assert all(isinstance(item, Rejection) for item in items)


def test_old_spreadsheets_end_lines_with_a_carriage_return(write):
    data = b'id,text\r1,"a, b"\r2,c'
    assert read(write("a.csv", data), "id", "text") == [(2, ("1", "a, b")), (3, ("2", "c"))]
    assert read(write("b.csv", b'id,text\r\n1,"a\rb"\r\n'), "id", "text") == [(2, ("1", "a\rb"))]


def test_quotes_that_a_backslash_escapes_are_quotes(write):
    data = b'id,text\n1,"he said \\"up, up\\" now"\n2,"a \\", b"\n3,"C:\\"\n4,plain\n'
    rows = list(read_rows(write("a.csv", data), lambda header: [0, 1], format="csv", wanted="id"))
    assert rows == [(2, ("1", 'he said "up, up" now')), (3, ("2", 'a ", b')), (4, ("3", "C:\\")), (5, ("4", "plain"))]
