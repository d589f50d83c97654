"""What is drawn of an archive whose cells are known."""

import random

import msgspec
import numpy as np
import polars as pl
import pytest

from emtract.emotions import EMOTIONS
from emtract.errors import PanelError
from emtract.panel.firm_sessions import build_panel
from emtract.tagging.draw import allot, draw_sample
from tests.conftest import FakeScorer
from tests.tagging.conftest import open_archive, posts


def strata(*kinds):
    return pl.DataFrame(kinds, schema=["texts", "cells"], orient="row")


def test_cells_go_by_the_square_root_of_their_number_two_at_least_and_all_at_most():
    assert allot(strata(("one", 10_000), ("one", 400), ("one", 4), ("one", 1)), 130) == [106, 21, 2, 1]
    assert allot(strata(("one", 10_000), ("several", 10_000)), 300) == [150, 75]
    assert allot(strata(("one", 3), ("several", 5)), 300) == [3, 5]
    assert allot(strata(("several", 9), ("several", 1)), 7) == [2, 1], "half a cell is not drawn"


def test_too_few_texts_are_refused_with_the_number_that_is_enough():
    kinds = strata(("one", 9), ("several", 9))
    with pytest.raises(PanelError, match=r"too few for 2 kinds of cells.*at least 6 with -n"):
        allot(kinds, 5)
    assert allot(kinds, 6) == [2, 2]


@pytest.fixture(scope="module")
def drawn(archive, options):
    return draw_sample(archive, options, n=80, seed=3)


def test_strata_are_the_cells_of_the_panel_by_what_is_read_in_them(archive, options, drawn):
    sample, _ = drawn
    panel = build_panel(archive, scorer="fake", noise=True)
    told = {(s.window, s.reading): 0 for s in sample.strata}
    for s in sample.strata:
        told[s.window, s.reading] += s.cells
    found = dict.fromkeys(told, 0)
    for window in ("market", "pre_open"):
        read = panel.data.select(f"{e}_{window}" for e in EMOTIONS).drop_nulls().to_numpy()
        for place, cells in enumerate(np.bincount(read.argmax(axis=1), minlength=7).tolist()):
            if cells:
                found[window, EMOTIONS[place]] = cells
    assert told == found
    several = sum(s.cells for s in sample.strata if s.texts == "several")
    assert several == (panel.noise.cells["n_texts"] > 1).sum()


def test_numbers_of_cells_and_texts_are_those_of_the_design(drawn):
    sample, shown = drawn
    assert 70 <= len(sample.drawn_keys) <= 80 and set(shown) == set(sample.keys)
    for place, stratum in enumerate(sample.strata):
        cells = [cell for cell in sample.cells if cell.stratum == place]
        assert len({(cell.symbol, cell.session) for cell in cells}) == stratum.drawn >= min(2, stratum.cells)
        assert {cell.probability for cell in cells} == {stratum.drawn / stratum.cells}
        for cell in cells:
            assert (cell.texts == 1) == (stratum.texts == "one")
            assert len(set(cell.keys)) == min(2, cell.texts) == cell.texts * cell.text_probability
    assert sum(1 / cell.probability for cell in sample.cells) == pytest.approx(sum(s.cells for s in sample.strata))


def test_posts_are_shown_as_written_and_read_as_scored(drawn):
    sample, shown = drawn
    written = {row["body"] for row, _ in posts()}
    assert set(shown.values()) <= written
    from emtract.text import clean_post

    bodies = [shown[key] for key in sample.keys]
    scored = FakeScorer().score([clean_post(body).text for body in bodies]).probabilities
    np.testing.assert_allclose(np.array([sample.readings[key] for key in sample.keys]), scored, atol=1e-7)


def test_a_seed_draws_the_same_whatever_the_order_of_the_store_and_another_seed_another(
    archive, options, drawn, tmp_path
):
    sample, _ = drawn
    shuffled = posts()
    random.Random(5).shuffle(shuffled)
    with open_archive(tmp_path / "s.duckdb", shuffled) as store:
        assert draw_sample(store, options, n=80, seed=3) == drawn
    other, _ = draw_sample(archive, options, n=80, seed=4)
    assert other.strata == sample.strata and other.keys != sample.keys


def test_each_cell_of_a_kind_is_drawn_as_often_as_any_other(archive, options):
    times, expected = {}, {}
    for seed in range(20):
        sample, _ = draw_sample(archive, options, n=80, seed=seed)
        for cell in sample.cells:
            where = (cell.symbol, cell.session, cell.stratum)
            times[where] = times.get(where, 0) + 1
            expected[where] = 20 * cell.probability
    z = [(times[w] - expected[w]) / (expected[w] * (1 - expected[w] / 20)) ** 0.5 for w in times if expected[w] < 20]
    assert len(z) > 60 and max(map(abs, z)) < 4
    assert 0.6 < np.mean(np.square(z)) < 1.4


def test_posts_that_the_panel_leaves_out_are_not_drawn(archive, options):
    sample, _ = draw_sample(archive, msgspec.structs.replace(options, spam="leave out", min_posts=2), n=80, seed=1)
    panel = build_panel(archive, scorer="fake", spam="leave out", min_posts=2)
    cells = sum(panel.data[f"valence_{window}"].count() for window in ("market", "pre_open"))
    assert sum(s.cells for s in sample.strata) == cells
    assert sample.settings["spam"] == "leave out" and sample.settings["min_posts"] == 2
