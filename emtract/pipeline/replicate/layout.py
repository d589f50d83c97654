"""Where everything lies in a replication package: the inputs under `data/`, and a configuration that finds them there."""

from __future__ import annotations

import json
import os.path
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import msgspec

from emtract.config import MarketSource, PriceSource, ScoringSettings, Settings, StoreSettings
from emtract.errors import ConfigError
from emtract.model.registry import BASELINES, HUGGINGFACE, known_models
from emtract.pipeline.folders import matching_files
from emtract.pipeline.inputs import Job, post_jobs, shown_name
from emtract.spelling import stored_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from emtract.config import PostSource

DATA: Final = "data"
SYNTHETIC: Final = "synthetic"
CONFIG: Final = "emtract.toml"
_MAGIC: Final = frozenset("*?[")
_S = TypeVar("_S", "PostSource", PriceSource, MarketSource)


@dataclass(frozen=True)
class InputEntry:
    """One input file: where it is, what the configuration calls it, its place in the package, how it is read."""

    path: Path
    name: str
    place: str
    kind: str
    source: PostSource | PriceSource | MarketSource


@dataclass(frozen=True)
class Layout:
    """The inputs of a configuration, and the folder that all of them lie beneath: it becomes `data/`."""

    settings: Settings
    root: Path
    entries: tuple[InputEntry, ...]

    def place(self, path: Path) -> str:
        """Path below `data/`."""
        return stored_name(Path(os.path.relpath(_absolute(path), self.root)).as_posix())

    def packaged(self, study: str, folder: str, models: dict[str, str], *, notice: str | None = None) -> Settings:
        """Return the settings with every path inside the package, and without what only this machine has.

        Parameters
        ----------
        study
            Path of the study's file.
        folder
            Folder of the inputs: `data` or `synthetic`.
        models
            Model folder -> its place in the package.
        notice
            First line of the page, in place of the configured one.
        """
        mine = self.settings
        suffix = "" if folder == DATA else f"_{folder}"
        return msgspec.structs.replace(
            mine,
            studies=(study,),
            store=StoreSettings(path=f"work/store{suffix}.duckdb"),
            posts=tuple(self._moved(source, folder) for source in mine.posts),
            prices=tuple(self._moved(source, folder) for source in mine.prices),
            market=tuple(self._moved(source, folder) for source in mine.market),
            model=msgspec.structs.replace(
                mine.model,
                name=models.get(mine.model.name, mine.model.name),
                also=tuple(models.get(name, name) for name in mine.model.also),
                threads=None,
                batch_tokens=None,
            ),
            scoring=ScoringSettings(),
            report=msgspec.structs.replace(
                mine.report, folder=f"work/reports{suffix}", notice=notice or mine.report.notice
            ),
        )

    def _moved(self, source: _S, folder: str) -> _S:
        inside = self.place(self.settings.base / Path(source.files).expanduser())
        return msgspec.structs.replace(source, files=folder if inside == "." else f"{folder}/{inside}")


def lay_out(settings: Settings) -> Layout:
    """Find the input files of a configuration, those that options of market data name included.

    Raises
    ------
    ConfigError
        A pattern matches no file, or there is no input at all.
    """
    jobs = [*post_jobs(settings), *_market_jobs(settings)]
    if not jobs:
        raise ConfigError("the configuration names no input: name files under [[posts]] and [[prices]]")
    sources: list[PostSource | PriceSource | MarketSource] = [*settings.posts, *settings.prices, *settings.market]
    fixed = [_fixed(settings.base / Path(source.files).expanduser()) for source in sources]
    beside = {path: job for job in jobs for path in files_beside(job)}
    root = Path(os.path.commonpath([*fixed, *(str(_absolute(path).parent) for path in beside)]))
    layout = Layout(settings, root, ())
    entries = {
        job.path: InputEntry(job.path, job.name, layout.place(job.path), job.kind, job.source) for job in jobs
    } | {
        path: InputEntry(path, shown_name(path, settings.base), layout.place(path), "beside", job.source)
        for path, job in beside.items()
    }
    return Layout(settings, root, tuple(sorted(entries.values(), key=lambda entry: entry.place)))


def files_beside(job: Job) -> Iterator[Path]:
    """Files that the options of a market source name, relative to the folder of its file."""
    if isinstance(job.source, MarketSource):
        for value in job.source.options.values():
            if isinstance(value, str) and (path := job.path.parent / value).is_file():
                yield path


def model_folders(settings: Settings) -> dict[str, str]:
    """Return each model of the settings that is a folder -> its place in the package."""
    names = [settings.model.name, *settings.model.also]
    told = {*known_models(), *BASELINES}
    folders = [n for n in dict.fromkeys(names) if n not in told and not n.startswith(HUGGINGFACE)]
    return {name: f"model/{number}-{Path(name).name}" for number, name in enumerate(folders)}


def to_toml(settings: Settings) -> str:
    """Write settings as TOML; keys without a value are left out."""
    plain: dict[str, Any] = msgspec.to_builtins(
        {k: v for k, v in msgspec.structs.asdict(settings).items() if k != "base"}
    )
    blocks = [f"studies = {_toml(plain.pop('studies'))}"]
    for name, value in plain.items():
        many = isinstance(value, (list, tuple))
        for table in value if many else [value]:
            lines = [f"{key} = {_toml(item)}" for key, item in table.items() if item not in (None, {}, (), [])]
            blocks += ["\n".join([f"[[{name}]]" if many else f"[{name}]", *lines])] if lines else []
    return "\n\n".join(blocks) + "\n"


def _toml(value: Any) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{_toml(k)} = {_toml(v)}" for k, v in value.items() if v is not None) + " }"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(_toml(item) for item in value) + "]"
    # A basic string of TOML is one of JSON, but for DEL.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _market_jobs(settings: Settings) -> Iterator[Job]:
    ours = settings.resolve(settings.store.path), settings.resolve(settings.report.folder)
    for kind, sources in (("prices", settings.prices), ("market", settings.market)):
        for source in sources:
            found = matching_files(source.files, base=settings.base, leave_out=ours)
            if not found:
                raise ConfigError(
                    f"no file matches {source.files!r} of [[{kind}]]: check the path, which starts at {settings.base}"
                )
            yield from (Job(path, shown_name(path, settings.base), source, kind) for path in found)


def _absolute(path: Path) -> Path:
    return Path(os.path.abspath(path))  # noqa: PTH100 - links stay as they are written


def _fixed(pattern: Path) -> str:
    """Return the deepest folder that a pattern names without a wildcard."""
    whole = _absolute(pattern)
    if whole.is_dir():
        return str(whole)
    if whole.is_file():
        return str(whole.parent)
    parts = whole.parts
    first = next(i for i, part in enumerate((*parts, "*")) if _MAGIC.intersection(part))
    return str(Path(*parts[: min(first, len(parts) - 1)]))
