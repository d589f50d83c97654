"""What a file is told to be, and what is refused with what to do about it."""

import json
import re

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emtract.errors import SourceError
from emtract.ingest.batches import read_posts
from emtract.ingest.posts.tabular import ColumnMapping
from emtract.ingest.recognise import HEAD_BYTES, read_head, recognise, recognise_file

from .conftest import SUFFIX, jsonl, message, pack, tweet
from .posts.test_twitter_csv import JSON2CSV, NEWER, OLDER
from .posts.test_twitter_v2 import page, user
from .posts.test_twitter_v2 import tweet as tweet_v2

MAPPING = ColumnMapping(post_id="id", created_at="when", body="words", platform="forum")
USER = {"id": 3, "username": "a"}
COMMENT = {"id": "c1", "created_utc": 1577975400, "body": "x", "link_id": "t3_1", "author": "a"}
RETWEET = tweet_v2(2, "RT", referenced_tweets=[{"type": "retweeted", "id": "1"}])
KNOWN = {
    "v1 statuses": ("twitter_v1", jsonl(tweet(1), tweet(2, full_text="x"))),
    "v1 stream with deletions": ("twitter_v1", jsonl({"delete": {"status": {"id": 1}}}, tweet(1))),
    "v1 after a cut line": ("twitter_v1", b'{"created_at": "We\n' + jsonl(tweet(1))),
    "v2 flattened": ("twitter_v2", jsonl(tweet_v2(1) | {"author": user()})),
    "v2 without times": ("twitter_v2", jsonl({"id": "1", "text": "x", "edit_history_tweet_ids": ["1"]})),
    "v2 pages": ("twitter_v2", jsonl(page(tweet_v2(1), RETWEET, users=[user()]))),
    "v2 one indented page": ("twitter_v2", json.dumps(page(tweet_v2(1), users=[user()]), indent=2).encode()),
    "v2 page longer than the head": ("twitter_v2", json.dumps(page(*map(tweet_v2, range(9999)))).encode()),
    "v2 list": ("twitter_v2", json.dumps([tweet_v2(1), tweet_v2(2)]).encode()),
    "v2 stream": ("twitter_v2", jsonl({"data": tweet_v2(1), "matching_rules": [{"id": "1"}]})),
    "stocktwits lines": ("stocktwits", jsonl(message(1, user=USER), message(2, symbols=[]))),
    "stocktwits response": ("stocktwits", json.dumps({"response": {}, "messages": [message(1, user=USER)]}).encode()),
    "stocktwits indented list": ("stocktwits", json.dumps([message(1, user=USER)], indent=2).encode()),
    "reddit comments": ("reddit", jsonl(COMMENT)),
    "reddit submissions": ("reddit", jsonl({"id": "s1", "created_utc": "1577975400", "title": "x", "selftext": ""})),
    "twarc-csv, older": ("twarc_csv", ",".join(OLDER).encode() + b"\n"),
    "twarc-csv, newer": ("twarc_csv", ",".join(NEWER).encode() + b"\n"),
    "json2csv": ("twarc_csv", ",".join(JSON2CSV).encode() + b"\r\n"),
    "stocktwits dump": ("stocktwits_csv", b"symbol,message,datetime,user,message_id\n"),
    "stocktwits dump with tabs": ("stocktwits_csv", b"\xef\xbb\xbfsymbol\tmessage\tdatetime\tuser\tmessage_id\n"),
}


@pytest.mark.parametrize("case", KNOWN)
@pytest.mark.parametrize("kind", sorted(SUFFIX))
def test_what_emtract_knows_is_told_and_can_be_read_so(write, case, kind):
    expected, data = KNOWN[case]
    path = write(f"posts{SUFFIX[kind]}", pack(data, kind))
    got = recognise_file(path)
    assert got.format == expected
    assert len(got.why) > 20
    assert (got.mapping is not None) == (expected == "stocktwits_csv")
    list(read_posts(path, format=got.format, mapping=got.mapping))


def test_a_mapping_goes_first_wherever_the_file_has_its_columns():
    assert recognise("a", b"id,when,words\n", mapping=MAPPING).format == "csv"
    assert recognise("a", jsonl({"id": 1, "when": 2, "words": "x"}), mapping=MAPPING).format == "jsonl"
    nested = ColumnMapping(post_id="post.id", created_at="when", body="post.text", platform="x")
    assert recognise("a", jsonl({"post": {"id": 1, "text": "x"}, "when": 2}), mapping=nested).mapping == nested
    for got in (recognise("a", jsonl(tweet(1)), mapping=MAPPING), recognise("a", b"id;when;words\n", mapping=MAPPING)):
        assert got.mapping == (None if got.format == "twitter_v1" else MAPPING)


def test_parquet_is_told_by_its_bytes_and_its_columns(tmp_path):
    path = tmp_path / "any name"
    pq.write_table(pa.table({"id": ["1"], "when": ["2020-01-02T14:30:00Z"], "words": ["x"]}), path)
    assert recognise_file(path, mapping=MAPPING).format == "parquet"
    with pytest.raises(SourceError, match=r"Parquet.*its columns: id, when, words.*posts\.columns"):
        recognise_file(path)
    pq.write_table(pa.table({key: ["1"] for key in ["symbol", "message", "datetime", "user", "message_id"]}), path)
    got = recognise_file(path)
    assert (got.format, got.mapping.post_id, got.mapping.timezone) == ("parquet", "message_id", "UTC")
    path.write_bytes(path.read_bytes()[:40])
    with pytest.raises(SourceError, match="damaged or cut"):
        recognise_file(path)


def test_json_lines_of_a_dump_are_read_by_its_mapping():
    row = {"symbol": "A", "message": "x", "datetime": "2020-01-02 14:30:00", "user": 1, "message_id": 2}
    got = recognise("a.jsonl", jsonl(row))
    assert (got.format, got.mapping.body) == ("jsonl", "message")


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "is empty"),
        (b" \n ", "is empty"),
        (b"\x00\x01\x02", "NUL"),
        (b"Dear reader\nhow are you\n", "neither JSON nor a table.*Dear reader"),
        (b"id,date,original\n1,2,3\n", 'its columns: id, date, original.*post_id = "id".*body = "original"'),
        (b"Date,Open,High,Low,Close,Adj Close,Volume\n", r"holds prices, not posts.*\[\[prices\]\]"),
        (b'{"a": 1, "b\\u0000": 2}\n', r"JSON.*its columns: a, b.*posts\.columns"),
        (b'{"a": ', "fetch it again"),
        (b"[1, 2]", "fetch it again"),
        (jsonl(tweet(1), tweet(2), tweet_v2(3)), r"mixes twitter_v1 \(2\) and twitter_v2 \(1\): split it"),
        (jsonl({"data": [{"id": "1", "username": "a"}]}), "JSON of no dump"),
    ],
)
def test_what_cannot_be_told_is_refused_with_what_to_do(data, words):
    with pytest.raises(SourceError, match=words):
        recognise("a.txt", data)


def test_a_mapping_whose_columns_the_file_lacks_names_them():
    with pytest.raises(SourceError, match=r"without the mapping's columns when, words; its columns: id, a"):
        recognise("a.csv", b"id,a\n", mapping=MAPPING)


def test_columns_that_could_be_anybodys_need_the_name():
    assert recognise("StockTwits_AAPL.csv", b"id,body,created_at,user_id\n").format == "stocktwits_csv"
    with pytest.raises(SourceError, match=r"posts\.columns"):
        recognise("AAPL.csv", b"id,body,created_at,user_id\n")


def test_no_more_than_the_head_is_read_and_that_only_where_the_start_does_not_tell(write, monkeypatch):
    path = write("a", b'{"data": [' + b" " * 3_000_000 + json.dumps(tweet_v2(1)).encode() + b"]}")
    assert [len(read_head(path, limit)) for limit in HEAD_BYTES] == list(HEAD_BYTES)
    with pytest.raises(SourceError, match="1,048,5"):
        recognise_file(path)
    late = write("b", b" " * 100_000 + jsonl(tweet(1)))
    assert recognise_file(late).format == "twitter_v1"


def test_a_zip_archive_is_told_by_its_first_member(tmp_path):
    from zipfile import ZipFile

    with ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("a/posts.jsonl", jsonl(tweet(1)))
        archive.writestr("b/posts.jsonl", jsonl(tweet(2)))
    assert recognise_file(tmp_path / "a.zip").format == "twitter_v1"


@pytest.mark.parametrize(
    "data", [b"\x28\xb5\x2f\xfd" + b"\xff" * 40, b"\x1f\x8b\x08\x00garbage", "a,b".encode("utf-16")]
)
def test_a_stream_that_is_damaged_at_its_start_is_refused(write, data):
    with pytest.raises(SourceError):
        recognise_file(write("a", data))


def test_hostile_names_of_columns_are_shown_harmless():
    with pytest.raises(SourceError) as refused:
        recognise("a", ("'; DROP TABLE posts; --,\ud800x,id\n").encode("utf-8", "surrogatepass"))
    assert "'; DROP TABLE posts; --" in str(refused.value)
    str(refused.value).encode()


@given(st.binary(max_size=300), st.sampled_from([b"", b"{", b"[", b"id,text,", *(data for _, data in KNOWN.values())]))
def test_whatever_the_bytes_are_they_are_told_or_refused(noise, start):
    try:
        got = recognise("a", start[:2_000] + noise)
    except SourceError as error:
        assert str(error).startswith("a ")
    else:
        assert got.why


@given(st.sampled_from(sorted(KNOWN)), st.integers(400, 3_000))
def test_a_head_that_is_cut_tells_the_same_as_the_whole(case, size):
    expected, data = KNOWN[case]
    if len(data) > size:
        assert recognise("a", data[:size]).format == expected


def test_tweets_about_companies_are_told_and_their_symbols_file_is_refused_with_a_remedy(write):
    header = b"tweet_id,writer,post_date,body,comment_num,retweet_num,like_num\n"
    path = write("Tweet.csv", header + b"550441509175443456,VisualStockRSRC,1420070457,lx21 made $10 on $AAPL,0,0,1\n")
    told = recognise_file(path)
    (batch,) = read_posts(path, format=told.format, mapping=told.mapping)
    (post,) = batch.posts.to_pylist()
    assert (post["platform"], post["author_id"]) == ("twitter", None)
    assert post["created_at"].isoformat() == "2015-01-01T00:00:57+00:00"
    with pytest.raises(SourceError, match="say symbols_file"):
        recognise("Company_Tweet.csv", b"tweet_id,ticker_symbol\n550803612197457920,AAPL\n")


@pytest.mark.real_data
def test_every_real_file_of_posts_is_read_or_refused_in_a_sentence(data):
    files = [*data.glob("stocktwits/api/*.json"), *data.glob("twitter_v1/*.json"), *data.glob("labelled/*.csv")]
    assert len(files) >= 15
    for path in [*files, *data.glob("stockemotions/*.csv"), *data.glob("crowdflower/*.csv")]:
        try:
            told = recognise_file(path)
        except SourceError as error:
            assert "posts.columns" in str(error), path
            continue
        batches = list(read_posts(path, format=told.format, mapping=told.mapping))
        posts = sum(batch.posts.num_rows for batch in batches)
        assert posts > 0, path
        assert sum(batch.rejected.num_rows for batch in batches) <= posts // 100, path


HINTED = {
    "pmaw.csv": ",author_fullname,body,created_utc,id\n0,t2_x,$GME up,1611862661,gl1\n",
    "praw.csv": "title,id,created,body\nOn $GME,l6,1611862661.0,\n",
    "millis.json": '[{"tweet_id": 1572, "timestamp": 1663596000000, "text": "up", "user": "44"}]',
    "snscrape.jsonl": '{"id": 1, "date": "2022-09-19T14:00:00+00:00", "rawContent": "up", "user": {"id": 4}, "cashtags": []}\n',
    "naive.csv": "post_id,datetime,tweet\n1,2022-09-19 14:00:00,up\n",
    "days.csv": "post_id,date,text\n1,2022-09-19,up\n",
}


@pytest.mark.parametrize("name", HINTED)
def test_a_hint_as_it_stands_reads_the_file(write, name):
    path = write(name, HINTED[name].encode())
    with pytest.raises(SourceError) as refused:
        recognise_file(path)
    columns = dict(re.findall(r'(\w+) = "([^"]+)"', str(refused.value)))
    told = recognise_file(path, mapping=ColumnMapping(platform="x", **columns))
    (batch,) = read_posts(path, format=told.format, mapping=told.mapping)
    assert (batch.posts.num_rows, batch.rejected.num_rows) == (1, 0)


@pytest.mark.parametrize(
    ("data", "remedy"),
    [
        (b'{"id":{"0":1,"1":2},"text":{"0":"a","1":"b"}}', 'orient="records"'),
        (b'{"columns":["id","text"],"index":[0],"data":[[1,"a"]]}', 'orient="records"'),
        (b"{'id': 5, 'body': 'up'}\n", "json.dumps"),
        (b'"{\\"id\\": 5, \\"body\\": \\"up\\"}"\n', "jq -r ."),
        ("id,text\n1,up\n".encode("utf-16-le"), "iconv -f UTF-16LE -t UTF-8"),
    ],
)
def test_text_that_another_program_spoilt_is_refused_with_what_undoes_it(data, remedy):
    with pytest.raises(SourceError, match=re.escape(remedy)):
        recognise("posts", data)


def test_one_nul_byte_costs_its_line_and_not_the_file(write):
    path = write("a.jsonl", jsonl(tweet(1), tweet(2)) + b'{"id": 3, \0\n')
    (batch,) = read_posts(path, format=recognise_file(path).format)
    assert (batch.posts.num_rows, [row["reason"] for row in batch.rejected.to_pylist()]) == (2, ["NUL byte"])


@pytest.mark.parametrize("first", ["sep=;\n", '"sep=;"\r\n', "\ufeffSEP=;\n"])
def test_the_line_by_which_excel_tells_its_delimiter_is_no_header(write, first):
    path = write("a.csv", (first + "id;at;text\n1;2020-01-02T15:00:00Z;up\n").encode())
    told = recognise_file(path, mapping=ColumnMapping(post_id="id", created_at="at", body="text", platform="x"))
    (batch,) = read_posts(path, format=told.format, mapping=told.mapping)
    assert [(post["post_id"], post["line"]) for post in batch.posts.to_pylist()] == [("1", 3)]


def test_numbers_that_python_writes_for_missing_are_null(write):
    kept = json.dumps({**tweet(1), "text": 'NaN "NaN", \\', "user": {"id": 5, "followers_count": float("nan")}})
    path = write("a.jsonl", (kept + "\n" + json.dumps({**tweet(2), "coordinates": [float("-inf")]}) + "\n").encode())
    (batch,) = read_posts(path, format=recognise_file(path).format)
    first, second = batch.posts.to_pylist()
    assert (first["body"], first["followers"], second["post_id"]) == ('NaN "NaN", \\', None, "2")
    assert batch.rejected.num_rows == batch.notes.num_rows == 0


def test_a_column_of_sentiments_is_no_time():
    with pytest.raises(SourceError, match="posts without times cannot be placed"):
        recognise("a.csv", b"tweet_id,sentiment,content\n1,sad,down\n")
