"""The archives of `tagged.py`: a sample of every text gives the archive's own numbers."""

import msgspec
import numpy as np
import polars as pl
import pytest

from emtract.emotions import EMOTIONS
from emtract.tagging.sample import Cell
from tests.validation.tagged import answers, draw_tags, draw_world, numbers, summary, whole


def census(sample, world):
    """The sample in which every text of every cell is drawn."""
    cells = tuple(
        Cell(
            symbol=cell.symbol, session=cell.session, stratum=cell.stratum, texts=cell.texts, probability=1.0,
            text_probability=1.0, keys=tuple(map(str, np.flatnonzero(world.owner == int(cell.symbol)))),
        )
        for cell in sample.cells
    )  # fmt: skip
    readings = {str(text): tuple(p) for text, p in enumerate(world.readings.tolist())}
    return msgspec.structs.replace(sample, cells=cells, readings=readings)


@pytest.mark.parametrize("taggers", [1, 2])
def test_all_texts_give_the_truth(taggers):
    world = draw_world(np.random.default_rng(3), 60)
    sample = census(draw_tags(np.random.default_rng(4), world, 10_000), world)
    assert len(sample.readings) == len(world.owner)
    found, truth = numbers(sample, answers(sample, world, taggers, 1.0)), whole(world, taggers)
    assert found.keys() == truth.keys()
    assert {name: row[0] for name, row in found.items()} == pytest.approx(truth)
    assert truth["that probability less accuracy"] > 0.05, "the scorer is too sure"


def test_who_is_half_done_tags_half_and_numbers_are_summed_up():
    world = draw_world(np.random.default_rng(5), 300)
    sample = draw_tags(np.random.default_rng(6), world, 120)
    tags = answers(sample, world, 2, 0.5)
    assert tags["tagger"].value_counts()["count"].to_list() == [len(sample.keys) // 2] * 2
    assert set(tags["label"]) <= set(EMOTIONS)
    rows = pl.DataFrame(
        {"design": "d", "number": "n", "truth": 0.5, "off": [-1.0, 1.0], "error": 2.0, "covered": [True, False]}
    )
    assert summary(rows).row(0)[2:] == pytest.approx((0.5, 0, 1, 2**0.5, 2, 0.5, 2))
