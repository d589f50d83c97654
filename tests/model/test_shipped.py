"""The shipped folder: what its card claims, and that its page is written by the code."""

import json
import os
from pathlib import Path

import numpy as np
import pytest

from emtract.model.card import CARD
from emtract.model.evaluate import evaluate
from emtract.model.registry import shipped_folder
from emtract.model.train.corpora import read_tagged
from emtract.model.train.document import model_document
from emtract.model.train.recipe import read_recipe

FOLDER = shipped_folder("default")


def test_the_page_says_what_the_card_says(shipped):
    assert (FOLDER / "README.md").read_text(encoding="utf-8") == model_document(shipped.card)


def test_the_card_holds_the_shipped_recipe(shipped):
    assert shipped.card.recipe == json.loads(json.dumps(read_recipe().values()))


def test_out_of_fold_int8_is_as_good_as_promised(shipped):
    metrics = shipped.card.metrics
    assert metrics["int8"]["accuracy"]["mean"] >= 0.70
    assert metrics["int8"]["macro_f1"]["mean"] >= 0.59
    assert metrics["int8"]["log_loss"]["mean"] <= 0.85
    assert metrics["int8"]["valence_log_loss"]["mean"] <= 0.58
    assert metrics["label_agreement"] > 0.97
    by_fold = [part["accuracy"] for part in metrics["int8_by_fold"].values()]
    assert metrics["int8"]["accuracy"]["mean"] == pytest.approx(np.mean(by_fold))


def test_the_card_names_no_place():
    assert "/" not in json.dumps(json.loads((FOLDER / CARD).read_text(encoding="utf-8")))


@pytest.mark.real_data
@pytest.mark.skipif("EMTRACT_DATA" not in os.environ, reason="EMTRACT_DATA is unset")
def test_the_shipped_weights_fit_the_posts_that_trained_them(shipped):
    sample = read_tagged(Path(os.environ["EMTRACT_DATA"]))
    rows = np.arange(0, len(sample.folds), 8)
    scores = shipped.score([sample.corpus.texts[row] for row in rows])
    found = evaluate(scores.probabilities, sample.labels[rows])
    assert found.accuracy > shipped.card.metrics["int8"]["accuracy"]["mean"]
