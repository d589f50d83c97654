"""Regenerates forecast_rows.csv, and by forecast.R (R with forecast, lmtest, sandwich) forecast.csv and forecast_tests.csv.

Run `python -m tests.reference.make_forecast`.
"""

import subprocess
from pathlib import Path

import numpy as np
import polars as pl

FOLDER = Path(__file__).parent
ROWS, FORECASTS, TESTS = (FOLDER / f"forecast{end}.csv" for end in ("_rows", "", "_tests"))
SEED = 2008


def panel():
    """Four firms over 100 sessions, a fifth of the rows missing; numbers short enough to be the same in any language."""
    rng = np.random.default_rng(SEED)
    n = 4 * 100
    x1, x2, z = (rng.standard_normal(n).round(4) for _ in range(3))
    y = (0.3 * x1 - 0.2 * z + np.repeat(rng.standard_normal(4), 100) + rng.standard_normal(n)).round(4)
    keys = {"symbol": np.repeat(list("ABCD"), 100), "place": np.tile(np.arange(100), 4)}
    frame = pl.DataFrame(keys | {"y": y, "x1": x1, "x2": x2, "z": z}).filter(pl.Series(rng.random(n) > 0.2))
    return frame.sort("place", "symbol")


def main():
    """Write the rows, and let R do the rest."""
    ROWS.write_text(f"# seed {SEED}\n{panel().write_csv()}", encoding="utf-8")
    subprocess.run(["Rscript", "forecast.R"], cwd=FOLDER, check=True)


if __name__ == "__main__":
    main()
