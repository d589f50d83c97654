"""No analysis reads the future by mistake, and none picks its rows by its own outcome."""

from dataclasses import replace
from datetime import date

import numpy as np
import polars as pl
import pytest

from emtract.econometrics.ahead import check_ahead
from emtract.econometrics.analyses.event_study import MeanReturns
from emtract.econometrics.analyses.fama_macbeth import FamaMacBeth
from emtract.econometrics.analyses.garch.analysis import GarchX
from emtract.econometrics.analyses.high_low import GroupComparison
from emtract.econometrics.analyses.projections import LocalProjection
from emtract.econometrics.analyses.vector.analysis import VectorAutoregression
from emtract.econometrics.portfolio.sort import PortfolioSort, SignalSorts
from emtract.econometrics.regression.estimate import estimate
from emtract.econometrics.rows import open_ledger
from emtract.errors import SpecError
from emtract.panel.derive import Cumulated, Lead, derive
from emtract.panel.frame import Sample
from tests.econometrics.conftest import BASE

FUTURE = "return_close_close_next"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"where": "return_open_close > -0.5"}, "tells of the outcome return_open_close"),
        ({"where": "return_close_close > 0"}, "reads return_close_close, which tells of the outcome"),
        ({"where": "abs(absolute_return) < 0.1"}, "tells of the outcome"),
        ({"where": f"{FUTURE} > 0"}, "where reads return_close_close_next, known at the next close"),
        ({"x": (FUTURE,)}, "x reads return_close_close_next, known at the next close, after return_open_close ends"),
        ({"x": (f"happy_market:{FUTURE}",)}, "x reads return_close_close_next"),
        ({"controls": ("happy_market_lead_2",), "x": ("sad_market",)}, "known at the close 2 sessions later"),
        ({"weights": "n_posts_market_lead_1"}, "weights reads n_posts_market_lead_1"),
        ({"effects": (f"high_{FUTURE}",)}, f"effects reads high_{FUTURE}"),
        ({"y": "happy_market", "x": ("sad_market",), "where": "happy_market > 0.1"}, "tells of the outcome happy_market"),
        ({"y": "attention_market", "x": ("sad_market",), "controls": (), "where": "n_posts_market >= 5"}, "tells of the"),
    ],
)  # fmt: skip
def test_a_spec_that_reads_ahead_is_refused(panel, change, words):
    data = derive(panel, (Lead("happy_market", (2,)), Lead("n_posts_market", (1,)))).data
    data = data.with_columns(absolute_return=pl.col("return_close_close").abs(), **{f"high_{FUTURE}": pl.lit(1.0)})
    with pytest.raises(SpecError, match=words):
        estimate(replace(BASE, **change), replace(panel, data=data))


@pytest.mark.parametrize(
    "change",
    [
        {"where": "n_posts_market >= 6"},
        {"where": "lagged_return > 0"},
        {"where": "return_overnight > 0"},
        {"where": "session >= DATE '2014-01-15'"},
        {"y": FUTURE, "where": "return_open_close > 0"},
        {"y": "return_open_close_next", "x": ("return_close_close",)},
        {"controls": ("return_overnight", "return_close_close")},
    ],
)
def test_what_shares_the_time_of_the_outcome_or_comes_before_is_not(panel, change):
    assert estimate(replace(BASE, **change), panel).n_obs > 0


def test_a_placebo_says_that_it_looks_ahead_and_its_notes_repeat_it(panel):
    data = derive(panel, (Lead("happy_market", (1,)),))
    spec = replace(BASE, x=("happy_market_lead_1",), looks_ahead=True)
    assert any("looks ahead on purpose" in note for note in estimate(spec, data).notes)
    with pytest.raises(SpecError, match="tells of the outcome"):
        estimate(replace(spec, where="return_open_close > 0"), data)


@pytest.mark.parametrize(
    "make",
    [
        lambda: PortfolioSort(signal="valence_pre_open", where="n_posts_market >= 2"),
        lambda: PortfolioSort(signal="valence_pre_open", where="return_open_close < 0.5"),
        lambda: PortfolioSort(signal="valence_pre_open", where=f"n_posts_pre_open >= 2 AND {FUTURE} > 0"),
        lambda: PortfolioSort(signal="valence_pre_open", weights="value", size="dollar_volume"),
        lambda: PortfolioSort(signal="return_open_close"),
        lambda: PortfolioSort(signal="log_range_parkinson", known="open"),
        lambda: SignalSorts(
            sort=PortfolioSort(signal="valence_pre_open", where="n_posts_market > 1"), signals=("fear_pre_open",)
        ),
    ],
)
def test_a_sort_reads_only_what_is_known_when_it_opens(make):
    with pytest.raises(SpecError, match="known at"):
        make()


def test_every_other_analysis_asks_the_same_guard(panel):
    samples = {"firm_sessions": derive(panel, (Cumulated("return_close_close", (1, 2)),))}
    reads = "return_open_close > 0"
    with pytest.raises(SpecError, match="tells of the outcome"):
        GarchX(x=("fear_pre_open",), where=reads).run(samples)
    with pytest.raises(SpecError, match="x reads return_open_close_next"):
        GarchX(x=("return_open_close_next",)).run(samples)
    with pytest.raises(SpecError, match="tells of the outcome"):
        FamaMacBeth(label="FM", y="return_open_close", x=("happy_market",), where=reads).run(samples)
    projection = LocalProjection(spec=replace(BASE, y="return_close_close"), horizons=(1, 2))
    with pytest.raises(SpecError, match="tells of the outcome"):
        replace(projection, spec=replace(projection.spec, where=f"{FUTURE} > 0")).run(samples)
    n = np.arange(60)
    market = pl.DataFrame({"session": n, "number": n, "valence_day": np.sin(n), "market_return": np.cos(n)})
    with pytest.raises(SpecError, match="tells of the outcome"):
        VectorAutoregression(variables=("valence_day", "market_return"), where="market_return > 0").run(
            {"market_sessions": Sample(market)}
        )
    events = {"ipos": Sample(pl.DataFrame({"first_return": n / 60, "bhar_12_market": n / 70, "enthusiasm": n % 7}))}
    kind = {"label": "L", "words": "w", "column": "first_return"}
    with pytest.raises(SpecError, match="by reads bhar_12_market"):
        GroupComparison(by="bhar_12_market", **kind).run(events)
    with pytest.raises(SpecError, match="tells of the outcome"):
        GroupComparison(by="enthusiasm", where="first_return > 0.1", **kind).run(events)
    with pytest.raises(SpecError, match="tells of the outcome"):
        MeanReturns(label="L", columns=("bhar_12_market",), where="bhar_12_market < 1").run(events)


def test_columns_that_the_guard_cannot_judge_are_named_in_the_ledger():
    data = pl.DataFrame({"symbol": ["A"], "session": [date(2020, 1, 2)], "tone": [1.0], "book_equity": [2.0]})
    sample = Sample(data, settings={"characteristics": "book_equity"})
    (step,) = open_ledger(sample, ("tone", "book_equity", "happy_pre_open"), "tone > 0").steps
    assert step.reason == "whether these are known in time their names do not say: tone"
    assert open_ledger(sample, ("book_equity",)).steps[0].reason == ""


def test_a_lead_of_a_column_of_ones_own_is_refused():
    with pytest.raises(SpecError, match="reads tone_lead_3, known at the close 2 sessions later"):
        check_ahead(("return_open_close",), {"x": ("tone_lead_3",)})
    check_ahead(("return_open_close",), {"x": ("tone_lag_3", "tone")})
