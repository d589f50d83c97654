"""A sample of texts to tag: which cells and texts were drawn, with which chance, and the file that keeps it."""

from __future__ import annotations

import hashlib
from datetime import date  # noqa: TC003 (msgspec reads it)
from pathlib import Path  # noqa: TC003
from typing import TYPE_CHECKING, Annotated, Final, Literal

import msgspec
import numpy as np

from emtract.atomic import write_if_changed
from emtract.emotions import Emotion  # noqa: TC001 (msgspec reads it)
from emtract.errors import SourceError
from emtract.panel.frame import Window  # noqa: TC001 (msgspec reads it)
from emtract.spelling import typed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

#: Files of the folder of a sample: the design, and the posts, which only the page needs.
DESIGN: Final = "sample.json"
POSTS: Final = "texts.json"
_VERSION: Final = 1
_Count = Annotated[int, msgspec.Meta(ge=1)]
_Chance = Annotated[float, msgspec.Meta(gt=0, le=1)]


class Stratum(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Cells of one kind, of which some were drawn at random, each set of so many with the same chance.

    Attributes
    ----------
    window, reading, texts
        What they have in common: the window, the likeliest emotion of the cell's mean, one distinct text or several.
    cells, drawn
        How many there are, and how many were drawn.
    """

    window: Window
    reading: Emotion
    texts: Literal["one", "several"]
    cells: _Count
    drawn: _Count


class Cell(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A cell that was drawn, and the texts that were drawn of it.

    Attributes
    ----------
    symbol, session
        Firm and session; the window is the stratum's.
    stratum
        Place of its stratum in `Sample.strata`.
    texts
        Distinct texts that it holds.
    keys
        Those drawn, at random and each set of so many with the same chance.
    probability, text_probability
        Chance that the cell is drawn, and that one of its texts is where the cell is.
    """

    symbol: str
    session: date
    stratum: Annotated[int, msgspec.Meta(ge=0)]
    texts: _Count
    keys: Annotated[tuple[str, ...], msgspec.Meta(min_length=1)]
    probability: _Chance
    text_probability: _Chance


class Sample(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A probability sample of the texts of an archive.

    Attributes
    ----------
    scorer, revision, cleaner
        Whose readings made the strata.
    settings
        Options of posts, as in the panel.
    asked, seed
        Texts that were asked for, and what the draw depends on beside the posts.
    strata, cells
        The design.
    readings
        Key of a text -> the scorer's seven probabilities; a text of several drawn cells stands here once.
    posts
        SHA-256 of the file of posts.
    digest
        SHA-256 of all of the above.

    Notes
    -----
    Fixed numbers n of N cells are drawn of each stratum, and fixed numbers m of M texts of each of these, both as simple random
    samples without replacement, so that every chance is known: n/N and m/M of one, n(n − 1)/N(N − 1) and m(m − 1)/M(M − 1)
    of two, products across strata and across cells.
    """

    scorer: str
    revision: str
    cleaner: str
    settings: dict[str, str | int | float | None]
    asked: _Count
    seed: int
    strata: tuple[Stratum, ...]
    cells: tuple[Cell, ...]
    readings: dict[str, tuple[float, float, float, float, float, float, float]]
    posts: str
    digest: str = ""
    version: int = _VERSION

    def signed(self) -> Sample:
        """Return the same sample with its digest."""
        return msgspec.structs.replace(self, digest=_digest(self))

    @property
    def keys(self) -> tuple[str, ...]:
        """Texts to tag, each once."""
        return tuple(self.readings)

    @property
    def drawn_keys(self) -> tuple[str, ...]:
        """Texts by cell, in the order of the cells: a text that was drawn in two cells stands here twice."""
        return tuple(key for cell in self.cells for key in cell.keys)

    @property
    def owners(self) -> NDArray[np.int64]:
        """Cell of each of `drawn_keys`, by its place."""
        return np.repeat(np.arange(len(self.cells)), [len(cell.keys) for cell in self.cells])

    @property
    def probabilities(self) -> NDArray[np.float64]:
        """Chance of each of `drawn_keys` to be drawn in its cell."""
        chances = np.array([cell.probability * cell.text_probability for cell in self.cells])
        return np.asarray(chances[self.owners], dtype=np.float64)

    def weights(self) -> dict[str, float]:
        """Return what each text stands for: one over its chance, summed over the cells in which it was drawn."""
        total = dict.fromkeys(self.keys, 0.0)
        for key, chance in zip(self.drawn_keys, self.probabilities.tolist(), strict=True):
            total[key] += 1 / chance
        return total

    def joint_probabilities(self) -> NDArray[np.float64]:
        """Return the chance of each two of `drawn_keys` to be drawn both, of one cell or of two; its own on the diagonal."""
        stratum = np.array([cell.stratum for cell in self.cells])
        of_all = np.array([self.strata[cell.stratum].cells for cell in self.cells])
        drawn = np.array([self.strata[cell.stratum].drawn for cell in self.cells])
        cells = _both(drawn, of_all, same=stratum[:, None] == stratum)
        texts = np.array([cell.texts for cell in self.cells])
        taken = np.array([len(cell.keys) for cell in self.cells])
        owner = self.owners
        within = _both(taken[owner], texts[owner], same=owner[:, None] == owner)
        return np.asarray(cells[np.ix_(owner, owner)] * within, dtype=np.float64)


def _both(drawn: NDArray[np.int64], of_all: NDArray[np.int64], *, same: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Chance of each two members of simple random samples, of the same one or of independent ones."""
    one = drawn / of_all
    two = drawn * (drawn - 1) / np.maximum(of_all * (of_all - 1), 1)
    joint = np.where(same, two[:, None], one[:, None] * one)
    np.fill_diagonal(joint, one)
    return np.asarray(joint, dtype=np.float64)


def _digest(sample: Sample) -> str:
    bare = msgspec.structs.replace(sample, digest="")
    return hashlib.sha256(msgspec.json.encode(bare, order="sorted")).hexdigest()


def write_sample(folder: Path, sample: Sample, posts: Mapping[str, str]) -> Sample:
    """Write the design of a sample, and its posts beside it; return it with its digests.

    Parameters
    ----------
    folder
        Made where it is missing.
    sample
        As it was drawn.
    posts
        Key of a text -> the post that is shown.

    Raises
    ------
    SourceError
        The folder holds another sample, whose tags would be lost.
    """
    written = msgspec.json.format(msgspec.json.encode(dict(posts), order="sorted"), indent=1)
    told = msgspec.structs.replace(sample, posts=hashlib.sha256(written).hexdigest()).signed()
    design = folder / DESIGN
    if design.exists() and read_sample(folder).digest != told.digest:
        raise SourceError(f"{folder} holds another sample, which may have tags: name another folder with -o")
    write_if_changed(folder / POSTS, written)
    write_if_changed(design, msgspec.json.format(msgspec.json.encode(told), indent=1))
    return told


def read_sample(folder: Path) -> Sample:
    """Return the sample of a folder.

    Raises
    ------
    SourceError
        The folder holds none, or its file was changed since it was drawn.
    """
    path = folder / DESIGN
    if not path.is_file():
        raise SourceError(f"there is no sample in {folder}: draw one with `emtract tag draw -o {typed(folder)}`")
    remedy = f"restore {path}, or draw the sample again into another folder"
    try:
        sample = msgspec.json.decode(path.read_bytes(), type=Sample)
    except msgspec.DecodeError as error:
        raise SourceError(f"{path} is damaged ({error}): {remedy}") from error
    if sample.version > _VERSION:
        raise SourceError(f"{path} was written by a newer emtract: upgrade emtract")
    if sample.digest != _digest(sample):
        raise SourceError(f"{path} was changed since it was drawn: {remedy}")
    return sample


def read_posts(folder: Path, sample: Sample) -> dict[str, str]:
    """Return the posts of a sample, by key.

    Raises
    ------
    SourceError
        The file is gone, or is not the one that was drawn.
    """
    path = folder / POSTS
    written = path.read_bytes() if path.is_file() else b""
    if hashlib.sha256(written).hexdigest() != sample.posts:
        raise SourceError(
            f"{path} is missing or was changed: draw the sample again, with the same seed, store and folder"
        )
    return msgspec.json.decode(written, type=dict[str, str])
