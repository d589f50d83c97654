"""Small stores of IPOs and announcements: market rows, prices and posts in a few lines."""

from datetime import UTC, date, datetime

import pyarrow as pa

from emtract import schema
from emtract.panel.sessions import sessions
from emtract.scoring import score_store
from emtract.store.loading import load_market
from tests.conftest import FakeScorer, batch, load_posts, post, source


def calendar(first, last):
    """Sessions of the exchange as dates."""
    return sessions("XNYS", first, last)["session"].to_list()


def load(store, name, **tables):
    """Load rows (dicts that may leave out nullable columns) as one market file."""
    made = {}
    for table, rows in tables.items():
        contract = getattr(schema, f"PARSED_{table.upper()}")
        full = [dict.fromkeys(contract.names) | {"line": i + 2} | row for i, row in enumerate(rows)]
        made[table] = pa.Table.from_pylist(full, schema=contract.arrow)
    count = sum(len(rows) for rows in tables.values())
    return load_market(store, source(name, "market", name), made, rows_read=count)


def price(symbol, session, close, *, open_=None, adj_close=...):
    """One row of prices; the adjusted close is the close unless it is given."""
    adjusted = close if adj_close is ... else adj_close
    o = close if open_ is None else open_
    return {"symbol": symbol, "session": session, "open": o, "high": max(o, close), "low": min(o, close),
            "close": close, "adj_close": adjusted, "volume": 1000.0, "as_traded": 1.0}  # fmt: skip


def series(name, days, values):
    return [{"name": name, "session": d, "value": v} for d, v in zip(days, values, strict=True)]


def posts(store, *rows, name="posts.jsonl"):
    """Load and score posts given as (body, instant, symbol)."""
    made = [
        post(store.count("posts") + i + 1, body, when, symbols=[symbol], author=f"u{i % 3}")
        for i, (body, when, symbol) in enumerate(rows)
    ]
    load_posts(store, source(name), [batch(*made)])
    score_store(store, FakeScorer())


def mood(*bodies):
    """Seven probabilities of each text, as the scorer of these stores gives them."""
    from emtract.text import clean_post

    return FakeScorer().score([clean_post(b).text for b in bodies]).probabilities.astype(float)


def instant(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


__all__ = ["calendar", "date", "instant", "load", "mood", "posts", "price", "series"]
