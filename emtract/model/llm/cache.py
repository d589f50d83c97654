"""Answers on disk, by scorer, revision and digest of the text: what was paid for is asked once, and a killed run goes on.

No text is kept, only its digest. A refusal is an answer too: asked again it would be given again.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
import struct
from pathlib import Path
from typing import TYPE_CHECKING, Final

from emtract.annotator import CACHE_VARIABLE
from emtract.emotions import EMOTIONS
from emtract.errors import ModelError, first_line
from emtract.model.llm.answers import Answer

if TYPE_CHECKING:
    from collections.abc import Sequence

_FILE: Final = "answers.sqlite"
_TABLE: Final = """
CREATE TABLE IF NOT EXISTS answers (
    scorer TEXT, revision TEXT, text BLOB, probabilities BLOB, reason TEXT, tokens_in INTEGER, tokens_out INTEGER, seconds REAL,
    PRIMARY KEY (scorer, revision, text)
) WITHOUT ROWID
"""
_SEVEN: Final = struct.Struct(f"<{len(EMOTIONS)}d")
#: Seconds that one process waits for another's writing.
_PATIENCE: Final = 60


def cache_folder() -> Path:
    """Return the folder of the answers: the variable `EMTRACT_LLM_CACHE` names it, else it is in the user's cache."""
    if named := os.environ.get(CACHE_VARIABLE):
        return Path(named).expanduser()
    return Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "emtract" / "llm"


class Cache:
    """Answers of one scorer revision; one thread uses it, any number of processes.

    Parameters
    ----------
    folder
        Made where it is missing; see `cache_folder`.
    scorer, revision
        Whose answers.

    Raises
    ------
    ModelError
        The folder cannot be written, or its file is damaged.
    """

    def __init__(self, folder: Path, scorer: str, revision: str) -> None:
        self._path, self._key = folder / _FILE, (scorer, revision)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._rows = sqlite3.connect(self._path, timeout=_PATIENCE, isolation_level=None)
            self._rows.execute(_TABLE)
        except (OSError, sqlite3.Error) as error:
            raise self._fault(error) from error

    def find(self, texts: Sequence[str]) -> dict[str, Answer]:
        """Return the answers that are known of some texts."""
        found = {}
        try:
            for text in texts:
                row = self._rows.execute(
                    "SELECT probabilities, reason, tokens_in, tokens_out, seconds FROM answers "
                    "WHERE scorer = ? AND revision = ? AND text = ?",
                    (*self._key, digest(text)),
                ).fetchone()
                if row is not None:
                    packed, reason, *told = row
                    found[text] = Answer(None if packed is None else _SEVEN.unpack(packed), reason, *told)
        except (sqlite3.Error, struct.error, TypeError) as error:
            raise self._fault(error) from error
        return found

    def keep(self, text: str, answer: Answer) -> None:
        """Keep an answer; it is on disk when this returns."""
        packed = None if answer.probabilities is None else _SEVEN.pack(*answer.probabilities)
        told = (answer.reason, answer.tokens_in, answer.tokens_out, answer.seconds)
        try:
            self._rows.execute(
                "INSERT OR IGNORE INTO answers VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (*self._key, digest(text), packed, *told),
            )
        except sqlite3.Error as error:
            raise self._fault(error) from error

    def usual(self) -> tuple[float, float, float] | None:
        """Return the mean tokens asked, tokens answered and seconds of an answer; None before there is one."""
        try:
            row = self._rows.execute(
                "SELECT count(*), avg(tokens_in), avg(tokens_out), avg(seconds) FROM answers WHERE scorer = ? AND revision = ?",
                self._key,
            ).fetchone()
        except sqlite3.Error as error:
            raise self._fault(error) from error
        return (row[1], row[2], row[3]) if row[0] else None

    def _fault(self, error: Exception) -> ModelError:
        return ModelError(
            f"the answers of language models in {self._path} cannot be used ({first_line(error, most=200)}): remove the file, or "
            f"name another folder in {CACHE_VARIABLE}"
        )


def digest(text: str) -> bytes:
    """Return the digest of a text, 32 bytes."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
