"""Excitement: every column is there, what is planted is found in the difference of slopes, and its absence is one line."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from emtract.errors import StudyError
from emtract.panel.derive import derive
from emtract.study import Contrast, load_study
from emtract.study.run import run_study
from emtract.words.clock import OPEN
from emtract.words.codebook import known
from tests.worlds.panels import simulate_panel

GAP = "excitement_pre_open - calm_pre_open"


@pytest.fixture(scope="module")
def study():
    return load_study("excitement")


@pytest.fixture(scope="module")
def drawn():
    return simulate_panel(np.random.default_rng(3), 40, n_sessions=60).panel


@pytest.fixture(scope="module")
def panel(drawn):
    """Shares and ratings that depend on nothing."""
    rng = np.random.default_rng(5)
    shares = rng.dirichlet((2, 2, 4), drawn.data.height)
    told = {
        "excitement_pre_open": shares[:, 0],
        "calm_pre_open": shares[:, 1],
        "arousal_pre_open": 3 + 0.2 * rng.normal(size=len(shares)),
        "pleasure_pre_open": 3 + 0.3 * rng.normal(size=len(shares)),
    }
    return replace(drawn, data=drawn.data.with_columns(**{name: pl.Series(values) for name, values in told.items()}))


def test_every_column_is_there_and_every_mood_is_known_at_the_open(study, panel):
    columns = set(derive(panel, study.derive).data.columns)
    for spec in study.specs.values():
        named = spec.spec if isinstance(spec, Contrast) else spec
        assert {named.y, *named.regressors} <= columns
        assert {known(column) for column in named.x} == {OPEN}


def test_what_arousal_adds_is_found_and_returns_show_nothing_of_it(study, panel):
    part = (0.5 * pl.col("excitement_pre_open")).fill_null(0)
    moved = replace(panel, data=panel.data.with_columns(log_range_parkinson=pl.col("log_range_parkinson") + part))
    specs = {name: study.specs[name] for name in ("range", "range_gap", "returns_gap")}
    result = run_study(
        replace(study, specs=specs, exhibits=(), expectations=(), headline=study.headline[:1], primary=study.primary),
        moved,
    )
    row = result.row("range_gap", GAP)
    sd = np.sqrt(sum(panel.data[f"{name}_pre_open"].std() ** 2 for name in ("excitement", "calm")) / 2)
    assert abs(row["estimate"] - 50 * sd) < 3 * row["std_error"]
    assert row["p_value"] < 0.001 < result.row("returns_gap", GAP)["p_value"]


def test_an_archive_without_dimensions_says_how_to_read_them(study, drawn):
    with pytest.raises(StudyError, match=r"read the posts.* dimensions with `emtract score --dimensions`"):
        run_study(study, drawn)
