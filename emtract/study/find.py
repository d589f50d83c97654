"""Where the studies are: those shipped with the package by name, any other by its path."""

from __future__ import annotations

from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

from emtract.errors import StudyError
from emtract.study.declare import Study


def studies_folder() -> Path:
    """Return the folder of the studies: the wheel's `emtract/studies`, else the checkout's top-level `studies`."""
    package = Path(__file__).resolve().parent.parent
    for folder in (package / "studies", package.parent / "studies"):
        if folder.is_dir():
            return folder
    raise StudyError("the studies of emtract are missing: reinstall the package, or name a study by its path")


def list_studies() -> tuple[str, ...]:
    """Return the names of the studies that ship with the package."""
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
    """Return the `STUDY` of a study file; see `study_file` for how it is found.

    Raises
    ------
    StudyError
        When there is no such file, it is not Python, or it defines no `STUDY`.
    """
    path = study_file(name_or_path)
    found = spec_from_file_location(f"emtract_study_{path.stem}", path)
    if found is None or found.loader is None:
        raise StudyError(f"{path} is not a Python file: a study ends in .py")
    module = module_from_spec(found)
    found.loader.exec_module(module)
    study = getattr(module, "STUDY", None)
    if not isinstance(study, Study):
        raise StudyError(f"{path} defines no study: assign STUDY = Study(...)")
    return study
