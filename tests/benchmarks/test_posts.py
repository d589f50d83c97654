import pytest

from emtract.errors import SourceError
from tests.benchmarks.posts import Posts, read_archive


def test_a_smaller_sample_is_the_beginning_of_a_larger_one():
    posts = Posts("x", tuple("abcdefgh"))
    assert posts.sample(8, 7)[:3] == posts.sample(3, 7)
    assert sorted(posts.sample(99, 7)) == list("abcdefgh")
    assert posts.sample(8, 7) != posts.sample(8, 8)


def test_distinct_bodies_keep_the_order_of_their_first_appearance():
    assert Posts("x", ("b", "a", "b")).distinct == ["b", "a"]


def test_a_folder_without_the_archive_says_what_is_missing(tmp_path):
    with pytest.raises(SourceError, match=r"stocknet/tweets.*EMTRACT_DATA"):
        read_archive(tmp_path)


def test_tweets_are_read_in_the_order_of_the_files(tmp_path):
    import zstandard

    folder = tmp_path / "stocknet" / "tweets"
    folder.mkdir(parents=True)
    for name, text in (("B", "second"), ("A", "first")):
        line = f'{{"id_str": "1", "created_at": "Wed Jan 01 00:00:00 +0000 2014", "text": "{text}"}}\n'
        (folder / f"{name}.jsonl.zst").write_bytes(zstandard.compress(line.encode()))
    seen = []
    posts = read_archive(tmp_path, progress=lambda *at: seen.append(at))
    assert posts.rows == ("first", "second")
    assert seen == [(1, 2), (2, 2)]
