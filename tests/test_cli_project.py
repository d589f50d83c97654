"""A project at the prompt: init, doctor, completion."""

import json
import os
import subprocess

import pytest
from typer.testing import CliRunner

from emtract.cli import app
from emtract.errors import ConfigError
from tests.prompt import EMTRACT


def run(*arguments):
    """In this process: most of what a verb costs is starting one."""
    done = CliRunner().invoke(app, list(map(str, arguments)))
    if done.exception and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done


def test_a_new_project_says_what_comes_next_and_refuses_to_be_made_twice(tmp_path):
    made = run("init", tmp_path / "study")
    assert "ingest --dry-run" in made.output
    with pytest.raises(ConfigError, match="another folder"):
        run("init", tmp_path / "study")
    with pytest.raises(ConfigError, match=r"no file matches 'data/"):
        run("ingest", "--dry-run", "-c", tmp_path / "study/emtract.toml")


def test_the_doctor_ends_with_1_where_something_is_broken(tmp_path):
    run("init", tmp_path)
    sick = run("doctor", "--json", "-c", tmp_path / "emtract.toml")
    assert sick.exit_code == 1
    told = json.loads(sick.output)
    assert not told["sound"]
    assert {c["name"] for c in told["checks"] if c["status"] == "broken"} == {
        "[[posts]] data/posts/*",
        "[[prices]] data/prices/*.csv",
    }
    well = run("doctor", "-c", tmp_path / "none.toml")
    assert (well.exit_code, "nothing is broken" in well.output) == (0, True)


@pytest.mark.parametrize(
    ("typed", "wanted"),
    [
        ("emtract study ", {"run", "list", "new"}),
        ("emtract repl", {"replicate"}),
        ("emtract study run daily", {"daily_returns"}),
        ("emtract predict --model va", {"vader"}),
        ("emtract study new mine --y log_range_g", {"log_range_garman_klass"}),
        ("emtract panel --column fear_", {"fear_pre_open", "fear_market"}),
    ],
)
def test_verbs_complete_in_the_shell(typed, wanted):
    environment = {**os.environ, "_EMTRACT_COMPLETE": "complete_bash", "COMP_WORDS": typed}
    environment["COMP_CWORD"] = str(typed.count(" "))
    done = subprocess.run([str(EMTRACT)], capture_output=True, text=True, check=False, env=environment)
    assert wanted <= set(done.stdout.split()), done.stdout + done.stderr


def test_help_names_the_completion():
    assert "--install-completion" in run("--help").output
