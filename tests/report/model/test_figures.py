import numpy as np
import polars as pl

from emtract.emotions import EMOTIONS
from emtract.model.calibration import reliability
from emtract.model.evaluate import per_class
from emtract.report.model.figures import class_plot, fold_plot, reliability_plot, slice_plot


def rows():
    base = {"folds": [0.6, 0.7], "fold_names": [1, 3], "mean": 0.65, "sd": 0.07}
    return [
        {"name": "Accuracy", "better": "higher", **base, "published": 0.6, "published_sd": 0.02},
        {"name": "Log loss", "better": "lower", **base, "published": None, "published_sd": None},
    ]


def test_folds_are_drawn_where_they_are_and_named():
    figure = fold_plot(rows())
    dots = [trace for trace in figure.data if trace.hovertemplate and "fold %" in trace.hovertemplate]
    assert [list(trace.x) for trace in dots] == [[0.6, 0.7]] * 2
    assert list(dots[0].customdata) == [1, 3]
    assert sum(trace.marker.symbol == "diamond-open" for trace in figure.data if trace.marker.symbol) == 1
    low, high = figure.layout.xaxis.range
    assert low < 0.58 and high > 0.72


def test_an_emotion_never_read_has_no_precision_mark():
    table = per_class(np.eye(7)[[0, 0, 1]], np.array([0, 1, 1]))
    figure = class_plot(table)
    marks = [t for t in figure.data if t.mode == "markers" and t.meta["group"] == "Precision"]
    assert [t.meta["tone"] for t in marks] == ["neutral", "happy"]
    assert len([t for t in figure.data if t.mode == "markers" and t.meta["group"] == "Recall"]) == 2
    assert [b.label for b in figure.layout.updatemenus[0].buttons] == ["Both", "Precision", "Recall"]


def test_reliability_has_a_button_a_curve_and_shows_the_first():
    rng = np.random.default_rng(0)
    stated = rng.random(500)
    table = reliability(stated, rng.random(500) < stated)
    figure = reliability_plot({"Likeliest": ("other", table), EMOTIONS[1]: ("happy", table)})
    assert len(figure.data) == 8 and [t.visible for t in figure.data] == [True] * 4 + [False] * 4
    points = figure.data[2]
    assert list(points.y) == [float(f"{y:.5g}") for y in table["share"]]
    assert sum(figure.data[3].y) == 500


def test_slices_stand_in_the_order_of_the_table():
    table = pl.DataFrame(
        {"slice": ["emoji", "emoji", "length"], "level": ["a", "<b>", "c"], "n": [10, 20, 1234], "accuracy": [0.5, 0.6, 0.7],
         "low": [0.4, 0.5, 0.6], "high": [0.6, 0.7, 0.8]}
    )  # fmt: skip
    figure = slice_plot(table, overall=0.65)
    assert list(figure.data[0].x) == [0.65, 0.65]
    assert [text.partition("<br>")[0] for text in figure.layout.yaxis.ticktext] == ["a", "&lt;b&gt;", "c"]
    assert "1,234 messages" in figure.layout.yaxis.ticktext[2]
    assert list(figure.layout.yaxis.tickvals) == sorted(figure.layout.yaxis.tickvals, reverse=True)
