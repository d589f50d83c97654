"""Against stored numbers, so that the comparison holds where pyfixest is not installed."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from emtract.econometrics.regression.estimate import estimate
from tests.econometrics.conftest import BASE
from tests.reference.make_pyfixest import STORED, reference_panel

SPECS = {
    "two_way": {},
    "one_way": {"effects": ("symbol",), "clusters": ("session",)},
    "pooled": {"effects": (), "clusters": ("symbol",)},
}


@pytest.mark.parametrize("name", SPECS)
def test_numbers_stored_from_pyfixest(name):
    stored = pl.read_csv(STORED, comment_prefix="#").filter(pl.col("spec") == name)
    spec = replace(BASE, x=tuple(stored["term"]), controls=(), **SPECS[name])
    result = estimate(spec, reference_panel())
    columns = ("estimate", "std_error", "p_value", "conf_low", "conf_high")
    np.testing.assert_allclose(result.tidy().select(columns), stored.select(columns), rtol=1e-8, atol=1e-14)
    assert (stored["n_obs"] == result.n_obs).all()
