"""What people answer: one row a post that answers another author's, with the mood of both and of the writer before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import polars as pl

from emtract.errors import PanelError
from emtract.panel.frame import Sample
from emtract.panel.reading import reading
from emtract.panel.transitions import people

if TYPE_CHECKING:
    from emtract.options import PanelOptions
    from emtract.posts import PostFilter
    from emtract.store import Store

#: Name that studies give the sample.
REPLIES: Final = "replies"


@dataclass(frozen=True, kw_only=True)
class Replies:
    """Posts that answer an earlier post of another author.

    Attributes
    ----------
    least
        With fewer of them there is no sample.
    posts
        Which posts count; see `emtract.panel.transitions.Transitions`.
    scorer
        See `emtract.build_panel`; None for the configured one.
    """

    least: int = 200
    posts: PostFilter | None = None
    scorer: str | None = None

    def __post_init__(self) -> None:
        if self.least < 2:
            raise PanelError("least must be at least 2 answers")

    def build(self, store: Store, options: PanelOptions) -> Sample:
        """Build the sample.

        Returns
        -------
        Sample
            One row an answer: author (a number within the sample, which names nobody), session, gap_hours (since the post that
            it answers), valence_before (of the last post that its author wrote before it, null where there is none),
            valence_replied (of the post that it answers) and valence_after.

        Raises
        ------
        PanelError
            When the store holds no scores or no prices, or too few answers; the message counts them.
        """
        chosen = options.but(scorer=self.scorer, posts=people(options) if self.posts is None else self.posts)
        with reading(store, chosen) as read:
            rows = store.query("panel/replies/replies", kinds=read.kinds)
            counts = store.query("panel/hours/span", kinds=read.kinds).row(0, named=True)
        answers = int(
            store.sql("SELECT count(*) FROM readings JOIN posts USING (post_key) WHERE in_reply_to IS NOT NULL").item()
        )
        if not answers:
            raise PanelError(
                "no post of the store says which post it answers: where a table of the archive does, name its column as "
                "in_reply_to in [posts.columns] and run `emtract ingest --again`"
            )
        if rows.height < self.least:
            raise PanelError(
                f"{answers:,} posts answer another, and of these {rows.height:,} one of another author that the archive holds: "
                f"fewer than {self.least}, so nothing is said of answers; use an archive with whole conversations"
            )
        reason = "answers to posts of others that the archive holds"
        ledger = read.ledger(counts).start("answers", "posts", answers, "posts that say which post they answer")
        ledger = ledger.keep("with the post that they answer", rows.height, f"not among {reason}")
        settings = {name: read.settings[name] for name in ("scorer", "revision", "cleaner", "calendar")}
        return Sample(rows.with_columns(pl.col("author").cast(pl.Int64)), ledger, settings | read.set_aside, "answers")
