"""The market's mood: does the mood of all posts come before the market, or the market before the mood.

Design. One row a session: the mean emotions of all readable posts, each post once, beside the market. Three vector
autoregressions with five lags (Tetlock 2007): valence of the day, from the previous close to the close, with the close-to-close
return and the range; valence before the open with the return from open to close, which share no instant; and fear and
happiness of the day with return and range. Granger tests both ways and sums of lag coefficients with HC3 errors, the tests
with Newey-West errors beside them;
responses to shocks, orthogonalised with mood before the market, with block-bootstrap errors. Moods per standard deviation,
returns in basis points, the range as the log of Parkinson's volatility. A further one lets BIC choose the lags, and one weighs
firms equally instead of posts.

Papers. Tetlock, "Giving Content to Investor Sentiment", Journal of Finance 2007. Vamossy and Skog, "EmTract: Investor Emotions
and Market Behavior", arXiv 2112.03868. The index and the ordering are choices of this package.
"""

from dataclasses import replace

from emtract.study import Expectation, MarketSessions, Study, VectorAutoregression

DAY = VectorAutoregression(
    variables=("valence_day", "market_return", "market_range"),
    pairs=(
        ("valence_day", "market_return"),
        ("market_return", "valence_day"),
        ("valence_day", "market_range"),
        ("market_range", "valence_day"),
    ),
    standardise=("valence_day", "market_range"),
    scales=(("market_return", 1e4),),
    lags=5,
    label="Valence of the day, return and range",
)
INTRADAY = VectorAutoregression(
    variables=("valence_pre_open", "market_return_open_close"),
    standardise=("valence_pre_open",),
    scales=(("market_return_open_close", 1e4),),
    lags=5,
    label="Valence before the open and the return from open to close",
)
FEELINGS = ("happy_day", "fear_day")
EMOTIONS = VectorAutoregression(
    variables=(*FEELINGS, "market_return", "market_range"),
    pairs=tuple(
        pair
        for mood in FEELINGS
        for market in ("market_return", "market_range")
        for pair in ((mood, market), (market, mood))
    ),
    standardise=(*FEELINGS, "market_range"),
    scales=(("market_return", 1e4),),
    lags=5,
    label="Happiness and fear of the day, return and range",
)
TETLOCK = "Tetlock (2007): media pessimism comes before lower returns, which revert within the week"
REACTS = "Tetlock (2007): low returns come before pessimism"

STUDY = Study(
    name="market_mood",
    question="Does the mood of all posts come before the market, or the market before the mood?",
    design=" ".join((__doc__ or "").split("\n\n")[1].removeprefix("Design. ").split()),
    papers=(
        "Tetlock, Giving Content to Investor Sentiment: The Role of Media in the Stock Market, Journal of Finance 2007",
        "Vamossy and Skog, EmTract: Investor Emotions and Market Behavior, arXiv 2112.03868",
    ),
    samples={"market_sessions": MarketSessions(), "market_sessions_of_firms": MarketSessions(pooling="firms")},
    specs={
        "day": DAY,
        "intraday": INTRADAY,
        "emotions": EMOTIONS,
        "day_bic": replace(DAY, select="bic", lags=10, label="The same, lags by BIC up to 10"),
        "day_firms": replace(DAY, sample="market_sessions_of_firms", label="The same, each firm with one vote"),
    },
    primary=("day", "valence_day on market_return, sum of lags"),
    headline=(
        ("day", "valence_day on market_return, sum of lags"),
        ("day", "market_return on valence_day, sum of lags"),
        ("intraday", "valence_pre_open on market_return_open_close, sum of lags"),
    ),
    expectations=(
        Expectation("day", "valence_day on market_return, response after 1 session", "positive", TETLOCK),
        Expectation("day", "market_return on valence_day, sum of lags", "positive", REACTS),
        Expectation(
            "emotions", "fear_day on market_range, sum of lags", "positive", "customary reading; no paper's figure"
        ),
    ),
    limits=(
        "A variable that comes before another need not move it: both may answer to news that one of them shows first.",
        "Where the store has no index and no market factor, the market is the equal-weighted mean of the firms with prices, "
        "whose members were chosen for being talked about.",
    ),
)
