"""A packed panel says what the panel says, and keeps to its room."""

import base64
import gzip
import json
from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emtract.panel.frame import REQUIRED, Panel
from emtract.report.explore.packed import IDS, columns_of, moods_of, pack

NUMBERS = st.one_of(st.none(), st.floats(width=32, allow_nan=False))


def make_panel(keys, values=0.25, posts=3, **more):
    """A panel of these firms and sessions, every number of it alike."""
    columns = {name: [values] * len(keys) for name in REQUIRED[2:]}
    columns |= {name: [posts] * len(keys) for name in REQUIRED if name.startswith(("n_posts", "n_authors"))}
    return Panel(pl.DataFrame({"symbol": [k[0] for k in keys], "session": [k[1] for k in keys], **columns, **more}))


def make_posts(panel, each=3, platform="twitter"):
    return pl.DataFrame(
        [
            (*key, window, platform, f"{i}-{j}")
            for i, key in enumerate(panel.data.select("symbol", "session").rows())
            for window in ("pre_open", "market")
            for j in range(each)
        ],
        schema=["symbol", "session", "window", "platform", "post_id"],
        orient="row",
    )


def days(n):
    return [date(2020, 1, 1) + timedelta(days=i) for i in range(n)]


def unpacked(packed):
    """The panel as the page reads it."""
    header = packed.header
    numbers = np.frombuffer(gzip.decompress(base64.b64decode(packed.numbers)), "<f4")
    numbers = numbers.reshape(len(header["columns"]) + 1, header["rows"])
    sessions = numbers[0].view("<u4")
    keys = {
        "symbol": [symbol for symbol, rows in header["firms"] for _ in range(rows)],
        "session": [date.fromisoformat(header["sessions"][place]) for place in sessions],
    }
    return pl.DataFrame(keys | dict(zip(header["columns"], numbers[1:], strict=True)))


def ids(packed):
    return json.loads(gzip.decompress(base64.b64decode(packed.posts)))


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_the_round_trip_equals_the_panel(data):
    keys = data.draw(
        st.lists(st.tuples(st.text(max_size=3), st.sampled_from(days(9))), min_size=1, max_size=12, unique=True)
    )
    column = st.lists(NUMBERS, min_size=len(keys), max_size=len(keys))
    panel = make_panel(keys)
    drawn = {name: pl.Series(data.draw(column), dtype=pl.Float64) for name in ("happy_market", "return_close_close")}
    panel = Panel(panel.data.with_columns(**drawn))
    packed = pack(panel, make_posts(panel), room=10**6)
    expected = panel.data.select("symbol", "session", *columns_of(panel.data))
    expected = expected.with_columns(pl.exclude("symbol", "session").cast(pl.Float32).fill_null(float("nan")))
    assert unpacked(packed).equals(expected)
    assert packed.left_out == ""


def test_ids_stand_by_their_row_and_say_their_platform_where_there_are_two():
    panel = make_panel([("B", day) for day in days(2)] + [("A", days(1)[0])])
    posts = make_posts(panel, each=2)
    told = ids(pack(panel, posts, room=10**6))
    assert told["market"] == {"0": ["0-0", "0-1"], "1": ["1-0", "1-1"], "2": ["2-0", "2-1"]}
    other = posts.with_columns(platform=pl.when(pl.col("symbol") == "A").then(pl.lit("reddit")).otherwise("platform"))
    assert ids(pack(panel, other, room=10**6))["pre_open"]["0"] == ["reddit 0-0", "reddit 0-1"]


def test_posts_of_no_row_are_no_ones():
    panel = make_panel([("A", days(1)[0])])
    strange = make_posts(make_panel([("Z", days(1)[0])]))
    assert ids(pack(panel, strange, room=10**6)) == {"pre_open": {}, "market": {}}


@pytest.fixture(scope="module")
def noisy():
    """Sixty firms of numbers that do not compress; the later in the alphabet, the more posts."""
    keys = [(f"F{i:02d}", day) for i in range(60) for day in days(50)]
    rng = np.random.default_rng(1)
    panel = make_panel(keys)
    drawn = {name: rng.normal(size=len(keys)) for name in columns_of(panel.data) if not name.startswith("n_")}
    busy = pl.col("symbol").str.slice(1).cast(pl.Int64)
    return Panel(panel.data.with_columns(**drawn, n_posts_market=busy)), make_posts(panel, each=IDS[0])


@pytest.mark.parametrize("share", [0.9, 0.5, 0.1, 0.01])
def test_a_panel_keeps_to_its_room_and_says_what_it_leaves_out(noisy, share):
    panel, posts = noisy
    whole = pack(panel, posts, room=10**9)
    room = int(whole.size * share)
    packed = pack(panel, posts, room=room)
    assert whole.left_out == "" and packed.size <= room
    kept = [symbol for symbol, _ in packed.header["firms"]]
    assert kept == [f"F{i:02d}" for i in range(60 - len(kept), 60)], "the firms with the most posts stay"
    assert (f"{60 - len(kept)} of 60 firms, those with the fewest posts" in packed.left_out) == (len(kept) < 60)
    assert unpacked(packed)["symbol"].unique().sort().to_list() == kept
    assert max(map(len, ids(packed)["market"].values())) < IDS[0] and "ids of posts beyond the first" in packed.left_out


def test_one_firm_stays_however_small_the_room(noisy):
    packed = pack(*noisy, room=1)
    assert packed.header["firms"] == [("F59", 50)]


def test_stances_are_offered_where_the_panel_has_them():
    panel = make_panel([("A", days(1)[0])])
    assert "stance" not in moods_of(columns_of(panel.data))
    told = Panel(panel.data.with_columns(stance_pre_open=0.1, stance_market=0.2))
    assert moods_of(columns_of(told.data))[-1] == "stance"
