"""How data are cited: by name, by format, in the authors' words."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emtract.citations import KNOWN, OF_FORMAT, check_cite, find_citation
from emtract.errors import ConfigError


def test_a_name_comes_before_the_format_and_words_before_both():
    assert find_citation("stocknet", "twitter_v1").short == "Xu and Cohen (2018)"
    assert find_citation(None, "twitter_v1").short == "Twitter/X"
    assert find_citation("Smith (2020), a table.", "csv").text == "Smith (2020), a table."
    assert find_citation(None, "csv") is None


def test_every_format_that_has_a_publisher_leads_to_a_citation():
    assert set(OF_FORMAT.values()) <= KNOWN.keys()


@pytest.mark.parametrize("known", KNOWN)
def test_known_citations_are_whole_sentences_on_one_line(known):
    found = KNOWN[known]
    assert found.text.endswith(".") and "\n" not in found.text
    assert not found.access or found.access.endswith(".")


@given(st.text(min_size=1))
def test_a_cite_is_taken_or_refused_with_what_is_known(cite):
    try:
        check_cite(cite)
    except ConfigError as error:
        assert "did you mean" in str(error) or "known are stocknet" in str(error)
    else:
        assert find_citation(cite, "csv") is not None


def test_the_page_on_replication_names_every_known_archive():
    page = (Path(__file__).parent.parent / "docs/replication.md").read_text(encoding="utf-8")
    assert {name for name in KNOWN if f"`{name}`" in page} == set(KNOWN)
