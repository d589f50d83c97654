"""The page to explore a panel in a real browser: numbers are those of the panel, keys reach all, hostile symbols run nowhere."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from emtract.report.explore.page import write_explorer
from tests.report.conftest import simulated_panel
from tests.report.explore.test_packed import make_posts
from tests.report.study.test_page import HOSTILE
from tests.report.test_accessibility import CONTROLS, CUT, RING

pytestmark = pytest.mark.browser

FIRMS = ["AAA", "BBB", "C&C"]
CELLS = "[...document.querySelectorAll('#row tr')].map(tr => [...tr.children].map(cell => cell.textContent))"
SAYS = "document.getElementById('says').textContent"
DATA = "document.getElementById('explorer').data"


def written(folder, symbols=FIRMS, sessions=60):
    panel = simulated_panel(np.random.default_rng(3), symbols=symbols, sessions=sessions)
    moods = [c for c in panel.data.columns if c.endswith("_pre_open") and not c.startswith(("n_", "attention"))]
    empty = pl.int_range(pl.len()).is_in([2, 65])
    panel = replace(panel, data=panel.data.with_columns(pl.when(~empty).then(pl.col(moods))))
    write_explorer(panel, make_posts(panel), folder / "explore.html", notice="Generated data.")
    return panel, folder / "explore.html"


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return written(tmp_path_factory.mktemp("explore"))


def go(browser, page, hash_="", **looks):
    """Open the page at an address; a page that is open already would only follow its hash."""
    visit = browser.open(page, **looks)
    if hash_:
        visit.run("hash => { location.hash = hash }", hash_)
        visit.settle()
    return visit


def test_nothing_is_asked_of_the_network_and_no_script_fails(browser, made):
    visit = go(browser, made[1])
    assert visit.errors == [] and visit.files == {"explore.html"}
    assert "178 firm-sessions have both numbers" in visit.run(SAYS)


def test_a_click_shows_the_row_of_the_panel_and_its_posts(browser, made):
    panel, page = made
    visit = go(browser, page, "#firm=BBB")
    points = visit.page.locator("#explorer .scatterlayer .trace").first.locator(".point")
    box = points.nth(5).bounding_box()
    visit.page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    visit.settle()
    symbol, day = visit.run("document.getElementById('point-title').textContent").split(", ")
    whole = panel.data.with_row_index("place")
    row = whole.filter(pl.col("symbol") == symbol, pl.col("session").cast(pl.String) == day).row(0, named=True)
    told = {cells[0]: cells[1:] for cells in visit.run(CELLS)}
    for label, column in {"Happy": "happy", "Fear": "fear", "Valence": "valence"}.items():
        expected = [f"{row[f'{column}_{window}']:.3f}".replace("-", "\u2212") for window in ("pre_open", "market")]
        assert told[label] == expected
    assert told["Posts"] == [str(row["n_posts_pre_open"]), str(row["n_posts_market"])]
    assert told["Open-to-close return"] == [f"{100 * row['return_open_close']:.2f}\u00a0%".replace("-", "\u2212")]
    assert visit.run("[...document.querySelectorAll('.ids li')].map(li => li.textContent)") == [
        f"{row['place']}-{j}" for _ in range(2) for j in range(3)
    ]
    assert f"at=BBB&on={day}" in visit.run("location.hash")


def test_a_frame_drawn_by_hand_stays_while_points_are_looked_at(browser, made):
    visit = go(browser, made[1], "#firm=BBB")
    frame = "document.getElementById('explorer').layout.xaxis.range"
    whole = visit.run(frame)
    box = visit.page.locator("#explorer .nsewdrag").first.bounding_box()
    visit.page.mouse.move(box["x"] + box["width"] * 0.3, box["y"] + box["height"] * 0.3)
    visit.page.mouse.down()
    visit.page.mouse.move(box["x"] + box["width"] * 0.7, box["y"] + box["height"] * 0.7, steps=5)
    visit.page.mouse.up()
    visit.settle()
    zoomed = visit.run(frame)
    assert zoomed[0] > whole[0] and zoomed[1] < whole[1]
    visit.page.get_by_role("button", name="Next").click()
    assert visit.run(frame) == zoomed
    visit.page.get_by_role("combobox", name="Firm").select_option("AAA")
    visit.settle()
    assert visit.run(frame) != zoomed


def test_the_correlation_is_that_of_the_panel(browser, made):
    panel, page = made
    for firm, rows in (("", panel.data), ("C&C", panel.data.filter(panel.data["symbol"] == "C&C"))):
        visit = go(browser, page, f"#mood=fear&firm={firm.replace('&', '%26')}")
        known = rows.drop_nulls(["fear_pre_open", "return_open_close"])
        r = np.corrcoef(known["fear_pre_open"], known["return_open_close"])[0, 1]
        assert f"Correlation {r:.3f}".replace("-", "\u2212") in visit.run(SAYS)


def test_two_panels_share_one_axis_of_time_and_dates_cut_both(browser, made):
    panel, page = made
    visit = go(browser, page, "#view=series&firm=AAA&mood=sad&window=market&from=2017-01-10&to=2017-02-01")
    days = panel.data.filter(panel.data["symbol"] == "AAA")["session"].cast(str)
    days = days.filter((days >= "2017-01-10") & (days <= "2017-02-01")).to_list()
    assert visit.run(f"{DATA}.slice(0, 2).map(t => t.x)") == [days, days]
    assert visit.run("Object.keys(document.getElementById('explorer').layout).filter(k => k.startsWith('xaxis'))") == [
        "xaxis"
    ]
    domains = visit.run("['yaxis', 'yaxis2'].map(k => document.getElementById('explorer').layout[k].domain)")
    assert domains[0][0] > domains[1][1]
    inside = panel.data.filter((panel.data["symbol"] == "AAA") & panel.data["session"].cast(str).is_in(days))
    growth = (1 + inside["return_close_close"][1:]).cum_prod()
    assert visit.run(f"{DATA}[0].y.at(-1)") == pytest.approx(100 * growth[-1], rel=1e-5)


def test_shares_of_a_distribution_add_up(browser, made):
    visit = go(browser, made[1], "#view=distribution&firm=AAA")
    assert [sum(shares) for shares in visit.run(f"{DATA}.map(t => t.y)")] == pytest.approx([100, 100])
    visit.run("document.querySelector('#explorer').emit('plotly_click', { points: [{ customdata: 7 }] })")
    assert "AAA" in visit.run("document.getElementById('point-title').textContent")


def test_the_address_brings_back_what_was_chosen(browser, made):
    visit = go(browser, made[1])
    visit.page.get_by_role("button", name="Over time").press("Enter")
    visit.page.get_by_role("combobox", name="Firm").select_option("C&C")
    visit.page.get_by_role("combobox", name="Emotion").select_option("Anger")
    visit.page.get_by_label("From").fill("2017-02-01")
    visit.page.get_by_role("button", name="Next").press("Space")
    before = visit.run(f"[location.hash, {SAYS}, document.getElementById('row').textContent]")
    assert "firm=C%26C" in before[0] and "from=2017-02-01" in before[0] and before[2]
    visit.page.reload()
    visit.page.locator("#explorer .main-svg").first.wait_for()
    visit.settle()
    assert visit.run(f"[location.hash, {SAYS}, document.getElementById('row').textContent]") == before
    visit.page.get_by_role("button", name="All dates").click()
    assert "from" not in visit.run("location.hash")


@pytest.mark.parametrize(
    "address",
    [
        "#view=x&firm=nobody&mood=joy&from=soon&at=AAA&on=never",
        "#%",
        "#from=2030-01-01",
        "#from=2017-03-01&to=2017-01-01",
    ],
)
@pytest.mark.parametrize("view", ["scatter", "series", "distribution"])
def test_a_broken_or_empty_choice_breaks_nothing(browser, made, address, view):
    visit = go(browser, made[1], f"{address}&view={view}" if "view" not in address else address)
    visit.page.get_by_role("button", name="Next").click()
    assert visit.errors == [] and "NaN" not in visit.run("document.body.innerText")


def test_hostile_symbols_run_nowhere(browser, tmp_path):
    page = written(tmp_path, [HOSTILE, "<b>B</b>"], sessions=20)[1]
    visit = go(browser, page)
    for view in ("Over time", "Distribution", "Scatter"):
        visit.page.get_by_role("button", name=view).click()
        for firm in (HOSTILE, "<b>B</b>"):
            visit.page.get_by_role("combobox", name="Firm").select_option(firm)
            visit.page.get_by_role("button", name="Next").click()
    assert visit.run("document.getElementById('point-title').textContent").startswith("<b>B</b>, ")
    box = visit.page.locator("#explorer .scatterlayer .trace .point").first.bounding_box()
    visit.page.mouse.move(box["x"] + 2, box["y"] + 2)
    visit.page.locator("#explorer .hoverlayer text").first.wait_for()
    assert "<b>B</b>" in visit.run("document.querySelector('#explorer .hoverlayer').textContent")
    assert visit.errors == [] and visit.run("typeof window.hacked") == "undefined"


def test_axe_finds_no_serious_fault_by_light_and_dark(browser, made):
    visit = go(browser, made[1], "#view=series&firm=AAA&from=2017-01-10")
    visit.page.get_by_role("button", name="Next").click()
    assert visit.faults() == []
    visit = go(browser, made[1], "#firm=AAA", width=390, height=800, dark=True)
    visit.page.get_by_role("button", name="Next").click()
    assert visit.faults() == []


def test_a_keyboard_reaches_every_control_and_shows_where_it_is(browser, made):
    visit = go(browser, made[1], "#view=series&firm=AAA&from=2017-01-10")
    stops = []
    while visit.tab():
        stops.append(visit.run(RING))
    assert [name for name, ringed in stops if not ringed] == []
    assert (
        visit.run(
            f"{CONTROLS}.filter(e => !e.disabled && !('reached' in e.dataset)).map(e => e.outerHTML.slice(0, 90))"
        )
        == []
    )


@pytest.mark.parametrize("view", ["scatter", "series", "distribution"])
def test_a_phone_scrolls_one_way_and_cuts_no_word(browser, made, view):
    visit = go(browser, made[1], f"#view={view}&firm=AAA&at=AAA&on=2017-01-10", width=390, height=800, mobile=True)
    assert visit.run("document.documentElement.scrollWidth") == 390 and visit.run(CUT) == []
    shown = f"{CONTROLS}.filter(e => e.matches('main *') && !e.closest('.save'))"
    assert min(visit.run(f"{shown}.map(e => e.getBoundingClientRect().height)")) >= 38


def test_colours_follow_the_theme(browser, made):
    visit = go(browser, made[1], "#mood=fear")
    light = visit.run(f"{DATA}[0].marker.color")
    visit.page.emulate_media(color_scheme="dark")
    visit.settle()
    assert visit.run(f"{DATA}[0].marker.color") != light
