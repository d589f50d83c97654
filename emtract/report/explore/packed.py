"""The numbers of a panel, packed to travel inside a page: columns of 32-bit numbers and the ids of posts, compressed."""

from __future__ import annotations

import base64
import gzip
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import polars as pl

from emtract.emotions import NON_NEUTRAL, STANCE
from emtract.panel.frame import ENTITY, RETURNS, TIME, WINDOWS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from emtract.panel.frame import Panel

#: What may stand on the vertical axis, and the moods of a window, in the order in which the page offers them.
OUTCOMES: Final = (*RETURNS, "abnormal_volume")
MOODS: Final = ("valence", *NON_NEUTRAL, "neutral", STANCE)
COUNTS: Final = ("n_posts", "n_authors")
#: Ids of one window of a firm-session; where they are too many for the page, the next fewer.
IDS: Final = (20, 5, 1)
#: Rows beyond which a page is not even tried: their numbers alone would take more than any browser gladly reads.
_MOST_ROWS: Final = 1_000_000
#: What is aimed at of the room that is left, since parts of a panel do not compress alike.
_SHARE: Final = 0.95


@dataclass(frozen=True)
class Packed:
    """A panel as text.

    Attributes
    ----------
    header
        What the page reads first: `firms` as pairs of symbol and rows, `sessions`, `columns` and `rows`.
    numbers
        Sessions by their place in `sessions`, then each column, one after the other: 32 bits a number, little-endian,
        compressed (gzip), in base64. NaN stands for null.
    posts
        Window -> row -> ids, as JSON, compressed, in base64.
    left_out
        What the page does not hold, and why; '' where it holds all.
    """

    header: dict[str, Any] = field(default_factory=dict)
    numbers: str = ""
    posts: str = ""
    left_out: str = ""

    @property
    def size(self) -> int:
        """Bytes that it takes in the page."""
        return len(self.numbers) + len(self.posts) + len(json.dumps(self.header, separators=(",", ":")))


def pack(panel: Panel, posts: pl.DataFrame, *, room: int) -> Packed:
    """Pack a panel and the ids of its posts into so many bytes.

    Parameters
    ----------
    panel
        Firm-sessions.
    posts
        See `sql/panel/firm_sessions/cell_posts.sql`.
    room
        Bytes at most. Where they do not suffice, ids go first, then the firms with the fewest posts; at least one firm stays.
    """
    firms = _by_posts(panel.data)
    kept = _fitting(firms, _MOST_ROWS)
    while True:
        data = panel.data.filter(pl.col(ENTITY).is_in(kept[ENTITY].implode()))
        header, numbers = _numbers(data)
        for most in IDS:
            packed = Packed(header, numbers, _posts(data, posts, most), _left_out(firms, kept, most))
            if packed.size <= room:
                return packed
        if kept.height == 1:
            return packed
        kept = _fitting(firms, min(int(data.height * _SHARE * room / packed.size), data.height - 1))


def columns_of(data: pl.DataFrame) -> tuple[str, ...]:
    """Return the columns of a panel that the page holds."""
    moods = (f"{name}_{window}" for window in WINDOWS for name in (*MOODS, *COUNTS))
    return tuple(column for column in (*OUTCOMES, *moods) if column in data.columns)


def _by_posts(data: pl.DataFrame) -> pl.DataFrame:
    """Firms with their rows, the one with the most posts first."""
    counts = pl.sum_horizontal(f"n_posts_{window}" for window in WINDOWS)
    return (
        data.group_by(ENTITY)
        .agg(counts.sum().alias("posts"), pl.len().alias("rows"))
        .sort("posts", ENTITY, descending=[True, False])
    )


def _fitting(firms: pl.DataFrame, rows: int) -> pl.DataFrame:
    """The firms with the most posts whose rows together are no more than these; one at least."""
    return firms.head(max(1, int((firms["rows"].cum_sum() <= rows).sum())))


def _numbers(data: pl.DataFrame) -> tuple[dict[str, Any], str]:
    columns = columns_of(data)
    sessions = data[TIME].unique().sort()
    firms = data.group_by(ENTITY, maintain_order=True).len()
    places = np.searchsorted(sessions.to_numpy(), data[TIME].to_numpy()).astype("<u4")
    parts = [data[name].cast(pl.Float64).fill_null(float("nan")).to_numpy().astype("<f4") for name in columns]
    header = {
        "firms": firms.rows(),
        "sessions": [day.isoformat() for day in sessions],
        "columns": list(columns),
        "rows": data.height,
    }
    return header, _compressed(b"".join(part.tobytes() for part in (places, *parts)))


def _posts(data: pl.DataFrame, posts: pl.DataFrame, most: int) -> str:
    several = posts["platform"].n_unique() > 1
    name = pl.concat_str("platform", "post_id", separator=" ") if several else pl.col("post_id")
    cells = (
        posts.with_columns(name.alias("id"))
        .group_by(ENTITY, TIME, "window", maintain_order=True)
        .agg(pl.col("id").head(most))
        .join(data.select(ENTITY, TIME).with_row_index("row"), on=[ENTITY, TIME])
        .sort("window", "row")
    )
    told = {
        window: dict(cells.filter(pl.col("window") == window).select("row", "id").iter_rows()) for window in WINDOWS
    }
    return _compressed(json.dumps(told, separators=(",", ":"), ensure_ascii=False).encode())


def _compressed(data: bytes) -> str:
    return base64.b64encode(gzip.compress(data, 6, mtime=0)).decode()


def _left_out(firms: pl.DataFrame, kept: pl.DataFrame, most: int) -> str:
    """Say what the page lacks."""
    told = []
    if kept.height < firms.height:
        n = firms.height - kept.height
        told.append(f"{n:,} of {firms.height:,} firms, those with the fewest posts")
    if most < IDS[0]:
        told.append(f"ids of posts beyond the first {'one' if most == 1 else most} of a window")
    return f"Left out, so that the page stays small: {'; '.join(told)}." if told else ""


def moods_of(columns: Sequence[str]) -> tuple[str, ...]:
    """Return the moods among the columns of a packed panel."""
    return tuple(mood for mood in MOODS if f"{mood}_{WINDOWS[0]}" in columns)
