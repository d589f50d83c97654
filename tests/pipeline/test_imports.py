"""The law of an import: every row of a file is in the store, repeats one that is, or is counted with its reason."""

import math
from collections import Counter

import numpy as np
import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from emtract.config import Settings, StoreSettings
from emtract.emotions import EMOTIONS
from emtract.errors import SourceError
from emtract.pipeline import postfile
from emtract.pipeline.imports import Layout, import_file
from emtract.pipeline.prediction import predict_file
from emtract.store import Store
from emtract.store.imports import imported_key
from tests.conftest import batch, load_posts, post, source
from tests.model.fakes import FakeScorer, StanceScorer

POSTS = 12
NUMBER = st.sampled_from([0.0, 0.25, 0.5, 1.0, -0.5, 1.5, float("nan"), float("inf"), None, 1e-5, 0.333, 1e300, -1e300])
SEVEN = st.one_of(
    st.lists(NUMBER, min_size=7, max_size=7),
    st.lists(st.integers(0, 5), min_size=7, max_size=7).filter(any).map(lambda n: [x / sum(n) for x in n]),
)
ID = st.one_of(st.integers(1, POSTS).map(str), st.sampled_from(["99", None, "", "nan", " 3 ", "1E+17", "x y"]))
ROWS = st.lists(st.tuples(ID, SEVEN), min_size=1, max_size=25)


@pytest.fixture(scope="module")
def filled(tmp_path_factory):
    path = tmp_path_factory.mktemp("store") / "s.duckdb"
    with Store.open(path, threads=1) as store:
        load_posts(store, source(), [batch(*(post(i, f"text {i}", "2014-01-02T15:00") for i in range(1, POSTS + 1)))])
    return path


def is_probability(row):
    if any(x is None for x in row) or not np.isfinite(row).all() or min(row) < 0 or max(row) > 1 + 1e-4:
        return False
    return abs(np.asarray(row, dtype=np.float32).sum(dtype=np.float32) - 1) < 1e-4


def wanted(rows):
    """Ids -> the rows that an import keeps, and how many repeat them, by hand."""
    told = {}
    for post_id, seven in rows:
        key = (post_id or "").strip()
        if key.isdecimal() and is_probability(seven):
            told.setdefault(key, []).append(tuple(np.asarray(seven, dtype=np.float32).tolist()))
    kept = {k: v[0] for k, v in told.items() if int(k) <= POSTS and len(set(v)) == 1}
    return kept, sum(len(told[k]) - 1 for k in kept)


@settings(max_examples=40)
@given(rows=ROWS, form=st.sampled_from(["csv", "parquet", "jsonl"]), size=st.integers(1, 30))
def test_every_row_is_kept_repeated_or_counted(filled, tmp_path_factory, rows, form, size):
    folder = tmp_path_factory.mktemp("files")
    frame = pl.DataFrame(
        [[post_id, *seven] for post_id, seven in rows],
        schema={"post_id": pl.String} | dict.fromkeys(EMOTIONS, pl.Float64),
        orient="row",
    )
    path = folder / f"s.{form}"
    {"csv": frame.write_csv, "parquet": frame.write_parquet, "jsonl": frame.write_ndjson}[form](path)
    kept, repeated = wanted(rows)
    project = Settings(store=StoreSettings(path=str(filled)), base=folder)
    with Store.open(filled, threads=1) as store, pytest.MonkeyPatch.context() as patch:
        patch.setattr(postfile, "MAX_ROWS", size)
        if not kept:
            with pytest.raises(SourceError, match=r"none of the|is empty"):
                import_file(project, store, path, name="llm")
            return
        report = import_file(project, store, path, name="llm")
        loaded = report.given.loaded
        assert (loaded.read, loaded.kept, loaded.repeated) == (len(rows), len(kept), repeated)
        assert sum(left.rows for left in report.given.left_out) == loaded.rejected == len(rows) - len(kept) - repeated
        stored = store.sql(
            "SELECT p.post_id, s.* FROM post_scores AS s JOIN posts AS p USING (post_key) WHERE scorer = 'llm'"
        )
        assert {row["post_id"]: tuple(row[e] for e in EMOTIONS) for row in stored.to_dicts()} == kept
        reasons = store.sql("SELECT reason FROM quarantine JOIN sources USING (source_id) WHERE kind = 'scores'")
        assert Counter(reasons["reason"]) == {left.reason: left.rows for left in report.given.left_out}
        assert imported_key(store, "llm") == (report.revision, "2")
        assert report.lacking == POSTS - len(kept) and report.posts == POSTS
        store.check()


STANCE = st.one_of(
    st.tuples(NUMBER, NUMBER), st.just((None, None)), st.sampled_from([(0.25, 0.5), (0.0, 1.0), (1.0, 0.0)])
)


def is_stance(row):
    if row == (None, None):
        return True
    return None not in row and np.isfinite(row).all() and min(row) >= 0 and sum(row) <= 1 + 1e-4


@given(st.lists(STANCE, min_size=1, max_size=POSTS), st.sampled_from(["csv", "parquet"]))
@example([(math.nan, math.nan)], "csv")
@example([(None, None), (math.nan, math.nan)], "csv")
@settings(max_examples=25)
def test_stances_come_with_their_scores_or_keep_the_row_out(filled, tmp_path_factory, stances, form):
    folder = tmp_path_factory.mktemp("files")
    columns = {"post_id": [str(i + 1) for i in range(len(stances))], "neutral": [1.0] * len(stances)}
    columns |= {tag: [pair[place] for pair in stances] for place, tag in enumerate(("bearish", "bullish"))}
    frame = pl.DataFrame(columns, schema_overrides={"bearish": pl.Float64, "bullish": pl.Float64})
    path = folder / f"s.{form}"
    {"csv": frame.write_csv, "parquet": frame.write_parquet}[form](path)
    # In a table of text the word NaN says that nothing is there.
    missing = [tuple(None if form == "csv" and x is not None and np.isnan(x) else x for x in pair) for pair in stances]
    usable = {i: pair for i, pair in enumerate(missing, 1) if is_stance(pair)}
    project = Settings(store=StoreSettings(path=str(filled)), base=folder)
    asked = {"name": "stances", "layout": Layout(columns="neutral=neutral")}
    with Store.open(filled, threads=1) as store:
        if not usable:
            with pytest.raises(SourceError, match="stance"):
                import_file(project, store, path, **asked)
            return
        report = import_file(project, store, path, **asked)
        assert report.given.loaded.kept == len(usable)
        assert report.given.stances == sum(pair != (None, None) for pair in usable.values())
        assert {left.reason for left in report.given.left_out} <= {
            "stance missing or no number",
            "stance is no probability",
        }
        stored = store.sql(
            "SELECT post_key, bearish, bullish FROM post_scores WHERE scorer = 'stances' ORDER BY post_key"
        )
        single = [tuple(None if x is None else float(np.float32(x)) for x in pair) for pair in usable.values()]
        assert stored.rows() == [(key, *pair) for key, pair in zip(usable, single, strict=True)]
        store.check()


@pytest.mark.parametrize("form", ["csv", "parquet", "jsonl"])
def test_what_predict_makes_of_a_file_with_ids_comes_in_with_its_stances(filled, tmp_path, form):
    posts, written = tmp_path / "posts.csv", tmp_path / f"scored.{form}"
    pl.DataFrame({"post_id": ["1", "2", "3"], "body": ["up", "down", ""]}).write_csv(posts)
    project = Settings(store=StoreSettings(path=str(filled)), base=tmp_path)
    revisions = []
    for scorer in (FakeScorer(), StanceScorer()):
        predict_file(posts, written, scorer)
        with Store.open(filled, threads=1) as store:
            report = import_file(project, store, written, name="predicted")
            stored = store.sql("SELECT bearish, bullish FROM post_scores WHERE scorer = 'predicted' ORDER BY post_key")
            store.check()
        told = scorer.predict(["up", "down", ""]).select("bearish", "bullish")
        assert stored.equals(told) and report.given.stances == told["bearish"].count()
        revisions.append(report.revision)
    assert revisions[0] != revisions[1]


@given(st.lists(SEVEN, min_size=1, max_size=8))
@settings(max_examples=25)
def test_dividing_by_the_sum_takes_any_shares_and_changes_none_that_sum_to_one(filled, tmp_path_factory, sevens):
    folder = tmp_path_factory.mktemp("files")
    rows = {"post_id": [str(i + 1) for i in range(len(sevens))]}
    rows |= {emotion: [seven[place] for seven in sevens] for place, emotion in enumerate(EMOTIONS)}
    pl.DataFrame(rows, schema_overrides=dict.fromkeys(EMOTIONS, pl.Float64)).write_parquet(folder / "s.parquet")
    usable = [
        (i, s)
        for i, s in enumerate(sevens, 1)
        if None not in s and np.isfinite(s).all() and min(s) >= 0 and max(s) <= 1 + 1e-4 and sum(s) > 0
    ]
    with Store.open(filled, threads=1) as store:
        asked = {"name": "shares", "layout": Layout(renormalise=True)}
        project = Settings(store=StoreSettings(path=str(filled)), base=folder)
        if not usable:
            with pytest.raises(SourceError):
                import_file(project, store, folder / "s.parquet", **asked)
            return
        report = import_file(project, store, folder / "s.parquet", **asked)
        stored = store.sql("SELECT * FROM post_scores WHERE scorer = 'shares' ORDER BY post_key")
        assert stored["post_key"].to_list() == [i for i, _ in usable]
        for (_, seven), row in zip(usable, stored.select(EMOTIONS).rows(), strict=True):
            total = 1 if abs(sum(seven) - 1) < 1e-4 else sum(seven)
            assert row == tuple(np.asarray([x / total for x in seven], dtype=np.float32).tolist())
        assert report.given.divided == sum(abs(sum(seven) - 1) >= 1e-4 for _, seven in usable)
        store.check()
