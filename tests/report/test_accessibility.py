"""Each kind of page for readers who see little, see other colours, or use no mouse: axe-core, and a walk by keyboard."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from emtract.econometrics.finding import Chart
from emtract.report.explanation import write_explanation
from emtract.report.model.page import write_model
from emtract.report.study.page import write_index, write_study
from tests.report.browser import Browser, Visit
from tests.report.conftest import make_provenance
from tests.report.gallery import frame_of, gallery
from tests.report.model.test_page import findings
from tests.report.test_browser import many_views
from tests.report.test_explanation import explanation

pytestmark = pytest.mark.browser

# Whatever a reader may act on, and is shown.
CONTROLS = (
    "[...document.querySelectorAll('a[href], button, select, summary, [tabindex]')].filter(e => e.checkVisibility())"
)
RING = """() => { const e = document.activeElement, s = getComputedStyle(e); e.dataset.reached = '';
    return [e.outerHTML.slice(0, 90), s.outlineStyle === 'solid' && parseFloat(s.outlineWidth) >= 2]; }"""


def long_names(folder: Path) -> Path:
    """A page whose figure has names at its left and a title below that are wider than half a phone."""
    groups, terms = ("Same session", "Session that opens"), ("valence_market_verified - valence_market_unverified",)
    frame = frame_of(terms * 2, np.array([1.0, -40.0]), 9.0).with_columns(group=pl.Series(groups))
    chart = Chart("coefficients", "For whom", frame, "basis points per common standard deviation")
    result = gallery("long", kinds=("coefficients",))
    found = replace(result.findings["coefficients"], charts=(chart,))
    return write_study(replace(result, findings={"coefficients": found}), make_provenance(files=1), folder).index


@pytest.fixture(scope="module")
def pages(page: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("kinds")
    made = write_study(gallery(), make_provenance(files=2), folder, notice="Generated data.")
    return {
        "study": page / "daily_returns" / "index.html",
        "findings": made.index,
        "list of views": many_views(folder),
        "long names": long_names(folder),
        "model": write_model(findings(), make_provenance(files=3), folder / "model").index,
        "index": write_index(folder),
        "explanation": write_explanation(explanation(), folder / "explanation.html"),
    }


KINDS = ("study", "findings", "list of views", "model", "index", "explanation")


@pytest.mark.parametrize("kind", KINDS)
def test_axe_finds_no_serious_fault(browser: Browser, pages: dict[str, Path], kind: str) -> None:
    """Colours do not depend on the width, nor widths on the theme: two looks meet all four."""
    visit = browser.open(pages[kind])
    visit.run("document.querySelectorAll('details').forEach(e => e.open = true)")
    assert visit.faults() == []
    visit.page.set_viewport_size({"width": 390, "height": 800})
    visit.page.emulate_media(color_scheme="dark")
    visit.settle()
    assert visit.faults() == []
    assert visit.errors == []


def test_axe_sees_a_fault(browser: Browser, tmp_path: Path) -> None:
    bad = tmp_path / "bad.html"
    bad.write_text("<html lang=en><title>x</title><p style='color:#aaa'>pale</p><button></button>", encoding="utf-8")
    assert [fault.split(" ")[0] for fault in browser.open(bad).faults()] == ["button-name", "color-contrast"]


@pytest.mark.parametrize("kind", ["findings", "list of views", "model", "index"])
def test_a_keyboard_reaches_every_control_and_shows_where_it_is(
    browser: Browser, pages: dict[str, Path], kind: str
) -> None:
    visit = browser.open(pages[kind])
    stops = []
    while visit.tab():
        stops.append(visit.run(RING))
    assert [name for name, ringed in stops if not ringed] == []
    assert visit.run(f"{CONTROLS}.filter(e => !('reached' in e.dataset)).map(e => e.outerHTML.slice(0, 90))") == []


def marks(visit: Visit, plot: str) -> list[str]:
    """Where the marks of a plot stand."""
    places = f"[...document.querySelectorAll('#{plot} .trace path')].map(p => [p.getAttribute('d'), p.getAttribute('transform')])"
    return [str(place) for place in visit.run(places)]


@pytest.mark.parametrize("plot", ["chart-coefficients", "chart-curve"])
def test_keys_press_buttons_and_the_drawing_changes(browser: Browser, pages: dict[str, Path], plot: str) -> None:
    visit = browser.open(pages["findings"])
    first, second = (visit.page.locator(f"button[data-plot={plot}]").nth(i) for i in (0, 1))
    before = marks(visit, plot)
    second.press("Enter")
    after = marks(visit, plot)
    assert second.get_attribute("aria-pressed") == "true" and after != before
    first.press("Space")
    assert first.get_attribute("aria-pressed") == "true" and marks(visit, plot) == before


def test_keys_hide_a_line(browser: Browser, pages: dict[str, Path]) -> None:
    visit = browser.open(pages["findings"])
    before = len(marks(visit, "chart-lines_1"))
    visit.page.locator("[data-key=chart-lines_1]").first.press("Space")
    assert len(marks(visit, "chart-lines_1")) < before


@pytest.mark.parametrize("kind", ["svg", "png"])
def test_a_figure_is_saved_without_a_server(
    browser: Browser, pages: dict[str, Path], tmp_path: Path, kind: str
) -> None:
    visit = browser.open(pages["findings"])
    with visit.page.expect_download() as download:
        visit.page.locator(f"[data-save=chart-fan][data-format={kind}]").press("Enter")
    download.value.save_as(tmp_path / "figure")
    assert download.value.suggested_filename == f"gallery-chart-fan.{kind}"
    assert (tmp_path / "figure").read_bytes()[:4] == {"svg": b"<svg", "png": b"\x89PNG"}[kind]
    assert visit.errors == []


CUT = """[...document.querySelectorAll('.plot')].flatMap(plot => {
    const frame = plot.querySelector('.main-svg').getBoundingClientRect();
    return [...plot.querySelectorAll('text')].map(t => [t.textContent, t.getBoundingClientRect()])
        .filter(([, b]) => b.width && (b.left < frame.left - 1 || b.right > frame.right + 1 || b.bottom > frame.bottom + 1))
        .map(([text]) => `${plot.id}: ${text}`);
})"""


@pytest.mark.parametrize("kind", ["study", "findings", "long names", "model"])
def test_a_phone_cuts_no_word_of_a_figure(browser: Browser, pages: dict[str, Path], kind: str) -> None:
    visit = browser.open(pages[kind], width=360, height=800, mobile=True)
    assert visit.run(CUT) == []
    for button in visit.page.locator(".toggle button").all():
        button.tap()
    assert visit.run(CUT) == []
    assert visit.run("document.documentElement.scrollWidth") == 360


def test_a_desk_leaves_long_names_whole(browser: Browser, pages: dict[str, Path]) -> None:
    visit = browser.open(pages["long names"])
    assert "basis points per common standard deviation" in visit.run("document.querySelector('.xtitle').textContent")
    assert visit.run("document.querySelectorAll('.ytick tspan.line').length") == 0
