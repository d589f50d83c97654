"""A short form of the fuzzing of market files: the same few hundred files each time."""

import pytest

from .fuzz import attempt, run, seeds


@pytest.mark.parametrize("seed", seeds(), ids=lambda seed: f"{seed.format}:{seed.name}")
def test_what_the_damage_starts_from_is_read(seed, tmp_path):
    (tmp_path / "cusips.csv").write_text("cusip,symbol\n037833100,AAPL\n594918104,MSFT\n")
    assert attempt(seed, tmp_path) in {"read", "partly read"}


def test_damaged_files_are_refused_or_quarantined():
    ends = run(240)
    assert ends.total() == 240
    assert min(ends["read"], ends["partly read"], ends["refused"]) > 15
