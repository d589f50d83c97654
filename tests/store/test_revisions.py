"""The scores of one revision leave a store: those and no others, all or none."""

import json

import pyarrow as pa
import pytest

from emtract.emotions import EMOTIONS
from emtract.errors import StoreError
from emtract.store import Store
from emtract.store.revisions import find_held, forget_held, held_scores

KEYS = [("default", "aa11"), ("default", "bb22"), ("vader", "3.3.2"), ("my_llm", "cc33")]


@pytest.fixture
def store(tmp_path):
    with Store.open(tmp_path / "s.duckdb") as store:
        probabilities = dict.fromkeys(EMOTIONS, 0.0) | {"happy": 1.0}
        texts = [
            {
                "text_key": 10 * n + i,
                "cleaner": "1",
                "scorer": scorer,
                "revision": revision,
                "n_tokens": 3,
                "truncated": False,
            }
            | probabilities
            for n, (scorer, revision) in enumerate(KEYS[:3])
            for i in range(n + 1)
        ]
        posts = [
            {"post_key": i, "cleaner": "1", "scorer": scorer, "revision": revision} | probabilities
            for scorer, revision in KEYS[3:]
            for i in range(5)
        ]
        with store.registered({"t": pa.Table.from_pylist(texts), "p": pa.Table.from_pylist(posts)}):
            store.execute("INSERT INTO text_scores BY NAME SELECT * FROM t")
            store.execute("INSERT INTO post_scores BY NAME SELECT * FROM p")
        yield store


def counts(store):
    return {one.name: (one.texts, one.posts) for one in held_scores(store)}


def test_one_revision_goes_and_the_others_stay(store):
    before = counts(store)
    assert before == {"default@aa11": (1, 0), "default@bb22": (2, 0), "my_llm@cc33": (0, 5), "vader@3.3.2": (3, 0)}
    forget_held(store, find_held(store, "default@bb22"))
    assert counts(store) == {name: held for name, held in before.items() if name != "default@bb22"}
    with pytest.raises(StoreError, match=r"holds no scores of default@bb22: did you mean default@aa11\?"):
        find_held(store, "default@bb22")


def test_scores_of_a_file_go_with_its_record(store):
    for revision in ("cc33", "other"):
        key = {"scorer": "my_llm", "revision": revision}
        told = dict.fromkeys(store.sql("SELECT * FROM sources").columns, 0)
        told |= {"source_id": ord(revision[0]), "kind": "scores", "mapping": json.dumps(key), "finished": True}
        told |= dict.fromkeys(("path", "format", "sha256"), revision)
        with store.registered({"s": pa.Table.from_pylist([told])}):
            store.execute("INSERT INTO sources BY NAME SELECT * FROM s")
    forget_held(store, find_held(store, "my_llm@cc33"))
    assert "my_llm@cc33" not in counts(store)
    assert store.sql("SELECT source_id FROM sources")["source_id"].to_list() == [ord("o")]


@pytest.mark.parametrize(
    ("name", "remedy"),
    [
        ("default", r"did you mean default@aa11 or default@bb22\?"),
        ("defalt@aa11", r"did you mean default@aa11"),
        ("qqqq@zzzz", "it holds default@aa11, default@bb22, my_llm@cc33, vader@3.3.2"),
        ("x' OR 1=1 --", "it holds default@aa11"),
    ],
)
def test_an_unknown_name_is_refused_with_close_ones(store, name, remedy):
    before = counts(store)
    with pytest.raises(StoreError, match=remedy):
        find_held(store, name)
    assert counts(store) == before


def test_an_empty_store_says_so(tmp_path):
    with Store.open(tmp_path / "e.duckdb") as store, pytest.raises(StoreError, match="no scores at all"):
        find_held(store, "default@aa11")


def test_all_goes_or_nothing(store, monkeypatch):
    held, before, execute = find_held(store, "default@bb22"), counts(store), store.execute

    def failing(statement, **parameters):
        if "post_scores" in statement:
            raise StoreError("the disk is full")
        execute(statement, **parameters)

    monkeypatch.setattr(store, "execute", failing)
    with pytest.raises(StoreError, match="full"):
        forget_held(store, held)
    assert counts(store) == before


def test_scores_outside_the_store_are_left_alone(store):
    store.execute(
        "INSERT INTO outside_shards (path, sha256, rows, scorer, revision, cleaner) VALUES ('x', '0', 7, 'default', 'aa11', '1')"
    )
    with pytest.raises(StoreError, match=r"7 scores of default@aa11 lie in shards outside .*emtract shards forget"):
        find_held(store, "default@aa11")
