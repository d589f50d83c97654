"""Estimate a study in a process of its own, so that its time and its memory can be measured: `python -m` this module."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any, Final

import msgspec

from emtract.errors import EmtractError, StudyError

if TYPE_CHECKING:
    from emtract.config import Settings

#: Written to the folder of the pages by the process that was measured.
_TOLD: Final = "measured.json"


@dataclass(frozen=True)
class Measured:
    """What a run took: seconds of each stage, seconds of the processor, and bytes of memory at the peak (None: unknown)."""

    seconds: dict[str, float]
    cpu_seconds: float | None
    peak_memory_bytes: int | None


def run_measured(config: Path, study: str, folder: Path, *, whole: bool) -> Measured:
    """Write the page of a study to a folder.

    Parameters
    ----------
    config
        Configuration file.
    study
        Name or path of the study.
    folder
        Home of the page, in place of the configured one.
    whole
        Read and score too; otherwise the store must be scored.

    Raises
    ------
    StudyError
        What the run raised.
    """
    folder.mkdir(parents=True, exist_ok=True)
    arguments = [str(config.resolve()), study, str(folder.resolve()), "whole" if whole else "study"]
    command = [sys.executable, "-m", __name__, *arguments]
    read, write = os.pipe()
    with os.fdopen(write, "wb"), os.fdopen(read, "rb") as alive:  # its end tells the process that this one has ended
        done = subprocess.run(command, stdin=alive, capture_output=True, text=True, check=False)  # noqa: S603
    told = folder / _TOLD
    if not told.is_file():
        raise StudyError(f"the run of {study} ended with status {done.returncode}: {done.stderr.strip()[-300:]}")
    values: dict[str, Any] = json.loads(told.read_text(encoding="utf-8"))
    told.unlink()
    if "error" in values:
        raise StudyError(values["error"])
    return Measured(**values)


def _run(settings: Settings, study: str, *, whole: bool) -> dict[str, float]:
    from emtract import pipeline

    seconds, start = {}, perf_counter()
    if whole:
        with pipeline.open_store(settings) as store:
            pipeline.ingest(settings, store)
            seconds["ingest"], start = perf_counter() - start, perf_counter()
            pipeline.score(settings, store)
            seconds["score"], start = perf_counter() - start, perf_counter()
    with pipeline.open_store(settings, read_only=True) as store:
        pipeline.run_one_study(settings, store, study)
    return seconds | {"study": perf_counter() - start}


def _resources() -> dict[str, float | None]:
    try:
        import resource
    except ImportError:  # Windows
        return {"cpu_seconds": None, "peak_memory_bytes": None}
    mine, children = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    unit = 1 if sys.platform == "darwin" else 1024
    return {
        "cpu_seconds": mine.ru_utime + mine.ru_stime + children.ru_utime + children.ru_stime,
        "peak_memory_bytes": mine.ru_maxrss * unit,
    }


def _main(config: str, study: str, folder: str, scope: str) -> None:
    from emtract.config import load_settings

    told: dict[str, Any]
    try:
        settings = load_settings(config)
        settings = msgspec.structs.replace(settings, report=msgspec.structs.replace(settings.report, folder=folder))
        told = {"seconds": _run(settings, study, whole=scope == "whole")} | _resources()
    except EmtractError as error:
        told = {"error": str(error)}
    (Path(folder) / _TOLD).write_text(json.dumps(told), encoding="utf-8")


def _end_with_parent() -> None:
    """End where standard input does: who waits for this process was killed, and the store it holds is wanted again."""
    os.read(sys.stdin.fileno(), 1)
    os._exit(1)


if __name__ == "__main__":
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _main(*sys.argv[1:])
