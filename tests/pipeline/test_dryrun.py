"""A dry run: what it says about files, and that it writes nothing."""

import json
import shutil
from collections import Counter

import pytest

from emtract.cli.previews import describe
from emtract.config import load_settings
from emtract.errors import ConfigError
from emtract.pipeline.dryrun import POSTS, none_read, preview_paths, preview_settings
from emtract.pipeline.loading import ingest
from emtract.pipeline.opening import open_store
from tests.ingest.conftest import jsonl, message, tweet
from tests.prompt import emtract


@pytest.fixture
def archive(tmp_path):
    folder = tmp_path / "archive"
    (folder / "deep").mkdir(parents=True)
    (folder / "a.jsonl").write_bytes(
        jsonl(*(tweet(n, f"$A{n} up") for n in range(1, 21))) + b"bad\n\n" + jsonl(tweet(1))
    )
    (folder / "deep/b.jsonl").write_bytes(jsonl(tweet(1), {"created_at": "x", "id": 5, "text": ""}))
    (folder / "deep/c.csv").write_text(
        "symbol,message,datetime,user,message_id\n'; DROP TABLE posts; --,\x1b[31mhi,2020-01-02 14:30:00,7,9\n"
    )
    (folder / "p.csv").write_text("Date,Open,Close\n")
    (folder / "q.csv").write_text("Date,Open,Close\n")
    return folder


def test_posts_with_damaged_characters_are_counted(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_bytes(jsonl(tweet(1, "$A ðŸš€"), tweet(2, "$A 🚀"), tweet(3, "donâ€™t")))
    (found,) = preview_paths([path])
    assert (found.kept, found.damaged) == (3, 2)


def test_files_that_are_read_alike_are_one_group_with_what_its_lines_hold(archive):
    tweets, dump, refused = preview_paths([archive])
    assert [tweets.format, tweets.mapping, tweets.error] == ["twitter_v1", None, None]
    assert [name.rpartition("/")[2] for name in tweets.files] == ["a.jsonl", "b.jsonl"]
    assert (tweets.lines, tweets.kept, tweets.repeated, tweets.whole) == (24, 22, 2, True)
    assert tweets.reasons == {"not JSON": 1, "unreadable timestamp": 1}
    assert tweets.examples["not JSON"][:2] == (str(archive / "a.jsonl"), 21)
    assert [post["id"] for post in tweets.posts] == [str(n) for n in range(1, POSTS + 1)]
    assert tweets.posts[1] == {
        "line": 2,
        "id": "2",
        "time": "2014-01-01T03:59:03+00:00",
        "author": None,
        "symbols": ["A2"],
        "text": "$A2 up",
    }
    assert (dump.format, dump.mapping["post_id"], dump.mapping["timezone"]) == ("stocktwits_csv", "message_id", "UTC")
    assert None not in dump.mapping.values()
    assert (refused.format, len(refused.files)) == (None, 2)
    assert refused.error.startswith("holds prices")


def test_no_more_than_so_many_lines_of_a_group_are_looked_at(archive):
    tweets, _, _ = preview_paths([archive], lines=7)
    assert (tweets.lines, tweets.kept, tweets.whole) == (7, 7, False)
    assert len(tweets.files) == 2


def test_it_is_plain_data(archive):
    previews = [preview.as_dict() for preview in preview_paths([archive])]
    assert json.loads(json.dumps(previews))[0]["posts"][0]["id"] == "1"


def test_a_file_that_is_cut_shows_it_beside_what_was_read(tmp_path):
    (tmp_path / "a.json").write_text("[" + json.dumps(message(1, user={"id": 1})) + ", {")
    (preview,) = preview_paths([tmp_path / "a.json"])
    assert (preview.format, preview.lines, preview.kept) == ("stocktwits", 2, 1)
    assert preview.reasons == {"not JSON": 1}


def test_the_files_of_a_configuration_and_their_mappings(archive, tmp_path):
    shutil.copy(archive / "a.jsonl", tmp_path / "b.jsonl")
    (tmp_path / "e.toml").write_text(
        '[store]\npath = "s.duckdb"\n[[posts]]\nfiles = "archive"\n[[posts]]\nfiles = "b.jsonl"\n'
        'format = "stocktwits"\n'
    )
    read = preview_settings(load_settings(tmp_path / "e.toml"))
    assert [preview.format for preview in read] == ["twitter_v1", "stocktwits_csv", "stocktwits", None]
    assert (read[2].files, read[2].why, read[2].kept) == (("b.jsonl",), "the configuration says so", 0)
    assert not (tmp_path / "s.duckdb").exists()


def test_nothing_is_written_and_a_path_without_files_is_named(archive, tmp_path):
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    preview_paths([archive])
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before
    with pytest.raises(ConfigError, match=r"there is no file .*nowhere"):
        preview_paths([tmp_path / "nowhere"])


@pytest.mark.real_data
def test_stocknet_is_recognised_and_stockemotions_asks_for_a_mapping(data):
    (tweets,) = preview_paths([data / "stocknet" / "tweets"])
    assert (tweets.format, len(tweets.files), tweets.lines, tweets.kept) == ("twitter_v1", 87, 10_000, 10_000)
    (refused,) = preview_paths([data / "stockemotions" / "train.csv"])
    assert refused.format is None
    for hint in (
        'post_id = "id", created_at = "date"',
        'time_format = "end_of_day"',
        'body = "original", symbol = "ticker"',
    ):
        assert hint in refused.error


MARKET = """
[store]
path = "s.duckdb"
authors = "hashed"
[[posts]]
files = "posts/*"
format = "reddit"
bare_symbols = true
[[prices]]
files = "prices/*.csv"
[[market]]
files = "announced.csv"
format = "earnings"
columns = { symbol = "who", announced_on = "when", eps = "eps", consensus = "forecast" }
[[market]]
files = "split.csv"
format = "earnings"
"""


@pytest.fixture
def market(tmp_path):
    for name in ("posts", "prices"):
        (tmp_path / name).mkdir()
    reddit = {"id": "a1", "created_utc": 1577975400, "author": "u", "body": "buy GMX now"}
    (tmp_path / "posts/r.jsonl").write_bytes(jsonl(reddit))
    header = "Date,Open,High,Low,Close,Adj Close,Volume\n"
    day = "2020-01-0{},10,11,9,{},10,5\n"
    (tmp_path / "prices/GMX.csv").write_text(
        header + day.format(2, 10) + day.format(3, 10) + "2020-13-01,1,1,1,1,1,1\n"
    )
    # A second file of the same symbol and day, at another price, which the store refuses; and no table of prices.
    (tmp_path / "prices/again.csv").write_text(header.replace("Date", "Symbol,Date") + "GMX," + day.format(3, 10.5))
    (tmp_path / "prices/other.csv").write_text("a,b\n1,2\n")
    (tmp_path / "announced.csv").write_text("who,when,eps,forecast\nGMX,2020-01-02,1.2,1.0\nGMX,never,1.2,1.0\n")
    (tmp_path / "split.csv").write_text("x,y\n1,2\n")
    (tmp_path / "e.toml").write_text(MARKET)
    return tmp_path


def test_market_files_are_read_as_ingest_reads_them_and_nothing_is_written(market):
    settings = load_settings(market / "e.toml")
    before = sorted(market.rglob("*"))
    shown = preview_settings(settings)
    assert sorted(market.rglob("*")) == before
    posts, prices, announced, *refused = shown
    assert posts.posts[0]["symbols"] == ["GMX"], "named without $, as its prices let it be"
    assert (prices.kind, prices.files) == ("prices", ("prices/GMX.csv", "prices/again.csv"))
    assert announced.mapping["announced_on"] == "when" and "announced.csv" in announced.files
    with open_store(settings) as store:
        report = ingest(settings, store)
        kept = store.sql("SELECT reason, count(*) AS n FROM quarantine WHERE line > 0 GROUP BY reason").rows()
    assert (prices.lines, prices.kept) == (report.prices.read - 1, report.prices.kept)
    assert (announced.lines, announced.kept) == (report.market.read - 1, report.market.kept)
    assert dict(kept) == Counter(prices.reasons) + Counter(announced.reasons) and sum(dict(kept).values()) == 3
    assert [preview.files for preview in refused] == [("prices/other.csv",), ("split.csv",)]
    assert all(f"{preview.files[0]} {preview.error}" in " ".join(report.unreadable) for preview in refused)


def test_where_nothing_can_be_read_it_says_so_and_fails(tmp_path):
    assert not none_read([])
    (tmp_path / "p.csv").write_text("a,b\n1,2\n")
    (tmp_path / "e.toml").write_text('[store]\npath = "s.duckdb"\n[[prices]]\nfiles = "p.csv"\n')
    for more in (("--dry-run",), ("--dry-run", "p.csv"), ()):
        done = emtract("ingest", "-c", "e.toml", *more, cwd=tmp_path)
        assert done.returncode == 1 and "can be read" in done.stderr.replace("could", "can")
        assert done.stderr.count("\n") == 1 and "columns" in done.stdout


def test_columns_that_nothing_reads_are_told_of_all_files(tmp_path):
    (tmp_path / "a.csv").write_text("id,created_at,body,sentiment,likes\n1,2020-01-02T15:00:00Z,hi $A,bullish,3\n")
    (tmp_path / "b.csv").write_text("id,created_at,body,sentiment,<b>source\n2,2020-01-02T15:00:00Z,hi $B,bearish,x\n")
    [preview] = preview_paths([tmp_path])
    assert (preview.kept, preview.unread) == (2, ("likes", "<b>source"))
    assert any(line.split() == ["not", "read", "likes,", "<b>source"] for line in describe(preview))
