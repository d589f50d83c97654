"""What the prompt shows of a project: what was made, what the doctor found, what a replication package holds."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

import typer

from emtract.spelling import visible

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from emtract.pipeline.doctor import Diagnosis
    from emtract.pipeline.replicate import Package

_MARKS: Final = {"ok": "  ok   ", "note": " note  ", "broken": "BROKEN "}


def print_project(folder: Path, written: Sequence[Path]) -> None:
    """Print what a new project holds, and the next step."""
    for path in written:
        typer.echo(f"written: {visible(str(path))}")
    posts, prices = (visible(str(folder / "data" / name)) for name in ("posts", "prices"))
    typer.echo(f"next: put posts into {posts} and prices into {prices}, then")
    typer.echo(f"  emtract ingest --dry-run -c {visible(str(folder / 'emtract.toml'))}")


def print_diagnosis(diagnosis: Diagnosis, *, as_json: bool = False) -> None:
    """Print each check on a line, and below those that need something what to do."""
    if as_json:
        typer.echo(json.dumps(diagnosis.as_dict(), indent=2, ensure_ascii=False))
        return
    topic = ""
    for check in diagnosis.checks:
        if check.topic != topic:
            topic = check.topic
            typer.echo(topic)
        typer.echo(f"{_MARKS[check.status]} {visible(check.name)}: {visible(check.found)}")
        if check.remedy:
            typer.echo(f"           -> {visible(check.remedy)}")
    count = sum(check.status == "broken" for check in diagnosis.checks)
    typer.echo(f"{count} broken" if count else "nothing is broken")


def print_package(package: Package) -> None:
    """Print what a replication package holds, what it lacks, and what a replicator types."""
    typer.echo(f"{package.files:,} files, {package.bytes / 1e6:,.1f} MB, in {visible(str(package.folder))}")
    if package.referenced:
        typer.echo(f"{len(package.referenced):,} inputs are named with their digests and not included")
    for name in package.too_large:
        typer.echo(f"too large to be copied: {visible(name)}")
    for name in package.left_out:
        typer.echo(f"not in the generated archive: {visible(name)}")
    peak = package.measured.peak_memory_bytes
    memory = "" if peak is None else f", {peak / 1e6:,.0f} MB of memory at the peak"
    typer.echo(f"estimation took {sum(package.measured.seconds.values()):,.1f} s{memory}")
    typer.echo("complete the passages in [brackets] of README.md; a replicator types `python run.py`")
