"""The answer in words follows the numbers, whichever way they point."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from scipy import stats

from emtract.econometrics.estimates import estimate_row
from emtract.econometrics.finding import Finding, Quantity, difference_of, response_of, slope_of
from emtract.econometrics.regression.result import Result
from emtract.econometrics.sentences import coefficient_sentence, finding_sentence, further_sentence
from emtract.ledger import Ledger
from emtract.words.names import outcome_words, term_name, term_words, windows_of
from tests.econometrics.conftest import BASE


def result(estimate, std_error, **change):
    spec = replace(BASE, **({"x": ("happy_market",), "controls": (), "standardise": ("happy_market",)} | change))
    ones = np.ones(1)
    return Result(spec, ones * estimate, np.eye(1) * std_error**2, None, 100, {}, 0.1, ones, ones, Ledger())


def one(estimate, std_error, *, first=True, **change):
    made = result(estimate, std_error, **change)
    return coefficient_sentence(made, made.spec.x[0], first=first)


@pytest.mark.parametrize(
    ("estimate", "said"),
    [
        (
            12.3,
            "More happiness during market hours goes with a higher same-session open-to-close return: +12.3 bp per SD "
            "(95 % interval 8.2 to 16.4).",
        ),
        (
            -12.3,
            "More happiness during market hours goes with a lower same-session open-to-close return: −12.3 bp per SD "
            "(95 % interval −16.4 to −8.2).",
        ),
        (
            -0.4,
            "Happiness during market hours: nothing detectable in the same-session open-to-close return "
            "(95 % interval −4.5 to 3.7 bp per SD); effects under 5.9 could be missed.",
        ),
    ],
)
def test_the_sign_and_the_interval_decide_the_words(estimate, said):
    assert one(estimate, 2.1) == said


def test_a_sentence_after_the_first_does_not_say_again_what_the_interval_is():
    assert one(12.3, 2.1, first=False).endswith(": +12.3 bp per SD (8.2 to 16.4).")


@pytest.mark.parametrize("df", [None, 7, 86])
def test_what_the_sample_would_miss_is_that_of_its_degrees_of_freedom(df):
    """The size at which four fifths of t statistics are beyond the critical value."""
    t = stats.norm() if df is None else stats.t(df)
    made = replace(result(10.0, 100.0), critical_df=df)
    size = 100 * (t.ppf(0.975) + t.ppf(0.8))
    assert f"effects under {size:.0f} could be missed" in coefficient_sentence(made, "happy_market")


def test_significant_coefficients_beside_the_headline_are_named():
    found = result(9.0, 1.0)
    told = [(found, "happy_market")] * 5
    assert further_sentence([], among=12, outcome="") == ""
    one_more = further_sentence(told[:1], among=18, outcome=found.spec.y)
    assert one_more == (
        "Of 18 other coefficients here 1 has p < 0.05 (0.9 by chance): happiness during market hours +9.0 bp per SD (t = 9.0)."
    )
    assert "on the same-session open-to-close return" in further_sentence(told[:1], among=18, outcome="")
    assert further_sentence(told, among=18, outcome=found.spec.y).endswith("; and 1 more.")
    assert further_sentence(told[:1], among=1, outcome="").startswith("Of 1 other coefficient here 1 has p < 0.05")


def test_coefficients_of_the_same_words_are_told_apart_by_their_regressions():
    found = result(9.0, 1.0)
    near = replace(found, spec=replace(found.spec, label="Away from earnings"))
    told = further_sentence([(found, "happy_market"), (near, "happy_market")], among=18, outcome=found.spec.y)
    assert "happiness during market hours (Away from earnings) +9.0 bp" in told
    assert "(Away" not in further_sentence([(near, "happy_market")], among=18, outcome=found.spec.y)


def test_headlines_of_the_same_words_name_their_regressions():
    found = result(9.0, 1.0, label="Calm sessions")
    for told, end in (
        (found, " goes with a higher"),
        (result(0.1, 1.0, label="Calm sessions"), ": nothing detectable"),
    ):
        assert f"appiness during market hours (Calm sessions){end}" in coefficient_sentence(
            told, "happy_market", apart=True
        )
    assert "Calm" not in coefficient_sentence(found, "happy_market")


def test_a_share_is_told_as_a_number_of_things():
    said = Quantity(
        "the share of 60 placebos that reject", "", 2, counted=(60, "placebos the coefficient is significant")
    )
    numbers = {"estimate": 0.05, "std_error": None, "conf_low": None, "conf_high": None}
    assert finding_sentence(finding(said, **numbers), "mean") == (
        "In 3 of 60 (5 %) placebos the coefficient is significant."
    )


def finding(said=None, **row):
    numbers = {"estimate": 3.2, "std_error": 2.1, "conf_low": -0.9, "conf_high": 7.3} | row
    frame = pl.DataFrame([estimate_row("mean", numbers, n_obs=90)], infer_schema_length=None)
    said = {"mean": said or Quantity("the return of the portfolio", "basis points")}
    return Finding(estimates=frame, n_obs=90, ledger=Ledger(), notes=(), quantities=said)


DIFFERENCE = difference_of("the return", "in May", "in June", "basis points")
RESPONSE = response_of("the slope", "fear_market", "next-session return", "basis points", per_sd=True)


@pytest.mark.parametrize(
    ("quantity", "ends", "said"),
    [
        (DIFFERENCE, (0.1, 7.3), "The return is higher in May than in June: +3.2 bp (95 % interval 0.1 to 7.3)."),
        (
            DIFFERENCE,
            (-0.9, 7.3),
            "The return is not detectably higher or lower in May than in June (3.2 bp, 95 % interval −0.9 to 7.3); "
            "effects under 5.9 could be missed.",
        ),
        (
            RESPONSE,
            (0.1, 7.3),
            "More fear during market hours goes with a higher next-session return: +3.2 bp per SD (95 % interval 0.1 to 7.3).",
        ),
        (
            RESPONSE,
            (-0.9, 7.3),
            "Fear during market hours: nothing detectable in the next-session return (3.2 bp per SD, 95 % interval "
            "−0.9 to 7.3); effects under 5.9 could be missed.",
        ),
    ],
)
def test_a_headline_says_what_was_found(quantity, ends, said):
    assert finding_sentence(finding(quantity, conf_low=ends[0], conf_high=ends[1]), "mean") == said


def test_a_number_below_zero_is_lower():
    told = finding_sentence(finding(DIFFERENCE, estimate=-3.2, conf_low=-7.3, conf_high=-0.1), "mean")
    assert told == "The return is lower in May than in June: −3.2 bp (95 % interval −7.3 to −0.1)."
    assert DIFFERENCE.words == "the return in May minus in June"


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (
            {},
            "The return of the portfolio: 3.2 bp (95 % interval −0.9 to 7.3), not distinguishable from zero; effects "
            "under 5.9 could be missed.",
        ),
        ({"conf_low": 0.1}, "The return of the portfolio: 3.2 bp (95 % interval 0.1 to 7.3)."),
        (
            {"std_error": None},
            "The return of the portfolio: 3.20 bp (95 % interval −0.90 to 7.30), not distinguishable from zero.",
        ),
        ({"conf_low": None, "conf_high": None}, "The return of the portfolio: 3.2 bp."),
        (
            # Six degrees of freedom: 2.1 times 2.447 and 0.906.
            {"conf_low": 3.2 - 2.1 * 2.446912, "conf_high": 3.2 + 2.1 * 2.446912},
            "The return of the portfolio: 3.2 bp (95 % interval −1.9 to 8.3), not distinguishable from zero; effects "
            "under 7.0 could be missed.",
        ),
        (
            {"conf_low": -np.inf, "conf_high": np.inf},
            "The return of the portfolio: 3.2 bp (95 % interval −∞ to ∞), not distinguishable from zero.",
        ),
    ],
)
def test_a_number_of_a_finding(row, said):
    assert finding_sentence(finding(**row), "mean") == said


def test_digits_follow_the_standard_error():
    assert "+1,234 bp per SD" in one(1234.4, 56.0)
    assert "higher short interest: +0.0123 per SD" in one(0.0123, 0.0011, y="short_interest", y_scale=1.0)


def test_zero_has_no_sign_and_plain_regressors_rise_by_a_unit():
    said = one(-0.001, 1.0, x=("rank",), standardise=())
    assert said.startswith("Rank: nothing detectable")
    assert one(5.0, 1.0, x=("rank",), standardise=()).startswith("A one-unit rise in rank goes with a higher")
    assert one(5.0, 1.0, x=("valence_market",), standardise=("valence_market",)).startswith("Higher valence during")
    assert "predict" not in said


def test_names():
    assert term_words("sad_pre_open") == "sadness before the open"
    assert term_words("short_interest") == "short interest"
    assert term_words("valence_market_finance") == "valence during market hours in posts in finance language"
    assert (
        term_words("happy_pre_open:high_lagged_volatility")
        == "happiness before the open where lagged volatility is high"
    )
    assert term_words("happy") == "happiness"
    assert outcome_words("bhar_12_industry") == "BHAR of 12 months against industry"
    assert outcome_words("bhar_5_12_size_bm") == "BHAR of months 5 to 12 against size and book-to-market"
    assert outcome_words("log_range_parkinson") == "log range (Parkinson)"
    assert outcome_words("return_close_close_cumulated_1") == "close-to-close return over the next session"
    assert term_words("high_short_ratio") == "high short interest ratio"
    assert term_name("log_lagged_amihud") == "Log lagged Amihud illiquidity"
    assert term_name("log_range_parkinson") == "Log range (Parkinson)"
    # The end of these names is a benchmark, not the window of posts during market hours.
    assert windows_of(("car_market", "bhar_market", "prior_market")) == ()
    assert term_name("bhar_market") == "Announcement return (BHAR, minus the market)"
    assert windows_of(("happy_market",)) == ("market",)
    assert outcome_words("return_close_close_next") == "next-session close-to-close return"


def test_the_slope_of_a_product_is_a_further_difference():
    term = "happy_market:high_size"
    many = {"x": ("happy_market", term), "controls": (), "standardise": ("happy_market",)}
    base = result(5.0, 1.0)
    made = replace(
        base,
        spec=replace(base.spec, **many),
        coefficients=np.array([5.0, -7.0]),
        covariance=np.eye(2),
        means=np.ones(2),
        sds=np.ones(2),
    )
    said = coefficient_sentence(made, term)
    assert said.startswith(
        "Happiness during market hours where size (log market value) is high: a further difference in the"
    )
    assert "of −7.0 bp per SD" in said
    assert slope_of(made.spec, term).words == (
        "the further difference in the same-session open-to-close return that goes with one standard deviation of happiness "
        "during market hours where size (log market value) is high"
    )


def test_a_hundred_times_a_logarithm_is_per_cent():
    said = one(2.0, 0.1, y="log_range_parkinson", y_scale=100.0)
    assert "goes with a higher log range (Parkinson): +2.00 % per SD" in said
