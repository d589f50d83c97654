"""Tweets in the CSV files of twarc: both generations of twarc-csv (API v2), and json2csv (API v1.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeVar

import msgspec

from emtract.ingest.posts.post import (
    Notes,
    Post,
    PostRecords,
    count_cell,
    first_id,
    may_be_rounded,
    name_symbols,
    required_id,
)
from emtract.ingest.posts.twitter import PLATFORM
from emtract.ingest.records import LineError, storable
from emtract.ingest.rows import parse_rows, read_rows
from emtract.ingest.times import iso_micros, twitter_micros
from emtract.missing import is_missing, is_unwritten
from emtract.schema import ENDS_IN_ZEROS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from emtract.ingest.streams import Progress, Source

#: Originals kept at hand for retweets of the older generation, whose rows hold a cut text.
MAX_ORIGINALS: Final = 50_000
#: What each cell of a row is called in the generations of the tables, newest first.
_NAMES: Final = {
    "post_id": ("id",),
    "created_at": ("created_at",),
    "body": ("text",),
    "author_id": ("author_id", "author.id", "user_id"),
    "followers": ("author.public_metrics.followers_count", "user_followers_count"),
    "verified": ("author.verified", "user_verified"),
    "language": ("lang",),
    "cashtags": ("entities.cashtags",),
    "retweeted": ("referenced_tweets.retweeted.id",),
    "references": ("referenced_tweets",),
    "tweet_type": ("tweet_type",),
    "retweet_or_quote": ("retweet_or_quote_id", "reweet_or_quote_id", "reweet_id"),
}
_REQUIRED: Final = ("post_id", "created_at", "body")
#: A column of one of these names is twarc's: `id`, `created_at` and `text` may be anybody's.
MARKS: Final = frozenset(
    {
        *("author.public_metrics.followers_count", "author.username", "public_metrics.like_count", "__twarc.version"),
        *("referenced_tweets.retweeted.id", "referenced_tweets", "entities.cashtags", "edit_history_tweet_ids"),
        *("conversation_id", "author_id", "retweet_or_quote_id", "reweet_or_quote_id", "user_screen_name"),
    }
)
_VERIFIED: Final = {"true": True, "1": True, "1.0": True, "false": False, "0": False, "0.0": False}


class _Cashtag(msgspec.Struct, gc=False):
    tag: str | None = None


class _Reference(msgspec.Struct, gc=False):
    type: str | None = None
    id: str | int | None = None


_T = TypeVar("_T")
_CASHTAGS: Final = msgspec.json.Decoder(list[_Cashtag | str])
_REFERENCES: Final = msgspec.json.Decoder(list[_Reference])
_TEXT: Final = msgspec.json.Decoder(str)


#: Cells of one row by the names of `_NAMES`; None for a column that the table does not have.
_Row = dict[str, str | None]


def is_twarc_header(header: Sequence[str]) -> bool:
    """Whether a table with these columns is one that twarc writes."""
    return choose_columns(header) is not None and not MARKS.isdisjoint(header)


def choose_columns(header: Sequence[str]) -> list[int | None] | None:
    """Position of the column of each cell, or None where the id, the time or the text has none."""
    found = [next((name for name in names if header.count(name) == 1), None) for names in _NAMES.values()]
    if None in found[: len(_REQUIRED)]:
        return None
    return [None if name is None else header.index(name) for name in found]


def read_twarc_csv(path: Source, *, progress: Progress | None = None) -> PostRecords:
    r"""Yield the tweets of a table; `line` is the line where the row starts.

    Retweets of the newer twarc-csv carry the text of the original; retweets of the older one take it from the original's
    row, which stands before them, and keep their own cut text where it is missing, as the retweets of json2csv do. The rows
    of referenced tweets that the older one adds are posts like the others.

    Parameters
    ----------
    path
        A file, plain or packed, or a member of a zip archive; the archive itself is refused (`batches.read_posts` reads
        it).
    progress
        Called with the bytes read so far of the file on disk, packed as it is.

    Raises
    ------
    SourceError
        The file is no CSV, or has no columns id, created_at and text.
    """
    wanted = "one of the columns id, created_at, text"
    rows = read_rows(path, choose_columns, format="csv", wanted=wanted, text=2, progress=progress)
    originals: dict[str, Post] = {}

    def parse(cells: Sequence[str | None]) -> Post:
        row = dict(zip(_NAMES, cells, strict=True))
        post = _post(row, originals)
        if row["references"] is not None and post.repost_of is None:
            _remember(originals, post)
        return post

    return parse_rows(rows, parse, between=",")


def _remember(originals: dict[str, Post], post: Post) -> None:
    originals[post.post_id] = post
    if len(originals) > MAX_ORIGINALS:
        del originals[next(iter(originals))]


def _post(row: _Row, originals: dict[str, Post]) -> Post:
    encoded = str(row["post_id"]).startswith('"')  # by the options --json-encode-all and --json-encode-text
    if encoded:
        row = {name: _decoded(cell) for name, cell in row.items()}
    text = {name: cell or "" for name, cell in row.items()}
    is_v1 = text["created_at"][:1].isalpha()
    own_id = required_id(text["post_id"])
    notes = Notes([("post_id", ENDS_IN_ZEROS)] if may_be_rounded(own_id) else [])
    repost_of = notes.take("repost_of", _repost_of, row)
    tags = notes.take("symbol", _cashtags, text["cashtags"]) or []
    body = "" if text["body"].strip() and is_unwritten(text["body"]) else text["body"]
    original = originals.get(repost_of or "")
    body = original.body if original else body if is_v1 or encoded else body.replace("\\n", "\n")
    inherited = [symbol for symbol, origin in original.symbols.items() if origin != "cashtag"] if original else []
    return Post(
        platform=PLATFORM,
        post_id=own_id,
        author_id=notes.take("author_id", first_id, row["author_id"]),
        created_at=twitter_micros(text["created_at"]) if is_v1 else iso_micros(text["created_at"]),
        body=body,
        followers=notes.take("followers", count_cell, text["followers"]),
        verified=notes.take("verified", _flag, text["verified"]),
        repost_of=repost_of,
        language=None if is_missing(text["language"]) else row["language"],
        symbols=name_symbols(body, [*inherited, *tags]),
        notes=tuple(notes),
    )


def _flag(cell: str) -> bool | None:
    if is_missing(cell):
        return None
    flag = _VERIFIED.get(cell.strip().lower())
    if flag is None:
        raise LineError("wrong type", f"verified {cell[:40]!r} is neither true nor false")
    return flag


def _decoded(cell: str | None) -> str | None:
    if cell is None or not cell.startswith('"'):
        return cell
    try:
        return storable(_TEXT.decode(cell))
    except msgspec.DecodeError:
        return cell


def _repost_of(row: _Row) -> str | None:
    """Return the id of the original of a retweet, wherever the generation has it."""
    retweeted = (item.id for item in _listed(row["references"] or "", _REFERENCES) if item.type == "retweeted")
    is_retweet = row["tweet_type"] in {None, "retweet"}
    return first_id(row["retweeted"], *retweeted, row["retweet_or_quote"] if is_retweet else None)


def _cashtags(cell: str) -> list[str | None]:
    return [item if isinstance(item, str) else item.tag for item in _listed(cell, _CASHTAGS)]


def _listed(cell: str, decoder: msgspec.json.Decoder[list[_T]]) -> list[_T]:
    """Items of a JSON list, or of a list as Python writes it (`--no-json-encode-lists`)."""
    if is_missing(cell):
        return []
    for text in (cell, cell.replace("'", '"')):
        try:
            return decoder.decode(text)
        except msgspec.DecodeError:
            continue
    raise LineError("wrong type", f"{cell[:60]!r} is no list of cashtags or references")
