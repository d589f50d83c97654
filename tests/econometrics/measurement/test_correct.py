"""Corrected coefficients: what they collapse to, the sum that they are, and the truth of worlds that is written down."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from scipy import stats

from emtract.econometrics.measurement.correct import _quantile, correct, share_beyond
from emtract.econometrics.measurement.leverage import leverage
from emtract.econometrics.measurement.moods import packed
from emtract.econometrics.measurement.prepared import prepare
from emtract.econometrics.measurement.reliability import reliability
from emtract.econometrics.regression.estimate import estimate
from emtract.econometrics.regression.spec import Spec
from emtract.emotions import NON_NEUTRAL
from emtract.errors import EstimationError, SpecError
from emtract.panel.frame import Sample
from emtract.panel.noise import VARIANCES, Noise
from tests.econometrics.measurement.stances import EQUALS, simulate_stances
from tests.worlds.cells import CellWorld, simulate_cells

SPEC = Spec(
    y="return_open_close",
    x=("happy_market",),
    controls=("attention_market",),
    effects=("symbol", "session"),
    covariance="clustered",
    clusters=("symbol", "session"),
    small_sample="fixest",
    y_scale=1e4,
)
SIX = tuple(f"{emotion}_market" for emotion in NON_NEUTRAL)


@pytest.fixture(scope="module")
def world():
    return simulate_cells(np.random.default_rng(3), CellWorld(n_firms=30, n_sessions=60, shared=0.3, keep=0.7))


@pytest.fixture(scope="module")
def tagged():
    return simulate_stances(3)


@pytest.mark.parametrize(("stance", "mood"), EQUALS.items())
def test_a_stance_is_corrected_as_the_mood_that_it_equals(tagged, stance, mood):
    found, wanted = (correct(replace(SPEC, x=(name,)), tagged) for name in (stance, mood))
    np.testing.assert_allclose(found.coefficients, wanted.coefficients, rtol=1e-9)
    np.testing.assert_allclose(found.covariance, wanted.covariance, rtol=1e-9)
    told = [reliability(replace(SPEC, x=(name,)), tagged).table.drop("term") for name in (stance, mood)]
    np.testing.assert_allclose(*(frame.to_numpy() for frame in told), rtol=1e-9)
    product = correct(replace(SPEC, x=(f"{stance}:size", stance), controls=()), tagged)
    again = correct(replace(SPEC, x=(f"{mood}:size", mood), controls=()), tagged)
    np.testing.assert_allclose(product.coefficients, again.coefficients, rtol=1e-9)


def test_a_stance_beside_an_emotion_takes_their_common_noise_off(tagged):
    spec = replace(SPEC, x=("stance_market", "happy_market"))
    np.testing.assert_allclose(
        correct(spec, tagged).coefficients,
        correct(replace(spec, x=("valence_market", "happy_market")), tagged).coefficients,
        rtol=1e-8,
    )


def test_a_stance_whose_noise_is_not_known_is_no_exact_column(world):
    data = world.panel.data.with_columns(stance_market="valence_market")
    panel = replace(world.panel, data=data)
    with pytest.raises(SpecError, match="stance_market: some posts have no stance"):
        correct(replace(SPEC, x=("stance_market",)), panel)
    with pytest.raises(SpecError, match="some posts have no stance"):
        correct(replace(SPEC, x=("happy_market", "stance_market")), panel)
    panel = replace(panel, data=data.with_columns(absolute_stance_market="valence_market"))
    with pytest.raises(SpecError, match="name means of posts"):
        correct(replace(SPEC, x=("happy_market", "absolute_stance_market")), panel)


def silent(noise):
    """The same cells, without any noise."""
    none = [pl.when(pl.col(v).is_not_null()).then(0.0).alias(v) for v in VARIANCES]
    return Noise(noise.cells.with_columns(none), noise.pairs.with_columns(none))


@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"x": SIX, "standardise": (*SIX, "attention_market")},
        {"effects": (), "covariance": "robust", "clusters": ()},
        {"effects": ("symbol",), "weights": "precision", "clusters": ("session",)},
        {"x": ("valence_market", "valence_market:size"), "controls": ()},
        {"covariance": "driscoll_kraay", "clusters": (), "lags": 3},
    ],
)
def test_without_noise_it_is_the_regression(world, changed):
    spec = replace(SPEC, **changed)
    found = correct(spec, replace(world.panel, noise=silent(world.panel.noise)))
    np.testing.assert_allclose(found.coefficients, found.plain, rtol=1e-8)
    np.testing.assert_allclose(np.sqrt(np.diag(found.covariance)), found.plain_errors, rtol=1e-6)
    np.testing.assert_allclose(found.reliability, 1.0)


def test_noise_is_taken_out_as_the_dense_residual_maker_says(world):
    spec = replace(SPEC, x=("happy_market", "fear_market", "happy_market:size"), weights="precision")
    rows = prepare(spec, world.panel)
    sample, weights = rows.sample, rows.design.weights / rows.design.weights.mean()
    firm, session = rows.design.effects["symbol"], rows.design.effects["session"]
    d = np.hstack([np.eye(firm.max() + 1)[firm], np.eye(session.max() + 1)[session], rows.design.z[:, [3]]])
    d *= np.sqrt(weights)[:, None]
    maker = np.eye(len(d)) - d @ np.linalg.pinv(d.T @ d, hermitian=True) @ d.T
    root = np.sqrt(weights)
    keys = {key: i for i, key in enumerate(sample.select("symbol", "session").iter_rows())}
    covariance = np.zeros((len(d), len(d), 7, 7))
    upper = np.triu_indices(7)
    for row in world.panel.noise.cells.iter_rows(named=True):
        if (i := keys.get((row["symbol"], row["session"]))) is not None:
            covariance[i, i][upper] = [row[v] for v in VARIANCES]
    shared = 0
    for row in world.panel.noise.pairs.iter_rows(named=True):
        i, j = (keys.get((row[side], row["session"])) for side in ("one", "two"))
        if i is not None and j is not None:
            covariance[i, j][upper] = covariance[j, i][upper] = [row[v] for v in VARIANCES]
            shared += 1
    assert shared > 100
    covariance = np.where(np.tri(7, k=-1, dtype=bool), covariance.swapaxes(2, 3), covariance)
    sizes = sample["size"].to_numpy()
    shares = [mood.shares for mood in rows.moods]
    factors = [np.ones(len(d)), np.ones(len(d)), sizes]
    weighed = maker * np.outer(root, root)
    wanted = []
    for a, b in zip(*np.triu_indices(3), strict=True):
        form = np.einsum("i,cdij,j->cd", shares[a], covariance, shares[b])
        total = np.sum(weighed * np.outer(factors[a], factors[b]) * form)
        wanted.append(total / (rows.design.sds[a] * rows.design.sds[b]))
    np.testing.assert_allclose(rows.noisy.sum(axis=0), wanted, rtol=1e-8)


def test_the_truth_of_a_world_comes_back_and_the_naive_estimate_misses_it():
    effects = {"happy_market": 200.0, "sad_market": -150.0}
    drawn = simulate_cells(
        np.random.default_rng(8), CellWorld(n_firms=60, n_sessions=250, texts=6, effects=effects, noise=60, shared=0.3)
    )
    found = correct(replace(SPEC, x=("happy_market", "sad_market")), drawn.panel)
    error = np.sqrt(np.diag(found.covariance))
    truth = np.array([200.0, -150.0])
    assert (np.abs(found.coefficients - truth) < 3 * error).all()
    assert (np.abs(found.plain - truth) > 5 * found.plain_errors).all()
    for term, value, kept in zip(found.terms, found.coefficients, found.sets, strict=True):
        assert kept.bounded
        assert kept.holds(value)
        assert found.holds(term, value)
    assert ((found.reliability > 0.2) & (found.reliability < 0.8)).all()


def test_sets_and_what_they_hold_agree(world):
    found = correct(replace(SPEC, x=("happy_market", "fear_market")), world.panel)
    for term, kept in zip(found.terms, found.sets, strict=True):
        for value in np.linspace(-900, 900, 19):
            assert found.holds(term, value) == kept.holds(value)


def test_pooled_cells_of_one_text_bring_the_noise_of_a_text_on_average(world):
    rows = prepare(SPEC, world.panel, singles="pooled")
    cells = rows.sample.join(world.panel.noise.cells, on=["symbol", "session"], how="left", maintain_order="left")
    alone = (cells["n_units"] == 1).to_numpy()
    assert 0 < alone.sum() < len(alone)
    without = Noise(world.panel.noise.cells, world.panel.noise.pairs.clear())
    pooled = prepare(SPEC, replace(world.panel, noise=without), singles="pooled").noisy[:, 0]
    assert not pooled[alone].any()
    assert pooled[~alone].all()
    firm, session = rows.design.effects["symbol"], rows.design.effects["session"]
    own = 1 - leverage([firm, session], rows.design.z[:, [1]], np.ones(len(firm))).diagonal()
    variance = cells["v_happy_happy"].fill_null(0).to_numpy() / rows.design.sds[0] ** 2
    text = (own * variance).sum() / (own * cells["concentration"].to_numpy())[~alone].sum()
    assert pooled.sum() == pytest.approx((own * variance).sum() + text * own[alone].sum())


def test_few_clusters_take_their_quantile_from_a_bootstrap_that_repeats():
    drawn = simulate_cells(np.random.default_rng(4), CellWorld(n_firms=8, n_sessions=150, effects={}))
    found = correct(SPEC, drawn.panel)
    assert found.bootstrapped
    assert found.effective_clusters[0] <= 8
    again = correct(SPEC, drawn.panel)
    np.testing.assert_array_equal(found.critical, again.critical)


def test_the_set_of_few_clusters_does_not_hang_on_the_finite_sample_factor():
    """A factor on the covariance moves the statistic and its draws alike: what is rejected stays."""
    drawn = simulate_cells(np.random.default_rng(4), CellWorld(n_firms=8, n_sessions=150, texts=8))
    plain, fixest = (correct(replace(SPEC, small_sample=rule), drawn.panel) for rule in ("none", "fixest"))
    assert plain.bootstrapped
    assert fixest.critical[0] < 0.9 * plain.critical[0]
    np.testing.assert_allclose(plain.sets[0].pieces, fixest.sets[0].pieces)


def test_at_zero_the_set_is_as_sure_as_the_plain_regression():
    """Of independent clusters alike in size the test of no effect rejects where the plain t test does."""
    one_way = replace(SPEC, effects=("symbol",), clusters=("session",), controls=())
    agree = []
    for seed in range(12):
        drawn = simulate_cells(np.random.default_rng(seed), CellWorld(n_firms=25, n_sessions=45, effects={}))
        found = correct(one_way, drawn.panel)
        t = abs(found.plain / found.plain_errors).item()
        _, p_value = found.against_zero("happy_market")
        assert (p_value < 0.05) != found.holds("happy_market", 0.0)
        agree.append(p_value - 2 * stats.t.sf(t, 44))
    assert np.abs(agree).max() < 0.02
    assert abs(np.mean(agree)) < 0.004, "neither test is the surer"


def test_weak_identification_is_a_set_without_ends():
    drawn = simulate_cells(np.random.default_rng(5), CellWorld(n_firms=40, n_sessions=40, spread=0.0, texts=3))
    found = correct(SPEC, drawn.panel)
    assert not found.sets[0].bounded
    assert found.holds("happy_market", found.sets[0].pieces[0][1] if np.isfinite(found.sets[0].pieces[0][1]) else 0.0)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"x": ("size",), "controls": ()}, "needs a mean of posts among size"),
        ({"x": ("absolute_valence_market",)}, "does not hold for absolute_valence_market"),
        ({"x": ("happy_market:valence_market",)}, "multiplies two means of posts"),
        ({"winsorise": ("happy_market",)}, "take happy_market out of winsorise"),
    ],
)
def test_what_cannot_be_corrected_is_said(world, changed, said):
    spec = replace(SPEC, **changed)
    with pytest.raises(SpecError, match=said):
        correct(spec, world.panel)


def test_no_cell_with_two_texts_is_said(world):
    lonely = Noise(world.panel.noise.cells.with_columns(n_units=pl.lit(1)), world.panel.noise.pairs)
    with pytest.raises(EstimationError, match="none of the firm-sessions has 2 distinct texts in market"):
        correct(SPEC, replace(world.panel, noise=lonely))


def test_a_panel_without_noise_is_refused(world):
    with pytest.raises(EstimationError, match="build it with noise=True"):
        correct(SPEC, replace(world.panel, noise=None))


def test_another_panel_s_noise_is_refused(world):
    other = Noise(world.panel.noise.cells.with_columns(n_units=pl.lit(None, pl.Int64)), world.panel.noise.pairs)
    with pytest.raises(EstimationError):
        correct(SPEC, replace(world.panel, noise=other))


def test_packed_entries_are_a_form():
    rng = np.random.default_rng(0)
    a, b = rng.standard_normal((2, 7))
    root = rng.standard_normal((7, 7))
    v = root @ root.T
    assert packed(a, b) @ v[np.triu_indices(7)] == pytest.approx(a @ v @ b)


def test_the_naive_numbers_are_those_of_the_same_cells(world):
    found = correct(SPEC, world.panel)
    several = world.panel.noise.cells.filter(pl.col("n_units") >= 2)
    kept = replace(world.panel, data=world.panel.data.join(several, on=["symbol", "session"], how="semi"))
    np.testing.assert_allclose(found.naive.coefficients, estimate(SPEC, kept).coefficients)
    tidy = found.tidy()
    assert tidy["term"].to_list() == ["happy_market"]
    assert found.ledger.steps[-1].rows_out == found.naive.n_obs == tidy["n_obs"][0]


def test_a_mood_by_another_name_is_corrected_and_a_bent_one_refused(world):
    """Samples of events name a mood alone, or call one enthusiasm; above and below its median it is no mean of posts."""
    cells = world.panel.noise.cells.with_columns(suffix=pl.lit(""))
    pairs = world.panel.noise.pairs.with_columns(suffix=pl.lit(""))
    data = world.panel.data.rename({"happy_market": "happy"}).with_columns(
        enthusiasm=pl.col("happy"), enthusiasm_above=pl.col("happy").clip(0.2)
    )
    events = Sample(data, unit="IPOs", noise=Noise(cells, pairs, {"enthusiasm": "happy"}))
    plain = correct(SPEC, world.panel)
    for name in ("happy", "enthusiasm"):
        found = correct(replace(SPEC, x=(name,)), events)
        assert found.coefficients[0] == pytest.approx(plain.coefficients[0])
        assert found.sets == plain.sets
    with pytest.raises(SpecError, match="does not hold for enthusiasm_above: name means of posts, such as valence,"):
        correct(replace(SPEC, x=("enthusiasm_above",)), events)


def test_two_halves_are_instruments_for_each_other_as_linearmodels_has_it(world):
    """Gillen, Snowberg and Yariv's stacked form: the outcome twice, each half once as regressor and once as instrument."""
    from linearmodels.iv import IV2SLS

    panel = world.panel
    spec = replace(SPEC, small_sample="none")
    found, rows = correct(spec, panel, by="halves"), prepare(spec, panel)
    one, two = (half[:, 0] for half in rows.halves())
    levels = [np.tile(level, 2) for level in rows.design.clusters.values()]
    fit = IV2SLS(np.tile(rows.y, 2), None, np.r_[one, two], np.r_[two, one]).fit(
        cov_type="clustered", clusters=np.column_stack(levels), debiased=False
    )
    assert found.coefficients[0] == pytest.approx(float(fit.params.iloc[0]) / rows.unit[0], rel=1e-9)
    # linearmodels scales by (N - 1) / N and G / (G - 1) of its clusters where it clusters.
    factor = float(fit.std_errors.iloc[0]) / rows.unit[0] / np.sqrt(found.covariance[0, 0])
    assert 1.0 <= factor < 1.03


def test_halves_and_noise_tell_the_same_and_halves_leave_what_is_exact_alone(world):
    by_noise, by_halves = (correct(SPEC, world.panel, by=by) for by in ("noise", "halves"))
    gap = by_noise.coefficients[0] - by_halves.coefficients[0]
    assert abs(gap) < np.sqrt(by_halves.covariance[0, 0])
    assert by_halves.naive.coefficients == pytest.approx(by_noise.naive.coefficients)
    assert by_halves.sets[0].holds(by_halves.coefficients[0])
    with pytest.raises(SpecError, match="has no halves"):
        correct(SPEC, world.panel, by="halves", singles="pooled")
    with pytest.raises(SpecError, match="unknown option 'thirds'"):
        correct(SPEC, world.panel, by="thirds")


def test_halves_of_six_emotions_find_the_truth_of_a_world_where_moods_are_measured_well():
    drawn = simulate_cells(np.random.default_rng(11), CellWorld(n_firms=80, n_sessions=60, texts=24, noise=60.0))
    found = correct(replace(SPEC, x=SIX), drawn.panel, by="halves")
    off = (found.coefficients - [drawn.truth[term] for term in SIX]) / np.sqrt(np.diag(found.covariance))
    assert np.abs(off).max() < 3


@pytest.mark.parametrize("n", [99, 360, 999])
@pytest.mark.parametrize("absent", [0, 57])
def test_a_bootstrapped_p_value_is_never_zero_and_agrees_with_the_set(n, absent):
    """The sample counts among its draws; a draw without a variance is none."""
    drawn = np.append(np.random.default_rng(n).chisquare(1, n), np.full(absent, np.nan))
    assert share_beyond(drawn, 1e9) == 1 / (1 + n)
    assert share_beyond(drawn, 0.0) == 1.0
    critical = _quantile(drawn, 0.95)
    for value in np.append(np.sort(drawn[:n])[-(n // 10) :], np.linspace(1, 9, 50)):
        assert (share_beyond(drawn, value) < 0.05) == (value > critical)
    assert _quantile(drawn, 1 - 1e-4) == np.inf


def test_the_noise_of_pooled_cells_is_of_a_text_on_average_in_a_product_too(world):
    """The characteristic that a mood is multiplied with has both signs: its products do not weigh texts."""
    data = world.panel.data.with_columns(tilt=pl.col("size") - pl.col("size").mean())
    spec = replace(SPEC, x=("happy_market", "happy_market:tilt"), controls=())
    noise = Noise(world.panel.noise.cells, world.panel.noise.pairs.clear())
    rows = prepare(spec, replace(world.panel, data=data, noise=noise), singles="pooled")
    cells = rows.sample.join(noise.cells, on=["symbol", "session"], how="left", maintain_order="left")
    alone = (cells["n_units"] == 1).to_numpy()
    own = 1 - leverage(list(rows.design.effects.values()), rows.design.z[:, []], np.ones(len(alone))).diagonal()
    variance, k = cells["v_happy_happy"].fill_null(0).to_numpy(), cells["concentration"].to_numpy()
    text = (own * variance).sum() / (own * k)[~alone].sum()
    tilt, (a, b) = rows.sample["tilt"].to_numpy(), rows.design.sds[:2]
    for place, factor in enumerate((1 / a**2, tilt / a / b, (tilt / b) ** 2)):
        wanted = (own * factor * np.where(alone, text, variance)).sum()
        assert rows.noisy[:, place].sum() == pytest.approx(wanted)


def test_errors_that_go_together_in_a_way_that_is_not_measured_are_refused(world):
    """An outcome of the same posts, and a group of posts beside all of them."""
    with pytest.raises(SpecError, match="fear_market, a mean of the same posts"):
        correct(replace(SPEC, y="fear_market", y_scale=1.0), world.panel)
    parts = [
        frame.with_columns(suffix=pl.lit("market_news")) for frame in (world.panel.noise.cells, world.panel.noise.pairs)
    ]
    both = Noise(
        *(pl.concat(two) for two in zip((world.panel.noise.cells, world.panel.noise.pairs), parts, strict=True))
    )
    data = world.panel.data.with_columns(happy_market_news=pl.col("happy_market") + pl.col("fear_market"))
    with pytest.raises(SpecError, match="posts of market_news are among the posts of market"):
        correct(replace(SPEC, x=("happy_market", "happy_market_news")), replace(world.panel, data=data, noise=both))


def test_two_rows_that_rest_on_the_same_posts_are_refused(world):
    """Their noise is one and the same, and would be taken for two draws."""
    twice = Sample(pl.concat([world.panel.data, world.panel.data.head(50)]), noise=world.panel.noise)
    with pytest.raises(EstimationError, match="several rows of one symbol and session rest on the same posts"):
        correct(SPEC, twice)
