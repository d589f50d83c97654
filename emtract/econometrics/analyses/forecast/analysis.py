"""Forecasts of an outcome from what was known before it, against a benchmark, out of sample."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
import polars as pl

from emtract.econometrics.ahead import check_before
from emtract.econometrics.analyses.forecast.firms import ABOVE, BEAT, MEDIAN
from emtract.econometrics.analyses.forecast.summary import (
    ADJUSTED,
    HELD,
    R2,
    SQUARED,
    Judged,
    finding_of,
    value_term,
)
from emtract.econometrics.analyses.forecast.windows import Rows, Window, Windows, forecast, forecast_each
from emtract.econometrics.columns import asked_columns
from emtract.econometrics.finding import Analysis, Finding
from emtract.econometrics.newey_west import chosen_lags
from emtract.econometrics.regression.design import codes
from emtract.econometrics.regression.spec import check_options
from emtract.econometrics.rows import open_rows
from emtract.errors import EstimationError, SpecError
from emtract.panel.firm_sessions import FIRM_SESSIONS
from emtract.panel.frame import ENTITY, TIME
from emtract.panel.market import MARKET_SESSIONS
from emtract.words.codebook import entry, spans

if TYPE_CHECKING:
    from collections.abc import Mapping

    from emtract.econometrics.analyses.forecast.investor import Investor
    from emtract.ledger import Ledger
    from emtract.panel.frame import Sample

Benchmark = Literal["mean", "controls"]
Pooling = Literal["panel", "firm"]
Sign = Literal["positive", "negative"]
#: Half sessions of a session, on the clock of the codebook.
_SESSION: Final = 2
_FRACTION: Final = "fraction"


@dataclass(frozen=True, kw_only=True)
class Forecast(Analysis):
    r"""Forecasts from windows of the past, and whether they are better than a benchmark's.

    Attributes
    ----------
    y
        Outcome. A forecast of it is made when it begins (`emtract.words.codebook`), and it is estimated on once it has ended.
    x
        Regressors, known by then.
    controls
        Further regressors.
    benchmark
        ``mean``: the historical mean of the firm's outcomes in the same window. ``controls``: the same regression without x.
    pooling
        ``panel``: one regression for all firms, with a mean of each. ``firm``: a regression for each firm alone. A sample without
        firms is one series.
    window
        ``expanding`` or ``rolling``.
    sessions
        Sessions with regressors in the first window, and in each one that rolls.
    every
        Sessions between estimations.
    min_rows
        Rows of a firm in a window below which it has no part in it; at least three more than there are regressors.
    min_sessions
        Sessions with forecasts below which nothing is judged, a firm neither.
    signs
        (regressor, sign) that theory knows: a slope of the other sign is taken as zero, beside the forecasts without the
        restriction (Campbell and Thompson 2008).
    winsorise, winsor
        Columns cut at two quantiles of the window, and the share in each tail; an outcome is judged as it is.
    gap
        Sessions until an outcome is known: the outcome of session s enters from session s + gap. None where its name says so.
    investor
        Who follows the forecasts of a return; None for nobody.
    lags
        Newey-West lags over sessions; None for floor(4 (T/100)^(2/9)). The sessions that two outcomes share are added.
    y_scale
        Factor on the outcome where errors are printed: 10,000 turns a return into basis points.
    where
        Polars SQL condition on the sample, known when the forecast is made; None for all rows.
    label, sample
        Heading, and the study's sample.

    Raises
    ------
    SpecError
        When a column is known only after the forecast is made, or an option is impossible.

    Notes
    -----
    .. math:: \hat y_{it} = \bar y_i + (z_{it} - \bar z_i)' \hat\beta

    with all that carries a bar or a hat from the window alone, re-estimated every so many sessions. Losses are summed over the
    firms of a session before anything is inferred, so that what firms share in a session counts once. A column whose name says
    nothing of time is taken as known, and the ledger names it; a split at the median of the whole sample is not known in time.
    """

    y: str
    x: tuple[str, ...]
    controls: tuple[str, ...] = ()
    benchmark: Benchmark = "mean"
    pooling: Pooling = "panel"
    window: Window = "expanding"
    sessions: int = 250
    every: int = 21
    min_rows: int = 20
    min_sessions: int = 60
    signs: tuple[tuple[str, Sign], ...] = ()
    winsorise: tuple[str, ...] = ()
    winsor: float = 0.01
    gap: int | None = None
    investor: Investor | None = None
    lags: int | None = None
    y_scale: float = 1.0
    where: str | None = None
    label: str = "Forecasts"
    sample: str = FIRM_SESSIONS

    def __post_init__(self) -> None:
        check_options(
            (self.benchmark, Benchmark),
            (self.pooling, Pooling),
            (self.window, Window),
            *((s, Sign) for _, s in self.signs),
        )
        if not self.x or len(set(self.regressors)) != len(self.regressors):
            raise SpecError("a forecast needs at least one regressor in x, and each only once")
        if self.benchmark == "controls" and not self.controls:
            raise SpecError("benchmark='controls' needs controls: name them, or compare with benchmark='mean'")
        if self.sessions < 20 or self.every < 1 or self.min_sessions < 20 or not 0 < self.winsor < 0.5:
            raise SpecError("sessions and min_sessions must be 20 or more, every 1 or more, winsor between 0 and 0.5")
        if self.min_rows < len(self.regressors) + 3:
            raise SpecError(
                f"min_rows must be {len(self.regressors) + 3} or more, for {len(self.regressors)} regressors"
            )
        if strays := sorted({*self.winsorise, *dict(self.signs)} - {self.y, *self.x, *self.controls}):
            raise SpecError(f"{', '.join(strays)} is neither the outcome nor a regressor of the forecast")
        self._check_clock()
        self._check_investor()

    def _check_clock(self) -> None:
        begin, least = _clock(self.y)
        if least is None and self.gap is None:
            raise SpecError(f"nothing says when {self.y} is known: state gap=1 for an outcome that ends in its session")
        if self.gap is not None and self.gap < (least or 1):
            raise SpecError(f"gap={self.gap} would estimate on a {self.y} that is not known yet: at least {least or 1}")
        if begin is not None:
            reads = {"x": self.x, "controls": self.controls, "where": asked_columns(self.where)}
            check_before(begin, f"the forecast of {self.y} is made", reads)

    def _check_investor(self) -> None:
        if self.investor is None:
            return
        told = entry(self.y)
        if told is not None and told.unit != _FRACTION:
            raise SpecError(f"an investor holds a return, and {self.y} is none: leave the investor out")
        if self.known_after > 1:
            raise SpecError(
                f"outcomes of {self.known_after} sessions overlap: leave the investor out, or forecast one session"
            )

    @property
    def known_after(self) -> int:
        """Sessions until an outcome is known."""
        return self.gap or _clock(self.y)[1] or 1

    @property
    def regressors(self) -> tuple[str, ...]:
        """Controls, then regressors of interest: the controls of a benchmark come first."""
        return (*self.controls, *self.x)

    @property
    def terms(self) -> tuple[str, ...]:
        """R² and its tests, certainty equivalents, and what holds over firms where there are several."""
        held = (HELD,) if self.signs else ()
        costs = () if self.investor is None else self.investor.costs
        return (R2, ADJUSTED, SQUARED, *held, *(value_term(cost) for cost in costs), ABOVE, MEDIAN, BEAT)

    def in_family(self, term: str) -> bool:
        """Return False for the test of Diebold and Mariano, which asks once more what R² answers."""
        return term != SQUARED

    def describe(self) -> str:
        """Return every choice in words."""
        series = self.sample == MARKET_SESSIONS
        against = {
            "mean": "the mean of the outcomes in the same rows"
            if series
            else "the mean of the firm's outcomes in the same rows",
            "controls": f"the same regression on {', '.join(self.controls)} alone",
        }[self.benchmark]
        how = {
            "panel": "one regression for all firms with a mean of each",
            "firm": "a regression for each firm alone",
        }[self.pooling]
        of_firms = f", on firms with {self.min_rows} rows or more in the window"
        summed = "Squared errors are summed over the firms of a session; "
        grows = "and growing" if self.window == "expanding" else "each"
        lags = "floor(4 (T/100)^(2/9))" if self.lags is None else str(self.lags)
        overlap = f" plus {self.known_after - 1}" if self.known_after > 1 else ""
        cut = (
            f" {', '.join(self.winsorise)} cut at the {self.winsor:g} quantiles of the window."
            if self.winsorise
            else ""
        )
        held = "".join(f" The slope of {name} is held {sign}." for name, sign in self.signs)
        picked = f" Rows: {self.where}." if self.where else ""
        invested = "" if self.investor is None else f" {self.investor.describe(firms=not series)}"
        return (
            f"Forecasts of {self.y} from {', '.join(self.regressors)}, against {against}: {'one regression' if series else how}, "
            f"from windows of {self.sessions} sessions {grows}, estimated anew every {self.every} sessions"
            f"{'' if series else of_firms}; an outcome enters {self.known_after} session{'s' * (self.known_after > 1)} later, "
            f"once it is known. {'' if series else summed}Newey-West errors with {lags}{overlap} lags over sessions "
            f"and critical values of the fixed-b limit; at least {self.min_sessions} sessions.{cut}{held}{picked}{invested}"
        )

    def run(self, samples: Mapping[str, Sample]) -> Finding:
        """Forecast, and judge the forecasts.

        Raises
        ------
        SpecError, EstimationError
            As `judged`; the latter also when both forecasts are the same.
        """
        return finding_of(self, *self.judged(samples))

    def judged(self, samples: Mapping[str, Sample]) -> tuple[Judged, Ledger]:
        """Return the forecasts beside what came, and the ledger of their rows.

        Raises
        ------
        SpecError
            When the sample lacks a column.
        EstimationError
            When too few sessions are left to forecast.
        """
        data, ledger = self._rows(samples[self.sample])
        rows = Rows(
            y=data[self.y].to_numpy(),
            z=data.select(self.regressors).to_numpy(),
            unit=codes(data, ENTITY) if ENTITY in data.columns else np.zeros(data.height, dtype=np.int64),
            place=data["place"].to_numpy(),
        )
        windows = self._windows()
        made = (forecast if self.pooling == "panel" else forecast_each)(rows, windows)
        after = int((rows.place >= windows.first).sum())
        ledger = ledger.keep("after the first window", after, f"in the first {windows.first} sessions")
        reason = "; ".join(f"{why}: {count:,}" for why, count in made.left.items()) or "every row has a forecast"
        ledger = ledger.keep("with a forecast", len(made.row), reason)
        self._check_size(int(rows.place.max()) + 1, len(np.unique(rows.place[made.row])), reason)
        names = data[ENTITY].unique().sort().cast(pl.String).to_list() if ENTITY in data.columns else []
        told = data[made.row.tolist()]
        lags = chosen_lags(self.lags, len(np.unique(rows.place[made.row]))) + self.known_after - 1
        return Judged(rows.where(made.row), made, told[TIME], names, lags, self._closed), ledger

    @property
    def _closed(self) -> bool:
        """Whether a position closes before the next one opens."""
        found = spans(self.y)
        return bool(found) and max(s.end for s in found) - min(s.start for s in found) < _SESSION

    def _rows(self, sample: Sample) -> tuple[pl.DataFrame, Ledger]:
        """Return the rows with regressors and outcome, in the order of sessions, and the place of each session."""
        keys = (ENTITY, TIME) if ENTITY in sample.data.columns else (TIME,)
        reads = {"x": self.x, "controls": self.controls}
        data, ledger = open_rows(
            sample, (self.y, *self.regressors), key=keys, where=self.where, outcomes=(self.y,), reads=reads
        )
        data = data.select(*keys, pl.col(self.y, *self.regressors).cast(pl.Float64)).drop_nulls(keys)
        ledger = ledger.keep("with a firm and a session", data.height, "no firm or no session")
        for name, columns in (("with regressors", self.regressors), ("with outcome", (self.y,))):
            data = data.filter(pl.all_horizontal(pl.col(columns).is_finite().fill_null(value=False)))
            ledger = ledger.keep(name, data.height, f"{' or '.join(columns)} missing")
            if "place" not in data.columns:
                # Sessions count before outcomes are looked at: whether one will be known is not known.
                data = data.with_columns((pl.col(TIME).rank("dense") - 1).cast(pl.Int64).alias("place"))
        if data.is_empty():
            raise EstimationError(
                f"{self.label}: no row has {self.y} and {', '.join(self.regressors)}: widen the sample"
            )
        return data.sort("place", *keys), ledger

    def _windows(self) -> Windows:
        signs = {name: 1.0 if sign == "positive" else -1.0 for name, sign in self.signs}
        return Windows(
            sessions=self.sessions,
            kind=self.window,
            every=self.every,
            gap=self.known_after,
            min_rows=self.min_rows,
            nested=len(self.controls) if self.benchmark == "controls" else 0,
            signs=np.array([signs.get(name, 0.0) for name in self.regressors]),
            cut=np.isin(self.regressors, self.winsorise),
            cut_y=self.y in self.winsorise,
            winsor=self.winsor,
        )

    def _check_size(self, n_sessions: int, n_forecast: int, reason: str) -> None:
        if n_forecast >= self.min_sessions:
            return
        why, remedy = "", "lower sessions, or widen the archive"
        if n_sessions >= self._windows().first + self.min_sessions:
            why, remedy = f" ({reason})", "lower min_rows, or leave out regressors that hardly vary"
        raise EstimationError(
            f"{self.label}: of {n_sessions:,} sessions with regressors {n_forecast:,} have forecasts{why}, after a first "
            f"window of {self.sessions}, and {self.min_sessions} are needed: {remedy}"
        )


def _clock(y: str) -> tuple[int | None, int | None]:
    """Return when an outcome begins and the sessions until it is known; None where its name does not say."""
    found = spans(y)
    if not found:
        return None, None
    begin, end = min(span.start for span in found), max(span.end for span in found)
    return begin, max(1, -(-(end - begin) // _SESSION))
