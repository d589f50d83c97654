"""Ids: what went through floating point is known in every spelling, and nothing else is taken for it."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emtract.ingest.posts.post import Notes, count_cell, first_id, may_be_rounded, name_symbols, sentiment_tag, titled
from emtract.ingest.posts.tabular import ColumnMapping
from emtract.ingest.recognise import recognise_file
from emtract.ingest.records import LineError

from ..conftest import Read


@pytest.mark.parametrize(
    "cell",
    [
        *("1.07989E+18", "1,07989E+18", '"1.07989e18"', "1.08E+18 ", "1E+18", "1e18", "1.07989\u2009E+18"),
        *("１．０７９８９Ｅ＋１８", "1.07989×10^18", "1.07989E+018", "1.0E18", 1.07989e18, 2.0**53, 1.5),
        *("1079891234567890123.0", "8e+06"),
    ],
)
def test_rounded_ids(cell):
    with pytest.raises(LineError, match="rounded id"):
        first_id(cell)


@pytest.mark.parametrize(
    "cell",
    [
        "8e0687162542",
        "1e5",
        "12e5abc",
        "5e90",
        "1.5e0687162542",
        "0e1",
        "t3_1e18",
        "abc",
        "1079891234567890000",
        "0012",
    ],
)
def test_hashes_names_and_whole_ids_are_kept_as_they_are(cell):
    assert first_id(cell) == cell


@given(st.integers(0, 2**63 - 1))
def test_whole_numbers_are_kept(number):
    if len(str(number)) < 16 or not str(number).endswith("0" * 8):
        assert first_id(number) == first_id(f" {number} ") == str(number)


@given(st.text(st.sampled_from("0123456789abcdef"), min_size=12, max_size=64))
def test_no_hash_is_taken_for_a_number(digest):
    if not digest.isdigit():
        assert first_id(digest) == digest


@given(st.floats(1e15, 1e25), st.integers(1, 6), st.sampled_from([".", ","]), st.sampled_from(["e", "E"]))
def test_every_spreadsheet_spelling_is_known(number, digits, point, letter):
    cell = f"{number:.{digits}e}".replace(".", point).replace("e", letter)
    with pytest.raises(LineError, match="rounded id"):
        first_id(cell)


@pytest.mark.parametrize("word", ["nan", "None", "<NA>", "NULL", "", " ", None, float("nan")])
def test_words_for_missing_are_no_ids(word):
    assert first_id(word) is None


@pytest.mark.parametrize(
    ("tag", "read"), [("Bullish", "bullish"), ("BEAR", "bearish"), ("bull", "bullish"), ("N/A", None)]
)
def test_certain_tags(tag, read):
    assert sentiment_tag(tag) == read


@pytest.mark.parametrize("tag", ["1", "0", "-1", "Neutral", "1.0"])
def test_other_tags_are_noted(tag):
    notes = Notes()
    assert notes.take("sentiment", sentiment_tag, tag) is None
    assert notes == [("sentiment", "unknown sentiment")]


@pytest.mark.parametrize(
    ("cell", "count"),
    [("1.2K", 1_200), ("12.3k", 12_300), ("1M", 1_000_000), ("2.5 B", 2_500_000_000), ("0K", 0), ("7.0", 7)],
)
def test_counts_as_pages_shorten_them(cell, count):
    assert count_cell(cell) == count


@given(st.integers(0, 10**6), st.sampled_from("KkMm"))
def test_a_short_count_is_so_many_thousands(thousands, letter):
    assert count_cell(f"{thousands}{letter}") == thousands * (1_000 if letter in "Kk" else 1_000_000)


@pytest.mark.parametrize("cell", ["1,234", "1.2345K", "K", "1.K", "1e3", "-1", "-1K", "1KK", "9999999999K", "١K"])
def test_counts_that_are_no_whole_numbers(cell):
    with pytest.raises(LineError):
        count_cell(cell)


@pytest.mark.real_data
def test_authors_that_are_hashes_keep_their_posts(data):
    authors = (
        pl.read_parquet(data / "stocktwits" / "messages.parquet", columns=["author"])["author"].drop_nulls().unique()
    )
    likely = authors.filter(authors.str.contains(r"^\d+e\d+$")).to_list()
    assert likely and [first_id(author) for author in likely] == likely
    assert all(first_id(author) == author for author in authors)


@pytest.mark.parametrize(
    ("body", "entities", "named"),
    [
        ("$BRK/B up", ["BRK"], {"BRK-B": "both"}),
        ("$BRK.B up", ["BRK.B"], {"BRK-B": "both"}),
        ("$ES_F and $BTC.X", ["ES", "BTC", None], {"ES_F": "both", "BTC.X": "both"}),
        ("$BRK $BRK/B", ["BRK"], {"BRK": "both", "BRK-B": "cashtag"}),
        ("$AAPL up", ["BRK", "AAPL"], {"AAPL": "both", "BRK": "entity"}),
    ],
)
def test_an_entity_that_is_a_cashtag_cut_short_is_that_cashtag(body, entities, named):
    assert name_symbols(body, entities) == named


def test_ids_as_spreadsheets_show_them():
    assert first_id("1,079,890,068,867,817,473") == first_id('="1079890068867817473"') == "1079890068867817473"
    assert first_id("1,234") == "1,234"
    for damaged in ("#########", '="1.07989E+18"'):
        with pytest.raises(LineError, match="rounded id"):
            first_id(damaged)
    assert may_be_rounded("1079890068867810000") and not may_be_rounded("1079890068867817473")
    assert not may_be_rounded("500000000000000")


MAPPING = ColumnMapping(created_at="date", body="text", symbol="ticker", platform="forum")
HEADER = b"date,text,ticker\n"
ROW = b"2020-01-02T14:30:00Z,up,AAPL\n"


@pytest.fixture
def ids(write):
    def read(*rows):
        path = write("a.csv", HEADER + b"".join(rows))
        told = recognise_file(path, mapping=MAPPING)
        assert "made of its content" in told.why
        return [post["post_id"] for post in Read(path, format="csv", mapping=told.mapping).posts]

    return read


def test_equal_rows_are_one_post_and_any_difference_makes_another(ids):
    others = [ROW.replace(b"up", b"down"), ROW.replace(b"AAPL", b"TSLA"), ROW.replace(b":30:", b":31:")]
    first, second, *rest = ids(ROW, ROW, *others)
    assert first == second
    assert len({first, *rest}) == 4


def test_an_id_is_the_same_on_every_machine(ids):
    assert ids(ROW) == ["content:7190575b3ec89919c72167617950af69"]


def test_a_title_and_a_body_are_one_text(write):
    data = b"title,selftext,when,id\nMoon,soon,1577975400,1\nMoon,,1577975400,2\n,soon,1577975400,3\n"
    told = ColumnMapping(
        post_id="id", created_at="when", body="selftext", title="title", platform="x", time_format="epoch_seconds"
    )
    got = Read(write("a.csv", data), format="csv", mapping=told)
    assert got.bodies == ["Moon\n\nsoon", "Moon", "soon"]


@given(st.none() | st.text(max_size=3), st.none() | st.text(max_size=3))
def test_no_text_is_lost_and_none_is_made(title, body):
    text = titled(title, body)
    for part in (title, body):
        assert not (part or "").strip() or part in text
    if title is None:
        assert text == body
