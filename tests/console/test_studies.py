"""What the prompt prints: a number is never rounded to nothing."""

import polars as pl

from emtract.console.studies import print_headline


def row(estimate, error, **more):
    told = {"conf_low": estimate - 2 * error, "conf_high": estimate + 2 * error, "p_value": 0.0004, "n_obs": 1234}
    return {"spec": "main", "term": "valence", "estimate": estimate, "std_error": error, **told, **more}


def test_small_and_large_coefficients_have_the_digits_that_their_error_needs(capsys):
    tidy = pl.DataFrame([row(0.00033, 0.0011), row(19.567, 3.4, spec="next")])
    print_headline(tidy, (("main", "valence"), ("next", "valence")))
    _, small, large = capsys.readouterr().out.splitlines()
    assert small.split() == ["main", "valence", "0.00033", "0.00110", "-0.00187", "0.00253", "<0.001", "1,234"]
    assert large.split() == ["next", "valence", "19.57", "3.40", "12.77", "26.37", "<0.001", "1,234"]


def test_a_coefficient_that_was_not_estimated_has_empty_cells(capsys):
    print_headline(pl.DataFrame([row(1.0, 0.5)]), (("main", "valence"), ("gone", "valence")))
    assert capsys.readouterr().out.splitlines()[-1].split() == ["gone", "valence"]
