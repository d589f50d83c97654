import json

import numpy as np
import polars as pl
import pytest

from emtract.annotator import LlmSettings
from emtract.emotions import EMOTIONS
from emtract.errors import ModelError
from emtract.model import Scorer, load_scorer
from emtract.model.explain import explain
from emtract.model.llm.answers import MALFORMED, NO_SUM, NO_WORDS, REFUSED
from emtract.model.registry import identify, scorer_reads
from emtract.model.scorer import score_texts
from tests.model.llm.server import completion, seven

QUICK = LlmSettings(retries=0, timeout=5.0)
POSTS = ["to the moon", "a crash is coming", "to the moon", "plain words"]


def load(**settings):
    return load_scorer("llm:m", llm=LlmSettings(retries=0, timeout=5.0, **settings))


def test_each_distinct_text_is_asked_once_and_in_order_given_back(server):
    scorer = load()
    assert isinstance(scorer, Scorer)
    scores = score_texts(scorer, POSTS)
    assert sorted(server.posts) == sorted(set(POSTS))
    assert [EMOTIONS[place] for place in scores.probabilities.argmax(axis=1)] == ["happy", "fear", "happy", "neutral"]
    assert scores.reasons == (None,) * 4 and scores.n_tokens.tolist() == [3, 4, 3, 2]


def test_nothing_is_asked_before_a_text_or_twice(server):
    first = load()
    assert server.requests == [] and first.score([]).probabilities.shape == (0, 7)
    first.score(POSTS)
    again = load()
    assert np.array_equal(again.score(POSTS).probabilities, first.score(POSTS).probabilities)
    assert len(server.requests) == 3
    assert again.told() == ("texts asked: 0; answers that were on disk: 3",)
    load(seed=1).score(POSTS)
    assert len(server.requests) == 6


def test_what_cannot_be_read_is_counted_and_never_guessed(server):
    server.for_post = {
        "refuse": (200, {}, completion(None, refusal="I cannot help with that")),
        "sorry": (200, {}, completion("I'm sorry, but I can't.")),
        "double": (200, {}, completion(json.dumps(dict.fromkeys(EMOTIONS, 0.3)))),
    }
    scorer = load()
    frame = scorer.predict(["please refuse", "so sorry", "double it", "to the moon", ""])
    assert frame["reason"].to_list() == [REFUSED, MALFORMED, NO_SUM, None, NO_WORDS]
    unread = frame.filter(pl.col("reason").is_not_null())
    assert unread.select(*EMOTIONS, "label", "valence").null_count().row(0) == (4,) * 9
    assert frame.row(3, named=True)["label"] == "happy"
    assert scorer.told()[2].startswith("texts without a score, none of them guessed: 4 (1 ")
    assert load().predict(["please refuse"])["reason"].item() == REFUSED
    assert len(server.requests) == 4


def test_a_server_that_dies_loses_nothing_it_answered(server):
    texts = [f"text {n}" for n in range(100)]
    server.for_post = {"text 77": (500, {}, b"")}
    scorer = load(parallel=8)
    with pytest.raises(ModelError, match="run the same command again"):
        scorer.score(texts)
    answered = len(server.requests) - server.posts.count("text 77")
    assert 64 <= answered < 100
    server.for_post = {}
    server.requests.clear()
    assert scorer.score(texts).scored.all()
    assert len(server.requests) == 100 - answered


def test_a_budget_stops_the_run_and_keeps_what_was_paid_for(server):
    scorer = load(price_in=1_000.0, budget=10.0)
    with pytest.raises(ModelError, match=r"budget of 10.00 is spent \(texts asked: 32\)"):
        scorer.score([f"text {n}" for n in range(64)])
    assert len(server.requests) == 32
    load(price_in=1_000.0).score([f"text {n}" for n in range(64)])
    assert len(server.requests) == 64


def test_the_price_is_told_before_and_after(server):
    scorer, told = load(price_in=1.0, price_out=2.0), []
    scorer.progress = lambda *seen: told.append(seen)
    scorer.score(POSTS)
    assert told[0][0].startswith("llm:m: 3 to ask, about ") and "price about" in told[0][0]
    assert [seen[1:] for seen in told] == [(0, 3), (1, 3), (2, 3), (3, 3)]
    assert "1,200 tokens asked and 180 answered" in scorer.told()[1] and "price 0.0016" in scorer.told()[1]
    assert "time not known" not in scorer.forecast(10, 100).told()


def test_a_hint_is_what_the_small_model_reads(server):
    scorer = load(hint="fast")
    scorer.score(["to the moon"])
    shown = json.loads(server.requests[0][2]["messages"][1]["content"])["reading_of_a_small_model"]
    own = load_scorer("fast").score(["to the moon"]).probabilities[0]
    assert list(shown) == list(EMOTIONS) and list(shown.values()) == pytest.approx(own.tolist(), abs=0.006)
    assert scorer.revision != load().revision


@pytest.mark.parametrize("settings", [LlmSettings(), LlmSettings(prompt="negative"), LlmSettings(hint="fast")])
def test_it_is_identified_without_a_server(settings):
    scorer = load_scorer("llm:m", llm=settings)
    assert identify("llm:m", settings) == (scorer.name, scorer.revision)
    assert scorer_reads(scorer.name) == "emotions"


def test_what_cannot_be_is_refused(server):
    with pytest.raises(ModelError, match="needs the name by which the server knows"):
        load_scorer("llm:")
    with pytest.raises(ModelError, match="leave --device out"):
        load_scorer("llm:m", device="cuda")
    with pytest.raises(ModelError, match=r"hint of .* is a scorer of this machine"):
        load(hint="llm:other")
    with pytest.raises(ModelError, match="explain with a scorer of this machine"):
        explain("to the moon", load())
    assert server.requests == []


def test_lone_surrogates_and_long_posts_are_sent(server):
    scores = load().score(["moon \ud800", "moon " * 2_000])
    assert scores.scored.all() and scores.truncated.tolist() == [False, True]
    assert "moon ?" in server.posts and seven(happy=0.8)["happy"] == pytest.approx(scores.probabilities[0, 1])
