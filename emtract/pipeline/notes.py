"""What is said of fields that posts do without: by ingest, its dry run and the doctor alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emtract.schema import AT_MIDNIGHT, ENDS_IN_ZEROS, OTHER_TIME

if TYPE_CHECKING:
    from collections.abc import Collection

    from emtract.store import Store


def told_notes(store: Store, paths: Collection[str] | None = None) -> list[str]:
    """Return a sentence a file, field and reason; of some files only, where `paths` names them."""
    rows = store.query("staging/field_notes").iter_rows(named=True)
    told = (
        f"{row['path']}: {sentence}"
        for row in rows
        if (paths is None or row["path"] in paths)
        and (sentence := note_sentence(row["field"], row["reason"], row["rows"], row["posts"]))
    )
    return list(told)


def told_gone(store: Store, paths: Collection[str]) -> list[str]:
    """Return a sentence a file, of those that were read now, which has lost posts since it was read before."""
    rows = store.query("staging/gone_posts").iter_rows(named=True)
    return [
        f"{row['path']}: at least {row['gone']:,} posts of an earlier reading are no longer in the file, and every number still "
        "rests on them; `emtract ingest --again` reads all files anew and does without them"
        for row in rows
        if row["path"] in paths
    ]


def note_sentence(field: str, reason: str, rows: int, posts: int) -> str | None:
    """Say how many posts do without a field; None for what is no matter, as a few posts at midnight.

    Parameters
    ----------
    field
        Column of the posts.
    reason
        Why they lack it, in words; `AT_MIDNIGHT` and `ENDS_IN_ZEROS` are said only of files where all posts are so. `OTHER_TIME`
        is said of rows that repeat a post.
    rows, posts
        Posts that lack it, and posts of the file.
    """
    if reason == AT_MIDNIGHT:
        if rows < posts:
            return None
        return (
            f'all {rows:,} times are 00:00: is the time of day known? If it is not, time_format = "end_of_day" (before the '
            "pattern, where there is one) keeps posts from standing before their day"
        )
    if reason == ENDS_IN_ZEROS:
        if rows < posts:
            return None
        return f"all {rows:,} ids end in zeros: a spreadsheet has rounded them, and posts may share one; export ids as text"
    if reason == OTHER_TIME:
        return (
            f"{rows:,} of {posts:,} posts are in the store with another time, which stands: do both files say their time zone "
            "right?"
        )
    return f"{field} is left out of {rows:,} of {posts:,} posts: {reason}"
