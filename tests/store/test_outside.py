"""Scores in files outside the store: read as if they were in it, and nothing else is readable."""

import os

import polars as pl
import pytest

from emtract.errors import StoreError
from emtract.scoring.engine import clean_store
from emtract.scoring.folder import list_shards, load_shards, score_part, write_shards
from emtract.scoring.pending import Scope, ScoreKey, find_pending
from emtract.store import Store
from emtract.store.outside import forget_missing
from tests.conftest import FakeScorer, batch, load_posts, post, source


class Fixed:
    """An instrument that is loaded already."""

    def load(self):
        return FakeScorer()


@pytest.fixture
def scored(tmp_path):
    """A store with six posts of five texts, and a folder of their shards, scored."""
    path, folder = tmp_path / "s.duckdb", tmp_path / "it's shards"
    with Store.open(path) as store:
        moods = ("love", "hate", "fear", "hope", "doubt", "love")
        posts = [post(i, f"I {mood} $A", "2020-01-02T15:00:00", symbols=["A"]) for i, mood in enumerate(moods, start=1)]
        load_posts(store, source(), [batch(*posts)])
        clean_store(store, FakeScorer().cleaner, lambda *_: None)
        write_shards(store, folder, ScoreKey.of(FakeScorer()), size=2)
    score_part(list_shards(folder), Fixed())
    return path, folder


def rows(store):
    return store.sql("SELECT post_key, happy, fear, n_tokens FROM scores ORDER BY post_key")


def test_files_outside_read_like_scores_inside(scored, tmp_path):
    path, folder = scored
    with Store.open(path) as store:
        report = load_shards(store, folder, outside=True)
        assert (report.shards, report.finished, report.texts) == (3, 3, 5)
        assert store.count("text_scores") == 0
        assert load_shards(store, folder, outside=True).texts == 0
    with Store.open(path, read_only=True) as store:
        outside = rows(store)
        assert outside.height == 6
        store.check()
        assert find_pending(store, ScoreKey.of(FakeScorer()), Scope()).texts == 0
        assert store.query("provenance/scorers").rows() == [("fake", "1", FakeScorer.cleaner.version)]
    with Store.open(path) as store:
        store.execute("DELETE FROM outside_shards")
    with Store.open(path) as store:
        load_shards(store, folder)
        assert rows(store).equals(outside)


def test_no_other_file_can_be_read(scored, tmp_path):
    path, folder = scored
    secret = tmp_path / "secret.parquet"
    pl.DataFrame({"a": [1]}).write_parquet(secret)
    with Store.open(path) as store:
        load_shards(store, folder, outside=True)
    for kwargs in ({}, {"read_only": True}):
        with Store.open(path, **kwargs) as store:
            for hostile in (f"SELECT * FROM read_parquet('{secret}')", "SELECT * FROM read_text('/etc/hostname')"):
                with pytest.raises(StoreError, match=r"Permission|permission|disabled"):
                    store.sql(hostile)
            with pytest.raises(StoreError):
                store.execute("SET enable_external_access = true")


def test_a_text_has_one_score_wherever_it_stands(scored, tmp_path):
    path, folder = scored
    with Store.open(path) as store:
        load_shards(store, folder)
        with pytest.raises(StoreError, match="have a score of fake@1 already"):
            load_shards(store, folder, outside=True)
    with Store.open(path) as store:
        store.execute("DELETE FROM text_scores")
        load_shards(store, folder, outside=True)
    with Store.open(path) as store:
        assert load_shards(store, folder).texts == 0
        store.check()


def test_a_file_that_is_gone_is_named_and_can_be_forgotten(scored):
    path, folder = scored
    with Store.open(path) as store:
        load_shards(store, folder, outside=True)
    gone = sorted(folder.glob("*.scores.parquet"))[0]
    gone.unlink()
    with pytest.raises(StoreError, match="shards that are gone"):
        Store.open(path)
    assert forget_missing(path) == 1
    with Store.open(path) as store:
        assert find_pending(store, ScoreKey.of(FakeScorer()), Scope()).texts == 2


def test_a_second_connection_of_the_process_is_shut_in_alike(scored, tmp_path):
    path, folder = scored
    with Store.open(path) as store:
        load_shards(store, folder, outside=True)
    with Store.open(path) as first, Store.open(path) as second:
        assert rows(first).equals(rows(second))
        with pytest.raises(StoreError):
            second.sql("SELECT * FROM read_text('/etc/hostname')")


def swap(target):
    frame = pl.read_parquet(target)
    frame.rename({"happy": "fear", "fear": "happy"}).select(frame.columns).write_parquet(target)


def test_a_file_that_was_changed_is_refused_at_the_next_opening(scored):
    path, folder = scored
    with Store.open(path) as store:
        load_shards(store, folder, outside=True)
    swap(sorted(folder.glob("*.scores.parquet"))[0])
    for read_only in (True, False):
        with pytest.raises(StoreError, match="1 shards that were changed since they were taken in"):
            Store.open(path, read_only=read_only)


def test_a_change_that_keeps_size_and_time_is_found_by_the_digest(scored):
    path, folder = scored
    with Store.open(path) as store:
        load_shards(store, folder, outside=True)
    target = sorted(folder.glob("*.scores.parquet"))[0]
    whole, stat = target.read_bytes(), target.stat()
    target.write_bytes(whole[:40] + bytes([whole[40] ^ 1]) + whole[41:])
    os.utime(target, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    with Store.open(path, read_only=True) as store, pytest.raises(StoreError, match="changed since they were taken in"):
        store.check_outside()


def test_a_copy_of_the_same_bytes_is_no_change(scored):
    path, folder = scored
    with Store.open(path) as store:
        load_shards(store, folder, outside=True)
    for target in folder.glob("*.scores.parquet"):
        os.utime(target, ns=(1, 1))
    with Store.open(path, read_only=True) as store:
        assert rows(store).height == 6
    with Store.open(path):
        pass
    with Store.open(path, read_only=True) as store:
        assert set(store.sql("SELECT modified_ns FROM outside_shards")["modified_ns"]) == {1}


def test_files_of_which_an_older_store_knows_no_size_are_compared_by_digest(scored):
    path, folder = scored
    with Store.open(path) as store:
        load_shards(store, folder, outside=True)
        store.execute("UPDATE outside_shards SET bytes = NULL, modified_ns = NULL")
    with Store.open(path, read_only=True) as store:
        assert rows(store).height == 6
    swap(sorted(folder.glob("*.scores.parquet"))[0])
    with pytest.raises(StoreError, match="changed since"):
        Store.open(path)


@pytest.mark.parametrize("name", ["a*b", "sh[1]", "wh?t", "[!a]", "happy=9", "it's {a,b}"])
def test_a_folder_is_read_by_its_very_name_and_no_other(scored, name):
    path, folder = scored
    asked = folder.rename(folder.with_name(name))
    for other in ("aXb", "sh1", "what", "b", "a"):
        beside = folder.with_name(other)
        beside.mkdir()
        for file in asked.iterdir():
            (beside / file.name).write_bytes(file.read_bytes())
    with Store.open(path) as store:
        assert load_shards(store, asked, outside=True).texts == 5
    for read_only in (True, False):
        with Store.open(path, read_only=read_only) as store:
            assert rows(store).height == 6
            assert store.count("scored_texts") == 5
            assert rows(store)["happy"].max() <= 1
    swap(sorted(folder.with_name("aXb").glob("*.scores.parquet"))[0])
    with Store.open(path, read_only=True) as store:
        assert store.count("scored_texts") == 5
