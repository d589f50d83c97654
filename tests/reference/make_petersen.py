"""Regenerates petersen.csv beside this file: standard errors on panels drawn by the design of Petersen (2009).

"Estimating standard errors in finance panel data sets", Review of Financial Studies 22, section 1: regressor and error are each
the sum of a firm's part, a session's part and the rest, y = x + e, sd(x) = 1, sd(e) = 2.

Run `python -m tests.reference.make_petersen`.
"""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import polars as pl

from emtract.econometrics.regression.estimate import estimate
from emtract.econometrics.regression.spec import Spec
from emtract.ledger import Ledger
from emtract.panel.frame import Sample

STORED = Path(__file__).with_name("petersen.csv")
DRAWS, SEED = 600, 2009
BASE = Spec(y="y", x=("x",), effects=(), covariance="robust", clusters=(), small_sample="fixest", engine="pyfixest")
ERRORS = {
    "robust": BASE,
    "firm": replace(BASE, covariance="clustered", clusters=("symbol",)),
    "session": replace(BASE, covariance="clustered", clusters=("session",)),
    "both": replace(BASE, covariance="clustered", clusters=("symbol", "session")),
}


@dataclass(frozen=True)
class Panel:
    """Shares of the variance of x and of e that belong to firms and to sessions."""

    firms: int
    sessions: int
    firm: float
    session: float

    @property
    def true_error(self):
        """Standard deviation of the slope: that of independent rows, inflated by shared parts (Petersen's equation 7)."""
        shared = (self.sessions - 1) * self.firm**2 + (self.firms - 1) * self.session**2
        return 2 / np.sqrt(self.firms * self.sessions) * np.sqrt(1 + shared)

    def draw(self, rng):
        shape = (self.firms, self.sessions)
        parts = ((self.firms, 1), self.firm), ((1, self.sessions), self.session), (shape, 1 - self.firm - self.session)
        x, e = (sum(np.sqrt(share) * rng.standard_normal(size) for size, share in parts) for _ in range(2))
        keys = {
            "symbol": np.repeat(np.arange(self.firms), self.sessions),
            "session": np.tile(np.arange(self.sessions), self.firms),
        }
        return Sample(pl.DataFrame(keys | {"x": x.ravel(), "y": (x + 2 * e).ravel()}), Ledger(), {}, "rows")


PANELS = {
    "independent": Panel(80, 60, 0.0, 0.0),
    "firm effect": Panel(500, 10, 0.5, 0.0),
    "session effect": Panel(60, 80, 0.0, 0.4),
    "both effects": Panel(80, 60, 0.3, 0.3),
}


def simulate(panel, draws, seed):
    """Error -> mean standard error over its true value, and the share of 5 per cent tests that reject the true slope."""
    found = {name: [] for name in ERRORS}
    for rng in np.random.default_rng(seed).spawn(draws):
        sample = panel.draw(rng)
        for name, spec in ERRORS.items():
            row = estimate(spec, sample).tidy().row(0, named=True)
            found[name].append((row["std_error"] / panel.true_error, not row["conf_low"] <= 1 <= row["conf_high"]))
    return {name: np.mean(rows, axis=0) for name, rows in found.items()}


def main():
    """Write panel, errors, ratio (mean standard error over the true one) and rejected."""
    rows = [
        (panel, errors, round(ratio, 4), round(rejected, 4))
        for panel, design in PANELS.items()
        for errors, (ratio, rejected) in simulate(design, DRAWS, SEED).items()
    ]
    table = pl.DataFrame(rows, schema=("panel", "errors", "ratio", "rejected"), orient="row").write_csv()
    STORED.write_text(f"# {DRAWS} draws, seed {SEED}\n{table}", encoding="utf-8")


if __name__ == "__main__":
    main()
