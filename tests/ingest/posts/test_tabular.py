import csv
import io
import json
from datetime import UTC, date, datetime

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emtract.errors import ConfigError, SourceError
from emtract.ingest.batches import read_posts
from emtract.ingest.posts.tabular import ColumnMapping, read_table
from emtract.ingest.recognise import recognise_file
from emtract.ingest.records import Rejection
from emtract.ingest.rows import read_rows

from ..conftest import SUFFIX, Read, pack, pack_zip


def mapping(**more):
    return ColumnMapping(**({"post_id": "id", "created_at": "time", "body": "text", "platform": "forum"} | more))


FULL = {"author_id": "user", "symbol": "ticker", "followers": "fans", "sentiment": "mood"}
HEADER = b"id,time,text,user,ticker,fans,mood\n"


@pytest.fixture
def read_csv(write):
    def read(data, name="a.csv", more=None, **columns):
        return Read(write(name, data), format="csv", mapping=mapping(**columns), **(more or {}))

    return read


@pytest.fixture
def read_parquet(tmp_path):
    def read(columns, **names):
        pq.write_table(pa.table(columns), tmp_path / "a.parquet", row_group_size=2)
        return Read(tmp_path / "a.parquet", format="parquet", mapping=mapping(**names))

    return read


def test_every_column_of_a_row(read_csv):
    got = read_csv(HEADER + b"1,2020-01-02T14:30:00Z,up &amp; $tsla,u,AAPL;$MSFT,12.0,Bullish\n", **FULL)
    (post,) = got.posts
    assert post.pop("created_at").isoformat() == "2020-01-02T14:30:00+00:00"
    assert post == {
        "line": 2,
        "platform": "forum",
        "post_id": "1",
        "author_id": "u",
        "body": "up &amp; $tsla",
        "followers": 12,
        "verified": None,
        "repost_of": None,
        "sentiment": "bullish",
        "language": None,
        "in_reply_to": None,
    }
    assert got.symbols == {2: {"TSLA": "cashtag", "AAPL": "entity", "MSFT": "entity"}}


@pytest.mark.parametrize("kind", sorted(SUFFIX))
@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
def test_delimiters_and_compressions(read_csv, delimiter, kind):
    text = '\ufeffid,time,text\n7,2020-01-02T14:30:00Z,"a, b; c\td|e"\n'.replace(",text", delimiter + "text")
    text = text.replace("id,", "id" + delimiter).replace("7,", "7" + delimiter).replace('Z,"', f'Z{delimiter}"')
    assert read_csv(pack(text.encode(), kind), f"a.txt{SUFFIX[kind]}").bodies == ["a, b; c\td|e"]


@given(st.lists(st.text(st.sampled_from('ab ",\n\r🚀'), max_size=12), min_size=1, max_size=12))
def test_line_numbers_are_exact_whatever_the_cells_hold(tmp_path_factory, bodies):
    out, starts = io.StringIO(), []
    writer = csv.writer(out, lineterminator="\n", quoting=csv.QUOTE_ALL)
    writer.writerow(["id", "time", "text"])
    for number, body in enumerate(bodies):
        starts.append(out.getvalue().count("\n") + 1)
        writer.writerow([number, "2020-01-02T14:30:00Z", body])
    path = tmp_path_factory.mktemp("law") / "a.csv"
    path.write_bytes(out.getvalue().encode())
    got = Read(path, format="csv", mapping=mapping())
    assert [(post["line"], post["body"]) for post in got.posts] == list(zip(starts, bodies, strict=True))


GOOD = b"1,2020-01-02T14:30:00Z,x,,,,\n"


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"2,2020-01-02 14:30:00,x,,,,", "timestamp without zone"),
        (b"2,2020-01-02,x,,,,", "day without time"),
        (b"2,noon,x,,,,", "unreadable timestamp"),
        (b"2,1950-01-02T14:30:00Z,x,,,,", "timestamp out of range"),
        (b"2,,x,,,,", "missing field"),
        (b",2020-01-02T14:30:00Z,x,,,,", "missing field"),
        (b"2,2020-01-02T14:30:00Z,x", "wrong number of cells"),
        (b"2,2020-01-02T14:30:00Z,x,,,,,", "wrong number of cells"),
        (b"4.18E+17,2020-01-02T14:30:00Z,x,,,,", "rounded id"),
        (b"2,2020-01-02T14:30:00Z,x\0,,,,", "NUL byte"),
        (b"2,2020-01-02T14:30:00Z,\xff,,,,", "not UTF-8"),
        (b'2,2020-01-02T14:30:00Z,"x"y,,,,', "not CSV"),
        (b'2,2020-01-02T14:30:00Z,"' + b"x" * 200_000 + b'",,,,', "not CSV"),
        (b"2,2020-01-02T14:30:00Z," + b"x" * 10_000_000 + b",,,,", "line too long"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_bad_row_is_rejected_by_name_and_its_neighbours_stand(read_csv, line, reason):
    got = read_csv(HEADER + GOOD + line + b"\n\n" + GOOD, **FULL)
    assert got.reasons == [(3, reason)]
    assert [post["line"] for post in got.posts] == [2, 5]


def test_a_quote_never_closed_costs_its_line_alone(read_csv):
    got = read_csv(HEADER + GOOD + b'2,2020-01-02T14:30:00Z,"never closed\n' + GOOD * 3, **FULL)
    assert got.reasons == [(3, "not CSV")]
    assert [post["line"] for post in got.posts] == [2, 4, 5, 6]


LINES = b'7,2020-01-02T14:30:00Z,"first\nand, so,2020-01-02T14:30:00Z,it ends",,,,\n'


@pytest.mark.parametrize(
    ("damage", "reasons"),
    [
        (lambda row: row.replace(b"first", b"fi\xffst"), [(3, "not UTF-8")]),
        (lambda row: row.replace(b"ends", b"en\xffs"), [(3, "not UTF-8")]),
        (lambda row: row.replace(b"first", b'"x"y'), [(3, "not CSV"), (4, "wrong number of cells")]),
    ],
    ids=["first line", "last line", "quotes"],
)
def test_a_line_within_a_record_that_is_refused_is_no_post(read_csv, damage, reasons):
    got = read_csv(HEADER + GOOD + damage(LINES) + GOOD, **FULL)
    assert got.reasons == reasons
    assert [post["line"] for post in got.posts] == [2, 5]


def test_the_end_of_a_quoted_cell_is_no_row_though_its_commas_fit(read_csv):
    """`4,2020-...,and so it ends",,,,` has the cells of the header: its quote tells."""
    rows = b'7,2020-01-02T14:30:00Z,""x"y\n4,2020-01-02T14:30:00Z,and so it ends",,,,\n'
    got = read_csv(HEADER + GOOD + rows + GOOD, **FULL)
    assert got.reasons == [(3, "not CSV"), (4, "not CSV")]
    assert [post["line"] for post in got.posts] == [2, 5]


def test_sums_of_money_on_two_lines_of_a_text_are_no_rows(tmp_path):
    """In a table of text and label each of these lines has as many cells as the header, and the same forms."""
    path = tmp_path / "labels.csv"
    path.write_text('body,label\nplain,happy\n"Total: $27,724\nVolume: $13,500\nwow",fear\n', encoding="utf-8")
    rows = read_rows(path, lambda header: list(range(len(header))), format="csv", wanted="all")
    assert [row if isinstance(row, Rejection) else row[1][1] for row in rows] == ["happy", "fear"]


def test_emoji_only_empty_and_literal_quotes_are_kept(read_csv):
    rows = ["🚀", "", '5" pipe']
    data = "id,time,text\n" + "".join(f"{n},2020-01-02T14:30:00Z,{body}\n" for n, body in enumerate(rows))
    assert read_csv(data.encode()).bodies == rows


@pytest.mark.parametrize(
    ("cell", "options", "utc"),
    [
        ("2020-01-02 09:30:00", {"timezone": "America/New_York"}, "2020-01-02T14:30:00"),
        ("2020-07-02 09:30:00", {"timezone": "America/New_York"}, "2020-07-02T13:30:00"),
        ("2020-01-02 09:30:00+01:00", {"timezone": "America/New_York"}, "2020-01-02T08:30:00"),
        ("2020-11-01 01:30:00", {"timezone": "America/New_York"}, "2020-11-01T05:30:00"),  # occurs twice: the first
        ("2020-03-08 02:30:00", {"timezone": "America/New_York"}, "2020-03-08T07:30:00"),  # never occurs: as 03:30
        ("02/01/2020 14:30", {"timezone": "UTC", "time_format": "%d/%m/%Y %H:%M"}, "2020-01-02T14:30:00"),
        ("02/01/2020 14:30 +0100", {"time_format": "%d/%m/%Y %H:%M %z"}, "2020-01-02T13:30:00"),
        ("2020-07-01", {"time_format": "end_of_day", "timezone": "America/New_York"}, "2020-07-02T03:59:59"),
        ("1577975400", {"time_format": "epoch_seconds"}, "2020-01-02T14:30:00"),
        ("1577975400000", {"time_format": "epoch_milliseconds"}, "2020-01-02T14:30:00"),
    ],
)
def test_times(read_csv, cell, options, utc):
    got = read_csv(f"id,time,text\n1,{cell},x\n".encode(), **options)
    assert got.posts[0]["created_at"].isoformat() == utc + "+00:00"


@pytest.mark.parametrize("cell", ["inf", "1e300", "1577975400000", "1.57798E+09"])
def test_epoch_cells_that_are_no_time(read_csv, cell):
    got = read_csv(f"id,time,text\n1,{cell},x\n".encode(), time_format="epoch_seconds")
    assert got.reasons[0][1] in {"unreadable timestamp", "timestamp out of range"}


@pytest.mark.parametrize(
    ("cell", "symbols"),
    [
        ("AAPL", ["AAPL"]),
        ('"AAPL,brk.b"', ["AAPL", "BRK-B"]),
        ("AAPL MSFT", ["AAPL", "MSFT"]),
        ("\"['AAPL', '$MSFT']\"", ["AAPL", "MSFT"]),
        ("AAPL|BTC.X", ["AAPL", "BTC.X"]),
        ("", []),
        (" ; $ ", []),
    ],
)
def test_symbol_cells(read_csv, cell, symbols):
    got = read_csv(f"id,time,text,ticker\n1,2020-01-02T14:30:00Z,x,{cell}\n".encode(), symbol="ticker")
    assert got.symbols.get(2, {}) == dict.fromkeys(symbols, "entity")


def test_missing_columns_are_named_with_those_found(write):
    with pytest.raises(SourceError, match="columns found: a, b, c"):
        next(read_posts(write("a.csv", b"a;b;c\n1;2;3\n"), format="csv", mapping=mapping()))
    with pytest.raises(SourceError, match="columns found: id, id, time, text"):
        next(read_posts(write("a.csv", b"id,id,time,text\n"), format="csv", mapping=mapping()))
    with pytest.raises(SourceError, match=r"no readable header line.*NUL byte"):
        next(read_posts(write("a.csv", b"id,\0\n"), format="csv", mapping=mapping()))
    with pytest.raises(SourceError, match="is empty"):
        next(read_posts(write("a.csv", b""), format="csv", mapping=mapping()))


def test_broken_gzip_table(read_csv):
    rows = b"".join(b"%d,2020-01-02T14:30:00Z,%x\n" % (n, n**9) for n in range(30_000))
    packed = pack(b"id,time,text\n" + rows, "gzip")
    got = read_csv(packed[: len(packed) // 2], "a.csv.gz")
    assert got.reasons == [(len(got.posts) + 2, "broken stream")]


def test_mapping_is_checked_when_it_is_made():
    with pytest.raises(ConfigError, match="Mars"):
        mapping(timezone="Mars/Olympus")
    with pytest.raises(ConfigError, match="empty entry"):
        mapping(symbol="")
    with pytest.raises(ConfigError, match="empty entry"):
        mapping(platform=" ")


def test_a_table_needs_a_mapping_and_a_format_a_known_name(write):
    path = write("a.csv", b"id,time,text\n")
    with pytest.raises(ConfigError, match="mapping"):
        next(read_posts(path, format="csv"))
    with pytest.raises(ConfigError, match=r"twitter_v1, .*stocktwits, .*csv, .*parquet"):
        next(read_posts(path, format="telegraph"))
    with pytest.raises(ConfigError, match="batch_rows"):
        next(read_posts(path, format="csv", mapping=mapping(), batch_rows=0))


MOMENTS = [datetime(2020, 1, 2, 14, 30, tzinfo=UTC)] * 5


def test_parquet_rows_with_typed_cells(read_parquet):
    got = read_parquet(
        {
            "id": pa.array([2**60 + 1, 2, None, 4, 5]),
            "time": pa.array(MOMENTS, pa.timestamp("ns", "America/New_York")),
            "text": ["a", None, "c", "", "🚀 \x00"],
            "ticker": [["AAPL", None], [], None, ["brk.b"], ["X"]],
            "fans": pa.array([1.0, None, 3.0, 4.0, 5.5]),
        },
        symbol="ticker",
        followers="fans",
    )
    assert got.reasons == [(2, "missing field"), (3, "missing field")]
    assert got.notes == [(5, "followers", "wrong type")]
    assert [(p["line"], p["post_id"], p["body"], p["followers"]) for p in got.posts] == [
        (1, str(2**60 + 1), "a", 1),
        (4, "4", "", 4),
        (5, "5", "🚀 \ufffd", None),
    ]
    assert {p["created_at"] for p in got.posts} == set(MOMENTS[:1])
    assert got.symbols == {1: {"AAPL": "entity"}, 4: {"BRK-B": "entity"}, 5: {"X": "entity"}}


def test_parquet_times_without_zone_need_the_mapping(read_parquet):
    columns = {"id": ["1"], "text": ["x"]}
    assert read_parquet(columns | {"time": [datetime.fromisoformat("2020-01-02T09:30")]}).reasons == [
        (1, "timestamp without zone")
    ]
    assert read_parquet(columns | {"time": [date(2020, 1, 2)]}, timezone="UTC").reasons == [(1, "day without time")]
    got = read_parquet(columns | {"time": [datetime.fromisoformat("2020-01-02T09:30")]}, timezone="America/New_York")
    assert got.posts[0]["created_at"] == MOMENTS[0]


def test_parquet_float_ids_are_whole_or_refused(read_parquet):
    times = {"time": MOMENTS[:4], "text": ["x"] * 4}
    got = read_parquet({"id": [1.0, float("nan"), 1.5, 4.18e17]} | times)
    assert [post["post_id"] for post in got.posts] == ["1"]
    assert got.reasons == [(2, "missing field"), (3, "rounded id"), (4, "rounded id")]


def test_parquet_ids_and_times_in_single_precision_are_those_that_it_holds(read_parquet):
    single = pa.float32()
    ids, whole = pa.array([16777215.0, 16777217.0, None, 7.0], single), pa.array([1, 2, 3, 4])
    got = read_parquet({"id": ids, "time": MOMENTS[:4], "text": ["x"] * 4})
    assert [post["post_id"] for post in got.posts] == ["16777215", "7"]
    assert got.reasons == [(2, "rounded id"), (3, "missing field")]
    seconds = pa.array([1577975401.0] * 4, single)
    got = read_parquet({"id": whole, "time": seconds, "text": ["x"] * 4}, time_format="epoch_seconds")
    assert got.reasons == [(line, "unreadable timestamp") for line in range(1, 5)]
    got = read_parquet({"id": whole, "time": MOMENTS[:4], "text": ["x"] * 4, "fans": ids}, followers="fans")
    assert [post["followers"] for post in got.posts] == [16777215, 16777216, None, 7]


def test_unstorable_characters_of_a_table_cell(read_parquet):
    got = read_parquet({"id": ["1"], "time": MOMENTS[:1], "text": ["a\x00b"]})
    assert got.bodies == ["a\ufffdb"]


def test_not_parquet_and_missing_parquet_columns(write, read_parquet):
    with pytest.raises(SourceError, match="is not Parquet"):
        next(read_posts(write("a.parquet", b"id,time"), format="parquet", mapping=mapping()))
    with pytest.raises(SourceError, match="columns found: a"):
        read_parquet({"a": [1]})


def test_damaged_parquet_page_is_a_broken_stream(tmp_path):
    n = 50_000
    columns = {"id": [str(i) for i in range(n)], "time": MOMENTS[:1] * n, "text": [f"{i**7:x}" for i in range(n)]}
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table(columns), path, row_group_size=10_000, use_dictionary=False, write_page_checksum=True)
    data = bytearray(path.read_bytes())
    data[len(data) // 2 : len(data) // 2 + 3_000] = bytes(3_000)
    path.write_bytes(data)
    got = Read(path, format="parquet", mapping=mapping())
    assert 0 < len(got.posts) < n
    assert got.reasons == [(len(got.posts) + 1, "broken stream")]


def test_a_parquet_cell_that_python_cannot_hold_is_the_rejection_of_its_row(tmp_path, read_parquet):
    """Found by fuzzing: damaged text, and times beyond the year 9999 or in a zone that does not exist."""
    columns = {"id": ["1", "2", "3"], "text": ["a", "zzzz", "c"]}
    micros = pa.array([MOMENTS[0], MOMENTS[0], None], pa.timestamp("us", "UTC"))
    far = pa.array([2**62, 1577975400_000_000, 2**62])
    got = read_parquet(columns | {"time": far.cast(pa.timestamp("us", "UTC"))})
    assert (got.bodies, [line for line, _ in got.reasons]) == (["zzzz"], [1, 3])
    assert len(read_parquet(columns | {"time": micros.cast(pa.timestamp("us", "No/Where"))}).reasons) == 3
    read_parquet(columns | {"time": micros})
    path = tmp_path / "a.parquet"
    path.write_bytes(path.read_bytes().replace(b"zzzz", b"\xff\xd8zz"))
    got = Read(path, format="parquet", mapping=mapping())
    assert (got.bodies, got.reasons) == (["a"], [(2, "not UTF-8"), (3, "missing field")])


def test_a_parquet_column_whose_name_is_damaged_is_refused(tmp_path, read_parquet):
    """Found by fuzzing."""
    read_parquet({"id": ["1"], "time": MOMENTS[:1], "text": ["a"]})
    path = tmp_path / "a.parquet"
    path.write_bytes(path.read_bytes().replace(b"text", b"\xff\xd8xt"))
    with pytest.raises(SourceError, match="is not Parquet"):
        next(read_posts(path, format="parquet", mapping=mapping()))
    with pytest.raises(SourceError, match="damaged or cut"):
        recognise_file(path)


@pytest.mark.parametrize("digits", [4_300, 4_301, 100_000])
def test_a_count_of_thousands_of_digits_is_null_and_noted(read_csv, digits):
    """Python refuses to read a number of more than 4,300 digits."""
    got = read_csv(HEADER + b"1,2020-01-02T14:30:00Z,x,,," + b"9" * digits + b",\n", **FULL)
    assert (got.reasons, got.notes) == ([], [(2, "followers", "wrong type")])


def table(path, kind="csv", **names):
    return list(read_table(path, mapping(**names), format=kind))


def test_verified_repost_and_language_columns(write):
    header = "id,time,text,v,r,l\n"
    flags = [("True", True), ("f", False), ("1.0", True), ("0", False), ("YES", True), ("", None), ("nan", None)]
    rows = [f"{n},2020-01-02T14:30:00Z,x,{flag},{n}.0,en\n" for n, (flag, _) in enumerate(flags)]
    path = write("a.csv", "".join([header, *rows, "9,2020-01-02T14:30:00Z,x,perhaps,,\n"]).encode())
    *posts, bad = table(path, verified="v", repost_of="r", language="l")
    assert [post.verified for _, post in posts] == [value for _, value in flags]
    assert [(post.repost_of, post.language) for _, post in posts] == [(str(n), "en") for n in range(len(flags))]
    assert (bad[1].verified, bad[1].notes) == (None, (("verified", "wrong type"),))
    assert [(post.verified, post.repost_of, post.language) for _, post in table(path)[:1]] == [(None, None, None)]


def test_a_column_of_the_post_answered(write):
    cells = {"7": "7", "7.0": "7", "": None, "nan": None, "1.4E+18": None}
    rows = [f"{n},2020-01-02T14:30:00Z,x,{cell}\n" for n, cell in enumerate(cells)]
    path = write("a.csv", "".join(["id,time,text,parent\n", *rows]).encode())
    posts = [post for _, post in table(path, in_reply_to="parent")]
    assert [post.in_reply_to for post in posts] == [*cells.values()]
    assert [post.notes for post in posts if post.notes] == [(("in_reply_to", "rounded id"),)]


@pytest.mark.parametrize(
    ("name", "symbol"),
    [
        ("AAPL.csv", "AAPL"),
        ("aapl.CSV.gz", "AAPL"),
        ("AAPL_2020.csv", "AAPL"),
        ("AAPL 2020-01.part_2.tsv", "AAPL"),
        ("BRK.B.csv", "BRK-B"),
        ("BTC.X_messages.txt", "BTC.X"),
        ("$TSLA", "TSLA"),
    ],
)
def test_symbol_from_the_name_of_the_file(write, name, symbol):
    data = b"id,time,text\n1,2020-01-02T14:30:00Z,$MSFT and $aapl\n"
    data = pack(data, "gzip") if name.endswith(".gz") else data
    ((_, post),) = table(write(name, data), symbol_from_name=True)
    assert post.symbols[symbol] == ("both" if symbol == "AAPL" else "entity")
    assert post.symbols["MSFT"] == "cashtag"
    ((_, plain),) = table(write(name, data))
    assert plain.symbols == {"MSFT": "cashtag", "AAPL": "cashtag"}


@pytest.mark.parametrize("name", ["2020.csv", "_AAPL.csv", "messages-of-january.csv", "AAPL.2020.csv"])
def test_a_file_not_named_after_a_symbol_is_refused(write, name):
    with pytest.raises(SourceError, match="not named after a symbol"):
        table(write(name, b"id,time,text\n"), symbol_from_name=True)


def test_members_of_an_archive_are_named_after_their_symbols(write):
    row = b"id,time,text\n1,2020-01-02T14:30:00Z,x\n"
    path = write("dump.zip", pack_zip({"dump/AAPL.csv": row, "dump/TSLA.csv": row, "dump/ReadMe.txt": b"Hello, you\n"}))
    one, refused, two = table(path, symbol_from_name=True)
    assert [one[1].symbols, two[1].symbols] == [{"AAPL": "entity"}, {"TSLA": "entity"}]
    assert refused.reason == "refused member"


def test_the_defaults_of_a_mapping_are_those_that_stores_hold():
    assert (mapping().verified, mapping().repost_of, mapping().language) == (None, None, None)
    assert mapping().symbol_from_name is False


HUGGING_FACE = {
    "symbols": [["AAPL"], [], ["tsla", "$MSFT"]],
    "created": pa.array([1577975400, 1577975401, 1577975402], pa.int32()),
    "post": pa.array(["a", "b", "a"]).dictionary_encode(),
    "author": pa.array(["u", None, "u"], pa.large_string()),
    "key": pa.array([2**63 + 1, 2, 3], pa.uint64()),
}


@pytest.mark.parametrize("order", [1, -1])
def test_hugging_face_columns_of_any_order_and_type(tmp_path, order):
    names = {"post_id": "key", "created_at": "created", "body": "post", "author_id": "author", "symbol": "symbols"}
    columns = dict(list(HUGGING_FACE.items())[::order])
    pq.write_table(pa.table(columns), tmp_path / "train-00000-of-00001.parquet", store_schema=order == 1)
    got = table(tmp_path / "train-00000-of-00001.parquet", "parquet", time_format="epoch_seconds", **names)
    assert [(line, post.post_id, post.body, post.author_id) for line, post in got] == [
        (1, str(2**63 + 1), "a", "u"),
        (2, "2", "b", None),
        (3, "3", "a", "u"),
    ]
    assert [list(post.symbols) for _, post in got] == [["AAPL"], [], ["TSLA", "MSFT"]]
    assert [post.created_at // 1_000_000 for _, post in got] == [1577975400, 1577975401, 1577975402]


@pytest.mark.parametrize(
    ("column", "options"),
    [
        (pa.array(["2020-01-02T14:30:00Z"]).dictionary_encode(), {}),
        (pa.array(["2020-01-02 14:30:00+00:00"], pa.large_string()), {}),
        (pa.array([1577975400.0]), {"time_format": "epoch_seconds"}),
        (pa.array([1577975400_000]), {"time_format": "epoch_milliseconds"}),
        (pa.array(["1577975400"]), {"time_format": "epoch_seconds"}),
        (pa.array([1577975400], pa.timestamp("s", "UTC")), {}),
        (pa.array([1577975400_000], pa.timestamp("ms")), {"timezone": "UTC"}),
        (pa.array([1577975400_000_000_999], pa.timestamp("ns", "Asia/Tokyo")), {}),
    ],
)
def test_times_of_parquet_columns(tmp_path, column, options):
    pq.write_table(pa.table({"id": [1], "time": column, "text": ["x"]}), tmp_path / "a.parquet")
    ((_, post),) = table(tmp_path / "a.parquet", "parquet", **options)
    assert post.created_at == 1577975400_000_000


def test_bytes_lists_and_missing_text_of_parquet_columns(tmp_path):
    columns = {"id": [b"1", b"2", b"\xff"], "time": MOMENTS[:3], "text": [b"caf\xc3\xa9", None, b"x"]}
    pq.write_table(pa.table(columns), tmp_path / "a.parquet")
    good, *bad = table(tmp_path / "a.parquet", "parquet")
    assert (good[1].post_id, good[1].body) == ("1", "café")
    assert [item.reason for item in bad] == ["missing field", "not UTF-8"]
    pq.write_table(pa.table({"id": [1], "time": MOMENTS[:1], "text": [["x"]]}), tmp_path / "a.parquet")
    assert [item.reason for item in table(tmp_path / "a.parquet", "parquet")] == ["wrong type"]


def test_a_list_of_one_language_in_a_cell_is_that_language(write):
    at = "2020-01-02T15:00:00Z"
    data = f"id,at,text,lang\n1,{at},a,['en']\n2,{at},b,\"['en', 'es']\"\n3,{at},c,[]\n".encode()
    mapping = ColumnMapping(post_id="id", created_at="at", body="text", language="lang", platform="x")
    got = Read(write("a.csv", data), format="csv", mapping=mapping)
    assert [post["language"] for post in got.posts] == ["en", None, None]
    assert got.notes == [(3, "language", "wrong type")]


def test_every_reader_keeps_ids_and_symbols_without_what_no_store_takes(read_csv, read_parquet, write):
    rows = {"id": ["a\0b"], "time": ["2020-01-02T14:30:00Z"], "text": ["up\0"], "user": ["u\0"], "ticker": ["T\0SLA"]}
    nested = rows | {"user": [{"id": "u\0"}], "ticker": [[{"symbol": "T\0SLA"}]]}
    lines = write("a.jsonl", json.dumps({name: cells[0] for name, cells in rows.items()}).encode())
    cells = [(read_csv, repr), (read_csv, json.dumps)]
    found = [
        read_parquet(rows, author_id="user", symbol="ticker"),
        read_parquet(nested, author_id="user.id", symbol="ticker"),
    ]
    found.append(Read(lines, format="jsonl", mapping=mapping(author_id="user", symbol="ticker")))
    for read, spell in cells:
        out = io.StringIO()
        csv.writer(out).writerow(
            ["a\ufffdb", rows["time"][0], "up\ufffd", spell({"id": "u\0"}), spell([{"symbol": "T\0SLA"}])]
        )
        found.append(
            read(b"id,time,text,user,ticker\n" + out.getvalue().encode(), author_id="user.id", symbol="ticker")
        )
    for got in found:
        (post,) = got.posts
        assert (post["post_id"], post["author_id"], post["body"]) == ("a\ufffdb", "u\ufffd", "up\ufffd")
        assert list(got.symbols[post["line"]]) == ["T\ufffdSLA"]
