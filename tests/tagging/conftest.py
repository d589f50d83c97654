"""A small archive of which every cell is known, and samples without an archive."""

from datetime import UTC, date, datetime, timedelta

import pytest

from emtract.emotions import EMOTIONS
from emtract.options import PanelOptions
from emtract.scoring import score_store
from emtract.store import Store
from emtract.store.loading import load_market
from emtract.tagging.sample import Cell, Sample, Stratum
from tests.conftest import FakeScorer, batch, days, load_posts, post, prices, source

SESSIONS = days(date(2014, 1, 6), 12)
FIRMS = ("A", "B", "C", "D")
HOSTILE = "</script><script>window.hacked=1</script><img src=x onerror='window.hacked=1'> \u202e &amp; {{ 7*7 }}"


#: The cleaner takes numbers out: texts are told apart by words.
ADJECTIVES = (
    "calm",
    "loud",
    "odd",
    "slow",
    "wild",
    "bold",
    "plain",
    "late",
    "dark",
    "cheap",
    "keen",
    "rare",
    "safe",
    "thin",
    "warm",
    "vast",
)
NOUNS = (
    "call",
    "chart",
    "deal",
    "fund",
    "gap",
    "hunch",
    "move",
    "note",
    "plan",
    "rally",
    "rumour",
    "sale",
    "split",
    "story",
    "trade",
    "view",
)


def posts():
    """One to four posts a cell, some of two firms, some of one text."""
    made, number = [], 0
    for at, day in enumerate(SESSIONS):
        for hour in (12, 17):
            for firm, symbol in enumerate(FIRMS):
                for nth in range((at + firm + hour) % 4 + 1):
                    number += 1
                    when = datetime(day.year, day.month, day.day, hour, tzinfo=UTC) + timedelta(minutes=number % 50)
                    words = f"{ADJECTIVES[number % 16]} {NOUNS[number // 16]}"
                    text = "to the moon" if number % 9 == 0 else f"a {words} {HOSTILE if nth == 3 else ''}"
                    symbols = [symbol] if number % 5 else [symbol, FIRMS[firm - 1]]
                    made.append(post(number, text, when.replace(tzinfo=None).isoformat(), symbols=symbols))
    return made


def open_archive(path, made):
    store = Store.open(path)
    load_posts(store, source(), [batch(*made)])
    for symbol in FIRMS:
        series = prices(symbol, [(day, 10.0, 10.5) for day in SESSIONS])
        load_market(store, source(f"{symbol}.csv", "prices", sha=symbol), series)
    score_store(store, FakeScorer())
    return store


@pytest.fixture(scope="session")
def archive(tmp_path_factory):
    with open_archive(tmp_path_factory.mktemp("archive") / "s.duckdb", posts()) as store:
        yield store


@pytest.fixture(scope="session")
def options():
    return PanelOptions(scorer="fake", revision="1")


def made_sample(strata, *, readings=None, **more):
    """A sample of strata given as (cells, drawn, [(texts of a cell, keys drawn), ...])."""
    told, cells = [], []
    for at, (size, drawn, members) in enumerate(strata):
        emotion, texts = EMOTIONS[at], "one" if members[0][0] == 1 else "several"
        told.append(Stratum(window="market", reading=emotion, texts=texts, cells=size, drawn=drawn))
        cells += [
            Cell(
                symbol=f"S{at}{number}", session=SESSIONS[0], stratum=at, texts=held, keys=tuple(keys),
                probability=drawn / size, text_probability=len(keys) / held,
            )
            for number, (held, keys) in enumerate(members)
        ]  # fmt: skip
    keys = dict.fromkeys(key for cell in cells for key in cell.keys)
    flat = (0.4, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1)
    facts = {
        "scorer": "fake",
        "revision": "1",
        "cleaner": "1",
        "settings": {},
        "asked": len(keys),
        "seed": 1,
        "posts": "",
    }
    return Sample(
        strata=tuple(told),
        cells=tuple(cells),
        readings={k: (readings or {}).get(k, flat) for k in keys},
        **(facts | more),
    ).signed()
