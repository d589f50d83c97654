"""Draws that were done: a line each in a file beside the table, so that a simulation that was stopped goes on where it was."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import emtract

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

#: What draws depend on, besides their seed: the package, and the designs.
_CODE: Final = (Path(emtract.__file__).parent, Path(__file__).parent)


#: Folder of such files.
DRAWS: Final = Path("runs/validation/draws")


def file_name(design: str) -> str:
    """Return the name of a design's file."""
    return f"{re.sub('[^a-z0-9]+', '-', design.lower())}.jsonl"


class Kept(NamedTuple):
    """The file of a design's draws, each line the numbers of one, after a line that says by which code and seed they are.

    Attributes
    ----------
    path
        Made at the first draw.
    seed
        Of the draws.
    """

    path: Path
    seed: int

    def read(self) -> list[dict[tuple[str, str], list[float]]]:
        """Return the draws in their order; none of other code or another seed, and none of a line that was cut off."""
        lines = self.path.read_bytes().splitlines(keepends=True) if self.path.is_file() else []
        if not lines or lines[0] != self._head():
            return []
        whole = [line for line in lines[1:] if line.endswith(b"\n")]
        return [{(spec, term): numbers for spec, term, *numbers in json.loads(line)} for line in whole]

    def add(self, draws: Iterator[Mapping[tuple[str, str], Sequence[float]]], after: int) -> Iterator[None]:
        """Write draws as they come, after the first so many that `read` gave; yields once a draw."""
        kept = self.path.read_bytes().splitlines(keepends=True)[: after + 1] if after else [self._head()]
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("wb") as file:
            file.writelines(kept)
            for draw in draws:
                line = json.dumps([[*key, *numbers] for key, numbers in draw.items()]) + "\n"
                file.write(line.encode())
                file.flush()
                yield

    def _head(self) -> bytes:
        return (json.dumps({"code": _digest(), "seed": self.seed}) + "\n").encode()


def _digest() -> str:
    """SHA-256 of all code that a draw may run."""
    found = hashlib.sha256()
    for folder in _CODE:
        for path in sorted(folder.rglob("*.py")):
            found.update(path.read_bytes())
    return found.hexdigest()
