"""A scorer without a model: its scores follow from the text alone, and it remembers what it was asked."""

import zlib
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import polars as pl

from emtract.emotions import EMOTIONS, STANCES
from emtract.model.scorer import Scores, predict_posts, softmax
from emtract.text import Cleaner


class FakeScorer:
    name = "fake"
    revision = "1"

    def __init__(self) -> None:
        self.cleaner = Cleaner()
        self.asked: list[str] = []

    def score(self, texts: Sequence[str]) -> Scores:
        self.asked += texts
        seeds = [zlib.crc32(text.encode("utf-8", "replace")) for text in texts]
        logits = [np.random.default_rng(seed).normal(size=len(EMOTIONS)) for seed in seeds]
        n_tokens = np.array([len(text.split()) for text in texts], dtype=np.int32)
        return Scores(softmax(np.array(logits, dtype=np.float32).reshape(-1, len(EMOTIONS))), n_tokens, n_tokens > 126)

    def predict(self, posts: Sequence[str]) -> pl.DataFrame:
        return predict_posts(self, posts)


class StanceScorer(FakeScorer):
    """The same that reads stances too, by another digest of the text; it is another scorer."""

    name = "stance"

    def score(self, texts: Sequence[str]) -> Scores:
        seeds = [zlib.adler32(text.encode("utf-8", "replace")) for text in texts]
        logits = [np.random.default_rng(seed).normal(size=len(STANCES)) for seed in seeds]
        return replace(super().score(texts), stance=softmax(np.array(logits, np.float32).reshape(-1, len(STANCES))))
