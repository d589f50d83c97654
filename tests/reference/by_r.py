"""What references made by R share: tables go to `NAME.R` as csv files, what it writes comes to lie beside it."""

import subprocess
import tempfile
from pathlib import Path

import polars as pl

FOLDER = Path(__file__).parent


def remake(name, seed, **tables):
    """Run `NAME.R` in a folder that holds each table as `TABLE.csv`; it stores its results by `store` of `by_r.R`."""
    with tempfile.TemporaryDirectory() as folder:
        for table, frame in tables.items():
            frame.write_csv(Path(folder) / f"{table}.csv", float_precision=17, float_scientific=True)
        command = ["Rscript", "--vanilla", FOLDER / f"{name}.R", FOLDER, str(seed)]
        subprocess.run(command, cwd=folder, check=True)


def stored(name):
    """What R wrote into `NAME.csv`."""
    return pl.read_csv(FOLDER / f"{name}.csv", comment_prefix="#", infer_schema_length=None)
