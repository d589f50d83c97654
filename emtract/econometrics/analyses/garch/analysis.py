"""GARCH with emotions in the variance equation, firm by firm, and the mean over firms."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

import numpy as np
import polars as pl
from scipy.special import ndtri

from emtract.econometrics.estimates import LEVEL, t_row, t_test
from emtract.econometrics.finding import Analysis, Chart, Finding, Quantity
from emtract.econometrics.regression.spec import check_options
from emtract.econometrics.rows import open_rows
from emtract.errors import EstimationError, SpecError
from emtract.panel.firm_sessions import FIRM_SESSIONS
from emtract.panel.frame import ENTITY, TIME
from emtract.words.names import term_words
from emtract.words.numbers import things

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from emtract.econometrics.estimates import Floats
    from emtract.ledger import Ledger
    from emtract.panel.frame import Sample


Across = Literal["mean_group", "two_way"]
Mean = Literal["constant", "zero"]
Distribution = Literal["normal", "t"]
#: Returns enter in per cent: optimisers want numbers near one.
_PER_CENT: Final = 100.0
#: Why a firm has no fit.
_NOT_CONVERGED: Final = "the optimiser did not converge"
_BOUND: Final = "a coefficient ran to its bound"
_SLOPE: Final = "the likelihood still rises where the optimiser stopped"
_NO_MAXIMUM: Final = "the likelihood has no clear maximum, or no standard errors"
#: Gain in the log-likelihood from which a further start counts as having found another optimum.
_GAIN: Final = 0.01
#: Firms that a ledger names; more are counted.
_NAMED: Final = 10
#: Size of a firm's own t statistic from which it counts as significant.
_CRITICAL: Final = float(ndtri(0.5 + LEVEL / 2))
#: Distance from zero or from a unit sum below which a GARCH coefficient counts as on its bound.
_ON_BOUND: Final = 1e-6


class _Fit(NamedTuple):
    """One firm: coefficients and errors, shape (k,), influence of each session on them, shape (n, k).

    `gain` is the log-likelihood less the value at the first start that converged.
    """

    symbol: str
    coefficients: Floats
    std_errors: Floats
    influence: Floats
    sessions: pl.Series
    gain: float


@dataclass(frozen=True, kw_only=True)
class GarchX(Analysis):
    r"""GARCH(p, q) with regressors in the variance, estimated for each firm alone and averaged over firms.

    Attributes
    ----------
    x
        Regressors of the variance, e.g. emotions before the open; each is standardised within the firm.
    controls
        Further regressors of the variance, estimated and not reported.
    returns
        Return whose variance it is. Open to close after pre-open emotions is predictive.
    p, q
        Lags of squared returns and of the variance.
    mean, distribution
        Of the return: a ``constant`` or ``zero`` mean, and the law of the standardised return; ``normal`` is the
        quasi-likelihood, consistent whatever the law, ``t`` estimates the degrees of freedom too.
    min_observations, min_readings
        Firms with fewer returns, or fewer sessions in which every x is known, are left out.
    across
        Standard error of the mean over firms. ``mean_group``: their standard deviation over the root of their number
        (Pesaran and Smith 1995), right where firms' estimates are independent. ``two_way`` adds the covariance between firms
        that shocks of the same session bring.
    where
        Polars SQL condition on the panel, which picks firms or a span of sessions; None for all rows.
    label
        Heading.
    sample
        Name of the study's sample.

    Notes
    -----
    .. math:: r_{it} = \mu_i + \sqrt{h_{it}} z_{it}, \quad h_{it} = \exp(x_{it}' \gamma_i)\, g_{it}, \quad
              g_{it} = \omega_i + \alpha_i \frac{e_{i,t-1}^2}{\exp(x_{i,t-1}' \gamma_i)} + \beta_i g_{i,t-1}

    A coefficient is the change of the log variance per standard deviation of x. A session whose x is unknown because nobody
    posted has the firm's mean (zero), so that returns stay consecutive; with attention among the controls, silence itself is
    held fixed. Where alpha or beta lies on a bound, the sandwich holds the other parameters alone.
    """

    x: tuple[str, ...]
    controls: tuple[str, ...] = ()
    returns: str = "return_open_close"
    p: int = 1
    q: int = 1
    mean: Mean = "constant"
    distribution: Distribution = "normal"
    min_observations: int = 250
    min_readings: int = 100
    across: Across = "two_way"
    where: str | None = None
    label: str = "GARCH-X"
    sample: str = FIRM_SESSIONS

    def __post_init__(self) -> None:
        if not self.x or len(set(self.regressors)) != len(self.regressors):
            raise SpecError("GarchX needs at least one regressor in x, and each only once")
        if self.p < 1 or self.q < 0 or self.min_observations < 50:
            raise SpecError("GarchX needs p of 1 or more, q of 0 or more and min_observations of 50 or more")
        check_options((self.mean, Mean), (self.distribution, Distribution), (self.across, Across))

    @property
    def regressors(self) -> tuple[str, ...]:
        """Regressors of interest, then controls."""
        return (*self.x, *self.controls)

    @property
    def terms(self) -> tuple[str, ...]:
        """One term a regressor of interest: `fear_pre_open in variance`."""
        return tuple(garch_term(name) for name in self.x)

    def describe(self) -> str:
        """Return every choice in words."""
        law = "normal quasi-likelihood" if self.distribution == "normal" else "Student t likelihood"
        errors = "their standard deviation over the root of their number"
        if self.across == "two_way":
            errors += ", plus the covariance between firms of the same session"
        picked = f" Rows: {self.where}." if self.where else ""
        return (
            f"GARCH({self.p}, {self.q}) of {self.returns} with a {self.mean} mean for each firm with {self.min_observations} or "
            f"more returns and {self.min_readings} or more sessions with regressors, {law}, robust standard errors. The log "
            f"variance moves with {', '.join(self.regressors)} of the same session, each standardised within the firm; "
            f"a session without posts has the firm's mean. Reported: the mean over firms; its standard error is {errors}.{picked}"
        )

    def run(self, samples: Mapping[str, Sample]) -> Finding:
        """Fit every firm and average.

        Raises
        ------
        SpecError
            When the sample lacks a column, or `where` takes returns out of the middle of a firm's.
        EstimationError
            When fewer than two firms can be fitted.
        """
        data, ledger = _rows(self, samples[self.sample])
        firms = [firm for _, firm in sorted(data.group_by(ENTITY), key=lambda pair: str(pair[0]))]
        ledger = ledger.start("firms with returns", "firms", len(firms))
        long = [firm for firm in firms if firm.height >= self.min_observations]
        ledger = ledger.keep("with enough returns", len(long), f"fewer than {self.min_observations} returns")
        moving = [firm for firm in long if _moves(firm[self.returns])]
        ledger = ledger.keep("with returns that vary", len(moving), f"{self.returns} is the same in every session")
        read = [firm for firm in moving if _varies(self, firm)]
        reason = f"fewer than {self.min_readings} sessions with regressors, or one that does not vary"
        ledger = ledger.keep("with enough readings", len(read), reason)
        tried = {str(firm[ENTITY][0]): _fit(self, firm) for firm in read}
        fits = [fit for fit in tried.values() if isinstance(fit, _Fit)]
        ledger = ledger.keep("converged", len(fits), _failures(tried))
        if len(fits) < 2:
            worst = max(ledger.steps[-4:], key=lambda step: step.dropped)
            raise EstimationError(
                f"{self.label}: {len(fits)} of {len(firms)} firms could be fitted; step {worst.name!r} dropped "
                f"{worst.dropped} ({worst.reason}): lower min_observations or min_readings, or widen the panel"
            )
        used = sum(len(fit.sessions) for fit in fits)
        reason = f"of {data.height:,} with return; returns of firms left out above are not used"
        ledger = ledger.start("returns of these firms", samples[self.sample].unit, used, reason)
        return _finding(self, fits, ledger)


def _failures(tried: Mapping[str, _Fit | str]) -> str:
    """Say why firms have no fit, and name them."""
    reasons: dict[str, list[str]] = {}
    for symbol, fit in tried.items():
        if isinstance(fit, str):
            reasons.setdefault(fit, []).append(symbol)
    said = [
        f"{reason}: {', '.join(names[:_NAMED])}{f' and {len(names) - _NAMED} more' if len(names) > _NAMED else ''}"
        for reason, names in reasons.items()
    ]
    return "; ".join(said) or "none failed"


def garch_term(regressor: str) -> str:
    """Return the term of a regressor of the variance."""
    return f"{regressor} in variance"


def _rows(request: GarchX, sample: Sample) -> tuple[pl.DataFrame, Ledger]:
    columns = (request.returns, *request.regressors)
    reads = {"x": request.x, "controls": request.controls}
    data, ledger = open_rows(
        sample, columns, key=(ENTITY, TIME), where=request.where, outcomes=(request.returns,), reads=reads
    )
    numbers = [pl.when(pl.col(c).cast(pl.Float64).is_finite()).then(pl.col(c).cast(pl.Float64)) for c in columns]
    data = data.select(ENTITY, TIME, *(n.alias(c) for n, c in zip(numbers, columns, strict=True)))
    data = data.drop_nulls(request.returns).sort(ENTITY, TIME)
    _check_whole(request, sample.data, data)
    return data, ledger.keep("with return", data.height, f"no price behind {request.returns}")


def _check_whole(request: GarchX, every: pl.DataFrame, kept: pl.DataFrame) -> None:
    """Refuse a condition that takes returns out of the middle of a firm's: the variance would step over them unseen."""
    if request.where is None:
        return
    spans = kept.group_by(ENTITY).agg(first=pl.col(TIME).min(), last=pl.col(TIME).max())
    known = every.filter(pl.col(request.returns).cast(pl.Float64).is_finite()).select(ENTITY, TIME)
    within = known.join(spans, on=ENTITY).filter(pl.col(TIME).is_between("first", "last")).height
    if within > kept.height:
        raise SpecError(
            f"where={request.where!r} takes {things(within - kept.height, 'return')} out of the middle of a firm's, and its "
            "variance goes on from one to the next: pick firms, or a span of sessions"
        )


def _varies(request: GarchX, firm: pl.DataFrame) -> bool:
    known = firm.select(request.regressors).drop_nulls()
    return known.height >= request.min_readings and all(_moves(known[c]) for c in request.regressors)


def _moves(column: pl.Series) -> bool:
    """Say whether a column can be divided by its standard deviation: not all alike, nor so small that squares vanish."""
    sd = column.std()
    return isinstance(sd, float) and 0 < sd < float("inf")


def _standardised(request: GarchX, firm: pl.DataFrame) -> Floats:
    scores = [((pl.col(c) - pl.col(c).mean()) / pl.col(c).std()).fill_null(0.0) for c in request.regressors]
    return firm.select(scores).to_numpy()


def _fit(request: GarchX, firm: pl.DataFrame) -> _Fit | str:
    """Fit one firm from every start and keep the highest likelihood, or say what failed."""
    from arch.univariate import ConstantMean, Normal, StudentsT, ZeroMean

    from emtract.econometrics.analyses.garch.process import BOUND, ScaledGARCH

    returns = _PER_CENT * firm[request.returns].to_numpy()
    process = ScaledGARCH(_standardised(request, firm), request.p, request.q)
    law = Normal() if request.distribution == "normal" else StudentsT()
    make = ConstantMean if request.mean == "constant" else ZeroMean
    model = make(returns, volatility=process, distribution=law, rescale=False)
    reached = _ascents(model, process)
    if not reached:
        return _NOT_CONVERGED
    highest = max(reached, key=lambda end: end[0])
    gain = highest[0] - reached[0][0]
    parameters = highest[1] if gain > _GAIN else reached[0][1]
    first = parameters.size - law.num_params - len(request.regressors)
    if np.abs(parameters[first : first + len(request.regressors)]).max() >= BOUND - _ON_BOUND:
        return _BOUND
    lags = slice(first - request.p - request.q, first)
    influence = _influence(model, parameters, _interior(parameters, first, request), lags)
    chosen = slice(first, first + len(request.x))
    if isinstance(influence, str):
        return influence
    errors = np.sqrt((influence[:, chosen] ** 2).sum(axis=0))
    if not (np.isfinite(errors).all() and (errors > 0).all()):
        return _NO_MAXIMUM
    return _Fit(firm[ENTITY][0], parameters[chosen], errors, influence[:, chosen], firm[TIME], gain)


def _ascents(model: Any, process: Any) -> list[tuple[float, Floats]]:
    """Return likelihood and parameters at the end of every ascent that converged, the ascent from `arch`'s own start first."""
    fits = [model.fit(disp="off", show_warning=False)]
    mean = model.starting_values()
    resids = model.resids(mean)
    law = model.distribution.starting_values(resids)
    for start in process.starts(resids):
        values = np.concatenate([mean, start, law])
        fits.append(model.fit(disp="off", show_warning=False, starting_values=values))
    ends = [(float(fit.loglikelihood), np.asarray(fit.params, np.float64)) for fit in fits if fit.convergence_flag == 0]
    return [end for end in ends if np.isfinite(end[0]) and np.isfinite(end[1]).all()]


def _interior(parameters: Floats, first: int, request: GarchX) -> NDArray[np.bool_]:
    """Say which parameters lie off their bounds."""
    free = np.ones(parameters.size, dtype=bool)
    lags = slice(first - request.p - request.q, first)
    free[lags] = parameters[lags] > _ON_BOUND
    if not free[lags][: request.p].any():  # without a reaction to news, omega and beta are one parameter
        free[lags] = False
    return free


def _influence(model: object, parameters: Floats, free: NDArray[np.bool_], lags: slice) -> Floats | str:
    r"""Return the influence of each return on each parameter, shape (n, k), 0 for parameters on a bound; or why there is none.

    Notes
    -----
    Its cross product is the sandwich of Bollerslev and Wooldridge (1992), :math:`H^{-1} (\sum_t s_t s_t') H^{-1}`, with scores
    :math:`s_t` and Hessian H of the log-likelihood by numerical derivatives, as in `arch`. Where the gradient g is not zero, a
    step of Newton's would gain :math:`\tfrac12 g' H^{-1} g`, whatever the scales of the parameters: of more than `_GAIN`, the
    optimiser stopped short. Where the lags sum to one, the bound of a stationary variance, their gradient may point beyond it.
    """
    from statsmodels.tools.numdiff import approx_fprime, approx_hess

    def likelihood(chosen: Floats, *, individual: bool) -> Floats:
        full = parameters.copy()
        full[free] = chosen
        store = np.zeros(resids.size)
        value: Floats = model._loglikelihood(full, store, backcast, bounds, individual)  # type: ignore[attr-defined]
        return value

    resids = model.resids(model.starting_values())  # type: ignore[attr-defined]
    backcast = model.volatility.backcast(resids)  # type: ignore[attr-defined]
    bounds = model.volatility.variance_bounds(resids)  # type: ignore[attr-defined]
    hessian = approx_hess(parameters[free], likelihood, kwargs={"individual": False})
    scores = approx_fprime(parameters[free], likelihood, kwargs={"individual": True})
    if not np.isfinite(hessian).all() or np.linalg.eigvalsh(hessian)[0] <= 0:
        return _NO_MAXIMUM
    full = np.zeros(parameters.size)
    full[free] = scores.sum(axis=0)
    if parameters[lags].sum() >= 1 - _ON_BOUND:
        beyond = full[lags]
        full[lags] = np.where(
            free[lags], beyond - min(beyond[free[lags]].mean(), 0.0) if free[lags].any() else 0.0, 0.0
        )
    gradient = full[free]
    if 0.5 * gradient @ np.linalg.solve(hessian, gradient) > _GAIN:
        return _SLOPE
    influence = np.zeros((scores.shape[0], parameters.size))
    influence[:, free] = -np.linalg.solve(hessian, scores.T).T
    return influence


def _finding(request: GarchX, fits: Sequence[_Fit], ledger: Ledger) -> Finding:
    coefficients = np.vstack([fit.coefficients for fit in fits])
    errors = np.vstack([fit.std_errors for fit in fits])
    variance = coefficients.var(axis=0, ddof=1) / len(fits)
    if request.across == "two_way":
        variance += np.maximum(_between_firms(fits), 0.0)
    n_obs = sum(len(fit.sessions) for fit in fits)
    significant = np.abs(coefficients / errors) > _CRITICAL
    rows = [
        t_row(garch_term(name), coefficients[:, j].mean(), float(np.sqrt(variance[j])), df=len(fits) - 1, n_obs=n_obs)
        | {
            "n_firms": len(fits),
            "share_positive": float((coefficients[:, j] > 0).mean()),
            "share_significant": float(significant[:, j].mean()),
        }
        for j, name in enumerate(request.x)
    ]
    gained = [fit for fit in fits if fit.gain > _GAIN]
    largest = f", {max(fit.gain for fit in gained):.2f} log points at most" if gained else ""
    notes = (
        request.describe(),
        "Each likelihood is climbed from several starts and the highest end kept: the first start fell short for "
        f"{len(gained)} of {len(fits)} firms{largest}.",
        f"{len(fits)} firms; share_significant is the share of firms whose own robust t test rejects at 5 per cent, of which one "
        "in twenty would if emotions had no part in the variance.",
    )
    return Finding(
        estimates=pl.DataFrame(rows),
        n_obs=n_obs,
        ledger=ledger,
        notes=notes,
        quantities={garch_term(name): _quantity(name) for name in request.x},
        charts=(_chart(request, fits),),
    )


def _quantity(name: str) -> Quantity:
    return Quantity(f"the change of the log variance with a standard deviation of {term_words(name)}")


def _between_firms(fits: Sequence[_Fit]) -> Floats:
    r"""Return the part of the mean's variance that sessions share, shape (k,).

    Notes
    -----
    .. math:: \frac{1}{N^2} \sum_t \Big[ \big(\sum_i \psi_{it}\big)^2 - \sum_i \psi_{it}^2 \Big]

    with :math:`\psi_{it}` the influence of session t on firm i's coefficient: with the variance between firms it makes the
    two-way clustered variance of the mean. A negative sum counts as zero.
    """
    k = fits[0].influence.shape[1]
    frame = pl.concat(
        pl.DataFrame(fit.influence, schema=[f"p{j}" for j in range(k)]).with_columns(fit.sessions.alias(TIME))
        for fit in fits
    )
    sums = frame.group_by(TIME, maintain_order=True).agg(
        *(pl.col(f"p{j}").sum().pow(2) - pl.col(f"p{j}").pow(2).sum() for j in range(k))
    )
    totals: Floats = sums.select(pl.exclude(TIME).sum()).to_numpy()[0] / len(fits) ** 2
    return totals


def _chart(request: GarchX, fits: Sequence[_Fit]) -> Chart:
    shown = ("group", "term", "estimate", "conf_low", "conf_high", "p_value", "n_obs")
    rows = [
        {"group": term_words(name), "term": fit.symbol, "n_obs": len(fit.sessions)}
        | t_test(float(fit.coefficients[j]), float(fit.std_errors[j]), None)
        for j, name in enumerate(request.x)
        for fit in fits
    ]
    return Chart(
        "coefficients",
        "Change of the log variance, firm by firm",
        pl.DataFrame(rows).select(shown).sort("group", "estimate", maintain_order=True),
        x_title="Change of the log variance per standard deviation",
        note="One firm a row, with its own 95 % interval.",
    )
