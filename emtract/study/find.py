"""Where the studies are: those shipped with the package by name, any other by its path."""

from __future__ import annotations

import ast
import hashlib
import sys
import traceback
from contextlib import suppress
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from pathlib import Path

from emtract.errors import EmtractError, StudyError, first_line
from emtract.study.declare import Study
from emtract.study.former import admit


def studies_folder() -> Path:
    """Return the folder of the studies: the wheel's `emtract/studies`, else the checkout's top-level `studies`."""
    package = Path(__file__).resolve().parent.parent
    for folder in (package / "studies", package.parent / "studies"):
        if folder.is_dir():
            return folder
    raise StudyError("the studies of emtract are missing: reinstall the package, or name a study by its path")


def list_studies() -> tuple[str, ...]:
    """Return the names of the studies that ship with the package.

    Examples
    --------
    >>> from emtract import list_studies
    >>> "daily_returns" in list_studies()
    True
    """
    return tuple(sorted(path.stem for path in studies_folder().glob("*.py") if not path.stem.startswith("_")))


def study_file(name_or_path: str | Path) -> Path:
    """Return the file of a study: a name is looked up among those shipped, anything with a suffix or folder is a path.

    Raises
    ------
    StudyError
        When there is no such study; the message lists those there are.
    """
    path = Path(name_or_path)
    if path.suffix or len(path.parts) > 1:
        if path.is_file():
            return path
        raise StudyError(f"there is no study file {path}: check the path, or name one of {', '.join(list_studies())}")
    shipped = studies_folder() / f"{path}.py"
    if str(path) not in list_studies():
        raise StudyError(
            f"there is no study {str(path)!r}: name one of {', '.join(list_studies())}, or a path ending in .py"
        )
    return shipped


def load_study(name_or_path: str | Path) -> Study:
    """Return the `STUDY` of a study file, which is code and runs here; see `study_file` for how it is found.

    Raises
    ------
    StudyError
        When there is no such file, it is not Python, it cannot be run, or it defines no `STUDY`.

    Examples
    --------
    >>> from emtract import load_study
    >>> load_study("daily_returns").primary
    ('contemporaneous_emotions', 'happy_market')
    """
    path = study_file(name_or_path)
    tree = look_at_study(path)
    admit(name for *_, names in _own_files(path) for name in names)
    found = spec_from_file_location(f"emtract_study_{path.stem}", path)
    if found is None:
        raise StudyError(f"{path} is not a Python file: a study ends in .py")
    module = module_from_spec(found)
    try:  # what was read above, and not by the loader: it would leave compiled files beside studies, and read stale ones
        exec(compile(tree, str(path), "exec", dont_inherit=True), vars(module))  # noqa: S102
    except EmtractError as error:
        raise StudyError(f"{path}{_line(error, path)}: {error}") from error
    except (Exception, SystemExit) as error:
        raise StudyError(
            f"{path}{_line(error, path)} fails ({type(error).__name__}: {first_line(error, most=200)}): mend the study file"
        ) from error
    study = getattr(module, "STUDY", None)
    if not isinstance(study, Study):
        raise StudyError(f"{path} defines no study: assign STUDY = Study(...)")
    return study


def look_at_study(name_or_path: str | Path) -> ast.Module:
    """Parse a study file without running it.

    Raises
    ------
    StudyError
        When there is no such file, it is not Python, or it assigns no `STUDY`.
    """
    path = study_file(name_or_path)
    if path.suffix != ".py":
        raise StudyError(f"{path} is not a Python file: a study ends in .py")
    try:
        tree = ast.parse(path.read_bytes(), filename=str(path))
    except SyntaxError as error:
        line = f" at line {error.lineno}" if error.lineno else ""
        raise StudyError(f"{path} is not Python{line} ({error.msg}): mend the study file") from error
    except (ValueError, RecursionError, MemoryError, OSError) as error:
        raise StudyError(f"{path} is not Python ({first_line(error, most=200)}): name a study file") from error
    if "STUDY" not in _assigned(tree):
        raise StudyError(f"{path} defines no study: assign STUDY = Study(...)")
    return tree


def stated_name(tree: ast.Module) -> str | None:
    """Return the name that a study file gives its study as a plain word, or None where only running it would tell."""
    calls = (node for node in ast.walk(tree) if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Study")
    names = [
        k.value.value for call in calls for k in call.keywords if k.arg == "name" and isinstance(k.value, ast.Constant)
    ]
    return names[0] if len(names) == 1 and isinstance(names[0], str) else None


def study_digests(name_or_path: str | Path) -> dict[str, str]:
    """Return file name -> sha256 of a study file and of the modules of one's own that it imports, and they.

    Modules of Python, of emtract and of installed packages are left out: versions tell of them. Of files that a study reads
    while it is run nothing is known.
    """
    (_, first, _), *others = _own_files(study_file(name_or_path))
    return {"": first} | {file.name: digest for file, digest, _ in others}


def _own_files(path: Path) -> list[tuple[Path, str, set[str]]]:
    """Return a study file and the modules of one's own that it imports, and they: file, sha256, and what each imports."""
    found: dict[Path, tuple[Path, str, set[str]]] = {}
    ahead = [path.resolve()]
    while ahead:
        file = ahead.pop()
        if file in found:
            continue
        data, names = file.read_bytes(), set[str]()
        with suppress(SyntaxError, ValueError):
            names = _imported(ast.parse(data))
        found[file] = file, hashlib.sha256(data).hexdigest(), names
        ahead += [f for name in sorted(names) if (f := _own_module(name)) is not None]
    return list(found.values())


def _assigned(tree: ast.Module) -> set[str]:
    """Names that a file gives a value or imports, anywhere in it."""
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    imports = [a for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom) for a in node.names]
    return names | {"STUDY" if a.name == "*" else a.asname or a.name for a in imports}


def _imported(tree: ast.Module) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {a.name for a in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names |= {node.module, *(f"{node.module}.{a.name}" for a in node.names)}
    return names


def _own_module(name: str) -> Path | None:
    """File of a module that is neither Python's, nor emtract's, nor an installed package's."""
    root = name.partition(".")[0]
    if root in sys.stdlib_module_names or root == "emtract":
        return None
    loaded = sys.modules.get(name)
    try:
        found = loaded.__spec__ if loaded is not None else find_spec(name)
    except (ImportError, ValueError, AttributeError):
        return None
    file = Path(found.origin).resolve() if found is not None and found.has_location and found.origin else None
    installed = file is None or {"site-packages", "dist-packages"} & set(file.parts)
    return None if installed or file is None or not file.is_file() else file


def _line(error: BaseException, path: Path) -> str:
    """Where in the study file an error arose."""
    lines = [f.lineno for f in traceback.extract_tb(error.__traceback__) if f.filename == str(path)]
    return f" at line {lines[-1]}" if lines else ""
