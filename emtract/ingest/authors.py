"""Ids of authors -> keyed hashes, before anything of a file reaches the store."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import pyarrow as pa

#: Bytes of a hash: among a billion authors two share one with a chance of 1 in 10^21.
_BYTES: Final = 16
#: Rejections that speak of the file and not of a line: their details stay.
_OF_THE_FILE: Final = ("broken stream", "expands without bound", "refused member")
#: What stands in the quarantine in the place of a line.
WITHHELD: Final = "withheld, since ids of authors are hashed: the line of the file shows it"


def hash_id(platform: str, author_id: str, *, key: bytes) -> str:
    """Return the name under which an author is kept: 32 hexadecimal digits.

    BLAKE2b under a secret key. A plain digest would hide nothing, since ids are numbers that can all be hashed in an hour. The
    platform is part of what is hashed: one number on two platforms is two authors.

    Parameters
    ----------
    platform, author_id
        As `schema.PARSED_POSTS` has them.
    key
        At most 64 bytes; the same key gives the same name in every run and process.
    """
    return hashlib.blake2b(f"{platform}\0{author_id}".encode(), digest_size=_BYTES, key=key).hexdigest()


def fingerprint(key: bytes) -> str:
    """Return what tells two keys apart and gives neither away."""
    return hashlib.blake2b(b"fingerprint", digest_size=8, key=key).hexdigest()


def without_ids(tables: dict[str, pa.Table], *, key: bytes) -> dict[str, pa.Table]:
    """Return the tables of a batch with authors hashed, and rejections without what their lines hold.

    The detail of a rejection is the start of a line that could not be parsed: an id or a name may stand anywhere in it. File,
    line and reason stay, so that the owner of the file finds it.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    posts, rejected = tables["posts"], tables["rejected"]
    pairs = zip(posts["platform"].to_pylist(), posts["author_id"].to_pylist(), strict=True)
    hashed = pa.array([author and hash_id(platform, author, key=key) for platform, author in pairs], pa.string())
    told = pc.is_in(rejected["reason"], value_set=pa.array(_OF_THE_FILE))
    details = pc.if_else(told, rejected["detail"], WITHHELD)
    return tables | {
        "posts": _replace(posts, "author_id", hashed),
        "rejected": _replace(rejected, "detail", details),
    }


def _replace(table: pa.Table, name: str, cells: pa.Array | pa.ChunkedArray) -> pa.Table:
    position = table.schema.get_field_index(name)
    return table.set_column(position, table.schema.field(position), cells)
