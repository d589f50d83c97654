"""Split panels with a written-down truth: what is planted is what the specs are judged by."""

import numpy as np
import polars as pl
import pytest

from emtract.econometrics.analyses.contrast import Contrast
from emtract.econometrics.regression.estimate import estimate
from emtract.emotions import EMOTIONS
from emtract.panel.frame import Panel
from tests.validation import authors, information, robustness
from tests.validation.coverage import one_draw
from tests.validation.groups import Grouped, gap, group_truth, simulate_groups

NAME = "contemporaneous_content_valence"
DESIGNS = (*information.DESIGNS, *authors.DESIGNS, *robustness.DESIGNS[:1])


@pytest.fixture(scope="module")
def panel():
    return simulate_groups(np.random.default_rng(0), 15, n_sessions=40, by="content", mean_posts=10.0)


def test_groups_are_shares_and_the_whole_is_their_mean_over_posts(panel):
    data = panel.data.drop_nulls(["happy_market_finance", "happy_market_chat"])
    for group in ("finance", "chat"):
        total = data.select(pl.sum_horizontal(f"{e}_market_{group}" for e in EMOTIONS)).to_series()
        assert np.allclose(total, 1)
    whole = sum(data[f"happy_market_{g}"] * data[f"share_market_{g}"] for g in ("finance", "chat"))
    assert np.allclose(whole, data["happy_market"])
    assert np.allclose(data["attention_market"], np.log1p(data["n_posts_market"]))


def test_without_noise_the_planted_truth_is_the_estimate(panel):
    quiet = Panel(panel.data.with_columns(return_open_close=pl.lit(0.0)), panel.ledger, panel.settings)
    slopes = {"valence_market_finance": 70.0, "valence_market_chat": -20.0}
    declared = Grouped("information", (NAME, f"{NAME}_gap"))
    moved, truth = group_truth(declared, quiet, NAME, slopes)
    # A little noise, so that a variance remains to be estimated.
    noise = 1e-9 * np.random.default_rng(1).standard_normal(moved.data.height)
    data = moved.data.with_columns(pl.col("return_open_close") + pl.Series(noise))
    moved = Panel(data, moved.ledger, moved.settings)
    rows = {r["term"]: r["estimate"] for r in estimate(declared[NAME], moved).tidy().iter_rows(named=True)}
    for term in slopes:
        assert rows[term] == pytest.approx(truth[NAME, term], abs=1e-3)
    contrast = declared[f"{NAME}_gap"]
    assert isinstance(contrast, Contrast)
    found = contrast.run({"by_content": moved}).row(contrast.terms[0])
    assert found["estimate"] == pytest.approx(truth[f"{NAME}_gap", contrast.terms[0]], abs=1e-3)
    assert gap(declared[NAME], quiet, {}, contrast.pairs[0]) == 0.0


@pytest.mark.parametrize("design", DESIGNS, ids=lambda design: design.name)
def test_every_design_draws_and_is_judged(design):
    numbers = one_draw(design, design.draw(np.random.default_rng(9)))
    assert numbers
    assert all(np.isfinite(number.estimate) and abs(number.estimate - number.truth) < 80 for number in numbers.values())
    assert any(number.truth == 0 for number in numbers.values())
