"""The report: `model.json` for programs, `model.md` for readers, a frame for the prompt."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Final

from emtract.errors import ReportError
from tests.benchmarks.measure import Measure, number

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import polars as pl

_HOW = {
    "make bench": "Figures are medians; every contender ran once a round, in turns.",
    "make bench-archive": "Each step ran once, in a process of its own.",
    "make bench-panel": "Each fit ran once, in a process of its own.",
    "make bench-correction": "Figures are medians; both studies ran once a round, in turns, in one process.",
}
Sections = dict[str, list[Measure]]
_PUBLISHED: Final = Path("reports/benchmarks")
_SHORT: Final = Path("runs/benchmarks")
#: Where a report goes, as help says it.
WHERE: Final = f"by default {_PUBLISHED}, of other sizes or posts {_SHORT}"


def report_folder(*, whole: bool) -> Path:
    """Return the folder of a report for which none was named: a short form never takes the place of the published one."""
    return _PUBLISHED if whole else _SHORT


def write_report(
    sections: Mapping[str, Sequence[Measure]], folder: Path, *, posts: str, name: str = "model"
) -> tuple[Path, Path]:
    """Write `NAME.json`, a list of rows, and `NAME.md`, a table a section; return both paths.

    Raises
    ------
    ReportError
        The folder cannot be written to.
    """
    rows = [asdict(row) for rows in sections.values() for row in rows]
    paths = folder / f"{name}.json", folder / f"{name}.md"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        paths[0].write_text(json.dumps(rows, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        paths[1].write_text(
            markdown(sections, posts=posts, command="make bench" if name == "model" else f"make bench-{name}"),
            encoding="utf-8",
        )
    except OSError as error:
        raise ReportError(f"{folder} cannot be written to ({error.strerror}); give another with --output") from error
    return paths


def markdown(sections: Mapping[str, Sequence[Measure]], *, posts: str, command: str = "make bench") -> str:
    """Tables of all sections, in order."""
    parts = [f"# Speed\n\nWritten by `{command}` on {posts}. {_HOW[command]}\n"]
    for title, rows in sections.items():
        lines = [f"| {' | '.join(map(_cell, (row.name, number(row.value), row.unit, row.note)))} |" for row in rows]
        parts.append(f"## {title}\n\n| what | value | unit | how |\n|---|---:|---|---|\n" + "\n".join(lines) + "\n")
    return "\n".join(parts)


def frame(sections: Mapping[str, Sequence[Measure]]) -> pl.DataFrame:
    """All rows as text, for the prompt."""
    import polars as pl

    rows = [(row.name, number(row.value), row.unit, row.note) for rows in sections.values() for row in rows]
    return pl.DataFrame(rows, schema=dict.fromkeys(("name", "value", "unit", "detail"), pl.String), orient="row")


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
