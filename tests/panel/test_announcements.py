"""Earnings announcements: session, mood, surprise and abnormal return by hand."""

from datetime import date

import numpy as np
import pytest

from emtract.errors import PanelError
from emtract.options import PanelOptions
from emtract.panel.announcements import Announcements
from emtract.store import Store
from tests.panel.events_store import calendar, load, mood, posts, price, series

DAYS = calendar(date(2014, 10, 1), date(2015, 1, 30))
#: Thursday 20 November 2014.
AT = DAYS.index(date(2014, 11, 20))
RATES = [0.001 * (k % 5) for k in range(len(DAYS))]
OPTIONS = PanelOptions()


def told(symbol="A", day=DAYS[AT], timing="before_open", **more):
    return {"symbol": symbol, "announced_on": day, "timing": timing} | more


def path(symbol, *, drift=1.0, skip=(), **more):
    closes = [100.0 + drift * k + (3 if k % 2 else 0) for k in range(len(DAYS))]
    return [price(symbol, d, c, **more) for k, (d, c) in enumerate(zip(DAYS, closes, strict=True)) if k not in skip]


def closes(drift=1.0):
    return np.array([100.0 + drift * k + (3 if k % 2 else 0) for k in range(len(DAYS))])


@pytest.fixture
def store(tmp_path):
    with Store.open(tmp_path / "s.duckdb") as opened:
        yield opened


def filled(store, announcements, prices=None, bodies=None, **tables):
    load(store, "earnings", announcements=announcements)
    load(store, "prices", prices=path("A") if prices is None else prices)
    published = [*series("mkt_rf", DAYS, RATES), *series("rf", DAYS, [0.0001] * len(DAYS))]
    load(store, "series", series=published, **tables)
    posts(store, *([("earnings soon", f"{DAYS[AT - 5]}T15:00:00", "A")] if bodies is None else bodies))


def build(store, **changes):
    return Announcements(**changes).build(store, OPTIONS)


def step(sample, name):
    return next(s for s in sample.ledger.frame().iter_rows(named=True) if s["step"] == name)


def test_sessions_by_timing_and_weekends(store):
    """After the close is the next session; a Saturday is Monday; of unknown timing, the day itself unless told otherwise."""
    cases = {
        "A": (DAYS[AT], "before_open", DAYS[AT]),
        "B": (DAYS[AT], "market", DAYS[AT]),
        "C": (DAYS[AT], "after_close", DAYS[AT + 1]),
        "D": (date(2014, 11, 21), "after_close", date(2014, 11, 24)),
        "E": (date(2014, 11, 22), "before_open", date(2014, 11, 24)),
        "F": (DAYS[AT], None, DAYS[AT]),
    }
    filled(
        store,
        [told(s, day, timing) for s, (day, timing, _) in cases.items()],
        [p for s in cases for p in path(s)],
        [("soon", f"{DAYS[AT - 5]}T15:00:00", s) for s in cases],
    )
    sample = build(store)
    assert dict(sample.data.select("symbol", "session").iter_rows()) == {s: c[2] for s, c in cases.items()}
    assert "1 of unknown timing belong to the same session" in step(sample, "placed")["reason"]
    later = dict(build(store, unknown_timing="next").data.select("symbol", "session").iter_rows())
    assert later["F"] == DAYS[AT + 1]
    without = build(store, unknown_timing="drop")
    assert "F" not in without.data["symbol"].to_list()
    assert step(without, "of known timing")["dropped"] == 1


def test_mood_runs_from_the_close_before_session_minus_ten_to_the_close_of_minus_two(store):
    first, last = DAYS[AT - 11], DAYS[AT - 2]
    # From 2 November on New York closes at 21:00 UTC: the clock times below are closes only after it.
    assert first > date(2014, 11, 2)
    inside = [(f"{first}T21:00:00", "opens the window"), (f"{last}T20:59:59", "closes it")]
    outside = [
        (f"{first}T20:59:59", "just before"),
        (f"{last}T21:00:00", "just after"),
        (f"{DAYS[AT]}T15:00:00", "on the day"),
    ]
    filled(store, [told()], bodies=[(body, when, "A") for when, body in inside + outside])
    row = build(store).data.row(0, named=True)
    assert row["n_posts"] == 2
    assert row["happy"] == pytest.approx(mood(*(b for _, b in inside))[:, 1].mean(), abs=1e-9)
    assert row["quarter"] == "2014Q4"


def test_a_half_day_ends_the_window_at_its_own_close(store):
    """Session -2 of Tuesday 2 December 2014 is Friday 28 November, which closed at 13:00 in New York."""
    at = DAYS.index(date(2014, 12, 2))
    bodies = [("in time", "2014-11-28T17:59:59", "A"), ("too late", "2014-11-28T18:00:00", "A")]
    filled(store, [told(day=DAYS[at])], bodies=bodies)
    assert build(store).data["n_posts"].item() == 1


def test_abnormal_returns_by_hand(store):
    filled(store, [told()])
    row = build(store).data.row(0, named=True)
    level = closes()
    own = level[1:] / level[:-1] - 1
    market = np.array(RATES[1:]) + 0.0001
    around = slice(AT - 2, AT + 1)
    before = slice(AT - 11, AT - 2)
    assert row["car_market"] == pytest.approx((own - market)[around].sum())
    assert row["bhar_market"] == pytest.approx(np.prod(1 + own[around]) - np.prod(1 + market[around]))
    assert row["prior_market"] == pytest.approx(np.prod(1 + own[before]) - np.prod(1 + market[before]))
    assert row["car_industry"] is None


def test_industry_and_size_benchmarks(store):
    """Five firms, one a fifth by market value; A is the smallest, alone in its group, so that its return net of it is zero."""
    symbols = ("A", "S1", "S2", "S3", "S4")
    shares = [
        {"symbol": s, "name": "shares_outstanding", "period": DAYS[0], "available": DAYS[0], "value": 1e6 * 3**k}
        for k, s in enumerate(symbols)
    ]
    classes = [{"symbol": "A", "scheme": "ff48", "label": "Softw"}]
    filled(store, [told()], [p for s in symbols for p in path(s)], characteristics=shares, classifications=classes)
    load(store, "industry", series=series("ff48:Softw", DAYS, [0.002] * len(DAYS)))
    row = build(store).data.row(0, named=True)
    level = closes()
    own = (level[1:] / level[:-1] - 1)[AT - 2 : AT + 1]
    assert row["car_industry"] == pytest.approx((own - 0.002).sum())
    assert row["car_size"] == pytest.approx(0, abs=1e-9)
    assert row["size"] == pytest.approx(np.log(1e6 * level[AT - 11]))
    assert row["industry"] == "Softw"


def test_surprises_by_hand(store):
    """Quarters a year apart; the deviation is that of the changes before; the price is the file's, else that of the period."""
    history = [
        told(
            day=date(2009 + k // 4, (2, 5, 8, 11)[k % 4], 3),
            period=date(2009 + k // 4, (3, 6, 9, 12)[k % 4], 28),
            eps=1 + 0.1 * k + 0.05 * (k % 3),
        )
        for k in range(23)
    ]
    last = told(period=date(2014, 12, 28), eps=5.0, consensus=4.5, analysts=7, price=50.0)
    other = told("B", period=date(2014, 10, 5), eps=-1.0, consensus=-0.5)
    filled(store, [*history, last, other], path("A") + path("B"),
           [("soon", f"{DAYS[AT - 5]}T15:00:00", s) for s in "AB"])  # fmt: skip
    rows = {r["symbol"]: r for r in build(store).data.iter_rows(named=True)}
    eps = [h["eps"] for h in history]
    changes = np.array([b - a for a, b in zip(eps, eps[4:], strict=False)])
    change = 5.0 - eps[19]
    assert rows["A"]["sue_analyst"] == rows["A"]["sue"] == pytest.approx(0.5 / 50)
    assert rows["A"]["sue_seasonal"] == pytest.approx(change / 50)
    assert rows["A"]["sue_seasonal_sd"] == pytest.approx(change / changes[-8:].std(ddof=1))
    assert rows["A"]["log_analysts"] == pytest.approx(np.log(8))
    assert (rows["A"]["is_loss"], rows["B"]["is_loss"]) == (0, 1)
    friday = DAYS.index(date(2014, 10, 3))
    assert rows["B"]["sue_analyst"] == pytest.approx(-0.5 / closes()[friday])
    assert rows["B"]["sue_seasonal"] is None
    assert build(store, surprise="seasonal").data.filter(symbol="A")["sue"].item() == pytest.approx(change / 50)


def test_files_that_tell_of_one_announcement_are_one_row(store):
    load(store, "dates", announcements=[told(timing="after_close", eps=1.0)])
    filled(store, [told(day=DAYS[AT + 1], timing=None, eps=1.2, consensus=1.0, price=10.0)])
    sample = build(store)
    row = sample.data.row(0, named=True)
    assert sample.data.height == 1
    assert (row["announced_on"], row["session"]) == (DAYS[AT], DAYS[AT + 1])
    assert row["sue"] == pytest.approx(0.02), "earnings and consensus come from one file"
    assert step(sample, "rows of earnings files")["rows_out"] == 2


def test_every_announcement_that_leaves_has_its_reason(store):
    symbols = ("A", "SILENT", "GAP", "EARLY", "LATE")
    rows = [told(s) for s in symbols[:3]] + [told("EARLY", date(2001, 1, 2)), told("LATE", DAYS[-1])]
    prices = [p for s in symbols if s != "GAP" for p in path(s)] + path("GAP", skip=(AT,))
    bodies = [("soon", f"{DAYS[AT - 5]}T15:00:00", s) for s in symbols if s != "SILENT"]
    filled(store, rows, prices, bodies)
    sample = build(store)
    dropped = {r["step"]: r["dropped"] for r in sample.ledger.frame().iter_rows(named=True) if r["dropped"]}
    assert dropped == {"inside the data": 2, "with posts": 1, "with prices": 1}
    assert sample.data["symbol"].to_list() == ["A"]
    assert (
        step(sample, "with benchmarks counted")["reason"]
        == "1 without the benchmark industry (1 of no known class of ff48); "
        "1 without the benchmark size (1 of no known market value)"
    )


def test_an_unadjusted_price_that_halves_is_no_return(store):
    prices = path("A", adj_close=None)
    halved = [p | {"close": p["close"] / 2, "open": p["open"] / 2} if p["session"] >= DAYS[AT] else p for p in prices]
    filled(store, [told()], halved)
    with pytest.raises(PanelError, match="no return on one of the sessions"):
        build(store)


def test_nothing_written_after_session_minus_two_moves_a_number(store, tmp_path):
    filled(store, [told()])
    with Store.open(tmp_path / "t.duckdb") as other:
        late = [("great", f"{DAYS[AT - 2]}T21:00:00", "A"), ("awful", f"{DAYS[AT]}T15:00:00", "A")]
        filled(other, [told()], bodies=[("earnings soon", f"{DAYS[AT - 5]}T15:00:00", "A"), *late])
        assert build(other).data.equals(build(store).data)


def test_impossible_requests_are_refused(store):
    load(store, "prices", prices=path("A"))
    posts(store, ("soon", f"{DAYS[AT - 5]}T15:00:00", "A"))
    with pytest.raises(PanelError, match="format earnings"):
        build(store)
    with pytest.raises(PanelError, match="would not come first"):
        Announcements(mood_window=(-10, -1))
    with pytest.raises(PanelError, match="before it starts"):
        Announcements(return_window=(1, -1))
    with pytest.raises(PanelError, match="no surprise"):
        Announcements(surprise="guess")


def test_without_a_loss_among_known_earnings_nothing_tells_losses_apart(store):
    bodies = [(f"earnings of {s} soon", f"{DAYS[AT - 5]}T15:00:00", s) for s in "AB"]
    filled(store, [told(eps=1.0), told("B")], prices=[*path("A"), *path("B")], bodies=bodies)
    assert build(store).data["is_loss"].to_list() == [None, None]
