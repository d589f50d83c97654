"""Long work within an estimate says how far it has come, to whoever listens, and gives the same numbers to nobody."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emtract.console.voice import progress_bars
from emtract.econometrics.regression.estimate import estimate
from emtract.progress import counted, heard_by
from tests.report.study.test_inference import SPEC, simulated


@given(st.lists(st.integers(), max_size=8))
def test_items_pass_and_are_counted_up_to_all_of_them(items):
    told = []
    with heard_by(lambda *step: told.append(step)):
        assert list(counted("work", items)) == items
    assert told == [("work", done, len(items)) for done in range(len(items) + 1)]
    assert list(counted("work", items)) == items and len(told) == len(items) + 1


def test_a_listener_within_another_hears_alone_and_gives_back():
    one, other = [], []
    with heard_by(lambda *step: one.append(step)):
        with heard_by(lambda *step: other.append(step)), pytest.raises(KeyError):
            for _ in counted("inner", "ab"):
                raise KeyError
        list(counted("outer", "a"))
    assert [what for what, *_ in one] == ["outer"] * 2
    assert other == [("inner", 0, 2)]


def test_a_bootstrap_counts_its_coefficients():
    panel, told = simulated({"happy_market": 4000.0}), []
    spec = replace(SPEC, bootstrap="wild", draws=99)
    with heard_by(lambda *step: told.append(step)):
        heard = estimate(spec, panel)
    terms = len(spec.regressors)
    assert told == [("bootstrap", done, terms) for done in range(terms + 1)]
    assert heard.tidy().equals(estimate(spec, panel).tidy())


def test_the_bars_of_a_verb_listen(monkeypatch):
    with progress_bars(shown=False) as progress:
        progress("stage", 0, 2)
        assert list(counted("within", "ab")) == ["a", "b"]
