"""The law of formats: what `recognise` names a format, its reader reads, to the last post, whatever wraps the posts."""

import json
import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emtract.ingest.batches import read_posts
from emtract.ingest.lines import MAX_LINE_BYTES
from emtract.ingest.posts.splitting import split_values
from emtract.ingest.recognise import recognise_file
from emtract.ingest.records import Rejection

from ..conftest import jsonl, message, tweet
from .test_twitter_v2 import page, user
from .test_twitter_v2 import tweet as tweet_v2


def status(n):
    return tweet(n, text=f"body {n}")


def comment(n):
    return {"id": f"c{n}", "created_utc": 1577975400 + n, "body": f"body {n}", "link_id": "t3_1", "author": "a"}


POSTS = {
    "twitter_v1": status,
    "twitter_v2": lambda n: tweet_v2(n, f"body {n}") | {"author": user()},
    "stocktwits": lambda n: message(n, f"body {n}", user={"id": 3, "username": "a"}),
    "reddit": comment,
}


def text(value, indent=None):
    return json.dumps(value, indent=indent, ensure_ascii=False).encode()


WRAPPINGS = {
    "lines": lambda items: jsonl(*items),
    "lines with blank ones between": lambda items: b"\n \n".join(map(text, items)) + b"\n\n",
    "lines that end in CR LF": lambda items: b"\r\n".join(map(text, items)),
    "lines that end in CR": lambda items: b"\r".join(map(text, items)) + b"\r",
    "lines with commas": lambda items: b",\n".join(map(text, items)),
    "lines within brackets": lambda items: b"[\n" + b",\n".join(map(text, items)) + b"\n]\n",
    "commas before": lambda items: b"[" + b"\n, ".join(map(text, items)) + b"]",
    "byte-order mark": lambda items: b"\xef\xbb\xbf" + jsonl(*items),
    "byte-order mark and a list": lambda items: b"\xef\xbb\xbf" + text(items),
    "records separated by RS": lambda items: b"".join(b"\x1e" + text(item) + b"\n" for item in items),
    "no separator": lambda items: b"".join(map(text, items)),
    "spaces": lambda items: b" ".join(map(text, items)),
    "indented": lambda items: b"\n".join(text(item, 2) for item in items),
    "indented with blank lines": lambda items: b"\n\n".join(text(item, "\t") for item in items),
    "list": text,
    "indented list": lambda items: text(items, 4),
    "a list a line": lambda items: b"\n".join(text([item]) for item in items),
    "lists one after another": lambda items: text(items[:1]) + text(items[1:]),
    "list of lists": lambda items: text([items[:1], items[1:]]),
    "script": lambda items: b"window.YTD.tweets.part0 = " + text(items, 2) + b";\n",
    "callback": lambda items: b"jsonp([" + b",".join(map(text, items)) + b"]);",
    "envelopes": lambda items: text([{"tweet": item} for item in items]),
    "envelopes a line": lambda items: jsonl(*({"_id": 1, "_source": item} for item in items)),
    "hits": lambda items: text({"took": 3, "hits": {"total": 9, "hits": [{"_source": item} for item in items]}}),
    "listing": lambda items: text({"kind": "Listing", "data": {"children": [{"kind": "t", "data": i} for i in items]}}),
    "by id": lambda items: text({f"k{number}": item for number, item in enumerate(items)}),
    "a response a line": lambda items: jsonl({"messages": items[:1]}, {"messages": []}, {"messages": items[1:]}),
} | {
    f"{key}{', indented' if indent else ''}": lambda items, key=key, indent=indent: text(
        {"status": 200, key: items, "next": None}, indent
    )
    for key in ("data", "statuses", "messages", "results", "items", "posts", "tweets", "body", "response")
    for indent in (None, 1)
}


@pytest.mark.parametrize("format_", POSTS)
@pytest.mark.parametrize("wrapping", WRAPPINGS)
def test_what_is_told_is_read_to_the_last_post(write, format_, wrapping):
    for count in (2, 5):
        path = write("a.json", WRAPPINGS[wrapping]([POSTS[format_](n) for n in range(1, count + 1)]))
        told = recognise_file(path)
        assert told.format == format_
        batches = list(read_posts(path, format=told.format, mapping=told.mapping))
        assert sum(batch.rejected.num_rows for batch in batches) == 0
        posts = [post for batch in batches for post in batch.posts.to_pylist()]
        assert [post["body"] for post in posts] == [f"body {n}" for n in range(1, count + 1)]
        lines = [post["line"] for post in posts]
        assert lines == sorted(set(lines))


def test_one_indented_post_is_read(write):
    for format_, make in POSTS.items():
        path = write("a.json", text(make(1), 2))
        assert recognise_file(path).format == format_
        (batch,) = read_posts(path, format=format_)
        assert (batch.posts.num_rows, batch.rejected.num_rows) == (1, 0)


TEXTS = st.text(st.characters(codec="utf-8"), max_size=12)
ITEMS = st.lists(
    st.dictionaries(TEXTS, TEXTS | st.integers() | st.lists(st.integers(), max_size=2), max_size=3), max_size=6
)


@given(ITEMS, st.integers(1, 40), st.sampled_from([None, 0, 2]), st.sampled_from([", ", ",\n", "\r\n", "", "\n\n"]))
def test_values_are_split_wherever_the_text_is_cut_into_chunks(items, size, indent, between):
    texts = [json.dumps(item, indent=indent) for item in items]
    listed = json.dumps(items, indent=indent).encode()
    for data in (between.join(texts).encode(), listed):
        chunks = [data[n : n + size] for n in range(0, len(data), size)]
        assert [json.loads(value) for _, value in split_values(chunks)] == items


@given(st.lists(st.integers(), min_size=1, max_size=30), st.integers(8, 60))
def test_a_value_beyond_the_limit_is_opened_and_its_items_keep_what_stands_beside_them(numbers, limit):
    data = json.dumps({"name": "x", "id": 7, "messages": [{"id": n} for n in numbers], "more": 1}).encode()
    values = [json.loads(value) for _, value in split_values([data], limit=limit)]
    if len(values) > 1 or len(numbers) == 1:
        assert [value["messages"][0] for value in values] == [{"id": n} for n in numbers]
        assert all(value["id"] == 7 and value["name"] == "x" for value in values)
    else:
        assert [item["id"] for item in values[0]["messages"]] == numbers


def test_a_large_list_is_read_in_little_memory(write):
    path = write("a.json", text([POSTS["stocktwits"](n) for n in range(40_000)]))
    tracemalloc.start()
    try:
        posts = sum(batch.posts.num_rows for batch in read_posts(path, format="stocktwits", batch_rows=500))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert posts == 40_000
    assert peak < path.stat().st_size


@pytest.mark.parametrize("format_", POSTS)
@pytest.mark.parametrize("indent", [None, 1])
def test_a_damaged_item_of_a_list_costs_itself_alone_where_items_stand_on_lines(write, format_, indent):
    items = [text(POSTS[format_](n), indent).replace(b"\n", b"\n ") for n in range(1, 5)]
    items[1] = items[1].replace(b": ", b" ", 1)
    path = write("a.json", b"[\n " + b",\n ".join(items) + b"\n]")
    (batch,) = read_posts(path, format=format_)
    assert [post["body"] for post in batch.posts.to_pylist()] == ["body 1", "body 3", "body 4"]
    assert batch.rejected["reason"].to_pylist() == ["not JSON"]


def test_items_of_a_list_that_are_no_posts_are_rejected_one_by_one(write):
    path = write("a.json", text({"messages": [message(1), {"id": 2}, 3, message(4)]}))
    (batch,) = read_posts(path, format="stocktwits")
    assert (batch.posts.num_rows, batch.rejected["reason"].to_pylist()) == (2, ["missing field", "wrong type"])


def test_replies_of_a_listing_are_posts_and_stubs_are_none(write):
    listing = lambda *things: {"kind": "Listing", "data": {"children": list(things)}}  # noqa: E731
    more = {"kind": "more", "data": {"children": ["c7"], "count": 1}}
    inner = {"kind": "t1", "data": comment(2) | {"replies": ""}}
    outer = {"kind": "t1", "data": comment(1) | {"replies": listing(inner, more)}}
    post = {"id": "s", "created_utc": 1577975400, "title": "title", "selftext": ""}
    path = write("a.json", text([listing({"kind": "t3", "data": post}), listing(outer, more)]))
    assert recognise_file(path).format == "reddit"
    (batch,) = read_posts(path, format="reddit")
    assert batch.posts["post_id"].to_pylist() == ["t3_s", "t1_c1", "t1_c2"]
    assert batch.rejected.num_rows == 0


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"body": "[deleted]"}, "removed"),
        ({"id": None}, "missing field"),
        ({"created_utc": "soon"}, "unreadable timestamp"),
        ({"body": "x" * (MAX_LINE_BYTES + 1)}, "line too long"),
    ],
)
def test_a_comment_that_is_none_leaves_its_replies_and_their_replies(write, change, reason):
    listing = lambda *things: {"kind": "Listing", "data": {"children": list(things)}}  # noqa: E731
    thing = lambda n, **more: {"kind": "t1", "data": comment(n) | {"replies": ""} | more}  # noqa: E731
    deep = thing(3, replies=listing(thing(4, **change), thing(5)))
    path = write("a.json", text([listing(thing(1, replies=listing(thing(2), deep), **change), thing(6))]))
    (batch,) = read_posts(path, format="reddit")
    assert batch.posts["post_id"].to_pylist() == [f"t1_c{n}" for n in (2, 3, 5, 6)]
    assert batch.rejected["reason"].to_pylist() == [reason, reason]


def test_a_thread_longer_than_one_post_may_be_is_read(write):
    listing = lambda *things: {"kind": "Listing", "data": {"children": list(things)}}  # noqa: E731
    answers = [{"kind": "t1", "data": comment(n) | {"body": "x" * 20_000}} for n in range(2, 80)]
    path = write("a.json", text([listing({"kind": "t1", "data": comment(1) | {"replies": listing(*answers)}})]))
    (batch,) = read_posts(path, format="reddit")
    assert (batch.posts.num_rows, batch.rejected.num_rows) == (79, 0)


@settings(max_examples=300)
@given(st.sampled_from(sorted(POSTS)), st.sampled_from(sorted(WRAPPINGS)), st.integers(0, 10**6), st.binary(max_size=3))
def test_damaged_bytes_are_posts_or_rejections_and_never_an_error(tmp_path_factory, format_, wrapping, place, junk):
    data = WRAPPINGS[wrapping]([POSTS[format_](n) for n in range(1, 4)])
    place %= len(data)
    path = tmp_path_factory.mktemp("a") / "a.json"
    path.write_bytes(data[:place] + junk + data[place + 1 :])
    for batch in read_posts(path, format=format_):
        assert batch.posts.num_rows + batch.rejected.num_rows == batch.rows_read


def test_a_page_of_tweets_without_times_rejects_each(write):
    path = write("a.json", text(page({"id": "1", "text": "a"}, {"id": "2", "text": "b"})))
    (batch,) = read_posts(path, format="twitter_v2")
    assert batch.rejected["reason"].to_pylist() == ["missing field"] * 2


def test_what_cannot_be_split_ends_in_rejections():
    for data in (b"[" * 100_000, b'{"a":' * 100_000, b'["' + b"x" * 1_000, b"[1, 2", b"]]]", b'{"a" 1}', b"\xff\xfe{"):
        assert list(split_values([data], limit=100))
        assert all(isinstance(item, Rejection) or item[1] for item in split_values([data], limit=100))
