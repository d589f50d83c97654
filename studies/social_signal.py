"""Social signal: sentiment and attention as two signals, built as in the study of that name, and the return of the next session.

Design. Firm-sessions with ten posts or more from the previous close to the close, firm and session effects, errors clustered by
firm and session. Sentiment is the first principal component of two measures of the same posts, each standardised: valence as
the model reads it, and the stance that writers declare (bullish minus bearish over both). Attention is the first principal
component of the logarithms of the number of posts and of authors. Both stand in one regression of the next session's
close-to-close return, given the return of the session itself, the lagged return and volatility; session effects take the
market's return out. Then each measure in the place of the components, sentiment without attention, and the sessions after the
next as a check that nothing is left over. Sentiment and attention are told apart since they need not point the same way.

Papers. Cookson, Lu, Mullins and Niessner, "The Social Signal", Journal of Financial Economics 2024: components over three
platforms, about 815,000 firm-days of 2012 to 2021. Here there is one platform, and the measures are of the same posts: the
construction is theirs, the data are not.
"""

from dataclasses import replace

from emtract.study import Exhibit, Expectation, FirstComponent, Lead, Logarithm, Published, Spec, Study, WholeDay

CONTROLS = ("return_close_close", "lagged_return", "lagged_volatility")
SIGNALS = ("sentiment_day", "talk_day")
BASE = Spec(
    y="return_close_close_next",
    x=SIGNALS,
    controls=CONTROLS,
    effects=("symbol", "session"),
    covariance="clustered",
    clusters=("symbol", "session"),
    small_sample="fixest",
    bootstrap="auto",
    standardise=(*SIGNALS, *CONTROLS),
    y_scale=1e4,
    where="n_posts_day >= 10",
)


def _with(label: str, *x: str, y: str = BASE.y, controls: tuple[str, ...] = CONTROLS) -> Spec:
    return replace(BASE, x=x, y=y, controls=controls, standardise=(*x, *controls), label=label)


SPECS = {
    "next": _with("Both signals", *SIGNALS),
    "sentiment": _with("Sentiment alone", "sentiment_day"),
    "read": _with("Valence as read", "valence_day", "talk_day"),
    "declared": _with("Stance as declared", "declared_day", "talk_day"),
    "same": _with("Same session", *SIGNALS, y="return_close_close", controls=CONTROLS[1:]),
    "later": _with("Second session after", *SIGNALS, y="return_close_close_lead_2"),
}
SOURCE = "Cookson, Lu, Mullins and Niessner (2024): next-day abnormal return a standard deviation, firm effects, news held fixed"

STUDY = Study(
    name="social_signal",
    question="Do sentiment and attention, as two signals, go with the next session's return?",
    design=" ".join((__doc__ or "").split("\n\n")[1].removeprefix("Design. ").split()),
    papers=("Cookson, Lu, Mullins and Niessner, The Social Signal, Journal of Financial Economics 2024",),
    derive=(
        *(WholeDay(measure) for measure in ("valence", "declared", "n_posts", "n_authors")),
        Logarithm("n_posts_day"),
        Logarithm("n_authors_day"),
        FirstComponent("sentiment_day", ("valence_day", "declared_day")),
        FirstComponent("talk_day", ("log_n_posts_day", "log_n_authors_day")),
        Lead("return_close_close", (2,)),
    ),
    specs=SPECS,
    exhibits=(
        Exhibit("The next session's return", ("next", "sentiment", "read", "declared")),
        Exhibit(
            "The session itself, and the second after",
            ("same", "later"),
            "What goes with a return is no forecast of it.",
        ),
    ),
    primary=("next", "sentiment_day"),
    headline=(("next", "sentiment_day"), ("next", "talk_day")),
    expectations=(
        Expectation("next", "sentiment_day", "positive", SOURCE),
        Expectation("next", "talk_day", "negative", SOURCE),
    ),
    published=(
        Published("sentiment, a standard deviation and the next day's abnormal return", "+6.1 basis points", SOURCE),
        Published(
            "attention, a standard deviation and the next day's abnormal return", "\u221213.1 basis points", SOURCE
        ),
    ),
    limits=(
        "One platform and few firms: the published components join StockTwits, Twitter and Seeking Alpha over 1,500 firms.",
        "Authors of both windows of a day are added: one who posts in both counts twice.",
        "A component of a mood is no mean of posts, so it is not corrected for the few posts behind it; with ten posts a cell "
        "its noise is smaller than elsewhere, and estimates are pulled towards zero by what is left.",
    ),
)
