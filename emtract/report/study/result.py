"""What a study found, with its tables and figures: the object that `emtract.run_study` returns."""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Self

from emtract.atomic import write_whole
from emtract.errors import ReportError
from emtract.study.result import StudyResult

if TYPE_CHECKING:
    from collections.abc import Sequence

    import plotly.graph_objects as go
    import polars as pl

    from emtract.report.figures.export import FigureFormat
    from emtract.report.figures.gallery import NamedFigure


@dataclass(frozen=True, repr=False)
class StudyReport(StudyResult):
    """A `StudyResult` that draws and prints itself; `tidy`, `answer`, `attrition` and `expectations` are as there."""

    @classmethod
    def of(cls, result: StudyResult) -> Self:
        """Return the report of a result."""
        return cls(**{f.name: getattr(result, f.name) for f in fields(StudyResult)})

    def _repr_html_(self) -> str:
        """Show question and answer, the first table, and the further ones folded away."""
        from emtract.report.tables.export import notebook_html

        return notebook_html(self)

    def figures(self) -> tuple[str, ...]:
        """Return the names of the figures: `coefficients` of the regressions, then each finding's, then `over_time`."""
        from emtract.report.figures.gallery import named_figures

        return tuple(named_figures(self))

    def figure(self, name: str | None = None) -> go.Figure:
        """Draw one figure; its groups are buttons, and pointing at an estimate shows interval, p and N.

        Parameters
        ----------
        name
            One of `figures()`; None for the first.

        Raises
        ------
        ReportError
            When the study has no figure of this name; the message lists those that it has.
        """
        from emtract.report.figures.export import alone

        found = self._named(name)
        return alone(found.draw(), title=found.title)

    def figure_data(self, name: str | None = None) -> pl.DataFrame:
        """Return the numbers behind a figure, the first where none is named.

        `emtract.econometrics.finding.CHART_COLUMNS` names the columns of each kind.
        """
        return self._named(name).data()

    def tables(self) -> tuple[str, ...]:
        """Return the titles of the tables that are written: exhibits of regressions, findings, then precision."""
        from emtract.report.tables.export import study_tables

        return tuple(table.title for table in study_tables(self))

    def to_latex(self, path: str | Path | None = None) -> str:
        """Return every table as LaTeX with booktabs rules, stars at 1, 5 and 10 per cent, and write it where a path is given.

        Notes
        -----
        The first lines name the LaTeX packages that the tables need.
        """
        from emtract.report.tables.export import study_latex

        return _written(study_latex(self), path)

    def to_html(self, path: str | Path | None = None) -> str:
        """Return every table as one HTML page without a script, and write it where a path is given."""
        from emtract.report.tables.export import study_html

        return _written(study_html(self), path)

    def to_word(self, path: str | Path) -> Path:
        """Write every table to a Word document, and return its path.

        Raises
        ------
        ReportError
            When the path does not end in .docx.
        """
        from emtract.report.tables.export import write_word

        return write_word(self, Path(path))

    def save(
        self, folder: str | Path, *, formats: Sequence[FigureFormat] = ("html",), notice: str | None = None
    ) -> Path:
        """Write estimates, attrition, precision, influence, tables (LaTeX, HTML, Word) and figures to a folder, and return it.

        Parameters
        ----------
        folder
            Made where it is missing; files of the same names are replaced.
        formats
            Of the figures: `html` needs nothing else, `svg`, `pdf` and `png` a Chrome; see
            `emtract.report.figures.export.save_figures`.
        notice
            What a reader must know first, e.g. that the data are synthetic: the text of NOTICE.txt.
        """
        from emtract.report.figures.export import check_formats, save_figures
        from emtract.report.study.inference import influence_files
        from emtract.report.study.measurement import measurement_files

        check_formats(formats)
        target = Path(folder)
        target.mkdir(parents=True, exist_ok=True)
        if notice:
            write_whole(target / "NOTICE.txt", f"{notice}\n")
        write_whole(target / "estimates.csv", self.tidy().write_csv())
        write_whole(target / "attrition.csv", self.attrition().write_csv())
        for name, frame in {**measurement_files(self), **influence_files(self)}.items():
            write_whole(target / name, frame.write_csv())
        self.to_latex(target / "tables.tex")
        self.to_html(target / "tables.html")
        self.to_word(target / "tables.docx")
        save_figures(self, target / "figures", formats=formats)
        return target

    def _named(self, name: str | None) -> NamedFigure:
        from emtract.report.figures.gallery import named_figures

        figures = named_figures(self)
        chosen = next(iter(figures), None) if name is None else name
        if chosen not in figures:
            raise ReportError(f"{self.study.name} has no figure {name!r}: name one of {', '.join(figures) or 'none'}")
        return figures[chosen]


def _written(text: str, path: str | Path | None) -> str:
    if path is not None:
        write_whole(Path(path), text)
    return text
