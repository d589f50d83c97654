r"""How a scorer misreads: mean and covariance of its probabilities on posts that people tagged, an emotion at a time.

Notes
-----
Row j of P is :math:`E[p \mid \text{tagged } j]` and :math:`S_j = \operatorname{Cov}(p \mid \text{tagged } j)`, both of posts
that the scorer never saw. Tags are taken as the truth. With weights w that sum to one over the posts of a tag, :math:`S_j =
\sum w (p - P_j)(p - P_j)' / (1 - \sum w^2)`, and they count as :math:`1 / \sum w^2` posts (Kish 1965).

Where few posts are tagged, or tags name no more than that, a card tells the three classes of valence apart: C sums emotions of
a class, rows of P are of classes, and :math:`z = (C'P')^{-1} C'x` takes the place of :math:`P'^{-1} x`. Valence needs no more.
A class stands in the row of one of its emotions: negative in the row of sad, positive in the row of happy.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal, get_args

import numpy as np

from emtract.emotions import EMOTIONS, SUM_TOLERANCE, probability_fault, valence_class
from emtract.errors import EstimationError, ModelError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

#: What a card tells apart: seven emotions, or three classes of valence.
Grain = Literal["emotion", "valence"]
#: Tags of an emotion below which what is known of its row is said to be uncertain.
FEW: Final = 30
#: Key of a JSON object that holds one: of `model.json`, and of what `emtract model evaluate -o` writes.
KEY: Final = "misreading"
#: How such a file is made.
_WRITE: Final = "write it with emtract model evaluate LABELS -o FILE, or emtract tag card TAGS -o FILE"
#: Tags of an emotion that its covariance needs.
_LEAST: Final = 2
#: Bytes of a file that is read, at most.
_LARGEST: Final = 16_000_000
#: Condition number of P beyond which a change in the third digit of P makes another inverse.
_SINGULAR: Final = 1e3
_K: Final = len(EMOTIONS)
_UPPER: Final = np.triu_indices(_K)
#: Class of valence -> the row that it stands in.
_CLASSES: Final = {"neutral": "neutral", "positive": "happy", "negative": "sad"}
#: Row of each emotion's class.
_CLASS_OF: Final = np.array([EMOTIONS.index(_CLASSES[valence_class(emotion)]) for emotion in EMOTIONS])


@dataclass(frozen=True, eq=False)
class Misreading:
    """How a scorer reads posts of each emotion, as tagged posts show it.

    Attributes
    ----------
    scorer, revision
        Whose probabilities.
    how
        On which posts it was measured.
    means
        P: row j the mean probabilities of posts tagged j, shape (7, 7); nan where fewer than two posts are.
    covariances
        S: of the probabilities of posts tagged j, shape (7, 7, 7); nan where fewer than two posts are.
    tags
        Posts tagged j, shape (7,); where they have weights, the number of equal weights that tells as much.
    grain
        What it tells apart; of valence three rows are there: neutral, happy and sad.

    Raises
    ------
    ModelError
        When rows of P are no probabilities, or a covariance is not symmetric, not positive semidefinite or not of numbers
        that sum to one.
    """

    scorer: str
    revision: str
    how: str
    means: Floats
    covariances: Floats
    tags: Floats
    grain: Grain = "emotion"

    def __post_init__(self) -> None:
        if fault := self._fault():
            raise ModelError(f"this is no misreading of {self.scorer}: {fault}; measure it with emtract model evaluate")

    def _fault(self) -> str | None:
        shapes = (self.means.shape, self.covariances.shape, self.tags.shape)
        if shapes != ((_K, _K), (_K, _K, _K), (_K,)):
            return f"its shapes are {shapes}, not the shapes of {_K} emotions"
        if fault := probability_fault(self.means[self.known]):
            return f"of its mean probabilities {fault}"
        spreads, tags = self.covariances[self.known], self.tags[self.known]
        if not np.isfinite(spreads).all():
            return "a covariance is missing where the means are known"
        turned = spreads.transpose(0, 2, 1)
        kinds = {
            "numbers of tags are not counts": not (np.isfinite(self.tags) & (self.tags >= 0)).all(),
            "a covariance rests on one tag": not (tags > 1).all(),
            "a covariance is not symmetric": np.abs(spreads - turned).max(initial=0) > SUM_TOLERANCE,
            "rows of a covariance do not sum to zero, as rows of probabilities do": (
                np.abs(spreads.sum(axis=2)).max(initial=0) > SUM_TOLERANCE
            ),
            "a covariance is not positive semidefinite": np.linalg.eigvalsh(spreads).min(initial=0) < -SUM_TOLERANCE,
        }
        return next((what for what, wrong in kinds.items() if wrong), None)

    @property
    def name(self) -> str:
        """Name and revision of the scorer, as pages print it."""
        return f"{self.scorer}@{self.revision}"

    @property
    def known(self) -> NDArray[np.bool_]:
        """Which rows can be had, shape (7,)."""
        return np.asarray(~np.isnan(self.means).all(axis=1))

    @property
    def rows(self) -> dict[int, str]:
        """Row -> the emotion, or the class of valence, that it is of."""
        if self.grain == "emotion":
            return dict(enumerate(EMOTIONS))
        return {EMOTIONS.index(row): name for name, row in _CLASSES.items()}

    @property
    def merge(self) -> Floats:
        """C: sums readings to what rows are of, shape (7, rows)."""
        rows = np.arange(_K) if self.grain == "emotion" else _CLASS_OF
        return np.asarray(rows[:, None] == np.array(list(self.rows)), dtype=np.float64)

    @property
    def missing(self) -> tuple[str, ...]:
        """Emotions, or classes, that fewer than two posts are tagged with: their rows cannot be had."""
        return tuple(name for row, name in self.rows.items() if not self.known[row])

    @property
    def few(self) -> tuple[str, ...]:
        """Emotions, or classes, whose rows rest on fewer than `FEW` posts."""
        return tuple(name for row, name in self.rows.items() if self.known[row] and self.tags[row] < FEW)

    @property
    def spreads(self) -> Floats:
        """S, with zeros where there is no row, shape (7, 7, 7)."""
        return np.nan_to_num(self.covariances)

    @property
    def mean_spreads(self) -> Floats:
        """Covariance of each row of P, S_j over its tags, with zeros where there is no row, shape (7, 7, 7)."""
        return np.asarray(self.spreads / np.where(self.known, self.tags, 1.0)[:, None, None])

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader must know of it: rows that cannot be had, and rows of few tags."""
        told = []
        if self.missing:
            told.append(
                f"how posts of {_joined(self.missing)} are read cannot be had: fewer than {_LEAST} are tagged; "
                "without a row of each no estimate can be corrected for misreading"
            )
        if self.few:
            told.append(f"how posts of {_joined(self.few)} are read rests on fewer than {FEW} tags each")
        return tuple(told)

    def check(self, scorer: str | None, revision: str | None) -> None:
        """Refuse scores of another scorer or revision; what is None is not compared.

        Raises
        ------
        ModelError
            When they differ.
        """
        if (scorer or self.scorer, revision or self.revision) != (self.scorer, self.revision):
            raise ModelError(
                f"the scores are of {scorer or self.scorer}@{revision or self.revision} and the misreading is of {self.name}: "
                "measure the scores' own with emtract model evaluate"
            )

    def inverse(self) -> Floats:
        """Return what carries readings to tags, z = inverse' x, shape (7, 7): the inverse of P; of valence C (PC)^-1 in its rows.

        Raises
        ------
        EstimationError
            When a row is missing, or the scorer does not tell two emotions apart.
        """
        if self.missing:
            raise EstimationError(
                f"how posts of {_joined(self.missing)} are read is not known: tag at least {FEW} posts of each emotion"
            )
        rows, merge = list(self.rows), self.merge
        square = self.means[rows] @ merge
        if np.linalg.cond(square) > _SINGULAR:
            one, two = self._alike(square)
            raise EstimationError(
                f"{self.name} reads posts of {one} and {two} alike: no correction tells them apart; take a scorer that does"
            )
        found = np.zeros((_K, _K))
        found[:, rows] = merge @ np.linalg.inv(square)
        return found

    def _alike(self, square: Floats) -> tuple[str, str]:
        """The two emotions, or classes, whose rows are most alike."""
        apart = np.abs(square[:, None] - square[None]).sum(axis=2) + 2 * np.eye(len(square))
        one, two = divmod(int(apart.argmin()), len(square))
        names = list(self.rows.values())
        return names[one], names[two]

    def to_plain(self) -> dict[str, Any]:
        """Return it as plain types, for JSON: covariances as upper triangles row by row, null where a row cannot be had."""
        rows, columns = _UPPER
        return {
            "scorer": self.scorer,
            "revision": self.revision,
            "how": self.how,
            "emotions": list(EMOTIONS),
            "means": [row.tolist() if told else None for row, told in zip(self.means, self.known, strict=True)],
            "covariances": [
                spread[rows, columns].tolist() if told else None
                for spread, told in zip(self.covariances, self.known, strict=True)
            ],
            "tags": self.tags.tolist(),
        } | ({} if self.grain == "emotion" else {"grain": self.grain})


def misreading_of(
    probabilities: NDArray[np.floating],
    labels: NDArray[np.integer[Any]],
    *,
    scorer: str,
    revision: str,
    how: str,
    weights: NDArray[np.floating] | None = None,
    posts: NDArray[np.integer[Any]] | None = None,
    grain: Grain = "emotion",
) -> Misreading:
    """Measure how a scorer misreads tagged posts.

    Parameters
    ----------
    probabilities
        Of posts that it never saw, shape (n, 7), columns in the order of `EMOTIONS`.
    labels
        Index in `EMOTIONS` of each post's tag, shape (n,).
    scorer, revision, how
        As in `Misreading`.
    weights
        Of the posts, as where they were drawn with unequal chances, shape (n,), all positive; None for equal ones.
    posts
        Number of the post of each tag, from 0, where posts have several, shape (n,): tags of one post that fall into one row of
        the card are one reading. None where each tag is of a post of its own.
    grain
        `valence`: posts of a class of valence make one row, whatever their emotion.
    """
    p: NDArray[np.float64] = probabilities.astype(np.float64)
    w: NDArray[np.float64] = np.ones(len(p)) if weights is None else weights.astype(np.float64)
    if len(w) != len(p) or not (np.isfinite(w) & (w > 0)).all():
        raise ModelError("weights of tagged posts are one positive number a post: leave out posts that do not count")
    means, spreads = np.full((_K, _K), np.nan), np.full((_K, _K, _K), np.nan)
    tags = np.zeros(_K)
    rows = labels if grain == "emotion" else _CLASS_OF[labels]
    if posts is not None:
        _, first, of = np.unique(posts * _K + rows, return_index=True, return_inverse=True)
        p, rows, w = p[first], rows[first], np.bincount(of, weights=w).astype(np.float64)
    for j in range(_K):
        own = rows == j
        if not own.any():
            continue
        tags[j] = w[own].sum() ** 2 / (w[own] ** 2).sum()
        if own.sum() >= _LEAST:
            share = w[own] / w[own].sum()
            means[j] = share @ p[own]
            apart = p[own] - means[j]
            spreads[j] = (apart * share[:, None]).T @ apart / (1 - 1 / tags[j])
    return Misreading(scorer, revision, how, means, spreads, tags, grain)


def read_misreading(path: Path) -> Misreading:
    """Read the misreading of a JSON file: what `emtract model evaluate -o` wrote, or a `model.json` that holds one.

    Raises
    ------
    ModelError
        When there is none, or it is damaged.
    """
    if not path.is_file():
        raise ModelError(f"there is no misreading at {path}: {_WRITE}")
    try:
        if path.stat().st_size > _LARGEST:
            raise ModelError(f"{path} is larger than any misreading: {_WRITE}")
        told = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise ModelError(f"{path} is cut off or was edited, so that it is no JSON ({error}): {_WRITE}") from error
    except OSError as error:
        raise ModelError(f"{path} cannot be read ({error.strerror}): {_WRITE}") from error
    found = told.get(KEY) if isinstance(told, dict) else None
    if not found:
        raise ModelError(f"{path} holds no misreading: {_WRITE}")
    return from_plain(found)


def from_plain(told: Mapping[str, Any]) -> Misreading:
    """Return what `Misreading.to_plain` gave.

    Raises
    ------
    ModelError
        When something is missing, of another kind, or impossible.
    """
    try:
        if tuple(told["emotions"]) != EMOTIONS:
            raise ModelError(
                f"a misreading of {told['emotions']} is not one of {', '.join(EMOTIONS)}: measure it again"
            )
        means = _rows(told["means"], _K)
        packed = _rows(told["covariances"], len(_UPPER[0]))
        spreads = np.zeros((_K, _K, _K))
        spreads[:, _UPPER[0], _UPPER[1]] = spreads[:, _UPPER[1], _UPPER[0]] = packed
        tags = np.array(told["tags"], dtype=np.float64)
        scorer, revision, how = (str(told[key]) for key in ("scorer", "revision", "how"))
        grain = told.get("grain", "emotion")
        if grain not in get_args(Grain):
            raise ValueError(f"its grain is {grain!r}, none of {', '.join(get_args(Grain))}")
        return Misreading(scorer, revision, how, means, spreads, tags, grain)
    except (KeyError, TypeError, ValueError) as error:
        raise ModelError(
            f"this misreading is damaged ({error}): measure it again with emtract model evaluate"
        ) from error


def _rows(told: list[list[float] | None], width: int) -> Floats:
    """Rows of a table; nan where there is none."""
    if len(told) != _K:
        raise ValueError(f"{len(told)} rows for {_K} emotions")
    return np.array([[np.nan] * width if row is None else row for row in told], dtype=np.float64)


def _joined(names: tuple[str, ...]) -> str:
    *before, last = names
    return f"{', '.join(before)} and {last}" if before else last
