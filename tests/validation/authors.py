"""Authors of two kinds with slopes of each that are known, and samples without some, through the specs of the study."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

import polars as pl

from emtract.emotions import EMOTIONS
from emtract.panel.firm_sessions import FIRM_SESSIONS
from emtract.panel.frame import Panel
from tests.validation.design import Design, Drawn
from tests.validation.groups import Grouped, add_slopes, group_truth, simulate_groups
from tests.worlds.panels import simulate_panel

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np

    from emtract.posts import SplitBy

STUDY: Final = "authors"
#: Share of the mood of all posts that likely bots make: noise that has nothing to do with returns.
BOTS: Final = 0.3
WITHOUT: Final = "without_bots"


def draw_groups(
    rng: np.random.Generator,
    *,
    names: tuple[str, ...],
    by: SplitBy,
    slopes: Mapping[str, float],
    size: tuple[int, int],
    mean_posts: float,
) -> Drawn:
    """Draw a split panel in which the regressors of the first spec move its outcome; see `validation.information.draw`."""
    panel = simulate_groups(rng, size[0], n_sessions=size[1], by=by, mean_posts=mean_posts)
    panel, truth = group_truth(Grouped(STUDY, names), panel, names[0], slopes)
    return Drawn({f"by_{by}": panel}, truth)


def draw_bots(rng: np.random.Generator, *, names: tuple[str, str], size: tuple[int, int]) -> Drawn:
    r"""Draw a panel whose mood is partly that of bots, and the same without them: the slope is that of the mood without them.

    Notes
    -----
    With :math:`E` the mood of people and :math:`B` that of bots, all posts have :math:`(1 - w) E + w B`, w = `BOTS`. The
    truth is checked where it is known: on the sample without bots.
    """
    declared = Grouped(STUDY, names)
    options = {"n_sessions": size[1], "effects": {}, "mean_posts": 15.0}
    panel, bots = (simulate_panel(rng, size[0], **options).panel for _ in range(2))  # type: ignore[arg-type]
    spec = declared[names[0]]
    moved, truth = add_slopes(spec, panel, {"valence_market": 60.0})  # type: ignore[arg-type]
    moods = [f"{name}_{window}" for window in ("pre_open", "market") for name in (*EMOTIONS, "valence")]
    mixed = moved.data.with_columns(((1 - BOTS) * pl.col(c) + BOTS * bots.data[c]).alias(c) for c in moods)
    samples = {FIRM_SESSIONS: Panel(mixed, panel.ledger, panel.settings), WITHOUT: moved}
    silent = {(names[1], "valence_pre_open"): 0.0}
    return Drawn(samples, {(names[0], term): value for term, value in truth.items()} | silent)


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
        draw=partial(draw_groups, names=specs, by=by, slopes=slopes, size=size, mean_posts=mean_posts),
        settings={"firms": size[0], "sessions": size[1], "posts": mean_posts},
    )


_DEPENDENCE: Final = "errors and emotions share loadings on common shocks and persist"
_BOTS: Final = ("contemporaneous_valence_without_bots", "opens_valence_firm_sessions")
DESIGNS: Final = (
    _design(
        "authors",
        f"Emotions of followed authors move returns and those of others do not; groups are often silent: {_DEPENDENCE}.",
        specs=("contemporaneous_followers_emotions", "contemporaneous_followers_emotions_gap"),
        by="followers",
        slopes={"happy_market_followed": 200.0, "sad_market_followed": -250.0},
    ),
    _design(
        "authors, alike",
        f"Regulars and newcomers move the return of the session that opens by the same amount per unit: {_DEPENDENCE}.",
        specs=("opens_history_valence", "opens_history_valence_gap"),
        by="history",
        slopes={"valence_pre_open_regulars": 50.0, "valence_pre_open_newcomers": 50.0},
    ),
    _design(
        "authors, few posts",
        f"40 firms over 120 sessions and few posts of either group, so that most windows fall out; no effect: {_DEPENDENCE}.",
        specs=("contemporaneous_verified_valence", "contemporaneous_verified_valence_gap"),
        by="verified",
        slopes={},
        size=(40, 120),
        mean_posts=1.5,
    ),
    Design(
        name="authors, bots",
        words=f"Bots add {BOTS:.0%} of noise to the mood of all posts; it is undone where they are left out: {_DEPENDENCE}.",
        specs=Grouped(STUDY, _BOTS),
        draw=partial(draw_bots, names=_BOTS, size=(80, 120)),
        settings={"firms": 80, "sessions": 120, "bots": BOTS},
    ),
)
