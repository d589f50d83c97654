"""Every SQL file says in its head what it reads, makes and takes; `tests/panel/conftest.py` holds the order against that."""

import pytest

from emtract.emotions import EMOTIONS, TAGS
from emtract.store import Store
from emtract.store.sql import read_sql
from tests.sql_heads import facts, head, with_heads


@pytest.mark.parametrize("name", with_heads())
def test_a_head_says_what_the_file_reads_makes_and_takes(name):
    assert head(name) == facts(name), "write the heads again with python -m tests.sql_heads"
    assert read_sql(name).startswith("-- "), "the first line says what one row is"


def test_the_macro_of_emotions_lists_them_in_their_order(tmp_path):
    with Store.open(tmp_path / "s.duckdb") as store:
        assert store.sql("SELECT emotions() AS e").item().to_list() == list(EMOTIONS)
        assert store.sql("SELECT tags() AS t").item().to_list() == list(TAGS)
    with Store.open(tmp_path / "s.duckdb", read_only=True) as store:
        assert store.sql("SELECT valence_of(0.5::DOUBLE, 0.1, 0.1, 0.1, 0.1) AS v").item() == pytest.approx(0.1)
