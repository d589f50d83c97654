"""The page of the model: its figures are those of the out-of-fold table, it is the same twice, and deaf to hostile text."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from emtract.emotions import EMOTIONS
from emtract.errors import ReportError
from emtract.model.behaviour.table import SCHEMA
from emtract.model.card import ModelCard
from emtract.model.comparisons import agreement, outside_metrics, slice_metrics, traits
from emtract.model.evaluate import by_fold, spread
from emtract.model.samples import labels_of, out_of_fold_frame, probabilities_of
from emtract.model.train.document import BIASES, LIMITS, USES, model_document
from emtract.report.index import write_index
from emtract.report.model.content import answer, measure_variants, metrics_frame
from emtract.report.model.inputs import read_ablations, read_behaviour, read_benchmark
from emtract.report.model.page import Findings, write_model
from tests.report.conftest import make_provenance
from tests.report.study.test_page import HOSTILE, Elements, contents, small_result


def predictions(n: int = 280, seed: int = 0) -> pl.DataFrame:
    rng = np.random.default_rng(seed)
    p = rng.dirichlet(np.ones(7), n)
    labels = np.where(rng.random(n) < 0.7, p.argmax(axis=1), rng.integers(0, 7, n))
    folds = 1 + np.arange(n) % 4
    return out_of_fold_frame(np.arange(n), folds, labels, {"int8": p, "fp32": rng.permuted(p, axis=1) * 0.1 + p * 0.9})


def card_for(frame: pl.DataFrame, name: str = "default") -> ModelCard:
    labels, folds = labels_of(frame), frame["fold"].to_numpy()
    metrics = {v: spread(list(by_fold(probabilities_of(frame, v), labels, folds).values())) for v in ("int8", "fp32")}
    metrics |= {"label_agreement": 0.98, "int8_by_fold": {str(k): {} for k in range(1, 5)}}
    data = {"tagged_rows": 280, "joint_rows": {"tec": 10}, "joint_rows_dropped_as_tagged": {"tec": 0}}
    return ModelCard(name, "1", EMOTIONS, 128, {"model.onnx": "0" * 64}, 1.1, metrics, {"seed": 1, "joint": {}}, data)


def behaviour(*scorers: str) -> pl.DataFrame:
    """Two checks of one capability and one of another; the last scorer is not graded on the second."""
    shares = {"failure_rate": 0.25, "low": 0.2, "high": 0.3}
    checks = [("Denials", "MFT", "mild", 4), ("Denials", "MFT", "harsh", 8), ("Typos", "INV", "swapped", 2)]
    rows: list[dict[str, object]] = []
    for scorer in scorers:
        for capability, kind, check, failed in checks:
            graded = {
                "n": 20,
                "failed": failed,
                **shares,
                "failure_rate": failed / 20,
                "examples": f"{scorer} {check} | more",
            }
            none = {"n": 0, "failed": 0, **dict.fromkeys(shares), "examples": ""}
            told = none if check == "harsh" and scorer == scorers[-1] else graded
            rows.append({"scorer": scorer, "capability": capability, "check": check, "kind": kind, "cases": 20, **told})
    return pl.DataFrame(rows, schema=SCHEMA)


def findings(text: str = "plain", **changes: object) -> Findings:
    frame = predictions()
    p, labels = probabilities_of(frame, "int8"), labels_of(frame)
    card = card_for(frame)
    bodies = [f"$A {'🚀' * (i % 2)} {'x' * i}" for i in range(280)]
    posts = pl.DataFrame({"emotion": frame["label"], "bullish": labels % 2 == 0})
    outside = {"scorer": text, "part": "val", "seen": True, **outside_metrics(p, posts, np.random.default_rng(0))}
    made = Findings(
        card,
        model_document(card),
        frame,
        slices=slice_metrics(p, labels, traits(bodies)),
        outside=pl.DataFrame([outside]),
        agreement=agreement({f"default@{card.revision}": p, text: p[::-1]}),
        ablations=pl.DataFrame(
            {"variant": [text], "what": [text], "decision": [text], "n": [8000], "accuracy": [0.7], "macro_f1": [0.5]}
        ).with_columns(log_loss=pl.lit(None, pl.Float64)),
        behaviour=behaviour(f"default@{card.revision}", text),
        speed=[{"name": text, "value": 1234.5, "unit": "posts/s", "note": text}],
        uses=USES,
        limits=LIMITS,
        biases=BIASES,
    )
    return replace(made, **changes)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("reports") / "model"
    target.mkdir()
    write_model(findings(), make_provenance(files=2), target)
    return target


@pytest.fixture(scope="module")
def html(folder: Path) -> str:
    return (folder / "index.html").read_text(encoding="utf-8")


def test_the_folder_holds_every_file(folder: Path) -> None:
    names = {"index.html", "manifest.json", "MODEL_CARD.md", "out_of_fold.parquet"}
    tables = {"metrics.csv", "confusion.csv", "slices.csv", "outside.csv", "agreement.csv"}
    assert set(contents(folder)) == names | tables
    assert (folder.parent / "plotly.min.js").is_file()


def test_two_runs_are_byte_identical(folder: Path, tmp_path: Path) -> None:
    target = tmp_path / "model"
    target.mkdir()
    for _ in range(2):
        write_model(findings(), make_provenance(files=2), target)
        assert contents(target) == contents(folder)


def test_the_answer_says_the_numbers(html: str) -> None:
    measured = measure_variants(predictions())["int8"]
    said = answer(measured)
    assert said in html.replace("&#39;", "'")
    accuracy = round(measured.spread["accuracy"]["mean"], 3)
    assert f"{100 * accuracy:.1f}" in said and "64.5" in said and "280" in said


def test_metrics_are_tidy_and_hold_the_card(folder: Path) -> None:
    table = pl.read_csv(folder / "metrics.csv")
    row = table.filter(variant="int8", measure="macro_f1", scope="mean of folds")
    card = findings().card.metrics["int8"]["macro_f1"]
    assert (row["value"].item(), row["error"].item()) == (
        pytest.approx(card["mean"], abs=1e-5),
        pytest.approx(card["sd"], abs=1e-5),
    )
    published = table.filter(variant="EmTract as published", measure="accuracy")
    assert published["value"].item() == 0.6453
    assert not table.select("variant", "measure", "scope").is_duplicated().any()
    assert metrics_frame(measure_variants(predictions())).height == table.height


def test_the_confusion_counts_every_message(folder: Path) -> None:
    table = pl.read_csv(folder / "confusion.csv")
    assert table.height == 49 and table["n"].sum() == 280
    assert table.group_by("tagged").agg(pl.col("share").sum())["share"].to_list() == pytest.approx([1] * 7, abs=1e-4)


def test_no_text_of_a_message_is_published(html: str, folder: Path) -> None:
    assert "🚀" not in html
    assert "body" not in pl.read_parquet(folder / "out_of_fold.parquet").columns
    assert "sure" not in Elements(html).ids and "Errors it was surest of" not in html


def test_examples_are_shown_and_escaped_where_asked(tmp_path: Path) -> None:
    shown = pl.DataFrame({"body": [HOSTILE], "tagged": ["fear"], "read": ["happy"], "probability": [0.9]})
    page = write_model(findings(examples=shown), make_provenance(files=1), tmp_path / "model")
    text = page.index.read_text(encoding="utf-8")
    assert "Errors it was surest of" in text and "img" not in Elements(text).tags


def test_sections_stand_in_order_and_ids_are_unique(html: str) -> None:
    ids = Elements(html).ids
    assert len(ids) == len(set(ids))
    wanted = [
        "crossvalidation", "emotions", "confused", "reliable", "where", "behaviour", "outside", "agree", "ablations", "speed",
        "card", "provenance",
    ]  # fmt: skip
    assert [i for i in ids if i in wanted] == wanted


def test_what_is_missing_is_said(tmp_path: Path) -> None:
    frame = predictions()
    bare = Findings(card_for(frame), "card", frame)
    text = write_model(bare, make_provenance(files=0), tmp_path / "model").index.read_text(encoding="utf-8")
    assert text.count("Not at hand when this page was made") == 6
    assert not (tmp_path / "model" / "slices.csv").exists()


def test_no_address_leads_out_of_the_folder(html: str, folder: Path) -> None:
    addresses = set(re.findall(r'(?:src|href)="([^"#][^"]*)"', html))
    assert addresses - {"../plotly.min.js", "ablations.csv", "behaviour.csv"} <= {
        path.name for path in folder.iterdir()
    }
    assert "http" not in re.sub(r"<meta http-equiv", "", html)


def test_numbers_in_figures_are_short(html: str) -> None:
    data = re.findall(r'<script type="application/json"[^>]*>(.*?)</script>', html, re.DOTALL)
    assert len(data) == 4
    digits = [n.replace(".", "").strip("0") for n in re.findall(r"-?(\d+\.\d+)", "".join(data))]
    assert max(len(d) for d in digits) <= 5


def test_hostile_text_never_becomes_an_element(tmp_path: Path) -> None:
    hostile = findings(HOSTILE, limits=(HOSTILE,), uses=(HOSTILE,), biases=(HOSTILE,))
    page = write_model(hostile, make_provenance(files=2, path=HOSTILE + "{}"), tmp_path / "model")
    tags = Elements(page.index.read_text(encoding="utf-8")).tags
    assert "img" not in tags and tags.count("script") == 6


def test_a_table_of_another_run_is_refused_and_nothing_is_written(tmp_path: Path) -> None:
    other = replace(findings(), predictions=predictions(seed=1))
    with pytest.raises(ReportError, match="take both from one training run"):
        write_model(other, make_provenance(files=1), tmp_path / "model")
    assert not (tmp_path / "model").exists()


def test_the_card_is_one_text(folder: Path) -> None:
    text = (folder / "MODEL_CARD.md").read_text(encoding="utf-8")
    assert text == model_document(findings().card)
    for heading in ("Intended use", "Data", "Limits", "Biases"):
        assert f"## {heading}" in text
    assert len(text.split("\n")) < 90


def test_the_index_links_to_the_model_beside_the_studies(tmp_path: Path) -> None:
    from emtract.report.study.page import write_study

    write_study(small_result("alpha"), make_provenance(files=1), tmp_path)
    write_model(findings(), make_provenance(files=1), tmp_path / "model")
    (tmp_path / "benchmarks").mkdir()
    (tmp_path / "benchmarks" / "manifest.json").write_text("{}", encoding="utf-8")
    text = write_index(tmp_path).read_text(encoding="utf-8")
    pages = [href for href in re.findall(r'href="([^"#]+)', text) if href.endswith(".html")]
    assert list(dict.fromkeys(pages)) == ["alpha/index.html", "model/index.html"]
    assert "The instrument" in text and "1 question, " in text


def test_behaviour_stands_side_by_side_with_the_check_that_fails_most(html: str) -> None:
    section = html.partition('<section id="behaviour">')[2].partition("</section>")[0]
    cells = [re.sub(r"<[^>]+>", "", cell) for cell in re.findall(r"<t[dh].*?</t[dh]>", section, re.DOTALL)]
    assert cells[:5] == ["Capability", "Kind", "N", "default", "plain"]
    assert cells[5:10] == ["Denials", "MFT", "40", "30.0\xa0%", "20.0\xa0% of 20"]
    assert cells[10:15] == ["Typos", "INV", "20", "10.0\xa0%", "10.0\xa0%"]
    own = f"default@{findings().card.revision}"
    assert cells[15:19] == ["Capability", "Check", "Failed", "For instance"]
    assert cells[19:23] == ["Denials", "harsh", "8 of 20", f"{own} harsh"]
    assert cells[23:] == ["Typos", "swapped", "2 of 20", f"{own} swapped"]
    assert "20 of 60 cases for plain" in section


def test_behaviour_is_read_where_it_is_of_this_scorer(tmp_path: Path) -> None:
    path = tmp_path / "behaviour.csv"
    assert read_behaviour(path, "a@1") is None
    frame = behaviour("a@1", "v@1")
    frame.write_csv(path)
    found = read_behaviour(path, "a@1")
    assert found is not None and found.with_columns(pl.col("examples").fill_null("")).equals(frame)
    assert read_behaviour(path, "a@2") is None
    path.write_text("scorer,n\na@1,many\n")
    with pytest.raises(ReportError, match="its columns are scorer, capability"):
        read_behaviour(path, "a@1")


def test_ablations_and_benchmark_are_read_or_absent(tmp_path: Path) -> None:
    assert read_ablations(tmp_path / "a.csv") is None and read_benchmark(tmp_path / "b.json") == []
    (tmp_path / "a.csv").write_text("variant,what,accuracy,macro_f1,log_loss,decision,n\nx,y,0.7,,0.9,kept,8000\n")
    assert read_ablations(tmp_path / "a.csv").row(0, named=True)["macro_f1"] is None
    (tmp_path / "b.json").write_text(json.dumps([{"name": "a", "value": 1}]))
    assert read_benchmark(tmp_path / "b.json") == [{"name": "a", "value": 1, "unit": "", "note": ""}]
    (tmp_path / "a.csv").write_text("variant,accuracy\nx,high\n")
    with pytest.raises(ReportError, match="its columns are variant"):
        read_ablations(tmp_path / "a.csv")
    for wrong in ("{", '{"a": 1}', '[{"name": "x"}]'):
        (tmp_path / "b.json").write_text(wrong)
        with pytest.raises(ReportError, match="make bench"):
            read_benchmark(tmp_path / "b.json")
