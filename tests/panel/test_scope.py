"""Sessions, firms and posts that the configuration picks: what is left, in every sample, and that what is left out is counted."""

from datetime import UTC, date, datetime

import polars as pl
import pytest

from emtract.errors import PanelError
from emtract.options import PanelOptions, PanelSettings
from emtract.panel.announcements import Announcements
from emtract.panel.firm_days import FirmDays
from emtract.panel.firm_sessions import FirmSessions, build_panel
from emtract.panel.hours import PostingHours
from emtract.panel.market import MarketSessions
from emtract.panel.scope import find_unasked, instants
from emtract.panel.series import ReturnSeries
from emtract.posts import PostFilter, Split
from emtract.scoring import score_store
from emtract.store import Store
from emtract.store.loading import load_market
from tests.conftest import FakeScorer, batch, load_posts, prices, source
from tests.panel.events_store import load, series
from tests.panel.test_announcements import AT, DAYS, filled, told
from tests.panel.test_firm_sessions import CLOSES, POSTS, WEEK
from tests.panel.test_firms import insert, spans

EVERY = [FirmSessions(), MarketSessions(), MarketSessions(pooling="firms"), PostingHours(), FirmDays(min_posts=2)]
FEW = PostFilter(min_followers=30)


@pytest.fixture
def store(tmp_path):
    with Store.open(tmp_path / "s.duckdb", threads=1) as opened:
        load_posts(opened, source(), [batch(*POSTS)])
        rows = [(d, c * 0.99, c) for d, c in zip(WEEK, CLOSES, strict=True)]
        for symbol in ("A", "B"):
            load_market(opened, source(f"{symbol}.csv", "prices"), prices(symbol, rows))
        score_store(opened, FakeScorer())
        yield opened


def dropped(sample):
    return dict(sample.ledger.frame().select("step", "dropped").iter_rows())


def test_rows_of_a_period_are_those_of_the_whole_and_its_first_session_has_the_posts_of_the_night_before(store):
    whole = build_panel(store)
    part = build_panel(store, start=WEEK[1], end=WEEK[3])
    assert part.data.equals(whole.data.filter(pl.col("session").is_between(WEEK[1], WEEK[3])))
    assert part.data["lagged_return"][1] == pytest.approx(11 / 10 - 1), "prices before the start are known on it"
    first = part.data.row(0, named=True)
    assert (first["session"], first["n_posts_pre_open"]) == (WEEK[1], 1), "written at the close of the session before"
    assert dropped(part)["in the period"] == len(POSTS) - 4
    assert {"start": str(WEEK[1]), "end": str(WEEK[3])}.items() <= part.settings.items()


def test_firms_that_are_not_asked_for_have_no_rows_and_their_posts_do_not_count(store):
    whole, part = build_panel(store), build_panel(store, symbols=["$b"])
    span = part.data["session"].min(), part.data["session"].max()
    kept = whole.data.filter((pl.col("symbol") == "B") & pl.col("session").is_between(*span))
    assert part.data.equals(kept)
    assert span == (WEEK[0], WEEK[2]), "from the first to the last session with posts on it"
    assert dropped(part)["about the firms asked for"] == len(POSTS) - 2
    assert dropped(part)["firm asked for"] == 1, "one of the two names another firm too"
    assert part.settings["symbols"] == "B"


@pytest.mark.parametrize("request_", EVERY)
def test_every_sample_of_posts_goes_by_period_firms_and_filter(store, request_):
    options = PanelOptions(start=WEEK[0], end=WEEK[4], symbols=("A",), posts=FEW)
    sample = request_.build(store, options)
    assert dropped(sample)["in the period"] == 2
    assert dropped(sample)["about the firms asked for"] == 3
    assert dropped(sample)["followers as asked"] == 8
    assert {"start": str(WEEK[0]), "symbols": "A", "posts_min_followers": 30}.items() <= sample.settings.items()


@pytest.mark.parametrize("request_", EVERY)
def test_nothing_is_told_of_where_nothing_is_picked(store, request_):
    sample = request_.build(store, PanelOptions())
    assert not {"start", "end", "symbols", "cutoff_minutes"} & sample.settings.keys()
    assert not {"in the period", "about the firms asked for", "firm asked for"} & dropped(sample).keys()
    assert PanelOptions().picked == {}


def test_what_a_request_says_itself_wins_and_the_settings_say_which(store):
    configured = PanelOptions(posts=FEW, split=Split("followers", 50), cutoff_minutes=60, pre_open_minutes=6000)
    own = FirmSessions(posts=PostFilter(), cutoff_minutes=0).build(store, configured)
    other = FirmSessions(split=Split("followers", 50), pre_open_minutes=6000).build(store, PanelOptions())
    assert own.data.equals(other.data)
    assert "posts_min_followers" not in own.settings
    assert own.settings["split_by"] == "followers"


def test_filter_split_and_windows_of_the_options_are_those_of_the_request(store):
    said = {"posts": PostFilter(max_followers=500), "split": Split("followers", 7), "cutoff_minutes": 5}
    configured, asked = FirmSessions().build(store, PanelOptions(**said)), build_panel(store, noise=True, **said)
    assert configured.data.equals(asked.data)
    assert configured.settings == asked.settings
    assert configured.ledger == asked.ledger


def test_names_stand_for_filters_and_splits():
    named = PanelOptions(**PanelSettings(posts="original", split="content").resolved())
    assert (named.posts, named.split) == (PostFilter(origin="original"), Split("content"))
    assert named.picked == {"posts_origin": "original", "split_by": "content"}
    many = PanelOptions(symbols=tuple(f"S{n}" for n in range(40)))
    assert many.picked["symbols"].startswith("40 symbols, sha256 ")
    assert many.picked != PanelOptions(symbols=(*many.symbols[1:], "T")).picked


def microseconds(*when):
    return int(datetime(*when, tzinfo=UTC).timestamp()) * 1_000_000


def test_a_period_reaches_from_the_close_before_it_to_its_last_close():
    both = instants(PanelOptions(start=date(2014, 11, 27), end=date(2014, 11, 30)))
    assert both == {"since_us": microseconds(2014, 11, 26, 21), "until_us": microseconds(2014, 11, 28, 18)}
    assert instants(PanelOptions(start=date(2014, 11, 27)))["until_us"] is None
    assert instants(PanelOptions(end=date(2014, 11, 30)))["since_us"] is None
    with pytest.raises(PanelError, match="no session from 2014-11-29 to 2014-11-30: widen"):
        instants(PanelOptions(start=date(2014, 11, 29), end=date(2014, 11, 30)))


def test_impossible_picks_are_refused(store):
    with pytest.raises(PanelError, match="end 2014-01-01 lies before start 2014-01-02"):
        PanelOptions(start=date(2014, 1, 2), end=date(2014, 1, 1))
    with pytest.raises(PanelError, match="pre_open_minutes above it"):
        FirmSessions(cutoff_minutes=30).build(store, PanelOptions(pre_open_minutes=20))


def test_a_firm_is_asked_for_by_any_symbol_that_it_bore(store):
    insert(store, "classifications", spans(10, old="A", new="NEW"))

    def unasked(*symbols):
        find_unasked(store, PanelOptions(symbols=symbols or None))
        return set(store.sql("SELECT firm FROM unasked")["firm"])

    assert unasked("A") == unasked("NEW") == {"B", "ZZZ", "A"}, "the firm is called NEW; no firm is called A any more"
    assert unasked("B") == {"NEW", "ZZZ", "A"}
    assert unasked() == set()


def test_events_outside_the_period_or_of_other_firms_are_left_out_and_counted(store):
    events = [told("A"), told("A", DAYS[AT + 20]), told("B")]
    soon = [("soon", f"{DAYS[at]}T15:00:00", symbol) for at in (AT - 5, AT + 15) for symbol in "AB"]
    with Store.open(store.path.with_name("e.duckdb"), threads=1) as opened:
        filled(opened, events, bodies=soon)
        options = PanelOptions(end=DAYS[AT + 1], symbols=("A",))
        sample = Announcements().build(opened, options)
        assert sample.data.select("symbol", "session").rows() == [("A", DAYS[AT])]
        assert (dropped(sample)["in the period"], dropped(sample)["of the firms asked for"]) == (1, 1)
        assert sample.settings["end"] == str(DAYS[AT + 1])


def test_published_returns_are_those_of_the_period(store):
    load(store, "series", series=series("rf", WEEK, [0.1] * len(WEEK)))
    sample = ReturnSeries().build(store, PanelOptions(start=WEEK[2], symbols=("A",)))
    assert sample.data["session"].to_list() == WEEK[2:]
    assert dropped(sample)["in the period"] == 2
    assert "symbols" not in sample.settings
