"""What is installed: the package and its libraries, the extras, the runtime, the shipped models."""

from __future__ import annotations

import platform
import re
from importlib.metadata import PackageNotFoundError, requires, version
from typing import Final

from emtract import extras
from emtract.errors import ModelError
from emtract.extras import PURPOSES, has
from emtract.pipeline.doctor.check import Check, broken

#: Extra -> what it is for.
_PURPOSES: Final = {**PURPOSES, "all": "all of these", "docs": "the documentation", "test": "the tests"}
_NAME: Final = re.compile(r"[A-Za-z0-9._-]+")


def check_package() -> list[Check]:
    """Versions of Python, emtract and its libraries, and the runtime of the default model."""
    checks = [Check("package", "python", "ok", platform.python_version())]
    checks.append(Check("package", "emtract", "ok", version("emtract")))
    found = {name: _version(name) for name in needed(None)}
    if missing := [name for name, there in found.items() if there is None]:
        remedy = "pip install emtract, which brings what is missing"
        checks.append(Check("package", "libraries", "broken", f"missing: {', '.join(missing)}", remedy))
    else:
        told = ", ".join(f"{name} {there}" for name, there in found.items())
        checks.append(Check("package", "libraries", "ok", told))
    return checks


def check_extras() -> list[Check]:
    """Each extra of the installed package: whether its libraries are there, and what it is for."""
    names = dict.fromkeys(re.findall(r"extra == ['\"](\w+)['\"]", " ".join(requires("emtract") or ())))
    return [_extra(name) for name in sorted(names)]


def check_models() -> list[Check]:
    """Whether each shipped model has the bytes that its card tells of, and what computes the default."""
    from emtract.model.card import read_card
    from emtract.model.registry import known_models, shipped_folder

    checks = [_runtime()]
    names = [name for name in known_models() if shipped_folder(name).is_dir()]
    if "default" not in names:
        checks.append(
            Check(
                "models",
                "default",
                "broken",
                "its files are missing",
                "install emtract again from the file or folder that it came from",
            )
        )
    for name in names:
        try:
            card = read_card(shipped_folder(name))
        except ModelError as error:
            checks.append(broken("models", name, error))
        else:
            checks.append(Check("models", name, "ok", f"whole: revision {card.revision}, cleaner {card.cleaner}"))
    return checks


def needed(extra: str | None) -> list[str]:
    """Return the libraries that the installed package, or one of its extras, needs."""
    told = [requirement.split(";") for requirement in requires("emtract") or ()]
    wanted = [r[0] for r in told if (extra is None and len(r) == 1) or _of_extra(r[1:], extra)]
    return [match.group() for text in wanted if (match := _NAME.match(text.strip()))]


def _of_extra(markers: list[str], extra: str | None) -> bool:
    return extra is not None and any(re.search(rf"extra == ['\"]{extra}['\"]", marker) for marker in markers)


def _extra(name: str) -> Check:
    missing = [library for library in needed(name) if _version(library) is None]
    purpose = _PURPOSES[name]
    if missing:
        remedy = f"for {purpose}: {extras.remedy(name)}"
        return Check("extras", name, "note", f"absent ({', '.join(missing)})", remedy)
    return Check("extras", name, "ok", f"present, for {purpose}")


def _runtime() -> Check:
    there = {name: _version(name) for name in ("openvino", "onnxruntime") if has(name)}
    if not there:
        return Check(
            "models", "runtime", "broken", "neither openvino nor onnxruntime", "pip install openvino onnxruntime"
        )
    name, number = next(iter(there.items()))
    slower = "for about twice the speed: pip install openvino" if name == "onnxruntime" else ""
    return Check("models", "runtime", "note" if slower else "ok", f"the default model runs on {name} {number}", slower)


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
