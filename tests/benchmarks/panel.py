"""How fast panels are estimated: two-way effects and two-way clusters, a million and ten million firm-sessions.

What `make bench-panel` runs: python -m tests.benchmarks.panel.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from emtract.console.tables import print_table
from emtract.console.voice import progress_bars
from emtract.errors import EmtractError, EstimationError
from tests.benchmarks.machine import describe_machine
from tests.benchmarks.measure import Measure, significant
from tests.benchmarks.report import WHERE, frame, report_folder, write_report

if TYPE_CHECKING:
    from collections.abc import Callable

    from emtract.econometrics.regression.spec import Engine
    from emtract.panel.frame import Sample

#: Sessions of the panel: ten years. A fifth of its firm-sessions, drawn at random, is absent.
SESSIONS: Final = 2520
ABSENT: Final = 0.2
EMOTIONS: Final = 6
CONTROLS: Final = 3
MILLION: Final = 1_000_000
#: Rows and library of each fit; linearmodels absorbs two effects of ten million rows in no useful time.
FITS: Final[tuple[tuple[int, Engine], ...]] = (
    (MILLION // 10, "pyfixest"),
    (MILLION // 10, "linearmodels"),
    (MILLION, "pyfixest"),
    (MILLION, "linearmodels"),
    (10 * MILLION, "pyfixest"),
)
_TIMEOUT: Final = 3600


def measure_panel(progress: Callable[[int, int], None] | None = None, *, scale: float = 1.0) -> list[Measure]:
    """Time `estimate` on drawn panels, each fit in a process of its own, so that memory is its own too.

    Parameters
    ----------
    progress
        Called with the fits done and the fits in all.
    scale
        Factor on the rows.
    """
    found: list[Measure] = []
    for done, (rows, engine) in enumerate(FITS):
        seconds, processor, memory, base, n_obs = _measure_apart(max(1, round(rows * scale)), engine)
        name = f"{n_obs:,} rows, {engine}"
        design = f"{EMOTIONS + CONTROLS} regressors, firm and session effects and clusters, import included"
        how = f"{design}; {processor:,.0f} s of all cores"
        found.append(Measure(f"{name}: estimate", significant(seconds, 3), "s", how))
        rise = f"largest resident size of the process; {base:,.0f} MB of it before the fit"
        found.append(Measure(f"{name}: memory", round(memory), "MB", rise))
        if progress:
            progress(done + 1, len(FITS))
    return found


def draw_sample(n_rows: int, seed: int = 7) -> Sample:
    """Draw an unbalanced panel of about so many firm-sessions: symbol, session, y, six emotions, three controls."""
    import numpy as np
    import polars as pl

    from emtract.ledger import Ledger
    from emtract.panel.frame import ENTITY, TIME, UNIT, Sample

    rng = np.random.default_rng(seed)
    firms = max(2, round(n_rows / SESSIONS / (1 - ABSENT)))
    kept = rng.random(firms * SESSIONS) >= ABSENT
    firm = np.repeat(np.arange(firms, dtype=np.int32), SESSIONS)[kept]
    session = np.tile(np.arange(SESSIONS, dtype=np.int32), firms)[kept]
    data = pl.DataFrame({ENTITY: pl.Series(firm).cast(pl.String), TIME: pl.Series(session).cast(pl.Date)})
    shock = rng.standard_normal(SESSIONS)[session] + rng.standard_normal(firms)[firm]
    for name in ("y", *regressors()):
        data = data.with_columns(pl.Series(name, rng.standard_normal(len(firm)) + shock))
    return Sample(data, Ledger().start("drawn", UNIT, data.height), {}, UNIT)


def regressors() -> tuple[str, ...]:
    """Names of the regressors of the drawn panel."""
    return tuple(f"x{i}" for i in range(EMOTIONS + CONTROLS))


def fit(n_rows: int, engine: Engine) -> tuple[float, float, float, float, int]:
    """Draw a panel and estimate it: seconds, those of all cores, largest memory in MB, that before the fit, rows used."""
    from time import perf_counter, process_time

    from emtract.econometrics.regression.estimate import estimate
    from emtract.econometrics.regression.spec import Spec

    sample = draw_sample(n_rows)
    spec = Spec(
        y="y",
        x=regressors(),
        standardise=regressors(),
        effects=("symbol", "session"),
        covariance="clustered",
        clusters=("symbol", "session"),
        small_sample="fixest",
        engine=engine,
    )
    before = _memory()
    start, busy = perf_counter(), process_time()
    result = estimate(spec, sample)
    return perf_counter() - start, process_time() - busy, _memory(), before, result.n_obs


def _memory() -> float:
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1e6 if sys.platform == "darwin" else 1e3)


def _measure_apart(n_rows: int, engine: Engine) -> tuple[float, float, float, float, int]:
    code = f"from tests.benchmarks.panel import fit; print(*fit({n_rows}, {engine!r}))"
    try:
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, timeout=_TIMEOUT, check=True
        )
    except subprocess.CalledProcessError as error:
        raise EstimationError(f"{n_rows:,} rows by {engine} failed: {error.stderr.strip().splitlines()[-1]}") from error
    *numbers, n_obs = done.stdout.split()
    seconds, processor, memory, base = map(float, numbers)
    return seconds, processor, memory, base, int(n_obs)


def bench(
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help=f"Folder of panel.json and panel.md; {WHERE}.")
    ] = None,
    scale: Annotated[float, typer.Option(help="Factor on the rows of every fit.")] = 1.0,
) -> None:
    """Measure how long drawn panels take to estimate, and how much memory."""
    with progress_bars() as progress:
        rows = measure_panel(lambda done, total: progress("panel", done, total), scale=scale)
    sections = {"machine": describe_machine(), "panel": rows}
    print_table(frame(sections), fold=("detail",))
    folder = output or report_folder(whole=scale == 1)
    paths = write_report(sections, folder, posts="drawn panels", name="panel")
    typer.echo(f"\nwritten: {', '.join(map(str, paths))}")


if __name__ == "__main__":
    try:
        typer.run(bench)
    except EmtractError as error:
        raise SystemExit(f"emtract: {error}") from None
