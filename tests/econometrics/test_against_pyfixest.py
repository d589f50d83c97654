"""Coefficients, errors, p-values and intervals against pyfixest, for every rule that the spec offers."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from emtract.econometrics.regression.estimate import estimate
from tests.econometrics.conftest import BASE

pf = pytest.importorskip("pyfixest")
pytestmark = pytest.mark.filterwarnings("ignore:.*(inplace|singleton|demeaner_backend).*")

EFFECTS = [(), ("symbol",), ("session",), ("symbol", "session")]
ERRORS = [
    ("unadjusted", ()),
    ("robust", ()),
    ("clustered", ("symbol",)),
    ("clustered", ("session",)),
    ("clustered", ("industry",)),
    ("clustered", ("symbol", "session")),
    ("clustered", ("industry", "session")),
    ("clustered", ("symbol", "industry")),
]
RULES = {
    "fixest": {},
    "full": {"k_fixef": "full"},
    "none": {"k_adj": False, "G_adj": False},
}


def fixest(spec, panel):
    data = panel.data.with_columns(y=pl.col(spec.y) * spec.y_scale).to_pandas()
    names = list(spec.regressors)
    for name in spec.standardise:
        sample = estimate(spec, panel)
        position = names.index(name)
        data[name] = (data[name] - sample.means[position]) / sample.sds[position]
    formula = f"y ~ {' + '.join(names)}" + (f" | {' + '.join(spec.effects)}" if spec.effects else "")
    errors = {"unadjusted": "iid", "robust": "hetero"}.get(spec.covariance) or {"CRV1": "+".join(spec.clusters)}
    return pf.feols(
        formula, data, vcov=errors, weights=spec.weights, ssc=pf.ssc(**RULES[spec.small_sample]), fixef_tol=1e-13
    )


def assert_same(ours, theirs, *, exact_errors=True, distribution=True):
    names = list(ours.spec.regressors)
    table = ours.tidy()
    assert ours.n_obs == theirs._N
    np.testing.assert_allclose(ours.coefficients, theirs.coef()[names], rtol=1e-8)
    if exact_errors:
        np.testing.assert_allclose(ours.std_errors, theirs.se()[names], rtol=1e-8)
        positions = [list(theirs._coefnames).index(n) for n in names]
        np.testing.assert_allclose(ours.covariance, theirs._vcov[np.ix_(positions, positions)], rtol=1e-7, atol=1e-9)
    if distribution:
        np.testing.assert_allclose(table["p_value"], theirs.pvalue()[names], rtol=1e-7, atol=1e-12)
        np.testing.assert_allclose(table.select("conf_low", "conf_high"), theirs.confint().loc[names], rtol=1e-7)
    np.testing.assert_allclose(ours.r2_within, theirs._r2_within if ours.spec.effects else theirs._r2, rtol=1e-8)


@pytest.mark.parametrize("weights", [None, "precision"])
@pytest.mark.parametrize("rule", ["fixest", "full"])
@pytest.mark.parametrize("effects", EFFECTS, ids="+".join)
def test_every_rule_equals_pyfixest(panel, effects, rule, weights):
    for covariance, clusters in ERRORS:
        spec = replace(
            BASE, effects=effects, covariance=covariance, clusters=clusters, small_sample=rule, weights=weights
        )
        assert_same(estimate(spec, panel), fixest(spec, panel))


@pytest.mark.parametrize("effects", EFFECTS, ids="+".join)
def test_no_correction_equals_pyfixest_up_to_the_distribution(panel, effects):
    """Without a correction p-values are normal here and t there; pyfixest's homoskedastic variance keeps n - 1."""
    for covariance, clusters in ERRORS:
        spec = replace(BASE, effects=effects, covariance=covariance, clusters=clusters, small_sample="none")
        ours, theirs = estimate(spec, panel), fixest(spec, panel)
        assert ours.critical_df is None
        assert_same(ours, theirs, exact_errors=covariance != "unadjusted", distribution=False)
        if covariance == "unadjusted":
            shrunk = theirs.se()[list(spec.regressors)] * np.sqrt((ours.n_obs - 1) / ours.n_obs)
            np.testing.assert_allclose(ours.std_errors, shrunk, rtol=1e-8)


def test_the_two_rules_differ_only_where_an_effect_nests_in_a_cluster(panel):
    nested = {
        clusters: not np.allclose(
            *(
                estimate(replace(BASE, effects=("symbol",), clusters=clusters, small_sample=rule), panel).std_errors
                for rule in ("fixest", "full")
            ),
            rtol=1e-12,
        )
        for clusters in (("symbol",), ("session",), ("industry",), ("symbol", "session"))
    }
    assert nested == {("symbol",): True, ("session",): False, ("industry",): True, ("symbol", "session"): True}


def test_standardising_and_where_equal_pyfixest_on_the_same_rows(panel):
    spec = replace(BASE, standardise=BASE.regressors, where="n_posts_market >= 8")
    kept = type(panel)(panel.data.filter(pl.col("n_posts_market") >= 8))
    assert_same(estimate(spec, panel), fixest(spec, kept))
