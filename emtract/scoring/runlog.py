"""The run log: one line of JSON for each run that scored, beside the store, for the methods section of a paper.

A file and not a table: it is only ever added to, outlives a store that is built again, and is read without emtract.
"""

from __future__ import annotations

import platform
import re
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from emtract.errors import StoreError
from emtract.workers import available_cores

if TYPE_CHECKING:
    from emtract.scoring.pending import ScoreKey


@dataclass(frozen=True)
class RunRecord:
    """One scoring run.

    Attributes
    ----------
    start, end
        UTC, to the second.
    emtract, python
        Versions.
    scorer, revision, cleaner
        The instrument.
    posts, texts, duplicates
        Posts covered; distinct texts scored; posts that took the score of another with the same text.
    posts_per_second
        Posts covered a second.
    engine, workers
        What scored, and over how many processes.
    processor, cores
        The machine that the run was started on.
    finished
        Whether it reached its end.
    """

    start: str
    end: str
    emtract: str
    scorer: str
    revision: str
    cleaner: str
    posts: int
    texts: int
    duplicates: int
    posts_per_second: float
    engine: str
    workers: int
    processor: str
    cores: int
    python: str
    finished: bool

    def sentence(self) -> str:
        """The run as a paper would report it."""
        share = self.duplicates / self.posts if self.posts else 0.0
        processes = "one process" if self.workers == 1 else f"{self.workers} processes"
        return (
            f"{self.start} to {self.end}: emtract {self.emtract} scored {self.texts:,} distinct texts, which stand for "
            f"{self.posts:,} posts ({share:.1%} duplicates), with {self.scorer}@{self.revision} over cleaner {self.cleaner}, at "
            f"{self.posts_per_second:,.0f} posts/s in {processes} ({self.engine} engine) on {self.cores} cores of "
            f"{self.processor}, Python {self.python}{'' if self.finished else '; the run was interrupted'}."
        )


def record_run(
    key: ScoreKey,
    *,
    start: datetime,
    seconds: float,
    texts: int,
    posts: int,
    finished: bool,
    engine: str,
    workers: int,
) -> RunRecord:
    """Describe a run on this machine.

    Parameters
    ----------
    key
        The instrument.
    start
        When scoring began; any zone, it is recorded in UTC.
    seconds
        Time that scoring took, by the clock.
    texts
        Distinct texts scored.
    posts
        Posts that read as these texts.
    finished
        False where the run was interrupted.
    engine
        `local`, or what spread the shards.
    workers
        Processes that scored.
    """
    return RunRecord(
        start=_instant(start),
        end=_instant(start + timedelta(seconds=seconds)),
        emtract=version("emtract"),
        **key.parameters(),
        posts=posts,
        texts=texts,
        duplicates=posts - texts,
        posts_per_second=round(posts / seconds, 1) if seconds else 0.0,
        engine=engine,
        workers=workers,
        processor=_processor(),
        cores=available_cores(),
        python=platform.python_version(),
        finished=finished,
    )


def log_path(store: Path) -> Path:
    """Where the run log of a store stands."""
    return store.with_name(f"{store.name}.log.jsonl")


def append_record(path: Path, record: RunRecord) -> None:
    """Add a run to the log."""
    try:
        with path.open("ab+") as file:
            if file.tell() and _last_byte(path) != b"\n":
                file.write(b"\n")
            file.write(msgspec.json.encode(asdict(record)) + b"\n")
    except OSError as error:
        raise StoreError(
            f"cannot write the run log {path} ({error.strerror}): make room or give the right to write there; "
            "the scores themselves are kept"
        ) from error


def read_records(path: Path) -> tuple[RunRecord, ...]:
    """Read the log, oldest run first; a store that was never scored has none.

    Raises
    ------
    StoreError
        A line is no record.
    """
    if not path.is_file():
        return ()
    records = []
    for number, line in enumerate(path.read_bytes().splitlines(), start=1):
        try:
            records.append(msgspec.json.decode(line, type=RunRecord))
        except msgspec.DecodeError as error:
            raise StoreError(f"line {number} of the run log {path} is cut or damaged: remove it") from error
    return tuple(records)


def _last_byte(path: Path) -> bytes:
    with path.open("rb") as file:
        file.seek(-1, 2)
        return file.read(1)


def _instant(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _processor(cpuinfo: Path = Path("/proc/cpuinfo")) -> str:
    text = cpuinfo.read_text(encoding="utf-8") if cpuinfo.exists() else ""
    name = re.search(r"^model name\s*:\s*(.+)$", text, flags=re.MULTILINE)
    return name.group(1).strip() if name else platform.processor() or platform.machine()
