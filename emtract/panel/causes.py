"""What a session's emotions are about: one row a firm, session and kind of cause, with the share of each emotion."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import polars as pl

from emtract.emotions import NON_NEUTRAL
from emtract.options import PanelOptions
from emtract.panel.firm_sessions import place_posts
from emtract.panel.frame import ENTITY, TIME, Sample
from emtract.panel.marks import read_causes
from emtract.panel.prices import make_price_steps
from emtract.panel.reading import reading
from emtract.text.causes import CAUSES

if TYPE_CHECKING:
    from emtract.store import Store

#: Kind of what is about none of `emtract.text.causes.CAUSES`.
NO_CAUSE: Final = "none"
_KEYS: Final = (ENTITY, TIME, "kind", "n_posts")


@dataclass(frozen=True)
class CauseShares:
    """What the emotions of each firm's session are about, from the close before to its own close.

    Examples
    --------
    >>> from emtract.panel.causes import CauseShares
    >>> CauseShares()
    CauseShares()
    """

    def build(self, store: Store, options: PanelOptions) -> Sample:
        r"""Build the sample.

        Returns
        -------
        Sample
            One row a firm, session and kind of `emtract.text.causes.CAUSES`, or `none`, that a post is about: symbol, session,
            kind, n_posts, and for each emotion but neutral the share of the session's that posts of this kind carry, null where
            no post of the session has any of the emotion. Every post counts alike.

        Raises
        ------
        PanelError
            The store holds no scores or no prices, or no post names a firm with prices.

        Notes
        -----
        With :math:`p_{me}` the probability of emotion e in post m, and :math:`k_m` the number of kinds that m is about, the share
        of kind k is :math:`\sum_{m \ni k} p_{me} / k_m` over :math:`\sum_m p_{me}`; the shares of a session sum to one.
        """
        with reading(store, options) as read:
            make_price_steps(store)
            place_posts(store, read, PanelOptions())
        with store.registered({"text_kinds": _text_kinds(read_causes(store, read.cleaner))}):
            rows = store.query("panel/causes/shares", cleaner=read.cleaner)
        counts = store.query("panel/hours/span", kinds=read.kinds).row(0, named=True)
        placed = int(store.sql("SELECT count(*) FROM placed WHERE has_price AND in_window").item())
        ledger = (
            read.ledger(counts)
            .start("posts by firm", "post x symbol", placed, "a post counts for each firm with a price that it names")
            .start(
                "kinds of a session", "firm-sessions by kind", rows.height, "a row for each kind that a post is about"
            )
        )
        sums = {e: pl.col(e).sum().over(ENTITY, TIME) for e in NON_NEUTRAL}
        whole = (pl.when(total > 0).then(pl.col(e) / total).alias(e) for e, total in sums.items())
        settings = {
            name: read.settings[name] for name in ("scorer", "revision", "cleaner", "calendar")
        } | read.set_aside
        return Sample(rows.with_columns(whole).select(*_KEYS, *NON_NEUTRAL), ledger, settings, "firm-sessions by kind")


def mean_shares(sample: Sample) -> pl.DataFrame:
    """Return a row a kind: its posts, and its share of each emotion in the mean firm-session that has some of the emotion."""
    data = sample.data
    sessions = {e: data.drop_nulls(e).select(ENTITY, TIME).n_unique() for e in NON_NEUTRAL}
    order = {kind: place for place, kind in enumerate((*CAUSES, NO_CAUSE))}
    return (
        data.group_by("kind")
        .agg(pl.col("n_posts").sum(), *(pl.col(e).sum() / (sessions[e] or None) for e in NON_NEUTRAL))
        .sort(pl.col("kind").replace_strict(order, return_dtype=pl.Int64))
    )


def _text_kinds(found: pl.DataFrame) -> pl.DataFrame:
    """Return a row a text and kind, and the part of a post of this text that counts for the kind."""
    told = found.with_columns(part=1 / pl.sum_horizontal(pl.col(CAUSES).cast(pl.Float64)))
    return told.unpivot(CAUSES, index=["text", "part"], variable_name="kind").filter("value").drop("value")
