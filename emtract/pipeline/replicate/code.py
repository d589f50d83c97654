"""The code of a replication package: the wheel where it can be built, the versions, the digests of what is installed."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from importlib.metadata import PackageNotFoundError, distribution, requires, version
from pathlib import Path
from typing import TYPE_CHECKING

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from emtract.errors import ReportError
from emtract.extras import has
from emtract.ingest.market.tables import SAS
from emtract.model.card import file_digest
from emtract.model.registry import BASELINES, HUGGINGFACE

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from emtract.config import Settings


def build_wheel(folder: Path) -> Path | None:
    """Build the wheel of this emtract into a folder, without a network; None where its source or the builder is not there."""
    package = Path(__file__).resolve().parents[2]
    source = package.parent
    if not (source / "pyproject.toml").is_file() or not has("hatchling"):
        return None
    target = ["--target", "wheel", "--directory", str(folder.resolve())]
    command = [sys.executable, "-m", "hatchling", "build", *target]
    done = subprocess.run(command, cwd=source, capture_output=True, check=False)  # noqa: S603
    found = sorted(folder.glob("emtract-*.whl"))
    return found[0] if done.returncode == 0 and found else None


def installed_digests() -> str:
    """Return digest and path of each file of the installed package, a line each, as `sha256sum` writes them."""
    package = Path(__file__).resolve().parents[2]
    files = [p for p in sorted(package.rglob("*")) if p.is_file() and "__pycache__" not in p.parts]
    return "".join(f"{file_digest(path)}  emtract/{path.relative_to(package).as_posix()}\n" for path in files)


def licence() -> str:
    """Return the licence of emtract, as its installation carries it."""
    text = distribution("emtract").read_text("licenses/LICENSE")
    beside = Path(__file__).resolve().parents[3] / "LICENSE"
    if text is None and not beside.is_file():
        raise ReportError("the installed emtract lacks its licence: install it again with pip")
    return beside.read_text(encoding="utf-8") if text is None else text


def extras_of(settings: Settings) -> tuple[str, ...]:
    """Return the extras that a configuration needs, and `large` where it is installed.

    Which library absorbs effects turns on whether pyfixest is there, and the two agree to 1e-8, not to the byte.
    """
    models = (settings.model.name, *settings.model.also)
    wanted = {
        "baselines": any(name in BASELINES for name in models),
        "large": has("pyfixest"),
        "hf": any(name.startswith(HUGGINGFACE) for name in models),
        "market": any(path.suffix in SAS for source in settings.market for path in _files(source.files)),
        "language": settings.panel.language is not None,
    }
    return tuple(name for name, is_needed in wanted.items() if is_needed)


def _files(files: str) -> list[Path]:
    path = Path(files)
    return list(path.rglob("*")) if path.is_dir() else [path]


def constraints(wheel: Path | None, extras: Sequence[str]) -> str:
    """Return a file of constraints for pip: the installed version of every library that emtract needs, and they need.

    Parameters
    ----------
    wheel
        The wheel, whose own list of needs is taken where there is one: an editable installation may tell an older one.
    extras
        Extras of emtract to follow.
    """
    own = _wheel_requires(wheel) if wheel else requires("emtract") or ()
    found: dict[str, str] = {}
    todo = _wanted(own, extras)
    while todo:
        name, more = todo.pop()
        key = f"{name}[{','.join(more)}]" if more else name
        if key in found:
            continue
        try:
            found[key] = version(name)
        except PackageNotFoundError:  # an extra that is not installed cannot have moved a number
            continue
        todo += _wanted(distribution(name).requires or (), more)
    lines = {(key.partition("[")[0], Version(number).public) for key, number in found.items()}
    return "".join(f"{name}=={number}\n" for name, number in sorted(lines))


def _wanted(needs: Iterable[str], extras: Sequence[str]) -> list[tuple[str, tuple[str, ...]]]:
    parsed = [Requirement(text) for text in needs]
    return [
        (canonicalize_name(need.name), tuple(sorted(need.extras)))
        for need in parsed
        if need.marker is None or any(need.marker.evaluate({"extra": extra}) for extra in ("", *extras))
    ]


def _wheel_requires(wheel: Path) -> list[str]:
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (n for n in archive.namelist() if n.endswith(".dist-info/METADATA"))
        text = archive.read(name).decode()
    head = text.partition("\n\n")[0]
    return [line.partition(": ")[2] for line in head.splitlines() if line.startswith("Requires-Dist: ")]
