"""Robustness: what is left of an answer when the choices behind it are made another way.

Design. Specification curves (Simonsohn, Simmons and Nelson 2020) around four regressions on the firm-session panel: valence
during market hours and the same session's open-to-close return; valence before the open and the open-to-close return of the
session that opens, and of the session after it; sadness before the open, given the other emotions, and the return of the
session after it. Each choice is an axis: which posts count and how they weigh, which model read them, the least number of
posts, outliers, fixed effects, controls, clusters, whether the mood is corrected for the few texts behind it, and the time
before and after StockTwits lengthened its posts in May 2019. Apart from the curve stand placebos: emotions eleven to thirty
sessions after the return (nearer ones answer to it), emotions of other sessions of the firm, and of other firms on the same
session. A joint test rotates the sessions of the emotions against the sessions of the returns.

Papers. Simonsohn, Simmons and Nelson, "Specification Curve Analysis", Nature Human Behaviour 4, 2020. Vamossy and
Skog, "EmTract: Investor Emotions and Market Behavior", arXiv 2112.03868 (another emotion model). The axes are choices
of this package, not quotations.
"""

from dataclasses import replace

from emtract.emotions import NON_NEUTRAL
from emtract.study import (
    Axis,
    BotRule,
    Choice,
    Expectation,
    FirmSessions,
    Lead,
    OtherFirms,
    Placebo,
    PostFilter,
    Shuffled,
    Spec,
    SpecificationCurve,
    Study,
)

SCORERS = ("vader", "textblob", "nrclex")
SAMPLES = {
    "firm_sessions": FirmSessions(weights="equal", min_posts=1),
    "log_followers": FirmSessions(weights="log_followers", min_posts=1),
    "one_vote": FirmSessions(weights="one_vote", min_posts=1),
    "distinct_text": FirmSessions(weights="distinct_text", min_posts=1),
    "originals": FirmSessions(weights="equal", min_posts=1, posts=PostFilter(origin="original")),
    "finance": FirmSessions(weights="equal", min_posts=1, posts=PostFilter(content="finance")),
    "without_bots": FirmSessions(weights="equal", min_posts=1, posts=PostFilter(drop_bots=BotRule())),
    "cutoff_30": FirmSessions(weights="equal", min_posts=1, cutoff_minutes=30),
    "cutoff_60": FirmSessions(weights="equal", min_posts=1, cutoff_minutes=60),
    "from_four": FirmSessions(weights="equal", min_posts=1, pre_open_minutes=330),
    "without_earnings": FirmSessions(weights="equal", min_posts=1, earnings_sessions=1),
    **{f"scored_by_{name}": FirmSessions(scorer=name, weights="equal", min_posts=1) for name in SCORERS},
}
VARIANTS = {
    "log_followers": "weights by followers",
    "one_vote": "one vote an author",
    "distinct_text": "one vote a text",
    "originals": "original posts only",
    "finance": "finance posts only",
    "without_bots": "without likely bots",
    "without_earnings": "without days around earnings",
    **{f"scored_by_{name}": f"read by {name}" for name in SCORERS},
}
WINDOWS = {
    "cutoff_30": "until 30 minutes before the open",
    "cutoff_60": "until 60 minutes before the open",
    "from_four": "from 5.5 hours before the open",
}
LAGGED = ("lagged_return", "lagged_volatility")
BASE = Spec(
    y="return_open_close",
    x=("valence_market",),
    controls=("attention_market", *LAGGED),
    effects=("symbol", "session"),
    covariance="clustered",
    clusters=("symbol", "session"),
    small_sample="fixest",
    y_scale=1e4,
    label="Same session",
)


def _axes(base: Spec, window: str, *, scorers: bool = True) -> tuple[Axis, ...]:
    """Return the choices around a regression on emotions of one window; word lists of valence read no single emotion."""
    variants = VARIANTS | (WINDOWS if window == "pre_open" else {})
    posts = [Choice(words, {"sample": name}) for name, words in variants.items() if scorers or "scored_by" not in name]
    count, attention = f"n_posts_{window}", f"attention_{window}"
    others = tuple(c for c in base.controls if c not in (attention, *LAGGED))
    controls = {
        "attention only": (*others, attention),
        "none": others,
        "with overnight return": (*base.controls, "return_overnight"),
    }
    return (
        Axis("posts", (Choice("all posts"), *posts)),
        Axis("minimum posts", (Choice("1"), *(Choice(str(n), {"where": f"{count} >= {n}"}) for n in (5, 10, 25)))),
        Axis("outliers", (Choice("as they are"), Choice("return winsorised at 1 %", {"winsorise": (base.y,)}))),
        Axis(
            "effects",
            (
                Choice("firm, session"),
                Choice("firm by month, session", {"effects": ("symbol:month", "session")}),
                Choice("firm, industry by session", {"effects": ("symbol", "industry:session")}),
                Choice("session", {"effects": ("session",)}),
            ),
        ),
        Axis(
            "controls",
            (Choice("attention and lags"), *(Choice(words, {"controls": c}) for words, c in controls.items())),
        ),
        Axis(
            "clusters",
            (
                Choice("firm, session"),
                Choice("industry, session", {"clusters": ("industry", "session")}),
                Choice("session", {"clusters": ("session",)}),
            ),
        ),
        Axis("mood", (Choice("as measured"), Choice("corrected for few texts", {"correct": "mood"}))),
        Axis(
            "period",
            (
                Choice("all"),
                Choice("before May 2019", {"where": "session < DATE '2019-05-01'"}),
                Choice("from May 2019", {"where": "session >= DATE '2019-05-01'"}),
            ),
        ),
    )


def _placebos(term: str, draws: int = 20) -> tuple[Placebo, ...]:
    """Return so many placebos of each kind for a column."""
    return (
        *(Placebo("future emotions", (Lead(term, (k,)),), f"_lead_{k}", k) for k in range(11, 11 + draws)),
        *(Placebo("shuffled sessions", (Shuffled((term,), seed),), "_shuffled", seed) for seed in range(draws)),
        *(Placebo("other firms", (OtherFirms((term,), seed),), "_other_firm", seed) for seed in range(draws)),
    )


def _curve(base: Spec, window: str, *, scorers: bool = True) -> SpecificationCurve:
    """Return the curve around a regression."""
    axes, placebos = _axes(base, window, scorers=scorers), _placebos(base.x[0])
    return SpecificationCurve(label=base.label, base=base, axes=axes, placebos=placebos, cap=120)


OPENS = replace(BASE, x=("valence_pre_open",), controls=("attention_pre_open", *LAGGED), label="Session that opens")
NEXT = replace(OPENS, y="return_open_close_next", label="Next session")
SADNESS = replace(
    NEXT,
    x=("sad_pre_open",),
    controls=(*(f"{e}_pre_open" for e in NON_NEUTRAL if e != "sad"), *OPENS.controls),
    label="Next session, sadness given other emotions",
)
CURVES = {
    "contemporaneous": _curve(BASE, "market"),
    "opens": _curve(OPENS, "pre_open"),
    "next": _curve(NEXT, "pre_open"),
    "next_sadness": _curve(SADNESS, "pre_open", scorers=False),
}
JOINTS = {
    f"{name}_joint": replace(
        CURVES[name], label=f"{CURVES[name].label}, joint test", grid="one_at_a_time", placebos=(), rotations=40
    )
    for name in ("opens", "next")
}


STUDY = Study(
    name="robustness",
    question="Does the answer survive when the choices behind it are made another way?",
    design=" ".join((__doc__ or "").split("\n\n")[1].removeprefix("Design. ").split()),
    papers=(
        "Simonsohn, Simmons and Nelson, Specification Curve Analysis, Nature Human Behaviour 4, 2020",
        "Vamossy and Skog, EmTract: Investor Emotions and Market Behavior, arXiv 2112.03868",
    ),
    samples=SAMPLES,
    specs={**CURVES, **JOINTS},
    primary=("contemporaneous", "median_estimate"),
    headline=(
        ("contemporaneous", "median_estimate"),
        ("contemporaneous", "share_significant"),
        ("opens", "share_significant"),
        ("opens", "share_placebos_rejecting"),
    ),
    expectations=(
        Expectation(
            "opens", "base", "either", "arXiv 2404.03792, abstract: valence is insignificant; no sign is given"
        ),
        Expectation("next_sadness", "base", "either", "arXiv 2404.03792, abstract: persistent influence of sadness"),
    ),
    limits=(
        "Specifications of a curve share their data: how many of them agree is no measure of how likely an effect is.",
        "A curve holds the choices that its author thought of; posts that the archive never had are not among them.",
    ),
)
