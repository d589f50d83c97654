"""No post takes work out of proportion to its length: other tools go from 0.2 s to 50 s on such strings.

Calls are counted, so that a busy machine cannot move the answer; `make bench` measures the time of the same strings.
"""

import pytest

from emtract.text import clean_post
from tests.benchmarks.cleaner import HOSTILE, HUGE, LONG, SHORT, hostile, operations


@pytest.mark.parametrize("name", HOSTILE)
def test_work_grows_in_proportion_to_length(name):
    """Ten times the characters take about ten times the calls; work that grows with the square takes a hundred times."""
    assert operations(name, LONG) <= 15 * operations(name, SHORT)


@pytest.mark.parametrize("name", ["emojis", "a letter without a blank", "escaped ampersands", "expanding ligatures"])
def test_a_megabyte_costs_no_more_than_its_beginning(name):
    assert operations(name, HUGE) <= operations(name, LONG) + 10
    assert clean_post(hostile(name, HUGE)) == clean_post(hostile(name, LONG))
