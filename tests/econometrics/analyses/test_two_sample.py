"""Means and differences against scipy, statsmodels and the published formula; what skewed data do to both."""

import numpy as np
import pytest
import statsmodels.api as sm
from scipy import stats

from emtract.econometrics.analyses.two_sample import (
    check_inference,
    clustered_rows,
    mean_row,
    moments,
    skewness_adjusted,
    unadjusted,
)
from emtract.errors import EstimationError, SpecError

RNG = np.random.default_rng(5)
HIGH, LOW = RNG.lognormal(size=60), RNG.lognormal(sigma=0.7, size=80)


def test_student_and_welch_are_those_of_scipy():
    one, two = mean_row("m", HIGH), mean_row("d", HIGH, LOW)
    student, welch = stats.ttest_1samp(HIGH, 0), stats.ttest_ind(HIGH, LOW, equal_var=False)
    for row, found in ((one, student), (two, welch)):
        interval = found.confidence_interval()
        assert (row["statistic"], row["p_value"]) == pytest.approx((found.statistic, found.pvalue), rel=1e-10)
        assert (row["conf_low"], row["conf_high"]) == pytest.approx((interval.low, interval.high), rel=1e-10)


def test_the_skewness_adjusted_statistic_is_that_of_lyon_barber_and_tsai_but_for_the_cubic_term():
    n = len(HIGH)
    s = HIGH.mean() / HIGH.std(ddof=1)
    gamma = ((HIGH - HIGH.mean()) ** 3).mean() / HIGH.std(ddof=1) ** 3
    published = np.sqrt(n) * (s + gamma * s**2 / 3 + gamma / (6 * n))
    at = moments(HIGH)
    ours = skewness_adjusted(at.mean / at.error, at.skew)
    cubic = at.skew**2 * (at.mean / at.error) ** 3 / 27
    assert ours - cubic == pytest.approx(published, rel=1e-10)


@pytest.mark.parametrize("skew", [-0.8, -1e-12, 0.0, 0.3, 1.5])
def test_the_adjustment_increases_and_is_undone(skew):
    t = np.linspace(-6, 6, 101)
    adjusted = skewness_adjusted(t, np.full(101, skew))
    assert (np.diff(adjusted) > 0).all()
    assert [unadjusted(a, skew) for a in adjusted] == pytest.approx(t, abs=1e-6)


def test_clustered_differences_are_those_of_least_squares_on_a_dummy():
    values, clusters = np.concatenate([HIGH, LOW]), RNG.integers(12, size=140)
    is_high = np.arange(140) < 60
    rows = clustered_rows(values, is_high, clusters)
    design = sm.add_constant(is_high.astype(float))
    fit = sm.OLS(values, design).fit(cov_type="cluster", cov_kwds={"groups": clusters}, use_t=True)
    found = rows["high minus low"]
    assert (found["estimate"], found["std_error"], found["p_value"]) == pytest.approx(
        (fit.params[1], fit.bse[1], fit.pvalues[1]), rel=1e-9
    )
    assert rows["low"]["estimate"] == pytest.approx(LOW.mean())


def test_intervals_and_tests_agree_and_repeat():
    shifted = HIGH - HIGH.mean() + 0.25
    for values, other in ((shifted, None), (HIGH, LOW)):
        row = mean_row("x", values, other, inference="skewness", draws=1999)
        assert row == mean_row("x", values, other, inference="skewness", draws=1999)
        assert (row["p_value"] > 0.05) == (row["conf_low"] <= 0 <= row["conf_high"])
        assert row["conf_low"] < row["estimate"] < row["conf_high"]


def test_the_bootstrap_leans_to_the_side_of_the_long_tail():
    row = mean_row("x", HIGH, inference="skewness")
    assert row["conf_high"] - row["estimate"] > row["estimate"] - row["conf_low"]


def test_the_skewness_adjusted_test_keeps_its_size_where_students_does_not():
    """Lognormal returns of mean zero, 30 events: the test against a low mean rejects far too often without adjustment."""
    rng, counts = np.random.default_rng(3), np.zeros(2)
    for k in range(300):
        values = rng.lognormal(sigma=1.0, size=30) - np.exp(0.5)
        for i, inference in enumerate(("t", "skewness")):
            row = mean_row("x", values, inference=inference, draws=199, seed=k)
            counts[i] += row["p_value"] < 0.05
    size = counts / 300
    assert size[0] > 0.09
    assert size[1] < size[0] - 0.02


def test_what_cannot_be_inferred_says_so():
    with pytest.raises(EstimationError, match="fewer than two"):
        mean_row("x", HIGH[:1])
    with pytest.raises(EstimationError, match="do not vary"):
        mean_row("x", np.ones(5))
    with pytest.raises(EstimationError, match="two clusters"):
        clustered_rows(HIGH, HIGH > 1, np.zeros(60, dtype=int))
    with pytest.raises(SpecError, match="name a cluster"):
        check_inference("clustered", None)
    with pytest.raises(SpecError, match="unknown inference"):
        check_inference("exact", None)
