"""Days that stand out: returns against a regression by hand, and the stories that are told."""

import datetime as dt
from dataclasses import replace

import numpy as np
import polars as pl
import pyfixest as pf
import pytest

from emtract.econometrics.analyses.unusual_days import UnusualDays
from emtract.econometrics.finding import STORY_COLUMNS
from emtract.emotions import EMOTIONS
from emtract.errors import EstimationError
from emtract.ledger import Ledger
from emtract.panel.frame import Sample

RNG = np.random.default_rng(5)
FIRMS, SESSIONS = ("A", "B", "C"), 100
REQUEST = UnusualDays(label="Days")
LEDGER = Ledger().start("days", "firm-sessions", len(FIRMS) * SESSIONS)


def samples():
    dates = [dt.date(2020, 1, 1) + dt.timedelta(days=k) for k in range(SESSIONS)]
    cells = [(f, d) for f in FIRMS for d in dates]
    n = len(cells)
    days = pl.DataFrame(cells, schema=["symbol", "session"], orient="row").with_columns(
        n_posts=pl.Series(RNG.integers(5, 50, n)), n_authors=pl.lit(3), valence=pl.Series(RNG.normal(0, 0.2, n)),
        usual=pl.lit(0.0), departure=pl.Series(RNG.normal(0, 2, n)), share_promoted=pl.Series(RNG.uniform(0, 1, n)),
    )  # fmt: skip
    days = days.with_columns(n_texts=(pl.col("n_posts") * pl.Series(RNG.uniform(0.1, 1, n))).ceil().cast(pl.Int64))
    days = days.with_columns(share_texts=pl.col("n_texts") / pl.col("n_posts"))
    days = days.with_columns(pl.lit(1 / 7).alias(e) for e in EMOTIONS)
    returns = 0.002 * days["departure"].to_numpy() + RNG.normal(0, 0.02, n)
    panel = days.select("symbol", "session").with_columns(return_close_close=pl.Series(returns))
    panel = panel.with_columns(return_close_close_next=pl.col("return_close_close").shift(-1).over("symbol"))
    return {"firm_sessions": Sample(panel), "firm_days": Sample(days, LEDGER), "moving_posts": Sample(posts(days))}


def posts(days):
    ends = days.sort("departure")
    return pl.concat([ends.head(2), ends.tail(2)]).select("symbol", "session", "departure").with_columns(
        n_posts=pl.lit(2), moved=pl.col("departure") / 10, platform=pl.lit("twitter"), post_id=pl.lit("1"),
        created_at=pl.lit(dt.datetime(2020, 1, 1, tzinfo=dt.UTC)), body=pl.lit(None, pl.String),
        **{e: pl.lit(0.7 if e == "fear" else 0.05) for e in EMOTIONS},
    )  # fmt: skip


def test_returns_of_both_ends_against_pyfixest():
    given = samples()
    found = REQUEST.run(given)
    joined = given["firm_days"].data.join(given["firm_sessions"].data, on=["symbol", "session"])
    ends = pl.concat(
        own.sort("departure")[rows].with_columns(brightest=pl.lit(float(bright)))
        for (_,), own in joined.group_by("symbol", maintain_order=True)
        for rows, bright in ((slice(0, 5), False), (slice(95, 100), True))
    )
    assert found.n_obs == ends.height == 30
    for column in REQUEST.terms:
        fit = pf.feols(f"{column} ~ brightest | symbol", data=ends.drop_nulls(column), vcov={"CRV1": "session"})
        row = found.row(column)
        assert row["estimate"] == pytest.approx(1e4 * fit.coef()["brightest"], rel=1e-8)
        assert row["std_error"] == pytest.approx(1e4 * fit.se()["brightest"], rel=1e-6)


def test_the_figure_has_every_session_and_the_marks():
    given = samples()
    chart = REQUEST.run(given).charts[0]
    assert chart.frame.height == len(FIRMS) * SESSIONS
    assert chart.frame["mark"].value_counts().sort("mark").rows() == [("", 296), ("brightest", 2), ("darkest", 2)]
    own = chart.frame.filter(pl.col("group") == "A")
    returns = given["firm_sessions"].data.filter(pl.col("symbol") == "A")["return_close_close"].to_numpy()
    assert own["price"].to_list() == pytest.approx(list(100 * np.cumprod(1 + returns)))
    assert "without their texts" in chart.note
    told = Sample(given["moving_posts"].data, settings={"texts": "True"})
    assert "without their texts" not in REQUEST.run({**given, "moving_posts": told}).charts[0].note


def test_stories_begin_with_the_most_unusual_day_of_a_firm():
    stories = REQUEST.run(samples()).charts[0].stories
    assert stories.columns == list(STORY_COLUMNS)
    assert stories["emotion"].unique().to_list() == ["fear"]
    for (_,), own in stories.group_by("group"):
        far = own["departure"].abs().to_list()
        assert far == sorted(far, reverse=True)
    assert (stories["mark"] == "brightest").to_list() == (stories["departure"] > 0).to_list()


def test_days_tell_how_many_texts_they_rest_on():
    given = samples()
    found = REQUEST.run(given)
    joined = given["firm_days"].data.with_columns(place=pl.col("departure").rank().over("symbol"))
    ends = joined.filter((pl.col("place") <= 5) | (pl.col("place") > 95))
    few = ends.filter(2 * pl.col("n_texts") < pl.col("n_posts"))
    assert 0 < few.height < ends.height == 30
    assert found.notes[1].startswith(
        f"{few.height} of these 30 sessions rest on fewer than half as many distinct texts"
    )
    assert f"{few['n_posts'].sum()} posts with {int(few['n_texts'].sum())} distinct texts" in found.notes[1]
    told = found.charts[0].stories.join(
        joined, left_on=["group", "x"], right_on=["symbol", "session"], maintain_order="left"
    )
    for column in ("share_texts", "share_promoted"):
        assert told[column].equals(told[f"{column}_right"])
    assert told["texts"].equals(told["n_texts"], check_names=False)


def test_without_posts_there_is_no_figure():
    bare = replace(REQUEST, posts=None)
    assert bare.samples == ("firm_sessions", "firm_days")
    given = samples()
    found = bare.run({name: given[name] for name in bare.samples})
    assert found.charts == ()
    assert found.estimates.equals(REQUEST.run(given).estimates)


def test_too_few_days_are_an_error():
    given = samples()
    few = Sample(given["firm_days"].data.head(20))
    with pytest.raises(EstimationError, match="raise the share"):
        REQUEST.run({**given, "firm_days": few})
