import json

import polars as pl
import pytest

from emtract.errors import SourceError
from emtract.model import PREDICTION_COLUMNS, predict_file
from emtract.model.files import CLEAN_TEXT, find_text_column, read_posts

PREDICTED = [CLEAN_TEXT, *PREDICTION_COLUMNS[1:]]
CSV = 'id,body,time\n0012,"$TSLA, to the moon 🚀",=1+1\n1234567890123456789,,\n0012,"two\nlines ""quoted""",-3\n'


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
    frame = read_posts(write(tmp_path / f"in{suffix}", newline.join(["to the moon", "sell now", ""])))
    assert frame.to_dict(as_series=False) == {"body": ["to the moon", "sell now"]}


@pytest.mark.parametrize("suffix", [".csv", ".txt"])
@pytest.mark.parametrize("header", ["Text", "tweet"])
def test_one_column_with_a_header(tmp_path, suffix, header):
    frame = read_posts(write(tmp_path / f"in{suffix}", f"\ufeff{header}\nsell now\n"))
    assert frame.to_dict(as_series=False) == {header: ["sell now"]}


def test_a_named_column_is_a_header_too(tmp_path):
    path = write(tmp_path / "in.csv", "kommentar\nsell now\n")
    assert read_posts(path, "kommentar").columns == ["kommentar"]
    assert read_posts(path).height == 2


def test_lines_of_text_are_taken_whole(tmp_path, fake):
    path = write(tmp_path / "in.txt", 'a, "b\nc\u2028d\n\ne')
    assert read_posts(path)["body"].to_list() == ['a, "b', "c\u2028d", "", "e"]
    assert predict_file(path, tmp_path / "out.csv", fake).rows == 4


@pytest.mark.parametrize(
    ("columns", "found"), [(["id", "text", "Body"], "Body"), (["x"], "x"), (["tweet", "content"], "content")]
)
def test_the_text_column_is_found(columns, found):
    assert find_text_column(pl.DataFrame({name: ["a"] for name in columns})) == found


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
    monkeypatch.setattr("emtract.model.files._SLICE", 2)
    calls = []
    path = write(tmp_path / "in.txt", "a\nb\na\nc\nd\n")
    predict_file(path, tmp_path / "out.csv", fake, progress=lambda done, total: calls.append((done, total)))
    assert calls == [(2, 5), (4, 5), (5, 5)]
    assert pl.read_csv(tmp_path / "out.csv")["body"].to_list() == ["a", "b", "a", "c", "d"]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("in.xlsx", b"PK", "is not one of"),
        ("gone.csv", None, "does not exist"),
        ("in.csv", b"", "cannot be read"),
        ("in.csv", b"id,body\n1,a,b,c\n", "cannot be read: line 2 has 4 cells"),
        ("in.csv", "id,body\n1,caf\xe9\n".encode("latin-1"), "cannot be read: not UTF-8"),
        ("in.txt", "caf\xe9\n".encode("latin-1"), "not UTF-8"),
        ("in.parquet", b"nonsense", "cannot be read"),
        ("in.jsonl", b'{"body": ', "cannot be read"),
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
    ("data", "message"),
    [
        (b"nr;worte\n1;auf\n2;ab\n", "seems to be separated by ';'.*--text-column"),
        (b"id,text\n1,up, up\n", "line 2 has 3 cells where the header has 2"),
        (b'id,text\n1,"up\n2,down\n', "line 2 has a quote that is not closed"),
        (b"text,text\nup,down\n", "two columns of one name"),
    ],
)
def test_a_table_that_cannot_be_read_whole_is_refused(tmp_path, fake, data, message):
    (tmp_path / "in.csv").write_bytes(data)
    with pytest.raises(SourceError, match=message):
        predict_file(tmp_path / "in.csv", tmp_path / "out.parquet", fake)
    assert not (tmp_path / "out.parquet").exists()


def test_words_for_missing_are_empty_posts(tmp_path, fake):
    (tmp_path / "in.csv").write_text("id,text\n1,nan\n2,None\n3,<NA>\n4,na\n")
    assert predict_file(tmp_path / "in.csv", tmp_path / "out.parquet", fake).empty == 3


def test_a_table_is_no_list_of_posts(fake):
    for table in (pl.DataFrame({"text": ["up"]}), {"text": ["up"]}):
        with pytest.raises(SourceError, match=r'predict\(frame\["text"\]\)'):
            fake.predict(table)
