"""Who scores shards outside this process: workers of this machine, or a Ray cluster; and what tells them the scorer."""

from __future__ import annotations

import logging
import os
from contextlib import closing
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Final, Protocol

from emtract.errors import EmtractError, ModelError, WorkerError
from emtract.extras import bring
from emtract.scoring.shards import SHARD_TEXTS, score_shard
from emtract.workers import available_cores, run_tasks

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator

    from emtract.model import Scorer
    from emtract.model.registry import Device
    from emtract.scoring.shards import Shard, ShardManifest

#: Texts a shard: what a process that is killed has scored in vain at most, and how often progress shows.
LOCAL_SHARD_TEXTS: Final = 16_384


class Instrument(Protocol):
    """What can load a scorer in any process; it is pickled, and equal ones load once a process."""

    def load(self) -> Scorer:
        """Load the scorer."""

    def __hash__(self) -> int:
        """Equal instruments have equal hashes."""


@dataclass(frozen=True)
class NamedScorer:
    """A scorer by the name that `load_scorer` knows it by, and how it computes.

    Attributes
    ----------
    name
        See `load_scorer`.
    threads, batch_tokens, device
        Decide speed and memory; None takes what is usual for the scorer.
    """

    name: str = "default"
    threads: int | None = None
    batch_tokens: int | None = None
    device: Device = "cpu"

    def load(self) -> Scorer:
        """Load it; see `load_scorer` for what may go wrong."""
        from emtract.model import load_scorer

        return load_scorer(self.name, threads=self.threads, batch_tokens=self.batch_tokens, device=self.device)


@cache
def load_once(instrument: Instrument) -> Scorer:
    """Return the scorer of an instrument, loaded at its first use in this process."""
    return instrument.load()


@dataclass(frozen=True)
class ShardTask:
    """One shard, and what scores it."""

    shard: Shard
    instrument: Instrument

    def __str__(self) -> str:
        return str(self.shard.source)


@dataclass(frozen=True)
class LocalRunner:
    """Scores shards in worker processes, each of which loads the scorer once.

    Attributes
    ----------
    instrument
        What each worker loads; its `threads` are for one worker.
    workers
        Processes; many-core machines are served best by processes of about four threads each.
    shard_texts
        Texts a shard at most.
    """

    instrument: Instrument
    workers: int
    shard_texts: int = LOCAL_SHARD_TEXTS
    engine: ClassVar[str] = "local"

    def run(self, shards: Iterable[Shard]) -> Generator[Shard]:
        """Yield each shard when it is finished; shards are taken as workers come free."""
        tasks = (ShardTask(shard, self.instrument) for shard in shards)
        stream: Any = run_tasks(f"{__name__}:score_task", tasks, workers=self.workers)
        with closing(stream):
            for task, _ in stream:
                yield task.shard


def score_task(task: ShardTask) -> Iterator[ShardManifest]:
    """Score the shard of a task."""
    yield score_shard(task.shard.source, task.shard.target, load_once(task.instrument))


def threads_each(workers: int) -> int:
    """Threads of each of a number of workers that share the cores of this machine."""
    return max(1, available_cores() // workers)


class ShardActor:
    """One actor: loads the scorer at its first shard, and keeps it."""

    def __init__(self, instrument: Instrument) -> None:
        self.instrument = instrument

    def ready(self) -> str:
        """Answer as soon as the cluster has room for this actor."""
        return ""

    def score(self, source: str, target: str) -> str:
        """Score a shard; what emtract itself refuses is returned, since trying again would not help."""
        try:
            score_shard(Path(source), Path(target), load_once(self.instrument))
        except EmtractError as error:
            return str(error)
        return ""


@dataclass(frozen=True)
class RayRunner:
    """Scores shards with actors of Ray on the cluster that `RAY_ADDRESS` names, or on this machine.

    Attributes
    ----------
    instrument
        What each actor loads.
    workers
        Actors.
    cpus, gpus
        What each of them asks of the cluster.
    shard_texts
        Texts a shard at most.

    Notes
    -----
    The folder of the shards must be on a disk that all nodes share, and emtract must be installed on each. An actor that dies
    is started again, and its shard scored again, by Ray: a shard is whole or not there, so none is half or double.
    """

    instrument: Instrument
    workers: int
    cpus: int = 1
    gpus: int = 0
    shard_texts: int = SHARD_TEXTS
    engine: ClassVar[str] = "ray"

    def run(self, shards: Iterable[Shard]) -> Generator[Shard]:
        """Yield each shard when it is finished, in any order; shards are taken as actors come free."""
        ray = _import_ray()
        started = not ray.is_initialized()
        if started:
            _connect(ray)
        try:
            yield from self._score(ray, iter(shards))
        except ray.exceptions.RayError as error:
            reason = str(error).strip().splitlines()[-1][:200]
            raise WorkerError(
                f"Ray gave up ({reason}): what was finished is kept; run the same command again"
            ) from error
        finally:
            if started:
                ray.shutdown()

    def _score(self, ray: Any, shards: Iterator[Shard]) -> Generator[Shard]:
        kind = ray.remote(num_cpus=self.cpus, num_gpus=self.gpus, max_restarts=-1, max_task_retries=-1)(ShardActor)
        actors = [kind.remote(self.instrument) for _ in range(self.workers)]
        running: dict[Any, tuple[Any, Shard | None]] = {actor.ready.remote(): (actor, None) for actor in actors}
        while running:
            (done, *_), _ = ray.wait([*running])
            actor, finished = running.pop(done)
            if refused := ray.get(done):
                raise WorkerError(refused)
            if (shard := next(shards, None)) is not None:
                answer = actor.score.remote(str(shard.source.resolve()), str(shard.target.resolve()))
                running[answer] = actor, shard
            else:
                # An actor that the cluster never had room for is not waited for once all shards are given out.
                running = {key: item for key, item in running.items() if item[1] is not None}
            if finished is not None:
                yield finished


def _import_ray() -> Any:
    # Ray reports to its makers unless told not to, and before it is imported.
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    return bring("ray", "--engine ray", "ray", error=ModelError)


def _connect(ray: Any) -> None:
    local = {} if os.environ.get("RAY_ADDRESS") else {"include_dashboard": False}
    ray.init(log_to_driver=False, logging_level=logging.ERROR, **local)
