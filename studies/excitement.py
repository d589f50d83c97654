"""Excitement: whether excited writers come before wider ranges, more volume and later reversals than calm writers do.

Design. Firm-session panel with firm and session fixed effects and errors clustered by firm and session. Excitement before the
open is the share of posts above neutral pleasure and above neutral arousal, calm the share above neutral pleasure that is not
above neutral arousal; neutral is the middle of the rating scale, 3, and no threshold was tuned. Four outcomes of the session
that opens after the posts: the logarithm of its range (Parkinson), its abnormal volume, its open-to-close return, and the
return of the five sessions after it. Each is regressed on excitement and calm together, and the two slopes are compared: both
are pleasant, so that their difference is what arousal adds. Attention, the outcome one session before (range and volume),
lagged return and lagged volatility are held fixed. The same four on arousal and pleasure as they are, without thresholds.

Papers. Andrade, Odean and Lin, "Bubbling with Excitement: An Experiment", Review of Finance 2016. In the experiment traders see a
video before they trade; here writers choose to write, and nothing is assigned.
"""

from dataclasses import replace

from emtract.study import Contrast, Cumulated, Exhibit, Expectation, Lag, Spec, Study

EXCITED, CALM = "excitement_pre_open", "calm_pre_open"
LAGGED = ("attention_pre_open", "lagged_return", "lagged_volatility")
BASE = Spec(
    y="log_range_parkinson",
    x=(EXCITED, CALM),
    effects=("symbol", "session"),
    covariance="clustered",
    clusters=("symbol", "session"),
    small_sample="fixest",
    bootstrap="auto",
)
#: Name -> column, factor (logarithms in per cent, returns in basis points), whether its past is held fixed, heading.
OUTCOMES = {
    "range": ("log_range_parkinson", 100.0, True, "Range of the session that opens"),
    "volume": ("abnormal_volume", 100.0, True, "Abnormal volume of the session that opens"),
    "returns": ("return_open_close", 1e4, False, "Return of the session that opens"),
    "later": ("return_close_close_cumulated_5", 1e4, False, "Return of the five sessions after it"),
}


def _spec(name: str, x: tuple[str, str]) -> Spec:
    """Return an outcome on two regressors, given what was known before the session."""
    y, scale, keeps_past, heading = OUTCOMES[name]
    controls = (*LAGGED, *((f"{y}_lag_1",) if keeps_past else ()))
    return replace(BASE, y=y, y_scale=scale, x=x, controls=controls, standardise=(*x, *controls), label=heading)


SHARES = {name: _spec(name, (EXCITED, CALM)) for name in OUTCOMES}
RATINGS = {f"{name}_ratings": _spec(name, ("arousal_pre_open", "pleasure_pre_open")) for name in OUTCOMES}
GAPS = {
    f"{name}_gap": Contrast(label=f"{spec.label}: excitement minus calm", spec=spec, pairs=((EXCITED, CALM),))
    for name, spec in SHARES.items()
}
GAP = f"{EXCITED} - {CALM}"
BUBBLES = "Andrade, Odean and Lin (2016): bubbles are larger after exciting videos than after calm ones"

STUDY = Study(
    name="excitement",
    question="Do excited investors come before wider ranges, more volume and later reversals than calm investors do?",
    design=" ".join((__doc__ or "").split("\n\n")[1].removeprefix("Design. ").split()),
    papers=("Andrade, Odean and Lin, Bubbling with Excitement: An Experiment, Review of Finance 2016",),
    derive=(
        *(Lag(y, (1,)) for y, _, keeps_past, _ in OUTCOMES.values() if keeps_past),
        Cumulated("return_close_close", (5,)),
    ),
    specs={**SHARES, **RATINGS, **GAPS},
    exhibits=(
        Exhibit(
            "Range and volume",
            ("range", "range_ratings", "volume", "volume_ratings"),
            "Hundred times a logarithm: about per cent.",
        ),
        Exhibit("Returns", ("returns", "returns_ratings", "later", "later_ratings"), "Basis points."),
    ),
    primary=("range_gap", GAP),
    headline=(("range_gap", GAP), ("volume_gap", GAP), ("returns_gap", GAP), ("later_gap", GAP)),
    expectations=(
        Expectation("range_gap", GAP, "positive", BUBBLES),
        Expectation("volume_gap", GAP, "positive", f"{BUBBLES}; that volume follows is the reading of this package"),
        Expectation("later_gap", GAP, "negative", f"{BUBBLES}, and a bubble ends in a fall"),
    ),
    limits=(
        "Nothing is assigned: news excites writers and moves prices at once, and whoever writes before the open chooses to.",
        "Dimensions are read by a head that learned from sentences of news, fiction and blogs; on posts of investors nobody has "
        "rated them, and arousal is read less well than pleasure (docs/dimensions.md).",
        "Estimates are not corrected for the few posts of a cell: the noise of dimensions is not measured.",
    ),
    max_attrition=0.98,
)
