"""Language models at the prompt and over a store: what they cannot read has no score, is counted, and costs once."""

import csv
import json

import polars as pl
import pytest

from emtract.annotator import CACHE_VARIABLE, URL_VARIABLE, LlmSettings
from emtract.config import ModelSettings, ScoringSettings, Settings, StoreSettings, load_settings
from emtract.errors import ConfigError, StoreError
from emtract.pipeline import scoring
from emtract.pipeline.imports import check_name
from emtract.pipeline.replicate.layout import check_scored
from emtract.store import Store
from tests.conftest import batch, load_posts, post, source
from tests.model.llm.server import completion, serving
from tests.prompt import emtract

BODIES = ["$A to the moon", "$B to the moon", "crash", "please refuse", "d", ""]
KEY = "sk-never-written"


@pytest.fixture
def server(tmp_path, monkeypatch):
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path / "answers"))
    monkeypatch.setenv("EMTRACT_LLM_KEY", KEY)
    monkeypatch.chdir(tmp_path)
    with serving() as fake:
        fake.for_post = {"refuse": (200, {}, completion(None, refusal="no"))}
        monkeypatch.setenv(URL_VARIABLE, fake.url)
        yield fake


def project(tmp_path, llm="retries = 0"):
    path = tmp_path / "emtract.toml"
    path.write_text(f'[store]\npath = "s.duckdb"\n[model]\nname = "llm:m"\n[model.llm]\n{llm}\n', encoding="utf-8")
    with Store.open(tmp_path / "s.duckdb") as store:
        rows = [post(i + 1, body, "2014-01-02T15:00", symbols=["A"]) for i, body in enumerate(BODIES)]
        load_posts(store, source(), [batch(*rows)])
    return path


def test_a_store_is_scored_and_what_was_refused_has_no_row(server, tmp_path):
    config = project(tmp_path, "retries = 0\nprice_in = 1.0")
    done = emtract("score", "-c", config)
    assert done.returncode == 0, done.stderr
    assert sorted(server.posts) == ["<ticker> to the moon", "crash", "d", "please refuse"]
    assert "3 distinct texts scored now" in done.stdout and "4 posts covered now" in done.stdout
    assert "texts without a score, none of them guessed: 2 (1 " in done.stdout and "price 0.0016" in done.stdout
    with Store.open(tmp_path / "s.duckdb", read_only=True) as store:
        found = store.sql("SELECT scorer, revision, happy FROM scores ORDER BY post_key")
    assert found.height == 4 and found["scorer"].unique().item() == "llm:m"
    assert found["happy"].to_list() == pytest.approx([0.8, 0.8, 0, 0])
    again = emtract("score", "-c", config)
    assert "texts asked: 0; answers that were on disk: 1" in again.stdout and len(server.requests) == 4


def test_the_key_stands_nowhere(server, tmp_path):
    config = project(tmp_path)
    said = emtract("score", "-c", config)
    assert server.requests[0][1]["Authorization"] == f"Bearer {KEY}"
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(files) > 2 and not any(KEY.encode() in path.read_bytes() for path in files)
    assert KEY not in said.stdout + said.stderr


def test_predict_gives_reasons_beside_the_posts(server, tmp_path):
    (tmp_path / "posts.csv").write_text("body\nto the moon\nplease refuse\n", encoding="utf-8")
    done = emtract("predict", "-i", "posts.csv", "-o", "out.csv", "--model", "llm:m", "please refuse")
    assert done.returncode == 0, done.stderr
    assert "the model refused" in done.stdout and "texts asked: 2" in done.stdout
    rows = list(csv.DictReader((tmp_path / "out.csv").open(encoding="utf-8")))
    assert [(row["label"], row["reason"]) for row in rows] == [("happy", ""), ("", "the model refused")]


def test_settings_of_the_folder_hold_for_verbs_without_a_store(server, tmp_path):
    project(tmp_path, 'prompt = "negative"')
    emtract("predict", "moon", "--model", "llm:m")
    assert "beyond your skill set" in server.requests[0][2]["messages"][0]["content"]


def test_it_is_measured_on_labels_and_beside_another_scorer(server, tmp_path):
    rows = [
        (
            f"{'moon' if place < 30 else 'crash'} {chr(97 + place % 26)}{'xyz'[place // 26]}",
            "happy" if place < 30 else "sad",
        )
        for place in range(40)
    ]
    frame = pl.DataFrame([*rows, ("refuse", "happy")], schema=["body", "label"], orient="row")
    frame.write_csv(tmp_path / "tags.csv")
    done = emtract(
        *("model", "evaluate", "tags.csv", "--model", "llm:m", "--beside", "fast", "-o", "out.json"), cwd=tmp_path
    )
    assert done.returncode == 0, done.stderr
    found = json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))
    assert (found["n"], found["left_out"]) == (40, {"the model refused": 1})
    assert found["metrics"]["accuracy"] == pytest.approx(0.75)
    (pair,) = found["agreement"]
    assert pair["n"] == 40 and pair["second"].startswith("fast@") and 0 <= pair["same_label"] <= 1
    assert "agreement of llm:m@" in done.stdout and "texts asked: 41" in done.stdout


def test_it_is_graded_on_what_it_read(server, tmp_path):
    server.for_post = {"scam": (200, {}, completion("no comment"))}
    done = emtract("model", "behaviour", "llm:m", "-o", "b.csv", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    table = pl.read_csv(tmp_path / "b.csv")
    assert 0 < table["cases"].sum() - table["n"].sum() < table["cases"].sum() / 4
    assert "gave no score to a text of" in done.stdout


def test_a_server_that_is_missing_is_one_line(tmp_path, monkeypatch):
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path / "answers"))
    monkeypatch.delenv(URL_VARIABLE, raising=False)
    monkeypatch.chdir(tmp_path)
    done = emtract("predict", "moon", "--model", "llm:m")
    assert done.returncode == 1 and "no server is named" in done.stderr and done.stderr.count("\n") == 1


def test_one_process_asks_and_a_package_cannot_hold_a_server(tmp_path):
    asked = Settings(store=StoreSettings(path="s"), model=ModelSettings(name="llm:m"))
    assert scoring.shard_runner(asked) is None
    spread = Settings(store=asked.store, model=asked.model, scoring=ScoringSettings(workers=2))
    with pytest.raises(ConfigError, match="asked from one process"):
        scoring.shard_runner(spread)
    with Store.open(tmp_path / "s.duckdb") as store, pytest.raises(StoreError, match="which a package cannot hold"):
        check_scored(asked, store)
    with pytest.raises(Exception, match="llm:m"):
        check_name("llm:m")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('prompt = "rude"', "plain, emotional, negative"),
        ('key = "sk-1"', "unknown key 'key'"),
        ("parallel = 0", ">= 1"),
    ],
)
def test_settings_are_checked(tmp_path, text, told):
    path = tmp_path / "emtract.toml"
    path.write_text(f'[store]\npath = "s"\n[model.llm]\n{text}\n', encoding="utf-8")
    with pytest.raises(ConfigError, match=told):
        load_settings(path)
    path.write_text('[store]\npath = "s"\n[model.llm]\nhint = "default"\n', encoding="utf-8")
    assert load_settings(path).model.llm == LlmSettings(hint="default")
