"""What can go wrong with an archive and its disk, as a user at the prompt meets it: one line, and nothing is lost."""

import json
import os
import shutil
import subprocess
import time
from datetime import date, timedelta

import polars as pl
import pytest
import zstandard

from emtract import pipeline
from emtract.config import load_settings
from emtract.scoring import score_store
from emtract.store import Store
from tests.prompt import EMTRACT, emtract, process

INJECTION = "'; DROP TABLE posts; --"


def message(number, body="up", **more):
    return {"id": number, "body": body, "created_at": "2014-01-02T15:04:05Z", "user": {"id": 1}} | more


def lines(*messages):
    return b"".join(json.dumps(item).encode() + b"\n" for item in messages)


def configure(folder, pattern="posts"):
    config = folder / "emtract.toml"
    config.write_text(
        f'[store]\npath = "s.duckdb"\nthreads = 1\n[model]\nname = "fast"\n'
        f'[[posts]]\nfiles = {json.dumps(pattern)}\nformat = "stocktwits"\n'
    )
    (folder / "posts").mkdir(exist_ok=True)
    return config


def error_line(done):
    """The one line of a command that failed."""
    assert done.returncode == 1, done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    (line,) = [line for line in done.stderr.splitlines() if line.startswith("emtract: ")]
    return line


def stored(folder, query, **options):
    with Store.open(folder / "s.duckdb", **options) as store:
        store.check()
        return store.sql(query).rows()


def test_a_corrupted_zst_in_the_middle_of_a_folder_costs_its_own_lines_only(tmp_path):
    configure(tmp_path)
    whole = zstandard.ZstdCompressor(write_checksum=True)
    for number, name in enumerate(["a", "c"]):
        data = lines(*(message(10 * number + i) for i in range(1, 4)))
        (tmp_path / f"posts/{name}.jsonl.zst").write_bytes(whole.compress(data))
    broken = bytearray(b"".join(whole.compress(lines(message(100 + i, f"{i}" * 99))) for i in range(5)))
    broken[broken.index(b"(\xb5/\xfd", len(broken) // 2) + 12] ^= 0xFF
    (tmp_path / "posts/b.jsonl.zst").write_bytes(broken)
    done = emtract("ingest", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "10 rows read, 9 new, 0 repeated, 1 quarantined" in done.stdout
    assert "see `emtract quarantine`" in done.stdout
    kept = dict(
        stored(tmp_path, "SELECT path, count(*) FROM posts JOIN sources USING (source_id) GROUP BY path ORDER BY path")
    )
    assert kept == {"posts/a.jsonl.zst": 3, "posts/b.jsonl.zst": 3, "posts/c.jsonl.zst": 3}
    assert stored(tmp_path, "SELECT line, reason FROM quarantine") == [(4, "broken stream")]


def test_a_full_disk_is_one_line_and_a_run_with_space_finishes(tmp_path):
    """On a small disk of its own, in a mount namespace, which then grows."""
    unshare = shutil.which("unshare")
    if unshare is None or subprocess.run([unshare, "-rm", "true"], capture_output=True, check=False).returncode:
        pytest.skip("no disk of its own can be mounted here")
    config = configure(tmp_path, "posts/*")
    config.write_text(config.read_text().replace("s.duckdb", "disk/s.duckdb"))
    (tmp_path / "disk").mkdir()
    for number in range(4):
        first = 10_000 * number
        posts = (message(first + i, f"{hash((first, i)) ** 9:x}") for i in range(1, 10_001))
        (tmp_path / f"posts/{number}.jsonl").write_bytes(lines(*posts))
    script = (
        f"mount -t tmpfs -o size=6m none disk && {EMTRACT} ingest; echo status $?; "
        f"mount -o remount,size=100m disk; {EMTRACT} ingest; echo status $?; cp disk/s.duckdb s.duckdb"
    )
    done = subprocess.run(
        [unshare, "-rm", "sh", "-c", script], capture_output=True, text=True, check=False, cwd=tmp_path
    )
    assert done.stdout.splitlines()[0] == "status 1", done.stdout + done.stderr
    assert done.stdout.splitlines()[-1] == "status 0", done.stdout + done.stderr
    (line,) = [line for line in done.stderr.splitlines() if line.startswith("emtract: ")]
    assert "No space left on device" in line
    assert "Traceback" not in done.stderr
    assert stored(tmp_path, "SELECT count(*), count(DISTINCT post_id) FROM posts") == [(40_000, 40_000)]


def test_a_hundred_thousand_posts_with_one_id_are_one_post(tmp_path):
    config = configure(tmp_path)
    copies = [lines(message(1, "the first")), lines(message(1, "the first")), lines(message(1, "another"))]
    (tmp_path / "posts/a.jsonl").write_bytes(copies[0] + copies[1] * 59_999 + copies[2] * 40_000)
    settings = load_settings(config)
    start = time.process_time()
    with pipeline.open_store(settings) as store:
        report = pipeline.ingest(settings, store, workers=1)
    assert time.process_time() - start < 15
    assert (report.posts.read, report.posts.kept, report.posts.repeated, report.posts.rejected) == (
        *(100_000, 1, 59_999, 40_000),
    )
    assert stored(tmp_path, "SELECT body FROM posts") == [("the first",)]
    assert stored(tmp_path, "SELECT count(*), min(line), max(line) FROM quarantine") == [(40_000, 60_001, 100_000)]


def test_a_line_of_fifty_megabytes_is_one_rejection_in_bounded_memory(tmp_path):
    from emtract.ingest.batches import read_posts
    from emtract.ingest.posts.documents import MAX_PAGE_BYTES

    path = tmp_path / "a.jsonl"
    path.write_bytes(lines(message(1)) + b'{"id": 2, "body": "' + b"x" * 50_000_000 + b'"}\n' + lines(message(3)))
    list(read_posts(path, format="stocktwits"))
    import tracemalloc

    tracemalloc.start()
    (batch,) = read_posts(path, format="stocktwits")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert batch.posts["line"].to_pylist() == [1, 3]
    assert [(row["line"], row["reason"]) for row in batch.rejected.to_pylist()] == [(2, "line too long")]
    # A line may be a page of posts; no more of it is held than the largest page, twice while it grows.
    assert peak < 2.5 * MAX_PAGE_BYTES


CLOCKS = {
    # 2014-03-09 clocks go forward: 16:00 in New York is 21:00 UTC on the 7th and 20:00 UTC on the 10th.
    "2014-03-07T20:59:59Z": date(2014, 3, 7),
    "2014-03-07T21:00:01Z": date(2014, 3, 10),
    "2014-03-09T06:59:59Z": date(2014, 3, 10),
    "2014-03-09T07:00:01Z": date(2014, 3, 10),
    "2014-03-10T19:59:59Z": date(2014, 3, 10),
    "2014-03-10T20:00:01Z": date(2014, 3, 11),
    # 2014-11-02 clocks go back.
    "2014-10-31T19:59:59Z": date(2014, 10, 31),
    "2014-10-31T20:00:01Z": date(2014, 11, 3),
    "2014-11-02T05:30:00Z": date(2014, 11, 3),
    "2014-11-02T06:30:00Z": date(2014, 11, 3),
    "2014-11-03T20:59:59Z": date(2014, 11, 3),
    "2014-11-03T21:00:01Z": date(2014, 11, 4),
    # 2014-11-28 is a half day: the exchange closes at 13:00, 18:00 UTC.
    "2014-11-28T17:59:59Z": date(2014, 11, 28),
    "2014-11-28T18:00:01Z": date(2014, 12, 1),
}


def test_posts_around_clock_changes_and_a_half_day_fall_in_their_windows(tmp_path, scorer):
    from emtract.panel.firm_sessions import build_panel

    config = configure(tmp_path)
    symbols = {moment: f"S{number}" for number, moment in enumerate(CLOCKS)}
    posts = [
        message(number, f"post {number}", created_at=moment, symbols=[{"symbol": symbols[moment]}])
        for number, moment in enumerate(CLOCKS, 1)
    ]
    (tmp_path / "posts/a.jsonl").write_bytes(lines(*posts))
    days = [date(2014, 2, 24) + timedelta(days=n) for n in range(300)]
    rows = [f"{day},{symbol},1,1\n" for symbol in symbols.values() for day in days if day.weekday() < 5]
    (tmp_path / "prices.csv").write_text("Date,Symbol,Open,Close\n" + "".join(rows))
    config.write_text(
        config.read_text()
        + '[[prices]]\nfiles = "prices.csv"\n[prices.columns]\nsymbol = "Symbol"\nhigh = ""\nlow = ""\n'.replace(
            'high = ""\nlow = ""\n', ""
        )
    )
    settings = load_settings(config)
    with pipeline.open_store(settings) as store:
        pipeline.ingest(settings, store)
        score_store(store, scorer)
        frame = build_panel(store, scorer=scorer.name, revision=scorer.revision).data
    told = [column for column in frame.columns if column.startswith("n_posts")]
    found = frame.filter(pl.sum_horizontal(told) > 0).select("symbol", "session").rows()
    assert dict(found) == {symbols[moment]: day for moment, day in CLOCKS.items()}


def test_paths_of_every_kind_hold_a_project(tmp_path):
    folder = tmp_path / 'it\'s a "project"\nof two lines'
    folder.mkdir()
    configure(folder)
    (folder / "posts/with 'quotes'\n\".jsonl").write_bytes(lines(message(1)))
    done = emtract("ingest", cwd=folder)
    assert done.returncode == 0, done.stderr
    assert "1 new" in done.stdout
    assert stored(folder, "SELECT count(*) FROM posts") == [(1,)]


def test_a_symbol_that_is_sql_goes_through_a_whole_run(tmp_path):
    config = configure(tmp_path)
    days = [day for n in range(30) if (day := date(2014, 1, 2) + timedelta(days=n)).weekday() < 5]
    (tmp_path / "posts/a.jsonl").write_bytes(
        lines(*(message(i, f"so {i} happy", symbols=[{"symbol": INJECTION}]) for i in range(1, 9)))
    )
    rows = "".join(f'{day},"{INJECTION}",10,11\n' for day in days)
    (tmp_path / "prices.csv").write_text("Date,Symbol,Open,Close\n" + rows)
    with config.open("a") as stream:
        stream.write('[[prices]]\nfiles = "prices.csv"\n[prices.columns]\nsymbol = "Symbol"\n')
    settings = load_settings(config)
    with pipeline.open_store(settings) as store:
        pipeline.ingest(settings, store)
    for verb in (["score"], ["panel", "-o", "panel.csv"]):
        done = emtract(*verb, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
    panel = pl.read_csv(tmp_path / "panel.csv")
    assert set(panel["symbol"]) == {INJECTION.upper()}
    assert panel.select(pl.sum_horizontal(pl.col("^n_posts.*$").sum())).item() == 8
    assert stored(tmp_path, "SELECT count(*) FROM posts") == [(8,)]


def ingested(tmp_path):
    """A project whose store holds one post, and a file that it does not hold."""
    config = configure(tmp_path)
    (tmp_path / "posts/a.jsonl").write_bytes(lines(message(1)))
    settings = load_settings(config)
    with pipeline.open_store(settings) as store:
        pipeline.ingest(settings, store)
    (tmp_path / "posts/b.jsonl").write_bytes(lines(message(2)))


def test_a_second_process_on_one_store_gets_one_line(tmp_path):
    ingested(tmp_path)
    with Store.open(tmp_path / "s.duckdb"):
        for verb in ("ingest", "score"):
            assert "another process is writing" in error_line(process(verb, cwd=tmp_path))
    assert stored(tmp_path, "SELECT count(*) FROM posts") == [(1,)]
    assert emtract("ingest", cwd=tmp_path).returncode == 0
    assert stored(tmp_path, "SELECT count(*) FROM posts") == [(2,)]


def test_a_store_that_cannot_be_written_is_one_line(tmp_path):
    ingested(tmp_path)
    as_user = []
    if os.geteuid() == 0:  # whom no permission stops
        setpriv = shutil.which("setpriv")
        if setpriv is None:
            pytest.skip("a store that root may not write needs setpriv")
        as_user = [setpriv, "--bounding-set=-all", "--inh-caps=-all"]
    (tmp_path / "s.duckdb").chmod(0o444)
    for verb in ("ingest", "score"):
        line = error_line(process(verb, cwd=tmp_path, before=as_user))
        assert "s.duckdb" in line
    (tmp_path / "s.duckdb").chmod(0o644)
    assert stored(tmp_path, "SELECT count(*) FROM posts") == [(1,)]
