"""Folders of posts: what belongs to them, and what becomes of files that nobody recognises."""

import json

import pytest

from emtract.config import load_settings
from emtract.errors import ConfigError, ReportError
from emtract.pipeline import ingest, open_store
from emtract.pipeline.files import market_jobs, matching_files, would_match
from emtract.pipeline.panel import check_no_input

STATUS = {"created_at": "Wed Jan 01 03:59:03 +0000 2014", "text": "$AAPL up", "user": {"id": 1}}
MESSAGE = {"body": "$TSLA up", "created_at": "2020-01-02T14:30:00Z", "user": {"id": 1}}
DUMP = "symbol,message,datetime,user,message_id\n"


def fill(folder, files):
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def settings(folder, posts):
    (folder / "emtract.toml").write_text(
        f'[store]\npath = "s.duckdb"\n[[posts]]\n{posts}\n[[prices]]\nfiles = "prices/*.csv"\n', encoding="utf-8"
    )
    fill(folder, {"prices/A.csv": "Date,Open,Close\n2014-01-02,1,2\n"})
    return load_settings(folder / "emtract.toml")


def read(configuration):
    with open_store(configuration) as store:
        report = ingest(configuration, store, workers=1)
        sources = store.sql("SELECT path, format, rows_kept FROM sources WHERE kind = 'posts' ORDER BY path").rows()
        return report, sources, store.sql("SELECT detail FROM quarantine WHERE line = 0").rows()


ARCHIVE = {
    "archive/a.jsonl": json.dumps(STATUS | {"id": 1}) + "\n",
    "archive/deep/er/b.json": json.dumps({"messages": [MESSAGE | {"id": 2}]}),
    "archive/dump/AAPL.csv": f"{DUMP}AAPL,hi,2020-01-02 14:30:00,7,3\n",
    "archive/README.md": "About these files\n\nThey are good.\n",
    "archive/.hidden.jsonl": json.dumps(STATUS | {"id": 4}) + "\n",
    "archive/.git/c.jsonl": json.dumps(STATUS | {"id": 5}) + "\n",
    "archive/study.toml": "[store]\n",
    "archive/other.duckdb": "no posts",
}


def test_a_folder_gives_every_file_that_is_recognised_and_quarantines_the_others(tmp_path):
    configuration = settings(fill(tmp_path, ARCHIVE), 'files = "archive/"')
    report, sources, unreadable = read(configuration)
    assert sources == [
        ("archive/README.md", "unknown", 0),
        ("archive/a.jsonl", "twitter_v1", 1),
        ("archive/deep/er/b.json", "stocktwits", 1),
        ("archive/dump/AAPL.csv", "stocktwits_csv", 1),
    ]
    assert len(report.unreadable) == len(unreadable) == 1
    assert "neither JSON nor a table; its first line is 'About these files'" in unreadable[0][0]
    again, _, _ = read(configuration)
    assert (again.files, again.skipped) == (0, 5)


def test_the_folder_of_the_configuration_itself_does_without_its_store_pages_and_prices(tmp_path):
    fill(tmp_path, {"a.jsonl": json.dumps(STATUS | {"id": 1}) + "\n", "reports/daily/estimates.csv": "a,b\n"})
    configuration = settings(tmp_path, 'files = "."')
    read(configuration)
    assert [path for path, _, _ in read(configuration)[1]] == ["a.jsonl"]


def test_a_declared_format_may_become_auto_without_reading_again(tmp_path):
    fill(tmp_path, {"a.jsonl": json.dumps(STATUS | {"id": 1}) + "\n"})
    read(settings(tmp_path, 'files = "a.jsonl"\nformat = "twitter_v1"'))
    assert read(settings(tmp_path, 'files = "a.jsonl"'))[0].files == 0


def test_a_mapping_serves_the_files_that_have_its_columns(tmp_path):
    fill(tmp_path, ARCHIVE | {"archive/mine.csv": "nr,when,words\n9,2020-01-02T14:30:00Z,hi\n"})
    columns = '[posts.columns]\npost_id = "nr"\ncreated_at = "when"\nbody = "words"'
    _, sources, _ = read(settings(tmp_path, f'files = "archive"\n{columns}'))
    assert [(path, form, kept) for path, form, kept in sources if kept] == [
        ("archive/a.jsonl", "twitter_v1", 1),
        ("archive/deep/er/b.json", "stocktwits", 1),
        ("archive/dump/AAPL.csv", "stocktwits_csv", 1),
        ("archive/mine.csv", "csv", 1),
    ]


HOSTILE = [
    "with space.jsonl",
    'it\'s "quoted".jsonl',
    "line\nbreak.jsonl",
    "[ab]*.jsonl",
    "'; DROP TABLE posts; --.jsonl",
]


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_paths_are_read_alone_and_in_a_folder(tmp_path, name):
    fill(tmp_path, {f"posts/{name}": json.dumps(STATUS | {"id": 1}) + "\n"})
    assert [path.name for path in matching_files(f"posts/{name}", base=tmp_path)] == [name]
    _, sources, _ = read(settings(tmp_path, f"files = {json.dumps('posts/' + name)}"))
    assert sources == [(f"posts/{name}", "twitter_v1", 1)]
    assert read(settings(tmp_path, 'files = "posts"'))[0].files == 0


def test_a_folder_at_the_head_of_a_pattern_is_taken_by_its_very_name(tmp_path):
    fill(tmp_path, {f"{folder}/x.jsonl": "" for folder in ("a*b", "aXb", "p[1]", "p1")})
    for folder, found in {"a*b": ["a*b"], "p[1]": ["p[1]"], "a?b": ["a*b", "aXb"]}.items():
        files = matching_files(f"{folder}/*.jsonl", base=tmp_path)
        assert [path.parent.name for path in files] == found
        assert [p.parent.name for p in matching_files(f"{tmp_path}/{folder}/*.jsonl", base=tmp_path)] == found


def test_hostile_symbols_are_text_like_any_other(tmp_path):
    hostile = ["'; DROP TABLE posts; --", '"; DELETE FROM posts', "A\nB", "\x1b[31mRED", "$(rm -rf .)", "=1+1"]
    message = MESSAGE | {"id": 1, "symbols": [{"symbol": symbol} for symbol in hostile]}
    fill(tmp_path, {"a.jsonl": json.dumps(message) + "\n"})
    configuration = settings(tmp_path, 'files = "a.jsonl"')
    assert read(configuration)[1] == [("a.jsonl", "stocktwits", 1)]
    with open_store(configuration, read_only=True) as store:
        stored = {symbol for (symbol,) in store.sql("SELECT symbol FROM post_symbols").rows()}
        assert stored == {"TSLA", *(symbol.lstrip("$").upper() for symbol in hostile)}
        assert store.count("posts") == 1


PRICES = '[[prices]]\nfiles = "spy_daily.csv"\nsymbol = "SPY"\n'


def market_settings(folder, text):
    (folder / "emtract.toml").write_text(f'[store]\npath = "s.duckdb"\n{text}', encoding="utf-8")
    return load_settings(folder / "emtract.toml")


def test_a_file_of_prices_has_the_symbol_that_its_section_states(tmp_path):
    fill(tmp_path, {"spy_daily.csv": "Date,Open,Close\n2014-01-02,1,2\n"})
    for text, symbol in ((PRICES, "SPY"), (PRICES.replace("SPY", "spx"), "SPX")):
        configuration = market_settings(tmp_path, text)
        with open_store(configuration) as store:
            assert ingest(configuration, store).files == 1
            assert store.sql("SELECT symbol FROM prices").rows() == [(symbol,)]


def test_a_file_that_two_sections_read_in_two_ways_is_refused_and_in_one_way_is_read_once(tmp_path):
    fill(tmp_path, {"spy_daily.csv": "Date,Open,Close\n2014-01-02,1,2\n"})
    market = '[[market]]\nfiles = "spy*.csv"\nformat = "characteristics"\n'
    with pytest.raises(
        ConfigError, match=r"spy_daily\.csv is named by \[\[prices\]\].* and by \[\[market\]\].*copy it"
    ):
        market_jobs(market_settings(tmp_path, PRICES + market))
    again = PRICES.replace("spy_daily", "spy*")
    assert [job.name for job in market_jobs(market_settings(tmp_path, PRICES + again))] == ["spy_daily.csv"]


@pytest.mark.parametrize(
    "pattern", ["in/*.csv", "in/a.csv", "in", "in/**/*.csv", "./in/../in/*.csv", "i[n]/?.csv", "../*/in/*.csv"]
)
@pytest.mark.parametrize("name", ["in/a.csv", "in/b.parquet", "in/deep/a.csv", "out/a.csv", "a.csv"])
def test_a_file_that_is_not_there_would_match_if_it_does_once_written(pattern, name, tmp_path):
    base = tmp_path / "project"
    for folder in ("in/deep", "out"):
        (base / folder).mkdir(parents=True)
    said = would_match(base / name, pattern, base=base)
    (base / name).write_text("x")
    assert said == any(found.samefile(base / name) for found in matching_files(pattern, base=base))


def test_what_is_written_is_no_input_of_the_next_ingest(tmp_path):
    fill(tmp_path, {"spy_daily.csv": "Date,Open,Close\n2014-01-02,1,2\n"})
    configuration = market_settings(tmp_path, PRICES.replace("spy_daily.csv", "*.csv"))
    with pytest.raises(ReportError, match=r"the next ingest would take it for an input, by \*\.csv; name another"):
        check_no_input(configuration, tmp_path / "panel.csv")
    with pytest.raises(ReportError, match="the panel is made of this file"):
        check_no_input(configuration, tmp_path / "spy_daily.csv")
    check_no_input(configuration, tmp_path / "reports/panel.csv")
    check_no_input(configuration, tmp_path / "panel.parquet")


def test_what_a_killed_process_left_half_written_matches_no_pattern(tmp_path):
    """Also where the whole project is being written, as a replication package is."""
    base = fill(tmp_path / ".package.new-7", {"prices/A.csv": "whole", "prices/.A.csv.new-8": "half", ".b.csv": "mine"})
    fill(base, {"reports/.daily.new-9/estimates.csv": "half", "reports/daily/estimates.csv": "whole"})
    found = [matching_files(pattern, base=base) for pattern in ("prices/*", "reports/**/*.csv", ".b*", "prices")]
    names = [[path.relative_to(base).as_posix() for path in paths] for paths in found]
    assert names == [["prices/A.csv"], ["reports/daily/estimates.csv"], [".b.csv"], ["prices/A.csv"]]
