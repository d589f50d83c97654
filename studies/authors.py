"""Authors: whose emotions go with returns, verified, followed and regular authors' or others'.

Design. Firm-session panel with firm and session fixed effects and errors clustered by firm and session, every regressor
per standard deviation. Posts are divided by their authors as they were when they posted: verified or not; above or
below the median of followers; with more or fewer earlier posts in the archive than the median post has behind it. The
emotions of both groups stand in one regression, each group with its own attention: valence alone, then six emotions
(but for verified authors, who are few); the difference of their slopes has a test of its own. Beside them stand all
posts, all posts but what prolific accounts wrote (more than ten posts on one day by then), and all posts but what likely
bots wrote (twenty earlier posts or more, above fifty a day or mostly repeating their own). Each for the session in which
the posts were written, and for the session that opens after them. What authors state of their experience is not used: posts as
stored do not carry it.

Papers. Vamossy and Skog, "EmTract: Investor Emotions and Market Behavior", arXiv 2112.03868 (whose emotions matter is a
question of the paper). Renault, "Intraday online investor sentiment and return patterns in the U.S. stock market",
Journal of Banking & Finance 84, 2017 (novices). The divisions are choices of this package, not quotations.
"""

from dataclasses import replace

from emtract.emotions import NON_NEUTRAL
from emtract.study import GROUPS, BotRule, Contrast, Exhibit, Expectation, FirmSessions, PostFilter, Spec, Split, Study

LAGGED = ("lagged_return", "lagged_volatility")
BASE = Spec(
    y="return_open_close",
    x=("valence_market",),
    effects=("symbol", "session"),
    covariance="clustered",
    clusters=("symbol", "session"),
    small_sample="fixest",
    bootstrap="auto",
    y_scale=1e4,
    correct="mood",
)
FAMILIES = {"contemporaneous": ("market", "Same session"), "opens": ("pre_open", "Session that opens")}
SPLITS = ("verified", "followers", "history")
KINDS = {"valence": ("valence",), "emotions": NON_NEUTRAL}
#: Verified authors are so few that six emotions of theirs beside six of the others leave little to estimate from.
KINDS_OF = {"verified": ("valence",), "followers": tuple(KINDS), "history": tuple(KINDS)}
WHOLES = {"firm_sessions": "all posts", "without_prolific": "no prolific accounts", "without_bots": "no likely bots"}


def _groups(family: str, split: str) -> dict[str, Spec | Contrast]:
    """Return the regressions of a family on both groups of a split, and the differences between their slopes."""
    window, label = FAMILIES[family]
    first, second = GROUPS[split]
    controls = (*(f"attention_{window}_{group}" for group in (first, second)), *LAGGED)
    made: dict[str, Spec | Contrast] = {}
    for kind in KINDS_OF[split]:
        names = KINDS[kind]
        pairs = tuple((f"{name}_{window}_{first}", f"{name}_{window}_{second}") for name in names)
        x = tuple(column for pair in zip(*pairs, strict=True) for column in pair)
        spec = replace(BASE, x=x, controls=controls, standardise=(*x, *controls), label=label, sample=f"by_{split}")
        made[f"{family}_{split}_{kind}"] = spec
        title = f"{label}: {first} minus {second}, {kind}"
        made[f"{family}_{split}_{kind}_gap"] = Contrast(label=title, spec=spec, pairs=pairs)
    return made


def _wholes(family: str, kind: str) -> dict[str, Spec]:
    """Return a regression on all posts, without prolific accounts, and without likely bots."""
    window, label = FAMILIES[family]
    x, controls = tuple(f"{name}_{window}" for name in KINDS[kind]), (f"attention_{window}", *LAGGED)
    spec = replace(BASE, x=x, controls=controls, standardise=(*x, *controls))
    return {
        f"{family}_{kind}_{sample}": replace(spec, sample=sample, label=f"{label}, {words}")
        for sample, words in WHOLES.items()
    }


SPECS = {
    **{n: s for family in FAMILIES for kind in KINDS for n, s in _wholes(family, kind).items()},
    **{n: s for split in SPLITS for family in FAMILIES for n, s in _groups(family, split).items()},
}
TITLES = {
    "verified": "Verified authors, and others",
    "followers": "Followed authors, and others",
    "history": "Regulars, and newcomers",
}
NOVICES = "Renault 2017, abstract: the return predictability of sentiment is driven by novice traders"

STUDY = Study(
    name="authors",
    question="Whose emotions go with returns: verified, followed and regular authors', or others'?",
    design=" ".join((__doc__ or "").split("\n\n")[1].removeprefix("Design. ").split()),
    papers=(
        "Vamossy and Skog, EmTract: Investor Emotions and Market Behavior, arXiv 2112.03868",
        "Renault, Intraday online investor sentiment and return patterns in the U.S. stock market, "
        "Journal of Banking & Finance 84, 2017",
    ),
    samples={
        "firm_sessions": FirmSessions(),
        **{f"by_{split}": FirmSessions(split=Split(split)) for split in SPLITS},
        "without_prolific": FirmSessions(posts=PostFilter(max_posts_per_author_day=10)),
        "without_bots": FirmSessions(posts=PostFilter(drop_bots=BotRule())),
    },
    specs=SPECS,
    exhibits=(
        *(
            Exhibit(
                f"All authors, without prolific accounts, without likely bots: {kind}",
                tuple(f"{family}_{kind}_{sample}" for family in FAMILIES for sample in WHOLES),
            )
            for kind in KINDS
        ),
        *(
            Exhibit(
                f"{TITLES[split]}: {kind}",
                tuple(f"{family}_{split}_{kind}" for family in FAMILIES),
                "Both groups in one regression; windows in which either was silent are left out.",
            )
            for split in SPLITS
            for kind in KINDS_OF[split]
        ),
    ),
    primary=("contemporaneous_valence_firm_sessions", "valence_market"),
    headline=(
        ("contemporaneous_valence_firm_sessions", "valence_market"),
        ("contemporaneous_followers_valence_gap", "valence_market_followed - valence_market_unfollowed"),
        ("contemporaneous_history_valence_gap", "valence_market_regulars - valence_market_newcomers"),
    ),
    expectations=(Expectation("opens_history_valence", "valence_pre_open_newcomers", "positive", NOVICES),),
    limits=(
        "Authors are judged by what the archive holds of them: in a sample of posts a regular looks like a newcomer, and at "
        "the archive's start everybody does.",
        "Few posts are by verified authors, and they write about the largest firms: their column says little of others.",
        "Stated experience of StockTwits authors is not in the posts as stored, so nothing is said of it.",
    ),
)
