"""Dimensions beside scores: each text once, resumed where it stopped, and of one revision at a time."""

import numpy as np
import pytest

from emtract.errors import StoreError
from emtract.scoring import dimensions
from emtract.scoring.dimensions import read_dimensions
from emtract.store import Store
from emtract.store.revisions import find_held, forget_held
from tests.conftest import batch, load_posts, post, source
from tests.scoring.fakes import FakeReader

BODIES = ["$A up", "$B up", "down 🚀", "", "c", "d"]


@pytest.fixture
def store(tmp_path):
    with Store.open(tmp_path / "s.duckdb") as opened:
        rows = [post(i + 1, body, "2014-01-02T15:00", symbols=["A"]) for i, body in enumerate(BODIES)]
        load_posts(opened, source(), [batch(*rows)])
        yield opened


def held(store):
    return store.sql("SELECT * FROM dimensions ORDER BY post_key")


def test_each_text_is_read_once_and_joined_to_every_post(store):
    reader = FakeReader()
    assert read_dimensions(store, reader) == 5
    assert sorted(reader.asked) == sorted({"<ticker> up", "down 🚀", "", "c", "d"})
    rows = held(store)
    assert rows.height == len(BODIES)
    columns = ["pleasure", "arousal", "dominance"]
    assert np.array_equal(rows.select(columns).to_numpy()[:2], np.repeat(FakeReader().read(["<ticker> up"]), 2, axis=0))
    again = FakeReader()
    assert (read_dimensions(store, again), again.asked) == (0, [])
    store.check()


def test_an_interrupted_reading_goes_on_where_it_stopped(store, monkeypatch):
    monkeypatch.setattr(dimensions, "SCORE_SLICE", 2)
    with pytest.raises(KeyboardInterrupt):
        read_dimensions(store, FakeReader(fail_after=4))
    assert store.count("text_dimensions") == 4
    assert read_dimensions(store, FakeReader()) == 1


def test_a_later_revision_takes_the_place_of_the_former(store):
    read_dimensions(store, FakeReader("1"))
    read_dimensions(store, FakeReader("2"))
    assert held(store)["revision"].unique().to_list() == ["2"]
    assert held(store).height == len(BODIES)


def test_dimensions_can_be_forgotten_and_scores_stay(store, scorer):
    from emtract.scoring import score_store

    score_store(store, scorer)
    read_dimensions(store, FakeReader())
    forget_held(store, find_held(store, "ratings@1"))
    assert (store.count("text_dimensions"), store.count("text_scores")) == (0, 5)


def test_a_store_without_dimensions_has_the_sets_of_scores_that_it_had(store, scorer):
    from emtract.scoring import score_store

    score_store(store, scorer)
    before = store.query("provenance/score_sets")
    read_dimensions(store, FakeReader())
    after = store.query("provenance/score_sets")
    assert after.filter(after["of"] != "dimensions").equals(before)
    assert after.filter(after["of"] == "dimensions").select("scorer", "count").row(0) == ("ratings", 5)


def test_a_store_that_is_open_to_read_is_refused(store):
    store.close()
    with Store.open(store.path, read_only=True) as opened, pytest.raises(StoreError, match="open to read only"):
        read_dimensions(opened, FakeReader())
