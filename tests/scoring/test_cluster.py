"""Ray Data over the shard function: a local cluster of several workers, one of which is killed."""

import os
import signal
import subprocess
import sys
import threading
import time
from importlib.util import find_spec
from pathlib import Path

import pytest

from emtract.errors import WorkerError
from emtract.scoring import score_store
from emtract.scoring.cluster import RayRunner
from emtract.store import Store
from tests.conftest import FakeScorer
from tests.scoring.fakes import FakeInstrument, all_scores, fill

needs_ray = pytest.mark.skipif(find_spec("ray") is None, reason='needs pip install "emtract[ray]"')
ROOT = Path(__file__).parent.parent.parent


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
    deadline = time.monotonic() + 10
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
    assert ray.get_runtime_context().gcs_address
    assert os.environ["RAY_USAGE_STATS_ENABLED"] == "0"


def _refusal(folder):
    with Store.open(folder / "r.duckdb") as store:
        fill(store, 5)
        with pytest.raises(WorkerError) as error:
            score_store(store, FakeScorer(), runner=RayRunner(FakeInstrument(refuse="refuse this"), 1))
    return str(error.value)


@needs_ray
def test_importing_the_module_does_not_import_ray():
    code = "import sys, emtract.scoring.cluster; print('ray' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"
