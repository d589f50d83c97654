"""A spec in words: the sentences that stand under a table and in the list of specs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from emtract.report.names import WINDOW_NAMES, effect_name, listed, split_term, term_name, unit_name, windows_of, words

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from emtract.econometrics.spec import Spec

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
_COVARIANCE: Final = {"unadjusted": "assume homoskedastic errors", "robust": "are robust to heteroskedasticity"}


def covariance_rule(spec: Spec) -> str:
    """How the standard errors come about, as the end of a sentence that begins with `Standard errors`."""
    clusters = listed([effect_name(c).lower() for c in spec.clusters])
    kind = _COVARIANCE.get(spec.covariance, f"are clustered by {clusters}")
    return f"{kind}, with {_SMALL_SAMPLE[spec.small_sample]}"


def sample_rule(spec: Spec) -> str:
    """Which rows of the panel the spec is estimated on."""
    return f"panel rows where {spec.where}" if spec.where else "all rows of the panel with every variable present"


def standardised(specs: Sequence[Spec]) -> str:
    """Which regressors read per standard deviation; '' when none does."""
    named = list(dict.fromkeys(term_name(t, with_window=False) for s in specs for t in s.standardise))
    if not named:
        return ""
    if all(set(s.standardise) == set(s.regressors) for s in specs):
        return "Every regressor is centred and divided by its standard deviation on the estimation sample."
    verb, whose = ("is", "its standard deviation") if len(named) == 1 else ("are", "their standard deviations")
    lowered = [named[0], *(_lower(n) for n in named[1:])]
    return f"{listed(lowered)} {verb} centred and divided by {whose} on the estimation sample."


def table_notes(specs: Sequence[Spec], *, note: str = "") -> tuple[str, ...]:
    """Notes of a table: unit, standard errors, standardised regressors, sample, stars; each rule is said once."""
    units = list(dict.fromkeys(unit_name(s.y_scale) for s in specs))
    lines = [note] if note else []
    if len(units) == 1 and units[0]:
        lines.append(f"The dependent variable is in {units[0]}.")
    lines += [f"Standard errors in parentheses{where} {rule}." for where, rule in _per_column(specs, covariance_rule)]
    lines += [text] if (text := standardised(specs)) else []
    lines += [f"Sample{where}: {rule}." for where, rule in _per_column(specs, sample_rule)]
    return (*lines, STARS)


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
    parts.append(f"{listed([effect_name(e).lower() for e in spec.effects]) or 'no'} fixed effects")
    weights = f"Weighted by {words(spec.weights).lower()}." if spec.weights else ""
    errors, sample = f"Standard errors {covariance_rule(spec)}.", f"Sample: {sample_rule(spec)}."
    return tuple(s for s in ("; ".join(parts) + ".", standardised([spec]), weights, errors, sample) if s)


def shared_sentences(specs: Sequence[Spec]) -> tuple[str, ...]:
    """Sentences of `describe` that every one of several specs has in common."""
    if len(specs) < 2:
        return ()
    return tuple(s for s in describe(specs[0]) if all(s in describe(other) for other in specs[1:]))


def _regressors(terms: Sequence[str], *, with_window: bool) -> str:
    return listed([_lower(term_name(t, with_window=with_window or split_term(t)[1] is None)) for t in terms])


def _lower(name: str) -> str:
    return name[:1].lower() + name[1:]


def _per_column(specs: Sequence[Spec], rule: Callable[[Spec], str]) -> list[tuple[str, str]]:
    texts = [rule(s) for s in specs]
    distinct = list(dict.fromkeys(texts))
    if len(distinct) == 1:
        return [("", distinct[0])]
    return [(" in " + ", ".join(f"({i})" for i, t in enumerate(texts, 1) if t == text), text) for text in distinct]
