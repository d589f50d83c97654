"""Costs of an archive: every step is taken, in its own process, and the report says what each took."""

import pytest

from emtract.errors import SourceError
from emtract.model.scorer import Scorer
from emtract.store import Store
from tests.benchmarks.grown import grow_archive
from tests.benchmarks.scale import STEPS, ConstantScorer, Cost, Run, measures, run_steps
from tests.benchmarks.test_grown import tweets as _tweets

tweets = _tweets


def test_the_steps_fill_a_store_in_full(tweets, tmp_path):
    archive = grow_archive(tweets, tmp_path / "grown", 2)
    run = run_steps(archive, tmp_path / "s.duckdb")
    assert tuple(run.costs) == STEPS
    assert all(cost.seconds > 0 and cost.peak > 1 << 20 for cost in run.costs.values())
    with Store.open(tmp_path / "s.duckdb", read_only=True) as store:
        store.check()
        assert store.count("scores") == run.posts == 8
    assert 0 < run.besides_texts <= run.store


def test_a_step_with_a_shipped_model_scores_every_post(tweets, tmp_path):
    archive = grow_archive(tweets, tmp_path / "grown", 1)
    run = run_steps(archive, tmp_path / "s.duckdb", ("ingest", "clean", "fast"))
    with Store.open(tmp_path / "s.duckdb", read_only=True) as store:
        assert store.sql("SELECT DISTINCT scorer FROM scores")["scorer"].to_list() == ["fast"]
        assert store.count("scores") == run.posts == 4


def test_a_failing_step_is_named(tweets, tmp_path):
    archive = grow_archive(tweets, tmp_path / "grown", 1)
    next(archive.folder.rglob("*.zst")).unlink()
    for path in archive.folder.rglob("*.zst"):
        path.unlink()
    with pytest.raises(SourceError, match="the step ingest failed"):
        run_steps(archive, tmp_path / "s.duckdb")


def test_growth_is_time_a_line(tweets, tmp_path):
    archive = grow_archive(tweets, tmp_path / "grown", 1)
    small = Run(archive, {step: Cost(1.0, 0.5, 90, 100) for step in STEPS}, 4, 4, 1000, 400)
    bigger = grow_archive(tweets, tmp_path / "grown", 10)
    large = Run(bigger, {step: Cost(15.0, 7.0, 110, 130) for step in STEPS}, 40, 40, 10_000, 4000)
    rows = {row.name: row.value for row in measures(small, large)}
    assert rows["growth"] == 1.5
    assert rows["memory"] == 1.3
    assert rows["large, ingest and clean"] == pytest.approx(50 / 30, rel=1e-3)


def test_the_constant_scorer_is_a_scorer():
    assert isinstance(ConstantScorer(), Scorer)
    assert ConstantScorer().predict(["moon"])["happy"].item() == pytest.approx(1 / 7)
