import json
import shutil

import numpy as np
import pytest

from emtract.emotions import EMOTIONS, NEGATIVE
from emtract.errors import ModelError
from emtract.model import Scorer, load_scorer
from emtract.model.huggingface import HuggingFaceScorer
from emtract.model.registry import scorer_reads
from emtract.workers import available_cores

pytest.importorskip("torch", reason='needs pip install "emtract[hf]"')
pytest.importorskip("transformers", reason='needs pip install "emtract[hf]"')

LABELS = ("joy", "love", "gloom")
SEVERAL_LABELS = "multi_label_classification"
MAP = {"joy": "happy", "love": "happy", "gloom": "sad"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    import torch
    from tokenizers import Tokenizer, models, pre_tokenizers, processors
    from transformers import BertConfig, BertForSequenceClassification, PreTrainedTokenizerFast

    path = tmp_path_factory.mktemp("hf")
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "to", "the", "moon", "sell", "<ticker>", "🚀"]
    tokenizer = Tokenizer(models.WordPiece({word: i for i, word in enumerate(words)}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, unk_token="[UNK]", pad_token="[PAD]", cls_token="[CLS]", sep_token="[SEP]"
    )
    fast.save_pretrained(path)
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(words),
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=32,
        id2label=dict(enumerate(LABELS)),
        label2id={label: i for i, label in enumerate(LABELS)},
        initializer_range=1.0,
    )
    BertForSequenceClassification(config).save_pretrained(path, safe_serialization=True)
    return path


def test_labels_are_added_up_under_their_emotion(folder):
    scorer = load_scorer(f"hf:{folder}", label_map=MAP)
    assert isinstance(scorer, Scorer)
    scores = scorer.score(["to the moon 🚀", "", "sell \ud800", "sell " * 200])
    assert np.allclose(scores.probabilities.sum(axis=1), 1, atol=1e-6)
    used = [EMOTIONS.index("happy"), EMOTIONS.index("sad")]
    assert (np.delete(scores.probabilities, used, axis=1) == 0).all()
    assert scores.n_tokens.tolist() == [4, 0, 2, 200]
    assert scores.truncated.tolist() == [False, False, False, True]


def test_order_is_kept_and_batches_do_not_matter(folder):
    texts = ["to the moon", "sell", "", "moon " * 50, "<ticker> 🚀"]
    base = HuggingFaceScorer(str(folder), label_map=MAP).score(texts).probabilities
    small = HuggingFaceScorer(str(folder), label_map=MAP, batch_tokens=1).score(texts[::-1]).probabilities
    assert np.allclose(small[::-1], base, atol=1e-5)


def test_predict_has_the_columns_of_every_scorer(folder, fake):
    frame = load_scorer(f"hf:{folder}", label_map=MAP).predict(["$TSLA to the moon", ""])
    assert frame.schema == fake.predict(["a"]).schema


def test_the_revision_follows_the_weights_and_the_map(folder):
    base = HuggingFaceScorer(str(folder), label_map=MAP)
    other = HuggingFaceScorer(str(folder), label_map={**MAP, "love": "neutral"})
    assert base.revision == HuggingFaceScorer(str(folder), label_map=MAP).revision != other.revision
    assert base.name == f"hf:{folder}"


@pytest.mark.parametrize("label_map", [None, {"joy": "happy"}, {**MAP, "love": "lust"}])
def test_a_label_without_an_emotion_is_refused(folder, label_map):
    with pytest.raises(ModelError, match=r"have no emotion; give label_map"):
        HuggingFaceScorer(str(folder), label_map=label_map)


def test_a_folder_that_is_no_model_is_one_line(tmp_path):
    with pytest.raises(ModelError, match="cannot be loaded") as caught:
        HuggingFaceScorer(str(tmp_path))
    assert "\n" not in str(caught.value)


def relabel(folder, path, labels):
    """Copy of the model under another name and with other labels."""
    shutil.copytree(folder, path)
    config = json.loads((path / "config.json").read_text())
    config |= {"id2label": dict(enumerate(labels)), "label2id": {label: i for i, label in enumerate(labels)}}
    (path / "config.json").write_text(json.dumps(config))


def of_kind(folder, path, problem):
    """Copy of the model that says what kind of outputs it has."""
    shutil.copytree(folder, path)
    config = json.loads((path / "config.json").read_text())
    (path / "config.json").write_text(json.dumps(config | {"problem_type": problem}))
    return HuggingFaceScorer(str(path), label_map=MAP)


def test_labels_that_do_not_exclude_each_other_have_chances_of_their_own(folder, tmp_path):
    one, several = HuggingFaceScorer(str(folder), label_map=MAP), of_kind(folder, tmp_path / "m", SEVERAL_LABELS)
    texts = ["to the moon 🚀", "sell"]
    logits = one._run(texts).astype(float)
    chances = 1 / (1 + np.exp(-logits))
    happy = chances[:, :2].sum(axis=1) / chances.sum(axis=1)
    found = several.score(texts).probabilities
    np.testing.assert_allclose(found[:, EMOTIONS.index("happy")], happy, rtol=1e-5)
    np.testing.assert_allclose(found.sum(axis=1), 1, atol=1e-6)
    assert not np.allclose(found, one.score(texts).probabilities, atol=1e-3)
    assert (one.told(), several.told()) == (
        (),
        ("the model's labels do not exclude each other: their chances are divided by their sum",),
    )
    assert one.revision != several.revision


def test_a_model_that_gives_numbers_is_refused(folder, tmp_path):
    with pytest.raises(ModelError, match="numbers and no labels"):
        of_kind(folder, tmp_path / "m", "regression")


@pytest.mark.parametrize("name", ["ProsusAI/finbert", "yiyanghkust/finbert-tone"])
@pytest.mark.parametrize("labels", [("positive", "negative", "neutral"), ("Neutral", "Positive", "Negative")])
def test_a_model_of_valence_is_known_by_name_and_spreads_its_negative_evenly(
    folder, tmp_path, monkeypatch, name, labels
):
    monkeypatch.chdir(tmp_path)
    relabel(folder, tmp_path / name, labels)
    scorer, texts = load_scorer(f"hf:{name}"), ["to the moon 🚀", "sell"]
    assert (scorer.reads, scorer_reads(scorer.name)) == ("valence", "valence")
    scores = dict(zip(EMOTIONS, scorer.score(texts).probabilities.T, strict=True))
    own = load_scorer(f"hf:{folder}", label_map={"joy": "happy", "love": "sad", "gloom": "fear"}).score(texts)
    by_label = dict(zip([label.lower() for label in labels], own.probabilities.T[[1, 2, 6]], strict=True))
    assert np.allclose(scores["happy"], by_label["positive"])
    assert np.allclose(scores["neutral"], by_label["neutral"])
    assert all(np.allclose(scores[emotion], by_label["negative"] / 4) for emotion in NEGATIVE)
    expected = [max(by_label, key=lambda label, row=row: by_label[label][row]) for row in range(2)]
    assert scorer.predict(texts)["label"].to_list() == expected


def test_an_emotion_model_is_known_by_name(folder, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    name = "j-hartmann/emotion-english-distilroberta-base"
    relabel(folder, tmp_path / name, ("joy", "sadness", "neutral"))
    scorer = load_scorer(f"hf:{name}")
    assert scorer.reads == "emotions"
    used = scorer.score(["sell"]).probabilities[0].nonzero()[0]
    assert {EMOTIONS[column] for column in used} == {"happy", "sad", "neutral"}
    assert load_scorer(
        f"hf:{name}", label_map={"joy": "surprise", "sadness": "fear", "neutral": "neutral"}
    ).revision != (scorer.revision)


def test_an_unknown_model_of_valence_still_needs_a_label_map(folder, tmp_path):
    relabel(folder, tmp_path / "mine", ("positive", "negative", "neutral"))
    with pytest.raises(ModelError, match="labels positive, negative have no emotion; give label_map"):
        load_scorer(f"hf:{tmp_path / 'mine'}")
    mapped = load_scorer(
        f"hf:{tmp_path / 'mine'}", label_map={name: name for name in ("positive", "negative", "neutral")}
    )
    assert mapped.reads == "valence"


def test_device_and_threads_reach_torch(folder, monkeypatch):
    import torch

    asked = []
    monkeypatch.setattr(torch, "set_num_threads", asked.append)
    assert load_scorer(f"hf:{folder}", label_map=MAP, threads=3).batch_tokens == 1024
    load_scorer(f"hf:{folder}", label_map=MAP)
    assert asked == [3, available_cores()], "NumPy's single thread, which the command line asks for, is not torch's"
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(ModelError, match="torch sees no GPU here: take --device cpu"):
        load_scorer(f"hf:{folder}", label_map=MAP, device="cuda")


def test_the_hub_prints_none_of_its_tries(caplog):
    """One error tells what failed; the levels of the loggers are as before."""
    import logging

    from emtract.model.huggingface import _quiet_hub

    hub, child = logging.getLogger("huggingface_hub"), logging.getLogger("huggingface_hub.utils._http")
    before = hub.level
    with pytest.raises(OSError, match="no network"), _quiet_hub():
        child.warning("Retrying in 1s [Retry 1/5].")
        raise OSError("no network")
    assert caplog.records == [] and hub.level == before


def test_labels_are_mapped_by_name_under_a_taxonomy_and_lost_mass_is_told(folder, tmp_path):
    relabel(folder, tmp_path / "mine", ("Joy", "trust", "sadness"))
    own = load_scorer(f"hf:{folder}", label_map={"joy": "happy", "love": "fear", "gloom": "sad"})
    texts = ["to the moon 🚀", "sell", "the the the", "moon", ""]
    p = dict(zip(EMOTIONS, own.score(texts).probabilities.T, strict=True))
    scorer = load_scorer(f"hf:{tmp_path / 'mine'}", taxonomy="plutchik")
    assert scorer.told() == ()
    scores = scorer.score(texts)
    lost = p["fear"]
    assert scores.scored.tolist() == (lost <= 0.5).tolist()
    read = dict(zip(EMOTIONS, scores.probabilities.T, strict=True))
    for emotion in ("happy", "sad"):
        wanted = np.where(lost <= 0.5, p[emotion] / (1 - lost), np.nan)
        assert np.allclose(read[emotion], wanted, atol=1e-5, equal_nan=True)
    (told,) = scorer.told()
    assert told.startswith(f"{lost.mean():.1%} of the probability") and f"(trust {lost.mean():.1%})" in told
    assert scorer.revision != own.revision


def test_a_taxonomy_without_loss_is_its_map(folder, tmp_path):
    relabel(folder, tmp_path / "mine", ("anger", "joy", "optimism"))
    texts = ["to the moon", "sell"]
    named = load_scorer(f"hf:{tmp_path / 'mine'}", taxonomy="tweeteval")
    mapped = load_scorer(f"hf:{tmp_path / 'mine'}", label_map={"anger": "anger", "joy": "happy", "optimism": "happy"})
    assert np.array_equal(named.score(texts).probabilities, mapped.score(texts).probabilities)
    assert named.score(texts).reasons is None and named.told() == () and named.revision == mapped.revision
    with pytest.raises(ModelError, match="or name their taxonomy: tweeteval or "):
        load_scorer(f"hf:{tmp_path / 'mine'}")
    with pytest.raises(ModelError, match=r"no label of the model .* has an emotion in the taxonomy emtract"):
        load_scorer(f"hf:{folder}", taxonomy="emtract")
    with pytest.raises(ModelError, match="a taxonomy is for models named hf:NAME"):
        load_scorer("fast", taxonomy="ekman")
