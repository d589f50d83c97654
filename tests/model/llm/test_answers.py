import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emtract.emotions import EMOTIONS
from emtract.model.llm.answers import (
    CUT,
    EMPTY,
    MALFORMED,
    NO_SUM,
    REFUSED,
    Choice,
    Message,
    read_answer,
    read_choice,
    read_completion,
)
from emtract.model.llm.prompt import SUM_LEEWAY
from tests.model.llm.server import completion, seven


def said(content):
    return read_choice(Choice(Message(content)))


def test_seven_numbers_are_read_in_their_order():
    assert said(json.dumps(seven(happy=0.75, fear=0.25))) == (0, 0.75, 0, 0, 0, 0, 0.25)
    assert said(json.dumps(dict(reversed(seven(sad=1).items())))) == (0, 0, 1, 0, 0, 0, 0)


@given(st.lists(st.floats(0.01, 1), min_size=7, max_size=7), st.floats(1 - SUM_LEEWAY, 1 + SUM_LEEWAY))
def test_what_nearly_sums_to_one_is_divided_by_its_sum(weights, total):
    told = [weight / sum(weights) * total for weight in weights]
    if max(told) > 1:
        return
    found = said(json.dumps(dict(zip(EMOTIONS, told, strict=True))))
    if isinstance(found, str):  # at the edge, by a rounding
        assert found == NO_SUM and abs(abs(sum(told) - 1) - SUM_LEEWAY) < 1e-9
    else:
        assert sum(found) == pytest.approx(1) and found == pytest.approx([value / sum(told) for value in told])


@pytest.mark.parametrize(
    "numbers", [dict.fromkeys(EMOTIONS, 0), dict.fromkeys(EMOTIONS, 1), dict.fromkeys(EMOTIONS, 0.33)]
)
def test_what_does_not_sum_is_not_mended(numbers):
    assert said(json.dumps(numbers)) == NO_SUM


GOOD = seven(happy=1)
HOSTILE = {
    "prose": "The writer is happy.",
    "prose around": f"Sure! {json.dumps(GOOD)}",
    "fenced": f"```json\n{json.dumps(GOOD)}\n```",
    "thinking": f"<think>hm</think>{json.dumps(GOOD)}",
    "two objects": json.dumps(GOOD) * 2,
    "cut": json.dumps(GOOD)[:-1],
    "a list": json.dumps(list(GOOD.values())),
    "another label": json.dumps({("joy" if k == "happy" else k): v for k, v in GOOD.items()}),
    "a label more": json.dumps(GOOD | {"love": 0}),
    "a label less": json.dumps({k: v for k, v in GOOD.items() if k != "fear"}),
    "text for a number": json.dumps(GOOD | {"happy": "1"}),
    "true for a number": json.dumps(GOOD | {"happy": True}),
    "null": json.dumps(GOOD | {"fear": None}),
    "below 0": json.dumps(GOOD | {"fear": -0.1}),
    "above 1": json.dumps(GOOD | {"happy": 1.01}),
    "per cent": json.dumps(GOOD | {"happy": 100}),
    "NaN": json.dumps(GOOD | {"fear": float("nan")}),
    "deep": "[" * 100_000,
    "a tool": json.dumps({"tool": "shell", "arguments": "rm -rf /"}),
}


@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE)
def test_anything_else_is_refused(content):
    assert said(content) == MALFORMED


@given(st.text())
def test_no_text_is_more_than_refused(content):
    assert said(content) in {MALFORMED, EMPTY}


def test_refusals_cuts_and_silence_have_their_reasons():
    good = json.dumps(GOOD)
    assert read_choice(Choice(Message(None, "I cannot"))) == REFUSED
    assert read_choice(Choice(Message(good), "content_filter")) == REFUSED
    assert read_choice(Choice(Message(good), "length")) == CUT
    assert [said(None), said(""), said(" \n")] == [EMPTY] * 3


def test_a_completion_tells_its_tokens_and_other_keys_are_passed_over():
    answer = read_answer(read_completion(completion(json.dumps(GOOD), usage=(7, 5))), seconds=2.0)
    assert (answer.tokens_in, answer.tokens_out, answer.seconds, answer.reason) == (7, 5, 2.0, None)
    assert read_answer(read_completion(completion(json.dumps(GOOD), usage=None))).tokens_in == 0


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"[]",
        b'{"choices": []}',
        b'{"error": {"message": "no"}}',
        b"\xff",
        b"<html>busy</html>",
        b"[" * 100_000,
    ],
)
def test_what_is_no_completion_is_none(raw):
    assert read_completion(raw) is None
