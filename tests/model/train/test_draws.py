"""What a stage learns from: drawn by a seed, and never what is tested."""

import numpy as np
import pytest

from emtract.errors import SourceError
from emtract.model.train.corpora import READERS, read_messages, read_tagged, read_unlabelled
from emtract.model.train.draws import draw, draw_posts, draw_unseen, without_texts
from emtract.model.train.recipe import Adapt


def test_tagged_and_empty_texts_are_dropped(corpora):
    corpus = READERS["stockemotions"](corpora)
    kept = without_texts(corpus, read_tagged(corpora).corpus.texts)
    assert len(corpus.texts) - len(kept.texts) == 1
    assert kept.targets["stocksentiment"].shape == (3, 2)


@pytest.mark.parametrize("rows", [0, 2, 3, 7])
def test_a_draw_repeats_only_when_it_must(corpora, rows):
    corpus = without_texts(READERS["stockemotions"](corpora), read_tagged(corpora).corpus.texts)
    drawn = draw(corpus, rows, np.random.default_rng(1))
    counts = [drawn.texts.count(text) for text in corpus.texts]
    assert sum(counts) == rows
    assert max(counts) - min(counts) <= 1


def test_unseen_texts_are_later_and_untagged(corpora):
    sample = read_tagged(corpora)
    drawn, later = draw_unseen(corpora, 5, sample, 1), read_messages(corpora, later=True)
    assert len(set(drawn.texts)) == 5
    assert dict(zip(drawn.texts, drawn.stances.tolist(), strict=True)).items() <= later.by_text().items()
    assert drawn.texts == draw_unseen(corpora, 5, sample, 1).texts
    assert draw_unseen(corpora, None, sample, 1) is None


def test_posts_of_an_unknown_name_are_an_error(corpora):
    sample, rng = read_tagged(corpora), np.random.default_rng(0)
    stage = Adapt(1, 1, 1.0, 1.0, posts={"twitter": 3})
    with pytest.raises(SourceError, match="no unlabelled posts are called 'twitter'; known are stockemotions"):
        draw_posts(stage, read_unlabelled(corpora, stage.posts), sample, rng)
