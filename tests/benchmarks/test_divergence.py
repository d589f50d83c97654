"""The table of how well a text alone tells divergence: no text stands on both sides, and the contenders are all there."""

import json
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl

from emtract.model.divergence import HEAD
from tests.benchmarks.divergence import OUTPUT, interval, learn, measure, split

YEAR = datetime.fromisoformat("2022-01-01")
ROOT = Path(__file__).parent.parent.parent


def made(n=400, seed=0):
    """Posts whose first state tells the tag, and whose reading does not."""
    rng = np.random.default_rng(seed)
    bullish = rng.random(n) < 0.5
    posts = pl.DataFrame(
        {
            "written": [YEAR - timedelta(days=300) if i < n * 0.6 else YEAR for i in range(n)],
            "author": [f"a{i % 50}" for i in range(n)],
            "sentiment": np.where(bullish, "bullish", "bearish").tolist(),
            "text": ["".join("abcdefghij"[int(d)] for d in str(i)) + " word" for i in range(n)],
            "symbols": [["A"] if i % 2 or i < n * 0.6 else ["B"] for i in range(n)],
        }
    )
    logits = np.zeros((n, 7))
    logits[np.arange(n), np.where(rng.random(n) < 0.5, 1, 6)] = 4.0
    states = np.column_stack([bullish + rng.normal(0, 0.3, n), rng.normal(size=n)])
    return split(posts), states, logits


def test_a_text_stands_on_one_side_and_symbols_are_known_or_not():
    posts, _, _ = made()
    copied = pl.concat(
        [posts.drop("part", "copy"), posts.drop("part", "copy").with_columns(text=pl.col("text") + " !")]
    )
    dealt = split(copied.sort("written"))
    assert dealt.height == posts.height
    assert dealt.filter(part="other")["symbols"].to_list() == [["B"]] * dealt.filter(part="other").height
    assert dealt.filter(part="train")["written"].max() < YEAR <= dealt.filter(part="later")["written"].min()


def test_what_tells_the_tag_wins_and_what_does_not_is_a_coin():
    posts, states, logits = made()
    table = measure(posts, states, logits, learn(posts, states, logits, "m@r"))
    of = {(row["contender"], row["judged_on"]): row for row in table.to_dicts()}
    for part in ("later dates", "later dates, other symbols"):
        assert of["states, emotions and marks", part]["low"] > 0.9
        assert 0.35 < of["uncertainty of the reading", part]["auc"] < 0.65


def test_an_interval_is_wider_where_authors_are_few():
    rng = np.random.default_rng(1)
    scores, positive = rng.normal(size=300), rng.random(300) < 0.5
    scores += positive + np.repeat(rng.normal(size=10), 30)
    few, many = ([f"{i // size}" for i in range(300)] for size in (30, 1))
    wide, narrow = (high - low for low, high in (interval(scores, positive, a, rng) for a in (few, many)))
    assert wide > narrow


def test_the_committed_table_is_of_the_detector_that_ships():
    table = pl.read_csv(ROOT / OUTPUT)
    assert table["model"].unique().to_list() == [json.loads(HEAD.read_text())["model"]]
    own = table.filter(contender="states, emotions and marks")
    assert own["auc"].min() >= 0.78, "below this a detector does not ship"
    assert not (HEAD.stat().st_size > 1_000_000)
