import os
import subprocess
import sys
from dataclasses import replace
from datetime import date

import duckdb
import polars as pl
import pytest

from emtract.emotions import EMOTIONS
from emtract.errors import SourceError, StoreError
from emtract.schema import TABLES
from emtract.store import Store
from emtract.store.database import SCHEMA_VERSION
from emtract.store.loading import Loaded, import_scores, load_market, load_parts, unreadable_part
from emtract.store.sources import known_sources
from emtract.store.sql import list_sql, read_sql, sql_digests
from tests.conftest import batch, days, load_posts, post, prices, source


@pytest.fixture
def store(tmp_path):
    with Store.open(tmp_path / "s.duckdb") as opened:
        yield opened


def test_the_ddl_and_the_contracts_agree(store):
    for table in TABLES:
        described = store.sql(f"DESCRIBE {table.name}").select("column_name", "column_type", "null").rows()
        assert described == [(c.name, c.type, "YES" if c.nullable else "NO") for c in table.columns], table.name


def test_every_sql_file_is_read_by_someone():
    from pathlib import Path

    package = Path(__file__).parent.parent.parent / "emtract"
    code = "".join(p.read_text() for p in package.rglob("*.py"))
    for name in sql_digests():
        stem = name.removesuffix(".sql")
        assert stem in code or stem.startswith(("schema/", "checks/", "macros/")), f"{name} is never run"
    with pytest.raises(StoreError, match="reinstall"):
        read_sql("panel/no_such_file")


def test_loading_keeps_new_posts_and_unites_symbols_of_repeated_ones(store):
    first = load_posts(store, source("a"), [batch(post(1, "hi $A", "2014-01-02T15:00", symbols=["A"]))])
    again = load_posts(
        store,
        source("b"),
        [batch(post(1, "hi $A", "2014-01-02T15:00", symbols=["A", "B"]), post(2, "yo", "2014-01-02T16:00"))],
    )
    assert first == Loaded(1, 1, 0, 0)
    assert again == Loaded(2, 1, 1, 0)
    assert store.sql("SELECT symbol FROM post_symbols ORDER BY 1")["symbol"].to_list() == ["A", "B"]
    assert store.count("posts") == 2


def test_a_duplicate_id_with_other_text_is_quarantined_within_a_file_and_between_files(store):
    within = load_posts(
        store,
        source("a"),
        [batch(post(1, "one", "2014-01-02T15:00", line=1), post(1, "other", "2014-01-02T15:00", line=2))],
    )
    between = load_posts(store, source("b"), [batch(post(1, "third", "2014-01-02T15:00"))])
    assert (within, between) == (Loaded(2, 1, 0, 1), Loaded(1, 0, 0, 1))
    assert store.sql("SELECT body FROM posts")["body"].to_list() == ["one"]
    rows = store.sql("SELECT line, reason, detail FROM quarantine ORDER BY source_id").rows()
    assert [(line, reason) for line, reason, _ in rows] == [(2, "id already stored with another text"), (1, rows[0][1])]
    assert rows[0][2].endswith("other")


def test_a_file_loads_whole_or_not_at_all(store):
    def breaking():
        yield batch(post(1, "one", "2014-01-02T15:00"))
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        load_posts(store, source("a"), breaking())
    assert store.count("posts") == store.count("sources") == 0
    assert load_posts(store, source("a"), [batch(post(1, "one", "2014-01-02T15:00"))]).kept == 1


def test_an_unreadable_file_is_one_quarantine_row(store):
    assert load_parts(store, [unreadable_part(source("x.zst"), "unreadable file", "x.zst is no zstd")]) == Loaded(
        1, 0, 0, 1
    )
    assert store.sql("SELECT line, reason FROM quarantine").rows() == [(0, "unreadable file")]


def test_a_source_is_known_by_its_bytes_format_and_mapping(store):
    load_posts(store, source("a", sha="1"), [batch()])
    known = known_sources(store)
    assert set(known) == {"a"}
    assert known["a"].finished
    assert known["a"].is_same(source("a", sha="1"))
    assert not known["a"].is_same(source("a", sha="2"))
    assert known["a"].is_unchanged(source("a", sha="2"))
    assert not known["a"].is_unchanged(replace(source("a"), bytes=2))


def test_a_newer_price_file_replaces_the_older_and_another_that_contradicts_is_quarantined(store):
    week = days(date(2014, 1, 6), 3)
    load_market(store, source("p", "prices", "1"), prices("A", [(d, 10.0, 11.0) for d in week]))
    newer = load_market(store, source("p", "prices", "2"), prices("A", [(d, 10.0, 12.0) for d in week]))
    other = load_market(store, source("q", "prices", "3"), prices("A", [(week[0], 10.0, 12.0), (week[1], 10.0, 99.0)]))
    assert (newer, other) == (Loaded(3, 3, 0, 0), Loaded(2, 0, 1, 1))
    assert store.sql("SELECT DISTINCT close FROM prices")["close"].to_list() == [12.0]


def test_hostile_symbols_are_only_text(store):
    name = "'; DROP TABLE posts; --"
    load_posts(store, source(name), [batch(post(1, name, "2014-01-02T15:00", symbols=[name], author=name))])
    assert store.count("posts") == 1
    assert store.sql("SELECT symbol FROM post_symbols").item() == name


def test_sql_cannot_reach_files(store, tmp_path):
    target = tmp_path / "secret.csv"
    target.write_text("a\n1\n")
    with pytest.raises(StoreError, match="disabled"):
        store.sql(f"SELECT * FROM read_csv('{target}')")


def test_a_second_writer_gets_one_clear_line_and_nothing_is_lost(tmp_path):
    path = tmp_path / "s.duckdb"
    with Store.open(path) as store:
        load_posts(store, source("a"), [batch(post(1, "one", "2014-01-02T15:00"))])
        script = (
            "import sys\nfrom emtract.store import Store\n"
            "try: Store.open(sys.argv[1])\nexcept Exception as e: print(type(e).__name__, e)"
        )
        out = subprocess.run(
            [sys.executable, "-c", script, str(path)], capture_output=True, text=True, check=True
        ).stdout
    assert out.startswith("StoreError another process is writing")
    with Store.open(path, read_only=True) as store:
        assert store.count("posts") == 1


def test_opening_says_what_is_wrong(tmp_path):
    with pytest.raises(StoreError, match="there is no store"):
        Store.open(tmp_path / "none.duckdb", read_only=True)
    with pytest.raises(StoreError, match="folder of the store"):
        Store.open(tmp_path / "no" / "s.duckdb")
    (tmp_path / "bad.duckdb").write_bytes(b"hello" * 10_000)
    with pytest.raises(StoreError, match="not a DuckDB database"):
        Store.open(tmp_path / "bad.duckdb")
    with Store.open(tmp_path / "new.duckdb") as store:
        store.execute("UPDATE schema_version SET version = 99")
    with pytest.raises(StoreError, match="newer emtract"):
        Store.open(tmp_path / "new.duckdb")


def test_steps_of_the_schema_are_numbered_without_a_gap_and_each_sets_its_number(tmp_path):
    names = list_sql("schema")
    assert [int(name.split("/")[1][:3]) for name in names] == list(range(1, SCHEMA_VERSION + 1))
    for number, name in enumerate(names, start=1):
        assert f"version = {number};" in read_sql(name) or f"VALUES ({number})" in read_sql(name)


@pytest.mark.parametrize("version", range(1, SCHEMA_VERSION))
def test_a_store_of_any_older_schema_is_brought_to_the_present_one(tmp_path, version):
    path = tmp_path / "old.duckdb"
    with duckdb.connect(str(path)) as old:
        for name in list_sql("schema")[:version]:
            old.execute(read_sql(name))
    with Store.open(path) as store:
        assert store.sql("SELECT version FROM schema_version").item() == SCHEMA_VERSION
        store.check()
    with Store.open(path, read_only=True) as store:
        assert store.count("posts") == 0


def test_a_store_that_was_being_brought_up_to_date_keeps_what_it_held(tmp_path, monkeypatch):
    """Stopped at any step, it is as it was; a reader says what to do; the next writer goes through with it."""
    path, former, run = tmp_path / "old.duckdb", 11, Store.run
    with duckdb.connect(str(path)) as old:
        for name in list_sql("schema")[:former]:
            old.execute(read_sql(name))
        old.execute("INSERT INTO quarantine SELECT 1, 2, 'why', 'detail'")
    for stop in list_sql("schema")[former:]:

        def stopped(store, name, stop=stop, **parameters):
            run(store, name, **parameters)
            if name == stop:
                raise KeyboardInterrupt

        monkeypatch.setattr(Store, "run", stopped)
        with pytest.raises(KeyboardInterrupt):
            Store.open(path)
        with pytest.raises(StoreError, match=r"older emtract \(schema 11, .*`emtract ingest` brings it up to date"):
            Store.open(path, read_only=True)
    monkeypatch.undo()
    with Store.open(path) as store:
        assert store.count("quarantine") == 1 and store.count("text_dimensions") == 0


def test_a_reader_cannot_write(tmp_path):
    Store.open(tmp_path / "s.duckdb").close()
    with Store.open(tmp_path / "s.duckdb", read_only=True) as store, pytest.raises(StoreError, match="read-only"):
        load_posts(store, source("a"), [batch()])


def test_imported_scores_join_by_id_and_are_taken_once(store, scorer):
    import polars as pl

    from emtract.emotions import EMOTIONS
    from emtract.scoring import score_store

    load_posts(store, source("a"), [batch(post(1, "one", "2014-01-02T15:00"), post(2, "one", "2014-01-02T15:00"))])
    score_store(store, scorer)
    tags = pl.DataFrame({"platform": ["stocktwits"] * 3, "post_id": ["1", "2", "9"]}).with_columns(
        *(pl.lit(1.0 if e == "happy" else 0.0).alias(e) for e in EMOTIONS)
    )
    key = {"scorer": "tags", "revision": "1", "cleaner": scorer.cleaner.version}
    assert [import_scores(store, tags, **key), import_scores(store, tags, **key)] == [2, 0]
    assert store.sql("SELECT count(*) AS n, min(valence) AS v FROM scores WHERE scorer = 'tags'").row(0) == (2, 1.0)


FAULTS = {
    "10_post_ids_are_unique": "INSERT INTO posts SELECT post_key + 100, * EXCLUDE (post_key) FROM posts LIMIT 1",
    "20_rows_add_up": "UPDATE sources SET rows_read = 99",
    "30_symbols_name_posts": "INSERT INTO post_symbols VALUES (77, 'A', 'cashtag')",
    "40_scores_are_probabilities": "UPDATE text_scores SET happy = 2",
    "45_imported_scores_are_probabilities": "INSERT INTO post_scores SELECT 1, 'c', 's', 'r', 2, 0, 0, 0, 0, 0, 0, NULL, NULL",
    "50_cleaned_texts_exist": "DELETE FROM texts",
    "60_dimensions_are_numbers": "INSERT INTO text_dimensions VALUES (1, 'c', 'e', 'r', 3, 'NaN', 3)",
}


@pytest.mark.parametrize("name", FAULTS)
def test_each_check_passes_on_a_sound_store_and_finds_its_fault(store, scorer, name):
    from emtract.scoring import score_store

    load_posts(store, source("a"), [batch(post(1, "hi $A", "2014-01-02T15:00", symbols=["A"]))])
    score_store(store, scorer)
    store.check()
    store.execute(FAULTS[name])
    with pytest.raises(StoreError, match="fails checks"):
        store.check()
    assert store.query(f"checks/{name}").height
    assert set(list_sql("checks")) == {f"checks/{n}" for n in FAULTS}


STANCES = [
    "bearish = 0.2",
    "bearish = 0.6, bullish = 0.6",
    "bearish = -0.1, bullish = 0.5",
    "bearish = 'NaN', bullish = 0",
]
DAMAGES = ["happy = 'NaN'", "happy = happy + 1, sad = sad - 1", "fear = 5", "n_tokens = -1", *STANCES]


@pytest.mark.parametrize("damage", DAMAGES)
def test_scores_that_are_no_probabilities_fail_the_check(store, scorer, damage):
    from emtract.scoring import score_store

    load_posts(store, source("a"), [batch(post(1, "hi $A", "2014-01-02T15:00", symbols=["A"]))])
    score_store(store, scorer)
    store.execute(f"UPDATE text_scores SET {damage}")
    with pytest.raises(StoreError, match="40_scores_are_probabilities"):
        store.check()


@pytest.mark.parametrize("damage", STANCES)
def test_imported_stances_that_are_no_probabilities_fail_the_check_too(store, damage):
    load_posts(store, source("a"), [batch(post(1, "hi $A", "2014-01-02T15:00", symbols=["A"]))])
    row = {"platform": "stocktwits", "post_id": "1", **dict.fromkeys(EMOTIONS, 0.0), "neutral": 1.0}
    import_scores(store, pl.DataFrame([row]), scorer="oracle", revision="1", cleaner="1")
    store.execute("UPDATE post_scores SET bearish = 0.25, bullish = 0.75")
    store.check()
    store.execute("UPDATE post_scores SET bearish = NULL, bullish = NULL")
    store.execute(f"UPDATE post_scores SET {damage}")
    with pytest.raises(StoreError, match="45_imported"):
        store.check()


#: Digest of scores of texts as schema 8 took it.
DIGEST_OF_8 = """SELECT md5(concat_ws(' ', count(*), bit_xor(h), sum(CAST(h AS HUGEINT)))) FROM (
    SELECT hash(text_key, neutral, happy, sad, anger, disgust, surprise, fear, n_tokens, truncated) AS h FROM scored_texts
)"""


def test_scores_of_schema_8_come_through_without_a_stance_and_with_their_digest(tmp_path):
    path = tmp_path / "old.duckdb"
    with duckdb.connect(str(path)) as old:
        for name in list_sql("schema")[:8]:
            old.execute(read_sql(name))
        old.execute(
            "INSERT INTO text_scores SELECT i, '2', 'f', '1', .5, .5, 0, 0, 0, 0, 0, i, false FROM range(9) AS r(i)"
        )
        digest = old.execute(DIGEST_OF_8).fetchone()[0]
    with pytest.raises(StoreError, match=f"schema 8, not {SCHEMA_VERSION}"):
        Store.open(path, read_only=True)
    with Store.open(path) as store:
        store.check()
        assert store.sql("SELECT count(bearish), count(bullish), count(*) FROM scored_texts").row(0) == (0, 0, 9)
        assert store.query("provenance/score_sets").select("count", "digest").row(0) == (9, digest)
        store.execute("UPDATE text_scores SET bearish = 0, bullish = 0 WHERE n_tokens = 8")
        assert store.query("provenance/score_sets")["digest"].item() != digest


@pytest.mark.parametrize("happy", [float("nan"), None, 5.0, -0.1, float("inf")])
def test_scores_of_posts_are_taken_in_only_where_they_are_probabilities(store, happy):
    load_posts(store, source("a"), [batch(post(1, "hi $A", "2014-01-02T15:00", symbols=["A"]))])
    row: dict[str, object] = {"platform": "stocktwits", "post_id": "1", **dict.fromkeys(EMOTIONS, 0.0), "neutral": 1.0}
    named = {"scorer": "oracle", "revision": "1", "cleaner": "1"}
    with pytest.raises(SourceError, match="no probabilities"):
        import_scores(store, pl.DataFrame([row | {"happy": happy}]), **named)
    with pytest.raises(SourceError, match="has one already"):
        import_scores(store, pl.DataFrame([row, row]), **named)
    assert store.count("post_scores") == 0
    assert import_scores(store, pl.DataFrame([row]), **named) == 1
    store.check()


def test_the_first_error_is_shown_where_it_ended_the_transaction_itself(store):
    with pytest.raises(StoreError, match="the disk is full"), store.transaction():
        store.execute("ROLLBACK")
        raise StoreError("the disk is full")
    with store.transaction():
        store.execute("CREATE TEMP TABLE usable AS SELECT 1")


@pytest.mark.parametrize("zone", ["America/New_York", "Asia/Tokyo"])
def test_a_day_is_a_day_of_utc_wherever_the_machine_stands(tmp_path, zone):
    late, early = "2014-01-03T02:00:00", "2014-01-03T22:00:00"
    with Store.open(tmp_path / "s.duckdb") as opened:
        load_posts(opened, source(), [batch(post(1, "late", late), post(2, "early", early))])
    ask = (
        "from emtract.store import Store\n"
        f"with Store.open({str(tmp_path / 's.duckdb')!r}, read_only=True) as store:\n"
        "    days = store.sql('SELECT DISTINCT created_at::DATE AS day FROM posts')['day']\n"
        "    print(*days, store.sql('SELECT created_at FROM posts').schema['created_at'].time_zone)"
    )
    run = subprocess.run(
        [sys.executable, "-c", ask], env={**os.environ, "TZ": zone}, capture_output=True, text=True, check=True
    )
    assert run.stdout.split() == ["2014-01-03", "UTC"]
