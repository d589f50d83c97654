"""Counts on pages meet their nouns in the singular and the plural: `1 estimate`, `2 estimates`."""

import re
from pathlib import Path

import pytest

from emtract.report import files
from emtract.words.numbers import things

FOLDER = Path(files.__file__).parent / "templates"
TEMPLATES = sorted(FOLDER.glob("*.j2"))
#: A printed value before a noun in the plural, or a plural made by hand.
COUNTED = re.compile(
    r"(?:\}\}|%d) (?!settings\b|was\b|is\b|has\b|as\b|this\b)[A-Za-z-]*[a-rt-z]s\b|\{\{ \"s\" if|\"[a-z]+s?\" if [a-z.|]+ == 1"
)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda p: p.name)
def test_no_template_makes_a_plural_by_hand(path):
    found = COUNTED.findall(path.read_text(encoding="utf-8"))
    assert not found, f'write {{{{ n|things("estimate") }}}}: {found}'


@pytest.mark.parametrize(
    "made", ["{{ n }} estimates", "%d estimates", 'finding{{ "s" if n > 1 }}', '{{ "file" if n == 1 }}']
)
def test_a_plural_made_by_hand_is_seen(made):
    assert COUNTED.search(made)


@pytest.mark.parametrize(("n", "said"), [(0, "0 analyses"), (1, "1 analysis"), (2, "2 analyses")])
def test_pages_count_as_sentences_do(n, said):
    page = files._environment().from_string("{{ n|things('analysis') }}")
    assert page.render(n=n) == said == things(n, "analysis")
