"""`emtract audit` on the demonstration: what it says first, the page, the same numbers again, and bad input in a line."""

import json
from pathlib import Path

import polars as pl
import pytest

from emtract.errors import SourceError
from emtract.pipeline.audit.names import firm_names
from emtract.store import Store
from tests.conftest import batch, load_posts, post, source
from tests.prompt import emtract


@pytest.fixture(scope="module")
def audited(demo, tmp_path_factory):
    page = tmp_path_factory.mktemp("audit") / "deep" / "page.html"
    asked = ("audit", "-c", demo[0] / "emtract.toml", "-o", page, "--study", "daily_returns", "--json")
    done = emtract(*asked)
    assert done.returncode == 0, done.stderr
    return page, json.loads(done.stdout), asked


def test_it_says_what_it_will_read_before_it_reads(demo, tmp_path):
    done = emtract("audit", "-c", demo[0] / "emtract.toml", "-o", tmp_path / "a.html", "--dry-run")
    assert done.returncode == 0, done.stderr
    assert "distinct texts" in done.stdout and "changed texts to read" in done.stdout
    assert not list(tmp_path.iterdir())


def test_the_page_holds_the_answer_and_no_text_of_a_post(demo, audited):
    page, told, _ = audited
    html = page.read_text(encoding="utf-8")
    assert told["answer"].split(":")[0].replace("\u00a0", " ") in html.replace("\u00a0", " ").replace("&nbsp;", " ")
    with Store.open(demo[0] / "demo.duckdb", read_only=True) as store:
        texts = store.sql("SELECT text FROM texts WHERE length(text) > 30")["text"].to_list()
    assert not [text for text in texts if text in html]
    assert page.with_suffix(".readings.parquet").is_file()


def test_plain_numbers_are_those_of_the_study_and_the_second_audit_reads_nothing(demo, audited):
    _, told, asked = audited
    found = pl.read_csv(demo[0] / "reports/daily_returns/estimates.csv", infer_schema_length=None)
    known = {(row["spec"], row["term"]): row for row in found.iter_rows(named=True)}
    rows = told["audit"]["coefficients"]
    assert rows
    for row in rows:
        assert row["plain_estimate"] == pytest.approx(known[row["spec"], row["term"]]["estimate"])
        assert row["difference"] == pytest.approx(row["neutral_estimate"] - row["plain_estimate"])
    assert "0 changed texts to read" in emtract(*asked[:-1], "--dry-run").stdout
    assert json.loads(emtract(*asked).stdout) == told


def test_the_store_is_left_as_it_was(demo, audited):
    with Store.open(demo[0] / "demo.duckdb", read_only=True) as store:
        store.check()
        assert "audit_readings" not in store.sql("SELECT table_name FROM duckdb_tables()")["table_name"]
        assert (
            store.count("text_scores")
            == store.sql("SELECT count(*) AS n FROM text_scores JOIN texts USING (text_key, cleaner)").item()
        )


@pytest.mark.parametrize(
    ("more", "why"),
    [
        (("-o", "page.png"), "end its name in .html"),
        (("--scorer", "vader"), "emtract score"),
        (("--scorer", "no_such"), "no model is called"),
        (("--sample", "20"), "too few"),
        (("--names", "no_such.csv"), "cannot be read"),
        (("--study", "no_such"), "there is no study"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_bad_input_is_one_line(demo, tmp_path, more, why):
    done = emtract(
        "audit",
        "-c",
        demo[0] / "emtract.toml",
        *(() if "-o" in more else ("-o", tmp_path / "a.html")),
        *more,
        cwd=tmp_path,
    )
    assert done.returncode == 1 and why in done.stderr and done.stderr.count("\n") == 1
    assert not list(tmp_path.iterdir())


def test_a_store_without_scores_and_texts_that_tell_nothing_are_said_in_a_line(tmp_path):
    (tmp_path / "emtract.toml").write_text('[store]\npath = "s.duckdb"\n[model]\nname = "fast"\n')
    with Store.open(tmp_path / "s.duckdb") as store:
        letters = "bcdfghjklm"
        words = [f"{a}a{b}o{c}" for a in letters for b in letters[:4] for c in letters[:4]]
        rows = [post(i + 1, f"so {word} much", "2014-01-02T15:00", symbols=["A"]) for i, word in enumerate(words)]
        load_posts(store, source(), [batch(*rows)])
    done = emtract("audit", cwd=tmp_path)
    assert done.returncode == 1 and "emtract score" in done.stderr
    assert emtract("score", cwd=tmp_path).returncode == 0
    done = emtract("audit", cwd=tmp_path)
    assert done.returncode == 1 and "nothing to audit" in done.stderr and done.stderr.count("\n") == 1


NAMES = {
    "names.csv": "symbol,name\n$aapl,Apple Inc.\nXOM,Exxon\nAAPL,\n",
    "names.tsv": "Sector\tSymbol\tCompany\nX\t$AAPL\tApple Inc.\n",
    "company_tickers.json": '{"0": {"cik_str": 1, "ticker": "AAPL", "title": "Apple Inc."}}',
    "list.json": '[{"ticker": "AAPL", "name": "Apple Inc."}, 7]',
}


@pytest.fixture
def store(tmp_path):
    with Store.open(tmp_path / "s.duckdb") as opened:
        load_posts(opened, source(), [batch(post(1, "x", "2014-01-02T15:00", symbols=["AAPL", "B"]))])
        yield opened


@pytest.mark.parametrize("name", NAMES)
def test_names_of_firms_that_posts_name_are_read(store, tmp_path, name):
    (tmp_path / name).write_text(NAMES[name])
    assert firm_names(store, tmp_path / name) == {"AAPL": ["Apple Inc."], "B": []}
    assert firm_names(store) == {"AAPL": [], "B": []}


BROKEN = {
    "empty.csv": b"",
    "other.csv": b"a,b\n1,2\n",
    "bytes.csv": b"\xff\xfe\x00",
    "cut.json": b'{"0": {',
    "word.json": b'"x"',
    "number.json": b"7",
    "nested.json": b"[" * 100_000,
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_file_without_names_is_refused(store, tmp_path, name):
    (tmp_path / name).write_bytes(BROKEN[name])
    with pytest.raises(SourceError, match=Path(name).stem):
        firm_names(store, tmp_path / name)


@pytest.mark.parametrize(
    "asked", [("audit", "--seed"), ("audit", "--sample"), ("compare", "--sample"), ("compare", "--seed")]
)
def test_a_number_that_no_query_takes_is_refused_by_its_option(asked):
    done = emtract(*asked, str(2**63))
    assert done.returncode == 2 and asked[1] in done.stderr
