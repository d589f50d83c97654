"""A regression in words: its design as a paper would print it, the foot of a table, and the rules that its estimate followed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from emtract.econometrics.regression.spec import KERNELS
from emtract.econometrics.regression.wild import FEW_CLUSTERS, TOO_FEW_CLUSTERS
from emtract.panel.firm_sessions import FIRM_SESSIONS
from emtract.words.columns import BY, WINDOW_NAMES
from emtract.words.names import effect_name, level_name, listed, lower_first, term_name, term_words, windows_of, words
from emtract.words.numbers import unit_name

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from emtract.econometrics.regression.result import Result
    from emtract.econometrics.regression.spec import Spec

# The spaces inside a formula or a threshold do not break.
STARS: Final = "***\u00a0p\u00a0<\u00a00.01, **\u00a0p\u00a0<\u00a00.05, *\u00a0p\u00a0<\u00a00.10."
_SCALE: Final = (
    "each cluster dimension is scaled by G/(G\u00a0\u2212\u00a01) with the smallest G, t(G\u00a0\u2212\u00a01) critical values, "
    "singletons dropped"
)
_SMALL_SAMPLE: Final = {
    "fixest": f"the small-sample rule of fixest (K counts effects that are not nested in a cluster, {_SCALE})",
    "full": f"the small-sample rule of fixest with every effect counted in K ({_SCALE})",
    "none": "no small-sample correction and normal critical values",
}
_PLAIN: Final = {"unadjusted": "assume homoskedastic errors", "robust": "are robust to heteroskedasticity"}
_COVARIANCE: Final = {
    **_PLAIN,
    "driscoll_kraay": "are Driscoll and Kraay's, robust to dependence across firms and over {time}",
    "newey_west": "are Newey and West's, robust to dependence over {time}",
}
_LAGS: Final = "floor(4\u00a0(T/100)^(2/9)) lags"
_KERNELS: Final = {
    "driscoll_kraay": "follow Driscoll and Kraay (1998)",
    "newey_west": "follow Newey and West (1987)",
}
_FACTORS: Final = {
    "unadjusted": "n/(n - K)",
    "robust": "n/(n - K)",
    "clustered": "(n - 1)/(n - K) times G/(G - 1)",
    "driscoll_kraay": "(n - 1)/(n - K) times T/(T - 1)",
    "newey_west": "(n - 1)/(n - K) times T/(T - 1)",
}
_MULTIPLIERS: Final = {"rademacher": "Rademacher weights", "webb": "Webb's six-point weights"}
#: A note that is counted: so many clusters, and how their p-values come about.
_CLUSTERS: Final = re.compile(r"(\d[\d,]*)( [^:]+: p-values .*)")
_ENGINES: Final = {"linearmodels": "Estimated with linearmodels.", "pyfixest": "Estimated with pyfixest."}


def covariance_rule(spec: Spec) -> str:
    """How the standard errors come about, as the end of a sentence that begins with `Standard errors`."""
    clusters = listed([lower_first(effect_name(c)) for c in spec.clusters])
    kind = _COVARIANCE.get(spec.covariance, f"are clustered by {clusters}").format(time=level_name(spec.time).lower())
    if spec.covariance in KERNELS:
        kind += f" (Bartlett kernel, {_LAGS if spec.lags is None else f'{spec.lags} lags'})"
    draws = f"p-values and intervals from a wild cluster bootstrap, {spec.draws:,} draws (seed {spec.seed})"
    drawn = {"wild": f"; {draws}", "auto": f"; below {FEW_CLUSTERS} clusters {draws}"} if spec.clusters else {}
    return f"{kind}, with {_SMALL_SAMPLE[spec.small_sample]}{drawn.get(spec.bootstrap, '')}"


def covariance_name(spec: Spec, *, lags: int | None = None) -> str:
    """What a table's foot calls the covariance: its clusters, or the kernel with the lags that were used."""
    if spec.covariance in KERNELS:
        name = {"driscoll_kraay": "Driscoll\u2013Kraay", "newey_west": "Newey\u2013West"}[spec.covariance]
        used = spec.lags if lags is None else lags
        return name if used is None else f"{name} ({used} lags)"
    return ", ".join(lower_first(effect_name(c)) for c in spec.clusters) or "none"


def sample_rule(spec: Spec) -> str:
    """Which rows of its sample the spec is estimated on."""
    if spec.sample == FIRM_SESSIONS:
        return f"panel rows where {spec.where}" if spec.where else "all rows of the panel with every variable present"
    whole = f"rows of the sample \u201c{words(spec.sample)}\u201d"
    return f"{whole} where {spec.where}" if spec.where else f"all {whole} with every variable present"


def winsorised(spec: Spec) -> str:
    """Which columns are winsorised, and where; '' for none."""
    if not spec.winsorise:
        return ""
    named = listed([term_name(spec.winsorise[0]), *(lower_first(term_name(c)) for c in spec.winsorise[1:])])
    verb = "is" if len(spec.winsorise) == 1 else "are"
    cuts = f"{100 * spec.winsor:g}\u00a0% and {100 - 100 * spec.winsor:g}\u00a0%"
    return f"{named} {verb} winsorised at {cuts} of the estimation sample."


def standardised(specs: Sequence[Spec]) -> str:
    """Which regressors read per standard deviation; '' when none does."""
    named = list(dict.fromkeys(term_name(t, with_window=False) for s in specs for t in s.standardise))
    if not named:
        return ""
    if all({r for r in s.regressors if BY not in r} <= set(s.standardise) for s in specs):
        products = " before products are formed" if any(BY in r for s in specs for r in s.regressors) else ""
        return f"Every regressor is centred and divided by its standard deviation on the estimation sample{products}."
    verb, whose = ("is", "its standard deviation") if len(named) == 1 else ("are", "their standard deviations")
    lowered = [named[0], *(lower_first(n) for n in named[1:])]
    return f"{listed(lowered)} {verb} centred and divided by {whose} on the estimation sample."


def table_notes(specs: Sequence[Spec], *, note: str = "", further: Sequence[str] = ()) -> tuple[str, ...]:
    """Return the notes of a table: unit, standard errors, standardised regressors, sample, stars; each rule once.

    Parameters
    ----------
    specs
        One a column, in order; a rule that not all of them share names its columns.
    note
        Sentence that comes first; empty for none.
    further
        Sentences before the sentence on stars.
    """
    units = list(dict.fromkeys(unit_name(s.y_scale) for s in specs))
    lines = [note] if note else []
    if len(units) == 1 and units[0]:
        lines.append(f"The dependent variable is in {units[0]}.")
    lines += [f"Standard errors in parentheses{where} {rule}." for where, rule in _per_column(specs, covariance_rule)]
    lines += [text] if (text := standardised(specs)) else []
    lines += [f"{text[:-1]}{where}." for where, text in _per_column(specs, winsorised) if text]
    lines += [f"Sample{where}: {rule}." for where, rule in _per_column(specs, sample_rule)]
    return (*lines, *further, STARS)


def describe(spec: Spec) -> tuple[str, ...]:
    """The regression as sentences of a data section: equation, scaling, weights, standard errors, sample."""
    unit = unit_name(spec.y_scale)
    windows = windows_of(spec.regressors)
    once = len(windows) == 1
    parts = [f"{term_name(spec.y)}{f', in {unit},' if unit else ''} on {_regressors(spec.x, with_window=not once)}"]
    if spec.controls:
        parts[0] += f", with {_regressors(spec.controls, with_window=not once)} as controls"
    if once:
        parts.append(f"posts of the {WINDOW_NAMES[windows[0]]} window")
    parts.append(f"{listed([lower_first(effect_name(e)) for e in spec.effects]) or 'no'} fixed effects")
    weights = f"Weighted by {words(spec.weights).lower()}." if spec.weights else ""
    errors, sample = f"Standard errors {covariance_rule(spec)}.", f"Sample: {sample_rule(spec)}."
    engine = _ENGINES.get(spec.engine, "")
    told = ("; ".join(parts) + ".", standardised([spec]), winsorised(spec), weights, errors, sample, engine)
    return tuple(s for s in told if s)


def shared_sentences(told: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """Sentences that the designs of several specs have in common; see `describe`."""
    return tuple(s for s in told[0] if all(s in other for other in told[1:])) if len(told) > 1 else ()


def _regressors(terms: Sequence[str], *, with_window: bool) -> str:
    named = [lower_first(term_name(t, with_window=with_window or not windows_of([t]))) for t in terms]
    # Names with a comma of their own, as of groups of posts, are told apart by semicolons.
    return "; ".join(named) if len(named) > 1 and any(", " in name for name in named) else listed(named)


def _per_column(specs: Sequence[Spec], rule: Callable[[Spec], str]) -> list[tuple[str, str]]:
    texts = [rule(s) for s in specs]
    distinct = list(dict.fromkeys(texts))
    if len(distinct) == 1:
        return [("", distinct[0])]
    return [(f" in {_places([i for i, t in enumerate(texts, 1) if t == text])}", text) for text in distinct]


def _places(columns: Sequence[int]) -> str:
    """Name columns of a table, three and more neighbours by the first and the last: `(1) to (3), (5)`."""
    runs: list[list[int]] = []
    for column in columns:
        if runs and column == runs[-1][-1] + 1:
            runs[-1].append(column)
        else:
            runs.append([column])
    return ", ".join(f"({r[0]}) to ({r[-1]})" if len(r) > 2 else ", ".join(f"({c})" for c in r) for r in runs)


def said_once(notes: Sequence[str]) -> list[str]:
    """Notes of several results; what is said of 28 firms, and again of 30, is said of both at once.

    Examples
    --------
    >>> said_once(["30 firms: p-values are drawn.", "Other.", "28 firms: p-values are drawn."])
    ['28 and 30 firms: p-values are drawn.', 'Other.']
    """
    counts: dict[str, set[int]] = {}
    for note in notes:
        number, rest = _counted(note)
        counts.setdefault(rest, set()).update(number)
    return [f"{listed([f'{n:,}' for n in sorted(numbers)])}{rest}" for rest, numbers in counts.items()]


def _counted(note: str) -> tuple[set[int], str]:
    """The number of clusters that a note begins with, and the rest; no number of any other note."""
    found = _CLUSTERS.fullmatch(note)
    return ({int(found[1].replace(",", ""))}, found[2]) if found else (set(), note)


def inference_notes(result: Result) -> tuple[str, ...]:
    """Return sentences: standard errors, finite-sample rule, few clusters or the bootstrap, and what was cut."""
    sayings = (_errors, _small_sample, _few, _too_few, _cut, _left, _ahead)
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


def smallest_clusters(result: Result) -> tuple[int, str] | None:
    """Return how many clusters the smallest dimension has, as a number and in words (`12 firms`); None without clusters."""
    counts = {name: result.n_levels[name] for name in result.spec.clusters}
    if not counts:
        return None
    name = min(counts, key=counts.__getitem__)
    return counts[name], f"{counts[name]:,} {lower_first(level_name(name))}"


def _few(result: Result) -> str:
    spec = result.spec
    smallest, counted = smallest_clusters(result) or (FEW_CLUSTERS, "")
    if result.wild:
        return (
            f"{counted}: p-values and intervals come from a wild cluster bootstrap with the null imposed, {spec.draws:,} "
            f"draws of {_MULTIPLIERS[result.wild[0].multipliers]} over them (seed {spec.seed}); intervals invert the test."
        )
    if smallest < FEW_CLUSTERS:
        return f"{counted}, fewer than {FEW_CLUSTERS} clusters: t tests may reject too often, and no bootstrap was asked for."
    return ""


def _too_few(result: Result) -> str:
    """Say which coefficients so few clusters carry that they have no stars."""
    if not result.untested:
        return ""
    named = listed([term_words(term) for term in result.untested])
    return f"Fewer than {TOO_FEW_CLUSTERS} clusters of one size carry {named}: no stars, since no test is relied on."


def _cut(result: Result) -> str:
    if not result.spec.winsorise:
        return ""
    share = f"{100 * result.spec.winsor:g} %"
    return f"{', '.join(result.spec.winsorise)} winsorised at {share} in each tail of the estimation sample."
