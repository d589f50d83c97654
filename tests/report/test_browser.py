"""The page in a real browser: every plot drawn, no script error, nothing asked of the network, at home on a phone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from emtract.report.page import write_study
from tests.report.conftest import make_provenance
from tests.report.devtools import Browser, find_browser
from tests.report.gallery import gallery
from tests.report.test_page import HOSTILE, hostile_page

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(find_browser() is None, reason="no chromium, chromium-browser or google-chrome on the path"),
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with Browser(str(find_browser())) as opened:
        yield opened


@pytest.fixture(scope="module")
def index(page: Path) -> Path:
    return page / "daily_returns" / "index.html"


@pytest.mark.parametrize("dark", [False, True])
def test_every_plot_is_drawn_without_error_or_network(browser: Browser, index: Path, dark: bool) -> None:
    visit = browser.open(index, dark=dark)
    assert visit.errors == []
    assert {url.split(":")[0] for url in visit.requests} == {"file"}
    assert {Path(url).name for url in visit.requests} == {"index.html", "plotly.min.js"}
    assert browser.run(
        "[...document.querySelectorAll('.plot')].map(p => p.querySelectorAll('.scatterlayer .trace').length)"
    ) == [21, 18]


def test_a_script_error_is_seen(browser: Browser, tmp_path: Path) -> None:
    bad = tmp_path / "bad.html"
    bad.write_text("<script>throw new Error('deliberate')</script>", encoding="utf-8")
    assert any("deliberate" in error for error in browser.open(bad).errors)


def test_a_request_is_seen(browser: Browser, tmp_path: Path) -> None:
    bad = tmp_path / "bad.html"
    bad.write_text("<img src='http://127.0.0.1:9/pixel.png'>", encoding="utf-8")
    assert any(url.startswith("http:") for url in browser.open(bad).requests)


def test_the_page_forbids_connections(browser: Browser, index: Path) -> None:
    browser.open(index)
    assert browser.run("fetch('http://127.0.0.1:9/').then(() => 'sent', error => error.name)") == "TypeError"
    assert any("Content Security Policy" in error for error in browser.visit.errors)
    assert not any(url.startswith("http") for url in browser.visit.requests)


@pytest.mark.parametrize("width", [360, 390])
def test_a_phone_scrolls_one_way(browser: Browser, index: Path, width: int) -> None:
    browser.open(index, width=width, height=800, mobile=True)
    assert browser.run("document.documentElement.scrollWidth") == width
    over = "[...document.querySelectorAll('.plot text')].filter(t => { const b = t.getBoundingClientRect();"
    assert browser.run(over + f"return b.width && (b.left < 0 || b.right > {width}) }}).map(t => t.textContent)") == []


def test_buttons_switch_the_group_and_say_so(browser: Browser, index: Path) -> None:
    browser.open(index)
    names = "[...document.querySelectorAll('#coefficients .yaxislayer-above text')].map(t => t.textContent)"
    assert browser.run(names)[:2] == ["Valence", "Happy"]
    shown = "document.getElementById('coefficients').data.filter(t => t.visible).map(t => t.meta.group)"
    browser.run("document.querySelectorAll('[data-plot=coefficients]')[1].click()")
    assert set(browser.run(shown)) == {"Predictive"}
    pressed = "[...document.querySelectorAll('[data-plot=coefficients]')].map(b => b.ariaPressed)"
    assert browser.run(pressed) == ["false", "true", "false"]


def test_figures_follow_the_theme(browser: Browser, index: Path) -> None:
    browser.open(index)
    plot = "document.getElementById('coefficients')"
    colours = f"[{plot}.layout.font.color, {plot}.data[0].line.color]"
    light = browser.run(colours)
    browser.send("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": "dark"}])
    browser.run("new Promise(done => setTimeout(done, 200))")
    dark = browser.run(colours)
    assert light[0] != dark[0] and light[1] != dark[1]


def test_hostile_text_runs_nowhere(browser: Browser, tmp_path: Path) -> None:
    index = hostile_page(tmp_path)
    for target in (tmp_path / "hostile" / "index.html", index):
        visit = browser.open(target)
        assert visit.errors == []
        assert browser.run("typeof window.hacked") == "undefined"


@pytest.fixture(scope="module")
def findings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("findings")
    return write_study(gallery(), make_provenance(files=2), folder, notice="Generated data.").index


@pytest.mark.parametrize("dark", [False, True])
def test_every_kind_of_chart_is_drawn(browser: Browser, findings: Path, dark: bool) -> None:
    visit = browser.open(findings, dark=dark)
    assert visit.errors == []
    # A heat map is drawn as an image that the page itself holds.
    asked = [url for url in visit.requests if not url.startswith("data:")]
    assert {Path(url).name for url in asked} == {"index.html", "plotly.min.js"}
    marks = "p.querySelectorAll('.trace, .point, .hm').length"
    drawn = browser.run(f"Object.fromEntries([...document.querySelectorAll('.plot')].map(p => [p.id, {marks}]))")
    assert set(drawn) == {f"chart-{n}" for n in ("bars", "fan", "lines_1", "lines_2", "coefficients", "curve", "heat")}
    assert all(drawn.values()), drawn


@pytest.mark.parametrize("width", [360, 390])
def test_charts_of_findings_fit_a_phone(browser: Browser, findings: Path, width: int) -> None:
    browser.open(findings, width=width, height=800, mobile=True)
    assert browser.run("document.documentElement.scrollWidth") == width
    over = "[...document.querySelectorAll('.plot text')].filter(t => { const b = t.getBoundingClientRect();"
    assert browser.run(over + f"return b.width && (b.left < 0 || b.right > {width}) }}).map(t => t.textContent)") == []
    fan = "document.getElementById('chart-fan')"
    assert browser.run(f"{fan}.layout.xaxis2.domain[0] === {fan}.layout.xaxis.domain[0]")
    assert browser.run(f"{fan}.querySelector('.main-svg').getBoundingClientRect().height === {fan}.layout.height")


def test_a_wide_page_sets_panels_side_by_side(browser: Browser, findings: Path) -> None:
    browser.open(findings)
    assert browser.run("document.getElementById('chart-fan').layout.xaxis2.domain[0]") > 0.3


def test_keys_hide_and_show_their_line(browser: Browser, findings: Path) -> None:
    browser.open(findings)
    key = "document.querySelectorAll('[data-key=chart-lines_1]')[1]"
    shown = "document.getElementById('chart-lines_1').data.map(t => t.visible ?? true)"
    browser.run(f"{key}.focus(); {key}.click()")
    assert browser.run(shown) == [True, False, True] and browser.run(f"{key}.ariaPressed") == "false"
    browser.run(f"{key}.click()")
    assert browser.run(shown) == [True, True, True]


def test_the_sentence_of_a_curve_follows_its_button(browser: Browser, findings: Path) -> None:
    browser.open(findings)
    shown = "[...document.querySelectorAll('[data-says=chart-curve]')].filter(p => !p.hidden)"
    said = f"{shown}.map(p => p.textContent.split(':')[0])"
    assert browser.run(said) == ["Happy"]
    browser.run("document.querySelectorAll('[data-plot=chart-curve]')[2].click()")
    assert browser.run(said) == ["Fear"]


def test_hostile_findings_run_nowhere(browser: Browser, tmp_path: Path) -> None:
    made = write_study(gallery("hostile", words=HOSTILE), make_provenance(files=1), tmp_path, notice=HOSTILE)
    assert browser.open(made.index).errors == []
    assert browser.run("typeof window.hacked") == "undefined"


def test_without_plotly_the_tables_remain(browser: Browser, index: Path, tmp_path: Path) -> None:
    (tmp_path / "alone.html").write_bytes(index.read_bytes())
    browser.open(tmp_path / "alone.html")
    assert "plotly.min.js" in browser.run("document.getElementById('coefficients').textContent")
    assert browser.run("document.querySelectorAll('.regression').length") == 2


def test_paper_is_light_even_for_a_dark_reader(browser: Browser, index: Path) -> None:
    browser.open(index, dark=True)
    colour = "document.getElementById('coefficients').layout.font.color"
    before = browser.run(colour)
    browser.run("dispatchEvent(new Event('beforeprint'))")
    printed = browser.run(colour)
    browser.run("dispatchEvent(new Event('afterprint'))")
    browser.run("new Promise(done => setTimeout(done, 100))")
    assert printed != before == browser.run(colour)
