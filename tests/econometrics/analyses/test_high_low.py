"""High against low, mean returns, event time and calendar time: against scipy and statsmodels, and by hand."""

import datetime as dt

import numpy as np
import polars as pl
import pytest
import statsmodels.api as sm
from scipy import stats

from emtract.econometrics.analyses.event_study import EventPaths, MeanReturns
from emtract.econometrics.analyses.high_low import GroupComparison
from emtract.econometrics.estimates import ESTIMATE_COLUMNS
from emtract.econometrics.portfolio.calendar_time import CalendarTime, compounded
from emtract.econometrics.sentences import finding_sentence
from emtract.errors import EstimationError, MissingDataError, SpecError
from emtract.panel.frame import Sample
from tests.validation.ipo import draw_days, draw_months

RNG = np.random.default_rng(2)
N = 101
MOOD = RNG.normal(size=N)
DATA = pl.DataFrame(
    {
        "enthusiasm": MOOD,
        "first_return": 0.1 + 0.05 * MOOD + 0.2 * RNG.lognormal(size=N),
        "bhar_12_market": np.where(np.arange(N) < 90, RNG.lognormal(size=N) - 1.6, np.nan),
        "month": [f"2015-{k % 12:02d}" for k in range(N)],
        "nothing": pl.Series([None] * N, dtype=pl.Float64),
    }
).with_columns(pl.col("bhar_12_market").fill_nan(None))
SAMPLES = {"ipos": Sample(DATA, unit="IPOs")}
FIRST = GroupComparison(
    label="First day", column="first_return", by="enthusiasm", words="the first-day return", scale=100.0
)


def test_groups_are_those_above_the_median_and_the_rest():
    found = FIRST.run(SAMPLES)
    high = DATA.filter(pl.col("enthusiasm") > pl.col("enthusiasm").median())["first_return"].to_numpy() * 100
    low = DATA.filter(pl.col("enthusiasm") <= pl.col("enthusiasm").median())["first_return"].to_numpy() * 100
    assert (len(high), len(low)) == (50, 51)
    assert found.estimates["term"].to_list() == list(FIRST.terms)
    assert found.estimates["estimate"].to_list() == pytest.approx([high.mean(), low.mean(), high.mean() - low.mean()])
    assert found.estimates["median"].to_list()[:2] == pytest.approx([np.median(high), np.median(low)])
    tests = dict(found.tables["Two-sample tests"].select("test", "p_value").iter_rows())
    assert tests["Welch t"] == pytest.approx(stats.ttest_ind(high, low, equal_var=False).pvalue)
    assert tests["rank sum (Mann-Whitney U)"] == pytest.approx(stats.mannwhitneyu(high, low).pvalue)
    assert found.row("high minus low")["p_value"] == pytest.approx(tests["Welch t"])


def test_a_finding_reads_as_a_sentence():
    told = finding_sentence(FIRST.run(SAMPLES), "high minus low")
    assert told.startswith(
        "The first-day return is not detectably higher or lower for IPOs with high enthusiasm than for IPOs with low enthusiasm ("
    )
    assert "pp, 95 % interval" in told
    moved = DATA.with_columns(pl.col("first_return") + 0.3 * (pl.col("enthusiasm") > pl.col("enthusiasm").median()))
    told = finding_sentence(FIRST.run({"ipos": Sample(moved, unit="IPOs")}), "high minus low")
    assert told.startswith(
        "The first-day return is higher for IPOs with high enthusiasm than for IPOs with low enthusiasm: +"
    )
    assert "pp (95 % interval" in told


@pytest.mark.parametrize("changes", [{"inference": "skewness"}, {"inference": "clustered", "cluster": "month"}])
def test_other_inference_leaves_the_means(changes):
    other = GroupComparison(label="x", column="first_return", by="enthusiasm", words="it", scale=100.0, **changes)
    found, plain = other.run(SAMPLES), FIRST.run(SAMPLES)
    assert found.estimates["estimate"].to_list() == pytest.approx(plain.estimates["estimate"].to_list())
    assert found.estimates["p_value"].to_list() != plain.estimates["p_value"].to_list()
    assert set(ESTIMATE_COLUMNS) <= set(found.estimates.columns)
    assert other.describe() != FIRST.describe()


def test_rows_without_the_column_leave_through_the_ledger():
    found = GroupComparison(label="x", column="bhar_12_market", by="enthusiasm", words="it").run(SAMPLES)
    assert found.n_obs == 90
    steps = {s["step"]: s["dropped"] for s in found.ledger.frame().iter_rows(named=True)}
    assert steps["with bhar_12_market"] == 11


def test_what_is_missing_is_named():
    with pytest.raises(MissingDataError, match="nothing"):
        GroupComparison(label="x", column="nothing", by="enthusiasm", words="it").run(SAMPLES)
    with pytest.raises(SpecError, match="no column 'joy'"):
        GroupComparison(label="x", column="first_return", by="joy", words="it").run(SAMPLES)
    with pytest.raises(SpecError, match="not a condition"):
        GroupComparison(label="x", column="first_return", by="enthusiasm", words="it", where="no such(").run(SAMPLES)
    with pytest.raises(EstimationError, match="widen the sample"):
        FIRST.run({"ipos": Sample(DATA.head(2), unit="IPOs")})


def test_mean_returns_are_means_of_the_rows_that_have_them():
    request = MeanReturns(label="x", columns=("first_return", "bhar_12_market"), inference="t")
    found = request.run(SAMPLES)
    assert found.estimates["n_obs"].to_list() == [101, 90]
    held = DATA["bhar_12_market"].drop_nulls().to_numpy()
    assert found.row("bhar_12_market")["estimate"] == pytest.approx(100 * held.mean())
    assert found.row("bhar_12_market")["p_value"] == pytest.approx(stats.ttest_1samp(held, 0).pvalue)
    assert found.charts[0].kind == "bars"


def test_an_event_counts_once_however_many_days_it_has():
    rows = [
        ("A", 1, "high", 0.6),
        ("A", 2, "high", 0.8),
        ("B", 1, "high", 0.2),
        ("C", 1, "low", 0.1),
        ("D", 9, "low", 0.3),
    ]
    rows += [
        (s, -1, g, v) for s, g, v in (("A", "high", 0.9), ("B", "high", 0.5), ("C", "low", 0.0), ("D", "low", 0.2))
    ]
    data = pl.DataFrame(rows, schema=["symbol", "event_day", "group", "mood"], orient="row")
    data = data.with_columns(offer_date=pl.lit(dt.date(2015, 1, 2)))
    with pytest.raises(SpecError, match="mood holds numbers, whose median differs between spans"):
        EventPaths(label="x", by="mood").run({"ipo_days": Sample(data, unit="days")})
    found = EventPaths(label="x").run({"ipo_days": Sample(data, unit="days")})
    assert found.row("high after")["estimate"] == pytest.approx((0.7 + 0.2) / 2)
    assert found.row("high minus low after")["estimate"] == pytest.approx(0.45 - 0.2)
    assert found.row("high minus low before")["estimate"] == pytest.approx(0.7 - 0.1)
    path = {(r["line"], r["x"]): r["y"] for r in found.charts[0].frame.iter_rows(named=True)}
    assert path["high", 0] == pytest.approx((0.6 + 0.8 + 0.2) / 3)
    assert path["low", 5] == pytest.approx(0.3)


def test_a_lasting_mood_is_found():
    drawn = draw_days(np.random.default_rng(0), n=60, lasting=0.5)
    row = EventPaths(label="x").run(drawn.samples).row("high minus low after")
    assert abs(row["estimate"] - drawn.truth["event_time", "high minus low after"]) < 3 * row["std_error"]


def test_alphas_are_those_of_least_squares_with_newey_wests_errors():
    drawn = draw_months(np.random.default_rng(1), n_months=60, alpha=-0.02)
    found = CalendarTime(label="x", lags=3).run(drawn.samples)
    monthly = compounded(drawn.samples["series"].data, ("mkt_rf",), "rf", "mkt_rf", 15)
    rows = drawn.samples["ipo_months"].data.join(monthly, on="month").sort("month")
    y = 100 * (rows["high"] - rows["rf"]).to_numpy()
    fit = sm.OLS(y, sm.add_constant(100 * rows["mkt_rf"].to_numpy())).fit(
        cov_type="HAC", cov_kwds={"maxlags": 3, "use_correction": True}
    )
    alpha = found.row("alpha high")
    assert (alpha["estimate"], alpha["std_error"]) == pytest.approx((fit.params[0], fit.bse[0]), rel=1e-9)
    assert found.row("alpha high minus low")["estimate"] == pytest.approx(
        found.row("alpha high")["estimate"] - found.row("alpha low")["estimate"]
    )
    assert found.tables["Factor loadings"]["loading"][1] == pytest.approx(fit.params[1])


def test_daily_factors_compound_and_months_in_part_are_left_out():
    days = [dt.date(2015, 1, d) for d in range(5, 26)] + [dt.date(2015, 2, d) for d in range(2, 8)]
    daily = pl.DataFrame({"session": days, "mkt_rf": 0.01, "smb": 0.002, "rf": 0.001})
    found = compounded(daily, ("mkt_rf", "smb"), "rf", "mkt_rf", 15)
    assert found["month"].to_list() == ["2015-01"]
    row = found.row(0, named=True)
    assert row["mkt_rf"] == pytest.approx(1.011**21 - 1.001**21)
    assert (row["smb"], row["rf"]) == pytest.approx((1.002**21 - 1, 1.001**21 - 1))


def test_too_few_months_are_refused():
    drawn = draw_months(np.random.default_rng(1), n_months=8, alpha=0.0)
    with pytest.raises(EstimationError, match="too few for an alpha"):
        CalendarTime(label="x").run(drawn.samples)
    with pytest.raises(SpecError, match="no column smb"):
        CalendarTime(label="x", factors=("smb",)).run(drawn.samples)


@pytest.mark.parametrize("kind", [pl.Float64, pl.Boolean, pl.Int64])
def test_a_split_of_two_values_is_split_between_them_wherever_the_median_lies(kind):
    """Nine of ten rows are 1: none lies above the median."""
    data = pl.DataFrame({"first_return": [0.1 * k for k in range(20)], "venture": [0, 1, 1, 1, 1, 1, 1, 1, 1, 1] * 2})
    sample = Sample(data.with_columns(pl.col("venture").cast(kind)), unit="IPOs")
    finding = GroupComparison(label="x", column="first_return", by="venture", words="it").run({"ipos": sample})
    assert finding.row("high")["n_obs"] == 18
    assert finding.row("low")["estimate"] == pytest.approx((0.0 + 1.0) / 2)
    assert "two values" in finding.notes[1]


def test_words_that_split_are_high_and_low():
    data = pl.DataFrame({"first_return": [0.1, 0.2, 0.3, 0.4], "group": ["high", "low", "High", "low"]})
    with pytest.raises(SpecError, match="holds 'High'"):
        GroupComparison(label="x", column="first_return", by="group", words="it").run({"ipos": Sample(data)})
