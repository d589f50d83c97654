"""The model's page in a real browser: drawn, silent, at home on a phone, and its buttons within reach of a keyboard."""

from __future__ import annotations

from pathlib import Path

import pytest

from emtract.report.model.page import write_model
from tests.report.browser import Browser
from tests.report.conftest import make_provenance
from tests.report.model.test_page import findings
from tests.report.study.test_page import HOSTILE

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("reports") / "model"
    return write_model(findings(), make_provenance(files=3), folder).index


@pytest.mark.parametrize("dark", [False, True])
def test_every_plot_is_drawn_without_error_or_network(browser: Browser, index: Path, dark: bool) -> None:
    visit = browser.open(index, dark=dark)
    assert visit.errors == []
    assert visit.files == {"index.html", "plotly.min.js"}
    drawn = visit.run("[...document.querySelectorAll('.plot')].map(p => p.querySelectorAll('.trace').length)")
    assert len(drawn) == 4 and min(drawn) >= 4


def test_a_phone_scrolls_one_way(browser: Browser, index: Path) -> None:
    visit = browser.open(index, width=360, height=800, mobile=True)
    assert visit.run("document.documentElement.scrollWidth") == 360


def test_a_keyboard_reaches_each_emotion(browser: Browser, index: Path) -> None:
    visit = browser.open(index)
    choice = visit.page.locator("select[data-plot=calibration]")
    assert choice.locator("option").all_text_contents()[:2] == ["Likeliest", "Neutral"]
    choice.focus()
    visit.page.keyboard.press("End")
    shown = "[...new Set(document.getElementById('calibration').data.filter(t => t.visible).map(t => t.meta.group))]"
    assert visit.run(shown) == ["Fear"]


def test_hostile_text_runs_nowhere(browser: Browser, tmp_path: Path) -> None:
    page = write_model(findings(HOSTILE), make_provenance(files=1), tmp_path / "model")
    visit = browser.open(page.index)
    assert visit.errors == []
    assert visit.run("typeof window.hacked") == "undefined"
