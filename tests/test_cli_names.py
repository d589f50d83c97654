"""Names, arguments and input that are not UTF-8: read where they can be, else refused in a line."""

import json
import os
import subprocess

import polars as pl
import pytest

from emtract.store import Store
from tests.prompt import EMTRACT, emtract

CAFE = os.fsdecode(b"caf\xe9")


def post(number):
    return json.dumps({"id": number, "body": "up", "created_at": "2020-01-02T15:00:00Z", "user": {"id": 7}}) + "\n"


@pytest.fixture
def project(tmp_path):
    (tmp_path / "posts").mkdir()
    for number, name in enumerate(("a", CAFE, os.fsdecode(b"caf\xe8"), r"caf\xe9"), 1):
        (tmp_path / "posts" / f"{name}.jsonl").write_text(post(number))
    pl.DataFrame({"id": ["9"], "time": ["2020-01-02T15:00:00Z"], "text": ["up"]}).write_parquet(tmp_path / "x")
    (tmp_path / "x").rename(tmp_path / "posts" / f"{CAFE}.parquet")
    (tmp_path / "posts" / f"cut{CAFE}.parquet").write_bytes(b"PAR1")
    (tmp_path / "emtract.toml").write_text(
        '[store]\npath = "s.duckdb"\n[[posts]]\nfiles = "posts/*.jsonl"\nformat = "stocktwits"\n[[posts]]\n'
        'files = "posts/*.parquet"\nformat = "auto"\ncolumns = { post_id = "id", created_at = "time", body = "text" }\n'
    )
    return tmp_path


def test_files_of_any_name_are_read_each_under_a_name_of_its_own(project):
    done = emtract("ingest", cwd=project)
    assert done.returncode == 0 and "5 new" in done.stdout and r"cutcaf\xe9.parquet" in done.stdout
    with Store.open(project / "s.duckdb", read_only=True) as store:
        paths = store.sql("SELECT path FROM sources WHERE rows_kept > 0 ORDER BY path")["path"].to_list()
    assert paths == sorted(
        f"posts/{n}" for n in ("a.jsonl", r"caf\xe8.jsonl", r"caf\xe9.jsonl", r"caf\\xe9.jsonl", r"caf\xe9.parquet")
    )
    assert emtract("ingest", cwd=project).stdout.startswith("0 files read")
    assert r"cutcaf\xe9.parquet" in emtract("quarantine", cwd=project).stdout
    shown = json.loads(emtract("ingest", "--dry-run", "--json", "posts", cwd=project).stdout)
    assert {r"posts/caf\xe9.jsonl", r"posts/caf\\xe9.jsonl"} <= {name for group in shown for name in group["files"]}


@pytest.mark.parametrize("verb", [["ingest"], ["score"], ["run"], ["panel"], ["quarantine"], ["report", "build"]])
def test_a_folder_that_duckdb_cannot_open_is_named_in_a_line(tmp_path, verb):
    folder = tmp_path / CAFE
    folder.mkdir()
    (folder / "emtract.toml").write_text('[store]\npath = "s.duckdb"\n')
    done = emtract(*verb, cwd=folder)
    assert done.returncode == 1 and done.stderr.strip().count("\n") == 0
    assert r"caf\xe9 has a name that is not UTF-8" in done.stderr and "rename the folder" in done.stderr


def test_posts_are_read_whatever_their_bytes(tmp_path):
    def run(*arguments, given=b"", **more):
        command = [os.fsencode(EMTRACT), *arguments, b"--model", b"fast"]
        return subprocess.run(
            command, input=given, capture_output=True, cwd=tmp_path, env=os.environ | more, check=False
        )

    ascii_only = {"PYTHONIOENCODING": "ascii"}
    spoken = run(b"predict", b"caf\xe9 moon \xf0\x9f\x9a\x80", **ascii_only)
    assert spoken.returncode == 0 and rb"caf\xe9 moon \U0001f680" in spoken.stdout
    told = subprocess.run(
        [os.fsencode(EMTRACT), b"causes", b"caf\xe9 earnings"], capture_output=True, cwd=tmp_path, check=False
    )
    assert (
        told.returncode == 0
        and rb"caf\xe9 earnings" in told.stdout
        and b"earnings" in told.stdout.split(b"earnings", 1)[1]
    )
    typed = run(b"predict", b"--interactive", given=b"caf\xe9 moon\n\n")
    assert typed.returncode == 0 and "caf\ufffd moon" in typed.stdout.decode()
    page = run(b"explain", b"caf\xe9 moon", b"--html", b"p\xe9.html")
    assert page.returncode == 0 and b"moon" in (tmp_path / os.fsdecode(b"p\xe9.html")).read_bytes()
