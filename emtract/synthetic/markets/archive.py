"""A second synthetic archive: offers, announcements, short interest, holdings and factors, with a written-down truth."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
import polars as pl

from emtract.atomic import write_if_changed
from emtract.synthetic import publishers
from emtract.synthetic.archive import Archive, json_lines, write_labels, write_truth
from emtract.synthetic.markets.files import characteristics, cusips, earnings, filings, offers, short_interest
from emtract.synthetic.markets.truth import (
    DAILY_EFFECTS,
    FIRST_DAY,
    LONG_RUN,
    REACTION,
    SHORTED_MORE,
    SURPRISE,
    Announced,
    Offered,
    announce,
    bhar_slope,
    daily_effects,
    draw_bars,
    draw_offer_prices,
    high_less_low,
    is_unusual,
    offer,
    schedule,
)
from emtract.synthetic.markets.world import (
    DAILY,
    Posts,
    Stage,
    classification,
    draw_posts,
    draw_stage,
    factor_frame,
    industry_frame,
    write_messages,
)
from emtract.synthetic.messages import Message, draw_authors

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

    from emtract.synthetic.world import Bars

#: The files of the archive as a configuration names them; paths start at the folder that holds `archive/`.
MARKET_CONFIG: Final = """\
[[posts]]
files = "archive/posts/*.jsonl"
format = "stocktwits"

[[prices]]
files = "archive/prices/*.csv"
close = "as_traded"

[[market]]
files = "archive/market/factors.csv"
format = "french_factors"

[[market]]
files = "archive/market/industries.csv"
format = "french_industries"

[[market]]
files = "archive/market/ff48.csv"
format = "classification"
options = { scheme = "ff48" }

[[market]]
files = "archive/market/characteristics.csv"
format = "characteristics"

[[market]]
files = "archive/market/short/shrt*.csv"
format = "finra_short_interest"

[[market]]
files = "archive/market/13f.zip"
format = "sec_13f"
options = { cusips = "cusips.csv" }

[[market]]
files = "archive/market/IPO-age.xlsx"
format = "ritter_ipos"

[[market]]
files = "archive/market/offers.csv"
format = "ipo_offers"

[[market]]
files = "archive/market/earnings.csv"
format = "earnings"
"""


class _World(NamedTuple):
    stage: Stage
    posts: Posts
    announced: Announced
    offered: Offered
    offer_prices: NDArray[np.float64]
    bars: Bars


def generate_market_archive(
    folder: Path, *, seed: int = 7, progress: Callable[[int, int], None] | None = None
) -> Archive:
    """Write a synthetic archive of about 19,000 posts, 118 firms, 72 offers and 500 announcements; takes a few seconds.

    Parameters
    ----------
    folder
        Where to write; made if need be, files of the same name are replaced.
    seed
        The same seed gives the same bytes.
    progress
        Called with the parts written and the parts there are.

    Returns
    -------
    Archive
        Its paths; `truth_table` reads what was planted.
    """
    told = progress or (lambda done, total: None)
    world_rng, text_rng, files_rng = np.random.default_rng(seed).spawn(3)
    world = _draw_world(world_rng)
    archive = Archive(folder)
    for part in (archive.posts, archive.prices, archive.market / "short"):
        part.mkdir(parents=True, exist_ok=True)
    told(0, 4)
    messages = write_messages(world.stage, world.posts, world.bars.open, draw_authors(text_rng), text_rng)
    _write_posts(archive, world, messages)
    told(1, 4)
    _write_prices(archive, world)
    told(2, 4)
    _write_market(archive, world, files_rng)
    told(3, 4)
    counts = {
        "posts": len(world.posts),
        "firms": len(world.stage.firms),
        "offers": len(world.stage.issuers),
        "announcements": len(world.announced.firm),
        "sessions": len(world.stage.dates),
    }
    write_truth(archive, seed, world.stage.dates, {"effects": _effects(world), "counts": counts})
    told(4, 4)
    return archive


def _draw_world(rng: np.random.Generator) -> _World:
    """Draw moods and posts first, then everything that they move, then prices."""
    stage_rng, posts_rng, events_rng, prices_rng = rng.spawn(4)
    stage = draw_stage(stage_rng)
    enthusiastic = posts_rng.permutation(np.arange(len(stage.issuers)) % 2 == 0)
    dates = schedule(stage, DAILY[1], posts_rng)
    posts = draw_posts(stage, enthusiastic, dates, posts_rng)
    announced, offered = announce(stage, posts, dates, events_rng), offer(stage, posts, events_rng)
    unusual = is_unusual(stage)[stage.issuers]
    offer_prices = draw_offer_prices(stage, unusual, prices_rng)
    bars = draw_bars(stage, daily_effects(stage, posts), announced, offered, offer_prices, prices_rng)
    return _World(stage, posts, announced, offered, offer_prices, bars)


def _write_posts(archive: Archive, world: _World, messages: list[Message]) -> None:
    lines = json_lines(messages)
    seasoned = np.isin(world.posts.firm, world.stage.seasoned)
    for name, chosen in (("seasoned", seasoned), ("issuers", ~seasoned)):
        write_if_changed(
            archive.posts / f"{name}.jsonl", "".join(f"{lines[i]}\n" for i in np.flatnonzero(chosen).tolist())
        )
    write_labels(archive, messages, world.posts.emotion)


def _write_prices(archive: Archive, world: _World) -> None:
    bars = world.bars
    columns = {"Open": bars.open, "High": bars.high, "Low": bars.low, "Close": bars.close, "Adj Close": bars.close}
    for k, firm in enumerate(world.stage.firms):
        first = int(world.stage.listed[k])
        prices = {name: values[k, first:] for name, values in columns.items()}
        frame = pl.DataFrame({"Date": list(world.stage.dates[first:])} | prices | {"Volume": bars.volume[k, first:]})
        write_if_changed(archive.prices / f"{firm.symbol}.csv", frame.write_csv(float_precision=6))


def _write_market(archive: Archive, world: _World, rng: np.random.Generator) -> None:
    stage, bars, folder = world.stage, world.bars, archive.market
    publishers.write_french_factors(factor_frame(stage), folder / "factors.csv")
    publishers.write_french_industries(industry_frame(stage), folder / "industries.csv")
    for day, short in short_interest(stage, rng).items():
        publishers.write_finra_short_interest(short, folder / "short" / f"shrt{day:%Y%m%d}.csv")
    publishers.write_sec_13f(*filings(stage, bars, rng), folder / "13f.zip")
    ages, table = offers(stage, world.offer_prices, rng)
    publishers.write_ritter_ipos(ages, folder / "IPO-age.xlsx")
    publishers.write_ipo_offers(table, folder / "offers.csv")
    publishers.write_earnings(earnings(stage, bars, world.announced, rng), folder / "earnings.csv")
    plain = {
        "ff48": classification(stage).drop("scheme"),
        "characteristics": characteristics(stage, bars, rng),
        "cusips": cusips(stage),
    }
    for name, frame in plain.items():
        write_if_changed(folder / f"{name}.csv", frame.write_csv())


def _effects(world: _World) -> list[dict[str, Any]]:
    """Return every planted number; emotions are true shares of posts, standardised as the study does."""
    bp = "basis points"
    rows: list[tuple[str, str, float, str, str]] = []
    for emotion, effect in DAILY_EFFECTS.items():
        note = "per standard deviation before the open, firms with low short interest"
        rows.append(("heterogeneity", f"{emotion}_pre_open", effect, bp, note))
        note = "more for firms with high short interest"
        rows.append(("heterogeneity", f"{emotion}_pre_open:high_short_ratio", SHORTED_MORE[emotion], bp, note))
    rows += [
        ("ipo", "mean first-day return", 100 * FIRST_DAY[0], "per cent", "offers of the usual kind"),
        ("ipo", "first-day return on enthusiasm", 100 * FIRST_DAY[1], "percentage points", "per standard deviation"),
        ("ipo", "first-day return, high less low", 100 * high_less_low(world.offered), "percentage points",
         "split at the median"),
        ("ipo", "bhar_12_industry on enthusiasm", 100 * bhar_slope(world.stage, world.offered), "percentage points",
         f"expected slope per standard deviation, from a log drift of {LONG_RUN} a year"),
        ("ipo", "interaction of enthusiasm and first-day return", 0.0, "percentage points", "none planted"),
        ("earnings", "announcement return on happiness, given the surprise", 1e4 * REACTION[0], bp, "per standard deviation"),
        ("earnings", "announcement return on happiness, surprise left out", 1e4 * (REACTION[0] + REACTION[1] * SURPRISE[0]), bp,
         "per standard deviation"),
        ("earnings", "surprise on happiness", 1e4 * SURPRISE[0], "basis points of the price", "per standard deviation"),
        ("earnings", "announcement return on the surprise", REACTION[1], "per unit", "return per surprise over price"),
    ]  # fmt: skip
    return [dict(zip(("study", "quantity", "truth", "unit", "note"), row, strict=True)) for row in rows]
