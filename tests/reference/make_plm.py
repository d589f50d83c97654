"""Regenerates plm.csv beside this file: Driscoll and Kraay's, and Fama and MacBeth's, errors by R's plm on a seeded panel.

Run `python -m tests.reference.make_plm` where Rscript with plm and sandwich is installed; the test compares against the stored
numbers.
"""

import polars as pl

from tests.reference.by_r import remake
from tests.reference.make_pyfixest import SEED, reference_panel

TERMS = ("happy_market", "sad_market", "fear_market")


def panel():
    """Rows with every column, symbol and session as numbers."""
    columns = ("symbol", "session", pl.col("return_open_close").alias("y") * 1e4, *TERMS)
    return reference_panel().data.select(columns).with_columns(pl.col("symbol", "session").rank("dense")).drop_nulls()


if __name__ == "__main__":
    remake("plm", SEED, panel=panel())
