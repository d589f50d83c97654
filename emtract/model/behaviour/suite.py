"""The suite as it is written: TOML files with `[lists]` of words and `[[check]]`, ours in `suite/` and a user's own."""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import msgspec

from emtract.errors import SourceError
from emtract.model.behaviour.expand import expand
from emtract.model.behaviour.kinds import AnyCheck  # noqa: TC001 - msgspec reads it

if TYPE_CHECKING:
    from collections.abc import Mapping

    from emtract.model.behaviour.kinds import Case

#: The file whose lists every other file may use: tickers, users, links, numbers.
_SHARED: Final = "lists.toml"
_PLACE: Final = re.compile(r" - at `\$(?:\.check\[(\d+)\])?(.*?)`$")

Words = Annotated[tuple[str, ...], msgspec.Meta(min_length=1)]


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Keys of a file."""

    lists: dict[str, Words] = {}
    check: tuple[AnyCheck, ...] = ()


@dataclass(frozen=True)
class Sheet:
    """A check and its cases."""

    check: AnyCheck
    cases: tuple[Case, ...]


def load_suite(own: Path | None = None) -> tuple[Sheet, ...]:
    """Expand the shipped suite, and after it a file of one's own.

    Parameters
    ----------
    own
        A TOML file of the same form; it may use the shared lists, and name them anew.

    Raises
    ------
    SourceError
        The file cannot be read, is no such file, or has a check whose name is taken.
    """
    folder = Path(str(files("emtract.model.behaviour"))) / "suite"
    shared = _read(folder / _SHARED).lists
    paths = [path for path in sorted(folder.glob("*.toml")) if path.name != _SHARED] + ([own] if own else [])
    sheets: dict[tuple[str, str], Sheet] = {}
    for path in paths:
        found = _read(path)
        for check in found.check:
            if (check.capability, check.name) in sheets:
                raise SourceError(f"{path}: {_title(check)} is the name of an earlier check; give it another")
            sheets[check.capability, check.name] = Sheet(check, _expand(check, {**shared, **found.lists}, path))
    if own and not found.check:
        raise SourceError(f"{own} holds no [[check]]; docs/behaviour.md shows one of each kind")
    return tuple(sheets.values())


def _expand(check: AnyCheck, lists: Mapping[str, Words], path: Path) -> tuple[Case, ...]:
    try:
        return expand(check.templates, lists, n=check.n, seed=f"{check.capability}/{check.name}")
    except ValueError as error:
        raise SourceError(f"{path}, {_title(check)}: {error}") from error


def _read(path: Path) -> _File:
    try:
        return msgspec.toml.decode(path.read_bytes(), type=_File)
    except OSError as error:
        raise SourceError(f"{path} cannot be read ({error.strerror}); give a TOML file of checks") from error
    except msgspec.ValidationError as error:
        raise SourceError(f"{path}{_told(str(error))}; docs/behaviour.md names the keys of each kind") from error
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise SourceError(f"{path} is not valid TOML: {error}") from error


def _told(message: str) -> str:
    """Spell a message of msgspec with the number of the check, from one, in place of a path."""
    found = _PLACE.search(message)
    if found is None:
        return f": {message}"
    number, key = found.groups()
    where = ["" if number is None else f"check {int(number) + 1}", key.lstrip(".")]
    return f"{''.join(f', {part}' for part in where if part)}: {message[: found.start()]}"


def _title(check: AnyCheck) -> str:
    return f"check {check.name!r} of {check.capability!r}"
