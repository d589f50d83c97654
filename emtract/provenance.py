"""Where a result comes from: versions, model, inputs and queries, each with its digest. No clock, no host, no user."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class InputFile:
    """One input file: path as configured, digest of its bytes, size, rows read and rows in quarantine."""

    path: str
    kind: str
    sha256: str
    bytes: int
    rows_read: int
    rows_rejected: int


@dataclass(frozen=True)
class Provenance:
    """All that a reader needs to tell whether two results should agree.

    Attributes
    ----------
    versions
        Package -> version, emtract and python among them.
    scorer, revision, cleaner
        The instrument that read the posts.
    settings
        Configuration and panel settings, flat.
    inputs
        Every file of the store, in path order.
    sql
        SQL file -> sha256.
    """

    versions: Mapping[str, str]
    scorer: str
    revision: str
    cleaner: str
    settings: Mapping[str, str | int | float | None]
    inputs: tuple[InputFile, ...]
    sql: Mapping[str, str]

    def as_dict(self) -> dict[str, Any]:
        """Return plain types, ready for JSON."""
        return asdict(self)
