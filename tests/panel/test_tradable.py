"""Whatever is posted after the price that a value is dated by leaves the value as it is; prices never cross a break."""

from datetime import UTC, date, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from emtract.errors import PanelError
from emtract.panel import tradable as module
from emtract.panel.firm_sessions import build_panel
from emtract.panel.tradable import tradable
from emtract.scoring import score_store
from emtract.store import Store
from emtract.store.loading import load_market
from tests.conftest import FakeScorer, batch, days, load_posts, post, prices, source
from tests.worlds.panels import simulate_panel

#: New York is five hours behind UTC throughout: trading from 14:30 to 21:00.
SESSIONS = days(date(2015, 1, 5), 8)
COLUMNS = ("valence_pre_open", "valence_market", "attention_market", "lagged_return")
TIMES = {"open": timedelta(hours=14, minutes=30), "close": timedelta(hours=21)}
EVERY_THREE_HOURS = [
    datetime(day.year, day.month, day.day, hour, tzinfo=UTC) for day in SESSIONS for hour in range(0, 24, 3)
]


def panel_of(folder, until):
    """The panel of what was posted before an instant, and of one post of another firm that ends the panel."""
    when = [t for t in EVERY_THREE_HOURS if t < until]
    posts = [post(i, f"word{i} {i}", t.strftime("%Y-%m-%dT%H:%M:%S"), symbols=["A"]) for i, t in enumerate(when)]
    last = post(999, "the last", f"{SESSIONS[-1]}T20:00:00", symbols=["B"])
    with Store.open(folder / f"{until:%d%H%M}.duckdb") as store:
        load_posts(store, source(), [batch(*posts, last)])
        for symbol in "AB":
            series = [(day, 10 + i, 10.5 + i) for i, day in enumerate(SESSIONS)]
            load_market(store, source(f"{symbol}.csv", "prices"), prices(symbol, series))
        score_store(store, FakeScorer())
        return build_panel(store)


@pytest.fixture(scope="module")
def panels(tmp_path_factory):
    folder = tmp_path_factory.mktemp("panels")
    ends = {
        (d, price): datetime(d.year, d.month, d.day, tzinfo=UTC) + t
        for d in SESSIONS[:-1]
        for price, t in TIMES.items()
    }
    return panel_of(folder, datetime(2016, 1, 1, tzinfo=UTC)), {key: panel_of(folder, end) for key, end in ends.items()}


def values(panel, price, until):
    made = tradable(panel, COLUMNS, price=price).factors
    return made.filter((pl.col("session") <= until) & (pl.col("asset") == "A")).drop("asset")


def foreseen(panels, price):
    """Sessions on whose price a value stands that later posts change."""
    whole, cut = panels
    pairs = {d: (values(whole, price, d), values(cut[d, price], price, d)) for d in SESSIONS[:-1]}
    return [d for d, (all_posts, earlier) in pairs.items() if not all_posts.equals(earlier)]


@pytest.mark.parametrize("price", TIMES)
def test_nothing_that_is_posted_later_changes_a_value(panels, price):
    assert foreseen(panels, price) == []
    made = tradable(panels[0], COLUMNS, price=price).factors.filter(pl.col("asset") == "A")
    assert made.select(pl.col(COLUMNS).count()).row(0) >= (6, 6, 6, 6), "the law says nothing of empty columns"


@pytest.mark.parametrize("price", TIMES)
def test_values_dated_one_session_early_break_that_law(panels, price, monkeypatch):
    honest = module._sessions_later
    monkeypatch.setattr(module, "_sessions_later", lambda *asked: honest(*asked) - 1)
    assert foreseen(panels, price)


def test_a_value_stands_on_the_session_that_it_can_be_traded_on():
    panel = simulate_panel(np.random.default_rng(1), 3, n_sessions=6, mean_posts=20).panel
    made = tradable(panel, ["valence_pre_open", "valence_market"], price="open")
    own = panel.data.select("session", pl.col("symbol").alias("asset"), pl.col("valence_pre_open").alias("own"))
    joined = made.factors.join(own, on=["session", "asset"])
    assert joined["own"].equals(joined["valence_pre_open"].alias("own"))
    following = dict(
        zip(panel.data["session"].unique().sort()[:-1], panel.data["session"].unique().sort()[1:], strict=True)
    )
    for symbol, session, market in panel.data.select("symbol", "session", "valence_market").iter_rows():
        if session in following and market is not None:
            row = made.factors.row(by_predicate=(pl.col("session") == following[session]) & (pl.col("asset") == symbol))
            assert row[made.factors.columns.index("valence_market")] == market
    assert made.beyond == panel.data.filter(pl.col("session") == panel.data["session"].max())["valence_market"].count()


def test_prices_give_the_returns_of_the_panel_and_none_across_a_break():
    panel = simulate_panel(np.random.default_rng(2), 4, n_sessions=10, mean_posts=5).panel
    broken = pl.col("symbol").eq(panel.data["symbol"][0]) & pl.col("number").eq(panel.data["number"][5])
    data = panel.data.with_columns(pl.when(~broken).then("return_close_close").alias("return_close_close"))
    made = tradable(type(panel)(data, panel.ledger, panel.settings), ["valence_market"], price="close")
    assert made.broken == 1
    assert f"{panel.data['symbol'][0]}#2" in made.prices["asset"]
    of = made.prices.with_columns(pl.col("asset").str.replace("#2", "").alias("symbol")).join(
        data, on=["symbol", "session"]
    )
    assert (of["close"] / of["open"] - 1).to_numpy() == pytest.approx(of["return_open_close"].to_numpy(), abs=1e-12)
    moved = of.with_columns(pl.col("close").pct_change().over("asset").alias("made")).drop_nulls("made")
    assert moved.height == data.height - 5
    assert moved["made"].to_numpy() == pytest.approx(moved["return_close_close"].to_numpy(), abs=1e-12)


@pytest.mark.parametrize(
    ("column", "told"),
    [
        ("return_open_close_next", "it is an outcome"),
        ("nope", "no column 'nope'"),
        ("month", "no numbers"),
        ("mystery", "nothing says when mystery is known"),
    ],
)
def test_what_is_no_factor_is_refused_in_a_sentence(column, told):
    panel = simulate_panel(np.random.default_rng(1), 3, n_sessions=6).panel
    panel = type(panel)(panel.data.with_columns(pl.lit(1.0).alias("mystery")), panel.ledger, panel.settings)
    with pytest.raises(PanelError, match=told):
        tradable(panel, [column], price="open")
    with pytest.raises(PanelError, match="at least one column"):
        tradable(panel, [], price="open")
