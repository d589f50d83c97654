"""Regenerates plm.csv beside this file: Driscoll and Kraay's, and Fama and MacBeth's, errors by R's plm on a seeded panel.

Run `python -m tests.reference.make_plm` where Rscript with plm and sandwich is installed; the test compares against the stored
numbers.
"""

import subprocess
import tempfile
from pathlib import Path

import polars as pl

from tests.reference.make_pyfixest import SEED, reference_panel

STORED = Path(__file__).with_name("plm.csv")
TERMS = ("happy_market", "sad_market", "fear_market")


def main():
    """Hand the panel to R, which writes spec, lags, term, estimate and std_error, and its versions."""
    columns = ("symbol", "session", pl.col("return_open_close").alias("y") * 1e4, *TERMS)
    data = reference_panel().data.select(columns).with_columns(pl.col("symbol", "session").rank("dense"))
    with tempfile.TemporaryDirectory() as folder:
        panel = Path(folder) / "panel.csv"
        data.drop_nulls().write_csv(panel, float_precision=17, float_scientific=True)
        script = Path(__file__).with_suffix(".R")
        subprocess.run(["Rscript", "--vanilla", script, panel, STORED, str(SEED)], check=True)


if __name__ == "__main__":
    main()
