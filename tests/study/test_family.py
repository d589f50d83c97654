"""What is significant beside the headline is named, and what the study does not ask is not."""

from dataclasses import replace

import numpy as np

from emtract.econometrics.analyses.high_low import GroupComparison
from emtract.study import Axis, Choice, Contrast, PortfolioSort, SpecificationCurve, Study
from emtract.study.family import family, unsaid
from emtract.study.run import run_study
from tests.report.conftest import make_result, simulated_panel, study
from tests.report.study.test_inference import SPEC, simulated


def made(**labels):
    rng = np.random.default_rng(3)
    result = make_result(study("small"), simulated_panel(rng, symbols=["AAA", "BBB"], sessions=30), rng)
    specs = {n: replace(r.spec, label=labels.get(n, n.split("_")[0])) for n, r in result.results.items()}
    results = {n: replace(r, spec=specs[n]) for n, r in result.results.items()}
    return replace(result, study=replace(result.study, specs=specs), results=results)


def test_a_family_shares_its_design_and_leaves_the_headline_and_controls_out():
    result = made()
    names = {spec for spec, _ in family(result)}
    assert names == {"contemporaneous_emotions", "predictive_emotions"}
    assert not {term for _, term in family(result)} & {"attention_market", "lagged_return"}
    assert {spec for spec, _ in family(made(predictive_emotions="another design"))} == {"contemporaneous_emotions"}


def test_no_significant_coefficient_of_the_family_is_left_out_of_the_answer():
    result = made()
    clear = [key for key in family(result) if result.row(*key)["p_value"] < 0.05]
    sizes = [abs(result.row(*key)["statistic"]) for key in unsaid(result)]
    assert set(unsaid(result)) == set(clear) and clear
    assert sizes == sorted(sizes, reverse=True)
    assert f"{len(clear)} have p < 0.05" in result.answers()[1]


def test_a_significant_estimate_of_an_analysis_is_named_too():
    pairs = (("happy_market", "sad_market"), ("happy_market", "attention_market"))
    gaps = Contrast(label="Gaps", spec=replace(SPEC, bootstrap="none"), pairs=pairs)
    told, left = (("gaps", term) for term in gaps.terms)
    asked = Study(
        name="gaps", question="Which?", design="A panel.", papers=(), specs={"gaps": gaps}, headline=(told,), primary=told
    )  # fmt: skip
    result = run_study(asked, simulated({"happy_market": 4000.0}))
    assert result.row(*left)["p_value"] < 0.05
    assert family(result) == unsaid(result) == [left]
    assert result.further().startswith("Of 1 other estimate here 1 has p < 0.05")
    quiet = run_study(replace(asked, headline=(left,), primary=left), simulated({}))
    assert family(quiet) == [told] and unsaid(quiet) == [] and quiet.further() == ""


def test_what_is_no_hypothesis_of_its_own_stands_outside_the_family():
    sort = PortfolioSort(label="S", signal="valence_pre_open", returns="return_open_close")
    assert not sort.in_family("quintile 1") and sort.in_family("alpha, CAPM")
    groups = GroupComparison(label="G", column="first_return", by="enthusiasm", words="the return")
    assert [term for term in groups.terms if groups.in_family(term)] == ["high minus low"]
    curve = SpecificationCurve(label="C", base=SPEC, axes=(Axis("a", (Choice("one"), Choice("two"))),))
    assert not any(map(curve.in_family, curve.terms)), "specifications ask one question in many ways"
