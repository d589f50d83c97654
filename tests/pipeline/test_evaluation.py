"""Any scorer measured on labelled posts: the right rows, the right figures, and a word where it was trained on them."""

import json

import numpy as np
import polars as pl
import pytest
from typer.testing import CliRunner

from emtract.cli import app, models
from emtract.emotions import EMOTIONS
from emtract.errors import SourceError
from emtract.misreading import KEY, from_plain
from emtract.model.card import ModelCard
from emtract.model.evaluate import evaluate
from emtract.pipeline import evaluation, opening
from emtract.pipeline.evaluation import check_corpus, evaluate_scorer, parse_folds, read_posts
from tests.conftest import FakeScorer
from tests.model.fakes import FakeScorer as Scorer


@pytest.fixture
def data(tmp_path):
    rng = np.random.default_rng(0)
    (tmp_path / "emtract_tagged").mkdir()
    rows = {"row": range(150), "fold": [i % 3 for i in range(150)], "emotion": rng.choice(EMOTIONS, 150)}
    frame = pl.DataFrame({**rows, "body": [f"post {i} $A" for i in range(150)]})
    frame.sample(fraction=1, shuffle=True, seed=1).write_parquet(tmp_path / "emtract_tagged" / "tagged.parquet")
    (tmp_path / "stockemotions").mkdir()
    lines = [
        f"{i},2020-01-02,TSLA,{'panic' if i % 2 else 'belief'},{'bearish' if i % 2 else 'bullish'},text {i},x"
        for i in range(40)
    ]
    header = "id,date,ticker,emo_label,senti_label,original,processed"
    (tmp_path / "stockemotions" / "val.csv").write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")
    return tmp_path


@pytest.fixture
def fake(monkeypatch):
    scorer = Scorer()
    monkeypatch.setattr(opening, "load_scorer", lambda name: scorer)
    return scorer


def test_the_figures_are_those_of_the_posts(data, fake):
    found = evaluate_scorer(data, folds=(1, 2))
    posts = pl.read_parquet(data / "emtract_tagged" / "tagged.parquet").filter(pl.col("fold") > 0).sort("row")
    labels = np.array([EMOTIONS.index(name) for name in posts["emotion"]])
    wanted = evaluate(fake.predict(posts["body"].to_list()).select(EMOTIONS).to_numpy().astype(float), labels)
    assert found.n == 100 and found.details["metrics"]["log_loss"] == pytest.approx(wanted.log_loss)
    assert found.table.columns == ["measure", "all", "std error", "fold 1", "fold 2"]
    assert np.array(found.details["confusion"]).sum() == 100
    assert found.notes == ()
    assert json.loads(found.to_json())["scorer"] == "fake@1"


def test_another_fold_needs_no_other_command(data, fake):
    assert evaluate_scorer(data, folds=(0,)).n == 50
    assert evaluate_scorer(data).n == 150
    assert evaluate_scorer(data, folds=(0,)).table.columns == ["measure", "all", "std error"]


def test_a_scorer_that_saw_the_posts_says_so(data, fake):
    card = ModelCard(
        "fake", "1", EMOTIONS, 128, {}, 1.0, {"int8_by_fold": {"1": {}, "2": {}}}, {}, {"tagged_rows": 100}
    )
    fake.card = card
    assert "trained on folds 1, 2: what it reaches there is in-sample" in evaluate_scorer(data).notes[0]
    assert evaluate_scorer(data, folds=(0,)).notes == ()
    # Nor does it say how it misreads: of posts that it learned from, that would be too good.
    assert KEY not in evaluate_scorer(data).details
    assert from_plain(evaluate_scorer(data, folds=(0,)).details[KEY]).tags.sum() == 50


def test_the_outside_test_names_each_part(data, fake):
    found = evaluate_scorer(data, corpus="stockemotions")
    assert found.n == 40 and found.table["part"].to_list() == ["val"] and found.table["seen"].to_list() == [False]
    fake.card = ModelCard("fake", "1", EMOTIONS, 128, {}, data={"joint_rows": {"stockemotions": 5}})
    assert "saw val in training" in evaluate_scorer(data, corpus="stockemotions").notes[0]
    fake.card = ModelCard("fake", "1", EMOTIONS, 0, {}, data={"posts": 5, "teacher": "abc"})
    assert evaluate_scorer(data, corpus="stockemotions").table["seen"].to_list() == [True]


def test_reading_in_slices_keeps_the_order(monkeypatch):
    monkeypatch.setattr(evaluation, "_SLICE", 7)
    posts = [f"post {i}" for i in range(20)]
    whole = FakeScorer()
    whole.predict = lambda texts: Scorer().predict(texts)
    assert np.array_equal(read_posts(whole, posts), Scorer().predict(posts).select(EMOTIONS).to_numpy().astype(float))
    assert read_posts(whole, []).shape == (0, 7)


def test_options_are_checked():
    assert parse_folds("") is None and parse_folds("2, 1,1") == (1, 2)
    with pytest.raises(SourceError, match="such as 1,2"):
        parse_folds("0..4")
    assert check_corpus("stockemotions") == "stockemotions"
    with pytest.raises(SourceError, match="known are tagged, stockemotions"):
        check_corpus("semeval")


def test_the_command_prints_a_table_and_writes_json(data, fake, tmp_path, monkeypatch):
    out = tmp_path / "out.json"
    monkeypatch.setattr(models, "open_reader", lambda *_, **__: fake)
    done = CliRunner().invoke(app, ["model", "evaluate", "--data", str(data), "--folds", "1", "-o", str(out)])
    assert done.exit_code == 0, done.output
    assert "fake@1 on 50 posts (tagged)" in done.output and "macro f1" in done.output
    assert json.loads(out.read_text(encoding="utf-8"))["metrics"]["n"] == 50
