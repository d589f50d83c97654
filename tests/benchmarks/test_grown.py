"""A grown archive repeats what repeats, and nothing else."""

import json

import pytest
import zstandard

from emtract.errors import SourceError
from emtract.ingest.batches import read_posts
from tests.benchmarks.grown import grow_archive

CREATED = "Wed Jan 01 03:59:03 +0000 2014"


def tweet(number, text, **more):
    entities = {"symbols": [{"text": "AAPL"}]}
    return {"created_at": CREATED, "id": number, "id_str": str(number), "text": text, "entities": entities, **more}


@pytest.fixture
def tweets(tmp_path):
    folder = tmp_path / "tweets"
    folder.mkdir()
    shared = tweet(5, "moving with $AAPL today")
    retweet = tweet(7, "RT moving with", retweeted_status=shared)
    words = " ".join(f"word{chr(97 + i)}{chr(97 + j)}" for i in range(20) for j in range(20))
    files = {
        "A": [shared, retweet, tweet(6, "another $AAPL")],
        "B": [shared, tweet(8, words)],
    }
    for name, lines in files.items():
        packed = zstandard.compress("\n".join(map(json.dumps, lines)).encode())
        (folder / f"{name}.jsonl.zst").write_bytes(packed)
    return folder


def posts(path):
    return [row for batch in read_posts(path, format="twitter_v1") for row in batch.posts.to_pylist()]


def test_within_a_copy_what_repeats_repeats_and_between_copies_nothing_does(tweets, tmp_path):
    archive = grow_archive(tweets, tmp_path / "grown", 3)
    assert (archive.files, archive.lines) == (6, 15)
    bodies, ids = [], []
    for copy in range(3):
        first, second = (posts(archive.folder / f"{copy:04d}" / f"{name}.jsonl.zst") for name in "AB")
        assert first[0] == second[0] | {"line": 1}
        assert first[1]["body"] == first[0]["body"]
        assert first[1]["repost_of"] == first[0]["post_id"]
        assert first[2]["body"] != first[0]["body"]
        assert first[0]["body"].startswith("moving with $AAPL today ")
        bodies += [row["body"] for row in (first[0], first[2])]
        ids += [row["post_id"] for row in first]
    assert len(set(bodies)) == 6
    assert len(set(ids)) == 9


def test_it_is_the_same_each_time_and_copies_that_exist_stay(tweets, tmp_path):
    one = grow_archive(tweets, tmp_path / "one", 2)
    before = {path: path.stat().st_mtime_ns for path in one.folder.rglob("*.zst")}
    grow_archive(tweets, tmp_path / "one", 3)
    assert all(path.stat().st_mtime_ns == time for path, time in before.items())
    other = grow_archive(tweets, tmp_path / "other", 3)
    for path in one.folder.rglob("*.zst"):
        assert path.read_bytes() == (other.folder / path.relative_to(one.folder)).read_bytes()


def test_a_folder_without_tweets_is_named(tmp_path):
    with pytest.raises(SourceError, match=r"holds no \*\.jsonl\.zst"):
        grow_archive(tmp_path, tmp_path / "grown", 1)
