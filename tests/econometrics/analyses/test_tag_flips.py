"""Around a turn of a writer's tag: what was planted comes back, and the post of the turn is in neither mean."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from emtract.econometrics.analyses.tag_flips import TagFlips, change_term
from emtract.errors import EstimationError, MissingDataError, SpecError
from tests.worlds.people import MoodTruth, simulate_people

ASKED = TagFlips(label="F")
RULES = MoodTruth(persistence=0.0, gain=0.0, loss=0.0, tag=0.1, flip=0.03)


@pytest.fixture(scope="module")
def sample():
    return simulate_people(np.random.default_rng(1), 1500, n_posts=25, truth=RULES)


@pytest.fixture(scope="module")
def found(sample):
    return ASKED.run({"transitions": sample})


def test_what_was_planted_comes_back(found):
    """A tag lasts k posts with chance (1 + (1 - 2f)^k) / 2, so its mean after them is (1 - 2f)^k of its size."""
    after = np.mean([(1 - 2 * RULES.flip) ** k for k in range(1, 6)])
    for side, sign in (("bullish", 1), ("bearish", -1)):
        row = found.row(change_term(side))
        assert abs(row["estimate"] - sign * 100 * RULES.tag * (1 + after)) < 3 * row["std_error"]
        assert row["p_value"] < 1e-6
        assert found.row(f"to {side}, post -1")["estimate"] == pytest.approx(-sign * 10, abs=1.5)
        assert found.row(f"to {side}, post 0")["estimate"] == pytest.approx(sign * 10, abs=1.5)


def test_the_post_of_the_turn_is_in_neither_mean(sample):
    """Of people whose tag turns once, a mood of that post moves the path there and nothing else."""
    turn = pl.col("bullish_after") != pl.col("bullish_before")
    once = sample.data.sort("chain", "nth").filter(turn.sum().over("chain") == 1)
    later = turn.shift(1).over("chain").fill_null(value=False)
    data = once.with_columns(pl.col("valence_after") + 0.4 * turn, pl.col("valence_before") + 0.4 * later)
    plain, moved = (ASKED.run({"transitions": replace(sample, data=rows)}) for rows in (once, data))
    for term in plain.rows:
        gap = 40.0 if term.endswith("post 0") else 0.0
        assert moved.row(term)["estimate"] - plain.row(term)["estimate"] == pytest.approx(gap, abs=1e-9)


def test_turns_are_counted(sample, found):
    turns = sample.data.filter(pl.col("bullish_after") != pl.col("bullish_before"))
    told = {step.name: step.rows_out for step in found.ledger.steps}
    assert told["tag turns"] == turns.height
    first = turns.sort("chain", "nth").with_columns(since=pl.col("nth").diff().over("chain"))
    assert told["first turn in a while"] == first.filter(pl.col("since").is_null() | (pl.col("since") > 5)).height
    assert found.n_obs == told["first turn in a while"]


def test_no_tags_and_few_turns_are_told(sample):
    none = sample.data.with_columns(bullish_before=pl.lit(None, pl.Float64), bullish_after=pl.lit(None, pl.Float64))
    with pytest.raises(MissingDataError, match="no writer tagged"):
        ASKED.run({"transitions": replace(sample, data=none)})
    with pytest.raises(EstimationError, match="fewer than 30"):
        ASKED.run({"transitions": replace(sample, data=sample.data.filter(pl.col("author") <= 40))})
    with pytest.raises(SpecError, match="at least 1"):
        TagFlips(label="F", posts=0)
