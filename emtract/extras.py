"""The packages that a default installation lacks: which extra brings each, and the one way by which the code reaches them.

A module of emtract never imports such a package by itself: it asks `bring` for it, or `demand` before a room of its own that
imports it (training), so that every verb says in one line what it lacks. What can do without one asks `has`.
"""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import Any, Final, Literal

from emtract.errors import EmtractError

Extra = Literal["train", "hf", "baselines", "ray", "large", "figures", "market", "language"]

#: Extra -> what it is for.
PURPOSES: Final[dict[str, str]] = {
    "train": "training a model again",
    "hf": "models named hf:NAME",
    "baselines": "the lexicons vader, textblob, nrclex and nade",
    "ray": "scoring over a cluster",
    "large": "regressions of many rows or more than two effects",
    "figures": "figures as SVG, PDF and PNG",
    "market": "market data in the files of SAS",
    "language": "leaving out posts in other languages",
}
#: Extra -> the modules that it brings.
MODULES: Final[dict[Extra, tuple[str, ...]]] = {
    "train": ("torch", "transformers", "safetensors", "onnx", "sklearn"),
    "hf": ("torch", "transformers"),
    "baselines": ("nade", "nrclex", "textblob", "vaderSentiment"),
    "ray": ("ray",),
    "large": ("pyfixest",),
    "figures": ("kaleido",),
    "market": ("pyreadstat",),
    "language": ("py3langid",),
}
#: Modules whose package has another name.
_DISTRIBUTIONS: Final = {"docx": "python-docx", "sklearn": "scikit-learn", "exchange_calendars": "exchange-calendars"}


def has(module: str) -> bool:
    """Return whether a module is installed, without importing it."""
    try:
        return find_spec(module) is not None
    except (ImportError, ValueError):  # what `sys.modules` names as absent
        return False


def demand(extra: Extra, who: str, *modules: str, error: type[EmtractError] = EmtractError) -> None:
    """Raise unless modules of an extra are installed.

    Parameters
    ----------
    extra
        The extra that brings them, which the message tells to install.
    who
        What needs them, as the subject of "needs".
    modules
        Names of modules, looked for and not imported; all of the extra where none is given.
    error
        The class of the error: the asking room's.

    Raises
    ------
    EmtractError
        Or `error`: at least one is not installed.
    """
    if missing := [module for module in modules or MODULES[extra] if not has(module)]:
        raise error(f"{who} needs {', '.join(missing)}: {remedy(extra)}")


def bring(extra: Extra, who: str, module: str, *, error: type[EmtractError] = EmtractError) -> Any:
    """Import a module of an extra and return it.

    Parameters
    ----------
    extra
        The extra that brings it.
    who
        What needs it, as the subject of "needs".
    module
        Its name, dots included; its first part is the package that the messages name.
    error
        The class of the error: the asking room's.

    Raises
    ------
    EmtractError
        Or `error`: its package is not installed, or cannot be imported.
    """
    package = module.partition(".")[0]
    demand(extra, who, package, error=error)
    try:
        return import_module(module)
    except (ImportError, OSError) as failure:
        raise unusable(who, package, failure, error=error) from failure


def unusable(who: str, package: str, failure: Exception, *, error: type[EmtractError] = EmtractError) -> EmtractError:
    """Return the error of a package that is installed and cannot be loaded.

    Parameters
    ----------
    who
        What needs the package, as the subject of "needs".
    package
        The module's name.
    failure
        What its import raised; the first line is quoted, up to 200 characters.
    error
        The class of the error: the asking room's.
    """
    reason = (str(failure).strip() or type(failure).__name__).splitlines()[0][:200]
    return error(
        f"{who} needs {package}, which is installed and cannot be loaded ({reason}): "
        f"pip install --force-reinstall {_distribution(package)}"
    )


def remedy(extra: str) -> str:
    """Return the command that installs an extra."""
    return f"pip install 'emtract[{extra}]'"


def lacking(error: ModuleNotFoundError) -> str | None:
    """Say which package of the default installation is gone and how to get it back; None of a module of emtract."""
    package = (error.name or "emtract").partition(".")[0]
    if package == "emtract":
        return None
    return f"this installation has lost the package {package}: pip install {_distribution(package)}"


def _distribution(package: str) -> str:
    return _DISTRIBUTIONS.get(package, package)
