"""One firm: the days of the firm that is posted about most, as a time series.

Design. Of the firm-session panel the sessions of the firm with the most posts: long streams of one firm say what no
cross-section says, and have no session effects to lean on. So the market is held fixed by its factors (market, size, value; the
day's own, in regressions of the day's own return), and errors are by Newey and West. The open-to-close return on mood
during market hours; on mood before the open, given the overnight return; the next session's return on mood during market hours,
given the session's own; each on valence alone and on six emotions. The range and abnormal volume on the same, given their own
past. Sessions of earnings, and sessions after weekends, apart: the mood of a day with news is set against the move of that news.
Attention, lagged return and lagged volatility are held fixed; every regressor is per standard deviation. Out of sample:
valence, and six emotions, before the open against the mean of the firm's past, in windows that grow, from 252 sessions on.

Papers. Newey and West, "A Simple, Positive Semi-Definite, Heteroskedasticity and Autocorrelation Consistent Covariance Matrix",
Econometrica 1987; Fama and French, "Common Risk Factors in the Returns on Stocks and Bonds", Journal of Financial Economics 1993.
One firm is one case: nothing here speaks for others.
"""

from dataclasses import replace

from emtract.emotions import NON_NEUTRAL
from emtract.study import AfterBreak, Exhibit, Expectation, FirmSessions, Forecast, Lag, MostPosted, Spec, Study

FACTORS = ("mkt_rf", "smb", "hml")
LAGGED = ("lagged_return", "lagged_volatility")
ONE = "most_posted = 1"
BASE = Spec(
    y="return_open_close",
    x=("valence_market",),
    effects=(),
    covariance="newey_west",
    clusters=(),
    small_sample="none",
    y_scale=1e4,
    where=ONE,
    correct="mood",
)
KINDS = {"valence": ("valence",), "emotions": NON_NEUTRAL}
#: Name -> outcome, factor on it, window of the mood, what is held fixed beside attention, heading.
OUTCOMES = {
    "same": ("return_open_close", 1e4, "market", (*FACTORS, *LAGGED), "Same session"),
    "opens": ("return_open_close", 1e4, "pre_open", ("return_overnight", *LAGGED), "Session that opens"),
    "next": ("return_close_close_next", 1e4, "market", ("return_close_close", *LAGGED), "Next session"),
    "range": ("log_range_parkinson", 100.0, "pre_open", ("log_range_parkinson_lag_1", *LAGGED), "Range"),
    "volume": ("abnormal_volume", 100.0, "pre_open", ("abnormal_volume_lag_1", *LAGGED), "Abnormal volume"),
}


def _spec(name: str, kind: str) -> Spec:
    y, scale, window, held, label = OUTCOMES[name]
    x = tuple(f"{emotion}_{window}" for emotion in KINDS[kind])
    controls = (f"attention_{window}", *held)
    return replace(BASE, y=y, y_scale=scale, x=x, controls=controls, standardise=(*x, *controls), label=label)


SPECS = {f"{name}_{kind}": _spec(name, kind) for name in OUTCOMES for kind in KINDS}
SPECS |= {
    "same_quiet": replace(SPECS["same_valence"], where=f"{ONE} AND earnings_session = 0", label="Without earnings"),
    "opens_break": replace(
        SPECS["opens_valence"], where=f"{ONE} AND after_break = 1", label="After a weekend or holiday"
    ),
}
FORECAST = Forecast(
    y="return_open_close",
    x=("valence_pre_open",),
    sessions=252,
    every=21,
    y_scale=1e4,
    where=ONE,
    label="Out of sample, valence",
)
EMOTIONS = tuple(f"{emotion}_pre_open" for emotion in NON_NEUTRAL)
SPECS |= {
    "forecast_valence": FORECAST,
    "forecast_emotions": replace(FORECAST, x=EMOTIONS, label="Out of sample, six emotions"),
}
TETLOCK = "Tetlock (2007), abstract: high pessimism predicts downward pressure on prices"

STUDY = Study(
    name="one_firm",
    question="What does the mood around one firm say of its days?",
    design=" ".join((__doc__ or "").split("\n\n")[1].removeprefix("Design. ").split()),
    papers=(
        "Newey and West, A Simple, Positive Semi-Definite, Heteroskedasticity and Autocorrelation Consistent Covariance Matrix, "
        "Econometrica 1987",
        "Fama and French, Common Risk Factors in the Returns on Stocks and Bonds, Journal of Financial Economics 1993",
    ),
    samples={"firm_sessions": FirmSessions(factors=FACTORS)},
    derive=(MostPosted(), AfterBreak(), Lag("log_range_parkinson", (1,)), Lag("abnormal_volume", (1,))),
    specs=SPECS,
    exhibits=(
        *(
            Exhibit(f"{kind.capitalize()}: returns, range and volume", tuple(f"{name}_{kind}" for name in OUTCOMES))
            for kind in KINDS
        ),
        Exhibit(
            "Days without news, and days after a break", ("same_valence", "same_quiet", "opens_valence", "opens_break")
        ),
    ),
    primary=("same_valence", "valence_market"),
    headline=(
        ("same_valence", "valence_market"),
        ("opens_valence", "valence_pre_open"),
        ("next_valence", "valence_market"),
        ("range_valence", "valence_pre_open"),
    ),
    expectations=(Expectation("opens_valence", "valence_pre_open", "positive", TETLOCK),),
    limits=(
        "One firm is one case. That its mood goes with its returns does not say that others' does.",
        "The firm is the one with the most posts of this archive: firms are posted about most in years in which much happens.",
        "Factors take out what the market did; what an industry did on the day is in the mood and in the return.",
    ),
)
