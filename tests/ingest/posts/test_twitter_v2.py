"""Twitter API v2 in its three shapes; `flattened` writes down what flattening is, as an oracle."""

import json
from copy import deepcopy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ..conftest import SUFFIX, Read, jsonl, pack

TIME = "2021-03-04T15:30:01.000Z"


def tweet(post_id=1, text="$AAPL up", **more):
    return {"id": str(post_id), "text": text, "created_at": TIME, "author_id": "70", "lang": "en"} | more


def user(user_id=70, followers=12, **more):
    return {"id": str(user_id), "username": f"u{user_id}", "public_metrics": {"followers_count": followers}} | more


def retweet(post_id, of, **more):
    return tweet(post_id, f"RT @u: cut\u2026 {of}", referenced_tweets=[{"type": "retweeted", "id": str(of)}], **more)


def page(*tweets, users=(), tweets_included=(), **more):
    includes = {"users": list(users), "tweets": list(tweets_included)}
    return {"data": list(tweets), "includes": includes, "meta": {"result_count": len(tweets)}} | more


def flattened(response):
    """Tweets of a page with authors and referenced tweets expanded in place."""
    includes = response.get("includes", {})
    users = {item["id"]: item for item in includes.get("users", [])}
    tweets = {item["id"]: item for item in includes.get("tweets", [])}
    for item in map(deepcopy, response["data"]):
        item["author"] = users.get(item["author_id"], {})
        if "referenced_tweets" in item:
            item["referenced_tweets"] = [ref | tweets.get(ref["id"], {}) for ref in item["referenced_tweets"]]
        yield item


@pytest.fixture
def read(write):
    def read_bytes(data, name="a.jsonl", **more):
        return Read(write(name, data), format="twitter_v2", **more)

    return read_bytes


def test_every_column_of_a_flattened_tweet(read):
    author = user(verified=True, name="A", verified_type="blue")
    cashtags = [{"start": 0, "end": 5, "tag": "AAPL"}, {"tag": "btc.x"}, {"tag": ""}, {}]
    more = {"edit_history_tweet_ids": ["1"], "conversation_id": "1", "entities": {"cashtags": cashtags}}
    got = read(jsonl(tweet(2**60 + 1, "$AAPL &amp; $MSFT", author=author, **more)))
    (post,) = got.posts
    assert post.pop("created_at").isoformat() == "2021-03-04T15:30:01+00:00"
    assert post == {
        "line": 1,
        "platform": "twitter",
        "post_id": str(2**60 + 1),
        "author_id": "70",
        "body": "$AAPL &amp; $MSFT",
        "followers": 12,
        "verified": True,
        "repost_of": None,
        "sentiment": None,
        "language": "en",
        "in_reply_to": None,
    }
    assert got.symbols == {1: {"AAPL": "both", "MSFT": "cashtag", "BTC.X": "entity"}}


LONG = "the whole of a long post about $WYNN"


@pytest.mark.parametrize("flat", [False, True])
def test_a_retweet_is_the_retweeters_with_the_full_text_and_the_symbols_of_the_original(read, flat):
    note = {"text": LONG, "entities": {"cashtags": [{"tag": "WYNN"}]}}
    original = tweet(1, "the whole of\u2026", author_id="71", note_tweet=note, entities={"cashtags": [{"tag": "IBM"}]})
    shared = retweet(2, 1, entities={"cashtags": [{"tag": "GE"}]})
    found = page(shared, users=[user(70, 3), user(71, 9_999)], tweets_included=[original])
    got = read(jsonl(*flattened(found)) if flat else jsonl(found))
    (post,) = got.posts
    assert [post[k] for k in ("post_id", "author_id", "followers", "repost_of", "body")] == ["2", "70", 3, "1", LONG]
    assert got.symbols == {1: {"WYNN": "both", "IBM": "entity", "GE": "entity"}}


def test_a_retweet_whose_original_is_gone_keeps_its_own_text(read):
    errors = [{"resource_type": "tweet", "value": "1", "title": "Not Found Error"}]
    got = read(jsonl(page(retweet(2, 1), errors=errors)))
    assert [(p["repost_of"], p["body"]) for p in got.posts] == [("1", "RT @u: cut\u2026 1")]


def test_quotes_and_replies_are_no_reposts_and_included_tweets_no_posts(read):
    references = [{"type": "quoted", "id": "8"}, {"type": "replied_to", "id": "9"}]
    got = read(jsonl(page(tweet(1, "mine", referenced_tweets=references), tweets_included=[tweet(8), tweet(9)])))
    assert [(p["post_id"], p["repost_of"], p["body"]) for p in got.posts] == [("1", None, "mine")]
    assert got.symbols == {}


def test_a_long_post_is_read_from_its_note(read):
    assert read(jsonl(tweet(1, "the whole\u2026", note_tweet={"text": LONG}))).bodies == [LONG]
    assert read(jsonl(tweet(1, "short", note_tweet=None), tweet(2, ""))).bodies == ["short", ""]


def shapes():
    items = [tweet(n, f"text {n} $A{n}x") for n in range(1, 8)]
    first, second = page(*items[:3], users=[user()]), page(*items[3:], users=[user()])
    return {
        "flattened": jsonl(*(item | {"author": user()} for item in items)),
        "a page a line": jsonl(first, second),
        "an empty page among others": jsonl(first, {"meta": {"result_count": 0}}, second),
        "one page": json.dumps(page(*items, users=[user()])).encode(),
        "one indented page": json.dumps(page(*items, users=[user()]), indent=2).encode(),
        "list of pages": json.dumps([first, second]).encode(),
        "list of tweets": json.dumps([item | {"author": user()} for item in items]).encode(),
        "stream": jsonl(
            *({"data": i, "includes": {"users": [user()]}, "matching_rules": [{"id": "1", "tag": "x"}]} for i in items)
        ),
        "tweets and a page": jsonl(*(item | {"author": user()} for item in items[:3]), second),
    }


@pytest.mark.parametrize("shape", shapes())
@pytest.mark.parametrize("kind", sorted(SUFFIX))
def test_every_shape_gives_the_same_posts(read, shape, kind):
    got = read(pack(shapes()[shape], kind), f"a.json{SUFFIX[kind]}", batch_rows=3)
    assert [(p["line"], p["post_id"], p["body"], p["followers"]) for p in got.posts] == [
        (n, str(n), f"text {n} $A{n}x", 12) for n in range(1, 8)
    ]
    assert got.rejected == []


TEXTS = st.text(st.sampled_from("ab $AZ.&;\n🚀"), max_size=12)
NOTES = st.none() | st.fixed_dictionaries({"text": TEXTS})
CASHTAGS = st.fixed_dictionaries({"cashtags": st.lists(st.fixed_dictionaries({"tag": TEXTS}), max_size=2)})


@st.composite
def pages(draw):
    """A page whose references may or may not be included, and whose authors may or may not be known."""
    some = st.lists(st.integers(1, 6), unique=True, max_size=6)

    def words(post_id):
        more = {"note_tweet": draw(NOTES), "entities": draw(st.none() | CASHTAGS)}
        if kinds := draw(st.lists(st.sampled_from(["retweeted", "quoted", "replied_to"]), max_size=2)):
            more["referenced_tweets"] = [{"type": kind, "id": str(draw(st.integers(11, 16)))} for kind in kinds]
        return tweet(post_id, draw(TEXTS), author_id=str(draw(st.integers(1, 6))), **more)

    users = [user(n, draw(st.integers(0, 99)), verified=draw(st.booleans())) for n in draw(some)]
    return page(*map(words, draw(some)), users=users, tweets_included=[words(10 + n) for n in draw(some)])


@given(st.lists(pages(), max_size=4))
def test_flattened_and_paged_tweets_are_the_same_posts(tmp_path_factory, found):
    folder = tmp_path_factory.mktemp("law")
    (folder / "flat").write_bytes(jsonl(*(item for each in found for item in flattened(each))))
    (folder / "paged").write_bytes(jsonl(*found))
    flat, paged = (Read(folder / name, format="twitter_v2") for name in ("flat", "paged"))
    skipped = [post | {"line": 0} for post in paged.posts]
    assert skipped == [post | {"line": 0} for post in flat.posts]
    assert list(paged.symbols.values()) == list(flat.symbols.values())
    assert flat.rejected == paged.rejected == []
    assert flat.rows_read == sum(len(each["data"]) for each in found)


BAD = [
    (json.dumps(tweet()).encode()[:-9], "not JSON"),
    (b"\0" * 64, "NUL byte"),
    (json.dumps(tweet()).encode().replace(b"$AAPL", b"\xff"), "not UTF-8"),
    (b"12", "wrong type"),
    (b'{"errors": [{"title": "ConnectionException"}]}', "missing field"),
    (b'{"meta": {"result_count": 2}}', "missing field"),
    (json.dumps(tweet(text=None)).encode(), "missing field"),
    (json.dumps({k: v for k, v in tweet().items() if k != "created_at"}).encode(), "missing field"),
    (json.dumps(tweet(" ")).encode(), "missing field"),
    (json.dumps(tweet("1.4E+18")).encode(), "rounded id"),
    (json.dumps(tweet(created_at="2021-03-04T15:30:01")).encode(), "timestamp without zone"),
    (json.dumps(tweet(created_at="Wed Jan 01 03:59:03 +0000 2014")).encode(), "unreadable timestamp"),
    (json.dumps({"data": 5}).encode(), "wrong type"),
    (json.dumps(tweet(text="x" * 1_100_000)).encode(), "line too long"),
]


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"author": user(followers=-1)}, "author.public_metrics.followers_count"),
        ({"author": user(followers="1.2K")}, "author.public_metrics.followers_count"),
        ({"referenced_tweets": [{"type": "retweeted"}]}, "repost_of"),
        ({"referenced_tweets": [{"type": "retweeted", "id": "1.4E+18"}]}, "repost_of"),
        ({"referenced_tweets": [{"type": 3, "id": "7"}]}, "referenced_tweets.type"),
        ({"author_id": "1.4E+18"}, "author_id"),
        ({"lang": 5}, "lang"),
    ],
)
def test_an_optional_field_never_costs_the_post(read, more, field):
    for data in (jsonl(tweet(1) | more), jsonl({"data": [tweet(1) | more]})):
        got = read(data)
        assert (got.reasons, [note[1] for note in got.notes]) == ([], [field])


@pytest.mark.parametrize(("line", "reason"), BAD, ids=lambda value: value if isinstance(value, str) else "")
def test_a_bad_line_is_rejected_by_name_and_its_neighbours_stand(read, line, reason):
    got = read(jsonl(tweet(1)) + line + b"\n\n" + jsonl(tweet(2)))
    assert got.reasons == [(2, reason)]
    assert [post["line"] for post in got.posts] == [1, 4]
    assert len(got.rejected[0]["detail"]) <= 300


@pytest.mark.parametrize("bad", [{"id": "2"}, tweet(2, 5), 7, tweet(2, "x" * 1_100_000)])
def test_a_bad_tweet_of_a_page_costs_nothing_else(read, bad):
    got = read(jsonl(page(tweet(1), bad, tweet(3))))
    assert [post["post_id"] for post in got.posts] == ["1", "3"]
    assert [line for line, _ in got.reasons] == [2]


@pytest.mark.parametrize("includes", [5, {"users": 5}, {"users": [5, {"id": " "}], "tweets": [{"text": 5}]}, None])
def test_what_a_page_includes_may_be_unreadable_and_its_tweets_stand(read, includes):
    got = read(jsonl(page(tweet(1), retweet(2, 1)) | {"includes": includes}))
    assert [(p["post_id"], p["followers"], p["repost_of"]) for p in got.posts] == [("1", None, None), ("2", None, "1")]


def test_a_page_of_many_megabytes_on_one_line_is_read(read):
    items = [tweet(n, "x" * 10_000) for n in range(1, 401)]
    data = jsonl(page(*items), page(tweet(900)))
    assert len(data) > 4_000_000
    assert [post["post_id"] for post in read(data).posts] == [*map(str, range(1, 401)), "900"]


def test_remedy_for_tweets_asked_for_without_their_time(read):
    assert "tweet.fields" in read(jsonl({"id": "1", "text": "x"})).rejected[0]["detail"]


def test_unstorable_characters_are_replaced_and_the_post_is_kept(read):
    got = read(jsonl(page(tweet(1, "X"))).replace(b'"X"', rb'"\ud83d \u0000"'))
    assert got.bodies == ["\ufffd \ufffd"]


def test_of_a_list_that_is_cut_all_whole_tweets_stand(read):
    got = read(json.dumps([tweet(n) for n in range(50)], indent=1).encode()[:-20])
    assert [post["post_id"] for post in got.posts] == [str(n) for n in range(49)]
    assert [reason for _, reason in got.reasons] == ["not JSON"]


def test_what_is_left_out_of_an_included_user_is_noted_on_its_tweets(read):
    broken = user() | {"public_metrics": {"followers_count": "many"}}
    got = read(jsonl(page(tweet(1), users=[broken])))
    assert [(post["followers"], post["verified"]) for post in got.posts] == [(None, broken.get("verified"))]
    assert got.notes == [(1, "author.public_metrics.followers_count", "wrong type")]
    got = read(jsonl(page(tweet(1), users=[5])))
    assert got.notes == [(1, "author", "damaged includes")]


def test_a_reply_names_the_post_that_it_answers_and_a_quote_none(read):
    replies = [{"type": "quoted", "id": "7"}, {"type": "replied_to", "id": "8"}]
    got = read(jsonl(tweet(1, "x", referenced_tweets=replies), tweet(2, "x", referenced_tweets=replies[:1])))
    assert [post["in_reply_to"] for post in got.posts] == ["8", None]
