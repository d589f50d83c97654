"""Regenerates pyfixest.csv beside this file: a seeded panel, three specifications, pyfixest's default numbers.

Run `python -m tests.reference.make_pyfixest` after a change of the generator; the test compares against the stored numbers,
so that a change of any library shows up as a difference to them.
"""

from importlib.metadata import version
from pathlib import Path

import numpy as np
import polars as pl

from tests.worlds.panels import simulate_panel

STORED = Path(__file__).with_name("pyfixest.csv")
SEED = 20211207
SPECS = {
    "two_way": "y ~ happy_market + sad_market + fear_market | symbol + session ^ symbol+session",
    "one_way": "y ~ happy_market + sad_market + fear_market | symbol ^ session",
    "pooled": "y ~ happy_market + sad_market + fear_market ^ symbol",
}


def reference_panel():
    """20 symbols, 30 sessions, every numpy draw from one seed."""
    return simulate_panel(np.random.default_rng(SEED), 20, n_sessions=30, common=0.7, persistence=0.6).panel


def main():
    """Write spec, term, estimate, std_error, p_value, conf_low, conf_high, n_obs and the versions."""
    import pyfixest as pf

    data = reference_panel().data.with_columns(y=pl.col("return_open_close") * 1e4).to_pandas()
    rows = []
    for name, text in SPECS.items():
        formula, clusters = text.split(" ^ ")
        fit = pf.feols(formula, data, vcov={"CRV1": clusters}, fixef_tol=1e-13)
        for term, row in fit.tidy().drop(index="Intercept", errors="ignore").iterrows():
            numbers = row[["Estimate", "Std. Error", "Pr(>|t|)", "2.5%", "97.5%"]]
            rows.append((name, term, *map(float, numbers), fit._N))
    columns = ("spec", "term", "estimate", "std_error", "p_value", "conf_low", "conf_high", "n_obs")
    note = ", ".join(f"{library} {version(library)}" for library in ("pyfixest", "numpy", "polars"))
    table = pl.DataFrame(rows, schema=columns, orient="row").write_csv(float_precision=15, float_scientific=True)
    STORED.write_text(f"# {note}; seed {SEED}\n{table}", encoding="utf-8")


if __name__ == "__main__":
    main()
