"""Tables as LaTeX with booktabs rules, through maketables."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, Final

from emtract.report.study.findings import finding_sections
from emtract.report.tables.regressions import exhibit_tables, not_estimated

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from emtract.report.tables.frames import PlainTable
    from emtract.report.tables.regressions import RegressionTable
    from emtract.study import StudyResult

#: LaTeX packages that the tables need.
PACKAGES: Final = ("booktabs", "tabularx", "makecell", "threeparttable", "array")
#: Whatever ends a line, and with it a comment.
_BREAKS: Final = r"[\x00-\x1f\x7f\x85\u2028\u2029]+"
#: A longer table is no table for a page of a paper; its numbers are in the CSV.
_LONGEST: Final = 60
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
    "\u00b2": r"\textsuperscript{2}",
    "\u00d7": r"$\times$",
    "\u2026": r"\ldots{}",
    "\u2264": r"$\le$",
    "\u2265": r"$\ge$",
}


def escape_latex(text: str) -> str:
    """Escape every character that LaTeX reads as a command; unknown control characters become spaces."""
    escaped = "".join(_TEX.get(character, character) for character in text)
    return re.sub(r"[\x00-\x1f\x7f]", " ", escaped)


def table_to_latex(table: RegressionTable, *, label: str) -> str:
    """Return a regression table as booktabs LaTeX; needs the packages of `PACKAGES`."""
    import pandas as pd

    groups = ["facts" if row.kind == "fact" else "coefficients" for row in table.rows]
    frame = pd.DataFrame(
        [[escape_latex(cell) for cell in row.cells] for row in table.rows],
        index=pd.MultiIndex.from_tuples([(g, escape_latex(r.label)) for g, r in zip(groups, table.rows, strict=True)]),
        columns=pd.MultiIndex.from_tuples(
            [(escape_latex(c.dependent), rf"{c.number}\newline {escape_latex(c.label)}") for c in table.columns]
        ),
    )
    return _booktabs(frame, title=table.title, label=label, notes=table.notes)


def plain_to_latex(table: PlainTable, *, title: str, label: str, notes: Sequence[str] = ()) -> str:
    """Return a table of text as booktabs LaTeX, its first column as the names of the rows.

    Parameters
    ----------
    table
        Two columns or more.
    title
        Caption, plain text.
    label
        What LaTeX refers to it by, e.g. ``tab:study:1``; not escaped.
    notes
        Sentences below the table, plain text.
    """
    import pandas as pd

    frame = pd.DataFrame(
        [[escape_latex(cell) for cell in row[1:]] for row in table.rows],
        index=pd.MultiIndex.from_tuples([("rows", escape_latex(row[0])) for row in table.rows]),
        columns=[escape_latex(heading) for heading in table.headings[1:]],
    )
    return _booktabs(frame, title=title, label=label, notes=notes)


def _booktabs(frame: pd.DataFrame, *, title: str, label: str, notes: Sequence[str]) -> str:
    from maketables import MTable

    style = {"first_row_addlinespace": None, "data_addlinespace": None, "rgroup_addlinespace": None}
    made = MTable(
        frame, caption=escape_latex(title), tab_label=label, notes=escape_latex(" ".join(notes)), rgroup_display=False
    )
    return str(made.make("tex", tex_style=style))


def study_latex(result: StudyResult) -> str:
    """Return every table of a study as one LaTeX source: exhibits of regressions, then those of each finding.

    What was not estimated is named at the end, in comments, and in the notes of the table where it would have stood.
    """
    exhibits = [partial(table_to_latex, table) for table in exhibit_tables(result)]
    found = [
        partial(plain_to_latex, table, title=title, notes=section.notes)
        for section in finding_sections(result)
        for title, table in ((section.label, section.as_plain()), *section.tables)
        if len(table.rows) <= _LONGEST and len(table.headings) > 1
    ]
    needs = "".join(f"% \\usepackage{{{package}}}\n" for package in PACKAGES)
    made = [table(label=f"tab:{result.study.name}:{number}") for number, table in enumerate((*exhibits, *found), 1)]
    missing = "".join(f"% {re.sub(_BREAKS, ' ', told)}\n" for told in not_estimated(result))
    return needs + "\n" + "\n\n".join(made) + "\n" + missing
