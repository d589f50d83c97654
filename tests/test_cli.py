"""The prompt: what a user types, sees, and is told when something is wrong; never a traceback."""

import json
import os
import subprocess
import sys

import pytest

from tests.prompt import emtract


def tweet(post_id, text, when="Thu Jan 02 15:00:00 +0000 2014", **more):
    user = {"id": 1, "followers_count": 5, "verified": False}
    return {
        "id": post_id,
        "id_str": str(post_id),
        "text": text,
        "created_at": when,
        "user": user,
        "entities": {},
    } | more


CONFIG = """
[store]
path = "s.duckdb"
[[posts]]
files = "posts/*"
format = "twitter_v1"
[[prices]]
files = "prices/*.csv"
[model]
name = "fast"
"""


@pytest.fixture
def project(tmp_path):
    (tmp_path / "posts").mkdir()
    (tmp_path / "prices").mkdir()
    (tmp_path / "emtract.toml").write_text(CONFIG)
    days = [f"2014-01-{d:02d}" for d in (2, 3, 6, 7, 8, 9, 10)]
    for name in ("A", "B"):
        rows = "".join(f"{d},10,11,9,10.5,10.5,1000\n" for d in days)
        (tmp_path / f"prices/{name}.csv").write_text(
            "Date,Open,High,Low,Close,Adj Close,Volume\n" + rows + "2014-01-13,null,null,null,null,null,null\n"
        )
    lines = [json.dumps(tweet(i, f"text {i} $A")) for i in range(1, 6)]
    (tmp_path / "posts/a.jsonl").write_text("\n".join(lines) + "\n")
    return tmp_path


def one_clear_line(done, *words):
    assert done.returncode == 1
    line = done.stderr.strip().splitlines()[-1]
    assert line.startswith("emtract: ")
    assert "Traceback" not in done.stderr + done.stdout
    for word in words:
        assert word in line


BAD_LINES = {
    "truncated JSON": (b'{"id": 7, "text": "cut', "not JSON"),
    "NUL bytes": (b"\x00\x00\x00", "NUL"),
    "10 MB line": (b'{"id": 8, "text": "' + b"x" * 10_000_000 + b'"}', "line too long"),
    "no time": (json.dumps({"id": 9, "text": "x", "user": {"id": 1}}).encode(), "missing field"),
    "duplicate id with other text": (json.dumps(tweet(1, "something else $A")).encode(), "id already stored"),
}


@pytest.mark.parametrize("case", BAD_LINES)
def test_a_bad_line_is_a_quarantine_row_and_costs_nothing_else(project, case):
    line, reason = BAD_LINES[case]
    with (project / "posts/a.jsonl").open("ab") as stream:
        stream.write(line + b"\n" + json.dumps(tweet(99, "after it $A")).encode() + b"\n")
    done = emtract("ingest", cwd=project)
    assert done.returncode == 0, done.stderr
    assert "7 rows read, 6 new, 0 repeated, 1 quarantined" in done.stdout
    shown = emtract("quarantine", cwd=project).stdout
    assert reason in " ".join(shown.split())
    assert "a.jsonl" in shown


def test_a_timestamp_without_zone_is_quarantined_with_its_remedy(project):
    (project / "posts/a.jsonl").unlink()
    (project / "posts/t.csv").write_text("id,when,text\n1,2014-01-02 10:00:00,hello $A\n2,2014-01-02T15:00:00Z,hi $A\n")
    columns = '[posts.columns]\npost_id = "id"\ncreated_at = "when"\nbody = "text"\n'
    (project / "emtract.toml").write_text(CONFIG.replace('"twitter_v1"\n', '"csv"\n' + columns))
    assert "2 rows read, 1 new, 0 repeated, 1 quarantined" in emtract("ingest", cwd=project).stdout
    assert "timestamp without zone" in " ".join(emtract("quarantine", cwd=project).stdout.split())


def test_a_file_that_is_no_zstd_is_quarantined_and_the_others_are_read(project):
    (project / "posts/b.jsonl.zst").write_bytes(b"plain text")
    done = emtract("ingest", cwd=project)
    assert done.returncode == 0
    assert "5 new" in done.stdout
    assert "unreadable, in quarantine: posts/b.jsonl.zst" in done.stdout
    again = emtract("ingest", cwd=project)
    assert "0 files read, 4 already in the store" in again.stdout


def test_a_dry_run_shows_posts_where_prices_are_missing_still(project):
    config = project / "emtract.toml"
    config.write_text(config.read_text() + '\n[[prices]]\nfiles = "later/*.csv"\n')
    done = emtract("ingest", "--dry-run", cwd=project)
    assert done.returncode == 1
    assert "all 5: 5 posts, 0 to quarantine" in done.stdout
    assert done.stderr.startswith("emtract: no file matches 'later/*.csv' of [[prices]]: check the path")
    assert len(done.stderr.splitlines()) == 1


def test_a_dry_run_of_the_configuration_writes_nothing(project):
    done = emtract("ingest", "--dry-run", cwd=project)
    assert done.returncode == 0, done.stderr
    assert "twitter_v1" in done.stdout
    assert "all 5: 5 posts, 0 to quarantine" in done.stdout
    assert "3 files would be read, 0 would not; nothing was written" in done.stdout
    assert not (project / "s.duckdb").exists()


def test_a_dry_run_of_paths_needs_no_configuration_and_speaks_json(tmp_path):
    name = 'it\'s a "file"\nwith \x1b[31m.jsonl'
    (tmp_path / name).write_text(json.dumps(tweet(1, "$A \x1b[2J", symbols=[])) + "\n")
    shown = emtract("ingest", "--dry-run", name, cwd=tmp_path)
    assert shown.returncode == 0, shown.stderr
    assert "\x1b" not in shown.stdout
    assert r"""it's a "file"\nwith \x1b[31m.jsonl""" in shown.stdout
    (preview,) = json.loads(emtract("ingest", "--dry-run", "--json", ".", cwd=tmp_path).stdout)
    assert (preview["files"], preview["format"], preview["kept"]) == ([name], "twitter_v1", 1)


def test_null_prices_are_quarantined(project):
    assert "prices: 16 rows read, 14 new, 0 repeated, 2 quarantined" in emtract("ingest", cwd=project).stdout


def test_an_emoji_only_post_and_an_empty_one_are_kept_flagged_and_scored(project):
    with (project / "posts/a.jsonl").open("a") as stream:
        stream.write(json.dumps(tweet(20, "🚀🚀🚀")) + "\n" + json.dumps(tweet(21, "")) + "\n")
    emtract("ingest", cwd=project)
    done = emtract("score", cwd=project)
    assert done.returncode == 0, done.stderr
    assert "7 posts" in done.stdout


def test_a_ticker_missing_from_the_prices_and_a_gap_stand_in_the_ledger(project):
    with (project / "posts/a.jsonl").open("a") as stream:
        stream.write(json.dumps(tweet(30, "$NOPE to the moon")) + "\n")
        stream.write(json.dumps(tweet(31, "$A on a gap", "Mon Jan 13 16:00:00 +0000 2014")) + "\n")
    assert emtract("ingest", cwd=project).returncode == 0
    assert emtract("score", cwd=project).returncode == 0
    done = emtract("panel", "-o", "panel.csv", cwd=project)
    ledger = " ".join(done.stdout.split())
    assert "no prices for the symbol" in ledger
    assert (project / "panel.csv").read_text().startswith("symbol,session")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("ingest", "-c", "none.toml"), ("none.toml", "--config")),
        (("ingest", "posts"), ("--dry-run", "[[posts]]")),
        (("ingest", "--dry-run", "nowhere"), ("nowhere",)),
        (("ingest", "--dry-run", "no\nwhere"), (r"no\nwhere",)),
        (("predict", "x", "--model", "no-such-model"), ("no-such-model", "default")),
        (("predict",), ("nothing to predict",)),
        (("predict", "-i", "x.csv"), ("--output",)),
        (("predict", "-i", "none.csv", "-o", "y.csv"), ("none.csv",)),
        (("panel",), ("there is no store",)),
        (("study", "run", "no_such_study"), ("there is no store",)),
        (("prices", "download", "A", "--start", "yesterday", "--end", "2014-01-01"), ("2014-01-31",)),
    ],
)
def test_bad_requests_end_in_one_clear_line(project, arguments, words):
    one_clear_line(emtract(*arguments, cwd=project), *words)


def test_a_path_that_cannot_be_written_is_one_clear_line(project):
    emtract("ingest", cwd=project)
    emtract("score", cwd=project)
    one_clear_line(emtract("panel", "-o", project / "no/such/folder/panel.csv", cwd=project), "no/such/folder")


def test_a_misspelt_key_is_named(project):
    (project / "emtract.toml").write_text(CONFIG + "[panel]\nwieghts = 'equal'\n")
    one_clear_line(emtract("run", cwd=project), "wieghts", "weights")


def test_a_pattern_without_files_is_named(project):
    (project / "posts/a.jsonl").unlink()
    one_clear_line(emtract("ingest", cwd=project), "posts/*")


def test_an_unknown_study_lists_the_known_ones(project):
    emtract("ingest", cwd=project)
    emtract("score", cwd=project)
    one_clear_line(emtract("study", "run", "no_such_study", cwd=project), "daily_returns")


def test_predict_reads_texts_prompts_and_files(tmp_path):
    out = emtract("predict", "$TSLA to the moon 🚀🚀").stdout
    assert "happy" in out
    prompted = emtract("predict", "--model", "fast", "--interactive", stdin="i am scared\n\n").stdout
    assert "i am scared" in prompted
    (tmp_path / "in.csv").write_text("id,body,note\n0012,to the moon,a\n1234567890123456789,,b\n7,down,c\n")
    assert emtract("predict", "--model", "fast", "-i", "in.csv", "-o", "out.parquet", cwd=tmp_path).returncode == 0
    import polars as pl

    frame = pl.read_parquet(tmp_path / "out.parquet")
    assert frame["id"].to_list() == ["0012", "1234567890123456789", "7"]
    assert frame.columns[:3] == ["id", "body", "note"]
    (tmp_path / "one.txt").write_text("to the moon, now\nso sad\n")
    assert emtract("predict", "--model", "fast", "-i", "one.txt", "-o", "one.csv", cwd=tmp_path).returncode == 0
    assert pl.read_csv(tmp_path / "one.csv").height == 2


def test_help_gives_an_example_for_every_command():
    from typer.main import get_command

    from emtract.cli import app

    def walk(command, path):
        if hasattr(command, "commands"):
            for name, sub in command.commands.items():
                yield from walk(sub, (*path, name))
        else:
            yield path, command

    for path, command in walk(get_command(app), ()):
        assert f"Example: emtract {' '.join(path)}" in command.help, path


@pytest.mark.parametrize("verb", [("study", "run"), ("study", "export", "-o", "paper"), ("replicate", "-o", "package")])
def test_a_study_file_of_the_working_directory_is_found_wherever_the_configuration_is(project, tmp_path_factory, verb):
    here = tmp_path_factory.mktemp("here")
    (here / "mine.py").write_text("STUDY = (")
    emtract("ingest", cwd=project)
    done = emtract(*verb, "mine.py", "-c", project / "emtract.toml", cwd=here)
    one_clear_line(done, str(here / "mine.py"), "is not Python at line 1")


def test_linear_algebra_keeps_to_one_thread_unless_the_user_says_otherwise():
    code = (
        "import sys; sys.argv = ['emtract', '--version']\n"
        "from emtract import cli\n"
        "try: cli.main()\n"
        "except SystemExit: pass\n"
        "import numpy, threadpoolctl\n"
        "print({found['num_threads'] for found in threadpoolctl.threadpool_info() if found['user_api'] == 'blas'})"
    )
    clean = {name: value for name, value in os.environ.items() if not name.endswith("_THREADS")}
    for said, threads in (({}, "{1}"), ({"OPENBLAS_NUM_THREADS": "2"}, "{2}")):
        run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=clean | said)
        assert run.stdout.splitlines()[-1] == threads
