"""Shards over a Ray cluster: Ray Data maps the shard function over the list of shards, with a pool of actors."""

from __future__ import annotations

import logging
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from emtract.errors import EmtractError, ModelError, WorkerError
from emtract.extras import bring
from emtract.scoring.folder import SHARD_TEXTS
from emtract.scoring.instrument import load_once
from emtract.scoring.shards import score_shard

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable

    from emtract.scoring.instrument import Instrument
    from emtract.scoring.shards import Shard


class ShardActor:
    """One actor: loads the scorer at its first shard, and keeps it."""

    def __init__(self, instrument: Instrument) -> None:
        self.instrument = instrument

    def __call__(self, row: dict[str, Any]) -> dict[str, Any]:
        """Score the shard of a row; what emtract itself refuses is told, since trying again would not help."""
        try:
            score_shard(Path(row["source"]), Path(row["target"]), load_once(self.instrument))
        except EmtractError as error:
            return {"number": row["number"], "refused": str(error)}
        return {"number": row["number"], "refused": ""}


@dataclass(frozen=True)
class RayRunner:
    """Scores shards with Ray Data on the cluster that `RAY_ADDRESS` names, or on this machine.

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
        """Yield each shard when it is finished, in any order."""
        ray = _import_ray()
        listed = list(shards)
        started = not ray.is_initialized()
        if started:
            _connect(ray)
        try:
            for row in self._rows(ray, listed):
                if row["refused"]:
                    raise WorkerError(row["refused"])
                yield listed[row["number"]]
        except ray.exceptions.RayError as error:
            reason = str(error).strip().splitlines()[-1][:200]
            raise WorkerError(
                f"Ray gave up ({reason}): what was finished is kept; run the same command again"
            ) from error
        finally:
            if started:
                ray.shutdown()

    def _rows(self, ray: Any, listed: list[Shard]) -> Iterable[dict[str, Any]]:
        context = ray.data.DataContext.get_current()
        context.enable_progress_bars = False
        items = [
            {"number": number, "source": str(shard.source.resolve()), "target": str(shard.target.resolve())}
            for number, shard in enumerate(listed)
        ]
        scored = ray.data.from_items(items, override_num_blocks=len(items)).map(
            ShardActor,
            fn_constructor_args=(self.instrument,),
            compute=ray.data.ActorPoolStrategy(size=self.workers),
            num_cpus=self.cpus,
            num_gpus=self.gpus,
        )
        rows: Iterable[dict[str, Any]] = scored.iter_rows()
        return rows


def _import_ray() -> Any:
    # Ray reports to its makers unless told not to, and before it is imported.
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    ray = bring("ray", "--engine ray", "ray", error=ModelError)
    bring("ray", "--engine ray", "ray.data", error=ModelError)
    logging.getLogger("ray.data").setLevel(logging.ERROR)
    return ray


def _connect(ray: Any) -> None:
    local = {} if os.environ.get("RAY_ADDRESS") else {"include_dashboard": False}
    ray.init(log_to_driver=False, logging_level=logging.ERROR, **local)
