import numpy as np
import pyarrow as pa
import pytest

from emtract.emotions import EMOTIONS, STANCES
from emtract.errors import PanelError
from emtract.evidence import counted_likelihood, with_evidence
from emtract.options import PanelOptions
from emtract.panel.derive import check_derivable
from emtract.panel.expressions import Expressions
from emtract.panel.firm_days import FirmDays
from emtract.panel.firm_sessions import FirmSessions, build_panel
from emtract.panel.hours import PostingHours
from emtract.panel.market import MarketSessions
from emtract.panel.transitions import Transitions
from emtract.schema import AT_MIDNIGHT, PARSED_NOTES
from emtract.scoring import score_store
from emtract.store import Store
from emtract.store.loading import load_market
from tests.conftest import FakeScorer, batch, load_posts, post, prices, source
from tests.panel.test_firm_sessions import CLOSES, WEEK

A = {"symbols": ["A"]}
AT = "2014-11-25T16:00:0"
SPANISH = "$A compré más acciones hoy porque va a subir mucho mañana"
COPY = "$A is the best stock of all"
POSTS = [
    post(1, "$A I am not selling this for less than you think", AT + "1", **A),
    post(2, SPANISH, AT + "2", **A),
    post(3, "$A short", AT + "3", language="es", **A),
    post(4, SPANISH + " !", AT + "4", language="en-GB", **A),
    post(5, "$A join our free discord now", AT + "5", **A),
    post(6, "$A $B $C $D $E $F up", AT + "6", symbols=["A", "B", "C", "D", "E", "F"]),
    *(post(10 + n, COPY, f"2014-11-25T17:00:0{n}", **A) for n in range(5)),
    *(post(20 + n, "$A up", f"2014-11-25T18:00:0{n}", **A) for n in range(5)),
]


@pytest.fixture
def store(tmp_path):
    with Store.open(tmp_path / "s.duckdb") as opened:
        load_posts(opened, source(), [batch(*POSTS)])
        load_market(
            opened, source("a.csv", "prices"), prices("A", [(d, c, c) for d, c in zip(WEEK, CLOSES, strict=True)])
        )
        score_store(opened, FakeScorer())
        yield opened


def dropped(sample):
    return dict(sample.ledger.frame().select("step", "dropped").iter_rows())


def test_posts_in_other_languages_are_left_out_and_counted(store):
    pytest.importorskip("py3langid")
    panel = build_panel(store, language="en")
    assert dropped(panel)["in en"] == 2
    assert panel.settings["language"] == "en"
    assert panel.data["n_posts_market"].sum() == len(POSTS) - 2


def test_likely_spam_is_left_out_and_counted_and_short_texts_may_be_copies(store):
    panel = build_panel(store, spam="leave out")
    assert dropped(panel)["without likely spam"] == 4
    assert panel.data["n_posts_market"].sum() == len(POSTS) - 4


def test_nothing_is_left_out_unasked(store):
    panel = build_panel(store)
    assert panel.data["n_posts_market"].sum() == len(POSTS)
    assert not {"language", "spam"} & panel.settings.keys()
    assert not {"in en", "without likely spam"} & dropped(panel).keys()


@pytest.mark.parametrize("request_", [FirmSessions(), MarketSessions(), PostingHours(), FirmDays(min_posts=2)])
def test_every_sample_of_posts_goes_by_the_option(store, request_):
    sample = request_.build(store, PanelOptions(spam="leave out"))
    assert dropped(sample)["without likely spam"] == 4
    assert sample.settings["spam"] == "leave out"


def test_impossible_options_are_refused(store):
    with pytest.raises(PanelError, match="language must be one of ar, cs"):
        build_panel(store, language="klingon")
    with pytest.raises(PanelError, match='spam must be "keep" or "leave out"'):
        build_panel(store, spam="drop")


def test_times_that_are_all_midnight_stand_in_the_ledger(tmp_path):
    read = batch(post(1, "$A I like it", "2014-11-25T00:00:00", **A))
    row = {"line": 2, "field": "created_at", "reason": AT_MIDNIGHT}
    notes = pa.Table.from_pylist([row], schema=PARSED_NOTES.arrow)
    with Store.open(tmp_path / "s.duckdb") as store:
        load_posts(store, source(), [{**read, "notes": notes}])
        load_market(
            store, source("a.csv", "prices"), prices("A", [(d, c, c) for d, c in zip(WEEK, CLOSES, strict=True)])
        )
        score_store(store, FakeScorer())
        reason = build_panel(store).ledger.steps[0].reason
    assert "all times of 1 posts are 00:00" in reason


def test_a_store_says_whether_it_lacks_posts_or_scores(tmp_path):
    with Store.open(tmp_path / "empty.duckdb") as empty:
        load_market(empty, source("a.csv", "prices"), prices("A", [(WEEK[0], 10.0, 10.0)]))
        with pytest.raises(PanelError, match="holds no posts: run `emtract ingest`"):
            build_panel(empty)
        load_posts(empty, source(), [batch(*POSTS)])
        with pytest.raises(PanelError, match="holds no scores: run `emtract score`"):
            build_panel(empty)


@pytest.fixture
def tagged(tmp_path):
    """Three posts of one session and window: bullish, bearish, untagged; each is of another text."""
    with Store.open(tmp_path / "t.duckdb") as opened:
        said = [("up we go", "bullish"), ("down we go", "bearish"), ("here we are", None)]
        posts = (post(i, f"$A {text}", f"{AT}{i}", sentiment=tag, **A) for i, (text, tag) in enumerate(said, 1))
        load_posts(opened, source(), [batch(*posts)])
        days = [(d, c, c) for d, c in zip(WEEK, CLOSES, strict=True)]
        load_market(opened, source("a.csv", "prices"), prices("A", days))
        score_store(opened, FakeScorer())
        yield opened


def test_tags_are_evidence_where_they_are_asked_for(tagged):
    plain, panel = build_panel(tagged), build_panel(tagged, tags="evidence")
    read = tagged.sql("SELECT s.*, p.sentiment FROM scores AS s JOIN posts AS p USING (post_key) ORDER BY post_key")
    stances = np.array([STANCES.index(tag or "none") for tag in read["sentiment"]])
    told = with_evidence(read.select(EMOTIONS).to_numpy(), stances, counted_likelihood())
    columns = [f"{emotion}_market" for emotion in EMOTIONS]
    row, before = (p.data.drop_nulls("happy_market").select(columns).to_numpy()[0] for p in (panel, plain))
    assert row == pytest.approx(told.mean(axis=0), abs=1e-6)
    assert before == pytest.approx(read.select(EMOTIONS).to_numpy().mean(axis=0), abs=1e-6)
    assert np.abs(row - before).max() > 0.01
    assert panel.settings["tags"] == "evidence" and "tags" not in plain.settings
    (reason,) = panel.ledger.frame().filter(step="read with their tags")["reason"]
    assert reason.startswith("2 of them carry")
    assert dropped(panel)["read with their tags"] == 0


def test_what_sets_tags_against_readings_needs_them_apart(tagged):
    plain, panel = build_panel(tagged), build_panel(tagged, tags="evidence")
    assert "divergence_market" in plain.data.columns and "divergence_market" not in panel.data.columns
    assert panel.data["declared_market"].equals(plain.data["declared_market"])
    with pytest.raises(PanelError, match=r'divergence_market .*tags count as evidence in it: set tags = "ignore"'):
        check_derivable(panel.data, "divergence_market")
    for request_ in (Expressions(), Transitions()):
        with pytest.raises(PanelError, match=r'need readings without .* tags: set tags = "ignore"'):
            request_.build(tagged, PanelOptions(tags="evidence"))


def test_tags_that_are_no_evidence_and_no_option_are_named(store):
    with pytest.raises(PanelError, match="no post carries its writer's tag"):
        build_panel(store, tags="evidence")
    with pytest.raises(PanelError, match='tags must be "ignore" or "evidence"'):
        build_panel(store, tags="yes")
