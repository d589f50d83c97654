"""What the readers make of StockNet: raw Twitter v1.1 tweets and Yahoo prices of 88 stocks."""

from collections import Counter

import pytest

from emtract.ingest.batches import read_posts
from emtract.ingest.market.prices import read_prices

pytestmark = pytest.mark.real_data


def test_stocknet_tweets(data):
    ids, origins, rows, posts, reposts, rejected = set(), Counter(), 0, 0, 0, 0
    files = sorted((data / "stocknet" / "tweets").glob("*.jsonl.zst"))
    for path in files:
        for batch in read_posts(path, format="twitter_v1"):
            rows, posts, rejected = (
                rows + batch.rows_read,
                posts + batch.posts.num_rows,
                rejected + batch.rejected.num_rows,
            )
            reposts += batch.posts.num_rows - batch.posts["repost_of"].null_count
            ids.update(batch.posts["post_id"].to_pylist())
            origins.update(batch.symbols["origin"].to_pylist())
    assert (len(files), rows, posts, rejected) == (87, 119_844, 119_844, 0)
    assert (len(ids), reposts) == (96_826, 32_982)
    assert origins == {"both": 394_985, "cashtag": 3_221, "entity": 10}


def test_stocknet_prices(data):
    batches = {path.stem: read_prices(path) for path in sorted((data / "stocknet" / "prices").glob("*.csv"))}
    assert len(batches) == 88
    assert all(set(batch.prices["symbol"].to_pylist()) == {name} for name, batch in batches.items())
    assert sum(batch.rows_read for batch in batches.values()) == 108_592
    rejected = [(name, row["line"], row["reason"]) for name, b in batches.items() for row in b.rejected.to_pylist()]
    assert rejected == [(name, 962, "no prices") for name in ("PTR", "REX", "SNP")]
