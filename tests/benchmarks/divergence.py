"""How well a text alone tells that its writer's tag goes against its reading: `python -m tests.benchmarks.divergence STORE`.

The split was made before any figure was looked at. Posts before 2022 are learned from, and those of 2022 judge: of symbols
that 100 texts or more of before 2022 name (`later dates`), and of others only (`later dates, other symbols`). The penalty was
chosen on the second half of 2021. Of near-copies the first post counts alone, so that no text stands on both sides; texts on
which the model was trained do not count. Judged are posts with a clear reading: one sign has more than half of the probability.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl
from scipy import sparse
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from emtract.model.adapt.bases import find_base
from emtract.model.adapt.folds import group_copies
from emtract.model.divergence import CLEAR, HEAD, MODEL, Detector, against, features, marks, signs, softmax
from emtract.model.evaluate import auc
from emtract.store import Store
from emtract.text import clean_posts

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from emtract.model.adapt.head import Array

OUTPUT: Final = Path("reports/benchmarks/divergence.csv")
FROM: Final = "2022-01-01"
#: Texts of before that name a symbol from which on it is known.
KNOWN: Final = 100
#: Inverse of the penalty on the squares of standardised weights; of words, whose columns are not standardised.
STRENGTH: Final = 0.03
STRENGTH_WORDS: Final = 1.0
DRAWS: Final = 500
_LEAST: Final = 1e-9
_POSTS: Final = """
    SELECT
        p.created_at::TIMESTAMP AS written, coalesce(p.author_id, 'post ' || p.post_key) AS author, p.sentiment, t.text,
        list(y.symbol ORDER BY y.symbol) AS symbols
    FROM posts AS p
    JOIN cleaned AS c USING (post_key)
    JOIN texts AS t USING (text_key, cleaner)
    JOIN post_symbols AS y USING (post_key)
    WHERE p.sentiment IS NOT NULL AND c.kind IN ('words', 'emoji_only')
    GROUP BY p.post_key, written, author, p.sentiment, t.text
    ORDER BY written, p.post_key
"""


def split(posts: pl.DataFrame, *, start: str = FROM, known: int = KNOWN) -> pl.DataFrame:
    """Return the first post of each text, near-copies as one, with its `part`: `train`, `later`, `other`, or null for neither.

    Parameters
    ----------
    posts
        written, text and symbols, in the order of time.
    start
        First day of the posts that judge.
    known
        Earlier texts that a symbol needs to be known.
    """
    copies = pl.Series("copy", group_copies(posts["text"].to_list()))
    first = posts.with_columns(copies).unique("copy", keep="first", maintain_order=True)
    late = pl.col("written") >= pl.lit(start).str.to_datetime()
    counts = first.filter(~late)["symbols"].explode().value_counts()
    names = counts.filter(pl.col("count") >= known)["symbols"].to_list()
    of_known = pl.col("symbols").list.eval(pl.element().is_in(names))
    all_known, none_known = of_known.list.all(), ~of_known.list.any()
    part = pl.when(~late & all_known).then(pl.lit("train")).when(late & all_known).then(pl.lit("later"))
    return first.with_columns(part=part.when(late & none_known).then(pl.lit("other")))


def interval(scores: Array, positive: Array, authors: Sequence[str], rng: np.random.Generator) -> tuple[float, float]:
    """Return the 95 per cent interval of the area under the curve, over samples of authors with replacement."""
    codes = np.unique(np.asarray(authors), return_inverse=True)[1]
    rows = np.split(np.argsort(codes, kind="stable"), np.cumsum(np.bincount(codes))[:-1])
    drawn = []
    for _ in range(DRAWS):
        chosen = np.concatenate([rows[i] for i in rng.integers(0, len(rows), len(rows))])
        drawn.append(auc(scores[chosen], positive[chosen]))
    low, high = np.quantile(drawn, [0.025, 0.975])
    return float(low), float(high)


def learn(posts: pl.DataFrame, states: Array, logits: Array, model: str) -> Detector:
    """Return the detector that ships: states, emotions and marks, learned from the posts before 2022."""
    train = (posts["part"] == "train").to_numpy()
    columns = features(states[train], logits[train], posts["text"].filter(pl.Series(train)).to_list())
    mean, spread = columns.mean(axis=0), columns.std(axis=0) + _LEAST
    bullish = (posts["sentiment"] == "bullish").to_numpy()[train]
    fit = LogisticRegression(C=STRENGTH, max_iter=1000).fit((columns - mean) / spread, bullish)
    weight = fit.coef_[0] / spread
    return Detector(weight, float(fit.intercept_[0] - mean @ weight), model)


def contenders(posts: pl.DataFrame, states: Array, logits: Array, detector: Detector) -> Mapping[str, Array]:
    """Return how likely each contender takes the tag to go against the reading, each of shape (n,); learned where `train`."""
    train = (posts["part"] == "train").to_numpy()
    bullish = (posts["sentiment"] == "bullish").to_numpy()
    probabilities = softmax(logits)
    positive, negative = signs(probabilities)
    texts = posts["text"].to_list()
    marked = marks(texts)
    words = TfidfVectorizer(ngram_range=(1, 2), min_df=5, sublinear_tf=True, token_pattern=r"\S+", lowercase=False)
    words.fit([text for text, is_train in zip(texts, train, strict=True) if is_train])
    counted = sparse.csr_matrix(words.transform(texts))

    def learned(columns: Array | sparse.csr_matrix, strength: float) -> Array:
        fit = LogisticRegression(C=strength, max_iter=1000).fit(columns[train], bullish[train])
        return against(np.asarray(fit.predict_proba(columns)[:, 1]), probabilities)

    def standard(*parts: Array) -> Array:
        columns = np.column_stack(parts)
        return np.asarray((columns - columns[train].mean(axis=0)) / (columns[train].std(axis=0) + _LEAST))

    whole = standard(states, logits, marked)
    return {
        "a negative reading": (positive < negative).astype(float),
        "uncertainty of the reading": -np.maximum(positive, negative),
        "marks": learned(standard(marked), STRENGTH),
        "emotions": learned(standard(logits), STRENGTH),
        "words and pairs of words": learned(counted, STRENGTH_WORDS),
        "states, emotions and marks": against(detector.bullish(states, logits, texts), probabilities),
        "states, emotions, marks and words": learned(
            sparse.csr_matrix(sparse.hstack([counted, sparse.csr_matrix(whole / 10)])), STRENGTH_WORDS
        ),
    }


def measure(posts: pl.DataFrame, states: Array, logits: Array, detector: Detector) -> pl.DataFrame:
    """Return one row a contender and part that judges: posts, share that diverges, area under the curve and its interval.

    `auc_positive` and `auc_negative` are among the posts of one sign alone: more negative readings than positive ones go against
    their tag, since most tags are bullish, and that takes no reading of the writer.
    """
    positive, negative = signs(softmax(logits))
    is_positive = positive > negative
    diverges = is_positive != (posts["sentiment"] == "bullish").to_numpy()
    clear = np.maximum(positive, negative) > CLEAR
    rows = []
    for name, scores in contenders(posts, states, logits, detector).items():
        for part, told in {"later": "later dates", "other": "later dates, other symbols"}.items():
            own = (posts["part"] == part).to_numpy() & clear
            low, high = interval(
                scores[own], diverges[own], posts["author"].filter(pl.Series(own)).to_list(), np.random.default_rng(0)
            )
            rows.append(
                {
                    "contender": name, "judged_on": told, "posts": int(own.sum()), "diverging": float(diverges[own].mean()),
                    "auc": auc(scores[own], diverges[own]), "low": low, "high": high,
                    "auc_positive": auc(scores[own & is_positive], diverges[own & is_positive]),
                    "auc_negative": auc(scores[own & ~is_positive], diverges[own & ~is_positive]),
                }
            )  # fmt: skip
    return pl.DataFrame(rows)


def _trained_on(folder: Path) -> list[str]:
    """Cleaned texts on which the model was trained, of the corpora that are of the same platform."""
    tagged = pl.read_parquet(folder / "emtract_tagged/tagged.parquet")["body"].to_list()
    tables = (pl.read_csv(folder / f"stockemotions/{name}.csv")["original"] for name in ("train", "val"))
    bodies = [*tagged, *(body for table in tables for body in table)]
    return [clean.text for clean in clean_posts(bodies)]


def main() -> None:
    """Read the tagged posts of a store, judge the contenders, and write the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("store", type=Path, help="a store whose posts carry their writers' tags")
    parser.add_argument("--states", type=Path, help="keep what the model reads here, for another run")
    parser.add_argument("--weights", type=Path, help=f"write the detector here: {HEAD.name} of the package")
    parser.add_argument("--output", type=Path, default=OUTPUT)
    asked = parser.parse_args()
    with Store.open(asked.store, read_only=True) as store:
        posts = split(store.sql(_POSTS))
    texts = posts["text"].to_list()
    copies = group_copies([*texts, *_trained_on(Path(os.environ["EMTRACT_DATA"]))])
    posts = posts.filter(~np.isin(copies[: len(texts)], copies[len(texts) :])).filter(pl.col("part").is_not_null())
    base = find_base(MODEL)
    if asked.states and asked.states.is_file():
        held = np.load(asked.states)
        states, logits = held["states"], held["logits"]
    else:
        states, logits = base.read(posts["text"].to_list())
        if asked.states:
            np.savez(asked.states, states=states, logits=logits)
    model = f"{MODEL}@{base.card.revision}"
    detector = learn(posts, states, logits, model).rounded()
    if asked.weights:
        detector.write(asked.weights)
    found = measure(posts, states, logits, detector).with_columns(
        pl.col("diverging", "auc", "low", "high", "auc_positive", "auc_negative").round(4), model=pl.lit(model)
    )
    found.write_csv(asked.output)
    print(found)


if __name__ == "__main__":
    main()
