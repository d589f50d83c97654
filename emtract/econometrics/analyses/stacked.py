"""Stacked event studies: what follows a shock, against firms that have none in the same sessions."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import polars as pl

from emtract.econometrics.ahead import check_ahead
from emtract.econometrics.estimates import LEVEL, SIGNIFICANCE, EstimateRow, correlation, estimate_row, largest_t, t_row
from emtract.econometrics.finding import Analysis, Chart, Finding, Quantity, difference_of
from emtract.econometrics.regression.covariance import clustered
from emtract.econometrics.rows import open_rows, pick_rows
from emtract.errors import EstimationError, SpecError
from emtract.panel.derive import NUMBER
from emtract.panel.frame import ENTITY, TIME
from emtract.words.codebook import entry
from emtract.words.columns import MEASURED
from emtract.words.names import lower_first, outcome_words, term_name, term_words
from emtract.words.numbers import difference_unit, things

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from emtract.econometrics.estimates import Codes, Floats
    from emtract.ledger import Ledger
    from emtract.panel.frame import Sample

#: Firms, and sessions, with a shock below which clustered errors say nothing.
LEAST: Final = 10
#: Said of shocks that are a mood far from its past.
_CHANCE: Final = (
    " Shocks are read from few posts: cells taken for shocks by chance pull the path towards zero, and no correction for that "
    "is made."
)
_SHOCKS: Final = ("surge_", "slump_")
BEFORE: Final = "before, any session"
AFTER: Final = "after, any session"


@dataclass(frozen=True, kw_only=True)
class StackedEvents(Analysis):
    r"""The path of an outcome around shocks, less the path of firms without a shock in the whole window.

    Attributes
    ----------
    y
        Outcome, a column of firm-sessions.
    shock
        Column that is 1 at a shock, 0 or null elsewhere (where nobody posted, no shock was seen).
    before, after
        First and last session of the window, counted from the shock's.
    cumulated
        Whether the outcome is summed from the session of the shock on (before it: back from the session before it).
    y_scale
        Factor on y.
    where
        Polars SQL condition that picks the shocks that count; the others still make a firm unfit as a control.
    least_controls
        Controls that a session of shocks needs.
    draws, seed
        Of the simulation behind the simultaneous bands and the two joint tests.
    label, sample
        Heading, and name of a sample of firm-sessions.

    Notes
    -----
    Each session s with shocks is an experiment of its own (a stack): treated are the firms with a shock in s and none in the
    `before` sessions before it, controls the firms without any shock from s - before to s + after. Only firms with the outcome
    in every session of the window take part, so that no change of firms passes for an effect. With :math:`T_s` and :math:`C_s`
    treated and controls,

    .. math:: \tau_l = \frac{1}{N} \sum_s \sum_{i \in T_s} (y_{i,s+l} - \bar y_{C_s,s+l}), \quad N = \sum_s |T_s|,

    is the effect on the outcome l sessions after, less the effect in session -1 where the outcome is not cumulated. It is
    the least
    squares estimate of a regression on the stacked rows with effects of each session within a stack (and of each firm within
    a stack, where the outcome is not cumulated), controls weighted to the share of their stack among the treated (Cengiz,
    Dube, Lindner and Zipperer 2019; Wing, Freedman and Hollingsworth 2024). No firm
    serves as control soon after a shock of its own, which is what biases two-way effects where effects differ (Goodman-Bacon
    2021).

    Standard errors come from that regression, clustered by firm and by session of the calendar over all stacks in which a
    firm or a session stands. Degrees of freedom: the fewer of firms and sessions with a shock, less one. The path after a
    shock holds what further shocks of the firm bring. A path before it other than zero says that treated and controls had
    parted already; a flat one does not prove that they would have stayed together.
    """

    y: str
    shock: str
    before: int = 5
    after: int = 10
    cumulated: bool = True
    y_scale: float = 1.0
    where: str | None = None
    least_controls: int = 5
    draws: int = 20_000
    seed: int = 0
    label: str = "Stacked event study"
    sample: str = "firm_sessions"

    def __post_init__(self) -> None:
        if self.before < 2 or self.after < 0 or self.least_controls < 2:
            raise SpecError(
                "a window has at least two sessions before the shock and none fewer than 0 after, and a stack two controls"
            )
        if self.y == self.shock:
            raise SpecError(f"{self.y} is both outcome and shock")

    @cached_property
    def sessions(self) -> tuple[int, ...]:
        """Sessions of the path, counted from the shock's; -1 is the reference and has no estimate."""
        return tuple(session for session in range(-self.before, self.after + 1) if session != -1)

    @property
    def terms(self) -> tuple[str, ...]:
        """`session -5` ... `session 10`, then `before, any session` and `after, any session`."""
        return (*map(session_term, self.sessions), BEFORE, AFTER)

    def describe(self) -> str:
        """Return every choice in words."""
        kind = "summed from the shock on" if self.cumulated else "minus its value in the session before the shock"
        picked = f" Shocks that count: {self.where}." if self.where else ""
        return (
            f"Stacked event study of {lower_first(term_name(self.y))}, {kind}, "
            f"{self.before} sessions before to {self.after} after {self.shock}. "
            f"Treated: a shock, and none in the {self.before} sessions before; controls: no shock in the whole window, at least "
            f"{self.least_controls} a session. Standard errors clustered by firm and session. Bands: sup-t, {self.draws:,} "
            f"draws, seed {self.seed}.{picked}{_CHANCE if _is_read(self.shock) else ''}"
        )

    def run(self, samples: Mapping[str, Sample]) -> Finding:
        """Estimate the path, its bands and both joint tests.

        Raises
        ------
        SpecError
            When the sample lacks a column, or the outcome is known before the shock.
        EstimationError
            When fewer than ten firms or sessions have a shock that can be compared.
        """
        sample = samples[self.sample]
        data, ledger = open_rows(sample, (self.y, self.shock, NUMBER), key=(ENTITY, TIME))
        check_ahead((self.y,), {"shock": (self.shock,)}, self.where)
        grid = _grid(self, data)
        stacks, ledger = _stacks(self, data, grid, ledger)
        path = _path(self, grid, stacks)
        rows, critical = _rows(self, path)
        return Finding(
            estimates=pl.DataFrame(rows, infer_schema_length=None),
            n_obs=path.treated,
            ledger=ledger,
            notes=(
                self.describe(),
                f"{path.treated:,} shocks of {path.firms:,} firms in {path.dates:,} sessions; critical value of the bands "
                f"{critical:.2f}, {path.df} degrees of freedom.",
                _parted(rows),
            ),
            quantities=_quantities(self),
            charts=(_fan(self, rows),),
        )


class _Grid(NamedTuple):
    """The panel as arrays, firms x sessions of the calendar: the outcome, NaN where it is missing, and shocks."""

    firms: list[str]
    first: int
    y: Floats
    shocked: np.ndarray


class _Stack(NamedTuple):
    """A session with shocks: its place in the calendar, and the places of treated firms and controls."""

    at: int
    treated: Codes
    controls: Codes


class _Path(NamedTuple):
    """Estimates and their covariance, shapes (k,) and (k, k), and what is behind them."""

    estimates: Floats
    covariance: Floats
    treated: int
    firms: int
    dates: int

    @property
    def df(self) -> int:
        """Degrees of freedom of the t statistics."""
        return min(self.firms, self.dates) - 1


def session_term(session: int) -> str:
    """Return the term of a session of the path."""
    return f"session {session}"


def _grid(request: StackedEvents, data: pl.DataFrame) -> _Grid:
    firms = data[ENTITY].unique().sort()
    first, last = data.select(pl.col(NUMBER).min(), pl.col(NUMBER).max().alias("last")).row(0)
    place = pl.DataFrame({ENTITY: firms, "place": np.arange(len(firms))})
    rows = data.join(place, on=ENTITY, how="left", maintain_order="left")
    cells = rows["place"].to_numpy(), (rows[NUMBER] - first).to_numpy()
    y, shocked = np.full((len(firms), last - first + 1), np.nan), np.zeros((len(firms), last - first + 1), dtype=bool)
    y[cells] = rows[request.y].cast(pl.Float64).fill_null(np.nan).to_numpy() * request.y_scale
    y[~np.isfinite(y)] = np.nan
    shocked[cells] = (rows[request.shock] == 1).fill_null(value=False).to_numpy()
    return _Grid(firms.to_list(), first, y, shocked)


def _stacks(request: StackedEvents, data: pl.DataFrame, grid: _Grid, ledger: Ledger) -> tuple[list[_Stack], Ledger]:
    """Return the sessions whose shocks can be compared, and count the shocks that cannot."""
    shocks = data.filter(pl.col(request.shock) == 1)
    ledger = ledger.start("shocks", "shocks", shocks.height, f"{request.shock} is 1")
    if shocks.is_empty():
        raise EstimationError(f"{request.shock} is 1 on no row: there is no shock to follow")
    shocks, ledger = pick_rows(shocks, request.where, ledger)
    places = {firm: place for place, firm in enumerate(grid.firms)}
    asked = np.zeros_like(grid.shocked)
    asked[[places[firm] for firm in shocks[ENTITY]], (shocks[NUMBER] - grid.first).to_numpy()] = True
    counts, stacks = dict.fromkeys(("first", "whole", "compared"), 0), []
    for at in np.flatnonzero(asked.any(axis=0)):
        begin, end = int(at) - request.before, int(at) + request.after + 1
        fresh = asked[:, at] & ~grid.shocked[:, max(0, begin) : at].any(axis=1)
        inside = begin >= 0 and end <= grid.y.shape[1]
        whole = np.isfinite(grid.y[:, begin:end]).all(axis=1) if inside else np.zeros(len(grid.y), dtype=bool)
        treated = np.flatnonzero(fresh & whole)
        controls = np.flatnonzero(whole & ~grid.shocked[:, max(0, begin) : end].any(axis=1))
        counts["first"] += int(fresh.sum())
        counts["whole"] += len(treated)
        if len(treated) and len(controls) >= request.least_controls:
            counts["compared"] += len(treated)
            stacks.append(_Stack(int(at), treated, controls))
    reasons = {
        "first": ("first in a while", f"another shock in the {request.before} sessions before"),
        "whole": (
            "with the whole window",
            f"{request.y} is missing in a session of the window, or it leaves the panel",
        ),
        "compared": ("with controls", f"fewer than {request.least_controls} firms without a shock in the window"),
    }
    for key, (name, reason) in reasons.items():
        ledger = ledger.keep(name, counts[key], reason)
    _check(stacks, ledger)
    return stacks, ledger


def _check(stacks: Sequence[_Stack], ledger: Ledger) -> None:
    firms = _firms(stacks)
    if min(firms, len(stacks)) >= LEAST:
        return
    lost = "; ".join(f"{step.name} -{step.dropped:,} ({step.reason})" for step in ledger.steps if step.dropped)
    raise EstimationError(
        f"{firms} firms have shocks that can be compared, in {len(stacks)} sessions: clustered errors need {LEAST} of each "
        f"({lost or 'none was lost'}); shorten the window, or take more firms"
    )


def _weights(request: StackedEvents) -> Floats:
    """Return what each session's effect adds to each estimate of the path, shape (k, l)."""
    window = np.arange(-request.before, request.after + 1)
    out = np.zeros((len(request.sessions), len(window)))
    for row, session in enumerate(request.sessions):
        if not request.cumulated:
            out[row, window == session], out[row, window == -1] = 1.0, -1.0
        elif session >= 0:
            out[row, (window >= 0) & (window <= session)] = 1.0
        else:
            out[row, (window > session) & (window < 0)] = -1.0
    return out


def _path(request: StackedEvents, grid: _Grid, stacks: Sequence[_Stack]) -> _Path:
    treated, controls = (
        np.array([len(part) for part in parts]) for parts in zip(*(s[1:] for s in stacks), strict=True)
    )
    n = int(treated.sum())
    gaps = np.array([hit.mean(axis=0) - calm.mean(axis=0) for hit, calm in _outcomes(request, grid, stacks)])
    effects = treated @ gaps / n
    # The weights of controls give each stack the share of all rows that are treated.
    share = n / (n + controls.sum())
    scores = np.zeros((request.before + request.after + 1, *grid.y.shape))
    for stack, gap, (hit, calm) in zip(stacks, gaps, _outcomes(request, grid, stacks), strict=True):
        apart, weight = gap - effects, len(stack.treated) / (n * len(stack.controls))
        at = np.arange(stack.at - request.before, stack.at + request.after + 1)
        place = np.arange(len(at))[None, :]
        scores[place, stack.treated[:, None], at] += (hit - hit.mean(axis=0) + (1 - share) * apart) / n
        scores[place, stack.controls[:, None], at] -= weight * (calm - calm.mean(axis=0) - share * apart)
    weights = _weights(request)
    firm, session = np.nonzero(np.any(scores != 0, axis=0))
    psi = (weights @ scores[:, firm, session]).T
    codes = [np.unique(levels, return_inverse=True)[1].astype(np.int64) for levels in (firm, session)]
    path = _Path(weights @ effects, clustered(psi, codes), n, _firms(stacks), len(stacks))
    return path._replace(covariance=path.covariance * (path.df + 1) / path.df)


def _firms(stacks: Sequence[_Stack]) -> int:
    return len({firm for stack in stacks for firm in stack.treated.tolist()})


def _outcomes(request: StackedEvents, grid: _Grid, stacks: Sequence[_Stack]) -> Iterator[tuple[Floats, Floats]]:
    """Yield the outcomes of treated firms and of controls in each window, shapes (treated, l) and (controls, l).

    A path that is not summed has an effect of each firm within its stack: its outcomes come less their mean over the window.
    """
    for stack in stacks:
        window = slice(stack.at - request.before, stack.at + request.after + 1)
        hit, calm = (grid.y[part, window] for part in (stack.treated, stack.controls))
        if request.cumulated:
            yield hit, calm
        else:
            yield hit - hit.mean(axis=1, keepdims=True), calm - calm.mean(axis=1, keepdims=True)


def _rows(request: StackedEvents, path: _Path) -> tuple[list[EstimateRow], float]:
    """Return a row a session with its band, then both joint tests; and the critical value of the bands."""
    errors = np.sqrt(np.diag(path.covariance))
    rng = np.random.default_rng(request.seed)
    largest = largest_t(correlation(path.covariance), [path.df], request.draws, rng)
    critical = float(np.quantile(largest, LEVEL))
    out: list[EstimateRow] = []
    for session, value, error in zip(request.sessions, path.estimates, errors, strict=True):
        row = t_row(session_term(session), float(value), float(error), df=path.df, n_obs=path.treated)
        half = max(critical * float(error), float(row["conf_high"] or 0.0) - float(value))
        out.append({**row, "band_low": float(value) - half, "band_high": float(value) + half})
    side = np.array(request.sessions) < 0
    for term, part in ((BEFORE, side), (AFTER, ~side)):
        drawn = largest_t(correlation(path.covariance[np.ix_(part, part)]), [path.df], request.draws, rng)
        statistic = float(np.abs(path.estimates[part] / errors[part]).max())
        p_value = float((1 + (drawn >= statistic).sum()) / (1 + drawn.size))
        joint = estimate_row(term, {"statistic": statistic, "p_value": p_value}, n_obs=path.treated)
        out.append({**joint, "band_low": None, "band_high": None})
    return out, critical


def _parted(rows: Sequence[EstimateRow]) -> str:
    """Say whether treated firms and controls had parted before the shock."""
    p_value = next(float(row["p_value"] or 0.0) for row in rows if row["term"] == BEFORE)
    if p_value < SIGNIFICANCE:
        return (
            f"Treated firms and controls had parted before the shock (p = {p_value:.3f}): what follows cannot be taken for its "
            "effect."
        )
    return (
        "Tested together, the sessions before the shock show no difference between treated firms and controls "
        f"(p = {p_value:.2f}): no proof that there was none."
    )


def _is_read(shock: str) -> bool:
    """Say whether a shock is one of what posts say."""
    base = next((shock.removeprefix(start) for start in _SHOCKS if shock.startswith(start)), "")
    return MEASURED.fullmatch(base) is not None


def _unit(request: StackedEvents) -> str:
    """Return the unit of a difference: of logarithms times a hundred it is per cent."""
    told = entry(request.y)
    is_log = told is not None and told.unit.startswith("log")
    return "per cent" if is_log and request.y_scale == 100 else difference_unit(request.y_scale)


def _quantities(request: StackedEvents) -> dict[str, Quantity]:
    outcome, unit = outcome_words(request.y).removeprefix("same-session "), _unit(request)
    what, hit = f"the {outcome}", f"for firms with {term_words(request.shock)}"
    return {
        session_term(session): difference_of(
            what, hit, f"for firms without, {_when(session, summed=request.cumulated)}", unit
        )
        for session in request.sessions
    }


def _when(session: int, *, summed: bool) -> str:
    """Say a place of the path: `in the session of the shock`, `summed over the session of the shock and 5 after it`."""
    if session == 0:
        return "in the session of the shock"
    if not summed:
        return f"{_sessions(abs(session))} {'before' if session < 0 else 'after'} the shock"
    if session > 0:
        return f"summed over the session of the shock and {session} after it"
    return f"summed back over {_sessions(-1 - session)} before the shock"


def _sessions(n: int) -> str:
    return things(n, "session")


def _fan(request: StackedEvents, rows: Sequence[EstimateRow]) -> Chart:
    columns = ("estimate", "conf_low", "conf_high", "band_low", "band_high")
    path = [
        {"x": session, **{c: row[c] for c in columns}} for session, row in zip(request.sessions, rows, strict=False)
    ]
    path.append({"x": -1, **dict.fromkeys(columns, 0.0)})
    frame = pl.DataFrame(path, infer_schema_length=None).sort("x").with_columns(pl.lit(request.label).alias("line"))
    outcome = outcome_words(request.y).removeprefix("same-session ")
    kind = "summed from the shock on" if request.cumulated else "minus the session before the shock"
    return Chart(
        "fan",
        f"{outcome[:1].upper()}{outcome[1:]}, {kind}",
        frame.select("line", "x", *columns),
        x_title="Sessions from the shock",
        y_title=_unit(request).capitalize(),
        note="Session -1 is the reference. Inner: 95 % intervals, each session on its own. Outer: 95 % bands that hold the path.",
    )
