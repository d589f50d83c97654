"""Files -> store: groups, parts, parallel readers, interruption."""

import json
import multiprocessing
import os
import random
import signal
import time
from datetime import date

import pytest

from emtract import pipeline
from emtract.config import load_settings
from emtract.pipeline import loading
from emtract.store.sources import known_sources

FILES, LINES = 6, 80


def message(number, body):
    return {
        "id": number,
        "body": body,
        "created_at": "2014-01-02T15:04:05Z",
        "user": {"id": number % 7, "followers": 3},
        "symbols": [{"symbol": "AAPL"}, {"symbol": f"S{number % 5}"}],
    }


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    """Files with repeats within and between them, conflicts, and lines that are no posts."""
    folder = tmp_path_factory.mktemp("archive")
    chance = random.Random(5)
    for file in range(FILES):
        lines = []
        for line in range(LINES):
            number = chance.randrange(1, FILES * LINES // 2)
            body = f"post {number} $TSLA" if chance.random() < 0.95 else f"another text {line}"
            lines.append(json.dumps(message(number, body)) if chance.random() < 0.97 else "{broken")
        (folder / f"{file}.jsonl").write_text("\n".join(lines))
    (folder / "6.jsonl").write_bytes(b"PAR1 is no text")
    return folder


def configure(archive, store):
    config = store.with_suffix(".toml")
    config.write_text(
        f'[store]\npath = "{store}"\nthreads = 1\n[[posts]]\nfiles = "{archive}/*.jsonl"\nformat = "stocktwits"\n'
    )
    return load_settings(config)


TABLES = ("posts", "post_symbols", "quarantine")


def content(settings):
    """Every row of every table that ingesting fills."""
    with pipeline.open_store(settings, read_only=True) as store:
        store.check()
        rows = {table: store.sql(f"SELECT * FROM {table} ORDER BY ALL").rows() for table in TABLES}
        return rows | {"sources": store.sql("SELECT * EXCLUDE (modified_ns) FROM sources ORDER BY ALL").rows()}


@pytest.fixture(scope="module")
def whole(archive, tmp_path_factory):
    """The content after one undisturbed run."""
    settings = configure(archive, tmp_path_factory.mktemp("whole") / "s.duckdb")
    with pipeline.open_store(settings) as store:
        report = pipeline.ingest(settings, store)
    assert report.posts.read == FILES * LINES + 1
    assert report.posts.kept
    assert report.posts.repeated
    assert report.posts.rejected
    assert len(report.unreadable) == 1
    return content(settings)


@pytest.mark.parametrize("workers", [1, 3])
@pytest.mark.parametrize("rows", [1, 50, 130])
def test_neither_groups_nor_processes_change_a_row(archive, whole, tmp_path, monkeypatch, rows, workers):
    monkeypatch.setattr(loading, "GROUP_ROWS", rows)
    settings = configure(archive, tmp_path / "s.duckdb")
    with pipeline.open_store(settings) as store:
        pipeline.ingest(settings, store, workers=workers)
    assert content(settings) == whole


def test_a_large_file_goes_on_after_its_last_committed_line(archive, whole, tmp_path, monkeypatch):
    monkeypatch.setattr(loading, "GROUP_ROWS", 30)
    monkeypatch.setattr(loading, "BATCH_ROWS", 7)
    settings = configure(archive, tmp_path / "s.duckdb")
    real, calls = loading.load_parts, []

    def failing(store, parts):
        calls.append(parts)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return real(store, parts)

    monkeypatch.setattr(loading, "load_parts", failing)
    with pipeline.open_store(settings) as store:
        with pytest.raises(KeyboardInterrupt):
            pipeline.ingest(settings, store)
        known = known_sources(store)
        assert [(source.finished, source.last_line) for source in known.values()] == [(False, 70)]
        monkeypatch.setattr(loading, "load_parts", real)
        pipeline.ingest(settings, store)
        assert all(source.finished for source in known_sources(store).values())
        assert pipeline.ingest(settings, store).files == 0
    assert content(settings) == whole


def interrupted(settings, rows):
    """Ingest slowly, so that a kill falls between and within transactions."""
    loading.GROUP_ROWS, loading.BATCH_ROWS = rows, 15
    real = loading.load_parts

    def slow(store, parts):
        time.sleep(0.05)
        return real(store, parts)

    loading.load_parts = slow
    with pipeline.open_store(settings) as store:
        pipeline.ingest(settings, store)


@pytest.mark.parametrize("rows", [1, 40])
def test_killed_at_random_moments_it_ends_with_the_rows_of_an_undisturbed_run(archive, whole, tmp_path, rows):
    settings = configure(archive, tmp_path / "s.duckdb")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["emtract.pipeline", "emtract.ingest.batches", "duckdb", "pyarrow", __name__])
    chance, kills = random.Random(rows), 0
    for _ in range(200):
        child = context.Process(target=interrupted, args=(settings, rows))
        child.start()
        child.join(chance.uniform(0.02, 0.3) if kills < 20 else 100)
        if child.exitcode is not None:
            break
        os.kill(child.pid, signal.SIGKILL)
        child.join()
        kills += 1
    assert child.exitcode == 0
    assert kills >= 2
    assert content(settings) == whole


def thing(number, body):
    return json.dumps(
        {"id": f"a{number}", "created_utc": 1388675045 + number, "author": "u", "body": body, "link_id": "t3_x"}
    )


@pytest.fixture
def reddit(tmp_path):
    """Comments that name symbols without a dollar sign, and prices of one of them."""
    (tmp_path / "c.jsonl").write_text(
        "\n".join([thing(1, "GME and AMC look cheap"), thing(2, "$AMC too"), thing(3, "THE end")])
    )
    (tmp_path / "GME.csv").write_text("Date,Open,Close\n2014-01-02,4,5\n")
    config = tmp_path / "e.toml"
    config.write_text(
        '[store]\npath = "s.duckdb"\n[[posts]]\nfiles = "c.jsonl"\nformat = "reddit"\nbare_symbols = true\n'
        '[[prices]]\nfiles = "*.csv"\n'
    )
    return config


def symbols(settings):
    with pipeline.open_store(settings, read_only=True) as store:
        rows = store.sql("SELECT post_id, symbol, origin FROM post_symbols JOIN posts USING (post_key) ORDER BY ALL")
    return rows.rows()


def test_bare_names_of_symbols_with_prices_count_where_the_configuration_says_so(reddit):
    settings = load_settings(reddit)
    with pipeline.open_store(settings) as store:
        pipeline.ingest(settings, store)
    assert symbols(settings) == [("t1_a1", "GME", "name"), ("t1_a2", "AMC", "cashtag")]


def test_prices_that_come_later_give_their_symbols_to_posts_that_are_there(reddit):
    settings = load_settings(reddit)
    with pipeline.open_store(settings) as store:
        pipeline.ingest(settings, store)
        again = pipeline.ingest(settings, store)
        assert (again.files, again.skipped) == (0, 2)
    (reddit.parent / "AMC.csv").write_text("Date,Open,Close\n2014-01-02,4,5\n")
    with pipeline.open_store(settings) as store:
        later = pipeline.ingest(settings, store)
        assert (later.files, later.posts.kept, later.posts.repeated) == (2, 0, 3)
        store.check()
    assert ("t1_a1", "AMC", "name") in symbols(settings)


BARS = "Date,Open,Close\n2021-05-31 22:00:00+00:00,1,1\n2021-06-01 22:00:00+00:00,2,2\n2021-06-06 22:00:00+00:00,3,3\n"
DAYS = "Date;Open;Close\n03/04/2021;1,5;1,5\n06/04/2021;2;2\n"


def ingested(folder, text, *, calendar="XNYS", **keys):
    (folder / "A.csv").write_text(text)
    stated = "".join(f"{key} = '{value}'\n" for key, value in keys.items())
    (folder / "emtract.toml").write_text(
        f'[store]\npath = "s.duckdb"\n[[prices]]\nfiles = "A.csv"\n{stated}[panel]\ncalendar = "{calendar}"\n'
    )
    settings = load_settings(folder / "emtract.toml")
    with pipeline.open_store(settings) as store:
        report = pipeline.ingest(settings, store)
        return report, [day for (day,) in store.sql("SELECT session FROM prices ORDER BY session").iter_rows()]


@pytest.mark.parametrize("how", [{"calendar": "XPAR"}, {"timezone": "Europe/Paris"}])
def test_bars_in_utc(tmp_path, how):
    report, days = ingested(tmp_path, BARS, **how)
    assert days == [date(2021, 6, 1), date(2021, 6, 2), date(2021, 6, 7)]
    assert report.unreadable == ()


def test_bars_of_another_calendar_are_refused_and_the_remedy_reads_them(tmp_path):
    report, days = ingested(tmp_path, BARS)
    assert days == []
    assert "Sundays and no Friday" in report.unreadable[0]
    assert 'timezone = "Europe/Paris"' in report.unreadable[0]
    assert ingested(tmp_path, BARS, timezone="Europe/Paris")[1][0] == date(2021, 6, 1)


def test_a_form_that_has_to_be_stated_is_asked_for_and_read(tmp_path):
    report, days = ingested(tmp_path, DAYS)
    assert days == []
    assert 'date_format = "%d/%m/%Y"' in report.unreadable[0]
    report, days = ingested(tmp_path, DAYS, date_format="%d/%m/%Y")
    assert 'decimal = ","' in report.unreadable[0]
    report, days = ingested(tmp_path, DAYS, date_format="%d/%m/%Y", decimal=",")
    assert days == [date(2021, 4, 3), date(2021, 4, 6)]
    assert report.unreadable == ()
