"""Persistence: for how long do emotions go with later returns, and does the response reverse.

Design. Local projections (Jorda 2005) on the firm-session panel with firm and session fixed effects: close-to-close returns of
each of the 20 sessions after the one that opens, one at a time and cumulated, on six emotions before the open jointly, given
attention in the same window, lagged return and lagged volatility, all per standard deviation. The return of the session that
opens is not among the outcomes: emotions before the open were partly written while it came about overnight. Errors are
clustered by firm and session; cumulated returns share sessions, so covariances between firms on nearby sessions are added
(Thompson 2011). Simultaneous bands hold the whole path; the reversal test compares the responses at 20 sessions and at 5.
Valence alone before the open, and six emotions during market hours, at six horizons.

Papers. Vamossy, "Social Media Emotions and Market Behavior", arXiv 2404.03792. Jorda, "Estimation and Inference of Impulse
Responses by Local Projections", American Economic Review 2005. Montiel Olea and Plagborg-Moeller, "Simultaneous Confidence
Bands", Journal of Applied Econometrics 2019. Horizons and controls are choices of this package, not quotations.
"""

from dataclasses import replace

from emtract.emotions import NON_NEUTRAL
from emtract.study import Cumulated, Expectation, Lead, LocalProjection, Spec, Study

HORIZONS = tuple(range(1, 21))
SOME = (1, 2, 3, 5, 10, 20)
REVERSAL = (5, 20)
RETURN = "return_close_close"
EMOTIONS = tuple(f"{emotion}_pre_open" for emotion in NON_NEUTRAL)
CONTROLS = ("attention_pre_open", "lagged_return", "lagged_volatility")
SPEC = Spec(
    y=RETURN,
    x=EMOTIONS,
    controls=CONTROLS,
    standardise=(*EMOTIONS, *CONTROLS),
    effects=("symbol", "session"),
    covariance="clustered",
    clusters=("symbol", "session"),
    small_sample="fixest",
    y_scale=1e4,
    correct="mood",
)
MARKET = tuple(f"{emotion}_market" for emotion in NON_NEUTRAL)
MARKET_CONTROLS = ("attention_market", "return_open_close", *CONTROLS[1:])
CUMULATED = LocalProjection(
    spec=SPEC, horizons=HORIZONS, reversal=REVERSAL, label="Emotions before the open, cumulated response"
)
SADNESS = "arXiv 2404.03792, abstract: persistent influence of sadness on subsequent returns; the sign is not given"
PRESSURE = "Tetlock (2007): pressure on prices that reverts; no paper gives it for emotions"

STUDY = Study(
    name="persistence",
    question="For how long do investor emotions go with later returns, and does the response reverse?",
    design=" ".join((__doc__ or "").split("\n\n")[1].removeprefix("Design. ").split()),
    papers=(
        "Vamossy, Social Media Emotions and Market Behavior, arXiv 2404.03792",
        "Jorda, Estimation and Inference of Impulse Responses by Local Projections, American Economic Review 2005",
        "Montiel Olea and Plagborg-Moeller, Simultaneous Confidence Bands, Journal of Applied Econometrics 2019",
        "Thompson, Simple Formulas for Standard Errors that Cluster by Both Firm and Time, Journal of Financial Economics 2011",
    ),
    derive=(Cumulated(RETURN, HORIZONS), Lead(RETURN, HORIZONS)),
    specs={
        "cumulated": CUMULATED,
        "leads": replace(
            CUMULATED,
            spec=replace(SPEC, correct="none"),
            cumulated=False,
            reversal=None,
            label="Emotions before the open, response session by session",
        ),
        "valence": replace(
            CUMULATED,
            horizons=SOME,
            spec=replace(SPEC, x=("valence_pre_open",), standardise=("valence_pre_open", *CONTROLS)),
            label="Valence before the open, cumulated response",
        ),
        "market_hours": replace(
            CUMULATED,
            horizons=SOME,
            spec=replace(SPEC, x=MARKET, controls=MARKET_CONTROLS, standardise=(*MARKET, *MARKET_CONTROLS)),
            label="Emotions during market hours, cumulated response",
        ),
    },
    primary=("cumulated", "sad_pre_open, 5 sessions"),
    headline=(
        ("cumulated", "sad_pre_open, 5 sessions"),
        ("cumulated", "sad_pre_open, 20 sessions"),
        ("cumulated", "sad_pre_open, reversal 5 to 20"),
        ("cumulated", "happy_pre_open, 20 sessions"),
    ),
    expectations=(
        Expectation("cumulated", "sad_pre_open, 5 sessions", "either", SADNESS),
        Expectation("cumulated", "sad_pre_open, 20 sessions", "either", SADNESS),
        Expectation("cumulated", "happy_pre_open, reversal 5 to 20", "negative", PRESSURE),
    ),
    limits=(
        "Emotions persist, so a response some sessions ahead is also a response to the emotions that follow; it is a forecast "
        "from today's emotions, not the effect of an isolated mood.",
        "Each horizon has two tests of its own for each of six emotions: single intervals that miss zero are to be expected; "
        "`any horizon` and the bands account for the horizons, not for the number of emotions.",
    ),
)
