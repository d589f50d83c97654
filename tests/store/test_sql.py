"""Every SQL file says in its head what it reads, makes and takes; `tests/panel/conftest.py` holds the order against that."""

import math
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emtract.emotions import EMOTIONS, TAGS
from emtract.store import Store
from emtract.store.sql import read_sql, sql_digests
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


#: Aggregates of floating numbers, whose last digit depends on the order in which threads add.
_FLOATING = re.compile(
    r"\b(stddev|variance|var|(covar|corr|regr|stddev|var)_\w+|corr|kurtosis|skewness|sem|fsum|sumkahan|favg|avg|mean)\(.*"
)
_SUMS = re.compile(r"\bsum\((.*)")
#: Sums of whole and decimal numbers: those cast so, those of `in_steps`, counts, and weights, which are decimal.
_EXACT = re.compile(
    r"DECIMAL|INTEGER|BIGINT|HUGEINT|in_steps|^((d\.)?w|texts|posts|rows(_kept|_quarantined)?|outside)\)"
    r"|^CASE WHEN x IS NOT NULL THEN w END\)"
)


@pytest.mark.parametrize("name", sorted(name.removesuffix(".sql") for name in sql_digests()))
def test_no_sum_depends_on_the_order_in_which_threads_add(name):
    """A panel built twice has the same digits only where every sum is of whole or decimal numbers."""
    text = "\n".join(line.split("--")[0] for line in read_sql(name).splitlines())
    floating = [found[0] for found in _FLOATING.finditer(text) if "DECIMAL" not in found[0]]
    floating += [found[0] for found in _SUMS.finditer(text) if not _EXACT.search(found[1])]
    assert floating == [], "cast what is added to DECIMAL, or take sd_of and in_steps"


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    with Store.open(tmp_path_factory.mktemp("sql") / "s.duckdb") as opened:
        yield opened


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=300))
def test_sd_of_is_the_sample_standard_deviation(store, values):
    found = store.sql(
        "SELECT sd_of(count(x), sum(in_steps(x)), sum(in_steps(x) * in_steps(x))) AS sd FROM (SELECT unnest($x) AS x)",
        x=values,
    ).item()
    if len(values) == 1:
        assert found is None
    else:
        assert found == pytest.approx(np.std(values, ddof=1), rel=1e-9, abs=1e-9)


def test_sd_of_equal_numbers_is_zero(store):
    """By the sum and the squares of floating numbers it would be 5e-9, and a surprise over it is no number to print."""
    sql = "SELECT sd_of(8, 8 * in_steps(0.1), 8 * in_steps(0.1) * in_steps(0.1)) AS sd"
    assert store.sql(sql).item() == 0


@pytest.mark.parametrize("x", [1e300, -1e7, math.inf, -math.inf, math.nan])
def test_in_steps_of_what_is_no_return_is_null_and_no_error(store, x):
    assert store.sql("SELECT in_steps(unnest($x)) AS steps", x=[x, 0.5])["steps"].to_list() == [None, 5 * 10**9]
