import pytest

from emtract.text import clean, clean_post
from tests.benchmarks.cleaner import HOSTILE, LONG, forget, hostile, measure_cleaner
from tests.benchmarks.posts import Posts


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_strings_have_the_length_asked_for(name):
    assert len(hostile(name, LONG)) == LONG


def test_escapes_hide_one_another():
    assert hostile("escaped ampersands", 13) == "&amp;amp;amp;"


def test_forgetting_empties_the_memory_of_chunks():
    clean_post("something unheard of")
    assert clean._reader().cache_info().currsize > 0
    forget()
    assert clean._reader().cache_info().currsize == 0


def test_rows_and_distinct_bodies_are_both_timed():
    rows = measure_cleaner(Posts("x", ("up", "up", "down")), 2)
    assert [row.note.split(" posts")[0] for row in rows] == ["3", "3", "2", "2"]
    assert all(row.value > 0 for row in rows)
