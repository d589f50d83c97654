"""Causes: does fear because of the price move differ from fear because of news.

Design. Firm-session panel with firm and session fixed effects and errors clustered by firm and session, every regressor per
standard deviation. Posts are divided by what moves their writer, as a small lexicon finds it in the part of the post that
shows an emotion: posts about the price and no news, and posts about news (earnings, products, management, the economy,
regulation) and not the price; posts about both or neither are in no group. Mean fear of both groups stands in one regression,
each group with its own attention, and the difference of the slopes has a test of its own; happiness of both groups likewise.
Three outcomes: the open-to-close return of the session in which the posts were written (market hours), of the session after
it, and for posts before the open the range of the session that opens. Both groups must have posted in the window. Expected,
before a figure was seen: fear because of the price reports a fall, so it goes with the return of its own session more than
fear because of news; what it goes with afterwards is a reversal, while fear because of news is followed by more of the same;
both come before a wider range.

Papers. Tetlock, "Giving Content to Investor Sentiment", Journal of Finance 2007 (pressure and reversion); Tetlock,
Saar-Tsechansky and Macskassy, "More Than Words", Journal of Finance 2008 (underreaction to words in news); Poria et al.,
"Recognizing Emotion Cause in Conversations", Cognitive Computation 2021 (causes of emotions as spans). Kinds, lexicon and windows
are choices of this package.
"""

from dataclasses import replace

from emtract.study import GROUPS, Contrast, Exhibit, Expectation, FirmSessions, Lag, Spec, Split, Study

PRICE, NEWS = GROUPS["cause"]
LAGGED = ("lagged_return", "lagged_volatility")
BASE = Spec(
    y="return_open_close",
    x=("fear_market",),
    effects=("symbol", "session"),
    covariance="clustered",
    clusters=("symbol", "session"),
    small_sample="fixest",
    bootstrap="auto",
    y_scale=1e4,
    correct="mood",
    sample="by_cause",
)
#: Family -> window of the posts, outcome, factor, further controls, heading.
FAMILIES = {
    "same": ("market", "return_open_close", 1e4, (), "Same session"),
    "next": ("market", "return_open_close_next", 1e4, (), "Next session"),
    "range": (
        "pre_open",
        "log_range_parkinson",
        100.0,
        ("log_range_parkinson_lag_1",),
        "Range of the session that opens",
    ),
}
EMOTIONS = {"fear": "fear", "happy": "happiness"}


def _specs(family: str, emotion: str) -> dict[str, Spec | Contrast]:
    """Return the regression of an outcome on an emotion of both groups, and the difference of their slopes."""
    window, y, scale, more, label = FAMILIES[family]
    x = tuple(f"{emotion}_{window}_{group}" for group in (PRICE, NEWS))
    controls = (*(f"attention_{window}_{group}" for group in (PRICE, NEWS)), *LAGGED, *more)
    spec = replace(
        BASE,
        y=y,
        y_scale=scale,
        x=x,
        controls=controls,
        standardise=(*x, *controls),
        label=f"{label}, {EMOTIONS[emotion]}",
    )
    title = f"{label}: {EMOTIONS[emotion]} because of the price minus because of news"
    gap = Contrast(label=title, spec=spec, pairs=((x[0], x[1]),), whole=(f"{emotion}_{window}",))
    return {f"{family}_{emotion}": spec, f"{family}_{emotion}_gap": gap}


SPECS = {name: spec for emotion in EMOTIONS for family in FAMILIES for name, spec in _specs(family, emotion).items()}
GAP = f"fear_market_{PRICE} - fear_market_{NEWS}"
PRESSURE = "Tetlock (2007), abstract: high pessimism predicts downward pressure followed by a reversion"
WORDS = "Tetlock, Saar-Tsechansky and Macskassy (2008), abstract: prices briefly underreact to negative words in news"
NOISE = "Antweiler and Frank (2004), abstract: messages help predict volatility"

STUDY = Study(
    name="causes",
    question="Does fear because of the price move differ from fear because of news?",
    design=" ".join((__doc__ or "").split("\n\n")[1].removeprefix("Design. ").split()),
    papers=(
        "Tetlock, Giving Content to Investor Sentiment, Journal of Finance 2007",
        "Tetlock, Saar-Tsechansky and Macskassy, More Than Words, Journal of Finance 2008",
        "Antweiler and Frank, Is All That Talk Just Noise?, Journal of Finance 2004",
        "Poria et al., Recognizing Emotion Cause in Conversations, Cognitive Computation 2021",
    ),
    samples={"by_cause": FirmSessions(split=Split("cause"))},
    derive=(Lag("log_range_parkinson", (1,)),),
    specs=SPECS,
    exhibits=tuple(
        Exhibit(
            f"{name.capitalize()} because of the price, and because of news",
            tuple(f"{family}_{emotion}" for family in FAMILIES),
            "Returns in basis points, the range in hundred times a logarithm. Both groups must have posted in the window.",
        )
        for emotion, name in EMOTIONS.items()
    ),
    primary=("next_fear_gap", GAP),
    headline=(
        ("same_fear_gap", GAP),
        ("next_fear_gap", GAP),
        ("range_fear", f"fear_pre_open_{PRICE}"),
        ("range_fear", f"fear_pre_open_{NEWS}"),
    ),
    expectations=(
        Expectation("same_fear_gap", GAP, "negative", "Fear because of the price reports a fall of the same session"),
        Expectation("next_fear", f"fear_market_{PRICE}", "positive", PRESSURE),
        Expectation("next_fear", f"fear_market_{NEWS}", "negative", WORDS),
        Expectation("range_fear", f"fear_pre_open_{PRICE}", "positive", NOISE),
        Expectation("range_fear", f"fear_pre_open_{NEWS}", "positive", NOISE),
    ),
    limits=(
        "The lexicon reads words, not causes: how often it is right is told in docs/causes.md. Posts "
        "in the wrong group pull the two slopes together.",
        "A session with posts of both groups is one of a firm that is talked about; news and the price move come together, and "
        "a difference is no effect of what writers think of.",
        "The same words decide which group a post is in and what the model reads in it.",
    ),
)
