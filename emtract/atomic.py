"""Files and folders written beside their place and renamed: a reader never meets half of one, whatever ends the process."""

from __future__ import annotations

import os
import re
import shutil
from contextlib import ExitStack, contextmanager, suppress
from errno import EEXIST
from typing import TYPE_CHECKING

from emtract.spelling import spelt_out

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path


@contextmanager
def replaced_file(path: Path) -> Iterator[Path]:
    """Give a path in the folder of `path` to write to: that file takes its place when the block ends, and goes when it raises.

    Parameters
    ----------
    path
        Where the file shall stand. What a link points to is replaced, not the link; a device or a pipe is written to as it is.
    """
    target = path.resolve() if path.is_symlink() else path
    if target.exists() and not (target.is_file() or target.is_dir()):
        yield target
        return
    clear_litter(target)
    fresh = _beside(target, "new")
    try:
        yield fresh
        if target.is_file():
            shutil.copymode(target, fresh)
        _settle(fresh)
        fresh.replace(target)
        _settle(target.parent)
    finally:
        fresh.unlink(missing_ok=True)


@contextmanager
def replaced_files(paths: Iterable[Path]) -> Iterator[list[Path]]:
    """Give a path to write to for each of several files that belong together: none takes its place before all are written."""
    with ExitStack() as places:
        yield [places.enter_context(replaced_file(path)) for path in paths]


@contextmanager
def replaced_folder(target: Path) -> Iterator[Path]:
    """Give an empty folder beside `target` to fill: it takes its place when the block ends, and goes when it raises.

    What a link points to is replaced, not the link.
    """
    target = target.resolve()
    clear_litter(target)
    fresh = _beside(target, "new")
    try:
        fresh.mkdir(parents=True)
        yield fresh
        for path in (*fresh.rglob("*"), fresh):
            _settle(path)
        if target.exists():
            target.rename(_beside(target, "old"))
        fresh.rename(target)
        _settle(target.parent)
    finally:
        # Whatever ended the block: a folder that was moved aside comes back, unless another took its place.
        clear_litter(target)


def write_whole(path: Path, content: str | bytes) -> None:
    """Write a file in one rename; text as UTF-8, with bytes of names that are none spelt out."""
    with replaced_file(path) as fresh:
        fresh.write_bytes(spelt_out(content).encode() if isinstance(content, str) else content)


def write_new(path: Path, content: bytes, *, mode: int = 0o666) -> None:
    """Write a file that must not be there yet, whole and on the disk before it has its name.

    Parameters
    ----------
    path
        Where the file shall stand.
    content
        What it shall hold.
    mode
        Who may read and write it, less what the process keeps from others.

    Raises
    ------
    FileExistsError
        Something is there, also where another process was faster; it stays as it is.
    """
    clear_litter(path)
    fresh = _beside(path, "new")
    try:
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
            file.write(content)
        _settle(fresh)
        try:
            os.link(fresh, path)
        except FileExistsError:
            raise
        except OSError:  # a disk that knows no links
            if path.exists():
                raise FileExistsError(EEXIST, os.strerror(EEXIST), str(path)) from None
            fresh.rename(path)
        _settle(path.parent)
    finally:
        fresh.unlink(missing_ok=True)


def write_if_changed(path: Path, content: str | bytes) -> None:
    """Write a file in one rename, its folder too, and only where its content differs."""
    data = spelt_out(content).encode() if isinstance(content, str) else content
    if path.is_file() and path.read_bytes() == data:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, data)


def clear_litter(target: Path) -> None:
    """Remove what killed processes left of their writing of `target`; of a folder that one had moved aside, put it back."""
    found = _litter(target.parent, re.escape(target.name))
    if not target.exists():
        for path in found:
            if f".{target.name}.old-" in path.name and path.is_dir():
                path.rename(target)
                break
    _remove(found)


def clear_all_litter(folder: Path) -> None:
    """Remove what killed processes left of their writing in a folder that holds nothing but emtract's own output."""
    for path in _litter(folder, ".+"):
        place = folder / path.name[1:].rpartition(".")[0]
        clear_litter(place)


def is_litter(path: Path) -> bool:
    """Whether a path, from where one looks on, is being written, or was when its process was killed."""
    return any(re.fullmatch(r"\..+\.(?:new|old)-\d+", part, re.DOTALL) for part in path.parts)


def _beside(target: Path, kind: str) -> Path:
    return target.with_name(f".{target.name}.{kind}-{os.getpid()}")


def _litter(folder: Path, name: str) -> list[Path]:
    """Paths left by processes that are gone; one of this process's number was another's, as in a container."""
    form = re.compile(rf"\.{name}\.(?:new|old)-(\d+)", re.DOTALL)
    with suppress(OSError):
        told = [(path, form.fullmatch(path.name)) for path in sorted(folder.iterdir())]
        return [path for path, match in told if match and not _runs(int(match[1]))]
    return []


def _runs(process: int) -> bool:
    """Whether another process of this number runs here; where the system cannot tell, it is taken to."""
    if process == os.getpid():
        return False
    if os.name != "posix":
        return True
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return True


def _remove(paths: list[Path]) -> None:
    for path in paths:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            with suppress(OSError):
                path.unlink(missing_ok=True)


def _settle(path: Path) -> None:
    """Have the system put a file or the names of a folder on the disk, where it can."""
    with suppress(OSError):
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
