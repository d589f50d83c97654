"""Moods of few posts: the designs draw, and naive, point and set stand beside each other."""

import numpy as np
import pytest

from tests.validation.coverage import COMPARED, one_draw
from tests.validation.measurement import DESIGNS
from tests.validation.table import missed


@pytest.mark.parametrize("design", DESIGNS[:1] + DESIGNS[2:3], ids=lambda design: design.name)
def test_a_draw_gives_three_numbers_a_mood(design):
    found = one_draw(design, design.draw(np.random.default_rng(1)))
    assert {name for name, _ in found} == set(COMPARED)
    naive, corrected, kept = (found[name, "happy_market"] for name in COMPARED)
    assert abs(naive.estimate) < abs(corrected.estimate)
    assert naive.std_error < corrected.std_error
    assert kept.covered in {0.0, 1.0}
    assert naive.truth == corrected.truth == kept.truth == 60.0


def test_only_the_set_has_a_target():
    import polars as pl

    row = {"coverage": 0.1, "rejection": 1.0, "is_null": False}
    table = pl.DataFrame([row | {"spec": name} for name in COMPARED])
    assert missed(table)["spec"].to_list() == ["set"]
