"""Charts by kind: what is drawn is what the frame says, rounded, escaped, in one tone a meaning."""

from __future__ import annotations

import datetime as dt

import numpy as np
import polars as pl
import pytest

from emtract.econometrics.finding import Chart
from emtract.report.figures.canvas import told_apart
from emtract.report.figures.curve import says
from emtract.report.figures.draw import draw, plot_parts
from tests.report import gallery

HOSTILE = "<img src=x onerror=alert(1)> %{x} </script>"


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(2)


def points(figure) -> list:
    return [t for t in figure.data if (t.meta or {}).get("estimate")]


def test_a_fan_has_a_panel_a_line_with_interval_and_band(rng: np.random.Generator) -> None:
    chart = gallery.fan(rng)
    figure = draw(chart)
    assert [t.meta["tone"] for t in points(figure)] == ["happy", "sad", "anger", "disgust", "surprise", "fear"]
    assert [t.meta.get("fill") for t in figure.data[:3]] == ["1c", "40", None]
    happy = chart.frame.filter(pl.col("line") == "Happy")
    assert list(points(figure)[0].y) == pytest.approx(happy["estimate"].to_list(), rel=1e-4)
    band = figure.data[0]
    assert list(band.y) == pytest.approx([*happy["band_low"], *happy["band_high"].reverse()], rel=1e-4)


def test_panels_stand_side_by_side_or_below_one_another(rng: np.random.Generator) -> None:
    figure = draw(gallery.fan(rng))
    wide, narrow = figure.layout.meta["wide"], figure.layout.meta["narrow"]
    assert wide["xaxis2.domain"][0] > wide["xaxis.domain"][1] and wide["yaxis2.domain"] == wide["yaxis.domain"]
    assert narrow["xaxis2.domain"] == narrow["xaxis.domain"] and narrow["yaxis2.domain"][1] < narrow["yaxis.domain"][0]
    assert narrow["height"] > 2 * wide["height"]
    assert tuple(figure.layout.xaxis2.domain) == pytest.approx(wide["xaxis2.domain"])


def test_panels_share_a_scale_unless_one_would_be_flat(rng: np.random.Generator) -> None:
    chart = gallery.fan(rng, ("Happy", "Sad"))
    ranges = [draw(chart).layout[f"yaxis{n}"].range for n in ("", "2")]
    assert ranges[0] == ranges[1]
    larger = pl.when(pl.col("line") == "Sad").then(50).otherwise(1)
    numbers = [c for c in chart.frame.columns if c not in {"line", "x"}]
    apart = Chart("fan", "", chart.frame.with_columns(pl.col(c) * larger for c in numbers))
    assert draw(apart).layout.yaxis.range != draw(apart).layout.yaxis2.range


def test_a_fan_without_bands_draws_intervals_only(rng: np.random.Generator) -> None:
    frame = gallery.fan(rng, ("Happy",)).frame.with_columns(band_low=pl.lit(None, pl.Float64), band_high=None)
    assert [t.meta.get("fill") for t in draw(Chart("fan", "", frame)).data] == ["40", None]


def test_dates_get_a_range_slider_and_numbers_none(rng: np.random.Generator) -> None:
    dated, counted = (draw(gallery.lines(rng, dates=d)) for d in (True, False))
    assert dated.layout.xaxis.rangeslider.visible and not counted.layout.xaxis.rangeslider.visible
    assert dated.data[0].x[0] == dt.date(2014, 1, 2).isoformat()


def test_keys_name_each_line_once_with_its_tone(rng: np.random.Generator) -> None:
    parts = plot_parts("paths", draw(gallery.lines(rng, dates=False)))
    assert [key["label"] for key in parts["keys"]] == ["High enthusiasm", "Low enthusiasm", "All offers, equal weights"]
    assert len({(key["tone"], key["dash"]) for key in parts["keys"]}) == 3


def test_bars_carry_their_estimates_under_the_names_of_groups(rng: np.random.Generator) -> None:
    chart = gallery.bars(rng)
    figure = draw(chart)
    drawn = [t for t in figure.data if t.type == "bar"]
    assert [t.x[0] for t in drawn] == pytest.approx(chart.frame["estimate"].to_list(), rel=1e-4)
    names = figure.layout.yaxis.ticktext
    headings = [name for name in names if name.startswith("<b>")]
    assert names[0] == headings[0] == "<b>First day</b>" and headings[1].endswith("<br>against the industry</b>")
    assert len(names) == len(figure.layout.yaxis.tickvals) == len(drawn) + len(headings)


def test_groups_of_one_bar_each_are_the_bars() -> None:
    frame = pl.DataFrame(
        {
            "group": ["Q1", "Q5"],
            "bar": ["all", "all"],
            "estimate": [1.0, 2.0],
            "conf_low": [0.0, None],
            "conf_high": [2.0, None],
        }
    )
    figure = draw(Chart("bars", "", frame))
    assert list(figure.layout.yaxis.ticktext) == ["Q1", "Q5"]
    assert (
        sum(t.type == "bar" for t in figure.data) == 2
        and sum(t.mode == "lines" for t in figure.data if t.type == "scatter") == 1
    )


def test_many_bars_get_a_button_a_group(rng: np.random.Generator) -> None:
    cells = [(g, f"Quintile {q}") for g in "ABCD" for q in range(1, 6)]
    frame = pl.DataFrame(cells, schema=["group", "bar"], orient="row").with_columns(
        **{k: pl.Series(v) for k, v in gallery.intervals(20, rng).items()}
    )
    assert plot_parts("x", draw(Chart("bars", "", frame)))["labels"] == ["A", "B", "C", "D"]


def test_coefficients_are_those_of_the_regressions_plot(rng: np.random.Generator) -> None:
    figure = draw(gallery.coefficients(rng))
    assert plot_parts("x", figure)["labels"] == ["High volatility", "Low volatility", "Difference"]
    assert list(figure.layout.yaxis.ticktext) == ["Happy", "Sad", "Anger", "Disgust", "Surprise", "Fear"]


def test_the_curve_marks_what_is_significant_and_where_each_choice_stands(rng: np.random.Generator) -> None:
    chart = gallery.curve(rng)
    figure = draw(chart)
    happy = chart.frame.filter(pl.col("group") == "Happy")
    dots = [t for t in points(figure) if t.meta["group"] == "Happy" and t.meta["tone"] != "truth"]
    assert {t.meta["tone"]: len(t.x) for t in dots} == {
        "quiet": happy.filter(pl.col("p_value") >= 0.05).height, "happy": happy.filter(pl.col("p_value") < 0.05).height,
    }  # fmt: skip
    matrix = [t for t in figure.data if t.yaxis == "y2" and t.meta["group"] == "Happy" and t.mode == "markers"]
    assert sum(len(t.x) for t in matrix) == 4 * happy.height
    assert list(figure.layout.yaxis2.ticktext)[6:10] == ["1", "5", "10", "25"]


def test_the_preferred_specification_is_a_diamond_with_its_name_above_its_choices(rng: np.random.Generator) -> None:
    chart = gallery.curve(rng)
    figure = draw(chart)
    rows = chart.frame.filter(pl.col("group") == "Happy").sort("estimate")
    rank = rows["preferred"].to_list().index(True) + 1
    own = [t for t in figure.data if t.meta["group"] == "Happy" and t.meta["tone"] == "truth"]
    line, diamond = own
    assert (line.yaxis, set(line.x)) == ("y2", {rank})
    assert diamond.marker.symbol == "diamond"
    assert (diamond.x[0], diamond.y[0]) == (rank, pytest.approx(rows["estimate"][rank - 1], rel=1e-3))
    (named,) = [note for note in figure.layout.annotations if note.text.endswith("preferred specification")]
    assert named.x == rank
    assert "preferred" not in {note.text.strip("<b>/").lower() for note in figure.layout.annotations}
    bare = draw(Chart("curve", "", chart.frame.drop("preferred")))
    assert not [t for t in bare.data if t.meta["tone"] == "truth"]


def test_the_curve_says_its_shares() -> None:
    frame = pl.DataFrame({"estimate": [-3.0, 1.0, 2.0, 3.0], "p_value": [0.01, 0.5, 0.04, 0.001]})
    text = says("Happy", frame).replace("\u00a0", " ")
    assert (
        "of 4 estimates 75 % are positive" in text
        and "50 % are positive and disting" in text
        and "25 % negative" in text
    )
    assert "could not be" not in text and "no specification" in says("x", frame.clear())


def test_a_label_of_rows_is_no_choice() -> None:
    n = 20
    frame = pl.DataFrame(
        {
            "group": ["a"] * n,
            "estimate": np.arange(n) * 1.0,
            "conf_low": 0.0,
            "conf_high": 1.0,
            "p_value": 0.5,
            "draw": [str(i) for i in range(n)],
            "same": "s",
            "half": ["u", "v"] * 10,
        }
    )
    assert list(draw(Chart("curve", "", frame)).layout.yaxis2.ticktext) == ["u", "v"]


def test_heat_is_centred_at_zero_where_signs_differ(rng: np.random.Generator) -> None:
    chart = gallery.heat(rng)
    trace = draw(chart).data[0]
    assert trace.zmin == -trace.zmax and trace.meta["heat"] == "both"
    assert trace.z[0][0] == pytest.approx(chart.frame["value"][0], rel=1e-4)
    positive = Chart("heat", "", chart.frame.with_columns(pl.col("value").abs()))
    assert draw(positive).data[0].meta["heat"] == "high"


@pytest.mark.parametrize("kind", gallery.KINDS)
def test_every_kind_is_deaf_to_markup_and_short_in_digits(kind: str, rng: np.random.Generator) -> None:
    made = {"fan": gallery.fan, "bars": gallery.bars, "coefficients": gallery.coefficients, "curve": gallery.curve,
            "heat": gallery.heat, "firms": gallery.firms, "lines": lambda r: gallery.lines(r, dates=True)}[kind](rng)  # fmt: skip
    texts = [c for c, dtype in made.frame.schema.items() if dtype == pl.String]
    hostile = Chart(
        made.kind, HOSTILE, made.frame.with_columns((pl.col(c) + HOSTILE) for c in texts), HOSTILE, HOSTILE, HOSTILE
    )
    drawn = str(plot_parts("x", draw(hostile))["json"])
    assert "<" not in drawn and "\\u003cimg" not in drawn and "%{x} " not in drawn.replace("&#123;", "")
    assert "NaN" not in drawn
    gap = pl.int_range(pl.len()) == 1
    floats = [c for c, dtype in made.frame.schema.items() if dtype == pl.Float64]
    missing = made.frame.with_columns(pl.when(gap).then(None).otherwise(pl.col(c)).alias(c) for c in floats)
    assert plot_parts("x", draw(Chart(made.kind, "", missing)))["json"]


def test_labels_that_begin_alike_lose_what_they_share() -> None:
    long = [f"the mean abnormal return of offers, {m} months" for m in (3, 12)]
    assert told_apart(long, 20) == ["… 3 months", "… 12 months"]
    assert told_apart(["High", "Low"], 20) == ["High", "Low"]
