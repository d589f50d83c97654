"""Scorers on labelled files: figures of `evaluate`, paired differences, labels of other sets, and what is in-sample."""

import numpy as np
import polars as pl
import pytest

from emtract.emotions import EMOTIONS, STOCKEMOTIONS
from emtract.errors import SourceError
from emtract.model import load_scorer
from emtract.model.card import read_card
from emtract.model.evaluate import evaluate
from emtract.model.registry import shipped_folder
from emtract.pipeline.compare import compare
from emtract.pipeline.compare.leaderboard import LabelledFile, parse_file, rank_scorers
from emtract.report.compare.found import SPREAD
from tests.model.fakes import FakeScorer

N = 200


class Other(FakeScorer):
    """Another scorer: the same of the text behind its first word."""

    name = "other"

    def score(self, texts):
        return super().score([f"other {text}" for text in texts])


class Carded(FakeScorer):
    """A scorer that was trained as `default` was."""

    name = "carded"
    card = read_card(shipped_folder("default"))


@pytest.fixture
def file(tmp_path):
    rng = np.random.default_rng(0)
    frame = pl.DataFrame({"body": [f"w{i} $A" for i in range(N)], "mood": rng.choice(EMOTIONS, N)})
    frame.write_csv(tmp_path / "posts.csv")
    return LabelledFile(tmp_path / "posts.csv", "body", "mood")


def of(found, scorer, name):
    return found.table.filter(scorer=scorer)[name].item()


def test_figures_are_those_of_evaluate(file):
    found = rank_scorers([FakeScorer(), Other()], [file])
    posts = pl.read_csv(file.path)
    labels = np.array([EMOTIONS.index(mood) for mood in posts["mood"]])
    for scorer in (FakeScorer(), Other()):
        wanted = evaluate(scorer.predict(posts["body"].to_list()).select(EMOTIONS).to_numpy().astype(float), labels)
        for name in ("accuracy", "macro_f1", "log_loss", "valence_accuracy"):
            value = of(found, f"{scorer.name}@1", name)
            assert value == pytest.approx(getattr(wanted, name))
            assert of(found, f"{scorer.name}@1", f"{name}_low") < value < of(found, f"{scorer.name}@1", f"{name}_high")


def test_differences_are_paired(file):
    found = rank_scorers([FakeScorer(), Other()], [file])
    assert of(found, "fake@1", "accuracy_less") is None
    less = of(found, "other@1", "accuracy_less")
    assert less == pytest.approx(of(found, "other@1", "accuracy") - of(found, "fake@1", "accuracy"))
    assert of(found, "other@1", "accuracy_less_low") < less < of(found, "other@1", "accuracy_less_high")

    class Twin(FakeScorer):
        name = "twin"

    same = rank_scorers([FakeScorer(), Twin()], [file])
    # The same readings differ nowhere, in no sample of posts: a difference of two lone intervals would be wide.
    assert [of(same, "twin@1", f"log_loss_less{end}") for end in ("", "_low", "_high")] == [0, 0, 0]


def test_a_scorer_of_valence_has_its_valence_alone(file):
    found = rank_scorers([FakeScorer(), load_scorer("vader")], [file])
    row = found.table.filter(pl.col("scorer").str.starts_with("vader")).row(0, named=True)
    assert row["accuracy"] is row["log_loss"] is row["macro_f1_less"] is None
    assert row["valence_accuracy"] is not None and row["valence_accuracy_less"] is not None
    assert any("positive from negative only" in note for note in found.notes)


def test_scorers_of_valence_alone_have_a_page(file, tmp_path):
    """Columns without a number are numbers all the same, and nobody's training is unknown."""
    _, page = compare(None, ["vader", "textblob"], files=[file], output=tmp_path / "board")
    assert "Valence accuracy" in page.read_text(encoding="utf-8")
    found = rank_scorers([load_scorer("vader")], [file]).table
    assert {name: found.schema[name] for name in SPREAD} == SPREAD and found.schema["seen"] == pl.Boolean


def test_labels_of_another_set_are_read_by_its_map_and_what_is_lost_is_said(tmp_path):
    labels = [list(STOCKEMOTIONS)[i % len(STOCKEMOTIONS)] for i in range(240)]
    pl.DataFrame({"text": [f"w{i}" for i in range(240)], "label": labels}).write_csv(tmp_path / "a.csv")
    found = rank_scorers([FakeScorer()], [LabelledFile(tmp_path / "a.csv")])
    lost = sum(STOCKEMOTIONS[label] is None for label in labels)
    assert found.table["n"].to_list() == [240 - lost]
    assert any("stockemotions" in note for note in found.notes)
    told = pl.DataFrame({"text": [f"w{i}" for i in range(80)], "label": ["anger", "realization"] * 40})
    told.write_csv(tmp_path / "b.csv")
    found = rank_scorers([FakeScorer()], [LabelledFile(tmp_path / "b.csv")])
    if found.table["n"].item() == 40:
        assert any("50.0%" in note and "realization" in note for note in found.notes)


@pytest.mark.parametrize(
    ("labels", "told"),
    [(("Bullish", "Bearish"), "bullish as positive, bearish as negative"), (("positive", "negative"), "sentiment")],
    ids=["stance", "sentiment"],
)
def test_labels_of_valence_are_measured_as_valence_and_told(tmp_path, labels, told):
    frame = pl.DataFrame({"text": ["great gains", "awful losses"] * 40, "label": labels * 40})
    frame.write_csv(tmp_path / "a.csv")
    found = rank_scorers([load_scorer("vader"), FakeScorer()], [LabelledFile(tmp_path / "a.csv")])
    assert of(found, found.table["scorer"][0], "valence_accuracy") == 1.0
    assert found.table["accuracy"].null_count() == found.table["macro_f1_less"].null_count() == 2
    assert any(told in note for note in found.notes), found.notes


def test_a_column_that_is_not_there_is_told_with_the_option_of_the_verb(file):
    for asked in (LabelledFile(file.path, "body", "nolab"), LabelledFile(file.path, "nobody", "mood")):
        with pytest.raises(SourceError, match=r"--labels FILE:TEXT:LABEL"):
            rank_scorers([FakeScorer()], [asked])


def test_several_files_have_rows_of_their_own(file, tmp_path):
    pl.read_csv(file.path).head(60).write_csv(tmp_path / "few.csv")
    found = rank_scorers([FakeScorer(), Other()], [file, LabelledFile(tmp_path / "few.csv", "body", "mood")])
    assert found.table.select("file", "n").unique(maintain_order=True).rows() == [("posts.csv", N), ("few.csv", 60)]


def test_the_tagged_sample_is_known_and_in_sample_figures_are_told(tmp_path):
    frame = pl.DataFrame(
        {"row": range(60), "fold": [1] * 60, "emotion": ["happy", "sad"] * 30, "body": [f"w{i}" for i in range(60)]}
    )
    frame.write_csv(tmp_path / "tagged.csv")
    found = rank_scorers([Carded(), FakeScorer()], [LabelledFile(tmp_path / "tagged.csv", "body", "emotion")])
    assert found.table["seen"].to_list() == [True, False]
    assert any("carded@1 learned from posts of this file" in note for note in found.notes)
    other = rank_scorers([Carded()], [LabelledFile(tmp_path / "tagged.csv", "body", "emotion")]).notes
    assert any("the tagged sample of EmTract" in note for note in other)


def test_the_columns_stand_behind_the_file(tmp_path):
    path = tmp_path / "a:b:c"
    path.write_text("x")
    assert parse_file(str(path)) == LabelledFile(path)
    assert parse_file("C:/x.csv:body:mood").path.as_posix() == "C:/x.csv"
    with pytest.raises(SourceError, match=r"posts\.csv:body:emotion"):
        parse_file("x.csv:body")


@pytest.mark.parametrize(
    ("frame", "word"),
    [
        ({"body": ["a"] * 40, "mood": ["joyful"] * 40}, "say what each means with --map"),
        ({"body": ["a"] * 3, "mood": ["happy"] * 3}, "at least 30 are needed"),
        ({"body": ["a"] * 40, "tag": ["happy"] * 40}, "no column 'mood'"),
        ({"words": ["a"] * 40, "mood": ["happy"] * 40}, "body"),
    ],
)
def test_a_file_that_cannot_be_used_is_one_sentence(tmp_path, frame, word):
    pl.DataFrame(frame).write_csv(tmp_path / "posts.csv")
    with pytest.raises(SourceError, match=word) as told:
        rank_scorers([FakeScorer()], [LabelledFile(tmp_path / "posts.csv", "body", "mood")])
    assert "\n" not in str(told.value)


@pytest.mark.real_data
def test_stockemotions_are_read_as_the_outside_test_reads_them(data):
    from emtract.pipeline.evaluation import evaluate_scorer

    file = LabelledFile(data / "stockemotions" / "val.csv", "original", "emo_label")
    row = rank_scorers([load_scorer("fast")], [file]).table.row(0, named=True)
    part = next(p for p in evaluate_scorer(data, "fast", corpus="stockemotions").details["parts"] if p["part"] == "val")
    assert row["n"] == part["n"]
    assert row["accuracy"] == pytest.approx(part["accuracy"]) and row["log_loss"] == pytest.approx(part["log_loss"])
