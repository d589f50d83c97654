"""The outcome of a portfolio sort as estimates, figures and tables."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import polars as pl

from emtract.econometrics.estimates import estimate_frame
from emtract.econometrics.finding import Chart, Finding, Quantity, difference_of
from emtract.econometrics.portfolio.performance import traded_dollars
from emtract.econometrics.portfolio.timing import HELD
from emtract.words.names import term_words

if TYPE_CHECKING:
    from collections.abc import Iterable

    from emtract.econometrics.estimates import Estimate
    from emtract.econometrics.portfolio.performance import Evaluation
    from emtract.econometrics.portfolio.sort import PortfolioSort
    from emtract.ledger import Ledger

SPREAD: Final = "long minus short"
BREAK_EVEN: Final = "break-even cost"
SHARPE: Final = "Sharpe ratio"
PER_SESSION: Final = "basis points a session"
#: Net paths are drawn for the first costs only: the others fall off the figure.
_DRAWN: Final = 4


def finding_of(sort: PortfolioSort, outcome: Evaluation) -> Finding:
    """Return the finding: a row a portfolio, spread, alphas, break-even cost and Sharpe ratio."""
    return Finding(
        estimates=estimate_frame(dict(_rows(sort, outcome))),
        n_obs=int(outcome.portfolios.firms.sum()),
        ledger=ledger_of(outcome),
        notes=_notes(sort, outcome),
        quantities=quantities(sort),
        charts=_charts(sort, outcome),
        tables=_tables(sort, outcome),
    )


def ledger_of(outcome: Evaluation) -> Ledger:
    """Return the ledger of a sort, and the sessions of each factor model that has fewer than the portfolios."""
    ledger, sessions = outcome.portfolios.ledger, outcome.spread.n_obs
    for model, alpha in outcome.alphas.items():
        if alpha.intercept.n_obs < sessions:
            reason = f"of {sessions:,}; in {sessions - alpha.intercept.n_obs:,} a factor is missing"
            ledger = ledger.start(f"sessions with the factors of {model}", "sessions", alpha.intercept.n_obs, reason)
    return ledger


def quantities(sort: PortfolioSort) -> dict[str, Quantity]:
    """Say each term: what is held, when, and in which unit."""
    names, signal, held = sort.portfolio_names, term_words(sort.signal), f"held {HELD[sort.returns]},"
    sides = f"for firms in {names[-1]}", f"for firms in {names[0]} by {signal}, {held.rstrip(',')}"
    of = f"the long-short portfolio on {signal}"
    alphas = [term for term in sort.terms if term.startswith("alpha, ")]
    return {
        **{name: Quantity(f"the return of {name} by {signal}, {held}", PER_SESSION) for name in names},
        SPREAD: difference_of("the return", *sides, PER_SESSION),
        **{a: Quantity(f"the {a.replace('alpha, ', 'alpha against ')} of {of}", PER_SESSION) for a in alphas},
        BREAK_EVEN: Quantity(f"the cost per side at which {of} would earn nothing", "basis points"),
        SHARPE: Quantity(f"the Sharpe ratio of {of}, before costs,", "a year"),
    }


def _rows(sort: PortfolioSort, outcome: Evaluation) -> Iterable[tuple[str, Estimate]]:
    yield from zip(sort.portfolio_names, outcome.means, strict=True)
    yield SPREAD, outcome.spread
    yield from ((f"alpha, {model}", alpha.intercept) for model, alpha in outcome.alphas.items())
    yield BREAK_EVEN, outcome.break_even
    yield SHARPE, outcome.sharpe


def _notes(sort: PortfolioSort, outcome: Evaluation) -> tuple[str, ...]:
    trade: tuple[str, ...] = (
        "Turnover counts what drifted weights need to reach the next targets; positions close where no session follows.",
    )
    if sort.returns.startswith("return_open_close"):
        trade = (
            "Positions are opened and closed within the session: each dollar is traded twice, so four dollars a session.",
            "Published factors run from close to close, the position from open to close.",
        )
    return (
        sort.describe(),
        f"Newey-West with {outcome.lags} lags, statsmodels; critical values of the fixed-b limit (Kiefer and Vogelsang "
        "2005); sessions that were left out are skipped.",
        *trade,
        "Break-even cost: mean gross return over mean dollars traded, error by the delta method. Sharpe ratio: "
        "delta method (Lo 2002).",
        *outcome.notes,
    )


def _charts(sort: PortfolioSort, outcome: Evaluation) -> tuple[Chart, ...]:
    bars = [
        {"group": name, "bar": sort.label or sort.signal} | asdict(row)
        for name, row in zip((*sort.portfolio_names, SPREAD), (*outcome.means, outcome.spread), strict=True)
    ]
    return (
        Chart(
            "bars",
            f"Mean return by {term_words(sort.signal)}",
            pl.DataFrame(bars),
            y_title="basis points a session",
            note="Whiskers are 95 % intervals.",
        ),
        Chart(
            "lines",
            f"Cumulated return of the long-short portfolio on {term_words(sort.signal)}",
            _paths(sort, outcome),
            x_title="session",
            y_title="per cent, summed",
            note="Returns are summed, not compounded; costs are per side.",
        ),
        Chart(
            "lines",
            f"Mean return after costs, {term_words(sort.signal)}",
            _cost_curve(outcome),
            x_title="cost per side, basis points",
            y_title="basis points a session",
        ),
    )


def _paths(sort: PortfolioSort, outcome: Evaluation) -> pl.DataFrame:
    traded = traded_dollars(outcome.turned)
    frames = []
    for cost in sort.costs[:_DRAWN]:
        net = outcome.portfolios.spread - cost * traded
        line = "gross" if cost == 0 else f"net of {cost:g} bp"
        frames.append(
            pl.DataFrame({"x": outcome.portfolios.sessions, "y": np.cumsum(net) / 100}).select(
                pl.lit(line).alias("line"), "x", "y"
            )
        )
    return pl.concat(frames)


def _cost_curve(outcome: Evaluation) -> pl.DataFrame:
    rows = [
        {"line": "mean", "x": float(cost), "y": net.estimate, "conf_low": net.conf_low, "conf_high": net.conf_high}
        for cost, net in outcome.net.items()
    ]
    return pl.DataFrame(rows)


def _tables(sort: PortfolioSort, outcome: Evaluation) -> dict[str, pl.DataFrame]:
    costs = estimate_frame({f"{cost:g}": net for cost, net in outcome.net.items()}, "cost per side, basis points")
    return {
        "Portfolios": _portfolio_table(sort, outcome),
        "Alphas and loadings": _alpha_table(outcome),
        "Turnover, one way, per session": _turnover_table(sort, outcome),
        "Mean return after costs, basis points a session": costs,
    }


def _portfolio_table(sort: PortfolioSort, outcome: Evaluation) -> pl.DataFrame:
    formed, year = outcome.portfolios, sort.sessions_per_year
    columns = {name: formed.returns[:, k] for k, name in enumerate(sort.portfolio_names)} | {SPREAD: formed.spread}
    firms = [*formed.firms.mean(axis=0), None]
    signal = [*formed.signal.mean(axis=0), None]
    rows: list[dict[str, Any]] = [
        {
            "portfolio": name,
            "firms": firms[k],
            "mean signal": signal[k],
            "mean, basis points": y.mean(),
            "sd, basis points": y.std(ddof=1),
            "mean a year, per cent": y.mean() * year / 100,
            "sd a year, per cent": y.std(ddof=1) * np.sqrt(year) / 100,
        }
        for k, (name, y) in enumerate(columns.items())
    ]
    return pl.DataFrame(rows)


def _alpha_table(outcome: Evaluation) -> pl.DataFrame:
    rows = [
        {"model": model, "term": term} | asdict(row)
        for model, alpha in outcome.alphas.items()
        for term, row in {"alpha, basis points": alpha.intercept, **alpha.loadings}.items()
    ]
    return pl.DataFrame(rows)


def _turnover_table(sort: PortfolioSort, outcome: Evaluation) -> pl.DataFrame:
    sides = {sort.portfolio_names[0]: 0, sort.portfolio_names[-1]: 1}
    columns = {name: outcome.turned[:, side] for name, side in sides.items()}
    columns[SPREAD] = outcome.turned.sum(axis=1)
    rows = [
        {"portfolio": name, "mean": y.mean(), "median": float(np.median(y)), "largest": y.max()}
        for name, y in columns.items()
    ]
    return pl.DataFrame(rows)
