"""Overview: what investors feel, when they say it, and which days of which firms stand out.

Design. Posts and emotions by weekday and hour of the exchange's clock, each readable post once; contrasts of mean valence
between parts of the week have Newey-West errors over calendar days. For the firms that most posts name, each session, from the
close before to its own close, is ranked by how far the mood of its posts lies from the firm's usual mood, in standard
errors of a mean of independent posts. Returns of each firm's brightest sessions are compared with returns of its darkest
on the same day (an association: mood and return share their hours) and on the session after, with firm effects and errors
clustered by session. Below the figure stand the sessions and the posts that moved them. A day may be made by one text that
many accounts post, so each says how many distinct texts it rests on and how many of its posts are likely promotion, and
returns are compared once more on days that are ranked by distinct texts, each of which counts once.

Papers. Descriptive; the ranking and the share of sessions are choices of this package. Vamossy and Skog, "EmTract: Investor
Emotions and Market Behavior", arXiv 2112.03868, for the emotions.
"""

from emtract.study import (
    FIRM_DAYS,
    FIRM_SESSIONS,
    MOVING_POSTS,
    OPEN_SHARE,
    POSTING_HOURS,
    Expectation,
    FirmDays,
    FirmSessions,
    HourlyMood,
    MovingPosts,
    PostingHours,
    Study,
    UnusualDays,
)

STUDY = Study(
    name="overview",
    question="What do investors feel, when do they say it, and which days stand out?",
    design=" ".join((__doc__ or "").split("\n\n")[1].removeprefix("Design. ").split()),
    papers=("Vamossy and Skog, EmTract: Investor Emotions and Market Behavior, arXiv 2112.03868",),
    samples={
        FIRM_SESSIONS: FirmSessions(),
        POSTING_HOURS: PostingHours(),
        FIRM_DAYS: FirmDays(),
        MOVING_POSTS: MovingPosts(),
        "firm_days_by_texts": FirmDays(weights="distinct_text"),
    },
    specs={
        "hours": HourlyMood(label="When they post, and how they feel then"),
        "unusual": UnusualDays(label="Days that stand out"),
        "unusual_by_texts": UnusualDays(
            label="Days that stand out, each text once", days="firm_days_by_texts", posts=None
        ),
    },
    primary=("hours", OPEN_SHARE),
    headline=(("hours", OPEN_SHARE), ("unusual", "return_close_close"), ("unusual", "return_close_close_next")),
    expectations=(
        Expectation(
            "unusual",
            "return_close_close",
            "positive",
            "arXiv 2112.03868, abstract: emotions move with the price of their own session",
        ),
    ),
    limits=(
        "The days were picked because they stand out, by a ranking over the whole period: a description, which nobody could "
        "have traded on.",
        "Posts repeat and answer one another: a large departure is common, and no test of anything.",
        "What moved a day here is what moved the measured mood; what moved the price is not known from posts.",
    ),
)
