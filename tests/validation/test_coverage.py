"""The judge is judged: on estimators whose coverage and size are known."""

from dataclasses import dataclass

import numpy as np
import polars as pl
import pytest
from scipy import stats

from emtract.econometrics.finding import Finding
from emtract.errors import EstimationError
from emtract.ledger import Ledger
from emtract.panel.frame import Sample
from tests.validation import coverage as judge
from tests.validation.design import Design, Drawn
from tests.validation.table import markdown, merged, missed, write_table


@dataclass(frozen=True)
class Mean:
    """Mean of each column, with a standard error that may lie."""

    shrink: float = 1.0
    label: str = "means"
    samples: tuple[str, ...] = ("rows",)
    terms: tuple[str, ...] = ("there", "absent")

    def run(self, samples):
        data = samples["rows"].data
        rows = []
        for term in self.terms:
            x = data[term].to_numpy()
            error = self.shrink * x.std(ddof=1) / np.sqrt(len(x))
            half, statistic = stats.t.ppf(0.975, len(x) - 1) * error, x.mean() / error
            p = 2 * stats.t.sf(abs(statistic), len(x) - 1)
            rows.append((term, x.mean(), error, statistic, p, x.mean() - half, x.mean() + half, len(x)))
        names = ["term", "estimate", "std_error", "statistic", "p_value", "conf_low", "conf_high", "n_obs"]
        return Finding(
            estimates=pl.DataFrame(rows, schema=names, orient="row"), n_obs=data.height, ledger=Ledger(), notes=()
        )

    def describe(self):
        return "Means."


def draw(rng):
    data = pl.DataFrame({"there": 0.8 + rng.standard_normal(12), "absent": rng.standard_normal(12)})
    return Drawn({"rows": Sample(data)}, {("mean", "there"): 0.8, ("mean", "absent"): 0.0})


HONEST = Design(name="honest", words="Twelve rows.", specs={"mean": Mean()}, draw=draw)
LIAR = Design(name="liar", words="Errors half as large as they are.", specs={"mean": Mean(shrink=0.5)}, draw=draw)


@dataclass(frozen=True)
class Shy(Mean):
    """Refuses data whose first number is below zero."""

    def run(self, samples):
        if samples["rows"].data["absent"][0] < 0:
            raise EstimationError("too shy")
        return super().run(samples)


SHY = Design(name="shy", words="Half of the draws are refused.", specs={"mean": Shy()}, draw=draw)
DESIGNS = (HONEST, LIAR, SHY)


@pytest.fixture(autouse=True)
def designs(monkeypatch):
    known = {design.name: (__name__, design) for design in DESIGNS}
    monkeypatch.setattr(judge, "all_designs", lambda: known)


@pytest.fixture(scope="module")
def table():
    known = {design.name: (__name__, design) for design in DESIGNS}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(judge, "all_designs", lambda: known)
        return pl.concat([judge.coverage(name, 400) for name in known])


def test_an_exact_interval_covers_and_a_lie_is_found(table):
    rows = {(r["design"], r["term"]): r for r in table.iter_rows(named=True)}
    # Exact: 0.95 of intervals hold the truth; three standard errors of 400 draws.
    assert abs(rows["honest", "there"]["coverage"] - 0.95) < 3 * 0.011
    assert abs(rows["honest", "absent"]["rejection"] - 0.05) < 3 * 0.011
    expected = 1 - 2 * stats.t.sf(0.5 * stats.t.ppf(0.975, 11), 11)
    assert abs(rows["liar", "there"]["coverage"] - expected) < 3 * np.sqrt(expected * (1 - expected) / 400)
    assert set(missed(table.filter(pl.col("design") != "shy"))["design"]) == {"liar"}


def test_draws_that_are_refused_are_counted(table):
    rows = table.filter(design="shy")
    assert (rows["draws"] + rows["refused"]).to_list() == [400, 400]
    assert 150 < rows["refused"][0] < 250
    assert "draws refused" in markdown(rows, {})


def test_power_is_no_size(table):
    power = table.filter(design="honest", term="there").row(0, named=True)
    assert not power["is_null"]
    assert power["rejection"] > 0.5


def test_draws_depend_on_the_seed_alone():
    few, many = judge.coverage("honest", 10, seed=3), judge.coverage("honest", 20, seed=3)
    first = [judge.one_draw(HONEST, draw(rng)) for rng in np.random.default_rng(3).spawn(20)[:10]]
    assert few["mean_estimate"][0] == pytest.approx(np.mean([d["mean", "there"].estimate for d in first]))
    assert many["draws"].to_list() == [20, 20]
    assert judge.coverage("honest", 10, seed=3).equals(few)
    assert not judge.coverage("honest", 10, seed=4)["mean_estimate"].equals(few["mean_estimate"])


def test_the_table_is_written_and_a_design_run_again_replaces_its_rows(table, tmp_path):
    again = table.filter(design="liar").with_columns(coverage=pl.lit(0.5))
    both = merged(table, again)
    assert both.height == table.height
    assert both.filter(design="liar")["coverage"].to_list() == [0.5, 0.5]
    csv, page = write_table(both, {d.name: d for d in DESIGNS}, folder=tmp_path / "out")
    assert pl.read_csv(csv).height == both.height
    text = page.read_text(encoding="utf-8")
    assert text.count("| outside") == missed(both).height
    assert "Errors half as large as they are." in text
    assert markdown(both, {}).startswith("# Do the studies")
