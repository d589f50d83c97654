"""The demonstration with the shipped model: the first thing that a newcomer runs."""

import polars as pl

from emtract.config import load_settings


def test_it_ends_with_the_truth_beside_the_estimates_and_the_page(demo):
    folder, printed = demo
    assert "truth" in printed
    assert "happy_pre_open" in printed
    assert f"{folder.name}/reports/daily_returns/index.html" in printed.replace("\n", "")


def test_planted_effects_are_found_and_absent_ones_are_not_invented(demo):
    from emtract.synthetic import open_archive, truth_table

    folder, _ = demo
    estimates = pl.read_csv(folder / "reports/daily_returns/estimates.csv")
    truth = truth_table(open_archive(folder / "archive"))
    both = truth.join(estimates, on=["spec", "term"])
    planted = both.filter(pl.col("truth").abs() > 5)
    assert planted.height >= 3
    assert (planted["estimate"].sign() == planted["truth"].sign()).all()
    assert (planted["estimate"].abs() < 1.5 * planted["truth"].abs()).all()
    absent = both.filter(pl.col("truth") == 0)
    assert (absent["p_value"] < 0.01).mean() < 0.2


def test_the_page_says_first_that_the_data_are_synthetic(demo):
    folder, _ = demo
    html = (folder / "reports/daily_returns/index.html").read_text(encoding="utf-8")
    body = html[html.index("<body") :]
    assert body.index("Synthetic data") < body.index("<h1")


def test_every_broken_line_of_the_archive_is_in_quarantine_and_every_post_in_the_store(demo):
    from emtract.pipeline import open_store
    from emtract.synthetic import open_archive, true_labels

    folder, _ = demo
    with open_store(load_settings(folder / "emtract.toml"), read_only=True) as store:
        assert store.count("posts") == true_labels(open_archive(folder / "archive")).height
        assert store.count("quarantine") > 0
        store.check()
