"""When posts are written: one row an hour of the exchange's clock, with the mean emotions of its posts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Final

from emtract.emotions import EMOTIONS, NEGATIVE, POSITIVE
from emtract.errors import PanelError
from emtract.panel.build import READABLE_KINDS, choose_scores
from emtract.panel.frame import Sample
from emtract.panel.reading import read_posts, readable_posts
from emtract.panel.sessions import sessions, time_zone

if TYPE_CHECKING:
    import polars as pl

    from emtract.panel.requests import PanelOptions
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
        import polars as pl

        named = (options.scorer, options.revision) if self.scorer is None else (self.scorer, None)
        scorer, revision, cleaner = choose_scores(store, *named)
        kinds = list(READABLE_KINDS)
        aside = read_posts(
            store,
            scorer=scorer,
            revision=revision,
            cleaner=cleaner,
            language=options.language,
            spam=options.spam,
        )
        counts = store.query("panel/hours/span", kinds=kinds).row(0, named=True)
        if not counts["readable"]:
            raise PanelError("no post is readable: score posts with words or emojis first, by `emtract score`")
        zone = time_zone(options.calendar)
        trading = sessions(options.calendar, _day(counts["first"], -1), _day(counts["last"], 1))
        with store.registered({"sessions": trading, "clock": _clock(counts["first"], counts["last"], zone)}):
            rows = store.query("panel/hours/hours", kinds=kinds)
        data = rows.with_columns(
            pl.col("day").dt.weekday().cast(pl.Int64).alias("weekday"),
            (pl.sum_horizontal(POSITIVE) - pl.sum_horizontal(NEGATIVE)).alias("valence"),
        ).select("day", "weekday", "hour", "is_open", "n_posts", *EMOTIONS, "valence")
        ledger = readable_posts(counts, kinds, aside).start(
            "hours with posts", "hours", data.height, f"on the clock of {options.calendar} ({zone})"
        )
        settings = {"scorer": scorer, "revision": revision, "calendar": options.calendar, "time_zone": zone}
        settings |= aside.settings
        return Sample(data, ledger, settings, "hours")


def _clock(first: int, last: int, zone: str) -> pl.DataFrame:
    """Return day and hour on the exchange's clock of every quarter of an hour of the epoch."""
    import polars as pl

    local = pl.from_epoch(pl.col("quarter") * _QUARTER).dt.replace_time_zone("UTC").dt.convert_time_zone(zone)
    quarters = pl.DataFrame({"quarter": pl.int_range(first, last + 1, eager=True, dtype=pl.Int64)})
    return quarters.with_columns(day=local.dt.date(), hour=local.dt.hour().cast(pl.Int64))


def _day(quarter: int, further: int) -> date:
    return (datetime.fromtimestamp(quarter * _QUARTER, UTC) + timedelta(days=further)).date()
