"""Earnings: does the mood before an announcement foretell the surprise, and the return around it.

Design. Quarterly earnings announcements with posts in sessions -10 to -2; an announcement after the close belongs to the next
session, one of unknown timing to the session of its day. The surprise is earnings a share less the consensus, over the price;
in further columns the change on the quarter a year before, over the price. Returns are cumulated over sessions -1 to 1
net of the market, and, in further columns, net of the industry and of firms of like size, and bought and held. Held fixed:
attention in the same window, the abnormal return in that window, size and the number of analysts; in further columns losses
and the surprise itself. Firm and quarter of the calendar are absorbed; errors are clustered by firm and by session. Surprises
and returns are winsorised at 1 and 99 per cent; every regressor is per standard deviation. The six emotions stand jointly
(neutral is the omitted category), valence alone, and happiness alone, which comes closest to excitement.

Papers. Vamossy, "Investor Emotions and Earnings Announcements", arXiv 2006.13934; Bartov, Faurel and Mohanram, "Can Twitter
Help Predict Firm-Level Earnings and Stock Returns?", The Accounting Review 2018, whose nine sessions before the announcement
are taken over. Controls, effects and clusters are choices of this package, not quotations.
"""

from dataclasses import replace

from emtract.emotions import NON_NEUTRAL
from emtract.study import Announcements, Exhibit, Expectation, GroupComparison, Published, Spec, Study

CONTROLS = ("attention", "prior_market", "size", "log_analysts")
FEW = ("attention", "prior_market")
BASE = Spec(
    y="car_market",
    x=("happy",),
    controls=CONTROLS,
    effects=("symbol", "quarter"),
    covariance="clustered",
    clusters=("symbol", "session"),
    small_sample="fixest",
    bootstrap="auto",
    winsorise=("car_market",),
    y_scale=1e4,
    sample="announcements",
    correct="mood",
)
MOODS = {"happy": ("happy",), "valence": ("valence",), "emotions": NON_NEUTRAL}


def _family(name: str, label: str, *, y: str, **changes: object) -> dict[str, Spec]:
    """Return the three specs of an outcome: happiness, valence, six emotions; every regressor per standard deviation."""
    base = replace(BASE, y=y, winsorise=(y,), **changes)  # type: ignore[arg-type]
    specs = {f"{name}_{kind}": replace(base, x=x, label=f"{label}, {kind}") for kind, x in MOODS.items()}
    return {key: replace(spec, standardise=spec.sources) for key, spec in specs.items()}


SPECS = {
    **_family("surprise", "Surprise", y="sue"),
    **_family("surprise_few", "Surprise, few controls", y="sue", controls=FEW),
    **_family("surprise_seasonal", "Seasonal surprise", y="sue_seasonal", controls=FEW),
    **_family("return", "CAR", y="car_market"),
    **_family("return_few", "CAR, few controls", y="car_market", controls=FEW),
    **_family("return_loss", "CAR, losses", y="car_market", controls=(*CONTROLS, "is_loss")),
    **_family("return_given", "CAR given the surprise", y="car_market", controls=("sue", *CONTROLS)),
    **_family("return_industry", "CAR, industry", y="car_industry"),
    **_family("return_size", "CAR, size", y="car_size"),
    **_family("return_held", "BHAR", y="bhar_market"),
    **_family("return_by_industry", "CAR, industry effects", y="car_market", effects=("industry", "quarter")),
}
GROUPS = GroupComparison(
    label="Announcement return, high and low happiness before",
    column="car_market",
    by="happy",
    words="the announcement return",
    group_words="announcements",
    sample="announcements",
    scale=1e4,
    inference="clustered",
    cluster="quarter",
)
SOURCE = "Vamossy, Investor Emotions and Earnings Announcements, arXiv 2006.13934, abstract"
KINDS = tuple(MOODS)


def _pairs(*families: str) -> tuple[str, ...]:
    return tuple(f"{family}_{kind}" for family in families for kind in KINDS)


STUDY = Study(
    name="earnings",
    question="Does the mood before an earnings announcement foretell the surprise, and the return around it?",
    design=" ".join((__doc__ or "").split("\n\n")[1].removeprefix("Design. ").split()),
    papers=(
        "Vamossy, Investor Emotions and Earnings Announcements, Journal of Behavioral and Experimental Finance 2021",
        "Bartov, Faurel and Mohanram, Can Twitter Help Predict Firm-Level Earnings and Stock Returns?, The Accounting Review "
        "2018",
    ),
    samples={"announcements": Announcements()},
    specs={**SPECS, "groups": GROUPS},
    exhibits=(
        Exhibit(
            "Mood before the announcement and the surprise", _pairs("surprise", "surprise_few", "surprise_seasonal")
        ),
        Exhibit(
            "Mood before the announcement and the return around it", _pairs("return", "return_few", "return_given")
        ),
        Exhibit("Losses held fixed", _pairs("return_loss"), "Losses are known only with the announcement."),
        Exhibit(
            "Other benchmarks and effects",
            _pairs("return_industry", "return_size", "return_held", "return_by_industry"),
        ),
    ),
    primary=("surprise_few_happy", "happy"),
    headline=(("surprise_few_happy", "happy"), ("return_few_happy", "happy")),
    expectations=(
        Expectation("surprise_few_happy", "happy", "positive", f"{SOURCE}: excited before positive surprises"),
        Expectation("return_few_happy", "happy", "negative", f"{SOURCE}: excitement goes before lower returns"),
    ),
    published=(
        Published("announcement return per standard deviation of excitement", "-7.8 basis points", SOURCE),
        Published("the same in the first draft", "-8.9 basis points", "arXiv 2006.13934, draft of 2020"),
    ),
    limits=(
        "Excitement is not among the seven emotions of the model; happiness is the nearest of them.",
        "A consensus is only as good as its file: forecasts that were revised after the fact, or earnings that the source "
        "later adjusted, move the surprise.",
        "Where a file does not state whether an announcement came before the open or after the close, it belongs to the "
        "session of its day; the three-session window holds it either way.",
        "Seasonal surprises compare earnings a share as announced: a split between the two quarters is taken for a loss.",
        "Mood and price may both react to news of the two weeks before; the return of that window is held fixed, its news are "
        "not.",
    ),
)
