"""Corpora as cleaned texts and soft targets; one reader a corpus, no reader guesses."""

from __future__ import annotations

import io
import json
import re
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from emtract.emotions import EMOTIONS, GOEMOTIONS, NO_STANCE, STANCE, STANCES, STOCKEMOTIONS, Emotion
from emtract.errors import SourceError
from emtract.model.samples import tagged_path
from emtract.text import clean_posts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path
FloatArray = NDArray[np.float32]
TAGGED: Final = "tagged"
#: StockTwits messages of this day and later teach nothing: the stance is tested on them, and the scaling is matched there.
HELD_FROM: Final = date(2022, 1, 1)
_PYFIN: Final = {"1": "bullish", "2": "neutral", "3": "bearish"}
_DRAW: Final = 20211207
#: How the folds of the tagged sample are made.
Split = Literal["random", "time"]
_QUARTERS: Final = 4


@dataclass(frozen=True)
class Corpus:
    """Cleaned texts with the targets of one or more heads.

    Attributes
    ----------
    name
        Name of the corpus, a key of `Recipe.rows`.
    texts
        Cleaned texts.
    labels
        Head -> its labels in order.
    targets
        Head -> array of shape (n, labels of the head); each row sums to one.
    """

    name: str
    texts: tuple[str, ...]
    labels: dict[str, tuple[str, ...]]
    targets: dict[str, FloatArray]

    def take(self, rows: NDArray[np.intp]) -> Corpus:
        """Return the rows at these positions, in this order."""
        texts = tuple(self.texts[row] for row in rows)
        return Corpus(self.name, texts, self.labels, {head: target[rows] for head, target in self.targets.items()})


@dataclass(frozen=True)
class TaggedSample:
    """The hand-tagged sample: the corpus, the fold (1-4) of each text, and how the folds were made.

    `stances` holds the place of each writer's tag in `STANCES` where the second reading was read too, and is None elsewhere.
    """

    corpus: Corpus
    folds: NDArray[np.int64]
    split: Split = "random"
    stances: NDArray[np.intp] | None = None

    @property
    def labels(self) -> NDArray[np.intp]:
        """Index of each text's emotion in `EMOTIONS`."""
        return np.asarray(self.corpus.targets[TAGGED].argmax(axis=1), dtype=np.intp)


def _clean(bodies: Iterable[str]) -> tuple[str, ...]:
    return tuple(clean.text for clean in clean_posts(bodies))


def _one_hot(values: Sequence[str], labels: Sequence[str]) -> FloatArray:
    index = {label: i for i, label in enumerate(labels)}
    if unknown := sorted(set(values) - set(index)):
        raise SourceError(f"labels {', '.join(unknown)} are not among {', '.join(labels)}; check the corpus's version")
    return np.eye(len(labels), dtype=np.float32)[[index[value] for value in values]]


def _single(name: str, bodies: Sequence[str], values: Sequence[str], labels: Sequence[str] | None = None) -> Corpus:
    labels = tuple(sorted(set(values)) if labels is None else labels)
    return Corpus(name, _clean(bodies), {name: labels}, {name: _one_hot(values, labels)})


def _lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").rstrip("\n").split("\n")


def read_tagged(
    folder: Path, *, first_reading: float | None = None, split: Split = "random", stances: bool = False
) -> TaggedSample:
    """Read `emtract_tagged/tagged.parquet` (Vamossy & Skog): 8,000 StockTwits posts, an emotion each, folds 1-4.

    Parameters
    ----------
    folder
        Holds `emtract_tagged`.
    first_reading
        Weight, below one half, of the authors' first reading of a message in its target, where there is one; the tag,
        which they revised, has the rest.
    split
        `random`: the sample's own folds. `time`: quarters of the messages by their date, fold 4 the latest; a message without
        a date is among the earliest.
    stances
        Whether the writers' own tags are read too.
    """
    path = tagged_path(folder)
    _require(path)
    frame = pl.read_parquet(path, glob=False).sort("row")
    corpus = _single(TAGGED, frame["body"].to_list(), frame["emotion"].to_list(), EMOTIONS)
    folds = frame["fold"].to_numpy()
    if first_reading or split == "time" or stances:
        _require(beside := path.with_name("second_reading.parquet"))
        frame = frame.join(pl.read_parquet(beside, glob=False), on="row", how="left", maintain_order="left")
    if first_reading:
        told = _one_hot(frame["first_reading"].fill_null(frame["emotion"]).to_list(), EMOTIONS)
        targets = np.float32(1 - first_reading) * corpus.targets[TAGGED] + np.float32(first_reading) * told
        corpus = replace(corpus, targets={TAGGED: targets})
    if split == "time":
        places = (
            frame.select(pl.struct("date_about", "row").rank("ordinal")).to_series().to_numpy().astype(np.int64) - 1
        )
        folds = 1 + places * _QUARTERS // len(places)
    return TaggedSample(corpus, folds, split, _places(frame["writer_sentiment"]) if stances else None)


def read_goemotions(folder: Path) -> Corpus:
    """Read GoEmotions (Demszky et al. 2020): 27 emotions and neutral; a comment with k labels gives each 1/k."""
    names = [name.strip() for name in _lines(folder / "goemotions" / "labels.txt")]
    rows = [line.split("\t") for part in ("train", "dev") for line in _lines(folder / "goemotions" / f"{part}.tsv")]
    targets = np.zeros((len(rows), len(names)), dtype=np.float32)
    for row, (_, indices, _) in enumerate(rows):
        targets[row, [int(index) for index in indices.split(",")]] = 1
    targets /= targets.sum(axis=1, keepdims=True)
    return Corpus(
        "goemotions", _clean(text for text, _, _ in rows), {"goemotions": tuple(names)}, {"goemotions": targets}
    )


def read_crowdflower(folder: Path) -> Corpus:
    """Read CrowdFlower's text emotions: tweets, 13 labels, noisy."""
    frame = pl.read_csv(folder / "crowdflower" / "text_emotion.csv", infer_schema=False, glob=False)
    return _single("crowdflower", frame["content"].to_list(), frame["sentiment"].to_list())


def read_tec(folder: Path) -> Corpus:
    """Read the Twitter Emotion Corpus (Mohammad 2012): six emotions, from the hashtag that ended the tweet."""
    found = [re.fullmatch(r"\d+:\t(.*)\t:: (\w+)\s*", line) for line in _lines(folder / "tec" / "tweets_clean.txt")]
    pairs = [match.groups() for match in found if match]
    return _single("tec", [text for text, _ in pairs], [label for _, label in pairs])


def read_tweeteval(folder: Path) -> Corpus:
    """Read TweetEval's emotion task (Barbieri et al. 2020): anger, joy, optimism, sadness."""
    return _tweeteval(folder, "emotion", "tweeteval")


def read_tweeteval_emoji(folder: Path) -> Corpus:
    """Read TweetEval's emoji task (Barbieri et al. 2018): which of twenty emojis a tweet carried."""
    return _tweeteval(folder, "emoji", "tweeteval_emoji")


def _tweeteval(folder: Path, task: str, name: str) -> Corpus:
    base = folder / "tweeteval" / task
    names = dict(line.split("\t")[:2] for line in _lines(base / "mapping.txt") if line.strip())
    texts = [line for part in ("train", "val") for line in _lines(base / f"{part}_text.txt")]
    codes = [line.strip() for part in ("train", "val") for line in _lines(base / f"{part}_labels.txt")]
    return _single(name, texts, [names[code] for code in codes], list(names.values()))


def read_stockemotions(folder: Path) -> Corpus:
    """Read StockEmotions (Lee et al. 2023): StockTwits 2020, 12 emotions; bullish or bearish, a head of its own."""
    files = [folder / "stockemotions" / f"{part}.csv" for part in ("train", "val")]
    frame = pl.concat([pl.read_csv(file, infer_schema=False, glob=False) for file in files])
    heads = {"stockemotions": frame["emo_label"].to_list(), "stocksentiment": frame["senti_label"].to_list()}
    labels = {head: tuple(sorted(set(values))) for head, values in heads.items()}
    targets = {head: _one_hot(values, labels[head]) for head, values in heads.items()}
    return Corpus("stockemotions", _clean(frame["original"].to_list()), labels, targets)


@dataclass(frozen=True)
class Messages:
    """StockTwits messages of a span of time: cleaned texts, each once, and what their writers' tags say.

    Attributes
    ----------
    texts
        Cleaned texts in the order of their first message.
    stances
        Place of each writer's stance in `STANCES`: none where the first message of the text carries no tag.
    """

    texts: tuple[str, ...]
    stances: NDArray[np.intp]

    def by_text(self) -> dict[str, int]:
        """Text -> place of its writer's stance in `STANCES`."""
        return dict(zip(self.texts, self.stances.tolist(), strict=True))


def read_messages(folder: Path, *, later: bool = False) -> Messages:
    """Read `stocktwits/messages.parquet`: the messages before `HELD_FROM`, or the later ones, of which no tag is learned.

    A later text that stands among the earlier ones is left out.
    """
    path = folder / "stocktwits" / "messages.parquet"
    _require(path)
    frame = pl.read_parquet(path, columns=["id", "created_at", "body", "sentiment"], glob=False).sort("id")
    frame = frame.with_columns(text=pl.Series(_clean(frame["body"].to_list())), stance=pl.col("sentiment"))
    frame = frame.filter(pl.col("text") != "").unique("text", keep="first", maintain_order=True)
    frame = frame.filter((pl.col("created_at").dt.date() >= HELD_FROM) == later)
    return Messages(tuple(frame["text"].to_list()), _places(frame["stance"]))


def _places(tags: pl.Series) -> NDArray[np.intp]:
    """Place of each writer's tag in `STANCES`."""
    places = tags.fill_null(NO_STANCE).replace_strict(list(STANCES), range(len(STANCES)), return_dtype=pl.Int64)
    return places.to_numpy().astype(np.intp)


def read_stances(folder: Path) -> dict[str, int]:
    """Text -> place of its writer's stance in `STANCES`: StockEmotions' posts, and StockTwits messages before `HELD_FROM`."""
    corpus, places = read_stockemotions(folder), {stance: place for place, stance in enumerate(STANCES)}
    told = [places[corpus.labels["stocksentiment"][row]] for row in corpus.targets["stocksentiment"].argmax(axis=1)]
    # A text that stands in both has the tag of StockEmotions: each of its posts has one, a message may have none.
    return read_messages(folder).by_text() | dict(zip(corpus.texts, told, strict=True))


def read_stocktwits(folder: Path) -> Corpus:
    """Read StockTwits messages before `HELD_FROM` with their writers' stance: as many of each as there are of the rarest."""
    messages = read_messages(folder)
    rng = np.random.default_rng(_DRAW)
    own = [rng.permutation(np.flatnonzero(messages.stances == place)) for place in range(len(STANCES))]
    rows = np.sort(np.concatenate([part[: min(map(len, own))] for part in own]))
    texts = tuple(messages.texts[row] for row in rows)
    return Corpus(
        "stocktwits", texts, {STANCE: STANCES}, {STANCE: np.eye(len(STANCES), dtype=np.float32)[messages.stances[rows]]}
    )


def read_pyfin(folder: Path) -> Corpus:
    """Read pyfin's tweets on securities: bullish, neutral or bearish; rows of the label that nobody documents are left out."""
    frame = pl.read_csv(folder / "labelled" / "pyfin_tweets.csv", infer_schema=False, glob=False)
    frame = frame.filter(pl.col("label").is_in(list(_PYFIN)))
    return _single("pyfin", frame["text"].to_list(), [_PYFIN[code] for code in frame["label"]])


def read_unlabelled(folder: Path, names: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Cleaned texts of the named corpora of `POSTS`, their labels left aside.

    Each text stands once, in alphabetical order, under the first corpus of `POSTS` that holds it.
    """
    found: dict[str, tuple[str, ...]] = {}
    seen = {""}
    for name in [name for name in POSTS if name in set(names)]:
        found[name] = tuple(sorted({*POSTS[name](folder)} - seen))
        seen.update(found[name])
    return found


def _tweets(path: Path) -> Iterator[str]:
    import zstandard

    with path.open("rb") as file:
        stream = zstandard.ZstdDecompressor(max_window_size=2**31).stream_reader(file)
        for line in io.TextIOWrapper(stream, encoding="utf-8"):
            post = json.loads(line)
            yield post.get("full_text") or post["text"]


def _read_tweets(folder: Path) -> tuple[str, ...]:
    _require(tweets := folder / "stocknet" / "tweets")
    return tuple(clean.text for path in sorted(tweets.glob("*.jsonl.zst")) for clean in clean_posts(_tweets(path)))


def _declared(folder: Path) -> tuple[str, ...]:
    """Messages whose writers' tags say bullish or bearish, as many of each."""
    corpus = read_stocktwits(folder)
    rows = np.flatnonzero(corpus.targets[STANCE].argmax(axis=1) != STANCES.index(NO_STANCE))
    return corpus.take(rows).texts


#: Unlabelled finance posts: of StockTwits, posts before `HELD_FROM`; `declared`, posts with a writer's tag.
POSTS: Final[dict[str, Callable[[Path], tuple[str, ...]]]] = {
    "stockemotions": lambda folder: read_stockemotions(folder).texts,
    "declared": _declared,
    "stocktwits": lambda folder: read_messages(folder).texts,
    "stocknet": _read_tweets,
}
READERS: Final[dict[str, Callable[[Path], Corpus]]] = {
    "goemotions": read_goemotions,
    "crowdflower": read_crowdflower,
    "tec": read_tec,
    "tweeteval": read_tweeteval,
    "tweeteval_emoji": read_tweeteval_emoji,
    "stockemotions": read_stockemotions,
    "stocktwits": read_stocktwits,
    "pyfin": read_pyfin,
}
#: Corpora whose folder has another name.
_FOLDERS: Final = {"pyfin": "labelled"}
#: Head of the joint stage -> its labels as the seven emotions, where a published grouping says so.
GROUPINGS: Final[Mapping[str, Mapping[str, Emotion]]] = {"goemotions": GOEMOTIONS, "stockemotions": STOCKEMOTIONS}


def _require(path: Path) -> None:
    if not path.exists():
        raise SourceError(f"{path} is missing; give the folder that holds {TAGGED} and {', '.join(READERS)}")


def read_corpora(folder: Path, names: Iterable[str]) -> list[Corpus]:
    """Read the named corpora from their folders beneath `folder`.

    Raises
    ------
    SourceError
        A corpus has no reader, its folder is missing, or it holds a label that it should not.
    """
    corpora = []
    for name in names:
        if name not in READERS:
            raise SourceError(f"no corpus is called {name!r}; known are {', '.join(READERS)}")
        _require(folder / _FOLDERS.get(name, name.partition("_")[0]))
        corpora.append(READERS[name](folder))
    return corpora
