"""Every page that this repository carries, opened once from its file."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.report.browser import Browser

pytestmark = pytest.mark.browser

REPORTS = Path(__file__).parents[2] / "reports"
PAGES = sorted(REPORTS.rglob("index.html"))
DRAWN = ".trace, .point, .hm, .shapelayer path"
UNDRAWN = f"[...document.querySelectorAll('.plot')].filter(p => !p.querySelector('{DRAWN}')).map(p => p.id)"


@pytest.mark.parametrize("index", PAGES, ids=lambda path: path.relative_to(REPORTS).parent.as_posix())
def test_a_page_is_drawn_silent_and_without_serious_fault(browser: Browser, index: Path) -> None:
    visit = browser.open(index)
    assert visit.errors == []
    assert {url.split(":")[0] for url in visit.requests} <= {"file", "data", "blob"}
    assert visit.run(UNDRAWN) == []
    # What is drawn in a plot counts as one image, which the page names: axe-core need not walk through it.
    visit.run("document.querySelectorAll('.plot').forEach(plot => plot.replaceChildren())")
    assert visit.faults() == []
