"""Calendar-time portfolios: monthly alphas of event portfolios, the check on buy-and-hold returns that overlap."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from emtract.econometrics.columns import check_files
from emtract.econometrics.estimates import Estimate, estimate_frame
from emtract.econometrics.finding import Analysis, Chart, Finding, Quantity, difference_of
from emtract.econometrics.newey_west import chosen_lags, newey_west
from emtract.errors import EstimationError, SpecError
from emtract.ledger import Ledger

if TYPE_CHECKING:
    from collections.abc import Mapping

    from emtract.panel.frame import Sample

_DIFFERENCE = "alpha high minus low"


@dataclass(frozen=True, kw_only=True)
class CalendarTime(Analysis):
    r"""Alphas of monthly portfolios of events against published factors.

    Attributes
    ----------
    label
        Heading.
    portfolios, series
        Names of the study's samples: months (`IpoMonths`), and daily series (`ReturnSeries`).
    factors, riskless
        Daily series; factors are excess returns or differences of returns.
    market
        The factor that is itself less the riskless rate, and is compounded with it.
    lags
        Of Newey and West; None for floor(4 (T / 100)^(2/9)).
    min_sessions
        A month with fewer sessions in the series is left out: the series begins or ends in it.
    scale
        Factor on returns: 100 for per cent a month.

    Notes
    -----
    .. math:: r_{pt} - r_{ft} = \alpha_p + \beta_p' f_t + u_{pt}

    The difference of two portfolios is regressed without the riskless rate, on months that have both.
    """

    label: str
    portfolios: str = "ipo_months"
    series: str = "series"
    factors: tuple[str, ...] = ("mkt_rf",)
    riskless: str = "rf"
    market: str = "mkt_rf"
    lags: int | None = None
    min_sessions: int = 15
    scale: float = 100.0

    @property
    def samples(self) -> tuple[str, ...]:
        """Samples that it reads: months and series."""
        return (self.portfolios, self.series)

    @property
    def terms(self) -> tuple[str, ...]:
        """Terms: alphas of all, high and low, and of their difference."""
        return ("alpha all", "alpha high", "alpha low", _DIFFERENCE)

    def describe(self) -> str:
        """Return every choice in words."""
        lags = "floor(4 (T / 100)^(2/9))" if self.lags is None else str(self.lags)
        return (
            f"Monthly returns of equal-weighted portfolios minus {self.riskless}, regressed on {', '.join(self.factors)} "
            f"compounded to months; standard errors of Newey and West with {lags} lags, fixed-b critical values."
        )

    def run(self, samples: Mapping[str, Sample]) -> Finding:
        """Estimate the alphas.

        Raises
        ------
        SpecError
            When a sample lacks a column.
        EstimationError
            When a portfolio has too few months.
        """
        months, ledger = self._months(samples)
        fits = {term: self._fit(months, term) for term in self.terms}
        for term, (alpha, *_) in fits.items():
            reason = f"of {months.height:,}; in the others too few stocks for a return"
            ledger = ledger.start(f"months of {term}", "months", alpha.n_obs, reason)
        loadings = [
            {
                "portfolio": term.removeprefix("alpha "),
                "factor": factor,
                "loading": b.estimate,
                "std_error": b.std_error,
            }
            for term, (_, *slopes) in fits.items()
            for factor, b in zip(self.factors, slopes, strict=True)
        ]
        estimates = estimate_frame({term: alpha for term, (alpha, *_) in fits.items()})
        subject = "the monthly alpha of the portfolio of recent IPOs"
        sides = ("with high enthusiasm", "with low enthusiasm")
        words = dict(zip(self.terms, (subject, *(f"{subject} {side}" for side in sides)), strict=False))
        level, unit = ("per cent", "percentage points") if self.scale == 100 else ("", "")
        quantities = {term: Quantity(said, level) for term, said in words.items()}
        bars = estimates.select(
            group=pl.lit("alpha"), bar=pl.col("term").str.strip_prefix("alpha "), estimate="estimate",
            conf_low="conf_low", conf_high="conf_high",
        )  # fmt: skip
        return Finding(
            estimates=estimates,
            n_obs=months.height,
            ledger=ledger,
            notes=(self.describe(),),
            quantities=quantities | {_DIFFERENCE: difference_of(subject, *sides, unit)},
            charts=(Chart("bars", self.label, bars, y_title="per cent a month"),),
            tables={"Factor loadings": pl.DataFrame(loadings)},
        )

    def _months(self, samples: Mapping[str, Sample]) -> tuple[pl.DataFrame, Ledger]:
        """Join portfolios and compounded factors by month."""
        portfolios, series = samples[self.portfolios], samples[self.series]
        named = dict.fromkeys((*self.factors, self.riskless))
        wanted = ((portfolios.data, ("month", "all", "high", "low")), (series.data, ("session", *named)))
        for data, columns in wanted:
            check_files((c for c in columns if c in data.columns), data)
            if missing := [c for c in columns if c not in data.columns]:
                raise SpecError(f"the sample has no column {', '.join(missing)}: it has {', '.join(data.columns)}")
        monthly = compounded(series.data, self.factors, self.riskless, self.market, self.min_sessions)
        joined = portfolios.data.join(monthly, on="month").sort("month")
        ledger = (
            Ledger()
            .start("months of the portfolios", portfolios.unit, portfolios.data.height)
            .keep("with factors", joined.height, "no factors, or for a part of the month only")
        )
        return joined, ledger

    def _fit(self, months: pl.DataFrame, term: str) -> list[Estimate]:
        """Return alpha, then loadings, of one portfolio; alpha and its error are scaled."""
        name = term.removeprefix("alpha ")
        y = pl.col("high") - pl.col("low") if term == _DIFFERENCE else pl.col(name) - pl.col(self.riskless)
        rows = months.select(y.alias("y"), *self.factors).drop_nulls()
        if rows.height < len(self.factors) + 10:
            raise EstimationError(
                f"the portfolio {name} has {rows.height} months with factors, too few for an alpha: lower min_firms"
            )
        returns, factors = rows["y"].to_numpy() * self.scale, rows.select(self.factors).to_numpy() * self.scale
        return newey_west(returns, factors, lags=chosen_lags(self.lags, rows.height))


def compounded(
    daily: pl.DataFrame, factors: tuple[str, ...], riskless: str, market: str, min_sessions: int
) -> pl.DataFrame:
    """Return factors and riskless rate a month: daily returns compounded, of months that lack no session of any series.

    Parameters
    ----------
    daily
        One row a session: session, and the series as fractions a session.
    factors
        Columns of the factors.
    riskless
        Column of the riskless rate.
    market
        The factor that is a return less the riskless rate.
    min_sessions
        Rows below which a month is left out.

    Returns
    -------
    pl.DataFrame
        One row a month, in order: month (``2015-03``), then the factors and the riskless rate, as fractions a month.

    Notes
    -----
    The market is compounded with the riskless rate, and the compounded rate taken off again; other factors are
    differences of portfolios, and are compounded as they are.
    """
    names = tuple(dict.fromkeys((*factors, riskless)))
    together = [
        ((1 + pl.col(market) + pl.col(riskless)).product() - (1 + pl.col(riskless)).product()).alias(f)
        if f == market
        else (1 + pl.col(f)).product().alias(f) - 1
        for f in names
    ]
    return (
        daily.sort("session")
        .group_by(pl.col("session").dt.strftime("%Y-%m").alias("month"), maintain_order=True)
        .agg(*together, n=pl.len(), whole=pl.all_horizontal(pl.col(names).is_not_null()).all())
        .filter(pl.col("whole") & (pl.col("n") >= min_sessions))
        .drop("n", "whole")
    )
