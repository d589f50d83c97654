"""Tasks over processes: order, memory, errors, deaths."""

import os
import signal
import subprocess
import sys
import textwrap
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emtract import workers
from emtract.errors import SourceError, WorkerError
from emtract.workers import run_tasks

HERE = "tests.test_workers"


def count_up(task):
    for number in range(task):
        time.sleep(0.0002 * (task % 3))
        yield number * 10 + task


def refuse(task):
    yield task
    if task == 3:
        raise SourceError("task 3 is no good: give another")


def die(task):
    yield os.getpid()
    if task == 2:
        os.kill(os.getpid(), signal.SIGKILL)


def large(task):
    for _ in range(20):
        yield bytes(1 << 20)
    yield task


@pytest.fixture(autouse=True)
def _tests_are_importable(monkeypatch):
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(sys.path))


@pytest.mark.parametrize("number", [0, 1, 2, 5])
def test_results_come_in_the_order_of_the_tasks_whatever_the_number_of_workers(number):
    tasks = [3, 0, 5, 1, 0, 0, 7, 2]
    expected = [(task, result) for task in tasks for result in count_up(task)]
    assert list(run_tasks(f"{HERE}:count_up", iter(tasks), workers=number)) == expected


@settings(max_examples=5, deadline=None)
@given(tasks=st.lists(st.integers(0, 12), max_size=12))
def test_any_tasks_give_the_stream_of_one_process(tasks):
    assert list(run_tasks(f"{HERE}:count_up", tasks, workers=3)) == list(
        run_tasks(f"{HERE}:count_up", tasks, workers=1)
    )


def test_an_error_of_a_task_comes_after_all_results_before_it():
    stream = run_tasks(f"{HERE}:refuse", [1, 2, 3, 4], workers=2)
    assert [next(stream)[1] for _ in range(3)] == [1, 2, 3]
    with pytest.raises(SourceError, match="task 3 is no good"):
        next(stream)


def test_a_killed_worker_is_named_with_its_task():
    with pytest.raises(WorkerError, match=r"killed by signal 9 at 2: .* run the same command again"):
        list(run_tasks(f"{HERE}:die", [0, 1, 2, 3], workers=2))


def test_a_worker_far_ahead_waits():
    stream = run_tasks(f"{HERE}:large", [0, 1, 2], workers=3)
    assert next(stream)[0] == 0
    time.sleep(0.3)
    assert [task for task, _ in stream] == [0] * 20 + [1] * 21 + [2] * 21


def test_no_more_workers_are_started_than_there_are_tasks(monkeypatch):
    started = []
    real = workers._Worker
    monkeypatch.setattr(workers, "_Worker", lambda target: started.append(target) or real(target))
    assert list(run_tasks(f"{HERE}:count_up", [], workers=4)) == []
    assert started == []
    list(run_tasks(f"{HERE}:count_up", [2], workers=4))
    assert len(started) == 1


def test_workers_end_when_the_stream_is_left():
    stream = run_tasks(f"{HERE}:die", [0, 1], workers=2)
    _, pid = next(stream)
    stream.close()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_workers_end_when_the_parent_is_killed():
    script = textwrap.dedent(f"""
        import sys
        from emtract.workers import run_tasks
        stream = run_tasks("{HERE}:die", [0, 1], workers=2)
        print(next(stream)[1], flush=True)
        sys.stdin.read()
    """)
    parent = subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )  # an unguarded script, too: nothing in it is run twice
    pid = int(parent.stdout.readline())
    parent.kill()
    parent.wait()
    for _ in range(100):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return
        time.sleep(0.05)
    pytest.fail("the worker outlived its parent")


def test_an_error_that_nobody_foresaw_is_shown_and_not_taken_for_want_of_memory():
    with pytest.raises(WorkerError, match=r"failed at .*\(KeyError: 'gone'; test_workers.py, line \d+\)") as error:
        list(run_tasks(f"{__name__}:stumble", [1, 2], workers=2))
    assert "free some memory" not in str(error.value)


def stumble(task):
    yield {}["gone"]
