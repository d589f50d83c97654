"""A study with a misreading of its scorer: corrected estimates beside plain ones, and what is refused."""

from dataclasses import replace

import numpy as np
import pytest

from emtract.errors import ModelError
from emtract.report.study.measurement import measurement_section
from emtract.study import Study
from emtract.study.run import run_study
from tests.validation.reading import ONE, SIGNED, SURER
from tests.worlds.cells import simulate_cells
from tests.worlds.readers import misreading_by, tagged_sample

SPECS = {
    "own": replace(ONE, correct="reading"),
    "mood": replace(ONE, correct="mood"),
    "plain": ONE,
    "product": replace(ONE, x=("valence_market", "valence_market:attention_market"), correct="reading"),
}
STUDY = Study(
    name="misread",
    question="Does valence move returns?",
    design="As simulated.",
    papers=(),
    specs=SPECS,
    primary=("own", "valence_market"),
    headline=(("own", "valence_market"),),
)


@pytest.fixture(scope="module")
def panel():
    return simulate_cells(np.random.default_rng(3), replace(SIGNED, n_firms=40, n_sessions=60)).panel


@pytest.fixture(scope="module")
def card():
    return misreading_by(*tagged_sample(np.random.default_rng(4), SURER, 4000))


def test_regressions_that_ask_are_corrected_beside_the_plain_ones(panel, card):
    found = run_study(STUDY, panel, misreading=card)
    told = {(row["spec"], row["by"]): row for row in found.reading().iter_rows(named=True)}
    assert [*told] == [("own", "reading"), ("mood", "reading"), ("mood", "both")]
    assert told["mood", "reading"]["n_obs"] >= told["mood", "both"]["n_obs"], "cells of one text stay"
    own = told["own", "reading"]
    assert own["reported"] == pytest.approx(found.row("own", "valence_market")["estimate"])
    assert abs(own["estimate"] - 50) < 3 * own["std_error"] < 60
    assert abs(own["estimate"] - 50) < abs(own["reported"] - 50)
    assert own["misreading"].startswith("reader@1 on a simulated tagged sample")
    assert own["transport_p"] > 0.01 and 0 < own["transport_seen"] <= 1
    assert "of a product" in found.unread["product"] or "products" in found.unread["product"]


def test_the_page_names_both_assumptions_the_card_and_the_test(panel, card):
    section = measurement_section(run_study(STUDY, panel, misreading=card))
    (part,) = section.read
    assert [row.cells[0].rpartition(", ")[2] for row in part.table.rows if row.kind == "estimate"] == [
        "own posts", "own posts", "mood",
    ]  # fmt: skip
    notes = " ".join(part.table.notes)
    for words in (
        "given its emotion, a post is read as the tagged posts were",
        "given its emotion, how a post is read does not go with the outcome",
        "reader@1 on a simulated tagged sample",
        "Do the tagged posts speak for this archive? Readings of the tagged posts",
        "neutral texts",
    ):
        assert words in notes
    assert "reading.csv" in section.files
    assert any("products by noise" in reason for _, reason in section.unmeasured)


def test_without_a_misreading_the_estimates_are_plain_and_the_reason_is_said(panel):
    found = run_study(STUDY, panel)
    assert not found.read and found.reading() is None
    assert found.unread.keys() == {"own", "product"}
    assert "name a file as misreading under [model]" in found.unread["own"]


def test_the_misreading_of_another_scorer_is_refused(panel, card):
    named = replace(panel, settings={**panel.settings, "scorer": "other", "revision": "2"})
    with pytest.raises(ModelError, match="the scores are of other@2 and the misreading is of reader@1"):
        run_study(STUDY, named, misreading=card)


def test_the_misreading_of_texts_corrects_no_moods_that_count_tags(panel, card):
    tagged = replace(panel, settings={**panel.settings, "tags": "evidence"})
    found = run_study(STUDY, tagged, misreading=card)
    assert found.reading() is None or found.reading().is_empty()
    assert found.unread.keys() == {"own", "mood", "product"}
    assert 'set tags = "ignore" under [panel]' in found.unread["mood"]
