"""Divergence: what is held fixed and known in time, and that an effect which was put in comes out."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from emtract.econometrics.ahead import check_ahead
from emtract.econometrics.regression.spec import Spec
from emtract.panel.derive import derive
from emtract.study import FIRM_SESSIONS, TwoMeasures, load_study
from emtract.study.run import run_study
from tests.worlds.panels import simulate_panel


@pytest.fixture(scope="module")
def study():
    return load_study("divergence")


@pytest.fixture(scope="module")
def panel():
    """Divergence of a day moves the next session's range by three per cent a unit of its hundredth."""
    drawn = simulate_panel(np.random.default_rng(21), 45, n_sessions=60, mean_posts=8).panel
    rng = np.random.default_rng(22)
    n = drawn.data.height
    told = {
        f"{name}_{window}": pl.Series(values)
        for window in ("pre_open", "market")
        for name, values in {
            "divergence": rng.uniform(0, 1, n), "declared": rng.uniform(-1, 1, n), "n_tagged": rng.integers(5, 9, n),
        }.items()
    }  # fmt: skip
    data = drawn.data.with_columns(**told, log_range_parkinson=pl.Series(rng.normal(-4, 0.3, n)))
    day = data.select("symbol", "session", seen=(pl.col("divergence_pre_open") + pl.col("divergence_market")) / 2)
    before = day.with_columns(pl.col("seen").shift(1).over("symbol"))
    data = data.join(before, on=["symbol", "session"], maintain_order="left")
    data = data.with_columns(
        log_range_parkinson=pl.col("log_range_parkinson") + pl.col("seen").fill_null(0.5),
        abnormal_volume=pl.Series(rng.normal(size=n)),
    ).drop("seen")
    return replace(drawn, data=data)


def test_nothing_is_known_too_late(study):
    for told in study.specs.values():
        spec = told.spec if isinstance(told, TwoMeasures) else told
        if isinstance(spec, Spec):
            check_ahead((spec.y,), {"a regressor": spec.regressors}, spec.where)


def test_valence_tags_and_their_agreement_are_held_fixed(study):
    for name in ("activity_range", "activity_absolute", "activity_volume", "reversal_return"):
        assert {"valence_day", "declared_day", "absolute_declared_day", "attention_market"} <= set(
            study.specs[name].controls
        )


def test_the_second_measure_is_of_other_posts_than_the_first(study):
    for spec in study.specs.values():
        if isinstance(spec, TwoMeasures):
            assert spec.spec.x[0].endswith("_untagged")
            assert spec.second.startswith("declared_")


def test_an_effect_on_the_next_range_is_seen_and_none_on_volume(study, panel):
    names = ("activity_range", "activity_volume")
    told = {name: replace(study.specs[name], bootstrap="none") for name in names}
    kept = replace(
        study,
        specs=told,
        exhibits=(),
        headline=tuple((name, "divergence_day") for name in names),
        expectations=(),
        samples={FIRM_SESSIONS: study.samples[FIRM_SESSIONS]},
    )
    result = run_study(kept, panel)
    seen = result.row("activity_range", "divergence_day")
    # Two windows of 5 to 8 tags each: the day's deviation is about .29 / √2.
    assert seen["estimate"] == pytest.approx(100 * 0.29 / np.sqrt(2), abs=4)
    assert result.row("activity_volume", "divergence_day")["p_value"] > 0.001
    assert "divergence_day" in derive(panel, study.derive).data.columns
