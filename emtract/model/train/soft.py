"""What a model that teaches says of texts: its probabilities, asked once and kept in a file."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final, Protocol

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from emtract.model.scorer import Scores
    from emtract.model.train.data import FloatArray

#: Texts that are scored between two reports of progress.
_PART: Final = 2048


class Reader(Protocol):
    """What a model needs to teach: an identity, and probabilities."""

    @property
    def revision(self) -> str:
        """Changes whenever a probability may."""

    def score(self, texts: Sequence[str]) -> Scores:
        """Score cleaned texts."""


def read_by_teacher(
    teacher: Reader, texts: Sequence[str], path: Path, *, progress: Callable[[int, int], None] | None = None
) -> FloatArray:
    """Return the teacher's probabilities of shape (n, 7), kept in a file for the same texts and teacher.

    Parameters
    ----------
    teacher
        Asked only where the file lacks the answer.
    texts
        n cleaned texts.
    path
        A safetensors file that holds one answer: read where it is of these texts and this revision, else replaced.
    progress
        Called with texts read and texts in all; not at all where the file has the answer.
    """
    from safetensors.numpy import load_file, save_file

    key = hashlib.sha256("\n".join([teacher.revision, *texts]).encode()).hexdigest()[:32]
    if path.is_file() and key in (kept := load_file(path)):
        return np.asarray(kept[key])
    parts = []
    for start in range(0, len(texts), _PART):
        parts.append(teacher.score(texts[start : start + _PART]).probabilities)
        if progress:
            progress(min(start + _PART, len(texts)), len(texts))
    soft = np.concatenate(parts)
    save_file({key: soft}, path)
    return soft
