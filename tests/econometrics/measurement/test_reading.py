"""Moods carried from how they are read to what people tag: what this collapses to, its algebra, and written-down truths."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from emtract.econometrics.measurement.correct import ASSUMES, correct
from emtract.econometrics.measurement.prepared import prepare
from emtract.econometrics.measurement.reading import as_tagged, tag_spread
from emtract.econometrics.regression.spec import Spec
from emtract.emotions import EMOTIONS, NON_NEUTRAL
from emtract.errors import EstimationError, ModelError, SpecError
from emtract.misreading import Misreading
from emtract.panel.noise import SQUARES
from tests.worlds.cells import CellWorld, simulate_cells
from tests.worlds.readers import Reader, misreading_by, tagged_sample

SPEC = Spec(
    y="return_open_close",
    x=("valence_market",),
    controls=("attention_market",),
    effects=("symbol", "session"),
    covariance="clustered",
    clusters=("symbol", "session"),
    small_sample="fixest",
    y_scale=1e4,
)
SIX = tuple(f"{emotion}_market" for emotion in NON_NEUTRAL)
READER = Reader()
WORLD = CellWorld(n_firms=40, n_sessions=40, texts=5, evidence=0.0, reader=READER, moved_by="posts", shared=0.3)


def known(reader=READER, n=np.inf, grain="emotion"):
    """The misreading of a reader whose means and covariances are those that it has, from so many tags of each emotion."""
    p = reader.means
    spreads = np.array([(np.diag(row) - np.outer(row, row)) / (reader.sharpness + 1) for row in p])
    if grain == "valence":
        p[3:], spreads[3:] = np.nan, np.nan
    return Misreading("reader", "1", "as written down", p, spreads, np.full(7, min(n, 1e12)), grain)


@pytest.fixture(scope="module")
def drawn():
    return simulate_cells(np.random.default_rng(11), WORLD)


def test_of_a_reader_who_reads_all_right_it_is_the_regression(drawn):
    right = Misreading("r", "1", "", np.eye(7), np.zeros((7, 7, 7)), np.full(7, 100.0))
    for spec in (SPEC, replace(SPEC, x=SIX)):
        found = correct(spec, drawn.panel, by="reading", misreading=right)
        np.testing.assert_allclose(found.coefficients, found.plain, rtol=1e-8)
        np.testing.assert_allclose(np.sqrt(np.diag(found.covariance)), found.plain_errors, rtol=1e-8)
        noise, both = correct(spec, drawn.panel), correct(spec, drawn.panel, by="both", misreading=right)
        np.testing.assert_allclose(both.coefficients, noise.coefficients, rtol=1e-8)
        np.testing.assert_allclose(both.covariance, noise.covariance, rtol=1e-8)


def test_six_emotions_need_no_inverse(drawn):
    """By both, coefficients are those by noise turned by differences of rows of P."""
    spec, misreading = replace(SPEC, x=SIX), known(n=500.0)
    noise, both = correct(spec, drawn.panel), correct(spec, drawn.panel, by="both", misreading=misreading)
    turn = (misreading.means[1:] - misreading.means[0])[:, 1:]
    np.testing.assert_allclose(both.coefficients, turn @ noise.coefficients, rtol=1e-6)
    g = np.concatenate([[0.0], noise.coefficients])
    by_tag = np.array([g @ spread @ g / 500.0 for spread in misreading.covariances])
    wanted = turn @ noise.covariance @ turn.T + np.diag(by_tag[1:]) + by_tag[0]
    np.testing.assert_allclose(both.covariance, wanted, rtol=1e-5)


@pytest.mark.parametrize("grain", ["emotion", "valence"])
def test_the_error_of_tags_is_the_derivative_of_the_estimate(grain):
    """What moves valence when two rows of P do, by differences, V held: the delta method's variance."""
    clear = Reader(hits=0.6, sharpness=3.0)
    world = replace(WORLD, n_firms=15, n_sessions=20, texts=10, spread=1.0, noise=40.0, reader=clear)
    panel, misreading, n = simulate_cells(np.random.default_rng(7), world).panel, known(clear, grain=grain), 300.0
    sure = correct(SPEC, panel, by="both", misreading=misreading)
    tags = np.where(np.arange(7) < 2, n, 1e12)
    unsure = correct(SPEC, panel, by="both", misreading=replace(misreading, tags=tags))
    step, wanted = 1e-6, 0.0
    for j in range(2):
        slope = np.zeros(7)
        for k in range(1, 7):
            means = misreading.means.copy()
            means[j, k] += step
            means[j, 0] -= step
            moved = correct(SPEC, panel, by="both", misreading=replace(misreading, means=means))
            slope[k] = (moved.coefficients.item() - sure.coefficients.item()) / step
        wanted += slope @ misreading.covariances[j] @ slope / n
    assert (unsure.covariance - sure.covariance).item() == pytest.approx(wanted, rel=0.01)
    np.testing.assert_allclose(unsure.coefficients, sure.coefficients)


def test_the_noise_of_misreading_is_the_variance_around_the_tags_of_the_posts():
    """Weights go with emotion, texts are shared: what is said of each cell and pair is so on average."""
    world = replace(WORLD, n_firms=40, n_sessions=60, texts=4, shared=0.4, tied=3.0)
    read, tags = (
        simulate_cells(np.random.default_rng(1), replace(world, reader=reader)).panel for reader in (READER, None)
    )
    carried = as_tagged(SPEC, read, misreading=known(), told="posts")
    apart = carried.data.select("symbol", "session", e=carried.data["happy_market"] - tags.data["happy_market"])
    assert apart["e"].mean() == pytest.approx(0, abs=4 * apart["e"].std() / np.sqrt(apart.height))
    assert carried.noise.cells["v_happy_happy"].mean() == pytest.approx((apart["e"] ** 2).mean(), rel=0.08)
    pairs = carried.noise.pairs
    for side in ("one", "two"):
        pairs = pairs.join(apart.rename({"symbol": side, "e": f"e_{side}"}), on=[side, "session"])
    moved = (pairs["e_one"] * pairs["e_two"]).mean()
    assert pairs["v_happy_happy"].mean() == pytest.approx(moved, rel=0.25)
    assert moved > 0.1 * (apart["e"] ** 2).mean()


def test_the_truth_of_six_emotions_comes_back_and_the_naive_estimate_misses_it():
    world = replace(WORLD, n_firms=60, n_sessions=60, noise=60.0)
    rng = np.random.default_rng(5)
    misreading = misreading_by(*tagged_sample(rng, READER, 8000))
    drawn = simulate_cells(rng, world)
    found = correct(replace(SPEC, x=SIX), drawn.panel, by="reading", misreading=misreading)
    errors = np.sqrt(np.diag(found.covariance))
    truth = np.array([drawn.truth[name] for name in SIX])
    assert (np.abs(found.coefficients - truth) < 3 * errors).all()
    assert (np.abs(found.plain - truth) > 3 * found.plain_errors).any()
    assert found.naive.n_obs == drawn.panel.data.height
    assert found.assumes == ASSUMES["reading"] and found.misreading == "reader@1 on a simulated tagged sample"
    for j, term in enumerate(SIX[:2]):
        assert found.sets[j].holds(found.coefficients[j]) and found.holds(term, found.coefficients[j])


def test_three_rows_give_back_the_truth_of_valence_where_readers_take_emotions_of_a_class_alike():
    effects = {"happy_market": 50.0} | {f"{e}_market": -50.0 for e in ("sad", "anger", "disgust", "fear")}
    world = replace(WORLD, n_firms=80, n_sessions=60, noise=40.0, effects=effects)
    panel = simulate_cells(np.random.default_rng(12), world).panel
    fine, coarse = (
        correct(SPEC, panel, by="reading", misreading=known(n=2000.0, grain=g)) for g in ("emotion", "valence")
    )
    for found in (fine, coarse):
        assert abs(found.coefficients.item() - 50) < 3 * np.sqrt(found.covariance.item())
        assert found.plain.item() < 45
    np.testing.assert_allclose(coarse.plain, fine.plain)


def test_per_standard_deviation_is_per_that_of_what_was_read(drawn):
    plain = correct(SPEC, drawn.panel, by="reading", misreading=known())
    scaled = correct(replace(SPEC, standardise=SPEC.x), drawn.panel, by="reading", misreading=known())
    sd = drawn.panel.data["valence_market"].std()
    np.testing.assert_allclose(scaled.coefficients, plain.coefficients * sd, rtol=1e-8)
    np.testing.assert_allclose(scaled.plain, plain.plain * sd, rtol=1e-8)
    np.testing.assert_allclose(scaled.sets[0].low, plain.sets[0].low * sd, rtol=1e-6)


def test_two_windows_share_the_error_of_the_tags():
    world = replace(WORLD, n_firms=30, n_sessions=30, suffixes=("market", "pre_open"), shared=0.0)
    panel = simulate_cells(np.random.default_rng(2), world).panel
    spec = replace(SPEC, x=("valence_market", "valence_pre_open"), controls=())
    misreading = known(n=200.0)
    tagged = as_tagged(spec, panel, misreading=misreading, told="posts")
    added = tag_spread(prepare(spec, tagged, singles="pooled"), tagged, misreading)
    assert added.shape == (6, 6) and np.linalg.eigvalsh(added)[0] > -1e-9 * np.trace(added)
    # One reader misreads both: what makes the first window's W larger makes the second's.
    assert added[2, 5] > 0.2 * np.sqrt(added[2, 2] * added[5, 5])


@pytest.mark.parametrize(
    ("spec", "changed", "error", "said"),
    [
        (SPEC, {"misreading": None}, SpecError, "need a misreading of the scorer"),
        (SPEC, {"by": "noise"}, SpecError, "no use for a misreading"),
        (replace(SPEC, x=("valence_market:size",)), {}, SpecError, "correct products by noise"),
        (replace(SPEC, where="valence_market > 0"), {}, SpecError, "make a column of the condition"),
        (replace(SPEC, where="fear_market > 0.1"), {}, SpecError, "where reads fear_market"),
        (replace(SPEC, y="fear_market"), {}, SpecError, "a mean of the same posts"),
        (SPEC, {"misreading": replace(known(), revision="2")}, ModelError, "scores are of reader@1"),
        (replace(SPEC, x=SIX), {"misreading": known(grain="valence")}, SpecError, "says nothing of happy_market"),
    ],
)
def test_what_cannot_be_corrected_for_misreading_is_said(drawn, spec, changed, error, said):
    panel = replace(drawn.panel, settings={"scorer": "reader", "revision": "1"})
    with pytest.raises(error, match=said):
        correct(spec, panel, **({"by": "reading", "misreading": known()} | changed))


def test_a_sample_without_what_is_needed_is_refused(drawn):
    noise = replace(drawn.panel.noise, cells=drawn.panel.noise.cells.drop(SQUARES))
    with pytest.raises(EstimationError, match="build the sample again"):
        correct(SPEC, replace(drawn.panel, noise=noise), by="reading", misreading=known())
    p = READER.means.copy()
    p[6] = p[2]
    with pytest.raises(EstimationError, match="sad and fear alike"):
        correct(SPEC, drawn.panel, by="both", misreading=replace(known(), means=p))


def test_tags_of_a_text_are_carried_back_whatever_their_emotion(drawn):
    tagged = as_tagged(SPEC, drawn.panel, misreading=known(), told="posts")
    names = [f"{emotion}_market" for emotion in EMOTIONS]
    np.testing.assert_allclose(tagged.data.select(names).sum_horizontal(), 1.0)
    back = tagged.data.select(names).to_numpy() @ READER.means
    np.testing.assert_allclose(back, drawn.panel.data.select(names).to_numpy(), atol=1e-12)
    assert tagged.data.select(pl.exclude(*names, "valence_market")).equals(
        drawn.panel.data.select(pl.exclude(*names, "valence_market"))
    )
