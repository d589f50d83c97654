"""A second measure of a mood as its instrument: worlds whose truth is written down, and another library's numbers."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from emtract.econometrics.analyses.two_measures import INSTRUMENTED, TwoMeasures
from emtract.econometrics.measurement.correct import correct
from emtract.econometrics.measurement.second import by_second
from emtract.econometrics.regression.estimate import estimate
from emtract.econometrics.regression.spec import Spec
from emtract.errors import EstimationError, SpecError
from emtract.panel.frame import Sample

TRUTH = 60.0
SPEC = Spec(
    y="y",
    x=("read",),
    controls=("size",),
    effects=("symbol", "session"),
    covariance="clustered",
    clusters=("symbol", "session"),
    small_sample="fixest",
)

#: For many draws, the faster library: its numbers are linearmodels' to 1e-8 (test_absorb).
FAST = replace(SPEC, engine="pyfixest")


def world(seed, *, firms=45, sessions=45, shared=0.0, beside=0.0, slope=0.4):
    """A mood read with as much noise as it varies, and a second measure on another scale.

    `shared` of the error of the reading stands in the second too; `beside` of the second's error moves the outcome.
    """
    rng = np.random.default_rng(seed)
    shape = (firms, sessions)
    draw = lambda: rng.normal(size=shape)  # noqa: E731
    mood, error, other = draw(), draw(), draw()
    size = draw() + 0.5 * mood
    effects = draw()[:, :1] * 30 + draw()[:1] * 30
    second = 0.7 + slope * mood + other + shared * error
    frame = pl.DataFrame(
        {
            "symbol": np.repeat([f"F{i}" for i in range(firms)], sessions),
            "session": [date(2020, 1, 1) + timedelta(days=t) for _ in range(firms) for t in range(sessions)],
            "size": size.ravel(),
            "read": (mood + error).ravel(),
            "second": second.ravel(),
            "y": (TRUTH * mood + 20 * size + effects + 100 * draw() + beside * other).ravel(),
        }
    )
    return Sample(frame, unit="firm-sessions")


def test_it_is_two_stage_least_squares_as_linearmodels_has_it():
    from linearmodels.iv import IV2SLS

    sample = world(1, firms=25, sessions=30)
    spec = replace(SPEC, small_sample="none", covariance="robust", clusters=())
    found = by_second(spec, sample, "second")
    data = sample.data.to_pandas()
    dummies = [np.eye(n)[np.unique(data[c], return_inverse=True)[1]] for c, n in (("symbol", 25), ("session", 30))]
    exact = np.column_stack([data["size"], dummies[0], dummies[1][:, 1:]])
    fit = IV2SLS(data["y"], exact, data["read"], data["second"]).fit(cov_type="robust")
    assert found.coefficients[0] == pytest.approx(float(fit.params["read"]), rel=1e-6)
    assert np.sqrt(found.covariance[0, 0]) == pytest.approx(float(fit.std_errors["read"]), rel=1e-6)


def test_the_truth_comes_back_where_the_plain_regression_misses_it():
    found = [by_second(FAST, world(seed), "second") for seed in range(60)]
    plain = np.mean([f.plain[0] for f in found])
    corrected = np.array([f.coefficients[0] for f in found])
    error = corrected.std(ddof=1) / np.sqrt(len(corrected))
    assert plain < 0.6 * TRUTH
    assert abs(corrected.mean() - TRUTH) < 3 * error + 0.03 * TRUTH
    held = np.mean([f.sets[0].holds(TRUTH) for f in found])
    assert held >= 0.86, "a binomial count of 60 with .95 is below 52 in one of a thousand"


@pytest.mark.parametrize(("broken", "sign"), [({"shared": 0.8}, -1), ({"beside": 60.0}, 1)], ids=["shared", "beside"])
def test_what_breaks_the_assumption_moves_the_estimate(broken, sign):
    """Posts that both measures rest on pull it to zero; taggers whose mood moves the price beside the others' push it up."""
    found = [by_second(FAST, world(seed, **broken), "second").coefficients[0] for seed in range(20)]
    assert sign * (np.mean(found) - TRUTH) > 15


def test_a_second_measure_that_says_little_leaves_a_set_without_ends():
    found = TwoMeasures(label="Two", spec=replace(SPEC, sample="s"), second="second").run({"s": world(2, slope=0.0)})
    row = found.row(INSTRUMENTED)
    assert (row["estimate"], row["conf_low"], row["conf_high"]) == (None, None, None)
    assert "The instrument is second (F " in found.notes[-1]
    assert "any value" in found.notes[-1] or "at least" in found.notes[-1]


def test_the_scale_of_the_second_measure_does_not_matter_and_units_are_the_spec_s():
    sample = world(3)
    scaled = replace(sample, data=sample.data.with_columns(second=pl.col("second") * 250 - 7))
    one, two = (by_second(SPEC, s, "second") for s in (sample, scaled))
    assert one.coefficients == pytest.approx(two.coefficients)
    assert one.sets[0].low == pytest.approx(two.sets[0].low)
    per_sd = by_second(replace(SPEC, standardise=("read",)), sample, "second")
    assert per_sd.coefficients[0] == pytest.approx(one.coefficients[0] * sample.data["read"].std(), rel=1e-6)


@pytest.mark.parametrize("slope", [0.05, 0.4, 20.0])
def test_its_strength_is_the_squared_t_of_the_first_stage(slope):
    """However strong it is: squares about zero would hold it below the number of clusters."""
    sample = world(8, firms=20, sessions=25, slope=slope)
    first = estimate(replace(SPEC, y="read", x=("second",)), sample)
    found = by_second(SPEC, sample, "second").strength
    assert found == pytest.approx(float(first.tidy()["statistic"][0] ** 2), rel=1e-6)


def test_at_zero_it_is_the_test_of_the_second_measure_alone():
    found = by_second(SPEC, world(4), "second")
    assert found.holds("read", 0.0) == (found.against_zero("read")[1] > 0.05)
    assert np.isnan(found.reliability[0])
    assert found.assumes == (
        "given the mood, the errors of its two measures go neither with one another nor with the outcome",
    )


def test_rows_without_the_second_measure_leave_and_are_counted():
    sample = world(5)
    half = sample.data.with_columns(second=pl.when(pl.int_range(pl.len()) % 2 == 0).then("second"))
    found = by_second(SPEC, replace(sample, data=half), "second")
    assert found.naive.n_obs == sample.data.height // 2 + sample.data.height % 2
    assert [step.dropped for step in found.ledger.steps if "NOT NULL" in step.reason + step.name] == [
        sample.data.height // 2
    ]


@pytest.mark.parametrize(
    ("second", "error", "said"),
    [("read", SpecError, "stands outside it"), ("nothing", SpecError, "no column 'nothing'"),
     ("flat", EstimationError, "does not vary"), ("empty", EstimationError, "empty"),
     ("odd", EstimationError, "odd is no finite number on 1,013 rows")],
)  # fmt: skip
def test_what_is_no_second_measure_is_said(second, error, said):
    sample = world(6)
    odd = pl.when(pl.int_range(pl.len()) % 2 == 0).then(float("nan")).otherwise("second")
    sample = replace(sample, data=sample.data.with_columns(flat=pl.lit(1.0), empty=pl.lit(None, pl.Float64), odd=odd))
    with pytest.raises((error, SpecError, EstimationError), match=said):
        by_second(SPEC, sample, second)


def test_correct_points_to_it():
    with pytest.raises(SpecError, match="by_second"):
        correct(SPEC, world(7), by="second")
