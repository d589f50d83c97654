"""Peers: what follows other firms' earnings, in what is written about a firm and in its price.

Design. Stacked event studies on the firm-session panel. A shock to a firm is a session in which earnings of other firms of its
industry were first traded on and moved their prices by 3 per cent or more on average, down or up, at least five sessions away
from any announcement of the firm's own. Each session with shocks is compared with itself: treated are firms with a shock and
none in the five sessions before, controls firms without one in the whole window. Outcomes: valence of the session's posts, to
see whether the mood on a firm turns with news that is not its own; and close-to-close returns summed from the session on, to
see how much of the peers' news the price takes at once and whether any of it comes back. The path before is part of every
figure, with a test.

Papers. Foster, "Intra-Industry Information Transfers Associated with Earnings Releases", Journal of Accounting and Economics
1981 (peers' earnings move prices); Thomas and Zhang, "Overreaction to Intra-industry Information Transfers?", Journal of
Accounting Research 2008 (part of it comes back); Wing, Freedman and Hollingsworth, "Stacked Difference-in-Differences", NBER
working paper 32054, 2024. Thresholds and windows are choices of this package.
"""

from dataclasses import replace

from emtract.study import Expectation, PeerEarnings, StackedEvents, Study, WholeDay

SIDES = ("down", "up")
RETURNS = StackedEvents(y="return_close_close", shock="peers_down", before=5, after=10, y_scale=1e4)
TALK = replace(RETURNS, y="attention_market", cumulated=False, y_scale=100.0)
MOODS = replace(TALK, y="valence_day", before=2, after=1)
SPECS = {
    f"{side}_{name}": replace(base, shock=f"peers_{side}", label=f"Peers {side}: {words}")
    for side in SIDES
    for name, base, words in (
        ("returns", RETURNS, "returns from the session on"),
        ("talk", TALK, "posts"),
        ("mood", MOODS, "valence of posts"),
    )
}
TRANSFER = "Foster (1981): earnings releases of one firm move the prices of others in its industry the same way"

STUDY = Study(
    name="peers",
    question="Do other firms' earnings turn the mood on a firm, and what does its price do?",
    design=" ".join((__doc__ or "").split("\n\n")[1].removeprefix("Design. ").split()),
    papers=(
        "Foster, Intra-Industry Information Transfers Associated with Earnings Releases, Journal of Accounting and Economics "
        "1981",
        "Thomas and Zhang, Overreaction to Intra-industry Information Transfers?, Journal of Accounting Research 2008",
        "Wing, Freedman and Hollingsworth, Stacked Difference-in-Differences, NBER working paper 32054, 2024",
    ),
    derive=(*(PeerEarnings(side) for side in SIDES), WholeDay("valence")),
    specs=SPECS,
    primary=("down_mood", "session 0"),
    headline=(
        ("down_mood", "session 0"),
        ("up_mood", "session 0"),
        ("down_returns", "session 0"),
        ("down_returns", "session 10"),
    ),
    expectations=(
        Expectation("down_returns", "session 0", "negative", TRANSFER),
        Expectation("up_returns", "session 0", "positive", TRANSFER),
    ),
    limits=(
        "Peers' earnings are news about the firm too: that mood and price turn together with them does not say that one moved "
        "the other, and no effect of mood on price is estimated here.",
        "Industries are as coarse as the file has them, and seasons of earnings are crowded: many sessions of a season are "
        "shocks, and controls are firms of other industries.",
        "Only firms with posts in each of five sessions take part in the paths of mood: those that are talked about most.",
    ),
)
