"""What is significant beside the headline is named, and what the study does not ask is not."""

from dataclasses import replace

import numpy as np

from emtract.study.family import family, unsaid
from tests.report.conftest import make_result, simulated_panel, study


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
