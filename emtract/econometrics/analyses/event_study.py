"""Events: mean abnormal returns with inference for skewed data, and what two groups feel in event time."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from operator import add
from typing import TYPE_CHECKING, Literal

import polars as pl

from emtract.econometrics.analyses.high_low import high_rows
from emtract.econometrics.analyses.two_sample import inference_words, mean_row
from emtract.econometrics.finding import Analysis, Chart, Finding, Quantity, difference_of
from emtract.econometrics.rows import usable_rows
from emtract.errors import EstimationError, SpecError
from emtract.words.numbers import UNITS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from emtract.ledger import Ledger
    from emtract.panel.frame import Sample


@dataclass(frozen=True, kw_only=True)
class MeanReturns(Analysis):
    """Mean abnormal returns of events, one term a column.

    Attributes
    ----------
    label
        Heading.
    columns
        Columns of abnormal returns, e.g. `bhar_12_industry`; each is averaged over the rows that have it.
    words
        Column -> what it is, as the subject of a sentence; columns not named are shown by their name.
    sample, scale, where
        As in `GroupComparison`.
    inference
        `skewness` (the default: buy-and-hold returns are skewed), or `t`.
    draws, seed
        Of the bootstrap.
    """

    label: str
    columns: tuple[str, ...]
    words: tuple[tuple[str, str], ...] = ()
    sample: str = "ipos"
    scale: float = 100.0
    where: str | None = None
    inference: Literal["t", "skewness"] = "skewness"
    draws: int = 999
    seed: int = 0

    @property
    def terms(self) -> tuple[str, ...]:
        """Terms: the columns."""
        return self.columns

    def describe(self) -> str:
        """Return every choice in words."""
        where = f", where {self.where}" if self.where else ""
        return f"Means of {', '.join(self.columns)}{where}. {self._rule}"

    @property
    def _rule(self) -> str:
        return inference_words(self.inference, None, self.draws)

    def run(self, samples: Mapping[str, Sample]) -> Finding:
        """Average each column.

        Raises
        ------
        SpecError
            When the sample lacks a column, or `where` is no condition on it.
        EstimationError
            When a column has fewer than two values.
        """
        if not self.columns:
            raise EstimationError("no column was named: name those to average")
        rows, ledgers = [], []
        for column in self.columns:
            data, steps = usable_rows(samples[self.sample], (column,), where=self.where, outcomes=(column,))
            ledgers.append(steps)
            values = data[column].cast(pl.Float64).to_numpy() * self.scale
            found = mean_row(column, values, inference=self.inference, draws=self.draws, seed=self.seed)
            rows.append(found | {"median": float(data[column].median() * self.scale)})  # type: ignore[arg-type, operator]
        estimates = pl.DataFrame(rows)
        unit = UNITS.get(self.scale, "")
        named = dict(self.words)
        frame = estimates.select(
            pl.col("term").replace(named).alias("group"),
            pl.lit("mean").alias("bar"),
            "estimate",
            "conf_low",
            "conf_high",
        )
        return Finding(
            estimates=estimates,
            n_obs=int(estimates["n_obs"].max()),  # type: ignore[arg-type]
            ledger=reduce(add, ledgers),
            notes=(
                self._rule,
                "Holding periods of events that lie close in time overlap: see the calendar-time alphas.",
            ),
            quantities={column: Quantity(named.get(column, column.replace("_", " ")), unit) for column in self.columns},
            charts=(Chart("bars", self.label, frame, y_title=unit),),
        )


@dataclass(frozen=True, kw_only=True)
class EventPaths(Analysis):
    """The mood of two groups of events in event time, to see whether the difference before it lasts.

    Attributes
    ----------
    label
        Heading.
    sample
        Name of a sample of events x days, such as the sample of `IpoDays`.
    column, day, by, event
        Mood, event day, group (`high` or `low`), and the columns that name an event.
    before, after
        First and last event day of the spans over which an event's days are averaged.
    bin_days
        Event days a point of the chart averages.
    """

    label: str
    sample: str = "ipo_days"
    column: str = "mood"
    day: str = "event_day"
    by: str = "group"
    event: tuple[str, ...] = ("symbol", "offer_date")
    before: tuple[int, int] = (-20, -1)
    after: tuple[int, int] = (1, 250)
    bin_days: int = 5

    @property
    def terms(self) -> tuple[str, ...]:
        """Terms: both groups after the event, and their differences before and after."""
        return ("high after", "low after", "high minus low after", "high minus low before")

    def describe(self) -> str:
        """Return every choice in words."""
        return (
            f"Mean {self.column} of each event over days {self.after[0]} to {self.after[1]}, and over days {self.before[0]} to "
            f"{self.before[1]}, by {self.by}; an event counts once. {inference_words('t', None, 0)}"
        )

    def run(self, samples: Mapping[str, Sample]) -> Finding:
        """Average events, then groups.

        Raises
        ------
        SpecError
            When the sample lacks a column.
        EstimationError
            When a group has fewer than two events in a span.
        """
        numbers, labels = (self.column, self.day), (self.by, *self.event)
        data, ledger = usable_rows(samples[self.sample], numbers, labels=labels)
        if data.schema[self.by] != pl.String:
            raise SpecError(
                f"{self.by} holds numbers, whose median differs between spans: name a column of 'high' and 'low'"
            )
        high, low = self._means(data, self.after)
        before = self._means(data, self.before)
        rows = [mean_row("high after", high), mean_row("low after", low), mean_row("high minus low after", high, low)]
        rows.append(mean_row("high minus low before", *before))
        span = f"over event days {self.after[0]} to {self.after[1]}"
        sides = ("for events with a high mood before", "for events with a low mood before")
        words = {
            "high after": f"the mean mood {span} of events with a high mood before",
            "low after": f"the mean mood {span} of events with a low mood before",
            "high minus low before": "the same difference before the event, by which the groups are formed,",
        }
        return Finding(
            estimates=pl.DataFrame(rows),
            n_obs=data.height,
            ledger=self._events(data, ledger),
            notes=(inference_words("t", None, 0), "An event counts once: its days are averaged first."),
            quantities={term: Quantity(said) for term, said in words.items()}
            | {"high minus low after": difference_of(f"the mean mood {span}", *sides)},
            charts=(self._chart(data),),
        )

    def _events(self, data: pl.DataFrame, ledger: Ledger) -> Ledger:
        """Count the events whose means are compared in each span, and those without a mood in it."""
        every = data.select(self.event).n_unique()
        for first, last in (self.after, self.before):
            inside = data.filter(pl.col(self.day).is_between(first, last)).unique(self.event, maintain_order=True)
            high = int(high_rows(inside[self.by]).sum())
            silent = every - inside.height
            told = (
                f"of {every:,}; {high:,} are high, {inside.height - high:,} low; {silent:,} have no row on these days"
            )
            ledger = ledger.start(f"events with days {first} to {last}", "events", inside.height, told)
        return ledger

    def _means(self, data: pl.DataFrame, span: tuple[int, int]) -> tuple:  # type: ignore[type-arg]
        inside = data.filter(pl.col(self.day).is_between(*span))
        events = inside.group_by(*self.event, maintain_order=True).agg(
            pl.col(self.column).mean(), pl.col(self.by).first()
        )
        is_high = high_rows(events[self.by])
        values = events[self.column].cast(pl.Float64).to_numpy()
        return values[is_high], values[~is_high]

    def _chart(self, data: pl.DataFrame) -> Chart:
        binned = pl.col(self.day).floordiv(self.bin_days) * self.bin_days
        frame = (
            data.group_by(pl.col(self.by).alias("line"), binned.alias("x"))
            .agg(y=pl.col(self.column).mean(), n_events=pl.struct(self.event).n_unique())
            .sort("line", "x")
        )
        note = f"Means over events and {self.bin_days} sessions; day 0 is the event."
        return Chart("lines", self.label, frame, "session from the event", self.column, note)
