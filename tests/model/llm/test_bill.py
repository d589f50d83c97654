import pytest
from hypothesis import given
from hypothesis import strategies as st

from emtract.annotator import LlmSettings
from emtract.errors import ModelError
from emtract.model.llm.answers import Answer
from emtract.model.llm.bill import Bill, duration, forecast, price

PRICED = LlmSettings(price_in=2.0, price_out=10.0, parallel=4)


def expected(settings=PRICED, usual=None, texts=1_000):
    return forecast(settings, texts=texts, characters=100 * texts, usual=usual, task_characters=1_500)


def test_the_first_forecast_rests_on_characters_and_the_next_on_answers():
    first = expected()
    assert (first.tokens_in, first.tokens_out, first.seconds) == (400_000, 70_000, None)
    assert first.price == pytest.approx(0.8 + 0.7)
    later = expected(usual=(500.0, 60.0, 2.0))
    assert (later.tokens_in, later.tokens_out, later.seconds) == (500_000, 60_000, 500)
    assert later.told() == "1,000 to ask, about 560,000 tokens, price about 1.60, about 8 min"
    assert "no price stated, time not known yet" in expected(LlmSettings()).told()


def test_a_server_that_counts_no_tokens_still_tells_the_time():
    found = expected(usual=(0.0, 0.0, 2.0))
    assert (found.tokens_in, found.seconds) == (400_000, 500)


@given(st.integers(0, 10**7), st.integers(0, 10**7), st.integers(0, 10**7))
def test_prices_add_up(one, two, out):
    assert price(PRICED, one + two, out) == pytest.approx(price(PRICED, one, 0) + price(PRICED, two, out))
    assert price(LlmSettings(), one, out) is None


def test_what_was_asked_is_told():
    bill = Bill(PRICED)
    assert bill.told() == ()
    bill.known, bill.seconds = 3, 61.0
    bill.count(Answer((1.0,) * 7, None, 1_000_000, 100_000))
    bill.unread["the model refused"] += 2
    assert bill.told() == (
        "texts asked: 1; answers that were on disk: 3",
        "1,000,000 tokens asked and 100,000 answered, 61 s, price 3.0000 at the prices stated",
        "texts without a score, none of them guessed: 2 (2 the model refused)",
    )


def test_a_budget_stops_and_needs_prices():
    bill = Bill(LlmSettings(price_in=1.0, budget=0.5))
    bill.check_budget()
    bill.count(Answer(None, "x", 500_000, 0))
    with pytest.raises(ModelError, match=r"budget of 0.50 is spent \(texts asked: 1\)"):
        bill.check_budget()
    with pytest.raises(ModelError, match="needs prices"):
        Bill(LlmSettings(budget=1.0)).check_budget()


@pytest.mark.parametrize(("seconds", "told"), [(5, "5 s"), (600, "10 min"), (9_000, "2.5 h")])
def test_durations(seconds, told):
    assert duration(seconds) == told
