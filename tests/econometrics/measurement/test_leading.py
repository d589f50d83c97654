"""A sample without one text, or one author: as a store that never held its posts, and what a page says of it."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from emtract.econometrics.measurement.leading import KINDS, leaders, without
from emtract.emotions import EMOTIONS
from emtract.options import PanelOptions
from emtract.panel.firm_sessions import build_panel
from emtract.panel.market import MarketSessions
from emtract.report.study.inference import inference_section
from emtract.scoring import score_store
from emtract.store import Store
from emtract.store.loading import load_market
from emtract.study import Absolute, Spec, Study
from emtract.study.run import run_study
from tests.conftest import FakeScorer, batch, days, load_posts, post, prices, source

FIRMS = [f"F{letter}" for letter in "ABCDEFGHIJ"]
DAYS = days(date(2014, 9, 2), 24)
COPIED = "this one goes to the moon tonight my friends"
MOVED = [(FIRMS[(7 * i) % 10], DAYS[i]) for i in range(24)]
SPEC = Spec(
    y="return_open_close",
    x=("happy_market",),
    effects=("symbol", "session"),
    covariance="clustered",
    clusters=("session",),
    small_sample="fixest",
    standardise=("happy_market",),
    y_scale=1e4,
    label="Same session",
)
STUDY = Study(
    name="copied",
    question="What goes with what?",
    design="A panel.",
    papers=(),
    specs={"same": SPEC},
    headline=(("same", "happy_market"),),
    primary=("same", "happy_market"),
)


class Reader(FakeScorer):
    """Reads what is copied as happy, and every other text by its digest."""

    def score(self, texts):
        scores = super().score(texts)
        happy = np.eye(len(EMOTIONS))[EMOTIONS.index("happy")]
        return replace(
            scores,
            probabilities=np.array(
                [happy if "moon" in text else p for text, p in zip(texts, scores.probabilities, strict=True)]
            ),
        )


def words(number):
    return " ".join("abcdefghij"[int(digit)] * 3 for digit in f"{number:05d}")


def posted(store, *, copies=True, authors=True):
    """Three posts a firm and session; beside them the copied text where a firm is `MOVED`, twice, by two of forty authors."""
    rows, number = [], 0
    for day in DAYS:
        for firm in FIRMS:
            own = [(words(1000 + number + i), f"of {number + i}") for i in range(3)]
            if copies and (firm, day) in MOVED:
                own += [(COPIED, f"shill {(number + i) % 40}") for i in range(2)]
            if authors and number % 9 == 0:
                own.append((words(50000 + number), "loud"))
            for i, (text, author) in enumerate(own):
                when = f"{day}T15:{i:02d}:00"
                rows.append(post(10 * number + i + 1, text, when, symbols=[firm], author=author, line=len(rows) + 1))
            number += 3
    load_posts(store, source(), [batch(*rows)])
    rng = np.random.default_rng(3)
    for firm in FIRMS:
        moves = [0.01 * rng.standard_normal() + 0.04 * ((firm, day) in MOVED) for day in DAYS]
        bars = [(day, 10.0, 10.0 * (1 + move)) for day, move in zip(DAYS, moves, strict=True)]
        load_market(store, source(f"{firm}.csv", "prices"), prices(firm, bars))
    score_store(store, Reader())


def built(folder, *, market=False, **asked):
    with Store.open(folder / "s.duckdb") as store:
        posted(store, **asked)
        if market:
            return MarketSessions(market="firms").build(store, PanelOptions(min_posts=2))
        return build_panel(store, noise=True, min_posts=2)


@pytest.fixture(scope="module")
def panel(tmp_path_factory):
    return built(tmp_path_factory.mktemp("whole"))


@pytest.mark.parametrize(
    ("kind", "posts", "asked"), [("text", 48, {"copies": False}), ("author", 80, {"authors": False})]
)
def test_without_a_leader_a_sample_is_as_if_nobody_had_posted_it(panel, kind, posts, asked, tmp_path):
    bare = built(tmp_path, **asked)
    rest = without(panel, kind, next(name for name in leaders(panel, kind) if f"({posts} posts)" in name))
    assert not rest.data.equals(panel.data)
    for column in ("n_posts_market", "attention_market", "happy_market", "fear_market", "valence_market"):
        np.testing.assert_allclose(rest.data[column].to_numpy(), bare.data[column].to_numpy(), atol=1e-9)


def test_a_sample_of_the_market_has_leaders_too(tmp_path_factory):
    whole, bare = (built(tmp_path_factory.mktemp("of"), market=True, copies=copies) for copies in (True, False))
    rest = without(whole, "text", "stocktwits 4 (48 posts)")
    assert not rest.data.equals(whole.data)
    for column in ("n_posts_market", "happy_market", "valence_market"):
        np.testing.assert_allclose(rest.data[column].to_numpy(), bare.data[column].to_numpy(), atol=1e-9)


def test_leaders_are_named_by_their_first_post(panel):
    assert leaders(panel, "text") == ["stocktwits 4 (48 posts)"]
    assert leaders(panel, "author")[0].endswith("posts)")
    assert [leaders(replace(panel, noise=None), kind) for kind in KINDS] == [[], []]


def test_a_number_that_one_text_makes_is_told_first(panel):
    result = run_study(STUDY, panel)
    rows = {row["left_out"]: row for row in result.influence().iter_rows(named=True)}
    assert rows["text"]["p_value"] < 0.001
    assert rows["text"]["hangs_on"] in {"significance", "sign"}
    assert rows["symbol"]["hangs_on"] == rows["session"]["hangs_on"] == rows["author"]["hangs_on"] == ""
    (told,) = inference_section(result).cautions
    assert told.startswith("Without one text, stocktwits 4 (48 posts), a headline number ")
    assert "is not distinguishable from zero" in told or "changes its sign" in told
    section = inference_section(result)
    assert [row.cells[0] for row in section.table.rows if row.kind == "plain"][2] == "the leading text"


def test_columns_made_of_a_mood_are_made_anew(panel):
    study = replace(
        STUDY,
        derive=(Absolute("happy_market"),),
        specs={"same": replace(SPEC, x=("absolute_happy_market",), standardise=("absolute_happy_market",))},
        headline=(("same", "absolute_happy_market"),),
        primary=("same", "absolute_happy_market"),
    )
    one, other = (
        run_study(asked, panel).influence().filter(left_out="text")["weakest_estimate"].item()
        for asked in (study, STUDY)
    )
    assert one == pytest.approx(other)
