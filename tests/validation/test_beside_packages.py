"""Other packages' designs: what their words say of a share, and the table that is written."""

import numpy as np
import pytest

from emtract.errors import ConfigError
from tests.validation import beside_packages as beside

WORDS = np.array([[0.5, 0.3, 0.1, 0.1], [0.1, 0.1, 0.3, 0.5]])


@pytest.fixture(scope="module")
def documents():
    rng = np.random.default_rng(4)
    return beside.draw_documents(rng, rng.random(900), np.full(900, 30), WORDS)


def test_a_word_says_the_share_on_average(documents):
    for share in (0.0, 0.4, 1.0):
        chance = share * WORDS[0] + (1 - share) * WORDS[1]
        assert chance @ beside.word_readings(WORDS) == pytest.approx(share)
    error = documents.means - documents.shares
    assert abs(error.mean()) < 4 * error.std() / np.sqrt(len(error))


def test_the_correction_undoes_what_few_words_do():
    rng = np.random.default_rng(5)
    told = [beside.corrected(beside.draw_documents(rng, rng.random(900), np.full(900, 4), WORDS)) for _ in range(20)]
    naive, corrected = (np.mean([each[name][0] for each in told]) for name in ("naive", "emtract, corrected"))
    error = np.std([each["emtract, corrected"][0] for each in told]) / np.sqrt(20)
    assert naive < 0.8 * beside.EFFECT
    assert abs(corrected - beside.EFFECT) < 3 * error
    assert {each["emtract, set"][2] for each in told} <= {0.0, 1.0}


def test_documents_of_one_word_are_of_no_use_to_the_correction():
    rng = np.random.default_rng(6)
    some = beside.draw_documents(rng, rng.random(300), rng.integers(1, 4, 300), WORDS)
    panel = beside.to_panel(some)
    assert (panel.noise.cells["n_units"].to_numpy() == some.counts).all()
    np.testing.assert_allclose(panel.data["happy_market"].to_numpy(), some.means)


def test_the_table_counts_draws_without_a_point():
    nan = float("nan")
    drawn = [{"a": (1.0, 0.5, 1.0), "b": (nan, nan, 1.0)}, {"a": (3.0, 0.5, 0.0), "b": (nan, nan, 0.0)}]
    drawn.append({"a": (nan, nan, nan), "b": (nan, nan, 1.0)})
    table = beside.summarise("design", 2.5, drawn)
    a, b = table.rows(named=True)
    assert (a["mean"], a["coverage"], a["draws"], a["refused"]) == (2.0, 0.5, 2, 1)
    assert a["bias_percent"] == pytest.approx(-20)
    assert b["draws"] == 3
    assert b["coverage"] == pytest.approx(2 / 3)


class Powered:
    """In place of ppi_py, which tests do without."""

    @staticmethod
    def ppboot(*args, **kwargs):
        return 0.9, 1.2


def test_labels_misread_by_the_outcome_break_what_assumes_they_are_not_and_not_what_rests_on_checks(monkeypatch):
    monkeypatch.setattr(beside, "ROWS", 4000)
    told = {}
    for by_outcome in (False, True):
        rng, drawn = np.random.default_rng(8), []
        for _ in range(12):
            outcome, label, truth = beside.draw_labels(rng, by_outcome=by_outcome)
            known = np.arange(len(outcome)) >= beside.ROWS
            drawn.append(beside.by_reading(outcome, label, truth, known))
            drawn[-1] |= beside.by_checks(rng, outcome, label, truth, known, Powered)
        told[by_outcome] = {name: np.array([d[name] for d in drawn]) for name in drawn[0]}
    for by_outcome, found in told.items():
        design, tags = found["design-based, published equations"], found["emtract, by tags"]
        assert abs(design[:, 0].mean() - 1) < 0.08 and abs(tags[:, 0].mean() - 1) < 0.08
        np.testing.assert_allclose(design[:, 0], tags[:, 0], atol=0.01)
        assert bool(abs(found["emtract, by reading"][:, 0].mean() - 1) > 0.15) is by_outcome
        assert bool(found["differential error not seen"][:, 2].mean() < 0.5) is by_outcome


def test_a_package_that_is_absent_is_named(monkeypatch):
    def absent(name):
        raise ModuleNotFoundError(f"No module named {name!r}", name=name)

    monkeypatch.setattr(beside, "import_module", absent)
    with pytest.raises(ConfigError, match="ValidMLInference is not installed: pip install ValidMLInference ppi-python"):
        beside.designs()
