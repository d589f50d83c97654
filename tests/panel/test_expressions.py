"""Expressions of tagged posts: what may stand in one, who counts, and that no text or rare word leaves the store."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emtract.errors import PanelError
from emtract.options import PanelOptions
from emtract.panel.expressions import Expressions, count_expressions, expressions
from emtract.scoring import score_store
from emtract.store import Store
from tests.conftest import FakeScorer, batch, load_posts, post, source

#: Author, known, bullish, positive, text.
TEXTS = [
    ("a", True, False, True, "buy puts lol"),
    ("b", True, True, True, "buy calls"),
    ("b", True, True, True, "buy more calls"),
    ("post 9", False, False, True, "buy puts"),
    ("a", True, True, False, "buy the fear"),
]


def test_an_author_counts_once_and_a_nameless_post_by_itself():
    told = count_expressions(TEXTS, min_authors=1)
    rows = {(row["expression"], row["mood"]): row for row in told.to_dicts()}
    assert [rows["buy", "positive"][name] for name in ("diverging", "agreeing", "n_authors")] == [2, 1, 2]
    assert [rows["buy", "negative"][name] for name in ("diverging", "agreeing", "n_authors")] == [1, 0, 2]
    assert rows["puts", "positive"]["n_authors"] == 1, "a post without an author names nobody"


def test_what_few_authors_wrote_has_no_row():
    assert set(count_expressions(TEXTS, min_authors=2)["expression"]) == {"buy"}
    assert count_expressions(TEXTS, min_authors=3).is_empty()
    with pytest.raises(PanelError, match="at least 2"):
        Expressions(min_authors=1)


@given(st.text(max_size=60))
def test_nothing_of_markup_stands_in_an_expression(text):
    assert not set('<>&"`=;/\\') & set("".join(expressions(text)))


def test_placeholders_part_pairs():
    assert expressions("<ticker> up <b>bold</b> 🚀 🚀 don't") == {"up", "🚀", "🚀 🚀", "don't", "🚀 don't"}


def test_a_store_gives_counts_and_says_what_is_missing(tmp_path):
    with Store.open(tmp_path / "s.duckdb") as store:
        load_posts(store, source(), [batch(post(1, "so happy today", "2014-11-24T15:00:00", sentiment="bearish"))])
        score_store(store, FakeScorer())
        with pytest.raises(PanelError, match=r"20 known authors|clear mood"):
            Expressions().build(store, PanelOptions())


def test_posts_are_counted_from_a_store_with_near_copies_as_one(tmp_path):
    told = [
        post(
            2 * i + j,
            f"{('so', 'very', 'most', 'quite')[i]} happy today{' !' * j}",
            f"2014-11-24T15:{i:02}:00",
            author_id=f"a{i}",
            sentiment="bearish",
        )
        for i in range(4)
        for j in range(2)
    ]
    with Store.open(tmp_path / "s.duckdb") as store:
        load_posts(store, source(), [batch(*told)])
        score_store(store, FakeScorer())
        store.execute("UPDATE text_scores SET happy = 0.9, sad = 0, anger = 0, disgust = 0, fear = 0, neutral = 0.1")
        sample = Expressions(min_authors=3).build(store, PanelOptions())
    row = sample.data.filter(pl.col("expression") == "happy").row(0, named=True)
    assert (row["mood"], row["diverging"], row["agreeing"], row["n_authors"]) == ("positive", 4, 0, 4)
    assert sample.ledger.frame().filter(step="tagged texts")["rows_out"].item() == 4
