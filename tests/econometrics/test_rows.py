"""One reading of conditions: what picks rows, what is refused, what is counted."""

from datetime import UTC, date, datetime

import polars as pl
import pytest

from emtract.econometrics.columns import asked_columns
from emtract.econometrics.rows import pick_rows
from emtract.errors import EstimationError, SpecError
from emtract.ledger import Ledger

DATA = pl.DataFrame(
    {
        "x": [1.0, None, 3.0],
        "odd name": [1, 2, 3],
        "session": [date(2020, 1, d) for d in (1, 2, 3)],
        "at": [datetime(2020, 1, d, 12, tzinfo=UTC) for d in (1, 2, 3)],
        "symbol": ["A", "B", "C"],
        "flag": [True, False, None],
    }
)
START = Ledger().start("rows", "rows", 3)


@pytest.mark.parametrize(
    ("where", "kept"),
    [
        ("x > 0", "AC"),
        ('"odd name" >= 2', "BC"),
        ("session >= DATE '2020-01-02'", "BC"),
        ("session >= '2020-01-02'", "BC"),
        ("'2020-01-02' > session", "A"),
        ("x > 0 AND NOT session BETWEEN '2020-01-01' AND '2020-01-02'", "C"),
        ("session IN ('2020-01-01', '2020-01-03') -- both", "AC"),
        ("at < '2020-01-02'", "A"),
        ("at >= '2020-01-02 12:00:00'", "BC"),
        ("symbol >= '2020-01-02'", "ABC"),
        ("symbol = 'A'", "A"),
        ("symbol IN ('A', 'C') AND x > 1", "C"),
        ("flag", "A"),
        ("NOT flag", "B"),
        ("x IS NULL", "B"),
    ],
)
def test_a_condition_picks_rows(where, kept):
    assert "".join(pick_rows(DATA, where, START)[0]["symbol"]) == kept


@pytest.mark.parametrize(
    ("where", "words"),
    [
        ("X2 > 0", "no column 'X2'"),
        ("sesion > DATE '2020-01-01'", "did you mean 'session'"),
        ("x >", "is not a condition"),
        ("", "is not a condition"),
        ("x", "neither true nor false"),
        ("max(x) > 0", "one value for all rows"),
        ("symbol > 1", "is not a condition on the sample"),
        ("session > '2020-13-01'", "write a date as '2020-01-31'"),
        ("session > 'March'", "write a date as '2020-01-31'"),
        ("x > AVG(x) AND session > '2020-01-01'", "is not a condition on the sample"),
    ],
)
def test_what_is_no_condition_is_refused_in_one_line(where, words):
    with pytest.raises(SpecError, match=words) as caught:
        pick_rows(DATA, where, START)
    assert "\n" not in str(caught.value)


def test_rows_that_are_left_out_are_counted_and_those_unknown_told():
    ledger = pick_rows(DATA, "x > 0", START)[1]
    assert ledger.steps[-1].dropped == 1
    assert ledger.steps[-1].reason == "outside the sample: x > 0; unknown on 1 row"
    assert pick_rows(DATA, None, START) == (DATA, START)
    with pytest.raises(EstimationError, match="none meets where='x > 5'"):
        pick_rows(DATA, "x > 5", START)


def test_columns_of_a_condition():
    assert asked_columns('x > 0 AND "odd name" < x') == ["x", "odd name"]
    assert asked_columns(None) == []
