"""Firms judged alone and together: no firm is picked for having been lucky."""

import numpy as np
import pytest

from emtract.econometrics.analyses.forecast.accuracy import Losses, clark_west, out_of_sample
from emtract.econometrics.analyses.forecast.firms import ABOVE, BEAT, MEDIAN, by_firm, firm_rows
from emtract.econometrics.estimates import holm
from emtract.econometrics.newey_west import rule_of_thumb_lags


def judged(effects, n=80, least=60):
    """Firms whose forecasts carry so much of the outcome; the last has too few sessions."""
    rng = np.random.default_rng(0)
    count = len(effects)
    unit, place = np.repeat(np.arange(count), n), np.tile(np.arange(n), count)
    signal = rng.standard_normal(count * n)
    y = np.repeat(effects, n) * signal + rng.standard_normal(count * n)
    kept = (unit < count - 1) | (place < least - 1)
    options = {"unit": unit[kept], "place": place[kept], "names": list("ABCDEFGH")[:count]}
    model = 0.3 * signal[kept]
    return by_firm(y[kept], model, np.zeros(kept.sum()), **options, least=least, lags=None, overlap=0), y[kept], model


def test_each_firm_has_the_numbers_of_its_own_forecasts():
    firms, y, model = judged([0.0, 0.6, 0.0, 0.0])
    assert firms["estimate"].to_list() == sorted(firms["estimate"])
    assert set(firms["symbol"]) == {"A", "B", "C"}
    row = firms.filter(symbol="B").row(0, named=True)
    losses = Losses.of(y[80:160], model[80:160], np.zeros(80), np.arange(80))
    lags = rule_of_thumb_lags(80)
    assert row["estimate"] == pytest.approx(out_of_sample(losses, lags=lags).estimate)
    assert row["p_value"] == pytest.approx(clark_west(losses, lags=lags)["p_value"])
    np.testing.assert_allclose(firms["p_holm"], holm(firms["p_value"]))


def test_what_holds_over_firms_counts_each_once():
    firms, _, _ = judged([0.0, 0.6, 0.0, 0.0, 0.0])
    above, median, beat = firm_rows(firms)
    assert [row["term"] for row in (above, median, beat)] == [ABOVE, MEDIAN, BEAT]
    assert above["estimate"] == (firms["estimate"] > 0).sum()
    assert median["estimate"] == pytest.approx(firms["estimate"].median())
    assert beat["estimate"] == 1
    assert beat["p_value"] == firms["p_holm"].min()
    assert {row["n_obs"] for row in (above, median, beat)} == {4}


def test_holm_by_hand():
    """Three times the smallest, twice the second, and never less than those before."""
    np.testing.assert_allclose(holm([0.01, 0.04, 0.03]), [0.03, 0.06, 0.06])
    np.testing.assert_allclose(holm([0.5, 0.9]), [1.0, 1.0])
    assert holm([]).size == 0
