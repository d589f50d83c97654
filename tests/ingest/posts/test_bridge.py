"""Symbols of posts in a table of their own."""

import pytest

from emtract.errors import SourceError
from emtract.ingest.posts.tabular import ColumnMapping

from ..conftest import Read

MAPPING = ColumnMapping(
    post_id="tweet_id",
    created_at="post_date",
    body="body",
    time_format="epoch_seconds",
    platform="twitter",
    symbols_file="Company_Tweet.csv",
    symbols_post_id="tweet_id",
    symbols_symbol="ticker_symbol",
)
POSTS = b"tweet_id,post_date,body\n1,1420070457,$AAPL up\n2,1420070458,no symbol\n3,1420070459,three\n"


def test_posts_name_the_symbols_of_their_rows_and_every_row_is_accounted_for(write):
    write("Company_Tweet.csv", b"tweet_id,ticker_symbol\n3,TSLA\n1,AAPL\n1,GOOG\n1,GOOG\n9,AMZN\n,AMZN\n3,GOOGL\n")
    got = Read(write("Tweet.csv", POSTS), format="csv", mapping=MAPPING)
    assert len(got.posts) == 3
    assert got.symbols == {2: {"AAPL": "both", "GOOG": "entity"}, 4: {"TSLA": "entity", "GOOGL": "entity"}}
    (rest,) = got.rejected
    assert rest["reason"] == "symbol without a post"
    assert rest["detail"].startswith("1 rows of Company_Tweet.csv")
    assert "1 have no id" in rest["detail"]


@pytest.mark.parametrize("data", [None, b"a,b\n1,2\n"])
def test_a_table_of_symbols_that_is_absent_or_another_is_refused(write, data):
    if data is not None:
        write("Company_Tweet.csv", data)
    with pytest.raises(SourceError, match="Company_Tweet"):
        Read(write("Tweet.csv", POSTS), format="csv", mapping=MAPPING)
