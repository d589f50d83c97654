"""News: what is held fixed or away, on which rows, and that an emotion which only echoes the stance is nothing beside it."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from emtract.econometrics.ahead import check_ahead
from emtract.econometrics.columns import asked_columns
from emtract.panel.derive import derive
from emtract.study import load_study
from emtract.study.run import run_study
from emtract.words.clock import OPEN
from emtract.words.codebook import known
from tests.worlds.panels import simulate_panel


@pytest.fixture(scope="module")
def study():
    return load_study("news")


@pytest.fixture(scope="module")
def panel():
    drawn = simulate_panel(np.random.default_rng(12), 30, n_sessions=60, mean_posts=8).panel
    rng = np.random.default_rng(13)
    n = drawn.data.height
    stance = pl.Series(rng.normal(size=n))
    noise = pl.Series(0.3 * rng.normal(size=n))
    data = drawn.data.with_columns(
        valence_market=stance + noise,
        declared_market=pl.when(pl.Series(rng.random(n) < 0.7)).then(stance),
        declared_pre_open=stance,
        earnings_session=pl.Series((rng.random(n) < 0.02).astype(float)),
        return_open_close=pl.Series(0.01 * rng.normal(size=n)) + 0.005 * stance,
    )
    return replace(drawn, data=data)


def test_rows_are_picked_by_what_is_known_at_the_open(study):
    for name, spec in study.specs.items():
        check_ahead((spec.y,), {"a regressor": spec.regressors}, spec.where)
        if name.endswith("calm"):
            assert max(known(column) for column in asked_columns(spec.where)) <= OPEN


def test_variants_differ_from_the_whole_in_what_they_say(study):
    for family in ("contemporaneous", "opens"):
        for kind in ("valence", "emotions"):
            made = {
                v: study.specs[f"{family}_{kind}_{v}"] for v in ("all", "away", "calm", "given", "tagged", "stance")
            }
            whole = made["all"]
            assert replace(made["away"], sample=whole.sample, label=whole.label) == whole
            assert replace(made["calm"], where=None, label=whole.label) == whole
            assert replace(made["tagged"], where=None, label=whole.label) == whole
            assert set(made["stance"].controls) - set(made["tagged"].controls) == {
                f"declared_{whole.x[0].split('_', 1)[1]}"
            }
            assert len(set(made["given"].controls) - set(whole.controls)) == 3


def test_an_emotion_that_echoes_the_stance_is_nothing_beside_it(study, panel):
    specs = {name: study.specs[f"contemporaneous_valence_{name}"] for name in ("tagged", "stance")}
    asked = replace(
        study, specs={f"contemporaneous_valence_{k}": replace(s, correct="none") for k, s in specs.items()}, exhibits=(),
        expectations=(), primary=("contemporaneous_valence_stance", "valence_market"),
        headline=(("contemporaneous_valence_stance", "valence_market"),), samples={"firm_sessions": None},
    )  # fmt: skip
    result = run_study(asked, {"firm_sessions": derive(panel, study.derive)})
    alone = result.row("contemporaneous_valence_tagged", "valence_market")
    beside = result.row("contemporaneous_valence_stance", "valence_market")
    assert alone["n_obs"] == beside["n_obs"]
    assert alone["p_value"] < 0.01
    assert abs(beside["estimate"]) < 3 * beside["std_error"]
    assert result.row("contemporaneous_valence_stance", "declared_market")["p_value"] < 0.01
