"""Authors hashed on their way into the store: the same results, no id in any table, and one kind in a store."""

import json
import random
import stat
from datetime import date, timedelta
from itertools import pairwise

import polars as pl
import pytest

from emtract import pipeline
from emtract.config import load_settings
from emtract.errors import ConfigError, StoreError
from emtract.ingest.authors import WITHHELD, hash_id
from emtract.panel.firm_sessions import build_panel
from emtract.pipeline.authors import read_key
from emtract.pipeline.dryrun import preview_settings
from emtract.posts import BotRule, PostFilter, Split
from emtract.scoring import score_store
from emtract.store import Store
from tests.prompt import emtract

#: Ids that stand nowhere else in the archive.
FIRST = 770077000
DAYS = [day for n in range(40) if (day := date(2014, 1, 2) + timedelta(days=n)).weekday() < 5]
SYMBOLS = ("AAA", "BBB", "CCC")


def message(number, author, chance):
    when = f"{chance.choice(DAYS)}T{chance.randrange(12, 21)}:{chance.randrange(60):02d}:00Z"
    user = {"id": author, "followers": author % 97, "username": f"handle{author}"}
    body = f"${chance.choice(SYMBOLS)} " + " ".join(chance.choice(["up", "down", "sell", "moon"]) for _ in range(3))
    return json.dumps({"id": number, "body": body, "created_at": when, "user": user, "symbols": []})


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Posts of two platforms with authors of one number, repeats, a broken line, and prices."""
    made = tmp_path_factory.mktemp("authors")
    chance = random.Random(3)
    authors = [FIRST + min(int(chance.expovariate(0.4)), 9) for _ in range(500)]
    lines = [message(n, author, chance) for n, author in enumerate(authors, 1)]
    cut = f'{{"id": 900, "user": {{"id": {FIRST}, "username": "handle{FIRST}"'
    (made / "a.jsonl").write_text("\n".join([*lines[:250], cut, lines[0]]) + "\n")
    (made / "b.jsonl").write_text("\n".join(lines[250:]) + "\n")
    rows = [f"t{n},{day} 15:00:00,$AAA so {n},{FIRST + n % 3}" for n, day in enumerate(DAYS * 3)]
    (made / "c.csv").write_text("\n".join(["id,when,text,who", *rows, f"bad,no day,$AAA,handle{FIRST}"]) + "\n")
    prices = [f"{day},{s},{20 + n % 7},{21 - n % 5}" for s in SYMBOLS for n, day in enumerate(DAYS)]
    (made / "prices.csv").write_text("\n".join(["Date,Symbol,Open,Close", *prices]) + "\n")
    return made


@pytest.fixture
def configure(folder, tmp_path):
    def settings(store="s.duckdb", *more):
        (tmp_path / "emtract.toml").write_text(
            "\n".join(
                [
                    f'[store]\npath = "{store}"\nthreads = 1',
                    *more,
                    f'[[posts]]\nfiles = "{folder}/*.jsonl"\nformat = "stocktwits"',
                    f'[[posts]]\nfiles = "{folder}/c.csv"\nformat = "csv"',
                    '[posts.columns]\npost_id = "id"\ncreated_at = "when"\nbody = "text"\nauthor_id = "who"',
                    'timezone = "UTC"\nplatform = "forum"',
                    f'[[prices]]\nfiles = "{folder}/prices.csv"\ncolumns = {{ symbol = "Symbol" }}',
                ]
            )
        )
        return load_settings(tmp_path / "emtract.toml")

    return settings


HASHED = 'authors = "hashed"'


def ingest(settings, **options):
    with pipeline.open_store(settings) as store:
        return pipeline.ingest(settings, store, **options)


def rows(settings, query):
    with pipeline.open_store(settings, read_only=True) as store:
        return store.sql(query)


PANELS = {
    "equal": {},
    "one vote": {"weights": "one_vote"},
    "regulars": {"split": Split("history", threshold=5)},
    "no bots": {"posts": PostFilter(drop_bots=BotRule(min_posts=5, posts_per_day=1.5), max_posts_per_author_day=3)},
}


def test_every_panel_is_that_of_ids_as_given(configure, scorer):
    given, hashed = configure("given.duckdb"), configure("hashed.duckdb", HASHED)
    found = []
    for settings, workers in ((given, 1), (hashed, 2)):
        ingest(settings, workers=workers)
        with pipeline.open_store(settings) as store:
            score_store(store, scorer)
            found.append({name: build_panel(store, **options) for name, options in PANELS.items()})
    for name in PANELS:
        one, two = (panels[name] for panels in found)
        assert one.data.equals(two.data), name
        assert one.ledger.frame().equals(two.ledger.frame()), name
    tables = [found[0][name].data for name in ("equal", "one vote", "no bots")]
    assert not any(a.equals(b) for a, b in pairwise(tables)), "authors matter here"


def test_no_id_and_no_name_stands_in_any_table(configure, tmp_path):
    settings = configure("s.duckdb", HASHED)
    report = ingest(settings)
    assert (report.posts.repeated, report.posts.rejected) == (1, 2)
    with Store.open(tmp_path / "s.duckdb", read_only=True) as store:
        tables = store.sql("SELECT table_name FROM duckdb_tables()")["table_name"]
        texts = "\n".join(str(store.sql(f'SELECT * FROM "{name}"').rows()) for name in tables)
    assert f"{FIRST}"[:6] not in texts
    assert "handle" not in texts
    told = rows(settings, "SELECT line, reason, detail FROM quarantine ORDER BY ALL").rows()
    assert [detail for _, _, detail in told] == [WITHHELD] * 2
    key = read_key(tmp_path / "authors.key")
    kept = set(rows(settings, "SELECT DISTINCT author_id FROM posts WHERE platform = 'forum'")["author_id"])
    assert kept == {hash_id("forum", str(FIRST + n), key=key) for n in range(3)}


def test_the_key_is_made_once_for_its_owner_alone_and_said(configure, tmp_path):
    settings = configure("s.duckdb", HASHED, 'authors_key = "secrets/authors.key"')
    said = emtract("ingest", cwd=tmp_path)
    assert f"hashed with the new key {tmp_path / 'secrets/authors.key'}: back it up" in said.stdout
    path = tmp_path / "secrets/authors.key"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    before = path.read_bytes()
    again = ingest(settings)
    assert (again.files, again.new_key, path.read_bytes()) == (0, None, before)
    assert "new key" not in emtract("ingest", cwd=tmp_path).stdout


def test_a_store_holds_one_kind_of_ids(configure):
    ingest(configure())
    with pytest.raises(
        StoreError, match=r"s\.duckdb holds ids of authors as given: name a new store in \[store\] path"
    ):
        ingest(configure("s.duckdb", HASHED))
    ingest(configure("t.duckdb", HASHED))
    with pytest.raises(StoreError, match=r't\.duckdb holds hashed ids of authors: set authors = "hashed"'):
        ingest(configure("t.duckdb"))


def test_a_store_knows_its_key(configure, tmp_path):
    settings = configure("s.duckdb", HASHED)
    ingest(settings)
    key = tmp_path / "authors.key"
    mine = key.read_text()
    key.write_text("0" * 64)
    with pytest.raises(StoreError, match=r"s\.duckdb was made with another key than .*authors\.key: put that key back"):
        ingest(settings)
    key.unlink()
    with pytest.raises(ConfigError, match=r"authors\.key is missing, the key of s\.duckdb: put it back"):
        ingest(settings)
    assert not key.exists()
    key.write_text("secret")
    with pytest.raises(ConfigError, match="no key of 64 hexadecimal digits"):
        ingest(settings)
    key.write_text(mine)
    assert ingest(settings).files == 0


def test_a_dry_run_shows_hashes_and_makes_no_key(configure, tmp_path):
    settings = configure("s.duckdb", HASHED)
    look = json.dumps([preview.as_dict() for preview in preview_settings(settings)])
    assert f"{FIRST}"[:6] not in look
    assert "handle" not in look
    assert not (tmp_path / "authors.key").exists()
    ingest(settings)
    shown = {post["author"] for preview in preview_settings(settings) for post in preview.posts}
    assert shown <= set(rows(settings, "SELECT author_id FROM posts").select(pl.col("author_id")).to_series())
    as_given = json.dumps([preview.as_dict() for preview in preview_settings(configure())])
    assert str(FIRST) in as_given
