"""The study of causes finds a planted difference between the two groups of posts, and none where there is none."""

import numpy as np
import pytest

from emtract.econometrics.analyses.contrast import Contrast
from emtract.posts import GROUPS
from emtract.study import load_study
from emtract.study.run import run_study
from tests.studies.test_messages_and_authors import fast
from tests.validation.groups import Grouped, add_slopes, simulate_groups

PRICE, NEWS = (f"fear_market_{group}" for group in GROUPS["cause"])


def test_every_regression_has_both_groups_and_a_test_of_their_difference():
    study = load_study("causes")
    assert study.samples["by_cause"].split.by == "cause"
    for name, found in study.specs.items():
        if isinstance(found, Contrast):
            assert found.spec == study.specs[name.removesuffix("_gap")]
            assert found.pairs == (found.spec.x,)
        else:
            assert [column.partition("_about_")[2] for column in found.x] == ["price", "news"]
    assert all(expectation.source for expectation in study.expectations)


@pytest.mark.parametrize("slope", [pytest.param(-250.0, id="planted"), pytest.param(0.0, id="none")])
def test_a_planted_difference_is_found(slope):
    panel = simulate_groups(np.random.default_rng(4), 20, n_sessions=60, by="cause", mean_posts=20.0)
    spec = Grouped("causes", ("same_fear",))["same_fear"]
    planted, _ = add_slopes(spec, panel, {PRICE: slope})
    found = run_study(fast(load_study("causes")), {"by_cause": planted}).row("same_fear_gap", f"{PRICE} - {NEWS}")
    assert (found["conf_high"] < 0) == (slope < 0)
