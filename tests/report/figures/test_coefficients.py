"""Figures: rounded, escaped, one group at a time, the truth marked."""

from __future__ import annotations

import datetime as dt

import numpy as np
import polars as pl
import pytest

from emtract.emotions import EMOTIONS
from emtract.report.figures.canvas import significant
from emtract.report.figures.coefficients import coefficient_plot
from emtract.report.figures.overtime import emotions_over_time


def tidy(**changes: object) -> pl.DataFrame:
    rows = [
        ("a_one", "valence_market", 1.0),
        ("a_two", "happy_market", 2.0),
        ("b_one", "valence_pre_open", -3.123456789),
    ]
    frame = pl.DataFrame(rows, schema=["spec", "term", "estimate"], orient="row").with_columns(
        label=pl.lit("A label"), std_error=0.5, conf_low=pl.col("estimate") - 1, conf_high=pl.col("estimate") + 1,
        p_value=0.04, n_obs=12_345, clusters=pl.lit("firm (87) and session (500)"),
    )  # fmt: skip
    return frame.with_columns(**{k: pl.lit(v) for k, v in changes.items()})


def points(figure) -> list:
    return [t for t in figure.data if (t.meta or {}).get("estimate")]


def test_one_point_and_one_interval_a_coefficient() -> None:
    figure = coefficient_plot(tidy(), unit="basis points")
    assert [p.x[0] for p in points(figure)] == [1.0, -3.1235, 2.0]
    assert next(tuple(t.x) for t in figure.data if t.mode == "lines") == (0.0, 2.0)
    assert figure.layout.xaxis.title.text == "basis points<br>N 12,345; clusters: firm (87) and session<br>(500)"


def test_hover_says_estimate_interval_p_n_and_clusters() -> None:
    hover = points(coefficient_plot(tidy()))[0].hovertemplate
    for part in ("Valence", "1.00", "[0.00, 2.00]", "0.040", "12,345", "firm (87)<br>and session (500)"):
        assert part in hover


def test_a_button_shows_its_group_alone() -> None:
    figure = coefficient_plot(tidy(), groups={"First": ["a_one", "a_two"], "Second": ["b_one"]})
    first, second = (b.args for b in figure.layout.updatemenus[0].buttons)
    owners = [t.meta["group"] for t in figure.data]
    assert [t.visible for t in figure.data] == first[0]["visible"] == [o == "First" for o in owners]
    assert second[0]["visible"] == [o == "Second" for o in owners]
    assert second[1]["yaxis.ticktext"] == ["Valence"]
    assert second[1]["xaxis.range"][0] < -4.1 < 0 < second[1]["xaxis.range"][1]


def test_the_truth_is_an_open_diamond_within_the_range() -> None:
    truth = pl.DataFrame({"spec": ["a_one"], "term": ["valence_market"], "truth": [9.0]})
    figure = coefficient_plot(tidy(), truth=truth)
    marks = [t for t in figure.data if t.mode == "markers" and t.marker.symbol == "diamond-open"]
    assert [m.x[0] for m in marks] == [9.0]
    assert figure.layout.xaxis.range[1] > 9


def test_terms_that_several_specs_share_are_told_apart_by_label() -> None:
    figure = coefficient_plot(tidy(term="valence_market"))
    assert all("A label" in text for text in figure.layout.yaxis.ticktext)


@pytest.mark.parametrize("hostile", ["<script>alert(1)</script>", "%{x} <img src=x onerror=alert(1)>"])
def test_markup_and_hover_tokens_are_neutral(hostile: str) -> None:
    figure = coefficient_plot(
        tidy(label=hostile, term=hostile, clusters=hostile), groups={hostile: ["a_one", "a_two", "b_one"]}
    )
    text = figure.to_json(engine="json").replace("\\u003c", "<")
    assert "<script" not in text and "<img" not in text and "%{" not in text


def test_a_missing_number_becomes_null() -> None:
    assert significant(float("nan")) is None
    assert significant(float("inf")) is None
    assert significant(None) is None
    assert significant(123456.789) == 123460.0
    figure = coefficient_plot(tidy(conf_low=float("nan")))
    assert figure.data[0].x[0] is None


def panel_rows() -> pl.DataFrame:
    names = [f"{n}_{w}" for w in ("pre_open", "market") for n in (*EMOTIONS, "attention")]
    days = [dt.date(2020, 1, d) for d in range(1, 11)] * 2
    values = {n: np.linspace(0, 1, 20) for n in names}
    return pl.DataFrame({"symbol": ["A"] * 10 + ["B"] * 10, "session": days, **values})


def test_strips_hold_daily_means_across_firms() -> None:
    figure = emotions_over_time(panel_rows())
    frame = panel_rows()
    expected = frame.group_by("session").agg(pl.col("happy_pre_open").mean()).sort("session")["happy_pre_open"]
    assert list(figure.data[0].y) == pytest.approx(expected.to_list(), rel=1e-4)
    assert len(figure.data) == 2 * 2 * 8
    assert sum(bool(t.visible) for t in figure.data) == 2 * 8


def test_the_last_strip_carries_the_range_slider() -> None:
    figure = emotions_over_time(panel_rows())
    assert figure.layout.xaxis8.rangeslider.visible
    assert not figure.layout.xaxis.rangeslider.visible


def test_missing_days_leave_a_gap_not_a_nan() -> None:
    rows = panel_rows().with_columns(
        pl.when(pl.col("session").dt.day() == 3).then(None).otherwise(pl.col("happy_market")).alias("happy_market")
    )
    figure = emotions_over_time(rows)
    gaps = [t for t in figure.data if t.meta == {"group": "market", "tone": "happy"}]
    assert gaps[0].y[2] is None
    assert "NaN" not in figure.to_json(engine="json")
