"""Cross-validation of an adapted head: penalty and temperature are chosen without the texts that judge them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Final

import numpy as np

from emtract.model.adapt.head import Head, Sample, fit_path
from emtract.model.evaluate import log_loss
from emtract.model.train.scaling import fit_temperature, temper

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from emtract.model.adapt.head import Array

#: Penalties that are tried, see `fit_path`.
PENALTIES: Final = (100.0, 30.0, 10.0, 3.0, 1.0, 0.3, 0.1, 0.03)
#: One fold judges, one chooses, and at least one is learned from.
LEAST_FOLDS: Final = 3
_SEED: Final = 0
#: What near-copies of a text differ in, as in `sql/panel/posts/text_copies.sql`.
_NO_LETTERS: Final = re.compile(r"[\W\d_]+")


@dataclass(frozen=True)
class Adapted:
    """An adapted head, and what heads made like it read in texts that they had not seen.

    Attributes
    ----------
    head
        Learned from all texts.
    penalty, temperature
        As in `head`.
    penalties
        The heads that judged a fold each, in the order of the folds.
    shipped, adapted
        Probabilities among the known emotions, out of fold, shape (n, known).
    """

    head: Head
    penalty: float
    temperature: float
    penalties: tuple[float, ...]
    shipped: Array
    adapted: Array


def group_copies(texts: Sequence[str]) -> NDArray[np.intp]:
    """Number texts so that near-copies, which have the same letters, share a number, shape (n,)."""
    letters = [_NO_LETTERS.sub(" ", text.lower()).strip() or text for text in texts]
    places = {text: place for place, text in enumerate(dict.fromkeys(letters))}
    return np.array([places[text] for text in letters], dtype=np.intp)


def deal_folds(labels: NDArray[np.intp], groups: NDArray[np.intp], folds: int) -> NDArray[np.intp]:
    """Deal texts to folds: groups stay together, and each label's are spread evenly.

    Parameters
    ----------
    labels, groups
        Label and group of each text, shape (n,); a group has the label of its first text.
    folds
        How many.

    Returns
    -------
    NDArray
        Fold of each text, from 0, shape (n,).
    """
    first = np.unique(groups, return_index=True)[1]
    shuffled = np.random.default_rng(_SEED).permutation(len(first))
    order = shuffled[np.argsort(labels[first][shuffled], kind="stable")]
    dealt = np.empty(len(first), dtype=np.intp)
    dealt[order] = np.arange(len(first)) % folds
    return dealt[groups]


def adapt_head(
    sample: Sample,
    folds: NDArray[np.intp],
    *,
    penalties: Sequence[float] = PENALTIES,
    progress: Callable[[int, int], None] | None = None,
) -> Adapted:
    """Fit a head to labelled texts, and one a fold to the texts of the others.

    Parameters
    ----------
    sample
        Labelled texts.
    folds
        Fold of each text, shape (n,): at least `LEAST_FOLDS`, from 0, none of them empty.
    penalties
        Those that are tried, largest first.
    progress
        Called with fits done and fits in all.

    Notes
    -----
    A fold is read by a head that learned from the others. Its penalty, and the temperature of its logits, have the least
    log loss of heads that had seen neither this fold nor the texts on which they are compared; a fit without two folds
    serves both of them.
    """
    count, places = int(folds.max()) + 1, sample.places
    fits = [*combinations(range(count), 2), *((fold,) for fold in range(count))]
    read: dict[tuple[int, ...], Array] = {}
    for done, left_out in enumerate(fits, 1):
        read |= _read_left_out(sample, folds, left_out, penalties)
        if progress:
            progress(done, len(fits) + 1)
    tags = [places[folds == fold] for fold in range(count)]
    adapted, chosen = np.empty((len(folds), len(sample.known))), []
    for fold in range(count):
        others = [other for other in range(count) if other != fold]
        place, temperature = _choose([read[other, fold] for other in others], [tags[other] for other in others])
        adapted[folds == fold] = temper(read[(fold,)][place], temperature)
        chosen.append(penalties[place])
    place, temperature = _choose([read[(fold,)] for fold in range(count)], tags)
    head = fit_path(sample, penalties[: place + 1])[place].temper(temperature, sample.known)
    if progress:
        progress(len(fits) + 1, len(fits) + 1)
    return Adapted(head, penalties[place], temperature, tuple(chosen), sample.probabilities(), adapted)


def _read_left_out(
    sample: Sample, folds: NDArray[np.intp], left_out: Sequence[int], penalties: Sequence[float]
) -> dict[tuple[int, ...], Array]:
    """Read folds by heads that saw none of them: a fold and what else was left out -> probabilities, (penalties, n, known)."""
    heads = fit_path(sample.rows(~np.isin(folds, left_out)), penalties)
    read = {}
    for fold in left_out:
        own = sample.rows(folds == fold)
        read[(fold, *(other for other in left_out if other != fold))] = np.stack(
            [own.probabilities(head) for head in heads]
        )
    return read


def _choose(read: Sequence[Array], labels: Sequence[NDArray[np.intp]]) -> tuple[int, float]:
    """Place of the penalty of the least log loss, and the temperature that suits it."""
    told, tags = np.concatenate(read, axis=1), np.concatenate(labels)
    place = int(np.argmin([log_loss(part, tags) for part in told]))
    return place, fit_temperature(told[place], tags)
