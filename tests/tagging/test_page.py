"""The page of a tagger: what it holds, and in a real browser that keys answer, undo takes back and nothing is lost."""

import json
import re

import pytest

from emtract.errors import ReportError, SourceError
from emtract.tagging.page import own_order, write_page
from emtract.tagging.sample import read_sample, write_sample
from tests.report.study.test_page import Elements
from tests.tagging.conftest import HOSTILE, made_sample

KEYS = [f"k{n}" for n in range(6)]


def make_folder(path, post=lambda key: f"post of {key}"):
    sample = made_sample([(9, 6, [(1, [key]) for key in KEYS])], readings={"k0": (0.01, 0.94, *(0.01,) * 5)})
    write_sample(path, sample, {key: post(key) for key in KEYS})
    return path


@pytest.fixture
def folder(tmp_path):
    return make_folder(tmp_path / "tags")


def held(page):
    (found,) = re.findall(r'<script type="application/json" id="data">(.*?)</script>', page.read_text(encoding="utf-8"))
    return json.loads(found)


def test_the_page_holds_every_post_and_nothing_of_how_it_was_read(folder):
    page = write_page(folder, "anna")
    told = held(page)
    assert dict(told["texts"]) == {key: f"post of {key}" for key in KEYS}
    assert set(told) == {"format", "version", "digest", "tagger", "file", "labels", "texts"}
    assert "0.94" not in page.read_text() and "fake" not in page.read_text()
    assert "Content-Security-Policy" in page.read_text()


def test_the_order_is_the_taggers_own_and_stays(folder):
    sample = read_sample(folder)
    orders = {name: own_order(sample, name) for name in ("anna", "ben", "cleo")}
    assert len({tuple(order) for order in orders.values()}) == 3
    assert all(sorted(order) == KEYS for order in orders.values())
    first = write_page(folder, "anna").read_bytes()
    assert write_page(folder, "anna").read_bytes() == first
    assert [key for key, _ in held(folder / "anna.html")["texts"]] == orders["anna"]


@pytest.mark.parametrize("name", ["", "../x", "a b", "x" * 41, "<b>", ".hidden"])
def test_a_name_that_is_no_name_of_a_file_is_refused(folder, name):
    with pytest.raises(ReportError, match="a tagger is named by letters, digits"):
        write_page(folder, name)


def test_no_page_without_the_posts(folder):
    (folder / "texts.json").unlink()
    with pytest.raises(SourceError, match="draw the sample again"):
        write_page(folder, "anna")


def test_hostile_posts_stay_text(tmp_path):
    page = write_page(make_folder(tmp_path / "tags", post=lambda key: f"{key} {HOSTILE}"), "anna")
    assert Elements(page.read_text(encoding="utf-8")).tags.count("script") == 2
    assert all("</script><script>" in post and "\u202e" not in post for _, post in held(page)["texts"])


def test_a_post_is_shown_as_its_writer_saw_it(tmp_path):
    page = write_page(
        make_folder(tmp_path / "tags", post=lambda key: f"&lt;b&gt; {key} isn&#39;t &amp;amp; R&amp;D"), "anna"
    )
    assert {post for _, post in held(page)["texts"]} == {f"<b> {key} isn't &amp; R&D" for key in KEYS}
    assert "<b>" not in page.read_text(encoding="utf-8")
