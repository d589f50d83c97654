"""Information: which messages carry the emotions that go with returns: finance or chat, originals or echoes, figures or words.

Design. Firm-session panel with firm and session fixed effects and errors clustered by firm and session, every regressor per
standard deviation. Posts are divided four times: finance posts use a term of finance or earnings, chat uses none; disseminating
posts carry a link, are reposts or begin with RT, original posts are all others; posts with figures name a price, an amount of
money, a percentage or the size of a move, plain ones do not; posts of the first hour of the session's trading, and later ones.
The emotions of both groups stand in one regression, each group with its own attention: valence alone, then six emotions (by the
hour valence only); the difference of their slopes has a test of its own. A second form lets the slope of all posts' valence
move with the share of finance (of original) posts in the window; in a third stands the valence of plain posts alone, beside the
valence of all posts in the same windows. Each for the session in which the posts were written, and for the session that opens
after them; the hours for the former. In the first form both groups must have posted in the window, which leaves the firms that
are talked about most. A post that says "+5 % today" reports the return that it is set against: posts with figures are where
such reports stand. Prices are daily, so the return of the rest of a session is not known, and posts of the first hour are set
against the open-to-close return, beside later posts. Where posts report the move, later posts have seen more of it and carry
it; posts of the first hour carry less.

Papers. Vamossy, "Social Media Emotions and IPO Returns", arXiv 2306.12602 (messages rich in financial language; messages
that support existing information). Bartov, Faurel and Mohanram, "Can Twitter Help Predict Firm-Level Earnings and Stock
Returns?", The Accounting Review 93, 2018 (original and disseminated information). The lexicon, the rule of any hit, the
rules of links and reposts and of figures, and the hour are choices of this package, not quotations.
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
    bootstrap="auto",
    y_scale=1e4,
    correct="mood",
)
FAMILIES = {"contemporaneous": ("market", "Same session"), "opens": ("pre_open", "Session that opens")}
KINDS = {"valence": ("valence",), "emotions": NON_NEUTRAL}
#: Split -> how both groups are estimated. Posts before the open stand in no hour of trading.
FORMS = {
    "content": ("valence", "emotions", "share"),
    "origin": ("valence", "emotions", "share"),
    "figures": ("valence", "emotions", "alone"),
    "clock": ("valence",),
}
SESSIONS = dict.fromkeys(FORMS, tuple(FAMILIES)) | {"clock": ("contemporaneous",)}


def _groups(family: str, split: str, kind: str) -> dict[str, Spec | Contrast]:
    """Return the regression of a family on both groups of a split, and the differences between their slopes."""
    window, label = FAMILIES[family]
    first, second = GROUPS[split]
    controls = (*(f"attention_{window}_{group}" for group in (first, second)), *LAGGED)
    pairs = tuple((f"{name}_{window}_{first}", f"{name}_{window}_{second}") for name in KINDS[kind])
    x = tuple(column for pair in zip(*pairs, strict=True) for column in pair)
    spec = replace(BASE, x=x, controls=controls, standardise=(*x, *controls), label=label, sample=f"by_{split}")
    whole = tuple(f"{name}_{window}" for name in KINDS[kind])
    title = f"{label}: {first} minus {second}, {kind}".replace("_", " ")
    name = f"{family}_{split}_{kind}"
    return {
        name: spec,
        f"{name}_gap": Contrast(label=title, spec=spec, pairs=pairs, whole=whole),
    }


def _share(family: str, split: str) -> dict[str, Spec | Contrast]:
    """Return the regression in which the slope of valence moves with the share of the first group's posts."""
    window, label = FAMILIES[family]
    columns = (f"valence_{window}", f"share_{window}_{GROUPS[split][0]}")
    controls = (f"attention_{window}", *LAGGED)
    x, standardise = (*columns, ":".join(columns)), (*columns, *controls)
    spec = replace(BASE, x=x, controls=controls, standardise=standardise, label=label, sample=f"by_{split}")
    return {f"{family}_{split}_share": spec}


def _alone(family: str, split: str) -> dict[str, Spec | Contrast]:
    """Return the regression on the valence of the second group alone, beside all posts in the same windows."""
    window, label = FAMILIES[family]
    group, controls = GROUPS[split][1], (f"attention_{window}", *LAGGED)
    whole, own = f"valence_{window}", f"valence_{window}_{group}"
    spec = replace(BASE, controls=controls, sample=f"by_{split}", where=f"{own} IS NOT NULL AND {whole} IS NOT NULL")
    named = {"all": (whole, "all posts"), "alone": (own, f"{group} posts alone")}
    return {
        f"{family}_{split}_{name}": replace(spec, x=(x,), standardise=(x, *controls), label=f"{label}, {words}")
        for name, (x, words) in named.items()
    }


def _form(family: str, split: str, form: str) -> dict[str, Spec | Contrast]:
    """Return the specs of one form."""
    made = {"share": _share, "alone": _alone}.get(form)
    return _groups(family, split, form) if made is None else made(family, split)


SPECS = {
    name: spec
    for split, forms in FORMS.items()
    for family in SESSIONS[split]
    for form in forms
    for name, spec in _form(family, split, form).items()
}
TITLES = {
    "content": "Posts about finance, and chat",
    "origin": "Original posts, and those that disseminate",
    "figures": "Posts with figures, and plain ones",
    "clock": "Posts of the session's first hour, and later ones",
}
NOTES = {
    "valence": "Both groups in one regression; windows in which either was silent are left out.",
    "emotions": "Both groups in one regression; neutral is the omitted category of each.",
    "share": "The product is with the share of {} posts, after standardising both.",
    "alone": "All posts, and those that name no price, percentage or size of a move, in the same windows.",
}
FINANCE = "arXiv 2306.12602, abstract: driven by messages that use finance language (of IPOs, not of daily returns)"
SUPPORT = "arXiv 2306.12602, abstract: and by those that support existing information (of IPOs, not of daily returns)"

STUDY = Study(
    name="information",
    question="Which messages carry the emotions that go with returns: finance or chat, originals or echoes, figures or words?",
    design=" ".join((__doc__ or "").split("\n\n")[1].removeprefix("Design. ").split()),
    papers=(
        "Vamossy, Social Media Emotions and IPO Returns, arXiv 2306.12602",
        "Bartov, Faurel and Mohanram, Can Twitter Help Predict Firm-Level Earnings and Stock Returns?, "
        "The Accounting Review 93, 2018",
    ),
    samples={f"by_{split}": FirmSessions(split=Split(split)) for split in FORMS},
    specs=SPECS,
    exhibits=tuple(
        Exhibit(
            f"{TITLES[split]}: {form}",
            tuple(
                n for family in SESSIONS[split] for n, s in _form(family, split, form).items() if isinstance(s, Spec)
            ),
            NOTES[form].format(GROUPS[split][0]),
        )
        for split, forms in FORMS.items()
        for form in forms
    ),
    primary=("contemporaneous_content_valence", "valence_market_finance"),
    headline=(
        ("contemporaneous_content_valence", "valence_market_finance"),
        ("contemporaneous_content_valence", "valence_market_chat"),
        ("contemporaneous_content_valence_gap", "valence_market_finance - valence_market_chat"),
        ("contemporaneous_origin_valence_gap", "valence_market_original - valence_market_disseminating"),
        ("contemporaneous_figures_alone", "valence_market_plain"),
    ),
    expectations=(
        Expectation("opens_content_emotions", "happy_pre_open_finance", "positive", FINANCE),
        Expectation("opens_origin_emotions", "happy_pre_open_disseminating", "positive", SUPPORT),
        Expectation("opens_content_share", "valence_pre_open:share_pre_open_finance", "positive", FINANCE),
    ),
    limits=(
        "A lexicon reads words, not meaning: a joke that names a share price counts as finance, news in plain words as chat.",
        "A post may report a move without a figure (what a rally), and a figure may be a target or a deal: without posts with "
        "figures most reports of the return are out, not all, and other posts with them.",
        "Posts of the first hour have seen that hour's part of the open-to-close return; the return after them would take prices "
        "within the day. Where they carry no less than later posts, reports of the move are not what carries the association; "
        "that does not make it an effect of mood.",
        "Groups differ in who writes, when and about which firms, not only in what they say: a difference is no effect of "
        "language or of links.",
    ),
)
