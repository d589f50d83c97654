import json
import zipfile
from datetime import UTC, datetime
from functools import partial

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from emtract.ingest.archives import MEMBER_LINES
from emtract.ingest.formats import read_records
from emtract.ingest.posts.decoding import decode_line
from emtract.ingest.posts.reddit import DECODER, parse_thing
from emtract.ingest.records import Rejection

from ..conftest import SUFFIX, jsonl, pack, pack_zip

#: A comment as dumps of 2006 have it, and what those of 2024 add or change.
COMMENT = {
    "author": "someone",
    "author_flair_css_class": None,
    "body": "up &amp; $GME",
    "controversiality": 0,
    "created_utc": 1136074029,
    "distinguished": None,
    "edited": False,
    "gilded": 0,
    "id": "c3717",
    "link_id": "t3_3dvfx",
    "parent_id": "t1_c3713",
    "retrieved_on": 1473820870,
    "score": 1,
    "stickied": False,
    "subreddit": "reddit.com",
    "subreddit_id": "t5_6",
}
LATE = {
    "_meta": {"retrieved_2nd_on": 1706875209},
    "author_fullname": "t2_145ffw",
    "created": 1706745600.0,
    "created_utc": 1706745600.0,
    "edited": 1706745700.0,
    "id": "kod0bkd",
    "mod_reports": [],
    "name": "t1_kod0bkd",
    "replies": "",
    "subreddit_type": "public",
}
SUBMISSION = {
    "author": "someone",
    "created_utc": 1612137600,
    "domain": "self.wallstreetbets",
    "edited": False,
    "id": "l9x2zq",
    "is_self": True,
    "media": None,
    "num_comments": 3,
    "over_18": False,
    "permalink": "/r/wallstreetbets/comments/l9x2zq/title/",
    "selftext": "Some $AMC too",
    "subreddit": "wallstreetbets",
    "title": "GME &gt; $TSLA",
    "url": "https://www.reddit.com/r/wallstreetbets/comments/l9x2zq/title/",
}


read_reddit = partial(read_records, format="reddit")


def parse(*things, known=frozenset()):
    line = json.dumps(dict(pair for thing in things for pair in thing.items())).encode()
    return parse_thing(decode_line(line, DECODER), known)


def rejected(write, *things):
    (item,) = read_reddit(write("a", jsonl(dict(pair for thing in things for pair in thing.items()))))
    assert isinstance(item, Rejection)
    return item.reason


def test_a_comment_of_2006():
    post = parse(COMMENT)
    assert (post.platform, post.post_id, post.author_id, post.body) == (
        "reddit",
        "t1_c3717",
        "someone",
        "up &amp; $GME",
    )
    assert post.created_at == datetime(2006, 1, 1, 0, 7, 9, tzinfo=UTC).timestamp() * 1e6
    assert (post.followers, post.verified, post.repost_of, post.sentiment, post.language) == (None,) * 5
    assert post.symbols == {"GME": "cashtag"}


@pytest.mark.parametrize(
    ("parent", "answered"),
    [("t3_l9x2zq", "t3_l9x2zq"), ("t1_c3717", "t1_c3717"), ("c3717", "t1_c3717"), (43, "t1_17"), (None, None)],
)
def test_a_comment_answers_a_submission_or_a_comment(parent, answered):
    assert parse(COMMENT, {"parent_id": parent}).in_reply_to == answered
    assert parse(SUBMISSION).in_reply_to is None


def test_a_comment_of_2024():
    post = parse(COMMENT, LATE)
    assert (post.post_id, post.author_id) == ("t1_kod0bkd", "t2_145ffw")
    assert post.created_at == 1706745600_000_000


def test_a_submission_is_its_title_and_its_text():
    post = parse(SUBMISSION)
    assert (post.post_id, post.body) == ("t3_l9x2zq", "GME &gt; $TSLA\n\nSome $AMC too")
    assert post.symbols == {"TSLA": "cashtag", "AMC": "cashtag"}


@pytest.mark.parametrize("selftext", ["", None, "  \n", "[removed]", "[deleted]", "[ Removed by Reddit ]"])
def test_a_submission_without_a_text_of_its_own_is_its_title(selftext):
    assert parse(SUBMISSION, {"selftext": selftext, "is_self": False}).body == "GME &gt; $TSLA"


@pytest.mark.parametrize(
    "text",
    [
        "[removed]",
        "[deleted]",
        " [Deleted]\n",
        "[deleted by user]",
        "[removed by moderator]",
        "[ Removed by Reddit ]",
        "[ Removed by reddit in response to a copyright notice. ]",
        "[ Removed by reddit on account of violating the [content policy](/help/contentpolicy). ]",
    ],
)
def test_what_was_removed_before_it_was_archived_is_rejected(write, text):
    assert rejected(write, COMMENT, {"body": text}) == "removed"
    assert rejected(write, SUBMISSION, {"title": text, "selftext": "[removed]"}) == "removed"
    assert rejected(write, SUBMISSION, {"title": text, "selftext": ""}) == "removed"
    assert parse(SUBMISSION, {"title": text}).body == "Some $AMC too"


@pytest.mark.parametrize(
    "text", ["[deleted] was here", "[removed my stop]", "deleted", "", "[deleted by user]\nbut", "🚀"]
)
def test_what_only_looks_removed_is_kept(text):
    assert parse(COMMENT, {"body": text}).body == text


@pytest.mark.parametrize("author", ["[deleted]", "[removed]", None, ""])
def test_authors_that_are_nobody(author):
    assert parse(COMMENT, {"author": author}).author_id is None
    assert parse(SUBMISSION, {"author": author}).author_id is None


def test_the_account_goes_before_its_name_and_a_deleted_one_has_none():
    assert parse(COMMENT, {"author_fullname": None}).author_id == "someone"
    assert parse(COMMENT, {"author": "[deleted]", "author_fullname": "t2_x"}).author_id is None


@pytest.mark.parametrize("created", [1577975400, 1577975400.0, "1577975400", "1577975400.0"])
def test_times(created):
    assert parse(COMMENT, {"created_utc": created}).created_at == 1577975400_000_000


@pytest.mark.parametrize(
    ("thing", "post_id"),
    [
        ({"id": "c1"}, "t1_c1"),
        ({"id": "t1_c1"}, "t1_c1"),
        ({"id": 45568804275, "name": None}, "t1_kxmhmer"),
        ({"id": 0}, "t1_0"),
        ({"id": 1, "name": "t1_kod"}, "t1_kod"),
        ({"id": None, "name": "t1_kod"}, "t1_kod"),
        ({"id": "12345"}, "t1_12345"),
    ],
)
def test_ids(thing, post_id):
    assert parse(COMMENT, {"parent_id": 45568804275, "link_id": 1}, thing).post_id == post_id


def test_a_crosspost_names_its_original():
    assert (
        parse(SUBMISSION, {"crosspost_parent": "t3_abc", "crosspost_parent_list": [{"id": "abc"}]}).repost_of
        == "t3_abc"
    )
    assert parse(SUBMISSION, {"crosspost_parent": None}).repost_of is None


def test_bare_names_count_where_symbols_are_known():
    known = frozenset({"GME", "AMC", "TSLA", "AMP"})
    assert parse(SUBMISSION, known=known).symbols == {"TSLA": "cashtag", "AMC": "cashtag", "GME": "name"}
    assert parse(COMMENT, {"body": "AT&amp;T, GME&amp;AMC, not AMC"}, known=known).symbols == {"AMC": "name"}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"id": None}, "missing field"),
        ({"id": ""}, "missing field"),
        ({"id": -1}, "wrong type"),
        ({"id": 1.5}, "wrong type"),
        ({"body": None}, "missing field"),
        ({"body": ["a"]}, "wrong type"),
        ({"created_utc": None}, "missing field"),
        ({"created_utc": False}, "wrong type"),
        ({"created_utc": "soon"}, "unreadable timestamp"),
        ({"created_utc": 0}, "timestamp out of range"),
    ],
)
def test_a_bad_line_is_rejected_by_name_and_its_neighbours_stand(write, change, reason):
    first, bad, last = read_reddit(write("a", jsonl(COMMENT, COMMENT | change, SUBMISSION)))
    assert [first[0], bad[:2], last[0]] == [1, (2, reason), 3]


def test_an_object_of_neither_kind_is_rejected(write):
    assert rejected(write, {"id": "abc", "created_utc": 1, "display_name": "stocks"}) == "missing field"


@pytest.mark.parametrize("kind", sorted(SUFFIX))
def test_a_file_may_hold_both_kinds(write, kind):
    path = write(f"a{SUFFIX[kind]}", pack(jsonl(COMMENT) + b"\n" + jsonl(SUBMISSION), kind))
    assert [(line, post.post_id) for line, post in read_reddit(path)] == [(1, "t1_c3717"), (3, "t3_l9x2zq")]


def test_a_dump_of_the_longest_window(write):
    parameters = zstandard.ZstdCompressionParameters.from_level(1, window_log=31, enable_ldm=False)
    packed = zstandard.ZstdCompressor(compression_params=parameters).compressobj()
    path = write("RC_2024-01.zst", packed.compress(jsonl(COMMENT)) + packed.flush())
    assert len(list(read_reddit(path))) == 1


def test_dumps_within_an_archive(write):
    archive = pack_zip({"RS.zst": pack(jsonl(SUBMISSION), "zstd"), "RC.jsonl": jsonl(COMMENT)}, zipfile.ZIP_STORED)
    assert [(line, post.post_id) for line, post in read_reddit(write("a.zip", archive))] == [
        (1, "t1_c3717"),
        (MEMBER_LINES + 1, "t3_l9x2zq"),
    ]


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=9)
    | st.sampled_from(["[removed]", "$A"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.just("id"), inner, max_size=1),
    max_leaves=4,
)
FIELDS = st.sampled_from([*COMMENT, *LATE, *SUBMISSION, "crosspost_parent"])


@given(st.lists(st.dictionaries(FIELDS, JSON, max_size=5) | st.binary(min_size=1, max_size=9), max_size=6))
def test_every_line_is_one_post_or_one_rejection(tmp_path_factory, changes):
    path = tmp_path_factory.mktemp("law") / "a"
    lines = [jsonl(COMMENT | x)[:-1] if isinstance(x, dict) else b"x" + b"".join(x.splitlines()) for x in changes]
    path.write_bytes(b"\n".join(lines))
    assert [item[0] for item in read_reddit(path)] == list(range(1, len(changes) + 1))
