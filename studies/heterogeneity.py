"""Heterogeneity: whose returns do emotions move with, and come before, the most.

Design. Firm-session panel with firm and session fixed effects and errors clustered by firm and session. The open-to-close
return on six emotions jointly and on each emotion times a characteristic of the firm, whose main effect is always included:
volatility of the sessions before, Amihud illiquidity, short interest and institutional ownership as shares of shares
outstanding, and size. Each once split at the median of the session's firms (high is above it) and once continuous, per
standard deviation; once with emotions during market hours (contemporaneous) and once with emotions before the
open (predictive); and split with valence alone. Every characteristic was public before the session: prices up to the
session before, short interest about two weeks after settlement, holdings 45 days after the quarter. Attention, lagged return
and lagged volatility are held fixed. An interaction is the difference that the characteristic makes to the emotion's slope.

Papers. Vamossy and Skog, "EmTract: Investor Emotions and Market Behavior", arXiv 2112.03868. Vamossy, "Social Media
Emotions and Market Behavior", arXiv 2404.03792; the two differ on which interactions there are. Amihud (2002) for
illiquidity. The split at the session's median, the lags and the controls are choices of this package, not quotations.
"""

from dataclasses import replace

from emtract.emotions import NON_NEUTRAL
from emtract.study import Exhibit, Expectation, Logarithm, MedianSplit, Published, Spec, Study

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
#: Name -> column that is split, column that is continuous, heading. Illiquidity is skewed, so its logarithm is continuous.
MEASURES = {
    "volatility": ("lagged_volatility", "lagged_volatility", "Volatility"),
    "illiquidity": ("lagged_amihud", "log_lagged_amihud", "Illiquidity"),
    "short_interest": ("short_ratio", "short_ratio", "Short interest"),
    "institutions": ("institutional_share", "institutional_share", "Institutional ownership"),
    "size": ("size", "size", "Size"),
}
FAMILIES = {"contemporaneous": ("market", "same session"), "predictive": ("pre_open", "session that opens")}


def _spec(window: str, moods: tuple[str, ...], column: str, label: str, *, standardised: bool) -> Spec:
    """Return emotions, their products with a characteristic, and its main effect among the controls."""
    emotions = tuple(f"{mood}_{window}" for mood in moods)
    held = (f"attention_{window}", *LAGGED)
    return replace(
        BASE,
        x=(*emotions, *(f"{emotion}:{column}" for emotion in emotions)),
        controls=tuple(dict.fromkeys((column, *held))),
        standardise=tuple(dict.fromkeys((*emotions, *((column,) if standardised else ()), *held))),
        winsorise=(column,) if standardised else (),
        label=label,
    )


SPECS = {
    f"{family}_{name}_{kind}": _spec(
        window, moods, column, f"{heading}, {form}, {when}", standardised=form == "continuous"
    )
    for name, (split, continuous, heading) in MEASURES.items()
    for family, (window, when) in FAMILIES.items()
    for kind, moods, column, form in (
        ("split", NON_NEUTRAL, f"high_{split}", "split"),
        ("continuous", NON_NEUTRAL, continuous, "continuous"),
        ("valence", ("valence",), f"high_{split}", "split"),
    )
}
BOTH = (
    "arXiv 2112.03868, abstract: larger where volatility or short interest are higher, institutions or liquidity lower"
)
AGREED = "arXiv 2112.03868 and arXiv 2404.03792, abstracts: larger where liquidity is lower or short interest higher"
SIGNS = (("volatility", 1, BOTH), ("illiquidity", 1, AGREED), ("short_interest", 1, AGREED), ("institutions", -1, BOTH))

STUDY = Study(
    name="heterogeneity",
    question="For which firms do investor emotions move with returns, and come before them, the most?",
    design=" ".join((__doc__ or "").split("\n\n")[1].removeprefix("Design. ").split()),
    papers=(
        "Vamossy and Skog, EmTract: Investor Emotions and Market Behavior, arXiv 2112.03868",
        "Vamossy, Social Media Emotions and Market Behavior, arXiv 2404.03792",
        "Amihud, Illiquidity and Stock Returns, Journal of Financial Markets 2002",
    ),
    derive=(*(MedianSplit(column) for column, _, _ in MEASURES.values()), Logarithm("lagged_amihud")),
    specs=SPECS,
    exhibits=tuple(
        Exhibit(
            f"{heading}: {title}",
            tuple(f"{family}_{name}_{kind}" for family in FAMILIES for kind in kinds),
            "A product is the change of the emotion's slope: from firms below the session's median to firms above it, or per "
            "standard deviation of the characteristic (winsorised at 1 and 99 per cent).",
        )
        for name, (_, _, heading) in MEASURES.items()
        for title, kinds in (("six emotions", ("split", "continuous")), ("valence alone", ("valence",)))
    ),
    primary=("predictive_volatility_split", "happy_pre_open:high_lagged_volatility"),
    headline=tuple(
        (f"predictive_{name}_split", f"happy_pre_open:high_{column}") for name, (column, _, _) in MEASURES.items()
    ),
    expectations=tuple(
        Expectation(
            f"predictive_{name}_split",
            f"{emotion}_pre_open:high_{MEASURES[name][0]}",
            "positive" if sign * direction > 0 else "negative",
            source,
        )
        for name, direction, source in SIGNS
        for emotion, sign in (("happy", 1), ("fear", -1))
    ),
    published=(
        Published("Interactions found, first version", "volatility, short interest, institutions, liquidity", BOTH),
        Published("Interactions found, later version", "liquidity, short interest", AGREED),
    ),
    limits=(
        "Splits are relative to the firms of the archive: among large firms only, the less liquid half is liquid too.",
        "Characteristics are not assigned at random: a slope that differs with one may differ because of another.",
        "Ten tables of interactions are many tests: one distinguishable at 5 per cent in twenty is expected by chance.",
    ),
    max_attrition=0.98,
)
