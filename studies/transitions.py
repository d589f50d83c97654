"""Transitions: how the mood of one person moves from post to post, and what their stock did in between.

Design. Pairs of consecutive posts of one author about one firm, at most thirty days apart, of authors with ten posts or more on
the firm; no reposts, no text that the author has used before, no likely bots. Valence of the next post on valence of the post
before: without effects, with effects of author by firm, which are biased in short histories (Nickell 1981), and with the
half-panel jackknife, which takes that bias out (Dhaene and Jochmans 2015). Valence of the next post on the return of the firm
from the last close known before the first post to the last close known before the second, gains and losses apart, given the
post before, where at least one session closed in between; by the author's own tag; and on the mean valence of what others wrote
on the firm meanwhile; of posts that answer another author's, on the valence of the post that they answer. The dominant emotion
of the next post by the dominant emotion of the post before, and the path of valence around the post in which an author's own
tag turns. Errors are clustered by author and session.

Papers. Wen, Cao, Yang, Liu and Shen, "Automatically Select Emotion for Response via Personality-affected Emotion Transition",
Findings of ACL 2021 (transitions of emotion as a property of a person). Kuppens, Allen and Sheeber, "Emotional Inertia and
Psychological Maladjustment", Psychological Science 2010. Nickell, "Biases in Dynamic Models with Fixed Effects", Econometrica
1981. Dhaene and Jochmans, "Split-panel Jackknife Estimation of Fixed-effect Models", Review of Economic Studies 2015.
Histories, gaps and windows are choices of this package, not quotations.
"""

from dataclasses import replace

from emtract.emotions import DIMENSIONS
from emtract.study import (
    REPLIES,
    TRANSITIONS,
    Exhibit,
    Expectation,
    HalfPanel,
    Replies,
    Spec,
    Study,
    TagFlips,
    TransitionMatrix,
    Transitions,
)

BEFORE = ("valence_before", "log_gap")
RETURN = ("gain_between", "loss_between")
#: The product is by how much a fall moves mood more than a rise does.
FALL = "return_between:price_fell"
BASE = Spec(
    y="valence_after",
    x=("valence_before",),
    effects=("chain",),
    covariance="clustered",
    clusters=("author", "session"),
    small_sample="fixest",
    sample=TRANSITIONS,
)
PERSISTENCE = HalfPanel(label="From one post to the next", spec=BASE, unit="chain", order="nth")
RETURNS = replace(
    BASE,
    x=RETURN,
    controls=BEFORE,
    winsorise=RETURN,
    where="n_closes >= 1",
    label="Gains and losses",
)
INERTIA = "Kuppens, Allen and Sheeber (2010): emotional states resist change, to a degree that differs between people"
LOSSES = "Kahneman and Tversky (1979): losses loom larger than gains"
PRICES = "arXiv 2112.03868, abstract: emotions move with the price of their own session; here the price moved before"
OWNERS = "Shefrin and Statman (1985): who holds a stock takes pride in its gains and regrets its losses"
CROWD = "Kramer, Guillory and Hancock (2014), PNAS: moods that a person reads enter what the person writes"
JACKKNIFE = "valence_before, half-panel jackknife"

STUDY = Study(
    name="transitions",
    question="How does the mood of one person move from post to post, and do gains and losses move it?",
    design=" ".join((__doc__ or "").split("\n\n")[1].removeprefix("Design. ").split()),
    papers=(
        "Wen, Cao, Yang, Liu and Shen, Automatically Select Emotion for Response via Personality-affected Emotion Transition, "
        "Findings of ACL 2021",
        "Kuppens, Allen and Sheeber, Emotional Inertia and Psychological Maladjustment, Psychological Science 2010",
        "Nickell, Biases in Dynamic Models with Fixed Effects, Econometrica 1981",
        "Dhaene and Jochmans, Split-panel Jackknife Estimation of Fixed-effect Models, Review of Economic Studies 2015",
    ),
    samples={TRANSITIONS: Transitions(), REPLIES: Replies()},
    specs={
        "persistence": PERSISTENCE,
        **{
            name: replace(
                PERSISTENCE,
                spec=replace(BASE, y=f"{name}_after", x=(f"{name}_before",)),
                label=f"From one post to the next: {name}",
            )
            for name in DIMENSIONS
        },
        "returns": RETURNS,
        "asymmetry": replace(
            RETURNS, x=("return_between", FALL), winsorise=("return_between",), label="Losses beyond gains"
        ),
        "tags": replace(
            RETURNS,
            x=(*RETURN, *(f"{part}:bullish_before" for part in RETURN)),
            controls=("bullish_before", *BEFORE),
            label="By own tag",
        ),
        "others": replace(RETURNS, x=(*RETURN, "valence_others"), label="Mood of others"),
        "replies": replace(
            BASE,
            x=("valence_replied",),
            controls=("valence_before",),
            effects=(),
            sample=REPLIES,
            label="Mood of the post answered",
        ),
        "matrix": TransitionMatrix(label="From which emotion to which"),
        "flips": TagFlips(label="Around a turn of the own tag"),
    },
    exhibits=(
        Exhibit(
            "Valence of the next post",
            ("returns", "asymmetry", "tags", "others"),
            "A slope of 0.5 is 0.05 of valence for ten per cent of the price. The product with a falling price says by how "
            "much more a fall moves mood than a rise: zero where both move it alike.",
        ),
    ),
    primary=("persistence", JACKKNIFE),
    headline=(
        ("persistence", JACKKNIFE),
        ("returns", "loss_between"),
        ("returns", "gain_between"),
        ("asymmetry", FALL),
    ),
    expectations=(
        Expectation("persistence", JACKKNIFE, "positive", INERTIA),
        Expectation("returns", "gain_between", "positive", PRICES),
        Expectation("returns", "loss_between", "negative", PRICES),
        Expectation("asymmetry", FALL, "positive", LOSSES),
        Expectation("tags", "gain_between:bullish_before", "positive", OWNERS),
        Expectation("tags", "loss_between:bullish_before", "negative", OWNERS),
        Expectation("replies", "valence_replied", "positive", CROWD),
        Expectation("others", "valence_others", "positive", CROWD),
    ),
    limits=(
        "People who write often about one firm are few and not like others, and who writes again after a loss chooses to.",
        "The valence of one post is read with error, which pulls the slope on the post before towards zero.",
        "The jackknife supposes that a person's usual mood is the same in both halves of a history; where it drifts, the drift "
        "counts as persistence.",
        "What the price did since the last close is not in the return; a post during market hours may answer to it.",
        "Others read the same news, and people choose whom they answer, so the mood of others is no cause. Whether an author "
        "holds the stock is not known; a tag is what they say of it.",
        "A post that names several firms counts for each, and so do its pairs; errors are clustered by author.",
    ),
)
