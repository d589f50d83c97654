"""Petersen's design: errors that follow the dependence know the truth, others do not."""

import polars as pl
import pytest

from tests.reference.make_petersen import PANELS, STORED, simulate

RIGHT = {"independent": "robust", "firm effect": "firm", "session effect": "session", "both effects": "both"}


@pytest.fixture(scope="module")
def stored():
    table = pl.read_csv(STORED, comment_prefix="#")
    return {(row["panel"], row["errors"]): row for row in table.iter_rows(named=True)}


@pytest.mark.parametrize("panel", PANELS)
def test_many_draws_recover_the_true_error(stored, panel):
    row = stored[panel, RIGHT[panel]]
    assert 0.93 < row["ratio"] < 1.03
    assert 0.03 < row["rejected"] < 0.075


@pytest.mark.parametrize(
    ("panel", "errors"),
    [
        ("firm effect", "robust"),
        ("firm effect", "session"),
        ("session effect", "robust"),
        ("session effect", "firm"),
        ("both effects", "robust"),
        ("both effects", "firm"),
        ("both effects", "session"),
    ],
)
def test_errors_that_ignore_a_dependence_are_too_small(stored, panel, errors):
    row = stored[panel, errors]
    assert row["ratio"] < 0.86
    assert row["rejected"] > 0.09


@pytest.mark.parametrize("panel", ["firm effect", "both effects"])
def test_a_few_draws_agree_with_the_stored_many(stored, panel):
    pytest.importorskip("pyfixest")
    for errors, (ratio, _) in simulate(PANELS[panel], 8, 1).items():
        assert abs(ratio - stored[panel, errors]["ratio"]) < 0.12
