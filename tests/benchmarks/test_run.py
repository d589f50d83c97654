import pytest

from emtract.errors import ConfigError
from tests.benchmarks.posts import Posts
from tests.benchmarks.run import SECTIONS, Plan, run_benchmark

POSTS = Posts("x", ("up", "down"))


def test_an_unknown_section_is_an_error_that_names_the_known_ones():
    with pytest.raises(ConfigError, match="hostile"):
        run_benchmark(POSTS, only=["speed"])


def test_sections_come_in_order_the_machine_first():
    pytest.importorskip("torch", reason="the matrix rate needs the train extra")
    found = run_benchmark(POSTS, Plan(repeats=1, side=64), only=["cleaner"])
    assert list(found) == ["machine", "cleaner"]
    assert [name for name in SECTIONS if name in found] == list(found)
    rates = [row for row in found["machine"] if row.name.startswith("matrix rate")]
    assert [row.name for row in rates] == ["matrix rate, fp32", "matrix rate, int8"]
    assert all(row.value > 0 for row in rates)
