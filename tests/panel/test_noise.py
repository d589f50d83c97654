"""What posts say of the precision of a cell: texts, copies, authors, and variances that are right on average."""

from dataclasses import replace
from datetime import date

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emtract.econometrics.measurement import moods
from emtract.econometrics.measurement.correct import correct
from emtract.emotions import EMOTIONS, NEGATIVE, TAGS
from emtract.errors import EstimationError, PanelError
from emtract.panel.firm_sessions import build_panel
from emtract.panel.noise import HALVES, SQUARES, VARIANCES, Noise, build_noise, measure_cells, variances
from emtract.posts import PostFilter
from emtract.scoring import score_store
from emtract.store import Store
from emtract.store.loading import load_market
from tests.conftest import FakeScorer, batch, load_posts, post, prices, source
from tests.econometrics.measurement.test_correct import SPEC

DAYS = [date(2014, 11, 24), date(2014, 11, 25)]
LONG = "the whole market is waiting for the report of this company"


def rows(readings, *, symbols=None, copies=None, authors=None, words=12, weights=None):
    """Posts of one session as `measure_cells` takes them."""
    n = len(readings)
    frame = pl.DataFrame(
        {
            "symbol": symbols or ["A"] * n,
            "session": [DAYS[0]] * n,
            "suffix": ["market"] * n,
            "w": weights or [1.0] * n,
            "copy": copies or list(range(n)),
            "words": [words] * n,
            "author": authors or list(range(100, 100 + n)),
            "post_key": list(range(n)),
        }
        | {e: np.asarray(readings)[:, j] for j, e in enumerate(EMOTIONS)}
    )
    return frame.sort("symbol", maintain_order=True)


def readings(rng, n):
    drawn = rng.standard_gamma(1.0, (n, 7))
    return drawn / drawn.sum(axis=1, keepdims=True)


def matrix(cells, row=0):
    full = np.zeros((7, 7))
    full[np.triu_indices(7)] = cells.select(VARIANCES).row(row)
    return full + np.triu(full, 1).T


@given(st.integers(2, 9), st.integers(0, 1000))
def test_with_equal_weights_it_is_the_variance_of_a_mean(n, seed):
    p = readings(np.random.default_rng(seed), n)
    cells, pairs = measure_cells(rows(p))
    np.testing.assert_allclose(matrix(cells), np.cov(p.T) / n, atol=1e-12)
    assert cells["concentration"].item() == pytest.approx(1 / n)
    assert pairs.is_empty()
    assert cells.select("n_posts", "n_texts", "n_authors", "n_units").row(0) == (n, n, n, n)


def test_with_unequal_weights_it_is_right_on_average():
    rng = np.random.default_rng(4)
    p = readings(rng, 16_000)
    w = np.concatenate([rng.permutation([3.0, 1.0, 1.0, 2.0]) for _ in range(4000)])
    cells, _ = measure_cells(rows(p, weights=list(w), symbols=[f"S{i:04d}" for i in range(4000) for _ in range(4)]))
    means = (w * p[:, 1]).reshape(-1, 4).sum(axis=1) / 7
    assert cells["v_happy_happy"].mean() == pytest.approx(np.var(means, ddof=1), rel=0.06)


def test_a_steady_unit_of_great_weight_is_not_taken_for_a_noisy_one():
    rng = np.random.default_rng(5)
    p = readings(rng, 8000)
    p[::2] = 0.02 * p[::2] + 0.98 / 7
    symbols = [f"S{i:04d}" for i in range(4000) for _ in range(2)]
    cells, _ = measure_cells(rows(p, weights=[9.0, 1.0] * 4000, symbols=symbols))
    means = 0.9 * p[::2, 1] + 0.1 * p[1::2, 1]
    assert cells["v_happy_happy"].mean() == pytest.approx(np.var(means, ddof=1), rel=0.25)


def test_one_unit_has_no_variance_and_copies_and_one_author_are_one_unit():
    p = readings(np.random.default_rng(1), 3)
    cells, _ = measure_cells(rows(p, copies=[7, 7, 8], authors=[1, 2, 2]))
    assert cells["n_units"].item() == 1
    assert cells["n_texts"].item() == 2
    assert cells["n_authors"].item() == 2
    assert cells.select(VARIANCES).null_count().sum_horizontal().item() == len(VARIANCES)
    assert cells.select(HALVES[7:]).null_count().sum_horizontal().item() == 7


def test_short_texts_alike_are_no_copies():
    p = readings(np.random.default_rng(1), 3)
    cells, _ = measure_cells(rows(p, copies=[7, 7, 7], words=2))
    assert cells["n_units"].item() == 3
    assert cells["n_texts"].item() == 1


def test_squares_are_sums_over_distinct_texts_by_whomever_and_over_those_that_two_cells_share():
    p = readings(np.random.default_rng(3), 5)
    p[1] = p[0]
    # The first two posts are one text, and short; the last two are one post that names both firms.
    p[4] = p[3]
    frame = rows(p, symbols=["A", "A", "A", "A", "B"], copies=[1, 1, 2, 3, 3], authors=[1, 2, 2, 3, 3], words=2)
    frame = frame.with_columns(post_key=pl.Series([0, 1, 2, 3, 3]), w=pl.Series([1.0, 2.0, 1.0, 4.0, 5.0]))
    cells, pairs = measure_cells(frame)
    wanted = (3 / 8) ** 2 * p[0] + (1 / 8) ** 2 * p[2] + (4 / 8) ** 2 * p[3]
    np.testing.assert_allclose(cells.select(SQUARES).row(0), wanted)
    np.testing.assert_allclose(cells.select(SQUARES).row(1), p[4])
    np.testing.assert_allclose(pairs.select(SQUARES).row(0), 4 / 8 * p[3])


def test_units_weigh_what_their_posts_weigh():
    p = readings(np.random.default_rng(6), 4)
    one, _ = measure_cells(rows(p, copies=[1, 1, 1, 2]))
    merged = np.vstack([p[:3].mean(axis=0), p[3]])
    two, _ = measure_cells(rows(merged, weights=[3.0, 1.0]))
    np.testing.assert_allclose(matrix(one), matrix(two), atol=1e-15)


def test_a_text_in_two_cells_makes_their_noise_move_together():
    # Of five texts, 0 to 2 are of A and 2 to 4 of B: one names both.
    worlds, places = 3000, np.array([0, 1, 2, 2, 3, 4])
    p = readings(np.random.default_rng(2), 5 * worlds).reshape(worlds, 5, 7)
    text = (5 * np.arange(worlds)[:, None] + places).ravel()
    symbols = [f"{firm}{i:04d}" for i in range(worlds) for firm in "AAABBB"]
    cells, pairs = measure_cells(
        rows(p[:, places].reshape(-1, 7), symbols=symbols, copies=list(text), authors=list(text))
    )
    assert cells.height == 2 * worlds
    assert pairs.select("one", "two").row(0) == ("A0000", "B0000")
    assert pairs.height == worlds
    truth = np.cov(p[:, :3, 6].mean(axis=1), p[:, 2:, 6].mean(axis=1))[0, 1]
    assert pairs["v_fear_fear"].mean() == pytest.approx(truth, rel=0.15)


def test_two_cells_of_one_shared_text_tell_nothing():
    p = readings(np.random.default_rng(3), 1)
    _, pairs = measure_cells(rows(p[[0, 0]], symbols=["A", "B"], copies=[5, 5]))
    assert pairs.select(VARIANCES).row(0) == (0.0,) * len(VARIANCES)


def test_halves_are_two_means_of_other_units():
    p = readings(np.random.default_rng(8), 4)
    cells, _ = measure_cells(rows(p))
    halves = cells.select(HALVES).row(0)
    one, two = np.array(halves[:7]), np.array(halves[7:])
    np.testing.assert_allclose((one + two) / 2, p.mean(axis=0))
    np.testing.assert_allclose(one, p[[0, 2]].mean(axis=0))


@pytest.fixture
def store(tmp_path):
    posts = [
        post(1, f"$A {LONG} 5%", "2014-11-24T15:00:00", symbols=["A"], author="u1"),
        post(2, f"$A {LONG} 7%!!", "2014-11-24T15:01:00", symbols=["A"], author="u2"),
        post(3, "so happy about this", "2014-11-24T15:02:00", symbols=["A", "B"], author="u3"),
        post(4, "i fear the worst", "2014-11-24T15:03:00", symbols=["A"], author=None),
        post(5, "so sad", "2014-11-24T15:04:00", symbols=["B"], author="u4"),
        post(6, "what now", "2014-11-25T14:00:00", symbols=["B"], author="u4"),
    ]
    with Store.open(tmp_path / "s.duckdb") as opened:
        load_posts(opened, source(), [batch(*posts)])
        for symbol in "AB":
            load_market(opened, source(f"{symbol}.csv", "prices"), prices(symbol, [(d, 10.0, 11.0) for d in DAYS]))
        score_store(opened, FakeScorer())
        yield opened


def test_a_store_s_cells(store):
    panel = build_panel(store)
    noise = build_noise(store, cleaner=panel.settings["cleaner"], weights="equal")
    told = noise.cells.sort("symbol", "session").select(
        "symbol", "suffix", "n_posts", "n_texts", "n_authors", "n_units"
    )
    assert told.rows() == [("A", "market", 4, 3, 4, 3), ("B", "market", 2, 2, 2, 2), ("B", "pre_open", 1, 1, 1, 1)]
    assert noise.pairs.select("one", "two").rows() == [("A", "B")]
    again = build_noise(store, cleaner=panel.settings["cleaner"], weights="equal")
    assert again.cells.equals(noise.cells)
    assert again.pairs.equals(noise.pairs)


class Valence(FakeScorer):
    """Reads a stance that is the valence of the text: bearish as it is negative, bullish as it is happy."""

    name = "valence"

    def score(self, texts):
        scores = super().score(texts)
        p = scores.probabilities
        bearish = p[:, [EMOTIONS.index(e) for e in NEGATIVE]].sum(axis=1)
        return replace(scores, stance=np.column_stack([bearish, 1 - bearish - p[:, 1], p[:, 1]]))


def test_noise_of_a_stance_is_that_of_the_valence_that_it_equals(store):
    score_store(store, Valence())
    before, noise = (build_panel(store, scorer=name, noise=True).noise for name in ("fake", "valence"))
    assert before.readings == EMOTIONS and noise.readings == (*EMOTIONS, *TAGS)
    assert noise.cells.select(before.cells.columns).equals(before.cells)
    assert noise.pairs.select(before.pairs.columns).equals(before.pairs)
    stance, valence = (moods._shares(mood, noise.readings) for mood in ("stance", "valence"))
    for frame in (noise.cells.drop_nulls(), noise.pairs):
        v = frame.select(variances(noise.readings)).to_numpy()
        assert len(v) and (
            v @ moods.packed(stance, stance) == pytest.approx(v @ moods.packed(valence, valence), rel=1e-5)
        )
        assert v @ moods.packed(stance, valence) == pytest.approx(v @ moods.packed(valence, valence), rel=1e-5)


def test_noise_of_stances_that_some_posts_lack_is_not_measured(store):
    score_store(store, Valence())
    store.execute(
        "UPDATE text_scores SET bearish = NULL, bullish = NULL WHERE text_key = (SELECT min(text_key) FROM text_scores)"
    )
    panel = build_panel(store, scorer="valence", noise=True)
    assert panel.noise.readings == EMOTIONS and "stance_market" in panel.data.columns


def test_sessions_taken_apart_give_the_same(store, monkeypatch):
    panel = build_panel(store)
    whole = build_noise(store, cleaner=panel.settings["cleaner"], weights="equal")
    monkeypatch.setattr("emtract.panel.noise._CHUNK", 1)
    apart = build_noise(store, cleaner=panel.settings["cleaner"], weights="equal")
    assert apart.cells.equals(whole.cells)
    assert whole.cells["session"].n_unique() > 1


def test_posts_outside_both_windows_leave_no_cell(store):
    panel = build_panel(store, posts=PostFilter(since=date(2014, 11, 25)), cutoff_minutes=60, noise=True)
    assert panel.noise.cells.is_empty()
    assert panel.noise.pairs.is_empty()
    with pytest.raises(EstimationError, match="no post lies in a window of these firm-sessions"):
        correct(replace(SPEC, controls=()), panel)


def test_frames_of_another_shape_are_refused():
    with pytest.raises(PanelError, match="the noise of a panel lacks"):
        Noise(pl.DataFrame({"symbol": ["A"]}), pl.DataFrame())
