"""Where everything lies in a replication package: the inputs under `data/`, with digests and copies, and a configuration."""

from __future__ import annotations

import json
import os.path
import shutil
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import msgspec
import polars as pl

from emtract.config import MarketSource, PriceSource, ScoringSettings, Settings, StoreSettings
from emtract.errors import ConfigError, StoreError
from emtract.model.card import file_digest
from emtract.model.registry import BASELINES, HUGGINGFACE, LLM, known_models
from emtract.pipeline.files import Job, market_jobs, post_jobs, shown_name
from emtract.pipeline.scoring import missing_scores, score_key
from emtract.scoring.imported import find_imported
from emtract.spelling import stored_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from emtract.config import PostSource
    from emtract.store import Store

DATA: Final = "data"
SYNTHETIC: Final = "synthetic"
CONFIG: Final = "emtract.toml"
#: A larger file is named with its digest and not copied: archives of journals take a few gigabytes in all.
LARGEST: Final = 1 << 30
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
class Input:
    """One input file, as the list of data sets has it; rows are None for files beside others, such as lists of CUSIPs."""

    entry: InputEntry
    format: str
    sha256: str
    bytes: int
    rows_read: int | None
    rows_rejected: int | None


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
        inside = self.place(self.settings.resolve(source.files))
        return msgspec.structs.replace(source, files=folder if inside == "." else f"{folder}/{inside}")


def lay_out(settings: Settings) -> Layout:
    """Find the input files of a configuration, those that options of market data name included.

    Raises
    ------
    ConfigError
        A pattern matches no file, or there is no input at all.
    """
    jobs = [*post_jobs(settings), *market_jobs(settings)]
    if not jobs:
        raise ConfigError("the configuration names no input: name files under [[posts]] and [[prices]]")
    sources: list[PostSource | PriceSource | MarketSource] = [*settings.posts, *settings.prices, *settings.market]
    fixed = [_fixed(settings.resolve(source.files)) for source in sources]
    beside = {path: job for job in jobs for path in files_beside(job)}
    root = Path(os.path.commonpath([*fixed, *(str(_absolute(path).parent) for path in beside)]))
    layout = Layout(settings, root, ())
    found = {job.path: job for job in jobs}
    found |= {path: Job(path, shown_name(path, settings.base), job.source, "beside") for path, job in beside.items()}
    entries = [InputEntry(path, job.name, layout.place(path), job.kind, job.source) for path, job in found.items()]
    return replace(layout, entries=tuple(sorted(entries, key=lambda entry: entry.place)))


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
    folders = [n for n in dict.fromkeys(names) if n not in told and not n.startswith((HUGGINGFACE, LLM))]
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


def check_inputs(store: Store, layout: Layout) -> tuple[Input, ...]:
    """Return the inputs where the store was made of just these bytes, every text scored.

    Raises
    ------
    StoreError
        The store holds other files, other bytes, files read in part, or texts without a score: what a replicator would
        compute is not what stands in the store.
    """
    known = store.sql(
        "SELECT path, kind, format, sha256, rows_read, rows_rejected, finished FROM sources "
        "QUALIFY kind = 'posts' OR source_id = max(source_id) OVER (PARTITION BY path, kind) ORDER BY path, source_id"
    )
    again = "move it away and build it again with `emtract run`"
    names = {entry.name for entry in layout.entries}
    posts = known.filter(kind="posts")
    if strange := sorted(set(posts["path"]) - names):
        raise StoreError(f"{store.path} holds posts of {strange[0]}, which the configuration does not name: {again}")
    if posts["path"].is_duplicated().any():
        twice = posts.filter(posts["path"].is_duplicated())["path"][0]
        raise StoreError(f"{store.path} holds posts of two versions of {twice}: {again}")
    rows = {row["path"]: row for row in known.iter_rows(named=True)}
    return tuple(_input(entry, rows.get(entry.name), store.path) for entry in layout.entries)


def check_scored(settings: Settings, store: Store) -> None:
    """Raise StoreError where a text has no score of the configured scorer, or a file has brought scores of it."""
    if brought := [name for name in (settings.model.name, *settings.model.also) if find_imported(store, name)]:
        raise StoreError(
            f"the scores of {brought[0]} came from a file, and a package makes its scores anew: name a scorer that reads texts "
            "in [model], and hand out the file beside the package"
        )
    if asked := [name for name in (settings.model.name, *settings.model.also) if name.startswith(LLM)]:
        raise StoreError(
            f"{asked[0]} answers on a server, which a package cannot hold: write its scores to a file with `emtract predict`, "
            "bring them in with `emtract scores import`, and hand out the file beside the package"
        )
    key = score_key(settings)
    if key is not None and (missing := sum(missing_scores(store, key))):
        raise StoreError(f"{missing:,} posts or texts of {store.path} have no score yet: run `emtract score` first")


def copy_inputs(entries: Iterable[InputEntry], folder: Path) -> tuple[InputEntry, ...]:
    """Copy inputs below a folder and return those that are too large to be copied."""
    left = []
    for entry in entries:
        if entry.path.stat().st_size > LARGEST:
            left.append(entry)
            continue
        target = folder / entry.place
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(entry.path, target)
    return tuple(left)


def inputs_table(inputs: Iterable[Input], provided: set[str], folder: str) -> pl.DataFrame:
    """List the inputs, one row each, as `inputs.csv` has them.

    Parameters
    ----------
    inputs
        In the order of the rows.
    provided
        Places below `folder` of the inputs that are in the package.
    folder
        Folder of the package where the inputs lie or belong.

    Returns
    -------
    pl.DataFrame
        path (`folder` included), kind, format, sha256, bytes, rows, quarantined, provided (yes or no); rows and
        quarantined are null for files beside others.
    """
    rows = [
        (
            f"{folder}/{one.entry.place}",
            one.entry.kind,
            one.format,
            one.sha256,
            one.bytes,
            one.rows_read,
            one.rows_rejected,
            "yes" if one.entry.place in provided else "no",
        )
        for one in inputs
    ]
    names = ("path", "kind", "format", "sha256", "bytes", "rows", "quarantined", "provided")
    types = dict.fromkeys(names, pl.String) | dict.fromkeys(("bytes", "rows", "quarantined"), pl.Int64)
    return pl.DataFrame(rows, schema=types, orient="row")


def _input(entry: InputEntry, row: dict[str, object] | None, store: Path) -> Input:
    digest, size = file_digest(entry.path), entry.path.stat().st_size
    if entry.kind == "beside":
        return Input(entry, "table", digest, size, None, None)
    if row is None or not row["finished"] or row["sha256"] != digest:
        what = "has not read" if row is None or not row["finished"] else "holds another version of"
        raise StoreError(f"{store} {what} {entry.name}: run `emtract run` first")
    return Input(entry, str(row["format"]), digest, size, int(row["rows_read"]), int(row["rows_rejected"]))  # type: ignore[call-overload]
