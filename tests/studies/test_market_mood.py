"""The study of the market's mood on simulated sessions, and its design."""

from dataclasses import replace

import numpy as np
import polars as pl

from emtract.panel.frame import Sample
from emtract.study import load_study
from emtract.study.run import run_study
from tests.validation.coverage import one_draw
from tests.validation.market_mood import DESIGNS, SILENT, draw

STUDY = load_study("market_mood")


def sessions(rng):
    """Simulated sessions with every column that the study names."""
    drawn = draw(300, (0.0,) * 5, SILENT, 0.0)(rng).samples["market_sessions"].data
    made = {c: rng.standard_normal(drawn.height) for c in ("valence_pre_open", "happy_day", "fear_day", "market_range")}
    made["market_return_open_close"] = made["market_range"] / 100
    return Sample(
        drawn.with_columns(pl.col("market_return") / 1e4, **{k: pl.Series(v) for k, v in made.items()}), unit="sessions"
    )


def test_it_runs_and_says_so_where_one_index_is_absent():
    quick = replace(STUDY, specs={name: replace(v, replications=20) for name, v in STUDY.specs.items()})
    result = run_study(quick, {"market_sessions": sessions(np.random.default_rng(0))})
    assert set(result.findings) == {"day", "intraday", "emotions", "day_bic"}
    assert "day_firms" in result.skipped
    assert " bp" in result.answer()
    assert set(result.findings["day"].tables) == {"Granger tests", "Lag order", "Correlation of innovations"}
    assert result.expectations().height == len(STUDY.expectations)


def test_a_draw_of_the_design_has_every_number_of_its_truth():
    design = DESIGNS[1]
    found = one_draw(design, design.draw(np.random.default_rng(0)))
    assert found["var", "market_return on valence_day, sum of lags"].rejected == 1
    assert found["var", "valence_day on market_return, Granger"].truth == 0
