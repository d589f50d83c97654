"""What every sample of posts begins with: which readings count, and the ledger from lines read to readable posts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emtract.ledger import Ledger

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def readable_posts(counts: Mapping[str, int], kinds: Sequence[str]) -> Ledger:
    """Return the ledger from lines read to readable posts.

    Parameters
    ----------
    counts
        rows_read, rows_rejected, posts, scored, readable; mended, posts with damaged characters, where they were counted.
    kinds
        Kinds of text that count; see `emtract.text.TextKind`.
    """
    return (
        Ledger()
        .start("lines read", "lines", counts["rows_read"], "every line of every file of posts")
        .keep(
            "parsed",
            counts["rows_read"] - counts["rows_rejected"],
            "quarantined: not parsable, or an id already stored with another text",
        )
        .keep("distinct posts", counts["posts"], "the same post in another file or twice in one")
        .keep("scored posts", counts["scored"], "not scored by this scorer yet")
        .keep("readable posts", counts["readable"], f"kind of text is none of: {', '.join(kinds)}{_mended(counts)}")
    )


def _mended(counts: Mapping[str, int]) -> str:
    mended = counts.get("mended", 0)
    return f"; damaged characters of {mended:,} readable posts were mended" if mended else ""
