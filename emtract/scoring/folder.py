"""A folder of shards that leaves the machine of the store: written there, scored anywhere, by Slurm too, and taken in again."""

from __future__ import annotations

import shlex
from dataclasses import asdict, dataclass
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from emtract.errors import SourceError
from emtract.scoring.engine import export_shards
from emtract.scoring.intake import GROUP, check_shards, clear_folder, leave_outside, take_in
from emtract.scoring.pending import Scope, ScoreKey, find_pending
from emtract.scoring.runners import load_once
from emtract.scoring.shards import SHARD_TEXTS, Shard, replacing, score_shard

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from emtract.scoring.runners import Instrument
    from emtract.store import Store

INDEX: Final = "shards.json"


@dataclass(frozen=True)
class IndexEntry:
    """One shard of a folder: its file, texts, posts that read so, and digest."""

    file: str
    texts: int
    posts: int
    sha256: str


@dataclass(frozen=True)
class PartReport:
    """What the scoring of a part did: shards scored now, shards found finished, texts scored now."""

    scored: int
    found: int
    texts: int


@dataclass(frozen=True)
class LoadReport:
    """What became of a folder: its shards, those finished, texts new to the store, and shards still missing by file."""

    shards: int
    finished: int
    texts: int
    missing: tuple[str, ...]


def write_shards(
    store: Store,
    folder: Path,
    key: ScoreKey,
    *,
    scope: Scope | None = None,
    size: int = SHARD_TEXTS,
    progress: Callable[[int, int], None] | None = None,
) -> list[Shard]:
    """Write the texts that a scorer has not read as shards, and last their index.

    Parameters
    ----------
    store
        A cleaned store.
    folder
        A new folder, an empty one, or one whose writing was interrupted.
    key
        The scores that are wanted.
    scope, size
        Which texts, and how many a shard.
    progress
        Called with texts written and texts in all.

    Raises
    ------
    SourceError
        The folder holds shards already.
    """
    if (folder / INDEX).exists():
        raise SourceError(
            f"{folder} holds shards already: take them in with `emtract shards load`, or name another folder"
        )
    pending = find_pending(store, key, scope or Scope())
    folder.mkdir(parents=True, exist_ok=True)
    clear_folder(folder)
    folder.mkdir(exist_ok=True)
    shards: list[Shard] = []
    for shard in export_shards(store, folder, pending, cleaner=key.cleaner, size=size):
        shards.append(shard)
        if progress is not None:
            progress(sum(s.texts for s in shards), pending.texts)
    entries = [asdict(IndexEntry(s.source.name, s.texts, s.posts, s.sha256)) for s in shards]
    with replacing(folder / INDEX) as part:
        part.write_bytes(msgspec.json.format(msgspec.json.encode(entries)) + b"\n")
    return shards


def list_shards(folder: Path) -> list[Shard]:
    """Return the shards of a folder, in order.

    Raises
    ------
    SourceError
        It has no index, or a damaged one.
    """
    try:
        entries = msgspec.json.decode((folder / INDEX).read_bytes(), type=list[IndexEntry])
    except (OSError, msgspec.DecodeError) as error:
        raise SourceError(
            f"{folder} holds no whole set of shards ({INDEX} is missing or damaged): write it with `emtract shards write`"
        ) from error
    # A name alone: an index that was tampered with must not lead out of the folder.
    return [Shard(folder / Path(entry.file).name, entry.texts, entry.posts, entry.sha256) for entry in entries]


def choose_part(shards: Sequence[Shard], part: int, parts: int) -> list[Shard]:
    """Return every `parts`-th shard, from the `part`-th on, so that parts cost alike.

    Parameters
    ----------
    shards
        In the order of `list_shards`, the same on every machine.
    part
        Number of the part, from 1 to `parts`.
    parts
        Parts that the folder is scored in; beyond its shards some are empty.

    Raises
    ------
    SourceError
        There is no such part.
    """
    if not 1 <= part <= parts:
        raise SourceError(f"there is no part {part} of {parts}: parts are numbered from 1 to {parts}")
    return list(shards[part - 1 :: parts])


def choose_task(shards: Sequence[Shard], task: int) -> list[Shard]:
    """Return one shard by its number, from 0 on; raises `SourceError` where there is none."""
    if not 0 <= task < len(shards):
        raise SourceError(f"there is no shard {task}: shards are numbered from 0 to {len(shards) - 1}")
    return [shards[task]]


def score_part(
    shards: Sequence[Shard], instrument: Instrument, *, progress: Callable[[int, int], None] | None = None
) -> PartReport:
    """Score shards in this process, and pass over those that are finished; no store is needed.

    Parameters
    ----------
    shards
        See `list_shards`.
    instrument
        What loads the scorer.
    progress
        Called with texts scored and texts in all.
    """
    scorer = load_once(instrument)
    total, before, scored, texts = sum(shard.texts for shard in shards), 0, 0, 0
    report = progress or (lambda done, whole: None)
    report(0, total)
    for shard in shards:
        done = shard.finished()
        score_shard(shard.source, shard.target, scorer, progress=lambda n, start=before: report(start + n, total))  # type: ignore[misc]
        before += shard.texts
        report(before, total)
        if shard.finished() != done:
            scored, texts = scored + 1, texts + shard.texts
    return PartReport(scored, len(shards) - scored, texts)


def load_shards(
    store: Store, folder: Path, *, outside: bool = False, progress: Callable[[str, int, int], None] | None = None
) -> LoadReport:
    """Take the finished shards of a folder into the store; they stay where they are, and may be taken in again.

    Parameters
    ----------
    store
        The store that the shards came from, open to write.
    folder
        See `write_shards`.
    outside
        Leave the scores in the files: the store keeps the paths, and reads the files from its next opening on.
    progress
        Called with (`shards`, shards looked at, shards in all).

    Raises
    ------
    SourceError
        A finished shard holds anything but scores of texts of this store, each once: none of the folder is taken in.
    """
    shards = list_shards(folder)
    take = leave_outside if outside else take_in
    finished = ((shard.target, manifest) for shard in shards if (manifest := shard.finished()) is not None)
    check_shards(store, finished)
    taken, missing = 0, []
    for start in range(0, len(shards), GROUP):
        group = shards[start : start + GROUP]
        found = [(shard, shard.finished()) for shard in group]
        taken += take(store, [(shard.target, manifest) for shard, manifest in found if manifest is not None])
        missing += [shard.source.name for shard, manifest in found if manifest is None]
        if progress is not None:
            progress("shards", start + len(group), len(shards))
    return LoadReport(len(shards), len(shards) - len(missing), taken, tuple(missing))


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
