"""Out of sample: does the mood forecast returns better than their mean, and would anybody have paid for it.

Design. Forecasts from the past alone, on the firm-session panel: of the open-to-close return of the session that opens, and
of the close-to-close return after it, from valence, and from six emotions, before the open. One regression for all firms
with a mean of each, estimated first on 126 sessions and anew every 21, on all sessions whose outcome is known (once: on the
last 126); and firm by firm. The benchmark is the historical mean of the firm over the same rows, or a forecast from
attention, lagged return and lagged volatility alone. The market's return from open to close is forecast from the mood of
all posts in the same way; and, where more is to be expected, the log range and abnormal volume from attention and from
emotions, beside their own past. Squared errors are summed over the firms of a session; out-of-sample R2 with Newey-West
errors, Clark and West's one-sided test, Diebold and Mariano's in small samples, firms together by Holm. A mean-variance
investor (aversion 3, at most one and a half times wealth, nothing short) follows either forecast; the difference in
certainty equivalents is what the mood was worth, before costs and at 5 basis points a trade.

Papers. Campbell and Thompson (2008); Goyal and Welch (2008); Clark and West (2007); Diebold and Mariano (1995), with the
correction of Harvey, Leybourne and Newbold (1997). Windows, benchmarks and controls are choices of this package, not
quotations.
"""

from dataclasses import replace

from emtract.emotions import NON_NEUTRAL
from emtract.study import (
    FIRM_SESSIONS,
    MARKET_SESSIONS,
    Expectation,
    FirmSessions,
    Forecast,
    Investor,
    Lag,
    MarketSessions,
    Study,
)

VALENCE = ("valence_pre_open",)
EMOTIONS = tuple(f"{emotion}_pre_open" for emotion in NON_NEUTRAL)
LAGGED = ("lagged_return", "lagged_volatility")
CONTROLS = ("attention_pre_open", *LAGGED)
OPENS = Forecast(
    y="return_open_close",
    x=VALENCE,
    sessions=126,
    every=21,
    investor=Investor(costs=(0.0, 5.0)),
    y_scale=1e4,
    label="Valence, session that opens",
)
GIVEN = replace(OPENS, controls=CONTROLS, benchmark="controls")
RANGE, VOLUME = (
    Forecast(
        y=y,
        x=("attention_pre_open",),
        controls=(f"{y}_lag_1", *LAGGED),
        benchmark="controls",
        sessions=126,
        every=21,
        y_scale=100.0,
        label=f"Attention, {what} of the session that opens",
    )
    for y, what in (("log_range_parkinson", "log range"), ("abnormal_volume", "abnormal volume"))
)
WEIGHED = "certainty equivalent, 5 basis points"
PREDICT = "arXiv 2112.03868, abstract: emotions predict daily price movements"
GOYAL = "Goyal and Welch (2008): hardly any variable forecasts the market better than its mean out of sample"
NOISE = "Antweiler and Frank (2004), abstract: messages help predict volatility"


def _emotions(request: Forecast, what: str) -> Forecast:
    """Return the same forecast from six emotions; what was forecast from is held fixed where a benchmark has controls."""
    known = tuple(name for name in request.x if name not in VALENCE)
    return replace(request, x=EMOTIONS, controls=(*request.controls, *known), label=f"Six emotions, {what}")


STUDY = Study(
    name="out_of_sample",
    question="Does the mood forecast returns out of sample, better than their mean, and would anybody have paid for it?",
    design=" ".join((__doc__ or "").split("\n\n")[1].removeprefix("Design. ").split()),
    papers=(
        "Campbell and Thompson, Predicting Excess Stock Returns Out of Sample, Review of Financial Studies 2008",
        "Goyal and Welch, A Comprehensive Look at the Empirical Performance of Equity Premium Prediction, Review of Financial "
        "Studies 2008",
        "Clark and West, Approximately Normal Tests for Equal Predictive Accuracy in Nested Models, Journal of Econometrics 2007",
        "Harvey, Leybourne and Newbold, Testing the Equality of Prediction Mean Squared Errors, International Journal of "
        "Forecasting 1997",
        "Vamossy and Skog, EmTract: Investor Emotions and Market Behavior, arXiv 2112.03868",
    ),
    samples={FIRM_SESSIONS: FirmSessions(), MARKET_SESSIONS: MarketSessions()},
    derive=(Lag(RANGE.y, (1,)), Lag(VOLUME.y, (1,))),
    specs={
        "opens_valence": OPENS,
        "opens_emotions": _emotions(OPENS, "session that opens"),
        "opens_valence_given": replace(GIVEN, label="Valence, session that opens, beside the controls alone"),
        "opens_emotions_given": _emotions(GIVEN, "session that opens, beside the controls alone"),
        "opens_valence_rolling": replace(
            OPENS, window="rolling", label="Valence, session that opens, windows that roll"
        ),
        "opens_valence_firms": replace(OPENS, pooling="firm", label="Valence, session that opens, firm by firm"),
        "next_valence": replace(OPENS, y="return_close_close_next", label="Valence, close to next close"),
        "next_emotions": _emotions(replace(OPENS, y="return_close_close_next"), "close to next close"),
        "market_valence": replace(
            OPENS,
            y="market_return_open_close",
            sample=MARKET_SESSIONS,
            label="Valence of all posts, the market's session",
        ),
        "range_attention": RANGE,
        "range_emotions": _emotions(RANGE, "log range, beside attention and controls"),
        "volume_attention": VOLUME,
        "volume_emotions": _emotions(VOLUME, "abnormal volume, beside attention and controls"),
    },
    primary=("opens_valence", "out-of-sample R2"),
    headline=(
        ("opens_valence", "out-of-sample R2"),
        ("opens_emotions", "out-of-sample R2"),
        ("opens_emotions", WEIGHED),
        ("market_valence", "out-of-sample R2"),
    ),
    expectations=(
        Expectation("opens_emotions", "Clark-West", "positive", PREDICT),
        Expectation("next_emotions", "Clark-West", "positive", PREDICT),
        Expectation("market_valence", "out-of-sample R2", "none", GOYAL),
        Expectation("range_attention", "Clark-West", "positive", NOISE),
    ),
    limits=(
        "Forecasts need no correction for the few posts behind a mood: whoever forecasts has the mood as it is measured, noise "
        "included, and the R2 is the measured mood's. A slope that noise has drawn towards zero is the right one to "
        "forecast with; the effect of the mood itself stands in `daily_returns`.",
        "The R2 rests on slopes estimated on these windows: a longer archive has less noise in its slopes. Clark and West's "
        "test asks whether the mood says anything, the R2 whether one could have used it.",
        "There are thirteen forecasts on the page, of which several share their data: one with a p of .05 is to be expected of "
        "moods that say nothing.",
        "The scorer was trained on posts of other years, some later than those it reads here: forecasters of the time did "
        "not have it. Words of the model and lists are of today.",
        "The investor trades at the opening price, or at the close, without moving it; shares are chosen firm by firm, as if "
        "each firm were all there is, and cash earns nothing.",
        "Firms are those whose prices the archive holds and whose posts were kept: where they were picked afterwards, so were "
        "the forecasts.",
    ),
)
