"""Are slopes by tags right however a scorer misreads: python -m tests.validation.slopes.

Firm-sessions with one text each; tags move an outcome; a reader sees them with error, by itself or by the outcome. Beside the
regression on what was read and that on the tagged cells alone. Writes `slopes.csv`, a row a design and method.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import numpy as np
import polars as pl
import typer

from emtract.console.tables import print_table
from emtract.econometrics.measurement.designed import tagged_moments

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

TRUTH: Final = 2.0
FIRMS: Final = 30
SESSIONS: Final = 40
_QUANTILE: Final = 1.96
#: What the reader takes from the outcome, and tagged cells.
WORLDS: Final[Mapping[str, tuple[float, int]]] = {
    "errors by themselves, 300 tags": (0.0, 300),
    "errors that go with the outcome, 300 tags": (-0.15, 300),
    "errors that go with the outcome, 100 tags": (-0.15, 100),
}


def within(columns: NDArray[np.float64]) -> NDArray[np.float64]:
    """Less means of firms and of sessions."""
    cube = columns.reshape(FIRMS, SESSIONS, -1)
    left = cube - cube.mean(axis=1, keepdims=True) - cube.mean(axis=0, keepdims=True) + cube.mean(axis=(0, 1))
    return np.asarray(left.reshape(len(columns), -1))


def one_draw(rng: np.random.Generator, lean: float, drawn: int) -> dict[str, tuple[float, float]]:
    """Method -> coefficient and standard error; of the test, the slope of tag less reading on the outcome."""
    n = FIRMS * SESSIONS
    firm, session = np.divmod(np.arange(n), SESSIONS)
    tag = (rng.random(n) < 0.4).astype(float)
    y = TRUTH * tag + rng.standard_normal(FIRMS)[firm] + rng.standard_normal(SESSIONS)[session] + rng.standard_normal(n)
    read = 0.6 * tag + lean * y + 0.3 * rng.standard_normal(n)
    at = np.sort(rng.choice(n, drawn, replace=False))
    joint = np.full((drawn, drawn), drawn * (drawn - 1) / (n * (n - 1)))
    np.fill_diagonal(joint, drawn / n)
    unit = np.zeros((n, drawn))
    unit[at, np.arange(drawn)] = 1.0
    apart, x, left = (tag - read)[at][:, None], within(read[:, None]), within(y[:, None])[:, 0]
    values, covariance, plain = tagged_moments(
        x, left, at=at, maker=within(unit)[at], apart=apart, products=apart[:, :, None] * apart[:, None], joint=joint,
        clusters=[firm, session],
    )  # fmt: skip
    alone = tag[at] - tag[at].mean()
    return {
        "as read": (float(plain[0]), _error(x[:, 0], left, float(plain[0]))),
        "by tags": (float(values[0]), float(np.sqrt(covariance[0, 0]))),
        "tagged cells alone": _slope(alone, y[at] - y[at].mean()),
        "tag less reading on the outcome": _slope(left[at], apart[:, 0] - apart.mean()),
    }


def _slope(x: NDArray[np.float64], y: NDArray[np.float64]) -> tuple[float, float]:
    value = float(x @ y / (x @ x))
    return value, _error(x, y, value)


def _error(x: NDArray[np.float64], y: NDArray[np.float64], value: float) -> float:
    return float(np.sqrt((x**2 * (y - x * value) ** 2).sum()) / (x @ x))


def summarise(design: str, drawn: list[dict[str, tuple[float, float]]]) -> pl.DataFrame:
    """Return mean, spread, stated error, coverage of the truth and rejection of zero of each method."""
    rows: list[dict[str, Any]] = []
    for method in drawn[0]:
        value, error = np.array([told[method] for told in drawn]).T
        held = np.abs(value - TRUTH) <= _QUANTILE * error
        rows.append(
            {
                "design": design,
                "method": method,
                "truth": None if method.startswith("tag less") else TRUTH,
                "mean": value.mean(),
                "spread": value.std(ddof=1),
                "stated": error.mean(),
                "coverage": None if method.startswith("tag less") else held.mean(),
                "rejection": (np.abs(value) > _QUANTILE * error).mean(),
                "draws": len(value),
            }
        )
    return pl.DataFrame(rows, schema_overrides={"truth": pl.Float64, "coverage": pl.Float64})


def validate(
    draws: Annotated[int, typer.Option(help="Archives a design.")] = 2_000,
    seed: Annotated[int, typer.Option(help="Seed of the draws.")] = 0,
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder of slopes.csv.")] = Path("reports/validation"),
) -> None:
    """Draw every design, estimate by every method, and write one table."""
    table = pl.concat(
        summarise(name, [one_draw(rng, *design) for rng in np.random.default_rng(seed).spawn(draws)])
        for name, design in WORLDS.items()
    )
    output.mkdir(parents=True, exist_ok=True)
    table.with_columns(pl.selectors.float().round_sig_figs(4)).write_csv(output / "slopes.csv")
    print_table(table)


if __name__ == "__main__":
    typer.run(validate)
