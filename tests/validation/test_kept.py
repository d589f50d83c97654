"""Draws that were done are kept: a run that was stopped goes on, and gives what an unbroken one gives."""

import math

import numpy as np
import pytest

from tests.validation import kept as module
from tests.validation.kept import Kept, file_name


def draws(first, last):
    for number in range(first, last):
        rng = np.random.default_rng(number)
        yield {("spec", "a"): [rng.random(), math.nan], ("set", "a"): [float(number), math.inf]}


def write(kept, first, last):
    return sum(1 for _ in kept.add(draws(first, last), first))


def same(one, other):
    assert [list(draw) for draw in one] == [list(draw) for draw in other]
    for left, right in zip(one, other, strict=True):
        for key in left:
            np.testing.assert_array_equal(left[key], right[key])


def test_a_stopped_run_goes_on_where_it_was(tmp_path):
    kept = Kept(tmp_path / "deep" / file_name("reading, 12 firms"), 0)
    assert kept.path.name == "reading-12-firms.jsonl"
    assert kept.read() == []
    running = kept.add(draws(0, 9), 0)
    for _ in range(4):
        next(running)
    running.close()
    same(kept.read(), list(draws(0, 4)))
    assert write(kept, 4, 9) == 5
    same(kept.read(), list(draws(0, 9)))


@pytest.mark.parametrize("cut", [1, 20])
def test_a_line_that_was_cut_off_is_drawn_again(tmp_path, cut):
    kept = Kept(tmp_path / "d.jsonl", 0)
    write(kept, 0, 3)
    kept.path.write_bytes(kept.path.read_bytes()[:-cut])
    same(kept.read(), list(draws(0, 2)))
    write(kept, 2, 3)
    same(kept.read(), list(draws(0, 3)))


def test_draws_of_other_code_or_another_seed_do_not_count(tmp_path, monkeypatch):
    kept = Kept(tmp_path / "d.jsonl", 0)
    write(kept, 0, 3)
    assert Kept(kept.path, 1).read() == []
    monkeypatch.setattr(module, "_digest", lambda: "other")
    assert kept.read() == []
    write(kept, 0, 1)
    same(kept.read(), list(draws(0, 1)))
