"""Texts read without firm and date: each distinct one once, kept beside the output, and never in the store."""

from collections import Counter

import numpy as np
import polars as pl
import pytest

from emtract.emotions import EMOTIONS
from emtract.errors import ModelError
from emtract.scoring import score_store
from emtract.scoring.pending import ScoreKey
from emtract.scoring.variants import (
    VARIANTS,
    Cache,
    instead,
    read_variants,
    stored_readings,
    texts_to_audit,
    variants_of,
    with_changes,
)
from emtract.store import Store
from emtract.text.identities import CHANNELS
from emtract.text.neutral import own_terms
from tests.conftest import FakeScorer, batch, load_posts, post, source

KINDS = ("words", "emoji_only")
BODIES = [
    "apple is great",
    "$AAPL apple is great",
    "elon 😱 in q2",
    "nothing here",
    "nothing here",
    "🚀",
    "",
    "tesla and elon up",
]


def silent(what, done, total):
    del what, done, total


@pytest.fixture
def store(tmp_path, scorer):
    with Store.open(tmp_path / "s.duckdb") as opened:
        rows = [post(i + 1, b, f"2014-01-0{i + 1}T15:00", symbols=["AAPL"][: i % 2]) for i, b in enumerate(BODIES)]
        load_posts(opened, source(), [batch(*rows)])
        score_store(opened, scorer)
    with Store.open(tmp_path / "s.duckdb", read_only=True) as opened:
        yield opened


@pytest.fixture
def key(scorer):
    return ScoreKey.of(scorer)


def test_readable_texts_come_once_with_their_posts_days_and_symbols(store, key):
    found = {row["text"]: row for row in texts_to_audit(store, key, kinds=KINDS).iter_rows(named=True)}
    assert set(found) == {
        "apple is great", "<ticker> apple is great", "elon 😱 in q2", "nothing here", "tesla and elon up", "🚀",
    }  # fmt: skip
    twice = found["nothing here"]
    assert (twice["posts"], twice["symbols"], str(twice["first"]), str(twice["last"])) == (
        2,
        ["AAPL"],
        "2014-01-04",
        "2014-01-05",
    )


def test_the_seed_decides_which_texts_are_drawn(store, key):
    def drawn(seed, most=3):
        return texts_to_audit(store, key, kinds=KINDS, most=most, seed=seed)["text"].to_list()

    assert drawn(1) == drawn(1) and len(drawn(1)) == 3
    assert len({tuple(drawn(seed)) for seed in range(12)}) > 3
    assert drawn(1) == drawn(1, most=None)[:3]
    assert texts_to_audit(store, ScoreKey("other", "1", key.cleaner), kinds=KINDS).is_empty()


def test_each_variant_holds_the_texts_that_it_changes(store, key):
    texts = ["apple is great", "nothing here", "tesla and elon up in q2"]
    changed = variants_of(texts, own_terms())
    assert tuple(changed) == VARIANTS == (*CHANNELS, "all", "placebo")
    told = {name: dict(zip(c.places.tolist(), c.texts, strict=True)) for name, c in changed.items()}
    assert told["names"] == {0: "<ticker> is great", 2: "<ticker> and elon up in q2"}
    assert told["people"] == {2: "tesla and <user> up in q2"}
    assert told["all"] == {0: "<ticker> is great", 2: "<ticker> and <user> up in date"}
    assert told["products"] == told["tickers"] == told["events"] == {}
    assert set(told["placebo"]) == {0, 2} and "apple" in told["placebo"][0]
    assert changed["placebo"].texts == variants_of(texts, own_terms())["placebo"].texts


def test_each_distinct_text_is_read_once_and_an_interrupted_audit_goes_on(store, key, tmp_path):
    changed = variants_of(texts_to_audit(store, key, kinds=KINDS)["text"].to_list(), own_terms())
    path = tmp_path / "new" / "a.parquet"
    scorer = FakeScorer()
    read = read_variants(changed, scorer, Cache(path, key), silent)
    assert max(Counter(scorer.read).values()) == 1
    again = FakeScorer()
    same = read_variants(changed, again, Cache(path, key), silent)
    assert again.read == []
    for variant in VARIANTS:
        np.testing.assert_array_equal(read[variant], same[variant])
        expected = FakeScorer().score(list(changed[variant].texts)).probabilities
        np.testing.assert_array_equal(read[variant][:, : len(EMOTIONS)], expected)


def test_readings_of_another_scorer_or_a_damaged_file_are_not_taken(key, tmp_path):
    path = tmp_path / "a.parquet"
    cache = Cache(path, key)
    cache.add(["one"], FakeScorer())
    cache.write()
    assert Cache(path, key).lacking(["one", "two", "two"]) == ["two"]
    assert Cache(path, ScoreKey("fake", "2", key.cleaner)).lacking(["one"]) == ["one"]
    assert b"one" not in path.read_bytes()
    path.write_bytes(b"PAR1 of something else")
    assert Cache(path, key).lacking(["one"]) == ["one"]


def test_a_scorer_that_fails_to_read_says_so(key, tmp_path):
    class Silent(FakeScorer):
        def score(self, texts):
            from dataclasses import replace

            return replace(super().score(texts), reasons=("refused",) * len(texts))

    with pytest.raises(ModelError, match="could not read 1 texts"):
        Cache(tmp_path / "a.parquet", key).add(["one"], Silent())


def test_samples_rest_on_the_readings_within_the_block_and_the_store_stays_as_it_is(store, key):
    texts = texts_to_audit(store, key, kinds=KINDS, most=2)
    before = store.sql("SELECT * FROM scores ORDER BY post_key")
    stored = stored_readings(texts)
    assert np.isnan(stored[:, len(EMOTIONS) :]).all()
    other = np.full_like(stored, np.nan)
    other[:, : len(EMOTIONS)] = np.eye(len(EMOTIONS))[1]
    with instead(store, key, texts, other):
        rows = store.sql("SELECT * FROM scores")
        assert set(rows["happy"]) == {1.0} and rows["bearish"].null_count() == rows.height == int(texts["posts"].sum())
        assert set(rows.columns) == set(before.columns)
    after = store.sql("SELECT * FROM scores ORDER BY post_key")
    assert after.equals(before)
    with instead(store, key, texts, stored):
        columns = ["post_key", *EMOTIONS, "valence"]
        kept = store.sql("SELECT * FROM scores ORDER BY post_key").select(columns)
        assert kept.equals(before.select(columns).filter(pl.col("post_key").is_in(kept["post_key"].to_list())))


def test_changed_readings_take_the_place_of_the_stored_ones(store, key):
    texts = texts_to_audit(store, key, kinds=KINDS)
    changed = variants_of(texts["text"].to_list(), own_terms())["all"]
    stored = stored_readings(texts)
    out = with_changes(stored, changed, np.ones((len(changed.texts), stored.shape[1])))
    same = np.setdiff1d(np.arange(len(stored)), changed.places)
    assert (out[changed.places] == 1).all()
    np.testing.assert_array_equal(out[same], stored[same])
