"""Draw a design many times: how often intervals hold the truth, how often tests reject what is false and what is true."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from emtract.econometrics.estimate import estimate
from emtract.econometrics.spec import Spec

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from emtract.validation.design import Design, Drawn

#: Nominal size of the tests, and one less the nominal coverage of the intervals.
LEVEL: Final = 0.05


def coverage(
    design: Design, n_draws: int = 500, *, seed: int = 0, progress: Callable[[int, int], None] | None = None
) -> pl.DataFrame:
    """Estimate a design on simulated data sets and compare with the truth.

    Parameters
    ----------
    n_draws
        Data sets; draw k uses the k-th generator spawned from the seed, so that tables can be extended.

    Returns
    -------
    pl.DataFrame
        One row a number: design, spec, term, truth (mean over draws), mean_estimate, bias_in_sd (of the estimates), sd
        (of the estimates), mean_std_error, coverage (share of 95 % intervals that hold the truth), rejection (share of
        5 % tests that reject zero: size where the truth is zero, power elsewhere), is_null, draws, and mc_error, the
        standard error of a share of 0.95 over that many draws.
    """
    found: dict[tuple[str, str], list[tuple[float, ...]]] = defaultdict(list)
    for done, rng in enumerate(np.random.default_rng(seed).spawn(n_draws)):
        for key, numbers in one_draw(design, design.draw(rng)).items():
            found[key].append(numbers)
        if progress is not None:
            progress(done + 1, n_draws)
    return pl.DataFrame([_summary(design.name, key, rows) for key, rows in found.items()])


def one_draw(design: Design, drawn: Drawn) -> dict[tuple[str, str], tuple[float, ...]]:
    """Return (spec, term) -> truth, estimate, std_error, covered, rejected, for one data set."""
    found: dict[tuple[str, str], tuple[float, ...]] = {}
    for name in dict.fromkeys(spec for spec, _ in drawn.truth):
        spec = design.specs[name]
        frame = (
            estimate(spec, drawn.samples[spec.sample]).tidy()
            if isinstance(spec, Spec)
            else spec.run(drawn.samples).estimates
        )
        rows = {row["term"]: row for row in frame.iter_rows(named=True)}
        for (owner, term), truth in drawn.truth.items():
            if owner == name:
                row = rows[term]
                error = float("nan") if row["std_error"] is None else row["std_error"]
                covered = float(row["conf_low"] <= truth <= row["conf_high"])
                found[name, term] = (truth, row["estimate"], error, covered, float(row["p_value"] < LEVEL))
    return found


def _summary(design: str, key: tuple[str, str], rows: Sequence[tuple[float, ...]]) -> dict[str, object]:
    truth, estimates, errors, covered, rejected = np.asarray(rows, dtype=np.float64).T
    sd = estimates.std(ddof=1) if len(rows) > 1 else float("nan")
    return {
        "design": design,
        "spec": key[0],
        "term": key[1],
        "truth": truth.mean(),
        "mean_estimate": estimates.mean(),
        "bias_in_sd": (estimates - truth).mean() / sd,
        "sd": sd,
        "mean_std_error": errors.mean(),
        "coverage": covered.mean(),
        "rejection": rejected.mean(),
        "is_null": bool((truth == 0).all()),
        "draws": len(rows),
        "mc_error": float(np.sqrt(LEVEL * (1 - LEVEL) / len(rows))),
    }
