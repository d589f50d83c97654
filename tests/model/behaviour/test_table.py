"""Verdicts are counted: each failing case once, none that was not asked, and the same sums by capability."""

import numpy as np
import polars as pl
import pytest

from emtract.emotions import EMOTIONS
from emtract.model.behaviour.kinds import Functionality, Invariance
from emtract.model.behaviour.suite import Sheet
from emtract.model.behaviour.table import SCHEMA, by_capability, grade_all, side_by_side, texts_of, uncounted
from emtract.model.calibration import wilson

CASES = (("good",), ("bad\nnews",), ("so\x1bso",), ("fine",), ("well",))
CHANGED = (("good", "fine"), ("good", "so\x1bso"))
SHEETS = (
    Sheet(Functionality(capability="mood", name="glad", templates=("x",), allowed=("happy",)), CASES),
    Sheet(Functionality(capability="mood", name="not afraid", templates=("x",), forbidden=("fear",)), CASES[:2]),
    Sheet(Invariance(capability="change", name="none", templates=(("x", "y"),), bound=0.1), CHANGED),
)


def reading(**labels):
    """A reader that is sure of these labels, and sees joy elsewhere."""
    texts = texts_of(SHEETS)
    found = [labels.get(text.partition("\n")[0].partition("\x1b")[0], "happy") for text in texts]
    p = np.eye(len(EMOTIONS))[[EMOTIONS.index(label) for label in found]]
    return pl.DataFrame({"label": found, **dict(zip(EMOTIONS, p.T, strict=True))})


def graded(name="a@1", reads="emotions", **labels):
    return grade_all(SHEETS, reading(**labels), scorer=name, reads=reads)


def test_a_right_reader_fails_nothing_and_a_wrong_one_is_told_of():
    assert graded()["failed"].to_list() == [0, 0, 0]
    found = graded(bad="fear", so="sad")
    assert found.schema == pl.Schema(SCHEMA)
    assert found.select("n", "failed").rows() == [(5, 2), (2, 1), (2, 1)]
    assert found["failure_rate"].to_list() == [0.4, 0.5, 0.5]
    assert found.select("low", "high").row(0) == pytest.approx(wilson(2, 5))
    assert found["examples"][0] == r"bad\nnews (read as fear) | so\x1bso (read as sad)"
    assert found["examples"][2] == r"good ⇒ so\x1bso (happy, then sad, 1.00 apart)"


def test_a_row_shows_three_failing_cases_at_most():
    found = graded(good="sad", bad="sad", so="sad", fine="sad", well="sad")
    assert found["failed"][0] == 5 and found["examples"][0].count(" | ") == 2


def test_what_is_not_asked_of_a_reader_is_not_counted():
    found = graded("v@1", "valence")
    row = found.row(1, named=True)
    assert (row["cases"], row["n"], row["failed"], row["failure_rate"], row["low"]) == (2, 0, 0, None, None)
    assert uncounted(pl.concat([graded(), found])) == {"v@1": (2, 9)}


def test_capabilities_are_sums_of_their_checks_in_the_order_of_kinds():
    found = by_capability(pl.concat([graded(bad="fear"), graded("v@1", "valence")]))
    assert found.select("scorer", "capability", "kind", "cases", "n", "failed").rows() == [
        ("a@1", "mood", "MFT", 7, 7, 2),
        ("v@1", "mood", "MFT", 7, 5, 5),
        ("a@1", "change", "INV", 2, 2, 0),
        ("v@1", "change", "INV", 2, 2, 0),
    ]
    assert found.row(0)[6:] == pytest.approx((2 / 7, *wilson(2, 7)))


def test_scorers_stand_side_by_side_under_names_that_tell_them_apart():
    shown = side_by_side(pl.concat([graded("a@1"), graded("v@1", "valence"), graded("a@2", bad="fear")]))
    assert shown.columns == ["capability", "kind", "n", "a@1", "v", "a@2"]
    assert shown.row(0) == ("mood", "MFT", 7, "0.0\xa0%", "100.0\xa0% of 5", "28.6\xa0%")
