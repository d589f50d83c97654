"""Scorers that worker processes load, and what the tests of scoring share."""

import os
import time
import zlib
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import numpy as np
import polars as pl

from emtract.scoring.shards import write_source
from emtract.text import Cleaner
from tests.conftest import FakeScorer, batch, load_posts, post, source


@dataclass(frozen=True)
class FakeInstrument:
    """Loads a scorer that takes its time, notes each load, and may refuse."""

    seconds: float = 0.0
    loads: str = ""
    revision: str = "1"
    refuse: str = ""

    def load(self):
        from emtract.errors import ModelError

        if self.refuse:
            raise ModelError(self.refuse)
        if self.loads:
            (Path(self.loads) / f"{os.getpid()}-{time.time_ns()}").touch()
        scorer = SlowScorer(self.seconds)
        scorer.revision = self.revision
        return scorer


class SlowScorer(FakeScorer):
    def __init__(self, seconds):
        super().__init__()
        self.seconds = seconds

    def score(self, texts):
        time.sleep(self.seconds * len(texts))
        return super().score(texts)


def fill(store, n, *, distinct=None):
    """Posts with texts of many lengths, some of them alike."""
    distinct = distinct or n
    rows = [post(i + 1, words(i % distinct), "2014-01-02T15:00", symbols=["A"]) for i in range(n)]
    load_posts(store, source(), [batch(*rows)])


#: Words for a digit at an even and at an odd place: the cleaner would cut a word that repeats itself.
WORDS = (
    ["up", "down", "red", "green", "buy", "sell", "hold", "fear", "hope", "moon"],
    ["bull", "bear", "cash", "debt", "gain", "loss", "long", "short", "pump", "dump"],
)


def words(number):
    return " ".join(WORDS[place % 2][int(digit)] for place, digit in enumerate(str(number)))


def write_texts(path, n, *, cleaner=FakeScorer.cleaner.version):
    texts = pl.DataFrame({"text_key": [str(UUID(int=i)) for i in range(n)], "text": [words(i) for i in range(n)]})
    return write_source(path, texts, cleaner=cleaner)


def all_scores(store):
    return store.sql(
        "SELECT * EXCLUDE (text_key), CAST(text_key AS UUID)::VARCHAR AS key FROM text_scores ORDER BY ALL"
    )


class FakeReader:
    """Dimensions that follow from the text alone."""

    name = "ratings"

    def __init__(self, revision="1", *, fail_after=None):
        self.revision, self.cleaner, self.asked, self.fail_after = revision, Cleaner(), [], fail_after

    def read(self, texts):
        self.asked += texts
        if self.fail_after is not None and len(self.asked) > self.fail_after:
            raise KeyboardInterrupt
        digests = [zlib.crc32(f"{self.revision} {text}".encode()) for text in texts]
        return np.array([[1 + (d >> shift) % 5 for shift in (0, 8, 16)] for d in digests], np.float32).reshape(-1, 3)
