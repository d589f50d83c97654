"""The study of earnings announcements: its columns, its truth, its expectations."""

from dataclasses import replace

import numpy as np
import pytest

from emtract.econometrics.regression.spec import Spec
from emtract.emotions import EMOTIONS
from emtract.study import load_study
from emtract.study.run import run_study
from tests.validation.declared import Declared
from tests.validation.earnings import NAMES, Firms, draw


@pytest.fixture(scope="module")
def study():
    return load_study("earnings")


def test_every_column_is_one_of_the_sample(study):
    columns = set(study.samples["announcements"].columns)
    regressions = [spec for spec in study.specs.values() if isinstance(spec, Spec)]
    assert regressions
    for spec in regressions:
        assert {spec.y, *spec.sources, *spec.effects, *spec.clusters} <= columns
        assert EMOTIONS[0] not in spec.sources
        assert spec.standardise == spec.regressors
        assert spec.winsorise == (spec.y,)


def test_the_mood_comes_before_the_return(study):
    request = study.samples["announcements"]
    assert request.mood_window[1] < request.return_window[0]


def test_it_finds_what_was_planted_and_says_so(study):
    drawn = draw(np.random.default_rng(1), firms=Firms(150, 24), specs=Declared("earnings", NAMES))
    kept = {name: study.specs[name] for name in NAMES}
    result = run_study(replace(study, specs=kept, exhibits=()), drawn.samples)
    assert result.answer().startswith("More happiness")
    assert set(result.expectations()["verdict"]) == {"as expected"}
    for (spec, term), truth in drawn.truth.items():
        row = result.row(spec, term)
        assert abs(row["estimate"] - truth) < 4 * row["std_error"], (spec, term)


def test_published_figures_stand_beside_ours(study):
    assert study.published[0].value == "-7.8 basis points"
