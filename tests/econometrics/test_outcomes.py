"""An outcome less effects: what a regression on both sets of dummy variables leaves."""

import numpy as np
import polars as pl
import pytest

from emtract.econometrics.outcomes import without_effects
from emtract.errors import EstimationError, SpecError
from emtract.ledger import Ledger
from emtract.panel.frame import Sample


@pytest.fixture
def panel():
    rng = np.random.default_rng(2)
    rows = [(f"F{i}", t) for i in range(6) for t in range(9) if rng.random() < 0.7]
    data = pl.DataFrame(rows, schema=["symbol", "session"], orient="row").with_columns(
        y=pl.Series(rng.normal(size=len(rows)) + np.arange(len(rows))), gone=pl.lit(None, pl.Float64)
    )
    return Sample(data, Ledger(), {}, "firm-sessions")


def test_what_is_left_is_that_of_dummy_variables(panel):
    found = without_effects(panel, "y")
    dummies = panel.data.select("symbol", "session").to_dummies(["symbol", "session"]).to_numpy().astype(float)
    y = panel.data["y"].to_numpy()
    left = y - dummies @ np.linalg.lstsq(dummies, y, rcond=None)[0]
    np.testing.assert_allclose(found["value"].to_numpy(), left, atol=1e-8)
    assert found.select("symbol", "session").equals(panel.data.select("symbol", "session"))


def test_what_is_no_outcome_is_named(panel):
    with pytest.raises(SpecError, match="no column"):
        without_effects(panel, "z")
    with pytest.raises((EstimationError, SpecError), match="gone"):
        without_effects(panel, "gone")
