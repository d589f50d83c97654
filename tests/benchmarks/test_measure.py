import itertools

import pytest

from tests.benchmarks.measure import Timing, alternate, number, ratio, significant


def test_contenders_take_turns_and_each_call_is_timed_alone():
    called, ticks = [], itertools.count()
    contenders = {name: lambda name=name: called.append(name) for name in ("a", "b")}
    timed = alternate(contenders, 3, clock=lambda: float(next(ticks)), before=lambda: called.append("-"))
    assert "".join(called) == "-a-b" * 3
    assert timed == {"a": Timing((1.0, 1.0, 1.0)), "b": Timing((1.0, 1.0, 1.0))}


def test_progress_ends_at_the_number_of_calls():
    seen = []
    alternate({"a": int, "b": int}, 2, progress=lambda *at: seen.append(at))
    assert seen == [(1, 4), (2, 4), (3, 4), (4, 4)]


def test_a_rate_is_that_of_the_median_and_its_note_tells_the_spread():
    row = Timing((1.0, 4.0, 2.0)).row("x", 400, "posts/s", "400 posts")
    assert (row.value, row.unit) == (200, "posts/s")
    assert row.note == "400 posts; 100 to 400 in 3 repetitions"


def test_a_ratio_pairs_the_rounds():
    row = ratio("x", Timing((1.0, 2.0, 1.0)), Timing((10.0, 22.0, 90.0)), "why")
    assert row.value == 11
    assert row.note == "why; 10 to 90 in 3 rounds"


@pytest.mark.parametrize(("value", "kept"), [(1234567.8, 1234568), (0.123456, 0.1235), (12.3456, 12.35), (0, 0)])
def test_four_digits_count(value, kept):
    assert significant(value) == kept


def test_numbers_are_written_for_readers():
    assert [number(v) for v in (12345.6, 7, 0.01234, "AMD")] == ["12,346", "7", "0.0123", "AMD"]
