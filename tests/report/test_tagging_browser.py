"""The page of a tagger in a real browser: keys answer, undo takes back, nothing is lost, and hostile posts run nowhere."""

import json

import pytest

from emtract.emotions import EMOTIONS
from emtract.tagging.answers import read_tags
from emtract.tagging.page import own_order, write_page
from emtract.tagging.sample import read_sample
from tests.tagging.conftest import HOSTILE
from tests.tagging.test_page import KEYS, make_folder

pytestmark = pytest.mark.browser
NEXT = "document.getElementById('post').textContent"
COUNT = "document.getElementById('count').textContent"


@pytest.fixture
def folder(tmp_path):
    return make_folder(tmp_path / "tags")


def test_keys_answer_undo_takes_back_and_a_reload_keeps_it(browser, folder):
    page = write_page(folder, "anna")
    order = own_order(read_sample(folder), "anna")
    visit = browser.open(page)
    keyboard = visit.page.keyboard
    assert visit.run(NEXT) == f"post of {order[0]}" and visit.run(COUNT) == "0 of 6"
    for digit, key in zip("2703", order, strict=False):
        assert visit.run(NEXT) == f"post of {key}"
        keyboard.press(digit)
    keyboard.press("Backspace")
    assert visit.run(NEXT) == f"post of {order[3]}"
    for ignored in ("8", "Control+2", "x"):
        keyboard.press(ignored)
    keyboard.press("Numpad6")
    visit.page.reload()
    visit.page.wait_for_function(f"{COUNT} === '4 of 6'")
    assert visit.run(NEXT) == f"post of {order[4]}"
    with visit.page.expect_download() as waiting:
        keyboard.press("Control+s")
    saved = folder / waiting.value.suggested_filename
    waiting.value.save_as(saved)
    tags = read_tags(folder, [saved])
    answers = dict(zip(order, ["happy", "fear", None, "surprise"], strict=False))
    assert dict(tags.frame.select("text_key", "label").iter_rows()) == answers
    assert tags.bad.is_empty()
    keyboard.press("1")
    visit.page.locator("[data-label=sad]").click()
    assert visit.run("document.getElementById('done').checkVisibility()") and visit.run(COUNT) == "6 of 6"
    keyboard.press("1")
    assert visit.run(COUNT) == "6 of 6"
    keyboard.press("Backspace")
    assert visit.run(NEXT) == f"post of {order[5]}"
    assert visit.errors == [] and {url.split(":")[0] for url in visit.requests} <= {"file", "blob"}
    other = browser.open(write_page(folder, "ben"))
    assert other.run(COUNT) == "0 of 6", "another tagger's answers are another's"


def test_a_browser_that_keeps_nothing_says_so_and_a_saved_file_goes_on(browser, folder, tmp_path):
    write_page(folder, "anna")
    order = own_order(read_sample(folder), "anna")
    context = browser.chromium.new_context()
    context.add_init_script(
        "Storage.prototype.setItem = Storage.prototype.getItem = () => { throw new DOMException('no') }"
    )
    page = context.new_page()
    page.goto((folder / "anna.html").as_uri())
    assert page.locator("#refused").is_visible()
    page.keyboard.press("5")
    assert page.evaluate(COUNT) == "1 of 6"
    answers = [[order[2], "fear"], ["stranger", "fear"], [order[0], "happy"], [order[1], "joy"]]
    told = {"digest": read_sample(folder).digest, "tagger": "anna", "answers": answers}
    (tmp_path / "mine.json").write_text(json.dumps(told))
    (tmp_path / "other.json").write_text(json.dumps({**told, "tagger": "ben"}))
    page.locator("#open").set_input_files(tmp_path / "other.json")
    page.get_by_text("holds no answers of this sample and tagger").wait_for()
    page.locator("#open").set_input_files(tmp_path / "mine.json")
    page.get_by_text("1 answers taken from the file").wait_for()
    assert page.evaluate(COUNT) == "2 of 6"
    with page.expect_download() as waiting:
        page.locator("#save").click()
    saved = json.loads(waiting.value.path().read_text())
    assert sorted(saved["answers"]) == sorted([[order[2], "fear"], [order[0], "disgust"]]), (
        "what was answered here holds"
    )
    context.close()


def test_answers_of_another_window_are_taken_up_and_never_written_over(browser, folder):
    page = write_page(folder, "anna").as_uri()
    context = browser.chromium.new_context()
    first, second = context.new_page(), context.new_page()
    first.goto(page)
    second.goto(page)
    second.keyboard.press("1")
    first.wait_for_function(f"{COUNT} === '1 of 6'")
    first.reload()
    first.wait_for_function(f"{COUNT} === '1 of 6'")
    context.close()


def test_hostile_posts_run_nowhere_on_a_phone_that_scrolls_one_way(browser, tmp_path):
    page = write_page(make_folder(tmp_path / "tags", post=lambda key: f"{key} {'x' * 300} {HOSTILE * 20}"), "anna")
    visit = browser.open(page, width=390, height=800, mobile=True)
    for _ in KEYS:
        assert visit.run("document.documentElement.scrollWidth") == 390
        visit.page.locator("[data-label=neutral]").tap()
    assert visit.run(COUNT) == "6 of 6"
    assert visit.errors == [] and visit.run("typeof window.hacked") == "undefined"
    heights = visit.run("[...document.querySelectorAll('main button')].map(b => b.getBoundingClientRect().height)")
    assert len(heights) == len(EMOTIONS) + 3 and min(heights) >= 44


def test_axe_finds_no_serious_fault_by_light_and_dark(browser, folder):
    visit = browser.open(write_page(folder, "anna"))
    assert visit.faults() == []
    visit = browser.open(write_page(folder, "anna"), width=390, height=800, dark=True)
    visit.page.keyboard.press("1")
    assert visit.faults() == []
