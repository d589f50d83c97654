from dataclasses import replace
from datetime import date

import pytest

from emtract.model.card import read_card
from emtract.model.registry import shipped_folder
from emtract.model.train.document import _SOURCES
from emtract.model.vintage import ENCODER, VINTAGES, place_of, span_of, vintages_of, vintages_of_scorer


@pytest.mark.parametrize("name", ["default", "fast"])
def test_every_corpus_of_a_shipped_card_has_a_vintage(name):
    card = read_card(shipped_folder(name))
    told = vintages_of(card)
    assert told[-1] == ENCODER
    assert {v.corpus for v in told[:-1]} >= {"emtract_tagged", "stockemotions", "stocknet"}
    assert {v.corpus for v in told[:-1]} <= set(VINTAGES) <= set(_SOURCES)
    days = [v.last for v in told if v.last]
    assert days == sorted(days, reverse=True)


def test_days_are_stated_in_pairs_with_their_source():
    for vintage in (*VINTAGES.values(), ENCODER):
        assert (vintage.first is None) == (vintage.last is None)
        assert vintage.source and (vintage.first or date.min) <= (vintage.last or date.max)
        assert ("not documented" in vintage.source) == (vintage.first is None)


def test_a_post_is_before_inside_or_after_the_dated_texts_about_securities():
    span = span_of(vintages_of_scorer("default"))
    assert span == (date(2010, 1, 3), date(2021, 5, 31))
    assert [place_of(day, span) for day in (date(2009, 1, 1), *span, date(2021, 6, 1))] == [
        "before",
        "inside",
        "inside",
        "after",
    ]


def test_a_scorer_without_a_card_states_none():
    assert vintages_of_scorer("vader") == vintages_of_scorer("hf:no/such") == ()
    assert span_of(()) is None


def test_an_adapted_model_has_learned_what_its_base_had_and_the_labels_of_its_user():
    card = read_card(shipped_folder("default"))
    step = {"file": "mine.csv", "base": "default"}
    adapted = replace(card, recipe={"method": "head", "base": dict(card.recipe)}, data={**card.data, "adapted": [step]})
    known = {v.corpus for v in vintages_of(card)}
    assert {v.corpus for v in vintages_of(adapted)} == known | {"mine.csv"}
    assert {"stocknet", "stockemotions"} < known


def test_the_weights_of_default_in_other_arithmetic_are_of_the_same_texts():
    assert vintages_of_scorer("exact") == vintages_of_scorer("default") != ()
