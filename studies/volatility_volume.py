"""Volatility and volume: do investor emotions move with how much prices swing and shares change hands.

Design. Firm-session panel with firm and session fixed effects and errors clustered by firm and session. Five outcomes: the
logarithm of the session's volatility by its range (Parkinson; Garman-Klass), the absolute open-to-close return, and abnormal
volume and turnover, the logarithm minus its mean over the sessions t-140 to t-20. Each on emotions during market hours (same
session) and before the open (session that opens): once on six emotions jointly, once on absolute valence and disagreement.
Disagreement is the square root of 1 - ((P - N) / (P + N))^2 with P the share of happy and N the share of negative emotions: one
minus the agreement index of Antweiler and Frank. Attention, the outcome one session before, lagged return and lagged volatility
are held fixed; every regressor is per standard deviation. Beside them GARCH(1, 1) firm by firm with emotions before the open
and attention in the variance of the open-to-close return, and the mean of their coefficients over firms.

Papers. Parkinson (1980); Garman and Klass (1980); Antweiler and Frank, "Is All That Talk Just Noise?", Journal of Finance 2004;
Tetlock, "Giving Content to Investor Sentiment", Journal of Finance 2007. The baseline of abnormal volume follows a custom
of the field. No such result of the papers behind EmTract is known: outcomes, controls and windows are choices of this package.
"""

from dataclasses import replace

from emtract.emotions import NON_NEUTRAL
from emtract.study import Absolute, Disagreement, Exhibit, Expectation, GarchX, Lag, Spec, Study

BASE = Spec(
    y="log_range_parkinson",
    x=("attention_market",),
    effects=("symbol", "session"),
    covariance="clustered",
    clusters=("symbol", "session"),
    small_sample="fixest",
    bootstrap="auto",
)
#: Name -> column, factor (logarithms in per cent, returns in basis points), heading.
OUTCOMES = {
    "parkinson": ("log_range_parkinson", 100.0, "Range volatility (Parkinson)"),
    "garman_klass": ("log_range_garman_klass", 100.0, "Range volatility (Garman-Klass)"),
    "absolute": ("absolute_return_open_close", 1e4, "Absolute return"),
    "volume": ("abnormal_volume", 100.0, "Abnormal volume"),
    "turnover": ("abnormal_turnover", 100.0, "Abnormal turnover"),
}
GARCH = GarchX(
    x=tuple(f"{emotion}_pre_open" for emotion in NON_NEUTRAL),
    controls=("attention_pre_open",),
    returns="return_open_close",
    min_observations=250,
    min_readings=100,
    across="two_way",
    label="GARCH-X, firm by firm",
)
FAMILIES = {"contemporaneous": ("market", "same session"), "predictive": ("pre_open", "session that opens")}


def _spec(y: str, scale: float, window: str, kind: str, label: str) -> Spec:
    """Return an outcome on six emotions or on the strength and evenness of mood, given its own past."""
    emotions = tuple(f"{emotion}_{window}" for emotion in NON_NEUTRAL)
    x = emotions if kind == "emotions" else (f"absolute_valence_{window}", f"disagreement_{window}")
    controls = (f"attention_{window}", f"{y}_lag_1", "lagged_return", "lagged_volatility")
    spec = replace(BASE, y=y, y_scale=scale, x=x, controls=controls, standardise=(*x, *controls), label=label)
    # Absolute valence and disagreement are no means of posts: nothing is known of how noise moves them.
    return replace(spec, correct="mood") if kind == "emotions" else spec


SPECS = {
    f"{family}_{name}_{kind}": _spec(y, scale, window, kind, f"{heading}, {when}")
    for name, (y, scale, heading) in OUTCOMES.items()
    for family, (window, when) in FAMILIES.items()
    for kind in ("emotions", "mood")
}
NOISE = "Antweiler and Frank (2004), abstract: messages help predict volatility; disagreement goes with trading volume"
TETLOCK = "Tetlock (2007), abstract: unusually high or low pessimism predicts high market trading volume"

STUDY = Study(
    name="volatility_volume",
    question="Do investor emotions move with the volatility and the volume of stocks, and do they come before them?",
    design=" ".join((__doc__ or "").split("\n\n")[1].removeprefix("Design. ").split()),
    papers=(
        "Parkinson, The Extreme Value Method for Estimating the Variance of the Rate of Return, Journal of Business 1980",
        "Garman and Klass, On the Estimation of Security Price Volatilities from Historical Data, Journal of Business 1980",
        "Antweiler and Frank, Is All That Talk Just Noise?, Journal of Finance 2004",
        "Tetlock, Giving Content to Investor Sentiment, Journal of Finance 2007",
    ),
    derive=(
        Absolute("return_open_close"),
        *(Absolute(f"valence_{window}") for window, _ in FAMILIES.values()),
        *(Disagreement(window) for window, _ in FAMILIES.values()),
        *(Lag(column, (1,)) for column, _, _ in OUTCOMES.values()),
    ),
    specs={**SPECS, "garch": GARCH},
    exhibits=tuple(
        Exhibit(
            f"{heading} and emotions",
            tuple(f"{family}_{name}_{kind}" for family in FAMILIES for kind in ("emotions", "mood")),
            "Basis points." if scale == 1e4 else "Hundred times a logarithm: about per cent.",
        )
        for name, (_, scale, heading) in OUTCOMES.items()
    ),
    primary=("predictive_parkinson_emotions", "fear_pre_open"),
    headline=(
        ("predictive_parkinson_emotions", "fear_pre_open"),
        ("predictive_parkinson_mood", "disagreement_pre_open"),
        ("predictive_volume_mood", "disagreement_pre_open"),
        ("predictive_volume_mood", "absolute_valence_pre_open"),
    ),
    expectations=(
        Expectation("predictive_parkinson_emotions", "attention_pre_open", "positive", NOISE),
        Expectation("contemporaneous_volume_mood", "disagreement_market", "positive", NOISE),
        Expectation("predictive_volume_mood", "absolute_valence_pre_open", "positive", TETLOCK),
    ),
    limits=(
        "Emotions and volatility answer to the same news: the same-session tables show that they move together, not which leads.",
        "Disagreement is read from a window's mean emotions: a window of undecided posts counts as one of opposed posts.",
        "Volumes are made comparable across splits by raw and adjusted prices; without an adjusted close they are as traded.",
    ),
    max_attrition=0.98,
)
