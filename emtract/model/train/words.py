"""A linear reader of words, emojis and pieces of words: it has learned of rare ones what a network of few epochs has not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from emtract.emotions import EMOTIONS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from emtract.model.train.corpora import FloatArray

#: Parts of the tagged texts, each of which is read by what the others taught.
_PARTS: Final = 5
#: Inverse of the penalty on the squares of weights, chosen on fold 1 beside half and double.
_STRENGTH: Final = 4.0
_STEPS: Final = 200


def read_by_words(tagged: Sequence[str], labels: NDArray[np.intp], posts: Sequence[str]) -> FloatArray:
    """Return what a logistic regression on words and characters says of tagged texts and of posts, shape (n + m, 7).

    Parameters
    ----------
    tagged
        n cleaned texts, from which it learns; none is read by what learned from it.
    labels
        Place in `EMOTIONS` of their tags, shape (n,).
    posts
        m cleaned texts without a tag, read by what all tagged ones taught.
    """
    told = np.zeros((len(tagged) + len(posts), len(EMOTIONS)), np.float32)
    for part in range(min(_PARTS, len(tagged))):
        own = range(part, len(tagged), _PARTS)
        others = [row for row in range(len(tagged)) if row % _PARTS != part]
        told[own] = _read([tagged[row] for row in others], labels[others], [tagged[row] for row in own])
    if posts:
        told[len(tagged) :] = _read(list(tagged), labels, posts)
    return told


def _read(texts: list[str], labels: NDArray[np.intp], asked: Sequence[str]) -> FloatArray:
    from scipy import sparse
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression

    counts = (
        TfidfVectorizer(
            ngram_range=(1, 2), min_df=2, sublinear_tf=True, tokenizer=str.split, token_pattern=None, lowercase=False
        ),
        TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), min_df=3, sublinear_tf=True, lowercase=False),
    )
    known = sparse.hstack([count.fit_transform(texts) for count in counts]).tocsr()
    fit = LogisticRegression(C=_STRENGTH, max_iter=_STEPS).fit(known, labels)
    told = np.zeros((len(asked), len(EMOTIONS)), np.float32)
    told[:, fit.classes_] = fit.predict_proba(sparse.hstack([count.transform(asked) for count in counts]).tocsr())
    return told
