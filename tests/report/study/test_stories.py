"""Posts behind unusual days: what is told, in which view, and nothing that a post's text or id can break."""

import datetime as dt

import polars as pl
import pytest

from emtract.econometrics.finding import STORY_COLUMNS, Chart
from emtract.errors import EstimationError
from emtract.report.figures.draw import draw, plot_parts
from emtract.report.figures.gallery import named_figures
from emtract.report.study.stories import post_address, stories_of
from tests.report.gallery import gallery

DAYS = [dt.date(2020, 1, 1) + dt.timedelta(days=k) for k in range(40)]


def story(group="A", day=DAYS[3], body=None, **more):
    row = {
        "group": group, "x": day, "mark": "brightest", "departure": 4.0, "mood": 0.5, "posts": 12, "return": -0.013,
        "moved": -0.02,
        "emotion": "fear", "probability": 0.81, "copies": 3, "platform": "twitter", "post_id": "123",
        "created_at": dt.datetime(2020, 1, 4, 15, tzinfo=dt.UTC), "body": body,
    }  # fmt: skip
    return row | more


def chart(stories):
    frame = pl.DataFrame(
        [(g, d, 0.1 * k, 0.05, k, 100.0 + k, "") for g in ("B", "A") for k, d in enumerate(DAYS)],
        schema=["group", "x", "mood", "usual", "posts", "price", "mark"],
        orient="row",
    )
    told = pl.DataFrame(stories, schema_overrides={"body": pl.String}) if stories else None
    return Chart("firms", "Firms", frame, stories=told)


def test_views_of_stories_are_the_views_of_the_figure():
    made = chart([story("A"), story("A", DAYS[3], moved=0.01), story("A", DAYS[9]), story("B")])
    labels = plot_parts("chart-x", draw(made))["labels"]
    told = stories_of(made)
    assert labels == ["B", "A"]
    assert [[(s.day, len(s.posts)) for s in view] for view in told] == [[(DAYS[3], 1)], [(DAYS[3], 2), (DAYS[9], 1)]]
    assert told[0][0].facts == "valence 0.50, 12 posts, return \u22121.3\u00a0%"
    assert [p.moved for p in told[1][0].posts] == ["\u22120.020", "+0.010"]
    assert stories_of(chart([])) == ()


def test_a_text_stands_in_the_place_of_an_address():
    bare, texted = (stories_of(chart([story("B", body=body)]))[0][0].posts[0] for body in (None, "so low"))
    assert (bare.address, bare.body) == ("https://twitter.com/i/web/status/123", None)
    assert (texted.address, texted.body) == (None, "so low")


@pytest.mark.parametrize(
    ("platform", "post_id"),
    [("twitter", "1?x=javascript:alert(1)"), ("twitter", '1" onclick="x'), ("table", "1"), ("stocktwits", "")],
)
def test_only_ids_of_known_platforms_become_addresses(platform, post_id):
    assert post_address(platform, post_id) is None


def test_a_story_without_its_columns_is_refused():
    with pytest.raises(EstimationError, match="lacks body"):
        Chart("firms", "x", chart([]).frame, stories=pl.DataFrame([story()]).drop("body"))
    assert set(story()) == set(STORY_COLUMNS)


def test_each_firm_is_a_view_with_mood_price_posts_and_marks():
    made = chart([story("A")])
    marked = made.frame.with_columns(
        mark=pl.when(pl.col("x") == DAYS[3]).then(pl.lit("brightest")).otherwise(pl.lit(""))
    )
    figure = draw(Chart("firms", "x", marked))
    shown = [t for t in figure.data if t.visible]
    assert {t.meta["group"] for t in shown} == {"B"}
    assert len(figure.data) == 2 * len(shown) == 14
    price, mood, trailing, posts = shown[:4]
    assert list(price.y) == [100.0 + k for k in range(40)] and price.yaxis == "y2"
    assert trailing.y[39] == pytest.approx(sum(0.1 * k for k in range(20, 40)) / 20)
    assert list(posts.y) == list(range(40)) and mood.y[1] == 0.1
    assert [list(t.x) for t in shown if t.type == "scatter" and t.mode == "markers"] == [[DAYS[3].isoformat()], []]
    assert figure.layout.xaxis.rangeslider.visible


def test_a_study_with_stories_names_each_figure_once():
    assert list(named_figures(gallery(kinds=("bars", "firms")))) == ["bars", "firms"]
