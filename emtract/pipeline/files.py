"""Which files the configuration stands for: a path, a pattern or a folder -> files, each with how it is read and its name."""

from __future__ import annotations

import os.path
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from emtract.atomic import is_litter
from emtract.config import MarketSource, PostSource, PriceSource
from emtract.errors import ConfigError
from emtract.ingest.posts.tabular import ColumnMapping
from emtract.pipeline.authors import key_path
from emtract.spelling import stored_name

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from collections.abc import Set as AbstractSet

    from emtract.config import Settings

#: Sections that name files.
_KINDS: Final = ("posts", "prices", "market")
#: Files that are no archive: configurations, stores, and what is being written.
_OURS: Final = frozenset({".toml", ".duckdb", ".wal", ".tmp", ".part"})


class Job(NamedTuple):
    """One file to read: where it is, what the store calls it, how it is read, and of which kind: posts, prices, market."""

    path: Path
    name: str
    source: PostSource | PriceSource | MarketSource
    kind: str


def post_jobs(settings: Settings) -> list[Job]:
    """Files of posts that the settings name, in their order; a folder of posts does without its files of other kinds."""
    return list(_jobs(settings, "posts", leave_out=[job.path for job in market_jobs(settings)]))


def market_jobs(settings: Settings) -> list[Job]:
    """Files of prices, then files of other market data.

    Raises
    ------
    ConfigError
        A pattern matches no file, or two sections read one file in two ways: the second reading would replace the first.
    """
    jobs = [*_jobs(settings, "prices"), *_jobs(settings, "market")]
    first: dict[str, Job] = {}
    for job in jobs:
        other = first.setdefault(job.name, job)
        # Neither the pattern that finds a file nor its citation changes how it is read.
        alike = msgspec.structs.replace(other.source, files=job.source.files, cite=job.source.cite)
        if alike != job.source:
            raise ConfigError(
                f"{job.name} is named by [[{other.kind}]] files = {other.source.files!r} and by [[{job.kind}]] files = "
                f"{job.source.files!r}, and a file is read once: take it out of one of them, or copy it under another name"
            )
    return [job for job in jobs if first[job.name] is job]


def unmatched(settings: Settings) -> list[ConfigError]:
    """Return the error of each section of the settings whose pattern matches no file."""
    return [
        _no_file(settings, kind, source.files)
        for kind in _KINDS
        for source in getattr(settings, kind)
        if not _matches(settings, source)
    ]


def with_files(settings: Settings) -> Settings:
    """Return the settings without the sections whose patterns match no file."""
    return msgspec.structs.replace(
        settings, **{kind: tuple(s for s in getattr(settings, kind) if _matches(settings, s)) for kind in _KINDS}
    )


def _matches(
    settings: Settings, source: PostSource | PriceSource | MarketSource, leave_out: Collection[Path] = ()
) -> list[Path]:
    store, reports = settings.resolve(settings.store.path), settings.resolve(settings.report.folder)
    return matching_files(source.files, base=settings.base, leave_out=(store, key_path(settings), reports, *leave_out))


def _no_file(settings: Settings, kind: str, pattern: str) -> ConfigError:
    return ConfigError(f"no file matches {pattern!r} of [[{kind}]]: check the path, which starts at {settings.base}")


def _jobs(settings: Settings, kind: str, *, leave_out: Collection[Path] = ()) -> Iterator[Job]:
    for source in getattr(settings, kind):
        matches = _matches(settings, source, leave_out)
        if not matches:
            raise _no_file(settings, kind, source.files)
        for path in matches:
            yield Job(path, shown_name(path, settings.base), source, kind)


def shown_name(path: Path, base: Path) -> str:
    """Return what the store calls a file: its path from the folder of the configuration."""
    return stored_name(Path(os.path.relpath(path, base)).as_posix())


def column_mapping(source: PostSource | PriceSource | MarketSource) -> ColumnMapping | None:
    """Return the configured columns as the readers take them."""
    if not isinstance(source, PostSource) or source.columns is None:
        return None
    return ColumnMapping(**msgspec.structs.asdict(source.columns))


def matching_files(pattern: str, *, base: Path, leave_out: Collection[Path] = ()) -> list[Path]:
    """Return the files of a path, a glob or a folder, sorted; all files beneath a folder count.

    Parameters
    ----------
    pattern
        As a configuration writes it: absolute, or relative to `base`; `~` is the home folder.
    base
        Folder where a relative pattern starts.
    leave_out
        Files and folders that are never part of a folder: the store, the pages.

    Notes
    -----
    Of a folder, hidden files and folders, configurations and stores are passed over. A path that exists is taken as it
    is, whatever characters it holds, and so is each folder at the head of a pattern.
    """
    written = Path(pattern).expanduser()
    root = Path(written.anchor) if written.is_absolute() else base
    relative = str(written.relative_to(written.anchor)) if written.is_absolute() else pattern
    plain = root / relative
    if plain.is_file():
        return [plain]
    if plain.is_dir():
        return sorted(_beneath(plain, {path.resolve() for path in leave_out}))
    return sorted(path for path in _glob(root, relative) if path.is_file())


def would_match(path: Path, pattern: str, *, base: Path) -> bool:
    """Say whether a file that is not there yet would be among the `matching_files` of a pattern.

    Parameters
    ----------
    path
        Where a file is to be written.
    pattern, base
        As `matching_files` takes them.
    """
    written = base / Path(pattern).expanduser()
    place = path.resolve()
    if written.is_dir():
        return place.is_relative_to(written.resolve())
    parts, wanted = place.parts, written.resolve().parts
    if "**" in wanted:
        head = wanted[: wanted.index("**")]
        return _alike(parts[: len(head)], head) and fnmatchcase(parts[-1], wanted[-1])
    return _alike(parts, wanted)


def _alike(parts: tuple[str, ...], wanted: tuple[str, ...]) -> bool:
    return len(parts) == len(wanted) and all(a == b or fnmatchcase(a, b) for a, b in zip(parts, wanted, strict=True))


def _glob(root: Path, pattern: str) -> Iterator[Path]:
    while pattern.startswith("../"):
        root, pattern = root.parent, pattern[3:]
    head, _, rest = pattern.partition("/")
    while rest.strip("/") and (root / head).is_dir():
        root, pattern = root / head, rest
        head, _, rest = pattern.partition("/")
    return (path for path in root.glob(pattern) if not is_litter(path.relative_to(root)))


def _beneath(folder: Path, leave_out: AbstractSet[Path]) -> Iterator[Path]:
    for path in folder.rglob("*"):
        parts = path.relative_to(folder).parts
        if any(part.startswith(".") for part in parts) or path.suffix.lower() in _OURS or not path.is_file():
            continue
        whole = path.resolve()
        if whole not in leave_out and leave_out.isdisjoint(whole.parents):
            yield path
