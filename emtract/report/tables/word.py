"""Tables of a study as Word and as HTML, through maketables: the same cells that the page and LaTeX print."""

from __future__ import annotations

import io
import re
import zipfile
from typing import TYPE_CHECKING, Final

from emtract.atomic import write_whole
from emtract.errors import ReportError
from emtract.report.study.findings import finding_sections
from emtract.report.tables.regressions import exhibit_tables, not_estimated

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import pandas as pd
    from docx.document import Document as WordDocument
    from maketables import MTable

    from emtract.report.tables.frames import PlainTable
    from emtract.report.tables.regressions import RegressionTable
    from emtract.study import StudyResult

#: A longer table is no table for a page of a paper; its numbers are in the CSV.
LONGEST: Final = 60
#: Members of the archive that a Word document is carry this date, so that two runs give the same bytes.
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)
#: Columns of numbers that an upright page carries.
_UPRIGHT: Final = 5
_WORD: Final = {"prevent_page_breaks": False, "font_size_pt": 9, "notes_font_size_pt": 8, "caption_align": "left"}
_WEB: Final = {"source_notes_font_size": "13px"}
_PAGE: Final = (
    "<!doctype html>\n<html lang='en'><head><meta charset='utf-8'>"
    "<meta name='viewport' content='width=device-width'><title>{title}</title></head>\n"
    "<body style='margin:2rem'>\n{tables}\n</body></html>\n"
)


def study_tables(result: StudyResult) -> tuple[MTable, ...]:
    """Return every table of a study: exhibits of regressions, then those of each finding.

    Notes
    -----
    Cells are text already: stars at 1, 5 and 10 per cent, standard errors below; effects, clusters, N and within-R2 at the
    foot; the notes state covariance rule and sample.
    """
    exhibits = [regression_mtable(table) for table in exhibit_tables(result)]
    found = [
        plain_mtable(table, title=title, notes=section.notes)
        for section in finding_sections(result)
        for title, table in ((section.label, section.as_plain()), *section.tables)
        if len(table.rows) <= LONGEST and len(table.headings) > 1
    ]
    return (*exhibits, *found)


def table_titles(result: StudyResult) -> tuple[str, ...]:
    """Return the titles of the tables of a study, in their order."""
    return tuple(str(table.caption) for table in study_tables(result))


def regression_mtable(table: RegressionTable) -> MTable:
    """Turn specs side by side into a table of maketables: dependent variables span their columns."""
    import pandas as pd

    groups = ["Specification" if row.kind == "fact" else "Estimates" for row in table.rows]
    frame = pd.DataFrame(
        [list(row.cells) for row in table.rows],
        index=pd.MultiIndex.from_tuples([(g, row.label) for g, row in zip(groups, table.rows, strict=True)]),
        columns=pd.MultiIndex.from_tuples([(c.dependent, f"{c.number}\n{c.label}") for c in table.columns]),
    )
    return _made(frame, title=table.title, notes=table.notes)


def plain_mtable(table: PlainTable, *, title: str, notes: Sequence[str] = ()) -> MTable:
    """Turn a table of text into one of maketables, its first column as the names of the rows.

    Parameters
    ----------
    table
        Two columns or more.
    title
        Caption.
    notes
        Sentences below the table.
    """
    import pandas as pd

    frame = pd.DataFrame(
        [list(row[1:]) for row in table.rows],
        index=[row[0] for row in table.rows],
        columns=list(table.headings[1:]),
    )
    return _made(frame, title=title, notes=notes)


def study_html(result: StudyResult) -> str:
    """Return every table of a study as one HTML page without a script; its bytes depend on the tables alone."""
    import html

    made = [
        _named(table.make("gt", gt_style=_WEB).as_raw_html(), f"table-{number}")
        for number, table in enumerate(study_tables(result), 1)
    ]
    missing = [f"<p>{html.escape(told)}</p>" for told in not_estimated(result)]
    return _PAGE.format(title=html.escape(result.study.question), tables="\n".join([*made, *missing]))


def write_word(result: StudyResult, path: Path) -> Path:
    """Write every table of a study to one Word document; its bytes depend on the tables alone.

    Raises
    ------
    ReportError
        When the path does not end in .docx.
    """
    from docx import Document
    from docx.shared import Inches

    if path.suffix != ".docx":
        raise ReportError(f"a Word document ends in .docx, which {path.name} does not: rename it")
    document = Document()
    tables = study_tables(result)
    if max((table.df.shape[1] for table in tables), default=0) > _UPRIGHT:
        section = document.sections[0]
        section.page_width, section.page_height = section.page_height, section.page_width
        section.left_margin = section.right_margin = Inches(0.6)
    for number, table in enumerate(tables, 1):
        _append(document, table, number)
    for told in not_estimated(result):
        document.add_paragraph(re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]", " ", told))
    buffer = io.BytesIO()
    document.save(buffer)
    write_whole(path, _undated(buffer.getvalue()))
    return path


def _append(document: WordDocument, table: MTable, number: int) -> None:
    """Add caption and table to the end of a document; the caption's field shows its number before Word counts."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    body = document.element.body
    made = table.make("docx", docx_style=_WORD).element.body
    for ended in made.xpath(".//w:fldChar[@w:fldCharType='end']"):
        between, shown = OxmlElement("w:fldChar"), OxmlElement("w:t")
        between.set(qn("w:fldCharType"), "separate")
        shown.text = str(number)
        ended.addprevious(between)
        ended.addprevious(shown)
    for element in made.xpath("./w:p | ./w:tbl"):
        body.insert(len(body) - 1, element)
    document.add_paragraph()


def _named(text: str, name: str) -> str:
    """Give a table its name in place of the random one, and leave out the ids of cells, which tables would share."""
    drawn = re.findall(r'<div id="(\w+)"', text)[0]
    style, rule, table = text.replace(drawn, name).partition("</style>")
    return style + rule + re.sub(r' (?:id|headers|aria-labelledby)="[^"]*"', "", table)


def _undated(data: bytes) -> bytes:
    """Give the members of a zip archive one date."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new:
        for member in old.infolist():
            new.writestr(zipfile.ZipInfo(member.filename, _EPOCH), old.read(member), zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def _made(frame: pd.DataFrame, *, title: str, notes: Sequence[str]) -> MTable:
    from maketables import MTable

    return MTable(frame, caption=title, notes=" ".join(notes), rgroup_display=False)
