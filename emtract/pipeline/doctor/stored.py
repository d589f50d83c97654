"""The store: whether it opens, what it holds, whether it passes its checks, and what is still to be scored."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Final

from emtract.errors import EmtractError, PanelError, StoreError
from emtract.panel.prices import make_price_steps, steps_ledger
from emtract.panel.sessions import sessions_of_prices
from emtract.pipeline.authors import agreed_key, key_path
from emtract.pipeline.doctor.check import Check, broken
from emtract.pipeline.notes import told_notes
from emtract.pipeline.opening import open_store
from emtract.pipeline.scoring import missing_scores, score_key
from emtract.scoring.imported import find_imported, lacking_posts
from emtract.store.database import SCHEMA_VERSION
from emtract.store.sources import known_sources
from emtract.store.sql import list_sql

if TYPE_CHECKING:
    from emtract.config import Settings
    from emtract.store import Store

#: A store grows by about so much while the same number of bytes of posts is read.
_ROOM: Final = 1 << 30


def check_store(settings: Settings) -> list[Check]:
    """Open the store to read and look at schema, rows, integrity, missing scores and room on the disk."""
    path = settings.resolve(settings.store.path)
    if not path.is_file():
        return [Check("store", "file", "note", f"there is none at {path}", "emtract ingest makes it"), _disk(settings)]
    try:
        with open_store(settings, read_only=True) as store:
            return [
                _opened(store),
                *_outside(store),
                *_rows(store),
                _authors(settings, store),
                *check_prices(settings, store),
                *_integrity(store),
                *_unscored(settings, store),
                _disk(settings),
            ]
    except StoreError as error:
        return [broken("store", "file", error), _disk(settings)]


def _opened(store: Store) -> Check:
    shards = store.count("outside_shards")
    beside = f", {shards:,} shards outside it are all there" if shards else ""
    size = store.path.stat().st_size / 1e6
    return Check("store", "file", "ok", f"opens: schema {SCHEMA_VERSION}, {size:,.1f} MB{beside}")


def _outside(store: Store) -> list[Check]:
    try:
        store.check_outside()
    except StoreError as error:
        return [broken("store", "shards outside it", error)]
    return []


def _rows(store: Store) -> list[Check]:
    tables = store.sql("SELECT table_name FROM duckdb_tables() WHERE NOT temporary ORDER BY table_name")["table_name"]
    counts = {name: store.count(name) for name in tables.to_list() if name != "schema_version"}
    told = ", ".join(f"{name} {count:,}" for name, count in counts.items() if count)
    unfinished = store.sql("SELECT path FROM sources WHERE NOT finished ORDER BY path")["path"].to_list()
    checks = [Check("store", "rows", "ok", told or "none yet")]
    if unfinished:
        found = f"{len(unfinished):,} files are read in part, first {unfinished[0]}"
        checks.append(Check("store", "unfinished files", "note", found, "emtract ingest goes on with them"))
    notes = told_notes(store)
    if notes:
        more = f" (and {len(notes) - 1:,} more)" if len(notes) > 1 else ""
        remedy = "mend the column or its entry in [posts.columns], then emtract ingest --again"
        checks.append(Check("store", "fields left out", "note", notes[0] + more, remedy))
    if counts.get("quarantine"):
        found = f"{counts['quarantine']:,} lines were kept out"
        checks.append(Check("store", "quarantine", "note", found, "emtract quarantine shows each with its reason"))
    return checks


def _authors(settings: Settings, store: Store) -> Check:
    try:
        key = agreed_key(settings, known_sources(store).values())
    except EmtractError as error:
        return broken("store", "authors", error)
    if settings.store.authors == "as_given":
        return Check("store", "authors", "ok", "ids as given")
    path = key_path(settings)
    if key is None:
        return Check("store", "authors", "note", f"hashed, with no key yet at {path}", "emtract ingest makes it")
    return Check("store", "authors", "ok", f"ids hashed under the key at {path}")


def check_prices(settings: Settings, store: Store) -> list[Check]:
    """Follow the prices from session to session, as every sample of returns does, and say what is left out."""
    if not store.count("prices"):
        return []
    in_dollars = any(store.count(table) for table in ("characteristics", "ipos", "announcements"))
    try:
        calendar = sessions_of_prices(store, settings.panel.calendar)
    except PanelError as error:
        return [broken("store", "prices", error)]
    with store.registered({"sessions": calendar}):
        make_price_steps(store)
        ledger = steps_ledger(store, in_dollars=in_dollars)
    told = [Check("store", "prices", "note", f"{s.rows_out:,} {s.name}: {s.reason}") for s in ledger.steps]
    return told or [Check("store", "prices", "ok", f"each of {store.count('prices'):,} but the first has a return")]


def _integrity(store: Store) -> list[Check]:
    names = list_sql("checks")
    failed = {name: frame for name in names if (frame := store.query(name)).height}
    remedy = "build the store again: move the file away, then emtract run"
    if not failed:
        return [Check("store", "integrity", "ok", f"{len(names)} checks passed")]
    return [
        Check("store", f"integrity: {name}", "broken", f"{rows.height:,} rows, first {rows.row(0, named=True)}", remedy)
        for name, rows in failed.items()
    ]


def _unscored(settings: Settings, store: Store) -> list[Check]:
    if imported := find_imported(store, settings.model.name):
        posts, told = lacking_posts(store, imported), f"{imported.name}@{imported.revision}"
        if not posts:
            return [Check("store", "scores", "ok", f"every post has one of {told}")]
        remedy = "score them where it runs, and bring them in with emtract scores import"
        return [Check("store", "scores", "note", f"{posts:,} posts have none of {told}", remedy)]
    try:
        key = score_key(settings)
    except EmtractError as error:
        return [broken("store", "scores", error)]
    if key is None:
        return [Check("store", "scores", "note", f"not looked at for {settings.model.name}", "emtract score says it")]
    posts, texts = missing_scores(store, key)
    if not (posts or texts):
        return [Check("store", "scores", "ok", f"every text has one of {key.scorer}@{key.revision}")]
    found = f"{texts:,} texts and {posts:,} new posts have none of {key.scorer}@{key.revision}"
    return [Check("store", "scores", "note", found, "emtract score goes on with them")]


def _disk(settings: Settings) -> Check:
    folder = settings.resolve(settings.store.path).parent
    while not folder.is_dir():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    found = f"{free / (1 << 30):,.1f} GiB free beside the store"
    if free < _ROOM:
        return Check("store", "disk", "note", found, "make room, or name another place in [store] path")
    return Check("store", "disk", "ok", found)
