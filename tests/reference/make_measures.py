"""Regenerates measures.csv: ranges by R's TTR, abnormal volume and what was known of volatility and illiquidity by base R.

Run `python -m tests.reference.make_measures` where Rscript with TTR is installed.
"""

import polars as pl

from tests.panel.test_characteristics import walk
from tests.reference.by_r import remake

SESSIONS, SEED = 60, 1980
VOLATILITY_SESSIONS, VOLUME_WINDOW = 10, (20, 5)


def prices():
    """Two firms: sessions without a price, a session whose price does not move, one without a trade."""
    whole = pl.concat(walk(symbol, SESSIONS, SEED + k) for k, symbol in enumerate("AB"))
    day = pl.int_range(pl.len()).over("symbol")
    flat, still = (pl.col("symbol") == "A") & (day == 30), (pl.col("symbol") == "B") & (day == 40)
    changed = whole.with_columns(
        *(pl.when(flat).then("low").otherwise(name).alias(name) for name in ("open", "high", "close", "adj_close")),
        volume=pl.when(still).then(0.0).otherwise("volume"),
    )
    return changed.filter((pl.col("symbol") == "A") | ~day.is_in([8, 25, 26]))


if __name__ == "__main__":
    remake("measures", SEED, prices=prices())
