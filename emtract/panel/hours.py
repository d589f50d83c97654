"""When posts are written: one row an hour of the exchange's clock, with the mean emotions of its posts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Final

import polars as pl

from emtract.emotions import EMOTIONS
from emtract.errors import PanelError
from emtract.panel.frame import Sample, valence
from emtract.panel.reading import choose_scores, filtered, read_posts
from emtract.panel.sessions import sessions, time_zone

if TYPE_CHECKING:
    from emtract.options import PanelOptions
    from emtract.store import Store

#: Name that studies give the sample.
POSTING_HOURS: Final = "posting_hours"
#: Clocks differ from UTC by whole quarters of an hour everywhere.
_QUARTER: Final = 900


@dataclass(frozen=True, kw_only=True)
class PostingHours:
    """The hours in which posts were written, on the exchange's clock; needs no prices.

    Attributes
    ----------
    scorer
        See `emtract.build_panel`; None for the configured one.
    """

    scorer: str | None = None

    def build(self, store: Store, options: PanelOptions) -> Sample:
        """Build the sample.

        Returns
        -------
        Sample
            day (date), weekday (1 is Monday), hour (0 to 23), is_open (whether the exchange was trading; an hour in which
            it opens or closes has two rows), n_posts, mean of the seven emotions, valence. Every readable post counts once,
            whatever it names; hours without posts have no row.

        Raises
        ------
        PanelError
            When the store holds no scores, or no readable post.
        """
        read = read_posts(store, *choose_scores(store, options.but(scorer=self.scorer)))
        counts = store.query("panel/hours/span", kinds=read.kinds).row(0, named=True)
        if not counts["readable"]:
            raise PanelError("no post is readable: score posts with words or emojis first, by `emtract score`")
        zone = time_zone(options.calendar)
        trading = sessions(options.calendar, _day(counts["first"], -1), _day(counts["last"], 1))
        with store.registered({"sessions": trading, "clock": _clock(counts["first"], counts["last"], zone)}):
            read = filtered(store, read)
            rows = store.query("panel/hours/hours", kinds=read.kinds)
        counts = store.query("panel/hours/span", kinds=read.kinds).row(0, named=True)
        data = rows.with_columns(
            pl.col("day").dt.weekday().cast(pl.Int64).alias("weekday"),
            valence().alias("valence"),
        ).select("day", "weekday", "hour", "is_open", "n_posts", *EMOTIONS, "valence")
        clock = f"on the clock of {options.calendar} ({zone})"
        ledger = read.ledger(counts).start("hours with posts", "hours", data.height, clock)
        settings = {name: read.settings[name] for name in ("scorer", "revision", "calendar")}
        settings |= {"time_zone": zone, **read.set_aside}
        return Sample(data, ledger, settings, "hours")


def _clock(first: int, last: int, zone: str) -> pl.DataFrame:
    """Return day and hour on the exchange's clock of every quarter of an hour of the epoch."""
    local = pl.from_epoch(pl.col("quarter") * _QUARTER).dt.replace_time_zone("UTC").dt.convert_time_zone(zone)
    quarters = pl.DataFrame({"quarter": pl.int_range(first, last + 1, eager=True, dtype=pl.Int64)})
    return quarters.with_columns(day=local.dt.date(), hour=local.dt.hour().cast(pl.Int64))


def _day(quarter: int, further: int) -> date:
    return (datetime.fromtimestamp(quarter * _QUARTER, UTC) + timedelta(days=further)).date()
