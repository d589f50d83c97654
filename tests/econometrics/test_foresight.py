"""Later returns are those of the sessions that follow, and a reader that knows them is found out."""

import numpy as np
import polars as pl
import pytest

from emtract.econometrics.foresight import SESSIONS, foresight, month_returns, session_valence
from emtract.errors import EstimationError
from emtract.panel.frame import Panel
from tests.worlds.panels import simulate_panel


@pytest.fixture(scope="module")
def panel():
    made = simulate_panel(np.random.default_rng(5), 50, n_sessions=90, mean_posts=4).panel
    number = pl.col("session").rank("dense").cast(pl.Int32)
    return Panel(made.data.with_columns(number=number), made.ledger, made.settings)


def lifted(panel, by):
    """The panel with valence that is higher by a series."""
    shift = [(pl.col(f"valence_{w}") + by).alias(f"valence_{w}") for w in ("pre_open", "market")]
    return Panel(panel.data.with_columns(shift), panel.ledger, panel.settings)


def test_the_later_return_is_made_of_the_next_sessions_alone(panel):
    firm = panel.data.filter(pl.col("symbol") == panel.data["symbol"][0]).sort("session")
    told = month_returns(panel).filter(pl.col("symbol") == firm["symbol"][0]).sort("session")["later"]
    returns = firm["return_close_close"].to_numpy()
    expected = np.prod(1 + returns[11 : 11 + SESSIONS]) - 1
    assert told[10] == pytest.approx(expected)
    assert told[-SESSIONS:].null_count() == SESSIONS


def test_the_month_before_ends_with_the_session_before(panel):
    firm = panel.data.filter(pl.col("symbol") == panel.data["symbol"][0]).sort("session")
    told = month_returns(panel).filter(pl.col("symbol") == firm["symbol"][0]).sort("session")["before"]
    returns = firm["return_close_close"].to_numpy()
    assert told[40] == pytest.approx(np.prod(1 + returns[40 - SESSIONS : 40]) - 1)
    assert told[: SESSIONS + 1].null_count() == SESSIONS + 1


def test_a_month_with_a_gap_is_no_month(panel):
    holed = panel.data.with_columns(
        return_close_close=pl.when(pl.col("number") == 30).then(None).otherwise(pl.col("return_close_close"))
    )
    told = month_returns(Panel(holed, panel.ledger, panel.settings)).join(
        holed.select("symbol", "session", "number"), on=["symbol", "session"]
    )
    known = told.filter(pl.col("later").is_not_null())["number"].unique().sort().to_list()
    assert set(known) == set(range(1, 91 - SESSIONS)) - set(range(30 - SESSIONS, 30))


def test_the_valence_of_a_session_is_the_mean_over_its_posts(panel):
    told = session_valence(panel).join(panel.data, on=["symbol", "session"])
    both = told.filter(pl.col("valence_market").is_not_null() & pl.col("valence_pre_open").is_not_null())
    n = both["n_posts_market"], both["n_posts_pre_open"]
    expected = (both["valence_market"] * n[0] + both["valence_pre_open"] * n[1]) / (n[0] + n[1])
    np.testing.assert_allclose(both["valence"], expected)


def test_a_reader_that_knows_the_next_month_is_found_out_and_one_that_does_not_is_not(panel):
    later = panel.data.select("symbol", "session").join(month_returns(panel), on=["symbol", "session"], how="left")
    rng = np.random.default_rng(0)
    noise = pl.Series(rng.normal(0, 0.05, panel.data.height))
    knows = foresight(lifted(panel, later["later"].fill_null(0.0) + noise), panel)
    assert knows["estimate"] > 0 and knows["p_value"] < 0.01
    guesses = foresight(lifted(panel, noise), panel)
    assert guesses["p_value"] > 0.05
    assert guesses["power"] >= 2.8 * guesses["std_error"] > 0
    assert guesses["firms"] == 50


def test_a_sample_without_a_later_month_says_so(panel):
    short = Panel(panel.data.filter(pl.col("number") <= SESSIONS), panel.ledger, panel.settings)
    with pytest.raises(EstimationError, match="21 sessions later"):
        foresight(short, short)
