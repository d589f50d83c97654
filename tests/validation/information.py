"""Finance and chat, originals and echoes, with slopes of each that are known, through the specs of the study."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from tests.validation.design import Design, Drawn
from tests.validation.groups import Grouped, group_truth, simulate_groups

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np

    from emtract.posts import SplitBy

STUDY: Final = "information"


def draw(
    rng: np.random.Generator,
    *,
    names: tuple[str, ...],
    by: SplitBy,
    slopes: Mapping[str, float],
    size: tuple[int, int],
    mean_posts: float,
) -> Drawn:
    """Draw a split panel in which the regressors of the first spec move its outcome, and none of the others do.

    Parameters
    ----------
    names
        Specs of the study on that split; the contrast beside a spec is `NAME_gap`.
    slopes
        Regressor of the first spec -> basis points per unit; those not named are zero.
    """
    declared = Grouped(STUDY, names)
    panel = simulate_groups(rng, size[0], n_sessions=size[1], by=by, mean_posts=mean_posts)
    panel, truth = group_truth(declared, panel, names[0], slopes)
    for name in names[1:]:
        if not name.endswith("_gap"):
            truth |= group_truth(declared, panel, name, {})[1]
    return Drawn({f"by_{by}": panel}, truth)


def _design(
    name: str,
    words: str,
    *,
    specs: tuple[str, ...],
    by: SplitBy,
    slopes: Mapping[str, float],
    size: tuple[int, int] = (80, 120),
    mean_posts: float = 6.0,
) -> Design:
    return Design(
        name=name,
        words=words,
        specs=Grouped(STUDY, specs),
        draw=partial(draw, names=specs, by=by, slopes=slopes, size=size, mean_posts=mean_posts),
        settings={"firms": size[0], "sessions": size[1], "posts": mean_posts},
    )


_DEPENDENCE: Final = (
    "errors and emotions share loadings on common shocks and persist, groups' moods are alike, and a group is silent in many "
    "windows"
)
DESIGNS: Final = (
    _design(
        "information",
        f"Finance moves the return of its session and chat does not; nothing moves that of the next one: {_DEPENDENCE}.",
        specs=(
            "contemporaneous_content_valence",
            "contemporaneous_content_valence_gap",
            "opens_content_valence",
            "opens_content_valence_gap",
        ),
        by="content",
        slopes={"valence_market_finance": 60.0},
    ),
    _design(
        "information, alike",
        f"Both groups move returns by the same amount per unit, so that their difference is zero: {_DEPENDENCE}.",
        specs=("opens_content_valence", "opens_content_valence_gap"),
        by="content",
        slopes={"valence_pre_open_finance": 50.0, "valence_pre_open_chat": 50.0},
    ),
    _design(
        "information, few firms",
        f"40 firms over 100 sessions, six emotions of originals and echoes, of which three move returns: {_DEPENDENCE}.",
        specs=("contemporaneous_origin_emotions", "contemporaneous_origin_emotions_gap"),
        by="origin",
        slopes={"happy_market_original": 150.0, "happy_market_disseminating": 150.0, "fear_market_original": -200.0},
        size=(40, 100),
    ),
    _design(
        "information, share",
        f"The slope of valence moves with the share of original posts; with that of finance it does not: {_DEPENDENCE}.",
        specs=("opens_origin_share", "contemporaneous_origin_share"),
        by="origin",
        slopes={"valence_pre_open": 40.0, "valence_pre_open:share_pre_open_original": 5.0},
    ),
)
