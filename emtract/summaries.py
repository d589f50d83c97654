"""What a verb did, as plain values for `--json`, and each stage of a run as one line."""

from __future__ import annotations

import math
from dataclasses import asdict, is_dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from emtract.words.numbers import things

if TYPE_CHECKING:
    from collections.abc import Mapping

    from emtract.panel.frame import Panel
    from emtract.pipeline import IngestReport, RunReport
    from emtract.pipeline.line import Stage
    from emtract.scoring import ScoringReport
    from emtract.study import StudyResult


def plain(value: Any) -> Any:
    """Return a value as JSON has it: frames as rows, paths and dates as text, numbers that are none as null."""
    import polars as pl

    if isinstance(value, pl.DataFrame):
        return [plain(row) for row in value.iter_rows(named=True)]
    if is_dataclass(value) and not isinstance(value, type):
        value = asdict(value)
    if isinstance(value, dict):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(inner) for inner in value]
    return _cell(value)


def _cell(value: Any) -> str | float | None:
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    return value.as_posix() if isinstance(value, Path) else str(value)


def scoring_summary(report: ScoringReport) -> dict[str, Any]:
    """Return what was scored, with its speed."""
    return {**asdict(report), "posts_per_second": report.posts_per_second}


def pages_summary(pages: Mapping[str, tuple[Path, bool]]) -> dict[str, Any]:
    """Return study -> its page, and whether it was built now."""
    return {name: {"page": page, "built": built} for name, (page, built) in pages.items()}


def run_summary(report: RunReport) -> dict[str, Any]:
    """Return what each stage of a run did, and its seconds."""
    return {
        "nothing_to_do": report.nothing_to_do,
        "seconds": dict(report.seconds),
        "ingest": report.ingest,
        "score": scoring_summary(report.scoring),
        "studies": pages_summary(report.studies),
    }


def panel_summary(panel: Panel, output: Path | None) -> dict[str, Any]:
    """Return the size of a panel, its attrition ledger and where it was written."""
    symbols, sessions = (panel.data[name].n_unique() for name in ("symbol", "session"))
    sizes = {"rows": panel.data.height, "symbols": symbols, "sessions": sessions}
    return {**sizes, "columns": panel.data.columns, "ledger": panel.ledger.frame(), "output": output}


def study_summary(result: StudyResult, page: Path) -> dict[str, Any]:
    """Return the answer of a study, all its numbers, what was not estimated, and its page."""
    study = result.study
    return {
        "study": study.name,
        "question": study.question,
        "answer": result.answer(),
        "headline": [{"spec": spec, "term": term} for spec, term in study.headline],
        "estimates": result.tidy(),
        "not_estimated": dict(result.skipped),
        "page": page,
    }


def stage_line(stage: Stage) -> str:
    """Say in a line what a stage of a run did, what it skipped, and how long it took."""
    did = stage.did
    if stage.name == "ingest":
        told = _ingested(did)  # type: ignore[arg-type]
    elif stage.name == "score":
        told = _scored(did)  # type: ignore[arg-type]
    else:
        told = _built(did)  # type: ignore[arg-type]
    return f"{stage.name:<8} {duration(stage.seconds):>8}  {told}"


def _ingested(report: IngestReport) -> str:
    groups = (("posts", report.posts), ("prices", report.prices), ("market", report.market))
    kept = [f"{rows.kept:,} new {kind}" for kind, rows in groups if rows.kept]
    rejected = sum(rows.rejected for _, rows in groups)
    quarantined = [f"{things(rejected, 'row')} quarantined"] if rejected else []
    return ", ".join(
        [f"{things(report.files, 'file')} read", *kept, *quarantined, f"{things(report.skipped, 'file')} skipped"]
    )


def _scored(report: ScoringReport) -> str:
    taken = [f"{report.taken_in:,} taken in"] if report.taken_in else []
    skipped = max(0, report.distinct_texts - report.scored - report.taken_in - report.left)
    return ", ".join([f"{things(report.scored, 'distinct text')} scored", *taken, f"{skipped:,} skipped"])


def _built(pages: Mapping[str, tuple[Path, bool]]) -> str:
    built = sum(new for _, new in pages.values())
    return f"{things(built, 'page')} built, {len(pages) - built:,} skipped"


def duration(seconds: float) -> str:
    """Return seconds as people say them: `0.4 s`, `12 s`, `3 min 05 s`, `2 h 10 min`."""
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02} min"
