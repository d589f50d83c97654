"""Portfolio: is investor emotion worth anything to somebody who trades on it.

Design. Each session, firms are sorted into quintiles by an emotion before the open. The highest quintile is bought and the
lowest sold short, one dollar each, at the session's open, and both are closed at its close; the same from that close to the
next, when the emotion is older; and on emotion during market hours from the close to the next close. Equal weights, and
weights by market value where shares outstanding are known. Breakpoints are the session's own; sessions with fewer than 20
firms are left out. Means, alphas against published factors (and against the equal-weighted market of the same firms) and
Sharpe ratios have Newey-West errors. Costs are counted per dollar traded: a position that is opened and closed within a
session pays twice on each side. The break-even cost is the cost per side at which nothing is left.

Papers. Portfolio sorts and Newey-West errors are customary. A long-short portfolio on emotions stands in the first draft of
Vamossy, "Investor Emotions and Earnings Announcements"; sorts on pre-open emotion, windows, weights, quintiles and the
number of firms are choices of this package, not quotations.
"""

from dataclasses import replace

from emtract.emotions import NON_NEUTRAL
from emtract.study import (
    BREAK_EVEN,
    FIRM_SESSIONS,
    SPREAD,
    Expectation,
    FirmSessions,
    PortfolioSort,
    Published,
    ReturnSeries,
    SignalSorts,
    Study,
)

DAY = PortfolioSort(signal="valence_pre_open", returns="return_open_close", label="Open to close")
NIGHT = replace(DAY, returns="return_close_close_next", label="Close to next close")
LATE = replace(NIGHT, signal="valence_market", label="Market hours, close to next close")
SIGNALS = tuple(f"{name}_pre_open" for name in ("valence", *NON_NEUTRAL))
SOURCE = "arXiv 2112.03868, abstract: emotions predict daily price movements; arXiv 2404.03792: valence alone does not"
LAB = "Breaban and Noussair (laboratory markets), abstract; arXiv 2404.03792, abstract: as in the laboratory"

STUDY = Study(
    name="portfolio",
    question="Is investor emotion worth anything to somebody who trades on it?",
    design=" ".join((__doc__ or "").split("\n\n")[1].removeprefix("Design. ").split()),
    papers=(
        "Vamossy and Skog, EmTract: Investor Emotions and Market Behavior, arXiv 2112.03868",
        "Vamossy, Social Media Emotions and Market Behavior, arXiv 2404.03792",
        "Vamossy, Investor Emotions and Earnings Announcements, Journal of Behavioral and Experimental Finance 2021",
        "Newey and West, A Simple, Positive Semi-Definite, Heteroskedasticity and Autocorrelation Consistent Covariance "
        "Matrix, Econometrica 1987; Automatic Lag Selection in Covariance Matrix Estimation, Review of Economic Studies 1994",
        "Lo, The Statistics of Sharpe Ratios, Financial Analysts Journal 2002",
    ),
    samples={FIRM_SESSIONS: FirmSessions(), "series": ReturnSeries()},
    specs={
        "valence": DAY,
        "valence_value": replace(DAY, weights="value", label="Open to close, value weights"),
        "valence_two_posts": replace(
            DAY, where="n_posts_pre_open >= 2", min_firms=10, label="Open to close, two posts or more"
        ),
        "valence_overnight": NIGHT,
        "valence_overnight_value": replace(NIGHT, weights="value", label="Close to next close, value weights"),
        "valence_market": LATE,
        "signals": SignalSorts(sort=DAY, signals=SIGNALS, label="Valence and each emotion, open to close"),
        "signals_overnight": SignalSorts(
            sort=NIGHT, signals=SIGNALS, label="Valence and each emotion, close to next close"
        ),
    },
    primary=("valence", SPREAD),
    headline=(("valence", SPREAD), ("valence", BREAK_EVEN)),
    expectations=(
        Expectation("valence", SPREAD, "either", SOURCE),
        Expectation("signals", "happy_pre_open", "positive", LAB),
        Expectation("signals", "fear_pre_open", "negative", LAB),
    ),
    published=(
        Published(
            "a day later, per standard deviation of sentiment; of attention",
            "+6.1 and -13.1 basis points",
            "Cookson, Lu, Mullins and Niessner, The Social Signal: regressions on 1,500 firms, not portfolios",
        ),
        Published(
            "a long-short portfolio around earnings announcements",
            "1.75 times the market",
            "Vamossy, Investor Emotions and Earnings Announcements, 2020 draft",
        ),
    ),
    limits=(
        "Positions open at the session's opening price, which nobody can count on for an order sent when the posts are in: "
        "orders for the opening auction may be due before the last posts of the window, and its price moves with what is sent.",
        "Costs are a flat rate on every dollar traded; fees for borrowing shares, taxes, impact and the size that could be "
        "invested are left out, and short positions are taken to be possible in every share.",
        "Firms are those whose prices the archive holds: where it lists the large firms of today, those that failed are "
        "missing, and a quintile holds a handful of firms.",
        "Where posts are a sample of what was posted, the emotion of a firm that few posts name is mostly noise, which draws "
        "the quintiles together.",
        "A quintile that earns more may hold more risk that the factors do not price; an alpha is no proof of a mistake by the "
        "market.",
    ),
)
