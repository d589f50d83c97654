"""Slopes by tags: a reader whose errors go with the outcome is seen, and what is by tags is right where the reading is not."""

import numpy as np

from tests.validation.slopes import TRUTH, WORLDS, one_draw, summarise


def test_where_errors_go_with_the_outcome_tags_are_right_and_the_test_sees_it():
    found = {
        name: summarise(name, [one_draw(rng, *design) for rng in np.random.default_rng(5).spawn(60)])
        for name, design in WORLDS.items()
    }
    for table in found.values():
        by = {row["method"]: row for row in table.iter_rows(named=True)}
        tags, read, test = by["by tags"], by["as read"], by["tag less reading on the outcome"]
        assert abs(tags["mean"] - TRUTH) < 3 * tags["spread"] / np.sqrt(60) + 0.1
        assert tags["coverage"] > 0.8 and read["coverage"] < 0.2
        assert test["rejection"] > 0.8, "tag less reading on the outcome"
