"""The page of instruments in a real browser: drawn, silent, alone in its folder, at home on a phone, without serious faults."""

import pytest

from emtract.report.compare.page import write_comparison
from tests.report.compare.test_page import comparison

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    return write_comparison(comparison(), tmp_path_factory.mktemp("compare"))


@pytest.mark.parametrize("dark", [False, True])
def test_every_figure_is_drawn_without_error_or_network(browser, page, dark):
    visit = browser.open(page, dark=dark)
    assert visit.errors == [] and visit.files == {"index.html"}
    drawn = visit.run("[...document.querySelectorAll('.plot')].map(p => !!p.querySelector('.main-svg'))")
    assert len(drawn) == 5 and all(drawn)
    assert visit.run("window.pwned") is None


def test_a_button_shows_another_measure(browser, page):
    visit = browser.open(page)
    button = visit.page.locator("button[data-plot=agreement]", has_text="Labels, share")
    button.click()
    assert button.get_attribute("aria-pressed") == "true"


def test_a_phone_scrolls_one_way(browser, page):
    visit = browser.open(page, width=390, height=800, mobile=True)
    assert visit.run("document.documentElement.scrollWidth") == 390


def test_no_serious_fault_of_accessibility(browser, page):
    assert browser.open(page).faults() == []
