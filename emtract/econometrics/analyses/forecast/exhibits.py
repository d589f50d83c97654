"""Forecasts judged: figures and tables of the finding."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from emtract.econometrics.analyses.forecast.accuracy import PER_CENT, cumulated
from emtract.econometrics.analyses.forecast.investor import certainty_equivalent
from emtract.econometrics.finding import Chart
from emtract.words.numbers import unit_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from emtract.econometrics.analyses.forecast.accuracy import Losses
    from emtract.econometrics.analyses.forecast.analysis import Forecast
    from emtract.econometrics.analyses.forecast.investor import Account, Investor
    from emtract.econometrics.analyses.forecast.summary import Judged
    from emtract.econometrics.estimates import Floats

#: More firms than this are a path in ascending order, not a bar each.
_BARS: Final = 18


def charts(judged: Judged, losses: Losses, firms: pl.DataFrame | None, *, against: str) -> Iterator[Chart]:
    """Yield the gain cumulated over sessions, and the R² of every firm.

    Parameters
    ----------
    judged, losses
        Forecasts beside what came, and their squared errors by session.
    firms
        What `emtract.econometrics.analyses.forecast.firms.by_firm` says; None where there are not several.
    against
        The benchmark in words.
    """
    path, half = cumulated(losses, lags=judged.lags)
    days = judged.sessions.gather(np.unique(judged.rows.place, return_index=True)[1].tolist())
    frame = pl.DataFrame({"x": days, "y": path, "conf_low": path - half, "conf_high": path + half})
    yield Chart(
        "lines",
        f"Gain over {against}, cumulated",
        frame.select(pl.lit("cumulated gain in squared errors").alias("line"), pl.all()),
        x_title="session",
        y_title="per cent of the benchmark's squared errors",
        note="Where the path climbs the forecasts do better, where it falls worse; it ends at the out-of-sample R\u00b2. "
        "The band is the pointwise 95 % interval.",
    )
    if firms is not None:
        yield _firm_chart(firms)


def _firm_chart(firms: pl.DataFrame) -> Chart:
    title, unit = "Out-of-sample R\u00b2 by firm", "per cent"
    note = "95 % intervals, each firm alone; p-values and stars are Clark and West's, adjusted for the number of firms (Holm)."
    told = firms.rename({"p_value": "p_one_sided", "p_holm": "p_value", "sessions": "n_obs"})
    if firms.height <= _BARS:
        bars = told.rename({"symbol": "bar"}).reverse().select(pl.lit(title).alias("group"), pl.all())
        return Chart("bars", title, bars, y_title=unit, note=note)
    ranked = told.rename({"estimate": "y"}).with_row_index("x", offset=1).select(pl.lit(title).alias("line"), pl.all())
    return Chart("lines", title, ranked, x_title="firms in ascending order", y_title=unit, note=note)


def tables(
    request: Forecast, judged: Judged, accounts: tuple[Account, Account] | None, firms: pl.DataFrame | None
) -> Iterator[tuple[str, pl.DataFrame]]:
    """Yield titles and tables: the errors of each forecast, what investors earned, and firms that were forecast alone.

    Parameters
    ----------
    request
        What was asked for.
    judged
        Forecasts beside what came.
    accounts
        What came of following the forecasts and the benchmark's; None without an investor.
    firms
        As in `charts`.
    """
    rows, made = judged.rows, judged.made
    told = {"benchmark": made.benchmark, "forecasts": made.model}
    told |= {"signs held": made.restricted} if request.signs else {}
    unit = unit_name(request.y_scale)
    yield (
        f"Forecasts and their errors{f', {unit}' if unit else ''}",
        pl.DataFrame([_errors(name, forecasts, rows.y, request.y_scale) for name, forecasts in told.items()]),
    )
    if request.investor is not None and accounts is not None:
        yield (
            "Investors, per cent a year before costs",
            pl.DataFrame(
                [_account(request.investor, *pair) for pair in zip(("forecasts", "benchmark"), accounts, strict=True)]
            ),
        )
    if firms is not None and request.pooling == "firm":
        named = {"statistic": "Clark-West t", "p_value": "p, one-sided", "p_holm": "p, Holm"}
        yield "Out-of-sample R\u00b2 by firm, per cent", firms.rename(named)


def _errors(name: str, told: Floats, y: Floats, scale: float) -> dict[str, str | float | int]:
    return {
        "forecasts": name,
        "root mean squared error": scale * float(np.sqrt(((y - told) ** 2).mean())),
        "mean error": scale * float((y - told).mean()),
        "sd of forecasts": scale * float(told.std()),
        "rows": len(y),
    }


def _account(investor: Investor, name: str, account: Account) -> dict[str, str | float]:
    year = PER_CENT * investor.sessions_per_year
    return {
        "by": name,
        "mean": year * float(account.returns.mean()),
        "sd": year / np.sqrt(investor.sessions_per_year) * float(account.returns.std()),
        "certainty equivalent": year * certainty_equivalent(account.returns, investor.aversion),
        "share invested": float(account.invested.mean()),
        "traded a session, share of wealth": float(account.traded.mean()),
    }
