"""Where a result comes from: versions, model, inputs and queries, each with its digest. No clock, no host, no user."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
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
class ScoreSet:
    """The scores that a store holds of one scorer revision under one cleaner: how many, and a digest of all of them.

    The digest is of the rows in any order: a sum and an exclusive or of one 64-bit hash a row. It tells sets apart that
    differ by chance or mistake, one in 2^64, and is no seal against someone who sets out to forge them.
    """

    scorer: str
    revision: str
    cleaner: str
    of: str
    count: int
    digest: str


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
    scores
        Scores of the store, of every scorer: a study may name any of them.
    store
        What else of the store decides a number -> digest of its rows in any order: the readings of files, the posts' texts.
    code
        Digest of the package's own files, which may change within one version.
    """

    versions: Mapping[str, str]
    scorer: str
    revision: str
    cleaner: str
    settings: Mapping[str, str | int | float | None]
    inputs: tuple[InputFile, ...]
    sql: Mapping[str, str]
    scores: tuple[ScoreSet, ...] = ()
    store: Mapping[str, str] = field(default_factory=dict)
    code: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Return plain types, ready for JSON."""
        return asdict(self)
