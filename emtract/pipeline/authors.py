"""Whether ids of authors are hashed on their way into a store, under which key, and that a store holds one kind alone.

The key lies in a file beside the configuration and never in the store: who is given the store or the panel cannot tell
whether an account is in it, and who holds the key and the archive can still follow an id, as a replicator asks. A file, since
it outlives the shell that an environment variable lives in, can be backed up and can be destroyed when a project ends. It is
made at the first use, readable by its owner alone. What was hashed is told by the `mapping` of each source: a store of
before has none.
"""

from __future__ import annotations

import json
import re
import secrets
from typing import TYPE_CHECKING, Final

from emtract.atomic import write_new
from emtract.errors import ConfigError, StoreError
from emtract.ingest.authors import fingerprint

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from emtract.config import Settings
    from emtract.store.sources import KnownSource

#: Entry of a source's mapping: fingerprint of the key that hashed its authors.
MARK: Final = "authors"
_KEY = re.compile(r"[0-9a-f]{64}")


def key_path(settings: Settings) -> Path:
    """Return the path of the key file."""
    return settings.resolve(settings.store.authors_key)


def settle_authors(settings: Settings, known: Iterable[KnownSource]) -> bytes | None:
    """Return the key for ids of authors, made where there is none yet; None where ids stay as given.

    See `agreed_key` for what is refused.
    """
    key = agreed_key(settings, known)
    if key is not None or settings.store.authors == "as_given":
        return key
    _make_key(key_path(settings))
    return read_key(key_path(settings))


def agreed_key(settings: Settings, known: Iterable[KnownSource]) -> bytes | None:
    """Return the key that settings and store agree on; None where ids stay as given, or no key is made yet.

    Parameters
    ----------
    settings
        Their [store] says what shall be.
    known
        What the store has read.

    Raises
    ------
    StoreError
        The store holds authors of the other kind, or hashed under another key: one author would be two.
    ConfigError
        The key is missing though the store was made with one, or the file holds no key.
    """
    held = {_held(source) for source in known if source.file.kind == "posts"}
    if settings.store.authors == "as_given":
        if held - {None}:
            raise StoreError(
                f'{settings.store.path} holds hashed ids of authors: set authors = "hashed" in [store], '
                "or name a new store in [store] path"
            )
        return None
    if None in held:
        raise StoreError(
            f"{settings.store.path} holds ids of authors as given: name a new store in [store] path and read the files "
            'again, or set authors = "as_given"'
        )
    path = key_path(settings)
    if not path.exists():
        if held:
            raise ConfigError(f"{path} is missing, the key of {settings.store.path}: put it back, or start a new store")
        return None
    key = read_key(path)
    if held - {fingerprint(key)}:
        raise StoreError(
            f"{settings.store.path} was made with another key than {path}: put that key back, or name a new store in "
            "[store] path"
        )
    return key


def passing_key(settings: Settings) -> bytes | None:
    """Return the key for a dry run: the stored key, or a temporary one that is not saved."""
    if settings.store.authors == "as_given":
        return None
    path = key_path(settings)
    return read_key(path) if path.exists() else secrets.token_bytes(32)


def read_key(path: Path) -> bytes:
    """Read a key file: 64 hexadecimal digits.

    Raises
    ------
    ConfigError
        The file holds something else.
    """
    text = path.read_text(encoding="utf-8", errors="replace").strip()
    if not _KEY.fullmatch(text):
        raise ConfigError(f"{path} holds no key of 64 hexadecimal digits: name another file in [store] authors_key")
    return bytes.fromhex(text)


def _make_key(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    write_new(path, f"{secrets.token_hex(32)}\n".encode(), mode=0o600)


def _held(source: KnownSource) -> str | None:
    mapping = json.loads(source.file.mapping)
    return mapping.get(MARK) if isinstance(mapping, dict) else None
