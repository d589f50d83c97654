"""The page in a real browser: every plot drawn, no script error, nothing asked of the network, at home on a phone."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from emtract.econometrics.finding import Chart
from emtract.report.study.page import write_study
from tests.report.browser import Browser, Visit
from tests.report.conftest import make_provenance
from tests.report.gallery import gallery, intervals
from tests.report.study.test_page import HOSTILE, hostile_page

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def index(page: Path) -> Path:
    return page / "daily_returns" / "index.html"


@pytest.fixture(scope="module")
def findings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("findings")
    return write_study(gallery(), make_provenance(files=2), folder, notice="Generated data.").index


def assert_fits(visit: Visit, width: int) -> None:
    """The page scrolls one way only, and no text of a figure lies outside the screen."""
    assert visit.run("document.documentElement.scrollWidth") == width
    texts = "[...document.querySelectorAll('.plot text')].map(t => [t.textContent, t.getBoundingClientRect()])"
    out = f"{texts}.filter(([, b]) => b.width && (b.left < 0 || b.right > {width})).map(([t]) => t)"
    assert visit.run(out) == []


@pytest.mark.parametrize("dark", [False, True])
def test_every_plot_is_drawn_without_error_or_network(browser: Browser, index: Path, dark: bool) -> None:
    visit = browser.open(index, dark=dark)
    assert visit.errors == []
    assert {url.split(":")[0] for url in visit.requests} == {"file"}
    assert visit.files == {"index.html", "plotly.min.js"}
    drawn = "[...document.querySelectorAll('.plot')].map(p => p.querySelectorAll('.scatterlayer .trace').length)"
    coefficients, strips = visit.run(drawn)
    assert coefficients == 21 and strips >= 18


def test_a_script_error_is_seen(browser: Browser, tmp_path: Path) -> None:
    bad = tmp_path / "bad.html"
    bad.write_text("<script>throw new Error('deliberate')</script>", encoding="utf-8")
    assert any("deliberate" in error for error in browser.open(bad).errors)


@pytest.mark.parametrize(
    "asks", ["<img src='http://127.0.0.1:9/pixel.png'>", "<script>new WebSocket('ws://127.0.0.1:9/')</script>"]
)
def test_a_request_is_seen(browser: Browser, tmp_path: Path, asks: str) -> None:
    bad = tmp_path / "bad.html"
    bad.write_text(asks, encoding="utf-8")
    assert any("127.0.0.1" in url for url in browser.open(bad).requests)


def test_the_page_forbids_connections(browser: Browser, index: Path) -> None:
    visit = browser.open(index)
    assert visit.run("fetch('http://127.0.0.1:9/').then(() => 'sent', error => error.name)") == "TypeError"
    assert any("Content Security Policy" in error for error in visit.errors)
    assert not any(url.startswith("http") for url in visit.requests)


@pytest.mark.parametrize("width", [360, 390])
def test_a_phone_scrolls_one_way(browser: Browser, index: Path, width: int) -> None:
    assert_fits(browser.open(index, width=width, height=800, mobile=True), width)


def test_buttons_switch_the_group_and_say_so(browser: Browser, index: Path) -> None:
    visit = browser.open(index)
    names = "[...document.querySelectorAll('#coefficients .yaxislayer-above text')].map(t => t.textContent)"
    assert visit.run(names)[:2] == ["Valence", "Happy"]
    places = "[...document.querySelectorAll('#coefficients .point')].map(p => p.getAttribute('transform'))"
    shown = "document.getElementById('coefficients').data.filter(t => t.visible).map(t => t.meta.group)"
    before = visit.run(places)
    visit.page.locator("[data-plot=coefficients]").nth(1).click()
    assert set(visit.run(shown)) == {"Contemporaneous"}
    assert visit.run(places) != before
    pressed = "[...document.querySelectorAll('[data-plot=coefficients]')].map(b => b.ariaPressed)"
    assert visit.run(pressed) == ["false", "true", "false"]


def test_figures_follow_the_theme(browser: Browser, index: Path) -> None:
    visit = browser.open(index)
    plot = "document.getElementById('coefficients')"
    colours = f"[{plot}.layout.font.color, {plot}.data[0].line.color]"
    light = visit.run(colours)
    visit.page.emulate_media(color_scheme="dark")
    visit.settle()
    dark = visit.run(colours)
    assert light[0] != dark[0] and light[1] != dark[1]


def test_hostile_text_runs_nowhere(browser: Browser, tmp_path: Path) -> None:
    index = hostile_page(tmp_path)
    for target in (tmp_path / "hostile" / "index.html", index):
        visit = browser.open(target)
        assert visit.errors == []
        assert visit.run("typeof window.hacked") == "undefined"


@pytest.mark.parametrize("dark", [False, True])
def test_every_kind_of_chart_is_drawn(browser: Browser, findings: Path, dark: bool) -> None:
    visit = browser.open(findings, dark=dark)
    assert visit.errors == [] and visit.files == {"index.html", "plotly.min.js"}
    marks = "p.querySelectorAll('.trace, .point, .hm').length"
    drawn = visit.run(f"Object.fromEntries([...document.querySelectorAll('.plot')].map(p => [p.id, {marks}]))")
    assert drawn.keys() >= {
        f"chart-{n}" for n in ("bars", "fan", "lines_1", "lines_2", "coefficients", "curve", "heat", "firms")
    }
    assert all(drawn.values()), drawn


@pytest.mark.parametrize("width", [360, 390])
def test_charts_of_findings_fit_a_phone(browser: Browser, findings: Path, width: int) -> None:
    visit = browser.open(findings, width=width, height=800, mobile=True)
    assert_fits(visit, width)
    fan = "document.getElementById('chart-fan')"
    assert visit.run(f"{fan}.layout.xaxis2.domain[0] === {fan}.layout.xaxis.domain[0]")
    assert visit.run(f"{fan}.querySelector('.main-svg').getBoundingClientRect().height === {fan}.layout.height")


def test_a_wide_page_sets_panels_side_by_side(browser: Browser, findings: Path) -> None:
    assert browser.open(findings).run("document.getElementById('chart-fan').layout.xaxis2.domain[0]") > 0.3


def test_keys_hide_and_show_their_line(browser: Browser, findings: Path) -> None:
    visit = browser.open(findings)
    key = visit.page.locator("[data-key=chart-lines_1]").nth(1)
    shown = "document.getElementById('chart-lines_1').data.map(t => t.visible ?? true)"
    key.click()
    assert visit.run(shown) == [True, False, True] and key.get_attribute("aria-pressed") == "false"
    key.click()
    assert visit.run(shown) == [True, True, True]


def test_the_sentence_of_a_curve_follows_its_button(browser: Browser, findings: Path) -> None:
    visit = browser.open(findings)
    said = visit.page.locator("[data-says=chart-curve]:visible")
    assert [text.split(":")[0] for text in said.all_text_contents()] == ["Happy"]
    visit.page.locator("[data-plot=chart-curve]").nth(2).click()
    assert [text.split(":")[0] for text in said.all_text_contents()] == ["Fear"]


def test_the_posts_of_a_firm_follow_the_list(browser: Browser, findings: Path) -> None:
    visit = browser.open(findings)
    told = visit.page.locator(".stories:visible")
    assert told.count() == 1 and told.locator("a").get_attribute("href") == "https://twitter.com/i/web/status/123"
    visit.page.get_by_role("combobox").select_option(label="F09")
    assert told.all_text_contents()[0].strip() == "No session of this firm has enough posts."
    shown = "document.getElementById('chart-firms').data.filter(t => t.visible).map(t => t.meta.group)"
    assert set(visit.run(shown)) == {"F09"}


def many_views(folder: Path, views: int = 12) -> Path:
    """A page whose chart has a list of views, and outside of the figure a block for each."""
    rng = np.random.default_rng(5)
    cells = list(product((f"Firm {i}" for i in range(views)), ("happy_pre_open", "sad_pre_open")))
    frame = pl.DataFrame(cells, schema=["group", "term"], orient="row").with_columns(
        **{name: pl.Series(drawn) for name, drawn in intervals(len(cells), rng).items()}, p_value=0.04, n_obs=99
    )
    result = gallery("firms", kinds=("coefficients",))
    found = replace(result.findings["coefficients"], charts=(Chart("coefficients", "By firm", frame, "Points"),))
    index = write_study(replace(result, findings={"coefficients": found}), make_provenance(files=1), folder).index
    blocks = "".join(
        f'<div data-says="chart-coefficients" data-view="{i}" style="display:grid">Posts of firm {i}</div>'
        for i in range(views)
    )
    index.write_text(index.read_text(encoding="utf-8").replace("</main>", f"{blocks}</main>"), encoding="utf-8")
    return index


@pytest.fixture(scope="module")
def firms(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return many_views(tmp_path_factory.mktemp("firms"))


def test_many_views_are_a_list_and_each_shows_its_own_block(browser: Browser, firms: Path) -> None:
    visit = browser.open(firms)
    seen = visit.page.locator("[data-says=chart-coefficients]:visible")
    choice = visit.page.get_by_role("combobox", name="By firm")
    shown = (
        "[...new Set(document.getElementById('chart-coefficients').data.filter(t => t.visible).map(t => t.meta.group))]"
    )
    assert visit.page.locator("button[data-plot]").count() == 0
    assert seen.all_text_contents() == ["Posts of firm 0"] and visit.run(shown) == ["Firm 0"]
    choice.select_option("Firm 7")
    assert seen.all_text_contents() == ["Posts of firm 7"] and visit.run(shown) == ["Firm 7"]
    choice.focus()
    visit.page.keyboard.press("ArrowDown")
    assert seen.all_text_contents() == ["Posts of firm 8"] and visit.run(shown) == ["Firm 8"]
    assert visit.errors == []


def test_without_scripts_every_block_is_read(browser: Browser, firms: Path) -> None:
    page = browser.chromium.new_context(java_script_enabled=False).new_page()
    page.goto(firms.as_uri())
    assert page.locator("[data-says]:visible").count() == 12
    assert page.locator("select:visible").count() == 0
    page.context.close()


def test_hostile_findings_run_nowhere(browser: Browser, tmp_path: Path) -> None:
    made = write_study(gallery("hostile", words=HOSTILE), make_provenance(files=1), tmp_path, notice=HOSTILE)
    visit = browser.open(made.index)
    assert visit.errors == []
    assert visit.run("typeof window.hacked") == "undefined"


def test_without_plotly_the_tables_remain(browser: Browser, index: Path, tmp_path: Path) -> None:
    (tmp_path / "alone.html").write_bytes(index.read_bytes())
    visit = browser.open(tmp_path / "alone.html")
    assert "plotly.min.js" in visit.run("document.getElementById('coefficients').textContent")
    assert visit.run("document.querySelectorAll('.regression').length") == 2


def test_paper_is_light_even_for_a_dark_reader(browser: Browser, index: Path) -> None:
    visit = browser.open(index, dark=True)
    colour = "document.getElementById('coefficients').layout.font.color"
    before = visit.run(colour)
    visit.run("dispatchEvent(new Event('beforeprint'))")
    printed = visit.run(colour)
    visit.run("dispatchEvent(new Event('afterprint'))")
    visit.settle()
    assert printed != before == visit.run(colour)


def test_parts_are_closed_until_a_link_or_paper_opens_them(browser: Browser, index: Path) -> None:
    visit = browser.open(index, opened=False)
    shut = "document.querySelectorAll('details.part:not([open])').length"
    every = visit.run("document.querySelectorAll('details.part').length")
    assert visit.run(shut) == every > 5
    assert visit.run("document.documentElement.scrollHeight") < 2_500
    visit.page.locator("nav.contents a[href='#time']").click()
    visit.settle()
    assert visit.run(shut) == every - 1
    assert visit.run("!!document.querySelector('#emotions .main-svg')")
    visit.run("dispatchEvent(new Event('beforeprint'))")
    assert visit.run(shut) == 0
    visit.run("dispatchEvent(new Event('afterprint'))")
    assert visit.run(shut) == every - 1 and visit.errors == []


def test_a_link_opens_its_part_without_a_script(browser: Browser, index: Path) -> None:
    page = browser.chromium.new_context(java_script_enabled=False).new_page()
    page.goto(f"{index.as_uri()}#sample")
    assert page.locator("#sample table").is_visible()
    assert not page.locator("#tables table").first.is_visible()
    page.context.close()
