"""The LaTeX that pages carry is one that a paper can take: pdflatex makes pages of it, and no character is lost."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from emtract.report.tables.export import PACKAGES

REPORTS = Path(__file__).parents[3] / "reports"
TABLES = sorted(REPORTS.rglob("*.tex"))


@pytest.fixture(scope="module")
def pdflatex():
    if (program := shutil.which("pdflatex")) is None:
        pytest.skip("no LaTeX: apt-get install texlive-latex-extra")
    for package in PACKAGES:
        found = subprocess.run(["kpsewhich", f"{package}.sty"], capture_output=True, check=False)
        if found.returncode:
            pytest.skip(f"no LaTeX package {package}: apt-get install texlive-latex-extra")
    return program


def typeset(pdflatex, folder, files):
    """Log of a document that holds files of tables, and whether it is whole."""
    needs = "".join(f"\\usepackage{{{package}}}\n" for package in PACKAGES)
    inputs = "".join(f"\\input{{{path}}}\n\\clearpage\n" for path in files)
    (folder / "paper.tex").write_text(
        f"\\documentclass{{article}}\n{needs}\\begin{{document}}\n{inputs}\\end{{document}}\n"
    )
    options = ["-interaction=nonstopmode", "-halt-on-error", "-file-line-error", "-no-shell-escape"]
    done = subprocess.run([pdflatex, *options, "paper.tex"], cwd=folder, capture_output=True, timeout=240, check=False)
    log = (folder / "paper.log").read_text(encoding="utf-8", errors="replace")
    return log, done.returncode == 0 and (folder / "paper.pdf").is_file()


def test_there_are_tables_to_typeset():
    assert len(TABLES) > 20


def test_every_table_of_the_committed_pages_is_typeset_whole(pdflatex, tmp_path):
    log, whole = typeset(pdflatex, tmp_path, TABLES)
    assert whole, "\n".join(line for line in log.splitlines() if re.match(r"!|.*\.tex:\d+:", line))
    assert "Missing character" not in log


def test_a_table_that_is_none_is_seen(pdflatex, tmp_path):
    (tmp_path / "bad.tex").write_text("\\begin{tabularx}{1cm}{X} a & b \\\\ \\end{tabularx}")
    assert not typeset(pdflatex, tmp_path, [tmp_path / "bad.tex"])[1]
