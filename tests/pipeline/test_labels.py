"""What options say of columns and labels, and how ids and labels of a file are read."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emtract.emotions import EMOTIONS
from emtract.errors import SourceError
from emtract.ingest.posts.post import first_id
from emtract.ingest.records import LineError
from emtract.pipeline.labels import find_reading, parse_columns, parse_labels, read_ids, read_labels


def find(names, **said):
    return find_reading("f.csv", names, **({"label": None, "columns": None, "labels": None} | said))


def test_labels_are_the_emotions_and_what_the_map_makes_of_others():
    known = parse_labels(" Joy = happy , 0=neutral,a=b=fear,")
    assert (known["joy"], known["0"], known["a=b"]) == ("happy", "neutral", "fear")
    assert all(known[emotion] == emotion for emotion in EMOTIONS)
    assert parse_labels("sad=fear")["sad"] == "fear"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("joy", "--map 'joy'"),
        ("joy=", "--map 'joy='"),
        ("joy=glad", "'glad', which is no emotion"),
        ("a=sad,A=fear", "two"),
    ],
)
def test_a_map_that_is_none_is_refused(text, words):
    with pytest.raises(SourceError, match=words):
        parse_labels(text)


def test_a_map_may_be_a_file_of_pairs(tmp_path):
    path = tmp_path / "map.txt"
    path.write_bytes("\ufeffJoy=happy\r\n\r\nwell, then=neutral\r\n".encode())
    known = parse_labels(str(path))
    assert (known["joy"], known["well, then"], known["sad"]) == ("happy", "neutral", "sad")
    for content, words in (
        (b"joy\n", "--map 'joy': write"),
        (b"joy=glad\n", "no emotion"),
        (b"\xff\xfej\x00", "UTF-8 file that has such a pair on each line"),
    ):
        path.write_bytes(content)
        with pytest.raises(SourceError, match=words) as told:
            parse_labels(str(path))
        assert "\n" not in str(told.value)


def test_columns_of_probabilities_have_the_names_that_are_given_or_the_emotions_own():
    assert parse_columns("Happy=p joy, sad=p_sad") == {"happy": "p joy", "sad": "p_sad"}
    for text, words in (("joy=x", "no emotion"), ("happy=x,sad=x", "x twice"), ("happy", "--columns 'happy'")):
        with pytest.raises(SourceError, match=words):
            parse_columns(text)
    assert find([*EMOTIONS, "label"]).label is None
    assert find(EMOTIONS, columns="happy=surprise").columns == {e: e for e in EMOTIONS if e != "surprise"} | {
        "happy": "surprise"
    }
    assert find(["happy", "joy"], columns="sad=joy").columns == {"happy": "happy", "sad": "joy"}
    assert find([*EMOTIONS, "mood"], label="mood").label == "mood"
    assert find([*EMOTIONS, "label"], labels="joy=happy").label == "label"


def test_probabilities_are_numbers_or_null():
    frame = pl.DataFrame({"happy": ["0.5", " 1 ", "x", None, "NaN"]})
    read = find(["happy"], columns="happy=happy").select(frame)
    assert read["happy"].to_list()[:4] == [0.5, 1.0, None, None] and read["happy"].is_nan()[4]
    assert read["fear"].to_list() == [0.0] * 5 and read["reason"].null_count() == 5


def test_stances_are_read_where_the_file_has_both():
    assert find([*EMOTIONS, "bearish", "bullish"]).tags == {"bearish": "bearish", "bullish": "bullish"}
    assert find([*EMOTIONS, "bullish"]).tags == {} == find(EMOTIONS).tags
    assert find([*EMOTIONS, "down", "bullish"], columns="bearish=down").tags == {
        "bearish": "down",
        "bullish": "bullish",
    }
    by_label = find(["label", "down", "up"], columns="Bearish=down,bullish=up", label="label")
    assert (by_label.label, by_label.tags) == ("label", {"bearish": "down", "bullish": "up"})
    with pytest.raises(SourceError, match="a column of bullish alone: name the columns of bearish and bullish"):
        find([*EMOTIONS, "up"], columns="bullish=up")
    with pytest.raises(SourceError, match="give one of the two"):
        find(["label", "joy", "down", "up"], columns="happy=joy,bearish=down,bullish=up", label="label")


def test_a_stance_that_is_no_number_is_not_taken_for_none():
    frame = pl.DataFrame({e: ["0"] * 5 for e in EMOTIONS}).with_columns(
        bearish=pl.Series(["0.5", "bear", None, "nan", ""]), bullish=pl.Series(["0.25", "0.5", " ", "None", "1"])
    )
    read = find(frame.columns).select(frame)
    assert read["bearish"].to_list()[0] == 0.5 and read["bearish"].is_nan()[1]
    # In a table of text the word NaN says that nothing is there, as it does beside a label.
    assert read["bearish"].is_null().to_list() == [False, False, True, True, True]
    assert read["bullish"].is_null().to_list() == [False, False, True, True, False]


def test_labels_without_meaning_are_told_apart_from_missing_ones():
    read = read_labels(pl.Series(["Happy ", "awe", None, "nan", ""]), parse_labels(""))
    assert read["emotion"].to_list() == ["happy", None, None, None, None]
    assert read["reason"].to_list() == [None, "unknown label", "missing label", "missing label", "missing label"]
    with pytest.raises(SourceError, match="lists or objects"):
        read_labels(pl.Series("l", [["happy"]]), {})


def alone(cell):
    try:
        return first_id(cell)
    except LineError:
        return None


@given(
    st.lists(st.one_of(st.none(), st.text(max_size=12), st.integers(0, 2**62).map(str), st.just("1e17")), max_size=9)
)
def test_ids_are_read_as_those_of_posts_are(cells):
    read = read_ids(pl.Series("id", cells, dtype=pl.String))
    assert read["post_id"].to_list() == [alone(cell) for cell in cells]
    assert (read["post_id"].is_null() == read["reason"].is_not_null()).all()


@given(st.lists(st.one_of(st.none(), st.integers(-5, 2**62))), st.booleans())
def test_ids_that_are_numbers_are_those_of_their_digits(numbers, as_float):
    kept = [n for n in numbers if n is None or n >= 0]
    read = read_ids(pl.Series("id", kept, dtype=pl.Float64 if as_float else pl.Int64))
    wanted = [None if n is None or (as_float and float(n) >= 2**53) else str(n) for n in kept]
    assert read["post_id"].to_list() == wanted


def test_ids_of_single_precision_are_read_where_it_holds_them():
    read = read_ids(pl.Series("id", [16777215, 16777217, None, 7], dtype=pl.Float32))
    assert read["post_id"].to_list() == ["16777215", None, None, "7"]
    assert read["reason"].to_list() == [None, "rounded id", "missing field", None]
