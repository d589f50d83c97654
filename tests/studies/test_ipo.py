"""The study of IPOs: it asks for columns that its samples have, finds what was planted, and not what was not."""

from dataclasses import replace

import numpy as np
import pytest

from emtract.econometrics.finding import Finding
from emtract.econometrics.regression.spec import Spec
from emtract.panel.holding import horizon_name
from emtract.study import load_study
from emtract.study.run import run_study
from tests.validation.declared import Declared
from tests.validation.ipo import CROSS, Offers, draw_offers


@pytest.fixture(scope="module")
def study():
    return load_study("ipo")


@pytest.fixture(scope="module")
def drawn():
    specs = Declared("ipo", CROSS)
    return draw_offers(np.random.default_rng(4), offers=Offers(400, 8), specs=specs)


def part(study):
    kept = {name: study.specs[name] for name in CROSS}
    expected = tuple(e for e in study.expectations if e.spec in kept)
    return replace(study, specs=kept, exhibits=(), expectations=expected)


def test_every_column_is_one_of_the_sample(study):
    columns = set(study.samples["ipos"].columns)
    for spec in study.specs.values():
        if isinstance(spec, Spec):
            assert {spec.y, *spec.sources, *spec.effects} <= columns
        elif spec.samples == ("ipos",):
            named = getattr(spec, "columns", None) or (spec.column, spec.by)
            assert set(named) <= columns


def test_every_horizon_and_benchmark_of_the_request_is_studied(study):
    rule = study.samples["ipos"].holding
    wanted = {f"bhar_{horizon_name(h)}_{b}" for h in rule.horizons for b in rule.benchmarks}
    assert wanted == {s.y for s in study.specs.values() if isinstance(s, Spec)} - {"first_return"}


def test_all_samples_are_of_the_same_ipos(study):
    assert study.samples["ipo_days"].ipos == study.samples["ipo_months"].ipos == study.samples["ipos"]


def test_it_finds_what_was_planted_and_says_so(study, drawn):
    result = run_study(part(study), drawn.samples)
    assert " pp" in result.answer()
    verdicts = dict(result.expectations().select("spec", "verdict").iter_rows())
    assert verdicts["groups_first_day"] == verdicts["first_day"] == "as expected"
    assert verdicts["long_run"] == "not distinguishable"
    for (spec, term), truth in drawn.truth.items():
        row = result.row(spec, term)
        assert abs(row["estimate"] - truth) < 4 * row["std_error"], (spec, term)
    assert all(isinstance(f, Finding) and f.charts for f in result.findings.values())


def test_every_analysis_says_what_it_does(study):
    described = [s.describe() for s in study.specs.values() if not isinstance(s, Spec)]
    assert all(text.endswith(".") and len(text) > 60 for text in described)
    assert len(set(described)) == len(described)


def test_published_figures_stand_beside_ours(study):
    assert [p.value for p in study.published] == ["29.73 % against 17.59 %", "-8.22 % against -0.14 %"]
