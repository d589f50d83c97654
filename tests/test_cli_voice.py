"""Results go to standard output, lines of stages to standard error; --quiet and --json on the verbs that work long."""

import io
import json
import time

import numpy as np
import pytest

from emtract.console.voice import Voice, progress_bars
from emtract.pipeline.line import Stage
from tests.pipeline.test_line import STUDY, write_archive
from tests.prompt import emtract
from tests.test_cli import CONFIG


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    folder = tmp_path_factory.mktemp("voice")
    write_archive(folder, np.random.default_rng(3))
    (folder / "mine.py").write_text(STUDY)
    text = CONFIG.replace("twitter_v1", "stocktwits") + "[panel]\nvolatility_sessions = 5\n"
    (folder / "emtract.toml").write_text('studies = ["mine.py"]\n' + text)
    return folder


def test_the_verbs_in_turn_tell_what_they_did_as_json(archive):
    def told(*verb):
        done = emtract(*verb, "--json", cwd=archive)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout), done.stderr

    ingested, said = told("ingest")
    assert ingested["posts"]["kept"] > 0 and ingested["skipped"] == 0 and said == ""
    scored, said = told("score")
    assert scored["scored"] > 0 and scored["posts_per_second"] > 0 and said == ""
    panel, said = told("panel", "-o", str(archive / "panel.csv"))
    assert panel["rows"] > 0 and panel["output"].endswith("panel.csv") and said == ""
    assert panel["ledger"][-1]["rows_out"] == panel["rows"]
    study, said = told("study", "run", "mine.py")
    assert study["estimates"][0]["estimate"] is not None and study["page"].endswith("index.html") and said == ""
    ran, said = told("run", "--force")
    assert ran["ingest"]["skipped"] > 0 and ran["studies"]["mine.py"]["built"] and not ran["nothing_to_do"]
    assert ran["seconds"].keys() == {"ingest", "score", "studies"}
    assert [line.split()[0] for line in said.splitlines()] == ["ingest", "score", "studies"]


@pytest.mark.parametrize("verb", [("ingest",), ("score",), ("panel",), ("study", "run", "mine.py"), ("run",)])
def test_quiet_prints_nothing_and_still_says_errors(archive, verb, tmp_path):
    done = emtract(*verb, "--quiet", cwd=archive)
    assert done == (0, "", "")
    failed = emtract(*verb, "--quiet", cwd=tmp_path)
    assert failed.returncode == 1 and failed.stdout == "" and failed.stderr.startswith("emtract: ")


def test_a_run_says_one_line_a_stage_and_what_it_skipped(archive):
    emtract("run", cwd=archive)
    again = emtract("run", cwd=archive)
    lines = again.stderr.splitlines()
    assert len(lines) == 3
    for line, words in zip(lines, ("0 files read", "0 distinct texts scored", "0 pages built, 1 skipped"), strict=True):
        assert words in line and " s " in line
    assert again.stdout.startswith("nothing to do")


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.mark.parametrize("stream", [io.StringIO, Terminal])
def test_bars_are_drawn_on_a_terminal_alone(stream, monkeypatch):
    for name in ("FORCE_COLOR", "TTY_COMPATIBLE", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm")
    heard = stream()
    monkeypatch.setattr("sys.stderr", heard)
    with progress_bars() as progress:
        progress("score", 1, 3)
        time.sleep(0.2)
        progress("score", 2, 3)
    assert ("score" in heard.getvalue()) == (stream is Terminal)


def test_a_line_of_a_stage_stands_above_the_bars_and_not_within_one(monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "100")
    heard = Terminal()
    monkeypatch.setattr("sys.stderr", heard)
    voice = Voice()
    with voice.bars() as progress:
        progress("ingest", 1, 3)
        time.sleep(0.2)
        voice.stage(Stage("studies", 3.0, {}))
        progress("ingest", 2, 3)
        time.sleep(0.2)
    before, found, _ = heard.getvalue().partition("studies     3.0 s")
    assert found and before.endswith(("\r", "\n", "\x1b[2K"))


def test_quiet_draws_nothing_on_a_terminal_either(monkeypatch):
    heard = Terminal()
    monkeypatch.setattr("sys.stderr", heard)
    with Voice(quiet=True).bars() as progress:
        progress("score", 1, 3)
    assert heard.getvalue() == ""


def test_a_study_tells_how_many_of_its_specs_are_estimated(archive):
    from emtract import pipeline
    from emtract.config import load_settings

    seen = []
    settings = load_settings(archive / "emtract.toml")
    with pipeline.open_store(settings, read_only=True) as store:
        pipeline.estimate_study(settings, store, "mine.py", progress=lambda *call: seen.append(call))
    assert seen == [("mine", done, seen[0][2]) for done in range(seen[0][2] + 1)]
