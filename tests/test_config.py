import json
import re
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import get_args

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from emtract.config import PostSource, load_settings, with_options
from emtract.errors import ConfigError
from emtract.options import PanelSettings
from emtract.posts import BotRule, PostFilter, Split
from emtract.sources import PostFormat

GOOD = """
[store]
path = "s.duckdb"
[[posts]]
files = "*.jsonl"
format = "twitter_v1"
[panel]
weights = "one_vote"
"""


def write(tmp_path, text):
    path = tmp_path / "emtract.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_settings_start_at_the_folder_of_the_file(tmp_path):
    settings = load_settings(write(tmp_path, GOOD))
    assert settings.resolve("s.duckdb") == tmp_path / "s.duckdb"
    assert settings.panel == PanelSettings(weights="one_vote")
    assert settings.posts[0].format == "twitter_v1"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("weights =", "wieghts =", "unknown key 'wieghts' in .panel.; did you mean 'weights'"),
        ("[panel]", "[pannel]", "unknown key 'pannel'; did you mean 'panel'"),
        ('"one_vote"', '"likes"', "likes.*panel.weights"),
        ('"twitter_v1"', '"twitter"', "posts"),
        ('path = "s.duckdb"', "", "path"),
        ("[panel]", "[panel", "not valid TOML"),
        ("[store]", "base = 'x'\n[store]", "unknown key 'base'"),
        ("weights =", "min_posts = 0\nweights =", ">= 1"),
        ("weights =", "zzqq = 0\nweights =", "known keys"),
    ],
)
def test_what_is_wrong_is_named_with_its_remedy(tmp_path, old, new, message):
    with pytest.raises(ConfigError, match=message):
        load_settings(write(tmp_path, GOOD.replace(old, new)))


def test_a_missing_or_binary_file_is_one_clear_line(tmp_path):
    with pytest.raises(ConfigError, match="--config"):
        load_settings(tmp_path / "none.toml")
    (tmp_path / "b.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigError, match="TOML"):
        load_settings(tmp_path / "b.toml")


def test_the_formats_of_the_configuration_are_those_of_the_readers_and_auto():
    for name in ("auto", *get_args(PostFormat)):
        source = msgspec.convert({"files": "archive/", "format": name}, PostSource)
        assert source.format == name
    assert PostSource(files="archive/").format == "auto"


def test_every_example_configuration_of_the_repository_loads():
    root = Path(__file__).parent.parent
    for path in root.glob("*.toml"):
        if path.name != "pyproject.toml":
            assert load_settings(path).studies


def test_options_of_the_prompt_take_the_place_of_keys_and_are_checked_like_them(tmp_path):
    settings = load_settings(write(tmp_path, GOOD + '[scoring]\nworkers = 3\n[model]\ndevice = "cuda"\nthreads = 2\n'))
    assert with_options(settings, workers=None, device=None) == settings
    other = with_options(settings, workers=5, device="cpu", engine="ray", batch_tokens=9)
    assert (other.scoring.workers, other.scoring.engine) == (5, "ray")
    assert (other.model.device, other.model.threads, other.model.batch_tokens) == ("cpu", 2, 9)
    assert other.panel == settings.panel
    with pytest.raises(ConfigError, match="--batch-tokens 0: expected `int` >= 1"):
        with_options(settings, batch_tokens=0)
    with pytest.raises(ConfigError, match="--device tpu: known are cpu, cuda"):
        with_options(settings, device="tpu")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("studies = ['a']", r"unknown key 'studies' in \[store\]; 'studies' belongs to the top of the file"),
        ("weights = 'equal'", r"'weights' belongs to \[panel\]"),
        ("wieghts = 'equal'", r"'weights' belongs to \[panel\]"),
        ("[[posts]]\nfiles = 'a'\ntimezone = 'UTC'", r"in \[\[posts\]\]; 'timezone' belongs to .*\[posts.columns\]"),
        ("[posts]\nfiles = 'a'", r"write it as the section \[\[posts\]\]"),
        ("[[panel]]\nmin_posts = 2", r"write it as the section \[panel\]"),
        ("[panel]\ncalendar = 3", "panel.calendar"),
        ("[model]\ndevice = 'gpu'", r"model.device: known are cpu, cuda"),
        ("[[prices]]\n", r"\[\[prices\]\] lacks the key 'files'"),
        ("[model]\nthreads = true", "model.threads"),
        ("[[posts]]\nfiles = 'a'\nauthor = 'u'", r"in \[\[posts\]\]; 'author_id' belongs to \[posts.columns\]"),
        ("[[posts]]\nfiles = 'a'\nsymbols = 's'", r"'symbol' belongs to \[posts.columns\]"),
        ("[[posts]]\nfiles = 'a'\n[posts.columns]\nauthors = 'u'", r"\[posts.columns\]; did you mean 'author_id'"),
        ("[[posts]]\nfiles = 'a'\nzzqq = 1", r"known keys: bare_symbols, cite, columns, files, format$"),
        ("[[posts]]\nfiles = 'a'\ncite = 'stocknett'", "cite = 'stocknett' is no archive .* did you mean 'stocknet'"),
        ("[[prices]]\nfiles = 'a'\ncite = 'zzqq'", "no reference of several words: known are stocknet, stockemotions"),
        ("[panel]\nposts = 'orignal'", r"panel.posts: known are finance, chat, .*without_bots"),
        ("[panel.posts]\norign = 'original'", r"unknown key 'orign' in \[panel.posts\]; did you mean 'origin'"),
        ("[panel.posts.drop_bots]\nmin_post = 3", r"in \[panel.posts.drop_bots\]; did you mean 'min_posts'"),
        ("[panel]\nposts = 3", r"write it as the section \[panel.posts\]"),
        (
            "[panel]\nposts = {min_followers = 5, max_followers = 3}",
            r"\[panel\]: min_followers 5 lies above max_followers 3",
        ),
        ("[panel]\nsplit = 'folowers'", "panel.split: known are content, figures"),
        ("[panel]\nsplit = {by = 'content', threshold = 3}", r"\[panel\]: a split by content has no threshold"),
        ("[panel]\nstart = 'May'", "panel.start: write a day, as in start = 2020-01-31"),
        ("[panel]\nstart = 2015-01-02\nend = 2015-01-01", r"\[panel\]: end 2015-01-01 lies before start"),
        ("[panel]\nsymbols = []", "names no symbol"),
        ("[panel]\nsymbols = 'none.txt'", "none.txt: No such file .* a file with one a line"),
        ("[study.daily_returns]\nmax_atrition = 0.5", r"in \[study.NAME\]; did you mean 'max_attrition'"),
        ("[study.daily_returns]\nmax_attrition = 2", "<= 1.0 at .*max_attrition"),
        ("[study]\nmax_attrition = 1", r"write it as the section \[study.NAME\]"),
    ],
)
def test_a_key_in_the_wrong_place_is_told_its_own(tmp_path, text, message):
    with pytest.raises(ConfigError, match=message):
        load_settings(write(tmp_path, f'[store]\npath = "s.duckdb"\n{text}\n'))


KEYS = st.sampled_from(
    ["store", "posts", "panel", "studies", "weights", "wieghts", "files", "columns", "base", "x`y", "", "é", "$.a"]
)
VALUES = st.recursive(
    st.sampled_from([1, -1, True, 1.5, "equal", "s.duckdb", "twitter_v1", []]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=6,
)


def inline(value):
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(key)} = {inline(inner)}" for key, inner in value.items()) + "}"
    return f"[{', '.join(map(inline, value))}]" if isinstance(value, list) else json.dumps(value)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(top=st.dictionaries(KEYS, VALUES, max_size=4), more=st.dictionaries(KEYS, VALUES, max_size=3))
def test_any_configuration_loads_or_is_refused_and_no_hint_is_what_was_typed(tmp_path, top, more):
    raw = {"store": {"path": "s.duckdb", **more}} | top
    try:
        load_settings(write(tmp_path, "\n".join(f"{json.dumps(key)} = {inline(value)}" for key, value in raw.items())))
    except ConfigError as error:
        text = str(error)
        typed = re.search(r"unknown key '(.*?)'.*did you mean '(.*?)'", text)
        assert typed is None or typed[1] != typed[2]


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.integers(0, len(GOOD) - 1), size=st.integers(0, 6), put=st.text(max_size=4))
def test_a_mutated_file_loads_or_is_refused(tmp_path, place, size, put):
    with suppress(ConfigError):
        load_settings(write(tmp_path, GOOD[:place] + put.encode("utf-8", "replace").decode() + GOOD[place + size :]))


def test_what_the_panel_picks_is_read_with_names_or_tables(tmp_path):
    (tmp_path / "firms.txt").write_text("\ufeffAAPL  # Apple\n\nbrk.b\n$goog\n# none\nAAPL\n", encoding="utf-8")
    text = (
        '[store]\npath = "s.duckdb"\n[panel]\nstart = 2014-01-02\nend = "2014-12-31"\nsymbols = "firms.txt"\nsplit = "history"\n'
        'posts = { language = "en", since = 2014-02-01, drop_bots = { min_posts = 3 } }\n'
    )
    panel = load_settings(write(tmp_path, text)).panel
    assert panel.symbols == ("AAPL", "BRK-B", "GOOG")
    assert (panel.start, panel.end) == (date(2014, 1, 2), date(2014, 12, 31))
    bots = BotRule(min_posts=3)
    assert panel.posts == PostFilter(language="en", since=date(2014, 2, 1), drop_bots=bots)
    assert panel.resolved()["split"] == Split("history")
