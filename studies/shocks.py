"""Shocks: what follows a sudden turn of mood, against firms whose mood stayed as it was.

Design. Stacked event studies on the firm-session panel. A shock is a mood before the open more than two standard deviations
from its mean over the firm's last sixty readings, with at least three posts behind it: a slump of valence, a surge of happiness,
a surge of fear. Each session with shocks is compared with itself: treated are firms with a shock and none in the five sessions
before it, controls firms without any shock from five sessions before to ten after, with the outcome in every session of the
window. Outcomes: open-to-close returns summed from the session that opens after the posts, so that nothing of the move that
came with the posts is in it; the range of the session, minus the range of the session before the shock. The slump of valence once
more on sessions after a weekend or a holiday, when the posts were written while nothing traded. The path before the shock is
part of every figure, with a test: firms whose mood turns had often moved already.

Papers. Cengiz, Dube, Lindner and Zipperer, "The Effect of Minimum Wages on Low-Wage Jobs", Quarterly Journal of Economics 2019
(stacks); Wing, Freedman and Hollingsworth, "Stacked Difference-in-Differences", NBER working paper 32054, 2024 (weights);
Goodman-Bacon, "Difference-in-Differences with Variation in Treatment Timing", Journal of Econometrics 2021. Shocks, windows and
thresholds are choices of this package.
"""

from dataclasses import replace

from emtract.study import AfterBreak, Expectation, Shock, StackedEvents, Study

SHOCKS = {
    "slump": ("slump", "valence_pre_open", "A slump of valence"),
    "joy": ("surge", "happy_pre_open", "A surge of happiness"),
    "fear": ("surge", "fear_pre_open", "A surge of fear"),
}
POSTED = "n_posts_pre_open >= 3"
BASE = StackedEvents(
    y="return_open_close",
    shock="slump_valence_pre_open",
    before=5,
    after=10,
    y_scale=1e4,
    where=POSTED,
)
RETURNS = {
    name: replace(BASE, shock=f"{side}_{column}", label=f"{label} and the returns after it")
    for name, (side, column, label) in SHOCKS.items()
}
RANGES = {
    f"{name}_range": replace(
        BASE,
        y="log_range_parkinson",
        shock=f"{side}_{column}",
        cumulated=False,
        y_scale=100.0,
        label=f"{label} and the range",
    )
    for name, (side, column, label) in SHOCKS.items()
}
WEEKEND = replace(
    BASE,
    where=f"{POSTED} AND after_break = 1",
    label="A slump of valence after a weekend or holiday, and the returns after it",
)
PRESSURE = "Tetlock (2007), abstract: high pessimism predicts downward pressure followed by a reversion"
NOISE = "Antweiler and Frank (2004), abstract: messages help predict volatility"

STUDY = Study(
    name="shocks",
    question="What follows a sudden turn of mood, against firms whose mood stayed as it was?",
    design=" ".join((__doc__ or "").split("\n\n")[1].removeprefix("Design. ").split()),
    papers=(
        "Cengiz, Dube, Lindner and Zipperer, The Effect of Minimum Wages on Low-Wage Jobs, Quarterly Journal of Economics 2019",
        "Wing, Freedman and Hollingsworth, Stacked Difference-in-Differences, NBER working paper 32054, 2024",
        "Goodman-Bacon, Difference-in-Differences with Variation in Treatment Timing, Journal of Econometrics 2021",
    ),
    derive=(*(Shock(column, side) for side, column, _ in SHOCKS.values()), AfterBreak()),
    specs={**RETURNS, "slump_weekend": WEEKEND, **RANGES},
    primary=("slump", "session 10"),
    headline=(("slump", "session 0"), ("slump", "session 10"), ("fear", "session 10"), ("fear_range", "session 0")),
    expectations=(
        Expectation("slump", "session 0", "negative", PRESSURE),
        Expectation("slump_range", "session 0", "positive", NOISE),
    ),
    limits=(
        "A shock is no experiment: news moves mood and prices at once. A flat path before it does not prove that treated firms "
        "and controls would have stayed together without it.",
        "With few posts a cell many shocks are chance, which pulls every path towards zero; the correction for the sampling of "
        "posts is for regressors, not for thresholds, so none is made here.",
        "Controls are firms without a shock in sixteen sessions: firms that are little talked about.",
    ),
)
