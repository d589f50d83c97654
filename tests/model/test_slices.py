import numpy as np
import polars as pl
import pytest

from emtract.model.slices import slice_metrics, traits

EYE = np.eye(7)


def test_traits_of_posts():
    table = traits(["$TSLA 🚀", "x" * 81, "$A $B", "$A $B $C " + "y" * 140, "it costs $5"])
    assert table["emoji"].to_list() == ["with an emoji", *["without an emoji"] * 4]
    assert table["cashtags"].to_list() == [
        f"{count} cashtag{'s' * (count != 'at most one')}"
        for count in ("at most one", "at most one", "two", "three or more", "at most one")
    ]
    assert table["length"].to_list() == [
        "up to 40 characters", "81-140 characters", "up to 40 characters", "over 140 characters", "up to 40 characters",
    ]  # fmt: skip


def test_a_slice_counts_its_own_rows_only():
    groups = pl.DataFrame({"kind": ["a", "a", "b", None]})
    table = slice_metrics(EYE[[0, 1, 2, 3]], np.array([0, 0, 2, 0]), groups)
    assert table.select("level", "n", "accuracy").rows() == [("a", 2, 0.5), ("b", 1, 1.0)]
    assert table["macro_f1"].to_list() == [None, None]
    assert table["low"][0] == pytest.approx(0.0945, abs=1e-4)


def test_levels_come_in_order_and_add_up():
    bodies = ["x" * n for n in (200, 100, 50, 10)] * 60
    table = slice_metrics(EYE[[0] * 240], np.zeros(240, dtype=int), traits(bodies))
    lengths = table.filter(pl.col("slice") == "length")
    assert lengths["level"].to_list()[0] == "up to 40 characters" and lengths["n"].to_list() == [60] * 4
    assert table.filter(pl.col("slice") == "emoji")["macro_f1"].to_list() == [pytest.approx(1 / 7)]
