"""Forecasts judged: estimates and sentences of the finding."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
import polars as pl

from emtract.econometrics.analyses.forecast.accuracy import (
    PER_CENT,
    Losses,
    clark_west,
    diebold_mariano,
    out_of_sample,
)
from emtract.econometrics.analyses.forecast.exhibits import charts, tables
from emtract.econometrics.analyses.forecast.firms import ABOVE, BEAT, MEDIAN, by_firm, firm_rows
from emtract.econometrics.analyses.forecast.investor import Account, certainty_equivalent, follow, gain
from emtract.econometrics.estimates import SIGNIFICANCE, EstimateRow, estimate_row
from emtract.econometrics.finding import Finding, Quantity
from emtract.emotions import NON_NEUTRAL
from emtract.words.columns import WINDOWS
from emtract.words.names import listed, measured, outcome_words, term_words
from emtract.words.numbers import p_text, signed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from emtract.econometrics.analyses.forecast.analysis import Forecast
    from emtract.econometrics.analyses.forecast.windows import Forecasts, Rows
    from emtract.ledger import Ledger

R2, ADJUSTED, SQUARED = "out-of-sample R2", "Clark-West", "Diebold-Mariano"
HELD: Final = "out-of-sample R2, signs held"
_VALUE: Final = "certainty equivalent"
#: Share of the benchmark's squared errors from which a session is told of.
_LARGE: Final = 0.1


class Judged(NamedTuple):
    """Forecasts beside what came, sessions and symbols by their codes, Newey-West lags, whether positions close at once."""

    rows: Rows
    made: Forecasts
    sessions: pl.Series
    names: Sequence[str]
    lags: int
    closed: bool


def value_term(cost: float) -> str:
    """Return the term of the gain in certainty equivalent after a cost."""
    return _VALUE if cost == 0 else f"{_VALUE}, {cost:g} basis points"


def finding_of(request: Forecast, judged: Judged, ledger: Ledger) -> Finding:
    """Judge forecasts and put what was found into a finding.

    Parameters
    ----------
    request
        What was asked for.
    judged
        Forecasts and outcomes.
    ledger
        Up to the rows with a forecast.

    Raises
    ------
    EstimationError
        When losses do not vary.
    """
    rows, made = judged.rows, judged.made
    losses = Losses.of(rows.y, made.model, made.benchmark, rows.place)
    ledger = ledger.start("sessions with forecasts", "sessions", len(losses.gain), "losses are summed over their firms")
    firms = _firms(request, judged)
    if firms is not None:
        of = len(np.unique(rows.unit))
        reason = f"of {of:,} with a forecast; fewer than {request.min_sessions} forecasts, or no error to speak of"
        ledger = ledger.start("firms that are judged", "firms", firms.height, reason)
    accounts = _accounts(request, judged)
    estimates = pl.DataFrame(
        [
            *_accuracy(request, judged, losses),
            *_value(request, accounts, judged.lags),
            *(firm_rows(firms) if firms is not None else ()),
        ],
        infer_schema_length=None,
    )
    found = {row["term"]: row for row in estimates.to_dicts()}
    return Finding(
        estimates=estimates,
        n_obs=len(rows.y),
        ledger=ledger,
        notes=(
            request.describe(),
            answer(request, found, None if accounts is None else accounts[0]),
            *_concentrated(judged, losses),
        ),
        quantities=_quantities(request),
        charts=tuple(charts(judged, losses, firms, against=_against(request))),
        tables=dict(tables(request, judged, accounts, firms)),
    )


def answer(request: Forecast, found: Mapping[str, Mapping[str, Any]], followed: Account | None) -> str:
    """Say in one sentence each whether the forecasts are better, for how many firms, and what they are worth.

    Parameters
    ----------
    request
        What was asked for.
    found
        Term -> row of the estimates.
    followed
        What came of following the forecasts; None without an investor.
    """
    r2, test = found[R2]["estimate"], found[ADJUSTED]["p_value"]
    size = "smaller" if r2 > 0 else "larger"
    helps = "rejected" if test < SIGNIFICANCE else "not rejected"
    told = [
        f"Squared errors of forecasts from {_regressors(request)} are {signed(abs(r2), 2)} % {size} than with "
        f"{_against(request)}; that they carry no information, once the noise of estimated slopes is allowed for, is {helps} "
        f"at 5 % (Clark and West, one-sided p {p_text(test)})."
    ]
    if ABOVE in found:
        above, beat, n = (
            int(found[term][name]) for term, name in ((ABOVE, "estimate"), (BEAT, "estimate"), (BEAT, "n_obs"))
        )
        told.append(
            f"{above} of {n} firms have an R\u00b2 above zero; tested together (Holm), {beat or 'none'} of them "
            f"{'beats' if beat < 2 else 'beat'} the benchmark."
        )
    if request.investor is not None and followed is not None:
        paid = listed([_paid(found, cost) for cost in request.investor.costs])
        worth = PER_CENT * request.investor.sessions_per_year
        worth *= certainty_equivalent(followed.returns, request.investor.aversion)
        told.append(
            f"To follow them and not {_against(request)} changes a mean-variance investor's certainty equivalent by {paid}. "
            f"The strategy itself was worth {signed(worth, 2)} % a year before costs; cash, nothing."
        )
    return " ".join(told)


def _concentrated(judged: Judged, losses: Losses) -> Iterator[str]:
    """Say where one session holds much of the squared errors: no interval can tell what such a session may bring."""
    largest = int(losses.benchmark.argmax())
    share = float(losses.benchmark[largest] / losses.benchmark.sum())
    if share >= _LARGE:
        day = judged.sessions[int(np.searchsorted(judged.rows.place, losses.places[largest]))]
        yield (
            f"One session, {day}, holds {100 * share:.0f} % of the benchmark's squared errors: the R\u00b2 hangs on it, whatever "
            "its interval says."
        )


def _paid(found: Mapping[str, Mapping[str, Any]], cost: float) -> str:
    """`0.12 % a year before costs`."""
    return f"{signed(found[value_term(cost)]['estimate'], 2)} % a year {f'at {cost:g} basis points' if cost else 'before costs'}"


def _regressors(request: Forecast) -> str:
    """Say the regressors of interest: `valence before the open`, `six emotions before the open`."""
    taken = [measured(name) for name in request.x]
    places = {(window, group) for _, window, group in taken}
    if {base for base, *_ in taken} == {*NON_NEUTRAL} and len(places) == 1:
        window, group = places.pop()
        if window is not None and group is None:
            return f"six emotions {WINDOWS[window].phrase}"
    return listed([term_words(name) for name in request.x])


def _against(request: Forecast) -> str:
    return "the historical mean" if request.benchmark == "mean" else "a forecast from the controls alone"


def _accuracy(request: Forecast, judged: Judged, losses: Losses) -> Iterator[EstimateRow]:
    yield estimate_row(R2, out_of_sample(losses, lags=judged.lags))
    yield estimate_row(ADJUSTED, clark_west(losses, lags=judged.lags))
    yield estimate_row(SQUARED, diebold_mariano(losses, horizon=request.known_after))
    if request.signs:
        rows, made = judged.rows, judged.made
        held = Losses.of(rows.y, made.restricted, made.benchmark, rows.place)
        told = out_of_sample(held, lags=judged.lags) if held.gain.any() else {"estimate": 0.0, "n_obs": len(held.gain)}
        yield estimate_row(HELD, told)


def _accounts(request: Forecast, judged: Judged) -> tuple[Account, Account] | None:
    """Return what came of following the forecasts and the benchmark's; None without an investor."""
    if request.investor is None:
        return None
    rows, made = judged.rows, judged.made
    investor, options = request.investor, {"unit": rows.unit, "place": rows.place}
    model, benchmark = (
        follow(investor, told, made.variance, rows.y, **options, closed=judged.closed)
        for told in (made.model, made.benchmark)
    )
    return model, benchmark


def _value(request: Forecast, accounts: tuple[Account, Account] | None, lags: int) -> Iterator[EstimateRow]:
    if request.investor is None or accounts is None:
        return
    for cost in request.investor.costs:
        found = gain(request.investor, *accounts, cost=cost, lags=lags)
        yield estimate_row(value_term(cost), found or {"estimate": 0.0, "n_obs": len(accounts[0].returns)})


def _firms(request: Forecast, judged: Judged) -> pl.DataFrame | None:
    """Return what `by_firm` says; None where there are not several firms to judge."""
    if not judged.names:
        return None
    rows, made = judged.rows, judged.made
    firms = by_firm(
        rows.y, made.model, made.benchmark, unit=rows.unit, place=rows.place, names=judged.names,
        least=request.min_sessions, lags=request.lags, overlap=request.known_after - 1,
    )  # fmt: skip
    return firms if firms.height > 1 else None


def _quantities(request: Forecast) -> dict[str, Quantity]:
    of = f"{_regressors(request)} for the {outcome_words(request.y)}, against {_against(request)},"
    worth = f"what an investor would pay to forecast the {outcome_words(request.y)} from {_regressors(request)}"
    costs = () if request.investor is None else request.investor.costs
    return {
        R2: Quantity(f"the out-of-sample R\u00b2 of {of}", "per cent"),
        ADJUSTED: Quantity(
            f"the out-of-sample R\u00b2 of {of} but for the noise of estimated slopes (Clark and West, p one-sided)",
            "per cent",
        ),
        SQUARED: Quantity(
            f"the out-of-sample R\u00b2 of {of} tested by Diebold and Mariano in small samples", "per cent"
        ),
        HELD: Quantity(f"the out-of-sample R\u00b2, slopes of the wrong sign taken as zero, of {of}", "per cent"),
        **{
            value_term(c): Quantity(
                f"{worth}, {f'at {c:g} basis points a trade' if c else 'before costs'},", "per cent a year"
            )
            for c in costs
        },
        ABOVE: Quantity("the number of firms with an out-of-sample R\u00b2 above zero", "firms", 0),
        MEDIAN: Quantity("the median out-of-sample R\u00b2 of firms", "per cent", 2),
        BEAT: Quantity(
            "the number of firms that beat the benchmark, tested together (Clark and West, Holm)", "firms", 0
        ),
    }
