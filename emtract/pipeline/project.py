"""A new project: a folder with a commented configuration and a place for the data."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING, Final

from emtract.atomic import write_new
from emtract.config import check_folder
from emtract.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

#: File of a project -> its template; a name that begins with a dot would not travel in every package.
_FILES: Final = {"emtract.toml": "emtract.toml", "README.md": "README.md", ".gitignore": "gitignore"}
_FOLDERS: Final = ("data/posts", "data/prices", "data/market")


def init_project(folder: Path) -> tuple[Path, ...]:
    """Make a project folder and return the files written.

    Raises
    ------
    ConfigError
        One of the files is there already, the folder is a file, or its name is not UTF-8; nothing is written then.
    """
    check_folder(folder)
    if folder.exists() and not folder.is_dir():
        raise ConfigError(f"{folder} is a file: name a folder")
    if there := [name for name in _FILES if (folder / name).exists()]:
        raise ConfigError(f"{folder} already has {', '.join(there)}: nothing was written; name another folder")
    for name in _FOLDERS:
        (folder / name).mkdir(parents=True, exist_ok=True)
    templates = files("emtract.pipeline") / "templates" / "project"
    for name, template in _FILES.items():
        write_new(folder / name, (templates / template).read_bytes())
    return tuple(folder / name for name in _FILES)
