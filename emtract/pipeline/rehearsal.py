"""Market files as ingesting would take them: the same reading, into a store that is thrown away."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, NamedTuple

from msgspec.structs import replace

from emtract.pipeline.loading import ingest
from emtract.store import Store
from emtract.store.sources import Loaded

if TYPE_CHECKING:
    from collections.abc import Iterator

    from emtract.config import Settings
    from emtract.pipeline.opening import Progress


class KeptOut(NamedTuple):
    """A row that is kept out: its line, the reason in a word or two, and the detail with its remedy."""

    line: int
    reason: str
    detail: str


@dataclass(frozen=True)
class Rehearsed:
    """One market file: what became of its rows, which were kept out, and why it cannot be read, if so."""

    loaded: Loaded
    rejected: tuple[KeptOut, ...] = ()
    error: str | None = None


@dataclass(frozen=True)
class Rehearsal:
    """All market files of a configuration: name -> what became of it, and the symbols that have prices."""

    files: dict[str, Rehearsed] = field(default_factory=dict)
    priced: frozenset[str] = frozenset()


def rehearse(settings: Settings, *, progress: Progress | None = None) -> Rehearsal:
    """Read the market files of the settings as `ingest` does, and keep nothing.

    Files contradict each other here as they would in the store; what a store holds already is not looked at.

    Parameters
    ----------
    settings
        Which files, and how they are read.
    progress
        Called with (what, done, total).
    """
    if not (settings.prices or settings.market):
        return Rehearsal()
    # Without posts there are no authors, and no key for their ids is asked for or made.
    own = replace(settings, posts=(), store=replace(settings.store, authors="as_given"))
    with _passing_store(settings) as store:
        told = dict(line.split(": ", 1) for line in ingest(own, store, progress=progress).unreadable)
        rows = store.sql("SELECT path, rows_read, rows_kept, rows_repeated, rows_rejected FROM sources").rows()
        rejected: dict[str, list[KeptOut]] = {}
        for path, *row in store.sql(
            "SELECT s.path, q.line, q.reason, q.detail FROM quarantine AS q JOIN sources AS s USING (source_id) "
            "ORDER BY s.path, q.line"
        ).iter_rows():
            rejected.setdefault(path, []).append(KeptOut(*row))
        priced = frozenset(store.sql("SELECT DISTINCT symbol FROM prices")["symbol"])
    files = {path: Rehearsed(Loaded(*n), tuple(rejected.get(path, ())), told.get(path)) for path, *n in rows}
    return Rehearsal(files, priced)


@contextmanager
def _passing_store(settings: Settings) -> Iterator[Store]:
    limit, threads = settings.store.memory_limit, settings.store.threads
    with TemporaryDirectory() as folder:
        path = Path(folder) / "passing.duckdb"
        with Store.open(path, memory_limit=limit, threads=threads) as store:
            yield store
