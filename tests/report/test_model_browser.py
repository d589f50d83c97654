"""The model's page in a real browser: drawn, silent, at home on a phone, and its buttons within reach of a keyboard."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from emtract.report.model_page import write_model
from tests.report.conftest import make_provenance
from tests.report.devtools import Browser, find_browser
from tests.report.test_model_page import findings
from tests.report.test_page import HOSTILE

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(find_browser() is None, reason="no chromium, chromium-browser or google-chrome on the path"),
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with Browser(str(find_browser())) as opened:
        yield opened


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("reports") / "model"
    return write_model(findings(), make_provenance(files=3), folder).index


@pytest.mark.parametrize("dark", [False, True])
def test_every_plot_is_drawn_without_error_or_network(browser: Browser, index: Path, dark: bool) -> None:
    visit = browser.open(index, dark=dark)
    assert visit.errors == []
    assert {Path(url).name for url in visit.requests} == {"index.html", "plotly.min.js"}
    drawn = browser.run("[...document.querySelectorAll('.plot')].map(p => p.querySelectorAll('.trace').length)")
    assert len(drawn) == 4 and min(drawn) >= 4


def test_a_phone_scrolls_one_way(browser: Browser, index: Path) -> None:
    browser.open(index, width=360, height=800, mobile=True)
    assert browser.run("document.documentElement.scrollWidth") == 360


def test_a_keyboard_reaches_each_emotion(browser: Browser, index: Path) -> None:
    browser.open(index)
    buttons = "[...document.querySelectorAll('[data-plot=calibration]')]"
    assert browser.run(f"{buttons}.map(b => b.textContent)")[:2] == ["Likeliest", "Neutral"]
    browser.run(f"{buttons}[7].focus()")
    assert browser.run(f"document.activeElement === {buttons}[7]")
    browser.run("document.activeElement.click()")
    shown = "[...new Set(document.getElementById('calibration').data.filter(t => t.visible).map(t => t.meta.group))]"
    assert browser.run(shown) == ["Fear"]
    assert browser.run(f"{buttons}.findIndex(b => b.ariaPressed === 'true')") == 7


def test_hostile_text_runs_nowhere(browser: Browser, tmp_path: Path) -> None:
    page = write_model(findings(HOSTILE), make_provenance(files=1), tmp_path / "model")
    assert browser.open(page.index).errors == []
    assert browser.run("typeof window.hacked") == "undefined"
