"""Regenerates wildboottest.csv beside this file: p-values of the wild cluster bootstrap, all 512 changes of sign enumerated.

Run `python -m tests.reference.make_wildboottest` after a change of the generator. Firm and session effects stand in the design
as dummy variables, since wildboottest absorbs none.
"""

from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

import numpy as np
import polars as pl

from emtract.econometrics.regression.sample import estimation_sample
from emtract.panel.frame import Panel
from tests.econometrics.conftest import BASE
from tests.worlds.panels import simulate_panel

STORED = Path(__file__).with_name("wildboottest.csv")
SPEC = replace(BASE, clusters=("branch",), bootstrap="wild", draws=499)


def few_branches():
    """24 firms in nine branches, 20 sessions."""
    made = simulate_panel(np.random.default_rng(3), 24, n_sessions=20, common=0.7, persistence=0.6, mean_posts=12).panel
    return Panel(made.data.with_columns(branch=pl.col("symbol").rank("dense") % 9), made.ledger, made.settings)


def main():
    """Write term and p_value (the share of the 512 draws whose t is larger in size than that of the sample)."""
    import pandas as pd
    from wildboottest.wildboottest import WildboottestCL

    frame = estimation_sample(SPEC, few_branches())[0].to_pandas()
    firms = pd.get_dummies(frame["symbol"], dtype=float)
    sessions = pd.get_dummies(frame["session"], drop_first=True, dtype=float)
    x = pd.concat([frame[list(SPEC.regressors)], firms, sessions], axis=1).to_numpy()
    rows = []
    for j, term in enumerate(SPEC.regressors):
        test = WildboottestCL(
            X=x,
            Y=frame[SPEC.y].to_numpy() * 1e4,
            cluster=frame["branch"].to_numpy(),
            R=np.eye(x.shape[1])[j],
            B=9999,
            seed=1,
        )
        test.get_scores(bootstrap_type="11", impose_null=True)
        test.get_weights(weights_type="rademacher")
        for step in ("numer", "denom", "tboot", "vcov", "tstat"):
            getattr(test, f"get_{step}")()
        test.get_pvalue(pval_type="two-tailed")
        rows.append((term, float(test.pvalue)))
    note = ", ".join(f"{library} {version(library)}" for library in ("wildboottest", "numpy", "polars"))
    table = pl.DataFrame(rows, schema=("term", "p_value"), orient="row").write_csv()
    STORED.write_text(f"# {note}\n{table}", encoding="utf-8")


if __name__ == "__main__":
    main()
