"""Instruments on one store: readings are the scorers' own, numbers the studies' own, the store stays as it is."""

import hashlib
import json

import numpy as np
import polars as pl
import pytest

from emtract.config import load_settings
from emtract.emotions import EMOTIONS
from emtract.errors import EmtractError, ModelError
from emtract.model import load_scorer
from emtract.model.pairs import compare_pairs
from emtract.pipeline import open_store
from emtract.pipeline.compare import compare_scorers, find_instruments, parse_scorers
from emtract.pipeline.evaluation import read_posts
from tests.prompt import emtract


@pytest.fixture(scope="module")
def opened(demo):
    settings = load_settings(demo[0] / "emtract.toml")
    with open_store(settings, read_only=True) as store:
        yield settings, store


@pytest.fixture(scope="module")
def found(opened):
    return compare_scorers(*opened, ("default", "written emotions", "vader"), studies=["daily_returns"], sample=400)


def test_the_draw_is_seeded_and_of_distinct_texts(opened, found):
    again = compare_scorers(*opened, ("default", "written emotions", "vader"), sample=400)
    assert again.pairs.equals(found.pairs) and again.texts == 400
    other = compare_scorers(*opened, ("default", "written emotions", "vader"), sample=400, seed=1)
    assert not other.pairs.equals(found.pairs)
    assert found.of == opened[1].sql("SELECT count(DISTINCT text_key) AS n FROM cleaned WHERE kind <> 'empty'").item()


def test_a_scorer_without_scores_reads_what_the_others_were_drawn_on(opened, found):
    store = opened[1]
    drawn = store.sql(
        "SELECT min(post_key) AS post_key, md5(concat_ws(' ', 0, text_key)) AS lot FROM cleaned WHERE kind <> 'empty' "
        "GROUP BY text_key ORDER BY lot LIMIT 400"
    )
    with store.registered({"drawn": drawn}):
        rows = store.sql(
            "SELECT p.body, s.* FROM drawn AS d JOIN posts AS p USING (post_key) JOIN scores AS s USING (post_key) "
            "WHERE s.scorer = 'default' ORDER BY d.lot"
        )
    stored = rows.select(EMOTIONS).to_numpy().astype(np.float64)
    now = read_posts(load_scorer("vader"), rows["body"].to_list())
    wanted = compare_pairs({"default": stored, "vader": now}, valence_only=["vader"]).row(0, named=True)
    row = found.pairs.filter(first="default", second="vader", slice="all").row(0, named=True)
    assert row == wanted


def test_numbers_are_those_of_the_study(demo, found):
    own = pl.read_csv(demo[0] / "reports/daily_returns/estimates.csv", infer_schema_length=None)
    rows = found.headlines.filter(scorer="default")
    assert rows["role"][0] == "primary" and rows.height
    for row in rows.iter_rows(named=True):
        told = own.filter(spec=row["spec"], term=row["term"]).row(0, named=True)
        assert all(row[name] == pytest.approx(told[name]) for name in ("estimate", "conf_low", "conf_high", "n_obs"))
    assert found.held and all("under default" in text for text in found.held)
    # The written emotions are the truth of the archive: they are not the model's reading of it.
    both = found.headlines.filter(pl.col("spec") == rows["spec"][0])["estimate"]
    assert both.null_count() == 0 and both.n_unique() == 2


def test_only_scorers_that_read_all_posts_have_firm_sessions(found):
    assert set(found.means["first"]) | set(found.means["second"]) == {"default", "written emotions"}
    assert any(note.startswith("vader has no scores in the store") for note in found.notes)
    held = {one.name: (one.whole, one.valence_only) for one in found.instruments}
    assert held == {"default": (True, False), "written emotions": (True, False), "vader": (False, True)}


def test_a_scorer_of_valence_has_no_numbers_of_single_emotions(opened):
    from emtract.panel.requests import SampleBuilder
    from emtract.pipeline.compare.headlines import VALENCE_ONLY, headlines
    from emtract.pipeline.panel import panel_options

    settings, store = opened
    samples = {"vader": SampleBuilder(store, panel_options(settings, store))}
    told = headlines(settings, samples, ["daily_returns", "daily_returns:next_valence"], valence_only=["vader"])
    emotions = told.filter(pl.col("spec").str.ends_with("_emotions"))
    assert emotions["why_not"].unique().to_list() == [VALENCE_ONLY] and emotions["estimate"].null_count() == 3
    assert told.filter(spec="next_valence")["estimate"].null_count() == 0


def test_the_prompt_prints_json_and_leaves_the_store_as_it_is(demo, tmp_path):
    store = demo[0] / "demo.duckdb"
    before = hashlib.sha256(store.read_bytes()).hexdigest()
    asked = (
        "compare",
        "-c",
        demo[0] / "emtract.toml",
        "--scorers",
        "default,nrclex",
        "--sample",
        "200",
        "-o",
        tmp_path,
    )
    done = emtract(*asked, "--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["page"] == str(tmp_path / "index.html") and told["found"]["texts"] == 200
    whole = next(row for row in told["found"]["pairs"] if row["slice"] == "all")
    assert (whole["first"], whole["second"], whole["n"]) == ("default", "nrclex", 200)
    first = (tmp_path / "index.html").read_bytes()
    said = emtract(*asked)
    assert "agreement on 200 of" in said.stdout and (tmp_path / "index.html").read_bytes() == first
    assert hashlib.sha256(store.read_bytes()).hexdigest() == before


@pytest.mark.parametrize(
    ("options", "word"),
    [
        (("--scorers", "default,default"), "names default twice"),
        (("--scorers", "default"), "name 2 or more"),
        (("--scorers", "default,nosuch"), "no model is called 'nosuch'"),
        (("--scorers", "default,default@0"), "the store holds no scores of default@0"),
        (("--scorers", "default,vader", "--sample", "3"), "too few"),
        (("--scorers", "default,vader", "--study", "nosuch"), "there is no study 'nosuch'"),
        (("--scorers", "default,vader", "--labels", "x.csv:body"), "posts.csv:body:emotion"),
    ],
)
def test_wrong_input_is_one_sentence(demo, tmp_path, options, word):
    done = emtract("compare", "-c", demo[0] / "emtract.toml", *options, "-o", tmp_path / "out")
    assert done.returncode == 1 and word in done.stderr and "Traceback" not in done.stderr
    assert done.stderr.count("\n") == 1


def test_the_same_scorer_under_two_names_is_told(opened):
    settings, store = opened
    revision = find_instruments(settings, store, ["default"])[0].revision
    with pytest.raises(ModelError, match="twice"):
        find_instruments(settings, store, ["default", f"default@{revision}"])


def test_a_scorer_without_its_package_is_told(opened, monkeypatch):
    from emtract.model import lexical

    def lacking(name):
        raise ModelError(f"{name} needs its package: pip install 'emtract[baselines]'")

    monkeypatch.setattr(lexical, "instrument_revision", lacking)
    with pytest.raises(EmtractError, match="needs its package"):
        find_instruments(*opened, ["default", "vader"])


def test_names_are_split():
    assert parse_scorers(" default, fast ,") == ("default", "fast")


@pytest.mark.real_data
def test_stockemotions_under_two_instruments(data, tmp_path):
    """The posts of StockEmotions' validation part, stored and scored by the model that reads fastest."""
    config = tmp_path / "emtract.toml"
    config.write_text(
        f"""
        [store]
        path = "s.duckdb"
        [[posts]]
        files = "{data}/stockemotions/val.csv"
        format = "csv"
        [posts.columns]
        platform = "stocktwits"
        post_id = "id"
        body = "original"
        created_at = "date"
        symbol = "ticker"
        timezone = "America/New_York"
        time_format = "end_of_day"
        [model]
        name = "fast"
        """
    )
    for verb in ("ingest", "score"):
        done = emtract(verb, "-c", config, "-q")
        assert done.returncode == 0, done.stderr
    done = emtract("compare", "-c", config, "--scorers", "fast,vader", "-o", tmp_path / "page", "--json")
    assert done.returncode == 0, done.stderr
    row = next(r for r in json.loads(done.stdout)["found"]["pairs"] if r["slice"] == "all")
    assert row["n"] > 900 and 0.2 < row["pearson"] < 0.8 and row["same_label"] is None
