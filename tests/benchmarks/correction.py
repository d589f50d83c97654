"""What the correction for few posts a cell costs: a study with it and without, a million cells, six emotions.

What `make bench-correction` runs: python -m tests.benchmarks.correction.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from time import perf_counter, process_time
from typing import TYPE_CHECKING, Annotated, Final

import typer

from emtract.console.tables import print_table
from emtract.console.voice import progress_bars
from emtract.errors import EmtractError
from tests.benchmarks.machine import describe_machine
from tests.benchmarks.measure import Measure, alternate, ratio, significant
from tests.benchmarks.panel import ABSENT, MILLION, SESSIONS
from tests.benchmarks.report import WHERE, frame, report_folder, write_report

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

    from emtract.panel.frame import Panel
    from emtract.study import Study

REPEATS: Final = 3
#: Texts of a cell, on average and beyond the two that its noise needs, and how alike they are read.
TEXTS: Final = 6.0
EVIDENCE: Final = 2.0
#: Share of cells that share a text with another of the session.
PAIRED: Final = 0.1


def draw_panel(n_cells: int, seed: int = 7) -> Panel:
    """Draw about so many cells with six emotions, and the noise of each; a tenth of them share a text with another.

    Parameters
    ----------
    n_cells
        Firm-sessions; a fifth of a balanced panel is absent.
    seed
        Of the draw.
    """
    import numpy as np
    import polars as pl

    from emtract.emotions import EMOTIONS
    from emtract.panel.frame import ENTITY, REQUIRED, TIME, Panel
    from emtract.panel.noise import HALVES, VARIANCES, Noise
    from tests.worlds.panels import BASE_SHARES

    rng = np.random.default_rng(seed)
    firms = max(2, round(n_cells / SESSIONS / (1 - ABSENT)))
    kept = rng.random(firms * SESSIONS) >= ABSENT
    firm = np.repeat(np.arange(firms), SESSIONS)[kept]
    session = np.tile(np.arange(SESSIONS), firms)[kept]
    n = len(firm)
    mood = np.array(BASE_SHARES) * np.exp(0.5 * rng.standard_normal((n, 7)))
    mood /= mood.sum(axis=1, keepdims=True)
    units = 2 + rng.poisson(TEXTS, n)
    variance = (mood[:, :, None] * (np.eye(7) - mood[:, None, :]) / (EVIDENCE + 1) / units[:, None, None])[
        :, *np.triu_indices(7)
    ]
    # The mean of half the texts, each of which is read as a Dirichlet draw, has the variance of one draw of so much evidence.
    halves = [_read(rng, mood, (EVIDENCE + 1) * units / 2 - 1) for _ in range(2)]
    reading = (halves[0] + halves[1]) / 2
    keys = pl.DataFrame(
        {ENTITY: pl.Series(firm).cast(pl.String), TIME: pl.Series(session.astype(np.int32)).cast(pl.Date)}
    )
    counts = ("n_posts", "n_texts", "n_authors", "n_units")
    cells = keys.with_columns(
        pl.lit("market").alias("suffix"),
        **{name: pl.Series(units) for name in counts},
        concentration=pl.Series(1 / units),
        **{name: pl.Series(column) for name, column in zip(VARIANCES, variance.T, strict=True)},
        **{name: pl.Series(column) for name, column in zip(HALVES, np.hstack(halves).T, strict=True)},
    )
    shock = rng.standard_normal(SESSIONS)[session] + rng.standard_normal(firms)[firm]
    data = keys.with_columns(
        *(pl.Series(f"{emotion}_market", column) for emotion, column in zip(EMOTIONS, reading.T, strict=True)),
        pl.Series("attention_market", np.log1p(units)),
        pl.Series("return_open_close", 0.01 * (mood[:, 0] + rng.standard_normal(n) + shock)),
    )
    # Neighbours by session and firm, two by two.
    order = np.lexsort((firm, session))
    one, two = order[:-1:2], order[1::2]
    chosen = (session[one] == session[two]) & (rng.random(len(one)) < PAIRED)
    one, two = one[chosen], two[chosen]
    pairs = pl.DataFrame(
        {
            TIME: keys[TIME][one],
            "suffix": ["market"] * len(one),
            "one": keys[ENTITY][one],
            "two": keys[ENTITY][two],
        }
    ).with_columns(
        pl.Series(name, column / units[one]) for name, column in zip(VARIANCES, variance[one].T, strict=True)
    )
    absent = [c for c in REQUIRED if c not in data.columns]
    return Panel(data.with_columns(pl.lit(0.0).alias(c) for c in absent), noise=Noise(cells, pairs))


def _read(rng: np.random.Generator, mood: NDArray[np.float64], evidence: NDArray[np.float64]) -> NDArray[np.float64]:
    import numpy as np

    drawn = rng.standard_gamma(mood * evidence[:, None])
    total = drawn.sum(axis=1, keepdims=True)
    return np.asarray(drawn / total)


def build_study(*, corrected: bool) -> Study:
    """Six emotions at once, two-way effects and clusters, as a study that asks nothing else."""
    from emtract.econometrics.regression.spec import Spec
    from emtract.emotions import NON_NEUTRAL
    from emtract.study import Study

    moods = tuple(f"{emotion}_market" for emotion in NON_NEUTRAL)
    spec = Spec(
        y="return_open_close",
        x=moods,
        controls=("attention_market",),
        standardise=(*moods, "attention_market"),
        effects=("symbol", "session"),
        covariance="clustered",
        clusters=("symbol", "session"),
        small_sample="fixest",
        y_scale=1e4,
        label="Same session",
        correct="mood" if corrected else "none",
    )
    return Study(
        name="correction",
        question="What does the correction cost?",
        design="Drawn cells.",
        papers=(),
        specs={"emotions": spec},
        primary=("emotions", moods[0]),
        headline=(("emotions", moods[0]),),
    )


def run(panel: Panel, *, corrected: bool) -> int:
    """Estimate the study, and its table of corrected moods where it has one; return the rows used."""
    from emtract.study.run import run_study

    result = run_study(build_study(corrected=corrected), panel)
    for measured in result.measured.values():
        measured.frame  # noqa: B018
    return result.results["emotions"].n_obs


def measure_correction(
    n_cells: int = MILLION, repeats: int = REPEATS, progress: Callable[[int, int], None] | None = None
) -> list[Measure]:
    """Time the study with the correction and without on one drawn panel, in turns.

    Parameters
    ----------
    n_cells
        Firm-sessions.
    repeats
        Rounds; one more before them is not timed.
    progress
        Called with the calls done and the calls in all.
    """
    panel = draw_panel(n_cells)
    contenders = {
        name: partial(run, panel, corrected=corrected) for name, corrected in (("plain", False), ("corrected", True))
    }
    rows = min(call() for call in contenders.values())
    found: list[Measure] = []
    how = f"{rows:,} cells, six emotions, firm and session effects and clusters, noise given"
    for clock, words in ((perf_counter, "seconds"), (process_time, "seconds of all cores")):
        timings = alternate(contenders, repeats, clock=clock, progress=progress)
        for name, timing in timings.items():
            found.append(Measure(f"{name}: {words}", significant(timing.median, 3), "s", how))
        # `ratio` is theirs over ours: how many times as long the corrected study takes.
        found.append(ratio(f"corrected / plain, {words}", timings["plain"], timings["corrected"], how))
    return found


def bench(
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help=f"Folder of correction.json and correction.md; {WHERE}.")
    ] = None,
    cells: Annotated[int, typer.Option(help="Firm-sessions of the panel.")] = MILLION,
    repeats: Annotated[int, typer.Option(help="Rounds of every timing.")] = REPEATS,
) -> None:
    """Measure what the correction for few posts a cell adds to a study."""
    with progress_bars() as progress:
        rows = measure_correction(cells, repeats, lambda done, total: progress("correction", done, total))
    sections = {"machine": describe_machine(), "correction": rows}
    print_table(frame(sections), fold=("detail",))
    folder = output or report_folder(whole=(cells, repeats) == (MILLION, REPEATS))
    paths = write_report(sections, folder, posts="drawn cells", name="correction")
    typer.echo(f"\nwritten: {', '.join(map(str, paths))}")


if __name__ == "__main__":
    try:
        typer.run(bench)
    except EmtractError as error:
        raise SystemExit(f"emtract: {error}") from None
