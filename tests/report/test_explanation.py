"""The page of one post: what it says, that it says it again, and that a post stays text."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from emtract.emotions import EMOTIONS
from emtract.model.explain import Explanation
from emtract.report.explanation import answer, explanation_context, shown, write_explanation
from tests.report.browser import Browser
from tests.report.figures.test_palette import SIGHT, TO_XYZ, lab, linear
from tests.report.study.test_page import HOSTILE, Elements

CSS = Path(__file__).parents[2] / "emtract/report/templates/explanation.css"
FEAR = EMOTIONS.index("fear")


def explanation(**changes: object) -> Explanation:
    attributions = np.zeros((4, 7))
    attributions[:, FEAR] = (0.0, 0.4, -0.1, 0.1)
    attributions[:, 0] = -attributions[:, FEAR]
    base = np.array([0.7, 0.1, 0.05, 0.05, 0.05, 0.0, 0.05])
    made = Explanation(
        post="$TSLA panic 😂 panic", text="<ticker> panic 😂 panic", kind="words", label="fear",
        probabilities=base + attributions.sum(axis=0), base=base, tokens=("<ticker>", "panic", "😂", "panic"),
        attributions=attributions, method="shapley", truncated=False, n_scored=16, scorer="toy", revision="1", cleaner="1",
    )  # fmt: skip
    return replace(made, **changes)


def empty() -> Explanation:
    return explanation(post=" ", text="", kind="empty", tokens=(), attributions=np.zeros((0, 7)))


def page(folder: Path, made: Explanation | None = None, **options: object) -> str:
    return write_explanation(made or explanation(), folder / "x.html", **options).read_text(encoding="utf-8")


def test_words_are_lengths_sides_and_numbers() -> None:
    view = explanation_context(explanation())["views"][FEAR]
    assert [bar.points for bar in view.bars] == ["0.0", "+40.0", "−10.0", "+10.0"]
    assert [bar.side for bar in view.bars] == ["for", "for", "against", "for"]
    heights = [bar.height for bar in view.bars]
    assert heights[1] == pytest.approx(4 * heights[2]) == pytest.approx(4 * heights[3]) and heights[0] == 0
    assert [bar.look for bar in view.bars] == ["stand-in", "word", "emoji", "word"]
    assert view.bars[1].hint == "panic: +40.0 percentage points of fear"


def test_every_emotion_has_one_scale_and_tiny_numbers_stay_tiny() -> None:
    context = explanation_context(explanation(attributions=explanation().attributions / 1000))
    assert max(bar.height for view in context["views"] for bar in view.bars) < 0.1


def test_the_answer_names_the_words_for_and_against() -> None:
    panic, joy = "\u2068panic\u2069\u00a0\u00d7\u00a02\u00a0+50.0", "\u2068😂\u2069\u00a0−10.0"
    assert answer(explanation()) == f"Percentage points for fear: {panic}; against it: {joy}."
    assert "no word to explain" in answer(empty())


def test_the_page_holds_every_word_emotion_and_number_once_more_as_a_table(tmp_path: Path) -> None:
    html = page(tmp_path)
    tags = Elements(html).tags
    assert tags.count("input") == 7 and tags.count("ol") == 7 and tags.count("li") == 28
    assert "script" not in tags
    cells = re.findall(r'<td class="num">(.*?)</td>', html)
    assert len(cells) == 7 * (4 + 3)
    assert cells[-1] == "45.0", "the last cell is the post's own probability of fear"
    assert "http" not in html.replace("http-equiv", "")


@pytest.mark.parametrize("emotion", [None, "sad"])
def test_the_page_opens_with_the_label_or_the_chosen_emotion(tmp_path: Path, emotion: str | None) -> None:
    (checked,) = re.findall(r'id="emotion-(\w+)" checked', page(tmp_path, emotion=emotion))
    assert checked == (emotion or "fear")


def test_a_sample_of_orders_is_called_one(tmp_path: Path) -> None:
    many = explanation(tokens=("so",) * 9, attributions=np.zeros((9, 7)))
    assert "another sample" in page(tmp_path, many) and "another sample" not in page(tmp_path)
    assert "another sample" not in page(tmp_path, replace(many, method="occlusion"))


def test_two_runs_are_byte_identical(tmp_path: Path) -> None:
    assert page(tmp_path) == page(tmp_path / "deeper")


def test_a_cut_and_an_empty_post_say_so(tmp_path: Path) -> None:
    assert "4 words, the rest is cut" in page(tmp_path, explanation(truncated=True))
    html = page(tmp_path, empty())
    assert "no word to explain" in html and "(an empty post)" in html
    assert "<ol" not in html and "<table" not in html


def test_hostile_text_never_becomes_an_element(tmp_path: Path) -> None:
    tokens = (HOSTILE, '"><b>', "{{ 7*7 }}", "[bold]")
    html = page(tmp_path, explanation(post=f"{HOSTILE}\x1b[31m\u202e\ud800", tokens=tokens))
    assert not {"script", "img", "b\x00"} & set(Elements(html).tags) and "49" not in html
    assert not set("\x1b\u202e") & set(html)


def test_a_long_post_is_shown_in_part() -> None:
    assert shown("a" * 1_000_000) == "a" * 4_000 + "…"


def test_the_page_of_an_unwritable_path_is_an_error_of_the_system(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match="file"):
        write_explanation(explanation(), tmp_path / "file" / "x.html")


@pytest.mark.parametrize(("rule", "ground"), [(0, "#fdfdfc"), (1, "#14161a")])
@pytest.mark.parametrize("sight", SIGHT)
def test_the_two_sides_differ_for_every_eye_and_from_the_page(rule: int, ground: str, sight: str) -> None:
    sides = re.findall(r"--for:(#\w{6});--against:(#\w{6})", CSS.read_text(encoding="utf-8"))[rule]
    one, other = (lab(SIGHT[sight] @ linear(colour)) for colour in sides)
    assert np.linalg.norm(one - other) > 40
    for colour in sides:
        light, dark = sorted((TO_XYZ[1] @ linear(c) for c in (colour, ground)), reverse=True)
        assert (light + 0.05) / (dark + 0.05) > 4.5


@pytest.mark.browser
def test_the_keyboard_chooses_the_emotion_and_a_phone_scrolls_one_way(browser: Browser, tmp_path: Path) -> None:
    made = explanation(tokens=("<ticker>", "x" * 64, "😂", "שלום"))
    visit = browser.open(write_explanation(made, tmp_path / "x.html"), width=390, height=800, mobile=True)
    assert visit.errors == [] and len(visit.requests) == 1
    assert visit.run("document.documentElement.scrollWidth") == 390
    seen = "[...document.querySelectorAll('.panel')].filter(p => p.offsetHeight).map(p => p.classList[1])"
    assert visit.run(seen) == ["fear"]
    visit.page.locator("#emotion-fear").focus()
    visit.page.keyboard.press("ArrowUp")
    assert visit.run(seen) == ["surprise"]
