"""Every format of posts and its reader: JSON as its platform's module declares it, and tables by their columns."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final, get_args

from emtract.errors import ConfigError
from emtract.ingest.archives import read_members
from emtract.ingest.posts.discord import DISCORD
from emtract.ingest.posts.documents import read_json
from emtract.ingest.posts.reddit import reddit_format
from emtract.ingest.posts.stocktwits import STOCKTWITS, table_mapping
from emtract.ingest.posts.tabular import ColumnMapping, PostTable, read_table
from emtract.ingest.posts.telegram import TELEGRAM
from emtract.ingest.posts.twitter import TWITTER_V1
from emtract.ingest.posts.twitter_csv import read_twarc_csv
from emtract.ingest.posts.twitter_v2 import TWITTER_V2
from emtract.sources import PostFormat

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from emtract.ingest.posts.documents import JsonFormat
    from emtract.ingest.posts.post import Post, PostRecords
    from emtract.ingest.streams import Progress

#: In the order in which they are asked whose an object is.
JSON_FORMATS: Final[Mapping[PostFormat, JsonFormat[Post]]] = {
    "telegram": TELEGRAM,
    "discord": DISCORD,
    "stocktwits": STOCKTWITS,
    "twitter_v2": TWITTER_V2,
    "reddit": reddit_format(),
    "twitter_v1": TWITTER_V1,
}
#: Formats whose columns a mapping names.
TABLES: Final = ("stocktwits_csv", "csv", "jsonl", "parquet")


def format_of(item: Mapping[str, Any]) -> PostFormat | None:
    """Return the format whose post or response this object is, or None where it is of none."""
    return next((name for name, form in JSON_FORMATS.items() if form.tells(item)), None)


def read_records(
    path: Path,
    *,
    format: PostFormat,  # noqa: A002
    mapping: ColumnMapping | None = None,
    known: frozenset[str] = frozenset(),
    progress: Progress | None = None,
) -> PostRecords:
    """Yield the posts of a file, or of the files of a zip archive, one by one; see `batches.read_posts`.

    Parameters
    ----------
    path, format, mapping, known, progress
        As in `batches.read_posts`.

    Raises
    ------
    SourceError
        Before the first post: the file cannot be opened or is not what it was declared to be.
    ConfigError
        The format is unknown, or the mapping does not go with it.
    """
    if format not in get_args(PostFormat):
        raise ConfigError(f"post format {format!r} is unknown: choose one of {', '.join(get_args(PostFormat))}")
    if format in TABLES:
        if mapping is None and format == "stocktwits_csv":
            mapping = table_mapping(path)
        if mapping is None:
            raise ConfigError(f"{path} is {format}: say in a column mapping which column is which")
        table: PostTable = "csv" if format == "stocktwits_csv" else format
        return read_table(path, mapping, format=table, progress=progress)
    if mapping is not None:
        raise ConfigError(f"{path} is {format}, whose fields are known: leave the column mapping out")
    if format == "twarc_csv":
        return read_members(path, partial(read_twarc_csv, progress=progress))
    form = reddit_format(known) if format == "reddit" else JSON_FORMATS[format]
    return read_members(path, partial(read_json, form=form, progress=progress))
