"""Columns of the firm: figures by hand, nothing from the future, nothing across a change of firm, every absence counted."""

from dataclasses import replace
from datetime import date, timedelta

import msgspec
import numpy as np
import polars as pl
import pytest

from emtract.econometrics.regression.estimate import estimate
from emtract.econometrics.regression.spec import Spec
from emtract.errors import MissingDataError, PanelError, SpecError
from emtract.options import PanelOptions
from emtract.panel.characteristics import (
    FirmOptions,
    build_firm_sessions,
    characteristics_ledger,
    with_characteristics,
)
from emtract.panel.firm_sessions import FirmSessions, build_panel
from emtract.panel.frame import BUILT, CHARACTERISTICS
from emtract.panel.sessions import sessions
from emtract.scoring import score_store
from emtract.store import Store
from tests.conftest import FakeScorer, batch, load_posts, post, source

FIRST = date(2014, 3, 3)
LAGGED = ("lagged_return", "lagged_volatility", *CHARACTERISTICS)
SMALL = FirmOptions(volume_window=(5, 2))


def days(n):
    return sessions("XNYS", FIRST, FIRST + timedelta(days=2 * n + 10))["session"].to_list()[:n]


def walk(symbol, n, seed, **columns):
    """Prices of one symbol: a random walk with honest highs and lows; adjusted equals raw unless told otherwise."""
    rng = np.random.default_rng(seed)
    close = 50 * np.exp(np.cumsum(0.02 * rng.standard_normal(n)))
    opened = close * np.exp(0.005 * rng.standard_normal(n))
    spread = np.exp(0.01 * np.abs(rng.standard_normal((2, n))))
    frame = {
        "symbol": [symbol] * n,
        "session": days(n),
        "open": opened,
        "high": np.maximum(opened, close) * spread[0],
        "low": np.minimum(opened, close) / spread[1],
        "close": close,
        "adj_close": close,
        "volume": np.exp(10 + 0.5 * rng.standard_normal(n)),
        "as_traded": [1.0] * n,
    }
    return pl.DataFrame(frame | columns)


def fact(symbol, name, value, available, *, period=None, source_id=1):
    return {
        "source_id": source_id,
        "line": 1,
        "symbol": symbol,
        "name": name,
        "period": period or available - timedelta(days=10),
        "available": available,
        "value": float(value),
    }


def label(symbol, scheme, text, first=None, last=None, *, source_id=1, line=1):
    return {
        "source_id": source_id,
        "line": line,
        "symbol": symbol,
        "scheme": scheme,
        "label": text,
        "first": first,
        "last": last,
    }


def insert(store, table, rows):
    """Put rows into a table of the store."""
    if len(rows):
        types = {"first": pl.Date, "last": pl.Date, "delisting_return": pl.Float64, "reason": pl.String}
        frame = rows if isinstance(rows, pl.DataFrame) else pl.DataFrame(rows, schema_overrides=types, strict=False)
        if table == "prices":
            frame = frame.with_columns(source_id=pl.lit(0), line=pl.int_range(pl.len()))
        with store.registered({"rows_to_insert": frame}):
            store.execute(f"INSERT INTO {table} BY NAME SELECT * FROM rows_to_insert")


def built(store, options=SMALL, volatility_sessions=4):
    first, last = store.sql("SELECT min(session), max(session) FROM prices").row(0)
    with store.registered({"sessions": sessions("XNYS", first, last)}):
        build_firm_sessions(store, options, volatility_sessions=volatility_sessions)
        return store.sql("FROM firm_sessions ORDER BY symbol, session")


@pytest.fixture
def store(tmp_path):
    with Store.open(tmp_path / "s.duckdb", threads=2) as opened:
        yield opened


def test_ranges_returns_and_volumes_are_the_textbooks(store):
    prices = walk("A", 12, 1)
    insert(store, "prices", prices)
    row = built(store).row(10, named=True)
    p = prices.to_dicts()
    today = p[10]
    span, body = np.log(today["high"] / today["low"]), np.log(today["close"] / today["open"])
    assert row["log_range_parkinson"] == pytest.approx(0.5 * np.log(span**2 / (4 * np.log(2))))
    garman_klass = 0.5 * span**2 - (2 * np.log(2) - 1) * body**2
    assert row["log_range_garman_klass"] == pytest.approx(0.5 * np.log(garman_klass))
    assert row["absolute_return"] == pytest.approx(abs(today["close"] / p[9]["close"] - 1))
    assert row["dollar_volume"] == pytest.approx(today["close"] * today["volume"])
    base = np.mean([np.log(p[t]["volume"]) for t in range(5, 9)])
    assert row["abnormal_volume"] == pytest.approx(np.log(today["volume"]) - base)
    illiquid = [
        1e6 * abs(p[t]["close"] / p[t - 1]["close"] - 1) / (p[t]["close"] * p[t]["volume"]) for t in range(6, 10)
    ]
    assert row["lagged_amihud"] == pytest.approx(np.mean(illiquid))
    assert (row["number"], row["month"], row["ticker"]) == (10, "2014-03", "A")
    assert row["size"] is row["industry"] is row["abnormal_turnover"] is None


def test_a_flat_or_missing_range_and_no_trade_are_null_not_minus_infinity(store):
    prices = walk("A", 8, 2).with_row_index("i")
    flat, absent, idle = pl.col("i") == 5, pl.col("i") == 6, pl.col("i") == 7
    prices = prices.with_columns(
        high=pl.when(flat).then("low").when(absent).then(None).otherwise("high"),
        volume=pl.when(idle).then(0.0).when(absent).then(None).otherwise("volume"),
    ).drop("i")
    insert(store, "prices", prices)
    rows = built(store).to_dicts()
    assert all(rows[i][f"log_range_{kind}"] is None for i in (5, 6) for kind in ("parkinson", "garman_klass"))
    assert rows[4]["log_range_parkinson"] is not None
    assert rows[6]["abnormal_volume"] is rows[7]["abnormal_volume"] is rows[6]["dollar_volume"] is None
    assert rows[7]["dollar_volume"] == 0


def archive(store):
    """Two symbols with everything: characteristics every third week, a split, and a class."""
    n = 60
    halved = np.where(np.arange(n) < 30, 1.0, 0.5)
    a = walk("A", n, 3)
    raw = {c: a[c].to_numpy() * halved for c in ("open", "high", "low", "close")}
    insert(store, "prices", a.with_columns(**raw, volume=a["volume"].to_numpy() / halved))
    insert(store, "prices", walk("B", n, 4))
    rng = np.random.default_rng(5)
    facts = [
        fact(symbol, name, 1e6 * scale * rng.uniform(0.9, 1.1), day + timedelta(days=5), period=day)
        for symbol in "AB"
        for name, scale in (("shares_outstanding", 5.0), ("shares_short", 0.3), ("institutional_shares", 3.0))
        for day in days(n)[::15]
    ]
    insert(store, "characteristics", facts)


@pytest.mark.parametrize("cut", [20, 30, 31, 47])
def test_what_happens_on_a_session_changes_nothing_that_was_known_before_it(store, cut):
    """Prices of session `cut` and later, and what becomes public on its day or later, are changed beyond recognition."""
    archive(store)
    before = built(store)
    day = days(60)[cut]
    store.execute(
        "UPDATE prices SET open = open * 3, high = high * 5, low = low * 2, close = close * 4, adj_close = adj_close * 7, "
        "volume = volume * 11 WHERE session >= $day",
        day=day,
    )
    store.execute("UPDATE characteristics SET value = value * 13 WHERE available >= $day", day=day)
    after = built(store)
    past, now = pl.col("session") < day, pl.col("session") <= day
    own = [c for c in before.columns if not c.endswith("_next")]
    assert before.filter(past).select(own).equals(after.filter(past).select(own))
    assert before.filter(now).select("symbol", *LAGGED).equals(after.filter(now).select("symbol", *LAGGED))
    assert before.filter(pl.col("session") == day).select(LAGGED).null_count().sum_horizontal().item() == 0
    assert not before.filter(~now).select(LAGGED).equals(after.filter(~now).select(LAGGED)), (
        "the change is seen after it"
    )


def test_a_value_is_used_from_the_session_after_it_was_public(store):
    insert(store, "prices", walk("A", 12, 6))
    d = days(12)
    insert(store, "characteristics", [fact("A", "shares_outstanding", 1000, d[5]), fact("A", "shares_short", 50, d[5])])
    rows = built(store).to_dicts()
    assert rows[5]["size"] is rows[5]["short_ratio"] is None
    assert rows[6]["short_ratio"] == pytest.approx(0.05)
    assert rows[6]["size"] == pytest.approx(np.log(1000 * walk("A", 12, 6)["close"][5]))
    assert rows[6]["institutional_share"] is None


def test_restatements_of_old_periods_older_files_and_stale_values_do_not_count(store):
    insert(store, "prices", walk("A", 40, 7))
    d = days(40)
    newer, older = FIRST - timedelta(days=5), FIRST - timedelta(days=90)
    told = [
        fact("A", "shares_outstanding", 100, d[2], period=newer, source_id=1),
        fact("A", "shares_outstanding", 200, d[2], period=newer, source_id=2),
        fact("A", "shares_outstanding", 300, d[8], period=older),
        fact("A", "shares_outstanding", 400, d[10], period=newer),
    ]
    insert(store, "characteristics", told)
    options = FirmOptions(volume_window=(5, 2), max_age_days=14)
    frame = built(store, options)
    shares = dict(zip(frame["session"], frame["shares_outstanding"], strict=True))
    assert shares[d[3]] == shares[d[9]] == pytest.approx(200)
    assert shares[d[11]] == pytest.approx(400)
    assert shares[d[-1]] is None
    step = characteristics_ledger(store, frame, options).steps[0]
    late = sum((day - d[10]).days > 14 for day in d)
    assert (step.name, step.rows_out) == ("with shares_outstanding", 40 - 3 - late)
    assert "not public yet, or of another firm of that symbol: 3" in step.reason
    assert f"public more than 14 days before (the last on {d[10]}): {late}" in step.reason


def test_a_split_moves_neither_size_nor_ratios_nor_abnormal_volume(store):
    """One firm with raw prices, shares published before a seven-for-one split; another that never split, told in new shares."""
    n, at = 30, 15
    smooth = walk("B", n, 8)
    seven = np.where(np.arange(n) < at, 7.0, 1.0)
    raw = {c: smooth[c].to_numpy() * seven for c in ("open", "high", "low", "close")}
    insert(store, "prices", smooth)
    insert(store, "prices", smooth.with_columns(symbol=pl.lit("A"), volume=smooth["volume"] / seven, **raw))
    early, late = FIRST - timedelta(days=1), days(n)[20]
    facts = [
        fact("B", "shares_outstanding", 700, early),
        fact("B", "shares_short", 70, early),
        fact("B", "shares_short", 77, late),
        fact("A", "shares_outstanding", 100, early),
        fact("A", "shares_short", 10, early),
        fact("A", "shares_short", 77, late, period=days(n)[16]),
    ]
    insert(store, "characteristics", facts)
    a, b = (built(store).filter(symbol=s) for s in "AB")
    for column in (
        "size",
        "short_ratio",
        "abnormal_volume",
        "abnormal_turnover",
        "return_close_close",
        "lagged_amihud",
    ):
        assert a[column].null_count() == b[column].null_count() < n
        np.testing.assert_allclose(a[column].drop_nulls(), b[column].drop_nulls(), rtol=1e-9, atol=1e-10)
    steps = {s.name: s for s in characteristics_ledger(store, built(store), SMALL).steps}
    assert steps["splits"].rows_out == 1


def test_nothing_runs_from_one_firm_to_another_that_takes_its_symbol(store):
    insert(store, "prices", walk("A", 30, 9))
    d = days(30)
    spans = [
        label("A", "permno", "10001", date(2010, 1, 1), d[10]),
        label("A", "permno", "10001", d[11], d[14]),
        label("A", "permno", "20002", d[15], None),
    ]
    insert(store, "classifications", spans)
    insert(store, "characteristics", [fact("A", "shares_outstanding", 1000, d[5])])
    frame = built(store)
    rows = frame.to_dicts()
    assert [r["symbol"] for r in rows] == ["A"] * 15 + [f"A from {d[15]}"] * 15
    assert {r["ticker"] for r in rows} == {"A"}
    assert rows[15]["return_close_close"] is rows[15]["return_overnight"] is rows[15]["lagged_return"] is None
    assert rows[14]["return_open_close_next"] is rows[14]["return_close_close_next"] is None
    assert rows[15]["return_open_close"] is not None
    assert rows[14]["shares_outstanding"] == pytest.approx(1000)
    assert all(r["shares_outstanding"] is None for r in rows[15:]), "shares of the old firm are not those of the new"
    assert rows[16]["lagged_volatility"] is rows[16]["lagged_amihud"] is rows[16]["abnormal_volume"] is None
    assert rows[11]["return_close_close"] is not None, "a further span of the same firm is no change"
    steps = {s.name: s.rows_out for s in characteristics_ledger(store, frame, SMALL).steps}
    assert steps == {"with shares_outstanding": 9, "changes of firm": 1, "with a return from the close before": 28}


def test_two_firms_under_one_symbol_at_once_are_no_change_and_a_delisting_is_one(store):
    insert(store, "prices", walk("A", 20, 10))
    insert(store, "prices", walk("B", 20, 11))
    d = days(20)
    both = [label("A", "permno", "1", date(2010, 1, 1), date(2020, 1, 1)), label("A", "permno", "2", d[5], d[9])]
    insert(store, "classifications", both)
    gone = {"source_id": 1, "line": 1, "symbol": "B", "session": d[11], "delisting_return": -0.3, "reason": "500"}
    insert(store, "delistings", [gone, gone | {"symbol": "A"}])
    frame = built(store)
    assert frame.filter(symbol="A").height == 20, "its permno outlives the delisting"
    rows, others = (frame.filter(symbol=name).to_dicts() for name in ("B", f"B from {d[11] + timedelta(days=1)}"))
    assert rows[11]["return_close_close_next"] == rows[12]["return_close_close"] == -0.3
    assert rows[12]["volume"] is rows[12]["return_open_close"] is others[0]["return_close_close"] is None
    assert (len(rows), len(others)) == (13, 8)
    assert {s.name: s.rows_out for s in characteristics_ledger(store, frame, SMALL).steps} == {
        "delistings": 1,
        "returns on delisting": 1,
        "with a return from the close before": 37,
    }


def test_the_industry_is_the_best_scheme_on_the_day(store):
    insert(store, "prices", walk("A", 6, 12))
    d = days(6)
    classes = [
        label("A", "sic", "100", None, None),
        label("A", "ff48", "Softw", d[1], d[3], line=2),
        label("A", "industry", "Technology", d[2], d[2], line=3),
        label("A", "industry", "Tech", d[2], d[2], source_id=2),
    ]
    insert(store, "classifications", classes)
    assert built(store)["industry"].to_list() == ["SIC 01", "Softw", "Tech", "Softw", "SIC 01", "SIC 01"]


def test_order_of_files_and_threads_do_not_move_a_digit(store, tmp_path):
    archive(store)
    with Store.open(tmp_path / "t.duckdb", threads=1) as other:
        for table in ("prices", "characteristics"):
            rows = store.sql(f"FROM {table}").sample(fraction=1.0, shuffle=True, seed=1)
            with other.registered({"rows_to_insert": rows}):
                other.execute(f"INSERT INTO {table} BY NAME FROM rows_to_insert")
        assert built(store).equals(built(other))


def scored(store, n=20):
    posts = [post(i + 1, f"post {i}", f"{day}T16:00:00", symbols=["A"]) for i, day in enumerate(days(n))]
    load_posts(store, source(), [batch(*posts)])
    score_store(store, FakeScorer())


def test_a_built_panel_has_every_column_and_says_its_options(store):
    insert(store, "prices", walk("A", 20, 13))
    scored(store)
    panel = build_panel(store, firms=FirmOptions(max_age_days=30))
    assert set(BUILT) <= set(panel.data.columns)
    assert panel.settings["max_age_days"] == 30
    assert panel.settings["volume_window"] == "t-140 to t-20"
    assert all(panel.data[c].null_count() == 20 for c in ("size", "short_ratio", "institutional_share", "industry"))
    assert panel.ledger.steps[-1].name == "firm-sessions with posts", "no step for files that nobody named"


def test_the_configuration_says_how_old_a_characteristic_may_be_where_the_study_does_not(store):
    insert(store, "prices", walk("A", 20, 13))
    insert(store, "characteristics", [fact("A", "own", 7.0, date(2014, 1, 1))])
    scored(store)
    asked = {
        name: FirmSessions(noise=False, firms=firms)
        for name, firms in (("open", None), ("set", FirmOptions(max_age_days=9_999)))
    }
    whole, short = PanelOptions(), PanelOptions(max_age_days=1)
    ages = {n: [r.build(store, o).settings["max_age_days"] for o in (whole, short)] for n, r in asked.items()}
    assert ages == {"open": [190, 1], "set": [9_999, 9_999]}
    assert short.picked == {"max_age_days": 1}
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"max_age_days": 0}, PanelOptions)


def test_a_file_that_ends_before_the_sample_stands_in_the_ledger_and_stops_a_spec(store):
    insert(store, "prices", walk("A", 20, 14))
    insert(store, "characteristics", [fact("A", "shares_outstanding", 1000, date(2013, 1, 15))])
    scored(store)
    panel = build_panel(store)
    assert panel.ledger.steps[-1].reason == "of 20; public more than 190 days before (the last on 2013-01-15): 20"
    spec = Spec(
        y="return_open_close",
        x=("size",),
        effects=(),
        covariance="robust",
        clusters=(),
        small_sample="fixest",
    )
    with pytest.raises(MissingDataError, match=r"size is missing on all 20 rows: .*\[\[market\]\].*crsp_ciz"):
        estimate(spec, panel)


def test_characteristics_by_name_are_columns(store):
    insert(store, "prices", walk("A", 20, 15))
    d = days(20)
    insert(store, "characteristics", [fact("A", "book_equity", 5e9, d[9]), fact("B", "esg", 1.0, d[9])])
    scored(store)
    panel = build_panel(store, firms=FirmOptions(characteristics=("book_equity",)))
    assert panel.data["book_equity"].to_list() == [None] * 10 + [5e9] * 10 and "esg" not in panel.data.columns
    with pytest.raises(PanelError, match=r"no firm-session has the characteristic sales.*\[\[market\]\]"):
        build_panel(store, firms=FirmOptions(characteristics=("sales",)))
    with pytest.raises(PanelError, match="has a column size already"):
        with_characteristics(store, panel.data, FirmOptions(characteristics=("size",)))


def test_every_characteristic_of_ones_own_is_a_column_unasked_from_the_session_after_it_was_public(store):
    insert(store, "prices", walk("A", 20, 15))
    d = days(20)
    insert(
        store, "characteristics", [fact("A", "esg", 1.0, d[4]), fact("A", "esg", 2.0, d[9]), fact("B", "age", 3, d[4])]
    )
    scored(store)
    panel = build_panel(store)
    assert panel.data["esg"].to_list() == [None] * 5 + [1.0] * 5 + [2.0] * 10
    assert panel.data["age"].null_count() == 20
    assert "esg" not in build_panel(store, firms=FirmOptions(characteristics=())).data.columns
    spec = Spec(
        y="return_open_close", x=("lagged_return",), where="esg > 1", effects=(), covariance="robust", clusters=(),
        small_sample="fixest",
    )  # fmt: skip
    assert estimate(spec, panel).n_obs == 10
    with pytest.raises(SpecError, match=r"no column 'egs' \(did you mean 'esg'\?\).*symbol, period, available"):
        estimate(replace(spec, x=("egs",)), panel)


def test_impossible_options_are_refused():
    for options in ({"volume_window": (20, 140)}, {"volume_window": (20, 0)}, {"max_age_days": 0}, {"split": 1.0}):
        with pytest.raises(PanelError):
            FirmOptions(**options)
