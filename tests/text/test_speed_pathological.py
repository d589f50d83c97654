"""No post is slow in proportion to more than its length: other tools go from 0.2 s to 50 s on such strings."""

import pytest

from emtract.benchmark.cleaner import HOSTILE, HUGE, LONG, growth, hostile, hostile_seconds
from emtract.text import clean_post


@pytest.mark.parametrize("name", HOSTILE)
def test_time_grows_in_proportion_to_length(name):
    """Ten times the characters take about ten times as long; time that grows with the square gives 10."""
    assert growth(name) < 5


@pytest.mark.parametrize("name", ["emojis", "a letter without a blank", "escaped ampersands", "expanding ligatures"])
def test_a_megabyte_costs_no_more_than_its_beginning(name):
    assert hostile_seconds(name, HUGE, repeats=1) < 4 * hostile_seconds(name, LONG)
    assert clean_post(hostile(name, HUGE)) == clean_post(hostile(name, LONG))
