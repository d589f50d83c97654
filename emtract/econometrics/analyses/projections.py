"""Local projections: how a regressor's coefficient unfolds over the sessions that follow, and whether it comes back."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np
import polars as pl

from emtract.econometrics.columns import check_numbers
from emtract.econometrics.estimates import LEVEL, EstimateRow, correlation, estimate_row, largest_t, t_row
from emtract.econometrics.finding import Analysis, Chart, Finding, Quantity, difference_of, response_of
from emtract.econometrics.left_out import Behind
from emtract.econometrics.measurement.measured import UNREAD, measure, measured_or_why
from emtract.econometrics.newey_west import rule_of_thumb_lags
from emtract.econometrics.regression.covariance import joint_covariance, thompson
from emtract.econometrics.regression.design import codes, count
from emtract.econometrics.regression.estimate import Influence, estimate, influence
from emtract.econometrics.regression.sample import estimation_sample
from emtract.econometrics.regression.spec import check_options
from emtract.errors import SpecError
from emtract.panel.frame import ENTITY, TIME, Sample
from emtract.words.names import lower_first, outcome_words, term_name, term_words
from emtract.words.numbers import difference_unit, things

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from emtract.econometrics.estimates import Floats
    from emtract.econometrics.measurement.measured import Measured
    from emtract.econometrics.regression.result import Result
    from emtract.econometrics.regression.spec import Spec
    from emtract.ledger import Ledger


Overlap = Literal["thompson", "driscoll_kraay", "spec"]


@dataclass(frozen=True, kw_only=True)
class LocalProjection(Analysis):
    r"""One regression a horizon: the outcome k sessions later, or cumulated over k sessions, on regressors of today.

    Attributes
    ----------
    spec
        The regression; its y is the column whose leads, or cumulated values, are the outcomes, each on its own sample.
    horizons
        Sessions ahead. The panel must have the columns `{y}_lead_{k}` (see `Lead`), or `{y}_cumulated_{k}` (`Cumulated`).
    cumulated
        Whether outcomes are cumulated.
    reversal
        Two horizons: whether the cumulated responses at the two differ; None for no test.
    overlap
        What cumulated outcomes, which share sessions, do to standard errors. ``thompson``: two-way clusters by firm and session
        plus products between firms up to `lags` sessions apart. ``driscoll_kraay``: any two rows up to `lags` sessions apart.
        ``spec``: the covariance of the spec, whatever the horizon.
    lags
        Lags behind `overlap` of outcomes that span several sessions; None for k - 1, the sessions that two of them can share,
        plus floor(4 (T / 100)^(2/9)), since Bartlett weights fade. An outcome of one session has none.
    draws, seed
        Of the simulation behind simultaneous bands.
    label
        Heading.

    Notes
    -----
    .. math:: y_{i,t}^{(k)} = \sum_j \beta_j^{(k)} x_{jit} + \alpha_i^{(k)} + \delta_t^{(k)} + u_{it}^{(k)}

    (Jorda 2005). Bands are sup-t (Montiel Olea and Plagborg-Moeller 2019): estimate plus and minus c standard errors, where c is
    the quantile of the largest of the horizons' t statistics under their joint distribution, so that the band holds the whole
    path with the stated probability. Correlations between horizons are between sums of influences (of rows on coefficients)
    over the clusters of the spec.

    Few spans of k sessions fit into a sample, however many rows it has: of cumulated outcomes the t distribution has T / k - 1
    degrees of freedom where the spec's rule gives more.

    Firm effects bias the response to a regressor that persists towards zero, by a share of the order k / T (Nickell 1981; Mei,
    Sheng and Shi 2023): nothing where there is no effect, and small beside the standard error where T is a few hundred.

    The reversal is the coefficient in a regression of the difference of the two outcomes, the return between the two horizons:
    on the rows that have both it equals the difference of the coefficients, and its standard error is the difference's.
    """

    spec: Spec
    horizons: tuple[int, ...] = tuple(range(1, 21))
    cumulated: bool = True
    reversal: tuple[int, int] | None = None
    overlap: Overlap = "thompson"
    lags: int | None = None
    draws: int = 20_000
    seed: int = 0
    label: str = "Local projection"

    def __post_init__(self) -> None:
        if not self.horizons or min(self.horizons) < 1 or list(self.horizons) != sorted(set(self.horizons)):
            raise SpecError("horizons are sessions ahead, 1 or more, each once and in order")
        check_options((self.overlap, Overlap))
        if self.overlap == "thompson" and set(self.spec.clusters) != {ENTITY, TIME}:
            raise SpecError(
                "overlap='thompson' extends two-way clusters: name clusters=('symbol', 'session') in the spec"
            )
        if self.spec.covariance == "unadjusted" or self.spec.bootstrap != "none":
            raise SpecError("bands over horizons need a clustered or kernel covariance, without bootstrap")
        early, late = self.reversal or (0, 1)
        if early >= late or (self.reversal and not (self.cumulated and set(self.reversal) <= set(self.horizons))):
            raise SpecError("a reversal compares two of the horizons, the earlier first, of cumulated outcomes")

    @property
    def samples(self) -> tuple[str, ...]:
        """Samples that it reads: one."""
        return (self.spec.sample,)

    @property
    def terms(self) -> tuple[str, ...]:
        """For each regressor: `happy_pre_open, 5 sessions` a horizon, `..., any horizon`, `..., reversal 5 to 20`."""
        return tuple(term for x in self.spec.x for term in self._terms(x))

    def _terms(self, x: str) -> tuple[str, ...]:
        turn = () if self.reversal is None else (_reversal_term(x, self.reversal),)
        return (*(horizon_term(x, k) for k in self.horizons), f"{x}, any horizon", *turn)

    def outcome(self, horizon: int) -> str:
        """Return the column that is the outcome at a horizon."""
        return f"{self.spec.y}_{'cumulated' if self.cumulated else 'lead'}_{horizon}"

    def describe(self) -> str:
        """Return every choice in words."""
        spec, kind = self.spec, "cumulated over" if self.cumulated else "at"
        lags = "k - 1 + floor(4 (T/100)^(2/9)) sessions" if self.lags is None else f"{self.lags} sessions"
        errors = {
            "thompson": f"clustered by firm and session, with covariances between firms up to {lags} apart (Thompson 2011)",
            "driscoll_kraay": f"Driscoll and Kraay's, rows up to {lags} apart",
            "spec": f"{spec.covariance}{' by ' + ' and '.join(spec.clusters) if spec.clusters else ''} at every horizon",
        }[self.overlap]
        effects = f" with {' and '.join(spec.effects)} effects" if spec.effects else ""
        turn = ""
        if self.reversal is not None:
            turn = f" Reversal: the response at {self.reversal[1]} minus at {self.reversal[0]} sessions, on rows with both."
        picked = f" Rows: {spec.where}." if spec.where else ""
        given = ", ".join(spec.controls) or "nothing else"
        return (
            f"Local projections of {lower_first(term_name(spec.y))} {kind} {_listed(self.horizons)} sessions ahead on "
            f"{', '.join(spec.x)}, given {given}{effects}, each horizon on its own rows. "
            f"Standard errors: {errors}; finite-sample rule {spec.small_sample}, "
            f"at most T/k - 1 degrees of freedom where cumulated. Bands: sup-t over horizons, {self.draws:,} draws, "
            f"seed {self.seed}.{turn}{picked}"
        )

    def run(self, samples: Mapping[str, Sample]) -> Finding:
        """Estimate every horizon, the bands and the reversal.

        Raises
        ------
        SpecError
            When the panel lacks the outcome of a horizon, or has several rows of a firm-session.
        EstimationError
            When a horizon cannot be estimated.
        """
        sample = _narrow(self, samples[self.spec.sample])
        length = _length(self, sample)
        fits = [influence(self.at(self.outcome(k), k, length), sample) for k in self.horizons]
        paths = _paths(self, fits)
        rows = [row for path in paths for row in _path_rows(self, path)]
        ledger = _ledger(self, fits)
        if self.reversal is not None:
            turned, fit = _reversals(self, sample)
            ledger = _counted(ledger, f"rows at {self.reversal[0]} and {self.reversal[1]} sessions", fit.result)
            rows = [row for x in self.spec.x for row in (*(r for r in rows if r["x"] == x), turned[x])]
        frame = pl.DataFrame(rows, infer_schema_length=None).drop("x")
        return Finding(
            estimates=frame,
            n_obs=max(fit.result.n_obs for fit in fits),
            ledger=ledger,
            notes=(self.describe(), _band_note(paths)),
            quantities=_quantities(self),
            charts=(_fan(self, paths),),
        )

    def measure(self, samples: Mapping[str, Sample], finding: Finding) -> Iterator[tuple[str, Measured | str]]:
        """Yield the first and the last horizon and the reversal's two, corrected, where the spec asks for it."""
        if self.spec.correct in ("reading", "both"):
            yield "", UNREAD
        if self.spec.correct != "mood":
            return
        sample = _narrow(self, samples[self.spec.sample])
        length = _length(self, sample)
        for k in sorted({self.horizons[0], self.horizons[-1], *(self.reversal or ())}):
            label = f"{self.label}, {_sessions(k)}"
            reported = estimate(replace(self.at(self.outcome(k), k, length), label=label), sample)
            rows = finding.estimates.filter(pl.col("term").is_in([horizon_term(x, k) for x in self.spec.x]))
            told = rows.with_columns(pl.Series("term", self.spec.x))
            overlap = self.lags_at(k, length) if self.overlap == "thompson" else 0
            df = self.df_at(k, length, reported.critical_df)
            found = measured_or_why(partial(measure, reported, sample, estimates=told, overlap=overlap, df=df))
            yield _sessions(k), found

    def behind(self, term: str, samples: Mapping[str, Sample]) -> Behind | None:
        """Return the regression of one horizon, or of a reversal; see `Analysis.behind`."""
        sample = _narrow(self, samples[self.spec.sample])
        length = _length(self, sample)
        for x in self.spec.x:
            for k in self.horizons:
                if term == horizon_term(x, k):
                    return Behind(spec=self.at(self.outcome(k), k, length), sample=sample, weights={x: 1.0})
            if self.reversal is not None and term == _reversal_term(x, self.reversal):
                spec, sample = _between(self, self.reversal, sample, length)
                return Behind(spec=spec, sample=sample, weights={x: 1.0})
        return None

    def at(self, outcome: str, span: int, n_sessions: int) -> Spec:
        """Return the spec of an outcome that spans so many sessions.

        Parameters
        ----------
        outcome
            Column that takes the place of y.
        span
            Sessions from the first to the last that the outcome tells of: k for one cumulated over k sessions.
        n_sessions
            Sessions of the sample, for the rule of thumb behind lags that are not stated.
        """
        spec = replace(self.spec, y=outcome)
        if self.overlap == "driscoll_kraay":
            return replace(spec, covariance="driscoll_kraay", clusters=(), lags=self.lags_at(span, n_sessions))
        return spec

    def lags_at(self, span: int, n_sessions: int) -> int:
        """Return the lags for an outcome that spans so many sessions, in a sample of so many."""
        if not self.cumulated or span == 1:
            return 0
        return span - 1 + rule_of_thumb_lags(n_sessions) if self.lags is None else self.lags

    def df_at(self, span: int, n_sessions: int, df: int | None) -> int | None:
        """Return degrees of freedom: the spec's, or the spans that fit into the sample less one if fewer.

        Parameters
        ----------
        span
            Sessions that the outcome spans.
        n_sessions
            Sessions of the sample.
        df
            Degrees of freedom of the spec's own t distribution; None for the normal, which stays.
        """
        if df is None or not self.cumulated:
            return df
        return max(1, min(df, n_sessions // span - 1))


class _Path(NamedTuple):
    """A regressor over horizons: estimates, standard errors and degrees of freedom, shape (h,), and draws of the largest t."""

    x: str
    estimates: Floats
    std_errors: Floats
    dfs: Sequence[int | None]
    n_obs: Sequence[int]
    largest: Floats


def horizon_term(x: str, horizon: int) -> str:
    """Return the term of a regressor at a horizon."""
    return f"{x}, {_sessions(horizon)}"


def _reversal_term(x: str, reversal: tuple[int, int]) -> str:
    return f"{x}, reversal {reversal[0]} to {reversal[1]}"


def _narrow(request: LocalProjection, sample: Sample) -> Sample:
    """Check that every outcome is there, and that a firm-session is one row, by which horizons are put side by side."""
    check_numbers((ENTITY, TIME), (), None, sample, key=(ENTITY, TIME))
    outcomes = [request.outcome(k) for k in request.horizons]
    if missing := [column for column in outcomes if column not in sample.data.columns]:
        transform = "Cumulated" if request.cumulated else "Lead"
        raise SpecError(
            f"the panel has no column {', '.join(missing)}: name {transform}({request.spec.y!r}, horizons) in the study's derive"
        )
    return Sample(sample.data, sample.ledger, sample.settings, sample.unit, sample.noise)


def _length(request: LocalProjection, sample: Sample) -> int:
    """Count the sessions of the rows of the shortest horizon: all that any horizon has."""
    rows, _ = estimation_sample(replace(request.spec, y=request.outcome(request.horizons[0])), sample)
    return rows[TIME].n_unique()


def _paths(request: LocalProjection, fits: Sequence[Influence]) -> list[_Path]:
    """Return each regressor's path, with the joint distribution of its horizons."""
    rows = pl.concat(fit.rows for fit in fits).unique().sort(ENTITY, TIME)
    numbered = rows.select(ENTITY, TIME).with_row_index("row")
    places = [
        fit.rows.join(numbered, on=[ENTITY, TIME], how="left", maintain_order="left")["row"].to_numpy() for fit in fits
    ]
    length = rows[TIME].n_unique()
    dfs = [request.df_at(k, length, fit.result.critical_df) for k, fit in zip(request.horizons, fits, strict=True)]
    rng = np.random.default_rng(request.seed)
    out = []
    for j, x in enumerate(request.spec.x):
        psi = np.zeros((rows.height, len(fits)))
        for h, (fit, place) in enumerate(zip(fits, places, strict=True)):
            psi[place, h] = fit.psi[:, j]
        plain = np.array([fit.result.std_errors[j] for fit in fits])
        errors = _errors(request, psi, rows, request.horizons, plain)
        joint = joint_covariance(fits[-1].result.spec, psi, rows, fits[-1].result.lags or 0)
        largest = largest_t(correlation(joint), dfs, request.draws, rng)
        estimates = np.array([fit.result.coefficients[j] for fit in fits])
        out.append(_Path(x, estimates, errors, dfs, [fit.result.n_obs for fit in fits], largest))
    return out


def _errors(request: LocalProjection, psi: Floats, rows: pl.DataFrame, spans: Sequence[int], plain: Floats) -> Floats:
    """Return standard errors of columns of influences whose outcomes span so many sessions; `plain` are the spec's own.

    Notes
    -----
    Thompson's sum is noisier than the sum of the clusters alone, and need not be positive: the larger stands.
    """
    if request.overlap != "thompson":
        return plain
    firm, session = codes(rows, ENTITY), codes(rows, TIME)
    out = plain.copy()
    for h, span in enumerate(spans):
        if lags := request.lags_at(span, count(session)):
            variance = float(thompson(psi[:, [h]], firm, session, lags)[0, 0])
            out[h] = np.sqrt(max(variance, plain[h] ** 2))
    return out


def _path_rows(request: LocalProjection, path: _Path) -> list[EstimateRow]:
    """Return one row a horizon with its band, and the test that the response is zero at every horizon."""
    critical = float(np.quantile(path.largest, LEVEL))
    out = []
    columns = (request.horizons, path.estimates, path.std_errors, path.dfs, path.n_obs)
    for k, value, error, df, n_obs in zip(*columns, strict=True):
        row = t_row(horizon_term(path.x, k), float(value), float(error), df=df, n_obs=n_obs)
        # Draws differ from the quantile of one t by chance: a band is never narrower than the interval in it.
        half = max(critical * float(error), float(row["conf_high"] or 0.0) - float(value))
        band = {"band_low": float(value) - half, "band_high": float(value) + half}
        out.append({"x": path.x, **row, **band})
    largest = float(np.abs(path.estimates / path.std_errors).max())
    p_value = float((1 + (path.largest >= largest).sum()) / (1 + path.largest.size))
    found = {"statistic": largest, "p_value": p_value}
    joint = estimate_row(f"{path.x}, any horizon", found, n_obs=max(path.n_obs))
    return [*out, {"x": path.x, **joint, "band_low": None, "band_high": None}]


def _between(request: LocalProjection, reversal: tuple[int, int], sample: Sample, length: int) -> tuple[Spec, Sample]:
    """The regression of what lies between two horizons, and the sample that has it."""
    early, late = reversal
    name = f"{request.spec.y}_between_{early}_and_{late}"
    between = (pl.col(request.outcome(late)) - pl.col(request.outcome(early))).alias(name)
    return request.at(name, late - early, length), replace(sample, data=sample.data.with_columns(between))


def _reversals(request: LocalProjection, sample: Sample) -> tuple[dict[str, EstimateRow], Influence]:
    """Return each regressor's row for the difference between two horizons, and the fit behind them."""
    early, late = request.reversal or (0, 0)
    span, length = late - early, _length(request, sample)
    fit = influence(*_between(request, (early, late), sample, length))
    k = len(request.spec.x)
    errors = _errors(request, fit.psi[:, :k], fit.rows, [span] * k, fit.result.std_errors[:k])
    out = {}
    for j, x in enumerate(request.spec.x):
        estimate, df = float(fit.result.coefficients[j]), request.df_at(span, length, fit.result.critical_df)
        row = t_row(
            _reversal_term(x, (early, late)),
            estimate,
            float(errors[j]),
            df=df,
            n_obs=fit.result.n_obs,
        )
        out[x] = {"x": x, **row, "band_low": None, "band_high": None}
    return out, fit


def _ledger(request: LocalProjection, fits: Sequence[Influence]) -> Ledger:
    """Return the ledger of the first horizon, then a count of the rows of each further one, with what its own ledger says."""
    ledger = fits[0].result.ledger
    for k, fit in zip(request.horizons[1:], fits[1:], strict=True):
        ledger = _counted(ledger, f"rows at {_sessions(k)}", fit.result)
    return ledger


def _counted(ledger: Ledger, name: str, result: Result) -> Ledger:
    first, *others = result.ledger.steps
    lost = "; ".join(f"{step.name} \u2212{step.dropped:,} ({step.reason})" for step in others if step.dropped)
    return ledger.start(name, first.unit, result.n_obs, f"of {first.rows_out:,}; {lost or 'none is lost'}")


def _sessions(k: int) -> str:
    return things(k, "session")


def _listed(horizons: Sequence[int]) -> str:
    first, last = horizons[0], horizons[-1]
    consecutive = len(horizons) > 2 and len(horizons) == last - first + 1
    return f"{first} to {last}" if consecutive else ", ".join(map(str, horizons))


def _band_note(paths: Sequence[_Path]) -> str:
    values = ", ".join(f"{np.quantile(path.largest, LEVEL):.2f} ({path.x})" for path in paths)
    return f"Critical values of the simultaneous bands: {values}. `any horizon` tests that the whole path is zero."


def _quantities(request: LocalProjection) -> dict[str, Quantity]:
    spec, unit = request.spec, difference_unit(request.spec.y_scale)
    outcome = outcome_words(spec.y).removeprefix("same-session ")
    out = {}
    for x in spec.x:
        scaled = x in spec.standardise
        step = f"{'a standard deviation' if scaled else 'a unit'} of {term_words(x)}"
        for k in request.horizons:
            span = ("of the session" if k == 1 else f"of the {k} sessions") if request.cumulated else _sessions(k)
            later = (
                f"over the next {'session' if k == 1 else f'{k} sessions'}"
                if request.cumulated
                else f"{_sessions(k)} later"
            )
            told = f"the {outcome} {span} after {step}"
            out[horizon_term(x, k)] = response_of(told, x, f"{outcome} {later}", unit, per_sd=scaled)
        if request.reversal is not None:
            early, late = (f"after {_sessions(k)}" for k in request.reversal)
            what = f"the response of the {outcome} to {step}"
            out[_reversal_term(x, request.reversal)] = difference_of(what, late, early, unit)
    return out


def _fan(request: LocalProjection, paths: Sequence[_Path]) -> Chart:
    frames = []
    for path in paths:
        rows = pl.DataFrame(_path_rows(request, path)[:-1]).with_columns(
            pl.Series("x", request.horizons), pl.lit(term_words(path.x)).alias("line")
        )
        frames.append(rows.select("line", "x", "estimate", "conf_low", "conf_high", "band_low", "band_high"))
    kind = "Cumulated response" if request.cumulated else "Response"
    unit = difference_unit(request.spec.y_scale)
    return Chart(
        "fan",
        f"{kind} of the {outcome_words(request.spec.y).removeprefix('same-session ')}",
        pl.concat(frames),
        x_title="Sessions ahead",
        y_title=unit.capitalize(),
        note="Inner: 95 % intervals, each horizon on its own. Outer: 95 % bands that hold the whole path.",
    )
