"""News: whether the emotion goes with returns, or the news that both answer to.

Design. The regressions of `daily_returns`, valence and six emotions, of the session in which posts were written and of the
session that opens after them, asked again where news is held fixed or away. Firm and session effects, errors clustered by
firm and session, every regressor per standard deviation. Away: sessions within one of an announcement of earnings leave the
sample. Calm: only sessions whose overnight return is within one standard deviation of past returns, and whose return of the
session before within two; both are known at the open, so rows are not picked by the outcome. Given: whether earnings are first
traded on in the session, the overnight return and its size are held fixed. Stance: what writers declare bullish or bearish
themselves is held fixed beside attention, on the windows that have a tag, so that what is left of an emotion is what it says
beyond the writer's stance; by the theorem of Frisch and Waugh that is the coefficient of the emotion less what stance and
attention say of it. Beside it stands the same regression on the same rows without the tags. Messages that use finance language,
and chat, are told apart in `information`.

Papers. Tetlock, Saar-Tsechansky and Macskassy, "More Than Words", Journal of Finance 2008 (words beside earnings); Boudoukh,
Feldman, Kogan and Richardson, "Information, Trading, and Volatility", Review of Financial Studies 2019 (days with news and
without); Cookson and Niessner, "Why Don't We Agree?", Journal of Finance 2020 (declared sentiment on StockTwits). Thresholds and
windows are choices of this package.
"""

from dataclasses import replace

from emtract.emotions import NON_NEUTRAL
from emtract.study import Absolute, Exhibit, Expectation, FirmSessions, Spec, Study

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
CALM = "abs(return_overnight) <= lagged_volatility AND abs(lagged_return) <= 2 * lagged_volatility"
NEWS = ("earnings_session", "return_overnight", "absolute_return_overnight")


def _variants(family: str, kind: str) -> dict[str, Spec]:
    """Return a regression as `daily_returns` has it, and regressions in which news or stance is held fixed or away."""
    window, label = FAMILIES[family]
    x, held = tuple(f"{name}_{window}" for name in KINDS[kind]), (f"attention_{window}", *LAGGED)
    declared = f"declared_{window}"

    def made(words: str, *controls: str, where: str | None = None, sample: str = "firm_sessions") -> Spec:
        named = (*held, *controls)
        return replace(
            BASE, x=x, controls=named, standardise=(*x, *named), where=where, sample=sample, label=f"{label}, {words}"
        )

    return {
        "all": made("all"),
        "away": made("away from earnings", sample="away"),
        "calm": made("calm sessions", where=CALM),
        "given": made("given news", *NEWS),
        "tagged": made("windows with tags", where=f"{declared} IS NOT NULL"),
        "stance": made("given stance", declared),
    }


SPECS = {
    f"{family}_{kind}_{variant}": spec
    for family in FAMILIES
    for kind in KINDS
    for variant, spec in _variants(family, kind).items()
}
TITLES = {"contemporaneous": "the return of the same session", "opens": "the session that opens"}
WORDS = "Tetlock, Saar-Tsechansky and Macskassy (2008), abstract: prices briefly underreact to negative words in news"

STUDY = Study(
    name="news",
    question="Is it the emotion that goes with returns, or the news that both answer to?",
    design=" ".join((__doc__ or "").split("\n\n")[1].removeprefix("Design. ").split()),
    papers=(
        "Tetlock, Saar-Tsechansky and Macskassy, More Than Words, Journal of Finance 2008",
        "Boudoukh, Feldman, Kogan and Richardson, Information, Trading, and Volatility, Review of Financial Studies 2019",
        "Cookson and Niessner, Why Don't We Agree?, Journal of Finance 2020",
    ),
    samples={"firm_sessions": FirmSessions(), "away": FirmSessions(earnings_sessions=1)},
    derive=(Absolute("return_overnight"),),
    specs=SPECS,
    exhibits=tuple(
        Exhibit(
            f"{kind.capitalize()} and {words}: news held fixed or away",
            tuple(f"{family}_{kind}_{variant}" for variant in ("all", "away", "calm", "given", "tagged", "stance")),
            "The last two columns are on the same rows: windows in which a writer tagged a post.",
        )
        for family, words in TITLES.items()
        for kind in KINDS
    ),
    primary=("contemporaneous_valence_calm", "valence_market"),
    headline=(
        ("contemporaneous_valence_all", "valence_market"),
        ("contemporaneous_valence_away", "valence_market"),
        ("contemporaneous_valence_calm", "valence_market"),
        ("contemporaneous_valence_stance", "valence_market"),
    ),
    expectations=(
        Expectation("contemporaneous_valence_calm", "valence_market", "positive", WORDS),
        Expectation("opens_valence_given", "valence_pre_open", "either", WORDS),
    ),
    limits=(
        "News is more than earnings and large moves: what a firm or others announce at other times is in the emotions still. A "
        "count of news by firm and day, where a file gives one (`characteristics`), can be held fixed in a study of one's own.",
        "Tags are the stance of those who tag; one tag in a window speaks for all of it, and its own noise is not corrected.",
        "A calm session is one whose news had come by the open or did not come; what comes later in the day is not held away.",
    ),
)
