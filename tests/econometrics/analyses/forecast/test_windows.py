"""Forecasts against lm of R, window by window, and the law that nothing of the future enters them."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emtract.econometrics.analyses.forecast import windows as module
from emtract.econometrics.analyses.forecast.windows import Rows, Windows, forecast, forecast_each
from tests.reference.make_forecast import FORECASTS, ROWS

PLAIN = Windows(
    sessions=30, kind="expanding", every=7, gap=1, min_rows=5, nested=1, signs=np.zeros(3), cut=np.zeros(3, dtype=bool),
    cut_y=False, winsor=0.05,
)  # fmt: skip


def rows_of(frame, columns=("z", "x1", "x2")):
    unit = (frame["symbol"].rank("dense") - 1).cast(pl.Int64).to_numpy()
    return Rows(frame["y"].to_numpy(), frame.select(columns).to_numpy(), unit, frame["place"].to_numpy())


@pytest.fixture(scope="module")
def stored():
    return pl.read_csv(ROWS, comment_prefix="#"), pl.read_csv(FORECASTS, null_values="NA")


@pytest.mark.parametrize("gap", [1, 3])
@pytest.mark.parametrize("kind", ["expanding", "rolling"])
def test_forecasts_are_those_of_lm_on_each_window(stored, kind, gap):
    frame, reference = stored
    asked = replace(PLAIN, kind=kind, gap=gap)
    wanted = reference.drop_nulls(f"model_{kind}_{gap}")
    for name, nested, benchmark in (("controls", 1, "benchmark"), ("mean", 0, "benchmark"), ("model", 1, "model")):
        made = forecast(rows_of(frame), replace(asked, nested=nested))
        assert frame[made.row.tolist()].select("symbol", "place").equals(wanted.select("symbol", "place"))
        np.testing.assert_allclose(getattr(made, benchmark), wanted[f"{name}_{kind}_{gap}"], rtol=1e-8, atol=1e-10)


def test_a_firm_alone_is_forecast_from_its_own_rows(stored):
    frame, _ = stored
    rows = rows_of(frame)
    each = forecast_each(rows, PLAIN)
    for unit in range(4):
        own = np.flatnonzero(rows.unit == unit)
        alone = forecast(Rows(rows.y[own], rows.z[own], np.zeros(len(own), dtype=np.int64), rows.place[own]), PLAIN)
        np.testing.assert_array_equal(each.model[rows.unit[each.row] == unit], alone.model)
    assert (np.diff(each.row) > 0).all()


def drawn(seed, n_firms=3, n_places=40):
    rng = np.random.default_rng(seed)
    place, unit = (grid.ravel() for grid in np.meshgrid(np.arange(n_places), np.arange(n_firms), indexing="ij"))
    shown = rng.random(len(place)) > 0.15
    return Rows(rng.standard_normal(len(place)), rng.standard_normal((len(place), 2)), unit, place).where(shown)


def keeps_the_law(make, rows, gap, day, rng):
    """Whether forecasts up to a day stay what they are when all that is not known on that day is another."""
    y, z = rows.y.copy(), rows.z.copy()
    unknown, later = rows.place > day - gap, rows.place > day
    y[unknown] = 100 * rng.standard_normal(unknown.sum())
    z[later] = 100 * rng.standard_normal((later.sum(), z.shape[1]))
    before, after = make(rows), make(replace(rows, y=y, z=z))
    told = [made.row[rows.place[made.row] <= day] for made in (before, after)]
    n = len(told[0])
    return np.array_equal(*told) and all(
        np.array_equal(getattr(before, name)[:n], getattr(after, name)[:n])
        for name in ("model", "benchmark", "restricted", "variance")
    )


LAWFUL = replace(
    PLAIN, sessions=12, min_rows=6, nested=1, signs=np.array([0.0, 1.0]), cut=np.array([True, True]), cut_y=True
)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    seed=st.integers(0, 10_000), gap=st.integers(1, 4), every=st.integers(1, 9), day=st.integers(12, 39),
    kind=st.sampled_from(["expanding", "rolling"]), make=st.sampled_from([forecast, forecast_each]),
)  # fmt: skip
def test_what_is_not_known_by_a_day_does_not_move_its_forecast(seed, gap, every, day, kind, make):
    windows = replace(LAWFUL, gap=gap, every=every, kind=kind)
    assert keeps_the_law(lambda rows: make(rows, windows), drawn(seed), gap, day, np.random.default_rng(seed))


def leaks_an_outcome(rows):
    return forecast(rows, replace(LAWFUL, gap=1, every=1))


def leaks_tomorrows_regressor(rows):
    moved = rows.z.copy()
    moved[:-3] = rows.z[3:]
    return forecast(replace(rows, z=moved), replace(LAWFUL, gap=2, every=1))


def leaks_quantiles_of_all_rows(rows):
    bounds = module._bounds
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_bounds", lambda columns, cut, winsor: bounds(rows.z[:, : len(cut)], cut, winsor))
        return forecast(rows, replace(LAWFUL, gap=2, every=1))


@pytest.mark.parametrize("leak", [leaks_an_outcome, leaks_tomorrows_regressor, leaks_quantiles_of_all_rows])
@pytest.mark.parametrize("seed", range(5))
def test_the_law_finds_a_leak_of_one_day(leak, seed):
    rng = np.random.default_rng(seed)
    assert keeps_the_law(lambda rows: forecast(rows, replace(LAWFUL, gap=2, every=1)), drawn(seed), 2, 25, rng)
    assert not keeps_the_law(leak, drawn(seed), 2, 25, rng)


def test_every_outcome_that_is_known_is_used():
    rows = drawn(0)
    windows = replace(LAWFUL, gap=2, every=1)
    y = rows.y.copy()
    y[rows.place == 23] += 1.0
    before, after = (forecast(replace(rows, y=values), windows) for values in (rows.y, y))
    on = rows.place[before.row] == 25
    assert (before.model[on] != after.model[on]).all()


def test_rows_without_a_forecast_are_counted_with_their_reason():
    rows = drawn(1)
    flat = rows.z.copy()
    flat[rows.place < 20, 1] = rows.unit[rows.place < 20]
    made = forecast(replace(rows, z=flat), replace(LAWFUL, every=5))
    assert made.left == {
        "a regressor does not vary within firms in the window": int(np.isin(rows.place, range(12, 22)).sum())
    }
    twice = np.column_stack([rows.z[:, 0], 2 * rows.z[:, 0]])
    assert list(forecast(replace(rows, z=twice), replace(LAWFUL, cut=np.zeros(2, dtype=bool))).left) == [
        "regressors repeat one another in the window"
    ]
    late = rows.where((rows.unit != 1) | (rows.place >= 20))
    left = forecast(late, replace(LAWFUL, every=1)).left["too few rows of the firm in the window"]
    arrived = np.flatnonzero(late.unit == 1)
    assert 0 < left <= 8
    assert left == (np.arange(len(arrived)) < LAWFUL.min_rows).sum()


def test_columns_are_cut_at_the_quantiles_of_the_window():
    """One window, and the same forecasts from columns that were cut by hand."""
    rows = drawn(3, n_firms=1)
    windows = replace(LAWFUL, every=40, sessions=25)
    past = rows.place < 25
    z = np.column_stack([np.clip(c, *np.quantile(c[past], [0.05, 0.95])) for c in rows.z.T])
    y = np.where(past, np.clip(rows.y, *np.quantile(rows.y[past], [0.05, 0.95])), rows.y)
    by_hand = forecast(Rows(y, z, rows.unit, rows.place), replace(windows, cut=np.zeros(2, dtype=bool), cut_y=False))
    made = forecast(rows, windows)
    np.testing.assert_allclose(made.model, by_hand.model, rtol=1e-12)
    np.testing.assert_allclose(made.benchmark, by_hand.benchmark, rtol=1e-12)
    assert np.abs(made.model - forecast(rows, replace(windows, cut_y=False)).model).max() > 1e-6


def test_a_slope_of_the_wrong_sign_is_taken_as_zero():
    rng = np.random.default_rng(0)
    x = rng.standard_normal(60)
    rows = Rows(-x + 0.1 * rng.standard_normal(60), x[:, None], np.zeros(60, dtype=np.int64), np.arange(60))
    one = replace(LAWFUL, nested=0, cut=np.zeros(1, dtype=bool), cut_y=False)
    held, free = (forecast(rows, replace(one, signs=np.array([sign]))) for sign in (1.0, -1.0))
    np.testing.assert_array_equal(held.restricted, held.benchmark)
    np.testing.assert_array_equal(free.restricted, free.model)
