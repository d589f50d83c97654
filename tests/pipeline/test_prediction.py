import csv
import gzip
import io
import json

import polars as pl
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from emtract.errors import SourceError
from emtract.ingest.records import Rejection
from emtract.ingest.rows import read_rows
from emtract.model import PREDICTION_COLUMNS
from emtract.pipeline.postfile import find_text_column, open_posts
from emtract.pipeline.prediction import CLEAN_TEXT, predict_file
from tests.model.fakes import FakeScorer
from tests.prompt import emtract

PREDICTED = [CLEAN_TEXT, *PREDICTION_COLUMNS[1:]]
CSV = 'id,body,time\n0012,"$TSLA, to the moon 🚀",=1+1\n1234567890123456789,,\n0012,"two\nlines ""quoted""",-3\n'


@pytest.fixture
def fake():
    return FakeScorer()


def read_frame(path, text_column=None):
    parts = list(open_posts(path, text_column).batches(lambda _: None))
    unread = [part for part in parts if isinstance(part, Rejection)]
    return pl.concat([part for part in parts if not isinstance(part, Rejection)]), unread


def read_whole(path, text_column=None):
    frame, unread = read_frame(path, text_column)
    assert unread == []
    return frame


def write(path, text, encoding="utf-8"):
    path.write_bytes(text.encode(encoding))
    return path


def read_back(path):
    readers = {".csv": lambda p: pl.read_csv(p, infer_schema=False), ".parquet": pl.read_parquet}
    return readers.get(path.suffix, pl.read_ndjson)(path)


@pytest.mark.parametrize("suffix", [".csv", ".parquet", ".jsonl"])
def test_columns_and_rows_are_kept(tmp_path, fake, suffix):
    output = tmp_path / f"out{suffix}"
    report = predict_file(write(tmp_path / "in.csv", CSV), output, fake)
    frame = read_back(output)
    assert frame.columns == ["id", "body", "time", *PREDICTED]
    assert frame["id"].to_list() == ["0012", "1234567890123456789", "0012"]
    assert frame["time"].to_list() == ["=1+1", None, "-3"]
    assert frame["body"].to_list() == ["$TSLA, to the moon 🚀", None, 'two\nlines "quoted"']
    assert frame["kind"].to_list() == ["words", "empty", "words"]
    assert (report.rows, report.text_column, report.empty, report.truncated) == (3, "body", 1, 0)
    assert [path.name for path in tmp_path.iterdir() if path.suffix == ".part"] == []


@pytest.mark.parametrize("name", ["in.tsv", "in.parquet", "in.jsonl"])
def test_other_inputs(tmp_path, fake, name):
    frame = pl.DataFrame({"n": [2**60, 1], "message": ["bought", None]})
    path = tmp_path / name
    {".tsv": lambda: frame.write_csv(path, separator="\t"), ".parquet": lambda: frame.write_parquet(path)}.get(
        path.suffix, lambda: frame.write_ndjson(path)
    )()
    predict_file(path, tmp_path / "out.parquet", fake)
    out = pl.read_parquet(tmp_path / "out.parquet")
    assert out["n"].cast(pl.Int64).to_list() == [2**60, 1]
    assert out[CLEAN_TEXT].to_list() == ["bought", ""]


@pytest.mark.parametrize("suffix", [".csv", ".txt", ".tsv"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_one_column_without_a_header(tmp_path, suffix, newline):
    frame = read_whole(write(tmp_path / f"in{suffix}", newline.join(["to the moon", "sell now", ""])))
    assert frame.to_dict(as_series=False) == {"body": ["to the moon", "sell now"]}


@pytest.mark.parametrize("suffix", [".csv", ".txt"])
@pytest.mark.parametrize("header", ["Text", "tweet"])
def test_one_column_with_a_header(tmp_path, suffix, header):
    frame = read_whole(write(tmp_path / f"in{suffix}", f"\ufeff{header}\nsell now\n"))
    assert frame.to_dict(as_series=False) == {header: ["sell now"]}


def test_a_named_column_is_a_header_too(tmp_path):
    path = write(tmp_path / "in.csv", "kommentar\nsell now\n")
    assert read_whole(path, "kommentar").columns == ["kommentar"]
    assert read_whole(path).height == 2


def test_lines_of_text_are_taken_whole(tmp_path, fake):
    path = write(tmp_path / "in.txt", 'a, "b\nc\u2028d\n\ne')
    assert read_whole(path)["body"].to_list() == ['a, "b', "c\u2028d", "", "e"]
    assert predict_file(path, tmp_path / "out.csv", fake).rows == 4


@pytest.mark.parametrize(
    ("columns", "found"), [(["id", "text", "Body"], "Body"), (["x"], "x"), (["tweet", "content"], "content")]
)
def test_the_text_column_is_found(columns, found):
    assert find_text_column(columns) == found


def test_a_text_column_that_is_not_there_is_named(tmp_path, fake):
    path = write(tmp_path / "in.csv", "id,words\n1,a\n")
    with pytest.raises(SourceError, match=r"--text-column \(id, words\), or end .* in .txt"):
        predict_file(path, tmp_path / "out.csv", fake)
    with pytest.raises(SourceError, match="no column 'body'; the file has id, words"):
        predict_file(path, tmp_path / "out.csv", fake, text_column="body")
    assert predict_file(path, tmp_path / "out.csv", fake, text_column="words").rows == 1


def test_a_column_of_the_same_name_needs_a_prefix(tmp_path, fake):
    path = write(tmp_path / "in.csv", "body,label,happy\na,x,y\n")
    with pytest.raises(SourceError, match="already has columns happy, label; rename them, or give a prefix"):
        predict_file(path, tmp_path / "out.csv", fake)
    assert not (tmp_path / "out.csv").exists()
    predict_file(path, tmp_path / "out.csv", fake, prefix="emtract_")
    assert {"label", "emtract_label"} <= set(pl.read_csv(tmp_path / "out.csv").columns)


def test_a_header_alone_gives_a_header(tmp_path, fake):
    assert predict_file(write(tmp_path / "in.csv", "id,body\n"), tmp_path / "out.csv", fake).rows == 0
    assert pl.read_csv(tmp_path / "out.csv").columns == ["id", "body", *PREDICTED]


def test_progress_ends_at_the_total(tmp_path, fake, monkeypatch):
    monkeypatch.setattr("emtract.pipeline.postfile.MAX_ROWS", 2)
    calls = []
    path = write(tmp_path / "in.txt", "a\nb\na\nc\nd\n")
    predict_file(path, tmp_path / "out.csv", fake, progress=lambda done, total: calls.append((done, total)))
    assert calls[-1] == (10, 10) and calls == sorted(calls)
    assert pl.read_csv(tmp_path / "out.csv")["body"].to_list() == ["a", "b", "a", "c", "d"]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("in.xlsx", b"PK", "save its table as CSV"),
        ("gone.csv", None, "cannot be opened"),
        ("gone.parquet", None, "cannot be opened"),
        ("in.csv", b"", "is empty"),
        ("in.csv", b"id,body\n1,a,b,c\n", "no row of .* on line 2: wrong number of cells"),
        ("in.csv", "id,body\n1,caf\xe9\n".encode("latin-1"), "on line 2: not UTF-8"),
        ("in.txt", "caf\xe9\n".encode("latin-1"), "on line 1: not UTF-8"),
        ("in.csv.gz", b"id,body\n1,up\n", "named as gzip"),
        ("in.jsonl.gz", gzip.compress(b"{}", mtime=0)[:-9], "broken stream"),
        ("in.csv", b"nr;worte\n1;auf\n2;ab\n", r"--text-column \(nr, worte\)"),
        ("in.csv", b"text,text\nup,down\n", "two columns of one name"),
        ("in.parquet", b"nonsense", "is not Parquet"),
        ("in.jsonl", b'{"body": ', "no row of .* on line 1: not JSON"),
        ("in.jsonl", b'"up"\n', "Posts in JSON are objects"),
        ("in.jsonl", b"", "is empty"),
        ("in.json", b'{"id":{"0":1},"text":{"0":"up"}}', "text holds objects, not a text"),
        ("in.zip", b"PK", "unpack it first .unzip"),
        ("in.csv.zip", b"PK\x03\x04 and so on", "unpack it first .unzip"),
        ("in.7z", b"7z", "unpack it first .7z x"),
        ("in.tar.bz2", b"BZ", "unpack it first .tar -xf"),
    ],
)
def test_bad_input_is_one_line(tmp_path, fake, name, content, message):
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(SourceError, match=message) as caught:
        predict_file(path, tmp_path / "out.csv", fake)
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "out.csv").exists()


def test_bad_output_is_found_before_the_work(tmp_path, fake):
    path = write(tmp_path / "in.csv", "body\na\n")
    for output, message in [
        (tmp_path / "out.xlsx", "end its name in"),
        (tmp_path / "no" / "out.csv", "create the folder"),
        (path, "is the input"),
    ]:
        with pytest.raises(SourceError, match=message):
            predict_file(path, output, fake)
    assert fake.asked == []


def test_nested_columns_do_not_leave_half_a_csv(tmp_path, fake):
    path = write(tmp_path / "in.jsonl", json.dumps({"body": "a", "user": {"id": 1}}) + "\n")
    with pytest.raises(SourceError, match=r"cannot be written: .*\.parquet"):
        predict_file(path, tmp_path / "out.csv", fake)
    assert list(tmp_path.iterdir()) == [path]
    predict_file(path, tmp_path / "out.jsonl", fake)
    assert json.loads((tmp_path / "out.jsonl").read_text())["user"] == {"id": 1}


@pytest.mark.parametrize(
    ("data", "rows"),
    [
        (b"id;text\n0012;up, up\n13;down\n", [("0012", "up, up"), ("13", "down")]),
        (b"\xef\xbb\xbfid\ttext\r\n1\tup, up\r\n", [("1", "up, up")]),
        (b"id,text\r1,up\r2,down", [("1", "up"), ("2", "down")]),
        (b'id|text\n1|"a\nb"\n', [("1", "a\nb")]),
    ],
)
def test_the_header_tells_the_delimiter(tmp_path, fake, data, rows):
    (tmp_path / "in.csv").write_bytes(data)
    report = predict_file(tmp_path / "in.csv", tmp_path / "out.parquet", fake)
    assert pl.read_parquet(tmp_path / "out.parquet").select("id", "text").rows() == rows
    assert report.rows == len(rows)


@pytest.mark.parametrize(
    ("name", "data", "rows", "unread"),
    [
        ("in.csv", b"id;text\n1;up\n2;down; sell\n3;up\n", ["up", "down; sell", "up"], []),
        ("in.csv", b"id;name\x20;text\n1;A;up\n2;B; C;down\n", ["up"], [(3, "wrong number of cells")]),
        ("in.csv", b"id,n,text\n1,2,up\n2,1,234,down\n", ["up"], [(3, "wrong number of cells")]),
        (
            "in.jsonl",
            b'{"text":"up"}\n{"text":\n[]\n{"text":"down"}\n',
            ["up", "down"],
            [(2, "not JSON"), (3, "wrong type")],
        ),
        ("in.csv", b'id,text\n1,"up\n2,down\n', ["down"], [(2, "not CSV")]),
        ("in.csv", b"id,text\n1,caf\xe9\n2,down\n3,\0\n", ["down"], [(2, "not UTF-8"), (4, "NUL byte")]),
        ("in.csv", b"up\nup, up\n", ["up"], [(2, "wrong number of cells")]),
        ("in.txt", b"up\rcaf\xe9\rdown", ["up", "down"], [(2, "not UTF-8")]),
    ],
)
def test_a_row_that_cannot_be_read_costs_itself(tmp_path, fake, name, data, rows, unread):
    (tmp_path / name).write_bytes(data)
    report = predict_file(tmp_path / name, tmp_path / "out.parquet", fake)
    assert pl.read_parquet(tmp_path / "out.parquet")[report.text_column].to_list() == rows
    assert [(line, reason) for line, reason, _ in report.listed] == unread
    assert report.rows == len(rows)


def test_rows_that_cannot_be_read_are_told_at_the_prompt(tmp_path):
    lines = ["up;1", *(f"down; \x1b[{n};2" for n in range(30))]
    (tmp_path / "in.csv").write_text("\n".join(["text;id", *lines]))
    done = emtract("predict", "--model", "vader", "-i", "in.csv", "-o", "out.csv", cwd=tmp_path)
    assert done.returncode == 1 and "1 rows written" in done.stdout
    told = done.stderr.splitlines()
    assert any(line.startswith("in.csv, line 3: wrong number of cells") for line in told)
    assert any("30 of 31 rows of in.csv cannot be read (the first 20 are listed above)" in line for line in told)
    assert "\x1b[0" not in done.stderr
    assert pl.read_csv(tmp_path / "out.csv", infer_schema=False)["id"].to_list() == ["1"]


@pytest.mark.parametrize("pack", [gzip.compress, zstandard.compress])
@pytest.mark.parametrize(
    ("name", "data"), [("in.csv", b"id;text\n1;up"), ("in.txt", b"up"), ("in.jsonl", b'{"text":"up"}')]
)
def test_packed_files_are_read(tmp_path, fake, pack, name, data):
    path = tmp_path / f"{name}.{'gz' if pack is gzip.compress else 'zst'}"
    path.write_bytes(pack(data))
    report = predict_file(path, tmp_path / "out.parquet", fake)
    assert pl.read_parquet(tmp_path / "out.parquet")[report.text_column].to_list() == ["up"]


CELL = st.text(st.sampled_from('ab"\\\t,;|\n\r'), max_size=9).map(lambda text: f"x{text}x")
LINE = st.tuples(CELL, st.booleans())


@given(st.lists(LINE, max_size=9), st.sampled_from("\t,;|"), st.sampled_from(["\n", "\r\n", "\r"]), st.booleans())
def test_what_ingest_reads_of_a_table_is_what_predict_reads(tmp_path_factory, lines, delimiter, newline, mark):
    """Of cells written as CSV, and of others written as they are."""
    path = tmp_path_factory.mktemp("law") / "in.csv"
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=delimiter, lineterminator=newline)
    writer.writerow(["id", "at", "text"])
    writer.writerow(["0", "2020-01-02T15:00:00Z", "sound"])
    for number, (cell, as_csv) in enumerate(lines, 1):
        if as_csv:
            writer.writerow([number, "2020-01-02T15:00:00Z", cell])
        else:
            out.write(delimiter.join([str(number), "2020-01-02T15:00:00Z", cell]) + newline)
    path.write_bytes((("\ufeff" if mark else "") + out.getvalue()).encode())
    names = ["id", "at", "text"]
    items = list(
        read_rows(path, lambda header: [0, 1, 2] if header == names else None, format="csv", wanted="text", text=2)
    )
    frame, unread = read_frame(path)
    rows = [tuple(cell or None for cell in item[1]) for item in items if not isinstance(item, Rejection)]
    assert frame.rows() == rows
    assert unread == [item for item in items if isinstance(item, Rejection)]
    assert frame.columns == names and frame["text"][0] == "sound"


def test_words_for_missing_are_empty_posts(tmp_path, fake):
    (tmp_path / "in.csv").write_text("id,text\n1,nan\n2,None\n3,<NA>\n4,na\n")
    assert predict_file(tmp_path / "in.csv", tmp_path / "out.parquet", fake).empty == 3


def test_a_table_is_no_list_of_posts(fake):
    for table in (pl.DataFrame({"text": ["up"]}), {"text": ["up"]}):
        with pytest.raises(SourceError, match=r'predict\(frame\["text"\]\)'):
            fake.predict(table)


@pytest.mark.parametrize("name", ["in.csv", "in.txt", "in.jsonl"])
@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be", "utf-32", "utf-8-sig"])
def test_other_unicode_is_read_where_its_mark_says_so(tmp_path, fake, name, encoding):
    data = {"in.csv": "id;text\n1;up 🚀 ü\n", "in.txt": "up 🚀 ü\n", "in.jsonl": '{"text": "up 🚀 ü"}\n'}[name]
    write(tmp_path / name, ("\ufeff" if encoding == "utf-16-be" else "") + data, encoding)
    report = predict_file(tmp_path / name, tmp_path / "out.parquet", fake)
    assert pl.read_parquet(tmp_path / "out.parquet")[report.text_column].to_list() == ["up 🚀 ü"]


@pytest.mark.parametrize(
    "data", [b'[{"text":"up"},{"text":"down"}]', b'{"messages":[{"text":"up"},\n{"text":"down"}],"cursor":{"max":1}}']
)
def test_json_is_read_in_lists_and_responses(tmp_path, fake, data):
    (tmp_path / "in.json").write_bytes(data)
    predict_file(tmp_path / "in.json", tmp_path / "out.csv", fake)
    assert pl.read_csv(tmp_path / "out.csv")["text"].to_list() == ["up", "down"]


VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text("ab"),
    st.just({"a": [1]}),
)


@given(st.lists(st.dictionaries(st.sampled_from("xyz"), VALUES), min_size=1, max_size=7), st.integers(1, 3))
def test_the_types_of_keys_do_not_depend_on_the_batches(tmp_path_factory, rows, size):
    path = tmp_path_factory.mktemp("types") / "in.jsonl"
    path.write_text("".join(json.dumps({"text": "up"} | row) + "\n" for row in rows))
    with pytest.MonkeyPatch.context() as patch:
        whole = read_whole(path)
        patch.setattr("emtract.pipeline.postfile.MAX_ROWS", size)
        assert read_whole(path).equals(whole)
    assert whole.height == len(rows)
    for name in set("xyz") & set(whole.columns):
        told = [row.get(name) is not None for row in rows]
        assert whole[name].is_not_null().to_list() == told


def test_batches_bound_what_is_held(tmp_path, fake, monkeypatch):
    monkeypatch.setattr("emtract.pipeline.postfile.MAX_ROWS", 3)
    asked = []
    monkeypatch.setattr(fake, "predict", lambda posts: asked.append(len(posts)) or FakeScorer().predict(posts))
    (tmp_path / "in.jsonl").write_text("".join(f'{{"text": "up {n}", "n": {n}}}\n' for n in range(8)))
    predict_file(tmp_path / "in.jsonl", tmp_path / "out.parquet", fake)
    assert sum(asked) == 8 and max(asked) == 3
    assert pl.read_parquet(tmp_path / "out.parquet")["n"].to_list() == list(range(8))


@pytest.mark.parametrize(("empty", "found"), [({}, "{}"), ([{}], ["{}"]), ({"a": {}}, {"a": "{}"}), ([], [])])
def test_objects_without_members_are_written_as_text(tmp_path, fake, empty, found):
    (tmp_path / "in.jsonl").write_text(json.dumps({"text": "up", "links": empty}) + "\n")
    predict_file(tmp_path / "in.jsonl", tmp_path / "out.parquet", fake)
    assert pl.read_parquet(tmp_path / "out.parquet")["links"].to_list() == [found]


@pytest.mark.real_data
def test_every_real_response_is_scored(data, tmp_path, fake):
    files = [*data.glob("stocktwits/api/*.json"), *data.glob("twitter_v1/*.json")]
    assert files
    for path in files:
        report = predict_file(path, tmp_path / "out.parquet", fake, prefix="of_")
        assert report.rows and not report.unread
