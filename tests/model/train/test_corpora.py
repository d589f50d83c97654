import numpy as np
import pytest

from emtract.emotions import EMOTIONS, STANCE, STANCES
from emtract.errors import SourceError
from emtract.model.train.corpora import (
    READERS,
    TAGGED,
    read_corpora,
    read_crowdflower,
    read_goemotions,
    read_messages,
    read_pyfin,
    read_tagged,
    read_tec,
    read_unlabelled,
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


def test_the_first_reading_has_its_weight_in_the_target(corpora):
    sample, plain = read_tagged(corpora, first_reading=0.25), read_tagged(corpora)
    told = dict(zip(EMOTIONS, sample.corpus.targets[TAGGED][40], strict=True))
    tag = EMOTIONS[40 % 7]
    assert {emotion: share for emotion, share in told.items() if share} == {tag: 0.75, "fear": 0.25}
    assert np.array_equal(sample.corpus.targets[TAGGED][:40], plain.corpus.targets[TAGGED][:40])
    assert np.array_equal(sample.labels, plain.labels)


def test_quarters_by_date_put_the_latest_last(corpora):
    sample = read_tagged(corpora, split="time")
    assert np.bincount(sample.folds).tolist() == [0, 11, 10, 11, 10]
    years = np.array([0 if i == 0 else 2010 + i % 12 for i in range(42)])
    for fold in (1, 2, 3):
        assert years[sample.folds == fold].max() <= years[sample.folds == fold + 1].min()
    assert sample.folds[0] == 1
    assert sample.corpus.texts == read_tagged(corpora).corpus.texts


def test_messages_stand_once_and_the_later_ones_apart(corpora):
    early, later = read_messages(corpora), read_messages(corpora, later=True)
    assert (len(early.texts), len(later.texts)) == (11, 7)
    assert not set(early.texts) & set(later.texts)
    assert [STANCES[place] for place in early.stances[:4]] == ["bullish", "bearish", "none", "bullish"]
    assert early.by_text()[early.texts[2]] == STANCES.index("none")


def test_stances_are_learned_from_as_many_messages_each(corpora):
    corpus = READERS["stocktwits"](corpora)
    assert corpus.labels == {STANCE: STANCES}
    assert corpus.targets[STANCE].sum(axis=0).tolist() == [2, 2, 2]
    later = set(read_messages(corpora, later=True).texts)
    assert not later & set(corpus.texts)


def test_only_the_named_posts_are_read(corpora):
    assert list(read_unlabelled(corpora, ["stocktwits", "stockemotions"])) == ["stockemotions", "stocktwits"]


def test_pyfin_without_the_label_that_nobody_documents(tmp_path):
    (tmp_path / "labelled").mkdir()
    csv = "id,text,label\n1,up,1\n2,flat,2\n3,down,3\n4,what,0\n"
    (tmp_path / "labelled" / "pyfin_tweets.csv").write_text(csv, encoding="utf-8")
    corpus = read_pyfin(tmp_path)
    assert (corpus.texts, corpus.labels) == (("up", "flat", "down"), {"pyfin": ("bearish", "bullish", "neutral")})
    assert corpus.targets["pyfin"].argmax(axis=1).tolist() == [1, 2, 0]
