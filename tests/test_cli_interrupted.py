"""Ctrl-C at the prompt: one line and status 130, whatever a library makes of it."""

import signal
import subprocess
import sys

import duckdb
import pytest

from emtract import pipeline
from emtract.errors import EmtractError
from emtract.store import Store
from tests.prompt import emtract


def wrapped():
    try:
        raise KeyboardInterrupt
    except KeyboardInterrupt as error:
        raise EmtractError("stopped: 3 scores are kept") from error


def raising(error):
    def stand_in(*_, **__):
        raise error

    return stand_in


VERBS = (["ingest"], ["score"], ["run"], ["panel"], ["report", "build"], ["shards", "write", "x"])
MADE_OF_IT = (
    raising(RuntimeError("Query interrupted")),
    raising(duckdb.InterruptException("INTERRUPT Error: Interrupted!")),
    lambda *_, **__: wrapped(),
)


# Each verb, and each thing that a library makes of the key; what is made of it does not depend on the verb.
@pytest.mark.parametrize(
    ("verb", "stand_in"),
    [(verb, raising(KeyboardInterrupt())) for verb in VERBS] + [(["score"], made) for made in MADE_OF_IT],
)
def test_every_verb_says_one_line_and_ends_with_130(tmp_path, monkeypatch, verb, stand_in):
    (tmp_path / "emtract.toml").write_text('[store]\npath = "s.duckdb"\n')
    assert emtract("ingest", cwd=tmp_path).returncode == 0
    for name in ("ingest", "score", "run", "build_panel", "build_pages", "write_shards"):
        monkeypatch.setattr(pipeline, name, stand_in)
    done = emtract(*verb, cwd=tmp_path)
    lines = [line for line in done.stderr.splitlines() if line.strip()]
    assert done.returncode == 130 and len(lines) == 1 and lines[0].startswith("emtract: stopped: ")


def test_an_error_that_nobody_foresaw_is_not_taken_for_ctrl_c(tmp_path, monkeypatch):
    (tmp_path / "emtract.toml").write_text('[store]\npath = "s.duckdb"\n')
    monkeypatch.setattr(pipeline, "ingest", raising(RuntimeError("another")))
    with pytest.raises(RuntimeError, match="another"):
        emtract("ingest", cwd=tmp_path)


LONG = "SELECT sum(sin(a.range * b.range)) AS s FROM range(10000000) AS a, range(1000000) AS b"
ENDLESS = """
from emtract import pipeline
def ingest(settings, store, **_):
    with store.transaction():
        store.execute("CREATE TABLE half AS SELECT 1 AS one")
        print("begun", flush=True)
        {}
pipeline.ingest = ingest
from emtract.cli import main
main()
"""


@pytest.mark.parametrize(
    "does",
    [
        f'store.execute("CREATE TABLE t AS {LONG}")',
        f'store.sql("{LONG}")',
        "import threading; threading.Event().wait()",
        "Silent(); import threading; threading.Event().wait()",
    ],
)
def test_ctrl_c_ends_a_query_that_would_last_for_hours(tmp_path, does):
    (tmp_path / "emtract.toml").write_text('[store]\npath = "s.duckdb"\n')
    # Of an exception in there Python prints that it is ignored.
    deaf = "class Silent:\n    def __del__(self):\n        import time; time.sleep(9999)\n"
    command = [sys.executable, "-c", deaf + ENDLESS.format(does), "ingest"]
    with subprocess.Popen(command, cwd=tmp_path, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
        try:
            assert "begun" in running.stdout.readline()
            running.send_signal(signal.SIGINT)
            _, said = running.communicate(timeout=60)
        finally:
            running.kill()
    lines = [line for line in said.splitlines() if line.strip()]
    assert running.returncode == 130 and len(lines) == 1 and lines[0].startswith("emtract: stopped: ")
    with Store.open(tmp_path / "s.duckdb") as store:
        assert not store.sql("SELECT * FROM duckdb_tables() WHERE table_name IN ('half', 't')").height


# Any verb, and what it does after Ctrl-C.
TWICE = """
import sys, threading
from emtract import cli
from emtract.cli import interrupts
interrupts._MEANT = float(sys.argv.pop())
def verb():
    try:
        print("begun", flush=True)
        threading.Event().wait()
    finally:
        print("tidying", flush=True)
        {}
cli._tree = lambda: verb
cli.main()
"""


def pressed_twice(folder, tidies, *, meant):
    """Press Ctrl-C, and again while the first is answered; return how the process ended, and what it said since."""
    command = [sys.executable, "-c", TWICE.format(tidies), str(meant)]
    pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
    with subprocess.Popen(command, cwd=folder, text=True, **pipes) as running:
        try:
            for told in ("begun", "tidying"):
                assert told in running.stdout.readline()
                running.send_signal(signal.SIGINT)
            more, said = running.communicate("both were sent\n", timeout=300)
        finally:
            running.kill()
    return running.returncode, more, [line for line in said.splitlines() if line.strip()]


def test_a_second_ctrl_c_ends_what_the_first_one_waits_for(tmp_path):
    status, _, lines = pressed_twice(tmp_path, "threading.Event().wait()", meant=0)
    assert status == 130 and len(lines) == 1 and lines[0].startswith("emtract: stopped: ")


def test_a_signal_that_is_sent_twice_leaves_the_tidying_in_peace(tmp_path):
    """As `timeout` sends it: to the process and to its group."""
    status, more, lines = pressed_twice(tmp_path, "sys.stdin.readline(); print('tidied', flush=True)", meant=1e9)
    assert "tidied" in more
    assert status == 130 and len(lines) == 1 and lines[0].startswith("emtract: stopped: ")


def test_ctrl_c_ends_a_process_that_waits_for_the_threads_of_a_library():
    code = TWICE.format("threading.Thread(target=threading.Event().wait).start()")
    pipes = dict.fromkeys(("stdout", "stderr"), subprocess.PIPE)
    with subprocess.Popen([sys.executable, "-c", code, "1e9"], text=True, **pipes) as running:
        try:
            assert "begun" in running.stdout.readline()
            running.send_signal(signal.SIGINT)
            assert running.stderr.readline().startswith("emtract: stopped: ")
            while running.poll() is None:  # it is deaf for a moment, while it says so
                running.send_signal(signal.SIGINT)
            assert (running.returncode, running.stderr.read()) == (130, "")
        finally:
            running.kill()


def test_a_query_that_has_ended_is_not_interrupted_and_a_later_one_goes_on(tmp_path):
    with Store.open(tmp_path / "s.duckdb") as store:
        store.sql("SELECT 1")
        assert store.running == 0 and not store.interrupt(1)
        assert store.sql("SELECT 2 AS two").item() == 2


PUT_BACK = """
import signal, sys
from emtract.cli.interrupts import heard

def installed():
    descriptor = signal.set_wakeup_fd(-1)
    signal.set_wakeup_fd(descriptor)
    return descriptor, signal.getsignal(signal.SIGINT), sys.unraisablehook

signal.signal(signal.SIGINT, signal.default_int_handler)
before = installed()
with heard(print) as pressed:
    assert installed() != before
    try:
        signal.raise_signal(signal.SIGINT)
    except KeyboardInterrupt:
        print("raised")
assert pressed.is_set() and installed() == before
print("put back")
"""


def test_what_was_installed_for_ctrl_c_is_put_back():
    """In a process of its own: a signal that comes late would end the one that runs the tests."""
    done = subprocess.run([sys.executable, "-c", PUT_BACK], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.split("\n"), done.stderr) == (0, ["raised", "put back", ""], "")
