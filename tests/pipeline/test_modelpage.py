"""The page of a model from files: its out-of-fold table, its card and labelled posts."""

import json
from dataclasses import asdict, replace

import polars as pl
import pytest

from emtract.errors import ModelError, ReportError, SourceError
from emtract.model.samples import OUT_OF_FOLD, scorer_id
from emtract.pipeline import modelpage
from emtract.pipeline.modelpage import report_model
from emtract.report.model.content import measure_variants
from tests.model.fakes import FakeScorer
from tests.report.model.test_page import behaviour, card_for, predictions


class Named(FakeScorer):
    def __init__(self, name, card=None):
        super().__init__()
        self.name, self.card = name, card
        self.revision = card.revision if card else "1"


@pytest.fixture
def model(tmp_path, monkeypatch):
    """A model folder whose card fits its out-of-fold table; weights are not read."""
    frame = predictions()
    card, folder = card_for(frame), tmp_path / "model"
    folder.mkdir()
    frame.write_parquet(folder / OUT_OF_FOLD)
    (folder / "model.onnx").write_bytes(b"weights")
    monkeypatch.setattr(modelpage, "read_card", lambda _: card)

    def load(name):
        if name in {"exact", "fast", "textblob", "nrclex", "nade"}:
            raise ModelError("not here")
        return Named("vader") if name == "vader" else Named("default", card)

    monkeypatch.setattr(modelpage, "load_scorer", load)
    return folder


@pytest.fixture
def data(tmp_path):
    frame = predictions()
    bodies = [f"<b>secret</b> {i}" for i in range(frame.height)]
    posts = frame.select("row", pl.col("fold").cast(pl.Int64), pl.col("label").alias("emotion")).with_columns(
        body=pl.Series(bodies)
    )
    (tmp_path / "data" / "emtract_tagged").mkdir(parents=True)
    posts.write_parquet(tmp_path / "data" / "emtract_tagged" / "tagged.parquet")
    (tmp_path / "data" / "stockemotions").mkdir()
    header = "id,date,ticker,emo_label,senti_label,original,processed\n"
    rows = "1,2020-01-02,TSLA,panic,bearish,down,x\n2,2020-01-02,TSLA,belief,bullish,up,x\n"
    for part in ("train", "val"):
        (tmp_path / "data" / "stockemotions" / f"{part}.csv").write_text(header + rows * 5, encoding="utf-8")
    return tmp_path / "data"


def test_without_data_the_page_stands_on_the_table_alone(model, tmp_path):
    page = report_model(tmp_path / "reports" / "model", model=model)
    assert "280 hand-tagged messages" in page.answer
    assert {path.name for path in page.folder.glob("*.csv")} == {"metrics.csv", "confusion.csv"}
    assert "model/index.html" in (tmp_path / "reports" / "index.html").read_text(encoding="utf-8")


def test_with_data_every_scorer_at_hand_is_measured_once(model, data, tmp_path):
    folder = tmp_path / "reports" / "model"
    report_model(folder, model=model, data=data)
    outside = pl.read_csv(folder / "outside.csv")
    assert [name.partition("@")[0] for name in outside["scorer"]] == ["default", "default", "vader"]
    assert outside["part"].to_list() == ["train", "val", "val"] and outside["accuracy"].is_null().to_list()[2]
    agreement = pl.read_csv(folder / "agreement.csv")
    assert agreement.height == 1 and agreement["n"].item() == 10
    html = (folder / "index.html").read_text(encoding="utf-8")
    assert "secret" not in html and str(tmp_path) not in html
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert "emtract_tagged/tagged.parquet" in [item["path"] for item in manifest["provenance"]["inputs"]]


def test_tables_are_kept_for_the_same_model_and_only_for_it(model, data, tmp_path, monkeypatch):
    folder = tmp_path / "reports" / "model"
    report_model(folder, model=model, data=data)
    before = (folder / "slices.csv").read_bytes()
    report_model(folder, model=model)
    assert (folder / "slices.csv").read_bytes() == before and 'id="slices"' in (folder / "index.html").read_text(
        "utf-8"
    )
    monkeypatch.setattr(modelpage, "read_card", lambda _: card_for(predictions(), name="other"))
    report_model(folder, model=model)
    assert 'id="slices"' not in (folder / "index.html").read_text("utf-8")


def test_the_table_may_stand_beside_the_page(model, tmp_path):
    folder = tmp_path / "reports" / "model"
    report_model(folder, model=model)
    (model / OUT_OF_FOLD).unlink()
    before = (folder / "index.html").read_bytes()
    report_model(folder, model=model)
    assert (folder / "index.html").read_bytes() == before


def test_behaviour_beside_the_page_is_shown_where_it_is_of_this_model(model, tmp_path):
    folder = tmp_path / "reports" / "model"
    folder.mkdir(parents=True)
    own = scorer_id(Named("default", modelpage.read_card(model)))
    for scorer, shown in ((own, True), ("default@old", False)):
        behaviour(scorer, "vader@1").write_csv(folder / "behaviour.csv")
        html = report_model(folder, model=model).index.read_text(encoding="utf-8")
        assert ("What it fails most often" in html) == shown
        assert ("emtract model behaviour default" in html) != shown


def test_examples_need_data_and_show_the_surest_errors(model, data, tmp_path):
    with pytest.raises(ReportError, match="--data"):
        report_model(tmp_path / "reports" / "model", model=model, examples=True)
    report_model(tmp_path / "reports" / "model", model=model, data=data, examples=True)
    html = (tmp_path / "reports" / "model" / "index.html").read_text(encoding="utf-8")
    assert html.count("&lt;b&gt;secret&lt;/b&gt;") == 30 and "<b>secret" not in html


def test_another_sample_or_no_table_is_said(model, data, tmp_path):
    posts = pl.read_parquet(data / "emtract_tagged" / "tagged.parquet")
    posts.head(100).write_parquet(data / "emtract_tagged" / "tagged.parquet")
    with pytest.raises(SourceError, match="not the one"):
        report_model(tmp_path / "a", model=model, data=data)
    (model / OUT_OF_FOLD).unlink()
    with pytest.raises(ModelError, match=OUT_OF_FOLD):
        report_model(tmp_path / "b", model=model)


def test_without_the_table_the_page_stands_on_the_card_and_says_what_is_left_out(model, data, tmp_path, monkeypatch):
    folder = tmp_path / "reports" / "model"
    folder.mkdir(parents=True)
    (folder / "confusion.csv").write_text("of an earlier revision", encoding="utf-8")
    table = model / OUT_OF_FOLD
    whole = report_model(tmp_path / "whole" / "model", model=model)
    card = modelpage.read_card(model)
    measured = measure_variants(pl.read_parquet(table))["int8"]
    told = {str(fold): asdict(found) for fold, found in measured.folds.items()}
    card = replace(card, metrics={**card.metrics, "int8_by_fold": told})
    monkeypatch.setattr(modelpage, "read_card", lambda _: card)
    table.unlink()
    page = report_model(folder, model=model, data=data)
    text = page.index.read_text(encoding="utf-8")
    assert page.answer == whole.answer
    assert text.count("The out-of-fold predictions of this revision are needed.") == 2
    assert not (folder / "confusion.csv").exists()
    scopes = set(pl.read_csv(folder / "metrics.csv")["scope"])
    assert scopes == {"fold 1", "fold 2", "fold 3", "fold 4", "mean of folds"}
    with pytest.raises(ReportError, match=OUT_OF_FOLD):
        report_model(folder, model=model, data=data, examples=True)


def test_a_model_without_the_figures_of_a_page_is_told_apart(tmp_path):
    with pytest.raises(ReportError, match=r"the card of fast@\w+ holds no out-of-fold figures of int8 and fp32"):
        report_model(tmp_path / "page", model="fast")
    assert not (tmp_path / "page").exists()
