"""The second archive: its bytes, its counts, its prices, and whether what is written down as planted is there."""

from __future__ import annotations

import hashlib
import json
from types import SimpleNamespace

import numpy as np
import polars as pl
import pytest

from emtract.ingest.market import read_market
from emtract.synthetic import truth_table
from emtract.synthetic.markets import archive as markets
from emtract.synthetic.markets.archive import MARKET_CONFIG, generate_market_archive
from emtract.synthetic.markets.files import cusip
from emtract.synthetic.markets.truth import FIRST_DAY, LONG_RUN, REACTION, SURPRISE, YEAR
from emtract.synthetic.markets.world import INDUSTRIES, N_OFFERS, N_SEASONED

FORMATS = {
    "factors.csv": "french_factors",
    "industries.csv": "french_industries",
    "ff48.csv": "classification",
    "characteristics.csv": "characteristics",
    "13f.zip": "sec_13f",
    "IPO-age.xlsx": "ritter_ipos",
    "offers.csv": "ipo_offers",
    "earnings.csv": "earnings",
}
OPTIONS = {"ff48.csv": {"scheme": "ff48"}, "13f.zip": {"cusips": "cusips.csv"}}


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    return generate_market_archive(tmp_path_factory.mktemp("market"))


@pytest.fixture(scope="module")
def world():
    rng, *_ = np.random.default_rng(7).spawn(3)
    return markets._draw_world(rng)


def digests(folder):
    return {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in sorted(folder.rglob("*")) if p.is_file()}


def test_the_bytes_depend_on_the_seed_alone(archive, tmp_path):
    told = []
    again = generate_market_archive(tmp_path, progress=lambda done, total: told.append((done, total)))
    assert digests(again.folder) == digests(archive.folder)
    assert told[-1] == (4, 4)


def test_it_is_small_enough_to_be_scored_in_a_minute(archive):
    counts = json.loads(archive.truth.read_text())["counts"]
    lines = sum(path.read_bytes().count(b"\n") for path in archive.posts.iterdir())
    assert counts["posts"] == lines <= 20_000
    assert counts["firms"] == len(list(archive.prices.iterdir())) == 118
    assert counts["offers"] == 78
    labels = pl.read_csv(archive.labels)
    assert labels.height == lines == labels["post_id"].n_unique()


def test_every_file_is_read_whole_by_the_reader_of_its_publisher(archive):
    short = sorted((archive.market / "short").iterdir())
    files = [(archive.market / name, format_) for name, format_ in FORMATS.items()]
    for path, format_ in [*files, (short[0], "finra_short_interest"), (short[-1], "finra_short_interest")]:
        batch = read_market(path, format=format_, options=OPTIONS.get(path.name, {}))
        assert batch.rejected.num_rows == 0, path
        assert all(table.num_rows for table in batch.tables.values()), path
    named = {line.split("/")[-1].strip('"') for line in MARKET_CONFIG.splitlines() if line.startswith("files")}
    assert set(FORMATS) <= named


def test_what_is_read_is_what_was_drawn(archive, world):
    series = pl.DataFrame(read_market(archive.market / "factors.csv", format="french_factors").tables["series"])
    market = series.filter(pl.col("name") == "mkt_rf").sort("session")["value"].to_numpy()
    np.testing.assert_allclose(market, world.stage.factors["mkt_rf"], atol=1e-9)
    held = read_market(archive.market / "13f.zip", format="sec_13f", options={"cusips": "cusips.csv"}).tables
    shares = pl.DataFrame(held["characteristics"]).filter(pl.col("name") == "institutional_shares")
    total = shares.group_by("symbol").agg(pl.col("value").mean())
    outstanding = dict(zip((f.symbol for f in world.stage.firms), world.stage.shares, strict=True))
    ratios = [row["value"] / outstanding[row["symbol"]] for row in total.iter_rows(named=True)]
    assert all(0.3 < r < 0.42 or 0.65 < r < 0.85 for r in ratios)


def test_first_days_and_the_year_after_follow_enthusiasm(world):
    """Prices hold the planted first-day returns exactly, and the drift within its error."""
    stage, offered, close = world.stage, world.offered, world.bars.close
    issuers = stage.issuers[:N_OFFERS]
    first = stage.listed[issuers]
    paid = close[issuers, first] / world.offer_prices[:N_OFFERS] - 1
    np.testing.assert_allclose(paid, offered.first_return[:N_OFFERS], atol=1e-5)
    enthusiasm = offered.enthusiasm[:N_OFFERS]
    slope = np.polyfit(enthusiasm, paid, 1)[0]
    assert abs(slope - FIRST_DAY[1]) < 3 * FIRST_DAY[2] / np.sqrt(N_OFFERS)
    rows = zip(issuers.tolist(), first.tolist(), strict=True)
    industry = [np.log1p(stage.industries[stage.industry[k], t + 1 : t + 1 + YEAR]).sum() for k, t in rows]
    grown = np.log(close[issuers, first + YEAR] / close[issuers, first]) - np.array(industry)
    assert abs(np.polyfit(enthusiasm, grown, 1)[0] - LONG_RUN) < 3 * 0.02 * np.sqrt(YEAR / N_OFFERS)


def test_announcements_follow_mood_and_surprise(world):
    told = world.announced
    design = np.column_stack([np.ones(len(told.mood)), told.mood, told.surprise])
    found, *_ = np.linalg.lstsq(design, told.reaction, rcond=None)
    error = REACTION[2] / np.sqrt(len(told.mood))
    assert abs(found[1] - REACTION[0]) < 3 * error
    assert abs(np.polyfit(told.mood, told.surprise, 1)[0] - SURPRISE[0]) < 3 * SURPRISE[1] / np.sqrt(len(told.mood))
    overnight = world.bars.open[told.firm, told.session] / world.bars.close[told.firm, told.session - 1] - 1
    assert np.corrcoef(overnight, told.reaction)[0, 1] > 0.9


def test_daily_returns_follow_moods_and_more_so_where_shares_are_sold_short(world):
    """Two-way demeaned open-to-close returns on the planted part: a slope of one."""
    planted = markets.daily_effects(world.stage, world.posts)
    where = planted != 0
    day = world.bars.close / world.bars.open - 1
    day = (day - np.nanmean(day, axis=0))[where]
    slope = (day * planted[where]).sum() / (planted[where] ** 2).sum()
    assert abs(slope - 1) < 3 * 0.016 / np.sqrt((planted[where] ** 2).sum())
    spread = [np.std(planted[high & where.any(axis=1)][where[high & where.any(axis=1)]]) for high in (
        world.stage.is_shorted, ~world.stage.is_shorted)]  # fmt: skip
    assert spread[0] > 1.3 * spread[1]


def test_firms_are_split_in_half_by_short_interest_at_any_time(world):
    listed = world.stage.listed[None, :] <= np.arange(len(world.stage.dates))[:, None]
    shares = (listed & world.stage.is_shorted).sum(axis=1) / listed.sum(axis=1)
    assert ((shares > 0.48) & (shares < 0.52)).all()
    both = pl.DataFrame({"short": world.stage.is_shorted, "held": world.stage.is_held}).group_by(pl.all()).len()
    assert both["len"].min() >= 28, "the two say nothing of each other"
    assert len(set(INDUSTRIES)) == 48
    assert len({cusip(k) for k in range(118)}) == 118
    assert (world.stage.listed[:N_SEASONED] == 0).all()


def test_some_firms_make_losses(archive):
    eps = pl.read_csv(archive.market / "earnings.csv")["eps"]
    assert 0.1 < (eps < 0).mean() < 0.3


def test_the_truth_is_a_table(archive):
    truth = truth_table(archive)
    assert set(truth["study"]) == {"heterogeneity", "ipo", "earnings"}
    assert truth.filter(pl.col("quantity") == "first-day return on enthusiasm")["truth"].item() == pytest.approx(7.0)
    assert truth["truth"].is_not_null().all()


def test_the_configuration_names_every_file(archive, tmp_path):
    import tomllib

    config = SimpleNamespace(**tomllib.loads(MARKET_CONFIG))
    patterns = [s["files"] for s in (*config.posts, *config.prices, *config.market)]
    matched = {p for pattern in patterns for p in archive.folder.glob(pattern.removeprefix("archive/"))}
    others = {"labels.csv", "truth.json", "cusips.csv"}
    assert {p.name for p in archive.folder.rglob("*") if p.is_file()} - {p.name for p in matched} == others
