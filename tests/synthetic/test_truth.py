"""What was planted can be asked for, and comes back from an estimate that shares no code with the generator."""

from __future__ import annotations

import json
from functools import cache

import numpy as np
import polars as pl
import pytest

from emtract.emotions import EMOTIONS, NON_NEUTRAL
from emtract.synthetic import oracle_scores, true_labels, truth_table
from emtract.synthetic.moods import draw_moods, draw_posts
from emtract.synthetic.truth import FIRST_SESSION, count_shares, draw_bars, draw_returns, planted_returns
from emtract.synthetic.world import exchange_sessions
from tests.synthetic.conftest import SEEDS
from tests.synthetic.oracle import OUTCOMES, estimate, oracle_panel


@pytest.fixture(scope="session")
def panel_of(archive_of):
    return cache(lambda seed: oracle_panel(archive_of(seed)))


@pytest.fixture(scope="session")
def estimates_of(panel_of):
    return cache(lambda seed: {spec: estimate(panel_of(seed), spec) for spec in OUTCOMES})


@pytest.fixture
def planted(archive):
    return {(row["spec"], row["term"]): row["truth"] for row in truth_table(archive).iter_rows(named=True)}


@pytest.fixture(scope="module")
def drawn():
    timeline = exchange_sessions()
    rng = np.random.default_rng(3)
    moods = draw_moods(len(timeline), rng)
    return moods, count_shares(draw_posts(moods, timeline, rng))


def test_the_table_names_every_term_of_every_spec_once(archive):
    table = truth_table(archive)
    assert table.columns == ["spec", "term", "truth", "note"]
    expected = [(spec, f"{e}_{window}") for spec, (window, _) in OUTCOMES.items() for e in NON_NEUTRAL]
    assert table.select("spec", "term").rows() == expected
    assert table.filter(pl.col("truth") != 0).height == 5
    truth = json.loads(archive.truth.read_text())
    assert truth["seed"] == 7
    assert "basis points" in truth["unit"]
    assert "standard deviation" in truth["definition"]


def test_an_oracle_is_certain_and_right(archive):
    labels = true_labels(archive)
    scores = oracle_scores(labels)
    assert scores.columns == ["post_id", *EMOTIONS]
    matrix = scores.select(EMOTIONS).to_numpy()
    assert (matrix.sum(axis=1) == 1).all()
    assert [EMOTIONS[k] for k in matrix.argmax(axis=1)] == labels["emotion"].to_list()


@pytest.mark.parametrize("seed", SEEDS)
def test_true_labels_recover_the_truth(seed, estimates_of, planted):
    found = {(spec, term): cell for spec, cells in estimates_of(seed).items() for term, cell in cells.items()}
    misses = [key for key, (value, error) in found.items() if abs(value - planted[key]) > 1.96 * error]
    assert len(misses) <= 3, misses
    for key, truth in planted.items():
        value, error = found[key]
        assert abs(value - truth) < 4 * error, key
        if truth:
            assert value * truth > 0, key
            assert 3 < abs(value / error) < 10, key


def test_intervals_cover_the_truth_as_often_as_they_should(estimates_of, planted):
    hits = [
        abs(value - planted[spec, term]) < 1.96 * error
        for seed in SEEDS
        for spec, cells in estimates_of(seed).items()
        for term, (value, error) in cells.items()
    ]
    assert np.mean(hits) >= 0.9


def test_without_fixed_effects_happiness_looks_better_than_it_is(panel_of, planted):
    for spec in OUTCOMES:
        term = f"happy_{OUTCOMES[spec][0]}"
        pooled = [estimate(panel_of(seed), spec, effects=False)[term][0] for seed in SEEDS]
        assert np.mean(pooled) > planted[spec, term] + 5


def test_the_oracles_panel_starts_where_the_truth_says(panel_of):
    first = panel_of(7).filter(pl.col("lagged_volatility").is_not_null())["session"].min()
    assert first == exchange_sessions().dates[FIRST_SESSION]


def test_the_planted_part_has_the_planted_slopes(drawn):
    _, shares = drawn
    panel = pl.DataFrame({"planted": planted_returns(shares)[:, FIRST_SESSION:].ravel()})
    for window, name in enumerate(("pre_open", "market")):
        filled = shares.posts[:, :, window] > 0
        for k, emotion in enumerate(EMOTIONS):
            column = np.where(filled, shares.share[:, :, window, k], np.nan)
            panel = panel.with_columns(
                pl.Series(f"{emotion}_{name}", column[:, FIRST_SESSION:].ravel()),
                pl.Series(f"{emotion}_{name}_before", column[:, FIRST_SESSION - 1 : -1].ravel()),
            )
    full = panel.fill_nan(None).drop_nulls(["happy_market", "happy_pre_open", "happy_pre_open_before"])
    sd = {
        n: panel.fill_nan(None)[n].drop_nulls().std()
        for n in ("happy_market", "sad_market", "happy_pre_open", "fear_pre_open")
    }
    x = np.column_stack([full[n] for n in sd] + [full["happy_pre_open_before"], np.ones(full.height)])
    slopes = np.linalg.lstsq(x, full["planted"].to_numpy(), rcond=None)[0]
    per_sd = slopes[:4] * list(sd.values())
    assert per_sd == pytest.approx([22, -18, 20, -16], rel=1e-9)
    assert slopes[4] * sd["happy_pre_open"] == pytest.approx(-14, rel=0.01)


def test_shares_sum_to_one_where_somebody_posted(drawn):
    _, shares = drawn
    total = shares.share.sum(axis=-1)
    assert total[shares.posts > 0] == pytest.approx(1)
    assert (total[shares.posts == 0] == 0).all()
    assert 0.7 < (shares.posts > 0).mean() < 0.85


def test_opens_and_closes_reproduce_the_returns(drawn):
    moods, shares = drawn
    rng = np.random.default_rng(5)
    returns = draw_returns(moods, shares, rng)
    bars = draw_bars(returns, shares, rng)
    assert np.abs(bars.close / bars.open - 1 - returns).max() < 1e-5
    assert 150 < (returns - returns.mean(axis=0)).std() * 1e4 < 210
