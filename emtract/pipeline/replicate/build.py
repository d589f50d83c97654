"""Build a replication package: everything in a new folder, put in place at the end or not at all."""

from __future__ import annotations

import json
import platform
import shutil
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec

from emtract.atomic import replaced_folder
from emtract.config import load_settings
from emtract.errors import ReportError, StudyError
from emtract.model.card import file_digest
from emtract.pipeline.doctor.processor import this_processor, total_memory
from emtract.pipeline.opening import configured_model, open_store, silent
from emtract.pipeline.replicate.code import build_wheel, constraints, extras_of, installed_digests, licence
from emtract.pipeline.replicate.layout import (
    CONFIG,
    DATA,
    SYNTHETIC,
    check_inputs,
    check_scored,
    copy_inputs,
    inputs_table,
    lay_out,
    model_folders,
    to_toml,
)
from emtract.pipeline.replicate.measured import Measured, run_measured
from emtract.pipeline.replicate.readme import Facts, write_readme, write_script
from emtract.pipeline.replicate.synthetic import generate
from emtract.pipeline.studies import find_study, locate_study
from emtract.scoring.runlog import log_path, read_records
from emtract.store.sql import sql_folder
from emtract.study.find import study_file
from emtract.workers import available_cores

if TYPE_CHECKING:
    from emtract.config import Settings
    from emtract.pipeline.opening import Progress
    from emtract.pipeline.replicate.layout import Input, Layout
    from emtract.scoring.runlog import RunRecord
    from emtract.study import Study

RUNTIME: Final = "runtime.json"
CHECKSUMS: Final = "checksums.sha256"
#: Posts of the generated archive at most.
ROWS: Final = 20_000
_NOTICE: Final = (
    "Synthetic data: posts and prices were generated in the place of data that cannot be shared. "
    "Its numbers mean nothing."
)


@dataclass(frozen=True)
class Package:
    """A replication package.

    Attributes
    ----------
    folder
        Where it lies.
    files, bytes
        What is in it.
    referenced
        Places of inputs that are named with their digests and not included.
    too_large
        Files that are too large to be copied.
    left_out
        Inputs that the generated archive has nothing in the place of.
    measured
        What the estimation took.
    """

    folder: Path
    files: int
    bytes: int
    referenced: tuple[str, ...]
    too_large: tuple[str, ...]
    left_out: tuple[str, ...]
    measured: Measured


class _Parts(NamedTuple):
    settings: Settings
    layout: Layout
    study: Study
    located: str
    inputs: tuple[Input, ...]

    @property
    def place(self) -> str:
        """Where the study lies in the package."""
        return f"study/{study_file(self.located).name}"


def replicate(
    config: Path,
    study: str,
    folder: Path,
    *,
    with_data: bool = False,
    synthetic: bool = False,
    rows: int = ROWS,
    force: bool = False,
    progress: Progress | None = None,
) -> Package:
    """Write the replication package of a study to a folder.

    Parameters
    ----------
    config
        Configuration of a store that is read and scored.
    study
        Name of a study, or path of its file as the configuration would have it.
    folder
        Where the package goes.
    with_data
        Include the inputs.
    synthetic
        Include a generated archive of the same shape, and what the code gives on it.
    rows
        Posts of the generated archive at most.
    force
        Put it in the place of an earlier package.
    progress
        Called with (stage, done, total).

    Raises
    ------
    ReportError
        The folder holds something already.
    StoreError
        The store was not made of just the configured inputs, or is not scored.
    StudyError
        The study cannot be estimated, on the data or on the generated archive.

    Notes
    -----
    Two builds from the same store and files have the same bytes, `runtime.json` aside.
    """
    report = progress or silent
    _check_target(folder, force=force)
    parts = _gather(config, study)
    stages = 3 + synthetic
    report("replicate", 0, stages)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with replaced_folder(folder) as fresh:
        wheel, extras = _write_code(fresh, parts)
        report("replicate", 1, stages)
        measured = {"study": run_measured(config, parts.located, fresh / "outputs", whole=False)}
        report("replicate", 2, stages)
        too_large = copy_inputs((one.entry for one in parts.inputs), fresh / DATA) if with_data else ()
        included = {one.entry.place for one in parts.inputs} if with_data else set()
        provided = frozenset(included - {entry.place for entry in too_large})
        inputs_table(parts.inputs, set(provided), DATA).write_csv(fresh / "inputs.csv")
        left_out: tuple[str, ...] = ()
        if synthetic:
            left_out, measured["synthetic"] = _write_synthetic(fresh, parts, rows)
            report("replicate", 3, stages)
        page = fresh / "outputs" / parts.study.name
        provenance = json.loads((page / "manifest.json").read_text("utf-8"))["provenance"]
        scoring = _write_runtime(fresh / RUNTIME, parts, measured, scorer=provenance["scorer"])
        facts = Facts(
            version=version("emtract"),
            wheel=wheel,
            extras=extras,
            model=provenance["scorer"],
            revision=provenance["revision"],
            cleaner=provenance["cleaner"],
            study_file=parts.place,
            synthetic=synthetic,
            provided=provided,
            too_large=tuple(f"{DATA}/{entry.place}" for entry in too_large),
            left_out=left_out,
            seconds=scoring + sum(measured["study"].seconds.values()),
            stored=parts.settings.resolve(parts.settings.store.path).stat().st_size,
            machine=_shown_machine(),
            study_text=study_file(parts.located).read_text(encoding="utf-8"),
        )
        _write(fresh / "run.py", write_script(parts.study, facts))
        _write(fresh / "README.md", write_readme(parts.study, parts.layout, parts.inputs, facts, page))
        _write(fresh / CHECKSUMS, _checksums(fresh))
        sizes = [path.stat().st_size for path in fresh.rglob("*") if path.is_file()]
        report("replicate", stages, stages)
    referenced = tuple(f"{DATA}/{one.entry.place}" for one in parts.inputs if one.entry.place not in provided)
    return Package(folder, len(sizes), sum(sizes), referenced, facts.too_large, left_out, measured["study"])


def _check_target(folder: Path, *, force: bool) -> None:
    if not folder.exists() or (folder.is_dir() and not any(folder.iterdir())):
        return
    if not (folder / CHECKSUMS).is_file() or not (folder / "run.py").is_file():
        raise ReportError(f"{folder} holds something that is no replication package: name another folder")
    if not force:
        raise ReportError(f"{folder} holds a replication package already: name another folder, or add --force")


def _gather(config: Path, study: str) -> _Parts:
    """Read the configuration and make sure that the store is what a replicator would get."""
    settings = load_settings(config)
    path, declared = locate_study(settings, study), find_study(settings, study).loaded
    if isinstance(declared, StudyError):
        raise declared
    located = str(path.resolve()) if isinstance(path, Path) else path
    tables = {name: table for name, table in settings.study.items() if name == declared.name}
    settings = msgspec.structs.replace(settings, study=tables)
    layout = lay_out(settings)
    with open_store(settings, read_only=True) as store:
        store.check_outside()
        inputs = check_inputs(store, layout)
        check_scored(settings, store)
    return _Parts(settings, layout, declared, located, inputs)


def _write_code(fresh: Path, parts: _Parts) -> tuple[str | None, tuple[str, ...]]:
    """Write script, configuration, study, queries, models, and emtract itself; return the wheel's name and the extras."""
    study, models = parts.place, model_folders(parts.settings)
    _write(fresh / CONFIG, to_toml(parts.layout.packaged(study, DATA, models)))
    _copy(study_file(parts.located), fresh / study)
    for path in sorted(sql_folder().rglob("*.sql")):
        _copy(path, fresh / "sql" / path.relative_to(sql_folder()))
    for name, place in models.items():
        shutil.copytree(configured_model(parts.settings, name), fresh / place)
    (fresh / "code").mkdir()
    wheel, extras = build_wheel(fresh / "code"), extras_of(parts.settings)
    if wheel is None:
        _write(fresh / "code" / "emtract.sha256", installed_digests())
    _write(fresh / "code" / "constraints.txt", constraints(wheel, extras))
    _write(fresh / "LICENSE.txt", licence())
    return wheel.name if wheel else None, extras


def _write_synthetic(fresh: Path, parts: _Parts, rows: int) -> tuple[tuple[str, ...], Measured]:
    """Generate the archive, run the whole line on it, and return what it lacks and what the run took."""
    with open_store(parts.settings, read_only=True) as store:
        archive = generate(store, parts.inputs, fresh / SYNTHETIC, rows=rows)
    study, models = parts.place, model_folders(parts.settings)
    settings = parts.layout.packaged(study, SYNTHETIC, models, notice=_NOTICE)
    config = fresh / f"emtract_{SYNTHETIC}.toml"
    _write(config, to_toml(archive.without_absent(settings)))
    archive.table().write_csv(fresh / f"inputs_{SYNTHETIC}.csv")
    try:
        measured = run_measured(config, study, fresh / f"outputs_{SYNTHETIC}", whole=True)
    except StudyError as error:
        raise StudyError(
            f"{parts.study.name} cannot be estimated on a generated archive of {rows:,} posts ({error}): allow more with --rows, "
            "or share the data with --with-data"
        ) from error
    shutil.rmtree(fresh / "work", ignore_errors=True)
    return archive.left_out, measured


def _write_runtime(path: Path, parts: _Parts, measured: dict[str, Measured], *, scorer: str) -> float:
    """Write what was measured, and return the seconds of scoring that the log of the store tells of."""
    log = read_records(log_path(parts.settings.resolve(parts.settings.store.path)))
    runs = [record for record in log if record.scorer == scorer]
    told = {
        "machine": _machine(),
        **{stage: asdict(found) for stage, found in measured.items()},
        "scoring": [asdict(record) for record in runs],
    }
    _write(path, json.dumps(told, indent=1, ensure_ascii=False) + "\n")
    return sum(_seconds(record) for record in runs)


def _machine() -> dict[str, Any]:
    name, instructions = this_processor()
    return {
        "processor": name,
        "instruction_sets": instructions,
        "cores": available_cores(),
        "memory_bytes": total_memory(),
        "system": platform.system(),
        "python": platform.python_version(),
    }


def _shown_machine() -> str:
    """Say in a line what the package was made on."""
    told = _machine()
    memory = f", {told['memory_bytes'] / 1e9:,.0f} GB of memory" if told["memory_bytes"] else ""
    return f"{told['processor'] or 'an unknown processor'}, {told['cores']} cores{memory}, {told['system']}"


def _seconds(record: RunRecord) -> float:
    return record.posts / record.posts_per_second if record.posts_per_second else 0.0


def _checksums(folder: Path) -> str:
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != RUNTIME)
    return "".join(f"{file_digest(path)}  {path.relative_to(folder).as_posix()}\n" for path in files)


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")
