"""The three kinds of checks: what each asks of a reader, and when a case fails."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal

import msgspec
import numpy as np

from emtract.emotions import EMOTIONS, Emotion, ValenceClass, valence, valence_class
from emtract.model.scorer import VALENCE_PLACES, valence_probabilities

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    import polars as pl
    from numpy.typing import NDArray

    from emtract.emotions import Reads

#: The texts of one case: a post, or a post and what it becomes.
Case = tuple[str, ...]
Pairs = tuple[tuple[str, str], ...]
_Share = Annotated[float, msgspec.Meta(gt=0, le=1)]
_Change = Annotated[float, msgspec.Meta(ge=-1, le=1)]


@dataclass(frozen=True)
class Verdicts:
    """Which cases of a check passed, shape (n,), and what the reader said of each."""

    passed: NDArray[np.bool_]
    said: tuple[str, ...]


class Check(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind"):
    """What all checks have; `kind` in a file says which of the three it is.

    Attributes
    ----------
    capability, name
        What it tests, and which wording of it: together they name a check.
    n
        Number of cases drawn from its templates.
    """

    capability: Annotated[str, msgspec.Meta(min_length=1)]
    name: Annotated[str, msgspec.Meta(min_length=1)]
    n: Annotated[int, msgspec.Meta(ge=1, le=10_000)] = 40

    @property
    def kind(self) -> str:
        """MFT, INV or DIR."""
        return str(self.__struct_config__.tag)


class Functionality(Check, tag="MFT", frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A post has a right reading.

    Attributes
    ----------
    templates
        Posts with slots, see `expand`.
    allowed, forbidden
        The labels that are right, or those that are wrong; one of the two.
    """

    templates: Annotated[tuple[str, ...], msgspec.Meta(min_length=1)]
    allowed: tuple[Emotion, ...] = ()
    forbidden: tuple[Emotion, ...] = ()

    def __post_init__(self) -> None:
        if bool(self.allowed) == bool(self.forbidden) or len(self.accepted) in {0, len(EMOTIONS)}:
            raise ValueError("an MFT names labels that are right (allowed) or wrong (forbidden), some and not all")

    @property
    def accepted(self) -> frozenset[Emotion]:
        """The labels that are right."""
        return frozenset(self.allowed or set(EMOTIONS) - set(self.forbidden))

    def grade(self, read: Sequence[pl.DataFrame], reads: Reads) -> Verdicts | None:
        """Grade n cases: the label is an accepted one; see `Invariance.grade`."""
        accepted: Collection[str] | None = self.accepted if reads == "emotions" else accepted_classes(self.accepted)
        if accepted is None:
            return None
        labels = read[0]["label"].to_list()
        return Verdicts(np.array([label in accepted for label in labels], dtype=bool), tuple(map(_read_as, labels)))


class Invariance(Check, tag="INV", frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A change that says nothing changes nothing.

    Attributes
    ----------
    templates
        Pairs: the post, and the post changed.
    bound
        Size that a change of a probability must stay below.
    """

    templates: Annotated[Pairs, msgspec.Meta(min_length=1)]
    bound: _Share

    def grade(self, read: Sequence[pl.DataFrame], reads: Reads) -> Verdicts | None:
        """Grade n cases: the label stays, and no probability changes by the bound or more.

        Parameters
        ----------
        read
            What the reader said of the first texts of the cases, of the second: `label` and the seven probabilities, n rows.
        reads
            What it tells apart. Of valence alone, probabilities and labels are of three classes.

        Returns
        -------
        Verdicts or None
            None where such a reader cannot be asked.
        """
        before, after = (_shares(frame, reads) for frame in read)
        gaps = np.abs(after - before).max(axis=1, initial=0)
        labels = [frame["label"].to_list() for frame in read]
        same = np.array([first == second for first, second in zip(*labels, strict=True)], dtype=bool)
        said = (f"{first}, then {second}, {gap:.2f} apart" for first, second, gap in zip(*labels, gaps, strict=True))
        return Verdicts(same & (gaps < self.bound), tuple(said))


class Direction(Check, tag="DIR", frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A change moves a probability, or valence, the way it should.

    Attributes
    ----------
    templates
        Pairs: the post, and the post changed.
    raises, lowers
        An emotion, or valence; one of the two.
    by
        The least move that way; a negative one is how far it may go the other way.
    """

    templates: Annotated[Pairs, msgspec.Meta(min_length=1)]
    by: _Change
    raises: Emotion | Literal["valence"] | None = None
    lowers: Emotion | Literal["valence"] | None = None

    def __post_init__(self) -> None:
        if (self.raises is None) == (self.lowers is None):
            raise ValueError("a DIR names what the change raises or lowers: one emotion, or valence")

    def grade(self, read: Sequence[pl.DataFrame], reads: Reads) -> Verdicts | None:
        """Grade n cases: what is named moves by at least `by`; see `Invariance.grade`."""
        named = self.raises or self.lowers
        if reads == "valence" and named in {"surprise", "neutral"}:
            return None
        before, after = (_measured(frame, str(named), reads) for frame in read)
        moved = (after - before) * (1 if self.raises else -1)
        return Verdicts(
            moved >= self.by, tuple(f"{named} {a:.2f}, then {b:.2f}" for a, b in zip(before, after, strict=True))
        )


AnyCheck = Functionality | Invariance | Direction


def accepted_classes(accepted: Collection[Emotion]) -> frozenset[ValenceClass] | None:
    """Classes of valence that are right where these labels are.

    Returns
    -------
    frozenset or None
        None where a reader of valence cannot be graded: the labels lie in several classes and do not fill them, or fill all.
    """
    classes = frozenset(map(valence_class, accepted))
    filled = {emotion for emotion in EMOTIONS if valence_class(emotion) in classes} == set(accepted)
    return classes if len(classes) == 1 or (filled and len(accepted) < len(EMOTIONS)) else None


def _shares(read: pl.DataFrame, reads: Reads) -> NDArray[np.floating[Any]]:
    p = read.select(EMOTIONS).to_numpy()
    return p if reads == "emotions" else valence_probabilities(p)


def _measured(read: pl.DataFrame, named: str, reads: Reads) -> NDArray[np.floating[Any]]:
    """Valence, or the probability of an emotion; of a reader of valence the probability of the emotion's class."""
    if named == "valence":
        return valence(read.select(EMOTIONS).to_numpy())
    place = [str(emotion) for emotion in EMOTIONS].index(named)
    return _shares(read, reads)[:, place if reads == "emotions" else VALENCE_PLACES[place]]


def _read_as(label: str) -> str:
    return f"read as {label}"
