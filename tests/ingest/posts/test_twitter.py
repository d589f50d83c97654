import json

import pytest

from emtract.errors import ConfigError, SourceError
from emtract.ingest.batches import read_posts

from ..conftest import Read, jsonl, pack, tweet

MOMENT = "2014-01-01T03:59:03+00:00"


@pytest.fixture
def read(write):
    return lambda *objects, **more: Read(write("a.jsonl", jsonl(*objects)), format="twitter_v1", **more)


@pytest.fixture
def read_raw(write):
    return lambda data, name="a.jsonl": Read(write(name, data), format="twitter_v1")


def test_every_column_of_a_tweet(read):
    user = {"id": 7, "id_str": "7", "followers_count": 12, "verified": False}
    (post,) = read(tweet(2**60 + 1, user=user, lang="en")).posts
    assert post.pop("created_at").isoformat() == MOMENT
    assert post == {
        "line": 1,
        "platform": "twitter",
        "post_id": str(2**60 + 1),
        "author_id": "7",
        "body": "$AAPL up",
        "followers": 12,
        "verified": False,
        "repost_of": None,
        "sentiment": None,
        "language": "en",
        "in_reply_to": None,
    }


def test_text_is_the_longest_form_the_status_carries(read):
    full = tweet(2, full_text="full")
    del full["text"]
    extended = tweet(3, extended_tweet={"full_text": "all of it $TSLA", "entities": {"symbols": [{"text": "tsla"}]}})
    got = read(tweet(1, "plain"), full, extended, tweet(4, ""))
    assert got.bodies == ["plain", "full", "all of it $TSLA", ""]
    assert got.symbols == {3: {"TSLA": "both"}}


def test_retweet_is_the_retweeters_with_the_text_of_the_original(read):
    original = tweet(1, "Long words about $WYNN and $BRK.B", entities={"symbols": [{"text": "WYNN"}]})
    original |= {"user": {"id": 5, "followers_count": 9_999}, "created_at": "Tue Dec 31 12:33:51 +0000 2013"}
    retweet = tweet(
        2, "RT @x: Long words about $WY\u2026", retweeted_status=original, user={"id": 6, "followers_count": 2}
    )
    retweet |= {"entities": {"symbols": [{"text": "IBM"}, {"text": " "}, {"text": None}]}}
    got = read(retweet)
    post = got.posts[0]
    assert [post[k] for k in ("post_id", "author_id", "followers", "repost_of")] == ["2", "6", 2, "1"]
    assert post["body"] == "Long words about $WYNN and $BRK.B"
    assert post["created_at"].isoformat() == MOMENT
    assert got.symbols[1] == {"WYNN": "both", "BRK-B": "cashtag", "IBM": "entity"}


def test_symbols_are_sought_in_unescaped_text_while_the_body_stays_as_delivered(read):
    got = read(tweet(1, "S&amp;P &#36;SPY $5k $twtr"))
    assert got.bodies == ["S&amp;P &#36;SPY $5k $twtr"]
    assert got.symbols == {1: {"SPY": "cashtag", "TWTR": "cashtag"}}


def test_ids_may_be_numbers_or_text_and_absent_users_are_null(read):
    got = read({"created_at": tweet()["created_at"], "id": "9", "text": "x", "user": None, "entities": None})
    assert [(p["post_id"], p["author_id"], p["followers"]) for p in got.posts] == [("9", None, None)]


def test_emoji_only_and_empty_posts_are_kept(read):
    assert read(tweet(1, "🚀🚀👩‍👩‍👧"), tweet(2, "")).bodies == ["🚀🚀👩‍👩‍👧", ""]


def test_unstorable_characters_are_replaced_and_the_post_is_kept(read_raw):
    texts = [rb"a\u0000b", rb"\ud83d\ude00 \ud800 x", rb"\udc00", rb"\\u0000 \\ud800 \n", rb"\uD83D\uD83D\uDE00"]
    lines = [json.dumps(tweet(n, "TEXT")).encode().replace(b"TEXT", text) for n, text in enumerate(texts)]
    got = read_raw(b"\n".join(lines))
    assert got.bodies == ["a\ufffdb", "😀 \ufffd x", "\ufffd", "\\u0000 \\ud800 \n", "\ufffd😀"]
    assert got.rejected == []


BAD = [
    (b'{"created_at": "Wed Jan 01 03:59:03 +0000 2014", "id": 1, "te', "not JSON"),
    (b"hello", "not JSON"),
    (b"[" * 100_000, "wrong type"),
    (b'{"created_at": "x", "a": ' + b"[" * 100_000, "not JSON"),
    (b'{"a": "\xff"}', "missing field"),
    (json.dumps(tweet()).encode().replace(b"$AAPL", b"\xff"), "not UTF-8"),
    (b"\0" * 64, "NUL byte"),
    (json.dumps(tweet()).encode().replace(b"up", b"u\0p"), "NUL byte"),
    (b"12", "wrong type"),
    (b"null", "wrong type"),
    (b'{"delete": {"status": {"id": 1}}}', "missing field"),
    (json.dumps({k: v for k, v in tweet().items() if k != "text"}).encode(), "missing field"),
    (json.dumps({k: v for k, v in tweet().items() if "id" not in k}).encode(), "missing field"),
    (json.dumps(tweet(" ")).encode(), "missing field"),
    (json.dumps(tweet(1, 5)).encode(), "wrong type"),
    (json.dumps(tweet(created_at=None)).encode(), "wrong type"),
    (json.dumps(tweet("4.18E+17")).encode(), "rounded id"),
]


@pytest.mark.parametrize(
    ("more", "fields"),
    [
        ({"retweeted_status": {"text": "x"}}, ["repost_of"]),
        ({"retweeted_status": {"text": "x", "id_str": "1.4E+18"}}, ["repost_of"]),
        ({"user": {"followers_count": -1}}, ["user.followers_count"]),
        ({"user": {"followers_count": "1,234", "verified": "yes"}}, ["user.followers_count", "user.verified"]),
        ({"user": 5}, ["user"]),
        ({"user": {"id_str": "4,18E+17"}}, ["author_id"]),
        ({"lang": ["en"]}, ["lang"]),
        ({"id": 1.5}, ["id"]),
        ({"entities": {"symbols": [{"text": "TSLA"}, {"text": 5}, 7]}}, ["entities.symbols", "entities.symbols.text"]),
    ],
)
def test_an_optional_field_never_costs_the_post(read_raw, more, fields):
    got = read_raw(jsonl(tweet(1, "x") | more))
    assert got.reasons == []
    assert sorted(field for _, field, _ in got.notes) == sorted(fields)
    listed = read_raw(json.dumps([tweet(1), tweet(2, "x") | more]).encode())
    assert (listed.reasons, sorted(field for _, field, _ in listed.notes)) == ([], sorted(fields))
    if "entities" in more:
        assert got.symbols == {1: {"TSLA": "entity"}}


@pytest.mark.parametrize(("line", "reason"), BAD, ids=lambda value: value if isinstance(value, str) else "")
def test_a_bad_line_is_rejected_by_name_and_its_neighbours_stand(read_raw, line, reason):
    got = read_raw(jsonl(tweet(1)) + line + b"\n\n" + jsonl(tweet(2)))
    assert got.reasons == [(2, reason)]
    assert [post["line"] for post in got.posts] == [1, 4]
    assert len(got.rejected[0]["detail"]) <= 300


@pytest.mark.parametrize(
    ("time", "reason"),
    [
        ("Wed Jan 01 03:59:03 2014", "unreadable timestamp"),
        ("2014-01-01 03:59:03", "unreadable timestamp"),
        ("Mon Feb 30 03:59:03 +0000 2014", "unreadable timestamp"),
        ("Wed Foo 01 03:59:03 +0000 2014", "unreadable timestamp"),
        ("Wed Jan 01 03:59:03 +0000 1970", "timestamp out of range"),
        ("Wed Jan 01 03:59:03 +0000 2100", "timestamp out of range"),
    ],
)
def test_bad_times(read, time, reason):
    assert read(tweet(created_at=time)).reasons == [(1, reason)]


def test_offset_of_a_time_counts(read):
    got = read(tweet(created_at="Wed Jan 01 03:59:03 -0530 2014"))
    assert got.posts[0]["created_at"].isoformat() == "2014-01-01T09:29:03+00:00"


def test_ten_megabyte_line_is_rejected(read_raw):
    got = read_raw(jsonl(tweet(1), tweet(2, "x" * 10_000_000), tweet(3)))
    assert got.reasons == [(2, "line too long")]
    assert len(got.posts) == 2


def test_a_file_of_nothing_but_bad_lines_yields_rejections(read_raw):
    got = read_raw(b"x\n" * 50)
    assert (len(got.rejected), got.posts, got.rows_read) == (50, [], 50)


def test_broken_zstd_yields_the_posts_before_it(read_raw):
    packed = pack(jsonl(*(tweet(n, f"{hash((n, 1))} {n * 7919}") for n in range(20_000))), "zstd")
    got = read_raw(packed[: len(packed) // 2], "a.jsonl.zst")
    assert len(got.posts) > 3_000
    assert got.reasons == [(len(got.posts) + 1, "broken stream")]


def test_a_file_that_is_no_zstd_raises_before_any_batch(write):
    with pytest.raises(SourceError, match="named as zstd"):
        next(read_posts(write("a.jsonl.zst", jsonl(tweet())), format="twitter_v1"))


def test_a_mapping_has_no_place_here(write):
    from .test_tabular import mapping

    with pytest.raises(ConfigError, match="leave the column mapping out"):
        next(read_posts(write("a.jsonl", b""), format="twitter_v1", mapping=mapping()))


@pytest.mark.parametrize(
    ("more", "answered"),
    [
        ({"in_reply_to_status_id": 2**60 + 1}, str(2**60 + 1)),
        ({"in_reply_to_status_id": None, "in_reply_to_status_id_str": "7"}, "7"),
        ({"in_reply_to_user_id": 5}, None),
        ({"in_reply_to_status_id_str": "4.18E+17"}, None),
        ({"in_reply_to_status_id": {"a": 1}}, None),
    ],
)
def test_a_reply_names_the_post_that_it_answers_and_never_costs_the_post(read_raw, more, answered):
    (post,) = read_raw(jsonl(tweet(1, "x") | more)).posts
    assert post["in_reply_to"] == answered
