"""What keeps a store from being opened: each in its own words, with a remedy, whatever its path is called."""

import subprocess
import sys
import threading

import duckdb
import pytest

from emtract.errors import StoreError
from emtract.store import Store
from tests.conftest import batch, load_posts, post, source


@pytest.fixture
def path(tmp_path):
    """A store in a folder whose name says `lock` and `block`."""
    folder = tmp_path / "locked blockchain"
    folder.mkdir()
    with Store.open(folder / "s.duckdb") as store:
        load_posts(store, source("a"), [batch(*(post(i, f"word {i}", "2014-01-02T15:00") for i in range(1, 200)))])
    return folder / "s.duckdb"


def refused(path):
    with pytest.raises(StoreError) as error:
        Store.open(path).sql("SELECT sum(length(body)) FROM posts")
    text = str(error.value)
    assert "another process" not in text and "\n" not in text and str(path) in text
    return text


@pytest.mark.parametrize("place", [0, 5, 4_116, 8_200, 12_300])
def test_a_flipped_byte_is_damage_not_a_lock(path, place):
    whole = bytearray(path.read_bytes())
    whole[place] ^= 0xFF
    path.write_bytes(whole)
    assert "is damaged" in refused(path) and "restore a backup" in refused(path)


@pytest.mark.parametrize("size", [100, 5_000, 200_000])
def test_a_cut_store_is_damage(path, size):
    path.write_bytes(path.read_bytes()[:size])
    assert "is damaged (" in refused(path)


def test_what_is_no_store_is_said_to_be_none(path):
    path.write_bytes(b"")
    assert "is empty: remove it" in refused(path)
    path.write_text("some words\n" * 2_000)
    assert "is not a DuckDB database" in refused(path)
    path.unlink()
    path.mkdir()
    assert "is a folder, not a store" in refused(path)


@pytest.mark.parametrize(
    "tables",
    [
        "CREATE TABLE schema_version (version INT)",
        "CREATE TABLE schema_version (version VARCHAR); INSERT INTO schema_version VALUES ('one')",
        "CREATE TABLE schema_version (version INT); INSERT INTO schema_version VALUES (NULL)",
        "CREATE TABLE schema_version (major INT); INSERT INTO schema_version VALUES (3)",
        "CREATE TABLE schema_version (version INT); INSERT INTO schema_version VALUES (3)",
        "CREATE TABLE customers (name VARCHAR)",
    ],
)
def test_the_database_of_another_program_is_left_alone(tmp_path, tables):
    path = tmp_path / "other.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute(tables)
        before = connection.sql("SELECT table_name FROM duckdb_tables()").fetchall()
    assert "of another program" in refused(path)
    with duckdb.connect(str(path)) as connection:
        assert connection.sql("SELECT table_name FROM duckdb_tables()").fetchall() == before


def test_a_lock_is_a_lock(path):
    code = f"import duckdb; c = duckdb.connect({str(path)!r}); print(1, flush=True); input()"
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        holder.stdout.readline()
        with pytest.raises(StoreError, match="another process is writing"):
            Store.open(path)
        holder.stdin.write(b"\n")


def test_an_interrupted_query_is_ctrl_c_and_the_store_stays_sound(path):
    with Store.open(path) as store:
        ended = threading.Event()

        def interrupt():
            while not ended.wait(0.05):
                store._connection.interrupt()

        press = threading.Thread(target=interrupt)
        with pytest.raises(KeyboardInterrupt), store.transaction():
            store.execute("DELETE FROM posts")
            press.start()
            store.sql("SELECT sum(range) FROM range(10000000000000)")
        ended.set()
        press.join()
        assert store.count("posts") == 199
