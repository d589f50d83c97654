"""Tables of twarc: built here from the published column names, one builder a generation."""

import csv
import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emtract.errors import SourceError
from emtract.ingest.batches import read_posts
from emtract.ingest.posts import twitter_csv
from emtract.ingest.posts.twitter_csv import is_twarc_header

from ..conftest import Read

TIME = "2021-03-04T15:30:01.000Z"
OLDER = [
    *("__twarc.retrieved_at", "attachments.media", "author.created_at", "author.id"),
    *("author.public_metrics.followers_count", "author.username", "author.verified", "author_id", "conversation_id"),
    *("created_at", "entities.cashtags", "id", "in_reply_to_user.id", "lang", "public_metrics.like_count"),
    *("referenced_tweets", "reply_settings", "source", "text", "type", "withheld.copyright"),
]
NEWER = [
    *("id", "conversation_id", "referenced_tweets.replied_to.id", "referenced_tweets.retweeted.id"),
    *("referenced_tweets.quoted.id", "author_id", "in_reply_to_user_id", "retweeted_user_id", "created_at", "text"),
    *("lang", "source", "public_metrics.impression_count", "edit_history_tweet_ids", "entities.cashtags", "author.id"),
    *("author.public_metrics.followers_count", "author.verified", "author.verified_type", "__twarc.version"),
]
JSON2CSV = [
    *("id", "tweet_url", "created_at", "parsed_created_at", "user_screen_name", "text", "tweet_type", "lang"),
    *("retweet_or_quote_id", "retweet_or_quote_user_id", "user_id", "user_followers_count", "user_verified"),
]
COMMON = {"author_id": "70", "created_at": TIME, "lang": "en"}
COMMON |= {"author.public_metrics.followers_count": "12.0", "author.verified": "True"}
OLD_TIME = "Wed Jan 01 03:59:03 +0000 2014"


def table(header, *rows):
    out = io.StringIO()
    writer = csv.DictWriter(out, header, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


@pytest.fixture
def read(write):
    return lambda header, *rows: Read(write("a.csv", table(header, *rows)), format="twarc_csv")


@pytest.mark.parametrize("header", [OLDER, NEWER])
def test_every_column_of_a_tweet(read, header):
    got = read(header, COMMON | {"id": str(2**60 + 1), "text": r"$AAPL up\nand up", "entities.cashtags": CASHTAGS[0]})
    (post,) = got.posts
    assert post.pop("created_at").isoformat() == "2021-03-04T15:30:01+00:00"
    assert post == {
        "line": 2,
        "platform": "twitter",
        "post_id": str(2**60 + 1),
        "author_id": "70",
        "body": "$AAPL up\nand up",
        "followers": 12,
        "verified": True,
        "repost_of": None,
        "sentiment": None,
        "language": "en",
        "in_reply_to": None,
    }
    assert got.symbols == {2: {"AAPL": "both", "IBM": "entity"}}


CASHTAGS = [
    json.dumps([{"start": 0, "end": 5, "tag": "AAPL"}, {"tag": "ibm"}]),
    json.dumps(["$AAPL", "$ibm"]),
    str([{"start": 0, "end": 5, "tag": "AAPL"}, {"tag": "ibm"}]),
    str(["$AAPL", "$ibm"]),
]


@pytest.mark.parametrize("cell", CASHTAGS)
def test_cashtags_in_every_spelling_of_a_list(read, cell):
    got = read(NEWER, COMMON | {"id": "1", "text": "$AAPL up", "entities.cashtags": cell})
    assert got.symbols == {2: {"AAPL": "both", "IBM": "entity"}}


def test_a_retweet_of_the_newer_generation_names_its_original_and_a_quote_does_not(read):
    rows = [{"referenced_tweets.retweeted.id": "9"}, {"referenced_tweets.quoted.id": "9"}, {}]
    got = read(NEWER, *(COMMON | {"id": str(n), "text": "t"} | row for n, row in enumerate(rows)))
    assert [post["repost_of"] for post in got.posts] == ["9", None, None]


def test_a_retweet_of_the_older_generation_takes_the_text_of_the_row_of_its_original(read):
    def row(post_id, text, *references, **more):
        cell = json.dumps([{"type": kind, "id": target} for kind, target in references]) if references else ""
        return COMMON | {"id": post_id, "text": text, "referenced_tweets": cell} | more

    long = "the whole of it about $WYNN"
    got = read(
        OLDER,
        row("1", long, type="retweeted", author_id="71", **{"entities.cashtags": '["$IBM"]'}),
        row("2", "RT @u: the whole\u2026", ("retweeted", "1")),
        row("3", "RT @u: never seen\u2026", ("retweeted", "8")),
        row("4", "I agree", ("quoted", "1"), ("replied_to", "2")),
    )
    assert [(p["post_id"], p["author_id"], p["repost_of"], p["body"]) for p in got.posts] == [
        ("1", "71", None, long),
        ("2", "70", "1", long),
        ("3", "70", "8", "RT @u: never seen\u2026"),
        ("4", "70", None, "I agree"),
    ]
    assert got.symbols == {2: {"WYNN": "cashtag", "IBM": "entity"}, 3: {"WYNN": "cashtag", "IBM": "entity"}}


@pytest.mark.parametrize(
    ("header", "column", "cell"),
    [
        (OLDER, "referenced_tweets", '[{"type": "quoted", "id": "8"}, {"type": "replied_to", "id": "9"}]'),
        (NEWER, "referenced_tweets.replied_to.id", "9"),
        ([*JSON2CSV, "in_reply_to_status_id"], "in_reply_to_status_id", "9"),
    ],
    ids=["older", "newer", "json2csv"],
)
def test_an_answer_names_the_tweet_that_it_answers(read, header, column, cell):
    row = {"id": "1", "text": "so it is", "created_at": OLD_TIME if "user_id" in header else TIME}
    got = read(header, row, row | {"id": "2", column: cell})
    assert [(post["in_reply_to"], post["repost_of"]) for post in got.posts] == [(None, None), ("9", None)]


def test_few_originals_are_held(read, monkeypatch):
    monkeypatch.setattr(twitter_csv, "MAX_ORIGINALS", 2)
    rows = [COMMON | {"id": str(n), "text": f"whole {n}"} for n in range(4)]
    shared = [
        {"id": f"1{n}", "text": "cut", "referenced_tweets": f'[{{"type":"retweeted","id":"{n}"}}]'} for n in (1, 3)
    ]
    assert read(OLDER, *rows, *(COMMON | row for row in shared)).bodies[4:] == ["cut", "whole 3"]


def test_tweets_of_json2csv(read):
    common = {"created_at": OLD_TIME, "user_id": "7", "user_followers_count": "5", "user_verified": "False"}
    rows = [
        {"tweet_type": "original", "text": r"back\nslash"},
        {"tweet_type": "retweet", "text": "RT @x: cut", "retweet_or_quote_id": "9"},
        {"tweet_type": "quote", "text": "two\nlines", "retweet_or_quote_id": "9"},
    ]
    got = read(JSON2CSV, *(common | {"id": str(n)} | row for n, row in enumerate(rows)))
    assert [
        (p["line"], p["author_id"], p["followers"], p["verified"], p["repost_of"], p["body"]) for p in got.posts
    ] == [
        (2, "7", 5, False, None, r"back\nslash"),
        (3, "7", 5, False, "9", "RT @x: cut"),
        (4, "7", 5, False, None, "two\nlines"),
    ]
    assert got.posts[0]["created_at"].isoformat() == "2014-01-01T03:59:03+00:00"


def test_cells_written_as_json(read):
    encoded = {"id": '"1"', "created_at": f'"{TIME}"', "text": json.dumps('a\n"b" \\n'), "author_id": '"70"'}
    more = {"author.public_metrics.followers_count": "12", "author.verified": "true", "entities.cashtags": CASHTAGS[0]}
    (post,) = read(NEWER, encoded | more).posts
    assert [post[k] for k in ("post_id", "author_id", "body", "followers", "verified")] == [
        *("1", "70", 'a\n"b" \\n', 12, True)
    ]
    assert read(NEWER, COMMON | {"id": "1", "text": '"quoted"'}).bodies == ['"quoted"']


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"id": ""}, "missing field"),
        ({"id": "1.4E+18"}, "rounded id"),
        ({"created_at": ""}, "unreadable timestamp"),
        ({"created_at": "2021-03-04 15:30:01"}, "timestamp without zone"),
    ],
)
def test_a_bad_row_is_rejected_by_name_and_its_neighbours_stand(read, change, reason):
    good = COMMON | {"id": "1", "text": "x"}
    got = read(NEWER, good, good | change, good)
    assert got.reasons == [(3, reason)]
    assert [post["line"] for post in got.posts] == [2, 4]


@pytest.mark.parametrize(
    ("change", "note"),
    [
        ({"author.public_metrics.followers_count": "12.3 thousand"}, ("followers", "wrong type")),
        ({"author.public_metrics.followers_count": str(2**63)}, ("followers", "wrong type")),
        ({"author.verified": "perhaps"}, ("verified", "wrong type")),
        ({"entities.cashtags": "[5"}, ("symbol", "wrong type")),
        ({"referenced_tweets.retweeted.id": "1.07989E+18"}, ("repost_of", "rounded id")),
        ({"author_id": "1,07989E+18"}, ("author_id", "rounded id")),
    ],
)
def test_an_optional_field_never_costs_the_post(read, change, note):
    got = read(NEWER, COMMON | {"id": "1", "text": "x"} | change)
    assert (got.reasons, got.notes) == ([], [(2, *note)])


def test_a_chosen_few_columns_are_enough(write):
    data = table(["id", "created_at", "text"], {"id": "1", "created_at": TIME, "text": "x"})
    (post,) = Read(write("a.csv", data), format="twarc_csv").posts
    assert (post["author_id"], post["followers"], post["repost_of"]) == (None, None, None)
    with pytest.raises(SourceError, match="id, created_at, text; columns found: a, b"):
        next(read_posts(write("b.csv", b"a,b\n1,2\n"), format="twarc_csv"))


def test_whose_table_it_is():
    assert all(map(is_twarc_header, (OLDER, NEWER, JSON2CSV, ["id", "created_at", "text", "author_id"])))
    assert not is_twarc_header(["id", "created_at", "text"])
    assert not is_twarc_header(["author_id", "entities.cashtags"])


CELLS = st.text(st.sampled_from('ab$A",[]{}:\n\\1'), max_size=9)


@given(st.lists(st.dictionaries(st.sampled_from(OLDER + NEWER + JSON2CSV), CELLS), max_size=5), st.data())
def test_every_row_is_one_post_or_one_rejection(tmp_path_factory, rows, data):
    header = data.draw(st.sampled_from([OLDER, NEWER, JSON2CSV]))
    good = {name: value for name, value in (COMMON | {"id": "1", "text": "x"}).items() if name in header}
    kept = [good | {name: cell for name, cell in row.items() if name in header} for row in rows]
    path = tmp_path_factory.mktemp("law") / "a.csv"
    path.write_bytes(table(header, good, *kept))
    assert Read(path, format="twarc_csv").rows_read == 1 + len(rows)
