"""Daily returns: do investor emotions move with them, and do they come before them.

Design. Firm-session panel with firm and session fixed effects and errors clustered by firm and session. Emotions during
market hours beside the same session's open-to-close return (contemporaneous); emotions before the open beside the same
return of the session that opens (predictive; also given the overnight return) and of the session after it (next); emotions during
market hours beside the next close-to-close return, given the return of the session they were written in (drift). Each
once with valence alone and once with six emotions jointly: the seven shares sum to one, so neutral is the omitted
category. Attention in the same window, lagged return and lagged volatility are held fixed; every regressor is per
standard deviation. Each of these is corrected for the few posts behind a mood, too, on the cells with two texts or more. Three of
the questions are asked again of attention without emotions, with effects of each firm in each
month (so that only the days of one month are compared), with errors clustered by industry and session, with errors of Driscoll
and Kraay (firms that go together on nearby sessions, which clusters by session take for unrelated), as the mean of one
cross-section a session with errors of Newey and West (Fama and MacBeth: no firm effects, each session with one vote), and of
the six emotions as one family.

Papers. Vamossy and Skog, "EmTract: Investor Emotions and Market Behavior", arXiv 2112.03868. Vamossy, "Social Media
Emotions and Market Behavior", arXiv 2404.03792. Fama and MacBeth (1973); Newey and West (1987); Driscoll and Kraay (1998).
Controls and windows are choices of this package, not quotations.
"""

from dataclasses import replace

from emtract.emotions import NON_NEUTRAL
from emtract.study import Exhibit, Expectation, FamaMacBeth, FamilyTest, Spec, Study

LAGGED = ("lagged_return", "lagged_volatility")
BASE = Spec(
    y="return_open_close",
    x=("valence_market",),
    controls=("attention_market", *LAGGED),
    effects=("symbol", "session"),
    covariance="clustered",
    clusters=("symbol", "session"),
    small_sample="fixest",
    bootstrap="auto",
    y_scale=1e4,
)

SECTIONS = (
    "Each cross-section compares firms of one session. Sessions count alike, however many firms they have, and there are no firm "
    "effects: a firm whose mood is always high counts as such."
)
WHY = (
    "Firm-month effects compare only the days of one month. Industry clusters let firms of an industry move together on any two "
    "days. Driscoll and Kraay's errors let all firms move together on nearby sessions; clusters by session do not."
)


def _pair(family: str, label: str, *, y: str, window: str, extra: tuple[str, ...] = ()) -> dict[str, Spec]:
    """Return a family's two specs, valence alone and six emotions, with every regressor per standard deviation."""
    controls = (f"attention_{window}", *extra, *LAGGED)
    terms = {"valence": (f"valence_{window}",), "emotions": tuple(f"{emotion}_{window}" for emotion in NON_NEUTRAL)}
    return {
        f"{family}_{kind}": replace(
            BASE, y=y, x=x, controls=controls, standardise=(*x, *controls), label=label, correct="mood"
        )
        for kind, x in terms.items()
    }


def _variants(family: str, pair: dict[str, Spec]) -> dict[str, Spec | FamaMacBeth | FamilyTest]:
    """Return a family asked again: attention alone, other effects, other errors, cross-sections, one test of all emotions."""
    emotions = replace(pair[f"{family}_emotions"], correct="none")
    attention, *held = emotions.controls
    alone = replace(emotions, x=(attention,), controls=tuple(held), standardise=(attention, *held))
    within = replace(emotions, effects=("symbol:month", "session"))
    industry = replace(emotions, clusters=("industry", "session"))
    nearby = replace(emotions, covariance="driscoll_kraay", clusters=())
    sections = FamaMacBeth(
        label=f"{emotions.label}: Fama and MacBeth",
        y=emotions.y,
        x=emotions.x,
        controls=emotions.controls,
        standardise=emotions.standardise,
        y_scale=emotions.y_scale,
        min_rows=2 * (len(emotions.regressors) + 1),
        why=SECTIONS,
    )
    return {
        f"{family}_attention": replace(alone, label="Attention alone"),
        f"{family}_firm_month": replace(within, label="Firm-month effects"),
        f"{family}_industry": replace(industry, label="Industry clusters"),
        f"{family}_driscoll_kraay": replace(nearby, label="Driscoll\u2013Kraay errors"),
        f"{family}_fama_macbeth": sections,
        f"{family}_family": FamilyTest(label=f"{emotions.label}: six emotions as one family", spec=emotions),
    }


PAIRS = {
    **_pair("contemporaneous", "Same session", y="return_open_close", window="market"),
    **_pair("predictive", "Session that opens", y="return_open_close", window="pre_open"),
    **_pair(
        "overnight", "Given overnight return", y="return_open_close", window="pre_open", extra=("return_overnight",)
    ),
    **_pair("next", "Next session", y="return_open_close_next", window="pre_open"),
    **_pair("drift", "Close to next close", y="return_close_close_next", window="market", extra=("return_open_close",)),
}
VARIED = {
    "contemporaneous": "of the same session",
    "predictive": "of the session that opens",
    "next": "of the next session",
}
SPECS = {**PAIRS, **{name: spec for family in VARIED for name, spec in _variants(family, PAIRS).items()}}
LAB = "Breaban and Noussair (laboratory markets), abstract; arXiv 2404.03792, abstract: as in the laboratory"
DISAGREE = "arXiv 2404.03792, abstract: the one-dimensional valence metric is insignificant; no sign is given"
OVERNIGHT = "The right half adds the return from the previous close to the open, known when the session starts."
DRIFT = "Given the return of the session in which the posts were written."
SADNESS = "arXiv 2404.03792, abstract: persistent influence of sadness on subsequent returns; the sign is not given"

STUDY = Study(
    name="daily_returns",
    question="Do investor emotions move with daily stock returns, and do they come before them?",
    design=" ".join((__doc__ or "").split("\n\n")[1].removeprefix("Design. ").split()),
    papers=(
        "Vamossy and Skog, EmTract: Investor Emotions and Market Behavior, arXiv 2112.03868",
        "Vamossy, Social Media Emotions and Market Behavior, arXiv 2404.03792",
    ),
    specs=SPECS,
    exhibits=(
        *(
            Exhibit(title, tuple(f"{family}_{kind}" for family in families for kind in ("valence", "emotions")), note)
            for title, families, note in (
                ("Emotions and the return of the same session", ("contemporaneous",), ""),
                ("Emotions before the open and the session that opens", ("predictive", "overnight"), OVERNIGHT),
                ("Emotions before the open and the next session", ("next",), ""),
                ("Emotions during market hours and the next close-to-close return", ("drift",), DRIFT),
            )
        ),
        *(
            Exhibit(
                f"Other effects, other errors, attention alone: the return {words}",
                tuple(
                    f"{family}_{kind}" for kind in ("emotions", "firm_month", "industry", "driscoll_kraay", "attention")
                ),
                WHY,
            )
            for family, words in VARIED.items()
        ),
    ),
    primary=("contemporaneous_emotions", "happy_market"),
    headline=(
        ("contemporaneous_emotions", "happy_market"),
        ("predictive_emotions", "happy_pre_open"),
        ("next_emotions", "sad_pre_open"),
    ),
    expectations=(
        Expectation("predictive_valence", "valence_pre_open", "either", DISAGREE),
        Expectation("predictive_emotions", "happy_pre_open", "positive", LAB),
        Expectation("predictive_emotions", "fear_pre_open", "negative", LAB),
        Expectation("next_emotions", "sad_pre_open", "either", SADNESS),
    ),
    max_attrition=0.98,
)
