"""Vector autoregression of the market's mood and the market: who comes first, by how much, for how long."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, get_args

import numpy as np
import polars as pl

from emtract.econometrics.analyses.vector.system import (
    NUMBER,
    Lagged,
    block_bootstrap,
    coefficients,
    criteria,
    innovations,
    lagged,
    responses,
    shock_sizes,
)
from emtract.econometrics.estimates import EstimateRow, estimate_row, t_row, t_test
from emtract.econometrics.finding import Analysis, Chart, Claims, Finding, Quantity
from emtract.econometrics.newey_west import chosen_lags
from emtract.econometrics.rows import open_rows
from emtract.errors import EstimationError, SpecError
from emtract.panel.frame import TIME
from emtract.panel.market import MARKET_SESSIONS
from emtract.words.clock import CLOSE
from emtract.words.codebook import known
from emtract.words.names import term_words
from emtract.words.numbers import things

if TYPE_CHECKING:
    from collections.abc import Mapping

    from emtract.econometrics.estimates import Floats
    from emtract.ledger import Ledger
    from emtract.panel.frame import Sample


Errors = Literal["hc3", "newey_west"]
Select = Literal["fixed", "aic", "bic", "hqic"]
_MARKET: Final = {
    "market_return": "the market's return",
    "market_return_open_close": "the market's return from open to close",
    "market_return_overnight": "the market's overnight return",
    "market_range": "the market's log range",
}
#: Sessions of the moving averages that the chart of paths shows.
_SMOOTH: Final = 20


@dataclass(frozen=True, kw_only=True)
class VectorAutoregression(Analysis):
    r"""A vector autoregression on sessions, with Granger tests both ways and responses to shocks.

    Attributes
    ----------
    variables
        In the order of the shocks: a shock to one moves the later ones at once, the earlier ones only from the next session.
    pairs
        (cause, effect) that are reported; empty for every ordered pair.
    lags, select
        Lags; with ``bic``, ``aic`` or ``hqic`` the number up to `lags` that the criterion picks on common rows.
    exogenous
        Further regressors of every equation, of the same session.
    standardise
        Variables divided by their standard deviation (and centred) over the sample.
    scales
        (variable, factor) on those that are not: 10,000 turns a return into basis points.
    covariance
        Behind sums of lags and Granger tests: ``hc3``, for innovations without correlation over time, which lags are there to
        ensure, whose variance may change (MacKinnon and White 1985), or ``newey_west``. With 500 sessions and volatility that
        clusters the first keeps the size of the test better; both stand in the table of Granger tests.
    hac_lags
        Lags of Newey and West's covariance in single equations; None for floor(4 (n / 100)^(2/9)).
    horizons
        Sessions over which responses are followed.
    reported
        Horizons whose responses stand among the estimates.
    block, replications, seed
        Of the block bootstrap behind the errors of responses, which holds where volatility clusters; block None for
        ceil(n^(1/3)) rows.
    where
        Polars SQL condition on the sample; None for all rows.
    label, sample
        Heading, and the study's sample: one row a session with session and number.

    Notes
    -----
    .. math:: y_t = c + \sum_{l=1}^{p} A_l y_{t-l} + D x_t + u_t

    Each equation is least squares. `sum of lags` is :math:`\sum_l A_{l,ij}` with a robust standard error; `Granger` is the
    F form of the robust Wald test that all :math:`A_{l,ij}` are zero. The classical F test, which assumes independent errors
    of one variance, stands beside it in a table. Rows next to a session without a value are left out, never bridged.
    """

    variables: tuple[str, ...]
    pairs: tuple[tuple[str, str], ...] = ()
    lags: int = 5
    select: Select = "fixed"
    exogenous: tuple[str, ...] = ()
    standardise: tuple[str, ...] = ()
    scales: tuple[tuple[str, float], ...] = ()
    covariance: Errors = "hc3"
    hac_lags: int | None = None
    horizons: int = 10
    reported: tuple[int, ...] = (1, 5)
    block: int | None = None
    replications: int = 999
    seed: int = 0
    where: str | None = None
    label: str = "Vector autoregression"
    sample: str = MARKET_SESSIONS

    def __post_init__(self) -> None:
        if len(set(self.variables)) != len(self.variables) or len(self.variables) < 2:
            raise SpecError("a vector autoregression needs two or more different variables")
        if self.lags < 1 or self.horizons < 1 or self.replications < 2:
            raise SpecError("lags and horizons must be 1 or more, replications 2 or more")
        if not set(self.reported) <= set(range(1, self.horizons + 1)):
            raise SpecError(f"reported horizons lie between 1 and {self.horizons}")
        for option, allowed in ((self.select, Select), (self.covariance, Errors)):
            if option not in get_args(allowed):
                raise SpecError(f"unallowed option {option!r}: choose one of {', '.join(get_args(allowed))}")
        named = {*self.standardise, *dict(self.scales), *(name for pair in self.pairs for name in pair)}
        if strays := sorted(named - set(self.variables)):
            raise SpecError(f"{', '.join(strays)} is no variable of the autoregression")

    @property
    def reported_pairs(self) -> tuple[tuple[str, str], ...]:
        """(cause, effect) in the order of the estimates."""
        return self.pairs or tuple((c, e) for e in self.variables for c in self.variables if c != e)

    @property
    def terms(self) -> tuple[str, ...]:
        """For each pair `CAUSE on EFFECT, sum of lags`, `..., Granger`, and `..., response after K sessions`."""
        kinds = ("sum of lags", "Granger", *(_after(h) for h in self.reported))
        return tuple(f"{cause} on {effect}, {kind}" for cause, effect in self.reported_pairs for kind in kinds)

    def describe(self) -> str:
        """Return every choice in words."""
        chosen = f"{self.lags} lags" if self.select == "fixed" else f"up to {self.lags} lags by {self.select.upper()}"
        parts = [f"Vector autoregression of {', '.join(self.variables)} with a constant and {chosen}"]
        if self.exogenous:
            parts.append(f"given {', '.join(self.exogenous)} of the same session")
        if self.where:
            parts.append(f"on rows with {self.where}")
        hac = "floor(4 (n/100)^(2/9))" if self.hac_lags is None else str(self.hac_lags)
        newey_west = f"Newey-West covariance of {hac} lags, Bartlett kernel times n / (n - k)"
        errors = newey_west if self.covariance == "newey_west" else f"HC3 covariance (in the table also {newey_west})"
        blocks = "ceil(n^(1/3))" if self.block is None else str(self.block)
        bands = f"from {self.replications} bootstrap samples of blocks of {blocks} rows, seed {self.seed}, "
        bands += "times the root of n / (n - k)"
        return (
            f"{', '.join(parts)}. Sums of lags and Granger tests with {errors}, "
            f"against t and F. Responses are to a shock that raises its variable by one unit, orthogonalised in the "
            f"order {', '.join(self.variables)}; standard errors {bands}, normal intervals."
        )

    def run(self, samples: Mapping[str, Sample]) -> Finding:
        """Estimate it.

        Raises
        ------
        SpecError
            When the sample lacks a column.
        EstimationError
            When too few consecutive sessions are left, or variables are combinations of one another.
        """
        data, ledger = _known(self, samples[self.sample])
        table = criteria(data, self.variables, self.lags, self.exogenous)
        lags = self.lags if self.select == "fixed" else int(table.sort(self.select)["lags"][0])
        rows = lagged(data, self.variables, lags, self.exogenous)
        ledger = ledger.keep("with lags", len(rows.y), f"a session within the {lags} before it is missing")
        _check_size(self, rows)
        b = coefficients(rows)
        equations = {effect: _equation(self, rows, effect, self.covariance) for _, effect in self.reported_pairs}
        u, sigma = innovations(rows, b)
        paths, size = responses(rows, b, sigma, self.horizons), shock_sizes(sigma)
        errors = _errors(self, rows)
        found = [row for pair in self.reported_pairs for row in _rows(self, rows, pair, equations, paths, errors)]
        used = "" if self.select == "fixed" else f" {self.select.upper()} picks {things(lags, 'lag')}."
        return Finding(
            estimates=pl.DataFrame(found, infer_schema_length=None),
            n_obs=len(rows.y),
            ledger=ledger,
            notes=(f"{self.describe()}{used}",),
            quantities=_quantities(self),
            charts=(_fan(self, paths * size, errors * size), _paths(self, data)),
            tables={
                "Granger tests": pl.DataFrame([_granger_row(self, rows, pair, b) for pair in self.reported_pairs]),
                "Lag order": table,
                "Correlation of innovations": _correlation(self, u),
            },
        )


def _after(horizon: int) -> str:
    return f"response after {horizon} session{'' if horizon == 1 else 's'}"


def _known(request: VectorAutoregression, sample: Sample) -> tuple[pl.DataFrame, Ledger]:
    columns = [*request.variables, *request.exogenous]
    data, ledger = open_rows(
        sample, columns, labels=(NUMBER,), key=(TIME,), where=request.where, outcomes=request.variables,
        reads={"exogenous": request.exogenous}, rows="rows of the sample",
    )  # fmt: skip
    if ahead := [c for c in columns if (at := known(c)) is not None and at > CLOSE]:
        raise SpecError(
            f"{ahead[0]} is known only after its session: a vector autoregression makes its own leads and lags"
        )
    data = data.select(TIME, NUMBER, *(pl.col(c).cast(pl.Float64) for c in columns))
    data = data.filter(pl.all_horizontal(pl.col(columns).is_finite().fill_null(value=False)))
    ledger = ledger.keep("with every variable", data.height, f"{' or '.join(columns)} missing")
    flat = [c for c in request.variables if data[c].n_unique() < 2]
    if flat:
        raise EstimationError(f"{', '.join(flat)} does not vary in the sample: leave it out or widen the sample")
    scales = dict(request.scales)
    scaled = [
        (pl.col(c) - pl.col(c).mean()) / pl.col(c).std() if c in request.standardise else pl.col(c) * scales.get(c, 1.0)
        for c in request.variables
    ]
    return data.with_columns(scaled), ledger


def _check_size(request: VectorAutoregression, rows: Lagged) -> None:
    n, columns = rows.z.shape
    if n < 2 * columns or n < 30:
        raise EstimationError(
            f"{request.label}: {n} sessions with all lags cannot carry {columns} coefficients an equation: use fewer lags or "
            "variables, or a longer archive"
        )


class _Equation(NamedTuple):
    """One equation by least squares: coefficients, robust covariance, degrees of freedom."""

    b: Floats
    covariance: Floats
    df: int


def _equation(request: VectorAutoregression, rows: Lagged, effect: str, covariance: Errors) -> _Equation:
    import statsmodels.api as sm

    n, columns = rows.z.shape
    lags = chosen_lags(request.hac_lags, n)
    model = sm.OLS(rows.y[:, request.variables.index(effect)], rows.z)
    hac = {"cov_type": "HAC", "cov_kwds": {"maxlags": lags, "use_correction": True}}
    fitted = model.fit(**hac) if covariance == "newey_west" else model.fit(cov_type="HC3")
    return _Equation(np.asarray(fitted.params), np.asarray(fitted.cov_params()), n - columns)


def _errors(request: VectorAutoregression, rows: Lagged) -> Floats:
    block = int(np.ceil(len(rows.y) ** (1 / 3))) if request.block is None else request.block
    rng = np.random.default_rng(request.seed)
    drawn = block_bootstrap(
        rows, request.horizons, block=min(block, len(rows.y)), replications=request.replications, rng=rng
    )
    n, columns = rows.z.shape
    return np.asarray(drawn.std(axis=0, ddof=1) * np.sqrt(n / (n - columns)))


def _rows(
    request: VectorAutoregression,
    rows: Lagged,
    pair: tuple[str, str],
    equations: Mapping[str, _Equation],
    paths: Floats,
    errors: Floats,
) -> list[EstimateRow]:
    """Return the rows of a pair: sum of lags, Granger, responses at the reported horizons."""
    cause, effect = pair
    j, i = request.variables.index(cause), request.variables.index(effect)
    equation, at, n = equations[effect], rows.positions(j), len(rows.y)
    total = float(equation.b[at].sum())
    error = float(np.sqrt(equation.covariance[np.ix_(at, at)].sum()))
    statistic, p_value = _wald(equation, at)
    out = [
        t_row(f"{cause} on {effect}, sum of lags", total, error, df=equation.df, n_obs=n),
        estimate_row(f"{cause} on {effect}, Granger", {"statistic": statistic, "p_value": p_value}, n_obs=n),
    ]
    return out + [
        t_row(f"{cause} on {effect}, {_after(h)}", float(paths[h, i, j]), float(errors[h, i, j]), df=None, n_obs=n)
        for h in request.reported
    ]


def _wald(equation: _Equation, at: list[int]) -> tuple[float, float]:
    """Return the F form of the Wald test that coefficients are zero, and its p-value."""
    from scipy import stats

    b = equation.b[at]
    statistic = float(b @ np.linalg.solve(equation.covariance[np.ix_(at, at)], b)) / len(at)
    return statistic, float(stats.f.sf(statistic, len(at), equation.df))


def _granger_row(
    request: VectorAutoregression, rows: Lagged, pair: tuple[str, str], b: Floats
) -> dict[str, str | float | int]:
    """Return one direction with three tests: robust to changing variance, to autocorrelation too, and to neither."""
    cause, effect = pair
    at = rows.positions(request.variables.index(cause))
    i = request.variables.index(effect)
    u = rows.y[:, i] - rows.z @ b[:, i]
    df = len(u) - rows.z.shape[1]
    equations = {
        "HC3": _equation(request, rows, effect, "hc3"),
        "Newey-West": _equation(request, rows, effect, "newey_west"),
        "classical": _Equation(b[:, i], u @ u / df * np.linalg.inv(rows.z.T @ rows.z), df),
    }
    tests = {name: _wald(equation, at) for name, equation in equations.items()}
    numbers = {f"{kind} ({name})": test[k] for name, test in tests.items() for k, kind in enumerate(("F", "p"))}
    return {"cause": cause, "effect": effect, "lags": rows.lags, **numbers}


def _correlation(request: VectorAutoregression, u: Floats) -> pl.DataFrame:
    matrix = np.atleast_2d(np.corrcoef(u.T))
    named = {name: matrix[:, j] for j, name in enumerate(request.variables)}
    return pl.DataFrame({"innovation": list(request.variables), **named})


def _words(name: str) -> str:
    """Say a variable: `market_return` is the market's return, `fear_day` fear of the day."""
    if name in _MARKET:
        return _MARKET[name]
    if name.endswith("_day"):
        return f"{term_words(name.removesuffix('_day') + '_market').removesuffix(' during market hours')} of the day"
    return term_words(name)


def _quantities(request: VectorAutoregression) -> dict[str, Quantity]:
    scales = dict(request.scales)
    out = {}
    for cause, effect in request.reported_pairs:
        unit = "basis points" if scales.get(effect) == 1e4 else ""
        unit = "standard deviations" if effect in request.standardise else unit
        unscaled = "a basis point of " if scales.get(cause) == 1e4 else "a unit of "
        step = "a standard deviation of " if cause in request.standardise else unscaled
        said = f"the sum of the lag coefficients of {_words(effect)} on {step}{_words(cause)}"
        out[f"{cause} on {effect}, sum of lags"] = Quantity(said, unit, claims=_leads(request, cause, effect))
        for h in request.reported:
            size = step.removesuffix(" of ")
            told = f"the {_after(h)} of {_words(effect)} to a shock of {size} in {_words(cause)}"
            out[f"{cause} on {effect}, {_after(h)}"] = Quantity(told, unit)
    return out


def _leads(request: VectorAutoregression, cause: str, effect: str) -> Claims:
    """Say whether one variable goes before another, by the sum of its lags."""
    past, goes = f"{_words(cause)} in earlier sessions", f"goes with {_words(effect)}"
    return Claims(
        f"{past} {goes} in the same direction, summed over lags",
        f"{past} {goes} in the opposite direction, summed over lags",
        f"{past}: nothing detectable in {_words(effect)}, summed over lags",
        "per SD" if cause in request.standardise else "",
    )


def _fan(request: VectorAutoregression, paths: Floats, errors: Floats) -> Chart:
    frames = []
    for cause, effect in request.reported_pairs:
        j, i = request.variables.index(cause), request.variables.index(effect)
        told = pl.DataFrame({"x": np.arange(request.horizons + 1), **t_test(paths[:, i, j], errors[:, i, j], None)})
        line = pl.lit(f"{_words(cause)} → {_words(effect)}").alias("line")
        absent = (pl.lit(None, pl.Float64).alias(name) for name in ("band_low", "band_high"))
        frames.append(told.select(line, "x", "estimate", "conf_low", "conf_high", *absent))
    return Chart(
        "fan",
        "Responses to a shock of one standard deviation",
        pl.concat(frames),
        x_title="Sessions after the shock",
        y_title="Response",
        note=f"Orthogonalised in the order {', '.join(map(_words, request.variables))}; pointwise 95 % intervals, which take "
        "the size of the shock as given.",
    )


def _paths(request: VectorAutoregression, data: pl.DataFrame) -> Chart:
    """Return the variables over time as moving averages, in standard deviations of themselves."""
    smooth = data.select(TIME, *(pl.col(v).rolling_mean(_SMOOTH) for v in request.variables)).drop_nulls()
    scores = {v: (pl.col(v) - pl.col(v).mean()) / pl.col(v).std() for v in request.variables}
    lines = [
        smooth.select(pl.col(TIME).alias("x"), pl.lit(_words(v)).alias("line"), score.alias("y"))
        for v, score in scores.items()
    ]
    return Chart(
        "lines",
        f"Mood and market, means of {_SMOOTH} sessions",
        pl.concat(lines),
        x_title="Session",
        y_title="Standard deviations",
    )
