"""Which firm bears a symbol: a firm keeps its past when it is renamed, and two that bore one symbol share nothing."""

import re
from datetime import date, datetime, time, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emtract.options import PanelOptions
from emtract.panel.characteristics import characteristics_ledger
from emtract.panel.firm_sessions import FirmSessions, build_panel
from emtract.panel.market import MarketSessions
from emtract.panel.prices import make_firms
from emtract.scoring import score_store
from emtract.store import Store
from tests.conftest import FakeScorer, batch, load_posts, post, source
from tests.panel.test_characteristics import SMALL, built, days, fact, insert, label, walk
from tests.prompt import emtract

N = 30
OLD = date(2010, 1, 1)


@pytest.fixture
def store(tmp_path):
    with Store.open(tmp_path / "s.duckdb", threads=2) as opened:
        yield opened


def renamed(frame, at, *, old="OLD", new="NEW"):
    """The same prices, under another symbol from the session `at` on."""
    return frame.with_columns(symbol=pl.when(pl.col("session") >= days(N)[at]).then(pl.lit(new)).otherwise(pl.lit(old)))


def spans(at, *, permno="7", old="OLD", new="NEW"):
    d = days(N)
    return [label(old, "permno", permno, OLD, d[at - 1]), label(new, "permno", permno, d[at], None)]


def others(store, at):
    """Facts of the firm as it is told of before and after: shares, short interest and an industry, of either symbol."""
    d = days(N)
    told = [("OLD", 2, 1000, 90), ("OLD", at - 1, 1500, 120), ("NEW", at + 2, 1800, 150)]
    facts = [
        fact(symbol, name, value, d[day], period=d[day])
        for symbol, day, shares, short in told
        for name, value in (("shares_outstanding", shares), ("shares_short", short))
    ]
    insert(store, "characteristics", facts)
    classes = [label("OLD", "industry", "Toys", OLD, d[at - 1]), label("NEW", "industry", "Games", d[at], None)]
    insert(store, "classifications", classes)


@settings(max_examples=6)
@given(at=st.integers(4, N - 4), seed=st.integers(0, 10))
def test_a_new_symbol_changes_nothing_but_the_symbol(tmp_path_factory, at, seed):
    frames = []
    for rename in (False, True):
        with Store.open(tmp_path_factory.mktemp("s") / "s.duckdb", threads=1) as store:
            prices = walk("NEW", N, seed)
            insert(store, "prices", renamed(prices, at) if rename else prices)
            others(store, at)
            for table in ("characteristics", "classifications"):
                if not rename:
                    store.execute(f"UPDATE {table} SET symbol = 'NEW'")
            if rename:
                insert(store, "classifications", spans(at))
            frames.append(built(store))
            steps = {s.name: s.rows_out for s in characteristics_ledger(store, frames[-1], SMALL).steps}
            assert steps.get("changes of symbol", 0) == rename
    never, once = frames
    assert never["size"].null_count() < N
    assert once.drop("ticker").equals(never.drop("ticker"))
    assert once["ticker"].to_list() == ["OLD"] * at + ["NEW"] * (N - at)


def test_a_symbol_that_passes_on_twice_names_each_of_its_firms(store):
    d = days(N)
    insert(store, "prices", pl.concat([walk("A", N, 1), renamed(walk("B", N, 2), 20, old="B", new="C")]))
    told = [
        label("A", "permno", "1", OLD, d[9]),
        label("A", "permno", "2", d[10], d[19]),
        label("A", "permno", "3", d[20], None),
        *spans(20, permno="4", old="B", new="C"),
    ]
    insert(store, "classifications", told)
    frame = built(store)
    names = ["A"] * 10 + [f"A from {d[10]}"] * 10 + [f"A from {d[20]}"] * 10
    assert frame.filter(pl.col("ticker") == "A").sort("session")["symbol"].to_list() == names
    assert frame.filter(symbol="C")["ticker"].to_list() == ["B"] * 20 + ["C"] * 10
    assert frame.filter(pl.col("symbol").str.starts_with("A from"), number=20)["return_close_close"].item() is None


def test_a_symbol_that_a_renamed_firm_left_behind_is_its_next_bearer_s(store):
    d = days(N)
    insert(
        store,
        "prices",
        pl.concat([renamed(walk("NEW", N, 5), 10), walk("OLD", N, 6).filter(pl.col("session") >= d[15])]),
    )
    insert(store, "classifications", [*spans(10), label("OLD", "permno", "8", d[15], None)])
    frame = built(store)
    assert frame.filter(symbol="NEW")["ticker"].to_list() == ["OLD"] * 10 + ["NEW"] * 20
    assert frame.filter(symbol="OLD")["session"].to_list() == d[15:], "the next bearer of the symbol has its prices"


def test_a_firm_that_takes_the_symbol_of_another_keeps_its_own_past(store):
    d = days(N)
    insert(store, "prices", pl.concat([walk("A", 12, 3), walk("B", N, 4).with_columns(
        symbol=pl.when(pl.col("session") >= d[15]).then(pl.lit("A")).otherwise(pl.lit("B")))]))  # fmt: skip
    told = [label("A", "permno", "1", OLD, d[11]), *spans(15, permno="2", old="B", new="A")]
    insert(store, "classifications", told)
    frame = built(store)
    assert frame.filter(symbol="A")["number"].to_list() == list(range(12))
    rows = frame.filter(symbol=f"A from {d[15]}")
    assert rows["ticker"].to_list() == ["B"] * 15 + ["A"] * 15
    assert rows["return_close_close"].null_count() == 1


def test_of_prices_under_two_symbols_on_one_session_those_count_that_the_file_tells_of(store):
    """A file of today's symbols has the whole past under the new one."""
    d = days(N)
    today = walk("NEW", N, 5)
    insert(
        store, "prices", pl.concat([today, renamed(today, 12).with_columns(volume=1.0)]).unique(["symbol", "session"])
    )
    insert(store, "classifications", spans(12))
    frame = built(store)
    assert frame["session"].to_list() == d
    assert frame["ticker"].to_list() == ["OLD"] * 12 + ["NEW"] * 18
    (step,) = [s for s in characteristics_ledger(store, frame, SMALL).steps if s.name == "on a session"]
    assert (step.rows_in, step.rows_out) == (N + 12, N)
    assert "another symbol of the firm" in step.reason


@pytest.fixture
def scored(store):
    d = days(N)

    def at(day, number, *symbols):
        when = datetime.combine(d[day], time(15, 0)).isoformat()
        return post(number, f"post {number}", when, symbols=symbols, author=f"u{number}")

    posts = [
        at(11, 1, "OLD"),
        at(12, 2, "NEW"),
        at(13, 3, "OLD"),
        at(13, 4, "NEW", "OLD"),
        at(14, 5, "X", "NEW", "OLD"),
    ]
    load_posts(store, source(), [batch(*posts)])
    insert(store, "prices", pl.concat([renamed(walk("NEW", N, 6), 12), walk("X", N, 7)]))
    insert(store, "classifications", spans(12))
    score_store(store, FakeScorer())
    return store


def test_posts_under_either_symbol_are_of_the_firm_and_count_once(scored):
    panel = build_panel(scored).data
    counts = panel.filter(pl.col("n_posts_market") > 0).select("symbol", "number", "n_posts_market").rows()
    assert counts == [("NEW", 11, 1), ("NEW", 12, 1), ("NEW", 13, 2), ("NEW", 14, 1), ("X", 14, 1)]


def test_the_market_counts_a_post_once_a_firm(scored):
    rows = MarketSessions(pooling="firms", market="firms").build(scored, PanelOptions(min_posts=1)).data
    assert rows.filter(pl.col("n_posts_market") > 0)["n_posts_market"].to_list() == [1, 1, 2, 2]


@pytest.mark.parametrize("first", ["1", "2"], ids=["leaves the firm", "joins the firm"])
def test_a_post_on_the_eve_of_a_change_counts_once_for_each_firm_of_its_session(store, first):
    """After the close a post belongs to the next session, when the symbol A is another firm's; B is firm 1 throughout."""
    d = days(N)
    told = [label("A", "permno", first, OLD, d[9]), label("A", "permno", "3" if first == "1" else "1", d[10], None)]
    insert(store, "classifications", [*told, label("B", "permno", "1", OLD, None)])
    insert(store, "prices", pl.concat([walk("A", N, 1), walk("B", N, 2)]))
    eve = datetime.combine(d[9], time(22, 0)).isoformat()
    last = datetime.combine(d[20], time(15, 0)).isoformat()
    load_posts(
        store, source(), [batch(post(1, "on both", eve, symbols=["A", "B"]), post(2, "end", last, symbols=["B"]))]
    )
    score_store(store, FakeScorer())
    panel = build_panel(store).data.filter(session=d[10])
    assert panel.filter(pl.col("n_posts_pre_open") > 0)["n_posts_pre_open"].to_list() == (
        [1, 1] if first == "1" else [1]
    )
    asked = PanelOptions(symbols=("B",))
    assert FirmSessions().build(store, asked).data.filter(session=d[10])["n_posts_pre_open"].sum() == 1


def gone(symbol, session, value, reason="500"):
    return {
        "source_id": 1,
        "line": 1,
        "symbol": symbol,
        "session": session,
        "delisting_return": value,
        "reason": reason,
    }


@pytest.mark.parametrize("late", [0, 1, 4], ids=["on the last day", "on the next", "days later"])
@pytest.mark.parametrize("value", [-1.0, -0.3, 0.2])
def test_the_return_on_delisting_follows_the_last_price(store, late, value):
    d = days(N)
    insert(store, "prices", pl.concat([walk("A", 20, 8), walk("B", N, 9)]))
    insert(store, "delistings", [gone("A", d[19 + late], value)])
    frame = built(store)
    last = frame.filter(symbol="A").to_dicts()[-2:]
    assert [r["number"] for r in last] == [19, 20]
    assert last[0]["return_close_close_next"] == last[1]["return_close_close"] == value
    assert last[0]["return_open_close_next"] is last[1]["volume"] is last[1]["return_open_close"] is None
    assert last[1]["lagged_return"] == last[0]["return_close_close"]
    steps = {s.name: s.rows_out for s in characteristics_ledger(store, frame, SMALL).steps}
    assert steps["returns on delisting"] == 1


def test_where_no_return_on_delisting_is_told_or_prices_go_on_there_is_none(store):
    d = days(N)
    insert(store, "prices", pl.concat([walk("A", 20, 8), walk("B", N, 9), walk("C", 20, 10)]))
    insert(store, "classifications", [label("C", "permno", "3", OLD, None)])
    insert(store, "delistings", [gone("A", d[19], None), gone("B", d[19], -0.5), gone("C", d[10], -0.5)])
    insert(store, "classifications", [label("B", "permno", "2", OLD, None)])
    frame = built(store)
    assert frame.filter(pl.col("return_close_close") == -0.5).is_empty()
    assert frame.height == 20 + N + 20


def test_the_newest_file_tells_of_a_delisting(store):
    d = days(N)
    insert(store, "prices", pl.concat([walk("A", 20, 8), walk("B", N, 9)]))
    insert(store, "delistings", [gone("A", d[19], -0.2), gone("A", d[19], -0.4) | {"source_id": 2}])
    assert built(store).filter(symbol="A")["return_close_close"][-1] == -0.4


def test_the_market_of_firms_has_the_returns_on_delisting(store):
    d = days(N)
    load_posts(store, source(), [batch(post(1, "up", datetime.combine(d[20], time(15, 0)).isoformat(), symbols=["B"]))])
    b = walk("B", N, 9)
    insert(store, "prices", pl.concat([walk("A", 20, 8), b]))
    insert(store, "delistings", [gone("A", d[19] + timedelta(days=1), -0.6)])
    score_store(store, FakeScorer())
    rows = MarketSessions(market="firms").build(store, PanelOptions(min_posts=1)).data
    own = b["close"][20] / b["close"][19] - 1
    np.testing.assert_allclose(rows.filter(session=d[20])["market_return"].item(), (own - 0.6) / 2, rtol=1e-9)


def test_nobody_is_said_to_have_been_silent_on_a_delisting(store):
    d = days(N)
    posts = [post(k, "up", datetime.combine(d[k], time(15, 0)).isoformat(), symbols=["A"]) for k in (18, 20)]
    load_posts(
        store, source(), [batch(*posts, post(3, "up", datetime.combine(d[25], time(15, 0)).isoformat(), symbols=["B"]))]
    )
    insert(store, "prices", pl.concat([walk("A", 20, 8), walk("B", N, 9)]))
    insert(store, "delistings", [gone("A", d[19], -0.6)])
    score_store(store, FakeScorer())
    panel = build_panel(store)
    row = panel.data.filter(symbol="A", session=d[20]).row(0, named=True)
    assert row["return_close_close"] == -0.6
    assert row["attention_market"] is row["happy_market"] is None


def test_a_table_of_ones_own_tells_firms_apart_as_the_page_says(tmp_path):
    page = (Path(__file__).parents[2] / "docs/firms.md").read_text(encoding="utf-8")
    (section,) = re.findall(r"```toml\n(.*?)```", page, flags=re.DOTALL)
    rows = re.search(r"# (symbol,[a-z,]+): (.*?) and (.*)", section).groups()
    (tmp_path / "permnos.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    (tmp_path / "emtract.toml").write_text(f'[store]\npath = "own.duckdb"\n{section}', encoding="utf-8")
    done = emtract("ingest", cwd=tmp_path)
    assert done.returncode == 0, done
    with Store.open(tmp_path / "own.duckdb") as store:
        make_firms(store)
        told = store.sql(
            "SELECT symbol, told_first::VARCHAR, told_last::VARCHAR, firm FROM firms ORDER BY symbol"
        ).rows()
    assert told == [("FB", "2012-05-18", "2022-06-08", "META"), ("META", "2022-06-09", "9999-12-31", "META")]
