import numpy as np
import pytest

from emtract.emotions import EMOTIONS
from emtract.errors import SourceError
from emtract.model.train.data import (
    READERS,
    TAGGED,
    draw,
    read_corpora,
    read_crowdflower,
    read_goemotions,
    read_tagged,
    read_tec,
    without_texts,
)


def test_the_tagged_sample(corpora):
    sample = read_tagged(corpora)
    assert sample.corpus.labels == {TAGGED: EMOTIONS}
    assert [EMOTIONS[label] for label in sample.labels[:3]] == ["neutral", "happy", "sad"]
    assert sorted(set(sample.folds.tolist())) == [1, 2, 3, 4]
    assert all(text.startswith("<ticker> ") for text in sample.corpus.texts)


def test_two_heads_of_one_text(corpora):
    corpus = READERS["stockemotions"](corpora)
    assert corpus.labels == {"stockemotions": ("excitement", "panic"), "stocksentiment": ("bearish", "bullish")}
    assert corpus.targets["stocksentiment"].tolist() == [[0, 1], [1, 0], [0, 1], [1, 0]]


def test_a_comment_of_two_labels_splits_its_target(tmp_path):
    base = tmp_path / "goemotions"
    base.mkdir()
    (base / "labels.txt").write_text("joy\nlove\nneutral", encoding="utf-8")
    (base / "train.tsv").write_text('say "hi\t0,1\tx\n', encoding="utf-8")
    (base / "dev.tsv").write_text("ok\t2\ty\n", encoding="utf-8")
    assert read_goemotions(tmp_path).targets["goemotions"].tolist() == [[0.5, 0.5, 0], [0, 0, 1]]


def test_crowdflower_and_tec(tmp_path):
    for name in ("crowdflower", "tec"):
        (tmp_path / name).mkdir()
    csv = 'tweet_id,sentiment,author,content\n1,love,a,"so, good"\n2,hate,b,bad\n'
    (tmp_path / "crowdflower" / "text_emotion.csv").write_text(csv, encoding="utf-8")
    (tmp_path / "tec" / "tweets_clean.txt").write_text("12:\ta :: b \t:: joy\nbroken\n", encoding="utf-8")
    assert read_crowdflower(tmp_path).labels == {"crowdflower": ("hate", "love")}
    assert read_tec(tmp_path).texts == ("a : : b",)


def test_what_is_missing_is_named(tmp_path, corpora):
    with pytest.raises(SourceError, match=r"tagged.parquet is missing; give the folder"):
        read_tagged(tmp_path)
    with pytest.raises(SourceError, match="tec is missing"):
        read_corpora(corpora, ["tec"])
    with pytest.raises(SourceError, match="no corpus is called 'tek'; known are"):
        read_corpora(corpora, ["tek"])


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
