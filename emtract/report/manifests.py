"""What lies in the folder of pages: each page's manifest, read as a file that anybody may have written, cut or changed."""

from __future__ import annotations

import hashlib
import json
import math
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, Final, TypeVar

import msgspec

if TYPE_CHECKING:
    from emtract.report.results import ResultRow

MANIFEST: Final = "manifest.json"
_Kind = TypeVar("_Kind", bound=msgspec.Struct)


class Headline(msgspec.Struct, frozen=True, kw_only=True):
    """One headline number of a page."""

    spec: str
    term: str
    tone: str
    unit: str = ""
    estimate: float | None
    conf_low: float | None
    conf_high: float | None
    p_value: float | None
    #: (spec, term) in the files beside the page; none of a page of an earlier version.
    key: list[str] = []
    role: str = "headline"
    slope: bool = False
    standardised: bool = False
    clusters: str = ""
    effective_clusters: float | None = None
    bootstrapped: bool = False


class Instrument(msgspec.Struct, frozen=True, kw_only=True):
    """Who read the posts."""

    scorer: str
    revision: str


class StudyManifest(msgspec.Struct, frozen=True, kw_only=True):
    """What the index shows of a study; `failed` says why there are no estimates."""

    name: str
    question: str
    format: int
    provenance: Instrument
    headline: list[Headline] = []
    answer: str = ""
    finding: str = ""
    further: str = ""
    failed: str = ""
    notice: str | None = None
    specs: dict[str, Any] = {}
    analyses: dict[str, Any] = {}
    unit: str | None = None
    rows: int | None = None
    firms: int | None = None
    sessions: int | None = None
    first_session: str | None = None
    last_session: str | None = None


class ModelManifest(msgspec.Struct, frozen=True, kw_only=True):
    """What the index shows of a model."""

    name: str
    revision: str
    question: str
    answer: str
    n: int


def read_json(path: Path) -> Any:
    """Return the value of a JSON file, or None where there is none that can be read, and written again as text."""
    try:
        value = json.loads(path.read_bytes())
        json.dumps(value, ensure_ascii=False).encode()
    except (OSError, ValueError, RecursionError):
        return None
    return value


def study_manifest(told: Any) -> StudyManifest | None:
    """Return what the index shows of a study, or None where this is the manifest of something else, or a broken one."""
    if not isinstance(told, dict) or not ({"headline", "failed"} & told.keys()):
        return None
    found = _as(told, StudyManifest)
    if found is None:
        return None
    finite = [h for h in found.headline if all(map(_finite, (h.estimate, h.conf_low, h.conf_high, h.p_value)))]
    return msgspec.structs.replace(found, headline=finite)


def archive_words(archive: str, told: StudyManifest | ResultRow) -> str:
    """Return an archive in words: its folder, its firms, its years."""
    years = "\u2013".join(dict.fromkeys(day[:4] for day in (told.first_session, told.last_session) if day))
    firms = f"{told.firms:,} firms" if told.firms else ""
    return ", ".join(filter(None, (archive.replace("_", " "), firms, years)))


def model_manifest(told: Any) -> ModelManifest | None:
    """Return what the index shows of a model, or None where this is the manifest of something else, or a broken one."""
    return _as(told, ModelManifest) if isinstance(told, dict) and told.get("kind") == "model" else None


def are_whole(folder: Path, told: dict[str, Any]) -> bool:
    """Whether every file that a manifest lists has the bytes that it tells of, the script that pages share included."""
    files = told.get("files")
    if not isinstance(files, dict) or "index.html" not in files:
        return False
    listed = {folder / name: file for name, file in files.items() if _inside(name)}
    shared = told.get("shared", {})
    if not isinstance(shared, dict) or len(listed) != len(files):
        return False
    listed |= {folder.parent / name: file for name, file in shared.items() if _inside(name)}
    return all(isinstance(file, dict) and _digest(path) == file.get("sha256") for path, file in listed.items())


def digest(path: Path) -> dict[str, Any]:
    """Return sha256 and bytes of a file, as a manifest tells of it."""
    data = path.read_bytes()
    return {"sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}


def digests(folder: Path) -> dict[str, dict[str, Any]]:
    """Path inside the folder -> sha256 and bytes, in order."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {path.relative_to(folder).as_posix(): digest(path) for path in files}


def _digest(path: Path) -> str | None:
    try:
        return str(digest(path)["sha256"])
    except (OSError, ValueError):
        return None


def _inside(name: str) -> bool:
    path = PurePosixPath(name)
    return not path.is_absolute() and ".." not in path.parts


def _finite(number: float | None) -> bool:
    return number is None or math.isfinite(number)


def _as(told: Any, kind: type[_Kind]) -> _Kind | None:
    try:
        return msgspec.convert(told, kind)
    except (msgspec.ValidationError, ValueError, OverflowError, RecursionError):
        return None
