"""The Slurm job array that scores a folder of shards."""

from __future__ import annotations

import shlex
from importlib.resources import files
from typing import TYPE_CHECKING, Final

from emtract.errors import SourceError
from emtract.scoring.folder import list_shards
from emtract.scoring.shards import replacing

if TYPE_CHECKING:
    from pathlib import Path

#: Tasks of an array that clusters commonly allow.
MAX_TASKS: Final = 1_000


def write_slurm(folder: Path, script: Path, *, model: str = "default", threads: int = 4) -> int:
    """Write a commented array script to edit and submit, and return its number of tasks.

    Parameters
    ----------
    folder
        A folder of shards on a disk that all nodes share.
    script
        Where to write it.
    model, threads
        Scorer, and cores of a task.
    """
    from jinja2 import Environment, StrictUndefined

    for word in (str(folder.resolve()), str(script), model):
        if not word.isprintable():
            raise SourceError(f"{word!r} holds a character that no line of a script can: rename it, or name another")
    if threads < 1:
        raise SourceError(f"--threads {threads}: give 1 or more")
    shards = len(list_shards(folder))
    if not shards:
        raise SourceError(f"{folder} has no shard to score: every text has its scores")
    template = files("emtract.scoring").joinpath("slurm.sh.j2").read_text(encoding="utf-8")
    # A shell script, not a page: words are quoted for the shell.
    environment = Environment(undefined=StrictUndefined, keep_trailing_newline=True)  # noqa: S701
    text = environment.from_string(template).render(
        folder=shlex.quote(str(folder.resolve())),
        script=shlex.quote(str(script)),
        model=shlex.quote(model),
        threads=threads,
        shards=shards,
        tasks=min(shards, MAX_TASKS),
    )
    with replacing(script) as part:
        part.write_text(text, encoding="utf-8")
    return min(shards, MAX_TASKS)
