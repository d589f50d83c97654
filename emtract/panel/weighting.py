"""Weights of posts: an archive that cannot tell them is refused, and posts that cannot tell theirs are counted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from emtract.errors import PanelError

if TYPE_CHECKING:
    from emtract.ledger import Ledger
    from emtract.panel.frame import Weights

#: Weights -> what a post must tell, and what is assumed of one that does not.
_NEEDS: Final[dict[Weights, tuple[str, str]]] = {
    "log_followers": ("a follower count", "have weight 1"),
    "one_vote": ("an author", "count as posts of an author of their own"),
}


def weighed(ledger: Ledger, weights: Weights, *, posts: int, lacking: int) -> Ledger:
    """Return the ledger with a row on the posts whose weight is assumed; as it is with equal weights.

    Parameters
    ----------
    ledger
        Of the sample so far; the row drops nothing.
    weights
        Of posts within a window.
    posts, lacking
        Posts that count, and those of them that do not tell what the weights need.

    Raises
    ------
    PanelError
        When no post tells it: the weights would be equal under another name.
    """
    if weights not in _NEEDS:
        return ledger
    told, assumed = _NEEDS[weights]
    if posts and lacking == posts:
        raise PanelError(
            f"none of {posts:,} posts has {told}, so weights = {weights!r} would weigh all alike: "
            "set weights = 'equal', or ingest files whose posts have one"
        )
    share = lacking / posts if posts else 0.0
    reason = f"{lacking:,} of {posts:,} posts ({share:.1%}) without {told} {assumed}"
    return ledger.keep("weighted", ledger.steps[-1].rows_out, reason)
