"""IPOs: does enthusiasm before an offer go with a high first-day return, and with underperformance after it.

Design. IPOs with posts in the 30 days before the open of their first trading day, offered at five dollars or more, without
depositary receipts, blank cheque companies, units, real estate trusts and closed-end funds. Enthusiasm is the mean happiness
of those posts. The first-day return is the first close over the offer price less one. Above and below the median of
enthusiasm, means are compared by Welch's t and by rank sums, and, since IPOs come in waves, with errors clustered by month.
Regressions on enthusiasm per standard deviation absorb industry and year; errors are robust, and clustered by industry and
year of the offer in a further column. Buy-and-hold abnormal returns run from the first close over 3, 6 and 12 months of 21
sessions and over months 5 to 12, against the industry, the market, and firms matched by size and by size and book-to-market;
their means have bootstrapped skewness-adjusted t statistics. Enthusiasm is interacted with the first-day return, and may have
another slope above its median than below. Because holding periods overlap, monthly portfolios of the IPOs of the last twelve
months, with high and with low enthusiasm, are regressed on the market. The mood of both groups is followed for 250 sessions.

Papers. Vamossy, "Social Media Emotions and IPO Returns", arXiv 2306.12602; Da, Engelberg and Gao, "In Search of Attention",
Journal of Finance 2011, on whose design the windows and the interaction lean. Window, filters, benchmarks, controls and the
treatment of delistings are choices of this package, not quotations.
"""

from dataclasses import replace

from emtract.emotions import NON_NEUTRAL
from emtract.study import (
    CalendarTime,
    EventPaths,
    Exhibit,
    Expectation,
    GroupComparison,
    IpoDays,
    IpoMonths,
    Ipos,
    MeanReturns,
    Published,
    ReturnSeries,
    Spec,
    Study,
)

CONTROLS = ("attention", "revision", "log_proceeds", "log_age", "is_venture_backed", "prior_market_return")
FURTHER = ("log_assets", "underwriter_rank", "secondary_share", "prior_industry_return")
BASE = Spec(
    y="first_return",
    x=("enthusiasm",),
    effects=("industry", "year"),
    covariance="robust",
    clusters=(),
    small_sample="fixest",
    bootstrap="auto",
    y_scale=100.0,
    sample="ipos",
    correct="mood",
)
#: Enthusiasm above and below its median: a bent mood is no mean of posts.
SLOPES = {"x": ("enthusiasm_above", "enthusiasm_below"), "label": "Above, below median", "correct": "none"}
BY_WAVE = {"covariance": "clustered", "clusters": ("industry:year",)}
LONG = replace(BASE, y="bhar_12_industry", controls=CONTROLS)
BENCHMARKS = {
    "industry": "industry",
    "market": "market",
    "size": "size-matched firm",
    "size_bm": "size and book-to-market",
}
HORIZONS = {"3": "3 months", "6": "6 months", "12": "12 months", "5_12": "months 5 to 12"}


def _all(spec: Spec) -> Spec:
    """Return the spec with every regressor per standard deviation."""
    return replace(spec, standardise=spec.sources)


def _first_day() -> dict[str, Spec]:
    controlled = replace(BASE, controls=CONTROLS)
    specs = {
        "first_day_alone": replace(BASE, effects=(), label="Alone"),
        "first_day_effects": replace(BASE, label="Industry, year"),
        "first_day": replace(controlled, label="Controls"),
        "first_day_clustered": replace(controlled, label="Clustered", **BY_WAVE),  # type: ignore[arg-type]
        "first_day_all": replace(controlled, controls=(*CONTROLS, *FURTHER), label="All controls"),
        "first_day_slopes": replace(controlled, **SLOPES),  # type: ignore[arg-type]
        "first_day_emotions": replace(controlled, x=NON_NEUTRAL, label="Six emotions"),
    }
    return {name: _all(spec) for name, spec in specs.items()}


def _long_run() -> dict[str, Spec]:
    x = ("enthusiasm", "first_return", "enthusiasm:first_return")
    specs = {
        "long_run": replace(LONG, label="Enthusiasm"),
        "long_run_clustered": replace(LONG, label="Clustered", **BY_WAVE),  # type: ignore[arg-type]
        "long_run_interaction": replace(LONG, x=x, label="First-day return"),
        "long_run_slopes": replace(LONG, **SLOPES),  # type: ignore[arg-type]
    }
    specs |= {
        f"long_run_{h}_{b}": replace(LONG, y=f"bhar_{h}_{b}", label=f"{HORIZONS[h]}, {BENCHMARKS[b]}")
        for b in BENCHMARKS
        for h in HORIZONS
        if (h, b) != ("12", "industry")
    }
    return {name: _all(spec) for name, spec in specs.items()}


FIRST = GroupComparison(
    label="First-day return, high and low enthusiasm",
    column="first_return",
    by="enthusiasm",
    words="the first-day return",
    scale=100.0,
)
LONG_GROUPS = {
    f"groups_{h}_{b}": GroupComparison(
        label=f"Abnormal return, {HORIZONS[h]}, against {BENCHMARKS[b]}, high and low enthusiasm",
        column=f"bhar_{h}_{b}",
        by="enthusiasm",
        words=f"the buy-and-hold abnormal return ({HORIZONS[h]}, {BENCHMARKS[b]})",
        scale=100.0,
        inference="skewness",
    )
    for b in BENCHMARKS
    for h in ("12", "5_12")
}
MEANS = {
    f"means_{b}": MeanReturns(
        label=f"Mean abnormal return of IPOs against {BENCHMARKS[b]}",
        columns=tuple(f"bhar_{h}_{b}" for h in HORIZONS),
        words=tuple((f"bhar_{h}_{b}", f"the mean abnormal return of IPOs, {HORIZONS[h]}") for h in HORIZONS),
    )
    for b in BENCHMARKS
}
IPOS = Ipos()
ABSTRACT = "Vamossy, Social Media Emotions and IPO Returns, arXiv 2306.12602 v3, abstract"

STUDY = Study(
    name="ipo",
    question="Does enthusiasm before an IPO go with a high first-day return, and with underperformance afterwards?",
    design=" ".join((__doc__ or "").split("\n\n")[1].removeprefix("Design. ").split()),
    papers=(
        "Vamossy, Social Media Emotions and IPO Returns, Journal of Money, Credit and Banking 2025, arXiv 2306.12602",
        "Da, Engelberg and Gao, In Search of Attention, Journal of Finance 2011",
        "Lyon, Barber and Tsai, Improved Methods for Tests of Long-Run Abnormal Stock Returns, Journal of Finance 1999",
        "Shumway, The Delisting Bias in CRSP Data, Journal of Finance 1997",
    ),
    samples={
        "ipos": IPOS,
        "ipo_days": IpoDays(ipos=IPOS),
        "ipo_months": IpoMonths(ipos=IPOS),
        "series": ReturnSeries(names=("mkt_rf", "rf")),
    },
    specs={
        "groups_first_day": FIRST,
        "groups_first_day_by_month": replace(
            FIRST, inference="clustered", cluster="month", label="First-day return, clustered by month"
        ),
        **_first_day(),
        **LONG_GROUPS,
        "groups_12_by_month": replace(
            LONG_GROUPS["groups_12_industry"],
            inference="clustered",
            cluster="month",
            label="Abnormal return, 12 months, clustered by month",
        ),
        **MEANS,
        **_long_run(),
        "calendar_time": CalendarTime(label="Calendar-time portfolios of recent IPOs"),
        "event_time": EventPaths(label="Mood of IPOs with high and low enthusiasm, before and after"),
    },
    exhibits=(
        Exhibit("Enthusiasm and the first-day return", tuple(_first_day())),
        Exhibit(
            "Enthusiasm and abnormal returns of twelve months",
            ("long_run", "long_run_clustered", "long_run_interaction", "long_run_slopes"),
            "Against the industry. The interaction multiplies two standardised columns.",
        ),
        *(
            Exhibit(
                f"Enthusiasm and abnormal returns against {words}",
                tuple(f"long_run_{h}_{b}" for h in HORIZONS if (h, b) != ("12", "industry")),
            )
            for b, words in BENCHMARKS.items()
        ),
    ),
    primary=("groups_first_day", "high minus low"),
    headline=(("groups_first_day", "high minus low"), ("groups_12_industry", "high minus low")),
    expectations=(
        Expectation("groups_first_day", "high minus low", "positive", ABSTRACT),
        Expectation("first_day", "enthusiasm", "positive", ABSTRACT),
        Expectation("groups_12_industry", "high minus low", "negative", ABSTRACT),
        Expectation("long_run", "enthusiasm", "negative", ABSTRACT),
        Expectation(
            "long_run_interaction",
            "enthusiasm:first_return",
            "negative",
            "Da, Engelberg and Gao 2011: attention reverses where the first-day return was high",
        ),
        Expectation("calendar_time", "alpha high minus low", "negative", ABSTRACT),
    ),
    published=(
        Published("first-day return, high against low enthusiasm", "29.73 % against 17.59 %", ABSTRACT),
        Published("industry-adjusted long-run return, high against low", "-8.22 % against -0.14 %", ABSTRACT),
    ),
    limits=(
        "Enthusiasm is not assigned by chance: investors are enthusiastic about offers that deserve it, and the price range "
        "was set by people who read the same news.",
        "Only IPOs that investors wrote about before the first trade are seen; many small ones are not among them.",
        "First-day returns need closes as they were traded: a source that adjusts its closes for later splits shows other "
        "ones, and offers whose first close lies far from the offer price are left out.",
        "Twelve-month holding periods of offers from the same wave overlap, so that there is less evidence than there are "
        "IPOs; the calendar-time alphas are the better guide to significance.",
        "Nobody could split at the median of offers that were yet to come: the portfolios describe, they could not be bought.",
        "Where no file tells of delistings, a stock whose prices end is held at its last price and then in the benchmark.",
    ),
)
