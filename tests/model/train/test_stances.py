import numpy as np

from emtract.emotions import STANCES
from emtract.model.train.corpora import read_messages, read_stances, read_stockemotions, read_tagged, read_unlabelled
from emtract.model.train.draws import draw_posts
from emtract.model.train.recipe import Distil

BEAR, NONE, BULL = (STANCES.index(stance) for stance in ("bearish", "none", "bullish"))


def test_declared_posts_carry_a_tag_and_stand_under_no_other_name(corpora):
    posts = read_unlabelled(corpora, ["declared", "stocktwits"])
    assert posts["declared"] and not set(posts["declared"]) & set(posts["stocktwits"])
    stage = Distil(1, 8, 1e-3, 1e-3, posts={"declared": 2})
    assert set(draw_posts(stage, posts, read_tagged(corpora), np.random.default_rng(1))) <= set(posts["declared"])


def test_writers_tags_of_the_sample_are_read_where_they_are_asked_for(corpora):
    assert read_tagged(corpora).stances is None
    told = read_tagged(corpora, stances=True)
    assert told.stances is not None and len(told.stances) == len(told.labels)
    assert {BEAR, NONE, BULL} >= set(told.stances.tolist())


def test_stances_are_those_of_both_collections(corpora):
    told, messages, corpus = read_stances(corpora), read_messages(corpora).by_text(), read_stockemotions(corpora)
    assert messages.items() <= told.items() and set(corpus.texts) <= set(told)
    alone = next(row for row, text in enumerate(corpus.texts) if text not in messages)
    tag = corpus.labels["stocksentiment"][corpus.targets["stocksentiment"][alone].argmax()]
    assert STANCES[told[corpus.texts[alone]]] == tag
