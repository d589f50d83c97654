from dataclasses import replace

import numpy as np
import pytest

from emtract.model.adapt import folds as module
from emtract.model.adapt.folds import adapt_head, deal_folds, group_copies
from emtract.model.evaluate import log_loss
from tests.model.adapt.test_head import KNOWN, make_sample, shifted

PENALTIES = (1000.0, 10.0, 1.0)


def test_near_copies_share_a_number():
    texts = ["love <ticker> !", "Love <ticker>!!! 10", "love it", "!!", "🚀", "🚀", "10"]
    groups = group_copies(texts)
    assert groups[0] == groups[1] and groups[4] == groups[5]
    assert len(set(groups.tolist())) == 5


def test_groups_stay_together_and_labels_are_spread():
    rng = np.random.default_rng(0)
    groups, labels = rng.integers(0, 300, 500), rng.choice([0, 1, 6], 500, p=[0.8, 0.15, 0.05])
    groups = np.unique(groups, return_inverse=True)[1]
    folds = deal_folds(labels, groups, 5)
    assert all(len(set(folds[groups == group].tolist())) == 1 for group in set(groups.tolist()))
    first = np.unique(groups, return_index=True)[1]
    counts = [np.bincount(folds[first][labels[first] == label], minlength=5) for label in (0, 1, 6)]
    assert all(np.ptp(part) <= 1 for part in counts)
    assert (folds == deal_folds(labels, groups, 5)).all()


def test_a_fold_is_judged_by_heads_that_know_nothing_of_it():
    """Other labels in a fold move no probability there: neither the head's weights, nor its penalty, nor its temperature."""
    sample = make_sample(300, truth=shifted())
    folds = np.arange(300) % 4
    found = adapt_head(sample, folds, penalties=PENALTIES)
    for fold in range(4):
        own = folds == fold
        labels = np.where(own, np.roll(KNOWN, 1)[sample.places], sample.labels)
        again = adapt_head(replace(sample, labels=labels), folds, penalties=PENALTIES)
        assert (again.adapted[own] == found.adapted[own]).all()
        assert np.abs(again.adapted[~own] - found.adapted[~own]).max() > 1e-3
        assert (again.shipped == found.shipped).all()


def test_every_fit_leaves_out_what_it_reads(monkeypatch):
    sample = make_sample(90, truth=shifted())
    numbered = replace(sample, states=np.column_stack([sample.states, np.arange(90.0)]))
    seen, fit = [], module.fit_path
    monkeypatch.setattr(
        module, "fit_path", lambda part, penalties: seen.append(part.states[:, -1].tolist()) or fit(part, penalties)
    )
    folds = np.arange(90) % 3
    adapt_head(numbered, folds, penalties=PENALTIES)
    left_out = [sorted({0, 1, 2} - {int(row) % 3 for row in rows}) for rows in seen]
    assert left_out == [[0, 1], [0, 2], [1, 2], [0], [1], [2], []]


def test_labels_that_say_nothing_new_choose_a_large_penalty_and_gain_nothing():
    sample = make_sample(600)
    found = adapt_head(sample, np.arange(600) % 5, penalties=PENALTIES)
    assert found.penalty == max(PENALTIES)
    assert log_loss(found.adapted, sample.places) == pytest.approx(log_loss(found.shipped, sample.places), abs=0.01)


def test_overconfident_logits_are_tempered():
    sample = make_sample(3000)
    loud = replace(sample, logits=sample.logits * 2)
    found = adapt_head(loud, np.arange(3000) % 3, penalties=(1e9,))
    assert found.temperature == pytest.approx(2, abs=0.2)
    assert log_loss(found.adapted, sample.places) < log_loss(found.shipped, sample.places) - 0.05


def test_the_head_is_that_of_all_texts():
    sample, told = make_sample(300, truth=shifted()), []
    found = adapt_head(sample, np.arange(300) % 3, penalties=PENALTIES, progress=lambda *n: told.append(n))
    (alone,) = module.fit_path(sample, [found.penalty])
    wanted = alone.temper(found.temperature, KNOWN)
    assert np.abs(sample.probabilities(found.head) - sample.probabilities(wanted)).max() < 1e-3
    assert told == [(done, 7) for done in range(1, 8)]
