"""The page to explore a panel: what it says before any script runs."""

import pytest

from emtract.report.explore.page import MOST_BYTES, timing, write_explorer
from tests.report.explore.test_packed import days, make_panel, make_posts
from tests.report.study.test_page import HOSTILE


def test_hostile_symbols_and_ids_are_escaped(tmp_path):
    panel = make_panel([(HOSTILE, days(1)[0]), ("B", days(1)[0])])
    write_explorer(panel, make_posts(panel, platform=HOSTILE), tmp_path / "x.html", notice=HOSTILE)
    html = (tmp_path / "x.html").read_text(encoding="utf-8")
    assert HOSTILE not in html and "<img src=x" not in html
    assert html.count("&lt;/script&gt;&lt;script&gt;window.hacked") == 2


def test_the_same_panel_gives_the_same_bytes_below_the_limit(tmp_path):
    panel = make_panel([("A", day) for day in days(5)])
    for name in ("a.html", "b.html"):
        assert write_explorer(panel, make_posts(panel), tmp_path / name) == ""
    assert (tmp_path / "a.html").read_bytes() == (tmp_path / "b.html").read_bytes()
    assert (tmp_path / "a.html").stat().st_size < MOST_BYTES


@pytest.mark.parametrize(
    ("window", "outcome", "says"),
    [
        ("pre_open", "return_open_close", "is known before"),
        ("pre_open", "return_close_close", "share their time"),
        ("market", "return_open_close", "share their time"),
        ("market", "return_open_close_next", "is known before"),
        ("market", "return_overnight", "comes after"),
        ("market", "abnormal_volume", "share their time"),
    ],
)
def test_a_picture_says_which_came_first(window, outcome, says):
    assert says in timing(window, outcome)
