"""Divergence: do posts whose tag goes against their mood come before wider ranges, more volume and reversals.

Design. Firm-sessions with five tagged posts or more from the previous close to the close, firm and session effects, errors
clustered by firm and session, every regressor per standard deviation. The divergence of a post is the probability that the
model gives to emotions against its writer's tag: negative ones in a post tagged bullish, happy in one tagged bearish; the
divergence of a firm-session is its mean over tagged posts. Outcomes are the next session's: the logarithm of its volatility by
its range (Parkinson), its absolute open-to-close return, and its abnormal volume. Held fixed are valence, the tags themselves
and how far they agree, attention, the outcome of the session itself, lagged return and lagged volatility. Reversal: the next
close-to-close return on the session's own, and on its product with divergence; a negative product is a return that is given back
where tags and moods part. Then the expressions that mark posts whose tag goes against their mood, among posts read alike; and
the tags of posts that have one as a second measure of the valence of posts that have none, which takes out all error that the two
do not share.

Papers. Antweiler and Frank, "Is All That Talk Just Noise?", Journal of Finance 2004 (disagreement, volatility and volume);
Monroe, Colaresi and Quinn, "Fightin' Words", Political Analysis 2008; Gillen, Snowberg and Yariv, "Experimenting with Measurement
Error", Journal of Political Economy 2019. That hidden anger can be read off posts is shown in arXiv 2208.14244. No result on
divergence and prices is known: outcomes and controls are choices of this package, made before its estimates were looked at.
"""

from dataclasses import replace

from emtract.study import (
    EXPRESSIONS,
    FIRM_SESSIONS,
    Absolute,
    Exhibit,
    Expectation,
    Expressions,
    FirmSessions,
    Lead,
    MarkingExpressions,
    Spec,
    Split,
    Study,
    TwoMeasures,
    WholeDay,
)

MEASURES = ("valence", "declared", "divergence", "n_tagged")
FIXED = (
    "valence_day",
    "declared_day",
    "absolute_declared_day",
    "attention_pre_open",
    "attention_market",
    "lagged_return",
    "lagged_volatility",
)
BASE = Spec(
    y="log_range_parkinson_lead_1",
    x=("divergence_day",),
    effects=("symbol", "session"),
    covariance="clustered",
    clusters=("symbol", "session"),
    small_sample="fixest",
    bootstrap="auto",
    where="n_tagged_day >= 5",
)
#: Name -> column, factor (both in per cent), heading.
OUTCOMES = {
    "activity_range": ("log_range_parkinson", 100.0, "Range"),
    "activity_absolute": ("absolute_return_open_close", 100.0, "Absolute return"),
    "activity_volume": ("abnormal_volume", 100.0, "Abnormal volume"),
}


def _next(column: str, scale: float, heading: str) -> Spec:
    controls = (*FIXED, column)
    standardise = ("divergence_day", *controls)
    return replace(
        BASE,
        y=f"{column}_lead_1",
        y_scale=scale,
        controls=controls,
        standardise=standardise,
        label=f"{heading}, next session",
    )


REVERSAL = ("return_close_close:divergence_day", "return_close_close", "divergence_day")
SPECS = {
    **{name: _next(*outcome) for name, outcome in OUTCOMES.items()},
    "reversal_return": replace(
        BASE,
        y="return_close_close_next",
        x=REVERSAL,
        controls=FIXED,
        standardise=(*REVERSAL[1:], *FIXED),
        y_scale=1e4,
        label="Reversal, next session",
    ),
}


def _two(window: str, heading: str) -> TwoMeasures:
    x, controls = f"valence_{window}_untagged", (f"attention_{window}", "lagged_return", "lagged_volatility")
    spec = replace(
        BASE,
        y="return_open_close",
        x=(x,),
        controls=controls,
        standardise=(x, *controls),
        y_scale=1e4,
        where=None,
        sample="by_tag",
    )
    return TwoMeasures(label=f"Valence of posts without a tag, {heading}", spec=spec, second=f"declared_{window}")


NOISE = "Antweiler and Frank (2004), abstract: messages help predict volatility; disagreement goes with trading volume"

STUDY = Study(
    name="divergence",
    question="Do posts whose tag goes against their mood come before wider ranges, more volume and reversals?",
    design=" ".join((__doc__ or "").split("\n\n")[1].removeprefix("Design. ").split()),
    papers=(
        "Antweiler and Frank, Is All That Talk Just Noise?, Journal of Finance 2004",
        "Monroe, Colaresi and Quinn, Fightin' Words, Political Analysis 2008",
        "Gillen, Snowberg and Yariv, Experimenting with Measurement Error, Journal of Political Economy 2019",
    ),
    samples={
        FIRM_SESSIONS: FirmSessions(),
        "by_tag": FirmSessions(split=Split("tag")),
        EXPRESSIONS: Expressions(),
    },
    derive=(
        *(WholeDay(measure) for measure in MEASURES),
        Absolute("declared_day"),
        Absolute("return_open_close"),
        *(Lead(column, (1,)) for column, _, _ in OUTCOMES.values()),
    ),
    specs={
        **SPECS,
        "two_market": _two("market", "same session"),
        "two_pre_open": _two("pre_open", "session that opens"),
        "expressions": MarkingExpressions(label="Expressions of posts whose tag goes against their mood"),
    },
    exhibits=(
        Exhibit(
            "Divergence and the next session",
            tuple(OUTCOMES),
            "Hundred times a logarithm, which is about per cent; returns in per cent.",
        ),
        Exhibit("Divergence and reversal", ("reversal_return",), "Basis points."),
    ),
    primary=("activity_range", "divergence_day"),
    headline=(
        ("activity_range", "divergence_day"),
        ("activity_volume", "divergence_day"),
        ("reversal_return", REVERSAL[0]),
    ),
    expectations=(
        Expectation("activity_range", "divergence_day", "positive", NOISE),
        Expectation("activity_volume", "divergence_day", "positive", NOISE),
        Expectation("reversal_return", REVERSAL[0], "negative", "stated here: what writers do not feel they take back"),
    ),
    limits=(
        "Writers tag about a third of their posts on StockTwits, three of four of them bullish: who tags is not who writes.",
        "Where the model misreads, a tag goes against the reading and not against the mood: irony and jargon are in divergence.",
        "A model that is trained on posts of this archive and their tags diverges less from them than from others.",
        "Tags as an instrument rest on errors that do not go together given the mood. One author may write posts with and "
        "without a tag, and all posts answer the same news.",
    ),
)
