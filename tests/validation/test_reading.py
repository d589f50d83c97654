"""Posts that are misread: every design draws, and what each row is judged by."""

from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from tests.validation.coverage import BOTH, READ, TRANSPORT, one_draw
from tests.validation.reading import DESIGNS, draw


def smaller(design):
    """The same design in a smaller world."""
    case = design.draw.keywords["case"]
    world = replace(case.world, n_firms=12, n_sessions=30)
    return replace(design, draw=partial(draw, case=replace(case, world=world)))


@pytest.mark.parametrize("design", DESIGNS, ids=lambda design: design.name)
def test_a_draw_gives_what_the_design_names(design):
    found = one_draw(design, smaller(design).draw(np.random.default_rng(1)))
    assert {name for name, _ in found} == set(design.specs) == set(design.targets)
    assert found[TRANSPORT, "readings"].covered in {0.0, 1.0}
    of = BOTH if "both" in design.specs else READ
    point, kept = (next(name for name, what in of.items() if what == wanted) for wanted in ("corrected", "set"))
    for term in design.specs[point].x:
        assert found[point, term].truth == found[kept, term].truth
        assert found[kept, term].covered in {0.0, 1.0}


def test_tags_that_do_not_travel_are_seen_and_those_that_do_are_not():
    told = {}
    for design in DESIGNS:
        if design.name in ("reading, valence", "reading, tags do not travel"):
            case = design.draw.keywords["case"]
            drawn = draw(np.random.default_rng(4), case=replace(case, world=replace(case.world, n_sessions=30)))
            asked = replace(drawn, truth={key: value for key, value in drawn.truth.items() if key[0] == TRANSPORT})
            told[design.name] = one_draw(design, asked)[TRANSPORT, "readings"].rejected
    assert told == {"reading, valence": 0.0, "reading, tags do not travel": 1.0}
