"""One regression, fully stated. Nothing that moves a standard error has a default."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from emtract.errors import SpecError

Covariance = Literal["unadjusted", "robust", "clustered"]
#: `fixest`: pyfixest's default, which follows R's fixest: K counts regressors and effects, but no effect that is nested in
#: a cluster dimension. `full`: the same, but every effect counts. `none`: no correction, normal critical values.
#: The equations are in `emtract.econometrics.inference`.
SmallSample = Literal["fixest", "full", "none"]
Effect = Literal["symbol", "session"]


@dataclass(frozen=True, kw_only=True)
class Spec:
    """A linear regression on a panel.

    Attributes
    ----------
    y
        Dependent column.
    x
        Regressors of interest, in the order of the table.
    controls
        Further regressors, shown below `x`.
    effects
        Absorbed effects: `symbol`, `session`, or both.
    covariance, clusters, small_sample
        Covariance estimator, its cluster columns (one or two) and the finite-sample rule: no defaults, since packages
        disagree on them by several per cent.
    standardise
        Columns divided by their standard deviation (and centred) on the estimation sample, so that their coefficients
        read per standard deviation.
    y_scale
        Factor on y: 10,000 turns a return into basis points.
    weights
        Column of observation weights; None for least squares.
    where
        Polars SQL condition on the panel that defines the sample, e.g. ``n_posts_market >= 5``; None for all rows.
    label
        Column heading in tables.
    sample
        Name of the study's sample that it is estimated on.
    """

    y: str
    x: tuple[str, ...]
    effects: tuple[Effect, ...]
    covariance: Covariance
    clusters: tuple[str, ...]
    small_sample: SmallSample
    controls: tuple[str, ...] = ()
    standardise: tuple[str, ...] = ()
    y_scale: float = 1.0
    weights: str | None = None
    where: str | None = None
    label: str = ""
    sample: str = "firm_sessions"

    def __post_init__(self) -> None:
        if not self.x:
            raise SpecError("a spec needs at least one regressor in x")
        if len(set(self.regressors)) != len(self.regressors):
            raise SpecError(f"a regressor stands twice in {', '.join(self.regressors)}")
        if self.y in self.regressors:
            raise SpecError(f"{self.y} is both dependent variable and regressor")
        if (self.covariance == "clustered") != bool(self.clusters):
            raise SpecError("name clusters with covariance='clustered', and only then")
        if len(self.clusters) > 2 or len(self.effects) > 2:
            raise SpecError("at most two effects and two cluster dimensions")
        if unknown := [e for e in self.effects if e not in get_args(Effect)]:
            raise SpecError(f"cannot absorb {', '.join(unknown)}: effects are symbol, session, or both")
        for option, known in ((self.covariance, get_args(Covariance)), (self.small_sample, get_args(SmallSample))):
            if option not in known:
                raise SpecError(f"unknown option {option!r}: choose one of {', '.join(known)}")
        if strays := [c for c in self.standardise if c not in self.regressors]:
            raise SpecError(f"standardise names {', '.join(strays)}, which is no regressor of the spec")

    @property
    def samples(self) -> tuple[str, ...]:
        """Samples that it reads: one."""
        return (self.sample,)

    @property
    def terms(self) -> tuple[str, ...]:
        """Terms of its estimates: the regressors."""
        return self.regressors

    @property
    def regressors(self) -> tuple[str, ...]:
        """Regressors of interest, then controls."""
        return (*self.x, *self.controls)
