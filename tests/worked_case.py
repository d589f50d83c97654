"""docs/tagging.md, the worked case: its tables, from the sample and tags in reports/tagging, by `python -m tests.worked_case`.

With a scored store, `python -m tests.worked_case stocktwits.toml` also sets the tags beside the returns of the panel anew.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl

from emtract.config import load_settings
from emtract.pipeline.tagging import measure_errors
from emtract.tagging.accuracy import measure_accuracy
from emtract.tagging.agreement import agreement
from emtract.tagging.answers import read_tags
from emtract.tagging.sample import read_sample
from tests.markdown import filled, table

ROOT = Path(__file__).parent.parent
PAGE, CASE = ROOT / "docs/tagging.md", ROOT / "reports/tagging"
FILES = ("tags-a.json", "tags-b.json")
ERRORS = CASE / "errors.csv"
OUTCOME = "return_open_close"


def blocks(case: Path = CASE) -> dict[str, str]:
    """The tables of the page by their marks."""
    with TemporaryDirectory() as made:
        folder = Path(shutil.copytree(case, Path(made) / "tags"))
        sample, tags = read_sample(folder), read_tags(folder, [folder / name for name in FILES])
    found, agreed = measure_accuracy(sample, tags.frame), agreement(tags.frame)
    measures = [(r["measure"], *_interval(r, "value")) for r in found.table.iter_rows(named=True)]
    emotions = [
        (r["emotion"], f"{r['read']:.1%}", f"{r['tagged']:.1%}", *_points(r))
        for r in found.by_emotion.iter_rows(named=True)
    ]
    sure = [
        (r["probability"], r["texts"], f"{r['read']:.2f}", *_interval(r, "right"))
        for r in found.by_confidence.iter_rows(named=True)
    ]
    told = (
        f"{len(sample.keys):,} texts of {len(sample.cells):,} cells of {sum(s.cells for s in sample.strata):,}; readings of "
        f"`{sample.scorer}@{sample.revision}`. Of {agreed.texts:,} texts with two tags {agreed.same:.0%} have the same; "
        f"Krippendorff's alpha {agreed.alpha:.2f} ({agreed.low:.2f} to {agreed.high:.2f})."
    )
    apart = pl.read_csv(case / ERRORS.name)
    slopes = [(r["measure"], *_points(r, "slope")) for r in apart.iter_rows(named=True)]
    return {
        "case": told,
        "accuracy": table(("measure", "estimate", "95 % interval"), measures),
        "emotions": table(("emotion", "read", "tagged", "read less tagged, points", "95 % interval"), emotions),
        "confidence": table(("likeliest emotion's probability", "texts", "mean", "right", "95 % interval"), sure),
        "errors": table(("emotion", "points per SD of the return", "95 % interval"), slopes),
        "plan": f"{found.notes[-1].capitalize()}.",
    }


def _interval(row: dict[str, float], value: str) -> tuple[str, str]:
    return f"{row[value]:.2f}", f"{row['low']:.2f} to {row['high']:.2f}"


def _points(row: dict[str, float], value: str = "difference") -> tuple[str, str]:
    """Shares as percentage points, with a true minus."""
    mean, low, high = (f"{100 * row[name]:.1f}".replace("-", "−") for name in (value, "low", "high"))
    return mean, f"{low} to {high}"


if __name__ == "__main__":
    for configuration in sys.argv[1:]:
        with TemporaryDirectory() as made:
            folder = Path(shutil.copytree(CASE, Path(made) / "tags"))
            read_tags(folder, [folder / name for name in FILES])
            measure_errors(load_settings(Path(configuration)), folder, y=OUTCOME)[1].table.write_csv(ERRORS)
    PAGE.write_text(filled(PAGE.read_text(encoding="utf-8"), blocks()), encoding="utf-8")
