"""Shards over the processes of this machine."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Final

from emtract.scoring.instrument import load_once
from emtract.scoring.shards import score_shard
from emtract.workers import available_cores, run_tasks

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator

    from emtract.scoring.instrument import Instrument
    from emtract.scoring.shards import Shard, ShardManifest

#: Texts a shard: what a process that is killed has scored in vain at most, and how often progress shows.
SHARD_TEXTS: Final = 16_384


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
        What each worker loads; its `threads` are those of one worker.
    workers
        Processes; many-core machines are served best by processes of about four threads each.
    shard_texts
        Texts a shard at most.
    """

    instrument: Instrument
    workers: int
    shard_texts: int = SHARD_TEXTS
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
