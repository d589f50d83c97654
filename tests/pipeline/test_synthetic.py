"""Generated archives: every format is read as what it was, and nothing of a post but its symbols survives."""

import bz2
import gzip
import json
import lzma
import zipfile
from datetime import UTC, datetime

import msgspec
import numpy as np
import polars as pl
import pytest
import zstandard

from emtract.ingest.batches import read_posts
from emtract.ingest.market import read_market
from emtract.ingest.market.prices import read_prices
from emtract.ingest.recognise import recognise_file
from emtract.sources import PriceColumns
from emtract.synthetic import publishers
from emtract.synthetic.stand_in.files import rewrite_numbers, rewrite_posts, rewrite_prices, write_crsp
from emtract.synthetic.stand_in.values import Leaves

FIRST, LAST = datetime(2020, 1, 2, tzinfo=UTC), datetime(2020, 3, 31, tzinfo=UTC)
SECRET = "Zebra Quince"


def leaves(**more):
    return Leaves(np.random.default_rng(1), FIRST, LAST, **{"roles": {}, "time_format": None} | more)


def tweet(number):
    user = {"id": 77, "id_str": "77", "screen_name": SECRET, "followers_count": 512, "location": SECRET}
    return {
        "id": number,
        "id_str": str(number),
        "text": f"{SECRET} $AAPL",
        "created_at": "Thu Jan 02 15:00:00 +0000 2014",
        "user": user,
        "lang": "en",
        "entities": {"symbols": [{"text": "AAPL", "indices": [3, 8]}], "urls": [{"url": f"https://{SECRET}"}]},
        "retweeted_status": {"id": 5, "id_str": "5", "text": f"{SECRET} $MSFT", "user": user},
    }


MESSAGE = {
    "id": 5,
    "body": f"{SECRET} $AAPL",
    "created_at": "2020-01-02T15:00:00Z",
    "user": {"id": 9, "username": SECRET, "followers": 12, "official": True},
    "symbols": [{"id": 1, "symbol": "AAPL", "title": SECRET}],
    "entities": {"sentiment": {"basic": "Bullish"}},
}
V2 = {
    "data": [
        {"id": "1", "text": f"{SECRET} $AAPL", "created_at": "2020-01-02T15:00:00.000Z", "author_id": "9", "lang": "en",
         "referenced_tweets": [{"type": "quoted", "id": "8"}]}
    ],
    "includes": {"users": [{"id": "9", "username": SECRET, "name": SECRET, "public_metrics": {"followers_count": 10}}]},
    "meta": {"newest_id": "1", "oldest_id": "1", "result_count": 1},
}  # fmt: skip
REDDIT = {
    "id": "abc1", "name": "t3_abc1", "author": SECRET, "title": f"{SECRET} $AAPL", "selftext": SECRET, "created_utc": 1577977200,
    "subreddit": "stocks", "score": 4, "permalink": f"/r/{SECRET}", "author_fullname": "t2_x9", "is_self": True,
}  # fmt: skip
FORMATS = {
    "twitter_v1": [tweet(11), tweet(12)],
    "stocktwits": [MESSAGE, MESSAGE | {"id": 6}],
    "twitter_v2": [V2],
    "reddit": [REDDIT, REDDIT | {"id": "abc2", "name": "t3_abc2"}],
}


def posts(path, form):
    batches = list(read_posts(path, format=form))
    return [row for batch in batches for row in batch.posts.to_pylist()], [
        row["symbol"] for batch in batches for row in batch.symbols.to_pylist()
    ]


@pytest.mark.parametrize("form", FORMATS)
def test_a_format_of_documents_stays_what_it_is_and_keeps_nothing_but_symbols(form, tmp_path):
    source, target = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    source.write_text("".join(json.dumps(record) + "\n" for record in FORMATS[form]))
    assert rewrite_posts(source, target, form, leaves(), limit=10) == len(FORMATS[form])
    text = target.read_text()
    assert not {"Zebra", "Quince"} & set(text.replace('"', " ").split())
    assert recognise_file(target).format == form
    before, symbols = posts(source, form)
    after, found = posts(target, form)
    assert len(after) == len(before)
    assert set(found) == set(symbols)
    assert not {row["post_id"] for row in after} & {row["post_id"] for row in before}
    for row in after:
        assert FIRST <= row["created_at"] <= LAST
        assert row["body"]
    assert [row["language"] for row in after] == [row["language"] for row in before]
    assert [row["sentiment"] for row in after] == [row["sentiment"] for row in before]
    assert [row["author_id"] is None for row in after] == [row["author_id"] is None for row in before]
    assert [row["repost_of"] is None for row in after] == [row["repost_of"] is None for row in before]


def test_no_string_of_a_record_passes_unless_it_is_known_to_be_harmless(tmp_path):
    record = {
        "note": "private",
        "deep": {"list": ["private", {"phone": "private"}]},
        "lang": "en",
        "private key!": "x y",
    }
    source, target = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    source.write_text(json.dumps(record) + "\nprivate and broken\n")
    assert rewrite_posts(source, target, "jsonl", leaves(), limit=10) == 2
    assert "private" not in target.read_text()


def test_equal_texts_and_ids_stay_equal():
    mine = leaves()
    assert mine.text("hello $A") == mine.text("hello $A")
    assert mine.value("id", 7) == int(mine.value("id_str", "7"))
    assert mine.value("id", 8) != mine.value("id", 7)


@pytest.mark.parametrize(
    "given", ["2020-01-02T15:00:00Z", "2020-01-02 15:00:00+00:00", "2020-01-02", "Thu Jan 02 15:00:00 +0000 2014"]
)
def test_times_keep_their_form(given):
    drawn = leaves().value("created_at", given)
    assert len(drawn) == len(given)
    assert [c.isdigit() for c in drawn] == [c.isdigit() for c in given]
    assert isinstance(leaves().value("created_utc", 1577977200), int)


def test_a_table_keeps_its_header_and_follows_the_configured_columns(tmp_path):
    source, target = tmp_path / "in.csv", tmp_path / "out.csv"
    source.write_text(f'no,said,day,tick,who\n1,"{SECRET}, up",02.01.2020,AAPL,{SECRET}\n2,down,03.01.2020,MSFT,b\n3,x,04.01.2020,A,c\n')  # fmt: skip  # noqa: E501
    roles = {"no": "id", "said": "text", "day": "time", "tick": "symbol"}
    mine = leaves(roles=roles, time_format="%d.%m.%Y")
    assert rewrite_posts(source, target, "csv", mine, limit=2) == 2
    frame = pl.read_csv(target, infer_schema=False)
    assert frame.columns == ["no", "said", "day", "tick", "who"]
    assert frame["tick"].to_list() == ["AAPL", "MSFT"]
    assert SECRET not in target.read_text()
    assert all(FIRST <= datetime.strptime(day, "%d.%m.%Y").replace(tzinfo=UTC) <= LAST for day in frame["day"])


def test_a_parquet_file_keeps_its_types(tmp_path):
    source, target = tmp_path / "in.parquet", tmp_path / "out.parquet"
    frame = pl.DataFrame({"id": [1, 2], "text": [SECRET, "b"], "created_at": [FIRST, LAST], "score": [1.5, None]})
    frame.write_parquet(source)
    assert rewrite_posts(source, target, "parquet", leaves(), limit=9) == 2
    again = pl.read_parquet(target)
    assert again.schema == frame.schema
    assert SECRET not in again["text"].to_list()


PACKERS = {
    "gz": gzip.compress,
    "bz2": bz2.compress,
    "xz": lzma.compress,
    "zst": lambda data: zstandard.ZstdCompressor().compress(data),
}


@pytest.mark.parametrize("suffix", [*PACKERS, "zip"])
def test_a_packed_file_is_packed_the_same_way_with_the_same_bytes_twice(suffix, tmp_path):
    line = (json.dumps(MESSAGE) + "\n").encode()
    source = tmp_path / f"in.jsonl.{suffix}"
    if suffix == "zip":
        with zipfile.ZipFile(source, "w") as archive:
            archive.writestr("a.jsonl", line)
    else:
        source.write_bytes(PACKERS[suffix](line))
    targets = [tmp_path / f"{n}" / source.name for n in (1, 2)]
    for target in targets:
        assert rewrite_posts(source, target, "stocktwits", leaves(), limit=5) == 1
    assert targets[0].read_bytes() == targets[1].read_bytes()
    assert len(posts(targets[0], "stocktwits")[0]) == 1


def test_prices_keep_days_and_columns_and_are_possible(tmp_path):
    source, target = tmp_path / "A.csv", tmp_path / "out/A.csv"
    source.write_text(
        "Date,Open,High,Low,Close,Adj Close,Volume\n"
        "2020-01-02,10,11,9,10.5,10.5,1000\n2020-01-03,null,null,null,null,null,null\n2020-01-06,10,11,9,10.5,10.5,1000\n"
    )
    assert rewrite_prices(source, target, msgspec.structs.asdict(PriceColumns()), np.random.default_rng(0)) == 3
    before, after = (read_prices(path) for path in (source, target))
    assert after.prices["session"].to_pylist() == before.prices["session"].to_pylist()
    assert after.rejected.num_rows == before.rejected.num_rows
    assert 10.5 not in after.prices["close"].to_pylist()


def test_market_data_keep_their_days_and_symbols_only(tmp_path):
    days = pl.date_range(datetime(2020, 1, 2), datetime(2020, 1, 8), eager=True)  # noqa: DTZ001
    publishers.write_french_factors(
        pl.DataFrame({"session": days, "mkt_rf": [0.0123] * 7, "rf": [0.0001] * 7}), tmp_path / "factors.csv"
    )
    (tmp_path / "earnings.csv").write_text(
        "symbol,announced_on,time,eps,consensus,analysts\nA,2020-01-06,amc,1.23,1.1,12\nB,2020-01-07,bmo,-0.5,-0.4,3\n"
    )
    for name, form, table, column in (
        ("factors", "french_factors", "series", "value"),
        ("earnings", "earnings", "announcements", "eps"),
    ):
        source, target = tmp_path / f"{name}.csv", tmp_path / "out" / f"{name}.csv"
        rewrite_numbers(source, target, form, np.random.default_rng(0))
        before, after = (read_market(path, format=form).tables[table] for path in (source, target))
        keys = [key for key in ("symbol", "name", "session", "announced_on", "timing") if key in before.column_names]
        assert after.select(keys).equals(before.select(keys))
        assert not set(after[column].to_pylist()) & set(before[column].to_pylist())


def test_a_daily_stock_file_is_read_again(tmp_path):
    days = pl.date_range(datetime(2020, 1, 2), datetime(2020, 1, 31), eager=True)  # noqa: DTZ001
    sessions = pl.DataFrame({"symbol": ["A"] * 30 + ["B"] * 30, "session": [*days, *days]})
    assert write_crsp(sessions, tmp_path / "crsp.csv", np.random.default_rng(0)) == 60
    batch = read_market(tmp_path / "crsp.csv", format="crsp_ciz")
    assert batch.tables["prices"].num_rows == 60
    assert batch.rejected.num_rows == 0
