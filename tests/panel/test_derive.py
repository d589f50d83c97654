"""Transforms keep rows and order, look only the way they say, and stop at gaps and at a change of firm."""

from datetime import date

import numpy as np
import polars as pl
import pytest

from emtract.errors import PanelError
from emtract.panel.derive import (
    Absolute,
    Cumulated,
    Disagreement,
    Lag,
    Lead,
    Logarithm,
    MedianSplit,
    Product,
    Standardised,
    derive,
)
from emtract.panel.placebos import OtherFirms, Shuffled
from emtract.panel.signals import AfterBreak, FirstComponent, MostPosted, Shock, WholeDay
from tests.worlds.panels import simulate_panel

RETURN = "return_close_close"
MOODS = ("happy_market", "fear_market")
ALL = (
    Lead(RETURN, (1, 3)),
    Lag(RETURN, (1, 2)),
    Cumulated(RETURN, (1, 5)),
    MedianSplit("lagged_volatility"),
    MedianSplit("size", by="sample"),
    Absolute("valence_market"),
    Product("happy_market", "lagged_return"),
    Logarithm("lagged_amihud"),
    Standardised("size"),
    Standardised("size", by="sample"),
    Disagreement("market"),
    Disagreement("pre_open"),
    Shock("happy_market", "surge", beyond=1.0, past=10, least=4),
    Shock("valence_market", "slump", beyond=1.0, past=10, least=4),
    AfterBreak(),
    WholeDay("valence"),
    WholeDay("n_posts"),
    FirstComponent("sentiment_day", ("happy_market", "valence_market")),
    Shuffled(MOODS, seed=1),
    OtherFirms(MOODS, seed=1),
)
#: Those whose value on a session may depend on nothing after it; the draws of placebos depend on all rows.
BACKWARD = tuple(
    t
    for t in ALL
    if not isinstance(t, Lead | Cumulated | Shuffled | OtherFirms | FirstComponent) and getattr(t, "by", "") != "sample"
)


@pytest.fixture(scope="module")
def panel():
    full = simulate_panel(np.random.default_rng(3), 12, n_sessions=30, mean_posts=8).panel
    kept = pl.Series(np.random.default_rng(4).random(full.data.height) > 0.1)
    return type(full)(full.data.filter(kept), full.ledger, full.settings)


def new_columns(transform, data):
    made = transform.apply(data)
    return made.select(c for c in made.columns if c not in data.columns)


@pytest.mark.parametrize("transform", ALL, ids=repr)
def test_rows_order_and_columns_stay_and_something_is_added(panel, transform):
    made = transform.apply(panel.data)
    assert made.select(panel.data.columns).equals(panel.data)
    assert made.width > panel.data.width
    added = new_columns(transform, panel.data)
    assert added.equals(new_columns(transform, panel.data)), "the same twice"
    assert not any(added[c].is_nan().any() for c in added.columns)
    assert all(added[c].count() > 0 for c in added.columns)
    stem = transform.describe().split(":")[0].removeprefix("*").removesuffix("k")
    assert all(stem in c for c in added.columns)


@pytest.mark.parametrize("transform", BACKWARD, ids=repr)
@pytest.mark.parametrize("cut", [5, 17])
def test_nothing_looks_ahead(panel, transform, cut):
    past = pl.col("number") <= cut
    numbers = [c for c, kind in panel.data.schema.items() if kind == pl.Float64]
    shaken = panel.data.with_columns(pl.when(past).then(pl.col(c)).otherwise(0.5 - 2 * pl.col(c)) for c in numbers)
    rows = panel.data.select(past).to_series()
    if isinstance(
        transform, OtherFirms
    ):  # its draws depend on which rows there are, so ask only that values are of the day
        return
    assert new_columns(transform, panel.data).filter(rows).equals(new_columns(transform, shaken).filter(rows))


@pytest.mark.parametrize("transform", [Lead(RETURN, (1, 3)), Cumulated(RETURN, (1, 5))], ids=repr)
def test_what_follows_does_not_depend_on_what_came_before(panel, transform):
    past = pl.col("number") <= 10
    shaken = panel.data.with_columns(pl.when(past).then(9.0).otherwise(RETURN).alias(RETURN))
    later = panel.data["number"] >= 10
    assert new_columns(transform, panel.data).filter(later).equals(new_columns(transform, shaken).filter(later))


def test_leads_and_lags_go_by_the_calendar(panel):
    made = derive(panel, [Lead(RETURN, (1, 3)), Lag(RETURN, (2,))]).data
    known = {(s, n): r for s, n, r in made.select("symbol", "number", RETURN).iter_rows()}
    for symbol, number, one, three, ago in made.select(
        "symbol", "number", f"{RETURN}_lead_1", f"{RETURN}_lead_3", f"{RETURN}_lag_2"
    ).iter_rows():
        assert one == known.get((symbol, number + 1))
        assert three == known.get((symbol, number + 3))
        assert ago == known.get((symbol, number - 2))
    assert made[f"{RETURN}_lead_1"].null_count() > made["symbol"].n_unique()


def test_cumulated_returns_compound_and_are_null_over_a_gap(panel):
    made = derive(panel, [Cumulated(RETURN, (1, 5))]).data
    known = {(s, n): r for s, n, r in made.select("symbol", "number", RETURN).iter_rows()}
    checked = 0
    for symbol, number, one, five in made.select(
        "symbol", "number", f"{RETURN}_cumulated_1", f"{RETURN}_cumulated_5"
    ).iter_rows():
        path = [known.get((symbol, number + k)) for k in range(1, 6)]
        assert one == (None if path[0] is None else pytest.approx(path[0], abs=1e-15))
        if None in path:
            assert five is None
        else:
            assert five == pytest.approx(np.prod([1 + r for r in path]) - 1, abs=1e-14)
            checked += 1
    assert checked > 50


@pytest.mark.parametrize("transform", [Lead(RETURN, (1,)), Lag(RETURN, (1,)), Cumulated(RETURN, (2,))], ids=repr)
def test_nothing_runs_from_one_firm_to_the_next_of_its_symbol(panel, transform):
    data = panel.data.filter(symbol="S001")
    later = pl.col("number") >= 15
    split = data.with_columns(symbol=pl.when(later).then(pl.lit("S001 from 15")).otherwise("symbol"))
    whole, apart = new_columns(transform, data), new_columns(transform, split)
    parts = [new_columns(transform, split.filter(half)) for half in (~later, later)]
    assert apart.equals(pl.concat(parts))
    assert apart.null_count().row(0) > whole.null_count().row(0)


def test_a_median_split_halves_each_session_or_the_sample(panel):
    data = MedianSplit("size").apply(panel.data)
    shares = data.group_by("session").agg(pl.col("high_size").mean(), odd=pl.len() % 2 == 1)
    assert set(shares.filter(~pl.col("odd"))["high_size"]) == {0.5}
    assert shares.filter("odd")["high_size"].is_between(0.4, 0.5, closed="none").all()
    assert new_columns(MedianSplit("size", by="sample"), panel.data)["high_size"].mean() == pytest.approx(0.5, abs=0.01)
    nulls = MedianSplit("lagged_volatility").apply(panel.data)
    assert nulls["high_lagged_volatility"].is_null().equals(panel.data["lagged_volatility"].is_null())


def test_disagreement_is_none_when_all_feel_alike_and_full_when_split_evenly(panel):
    moods = ("happy", "sad", "anger", "disgust", "fear")
    rows = [
        (0.5, 0, 0, 0, 0),
        (0, 0.1, 0, 0.2, 0),
        (0.4, 0.1, 0.1, 0.1, 0.1),
        (0.3, 0.1, 0, 0, 0),
        (0,) * 5,
        (None, 0.1, 0, 0, 0),
    ]
    frame = pl.DataFrame(rows, schema={f"{m}_market": pl.Float64 for m in moods}, orient="row")
    found = Disagreement("market").apply(frame)["disagreement_market"].to_list()
    assert found == [0, 0, 1, pytest.approx(np.sqrt(0.75)), None, None]


def test_logarithms_are_of_positive_values():
    made = Logarithm("x").apply(pl.DataFrame({"x": [np.e, 1.0, 0.0, -1.0, None]}))
    assert made["log_x"].to_list() == [1, 0, None, None, None]


def test_standardised_columns_have_mean_zero_and_unit_deviation(panel):
    by_session = Standardised("size").apply(panel.data).group_by("session").agg(
        mean=pl.col("standardised_size").mean(), sd=pl.col("standardised_size").std()
    )  # fmt: skip
    np.testing.assert_allclose(by_session["mean"], 0, atol=1e-12)
    np.testing.assert_allclose(by_session["sd"], 1)
    whole = new_columns(Standardised("size", by="sample"), panel.data).to_series()
    assert whole.std() == pytest.approx(1)


@pytest.mark.parametrize("within", ["symbol", "session"])
def test_shuffled_columns_keep_each_groups_values_together_and_the_nulls_in_place(panel, within):
    made = Shuffled(MOODS, seed=5, within=within).apply(panel.data)
    names = [f"{c}_shuffled" for c in MOODS]
    for (_,), group in made.group_by(within):
        assert sorted(group.select(MOODS).drop_nulls().rows()) == sorted(group.select(names).drop_nulls().rows())
    assert made[names[0]].is_null().equals(made[MOODS[0]].is_null())
    moved = (made[names[0]] != made[MOODS[0]]).sum() / made[MOODS[0]].count()
    assert moved > 0.8
    assert not new_columns(Shuffled(MOODS, seed=6, within=within), panel.data).equals(made.select(names))


def test_other_firms_moods_are_of_the_same_session_and_never_ones_own(panel):
    made = OtherFirms(MOODS, seed=5).apply(panel.data).drop_nulls(MOODS)
    names = [f"{c}_other_firm" for c in MOODS]
    assert made[names[0]].null_count() == 0
    assert (made[names[0]] != made[MOODS[0]]).all()
    for _, group in made.group_by("session"):
        assert sorted(group.select(MOODS).rows()) == sorted(group.select(names).rows()), "each serves another once"
    alone = OtherFirms(MOODS, seed=5).apply(panel.data.filter(symbol="S001"))
    assert alone[names[0]].null_count() == alone.height


@pytest.mark.parametrize(
    ("transform", "message"),
    [
        (Absolute("joy"), "no column joy to derive from: check the name"),
        (Lag("stance_market", (1,)), "no column stance_market .*: score the posts with a model that reads stances"),
        (Lead(RETURN, ()), "horizons"),
        (Cumulated(RETURN, (0, 1)), "horizons must be 1 or more sessions, not 0, 1"),
        (Shuffled(("joy",), seed=1), "no column joy"),
    ],
)
def test_impossible_derivations_are_refused(panel, transform, message):
    with pytest.raises(PanelError, match=message):
        transform.apply(panel.data)


def test_a_shock_lies_beyond_the_past_of_its_own_firm():
    values = [1.0, 2.0, 3.0, None, 9.0, -9.0, 2.0, 1.0]
    data = pl.DataFrame({"symbol": ["A"] * 8 + ["B"] * 2, "number": [*range(8), 0, 1], "mood": [*values, 50.0, 1.0]})
    surge, slump = (
        Shock("mood", side, beyond=2.0, past=3, least=2).apply(data)[f"{side}_mood"].to_list()
        for side in ("surge", "slump")
    )
    # Of (1, 2) the mean is 1.5 and the deviation .71; of (1, 2, 3) 2 and 1; of (2, 3, 9) 4.67 and 3.79; of (3, 9, -9) 1 and 9.2.
    assert surge == [None, None, 1.0, None, 1.0, 0.0, 0.0, 0.0, None, None]
    assert slump == [None, None, 0.0, None, 0.0, 1.0, 0.0, 0.0, None, None]
    flat = data.with_columns(mood=pl.lit(1.0))
    assert Shock("mood", "surge", past=3, least=2).apply(flat)["surge_mood"].null_count() == 10
    for wrong in ({"beyond": 0.0}, {"least": 1}, {"least": 9, "past": 8}):
        with pytest.raises(PanelError, match="at least 2 earlier values"):
            Shock("mood", "surge", **wrong).apply(data)


def test_a_session_after_a_weekend_or_holiday_is_told():
    days = [date(2015, 1, 2), date(2015, 1, 5), date(2015, 1, 6), date(2015, 1, 8), date(2015, 1, 12)]
    data = pl.DataFrame({"symbol": "A", "session": days, "number": [10, 11, 12, 13, 15]})
    assert AfterBreak().apply(data)["after_break"].to_list() == [None, 1.0, 0.0, 1.0, None]


def test_a_whole_day_weighs_its_windows_by_their_posts():
    data = pl.DataFrame(
        {
            "valence_pre_open": [0.5, None, None, 0.2], "valence_market": [-0.5, 0.1, None, 0.4],
            "n_posts_pre_open": [3, 0, 0, 1], "n_posts_market": [1, 2, 0, 1],
            "declared_pre_open": [1.0, None, None, -1.0], "declared_market": [0.0, None, 1.0, 1.0],
            "n_tagged_pre_open": [1, 0, 0, 1], "n_tagged_market": [3, 0, 2, 1],
        }
    )  # fmt: skip
    for measure in ("valence", "declared", "n_posts"):
        data = WholeDay(measure).apply(data)
    assert data["valence_day"].to_list() == pytest.approx([0.25, 0.1, None, 0.3])
    assert data["declared_day"].to_list() == pytest.approx([0.25, None, 1.0, 0.0])
    assert data["n_posts_day"].to_list() == [4, 2, 0, 2]
    with pytest.raises(PanelError, match="no writer of this archive tagged a post"):
        WholeDay("declared").apply(data.drop("n_tagged_market"))


def test_the_first_component_of_two_measures_is_their_mean_in_standard_deviations():
    rng = np.random.default_rng(0)
    common = rng.normal(size=400)
    a, b = common + rng.normal(size=400), 5 + 3 * common + rng.normal(size=400)
    data = pl.DataFrame({"a": a, "b": b}).with_columns(pl.when(pl.int_range(pl.len()) > 0).then("b").alias("b"))
    made = FirstComponent("c", ("a", "b")).apply(data)["c"]
    assert made[0] is None
    z = sum((v[1:] - v[1:].mean()) / v[1:].std() for v in (a, b))
    assert made[1:].to_numpy() == pytest.approx(z / z.std(), abs=1e-9)
    three = FirstComponent("c", ("a", "b", "d")).apply(data.with_columns(d=pl.Series(rng.normal(size=400))))["c"]
    assert np.corrcoef(three[1:].to_numpy(), z)[0, 1] > 0.98
    with pytest.raises(PanelError, match="two measures or more"):
        FirstComponent("c", ("a",)).apply(data)
    with pytest.raises(PanelError, match="do not vary"):
        FirstComponent("c", ("a", "b")).apply(data.with_columns(b=pl.lit(1.0)))


def test_a_column_that_all_firms_share_is_split_by_its_own_past_and_never_within_a_session():
    days = [date(2020, 1, n) for n in (2, 3, 6, 7, 8)]
    rows = [
        {"symbol": s, "session": d, "vix": v}
        for s in "AB"
        for d, v in zip(days, (3.0, 1.0, None, 2.0, 5.0), strict=True)
    ]
    data = pl.DataFrame(rows)
    with pytest.raises(PanelError, match="vix is the same for all firms of a session: split it by='past'"):
        MedianSplit("vix").apply(data)
    split = MedianSplit("vix", by="past")
    assert split.apply(data)["high_vix"].to_list() == [0.0, 0.0, None, 0.0, 1.0] * 2
    assert "of the sessions so far" in split.describe()
    # What comes later moves nothing.
    later = data.with_columns(vix=pl.when(pl.col("session") == days[-1]).then(-9.0).otherwise("vix"))
    assert split.apply(later)["high_vix"].to_list()[:4] == split.apply(data)["high_vix"].to_list()[:4]


def test_the_firm_with_the_most_posts_is_one_whatever_its_returns():
    counts = {
        "symbol": ["B", "B", "A", "A", "C"],
        "n_posts_pre_open": [1, 2, 0, 3, 1],
        "n_posts_market": [0, 0, 0, 0, 1],
    }
    made = MostPosted().apply(pl.DataFrame(counts))["most_posted"]
    assert made.to_list() == [0.0, 0.0, 1.0, 1.0, 0.0], "of two with as many the first by name"
