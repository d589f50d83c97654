"""Portfolio sorts: is a signal worth anything to somebody who trades on it, and at what cost is it worth nothing."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from functools import reduce
from operator import add
from typing import TYPE_CHECKING, Final, Literal

import polars as pl

from emtract.econometrics.ahead import check_before
from emtract.econometrics.columns import asked_columns
from emtract.econometrics.estimates import estimate_frame, false_discovery
from emtract.econometrics.finding import Analysis, Chart, Finding, Quantity
from emtract.econometrics.portfolio.form import Ties
from emtract.econometrics.portfolio.performance import MODELS, PANEL_MARKET, Evaluation, Model, evaluate
from emtract.econometrics.portfolio.summary import (
    BREAK_EVEN,
    PER_SESSION,
    SHARPE,
    SPREAD,
    finding_of,
    ledger_of,
    quantities,
)
from emtract.econometrics.portfolio.timing import CLOCK, HELD, OPENS, Instant, Returns, check_timing, known_at, words_of
from emtract.econometrics.regression.spec import check_options
from emtract.errors import SpecError
from emtract.panel.firm_sessions import FIRM_SESSIONS
from emtract.words.names import term_words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from emtract.panel.frame import Sample

Weighting = Literal["equal", "value"]
_NAMES: Final = {2: "half", 3: "tercile", 4: "quartile", 5: "quintile", 10: "decile"}
#: Charts show intervals by this heading.
_GROUP: Final = "highest less lowest"


@dataclass(frozen=True, kw_only=True)
class PortfolioSort(Analysis):
    """Sort firms by a signal session by session, hold the highest against the lowest, and count what trading costs.

    Attributes
    ----------
    signal
        Column to sort on.
    returns
        Return that is held; it may not start before the signal is known.
    weights, size
        Within a portfolio: `equal`, or `value`, the exponential of the column `size` (log market value).
    quantiles
        Portfolios a session; breakpoints are those of the session.
    min_firms
        Sessions with fewer firms that have a signal are dropped, and counted.
    min_sessions
        Sessions below which nothing is estimated.
    ties
        What becomes of equal signals: `together` or `symbol`; see `emtract.econometrics.portfolio.form`.
    known
        When the signal is known; None where its name says so (`_pre_open`, `_market`).
    where
        Polars SQL condition on the panel, e.g. ``n_posts_pre_open >= 2``; None for all rows. It must be known as well.
    models
        Factor models; those whose series the store lacks are named in a note.
    factors
        Further models: the name of each and its series, e.g. ``(("q5", ("r_mkt", "r_me", "r_ia", "r_roe", "r_eg")),)``;
        the series sample has to name them.
    costs
        Costs per side of the cost curve, basis points of what is traded.
    lags
        Last lag of Newey-West; None for floor(4 (T / 100)^(2/9)).
    sessions_per_year
        For annual figures: means times it, Sharpe ratios times its root.
    label
        Heading.
    sample, series
        Names of the study's samples: the panel, and the published series, which may be missing.

    Raises
    ------
    SpecError
        When the signal, the size or a column of `where` is known only after the position opens, or an option is impossible.
    """

    signal: str
    returns: Returns = "return_open_close"
    weights: Weighting = "equal"
    size: str = "size"
    quantiles: int = 5
    min_firms: int = 20
    min_sessions: int = 60
    ties: Ties = "together"
    known: Instant | None = None
    where: str | None = None
    models: tuple[Model, ...] = tuple(MODELS)
    factors: tuple[tuple[str, tuple[str, ...]], ...] = ()
    costs: tuple[float, ...] = (0.0, 1.0, 2.0, 5.0, 10.0, 20.0)
    lags: int | None = None
    sessions_per_year: int = 252
    label: str = ""
    sample: str = FIRM_SESSIONS
    series: str = "series"

    def __post_init__(self) -> None:
        check_options((self.returns, Returns), (self.weights, Weighting), (self.ties, Ties))
        if unknown := [model for model in self.models if model not in MODELS]:
            raise SpecError(f"unknown model {', '.join(unknown)}: choose among {', '.join(MODELS)}")
        for name, columns in self.factors:
            if not columns or name in (*self.models, PANEL_MARKET) or [n for n, _ in self.factors].count(name) > 1:
                raise SpecError(
                    f"the factor model {name!r} has no factor, or is named twice: give each a name of its own"
                )
        if self.quantiles < 2 or self.min_firms < self.quantiles:
            raise SpecError(f"{self.min_firms} firms do not fill {self.quantiles} portfolios: raise min_firms")
        if self.min_sessions < 10 or (self.lags is not None and self.lags < 0):
            raise SpecError("min_sessions must be at least 10, and lags at least 0")
        if not self.costs or list(self.costs) != sorted({max(cost, 0.0) for cost in self.costs}):
            raise SpecError("costs must rise, from zero or more")
        check_timing(self.signal, known_at(self.signal, self.known), self.returns)
        sizes = (self.size,) if self.weights == "value" else ()
        reads = {"where": asked_columns(self.where), "size": sizes}
        check_before(CLOCK[OPENS[self.returns]], f"a position in {self.returns} opens", reads)

    @property
    def factor_models(self) -> dict[str, tuple[str, ...]]:
        """Each factor model and its series: those of `models`, then those of `factors`."""
        return {model: MODELS[model] for model in self.models} | dict(self.factors)

    @property
    def portfolio_names(self) -> tuple[str, ...]:
        """`quintile 1` (lowest signal), ..., `quintile 5`."""
        name = _NAMES.get(self.quantiles, "portfolio")
        return tuple(f"{name} {k}" for k in range(1, self.quantiles + 1))

    @property
    def terms(self) -> tuple[str, ...]:
        """Portfolios, their spread, alphas (those of models whose series are missing will not be there), cost, Sharpe."""
        models = (*self.factor_models, PANEL_MARKET)
        return (*self.portfolio_names, SPREAD, *(f"alpha, {model}" for model in models), BREAK_EVEN, SHARPE)

    def in_family(self, term: str) -> bool:
        """Return whether a term compares portfolios: the mean return of one of them says nothing about the signal."""
        return term not in (*self.portfolio_names, SHARPE)

    def run(self, samples: Mapping[str, Sample]) -> Finding:
        """Form the portfolios and estimate; see `emtract.econometrics.portfolio.summary` for what is shown."""
        return finding_of(self, evaluate(self, samples))

    def describe(self) -> str:
        """Return every choice in words."""
        known = words_of(known_at(self.signal, self.known))
        ties = {"together": "firms with equal signals stay together", "symbol": "equal signals are ordered by symbol"}
        lags = "floor(4 (T / 100)^(2/9)) lags" if self.lags is None else f"{self.lags} lags"
        weigh = "equally" if self.weights == "equal" else f"by market value (the exponential of {self.size})"
        rows = f" with {self.where}" if self.where else ""
        models = ", ".join((*self.factor_models, PANEL_MARKET))
        return (
            f"Each session, firms{rows} are sorted by {self.signal}, known at {known}, into {self.quantiles} portfolios "
            f"at breakpoints of the session; {ties[self.ties]}. Sessions with fewer than {self.min_firms} firms are left "
            f"out. Firms are weighed {weigh} and held {HELD[self.returns]} ({self.returns}), opened at "
            f"{words_of(OPENS[self.returns])}. The long-short portfolio holds the highest against the lowest, one dollar "
            f"each. Newey-West errors with {lags} and critical values of the fixed-b limit; at least {self.min_sessions} "
            f"sessions; {self.sessions_per_year} sessions a year; alphas of {models}; costs of "
            f"{', '.join(f'{cost:g}' for cost in self.costs)} basis points per side."
        )


@dataclass(frozen=True, kw_only=True)
class SignalSorts(Analysis):
    """The same sort on several signals: one row a signal, the mean return of its long-short portfolio.

    Attributes
    ----------
    sort
        Every choice; its own signal is replaced by each of `signals` in turn.
    signals
        Columns, each known when the sort's own is.
    label
        Heading.

    Raises
    ------
    SpecError
        When there are no signals, one stands twice, or one is known only after the position opens.
    """

    sort: PortfolioSort
    signals: tuple[str, ...]
    label: str = ""

    def __post_init__(self) -> None:
        if not self.signals or len(set(self.signals)) != len(self.signals):
            raise SpecError("name the signals to compare, each once")
        for signal in self.signals:
            self.of(signal)

    @property
    def samples(self) -> tuple[str, ...]:
        """Samples of the sort."""
        return self.sort.samples

    @property
    def terms(self) -> tuple[str, ...]:
        """The signals: each stands for its long-short portfolio."""
        return self.signals

    def of(self, signal: str) -> PortfolioSort:
        """Return the sort on one signal."""
        return replace(self.sort, signal=signal)

    def run(self, samples: Mapping[str, Sample]) -> Finding:
        """Sort on each signal; sessions differ where signals are missing on different firms."""
        outcomes = {signal: evaluate(self.of(signal), samples) for signal in self.signals}
        first = outcomes[self.signals[0]]
        notes = (
            self.describe(),
            f"Newey-West with {first.lags} lags, statsmodels; critical values of the fixed-b limit (Kiefer and Vogelsang 2005).",
            f"p-values of the table are adjusted over the {len(self.signals)} signals (Benjamini-Hochberg).",
            *first.notes,
        )
        return Finding(
            estimates=estimate_frame({signal: outcome.spread for signal, outcome in outcomes.items()}),
            n_obs=int(first.portfolios.firms.sum()),
            ledger=reduce(add, (ledger_of(outcome) for outcome in outcomes.values())),
            notes=notes,
            quantities={signal: self._quantity(signal) for signal in self.signals},
            charts=(self._chart(outcomes),),
            tables={"Long-short portfolios by signal": _table(outcomes)},
        )

    def describe(self) -> str:
        """Return every choice in words."""
        return f"{self.sort.describe()} The same for each of {', '.join(self.signals)}."

    def _quantity(self, signal: str) -> Quantity:
        return quantities(self.of(signal))[SPREAD]

    def _chart(self, outcomes: Mapping[str, Evaluation]) -> Chart:
        rows = [
            {"group": _GROUP, "term": term_words(signal)} | asdict(outcome.spread)
            for signal, outcome in outcomes.items()
        ]
        return Chart(
            "coefficients",
            "Long-short portfolios by signal, before costs",
            pl.DataFrame(rows),
            x_title=PER_SESSION,
            note="95 % intervals, not adjusted for the number of signals.",
        )


def _table(outcomes: Mapping[str, Evaluation]) -> pl.DataFrame:
    adjusted = false_discovery([outcome.spread.p_value for outcome in outcomes.values()])
    rows = [
        {
            "signal": term_words(signal),
            "mean, basis points": outcome.spread.estimate,
            "std_error": outcome.spread.std_error,
            "p_value": outcome.spread.p_value,
            "p, adjusted": p_value,
            "alpha, panel market": outcome.alphas[PANEL_MARKET].intercept.estimate,
            "Sharpe ratio": outcome.sharpe.estimate,
            "turnover, one way": float(outcome.turned.sum(axis=1).mean()),
            "break-even cost, basis points": outcome.break_even.estimate,
            "sessions": outcome.spread.n_obs,
        }
        for (signal, outcome), p_value in zip(outcomes.items(), adjusted, strict=True)
    ]
    return pl.DataFrame(rows)
