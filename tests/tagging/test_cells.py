"""Tags by cell: what all texts of a cell would give, and the chances of two."""

from itertools import combinations

import msgspec
import numpy as np
import polars as pl

from emtract.emotions import EMOTIONS
from emtract.tagging.cells import tagged_cells
from tests.validation.tagged import answers, draw_tags, draw_world


def test_chances_are_those_of_the_design_where_all_is_tagged():
    rng = np.random.default_rng(3)
    world = draw_world(rng, 300)
    sample = draw_tags(rng, world, 120)
    keys, _, _, joint = tagged_cells(sample, answers(sample, world, 1, 1.0), "market")
    assert keys.height == len(sample.cells)
    np.testing.assert_allclose(np.diag(joint), [cell.probability for cell in sample.cells])
    one, two = next(
        (a, b) for a, b in combinations(range(len(joint)), 2) if sample.cells[a].stratum == sample.cells[b].stratum
    )
    stratum = sample.strata[sample.cells[one].stratum]
    drawn, cells = stratum.drawn, stratum.cells
    assert np.isclose(joint[one, two], drawn * (drawn - 1) / (cells * (cells - 1)))


def test_products_are_on_average_those_of_all_texts():
    """Over all pairs of a cell of four texts."""
    rng = np.random.default_rng(4)
    world = draw_world(rng, 300)
    sample = draw_tags(rng, world, 120)
    place = next(i for i, cell in enumerate(sample.cells) if len(cell.keys) == 2)
    cell = sample.cells[place]
    texts = np.flatnonzero(world.owner == int(cell.symbol))[:4]
    if len(texts) < 4:
        texts = np.arange(4)
    apart = np.eye(7)[world.tags[texts, 0]] - world.readings[texts]
    found = []
    for pair in combinations(range(4), 2):
        keys = tuple(str(int(texts[k])) for k in pair)
        own = msgspec.structs.replace(cell, keys=keys, texts=4, text_probability=0.5)
        readings = {str(t): tuple(p) for t, p in zip(texts.tolist(), world.readings[texts].tolist(), strict=True)}
        one = msgspec.structs.replace(sample, cells=(own,), readings=readings)
        tags = pl.DataFrame({"text_key": keys, "tagger": "a", "label": [EMOTIONS[world.tags[int(k), 0]] for k in keys]})
        found.append(tagged_cells(one, tags, "market")[2][0])
    mean = apart.mean(axis=0)
    np.testing.assert_allclose(np.mean(found, axis=0), np.outer(mean, mean), atol=1e-12)
