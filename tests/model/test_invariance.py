"""What must not move a reading of the shipped model, and what must."""

import html
import os
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from emtract.emotions import EMOTIONS
from emtract.model.onnx import OnnxScorer
from emtract.model.registry import shipped_folder

#: How far a probability may move where a post means the same. Measured: nothing with OpenVINO, 1e-7 with ONNX Runtime; a
#: runtime that gives the rows of a batch one scale may move it by 1e-4.
TOLERANCE = 2e-3

few = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
POSTS = [
    "$AAPL to the moon 🚀🚀🚀 love this stock",
    "i can't watch $AAPL bleed like this, lost everything :(",
    "$AAPL closed at 450.2 today",
    "the boss of $AAPL is a lying crook, disgusting company",
    "so scared $AAPL will crash tomorrow",
    "wow $AAPL, did not expect that!!",
    "@bull and @bear: $AAPL earnings after the close",
    "thanks @bull, great call on $AAPL",
    "@bull you are an idiot",
    "R&D at $AAPL < last year's, > the year before",
    'they call it "growth" & I call it fraud',
    "$AAPL 🩸🩸 help",
    "sold everything",
    "bought more $AAPL at 12.50, holding long term",
    "why is $AAPL down 5% on good news???",
    "$AAPL puts printing, easy money",
    "im so tired of this stock",
    "finally green!! lets go",
    "$AAPL https://example.com/news",
    "shorts are going to get squeezed hard",
    "this market is rigged and i hate it",
    "hold the line, do not panic",
    "panic everywhere, what do i do?",
    "$AAPL 150c 3/19",
    "sick to my stomach watching this",
    "unbelievable. upgraded twice in a week",
    "$AAPL is boring lately",
    "nice gains today, thank you $AAPL",
    "RIP my account 💀",
    "happy friday everyone",
]
OPPOSITES = [
    ("$SPY today 🚀🚀🚀", "$SPY today 😭😭😭"),
    ("ugh 😡", "ugh 😂"),
    ("$TSLA 😍", "$TSLA 🤮"),
    ("my portfolio 🥳", "my portfolio 😭"),
    ("earnings tomorrow 🚀", "earnings tomorrow 😱"),
    ("this company 😍", "this company 😡"),
    ("$AMC 💎🙌🚀", "$AMC 🤮🤮🤮"),
    ("watching $GME 😂", "watching $GME 😰"),
    ("😊", "😢"),
    ("$AAPL :)", "$AAPL :("),
]


@pytest.fixture(scope="module")
def base(shipped):
    return shipped.predict(POSTS)


def assert_same(found: pl.DataFrame, expected: pl.DataFrame) -> None:
    moved = np.abs(found.select(EMOTIONS).to_numpy() - expected.select(EMOTIONS).to_numpy()).max(axis=1, initial=0)
    assert moved.max(initial=0) <= TOLERANCE, found["text"][int(moved.argmax())]
    # Where two emotions are closer than the tolerance, the likelier one is a matter of rounding.
    ranked = np.sort(expected.select(EMOTIONS).to_numpy(), axis=1)
    clear = ranked[:, -1] - ranked[:, -2] > 2 * TOLERANCE
    assert found["label"].filter(pl.Series(clear)).equals(expected["label"].filter(pl.Series(clear)))


def test_labels_of_the_written_posts_are_clear(base):
    ranked = np.sort(base.select(EMOTIONS).to_numpy(), axis=1)
    assert (ranked[:, -1] - ranked[:, -2] > 2 * TOLERANCE).mean() > 0.9
    assert len(set(base["label"])) >= 5


@few
@given(order=st.permutations(range(len(POSTS))))
def test_the_order_of_posts(shipped, base, order):
    assert_same(shipped.predict([POSTS[place] for place in order]), base[list(order)])


@pytest.mark.parametrize("batch_tokens", [1, 64, 100_000])
def test_the_size_of_batches(base, batch_tokens):
    other = OnnxScorer(shipped_folder("default"), threads=1, batch_tokens=batch_tokens)
    assert_same(other.predict(POSTS), base)


def test_alone_or_together(shipped, base):
    assert_same(pl.concat([shipped.predict([post]) for post in POSTS]), base)


def test_duplicates(shipped, base):
    assert_same(shipped.predict([post for post in POSTS for _ in range(3)]), base[np.repeat(range(len(POSTS)), 3)])


@few
@given(
    blanks=st.lists(st.tuples(*[st.text(" \t\n\r\u00a0\u200b\ufeff", max_size=5)] * 2), min_size=30, max_size=30),
)
def test_leading_and_trailing_blanks(shipped, base, blanks):
    assert_same(shipped.predict([a + post + b for post, (a, b) in zip(POSTS, blanks, strict=True)]), base)


@pytest.mark.parametrize("ticker", ["$TSLA", "$F", "$BRK.B", "$BTC.X", "$aapl"])
def test_another_ticker(shipped, base, ticker):
    assert_same(shipped.predict([post.replace("$AAPL", ticker) for post in POSTS]), base)


@pytest.mark.parametrize("user", ["@stocktwits", "@x1", "@happy_trader", "@PANIC"])
def test_another_user(shipped, base, user):
    assert_same(shipped.predict([post.replace("@bull", user) for post in POSTS]), base)


@pytest.mark.parametrize("times", [1, 2])
def test_escaped_or_not(shipped, base, times):
    posts = POSTS
    for _ in range(times):
        posts = [html.escape(post) for post in posts]
    assert_same(shipped.predict(posts), base)


@pytest.mark.parametrize(("post", "opposite"), OPPOSITES)
def test_an_opposite_emoji_changes_the_answer(shipped, post, opposite):
    labels, signed = shipped.predict([post, opposite])[["label", "valence"]]
    assert labels[0] != labels[1] or signed[0] * signed[1] < 0
    assert signed[0] != pytest.approx(signed[1], abs=10 * TOLERANCE)


@pytest.mark.real_data
@pytest.mark.skipif("EMTRACT_DATA" not in os.environ, reason="EMTRACT_DATA is unset")
def test_written_posts_are_no_exception(shipped):
    path = Path(os.environ["EMTRACT_DATA"]) / "emtract_tagged" / "tagged.parquet"
    posts = pl.read_parquet(path).sort("row")["body"].gather_every(26)[:300].to_list()
    expected = shipped.predict(posts)
    order = np.random.default_rng(0).permutation(len(posts))
    assert_same(shipped.predict([posts[place] for place in order]), expected[order])
    assert_same(shipped.predict([f" \n{post}\t " for post in posts]), expected)
    assert_same(shipped.predict([html.escape(html.unescape(post)) for post in posts]), expected)
    assert_same(pl.concat([shipped.predict([post]) for post in posts[::10]]), expected[::10])
