"""A scorer that was not loaded has the name and revision that it has when it is."""

import pytest

from emtract.errors import ModelError
from emtract.model.deferred import DeferredScorer, identify
from emtract.model.registry import BASELINES, load_scorer


@pytest.mark.parametrize("name", ["default", "exact", "fast", *(b for b in BASELINES if b != "nade")])
def test_identity_is_that_of_the_loaded_scorer(name):
    loaded, told = load_scorer(name), DeferredScorer(name)
    assert (told.name, told.revision, told.cleaner.version) == (loaded.name, loaded.revision, loaded.cleaner.version)
    assert identify(name) == (loaded.name, loaded.revision)


def test_it_loads_at_the_first_text(monkeypatch):
    calls = []

    def load(name, **options):
        calls.append(name)
        return load_scorer(name, **options)

    monkeypatch.setattr("emtract.model.deferred.load_scorer", load)
    scorer = DeferredScorer("fast")
    assert scorer.revision
    assert not calls
    assert scorer.score(["moon", ""]).probabilities.shape == (2, 7)
    assert scorer.predict(["moon"]).height == 1
    assert calls == ["fast"]


def test_what_cannot_be_loaded_is_refused_at_once():
    with pytest.raises(ModelError, match="no model is called 'none'"):
        identify("none")
    with pytest.raises(ModelError, match="processor only"):
        DeferredScorer("fast", device="cuda")
