"""Runners: worker processes that die and come again, and a Ray cluster."""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import textwrap
import threading
import time
from importlib.util import find_spec
from pathlib import Path
from uuid import UUID

import polars as pl
import pytest

from emtract.errors import ModelError, StoreError, WorkerError
from emtract.scoring import Scope, engine, score_store
from emtract.scoring.runlog import log_path, read_records
from emtract.scoring.runners import LocalRunner, RayRunner, threads_each
from emtract.scoring.shards import SOURCE_SUFFIX, Shard, score_shard, write_source
from emtract.store import Store
from emtract.text import CLEANER_VERSION
from tests.conftest import FakeScorer
from tests.scoring.fakes import FakeInstrument, all_scores, fill

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture(autouse=True)
def _tests_are_importable(monkeypatch):
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(sys.path))


@pytest.fixture(scope="module")
def filled(tmp_path_factory):
    """A store of 3,000 posts that nobody has scored."""
    path = tmp_path_factory.mktemp("filled") / "s.duckdb"
    with Store.open(path) as opened:
        fill(opened, 3_000, distinct=2_500)
    return path


@pytest.fixture
def path(filled, tmp_path):
    """A copy of it, closed."""
    return shutil.copy(filled, tmp_path / "s.duckdb")


@pytest.fixture
def store(path):
    with Store.open(path) as opened:
        yield opened


@pytest.fixture(scope="module")
def calm(filled, tmp_path_factory):
    """Scores of the same posts without workers and without disturbance."""
    with Store.open(shutil.copy(filled, tmp_path_factory.mktemp("calm") / "s.duckdb")) as opened:
        score_store(opened, FakeScorer())
        return all_scores(opened)


def work(store):
    return engine.work_folder(store)


def test_workers_give_the_scores_of_one_process_and_load_the_scorer_once_each(store, calm, tmp_path):
    seen = []
    loads = tmp_path / "loads"
    loads.mkdir()
    runner = LocalRunner(FakeInstrument(loads=str(loads)), 2, shard_texts=300)
    report = score_store(store, FakeScorer(), runner=runner, progress=lambda *call: seen.append(call))
    assert (report.scored, report.covered, report.left) == (2_500, 3_000, 0)
    assert all_scores(store).equals(calm)
    assert len(list(loads.iterdir())) == 2
    assert seen[-1] == ("score (17% duplicates)", 3_000, 3_000)
    assert not work(store).exists()
    assert score_store(store, FakeScorer(), runner=runner).scored == 0
    store.check()


def test_what_a_worker_raises_reaches_the_user_and_the_run_log_says_interrupted(store):
    with pytest.raises(ModelError, match="no such model"):
        score_store(store, FakeScorer(), runner=LocalRunner(FakeInstrument(refuse="no such model"), 2))
    (record,) = read_records(log_path(store.path))
    assert (record.finished, record.texts) == (False, 0)


def test_a_runner_that_loads_another_revision_never_mixes(store):
    with pytest.raises(StoreError, match="another scorer than fake@1"):
        score_store(store, FakeScorer(), runner=LocalRunner(FakeInstrument(revision="2"), 2, shard_texts=300))
    assert store.count("text_scores") == 0
    report = score_store(store, FakeScorer())
    assert report.scored == 2_500
    assert report.taken_in > 0, "what the other revision finished is kept under its own key"
    assert store.sql("SELECT revision, count(*) AS n FROM text_scores GROUP BY 1 ORDER BY 1").rows()[0] == ("1", 2_500)


def test_shards_finished_by_an_interrupted_run_are_taken_in_once_and_all_others_are_made_anew(store, calm):
    score_store(store, FakeScorer(), scope=Scope(limit=500))
    work(store).mkdir()
    pending = engine.find_pending(store, engine.ScoreKey.of(FakeScorer()), Scope())
    shards = list(engine.export_shards(store, work(store), pending, cleaner=CLEANER_VERSION, size=250))
    for shard in shards[:6]:
        score_shard(shard.source, shard.target, FakeScorer())
    cut, flipped, forged, half = (shard.target for shard in shards[2:6])
    cut.write_bytes(cut.read_bytes()[: cut.stat().st_size // 2])
    data = bytearray(flipped.read_bytes())
    data[len(data) // 2] ^= 1
    flipped.write_bytes(data)
    forged.write_bytes(shards[0].target.read_bytes())
    half.with_name(f"{half.name}.json").write_text('{"source_sha256": "')
    (work(store) / ".000009.scores.parquet.abcd.part").write_bytes(b"half")
    again = FakeScorer()
    report = score_store(store, again)
    assert (report.taken_in, report.scored) == (500, 1_500)
    assert len(again.read) == 1_500
    assert all_scores(store).equals(calm)
    assert not work(store).exists()


def test_a_shard_committed_but_not_yet_removed_is_not_taken_in_twice(store, calm, monkeypatch):
    monkeypatch.setattr(engine, "remove_shard", lambda source, target: None)
    monkeypatch.setattr(engine, "clear_folder", lambda folder: None)
    score_store(store, FakeScorer(), runner=LocalRunner(FakeInstrument(), 2, shard_texts=300))
    assert list(work(store).glob("*.scores.parquet"))
    assert score_store(store, FakeScorer()).taken_in == 0
    assert all_scores(store).equals(calm)
    assert not work(store).exists()


def test_a_killed_worker_is_one_clear_line_and_the_next_run_goes_on(store, calm, tmp_path):
    loads = tmp_path / "loads"
    loads.mkdir()
    runner = LocalRunner(FakeInstrument(0.001, loads=str(loads)), 2, shard_texts=300)

    def kill(stage, done, total):
        if stage.startswith("score") and done:
            os.kill(int(next(loads.iterdir()).name.partition("-")[0]), signal.SIGKILL)

    with pytest.raises(WorkerError, match="killed by signal 9"):
        score_store(store, FakeScorer(), runner=runner, progress=kill)
    report = score_store(store, FakeScorer())
    assert 0 < report.scored < 2_500
    assert all_scores(store).equals(calm)


RUN = """
    import sys
    from pathlib import Path
    from emtract.scoring import score_store, engine
    from emtract.scoring.runners import LocalRunner
    from emtract.store import Store
    from tests.scoring.fakes import FakeInstrument, SlowScorer

    engine.SCORE_SLICE, engine.SCORE_STEP, engine._SMALLEST_SHARD = 100, 50, 100
    workers = int(sys.argv[2])
    slow = 0.002
    runner = LocalRunner(FakeInstrument(slow), workers, shard_texts=200) if workers > 1 else None
    with Store.open(sys.argv[1]) as store:
        print("open", flush=True)
        score_store(store, SlowScorer(slow), runner=runner)
"""


def start(path, workers):
    script = [sys.executable, "-c", textwrap.dedent(RUN), str(path), str(workers)]
    child = subprocess.Popen(script, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert child.stdout.readline() == b"open\n"
    return child


@pytest.mark.parametrize(("workers", "moments"), [(1, 3), (2, 3)])
def test_killed_at_random_moments_the_store_ends_as_undisturbed(path, calm, workers, moments):
    rng, met = random.Random(workers), 0
    for _ in range(moments):
        child = start(path, workers)
        time.sleep(rng.uniform(0.05, 1.4))
        met += child.poll() is None
        child.kill()
        child.communicate()
    assert met, "no run was met alive"
    with Store.open(path) as store:
        before = store.count("text_scores")
        report = score_store(store, FakeScorer())
        assert all_scores(store).equals(calm)
        assert report.scored + report.taken_in + before == 2_500
        store.check()
        assert not work(store).exists()


def test_workers_end_with_a_killed_parent(path):
    child = start(path, 2)
    time.sleep(1)
    children = Path(f"/proc/{child.pid}/task/{child.pid}/children").read_text().split()
    child.kill()
    child.communicate()
    deadline = time.monotonic() + 20
    while any(alive(pid) for pid in children) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert children and not any(alive(pid) for pid in children)


def alive(pid):
    try:
        return "emtract.workers" in Path(f"/proc/{pid}/cmdline").read_text()
    except OSError:
        return False


def test_two_processes_do_not_score_one_store(tmp_path):
    path = tmp_path / "s.duckdb"
    with Store.open(path) as store:
        fill(store, 1_000)
    child = start(path, 1)
    with pytest.raises(StoreError, match="another process is writing"):
        Store.open(path)
    assert child.wait(60) == 0
    with Store.open(path) as store:
        assert store.count("text_scores") == 1_000


def test_the_run_log_holds_what_a_paper_needs(store):
    score_store(store, FakeScorer(), runner=LocalRunner(FakeInstrument(), 2))
    newer = FakeScorer()
    newer.revision = "2"
    score_store(store, newer, scope=Scope(limit=100))
    score_store(store, FakeScorer())
    lines = [json.loads(line) for line in log_path(store.path).read_text().splitlines()]
    assert [(line["engine"], line["workers"], line["texts"], line["revision"]) for line in lines] == [
        ("local", 2, 2_500, "1"),
        ("local", 1, 100, "2"),
    ]
    first = lines[0]
    assert (first["posts"], first["duplicates"], first["finished"], first["cleaner"]) == (
        3_000,
        500,
        True,
        CLEANER_VERSION,
    )
    assert first["start"].endswith("Z") and first["cores"] >= 1 and first["processor"] and first["python"]
    sentence = read_records(log_path(store.path))[0].sentence()
    assert "scored 2,500 distinct texts, which stand for 3,000 posts (16.7% duplicates), with fake@1" in sentence


def test_a_cut_line_of_the_run_log_is_named_and_spoils_no_other(store):
    log_path(store.path).write_bytes(b'{"start": "2026')
    score_store(store, FakeScorer())
    assert len(log_path(store.path).read_bytes().splitlines()) == 2
    with pytest.raises(StoreError, match="line 1 of the run log"):
        read_records(log_path(store.path))


def test_cores_are_shared_among_workers():
    assert threads_each(10_000) == 1


needs_ray = pytest.mark.skipif(find_spec("ray") is None, reason='needs pip install "emtract[ray]"')


def processes():
    """Ray's processes that descend from this one, whatever ran before."""
    listed = subprocess.run(["ps", "-eo", "pid,args"], capture_output=True, text=True, check=True).stdout
    return {
        line.split()[0] for line in listed.splitlines() if "ray::" in line or "raylet" in line or "gcs_server" in line
    }


@pytest.fixture
def ray(tmp_path_factory):
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    ray = pytest.importorskip("ray", reason='needs pip install "emtract[ray]"')
    before = processes()
    ray.init(
        num_cpus=4,
        include_dashboard=False,
        log_to_driver=False,
        logging_level="ERROR",
        object_store_memory=100 << 20,
        runtime_env={"env_vars": {"PYTHONPATH": str(ROOT)}},
    )
    yield ray
    ray.shutdown()
    deadline = time.monotonic() + 60
    while processes() - before and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not processes() - before, "Ray leaves no process behind"


def test_all_shards_are_finished_and_none_is_double_when_a_worker_is_killed(ray, tmp_path):
    loads = tmp_path / "loads"
    loads.mkdir()
    instrument = FakeInstrument(seconds=0.002, loads=str(loads))
    killed = []

    def kill_one():
        deadline = time.monotonic() + 150
        while not killed and time.monotonic() < deadline:
            for path in loads.iterdir():
                time.sleep(0.3)
                os.kill(int(path.name.partition("-")[0]), signal.SIGKILL)
                killed.append(path.name)
                break
            time.sleep(0.05)

    with Store.open(tmp_path / "s.duckdb") as store, Store.open(tmp_path / "calm.duckdb") as calm:
        for opened in (store, calm):
            fill(opened, 3_000, distinct=2_400)
        thread = threading.Thread(target=kill_one)
        thread.start()
        report = score_store(store, FakeScorer(), runner=RayRunner(instrument, 3, shard_texts=200))
        thread.join()
        assert killed
        assert len(list(loads.iterdir())) >= 4, "a new actor took the place of the killed one"
        assert (report.scored, report.covered) == (2_400, 3_000)
        score_store(calm, FakeScorer())
        assert all_scores(store).equals(all_scores(calm))
        store.check()
    assert not (tmp_path / "s.duckdb.work").exists()
    assert "refuse this" in _refusal(tmp_path)
    _scores_while_shards_are_written(tmp_path)
    assert ray.get_runtime_context().gcs_address
    assert os.environ["RAY_USAGE_STATS_ENABLED"] == "0"


def _scores_while_shards_are_written(folder):
    """Two actors are asked for six shards; a third actor, for which there is no room, is not waited for."""
    asked = []

    def shards():
        for number in range(6):
            asked.append(number)
            source = folder / f"{number}{SOURCE_SUFFIX}"
            texts = pl.DataFrame({"text_key": [str(UUID(int=number))], "text": [f"up {number}"]})
            yield Shard(source, 1, 1, write_source(source, texts, cleaner=CLEANER_VERSION))

    ahead = [len(asked) - done for done, _ in enumerate(RayRunner(FakeInstrument(), 3, cpus=2).run(shards()), 1)]
    assert len(ahead) == 6
    assert max(ahead) <= 3, "no shard is written before an actor is free"


def _refusal(folder):
    with Store.open(folder / "r.duckdb") as store:
        fill(store, 5)
        with pytest.raises(WorkerError) as error:
            score_store(store, FakeScorer(), runner=RayRunner(FakeInstrument(refuse="refuse this"), 1))
    return str(error.value)


@needs_ray
def test_importing_the_module_does_not_import_ray():
    code = "import sys, emtract.scoring.runners; print('ray' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"
