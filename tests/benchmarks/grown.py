"""A large archive grown from a small one: the same tweets again and again, each time with new ids and other words."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import msgspec
import zstandard

from emtract.errors import SourceError
from emtract.ingest.lines import read_lines
from emtract.ingest.records import Rejection

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

#: Stand for the copy's number and for its words while a line is cut into the pieces that all copies share.
_NUMBER: Final = "9990009990009990"
_WORDS: Final = "qqwordsqq"
_CUT: Final = re.compile(f"({_NUMBER}|{_WORDS})".encode())
_WORD: Final = re.compile(r"\b[a-z]{4,9}\b")
_VOCABULARY: Final = 4096


@dataclass(frozen=True)
class GrownArchive:
    """Files of a grown archive.

    Attributes
    ----------
    folder
        One folder a copy, in it one file a ticker as in the original.
    files, lines, bytes
        Files, tweets and compressed bytes in all.
    """

    folder: Path
    files: int
    lines: int
    bytes: int


def grow_archive(
    tweets: Path, folder: Path, copies: int, *, progress: Callable[[int, int], None] | None = None
) -> GrownArchive:
    """Write an archive of `copies` times the tweets of a folder of `*.jsonl.zst`, and leave copies that exist as they are.

    Within a copy everything that repeats in the original repeats: tweets that stand in several tickers' files, retweets of
    one text. Between copies no id and hardly a text is the same: three words of the archive are appended to each, which
    ones being decided by the tweet and the copy.

    Parameters
    ----------
    tweets
        Twitter v1.1 statuses, one file a ticker.
    folder
        Created where it is missing.
    copies
        How many.
    progress
        Called with the copies written and their number.

    Raises
    ------
    SourceError
        The folder holds no tweets.
    """
    paths = sorted(tweets.glob("*.jsonl.zst"))
    if not paths:
        raise SourceError(f"{tweets} holds no *.jsonl.zst; give the folder of StockNet's tweets")
    vocabulary = _vocabulary(paths)
    for path in paths:
        templates = [_template(line) for line in _lines(path)]
        for copy in range(copies):
            target = folder / f"{copy:04d}" / path.name
            if not target.is_file():
                _write(target, (_fill(template, copy, vocabulary) for template in templates))
        if progress:
            progress(paths.index(path) + 1, len(paths))
    files = [path for copy in range(copies) for path in sorted((folder / f"{copy:04d}").iterdir())]
    lines = sum(1 for path in paths for _ in _lines(path)) * copies
    return GrownArchive(folder, len(files), lines, sum(path.stat().st_size for path in files))


def _lines(path: Path) -> Iterator[bytes]:
    for item in read_lines(path):
        if not isinstance(item, Rejection) and item[1].strip():
            yield item[1]


def _vocabulary(paths: Sequence[Path]) -> list[bytes]:
    """Common words of the archive in alphabetical order."""
    counts: dict[str, int] = {}
    for path in paths[:10]:
        for line in _lines(path):
            for word in _WORD.findall(str(msgspec.json.decode(line).get("text", "")).lower()):
                counts[word] = counts.get(word, 0) + 1
    common = sorted(counts, key=lambda word: (-counts[word], word))[:_VOCABULARY]
    return [word.encode() for word in sorted(common)]


def _template(line: bytes) -> tuple[int, list[bytes]]:
    """Seed of a tweet, by its text's tweet, and its line cut at the places that a copy fills."""
    tweet = msgspec.json.decode(line)
    original = tweet.get("retweeted_status") or tweet
    _mark(tweet)
    if original is not tweet:
        _mark(original)
    seed = int(str(original.get("id_str") or original.get("id")).removesuffix(_NUMBER))
    return seed, _CUT.split(msgspec.json.encode(tweet))


def _mark(tweet: dict[str, Any]) -> None:
    tweet["id_str"] = f"{tweet.get('id_str') or tweet.get('id')}{_NUMBER}"
    tweet.pop("id", None)
    for name in ("text", "full_text"):
        if name in tweet:
            tweet[name] = f"{tweet[name]} {_WORDS}"


def _fill(template: tuple[int, list[bytes]], copy: int, vocabulary: Sequence[bytes]) -> bytes:
    seed, pieces = template
    chance = random.Random(seed * 100_003 + copy)
    words = b" ".join(chance.choices(vocabulary, k=3))
    number = b"%04d" % copy
    return b"".join(number if p == _NUMBER.encode() else words if p == _WORDS.encode() else p for p in pieces) + b"\n"


def _write(target: Path, lines: Iterable[bytes]) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_suffix(".part")
    with part.open("wb") as file, zstandard.ZstdCompressor(level=1).stream_writer(file) as stream:
        for line in lines:
            stream.write(line)
    part.replace(target)
