"""Slopes by tags of a probability sample: the published equations, and the truth from a reader who is wrong on purpose."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from emtract.econometrics.measurement.designed import TaggedCells, correct_by_tags, tagged_moments
from emtract.econometrics.regression.estimate import estimate
from emtract.econometrics.regression.spec import Spec
from emtract.emotions import EMOTIONS
from tests.worlds.cells import CellWorld, simulate_cells

FIRMS, SESSIONS, TRUTH = 30, 40, 2.0


def world(rng, drawn=300):
    """Tags move an outcome; the reader leans to what the outcome is, so that any correction without tags is wrong."""
    n = FIRMS * SESSIONS
    firm, session = np.divmod(np.arange(n), SESSIONS)
    tag = (rng.random(n) < 0.4).astype(float)
    y = TRUTH * tag + rng.standard_normal(FIRMS)[firm] + rng.standard_normal(SESSIONS)[session] + rng.standard_normal(n)
    read = 0.9 * tag - 0.15 * y + 0.5 + 0.3 * rng.standard_normal(n)
    at = np.sort(rng.choice(n, drawn, replace=False))
    joint = np.full((drawn, drawn), drawn * (drawn - 1) / (n * (n - 1)))
    np.fill_diagonal(joint, drawn / n)
    return firm, session, tag, y, read, at, joint


def within(columns):
    cube = columns.reshape(FIRMS, SESSIONS, -1)
    left = cube - cube.mean(axis=1, keepdims=True) - cube.mean(axis=0, keepdims=True) + cube.mean(axis=(0, 1))
    return left.reshape(len(columns), -1)


def corrected(rng, drawn=300, lean=0.0):
    firm, session, tag, y, read, at, joint = world(rng, drawn)
    unit = np.zeros((len(y), drawn))
    unit[at, np.arange(drawn)] = 1.0
    apart = (tag - read - lean)[at][:, None]
    return tagged_moments(
        within(read[:, None] + lean), within(y[:, None])[:, 0], at=at, maker=within(unit)[at], apart=apart,
        products=apart[:, :, None] * apart[:, None], joint=joint, clusters=[firm, session],
    )  # fmt: skip


def test_the_truth_comes_back_from_a_reader_whose_errors_go_with_the_outcome():
    told = [corrected(rng) for rng in np.random.default_rng(1).spawn(200)]
    values, errors = np.array([(v[0], np.sqrt(c[0, 0])) for v, c, _ in told]).T
    naive = np.mean([plain[0] for _, _, plain in told])
    assert abs(values.mean() - TRUTH) < 3 * values.std() / np.sqrt(200) + 0.01 * TRUTH
    assert abs(naive - TRUTH) > 0.3
    assert np.mean(np.abs(values - TRUTH) < 1.96 * errors) > 0.89
    assert 0.85 < errors.mean() / values.std() < 1.25


def test_of_all_tags_it_is_the_regression_on_tags():
    n = FIRMS * SESSIONS
    _, _, tag, y, *_ = world(np.random.default_rng(2))
    found = corrected(np.random.default_rng(2), drawn=n)
    x, z = within(tag[:, None]), within(y[:, None])[:, 0]
    assert found[0][0] == pytest.approx(float(x[:, 0] @ z / (x[:, 0] @ x[:, 0])))


def test_a_misreading_that_is_the_same_everywhere_costs_nothing():
    one, two = (corrected(np.random.default_rng(3), lean=lean) for lean in (0.0, 5.0))
    np.testing.assert_allclose(one[0], two[0])
    np.testing.assert_allclose(one[1], two[1])


def test_without_effects_it_is_design_based_supervised_learning():
    """Egami and others (2023): least squares on the design-adjusted products, a row at a time."""
    rng = np.random.default_rng(4)
    n, s = 400, 90
    x, tag, y = rng.standard_normal((n, 1)), rng.standard_normal((n, 1)), rng.standard_normal(n)
    at = np.sort(rng.choice(n, s, replace=False))
    joint = np.full((s, s), (s / n) ** 2)
    np.fill_diagonal(joint, s / n)
    apart = tag[at] - x[at]
    apart -= apart.mean(axis=0)
    chosen = np.zeros(n)
    chosen[at] = n / s
    mean = (tag[at] - x[at]).mean()
    other = tag - mean
    xx = x**2 + chosen[:, None] * (other**2 - x**2)
    xy = x[:, 0] * y + chosen * (other[:, 0] - x[:, 0]) * y
    found = tagged_moments(
        x, y, at=at, maker=np.eye(s), apart=apart, products=apart[:, :, None] * apart[:, None], joint=joint,
        clusters=[np.arange(n)],
    )  # fmt: skip
    assert found[0][0] == pytest.approx(xy.sum() / xx.sum())


def test_of_a_product_the_tags_of_all_cells_give_the_regression_on_tags():
    """What a characteristic multiplies a mood with, it multiplies tag less reading with, in each row."""
    panel = simulate_cells(np.random.default_rng(5), CellWorld(n_firms=8, n_sessions=15, texts=4)).panel
    cells = panel.data.select("symbol", "session")
    apart = 0.1 * np.random.default_rng(6).standard_normal((cells.height, 7))
    tagged = TaggedCells(
        cells, "market", apart, apart[:, :, None] * apart[:, None], np.ones((cells.height, cells.height))
    )
    spec = Spec(
        y="return_open_close", x=("happy_market", "happy_market:size"), effects=("symbol", "session"),
        covariance="clustered", clusters=("symbol", "session"), small_sample="fixest",
    )  # fmt: skip
    tags = panel.data.with_columns(pl.col("happy_market") + pl.Series(apart[:, EMOTIONS.index("happy")]))
    wanted = estimate(spec, replace(panel, data=tags))
    found = correct_by_tags(spec, panel, tagged).table
    np.testing.assert_allclose(found["estimate"], wanted.coefficients, rtol=1e-7)
