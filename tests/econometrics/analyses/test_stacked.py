"""Stacked event studies: the weighted regression that they stand for, who may be a control, and what is refused."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from emtract.econometrics.analyses.stacked import AFTER, BEFORE, StackedEvents
from emtract.errors import EstimationError, SpecError
from emtract.panel.frame import Sample
from tests.conftest import days

REQUEST = StackedEvents(y="y", shock="shock", before=3, after=4, y_scale=100.0, draws=500, least_controls=3)
N_FIRMS, N_SESSIONS = 24, 60


def frame(seed=0, *, share=0.02, missing=0.01, effect=0.0):
    rng = np.random.default_rng(seed)
    shock = rng.random((N_FIRMS, N_SESSIONS)) < share
    y = 0.01 * rng.standard_normal((N_FIRMS, N_SESSIONS)) + 0.01 * rng.standard_normal(N_SESSIONS)
    y += effect * shock
    y[rng.random(y.shape) < missing] = np.nan
    return pl.DataFrame(
        {
            "symbol": np.repeat([f"F{i:02d}" for i in range(N_FIRMS)], N_SESSIONS),
            "session": pl.concat([pl.Series(days(np.datetime64("2015-01-05").astype(object), N_SESSIONS))] * N_FIRMS),
            "number": np.tile(np.arange(100, 100 + N_SESSIONS), N_FIRMS),
            "y": y.ravel(),
            "shock": shock.ravel().astype(float),
            "n_posts": rng.integers(1, 6, y.size),
        }
    ).with_columns(pl.col("y").fill_nan(None))


def run(request, data):
    return request.run({"firm_sessions": Sample(data, unit="firm-sessions")})


def stacked(request, data):
    """The rows of all stacks, by the definition, one firm at a time; weights as Wing, Freedman and Hollingsworth have them."""
    cells = {(s, n): (y, shock) for s, n, y, shock in data.select("symbol", "number", "y", "shock").iter_rows()}
    firms, window = data["symbol"].unique().sort().to_list(), range(-request.before, request.after + 1)
    stacks = []
    for at in data["number"].unique().sort():
        whole = [f for f in firms if all(cells.get((f, at + k), (None, 0))[0] is not None for k in window)]
        calm = [f for f in whole if all(cells[f, at + k][1] == 0 for k in window)]
        hit = [f for f in whole if cells[f, at][1] == 1 and all(cells[f, at + k][1] == 0 for k in window if k < 0)]
        if hit and len(calm) >= request.least_controls:
            stacks.append((at, hit, calm))
    n_treated, n_controls = (sum(len(stack[part]) for stack in stacks) for part in (1, 2))
    rows = []
    for at, hit, calm in stacks:
        weight = (len(hit) / n_treated) / (len(calm) / n_controls)
        told = [(f, 1, 1.0) for f in hit] + [(f, 0, weight) for f in calm]
        rows += [(at, f, k, treated, w, 100 * cells[f, at + k][0]) for f, treated, w in told for k in window]
    frame = pl.DataFrame(rows, schema=["stack", "symbol", "k", "treated", "weight", "y"], orient="row")
    dummies = {f"d{k + 9}": (pl.col("k") == k).cast(pl.Float64) * pl.col("treated") for k in window}
    return frame.with_columns(
        unit=pl.format("{}-{}", "stack", "symbol"), when=pl.format("{}-{}", "stack", "k"), date=pl.col("stack") + pl.col("k"),
        **dummies,
    )  # fmt: skip


def regression(rows, sessions, effects):
    import pyfixest as pf

    return pf.feols(
        f"y ~ {' + '.join(f'd{k + 9}' for k in sessions)} | {effects}",
        rows.to_pandas(),
        weights="weight",
        vcov={"CRV1": "symbol + date"},
        ssc=pf.ssc(k_adj=False, G_adj=False),
    )


def scale(found):
    """The finite-sample factor of standard errors."""
    firms, sessions = found.notes[1].split(" shocks of ")[1].split(" firms in ")
    fewest = min(int(firms), int(sessions.split()[0]))
    return np.sqrt(fewest / (fewest - 1))


def test_a_plain_path_is_the_weighted_regression_on_the_stacked_rows_to_the_last_digit():
    data = frame()
    found = run(replace(REQUEST, cumulated=False), data)
    rows = stacked(REQUEST, data)
    fit = regression(rows, (-3, -2, 0, 1, 2, 3, 4), "unit + when")
    assert found.estimates["estimate"][:7].to_numpy() == pytest.approx(fit.coef().to_numpy(), rel=1e-9)
    assert found.estimates["std_error"][:7].to_numpy() == pytest.approx(scale(found) * fit.se().to_numpy(), rel=1e-8)
    assert found.n_obs == rows.filter(pl.col("treated") == 1).height // 8


def test_a_summed_path_is_sums_of_the_regression_without_effects_of_firms():
    data = frame(1)
    found = run(REQUEST, data)
    fit = regression(stacked(REQUEST, data), range(-3, 5), "when")
    sums = np.array([[0, -1, -1], [0, 0, -1], *np.zeros((5, 3))])
    sums = np.column_stack([sums, np.vstack([np.zeros((2, 5)), np.tril(np.ones((5, 5)))])])
    errors = np.sqrt(np.diag(sums @ fit._vcov @ sums.T))
    assert found.estimates["estimate"][:7].to_numpy() == pytest.approx(sums @ fit.coef().to_numpy(), rel=1e-9)
    assert found.estimates["std_error"][:7].to_numpy() == pytest.approx(scale(found) * errors, rel=1e-8)


def test_an_effect_is_found_and_nothing_before_it():
    finding = run(REQUEST, frame(2, effect=0.03))
    rows = {row["term"]: row for row in finding.estimates.to_dicts()}
    assert rows["session 0"]["conf_low"] > 0
    assert rows["session 0"]["estimate"] == pytest.approx(3.0, abs=0.6)
    assert rows[AFTER]["p_value"] < 0.01 < 0.05 < rows[BEFORE]["p_value"]
    assert all(row["band_low"] <= row["conf_low"] for row in rows.values() if row["band_low"] is not None)
    assert finding.charts[0].frame.filter(pl.col("x") == -1)["estimate"].item() == 0
    assert "parkinson" not in finding.charts[0].title
    assert finding.ledger.steps[-1].rows_out == finding.n_obs


def test_shocks_that_do_not_count_make_no_control_and_no_first_shock():
    data = frame(3, share=0.06, missing=0.0)
    extra = pl.col("number").is_in(range(104, 160, 4)) & (pl.col("symbol") < "F12")
    more = data.with_columns(
        pl.when(extra).then(1.0).otherwise("shock").alias("shock"),
        pl.when(extra).then(0).otherwise("n_posts").alias("n_posts"),
    )
    request = replace(REQUEST, where="n_posts >= 1")
    plain, crowded = run(request, data), run(request, more)
    assert crowded.n_obs < plain.n_obs
    counted = {step.name: step for step in crowded.ledger.steps}
    assert counted["in the sample"].dropped == 12 * 14
    assert counted["first in a while"].dropped > 0


def test_what_lies_outside_every_window_changes_nothing():
    data = frame(4)
    quiet = data.filter(pl.col("shock") == 1)["number"].min()
    changed = data.with_columns(pl.when(pl.col("number") < quiet - 3).then(9.9).otherwise("y").alias("y"))
    assert quiet > 104 or data.equals(changed)
    assert run(REQUEST, data).estimates.equals(run(REQUEST, changed).estimates)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"before": 1}, "two sessions before"),
        ({"shock": "y"}, "both outcome and shock"),
        ({"least_controls": 1}, "two controls"),
    ],
)
def test_an_impossible_request_is_refused(change, told):
    with pytest.raises(SpecError, match=told):
        replace(REQUEST, **change)


def test_too_few_shocks_are_one_sentence_with_what_was_lost():
    data = frame(6)
    few = data.with_columns(pl.when(pl.col("symbol") < "F04").then("shock").otherwise(0.0).alias("shock"))
    with pytest.raises(EstimationError, match="firms have shocks that can be compared"):
        run(REQUEST, few)
    with pytest.raises(EstimationError, match="1 on no row"):
        run(REQUEST, data.with_columns(shock=pl.lit(0.0)))
    with pytest.raises(EstimationError, match=r"\(whole|with the whole window -"):
        run(replace(REQUEST, after=58), data)
    with pytest.raises(SpecError, match="no column 'shok'"):
        run(replace(REQUEST, shock="shok"), data)
    with pytest.raises(EstimationError, match="none meets"):
        run(replace(REQUEST, where="n_posts > 100"), data)


def test_rows_are_not_picked_by_the_outcome():
    data = frame(7).rename({"y": "return_open_close"})
    with pytest.raises(SpecError, match="tells of the outcome"):
        run(replace(REQUEST, y="return_open_close", where="return_open_close > 0"), data)
