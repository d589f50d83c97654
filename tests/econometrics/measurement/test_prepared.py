"""Rows of a regression with noise: differences of moods are the same regression turned, and overlap is Thompson's estimator."""

from dataclasses import replace

import numpy as np
import pytest

from emtract.econometrics.measurement.correct import corrected
from emtract.econometrics.measurement.prepared import prepare
from emtract.econometrics.regression.covariance import thompson
from emtract.econometrics.regression.estimate import influence
from emtract.emotions import NON_NEUTRAL
from emtract.panel.frame import Sample
from tests.econometrics.measurement.test_correct import SPEC
from tests.worlds.cells import CellWorld, simulate_cells

SIX = tuple(f"{emotion}_market" for emotion in NON_NEUTRAL)


@pytest.fixture(scope="module")
def rows():
    world = simulate_cells(np.random.default_rng(8), CellWorld(n_firms=40, n_sessions=60, texts=12, shared=0.3))
    return prepare(replace(SPEC, x=SIX), world.panel)


def test_a_difference_is_that_of_the_corrected_coefficients(rows):
    """Point, standard error and statistic of a difference, against those of the coefficients that it is taken of."""
    pairs = (("happy_market", "sad_market"), ("anger_market", "fear_market"))
    found, apart = corrected(rows), corrected(rows.contrast(pairs))
    assert apart.terms[0] == "happy_market - sad_market"
    for first, second in pairs:
        a, b = (found.terms.index(name) for name in (first, second))
        scale = np.sqrt((rows.unit[a] ** 2 + rows.unit[b] ** 2) / 2)
        j = apart.terms.index(f"{first} - {second}")
        assert apart.coefficients[j] == pytest.approx(scale * (found.coefficients[a] - found.coefficients[b]))
        assert apart.plain[j] == pytest.approx(scale * (found.plain[a] - found.plain[b]))
        of = np.zeros(6)
        of[a], of[b] = scale, -scale
        assert apart.covariance[j, j] == pytest.approx(of @ found.covariance @ of)
        kept = apart.terms.index(second)
        assert apart.coefficients[kept] == pytest.approx(found.coefficients[b])
    values = np.arange(1.0, 7.0)
    turned = values / apart.unit
    for first, second in pairs:
        a, b = (found.terms.index(name) for name in (first, second))
        scale = np.sqrt((rows.unit[a] ** 2 + rows.unit[b] ** 2) / 2)
        turned[b] = values[b] / rows.unit[b]
        turned[a] = scale * (values[a] / rows.unit[a] - turned[b])
    one, _ = found.moments.statistic(values)
    other, _ = apart.moments.statistic(turned * apart.unit)
    assert one == pytest.approx(other), "the test of all coefficients is that of the same hypothesis"


def test_uncorrected_estimates_are_the_regression_s(rows):
    values, errors = rows.plain
    np.testing.assert_allclose(values, rows.naive.coefficients[rows.places], rtol=1e-8)
    np.testing.assert_allclose(errors, rows.naive.std_errors[rows.places], rtol=1e-6)


def test_overlapping_outcomes_take_thompson_s_estimator(rows):
    """The error of the plain coefficients is that of their influences, which projections sum by themselves."""
    wide = replace(rows, overlap=4)
    fit = influence(rows.naive.spec, Sample(rows.sample))
    firm, session = (rows.design.clusters[name] for name in ("symbol", "session"))
    told = thompson(fit.psi[:, rows.places], firm, session, 4)
    assert (np.diag(told) > 0).all()
    np.testing.assert_allclose(wide.plain[1], np.sqrt(np.diag(told)), rtol=1e-6)
    assert not np.allclose(wide.plain[1], rows.plain[1], rtol=1e-3)
    eigen = np.linalg.eigvalsh(wide.middles(rows.x * rows.y[:, None])[1])
    assert (eigen > 0).all(), "without the rows of one firm it is always a covariance"


def test_degrees_of_freedom_are_at_most_those_named():
    world = simulate_cells(np.random.default_rng(2), CellWorld(n_firms=30, n_sessions=40))
    assert prepare(SPEC, world.panel).df == 29
    assert prepare(SPEC, world.panel, df=7).df == 7
    assert prepare(SPEC, world.panel, df=700).df == 29
    assert prepare(replace(SPEC, small_sample="none"), world.panel, df=7).df is None
