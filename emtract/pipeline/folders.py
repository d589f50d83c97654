"""Which files a configured path, pattern or folder stands for."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from collections.abc import Set as AbstractSet

#: Files that are no archive: configurations, stores, and what is being written.
_OURS: Final = frozenset({".toml", ".duckdb", ".wal", ".tmp", ".part"})


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


def _glob(root: Path, pattern: str) -> Iterator[Path]:
    while pattern.startswith("../"):
        root, pattern = root.parent, pattern[3:]
    head, _, rest = pattern.partition("/")
    while rest.strip("/") and (root / head).is_dir():
        root, pattern = root / head, rest
        head, _, rest = pattern.partition("/")
    return root.glob(pattern)


def _beneath(folder: Path, leave_out: AbstractSet[Path]) -> Iterator[Path]:
    for path in folder.rglob("*"):
        parts = path.relative_to(folder).parts
        if any(part.startswith(".") for part in parts) or path.suffix.lower() in _OURS or not path.is_file():
            continue
        whole = path.resolve()
        if whole not in leave_out and leave_out.isdisjoint(whole.parents):
            yield path
