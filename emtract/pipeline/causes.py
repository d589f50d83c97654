"""What posts are about: of texts given here, and the shares of a store's sessions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from emtract.model.scorer import as_texts, sendable
from emtract.panel.causes import CauseShares, mean_shares
from emtract.pipeline.panel import check_panel_output, panel_options
from emtract.spelling import spelt_out
from emtract.text import clean_posts
from emtract.text.causes import CAUSES, find_causes

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from emtract.config import Settings
    from emtract.panel.frame import Sample
    from emtract.store import Store


def causes_of(posts: Sequence[str]) -> pl.DataFrame:
    """Return a row a post: the post, its kinds of cause, and the part of its cleaned text that was searched."""
    texts = as_texts(posts)
    cleaned = clean_posts([sendable(text) for text in texts])
    found = find_causes([clean.text for clean in cleaned])
    kinds = pl.concat_list(pl.when(pl.col(kind)).then(pl.lit(kind)) for kind in CAUSES).list.drop_nulls()
    return found.select(
        post=pl.Series([spelt_out(text) for text in texts], dtype=pl.String),
        causes=kinds.list.join(", "),
        searched="near",
    )


def build_causes(settings: Settings, store: Store, output: Path | None = None) -> tuple[Sample, pl.DataFrame]:
    """Build the shares of the emotions of each firm's session by kind of cause, and their means.

    Parameters
    ----------
    settings
        Its section `[panel]` says which posts count.
    store
        A scored store.
    output
        Where the sample will be written.

    Raises
    ------
    PanelError, ReportError
        The store lacks scores or prices, or nothing can be written to `output`.
    """
    if output is not None:
        check_panel_output(settings, output)
    sample = CauseShares().build(store, panel_options(settings, store))
    return sample, mean_shares(sample)
