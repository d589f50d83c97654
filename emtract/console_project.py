"""What the prompt shows of a project: what was made, what the doctor found, what a replication package holds."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

import typer

from emtract.console import visible

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from emtract.pipeline.doctor import Diagnosis

_MARKS: Final = {"ok": "  ok   ", "note": " note  ", "broken": "BROKEN "}


def print_project(folder: Path, written: Sequence[Path]) -> None:
    """Print what a new project holds, and the next step."""
    for path in written:
        typer.echo(f"written: {visible(str(path))}")
    typer.echo(f"next: put posts into {visible(str(folder / 'data/posts'))} and prices into data/prices, then")
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
