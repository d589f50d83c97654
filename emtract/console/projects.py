"""A project and its machine: what was begun, checked, packed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

import typer

from emtract.console.voice import say
from emtract.spelling import typed

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from emtract.pipeline.doctor import Diagnosis
    from emtract.pipeline.replicate import Package

_MARKS: Final = {"ok": "  ok   ", "note": " note  ", "broken": "BROKEN "}


def print_project(folder: Path, written: Sequence[Path]) -> None:
    """Print what a new project holds, and the next step."""
    data = folder / "data"
    say(
        *(f"written: {path}" for path in written),
        f"next: put posts into {data / 'posts'} and prices into {data / 'prices'}, then",
        f"  emtract ingest --dry-run -c {typed(folder / 'emtract.toml')}",
    )


def print_diagnosis(diagnosis: Diagnosis, *, as_json: bool = False) -> None:
    """Print each check on a line, and below those that need something what to do."""
    if as_json:
        typer.echo(json.dumps(diagnosis.as_dict(), indent=2, ensure_ascii=False))
        return
    topic = ""
    for check in diagnosis.checks:
        if check.topic != topic:
            topic = check.topic
            say(topic)
        say(f"{_MARKS[check.status]} {check.name}: {check.found}")
        if check.remedy:
            say(f"           -> {check.remedy}")
    count = sum(check.status == "broken" for check in diagnosis.checks)
    say(f"{count} broken" if count else "nothing is broken")


def print_package(package: Package) -> None:
    """Print what a replication package holds, what it lacks, and what a replicator types."""
    say(f"{package.files:,} files, {package.bytes / 1e6:,.1f} MB, in {package.folder}")
    if package.referenced:
        say(f"{len(package.referenced):,} inputs are named with their digests and not included")
    say(*(f"too large to be copied: {name}" for name in package.too_large))
    say(*(f"not in the generated archive: {name}" for name in package.left_out))
    peak = package.measured.peak_memory_bytes
    memory = "" if peak is None else f", {peak / 1e6:,.0f} MB of memory at the peak"
    say(f"estimation took {sum(package.measured.seconds.values()):,.1f} s{memory}")
    say("complete the passages in [brackets] of README.md; a replicator types `python run.py`")
