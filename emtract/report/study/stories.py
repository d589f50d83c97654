"""The posts behind unusual days, firm by firm: numbers, where to find each post, and its text where that is allowed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from emtract.words.numbers import signed

if TYPE_CHECKING:
    from datetime import date

    from emtract.econometrics.finding import Chart

#: Platform -> form of its ids, and the address of a post.
_ADDRESSES: Final = {
    "twitter": (re.compile(r"\d{1,20}"), "https://twitter.com/i/web/status/{id}"),
    "stocktwits": (re.compile(r"\d{1,20}"), "https://stocktwits.com/message/{id}"),
}


@dataclass(frozen=True)
class TellingPost:
    """A text that moved a day: by how much, how the model reads it, how often it was posted, and its first post.

    There is an address where there is no text.
    """

    moved: str
    emotion: str
    probability: str
    copies: int
    platform: str
    post_id: str
    time: str
    address: str | None
    body: str | None


@dataclass(frozen=True)
class Story:
    """An unusual day of a firm, and the posts that moved it most."""

    day: date
    mark: str
    facts: str
    posts: tuple[TellingPost, ...]


def stories_of(chart: Chart) -> tuple[tuple[Story, ...], ...]:
    """Return the stories of each view of a chart, in the order of its views; none where it tells none."""
    if chart.stories is None:
        return ()
    days: dict[tuple[str, date], list[dict[str, Any]]] = {}
    for row in chart.stories.iter_rows(named=True):
        days.setdefault((row["group"], row["x"]), []).append(row)
    views = chart.frame["group"].unique(maintain_order=True)
    return tuple(tuple(_story(rows) for (group, _), rows in days.items() if group == view) for view in views)


def _story(rows: list[dict[str, Any]]) -> Story:
    first = rows[0]
    facts = [f"valence {signed(first['mood'], 2)}", f"{first['posts']:,} posts"]
    if first["return"] is not None:
        facts.append(f"return {signed(100 * first['return'], 1)}\u00a0%")
    return Story(first["x"], first["mark"], ", ".join(facts), tuple(_post(row) for row in rows))


def _post(row: dict[str, Any]) -> TellingPost:
    return TellingPost(
        moved=f"{'+' if row['moved'] > 0 else ''}{signed(row['moved'], 3)}",
        emotion=row["emotion"],
        probability=f"{row['probability']:.2f}",
        copies=row["copies"],
        platform=row["platform"],
        post_id=row["post_id"],
        time=f"{row['created_at']:%Y-%m-%d %H:%M} UTC",
        address=None if row["body"] else post_address(row["platform"], row["post_id"]),
        body=row["body"],
    )


def post_address(platform: str, post_id: str) -> str | None:
    """Return where a platform shows a post, or None where the platform is unknown or the id is none of its ids."""
    form, address = _ADDRESSES.get(platform, (None, ""))
    return address.format(id=post_id) if form and form.fullmatch(post_id) else None
