"""The figure of the house is drawn from the code, and the walk through it names functions where they stand."""

import re
from importlib import import_module

import pytest

from tests.conftest import LONGEST
from tests.house import PAGE, ROOMS, house

TEXT = PAGE.read_text(encoding="utf-8")
WALK = TEXT.partition("## A walk")[2].partition("\n## ")[0]
NAMED = re.findall(r"`((?:\w+\.)+\w+):([\w.]+)`", WALK)


def test_the_figure_shows_every_room_and_arrow_of_the_code():
    """Counts of files and lines move with every commit; the rooms and what they import do not."""
    arrows = re.compile(r"^    \w+ --> \w+$", re.MULTILINE)
    assert arrows.findall(TEXT) == arrows.findall(house()), "draw it again: python -m tests.house"


def test_the_walk_passes_every_room():
    assert len(NAMED) > 30
    assert set(ROOMS) - {"synthetic"} <= {module.split(".")[0] for module, _ in NAMED}


@pytest.mark.parametrize(("module", "name"), NAMED, ids=[":".join(named) for named in NAMED])
def test_a_function_of_the_walk_stands_where_it_is_said_to_stand(module, name):
    thing = import_module(f"emtract.{module}")
    for part in name.split("."):
        thing = getattr(thing, part)
    assert callable(thing)
    assert thing.__module__ == f"emtract.{module}"


def test_the_files_that_go_first_are_there():
    assert [path for path in LONGEST if not (PAGE.parent / path).is_file()] == []
