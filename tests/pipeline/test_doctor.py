"""The doctor finds what is broken, says what to do, and changes nothing."""

import datetime as dt
import hashlib
import json
from datetime import date

import duckdb
import pytest

from emtract.config import Settings, StoreSettings
from emtract.ingest.authors import fingerprint
from emtract.options import PanelSettings
from emtract.pipeline.doctor import diagnose
from emtract.pipeline.doctor.check import broken
from emtract.pipeline.doctor.installed import needed
from emtract.pipeline.doctor.processor import read_processor
from emtract.pipeline.doctor.stored import check_prices
from emtract.store import Store
from tests.conftest import batch, load_posts, post, source
from tests.panel.events_store import calendar, load, price

CONFIG = """
[store]
path = "s.duckdb"
[[posts]]
files = "posts/*"
"""


@pytest.fixture
def project(tmp_path):
    (tmp_path / "emtract.toml").write_text(CONFIG)
    (tmp_path / "posts").mkdir()
    (tmp_path / "posts/a.jsonl").write_text("{}\n")
    with Store.open(tmp_path / "s.duckdb") as store:
        load_posts(store, source(), [batch(post(1, "to the moon $A", "2020-01-02T15:00:00", symbols=["A"]))])
    return tmp_path


def state(folder):
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return [(p, p.stat().st_mtime_ns, hashlib.sha256(p.read_bytes()).hexdigest()) for p in files]


def checks(project):
    before = state(project)
    diagnosis = diagnose(project / "emtract.toml")
    assert state(project) == before
    assert all(check.remedy for check in diagnosis.checks if check.status != "ok")
    return diagnosis, {check.name: check for check in diagnosis.checks}


def statement(project, *statements):
    with duckdb.connect(str(project / "s.duckdb")) as connection:
        for text in statements:
            connection.execute(text)


def test_a_sound_project_names_versions_models_rows_and_what_is_unscored(project):
    diagnosis, found = checks(project)
    assert diagnosis.sound
    assert "duckdb 2" in found["libraries"].found
    assert {"default", "fast", "runtime", "cores", "memory", "disk"} <= found.keys()
    assert "posts 1" in found["rows"].found
    assert found["scores"].status == "note"
    assert "1 new posts" in found["scores"].found
    assert found["[[posts]] posts/*"].found.startswith("1 file,")
    assert diagnosis.as_dict()["sound"] is True


def test_rows_that_name_no_post_are_broken(project):
    statement(project, "INSERT INTO post_symbols BY NAME SELECT 99 AS post_key, 'B' AS symbol, 'cashtag' AS origin")
    diagnosis, found = checks(project)
    assert not diagnosis.sound
    assert "1 rows" in found["integrity: checks/30_symbols_name_posts"].found


def test_the_key_of_hashed_authors_is_looked_for_and_never_made(project):
    assert checks(project)[1]["authors"].found == "ids as given"
    config = project / "emtract.toml"
    config.write_text(CONFIG.replace("[store]", '[store]\nauthors = "hashed"'))
    assert "holds ids of authors as given" in checks(project)[1]["authors"].found
    mapping = json.dumps({"authors": fingerprint(bytes(32))})
    statement(project, f"UPDATE sources SET mapping = '{mapping}' WHERE kind = 'posts'")
    diagnosis, found = checks(project)
    assert not diagnosis.sound
    assert "authors.key is missing" in found["authors"].found
    assert found["authors"].remedy.startswith("put it back")
    (project / "authors.key").write_text("00" * 32)
    assert checks(project)[1]["authors"].status == "ok"
    (project / "authors.key").write_text("11" * 32)
    assert "made with another key" in checks(project)[1]["authors"].found
    statement(project, "DELETE FROM post_symbols", "DELETE FROM posts", "DELETE FROM sources")
    (project / "authors.key").unlink()
    assert checks(project)[1]["authors"].remedy == "emtract ingest makes it"


def test_an_older_store_is_named_and_not_brought_up_to_date(project):
    statement(project, "UPDATE schema_version SET version = 2")
    diagnosis, found = checks(project)
    assert not diagnosis.sound
    assert "older emtract (schema 2, " in found["file"].found
    assert "emtract ingest" in found["file"].remedy


def test_shards_that_are_gone_are_broken(project):
    statement(project, "INSERT INTO outside_shards VALUES ('/gone/1.parquet', '0', 1, 'default', 'r', '1', 9, 9, NULL)")
    diagnosis, found = checks(project)
    assert not diagnosis.sound
    assert "1 shards that are gone" in found["file"].found
    assert "shards forget" in found["file"].remedy


def test_a_pattern_without_files_an_unknown_study_and_a_misspelt_key_are_broken(project):
    (project / "posts/a.jsonl").unlink()
    config = project / "emtract.toml"
    config.write_text('studies = ["no_such"]\n' + CONFIG)
    _, found = checks(project)
    assert found["[[posts]] posts/*"].status == "broken"
    assert "daily_returns" in found["study no_such"].remedy + found["study no_such"].found
    config.write_text(CONFIG + "wieghts = 1\n")
    diagnosis, found = checks(project)
    assert not diagnosis.sound
    assert "file" not in found


def test_a_damaged_model_is_broken(monkeypatch, tmp_path):
    from emtract.model import registry

    whole = registry.shipped_folder("fast")
    (tmp_path / "fast").mkdir()
    for path in whole.iterdir():
        (tmp_path / "fast" / path.name).write_bytes(path.read_bytes()[:-1])
    (tmp_path / "fast/model.json").write_bytes((whole / "model.json").read_bytes())
    monkeypatch.setattr(registry, "shipped_folder", lambda name: tmp_path / name)
    found = {check.name: check for check in diagnose().checks}
    assert "missing or damaged" in found["fast"].found
    assert found["default"].status == "broken"
    assert found["fast"].status == "broken"


def test_without_a_configuration_the_installation_is_still_looked_at(tmp_path):
    diagnosis = diagnose(tmp_path / "none.toml")
    (check,) = [c for c in diagnosis.checks if c.topic == "configuration"]
    assert (check.status, "emtract init" in check.remedy) == ("note", True)
    assert diagnosis.sound


def test_a_processor_file_is_read_for_name_and_instructions():
    text = "processor : 0\nmodel name : Some Core 9\nflags : sse avx2 avx512f avx512_vnni amx_int8\n"
    assert read_processor(text) == ("Some Core 9", ("AVX2", "AVX-512", "AVX-512 VNNI", "AMX int8"))
    assert read_processor("")[1] == ()


def test_extras_hold_their_own_libraries():
    assert "torch" in needed("train")
    assert "torch" not in needed(None)


def test_the_remedy_of_an_error_is_what_its_message_ends_with():
    from emtract.errors import StoreError

    check = broken("store", "file", StoreError("a.duckdb: it is cut: fetch it again"))
    assert (check.found, check.remedy) == ("a.duckdb: it is cut", "fetch it again")


def test_a_scored_store_is_told_so(demo):
    folder, _ = demo
    found = {check.name: check for check in diagnose(folder / "emtract.toml").checks}
    assert found["scores"].status == "ok"
    assert found["integrity"].status == "ok"


def test_days_are_not_part_of_a_diagnosis(project):
    told = str(diagnose(project / "emtract.toml").as_dict())
    assert str(dt.datetime.now(tz=dt.UTC).date()) not in told


def test_the_studies_are_looked_at_and_never_run(project):
    made = project / "ran"
    (project / "mine.py").write_text(f"open({str(made)!r}, 'w').close()\nSTUDY = Study(name='mine')\n")
    (project / "twin.py").write_text("STUDY = Study(name='mine')\n")
    (project / "bad.py").write_text("STUDY = (\n")
    (project / "beside.py").write_text("STUDY = Study(name='beside')\n")
    config = project / "emtract.toml"
    config.write_text('studies = ["mine.py", "twin.py", "bad.py", "overview", "beside"]\n' + CONFIG)
    found = {c.name: c for c in diagnose(config).checks if c.name.startswith("study ")}
    assert not made.exists()
    assert {name: c.status for name, c in found.items()} == {
        "study mine.py": "ok",
        "study twin.py": "broken",
        "study bad.py": "broken",
        "study overview": "ok",
        "study beside": "ok",  # by its name, as `emtract study run` takes it
    }
    assert "line 1" in found["study bad.py"].found
    assert "mine.py" in found["study twin.py"].found


DAYS = calendar(date(2021, 3, 1), date(2021, 3, 12))


def checked(tmp_path, rows, name="XNYS"):
    settings = Settings(store=StoreSettings(path="s.duckdb"), panel=PanelSettings(calendar=name))
    with Store.open(tmp_path / "s.duckdb", threads=1) as store:
        if rows:
            load(store, "a.csv", prices=rows)
        return [(check.status, check.found) for check in check_prices(settings, store)]


def test_steps_that_are_not_known_are_noted_and_a_calendar_that_ends_before_is_broken(tmp_path):
    rows = [price("A", day, 70.0 if day < DAYS[3] else 10.0, adj_close=None) for day in DAYS]
    ((status, found),) = checked(tmp_path, rows)
    assert status == "note"
    assert "what looks like a split without an adjusted close: 1" in found
    ((status, found),) = checked(tmp_path, [price("B", date(1996, 3, 1), 1.0)], name="XBOM")
    assert status == "broken"
    assert "is recorded from 1997-01-01" in found


def test_prices_in_order_are_ok_and_none_are_no_check(tmp_path):
    assert checked(tmp_path, []) == []
    assert [status for status, _ in checked(tmp_path, [price("A", day, 10.0) for day in DAYS])] == ["ok"]
