"""The one rule of returns: figures by hand, the same in every sample, and no second rule anywhere."""

import math
import re
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emtract.ledger import Ledger
from emtract.options import PanelOptions
from emtract.panel.firm_sessions import build_panel
from emtract.panel.market import MarketSessions
from emtract.panel.prices import make_price_steps, steps_ledger
from emtract.panel.series import ReturnSeries
from emtract.panel.sessions import sessions
from emtract.store import Store
from emtract.store.sql import read_sql, sql_folder
from tests.panel.events_store import calendar, load, posts, price

DAYS = calendar(date(2021, 3, 1), date(2021, 4, 30))
ROOT = Path(__file__).parents[2]


@pytest.fixture
def store(tmp_path):
    with Store.open(tmp_path / "s.duckdb", threads=1) as opened:
        yield opened


def path(closes, *, adjusted=..., symbol="A", first=0, **more):
    """Prices of consecutive sessions; `adjusted` None for none, a list for its own."""
    given_ = closes if adjusted is ... else [None] * len(closes) if adjusted is None else adjusted
    rows = [price(symbol, DAYS[first + i], c, adj_close=a) for i, (c, a) in enumerate(zip(closes, given_, strict=True))]
    return [row | more for row in rows]


def steps(store, symbol="A"):
    with store.registered({"sessions": sessions("XNYS", DAYS[0], DAYS[-1])}):
        make_price_steps(store)
        return store.sql("FROM price_steps WHERE symbol = $symbol ORDER BY session", symbol=symbol)


def told(store):
    frame = steps(store)
    returns = [None if r is None else round(r, 9) for r in frame["return_close_close"]]
    return returns, frame["reason"].to_list()


def test_an_empty_adjusted_close_never_meets_a_raw_one(store):
    load(store, "a.csv", prices=path([100.0] * 5, adjusted=[25.0, 25.0, None, None, 25.0]))
    assert told(store) == ([None, 0, 0, 0, 0], ["first", None, None, None, None])


def test_a_hole_in_the_adjusted_closes_with_a_dividend_in_it_is_no_return(store):
    load(store, "a.csv", prices=path([100.0] * 5, adjusted=[97.0, 97.0, None, 100.0, 100.0]))
    assert told(store) == ([None, 0, None, None, 0], ["first", None, "missing_adjusted", "missing_adjusted", None])


@pytest.mark.parametrize("ratio", [7.0, 2.0, 1.5, 1 / 10, 1 / 2])
def test_a_split_without_adjusted_closes_is_left_out(store, ratio):
    load(store, "a.csv", prices=path([70.0, 70.0, 70 / ratio, 70 / ratio], adjusted=None))
    assert told(store) == ([None, 0, None, 0], ["first", None, "split", None])


def test_a_split_that_the_file_tells_of_is_none(store):
    rows = path([70.0, 70.0, 10.0, 10.0], adjusted=None)
    load(store, "a.csv", prices=[row | {"split": s} for row, s in zip(rows, [1.0, 1.0, 7.0, 1.0], strict=True)])
    assert told(store)[0] == [None, 0, 0, 0]
    assert steps(store)["log_split"][-1] == pytest.approx(math.log(7))


def test_a_crash_stays_where_adjusted_closes_tell_and_is_counted(store):
    load(store, "a.csv", prices=path([100.0, 40.0, 40.0]))
    assert told(store)[0] == [None, -0.6, 0]
    (step,) = ledger(store).steps
    assert "kept though they move by more than 40%: 1" in step.reason


def test_two_files_meet_by_raw_closes_or_not_at_all(store):
    load(store, "old.csv", prices=path([400.0, 400.0], adjusted=[380.0, 380.0]))
    load(store, "new.csv", prices=path([404.0, 404.0], first=2))
    load(store, "later.csv", prices=path([101.0, 101.0], first=4, as_traded=None))
    assert told(store) == ([None, 0, 0.01, 0, None, 0], ["first", None, None, None, "seam", None])
    (step,) = ledger(store).steps
    assert "two files meet whose scales differ: 1" in step.reason
    assert "by raw closes, without dividends: 1" in step.reason


def test_two_files_that_know_their_splits_meet_as_traded(store):
    """Before: adjusted for a later four-for-one split. After: another file, from the day of the split, which it tells of."""
    load(store, "old.csv", prices=path([25.0, 25.0], as_traded=4.0, split=1.0))
    rows = path([25.5, 25.5], first=2)
    load(store, "new.csv", prices=[row | {"split": s} for row, s in zip(rows, (4.0, 1.0), strict=True)])
    assert told(store)[0] == [None, 0, 0.02, 0]
    assert steps(store)["traded_before"].to_list()[1:3] == [100, 100]


@pytest.mark.parametrize("slip", [100.0, 0.01, 10.0])
def test_a_slip_of_the_decimal_point_gives_no_return_and_none_after_it(store, slip):
    load(store, "a.csv", prices=path([10.0, 10.0, 10.0 * slip, 10.0, 10.0]))
    assert told(store) == ([None, 0, None, None, 0], ["first", None, "impossible", "impossible", None])
    row = steps(store).row(2, named=True)
    assert row["close"] is row["high"] is row["return_open_close"] is None


def test_pence_that_become_pounds_are_no_return(store):
    load(store, "a.csv", prices=path([500.0, 510.0, 5.2, 5.2]))
    assert told(store)[1] == ["first", None, "impossible", None]


PLACES = {
    "CLOSE": ("close",),
    "OPEN": ("open",),
    "ADJ": ("adj_close",),
    "TRADED": ("as_traded",),
    "SPLIT": ("split",),
    "VOLUME": ("volume",),
    "ALL": ("open", "high", "low", "close", "adj_close"),
}


@pytest.mark.parametrize("number", [1e8, 1e300, 5e-324, math.inf, math.nan])
def test_a_number_that_no_price_can_be_is_no_return_and_ends_no_query(store, number):
    rows = [
        row | dict.fromkeys(names, number) if i in {20, 21, 30} else row
        for symbol, names in PLACES.items()
        for i, row in enumerate(path([10.0 + i % 2 for i in range(40)], symbol=symbol, volume=1e6, split=1.0))
    ]
    load(store, "a.csv", prices=rows)
    posts(store, *(("up", f"{DAYS[i]}T16:00", symbol) for i in (3, 38) for symbol in PLACES))
    panel = build_panel(store, volatility_sessions=10).data
    assert not panel.select(pl.selectors.float().is_infinite().any()).sum_horizontal().item()
    assert panel["lagged_volatility"].drop_nulls().max() < 1
    assert MarketSessions(market="firms").build(store, PanelOptions()).data["market_return"].abs().max() < 1
    for symbol in PLACES:
        found = steps(store, symbol)
        assert found["return_close_close"].abs().max() < 1
        assert found["return_open_close"].abs().max() < 1
        assert found.filter(pl.col("reason") == "impossible").height >= (3 if symbol in {"CLOSE", "ALL"} else 0)


def test_a_price_a_million_times_the_one_before_is_no_return_and_is_counted(store):
    load(store, "a.csv", prices=path([10.0] * 20 + [1e9] * 20))
    found = steps(store)
    assert found["return_close_close"].drop_nulls().unique().to_list() == [0]
    assert found["reason"].to_list().count("impossible") == 1
    (step,) = ledger(store).steps
    assert "a price, or the one before, cannot be right: 1" in step.reason


def test_an_open_or_high_that_cannot_be_right_is_left_out(store):
    rows = path([10.0, 10.0, 10.0])
    load(store, "a.csv", prices=[rows[0], rows[1] | {"open": 1000.0, "high": 1000.0}, rows[2] | {"high": 1000.0}])
    frame = steps(store)
    assert frame["return_open_close"].to_list() == [0, None, 0]
    assert frame["high"].to_list() == [10, None, None]
    assert frame["return_close_close"].to_list() == [None, 0, 0]


def test_a_day_without_a_price_is_a_gap_that_levels_cross(store):
    rows = path([10.0, 11.0, 12.0, 13.2])
    load(store, "a.csv", prices=[rows[0], rows[1], rows[3]])
    assert told(store) == ([None, 0.1, None], ["first", None, "gap"])
    frame = steps(store)
    assert frame["segment"].n_unique() == 1
    assert frame["log_level"][-1] == pytest.approx(math.log(1.32))


def ledger(store) -> Ledger:
    with store.registered({"sessions": sessions("XNYS", DAYS[0], DAYS[-1])}):
        make_price_steps(store)
        return steps_ledger(store)


def test_prices_of_no_session_are_counted(store):
    load(store, "a.csv", prices=[*path([10.0, 10.0]), price("A", date(2021, 3, 6), 10.0)])
    found = {step.name: step for step in ledger(store).steps}
    assert (found["prices"].rows_out, found["on a session"].rows_out) == (3, 2)
    assert "[panel] calendar" in found["on a session"].reason


def test_samples_agree_on_a_ticker_that_passes_to_another_firm_and_on_a_split(store):
    spans = [("10001", DAYS[0], DAYS[2]), ("10002", DAYS[3], DAYS[9])]
    load(
        store,
        "crsp.csv",
        prices=path([10.0] * 3) + path([200.0] * 7, first=3) + path([70.0] * 5 + [10.0] * 5, symbol="B", adjusted=None),
        classifications=[{"symbol": "A", "scheme": "permno", "label": p, "first": f, "last": t} for p, f, t in spans],
        characteristics=[
            {"symbol": s, "name": "shares_outstanding", "period": DAYS[k], "available": DAYS[k], "value": 100.0}
            for s in "AB"
            for k in (0, 3)
        ],
    )
    posts(store, *(("happy", f"{day}T16:00", symbol) for day in DAYS[:10] for symbol in "AB"))
    market = MarketSessions(market="firms").build(store, PanelOptions()).data
    assert market["market_return"].drop_nulls().unique().to_list() == [0]
    index = ReturnSeries(index="A").build(store, PanelOptions()).data
    assert index["index_close_close"].to_list()[:5] == [None, 0, 0, None, 0]
    with store.registered({"sessions": sessions("XNYS", DAYS[0], DAYS[-1])}):
        make_price_steps(store)
        store.run("panel/prices/share_counts")
        store.run("panel/prices/size_groups")
    sizes = store.sql("FROM size_groups")
    assert sizes["return"].drop_nulls().unique().to_list() == [0]
    caps = {(r["firm"], r["session"]): r["cap"] for r in sizes.iter_rows(named=True)}
    assert caps["A", DAYS[2]] == pytest.approx(1000)
    assert caps[f"A from {DAYS[3]}", DAYS[5]] == pytest.approx(20_000)
    assert (f"A from {DAYS[3]}", DAYS[3]) not in caps, "the new firm has no close before"
    assert ("B", DAYS[7]) not in caps, "shares after a split that cannot be seen are unknown"


@pytest.mark.parametrize(("as_traded", "size"), [(None, None), (6.980536, math.log(861e6 * 645.56))])
def test_market_values_take_closes_as_traded_or_are_null(store, as_traded, size):
    load(
        store,
        "a.csv",
        prices=path([92.48] * 8, as_traded=as_traded),
        characteristics=[
            {
                "symbol": "A",
                "name": "shares_outstanding",
                "period": date(2020, 12, 31),
                "available": date(2021, 1, 31),
                "value": 861e6,
            }
        ],
    )
    from emtract.panel.characteristics import FIRM_OPTIONS, build_firm_sessions

    with store.registered({"sessions": sessions("XNYS", DAYS[0], DAYS[-1])}):
        build_firm_sessions(store, FIRM_OPTIONS, volatility_sessions=5)
    found = store.sql("SELECT size FROM firm_sessions ORDER BY session")["size"].to_list()
    assert found[1:] == ([None] * 7 if size is None else pytest.approx([size] * 7, abs=1e-4))


@settings(max_examples=25, deadline=None)
@given(
    moves=st.lists(st.floats(-0.2, 0.2), min_size=3, max_size=12),
    at=st.integers(1, 11),
    ratio=st.sampled_from([2.0, 3.0, 4.0, 7.0, 0.1, 0.2]),
    known=st.booleans(),
)
def test_a_split_moves_no_return_however_the_file_tells_of_it(tmp_path_factory, moves, at, ratio, known):
    """Prices as traded with adjusted closes, and prices adjusted for the split with the later splits, are one firm."""
    closes = [50.0]
    for move in moves:
        closes.append(closes[-1] * math.exp(move))
    at = min(at, len(closes) - 1)
    raw = [c * ratio if i < at else c for i, c in enumerate(closes)]
    with Store.open(tmp_path_factory.mktemp("law") / "s.duckdb", threads=1) as store:
        load(store, "traded.csv", prices=path(raw, adjusted=closes))
        factors = [ratio if i < at else 1.0 for i in range(len(closes))]
        rows = path(closes, symbol="B", adjusted=closes if known else None)
        split = [ratio if i == at else 1.0 for i in range(len(closes))]
        load(
            store,
            "adjusted.csv",
            prices=[r | {"as_traded": f, "split": s} for r, f, s in zip(rows, factors, split, strict=True)],
        )
        a, b = steps(store), steps(store, "B")
    for column in ("return_close_close", "log_split", "traded_close"):
        assert a[column].to_list() == pytest.approx(b[column].to_list(), abs=1e-9)
    expected = [math.exp(m) - 1 for m in moves]
    assert a["return_close_close"].to_list()[1:] == pytest.approx(expected, abs=1e-9)


def test_no_other_query_or_module_has_a_rule_of_returns():
    """Closes of two days meet in one file only; a second takes the dividend out of its return by them."""
    files = {
        path.relative_to(sql_folder()).with_suffix("").as_posix() for path in (sql_folder() / "panel").rglob("*.sql")
    }
    allowed = {"panel/prices/price_steps", "panel/firm_sessions/bar_returns"}
    assert allowed < files
    other = files - allowed
    across = re.compile(
        r"(?i)\b(lag|lead|first_value|last_value)\s*\(\s*(\w+\.)?(coalesce\()?\s*(\w+\.)?(adj_)?close\b"
    )
    assert not [name for name in other if across.search(read_sql(name))]
    assert not [name for name in other if "adj_close" in read_sql(name)]
    python = [p for room in ("panel", "econometrics", "study") for p in (ROOT / "emtract" / room).rglob("*.py")]
    assert not [p.name for p in python if "adj_close" in p.read_text("utf-8")]


@pytest.mark.parametrize("days", [1, 2, 3])
def test_a_spike_of_up_to_three_days_cannot_be_right(store, days):
    load(store, "a.csv", prices=path([10.0, 10.1, *[50.0] * days, 10.2, 10.3]))
    reasons = ["first", None, *["impossible"] * (days + 1), None]
    assert told(store)[1] == reasons


def test_a_move_without_volume_and_what_looks_like_a_small_split_are_told(store):
    rows = path([10.0, 10.0, 11.0, 11.0, 8.8, 8.8], adjusted=None)
    load(store, "a.csv", prices=[row | {"volume": v} for row, v in zip(rows, [9, 9, 0, 0, 9, 9], strict=True)])
    with store.registered({"sessions": sessions("XNYS", DAYS[0], DAYS[-1])}):
        make_price_steps(store)
        (step,) = [s for s in steps_ledger(store).steps if s.name.startswith("with a return")]
    assert step.rows_out == 5
    assert "a stale or a wrong bar: 1" in step.reason
    assert "a split of 5 for 4, 4 for 3 or 6 for 5: 1" in step.reason


def test_an_index_that_never_has_a_volume_is_not_stale(store):
    load(store, "a.csv", prices=[row | {"volume": 0} for row in path([10.0, 11.0, 12.0])])
    assert not steps(store)["is_silent"].any()


def test_a_restated_earlier_count_of_shares_does_not_make_a_firm_smaller(store):
    told = [(DAYS[0], DAYS[2], 200.0), (DAYS[0] - timedelta(days=90), DAYS[4], 100.0)]
    load(
        store,
        "crsp.csv",
        prices=path([10.0] * 10),
        characteristics=[
            {"symbol": "A", "name": "shares_outstanding", "period": period, "available": available, "value": value}
            for period, available, value in told
        ],
    )
    with store.registered({"sessions": sessions("XNYS", DAYS[0], DAYS[-1])}):
        make_price_steps(store)
        store.run("panel/prices/share_counts")
        store.run("panel/prices/size_groups")
    assert store.sql("SELECT DISTINCT cap FROM size_groups")["cap"].to_list() == pytest.approx([2000])
