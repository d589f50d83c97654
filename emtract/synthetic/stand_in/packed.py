"""Bytes in the packing of another file; the same bytes whenever they are packed."""

from __future__ import annotations

import bz2
import gzip
import lzma
import zipfile
from itertools import islice
from typing import TYPE_CHECKING

import zstandard

from emtract.ingest.streams import Member, compression, read_chunks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from emtract.ingest.streams import Source


def rewrite(path: Path, target: Path, change: Callable[[Source], tuple[bytes, int]]) -> int:
    """Write what `change` makes of a file, or of each member of a zip archive, packed as the file is; return the rows.

    Parameters
    ----------
    path
        The original, packed or plain.
    target
        Where to write; the folder is made if missing.
    change
        Takes the file, or a member, and returns the new bytes before packing and the rows in them.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    kind = compression(path)
    if kind == "zip":
        return _rewrite_zip(path, target, change)
    data, rows = change(path)
    target.write_bytes(_pack(data, kind))
    return rows


def read_lines(source: Source, limit: int | None = None) -> Iterator[bytes]:
    """Yield the lines of a file without their ends, the first `limit` of them."""
    return islice(_lines(source), limit)


def _lines(source: Source) -> Iterator[bytes]:
    held = b""
    for chunk in read_chunks(source):
        *whole, held = (held + chunk).split(b"\n")
        yield from (line.removesuffix(b"\r") for line in whole)
    if held:
        yield held


def _pack(data: bytes, kind: str) -> bytes:
    if kind == "gzip":
        return gzip.compress(data, mtime=0)
    if kind == "bzip2":
        return bz2.compress(data)
    if kind == "xz":
        return lzma.compress(data)
    return zstandard.ZstdCompressor().compress(data) if kind == "zstd" else data


def _rewrite_zip(path: Path, target: Path, change: Callable[[Source], tuple[bytes, int]]) -> int:
    total = 0
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for info in old.infolist():
            if not info.is_dir():
                data, rows = change(Member(old, info))
                new.writestr(zipfile.ZipInfo(info.filename, (1980, 1, 1, 0, 0, 0)), data, zipfile.ZIP_DEFLATED)
                total += rows
    return total
