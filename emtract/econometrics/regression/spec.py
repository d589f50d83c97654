"""One regression, fully stated. Nothing that moves a standard error of a panel has a default."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property
from typing import Final, Literal, get_args

from emtract.errors import SpecError
from emtract.words.columns import BY

#: `driscoll_kraay` and `newey_west` take the Bartlett kernel over the column `time`, up to `lags`.
Covariance = Literal["unadjusted", "robust", "clustered", "driscoll_kraay", "newey_west"]
#: `fixest`: pyfixest's default, which follows R's fixest: K counts regressors and effects, but no effect that is nested in
#: a cluster dimension. `full`: the same, but every effect counts. `none`: no correction, normal critical values.
#: The equations are in `emtract.econometrics.regression.covariance`.
SmallSample = Literal["fixest", "full", "none"]
#: `auto`: pyfixest for many rows or more than two effects, else linearmodels; see `emtract.econometrics.regression.absorb`.
Engine = Literal["auto", "linearmodels", "pyfixest"]
#: `auto`: wild where a cluster dimension has fewer clusters than `emtract.econometrics.regression.wild.FEW_CLUSTERS`, else none.
Bootstrap = Literal["none", "wild", "auto"]
#: `mood`: regressors that are means of posts are corrected for the few posts behind each, beside the plain estimate, and
#: for both where the study is given a misreading. `reading`: for how its scorer misreads the posts of a cell. `both`: for that,
#: and for the few posts. See `emtract.econometrics.measurement`.
Correct = Literal["none", "mood", "reading", "both"]

#: Covariances that need a time column.
KERNELS: Final = ("driscoll_kraay", "newey_west")


@dataclass(frozen=True, kw_only=True)
class Spec:
    """A linear regression on a sample.

    Attributes
    ----------
    y
        Dependent column.
    x
        Regressors of interest, in the order of the table. ``a:b`` is the product of two columns, formed on the
        estimation sample after those named in `standardise` are standardised.
    controls
        Further regressors, shown below `x`.
    effects
        Absorbed effects: any columns, e.g. ``("symbol", "session")``; ``a:b`` has one level for each combination, e.g.
        ``symbol:month``. More than two need pyfixest.
    covariance, clusters, small_sample
        Covariance estimator, its cluster columns (one or two; ``a:b`` as in `effects`) and the finite-sample rule: no
        defaults, since packages disagree on them by several per cent.
    standardise
        Columns divided by their standard deviation (and centred) on the estimation sample, so that their coefficients
        read per standard deviation; a column that only stands in a product may be named too.
    winsorise, winsor
        Columns (of y, regressors or parts of products) whose values beyond the quantiles `winsor` and 1 - `winsor` of
        the estimation sample are set to these quantiles.
    y_scale
        Factor on y: 10,000 turns a return into basis points.
    weights
        Column of observation weights; None for least squares.
    where
        Polars SQL condition on the sample that picks rows, e.g. ``n_posts_market >= 5`` or ``session >= '2020-03-01'``; None
        for all rows.
    lags
        Last lag of the Bartlett kernel of `driscoll_kraay` and `newey_west`; None for floor(4 (T / 100)^(2/9)).
    time
        Column by which those kernels order rows; distinct values in order are one step apart.
    bootstrap, draws, seed
        `wild` takes p-values and intervals from a wild cluster bootstrap, `auto` does so where clusters are few.
    engine
        Library that absorbs the effects; both give the same numbers.
    label
        Column heading in tables.
    sample
        Name of the study's sample that it is estimated on.
    looks_ahead
        Whether it means to read columns that are known only after its outcome, as a placebo does; see
        `emtract.econometrics.ahead`.
    correct
        What moods are corrected for, beside the plain estimate: the few posts behind each cell, how they are misread, or both;
        see `emtract.econometrics.measurement.correct`.

    Examples
    --------
    >>> from dataclasses import replace
    >>> from emtract.study import Spec
    >>> spec = Spec(
    ...     y="return_open_close",
    ...     x=("valence_market",),
    ...     effects=("symbol", "session"),
    ...     covariance="clustered",
    ...     clusters=("symbol", "session"),
    ...     small_sample="fixest",
    ...     standardise=("valence_market",),
    ...     y_scale=1e4,
    ... )
    >>> spec.regressors
    ('valence_market',)
    >>> replace(spec, controls=("attention_market",), where="session >= '2015-01-01'").regressors
    ('valence_market', 'attention_market')
    """

    y: str
    x: tuple[str, ...]
    effects: tuple[str, ...]
    covariance: Covariance
    clusters: tuple[str, ...]
    small_sample: SmallSample
    controls: tuple[str, ...] = ()
    standardise: tuple[str, ...] = ()
    winsorise: tuple[str, ...] = ()
    winsor: float = 0.01
    y_scale: float = 1.0
    weights: str | None = None
    where: str | None = None
    lags: int | None = None
    time: str = "session"
    bootstrap: Bootstrap = "none"
    draws: int = 999
    seed: int = 0
    engine: Engine = "auto"
    label: str = ""
    sample: str = "firm_sessions"
    looks_ahead: bool = False
    correct: Correct = "none"

    def __post_init__(self) -> None:
        check_options(
            (self.covariance, Covariance),
            (self.small_sample, SmallSample),
            (self.bootstrap, Bootstrap),
            (self.engine, Engine),
            (self.correct, Correct),
        )
        self._check_regressors()
        self._check_inference()
        if self.engine == "linearmodels" and len(self.effects) > 2:
            raise SpecError("linearmodels absorbs at most two effects: choose engine='pyfixest'")

    def _check_regressors(self) -> None:
        if not self.x:
            raise SpecError("a spec needs at least one regressor in x")
        if len(set(self.regressors)) != len(self.regressors):
            raise SpecError(f"a regressor stands twice in {', '.join(self.regressors)}")
        if self.y in self.regressors:
            raise SpecError(f"{self.y} is both dependent variable and regressor")
        if deep := [name for name in self.regressors if len(parts(name)) > 2]:
            raise SpecError(f"{deep[0]} multiplies more than two columns: form the product of two in the sample first")
        if strays := [c for c in self.standardise if c not in (*self.regressors, *self.sources)]:
            raise SpecError(f"standardise names {', '.join(strays)}, which is no regressor of the spec")
        if strays := [c for c in self.winsorise if c not in (self.y, *self.sources)]:
            raise SpecError(f"winsorise names {', '.join(strays)}, which is neither y nor a regressor's column")
        if not 0 < self.winsor < 0.5:
            raise SpecError(f"winsor={self.winsor} cuts no tail: name a share between 0 and 0.5, such as 0.01")

    def _check_inference(self) -> None:
        if (self.covariance == "clustered") != bool(self.clusters):
            raise SpecError("name clusters with covariance='clustered', and only then")
        if len(self.clusters) > 2:
            raise SpecError("at most two cluster dimensions")
        for kind, names in (("effect", self.effects), ("cluster", self.clusters)):
            if len(set(names)) != len(names) or not all(part for name in names for part in parts(name)):
                raise SpecError(f"a {kind} is empty or stands twice in {names}")
        if self.lags is not None and (self.covariance not in KERNELS or self.lags < 0):
            raise SpecError(f"lags={self.lags} needs covariance='newey_west' or 'driscoll_kraay', and at least 0 lags")
        if self.bootstrap == "wild" and self.covariance != "clustered":
            raise SpecError("a wild bootstrap needs clusters: choose covariance='clustered', or bootstrap='auto'")
        if self.bootstrap != "none" and self.draws < 99:
            raise SpecError(f"draws={self.draws} are too few for a wild bootstrap: name at least 99")

    @property
    def samples(self) -> tuple[str, ...]:
        """Samples that it reads: one."""
        return (self.sample,)

    @property
    def terms(self) -> tuple[str, ...]:
        """Terms of its estimates: the regressors."""
        return self.regressors

    def per_sd(self, term: str) -> bool:
        """Whether a coefficient reads per standard deviation: of its column, or of the first of the two that it multiplies."""
        return not {term, parts(term)[0]}.isdisjoint(self.standardise)

    @cached_property
    def regressors(self) -> tuple[str, ...]:
        """Regressors of interest, then controls."""
        return (*self.x, *self.controls)

    @cached_property
    def sources(self) -> tuple[str, ...]:
        """Columns that the regressors are made of, each once: products taken apart."""
        return columns_of(self.regressors)


def check_options(*options: tuple[str, object]) -> None:
    """Raise SpecError at the first option that is none of its `Literal`; the message names the closest, and all there are."""
    for option, known in options:
        if option not in (choices := get_args(known)):
            near = get_close_matches(str(option), choices, n=1)
            told = f"did you mean {near[0]!r}? It is" if near else "choose"
            raise SpecError(f"unknown option {option!r}: {told} one of {', '.join(map(str, choices))}")


def parts(name: str) -> tuple[str, ...]:
    """Return the columns of a regressor, effect or cluster: ``a:b`` has two."""
    return tuple(name.split(BY))


def columns_of(names: tuple[str, ...]) -> tuple[str, ...]:
    """Return the columns of several, each once."""
    return tuple(dict.fromkeys(part for name in names for part in parts(name)))
