"""Moods of few posts: every design draws, and what each row is judged by."""

import numpy as np
import polars as pl
import pytest

from emtract.econometrics.regression.estimate import estimate
from tests.validation.coverage import COMPARED, HALVED, one_draw
from tests.validation.measurement import DESIGNS, SPEC, draw_smallest
from tests.validation.table import missed
from tests.worlds.cells import CellWorld, simulate_cells

BESIDE = [design for design in DESIGNS if "corrected" in design.specs]


@pytest.mark.parametrize("design", BESIDE, ids=lambda design: design.name)
def test_a_draw_gives_three_numbers_a_mood(design):
    found = one_draw(design, design.draw(np.random.default_rng(1)))
    assert {name for name, _ in found} == set(design.specs)
    for term in design.specs["set"].x:
        naive, corrected, kept = (found[name, term] for name in COMPARED)
        assert naive.truth == corrected.truth == kept.truth
        assert kept.covered in {0.0, 1.0}
        assert kept.unbounded in {0.0, 1.0}
        assert not np.isfinite(kept.estimate)
        assert naive.reliability == corrected.reliability < 1
        if np.isfinite(corrected.estimate):
            assert naive.std_error < corrected.std_error
    assert set(design.targets) == set(design.specs)
    assert set(design.specs) - set(COMPARED) in (set(), set(HALVED))
    for name in set(HALVED) & set(design.specs):
        for term in design.specs["set"].x:
            assert found[name, term].truth == found[HALVED[name], term].truth
            assert np.isfinite(found[name, term].estimate) == (name == "halves" and HALVED[name] == "corrected")
            assert found[name, term] != found[HALVED[name], term]


@pytest.mark.parametrize("per", ["measured", "true"])
def test_the_smallest_effect_that_is_stated_is_added_and_nothing_else(per):
    """Without the effect the same draw gives an estimate that is smaller by just that: it is a mean of posts that is added."""
    world = CellWorld(n_firms=30, n_sessions=40, texts=8, effects={})
    drawn = draw_smallest(np.random.default_rng(5), spec=SPEC, world=world, per=per)
    effect = drawn.truth["reported", "happy_market"]
    (before, error), (after, _) = (
        (result.coefficients[0], result.std_errors[0])
        for result in (
            estimate(SPEC, panel)
            for panel in (
                simulate_cells(np.random.default_rng(5), world).panel,
                drawn.samples["firm_sessions"],
            )
        )
    )
    if per == "measured":
        assert effect == pytest.approx(2.80 * error, rel=0.05)
        assert after - before == pytest.approx(effect)
    else:
        # An effect of the mood reaches the mean of posts by the share that is mood, and has to be larger.
        assert effect > 2.80 * error
        assert 0.2 * effect < after - before < 0.9 * effect


def test_each_row_is_judged_by_its_target():
    row = {"truth": 60.0, "is_null": False, "coverage": 0.94, "rejection": 0.8, "sd": 20.0, "mean_estimate": 61.0}
    rows = [
        ("none", {"coverage": 0.1}, False),
        ("coverage", {}, False),
        ("coverage", {"coverage": 0.931}, True),
        ("coverage", {"coverage": 0.93, "draws": 500}, False),
        ("coverage", {"is_null": True, "rejection": 0.07}, True),
        ("bias", {"coverage": 0.5}, False),
        ("bias", {"mean_estimate": 64.0}, True),
        ("bias", {"mean_estimate": 64.0, "draws": 200}, False),
        ("power", {"coverage": 0.5}, False),
        ("power", {"rejection": 0.75}, True),
        ("size", {"rejection": 0.01}, False),
        ("size", {"rejection": 0.068}, True),
    ]
    table = pl.DataFrame(
        [row | {"draws": 2000, "number": i, "target": t} | more for i, (t, more, _) in enumerate(rows)]
    )
    assert missed(table)["number"].to_list() == [i for i, (_, _, outside) in enumerate(rows) if outside]


def test_the_mean_of_ever_more_texts_is_the_mood():
    """Weights that go with emotion, soft readings and shared texts: the mood that is written down is what texts tend to."""
    world = CellWorld(n_firms=4, n_sessions=2, texts=20_000, tied=3.0, shared=0.5)
    drawn = simulate_cells(np.random.default_rng(2), world)
    for name in drawn.moods.columns:
        assert np.abs(drawn.panel.data[name].to_numpy() - drawn.moods[name].to_numpy()).max() < 0.012, name
