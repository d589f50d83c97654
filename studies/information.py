"""Information: which messages carry the emotions that go with returns, those about finance or chat, originals or echoes.

Design. Firm-session panel with firm and session fixed effects and errors clustered by firm and session, every regressor
per standard deviation. Posts are divided twice: finance posts use a term of finance or earnings, chat uses none;
disseminating posts carry a link, are reposts or begin with RT, original posts are all others. The emotions of both
groups stand in one regression, each group with its own attention: valence alone, then six emotions; the difference of
their slopes has a test of its own. A second form lets the slope of all posts' valence move with the share of finance (of
original) posts in the window. Each for the session in which the posts were written, and for the session that opens
after them. In the first form both groups must have posted in the window, which leaves the firms that are talked about
most.

Papers. Vamossy, "Social Media Emotions and IPO Returns", arXiv 2306.12602 (messages rich in financial language; messages
that support existing information). Bartov, Faurel and Mohanram, "Can Twitter Help Predict Firm-Level Earnings and Stock
Returns?", The Accounting Review 93, 2018 (original and disseminated information). The lexicon, the rule of any hit and
the rule of links and reposts are choices of this package, not quotations.
"""

from dataclasses import replace

from emtract.emotions import NON_NEUTRAL
from emtract.study import GROUPS, Contrast, Exhibit, Expectation, FirmSessions, Spec, Split, Study

LAGGED = ("lagged_return", "lagged_volatility")
BASE = Spec(
    y="return_open_close",
    x=("valence_market",),
    effects=("symbol", "session"),
    covariance="clustered",
    clusters=("symbol", "session"),
    small_sample="fixest",
    y_scale=1e4,
)
FAMILIES = {"contemporaneous": ("market", "Same session"), "opens": ("pre_open", "Session that opens")}
SPLITS = ("content", "origin")


def _groups(family: str, split: str) -> dict[str, Spec | Contrast]:
    """Return the regressions of a family on both groups of a split, and the differences between their slopes."""
    window, label = FAMILIES[family]
    first, second = GROUPS[split]
    controls = (*(f"attention_{window}_{group}" for group in (first, second)), *LAGGED)
    made: dict[str, Spec | Contrast] = {}
    for kind, names in {"valence": ("valence",), "emotions": NON_NEUTRAL}.items():
        pairs = tuple((f"{name}_{window}_{first}", f"{name}_{window}_{second}") for name in names)
        x = tuple(column for pair in zip(*pairs, strict=True) for column in pair)
        spec = replace(BASE, x=x, controls=controls, standardise=(*x, *controls), label=label, sample=f"by_{split}")
        made[f"{family}_{split}_{kind}"] = spec
        title = f"{label}: {first} less {second}, {kind}"
        made[f"{family}_{split}_{kind}_gap"] = Contrast(label=title, spec=spec, pairs=pairs)
    return made


def _share(family: str, split: str) -> Spec:
    """Return the regression in which the slope of valence moves with the share of the first group's posts."""
    window, label = FAMILIES[family]
    columns = (f"valence_{window}", f"share_{window}_{GROUPS[split][0]}")
    controls = (f"attention_{window}", *LAGGED)
    return replace(
        BASE,
        x=(*columns, ":".join(columns)),
        controls=controls,
        standardise=(*columns, *controls),
        label=label,
        sample=f"by_{split}",
    )


SPECS = {
    name: spec
    for split in SPLITS
    for family in FAMILIES
    for name, spec in (_groups(family, split) | {f"{family}_{split}_share": _share(family, split)}).items()
}
TITLES = {"content": "Posts about finance, and chat", "origin": "Original posts, and those that disseminate"}
FINANCE = "arXiv 2306.12602, abstract: driven by messages that use finance language (of IPOs, not of daily returns)"
SUPPORT = "arXiv 2306.12602, abstract: and by those that support existing information (of IPOs, not of daily returns)"

STUDY = Study(
    name="information",
    question="Which messages carry the emotions that go with returns: finance or chat, originals or echoes?",
    design=" ".join((__doc__ or "").split("\n\n")[1].removeprefix("Design. ").split()),
    papers=(
        "Vamossy, Social Media Emotions and IPO Returns, arXiv 2306.12602",
        "Bartov, Faurel and Mohanram, Can Twitter Help Predict Firm-Level Earnings and Stock Returns?, "
        "The Accounting Review 93, 2018",
    ),
    samples={f"by_{split}": FirmSessions(split=Split(split)) for split in SPLITS},
    specs=SPECS,
    exhibits=tuple(
        Exhibit(f"{TITLES[split]}: {kind}", tuple(f"{family}_{split}_{kind}" for family in FAMILIES), note)
        for split in SPLITS
        for kind, note in (
            ("valence", "Both groups in one regression; windows in which either was silent are left out."),
            ("emotions", "Both groups in one regression; neutral is the omitted category of each."),
            ("share", f"The product is with the share of {GROUPS[split][0]} posts, after standardising both."),
        )
    ),
    headline=(
        ("contemporaneous_content_valence", "valence_market_finance"),
        ("contemporaneous_content_valence", "valence_market_chat"),
        ("contemporaneous_content_valence_gap", "valence_market_finance - valence_market_chat"),
        ("contemporaneous_origin_valence_gap", "valence_market_original - valence_market_disseminating"),
    ),
    expectations=(
        Expectation("opens_content_emotions", "happy_pre_open_finance", "positive", FINANCE),
        Expectation("opens_origin_emotions", "happy_pre_open_disseminating", "positive", SUPPORT),
        Expectation("opens_content_share", "valence_pre_open:share_pre_open_finance", "positive", FINANCE),
    ),
    limits=(
        "A lexicon reads words, not meaning: a joke that names a share price counts as finance, news in plain words as chat.",
        "Groups differ in who writes, when and about which firms, not only in what they say: a difference is no effect of "
        "language or of links.",
    ),
)
