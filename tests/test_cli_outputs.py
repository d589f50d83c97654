"""`-o`: what a file is called is what it is, and no input is written over."""

import pytest

from tests.prompt import emtract

CONFIG = '[store]\npath = "s.duckdb"\n[[posts]]\nfiles = "posts.csv"\nformat = "csv"\n'


@pytest.mark.parametrize("name", ["p.sav", "p", "s.duckdb", "posts.csv"])
def test_the_panel_is_written_under_no_wrong_name_and_over_no_input(tmp_path, name):
    columns = 'columns = {post_id = "id", created_at = "at", body = "body"}\n'
    (tmp_path / "emtract.toml").write_text(CONFIG + columns)
    (tmp_path / "posts.csv").write_text("id,at,body\n1,2014-01-02T15:00:00Z,hello\n")
    assert emtract("ingest", cwd=tmp_path).returncode == 0
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    done = emtract("panel", "-o", name, cwd=tmp_path)
    assert done.returncode == 1 and done.stderr.startswith("emtract: cannot write") and done.stderr.count("\n") == 1
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


@pytest.mark.parametrize("name", ["x.png", "s.html", "posts.csv"])
def test_the_panel_is_explored_under_no_wrong_name_and_over_no_input(tmp_path, name):
    (tmp_path / "emtract.toml").write_text(CONFIG.replace("s.duckdb", "s.html"))
    (tmp_path / "posts.csv").write_text("")
    (tmp_path / "s.html").write_text("a store")
    done = emtract("report", "explore", "-o", name, cwd=tmp_path)
    assert done.returncode == 1 and done.stderr.startswith("emtract: cannot write") and done.stderr.count("\n") == 1
    assert (tmp_path / "s.html").read_text() == "a store"


def test_an_archive_without_scores_has_nothing_to_explore_and_says_so_in_a_line(tmp_path):
    columns = 'columns = {post_id = "id", created_at = "at", body = "body"}\n'
    (tmp_path / "emtract.toml").write_text(CONFIG + columns)
    (tmp_path / "posts.csv").write_text("id,at,body\n1,2014-01-02T15:00:00Z,hello\n")
    assert emtract("ingest", cwd=tmp_path).returncode == 0
    done = emtract("report", "explore", cwd=tmp_path)
    assert done.returncode == 1 and "emtract score" in done.stderr and done.stderr.count("\n") == 1
    assert not list(tmp_path.rglob("*.html"))


def test_pages_and_figures_are_written_under_no_wrong_name(tmp_path):
    page = emtract("explain", "to the moon", "--html", "x.png", cwd=tmp_path)
    assert page.returncode == 1 and "end its name in .html" in page.stderr
    figures = emtract("model", "evaluate", "--data", ".", "-o", "x.png", cwd=tmp_path)
    assert figures.returncode == 1 and "end its name in .json or .csv" in figures.stderr
    assert not list(tmp_path.iterdir())
