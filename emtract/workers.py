"""Processes that run one function of this package over a stream of tasks, results in the order of the tasks."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import traceback
from collections import deque
from importlib import import_module
from itertools import islice
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from emtract.errors import EmtractError, WorkerError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

# Not joblib, loky or concurrent.futures: those return a task whole, where results here stream, bounded, one by one.

#: What a worker sends: a result of its task, the end of the task, or what the task raised.
_RESULT: Final = "result"
_END: Final = "end"
_RAISED: Final = "raised"
#: Results that a worker may run ahead of the one that is awaited; its pipe then fills and it waits.
_AHEAD: Final = 4


def available_cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def run_tasks(target: str, tasks: Iterable[Any], *, workers: int) -> Iterator[tuple[Any, Any]]:
    """Yield (task, result) of a generator function of this package, all of one task before any of the next.

    Use it for work that is heavy in Python. What a task yields must not depend on the worker, so that any number of
    workers gives the same stream.

    Parameters
    ----------
    target
        `module:function` within emtract; called with one task, yields its results.
    tasks
        Taken one at a time, a few ahead of the results.
    workers
        Processes; one or fewer run the function here.

    Raises
    ------
    WorkerError
        A worker was killed.
    EmtractError
        What the function raised.

    Notes
    -----
    Workers are started as `python -m emtract.workers`, not through `multiprocessing`: a script of a user's that calls
    emtract needs no guard around its main part. A worker that runs ahead waits in its pipe, so memory is bounded. They end
    with this process, however it ends: their pipe closes.
    """
    if workers <= 1 or os.name != "posix":
        function = _resolve(target)
        for task in tasks:
            for result in function(task):
                yield task, result
        return
    crew: list[_Worker] = []
    try:
        yield from _in_order(crew, target, iter(tasks), workers)
    finally:
        for worker in crew:
            worker.close()


class _Job(NamedTuple):
    task: Any
    held: deque[tuple[str, Any]]


class _Worker:
    """One process and the pipe to it."""

    def __init__(self, target: str) -> None:
        here, there = socket.socketpair()
        with there:
            arguments = [sys.executable, "-m", "emtract.workers", target, str(there.fileno())]
            # A session of its own: Ctrl-C reaches the parent alone, which then closes the pipes.
            self.process = subprocess.Popen(arguments, pass_fds=[there.fileno()], start_new_session=True)  # noqa: S603
        self.pipe: Connection[Any, Any] = Connection(here.detach())
        self.job: _Job | None = None

    def close(self) -> None:
        self.pipe.close()
        self.process.terminate()
        self.process.wait()


def _in_order(crew: list[_Worker], target: str, tasks: Iterator[Any], workers: int) -> Iterator[tuple[Any, Any]]:
    jobs: deque[_Job] = deque()
    waiting = deque(islice(tasks, 1))
    while True:
        while waiting and (worker := _free(crew, target, workers)):
            _hand_out(worker, waiting.popleft(), jobs)
            waiting.extend(islice(tasks, 1))
        if not jobs:
            return
        job = jobs[0]
        while job.held:
            what, value = job.held.popleft()
            if what == _RESULT:
                yield job.task, value
            elif what == _RAISED:
                raise value
            else:
                jobs.popleft()
        if jobs and jobs[0] is job:
            _receive(crew, job)


def _free(crew: list[_Worker], target: str, workers: int) -> _Worker | None:
    """Return a worker without a task, a new one where there may be more; None where all are busy."""
    for worker in crew:
        if worker.job is None:
            return worker
    if len(crew) == workers:
        return None
    crew.append(_Worker(target))
    return crew[-1]


def _hand_out(worker: _Worker, task: Any, jobs: deque[_Job]) -> None:
    try:
        worker.pipe.send(task)
    except OSError:
        raise _died(worker, task) from None
    worker.job = _Job(task, deque())
    jobs.append(worker.job)


def _receive(crew: list[_Worker], first: _Job) -> None:
    """Take one message of each worker that has one, but of none that is far ahead of the awaited job."""
    open_pipes: dict[Any, tuple[_Worker, _Job]] = {
        worker.pipe: (worker, job)
        for worker in crew
        if (job := worker.job) and (job is first or len(job.held) < _AHEAD)
    }
    ready: list[Any] = wait(list(open_pipes))
    for pipe in ready:
        worker, job = open_pipes[pipe]
        try:
            message = pipe.recv()
        except (EOFError, OSError):
            raise _died(worker, job.task) from None
        job.held.append(message)
        if message[0] != _RESULT:
            worker.job = None


def _died(worker: _Worker, task: object) -> WorkerError:
    code = worker.process.wait()
    how = f"was killed by signal {-code}" if code < 0 else f"ended with status {code}"
    # 9 is what a system out of memory sends.
    remedy = "free some memory and run" if code == -9 else "run"
    return WorkerError(
        f"a worker process {how} at {task}: what was done before is kept; {remedy} the same command again"
    )


def _resolve(target: str) -> Callable[[Any], Iterator[Any]]:
    module, _, name = target.partition(":")
    function: Callable[[Any], Iterator[Any]] = getattr(import_module(module), name)
    return function


def _told(pipe: Connection[Any, Any], task: object, error: Exception) -> bool:
    """Tell the parent what nobody foresaw, and return whether it is there."""
    place = traceback.extract_tb(error.__traceback__)[-1]
    line = " ".join(f"{type(error).__name__}: {error}".split())[:500]
    told = WorkerError(
        f"a worker process failed at {task} ({line}; {Path(place.filename).name}, line {place.lineno}): what was done before is "
        "kept; this is a mistake of emtract or of the model's code, and more memory does not help"
    )
    try:
        pipe.send((_RAISED, told))
    except OSError:
        return False
    return True


def _serve(target: str, handle: int) -> None:
    """Run tasks until the pipe closes."""
    function = _resolve(target)
    pipe: Connection[Any, Any] = Connection(handle)
    while True:
        try:
            task = pipe.recv()
        except (EOFError, OSError):
            return
        try:
            for result in function(task):
                pipe.send((_RESULT, result))
            pipe.send((_END, None))
        except EmtractError as error:
            pipe.send((_RAISED, error))
        except OSError as error:
            if not _told(pipe, task, error):  # the parent is gone
                return
        except KeyboardInterrupt:
            return
        except Exception as error:  # noqa: BLE001 (told to the parent, which raises it)
            if not _told(pipe, task, error):
                return


if __name__ == "__main__":
    _serve(sys.argv[1], int(sys.argv[2]))
