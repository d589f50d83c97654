"""The rules of inference of one result in words, as at the foot of a table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from emtract.econometrics.regression.wild import FEW_CLUSTERS
from emtract.words.codebook import BY
from emtract.words.names import term_words

if TYPE_CHECKING:
    from emtract.econometrics.regression.result import Result

_PLAIN: Final = {"unadjusted": "assume homoskedastic errors", "robust": "are robust to heteroskedasticity"}
_KERNELS: Final = {
    "driscoll_kraay": "are those of Driscoll and Kraay (1998)",
    "newey_west": "are those of Newey and West (1987)",
}
_FACTORS: Final = {
    "unadjusted": "n/(n - K)",
    "robust": "n/(n - K)",
    "clustered": "(n - 1)/(n - K) times G/(G - 1)",
    "driscoll_kraay": "(n - 1)/(n - K) times T/(T - 1)",
    "newey_west": "(n - 1)/(n - K) times T/(T - 1)",
}
_MULTIPLIERS: Final = {"rademacher": "Rademacher weights", "webb": "Webb's six-point weights"}


def inference_notes(result: Result) -> tuple[str, ...]:
    """Return sentences: standard errors, finite-sample rule, few clusters or the bootstrap, and what was cut."""
    sayings = (_errors, _small_sample, _few, _cut, _left, _ahead)
    return tuple(note for saying in sayings if (note := saying(result)))


def _ahead(result: Result) -> str:
    if not result.spec.looks_ahead:
        return ""
    return "It looks ahead on purpose: what explains may be known only after the outcome."


def _left(result: Result) -> str:
    if not result.left_out:
        return ""
    told = "; ".join(f"{term_words(name)}, since {why}" for name, why in result.left_out.items())
    return f"Left out: {told}."


def _errors(result: Result) -> str:
    spec = result.spec
    if spec.covariance in _PLAIN:
        return f"Standard errors {_PLAIN[spec.covariance]}."
    if spec.covariance in _KERNELS:
        rule = "as stated" if spec.lags is not None else "floor(4 (T/100)^(2/9))"
        return (
            f"Standard errors {_KERNELS[spec.covariance]}: Bartlett kernel over {spec.time}, {result.lags} lags ({rule}), "
            f"T = {result.n_levels[spec.time]:,}."
        )
    sizes = " and ".join(f"{cluster.replace(BY, ' by ')} ({result.n_levels[cluster]:,})" for cluster in spec.clusters)
    return f"Standard errors are clustered by {sizes}."


def _small_sample(result: Result) -> str:
    spec = result.spec
    if spec.small_sample == "none":
        return "No finite-sample correction; normal critical values."
    nested = "effects nested in a cluster not counted in K" if spec.small_sample == "fixest" else "every effect in K"
    counted = f"; {nested}" if spec.effects and spec.clusters else ""
    return (
        f"Finite-sample factor {_FACTORS[spec.covariance]}{counted}; critical values of t with {result.critical_df:,} "
        "degrees of freedom."
    )


def _few(result: Result) -> str:
    spec = result.spec
    smallest = min((result.n_levels[cluster] for cluster in spec.clusters), default=FEW_CLUSTERS)
    if result.wild:
        return (
            f"P-values and intervals come from a wild cluster bootstrap with the null imposed, {spec.draws:,} draws of "
            f"{_MULTIPLIERS[result.wild[0].multipliers]} over {smallest:,} clusters (seed {spec.seed}); intervals invert "
            "the test."
        )
    if smallest < FEW_CLUSTERS:
        return f"With {smallest} clusters, fewer than {FEW_CLUSTERS}, t tests may reject too often; no bootstrap was asked for."
    return ""


def _cut(result: Result) -> str:
    if not result.spec.winsorise:
        return ""
    share = f"{100 * result.spec.winsor:g} %"
    return f"{', '.join(result.spec.winsorise)} winsorised at {share} in each tail of the estimation sample."
