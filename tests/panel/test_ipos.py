"""IPOs: every number by hand on small files, and every IPO that leaves with its reason."""

from datetime import date, timedelta
from itertools import pairwise

import numpy as np
import polars as pl
import pytest

from emtract.emotions import EMOTIONS
from emtract.errors import PanelError
from emtract.options import PanelOptions
from emtract.panel.aftermath import IpoDays, IpoMonths
from emtract.panel.holding import Holding
from emtract.panel.ipos import Ipos
from emtract.panel.prices import make_price_steps
from emtract.panel.sessions import sessions
from emtract.store import Store
from tests.panel.events_store import calendar, load, mood, posts, price, series

DAYS = calendar(date(2014, 10, 1), date(2015, 2, 27))
#: Monday 10 November 2014: eight days after clocks went back, the open is 14:30 UTC.
FIRST = DAYS.index(date(2014, 11, 10))
MARKET, RISKLESS, SOFTWARE = 0.01, 0.001, 0.005
RULE = Holding(month_sessions=2, seasoned_days=10, benchmarks=("industry", "market", "size", "size_bm"))
OPTIONS = PanelOptions()


def offer(symbol, day=DAYS[FIRST], **more):
    return {"symbol": symbol, "offer_date": day, "offer_price": 10.0} | more


def rising(symbol, start, n, first=12.0, step=1.0):
    return [price(symbol, d, first + step * k) for k, d in enumerate(DAYS[start : start + n])]


def factors(days=DAYS):
    published = {"mkt_rf": MARKET, "rf": RISKLESS, "ff48:Softw": SOFTWARE}
    return [row for name, value in published.items() for row in series(name, days, [value] * len(days))]


@pytest.fixture
def store(tmp_path):
    with Store.open(tmp_path / "s.duckdb") as opened:
        yield opened


def small(store, offers=None, prices=None, **tables):
    """A store of one IPO with posts before its first trade, unless told otherwise."""
    load(store, "ipos", ipos=[offer("A")] if offers is None else offers)
    load(store, "prices", prices=rising("A", FIRST, 40) if prices is None else prices)
    load(
        store,
        "series",
        series=factors(),
        **{"classifications": [{"symbol": "A", "scheme": "ff48", "label": "Softw"}]} | tables,
    )
    posts(store, ("what an ipo", "2014-11-09T10:00:00", "A"), ("i want it", "2014-11-10T14:29:59", "A"))


def build(store, **changes):
    return Ipos(holding=changes.pop("holding", RULE), **changes).build(store, OPTIONS)


def step(sample, name):
    return next(s for s in sample.ledger.frame().iter_rows(named=True) if s["step"] == name)


def test_enthusiasm_ends_at_the_open_of_the_first_day_and_begins_thirty_days_before(store):
    load(store, "ipos", ipos=[offer("A")])
    load(store, "prices", prices=rising("A", FIRST, 40))
    inside = [("first second", "2014-10-11T14:30:00"), ("last second", "2014-11-10T14:29:59")]
    outside = [
        ("too early", "2014-10-11T14:29:59"),
        ("at the open", "2014-11-10T14:30:00"),
        ("later", "2014-11-11T10:00:00"),
    ]
    posts(store, *((body, when, "A") for body, when in inside + outside), ("of another", "2014-11-09T10:00:00", "B"))
    row = build(store).data.row(0, named=True)
    expected = mood(*(body for body, _ in inside)).mean(axis=0)
    assert row["n_posts"] == 2
    assert row["enthusiasm"] == row["happy"] == pytest.approx(expected[1], abs=1e-9)
    assert row["fear"] == pytest.approx(expected[6], abs=1e-9)
    assert row["attention"] == pytest.approx(np.log(3))


def test_half_days_and_daylight_saving_move_the_cut(store):
    """28 November 2014 closes early; clocks go back on 2 November 2014 and forward on 8 March 2015."""
    days = calendar(date(2014, 10, 1), date(2015, 3, 31))
    firsts = {"A": ("2014-11-28", "14:30:00", "14:29:59"), "B": ("2015-03-09", "13:30:00", "13:29:59"),
              "C": ("2014-10-31", "13:30:00", "13:29:59")}  # fmt: skip
    at = {s: days.index(date.fromisoformat(day)) for s, (day, *_) in firsts.items()}
    load(store, "ipos", ipos=[offer(s, days[k]) for s, k in at.items()])
    load(store, "prices", prices=[price(s, d, 11.0) for s, k in at.items() for d in days[k:]])
    posts(store, *((f"post {w}", f"{day}T{w}", s) for s, (day, *when) in firsts.items() for w in when))
    data = build(store).data
    assert data["n_posts"].to_list() == [1, 1, 1]
    expected = {s: mood(f"post {before}")[0, 1] for s, (_, _, before) in firsts.items()}
    assert dict(data.select("symbol", "happy").iter_rows()) == pytest.approx(expected, abs=1e-9)


def test_nothing_written_after_the_open_moves_a_number(store, tmp_path):
    small(store)
    posts(store, ("great", "2014-11-10T14:30:00", "A"), ("awful", "2014-11-12T20:00:00", "A"), name="later.jsonl")
    with Store.open(tmp_path / "t.duckdb") as other:
        small(other)
        assert build(store).data.equals(build(other).data)


def test_characteristics_are_those_of_the_files_the_newest_first(store):
    load(store, "older", ipos=[offer("A", offer_price=9.0, founded=2004, is_venture_backed=True, proceeds=5e7)])
    load(store, "newer", ipos=[offer("A", DAYS[FIRST - 1], offer_price=10.0, mid_price=8.0, total_assets=1e8)])
    load(store, "prices", prices=rising("A", FIRST, 40))
    posts(store, ("i want it", "2014-11-10T12:00:00", "A"))
    sample = build(store)
    row = sample.data.row(0, named=True)
    assert row["first_return"] == pytest.approx(12 / 10 - 1)
    assert row["revision"] == pytest.approx(0.25)
    assert (row["log_age"], row["log_proceeds"], row["log_assets"]) == pytest.approx(
        (np.log(11), np.log(5e7), np.log(1e8))
    )
    assert row["is_venture_backed"] == 1
    assert row["secondary_share"] is None
    assert (row["offer_date"], row["first_session"]) == (DAYS[FIRST - 1], DAYS[FIRST])
    assert step(sample, "rows of IPO files")["rows_out"] == 2
    assert step(sample, "distinct IPOs")["rows_out"] == 1


def test_buy_and_hold_returns_by_hand(store):
    """Prices rise by a dollar a session from 12; months have two sessions; benchmarks earn constant rates."""
    small(store)
    row = build(store).data.row(0, named=True)
    for name, start, end in (("3", 0, 6), ("6", 0, 12), ("12", 0, 24), ("5_12", 8, 24)):
        own = (12 + end) / (12 + start)
        assert row[f"bhr_{name}"] == pytest.approx(own - 1)
        assert row[f"bhar_{name}_industry"] == pytest.approx(own - (1 + SOFTWARE) ** (end - start))
        assert row[f"bhar_{name}_market"] == pytest.approx(own - (1 + MARKET + RISKLESS) ** (end - start))
    assert row["prior_industry_return"] == pytest.approx((1 + SOFTWARE) ** 21 - 1)
    assert row["prior_market_return"] == pytest.approx((1 + MARKET + RISKLESS) ** 21 - 1)
    assert row["industry"] == "Softw"


def test_a_missing_day_costs_nothing_and_a_split_is_in_the_adjusted_close(store):
    rows = rising("A", FIRST, 40)
    split = [
        p | {"close": p["close"] / 2, "open": p["open"] / 2} if k >= 5 else p | {"adj_close": p["close"]}
        for k, p in enumerate(rows)
    ]
    adjusted = [p | {"adj_close": r["close"] * 3} for p, r in zip(split, rows, strict=True)]
    small(store, prices=[p for k, p in enumerate(adjusted) if k not in (6, 12)])
    row = build(store).data.row(0, named=True)
    assert row["bhr_3"] == pytest.approx(17 / 12 - 1), "the last price before the end counts"
    assert row["bhr_12"] == pytest.approx(36 / 12 - 1)


def test_raw_closes_serve_where_none_looks_like_a_split(store):
    small(store, prices=[p | {"adj_close": None} for p in rising("A", FIRST, 40)])
    assert build(store).data["bhr_12"].item() == pytest.approx(2.0)


def test_a_raw_close_that_halves_overnight_is_no_return(store):
    rows = [p | {"adj_close": None} for p in rising("A", FIRST, 40)]
    rows = [p | {"close": p["close"] / 2, "open": p["open"] / 2} if k >= 8 else p for k, p in enumerate(rows)]
    small(store, prices=rows)
    sample = build(store)
    assert sample.data["bhr_3"].item() == pytest.approx(18 / 12 - 1)
    assert sample.data["bhr_6"].item() is None
    assert "1 cross a step of the prices that is not known" in step(sample, "months 1 to 6")["reason"]


def test_a_delisting_return_is_the_files_or_that_of_the_rule_and_the_benchmark_follows(store):
    cases = {
        "A": (-0.5, None, -0.5),
        "B": (None, "Bankruptcy", -0.3),
        "C": (None, "574", -0.3),
        "D": (None, "233", 0.0),
    }
    gone = [
        {"symbol": s, "session": DAYS[FIRST + 10], "delisting_return": known, "reason": reason}
        for s, (known, reason, _) in cases.items()
    ]
    later = [price("A", d, 500.0) for d in DAYS[FIRST + 20 : FIRST + 40]]
    classes = [{"symbol": s, "scheme": "ff48", "label": "Softw"} for s in cases]
    prices = [p for s in cases for p in rising(s, FIRST, 11)] + later
    small(store, [offer(s) for s in cases], prices, delistings=gone, classifications=classes)
    posts(store, *(("mine", "2014-11-08T10:00:00", s) for s in "BCD"), name="more.jsonl")
    sample = build(store)
    for row in sample.data.iter_rows(named=True):
        own = 22 / 12 * (1 + cases[row["symbol"]][2])
        assert row["bhr_3"] == pytest.approx(18 / 12 - 1)
        assert row["bhr_6"] == pytest.approx(own * (1 + SOFTWARE) ** 2 - 1)
        assert row["bhar_12_market"] == pytest.approx(own * 1.011**14 - 1.011**24), (
            "prices after belong to another firm"
        )
    reason = step(sample, "months 1 to 12")["reason"]
    assert "4 delisted within it; 2 of these without a delisting return, -30% taken" in reason
    cash = build(store, holding=Holding(month_sessions=2, after_delisting="cash", benchmarks=("market",)))
    assert cash.data["bhr_12"].to_list() == pytest.approx([22 / 12 * (1 + c[2]) - 1 for c in cases.values()])


def test_a_firm_that_is_renamed_after_its_offer_is_held_on_under_its_new_symbol(store, tmp_path):
    """Files of prices and classes know it by both symbols, the file of the offer by the one it began with."""
    change = FIRST + 12
    classes = [
        {"symbol": s, "scheme": scheme, "label": text, "first": first, "last": last}
        for s, first, last in (("A", DAYS[FIRST], DAYS[change - 1]), ("Z", DAYS[change], None))
        for scheme, text in (("permno", "7"), ("ff48", "Softw"))
    ]
    gone = {"symbol": "Z", "session": DAYS[FIRST + 20], "delisting_return": -0.5, "reason": None}
    prices = rising("A", FIRST, 21)
    market = [price("B", d, 1.0) for d in DAYS]
    both = [p | {"symbol": "Z"} if k >= 12 else p for k, p in enumerate(prices)]
    small(store, None, both + market, classifications=classes, delistings=[gone])
    with Store.open(tmp_path / "t.duckdb") as other:
        small(other, None, prices + market, delistings=[gone | {"symbol": "A"}])
        never, once = build(other).data, build(store).data
    assert once["symbol"].item() == "Z"
    assert never["bhr_12"].item() is not None
    assert once.drop("symbol").equals(never.drop("symbol"))


def test_a_stock_that_falls_silent_is_held_at_its_last_price_then_in_the_benchmark(store):
    small(store, prices=rising("A", FIRST, 11) + [price("B", d, 1.0) for d in DAYS])
    sample = build(store)
    assert sample.data["bhr_12"].item() == pytest.approx(22 / 12 * (1 + SOFTWARE) ** 14 - 1)
    assert "1 without prices at its end and without notice" in step(sample, "months 1 to 12")["reason"]


def test_a_horizon_that_ends_after_the_data_is_null_and_counted(store):
    small(store, prices=rising("A", FIRST, 20))
    sample = build(store)
    assert sample.data["bhr_6"].item() == pytest.approx(24 / 12 - 1)
    assert sample.data["bhr_12"].item() is sample.data["bhar_12_market"].item() is None
    assert step(sample, "months 1 to 12")["reason"] == "1 end after the data"


def test_a_benchmark_that_lacks_a_day_of_the_span_gives_no_return(store):
    load(store, "ipos", ipos=[offer("A")])
    load(store, "prices", prices=rising("A", FIRST, 40))
    rows = [r for r in factors() if not (r["name"] == "rf" and r["session"] == DAYS[FIRST + 9])]
    load(store, "series", series=rows)
    posts(store, ("i want it", "2014-11-10T12:00:00", "A"))
    sample = build(store)
    assert sample.data["bhar_3_market"].item() == pytest.approx(1.5 - 1.011**6)
    assert sample.data["bhar_6_market"].item() is None
    assert "1 without the benchmark market" in step(sample, "months 1 to 6")["reason"]


def test_matched_firms_are_the_next_larger_and_the_one_of_like_book_to_market(store):
    """A is worth 12 million. BIG (13) is the next larger one; LIKE (11) has A's book-to-market; NEW (12.1) is an IPO itself."""
    candidates = {"BIG": (1.3e7, 2e6), "LIKE": (1.1e7, 5.5e6), "SMALL": (1e6, 5e5), "NEW": (1.21e7, 6e6)}
    prices = [price(s, d, 1.0 + 0.01 * k) for s in ("BIG", "LIKE", "SMALL") for k, d in enumerate(DAYS)]
    prices = [p | {"close": 1.0, "open": 1.0} for p in prices]
    prices += [price("NEW", d, 1.0) for d in DAYS[FIRST - 20 :]] + rising("A", FIRST, 40)
    facts = [
        {"symbol": s, "name": name, "period": DAYS[0], "available": DAYS[1], "value": v}
        for s, values in candidates.items()
        for name, v in zip(("shares_outstanding", "book_equity"), values, strict=True)
    ]
    own = {"symbol": "A", "name": "book_equity", "period": DAYS[FIRST], "available": DAYS[FIRST + 30], "value": 6e6}
    small(store, [offer("A", post_issue_shares=1e6), offer("NEW", DAYS[FIRST - 20], offer_price=1.0)], prices,
          characteristics=[*facts, own])  # fmt: skip
    row = build(store, holding=Holding(month_sessions=2, seasoned_days=35)).data.row(0, named=True)
    start, end = 1 + 0.01 * FIRST, 1 + 0.01 * (FIRST + 24)
    assert row["bhar_12_size"] == pytest.approx(3.0 - end / start)
    assert row["bhar_12_size_bm"] == pytest.approx(3.0 - end / start)


def test_a_restated_earlier_book_value_matches_nobody(store):
    """LIKE has A's book-to-market by its newest quarter; by the restatement of an earlier one FAR would have."""
    candidates = {"LIKE": (1.1e7, 5.5e6), "FAR": (1.1e7, 1e6)}
    prices = [price(s, d, 1.0) for s in candidates for d in DAYS] + rising("A", FIRST, 40)
    facts = [
        {"symbol": s, "name": name, "period": DAYS[0], "available": DAYS[1], "value": v}
        for s, values in candidates.items()
        for name, v in zip(("shares_outstanding", "book_equity"), values, strict=True)
    ]
    restated = [
        {"symbol": s, "name": "book_equity", "period": DAYS[0] - timedelta(days=90), "available": DAYS[2], "value": v}
        for s, v in (("LIKE", 1e6), ("FAR", 5.5e6))
    ]
    own = {"symbol": "A", "name": "book_equity", "period": DAYS[FIRST], "available": DAYS[FIRST + 30], "value": 6e6}
    small(store, [offer("A", post_issue_shares=1e6)], prices, characteristics=[*facts, *restated, own])
    with store.registered({"sessions": sessions("XNYS", DAYS[0], DAYS[-1])}):
        make_price_steps(store)
        store.run("panel/prices/share_counts")
        store.run("panel/events/offers", same_offer_days=7, first_price_days=7)
        event = pl.DataFrame({"event": [1], "symbol": ["A"], "day": [DAYS[FIRST]], "cap": [1.2e7]})
        with store.registered({"event_days": event}):
            found = store.query("panel/events/matches", seasoned_days=35, book_days=365)
    assert found["size_bm"].to_list() == ["LIKE"]


def test_every_ipo_that_leaves_has_its_reason(store):
    early = [price("OLD", d, 50.0) for d in DAYS[:5]]
    recent = [price("REUSED", d, 50.0) for d in DAYS[FIRST - 5 : FIRST + 30]]
    offers = [
        offer("A"), offer("OLD"), offer("REUSED"), offer("ADR", is_adr=True), offer("SPAC", is_spac=True),
        offer("UNIT", is_unit=True), offer("REIT", is_reit=True), offer("UNPRICED", offer_price=None),
        offer("PENNY", offer_price=4.99), offer("NEVER"), offer("LATE"), offer("WILD"), offer("QUIET"),
    ]  # fmt: skip
    prices = [p for s in ("A", "OLD", "ADR", "QUIET") for p in rising(s, FIRST, 30)] + early + recent
    prices += rising("LATE", FIRST + 8, 20) + rising("WILD", FIRST, 20, first=101.0)
    small(store, offers, prices)
    posts(store, *((f"{s} then", "2014-11-08T10:00:00", s) for s in ("OLD", "REUSED", "WILD")), name="more.jsonl")
    sample = build(store)
    frame = sample.ledger.frame()
    dropped = {r["step"]: r["dropped"] for r in frame.iter_rows(named=True) if r["dropped"]}
    assert dropped == {
        "no depositary receipts": 1, "no blank cheque companies": 1, "no units": 1,
        "no real estate trusts or closed-end funds": 1, "with an offer price": 1, "offered at 5 dollars or more": 1,
        "with a first price": 2, "symbol new": 1, "first close plausible": 1, "with posts": 1,
    }  # fmt: skip
    assert sample.data["symbol"].to_list() == ["A", "OLD"]
    assert sample.data["first_return"].to_list() == pytest.approx([0.2, 0.2]), "old prices of the symbol are never used"
    assert "10 prices of 2 symbols" in step(sample, "symbol new")["reason"]
    assert build(store, drop=()).data.height == 2, "the depositary receipt has no posts"


def test_a_symbol_that_two_firms_bear_is_two_ipos(store):
    second = FIRST + 40
    prices = rising("A", FIRST, 20) + rising("A", second, 20, first=8.0)
    small(store, [offer("A"), offer("A", DAYS[second])], prices)
    posts(store, ("again", f"{DAYS[second]}T12:00:00", "A"), name="more.jsonl")
    sample = build(store, holding=Holding(month_sessions=2, horizons=((1, 6),), benchmarks=()))
    assert sample.data["first_return"].to_list() == pytest.approx([0.2, -0.2])
    assert sample.data["bhr_6"].to_list() == pytest.approx([1.0, 1.5])
    assert sample.data["first_session"].to_list() == [DAYS[FIRST], DAYS[second]]


def test_slopes_above_and_below_the_median_add_up(store):
    offers = [offer(s) for s in "ABC"]
    small(store, offers, [p for s in "ABC" for p in rising(s, FIRST, 30)])
    posts(store, ("b is fine", "2014-11-08T10:00:00", "B"), ("c is not", "2014-11-08T10:00:00", "C"), name="more.jsonl")
    data = build(store).data
    middle = data["enthusiasm"].median()
    assert (data["enthusiasm_above"] + data["enthusiasm_below"] + middle).to_list() == pytest.approx(
        data["enthusiasm"].to_list()
    )
    assert data["enthusiasm_above"].min() == data["enthusiasm_below"].max() == 0


def test_event_time_counts_sessions_from_the_first(store):
    small(store)
    posts(
        store, ("day zero", "2014-11-10T15:00:00", "A"), ("its evening", "2014-11-10T21:00:00", "A"), name="more.jsonl"
    )
    sample = IpoDays(ipos=Ipos(holding=RULE), first_day=-20, last_day=5).build(store, OPTIONS)
    found = {r["event_day"]: r for r in sample.data.iter_rows(named=True)}
    assert {day: r["n_posts"] for day, r in found.items()} == {0: 3, 1: 1}
    expected = mood("what an ipo", "i want it", "day zero")[:, 1].mean()
    assert found[0]["mood"] == pytest.approx(expected, abs=1e-9)
    assert found[0]["group"] == "low", "one IPO is its own median"


def test_calendar_months_begin_after_that_of_the_first_session(store):
    gone = {"symbol": "B", "session": DAYS[FIRST + 35], "delisting_return": -0.5, "reason": None}
    prices = rising("A", FIRST, 60) + rising("B", FIRST, 36, first=20.0, step=0.0)
    small(store, [offer("A"), offer("B")], prices, delistings=[gone])
    posts(store, ("b is fine", "2014-11-08T10:00:00", "B"), name="more.jsonl")
    sample = IpoMonths(ipos=Ipos(holding=RULE), min_firms=2).build(store, OPTIONS)
    close = {d: 12.0 + k for k, d in enumerate(DAYS[FIRST : FIRST + 60])}
    ends = [max(d for d in close if d.month == m) for m in (11, 12, 1)]
    own = [close[b] / close[a] - 1 for a, b in pairwise(ends)]
    assert DAYS[FIRST + 35].month == 12
    assert dict(sample.data.select("month", "all").iter_rows()) == pytest.approx({"2014-12": (own[0] - 0.5) / 2})
    alone = IpoMonths(ipos=Ipos(holding=RULE), min_firms=1).build(store, OPTIONS)
    assert alone.data["n_all"].to_list() == [2, 1]
    assert alone.data["all"].to_list()[1] == pytest.approx(own[1])
    for end, months in ((date(2014, 12, 31), ["2014-12"]), (date(2015, 2, 26), ["2014-12", "2015-01"])):
        cut = IpoMonths(ipos=Ipos(holding=RULE), min_firms=1).build(store, PanelOptions(end=end))
        assert cut.data["month"].to_list() == months
    with pytest.raises(PanelError, match="no months"):
        IpoMonths(ipos=Ipos(holding=RULE), min_firms=1).build(store, PanelOptions(end=date(2014, 12, 30)))


def test_what_cannot_be_built_says_what_to_do(store):
    load(store, "prices", prices=rising("A", FIRST, 40))
    posts(store, ("i want it", "2014-11-10T12:00:00", "A"))
    with pytest.raises(PanelError, match="ritter_ipos"):
        build(store)
    load(store, "ipos", ipos=[offer("A", offer_price=1.0)])
    for request in (Ipos(holding=RULE), IpoDays(), IpoMonths()):
        with pytest.raises(PanelError, match="5 dollars or more"):
            request.build(store, OPTIONS)
    for wrong in ({"enthusiasm": "joy"}, {"drop": ("bonds",)}, {"window_days": 0}):
        with pytest.raises(PanelError):
            Ipos(**wrong)


def test_threads_and_order_of_files_move_no_digit(tmp_path):
    found = []
    for threads, flip in ((1, False), (4, True)):
        with Store.open(tmp_path / f"{threads}.duckdb", threads=threads) as store:
            bodies = [(f"text {k}", f"2014-11-0{1 + k % 9}T12:{k:02d}:00", "A") for k in range(60)]
            load(store, "ipos", ipos=[offer("A")])
            load(store, "prices", prices=rising("A", FIRST, 40))
            posts(store, *(reversed(bodies) if flip else bodies))
            found.append(build(store, weights="log_followers").data)
    assert found[0].equals(found[1])


def test_settings_echo_every_choice(store):
    small(store)
    settings = build(store).settings
    assert settings["window_days"] == 30
    assert settings["missing_delisting_return"] == -0.3
    assert settings["horizons"] == "1-3, 1-6, 1-12, 5-12"
    assert all(isinstance(v, str | int | float | None) for v in settings.values())


def test_the_noise_of_enthusiasm_is_that_of_the_posts_before_the_offer(store):
    """Three posts of three authors weigh alike: the variance of their mean is the sample variance over three."""
    load(store, "ipos", ipos=[offer("A"), offer("B")])
    load(store, "prices", prices=[*rising("A", FIRST, 40), *rising("B", FIRST, 40)])
    load(
        store,
        "series",
        series=factors(),
        classifications=[{"symbol": s, "scheme": "ff48", "label": "Softw"} for s in "AB"],
    )
    bodies = ("what an ipo this will be", "i want it very badly now", "so very afraid of this offer")
    posts(store, *((body, f"2014-11-0{day}T10:00:00", "A") for day, body in enumerate(bodies, 5)),
          ("nobody will buy this", "2014-11-06T10:00:00", "B"), ("after the open", "2014-11-10T16:00:00", "A"))  # fmt: skip
    sample = build(store)
    cells = sample.noise.cells.sort("symbol")
    keys = sample.data.select("symbol", "session", "n_posts", "n_authors").sort("symbol")
    assert cells.select("symbol", "session", "n_posts", "n_authors").equals(keys)
    assert cells["n_units"].to_list() == [3, 1]
    happy = mood(*bodies)[:, EMOTIONS.index("happy")]
    assert sample.data.filter(pl.col("symbol") == "A")["enthusiasm"][0] == pytest.approx(happy.mean(), rel=1e-6)
    assert cells["v_happy_happy"][0] == pytest.approx(happy.var(ddof=1) / 3, rel=1e-5)
    assert cells["v_happy_happy"][1] is None
    assert sample.noise.aliases == {"enthusiasm": "happy"}
