"""Scorers on the suite: real ones, and one that is right or wrong by construction."""

from pathlib import Path

import polars as pl
import pytest

from emtract.errors import ModelError, SourceError
from emtract.model.behaviour.suite import load_suite
from emtract.model.behaviour.table import SCHEMA, by_capability, uncounted
from emtract.model.registry import identify
from emtract.pipeline import opening
from emtract.pipeline.behaviour import grade_scorers
from tests.model.fakes import FakeScorer
from tests.prompt import emtract

TABLE = Path(__file__).parents[2] / "reports" / "model" / "behaviour.csv"


def test_the_fast_model_and_vader_are_graded_on_every_check():
    pytest.importorskip("vaderSentiment", reason='needs pip install "emtract[baselines]"')
    told = []
    found = grade_scorers(["fast", "vader"], progress=lambda *seen: told.append(seen))
    checks = len(load_suite())
    assert found.schema == pl.Schema(SCHEMA) and found.height == 2 * checks
    fast, vader = (part for _, part in found.group_by("scorer", maintain_order=True))
    assert fast["n"].to_list() == fast["cases"].to_list()
    assert 0 < fast["failed"].sum() < fast["n"].sum()
    ((name, (without, cases)),) = uncounted(found).items()
    assert name.startswith("vader@") and 0 < without < cases == fast["n"].sum()
    assert {scorer for scorer, done, total in told if done == total} == {"fast", "vader"}
    assert ((found["failed"] > 0) == (found["examples"] != "")).all()
    assert found.equals(grade_scorers(["fast", "vader"]))
    change = vader.filter(check="of a ticker", capability="Exchange")
    assert change["failed"].item() == 0, "a lexicon does not know tickers"


def test_the_committed_table_is_of_the_shipped_models_and_of_this_suite():
    table = pl.read_csv(TABLE)
    again = (
        "make it again: emtract model behaviour default fast vader textblob nrclex nade -o reports/model/behaviour.csv"
    )
    wanted = [(s.check.capability, s.check.name, s.check.kind, len(s.cases)) for s in load_suite()]
    for name in ("default", "fast"):
        own = table.filter(scorer=f"{name}@{identify(name)[1]}")
        assert own.select("capability", "check", "kind", "cases").rows() == wanted, again


class Constant(FakeScorer):
    """Says one emotion to everything."""

    def __init__(self, emotion):
        super().__init__()
        self.emotion, self.revision = emotion, emotion

    def predict(self, posts):
        said = super().predict(posts)
        sure = [pl.lit(float(name == self.emotion), pl.Float32).alias(name) for name in said.columns[2:9]]
        return said.with_columns(*sure, label=pl.lit(self.emotion))


def test_a_reader_that_never_changes_its_mind_passes_invariance_and_no_rise(monkeypatch):
    monkeypatch.setattr(opening, "load_scorer", Constant)
    found = grade_scorers(["sad", "neutral"])
    assert found.filter(kind="INV")["failed"].sum() == 0
    rises = found.filter(capability="Emoji added")
    assert rises["failed"].to_list() == rises["n"].to_list()
    neutral = by_capability(found.filter(scorer="fake@neutral"))
    rates = dict(neutral.select("capability", "failure_rate").rows())
    assert {rates[name] for name in ("Negated negative", "Negated positive", "Hypothetical", "Question")} == {0.0}
    assert (rates["Losses"], rates["Gains"], rates["Plain posts"]) == (1.0, 1.0, pytest.approx(6 / 7))
    plain = found.filter(scorer="fake@sad", capability="Plain posts")
    assert dict(plain.select("check", "failure_rate").rows()) == {
        name: float(name != "sad") for name in plain["check"].to_list()
    }
    denied = (
        found.filter(capability="Negated negative").group_by("scorer").agg(pl.col("failed").sum(), pl.col("n").sum())
    )
    assert {scorer: failed / n for scorer, failed, n in denied.rows()} == {"fake@sad": 1.0, "fake@neutral": 0.0}


def test_a_scorer_is_named_once_and_a_bad_file_stops_before_any_is_loaded(monkeypatch, tmp_path):
    with pytest.raises(ModelError, match="named twice"):
        grade_scorers(["fast", "fast"])
    monkeypatch.setattr(opening, "load_scorer", lambda _: pytest.fail("a scorer was loaded"))
    with pytest.raises(SourceError, match="cannot be read"):
        grade_scorers(["fast"], cases=tmp_path / "none.toml")


def test_the_verb_prints_a_table_and_writes_every_check(tmp_path):
    (tmp_path / "my.toml").write_text(
        '[[check]]\ncapability = "Mine"\nname = "first"\nkind = "MFT"\nn = 1\n'
        'templates = ["{ticker} i am so happy"]\nallowed = ["happy"]\n'
    )
    done = emtract("model", "behaviour", "fast", "--cases", "my.toml", "-o", "out.csv", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    lines = [line.split() for line in done.stdout.splitlines()]
    assert lines[0] == ["capability", "kind", "n", "fast"]
    assert ["Mine", "MFT", "1", "0.0", "%"] in lines
    written = pl.read_csv(tmp_path / "out.csv")
    assert written.columns == list(SCHEMA)
    assert written.row(by_predicate=pl.col("capability") == "Mine", named=True)["failed"] == 0


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (("no-such-model",), "no-such-model"),
        (("fast", "-o", "x.txt"), ".csv"),
        (("fast", "--cases", "none.toml"), "none.toml"),
    ],
)
def test_what_the_verb_cannot_do_is_one_line(tmp_path, arguments, word):
    done = emtract("model", "behaviour", *arguments, cwd=tmp_path)
    assert done.returncode == 1 and "Traceback" not in done.stderr
    assert done.stderr.strip().splitlines()[-1].startswith("emtract: ") and word in done.stderr
