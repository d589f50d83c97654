"""The head of dimensions and its figures: `python -m tests.dimensions DATA`, DATA with `emobank`, `wassa` and `stockemotions`.

It writes `emtract/model/weights/dimensions/emobank.npz` and `reports/model/dimensions.csv`. The parts of EmoBank are those that
its file names: every head learns from `train`, penalties too, and `test` is looked at once; `dev` is not used. Of the essays of
WASSA there is one part, so each is predicted by a head of the others (five folds by seed 0), penalties chosen within those.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from emtract.emotions import DIMENSIONS
from emtract.model.card import read_card
from emtract.model.dimensions import LinearHead, head_path, read_states, write_head
from emtract.model.registry import shipped_folder
from emtract.text import clean_posts
from tests.ridge import FOLDS, choose_penalties, correlations, fit_ridge, interval

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

ROOT = Path(__file__).parent.parent
FIGURES = ROOT / "reports/model/dimensions.csv"
#: Whose ratings; `both` is the mean that the published figures are judged on.
RATERS = ("writer", "reader", "both")
#: What is shipped: the panel is about what writers felt. Stated before any figure was seen.
SHIPPED = "writer"
#: Pearson r on the test part of EmoBank, ratings of both: table 2 of Park, Kim, Ye, Jeon, Park and Oh, "Dimensional Emotion
#: Detection from Categorical Emotion" (EMNLP 2021), as its authors' repository SungjoonPark/EmotionDetection prints it.
PUBLISHED = {
    "AAN (Zhu, Li and Zhou 2019)": (0.424, 0.352, 0.265),
    "ensemble (Akhtar et al. 2019)": (0.635, 0.375, 0.277),
    "SRV-SLSTM, semi-supervised (Wu et al. 2019)": (0.620, 0.508, 0.333),
    "RoBERTa-large, fine-tuned (Park et al. 2021)": (0.829, 0.569, 0.513),
    "RoBERTa-large by way of SemEval (Park et al. 2021)": (0.838, 0.570, 0.518),
}
#: Penalties of the word counts, whose scale is another.
WORD_PENALTIES = (1.0, 3.0, 10.0, 30.0, 100.0)
#: Emotions of StockEmotions that are pleasant without excitement.
QUIET = ("optimism", "belief")


def read_texts(posts: Sequence[str]) -> list[str]:
    """Posts as the encoder reads them."""
    return [clean.text for clean in clean_posts(list(posts))]


def emobank(folder: Path) -> tuple[pl.DataFrame, NDArray[np.float64]]:
    """Sentences with their part, and ratings of writer, reader and both: shape (n, 9)."""
    both = pl.read_csv(folder / "emobank.csv")
    types = dict.fromkeys("VAD", pl.Float64)
    parts = []
    for rater in RATERS:
        rated = pl.read_csv(folder / f"{rater}.csv", schema_overrides=types) if rater != "both" else both
        joined = both.select("id").join(rated, on="id", how="left", maintain_order="left")
        parts.append(joined.select(pl.col("V", "A", "D").cast(pl.Float64)).to_numpy())
    return both, np.hstack(parts)


def rows_of(
    what: str, judged: str, names: Sequence[str], r: Sequence[float], n: int | None
) -> Iterator[dict[str, object]]:
    """Rows of the table: Pearson r with its interval, where the number of texts behind it is known."""
    for name, value in zip(names, r, strict=True):
        low, high = (None, None) if n is None else interval(float(value), n)
        yield {"what": what, "ratings": judged, "dimension": name, "r": float(value), "low": low, "high": high, "n": n}


def word_counts(texts: Sequence[str], ratings: NDArray[np.float64], test: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Pearson r on the test part of ridge regressions on counts of words that two texts of the training part hold."""
    from sklearn.feature_extraction.text import CountVectorizer
    from sklearn.linear_model import Ridge

    split = {
        part: [text for text, is_test in zip(texts, test.tolist(), strict=True) if is_test is part]
        for part in (False, True)
    }
    counter = CountVectorizer(min_df=2)
    x, z, y = counter.fit_transform(split[False]), counter.transform(split[True]), ratings[~test]
    fold = np.random.default_rng(0).permutation(len(y)) % FOLDS
    errors = np.zeros((len(WORD_PENALTIES), y.shape[1]))
    for part in range(FOLDS):
        for place, penalty in enumerate(WORD_PENALTIES):
            fitted = Ridge(alpha=penalty, solver="sparse_cg").fit(x[fold != part], y[fold != part])
            errors[place] += ((fitted.predict(x[fold == part]) - y[fold == part]) ** 2).sum(axis=0)
    chosen = np.asarray(WORD_PENALTIES)[errors.argmin(axis=0)]
    return correlations(Ridge(alpha=chosen, solver="sparse_cg").fit(x, y).predict(z), ratings[test])


def wassa(states: NDArray[np.float32], essays: pl.DataFrame) -> Iterator[dict[str, object]]:
    """Distress and empathy of essays, each predicted by a head of the others."""
    names = ("distress", "empathy")
    y = essays.select(names).to_numpy().astype(np.float64)
    fold, told = np.random.default_rng(0).permutation(len(y)) % FOLDS, np.empty_like(y)
    for part in range(FOLDS):
        rest = fold != part
        told[~rest] = fit_ridge(states[rest], y[rest], choose_penalties(states[rest], y[rest])).predict(states[~rest])
    yield from rows_of("emtract head, five folds", "WASSA 2022, essays", names, correlations(told, y).tolist(), len(y))


def area(high: NDArray[np.float64], low: NDArray[np.float64]) -> float:
    """Probability that one of the first lies above one of the second, ties half."""
    from scipy.stats import rankdata

    ranks = rankdata(np.concatenate([high, low]))[: len(high)].sum()
    return float((ranks - len(high) * (len(high) + 1) / 2) / (len(high) * len(low)))


def stockemotions(folder: Path, head: LinearHead, encoder: Path) -> Iterator[dict[str, object]]:
    """How often a post tagged excitement has more of a dimension than one tagged optimism or belief; the encoder saw them."""
    files = [folder / f"{part}.csv" for part in ("train", "val")]
    posts = pl.concat([pl.read_csv(file, columns=["emo_label", "original"]) for file in files])
    posts = posts.filter(pl.col("emo_label").is_in(["excitement", *QUIET]))
    read = head.apply(read_states(encoder, read_texts(posts["original"])))
    excited = (posts["emo_label"] == "excitement").to_numpy()
    told = {"what": "excitement against optimism and belief, AUC", "ratings": "StockEmotions, tags"}
    for name, column in zip(DIMENSIONS, read.T, strict=True):
        found = area(column[excited], column[~excited])
        yield {**told, "dimension": name, "r": found, "low": None, "high": None, "n": len(excited)}


def write(rows: Sequence[dict[str, object]]) -> None:
    """Write the figures."""
    pl.DataFrame(rows, infer_schema_length=None).with_columns(pl.col("r", "low", "high").round(4)).write_csv(FIGURES)


def make(data: Path) -> None:
    """Fit, measure, and write head and figures."""
    folder = shipped_folder("default")
    sentences, ratings = emobank(data / "emobank")
    texts, part = read_texts(sentences["text"]), sentences["split"].to_numpy()
    states, train, test = read_states(folder, texts), part == "train", part == "test"
    penalties = choose_penalties(states[train], ratings[train])
    fitted = fit_ridge(states[train], ratings[train], penalties)
    head_r = correlations(fitted.predict(states[test]), ratings[test])
    kept = train | test
    words_r = word_counts([t for t, k in zip(texts, kept, strict=True) if k], ratings[kept], test[kept])
    rows: list[dict[str, object]] = []
    for place, rater in enumerate(RATERS):
        of = slice(3 * place, 3 * place + 3)
        rows += rows_of("emtract head", rater, DIMENSIONS, head_r[of].tolist(), int(test.sum()))
        rows += rows_of("word counts", rater, DIMENSIONS, words_r[of].tolist(), int(test.sum()))
    for what, r in PUBLISHED.items():
        rows += rows_of(what, "both", DIMENSIONS, r, None)
    of = slice(3 * RATERS.index(SHIPPED), 3 * RATERS.index(SHIPPED) + 3)
    card = read_card(folder)
    head = LinearHead(
        f"{card.name}@{card.revision}", fitted.weight[of].astype(np.float32), fitted.bias[of].astype(np.float32)
    )
    head_path().parent.mkdir(exist_ok=True)
    write_head(head, head_path())
    rows += stockemotions(data / "stockemotions", head, folder)
    essays = pl.read_csv(data / "wassa/train.tsv", separator="\t", quote_char=None)
    rows += wassa(read_states(folder, read_texts(essays["essay"])), essays)
    write(rows)


if __name__ == "__main__":
    make(Path(sys.argv[1]))
