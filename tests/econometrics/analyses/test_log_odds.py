"""Log-odds with a Dirichlet prior: by hand, its limit, its interval in drawn worlds, and the finding."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emtract.econometrics.analyses.log_odds import MarkingExpressions, log_odds
from emtract.errors import EstimationError, SpecError
from emtract.panel.frame import Sample

COUNTS = st.lists(st.tuples(st.integers(0, 500), st.integers(0, 500)), min_size=2, max_size=8)


def test_by_hand():
    found, error = log_odds(np.array([8.0, 2.0]), np.array([3.0, 7.0]), np.array([1.0, 1.0]), prior=2.0)
    assert found[0] == pytest.approx(np.log(9 / 3) - np.log(4 / 8))
    assert error[0] == pytest.approx(np.sqrt(1 / 9 + 1 / 4))


@given(COUNTS)
def test_changing_the_groups_changes_the_sign_and_a_large_prior_says_nothing(counts):
    one, two = np.array(counts, dtype=float).T
    background = one + two + 1
    found, error = log_odds(one, two, background, prior=10.0)
    back, same = log_odds(two, one, background, prior=10.0)
    np.testing.assert_allclose(found, -back, atol=1e-12)
    np.testing.assert_allclose(error, same)
    assert np.abs(log_odds(one, two, background, prior=1e9)[0]).max() < 1e-3


def test_intervals_hold_the_truth_of_drawn_worlds():
    """Expressions of one frequency in both groups: about 5 of 100 intervals leave zero out, and no more."""
    rng = np.random.default_rng(0)
    shares = rng.dirichlet(np.full(200, 5.0))
    outside = []
    for _ in range(40):
        one, two = rng.multinomial(6000, shares).astype(float), rng.multinomial(9000, shares).astype(float)
        found, error = log_odds(one, two, one + two, prior=100.0)
        outside.append(np.mean(np.abs(found) > 1.96 * error))
    assert 0.02 < np.mean(outside) < 0.06


def sample(rows):
    columns = ("expression", "mood", "diverging", "agreeing", "n_authors")
    return {"expressions": Sample(pl.DataFrame(rows, schema=columns, orient="row"), unit="expressions")}


ROWS = [
    ("puts", "positive", 60, 5, 50), ("buy", "positive", 20, 300, 200), ("the", "positive", 100, 400, 300),
    ("puts", "negative", 2, 80, 50), ("shorts", "negative", 70, 10, 60), ("the", "negative", 100, 200, 300),
]  # fmt: skip


def test_what_marks_divergence_comes_first():
    found = MarkingExpressions(label="Marks").run(sample(ROWS))
    assert found.charts[0].frame.group_by("group", maintain_order=True).first()["term"].to_list() == ["puts", "shorts"]
    assert found.row("puts (positive)")["conf_low"] > 0
    assert found.row("puts (positive)")["n_obs"] == 65
    assert "6 expressions" in found.notes[1]
    assert [frame["Expression"][0] for frame in found.tables.values()] == ["puts", "shorts"]


def test_a_mood_with_one_side_is_left_out_and_none_is_an_error():
    one_sided = [row if row[1] == "positive" else (*row[:2], 0, *row[3:]) for row in ROWS]
    found = MarkingExpressions(label="Marks").run(sample(one_sided))
    assert list(found.tables) == ["Read as positive, tagged bearish"]
    with pytest.raises(EstimationError, match="no mood has texts"):
        MarkingExpressions(label="Marks").run(sample([(*row[:2], 0, *row[3:]) for row in ROWS]))


def test_another_sample_is_refused():
    with pytest.raises(SpecError, match="no column"):
        MarkingExpressions(label="Marks").run({"expressions": Sample(pl.DataFrame({"x": [1]}))})
