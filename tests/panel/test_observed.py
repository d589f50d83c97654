"""Dated series beside sessions: the last value that was public before the open, a day's own only where it is known by then."""

from datetime import date, timedelta

import polars as pl
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from emtract.econometrics.ahead import check_ahead
from emtract.econometrics.columns import check_files
from emtract.econometrics.portfolio.sort import PortfolioSort
from emtract.errors import MissingDataError, PanelError, SpecError
from emtract.options import PanelOptions
from emtract.panel.firm_sessions import FirmSessions, build_panel
from emtract.panel.market import MarketSessions
from emtract.panel.observed import with_series
from emtract.panel.series import ReturnSeries
from emtract.schema import OBSERVATIONS, PARSED_OBSERVATIONS
from emtract.scoring import score_store
from emtract.store import Store
from emtract.store.loading import load_market
from emtract.words.clock import OPEN, PREVIOUS_CLOSE
from emtract.words.codebook import codebook, known
from emtract.words.names import term_name
from tests.conftest import FakeScorer, batch, load_posts, post, prices, source

WEEK = [date(2014, 11, 24), date(2014, 11, 25), date(2014, 11, 26), date(2014, 11, 28), date(2014, 12, 1)]


def observed(name, session, value, available=None, *, before_open=False, source_id=1, line=1):
    return {
        "source_id": source_id,
        "line": line,
        "name": name,
        "session": session,
        "available": available or session,
        "before_open": before_open,
        "value": float(value),
    }


def insert(store, *rows):
    with store.registered({"staged": pa.Table.from_pylist(list(rows), schema=OBSERVATIONS.arrow)}):
        store.execute("INSERT INTO observations BY NAME SELECT * FROM staged")


def column(store, name, days=WEEK, **options):
    data, ledger = with_series(store, pl.DataFrame({"session": days}), (name,), **options)
    return data[f"series_{name}"].to_list(), ledger


@pytest.fixture
def store(tmp_path):
    with Store.open(tmp_path / "s.duckdb") as opened:
        yield opened


def test_a_value_after_the_close_stands_beside_the_next_session_and_one_of_the_morning_beside_its_own(store):
    insert(store, *(observed("vix", day, 10 + i) for i, day in enumerate(WEEK)))
    insert(store, *(observed("epu", day, 10 + i, before_open=True) for i, day in enumerate(WEEK)))
    assert column(store, "vix")[0] == [None, 10.0, 11.0, 12.0, 13.0]
    assert column(store, "epu")[0] == [10.0, 11.0, 12.0, 13.0, 14.0]


def test_a_revision_counts_from_its_own_day_and_an_older_day_never_replaces_a_later_one(store):
    insert(
        store,
        observed("bw", date(2014, 11, 20), 1.0, WEEK[0]),
        observed("bw", date(2014, 11, 20), 1.5, WEEK[1]),
        observed("bw", date(2014, 11, 21), 2.0, WEEK[2]),
        observed("bw", date(2014, 11, 20), 9.0, WEEK[3]),
    )
    assert column(store, "bw")[0] == [None, 1.0, 1.5, 2.0, 2.0]


def test_an_old_value_is_carried_counted_and_ends(store):
    insert(store, observed("bw", date(2014, 10, 31), 1.0, date(2014, 11, 3)))
    values, ledger = column(store, "bw", max_age_days=28)
    assert values == [1.0, 1.0, 1.0, 1.0, None]
    (step,) = ledger.steps
    assert (step.name, step.rows_out) == ("with series_bw", 4)
    assert "of 5; " in step.reason
    assert "4 carry one of more than 7 days before, 28 at most" in step.reason


OBSERVED = st.lists(
    st.tuples(st.integers(0, 12), st.integers(0, 6), st.booleans(), st.integers(-5, 5)), min_size=1, max_size=12
)


def by_hand(rows, day):
    """The value that somebody who waits for the open of a day has read: of the latest day described, the latest vintage."""
    public = [r for r in rows if r["available"] < day or (r["available"] == day and r["before_open"])]
    if not public:
        return None
    usable = {id(r): r["available"] + timedelta(days=not r["before_open"]) for r in public}
    newest = max(r["session"] for r in public)
    described = [r for r in public if r["session"] == newest]
    last = max(usable[id(r)] for r in described)
    return {r["value"] for r in described if usable[id(r)] == last}


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=OBSERVED)
def test_nothing_is_known_before_it_was_public(store, rows):
    """Point in time: each value stands where it was public, and on no open before; one day early it would stand elsewhere."""
    first = date(2014, 11, 20)
    told = [
        observed("x", first + timedelta(days=d), v, first + timedelta(days=d + lag), before_open=early, line=i)
        for i, (d, lag, early, v) in enumerate(rows)
    ]
    store.execute("DELETE FROM observations")
    insert(store, *told)
    days = [first + timedelta(days=i) for i in range(-2, 22)]
    found, _ = column(store, "x", days)
    for day, value in zip(days, found, strict=True):
        expected = by_hand(told, day)
        assert (value is None) if expected is None else (value in expected), day
    opens = min(r["available"] + timedelta(days=not r["before_open"]) for r in told)
    assert [day for day, value in zip(days, found, strict=True) if value is not None][:1] == [opens]


def test_a_value_read_one_day_early_breaks_the_law(store):
    """The test of the law can fail: of the same rows, published a day earlier, the column is another."""
    late = [observed("x", day, i) for i, day in enumerate(WEEK)]
    early = [r | {"name": "y", "available": r["available"] - timedelta(days=1)} for r in late]
    insert(store, *late, *early)
    wrong, _ = column(store, "y")
    assert wrong != column(store, "x")[0]
    assert any(v is not None and v not in (by_hand(late, d) or ()) for v, d in zip(wrong, WEEK, strict=True))


def test_a_series_that_the_store_lacks_is_named_with_the_nearest(store):
    with pytest.raises(
        PanelError, match=r"no series 'vix': name its file under \[\[market\]\] with format = \"series\""
    ):
        column(store, "vix")
    insert(store, observed("vix", WEEK[0], 1))
    with pytest.raises(PanelError, match="no series 'vxi'; did you mean 'vix'"):
        column(store, "vxi")
    with pytest.raises(PanelError, match="no series 'epu'; it holds vix"):
        column(store, "epu")


@pytest.fixture
def scored(store):
    named = [post(i, f"post {i} $A $B", f"{day}T15:00", symbols=["A", "B"]) for i, day in enumerate(WEEK, start=1)]
    load_posts(store, source(), [batch(*named)])
    for symbol in ("A", "B"):
        steps = [(day, 10.0 + i, 11.0 + i) for i, day in enumerate(WEEK)]
        load_market(store, source(f"{symbol}.csv", "prices"), prices(symbol, steps))
    score_store(store, FakeScorer())
    insert(store, *(observed("vix", day, 10 + i) for i, day in enumerate(WEEK)))
    return store


def test_series_are_columns_of_firm_sessions_and_of_the_market(scored):
    panel = FirmSessions(series=("vix",)).build(scored, PanelOptions())
    for symbol in ("A", "B"):
        mine = panel.data.filter(pl.col("symbol") == symbol)
        assert mine["series_vix"].to_list() == [None, 10.0, 11.0, 12.0, 13.0]
    assert panel.settings["series"] == "vix"
    assert panel.ledger.steps[-1].name == "with series_vix"
    market = MarketSessions(series=("vix",)).build(scored, PanelOptions())
    assert market.data["series_vix"].to_list() == [None, 10.0, 11.0, 12.0, 13.0]
    without = build_panel(scored)
    assert without.data.equals(panel.data.drop("series_vix"))
    assert "series" not in without.settings
    with pytest.raises(PanelError, match="no series 'vxi'"):
        build_panel(scored, series=("vxi",))


def test_the_configuration_says_how_old_a_value_may_be_in_either_sample(scored):
    old = PanelOptions(max_age_days=1)
    for request in (FirmSessions(series=("vix",)), MarketSessions(series=("vix",))):
        sample = request.build(scored, old)
        assert sample.data["series_vix"].to_list()[:5] == [None, 10.0, 11.0, None, None], type(request).__name__
        assert sample.settings["max_age_days"] == 1


def test_named_series_are_factors_of_a_sample_of_returns(scored):
    insert(scored, observed("r_me", WEEK[0], 0.01), observed("r_me", WEEK[0], 0.02, WEEK[1]))
    factors = ReturnSeries(names=("r_me",)).build(scored, PanelOptions()).data
    assert factors.rows() == [(WEEK[0], 0.02)]
    with pytest.raises(PanelError, match="no published return series"):
        ReturnSeries().build(scored, PanelOptions())
    sort = PortfolioSort(signal="happy_pre_open", models=("CAPM",), factors=(("q", ("r_me", "r_ia")),))
    assert sort.factor_models == {"CAPM": ("mkt_rf",), "q": ("r_me", "r_ia")}
    assert "alpha, q" in sort.terms
    for named in ((("CAPM", ("r_me",)),), (("q", ()),), (("q", ("a",)), ("q", ("b",)))):
        with pytest.raises(SpecError, match="no factor, or is named twice"):
            PortfolioSort(signal="happy_pre_open", factors=named)


def test_the_codebook_knows_a_series_and_what_is_made_of_it():
    (row,) = codebook(["series_vix"]).rows()
    assert row == (
        "series_vix",
        "series vix: the last value that was public before the open",
        "as the file has it",
        "the open",
    )
    assert known("series_vix_lag_1") == OPEN - 2 < PREVIOUS_CLOSE
    assert known("series_news_market") == known("high_series_news_day") == OPEN
    assert known("series_vix_x_happy_market") == known("happy_market")
    assert term_name("series_vix") == "Series VIX"
    assert term_name("series_news_market") == "Series news market"
    check_ahead(("return_open_close",), {"controls": ("series_vix",)})
    with pytest.raises(SpecError, match="known at"):
        check_ahead(("return_open_close",), {"controls": ("series_vix_lead_1",)})


def test_a_study_whose_sample_did_not_ask_for_a_series_is_told_how(scored):
    data = build_panel(scored).data
    with pytest.raises(MissingDataError, match=r'no series_vix in this sample: name it there, series=\("vix",\)'):
        check_files(["series_vix"], data)


def parsed(*rows):
    held = [{k: v for k, v in row.items() if k != "source_id"} for row in rows]
    return {"observations": pa.Table.from_pylist(held, schema=PARSED_OBSERVATIONS.arrow)}


def load(store, path, sha, *rows):
    return load_market(store, source(path, "market", sha), parsed(*rows), rows_read=len(rows))


def test_what_was_stored_first_stands_and_a_revised_file_is_told_of(store):
    """A file that grows adds days; what it revises, or another file contradicts, is quarantined."""
    first, second, third = (observed("vix", day, 10 + i, line=i + 2) for i, day in enumerate(WEEK[:3]))
    assert load(store, "vix.csv", "1", first, second).kept == 2
    grown = load(store, "vix.csv", "2", first | {"value": 10.5}, second, third)
    assert (grown.read, grown.kept, grown.rejected) == (3, 2, 1)
    values = "SELECT session, value FROM observations ORDER BY session, source_id"
    assert store.sql(values).rows() == [(WEEK[0], 10.0), (WEEK[1], 11.0), (WEEK[2], 12.0)]
    told = store.sql("SELECT line, reason, detail FROM quarantine").rows()
    assert told == [
        (2, "value already stored otherwise", "vix of 2014-11-24 is 10.5, and was 10.0 when first read, which stands")
    ]
    other = load(store, "other.csv", "3", first, second | {"value": 99.0})
    assert (other.kept, other.rejected) == (1, 1)
    assert store.sql(values).rows() == [(WEEK[0], 10.0)] * 2 + [(WEEK[1], 11.0), (WEEK[2], 12.0)]
    vintage = load(store, "third.csv", "4", second | {"value": 99.0, "available": WEEK[4]})
    assert vintage.kept == 1
    store.check()
