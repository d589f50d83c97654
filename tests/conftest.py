"""What many tests share: a scorer that needs no model, and a small archive with prices."""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, settings

from emtract.emotions import EMOTIONS
from emtract.store.loading import FilePart, load_parts
from emtract.text import Cleaner

# A law holds or not, however slow the machine is that tries it.
settings.register_profile("emtract", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("emtract")


#: Why a test may skip where everything is installed: it needs a machine or a folder that is not there.
OF_THE_MACHINE = (
    "EMTRACT_DATA is unset",
    "a store that root may not write needs setpriv",
    "no Chrome or Chromium",
    "no LaTeX",
    "no disk of its own can be mounted here",
    "no repository",
)
#: Files that take longest, the longest first: begun at the end, one would leave the other cores with nothing to do.
LONGEST = (
    "tests/pipeline/test_replicate.py",
    "tests/benchmarks/test_commands.py",
    "tests/report/test_accessibility.py",
    "tests/report/test_committed_pages.py",
    "tests/report/test_browser.py",
    "tests/report/study/test_page.py",
    "tests/pipeline/test_line.py",
    "tests/test_cli_scores.py",
    "tests/model/train/test_run.py",
    "tests/scoring/test_folder.py",
    "tests/scoring/test_runners.py",
    "tests/benchmarks/test_scale.py",
    "tests/pipeline/test_faults.py",
    "tests/test_market_files.py",
    "tests/scoring/test_shards.py",
)
_lacking: list[str] = []


def pytest_make_parametrize_id(val, argname):
    """A case of bytes is named by its argument: its content may hold the time that it was packed at, and the
    processes that share the suite must find the same names."""
    return argname if isinstance(val, bytes) else None


def pytest_collection_modifyitems(items):
    items.sort(
        key=lambda item: LONGEST.index(file) if (file := item.nodeid.split("::")[0]) in LONGEST else len(LONGEST)
    )


def _note(report):
    if report.skipped and isinstance(report.longrepr, tuple):
        reason = report.longrepr[2].removeprefix("Skipped: ")
        if not reason.startswith(OF_THE_MACHINE):
            _lacking.append(f"{report.nodeid}: {reason}")


def pytest_runtest_logreport(report):
    _note(report)


def pytest_collectreport(report):
    _note(report)


def pytest_sessionfinish(session):
    """On CI everything is installed: a test that skips for want of a package is one that nobody runs."""
    if os.environ.get("CI") and _lacking and not session.exitstatus:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter):
    if os.environ.get("CI") and _lacking:
        terminalreporter.section("skipped, though CI has every extra")
        for line in _lacking:
            terminalreporter.write_line(line)


class FakeScorer:
    """Probabilities from a digest of the text: deterministic, different for different texts; remembers what it read."""

    name = "fake"
    revision = "1"
    cleaner = Cleaner()

    def __init__(self, fail_after=None):
        self.read = []
        self.fail_after = fail_after

    def score(self, texts):
        from emtract.model.scorer import Scores

        if self.fail_after is not None and len(self.read) >= self.fail_after:
            raise KeyboardInterrupt
        self.read += texts
        digests = [hashlib.sha256(t.encode()).digest()[: len(EMOTIONS)] for t in texts]
        raw = np.array([list(d) for d in digests], dtype=np.float64).reshape(-1, len(EMOTIONS)) + 1
        lengths = np.array([len(t.split()) for t in texts], dtype=np.int32)
        return Scores((raw / raw.sum(axis=1, keepdims=True)).astype(np.float32), lengths, lengths > 128)


@pytest.fixture
def scorer():
    return FakeScorer()


@pytest.fixture(scope="session")
def demo(tmp_path_factory):
    """Folder and output of `emtract demo`, run once with the shipped model; each process of the suite has a copy."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    folder, said = shared / "made" / "demo", shared / "made" / "said"
    with (shared / "demo.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not said.is_file():
            folder.parent.mkdir()
            environment = {**os.environ, "COLUMNS": "160"}
            command = [str(Path(sys.executable).with_name("emtract")), "demo", str(folder)]
            done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
            assert done.returncode == 0, done.stderr
            said.write_text(done.stdout, encoding="utf-8")
    return shutil.copytree(folder, base / "demo"), said.read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def beside_demo(demo, tmp_path_factory):
    """A folder in which `runs/demo` is the demonstration, as it is where `make demo` ran."""
    folder = tmp_path_factory.mktemp("beside_demo")
    (folder / "runs").mkdir()
    (folder / "runs/demo").symlink_to(demo[0])
    return folder


@pytest.fixture(scope="session")
def data():
    """Folder of the real archives; tests that use it are marked `real_data`."""
    if not (folder := os.environ.get("EMTRACT_DATA")):
        pytest.skip("EMTRACT_DATA is unset: the tests on real archives need it")
    return Path(folder)


def post(post_id, body, when, *, author="u1", followers=10, symbols=(), line=None, **more):
    """One row of `schema.PARSED_POSTS`, with the symbols it names."""
    row = {
        "line": line or int(post_id),
        "platform": "stocktwits",
        "post_id": str(post_id),
        "author_id": author,
        "created_at": datetime.fromisoformat(when).replace(tzinfo=UTC),
        "body": body,
        "followers": followers,
        "verified": None,
        "repost_of": None,
        "sentiment": None,
        "language": None,
    } | more
    return row, [{"line": row["line"], "symbol": s, "origin": "cashtag"} for s in symbols]


def batch(*posts, rejected=()):
    """A batch of `load_posts` from rows made by `post`."""
    import pyarrow as pa

    from emtract.schema import PARSED_POSTS, PARSED_SYMBOLS, REJECTED

    return {
        "posts": pa.Table.from_pylist([row for row, _ in posts], schema=PARSED_POSTS.arrow),
        "symbols": pa.Table.from_pylist([s for _, named in posts for s in named], schema=PARSED_SYMBOLS.arrow),
        "rejected": pa.Table.from_pylist(list(rejected), schema=REJECTED.arrow),
    }


def prices(symbol, days, *, skip=()):
    """A batch of `load_prices`: consecutive calendar days from a list of (day, open, close)."""
    import pyarrow as pa

    from emtract.schema import PARSED_PRICES, REJECTED

    rows = [
        {
            "line": i + 2,
            "symbol": symbol,
            "session": day,
            "open": o,
            "high": max(o, c),
            "low": min(o, c),
            "close": c,
            "adj_close": c,
            "volume": 1000.0,
        }
        for i, (day, o, c) in enumerate(days)
        if day not in skip
    ]
    return {
        "prices": pa.Table.from_pylist(rows, schema=PARSED_PRICES.arrow),
        "rejected": pa.Table.from_pylist([], schema=REJECTED.arrow),
    }


def load_posts(store, file, batches):
    """Load one whole file of posts in one transaction."""
    parts = [FilePart(file, tables, last=False) for tables in batches]
    return load_parts(store, [*parts, FilePart(file, {})])


def source(path="a.jsonl", kind="posts", sha="0"):
    from emtract.store.loading import SourceFile

    return SourceFile(path, kind, "stocktwits" if kind == "posts" else "prices", "null", sha, 1, 1)


def days(first, n):
    """The first n weekdays from a day."""
    out, day = [], first
    while len(out) < n:
        if day.weekday() < 5:
            out.append(day)
        day += timedelta(days=1)
    return out
