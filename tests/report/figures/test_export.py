"""Tables as Word and HTML, figures as files: the cells of the page, the data beside each figure, the same bytes twice."""

import html
import re
import shutil
import sys
import xml.etree.ElementTree as ET
from dataclasses import replace

import plotly.graph_objects as go
import polars as pl
import pytest
from docx import Document

from emtract.errors import ReportError
from emtract.report.figures import export
from emtract.report.figures.export import alone, stills
from emtract.report.study.result import StudyReport
from tests.cut import content
from tests.report.gallery import gallery


@pytest.fixture(scope="module")
def report(inputs):
    return StudyReport.of(inputs.result)


@pytest.fixture(scope="module")
def findings():
    return StudyReport.of(gallery(kinds=("bars", "lines", "heat")))


def test_word_has_the_cells_stars_facts_and_notes_of_every_exhibit(report, tmp_path):
    document = Document(str(report.to_word(tmp_path / "t.docx")))
    assert len(document.tables) == len(report.study.exhibits)
    first = document.tables[0]
    labels = [row.cells[0].text for row in first.rows]
    for fact in ("Firm fixed effects", "Session fixed effects", "Clusters", "Observations", "Within R\u00b2"):
        assert fact in labels
    valence = first.rows[labels.index("Valence")].cells[1].text
    found = report.results["contemporaneous_valence"].tidy().row(0, named=True)
    assert valence == f"{found['estimate']:.2f}***"
    assert first.rows[labels.index("Valence") + 1].cells[1].text == f"({found['std_error']:.2f})"
    notes = first.rows[-1].cells[0].text
    for said in ("clustered by firm and session", "Sample: all rows of the panel", "*** p < 0.01"):
        assert said in notes.replace("\u00a0", " ")
    captions = [p.text for p in document.paragraphs if p.style.name == "Caption"]
    assert captions == [f"Table {i}: {e.title}" for i, e in enumerate(report.study.exhibits, 1)]


def test_html_has_the_same_cells_and_no_script(report):
    text = report.to_html()
    assert "<script" not in text
    assert text.count("<table") == len(report.study.exhibits)
    assert "R<sup>2</sup>" in text
    ids = re.findall(r'\bid="([^"]*)"', text)
    assert len(ids) == len(set(ids))


def test_tables_of_findings_follow_those_of_regressions(findings):
    text = findings.to_html()
    for section in ("First-day and long-run returns", "Paths", "Two-sample tests"):
        assert section in text


def test_hostile_texts_are_shown_and_not_obeyed(tmp_path):
    hostile = "<script>alert(1)</script> & {x}"
    report = StudyReport.of(gallery(words=hostile, kinds=("bars",)))
    text = report.to_html()
    assert "<script" not in text
    assert html.escape(hostile) in text
    export.save_figures(report, tmp_path, formats=("html",))
    assert "<script>alert" not in (tmp_path / "bars.html").read_text(encoding="utf-8")


def test_two_runs_write_the_same_bytes(tmp_path):
    report = StudyReport.of(gallery(kinds=("bars",)))

    def saved(name):
        folder = report.save(tmp_path / name)
        return {p.relative_to(folder): p.read_bytes() for p in folder.rglob("*") if p.is_file()}

    once = saved("a")
    assert once == saved("b")
    assert len(once) >= 8


def test_the_data_beside_a_figure_are_its_chart(findings, tmp_path):
    written = export.save_figures(findings, tmp_path, formats=())
    assert list(written) == list(findings.figures())
    for name, (path,) in written.items():
        assert pl.read_csv(path).height == findings.figure_data(name).height


def test_a_picture_is_made_of_each_button_and_has_none(report):
    drawn = report._named("coefficients").draw()
    pictures = stills(drawn, title="Estimates")
    buttons = drawn.layout.updatemenus[0].buttons
    assert len(pictures) == len(buttons) > 1
    for picture, button in zip(pictures.values(), buttons, strict=True):
        assert not picture.layout.updatemenus
        assert picture.layout.title.text == f"Estimates: {button.label}"
        assert [t.visible for t in picture.data] == list(button.args[0]["visible"])
        assert list(picture.layout.xaxis.range) == list(button.args[1]["xaxis.range"])
        assert picture.layout.paper_bgcolor == "white"
    assert drawn.layout.paper_bgcolor != "white", "the figure of the page is left as it was"


def test_a_figure_alone_has_room_for_title_and_buttons_and_keeps_its_plot(report):
    drawn = report._named("coefficients").draw()
    made = alone(drawn, title="a < b")

    def inner(figure):
        return figure.layout.height - figure.layout.margin.t - figure.layout.margin.b

    assert inner(made) == inner(drawn)
    assert made.layout.margin.t >= drawn.layout.margin.t + 60
    assert made.layout.title.text == "a &lt; b"


def test_lines_have_the_key_that_the_page_draws(findings):
    names = [name for name in findings.figures() if name.startswith("lines")]
    figure = findings.figure(names[0])
    assert isinstance(figure, go.Figure)
    assert figure.layout.showlegend
    shown = [trace.name for trace in figure.data if trace.showlegend]
    assert shown == findings.figure_data(names[0])["line"].unique(maintain_order=True).to_list()
    assert figure.layout.meta is None


def test_two_figures_of_one_name_are_refused(inputs, findings):
    clash = replace(inputs.result, findings={"coefficients": findings.findings["bars"]})
    with pytest.raises(ReportError, match="two figures of one name"):
        StudyReport.of(clash).figures()


@pytest.mark.parametrize(
    ("lacking", "remedy"), [("kaleido", r"pip install 'emtract\[figures\]'"), ("browser", "apt install chromium")]
)
def test_pictures_without_their_tools_name_the_remedy_and_write_nothing(
    findings, tmp_path, monkeypatch, lacking, remedy
):
    if lacking == "kaleido":
        monkeypatch.setitem(sys.modules, "kaleido", None)
    else:
        pytest.importorskip("kaleido", reason="the extra figures draws pictures")
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(ReportError, match=remedy):
        findings.save(tmp_path / "paper", formats=("svg",))
    assert not (tmp_path / "paper").exists()


def test_an_unknown_format_and_a_wrong_suffix_are_refused(findings, tmp_path):
    with pytest.raises(ReportError, match="no figure format bmp: name html, svg, pdf, png"):
        export.save_figures(findings, tmp_path, formats=("bmp",))
    with pytest.raises(ReportError, match=r"ends in \.docx"):
        findings.to_word(tmp_path / "t.doc")


@pytest.mark.browser
def test_pictures_are_drawn_in_every_format_to_the_same_bytes(tmp_path):
    pytest.importorskip("kaleido", reason="the extra figures draws pictures")
    if export.find_browser() is None:
        pytest.skip("no Chrome or Chromium on the path")
    report = StudyReport.of(gallery(kinds=("heat",)))  # whose colour bar has an id of its own
    data, svg, pdf, png = export.save_figures(report, tmp_path / "a")["heat"]
    again = export.save_figures(report, tmp_path / "b", formats=("svg", "pdf"))["heat"]
    assert [path.read_bytes() for path in (data, svg, pdf)] == [path.read_bytes() for path in again]
    assert data.suffix == ".csv"
    drawn = ET.parse(svg).getroot()
    assert drawn.tag.endswith("svg")
    assert "".join(drawn.itertext()).strip()
    text = svg.read_text(encoding="utf-8")
    assert set(re.findall(r"url\(['\"]?#([^'\")&]+)", text)) <= set(re.findall(r'\bid="([^"]+)"', text))
    assert pdf.read_bytes().startswith(b"%PDF")
    assert png.read_bytes().startswith(b"\x89PNG")
    assert int.from_bytes(png.read_bytes()[16:20], "big") == 2 * export.WIDTH


def test_a_picture_takes_its_place_when_all_are_drawn(tmp_path, monkeypatch):
    """Kaleido takes the name of each picture first, with an empty file, and removes it where drawing fails."""
    (tmp_path / "heat.svg").write_text("drawn before")

    class Kaleido:
        @staticmethod
        def write_fig_from_object_sync(orders, **_):
            for order in orders:
                order["path"].touch()
            raise KeyboardInterrupt

    monkeypatch.setattr(export, "bring", lambda *_, **__: Kaleido)
    orders = [{"path": tmp_path / name, "opts": {"format": "svg"}} for name in ("heat.svg", "lines.svg")]
    with pytest.raises(KeyboardInterrupt):
        export._render(orders)
    assert content(tmp_path) == {"heat.svg": b"drawn before"}
