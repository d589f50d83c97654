import pytest

from emtract.errors import ConfigError, SourceError
from emtract.ingest.batches import read_posts
from emtract.ingest.posts.stocktwits import LAYOUTS, stocktwits_mapping

from ..conftest import Read

PER_TICKER = "symbol,message,datetime,user,message_id"


@pytest.fixture
def read(write):
    return lambda text: Read(write("AAPL.csv", text.encode()), format="stocktwits_csv")


def test_every_column_of_a_per_ticker_dump(read):
    got = read(f"{PER_TICKER}\nBTC.X,$BTC.X &amp; $aapl up,2020-01-02 14:30:00,7,9\n")
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
def test_variants_of_dumps(read, header):
    got = read(f"{header}\n{(';' if ';' in header else ',').join(VARIANTS[header])}\n")
    (post,) = got.posts
    assert (post["post_id"], post["author_id"], post["body"]) == ("9", "7", "hi")
    assert post["created_at"].isoformat() == "2020-01-02T14:30:00+00:00"
    assert got.symbols == {2: {"AAPL": "entity"}}


def test_api_objects_flattened_by_pandas(read):
    header = "id,body,created_at,symbols,user.id,user.username,user.followers,entities.sentiment.basic"
    got = read(f"{header}\n9,$BTC.X hi,2020-01-02T14:30:00Z,\"[{{'id': 1, 'symbol': 'BTC.X'}}]\",7,joe,40.0,Bearish\n")
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
def test_sentiment_cells(read, cell, tag):
    got = read(f'id,body,created_at,sentiment\n9,hi,2020-01-02T14:30:00Z,"{cell}"\n')
    assert got.posts[0]["sentiment"] == tag


@pytest.mark.parametrize("cell", ["meh", "1", "{'basic': 'Neutral'}"])
def test_other_sentiments_are_null_and_noted(read, cell):
    got = read(f"id,body,created_at,sentiment\n9,hi,2020-01-02T14:30:00Z,{cell}\n")
    assert (got.reasons, got.notes) == ([], [(2, "sentiment", "unknown sentiment")])
    assert got.posts[0]["sentiment"] is None


def test_columns_that_could_be_anybodys_are_stocktwits_only_where_the_file_is_known_to_be():
    header = ["id", "body", "created_at", "user_id"]
    assert stocktwits_mapping(header) is None
    assert stocktwits_mapping(header, named=True).author_id == "user_id"
    assert stocktwits_mapping([*header, "sentiment"]).sentiment == "sentiment"
    assert stocktwits_mapping(["id", "body"], named=True) is None


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
