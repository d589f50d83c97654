import json

import pytest

from emtract.errors import ConfigError, SourceError
from emtract.ingest.batches import read_posts
from emtract.ingest.posts.stocktwits import LAYOUTS, stocktwits_mapping

from ..conftest import SUFFIX, Read, jsonl, message, pack


@pytest.fixture
def read(write):
    def read_bytes(data, name="a.json", **more):
        return Read(write(name, data), format="stocktwits", **more)

    return read_bytes


def shapes():
    items = [message(n, f"body {n}") for n in range(1, 8)]
    response = {"response": {"status": 200}, "symbol": {"id": 1}, "messages": items}
    return {
        "lines": jsonl(*items),
        "list": json.dumps(items).encode(),
        "indented list": json.dumps(items, indent=2).encode(),
        "response": json.dumps(response).encode(),
        "indented response": b"\n" + json.dumps(response, indent=1).encode(),
        "a response a line": jsonl({"messages": items[:3]}, {"messages": []}, {"messages": items[3:]}),
        "list of responses": json.dumps([{"messages": items[:3]}, {"messages": items[3:]}]).encode(),
    }


@pytest.mark.parametrize("shape", shapes())
@pytest.mark.parametrize("kind", sorted(SUFFIX))
def test_every_shape_gives_the_same_posts(read, shape, kind):
    got = read(pack(shapes()[shape], kind), f"a.json{SUFFIX[kind]}", batch_rows=3)
    lines = [post["line"] for post in got.posts]
    assert [(post["post_id"], post["body"]) for post in got.posts] == [(str(n), f"body {n}") for n in range(1, 8)]
    assert lines == sorted(set(lines))
    assert got.rejected == []


def test_every_column_of_a_message(read):
    user = {"id": 3, "username": "a", "followers": 40, "official": True}
    symbols = [{"id": 1, "symbol": "BTC.X"}, {"symbol": "AAPL"}, {"symbol": ""}, {"symbol": None}]
    got = read(jsonl(message(9, "$AAPL &amp; $MSFT it&#39;s", user=user, symbols=symbols)))
    (post,) = got.posts
    assert post.pop("created_at").isoformat() == "2020-01-02T14:30:00+00:00"
    assert post == {
        "line": 1,
        "platform": "stocktwits",
        "post_id": "9",
        "author_id": "3",
        "body": "$AAPL &amp; $MSFT it&#39;s",
        "followers": 40,
        "verified": True,
        "repost_of": None,
        "sentiment": None,
        "language": None,
        "in_reply_to": None,
    }
    assert got.symbols == {1: {"AAPL": "both", "MSFT": "cashtag", "BTC.X": "entity"}}


@pytest.mark.parametrize(
    ("entities", "tag"),
    [
        ({"sentiment": {"basic": "Bullish"}}, "bullish"),
        ({"sentiment": {"basic": "Bearish"}}, "bearish"),
        ({"sentiment": {"basic": None}}, None),
        ({"sentiment": {}}, None),
        ({"sentiment": None}, None),
        ({}, None),
        (None, None),
    ],
)
def test_sentiment_in_all_its_spellings(read, entities, tag):
    assert read(jsonl(message(entities=entities))).posts[0]["sentiment"] == tag


def test_a_message_without_entities_has_no_sentiment(read):
    assert read(jsonl(message())).posts[0]["sentiment"] is None


def test_reshare_names_its_original_and_borrows_its_words_only_where_it_has_none(read):
    original = {"message": {"id": 5, "body": "the original"}}
    got = read(jsonl(message(6, "", reshare_message=original), message(7, "mine", reshare_message=original)))
    assert [(post["repost_of"], post["body"]) for post in got.posts] == [("5", "the original"), ("5", "mine")]
    assert read(jsonl(message(6, reshare_message=None))).posts[0]["repost_of"] is None


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (message(created_at="2020-01-02T14:30:00"), "timestamp without zone"),
        (message(created_at="yesterday"), "unreadable timestamp"),
        (message(created_at="1970-01-02T14:30:00Z"), "timestamp out of range"),
        ({"id": 1, "created_at": "2020-01-02T14:30:00Z"}, "missing field"),
        ({"id": 1, "body": "x"}, "missing field"),
        ({"body": "x", "created_at": "2020-01-02T14:30:00Z"}, "missing field"),
        ({"response": {"status": 429}, "errors": [{"message": "Rate limit exceeded"}]}, "missing field"),
    ],
)
def test_a_bad_message_is_rejected_in_lines_and_in_lists(read, bad, reason):
    items = [message(1), bad, message(3)]
    for data in (jsonl(*items), json.dumps(items).encode()):
        got = read(data)
        assert got.reasons == [(2, reason)]
        assert [post["line"] for post in got.posts] == [1, 3]


def test_zone_remedy_is_named(read):
    assert "`timezone`" in read(jsonl(message(created_at="2020-01-02T14:30:00"))).rejected[0]["detail"]


def test_truncated_first_line_does_not_spoil_the_rest(read):
    got = read(jsonl(message(1))[:40] + b"\n" + jsonl(message(2)))
    assert got.reasons == [(1, "not JSON")]
    assert [post["line"] for post in got.posts] == [2]


def test_nul_bytes_and_lone_surrogates(read):
    surrogate = jsonl(message(2, "X")).replace(b'"X"', rb'"\ud83d \u0000"')
    got = read(b"\0" * 20 + b"\n" + surrogate)
    assert got.reasons == [(1, "NUL byte")]
    assert got.bodies == ["\ufffd \ufffd"]
    assert read(b"[" + surrogate + b"]").bodies == ["\ufffd \ufffd"]


@pytest.mark.parametrize("as_list", [True, False])
def test_ten_megabyte_message_is_rejected_wherever_it_stands(read, as_list):
    items = [message(1, "x" * 10_000_000), message(2)]
    got = read(json.dumps(items).encode() if as_list else jsonl(*items))
    assert got.reasons == [(1, "line too long")]
    assert [post["line"] for post in got.posts] == [2]
    assert read(jsonl(items[0])).reasons == [(1, "line too long")]


def test_of_a_list_that_is_cut_all_whole_messages_stand(read):
    items = [message(n, f"{n**9:x}" * 20) for n in range(5_000)]
    for indent in (0, None):
        whole = json.dumps(items, indent=indent).encode()
        plain, packed = read(whole[:-20]), read(pack(whole, "zstd")[:-60], "a.json.zst")
        assert [post["post_id"] for post in plain.posts] == [str(n) for n in range(4_999)]
        assert [reason for _, reason in plain.reasons] == ["not JSON"]
        assert 0 < len(packed.posts) < 5_000
        assert packed.reasons[-1][1] == "broken stream"


def test_an_empty_file_has_no_batches(write):
    assert list(read_posts(write("a.json", b" \n\n"), format="stocktwits")) == []


PER_TICKER = "symbol,message,datetime,user,message_id"


@pytest.fixture
def dump(write):
    return lambda text: Read(write("AAPL.csv", text.encode()), format="stocktwits_csv")


def test_every_column_of_a_per_ticker_dump(dump):
    got = dump(f"{PER_TICKER}\nBTC.X,$BTC.X &amp; $aapl up,2020-01-02 14:30:00,7,9\n")
    (post,) = got.posts
    assert post.pop("created_at").isoformat() == "2020-01-02T14:30:00+00:00"
    assert post == {
        "line": 2,
        "platform": "stocktwits",
        "post_id": "9",
        "author_id": "7",
        "body": "$BTC.X &amp; $aapl up",
        "followers": None,
        "verified": None,
        "repost_of": None,
        "sentiment": None,
        "language": None,
        "in_reply_to": None,
    }
    assert got.symbols == {2: {"BTC.X": "both", "AAPL": "cashtag"}}


VARIANTS = {
    PER_TICKER: ("AAPL", "hi", "2020-01-02T14:30:00Z", "7", "9"),
    f",{PER_TICKER}": ("0", "AAPL", "hi", "2020-01-02T14:30:00Z", "7", "9"),
    "Symbol,Message,Datetime,User,Message_ID": ("AAPL", "hi", "2020-01-02 14:30:00", "7", "9"),
    "id,body,created_at,user_id,symbol,sentiment": ("9", "hi", "2020-01-02T14:30:00Z", "7", "AAPL", "Bullish"),
    "message_id,user_id,created_at,symbol,body": ("9", "7", "2020-01-02T14:30:00Z", "AAPL", "hi"),
    "ticker;message_id;created_at;user;message": ("AAPL", "9", "2020-01-02 14:30:00", "7", "hi"),
}


@pytest.mark.parametrize("header", VARIANTS)
def test_variants_of_dumps(dump, header):
    got = dump(f"{header}\n{(';' if ';' in header else ',').join(VARIANTS[header])}\n")
    (post,) = got.posts
    assert (post["post_id"], post["author_id"], post["body"]) == ("9", "7", "hi")
    assert post["created_at"].isoformat() == "2020-01-02T14:30:00+00:00"
    assert got.symbols == {2: {"AAPL": "entity"}}


def test_api_objects_flattened_by_pandas(dump):
    header = "id,body,created_at,symbols,user.id,user.username,user.followers,entities.sentiment.basic"
    got = dump(f"{header}\n9,$BTC.X hi,2020-01-02T14:30:00Z,\"[{{'id': 1, 'symbol': 'BTC.X'}}]\",7,joe,40.0,Bearish\n")
    (post,) = got.posts
    assert [post[k] for k in ("author_id", "followers", "sentiment")] == ["7", 40, "bearish"]
    assert got.symbols == {2: {"BTC.X": "cashtag"}}


@pytest.mark.parametrize(
    ("cell", "tag"),
    [
        *[("", None), ("None", None), ("nan", None), ("Bullish", "bullish"), ("bearish", "bearish")],
        *[("{'basic': 'Bullish'}", "bullish"), ('{""sentiment"": {""basic"": ""Bearish""}}', "bearish")],
        *[("{'sentiment': None}", None), ("{'basic': None}", None), ("{}", None)],
    ],
)
def test_sentiment_cells(dump, cell, tag):
    got = dump(f'id,body,created_at,sentiment\n9,hi,2020-01-02T14:30:00Z,"{cell}"\n')
    assert got.posts[0]["sentiment"] == tag


@pytest.mark.parametrize("cell", ["meh", "1", "{'basic': 'Neutral'}"])
def test_other_sentiments_are_null_and_noted(dump, cell):
    got = dump(f"id,body,created_at,sentiment\n9,hi,2020-01-02T14:30:00Z,{cell}\n")
    assert (got.reasons, got.notes) == ([], [(2, "sentiment", "unknown sentiment")])
    assert got.posts[0]["sentiment"] is None


def test_columns_that_could_be_anybodys_are_stocktwits_only_where_the_file_is_known_to_be():
    header = ["id", "body", "created_at", "user_id"]
    assert stocktwits_mapping(header) is None
    assert stocktwits_mapping(header, named=True).author_id == "user_id"
    assert stocktwits_mapping([*header, "sentiment"]).sentiment == "sentiment"
    assert stocktwits_mapping(["id", "body"], named=True) is None


@pytest.mark.parametrize("header", [("id", "created_at", "body", "sentiment"), ("message_id", "datetime", "message")])
@pytest.mark.parametrize("name", ["user_id", "userid", "user", "author_id", "author"])
def test_the_author_is_found_under_each_of_its_usual_names(header, name):
    assert stocktwits_mapping([*header, name]).author_id == name


def test_layouts_are_in_lower_case_and_every_time_is_utc():
    for layout in LAYOUTS:
        names = {layout.post_id, layout.created_at, layout.body, *layout.marks, *layout.hints}
        assert names == {name.lower() for name in names}
        assert stocktwits_mapping(sorted(names)).timezone == "UTC"


def test_a_dump_without_rows_has_no_posts_and_another_table_is_refused_with_its_columns(write):
    assert list(read_posts(write("a.csv", PER_TICKER.encode()), format="stocktwits_csv")) == []
    with pytest.raises(SourceError, match=r"StockTwits dump.*columns found: a, b"):
        next(read_posts(write("b.csv", b"a,b\n1,2\n"), format="stocktwits_csv"))
    with pytest.raises(ConfigError, match="telegraph"):
        next(read_posts(write("b.csv", b"a,b\n1,2\n"), format="telegraph"))


@pytest.mark.parametrize(
    ("conversation", "answered"),
    [
        (
            {"in_reply_to_message_id": 69051919, "parent_message_id": 69014307, "parent": False, "replies": 5},
            "69051919",
        ),
        ({"in_reply_to_message_id": None, "parent_message_id": 9, "parent": True, "replies": 1}, None),
        (None, None),
        (5, None),
    ],
)
def test_a_reply_names_the_message_that_it_answers(read, conversation, answered):
    (post,) = read(jsonl(message(9, "x", conversation=conversation))).posts
    assert post["in_reply_to"] == answered
