"""`emtract score` and `emtract shards` at the prompt."""

import json
import re

import pytest
from typer.testing import CliRunner

from emtract.cli import app
from emtract.errors import EmtractError
from emtract.model.dimensions import load_dimensions
from emtract.pipeline import scoring
from emtract.scoring import engine
from tests.conftest import FakeScorer
from tests.test_cli import CONFIG, tweet

WORDS = ["up", "down", "red", "green", "buy", "sell", "hold"]


@pytest.fixture
def project(tmp_path, monkeypatch):
    (tmp_path / "posts").mkdir()
    (tmp_path / "prices").mkdir()
    (tmp_path / "prices/A.csv").write_text("Date,Open,High,Low,Close,Adj Close,Volume\n2014-01-02,1,1,1,1,1,1\n")
    (tmp_path / "emtract.toml").write_text(CONFIG)
    days = ["Thu Jan 02", "Fri Jan 03"]
    lines = [tweet(i, f"{WORDS[i % 7]} $A {WORDS[i % 5]}", f"{days[i % 2]} 15:00:00 +0000 2014") for i in range(1, 61)]
    (tmp_path / "posts/a.jsonl").write_text("\n".join(map(json.dumps, lines)) + "\n")
    monkeypatch.chdir(tmp_path)
    printed(emtract("ingest"))
    return tmp_path


def emtract(*arguments):
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def printed(done):
    assert done.exit_code == 0, (done.output, done.exception)
    return done.stdout


def one_clear_line(done, *words):
    """What `main` prints after `emtract: `."""
    assert isinstance(done.exception, EmtractError), done.exception
    line = str(done.exception)
    assert "\n" not in line
    for word in words:
        assert word in line


def test_parts_of_a_store_are_scored_and_the_rest_is_said(project):
    out = printed(emtract("score", "--limit", "5"))
    assert "5 distinct texts scored now; 60 posts" in out
    assert "30 texts are left without a score" in out
    assert re.search(r"^\d+ posts covered now in .+, [\d,]+ posts/s$", out, flags=re.MULTILINE)
    printed(emtract("score", "--until", "2014-01-02", "--workers", "2", "--threads", "1"))
    printed(emtract("score", "--batch-tokens", "64", "--since", "2014-01-03"))
    assert "0 distinct texts scored now" in printed(emtract("score"))
    log = printed(emtract("score", "--log")).splitlines()
    assert len(log) == 3
    assert "with fast@" in log[0] and "in 2 processes (local engine)" in log[1]


def test_shards_travel_and_come_back(project):
    assert "1 shards of 35 texts written" in printed(emtract("shards", "write", "out"))
    assert "0 of 1 shards are finished" in printed(emtract("shards", "load", "out"))
    script = printed(emtract("shards", "slurm", "out", "-o", "job.sh", "--model", "fast"))
    assert "an array of 1 tasks; submit it with: sbatch job.sh" in script
    assert "1 shards scored (35 texts)" in printed(emtract("shards", "score", "out", "--model", "fast", "--task", "0"))
    assert "1 of 1 shards are finished; 35 texts" in printed(emtract("shards", "load", "out"))
    assert "0 distinct texts scored now" in printed(emtract("score"))


def test_dimensions_are_read_where_they_are_asked_for_and_once(project):
    assert "dimensions" not in printed(emtract("score"))
    out = printed(emtract("score", "--dimensions", "--threads", "1"))
    assert "dimensions: 35 distinct texts read now" in out
    assert json.loads(printed(emtract("score", "--dimensions", "--json")))["dimensions"] == 0
    revision = load_dimensions().revision
    printed(emtract("scores", "forget", f"emobank@{revision}", "--yes"))
    (project / "emtract.toml").write_text(CONFIG.replace("[model]\n", "[model]\ndimensions = true\n"))
    assert "dimensions: 35 distinct texts read now" in printed(emtract("score"))


def test_predictions_gain_dimensions_at_the_prompt_and_in_files(tmp_path):
    out = printed(emtract("predict", "--model", "fast", "--dimensions", "we won!!!"))
    assert all(name in out for name in ("pleasure", "arousal", "dominance"))
    assert "arousal" not in printed(emtract("predict", "--model", "fast", "we won!!!"))
    (tmp_path / "in.csv").write_text("text\nwe won!!!\nso calm\n")
    arguments = ("-i", tmp_path / "in.csv", "-o", tmp_path / "out.csv", "--model", "fast", "--dimensions")
    printed(emtract("predict", *arguments))
    header, *rows = (tmp_path / "out.csv").read_text().splitlines()
    assert header.endswith(",pleasure,arousal,dominance") and len(rows) == 2


BAD = [
    (("score", "--workers", "0"), ("--workers 0", ">= 1")),
    (("score", "--threads", "-1"), ("--threads -1", ">= 1")),
    (("score", "--batch-tokens", "0"), ("--batch-tokens 0", ">= 1")),
    (("score", "--engine", "dask"), ("--engine dask", "local, ray")),
    (("score", "--device", "tpu"), ("--device tpu", "cpu, cuda")),
    (("score", "--device", "cuda"), ("fast computes on the processor only", "--device cpu")),
    (("score", "--limit", "0"), ("--limit 0",)),
    (("score", "--since", "yesterday"), ("--since yesterday", "2014-01-31")),
    (("score", "--since", "2014-01-03", "--until", "2014-01-02"), ("--until 2014-01-02", "before")),
    (("shards", "score", "none"), ("none", "emtract shards write")),
    (("shards", "load", "none"), ("none", "emtract shards write")),
    (("shards", "slurm", "none", "-o", "job.sh"), ("none", "emtract shards write")),
]


def test_bad_values_end_in_one_clear_line(project):
    for arguments, words in BAD:
        one_clear_line(emtract(*arguments), *words)


def test_bad_parts_end_in_one_clear_line(project):
    printed(emtract("shards", "write", "out"))
    for options, words in (
        (("--part", "3"), ("--part 3", "3/20")),
        (("--part", "0/2"), ("no part 0 of 2",)),
        (("--task", "1"), ("no shard 1", "from 0 to 0")),
        (("--part", "1/1", "--task", "0"), ("exclude each other",)),
    ):
        one_clear_line(emtract("shards", "score", "out", *options), *words)
    one_clear_line(emtract("shards", "write", "out"), "holds shards already")


def test_ctrl_c_says_what_is_kept_and_how_to_go_on(project, monkeypatch):
    monkeypatch.setattr(engine, "SCORE_SLICE", 10)
    monkeypatch.setattr(scoring, "open_scorer", lambda *_: FakeScorer(fail_after=20))
    one_clear_line(emtract("score"), "stopped: 20 scores of texts are in", "s.duckdb; run the same command again")
    assert "interrupted" in printed(emtract("score", "--log"))
