"""The archive on disk: its bytes, its counts, its format, its mess, its prices."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections import Counter
from datetime import date
from html import unescape

import exchange_calendars as xc
import numpy as np
import polars as pl
import pytest

from emtract.errors import SourceError
from emtract.symbols import extract_cashtags, is_plausible_ticker
from emtract.synthetic import generate_archive, open_archive, true_labels
from emtract.synthetic.world import FIRMS, exchange_sessions
from emtract.text import clean_post
from tests.synthetic.conftest import read_lines, read_messages

WELL_KNOWN = """
AAPL MSFT GOOG GOOGL AMZN META FB TSLA NVDA AMD INTC NFLX DIS BABA GME AMC BB NOK SPY QQQ IWM DIA PLTR NIO F GM GE T VZ BAC
JPM WFC C KO PEP MCD WMT TGT COST HD LOW NKE SBUX ORCL CRM ADBE IBM CSCO QCOM TXN MU UBER LYFT SNAP TWTR PINS ZM ROKU SQ PYPL
SHOP PFE MRNA JNJ BNTX XOM CVX BP OXY HAL SNDL TLRY ACB PLUG FCEL RIOT MARA COIN HOOD SOFI DKNG
"""


def digests(folder):
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_the_bytes_depend_on_the_seed_alone(archive, archive_of, tmp_path):
    """Written over the archive of another seed, so that nothing of it may stay."""
    first, other = digests(archive.folder), digests(archive_of(42).folder)
    assert first.keys() == other.keys()
    assert not any(first[name] == other[name] for name in first)
    shutil.copytree(archive_of(42).folder, tmp_path, dirs_exist_ok=True)
    told = []
    generate_archive(tmp_path, seed=7, progress=lambda done, total: told.append((done, total)))
    assert digests(tmp_path) == first
    assert told == [(n, 24) for n in range(1, 25)]


def test_an_archive_is_opened_again_or_refused(archive, tmp_path):
    assert open_archive(archive.folder) == archive
    with pytest.raises(SourceError, match="is no demo archive"):
        open_archive(tmp_path)


def test_counts_are_those_promised(archive, messages):
    assert archive.counts["posts"] == len(messages) == pytest.approx(20_000, rel=0.05)
    assert archive.counts["tickers"] == len(list(archive.posts.iterdir())) == len(list(archive.prices.iterdir())) == 24
    assert archive.counts["sessions"] == 250
    labels = true_labels(archive)
    assert set(labels["post_id"]) == set(messages)
    shares = {row["emotion"]: row["count"] / labels.height for row in labels["emotion"].value_counts().to_dicts()}
    assert 0.40 < shares.pop("neutral") < 0.50
    assert 0.26 < shares.pop("happy") < 0.34
    assert all(0.02 < share < 0.09 for share in shares.values())
    assert len(shares) == 5


def test_the_mess_is_counted(archive, messages):
    lines = [line for path in archive.posts.iterdir() for line in read_lines(path)]
    _, broken = read_messages(archive)
    counts = archive.counts
    assert len(lines) == counts["lines"]
    assert broken == counts["broken_lines"] == 6
    repeats = len(lines) - broken - len(messages)
    assert repeats == counts["repeated_lines"] + counts["lines_of_posts_in_two_files"]
    kinds = Counter(clean_post(message["body"]).kind for message in messages.values())
    assert kinds["placeholder_only"] == counts["posts_link_only"] > 100
    assert kinds["emoji_only"] == counts["posts_emoji_only"] > 100
    assert kinds["empty"] == 0


def test_no_line_of_an_id_differs_from_another(archive):
    seen = {}
    for path in archive.posts.iterdir():
        for line in read_lines(path):
            if line.endswith("}"):
                try:
                    seen.setdefault(json.loads(line)["id"], set()).add(line)
                except json.JSONDecodeError:
                    continue
    assert all(len(lines) == 1 for lines in seen.values())


def test_every_first_line_is_a_message(archive):
    assert all("body" in json.loads(read_lines(path)[0]) for path in archive.posts.iterdir())


def test_messages_look_like_the_platforms(messages):
    sentiments = Counter(json.dumps(message["entities"]["sentiment"]) for message in messages.values())
    assert set(sentiments) == {"null", "{}", '{"basic": "Bullish"}', '{"basic": "Bearish"}'}
    assert all(isinstance(message["user"]["followers"], int) for message in messages.values())
    names = [tuple(symbol["symbol"] for symbol in message["symbols"]) for message in messages.values()]
    assert {len(named) for named in names} == {1, 2}
    for named, message in zip(names, messages.values(), strict=True):
        assert set(extract_cashtags(unescape(message["body"]))) <= set(named)
        assert not set("<>\x01\x02{}") & set(message["body"])
        assert len(unescape(message["body"])) <= 1_000
    assert any("&#39;" in message["body"] or "&gt;" in message["body"] for message in messages.values())


def test_a_reshare_carries_its_original_and_its_label(archive, messages):
    label = dict(true_labels(archive).iter_rows())
    reshares = [m for m in messages.values() if "reshare_message" in m]
    assert len(reshares) == archive.counts["posts_reshared"] > 100
    for message in reshares:
        original = message["reshare_message"]["message"]
        assert messages[str(original["id"])]["body"] == original["body"] == message["body"]
        assert label[str(original["id"])] == label[str(message["id"])]
        assert original["created_at"] <= message["created_at"]


def test_posts_fall_in_nights_weekends_holidays_and_market_hours(messages):
    stamps = pl.Series([message["created_at"] for message in messages.values()])
    local = stamps.str.to_datetime("%Y-%m-%dT%H:%M:%SZ", time_zone="UTC").dt.convert_time_zone("America/New_York")
    hours = Counter(local.dt.hour().to_list())
    assert set(hours) == set(range(24))
    assert (local.dt.weekday() >= 6).sum() > 200
    assert date(2021, 7, 5) in set(local.dt.date())


def test_sessions_hold_a_half_day_and_both_changes_of_the_clock():
    timeline = exchange_sessions()
    assert (str(timeline.dates[0]), str(timeline.dates[-1])) == ("2021-01-04", "2021-12-29")
    hours = (timeline.close - timeline.open) / 3600
    assert [str(timeline.dates[t]) for t in np.flatnonzero(hours < 6.5)] == ["2021-11-26"]
    assert len(set((timeline.open % 86_400).tolist())) == 2
    calendar = xc.get_calendar("XNYS", start="2020-12-01", end="2022-01-10")
    assert timeline.previous_close[0] == calendar.session_close("2020-12-31").timestamp()
    assert (timeline.previous_close[1:] == timeline.close[:-1]).all()


def test_no_ticker_is_anyone_elses():
    symbols = [firm.symbol for firm in FIRMS]
    assert len(set(symbols)) == 24
    assert not set(symbols) & set(WELL_KNOWN.split())
    assert all(len(s) == 4 and s[:2] in {"ZQ", "QZ"} and is_plausible_ticker(s) for s in symbols)


def test_prices_are_bars_that_could_be(archive):
    sessions = [str(day) for day in exchange_sessions().dates]
    paths = list(archive.prices.iterdir())
    assert len(paths) > 1
    for path in paths:
        bars = pl.read_csv(path)
        assert bars.columns == ["Date", "Open", "High", "Low", "Close", "Adj Close", "Volume"]
        assert bars["Date"].to_list() == sessions
        body_high, body_low = pl.max_horizontal("Open", "Close"), pl.min_horizontal("Open", "Close")
        assert (
            bars.select((pl.col("High") >= body_high) & (pl.col("Low") <= body_low) & (pl.col("Low") > 0))
            .to_series()
            .all()
        )
        assert (bars["Volume"] > 0).all()
        daily = bars["Close"] / bars["Open"] - 1
        assert 0.008 < daily.std() < 0.04
        assert (bars["Open"][1:] / bars["Close"][:-1] - 1).std() == pytest.approx(0.006, rel=0.25)
