"""Long-short portfolios of several signals side by side, with the count of tests taken into account."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from functools import reduce
from operator import add
from typing import TYPE_CHECKING, Final

import polars as pl

from emtract.econometrics.estimates import estimate_frame
from emtract.econometrics.finding import Chart, Finding, Quantity
from emtract.econometrics.multiple_testing import false_discovery
from emtract.econometrics.portfolio.performance import PANEL_MARKET, Evaluation, evaluate
from emtract.econometrics.portfolio.summary import PER_SESSION, SPREAD, ledger_of, quantities
from emtract.errors import SpecError
from emtract.words.phrases import term_words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from emtract.econometrics.portfolio.sort import PortfolioSort
    from emtract.panel.frame import Sample

#: Charts show intervals by this heading.
_GROUP: Final = "highest less lowest"


@dataclass(frozen=True, kw_only=True)
class SignalSorts:
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
