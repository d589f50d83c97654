"""Labels of one's own adapt a model: what is gained is seen, what is not gained is not written, wrong input is a line."""

import json

import numpy as np
import polars as pl
import pytest
from scipy.special import softmax

from emtract.emotions import EMOTIONS
from emtract.errors import ModelError, SourceError
from emtract.model import load_scorer
from emtract.model.adapt.bases import find_base
from emtract.model.card import CARD, read_card
from emtract.pipeline import adaptation
from emtract.pipeline.labelledfile import LabelledColumns
from tests.model.statics import small_model, write_folder
from tests.prompt import emtract

N = 240
WORDS = ("good", "scared", "🚀", "$A", "bleed")


@pytest.fixture
def base(tmp_path):
    return str(write_folder(tmp_path / "base", small_model()))


@pytest.fixture
def texts():
    """Distinct texts: words that the small model knows, among some that it does not."""
    rng = np.random.default_rng(0)
    letters = rng.choice(list("abcdefghijklmnop"), (N, 5))
    return [f"{rng.choice(WORDS)} {''.join(row)} {rng.choice(WORDS)}" for row in letters]


def adapt_model(path, output, **asked):
    """Adapt with three folds, which teach the same as five in half the time."""
    return adaptation.adapt_model(path, output, **({"folds": 3} | asked))


def drawn(base, texts, *, among=EMOTIONS, seed=0):
    """Labels that follow the model's own probabilities: there is nothing that it could gain."""
    p = load_scorer(base).predict(texts).select(among).to_numpy()
    p = p / p.sum(axis=1, keepdims=True)
    places = (p.cumsum(axis=1) > np.random.default_rng(seed).random((len(texts), 1))).argmax(axis=1)
    return [among[place] for place in places]


def written(path, texts, labels):
    pl.DataFrame({"body": texts, "label": labels}).write_csv(path)
    return path


def turned(texts):
    """Labels of a scheme in which the model's words mean something else."""
    return ["sad" if "good" in text else "happy" if "scared" in text else "neutral" for text in texts]


@pytest.fixture
def labels(base, texts, tmp_path):
    return written(tmp_path / "labels.csv", texts, turned(texts))


def test_labels_that_mean_something_else_are_learned_and_the_model_is_written(base, labels, texts, tmp_path):
    found = adapt_model(labels, tmp_path / "mine", base=base, name="mine")
    measure, shipped, adapted, gain, low, high = found.gains.row(0)
    assert measure == "log_loss" and 0.5 < low < gain < high and adapted < 0.3 < shipped
    assert "mine@" in found.outcome and "is written" in found.outcome and found.n == N
    scorer = load_scorer(tmp_path / "mine")
    assert scorer.name == "mine" and scorer.revision == found.card.revision != read_card(tmp_path / "base").revision
    right = np.mean([a == b for a, b in zip(scorer.predict(texts)["label"], turned(texts), strict=True)])
    assert right > 0.95


def test_the_folder_reads_as_the_head_did(base, labels, texts, tmp_path, monkeypatch):
    kept, write = [], adaptation.write_adapted
    monkeypatch.setattr(adaptation, "write_adapted", lambda *a, **k: kept.append(a[1]) or write(*a, **k))
    adapt_model(labels, tmp_path / "mine", base=base)
    scorer = load_scorer(tmp_path / "mine")
    predicted = scorer.predict(texts)
    wanted = softmax(kept[0].apply(*find_base(base).read(predicted["text"].to_list())), axis=1)
    assert np.abs(predicted.select(EMOTIONS).to_numpy() - wanted).max() < 1e-5


@pytest.mark.parametrize("seed", range(3))
def test_labels_that_follow_the_model_gain_nothing_and_nothing_is_written(base, texts, tmp_path, seed):
    path = written(tmp_path / "labels.csv", texts, drawn(base, texts, seed=seed))
    found = adapt_model(path, tmp_path / "mine", base=base)
    assert found.card is None and not (tmp_path / "mine").exists() and found.gains["low"][0] <= 0
    assert "no gain is sure and nothing is written" in found.outcome and "--keep" in found.outcome
    again = adapt_model(path, tmp_path / "mine", base=base, keep=True)
    assert (
        "no gain is sure; adapted@" in again.outcome and load_scorer(tmp_path / "mine").revision == again.card.revision
    )
    assert again.gains.equals(found.gains)


def test_labels_of_a_subset_leave_the_other_emotions_logits(base, texts, tmp_path):
    own = ["fear" if "good" in text else "happy" for text in texts]
    found = adapt_model(written(tmp_path / "labels.csv", texts, own), tmp_path / "mine", base=base)
    (note,) = [note for note in found.notes if "the shipped head stays" in note]
    assert note.startswith("neutral, sad, anger, disgust, surprise:") and "among the 2 emotions" in note
    before, after = (
        np.log(load_scorer(name).predict(texts).select(EMOTIONS).to_numpy()) for name in (base, tmp_path / "mine")
    )
    others, own = [0, 2, 3, 4, 5], [1, 6]
    moved = after - before
    assert np.abs(moved[:, others] - moved[:, :1]).max() < 1e-4
    assert np.abs((moved - moved[:, :1])[:, own].mean(axis=1)).max() < 1e-4
    assert np.abs((moved - moved[:, :1])[:, own]).max() > 1


def test_the_card_tells_what_was_done(base, labels, tmp_path):
    found = adapt_model(labels, tmp_path / "mine", base=base, name="mine")
    card = read_card(tmp_path / "mine")
    (step,) = card.data["adapted"]
    assert (step["base"], step["revision"]) == ("tiny", read_card(tmp_path / "base").revision)
    assert sum(step["labels"].values()) == N and set(step["labels"]) == {"neutral", "happy", "sad"}
    assert card.metrics["gain"]["log_loss"]["low"] == found.gains["low"][0]
    assert card.metrics["adapted"]["accuracy"] == found.gains["adapted"][1]
    assert card.recipe["method"] == "head" and len(card.recipe["penalty_by_fold"]) == 3


def test_a_revision_is_that_of_the_labels(base, labels, texts, tmp_path):
    first, same = (adapt_model(labels, tmp_path / name, base=base).card.revision for name in ("a", "b"))
    one = [*turned(texts)[:-1], "happy" if turned(texts)[-1] != "happy" else "sad"]
    other = adapt_model(written(tmp_path / "other.csv", texts, one), tmp_path / "c", base=base).card.revision
    assert first == same != other


def test_an_adapted_model_is_adapted_again(base, labels, texts, tmp_path):
    adapt_model(labels, tmp_path / "mine", base=base)
    flipped = written(tmp_path / "back.csv", texts, ["happy" if label == "sad" else "sad" for label in turned(texts)])
    found = adapt_model(flipped, tmp_path / "again", base=str(tmp_path / "mine"))
    assert found.base.startswith("adapted@") and len(found.card.data["adapted"]) == 2


def test_what_is_not_used_and_what_is_repeated_is_told(base, texts, tmp_path):
    more = {
        texts[0]: "sad" if turned(texts)[0] == "happy" else "happy",
        f"{texts[1]} !!": turned(texts)[1],
        "": "happy",
        "nan": "sad",
        "rare one": "fear",
        "no label": None,
        "strange": "awe",
    }
    rows = [*zip(texts, turned(texts), strict=True), *more.items()]
    path = written(tmp_path / "labels.csv", *(list(part) for part in zip(*rows, strict=True)))
    found = adapt_model(path, tmp_path / "mine", base=base)
    assert found.n == N + 2
    told = "; ".join(found.notes)
    left_out = (
        "2 no text",
        "1 missing label",
        "1 unknown label ('awe')",
        "1 fear, which fewer than 10 distinct texts have",
    )
    for words in (*left_out, "and are judged and drawn together with it: 2", "two labels or more, all of them used: 1"):
        assert words in told, told


def test_rare_emotions_that_are_no_longer_named_are_told(base, labels, texts, tmp_path):
    """Two of five texts in which the model reads fear are tagged fear: it does best to name it never, and F1 falls."""
    feared = load_scorer(base).predict(texts)["label"] == "fear"
    own = ["fear" if fear and place % 5 < 2 else "happy" for place, fear in enumerate(feared)]
    found = adapt_model(written(tmp_path / "rare.csv", texts, own), tmp_path / "mine", base=base)
    assert found.gains["low"][0] > 0 > found.gains["high"][2]
    assert any(note.startswith("macro F1 falls") for note in found.notes)
    assert not any("macro F1" in note for note in adapt_model(labels, tmp_path / "mine", base=base).notes)


def test_another_scheme_and_its_columns(base, texts, tmp_path):
    names = {"sad": "Sadness", "happy": "joy", "neutral": "none"}
    frame = pl.DataFrame({"n": range(N), "words": texts, "mood": [names[label] for label in turned(texts)]})
    frame.write_parquet(tmp_path / "labels.parquet")
    (tmp_path / "map.txt").write_text("joy=happy\nsadness=sad\n\nnone=neutral\n", encoding="utf-8")
    found = [
        adapt_model(
            tmp_path / "labels.parquet",
            tmp_path / "mine",
            base=base,
            columns=LabelledColumns("mood", told, text="words"),
        )
        for told in ("joy=happy,sadness=sad,none=neutral", str(tmp_path / "map.txt"))
    ]
    assert found[0].n == N and found[0].card.revision == found[1].card.revision


WRONG = {
    "no column of labels": (lambda f: f.rename({"label": "mood"}), {}, ("no column 'label'", "--label")),
    "no column of texts": (lambda f: f, {"columns": LabelledColumns(text="words")}, ("no column 'words'", "--text")),
    "unknown labels": (
        lambda f: f.with_columns(label=pl.lit("awe")),
        {},
        ("0 of the 240 rows", "240 unknown label ('awe')", "--map"),
    ),
    "too few": (lambda f: f[:49], {}, ("49 of the 49 rows", "at least 50 distinct texts")),
    "one text": (
        lambda f: f.with_columns(body=pl.lit("good")),
        {},
        ("at least 50 distinct texts", "fewer than 10 distinct texts"),
    ),
    "one label": (lambda f: f.with_columns(label=pl.lit("sad")), {}, ("labels of sad alone", "two emotions or more")),
    "a label and a few of others": (
        lambda f: f.with_columns(
            label=pl.when(pl.int_range(pl.len()) < 9).then(pl.lit("sad")).otherwise(pl.lit("happy"))
        ),
        {},
        ("labels of happy alone",),
    ),
    "no text": (lambda f: f.with_columns(body=pl.lit("")), {}, ("0 of the 240 rows", "240 no text")),
    "no row": (lambda f: f[:0], {}, ("is empty",)),
    "two folds": (lambda f: f, {"folds": 2}, ("--folds 2", "at least 3")),
    "a name of emtract's": (lambda f: f, {"name": "default"}, ("--name default", "give another")),
    "a name that is none": (lambda f: f, {"name": "a/b"}, ("--name a/b",)),
    "arithmetic": (lambda f: f, {"base": "exact"}, ("exact cannot be adapted", "default, fast")),
    "a baseline": (lambda f: f, {"base": "vader"}, ("vader cannot be adapted",)),
    "a transformers model": (lambda f: f, {"base": "hf:some/model"}, ("hf:some/model cannot be adapted",)),
    "no model": (lambda f: f, {"base": "nobody"}, ("no model is called 'nobody'",)),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_cannot_be_adapted_is_one_line_and_writes_nothing(base, labels, tmp_path, case):
    change, asked, words = WRONG[case]
    change(pl.read_csv(labels)).write_csv(tmp_path / "wrong.csv")
    with pytest.raises((SourceError, ModelError)) as told:
        adapt_model(tmp_path / "wrong.csv", tmp_path / "mine", **({"base": base} | asked))
    assert "\n" not in str(told.value) and all(word in str(told.value) for word in words), told.value
    assert not (tmp_path / "mine").exists()


@pytest.mark.parametrize("encoding", ["latin-1", "utf-16", "cp1252"])
def test_a_file_of_another_encoding_is_read_or_refused_in_one_line(base, texts, tmp_path, encoding):
    path = tmp_path / "labels.csv"
    rows = [f"{text.replace('🚀', 'é')},{label}\n" for text, label in zip(texts, turned(texts), strict=True)]
    path.write_bytes("".join(["body,label\n", *rows]).encode(encoding))
    try:
        found = adapt_model(path, tmp_path / "mine", base=base)
    except SourceError as error:
        assert "\n" not in str(error) and "labels.csv" in str(error)
    else:
        left_out = sum(found.card.data["adapted"][0]["left_out"].values())
        assert found.n + left_out == N and (found.n == N or any("were not used" in note for note in found.notes))


def test_a_folder_that_holds_something_else_is_left_alone(base, labels, tmp_path):
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "thesis.txt").write_text("work of years", encoding="utf-8")
    with pytest.raises(ModelError, match="is no model folder: name another with --output"):
        adapt_model(labels, mine, base=base)
    assert (mine / "thesis.txt").read_text(encoding="utf-8") == "work of years"
    (mine / "thesis.txt").unlink()
    adapt_model(labels, mine, base=base)
    assert adapt_model(labels, mine, base=base).card.revision == load_scorer(mine).revision


def test_the_command(base, labels, texts, tmp_path):
    done = emtract("model", "adapt", "--data", labels, "--base", base, "--name", "mine", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert (
        "tiny@" in done.stdout
        and "macro f1" in done.stdout
        and "name it as a scorer by its folder, mine" in done.stdout
    )
    assert json.loads((tmp_path / "mine" / CARD).read_text(encoding="utf-8"))["name"] == "mine"
    scored = emtract("predict", "--model", tmp_path / "mine", texts[0], cwd=tmp_path)
    assert scored.returncode == 0 and turned(texts)[0] in scored.stdout
    nothing = written(tmp_path / "none.csv", texts, drawn(base, texts))
    done = emtract("model", "adapt", "--data", nothing, "--base", base, "-o", "none", cwd=tmp_path)
    assert done.returncode == 0 and "nothing is written" in done.stdout and not (tmp_path / "none").exists()
    done = emtract("model", "adapt", "--data", "nowhere.csv", cwd=tmp_path)
    assert done.returncode == 1 and "nowhere.csv" in done.stderr and "Traceback" not in done.stderr


def test_the_shipped_encoder_is_adapted(tmp_path):
    """Labels that turn two emotions around, on the encoder: the folder reads texts that it had not seen by them."""
    said = {"fear": ("so happy", "love it", "great day"), "happy": ("so scared", "will crash", "worried")}
    rows = [
        (f"$A {words} {letter}", label) for label, told in said.items() for words in told for letter in "bcdefghjklmnop"
    ]
    found = adapt_model(
        written(tmp_path / "labels.csv", *(list(part) for part in zip(*rows, strict=True))), tmp_path / "mine"
    )
    assert found.gains["low"][0] > 0
    label = load_scorer(tmp_path / "mine", threads=1).predict(["$B so happy, love it", "$B so scared it will crash"])[
        "label"
    ]
    assert label.to_list() == ["fear", "happy"]
