"""Shards that leave the machine: written, scored in parts, taken in; and the job array of Slurm."""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from emtract.emotions import TAGS
from emtract.errors import ModelError, SourceError
from emtract.model.scorer import predict_posts
from emtract.scoring import Scope, score_store
from emtract.scoring.folder import (
    INDEX,
    MAX_TASKS,
    choose_part,
    choose_task,
    list_shards,
    load_shards,
    score_part,
    write_shards,
    write_slurm,
)
from emtract.scoring.pending import ScoreKey
from emtract.scoring.shards import manifest_path, score_shard
from emtract.store import Store
from tests.conftest import FakeScorer
from tests.model.fakes import StanceScorer
from tests.scoring.fakes import FakeInstrument, all_scores, fill

KEY = ScoreKey.of(FakeScorer())


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """A store of which 100 texts are scored, and the shards of the others."""
    made = tmp_path_factory.mktemp("written")
    with Store.open(made / "s.duckdb") as opened:
        fill(opened, 1_000, distinct=900)
        score_store(opened, FakeScorer(), scope=Scope(limit=100))
        write_shards(opened, made / "out", KEY, size=90)
    return made


@pytest.fixture(scope="module")
def finished(written, tmp_path_factory):
    """The same shards, each scored."""
    made = shutil.copytree(written / "out", tmp_path_factory.mktemp("finished") / "out")
    score_part(list_shards(made), FakeInstrument())
    return made


@pytest.fixture
def store(written, tmp_path):
    with Store.open(shutil.copy(written / "s.duckdb", tmp_path / "s.duckdb")) as opened:
        yield opened


@pytest.fixture
def folder(written, tmp_path):
    return shutil.copytree(written / "out", tmp_path / "out")


def test_parts_scored_anywhere_are_taken_in_and_what_is_missing_is_counted(store, folder, tmp_path):
    shards = list_shards(folder)
    assert (len(shards), sum(s.texts for s in shards)) == (9, 800)
    seen = []
    report = score_part(choose_part(shards, 2, 3), FakeInstrument(), progress=lambda *call: seen.append(call))
    assert (report.scored, report.found, report.texts) == (3, 0, 270)
    assert seen[0] == (0, 270) and seen[-1] == (270, 270)
    first = load_shards(store, folder)
    assert (first.shards, first.finished, first.texts, len(first.missing)) == (9, 3, 270, 6)
    damaged = shards[1].target
    damaged.write_bytes(damaged.read_bytes()[:-10])
    again = load_shards(store, folder)
    assert (again.finished, again.texts) == (2, 0) and shards[1].source.name in again.missing
    everything = score_part(shards, FakeInstrument())
    assert (everything.scored, everything.found) == (7, 2)
    last = load_shards(store, folder)
    assert (last.finished, last.texts, last.missing) == (9, 530, ())
    with Store.open(tmp_path / "calm.duckdb") as calm:
        fill(calm, 1_000, distinct=900)
        score_store(calm, FakeScorer())
        assert all_scores(store).equals(all_scores(calm))
    store.check()


def test_texts_scored_at_home_meanwhile_are_not_scored_twice(store, folder):
    score_part(list_shards(folder), FakeInstrument())
    score_store(store, FakeScorer(), scope=Scope(limit=300))
    assert load_shards(store, folder).texts == 500
    store.check()


def test_shards_of_another_store_are_refused(folder, tmp_path):
    score_part(list_shards(folder), FakeInstrument())
    with Store.open(tmp_path / "other.duckdb") as other:
        fill(other, 10)
        score_store(other, FakeScorer(), scope=Scope(limit=1))
        with pytest.raises(SourceError, match=r"89 of its 90 texts are not in .*other|90 of its 90 texts are not in"):
            load_shards(other, folder)
        assert other.count("text_scores") == 1


def forge(target, frame):
    """Write scores with a manifest that agrees with them."""
    frame.write_parquet(target)
    told = json.loads(manifest_path(target).read_text())
    digest = hashlib.sha256(target.read_bytes()).hexdigest()
    manifest_path(target).write_text(json.dumps(told | {"target_sha256": digest, "rows": frame.height}))


def first(column, value):
    return lambda f, _: f.with_columns(
        pl.when(pl.row_index() == 0).then(value).otherwise(column).cast(f[column].dtype).alias(column)
    )


FORGERIES = {
    "below 0 or above 1": first("happy", 5.0),
    "below 0 or above": first("sad", -0.5),
    "NaN or infinite": first("happy", float("nan")),
    "missing, NaN": first("fear", float("inf")),
    "column disgust has 1 empty": first("disgust", None),
    "column text_key has 1 empty": first("text_key", None),
    "column truncated has 1 empty": first("truncated", None),
    "do not sum to 1": lambda f, _: f.with_columns(happy=pl.col("happy") / 2),
    "n_tokens runs from -3": first("n_tokens", -3),
    "no key of a text": lambda f, _: f.with_columns(text_key=pl.lit("x") + pl.col("text_key")),
    "1 of its 91 rows repeat": lambda f, _: pl.concat([f, f.head(1)]),
    "1 of its texts are in another shard": lambda f, other: pl.concat([f, other.head(1)]),
    "its columns are": lambda f, _: f.with_columns(pl.col("happy").cast(pl.Float64)),
    "its columns are text_key String, neutral": lambda f, _: f.drop("sad"),
    "not in": lambda f, _: f.with_columns(text_key=pl.lit("00000000-0000-0000-0000-000000000000")).head(1),
}


@pytest.mark.parametrize("outside", [False, True])
@pytest.mark.parametrize("told", FORGERIES)
def test_what_is_no_table_of_probabilities_is_refused_and_nothing_is_taken_in(store, finished, tmp_path, told, outside):
    folder = shutil.copytree(finished, tmp_path / "out")
    shards = list_shards(folder)
    forge(shards[3].target, FORGERIES[told](pl.read_parquet(shards[3].target), pl.read_parquet(shards[0].target)))
    before = all_scores(store)
    with pytest.raises(SourceError, match=told) as refused:
        load_shards(store, folder, outside=outside)
    assert len(str(refused.value)) < 1_500
    assert all_scores(store).equals(before) and store.count("outside_shards") == 0
    shards[3].target.unlink()
    score_part(shards, FakeInstrument())
    assert load_shards(store, folder, outside=outside).texts == 800


class Stances:
    """An instrument that reads stances."""

    def load(self):
        return StanceScorer()


@pytest.fixture
def stances(store, tmp_path):
    """Scored shards with stances."""
    write_shards(store, tmp_path / "stances", ScoreKey.of(StanceScorer()), size=450)
    score_part(list_shards(tmp_path / "stances"), Stances())
    return tmp_path / "stances"


FORGED_STANCES = {
    "leave less than 0 to no stance": lambda f, _: f.with_columns(pl.lit(0.6, pl.Float32).alias(c) for c in TAGS),
    "NaN or infinite": first("bearish", float("nan")),
    "below 0 or above 1": first("bullish", -0.5),
    "column bullish has 1 empty": first("bullish", None),
    "its columns are text_key String, neutral": lambda f, _: f.drop("bullish"),
}


@pytest.mark.parametrize("told", FORGED_STANCES)
def test_what_is_no_stance_is_refused_and_nothing_is_taken_in(store, stances, told):
    target = list_shards(stances)[1].target
    forge(target, FORGED_STANCES[told](pl.read_parquet(target), None))
    with pytest.raises(SourceError, match=told):
        load_shards(store, stances)
    assert store.sql("SELECT DISTINCT scorer FROM text_scores")["scorer"].to_list() == ["fake"]


def told_stances(store):
    return store.sql("SELECT post_key, scorer, happy, bearish, bullish FROM scores ORDER BY scorer, post_key")


@pytest.mark.parametrize("outside", [False, True])
def test_a_scorer_with_stances_stands_beside_one_without(store, folder, stances, outside):
    score_part(list_shards(folder), FakeInstrument())
    assert load_shards(store, folder, outside=outside).texts == 800
    assert load_shards(store, stances, outside=outside).texts == 900
    path = store.path
    store.close()
    with Store.open(path) as again:
        again.check()
        both = told_stances(again)
        assert both.filter(pl.col("scorer") == "fake")["bearish"].null_count() == 1000
        assert both.filter(pl.col("scorer") == "stance")["bearish"].null_count() == 0
        score_store(again, StanceScorer())
        assert told_stances(again).equals(both), "nothing was left to score"
        again.execute("DELETE FROM outside_shards")
    with Store.open(path) as home:
        home.execute("DELETE FROM text_scores")
        for scorer in (FakeScorer(), StanceScorer()):
            score_store(home, scorer)
        assert told_stances(home).equals(both)


@pytest.mark.parametrize("outside", [False, True])
@pytest.mark.parametrize("name", ["sh[1]", "a*b", "{x}", "what?", 'it\'s a "folder"', "day=2014-01-02", "säck"])
def test_a_folder_may_have_any_name(store, tmp_path, name, outside):
    write_shards(store, tmp_path / name, KEY, size=400)
    score_part(list_shards(tmp_path / name), FakeInstrument())
    assert load_shards(store, tmp_path / name, outside=outside).texts == 800
    store.close()
    with Store.open(store.path) as again:
        assert again.count("scored_texts") == 900
        again.check()


class Broken(FakeScorer):
    """A scorer whose weights are damaged."""

    def __init__(self, value):
        super().__init__()
        self.value = value

    def score(self, texts):
        scores = super().score(texts)
        scores.probabilities[-1, 1] = self.value
        return scores


@pytest.mark.parametrize("value", [float("nan"), 2.0, -1.0, float("inf")])
def test_a_scorer_that_gives_no_probabilities_is_stopped(store, tmp_path, value):
    before = all_scores(store)
    with pytest.raises(ModelError, match=r"fake@1 gives no probabilities \(1 of \d+ rows"):
        score_store(store, Broken(value))
    assert all_scores(store).equals(before)
    with pytest.raises(ModelError, match="gives no probabilities"):
        predict_posts(Broken(value), ["up"])
    write_shards(store, tmp_path / "out", KEY, size=400)
    shard = list_shards(tmp_path / "out")[0]
    with pytest.raises(ModelError, match="gives no probabilities"):
        score_shard(shard.source, shard.target, Broken(value))
    assert not shard.target.exists()


def test_parts_cover_every_shard_once_and_no_others_exist(folder):
    shards = list_shards(folder)
    for parts in (1, 2, 4, 9, 20):
        found = [shard for part in range(1, parts + 1) for shard in choose_part(shards, part, parts)]
        assert sorted(found, key=lambda s: s.source) == shards
    assert choose_task(shards, 8) == shards[8:]
    for part, parts in ((0, 3), (4, 3), (1, 0)):
        with pytest.raises(SourceError, match=f"no part {part} of {parts}"):
            choose_part(shards, part, parts)
    with pytest.raises(SourceError, match="numbered from 0 to 8"):
        choose_task(shards, 9)


def test_a_folder_is_written_once_and_an_interrupted_one_again(store, folder):
    with pytest.raises(SourceError, match="holds shards already"):
        write_shards(store, folder, KEY)
    (folder / INDEX).unlink()
    with pytest.raises(SourceError, match=r"no whole set of shards \(shards.json"):
        list_shards(folder)
    write_shards(store, folder, KEY, size=500)
    assert len(list(folder.glob("*.texts.parquet"))) == len(list_shards(folder)) == 2


def test_an_index_does_not_lead_out_of_its_folder(folder):
    index = folder / INDEX
    index.write_text(index.read_text().replace("000000.texts", "../../000000.texts"))
    assert list_shards(folder)[0].source.parent == folder
    index.write_text("[{}]")
    with pytest.raises(SourceError, match="missing or damaged"):
        list_shards(folder)


def run_job(script, task, **environment):
    beside = Path(sys.executable).parent
    env = {**os.environ, "PATH": f"{beside}:{os.environ['PATH']}", "SLURM_ARRAY_TASK_ID": str(task), **environment}
    return subprocess.run(["bash", str(script)], capture_output=True, text=True, check=False, env=env)


def test_the_slurm_script_is_valid_bash_and_its_tasks_score_every_shard(store, tmp_path):
    from emtract.model import load_scorer

    folder = tmp_path / "a folder's; touch oops"
    write_shards(store, folder, ScoreKey.of(load_scorer("fast")), size=450)
    script = tmp_path / "job.sh"
    assert write_slurm(folder, script, model="fast", threads=1) == 2
    text = script.read_text()
    assert subprocess.run(["bash", "-n", str(script)], check=False).returncode == 0
    assert re.search(r"^#SBATCH --array=1-2%50$", text, flags=re.MULTILINE)
    assert text.startswith("#!/bin/bash\n") and text.endswith("\n") and "{{" not in text
    for task in (1, 2):
        done = run_job(script, task)
        assert done.returncode == 0, done.stderr
        assert "1 shards scored (450 texts); 0 were finished already" in done.stdout
    assert "1 were finished already" in run_job(script, 2).stdout
    assert run_job(script, 3).returncode == 1, "a task that has no part fails, and Slurm says so"
    assert all(manifest_path(shard.target).exists() for shard in list_shards(folder))
    assert load_shards(store, folder).texts == 900


def test_an_array_has_no_more_tasks_than_clusters_allow(store, folder, tmp_path):
    index = folder / INDEX
    entry = index.read_text().split("},")[0].strip("[ \n") + "}"
    index.write_text("[" + ",".join([entry] * (MAX_TASKS + 1)) + "]")
    assert write_slurm(folder, tmp_path / "job.sh") == MAX_TASKS
    index.write_text("[]")
    with pytest.raises(SourceError, match="no shard to score"):
        write_slurm(folder, tmp_path / "job.sh")


@pytest.mark.parametrize("name", ["sh\ntouch PWNED #", "sh\rtouch PWNED", "sh\x1b[2J", "sh\u2028x"])
def test_a_name_that_would_break_a_line_of_the_script_is_refused(store, tmp_path, name):
    write_shards(store, tmp_path / name, KEY, size=450)
    with pytest.raises(SourceError, match="no line of a script"):
        write_slurm(tmp_path / name, tmp_path / "job.sh")
    write_shards(store, tmp_path / "plain", KEY, size=450)
    with pytest.raises(SourceError, match="no line of a script"):
        write_slurm(tmp_path / "plain", tmp_path / f"{name}.sh")
    with pytest.raises(SourceError, match="no line of a script"):
        write_slurm(tmp_path / "plain", tmp_path / "job.sh", model=name)
    assert not (tmp_path / "job.sh").exists()
