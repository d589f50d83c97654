"""What a stage learns from, drawn from the corpora by a seed: rows with labels, and posts without; none that is tested."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from emtract.errors import SourceError
from emtract.model.train.corpora import POSTS, Corpus, Messages, TaggedSample, read_messages

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from emtract.model.train.recipe import Adapt, Recipe

#: Shorter posts give a masked token too little company.
_FEWEST_WORDS: Final = 4


def without_texts(corpus: Corpus, texts: Iterable[str]) -> Corpus:
    """Drop the rows whose cleaned text is among `texts`, and the empty ones: what is tested must not be trained on."""
    banned = {*texts, ""}
    return corpus.take(np.array([i for i, text in enumerate(corpus.texts) if text not in banned], dtype=np.intp))


def draw(corpus: Corpus, rows: int, rng: np.random.Generator) -> Corpus:
    """Draw `rows` rows: whole passes over the corpus, then a sample without replacement.

    Parameters
    ----------
    corpus
        Drawn from; an empty one gives an empty one.
    rows
        Texts in all; more than the corpus holds repeats it.
    rng
        Orders each pass and picks the last sample.
    """
    size = len(corpus.texts)
    passes = [rng.permutation(size) for _ in range(-(-rows // size))] if size else []
    return corpus.take(np.concatenate([*passes, np.empty(0, dtype=np.intp)])[:rows])


def draw_posts(
    stage: Adapt | None, posts: Mapping[str, Sequence[str]], sample: TaggedSample, rng: np.random.Generator
) -> list[str]:
    """Draw a stage's unlabelled posts: four words or more, none that stands in the tagged sample.

    Parameters
    ----------
    stage
        Its `posts` says how many of which corpus; None draws nothing.
    posts
        Corpus -> its cleaned texts, see `read_unlabelled`.
    sample
        The tagged sample, whose texts are left out.
    rng
        Draws without replacement; a smaller corpus gives all it has.
    """
    tagged = set(sample.corpus.texts)
    drawn: list[str] = []
    for corpus, count in (stage.posts if stage else {}).items():
        if corpus not in posts:
            raise SourceError(f"no unlabelled posts are called {corpus!r}; known are {', '.join(POSTS)}")
        free = [post for post in posts[corpus] if post not in tagged and _is_long(post)]
        drawn += [free[row] for row in rng.permutation(len(free))[:count]]
    return drawn


def draw_unseen(folder: Path, count: int | None, sample: TaggedSample, seed: int) -> Messages | None:
    """Draw later StockTwits messages of four words or more, whose texts no stage learns from.

    Parameters
    ----------
    folder
        Holds `stocktwits`.
    count
        Messages; all where there are fewer, and None draws none.
    sample
        The tagged sample, whose texts are left out.
    seed
        Decides which.
    """
    if not count:
        return None
    tagged, later = set(sample.corpus.texts), read_messages(folder, later=True)
    free = [row for row, text in enumerate(later.texts) if text not in tagged and _is_long(text)]
    rows = np.random.default_rng(seed).permutation(free)[:count]
    return Messages(tuple(later.texts[row] for row in rows), later.stances[rows])


def _is_long(text: str) -> bool:
    return len(text.split()) >= _FEWEST_WORDS


def joint_sample(
    corpora: Sequence[Corpus], sample: TaggedSample, recipe: Recipe
) -> tuple[list[Corpus], dict[str, int]]:
    """Draw stage 1's rows and count the rows that were dropped because the tagged sample holds their text.

    Parameters
    ----------
    corpora
        Labelled corpora, the tagged sample not among them.
    sample
        The tagged sample.
    recipe
        Its `rows` times the epochs of `joint` is the number of texts of each corpus; its seed decides which.

    Returns
    -------
    tuple
        Corpora as drawn, a text standing there once for each time that it is seen; and corpus -> rows dropped, empty
        texts among them.
    """
    rng = np.random.default_rng(recipe.seed)
    kept = [without_texts(corpus, sample.corpus.texts) for corpus in corpora]
    dropped = {old.name: len(old.texts) - len(new.texts) for old, new in zip(corpora, kept, strict=True)}
    return [draw(corpus, recipe.rows[corpus.name] * recipe.joint.epochs, rng) for corpus in kept], dropped
