"""Input files as the store knows them: identity, what became of their rows, which are read to their end."""

from __future__ import annotations

from dataclasses import astuple, dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from emtract.store.database import Store


@dataclass(frozen=True)
class SourceFile:
    """Identity of an input file: what it is, how it is read, and the digest of its bytes."""

    path: str
    kind: str
    format: str
    mapping: str
    sha256: str
    bytes: int
    modified_ns: int


@dataclass(frozen=True)
class Loaded:
    """What became of the rows of one file; ``read = kept + repeated + rejected``."""

    read: int = 0
    kept: int = 0
    repeated: int = 0
    rejected: int = 0

    def __add__(self, other: Loaded) -> Loaded:
        """Sum of both, count by count."""
        return Loaded(*(a + b for a, b in zip(astuple(self), astuple(other), strict=True)))


@dataclass(frozen=True)
class KnownSource:
    """The newest reading of a path.

    Attributes
    ----------
    source_id
        Its number in the store.
    file
        What was read.
    last_line
        Last line whose row is committed.
    finished
        Whether the file was read to its end; if not, a run that finds the same bytes goes on after `last_line`.
    """

    source_id: int
    file: SourceFile
    last_line: int
    finished: bool

    def is_unchanged(self, file: SourceFile) -> bool:
        """Whether the file was read to its end and looks as it did then, so that its digest need not be taken."""
        return self.finished and file == replace(self.file, kind=file.kind, sha256=file.sha256)

    def is_same(self, file: SourceFile) -> bool:
        """Whether it had these bytes, this format and this mapping."""
        names = ("sha256", "kind", "format", "mapping")
        return all(getattr(self.file, name) == getattr(file, name) for name in names)


def known_sources(store: Store) -> dict[str, KnownSource]:
    """Newest reading of every path that the store knows."""
    known = {}
    for row in store.query("staging/newest_sources").iter_rows(named=True):
        source_id, last_line, finished = row.pop("source_id"), row.pop("last_line"), row.pop("finished")
        known[row["path"]] = KnownSource(source_id, SourceFile(**row), last_line, finished)
    return known
