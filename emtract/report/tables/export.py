"""The tables of a study in their order, and all of them as LaTeX with booktabs rules, as HTML, as Word: through maketables."""

from __future__ import annotations

import html
import io
import re
import unicodedata
import zipfile
from typing import TYPE_CHECKING, Final

from emtract.atomic import write_whole
from emtract.errors import ReportError
from emtract.report.study.findings import finding_sections
from emtract.report.tables.measurement import measurement_tables
from emtract.report.tables.reading import read_tables
from emtract.report.tables.regressions import exhibit_tables, not_estimated

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator
    from pathlib import Path

    from docx.document import Document as WordDocument
    from maketables import MTable

    from emtract.report.tables.table import Row, Table
    from emtract.study import StudyResult

#: A longer table is no table for a page of a paper; its numbers are in the CSV.
_LONGEST: Final = 60
#: LaTeX packages that the tables need.
PACKAGES: Final = ("booktabs", "tabularx", "makecell", "threeparttable", "array")
#: Whatever ends a line, and with it a comment.
_BREAKS: Final = r"[\x00-\x1f\x7f\x85\u2028\u2029]+"
_TEX: Final = {
    "\\": r"\textbackslash{}",
    "&": r"\&",
    "%": r"\%",
    "$": r"\$",
    "#": r"\#",
    "_": r"\_",
    "{": r"\{",
    "}": r"\}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "\u00a0": "~",
    "<": r"$<$",
    ">": r"$>$",
    "\u2212": "$-$",
    "\u2013": "--",
    "\u2014": "---",
    "\u2019": "'",
    "\u201c": "``",
    "\u201d": "''",
    "\u00b2": r"\textsuperscript{2}",
    "\u00d7": r"$\times$",
    "\u2026": r"\ldots{}",
    "\u2264": r"$\le$",
    "\u2265": r"$\ge$",
}
#: The last of Latin Extended-A: up to it LaTeX has every letter.
_LAST_LETTER: Final = "\u017f"
_TEX_STYLE: Final = {"first_row_addlinespace": None, "data_addlinespace": None, "rgroup_addlinespace": None}
_WEB_STYLE: Final = {"source_notes_font_size": "13px"}
_WORD_STYLE: Final = {"prevent_page_breaks": False, "font_size_pt": 9, "notes_font_size_pt": 8, "caption_align": "left"}
_PAGE: Final = (
    "<!doctype html>\n<html lang='en'><head><meta charset='utf-8'>"
    "<meta name='viewport' content='width=device-width'><title>{title}</title></head>\n"
    "<body style='margin:2rem'>\n{tables}\n</body></html>\n"
)
#: What no XML may hold.
_UNWRITABLE: Final = r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]"
#: Members of the archive that a Word document is carry this date, so that two runs give the same bytes.
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)
#: Part of a table of regressions in which a row stands.
_PARTS: Final = {"estimate": "Estimates", "error": "Estimates", "fact": "Specification"}
#: Columns of numbers that an upright page carries.
_UPRIGHT: Final = 5


def study_tables(result: StudyResult) -> tuple[Table, ...]:
    """Return every table of a study that a paper can print: exhibits of regressions, the tables of each finding, then precision.

    Notes
    -----
    Cells are text already: stars at 1, 5 and 10 per cent, standard errors below; effects, clusters, N and within-R2 at the
    foot; the notes state covariance rule and sample.
    """
    found = [table for section in finding_sections(result) for table in (section.as_table(), *section.tables)]
    found += measurement_tables(result)
    found += [table for part in read_tables(result) for table in (part.table, *part.folded.values())]
    printable = [table for table in found if len(table.rows) <= _LONGEST and len(table.columns) > 1]
    return (*exhibit_tables(result), *printable)


def study_latex(result: StudyResult) -> str:
    """Return every table of a study as one LaTeX source.

    What was not estimated is named at the end, in comments, and in the notes of the table where it would have stood.
    """
    needs = "".join(f"% \\usepackage{{{package}}}\n" for package in PACKAGES)
    name = result.study.name
    made = [table_to_latex(table, label=f"tab:{name}:{number}") for number, table in enumerate(study_tables(result), 1)]
    missing = "".join(f"% {re.sub(_BREAKS, ' ', told)}\n" for told in not_estimated(result))
    return needs + "\n" + "\n\n".join(made) + "\n" + missing


def study_html(result: StudyResult) -> str:
    """Return every table of a study as one HTML page without a script; its bytes depend on the tables alone."""
    made = [table_to_html(table, name=f"table-{number}") for number, table in enumerate(study_tables(result), 1)]
    missing = [f"<p>{html.escape(told)}</p>" for told in not_estimated(result)]
    return _PAGE.format(title=html.escape(result.study.question), tables="\n".join([*made, *missing]))


def notebook_html(result: StudyResult) -> str:
    """Return question, answer and exhibits for a notebook: the first table open, each further one folded.

    A study without an exhibit shows the analyses of its headline.
    """
    tables = exhibit_tables(result)
    made = [table_to_html(table, name=f"notebook-{result.study.name}-{n}") for n, table in enumerate(tables, 1)]
    folded = [
        f"<details><summary>{html.escape(table.title)}</summary>{text}</details>"
        for table, text in zip(tables[1:], made[1:], strict=True)
    ]
    missing = [f"<p>{html.escape(told)}</p>" for told in not_estimated(result)]
    head = f"<h4>{html.escape(result.study.question)}</h4><p>{html.escape(result.answer())}</p>"
    names = () if made else dict.fromkeys(name for name, _ in result.study.headline if name in result.outcomes)
    found = [result.outcomes[name]._repr_html_() for name in names]
    return "\n".join((head, *made[:1], *found, *folded, *missing))


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
    if max((len(table.columns) - 1 for table in tables), default=0) > _UPRIGHT:
        section = document.sections[0]
        section.page_width, section.page_height = section.page_height, section.page_width
        section.left_margin = section.right_margin = Inches(0.6)
    for number, table in enumerate(tables, 1):
        _append(document, table, number)
    for told in not_estimated(result):
        document.add_paragraph(re.sub(_UNWRITABLE, " ", told))
    buffer = io.BytesIO()
    document.save(buffer)
    write_whole(path, _undated(buffer.getvalue()))
    return path


def table_to_latex(table: Table, *, label: str) -> str:
    """Return a table as booktabs LaTeX; needs the packages of `PACKAGES`.

    Parameters
    ----------
    table
        Two columns or more.
    label
        What LaTeX refers to it by, e.g. ``tab:study:1``; not escaped.
    """
    made = _typeset(table, escape=escape_latex, under="\\newline ", label=label)
    style: dict[str, str | None] = {**_TEX_STYLE}
    if _is_grouped(table):
        title = rf"\multicolumn{{{len(table.columns)}}}{{@{{}}l}}{{\emph{{%s}}}}"
        style |= {"group_header_format": title, "rgroup_addlinespace": ".5ex"}
    return str(made.make("tex", tex_style=style))


def escape_latex(text: str) -> str:
    """Escape what LaTeX reads as a command, and name what its fonts lack; control characters become spaces.

    Examples
    --------
    >>> escape_latex("to the 🌕")
    'to the [full moon symbol]'
    """
    escaped = "".join(_TEX.get(character) or _typed(character) for character in text)
    # After the end of a row LaTeX takes a bracket or a star for an option of that end.
    guard = "{}" if escaped.startswith(("[", "*")) else ""
    return guard + re.sub(r"[\x00-\x1f\x7f]", " ", escaped)


def _typed(character: str) -> str:
    """Return a letter as it is, and the name of a sign that no font of LaTeX has; joiners and variants are nothing."""
    if character <= _LAST_LETTER:
        return character
    if unicodedata.category(character) in {"Cf", "Mn"}:
        return ""
    return f"[{unicodedata.name(character, 'unnamed sign').lower()}]"


def table_to_html(table: Table, *, name: str) -> str:
    """Return a table as HTML under a name of its own; its cells bear no ids, which tables would share."""
    text = str(_typeset(table).make("gt", gt_style=_WEB_STYLE).as_raw_html())
    drawn = re.findall(r'<div id="(\w+)"', text)[0]
    style, rule, rest = text.replace(drawn, name).partition("</style>")
    return style + rule + re.sub(r' (?:id|headers|aria-labelledby)="[^"]*"', "", rest)


def _append(document: WordDocument, table: Table, number: int) -> None:
    """Add caption and table to the end of a document; the caption's field shows its number before Word counts."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    body = document.element.body
    drawn = _typeset(table).make("docx", docx_style=_WORD_STYLE)
    _span_titles(drawn, {row.cells[0] for row in table.rows if row.kind == "group"})
    made = drawn.element.body
    for ended in made.xpath(".//w:fldChar[@w:fldCharType='end']"):
        between, shown = OxmlElement("w:fldChar"), OxmlElement("w:t")
        between.set(qn("w:fldCharType"), "separate")
        shown.text = str(number)
        ended.addprevious(between)
        ended.addprevious(shown)
    for element in made.xpath("./w:p | ./w:tbl"):
        body.insert(len(body) - 1, element)
    document.add_paragraph()


def _span_titles(document: WordDocument, titles: Collection[str]) -> None:
    """Let the titles of groups run over all columns of a document's table."""
    for row in document.tables[0].rows:
        if row.cells[0].text in titles:
            spanned = row.cells[0].merge(row.cells[-1])
            for empty in spanned.paragraphs[1:]:
                spanned._element.remove(empty._element)


def _typeset(
    table: Table, *, escape: Callable[[str], str] = str, under: str = "\n", label: str | None = None
) -> MTable:
    """Turn a table into one of maketables: the first column names the rows, and facts stand below a rule."""
    import pandas as pd
    from maketables import MTable

    data = table.columns[1:]
    rows = [(group, row) for group, row in _under_titles(table) if row.kind != "group"]
    names = [escape(row.cells[0]) for _, row in rows]
    headings = [escape(c.heading) + (under + escape(c.below) if c.below else "") for c in data]
    grouped = [(escape(group), name) for (group, _), name in zip(rows, names, strict=True) if group]
    spanned = [(escape(c.above), text) for c, text in zip(data, headings, strict=True) if c.above]
    frame = pd.DataFrame(
        [[escape(cell) for cell in row.cells[1:]] for _, row in rows],
        index=pd.MultiIndex.from_tuples(grouped) if grouped else names,
        columns=pd.MultiIndex.from_tuples(spanned) if spanned else headings,
    )
    titled = _is_grouped(table)
    return MTable(
        frame,
        caption=escape(table.title),
        tab_label=label,
        notes=escape(" ".join(table.notes)),
        rgroup_display=titled,
        rgroup_sep="" if titled else "tb",
    )


def _is_grouped(table: Table) -> bool:
    return any(row.kind == "group" for row in table.rows)


def _under_titles(table: Table) -> Iterator[tuple[str, Row]]:
    """Yield each row with what it stands under: the title of its group, or the part of a table of regressions."""
    title = ""
    for row in table.rows:
        title = row.cells[0] if row.kind == "group" else title
        yield title or _PARTS.get(row.kind, ""), row


def _undated(data: bytes) -> bytes:
    """Give the members of a zip archive one date."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new:
        for member in old.infolist():
            new.writestr(zipfile.ZipInfo(member.filename, _EPOCH), old.read(member), zipfile.ZIP_DEFLATED)
    return buffer.getvalue()
