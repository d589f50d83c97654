"""Designs of IPOs and announcements: reproducible, through the studies' own specs, quick, and of the dependence they claim."""

import numpy as np
import polars as pl
import pytest

from emtract.study import load_study
from tests.validation import earnings, ipo
from tests.validation.coverage import one_draw


@pytest.mark.parametrize("design", [*ipo.DESIGNS, *earnings.DESIGNS], ids=lambda d: d.name)
def test_a_draw_repeats_and_knows_a_truth_of_every_spec(design):
    drawn = design.draw(np.random.default_rng(3))
    again = design.draw(np.random.default_rng(3))
    assert drawn.truth == again.truth
    for name, sample in drawn.samples.items():
        assert sample.data.equals(again.samples[name].data)
    assert {spec for spec, _ in drawn.truth} == set(design.specs)
    study = load_study(design.specs.study)
    for spec, term in drawn.truth:
        assert term in study.specs[spec].terms


@pytest.mark.parametrize(
    "design", [ipo.DESIGNS[0], ipo.DESIGNS[3], ipo.DESIGNS[5], earnings.DESIGNS[1]], ids=lambda d: d.name
)
def test_estimates_are_about_the_truth(design):
    found = one_draw(design, design.draw(np.random.default_rng(8)))
    assert np.mean([n.covered for n in found.values()]) > 0.7


def test_null_effects_stand_beside_real_ones():
    for design in (ipo.DESIGNS[0], earnings.DESIGNS[0]):
        truth = design.draw(np.random.default_rng(0)).truth.values()
        assert any(t == 0 for t in truth)
        assert any(t != 0 for t in truth)


def test_offers_of_one_industry_and_year_are_alike_and_long_run_returns_skewed():
    data = (
        ipo.draw_offers(np.random.default_rng(0), offers=ipo.Offers(4000, 8), specs=ipo.Declared("ipo", ()))
        .samples["ipos"]
        .data
    )
    means = data.group_by("industry", "year").agg(pl.col("enthusiasm").mean())["enthusiasm"].var()
    share = means / data["enthusiasm"].var()
    assert 0.15 < share < 0.35
    assert data["bhar_12_industry"].skew() > 1
