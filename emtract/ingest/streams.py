"""A file's bytes whatever its compression, in bounded chunks; a stream that ends early is an error, never an end."""

from __future__ import annotations

import codecs
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path, PurePosixPath
from typing import IO, TYPE_CHECKING, Final

from emtract.errors import SourceError
from emtract.ingest.unpack import BREAKS, CHUNK, MAGIC_BYTES, MAX_WINDOW, ZIP_BREAKS, Kind, kind_of, unpack

if TYPE_CHECKING:
    from zipfile import ZipFile, ZipInfo

__all__ = ["BREAKS", "CHUNK", "MAX_WINDOW", "ZIP_BREAKS"]

#: Receives the bytes read so far of the file on disk.
Progress = Callable[[int], None]
#: Largest plain size of one member of a zip archive.
MAX_EXPANDED: Final = 1 << 36
#: A stream may unpack to this many times its packed size, and to `MIN_EXPANDED` in any case.
MAX_RATIO: Final = 1_000
MIN_EXPANDED: Final = 1 << 26

_SUFFIXES: Final[dict[str, Kind]] = {
    ".zst": "zstd",
    ".zstd": "zstd",
    ".gz": "gzip",
    ".bz2": "bzip2",
    ".xz": "xz",
    ".zip": "zip",
}
_FOREIGN: Final = {
    b"PAR1": "Parquet",
    b"7z\xbc\xaf\x27\x1c": "a 7z archive",
    b"Rar!\x1a\x07": "a RAR archive",
}
_REMEDIES: Final = {
    "Parquet": "end its name in .parquet, or name parquet as its format",
    "a 7z archive": "unpack it first (7z x) and name the files that were in it",
    "a RAR archive": "unpack it first (unrar x) and name the files that were in it",
}
#: Byte-order marks of text that is not UTF-8, the longer first: Excel's "Unicode text" and what PowerShell's `>` writes.
_MARKS: Final = {
    b"\xff\xfe\x00\x00": "utf-32-le",
    b"\x00\x00\xfe\xff": "utf-32-be",
    b"\xff\xfe": "utf-16-le",
    b"\xfe\xff": "utf-16-be",
}
#: Where a tar archive, packed or plain, says that it is one.
_TAR: Final = slice(257, 262)


class ExpansionError(OSError):
    """A stream unpacks to far more than its packed size: one of `BREAKS`, with a reason of its own."""


@dataclass(frozen=True)
class Member:
    """One file within an open zip archive; readers take it wherever they take a path.

    Attributes
    ----------
    before
        Packed bytes of the members that are read before it.
    """

    archive: ZipFile
    info: ZipInfo
    before: int = 0

    @property
    def name(self) -> str:
        """Name without the folders it is in."""
        return PurePosixPath(self.info.filename).name

    def __str__(self) -> str:
        return f"{Path(str(self.archive.filename)).name}/{self.info.filename}"


#: What readers read: a file on disk, or one within a zip archive.
Source = Path | Member


def open_file(path: Source) -> IO[bytes]:
    """Open a file for reading bytes; a missing or unreadable one is a SourceError."""
    try:
        return path.archive.open(path.info) if isinstance(path, Member) else path.open("rb")
    except (*BREAKS, *ZIP_BREAKS) as error:
        reason = getattr(error, "strerror", None) or error
        raise SourceError(f"{path} cannot be opened ({reason}); check the path and its permissions") from error


def base_name(path: Source) -> str:
    """Name without the suffix of its compression: `posts.TSV` for `posts.TSV.gz`."""
    name = PurePosixPath(path.name)
    return name.stem if name.suffix.lower() in _SUFFIXES else name.name


def base_suffix(path: Source) -> str:
    """Suffix of the name below its compression, lower case: `.tsv` for `posts.TSV.gz`."""
    return PurePosixPath(base_name(path)).suffix.lower()


def compression(path: Source) -> Kind:
    """How a file is packed.

    Raises
    ------
    SourceError
        The file cannot be opened, or its first bytes contradict its name.
    """
    with open_file(path) as file:
        return _compression(path, file)


def read_chunks(path: Source, *, max_expanded: int = MAX_EXPANDED, progress: Progress | None = None) -> Iterator[bytes]:
    """Yield the plain bytes of a plain, gzip, bzip2, xz or zstd file in chunks of at most a few hundred KB.

    Text of UTF-16 or UTF-32 that says so by its byte-order mark is yielded as UTF-8.

    Parameters
    ----------
    path
        A file on disk, or a member of a zip archive.
    max_expanded
        Limit of the plain bytes of a member of a zip archive.
    progress
        Called with the bytes read so far of the file on disk, packed as it is.

    Raises
    ------
    SourceError
        Before the first chunk: the file cannot be opened, its first bytes contradict its name, or it is an archive.
    BREAKS
        After what could be read: the compressed stream is cut or damaged, or (`ExpansionError`) it unpacks to more
        than `MAX_RATIO` times its packed size and to more than `MIN_EXPANDED`, or to more than `max_expanded`.
    """
    with open_file(path) as file:
        kind = _compression(path, file)
        if kind == "zip":
            raise SourceError(f"{path} is a zip archive where a single file is needed: unpack it first (unzip)")
        limit = _limit(path, max_expanded)
        total = 0
        for chunk in _as_utf8(unpack(file, kind)):
            if not total and chunk[_TAR] == b"ustar":
                raise SourceError(
                    f"{path} is a tar archive: unpack it first (tar -xf) and name the files that were in it"
                )
            total += len(chunk)
            if total > limit:
                raise ExpansionError(f"the stream unpacks to more than {limit:,} bytes")
            if progress is not None:
                progress(_position(path, file))
            yield chunk


def _as_utf8(chunks: Iterator[bytes]) -> Iterator[bytes]:
    head = b""
    try:
        for chunk in chunks:
            head += chunk
            if len(head) >= max(map(len, _MARKS)):
                break
    except BREAKS:
        if head:
            yield head
        raise
    encoding = next((encoding for mark, encoding in _MARKS.items() if head.startswith(mark)), None)
    if encoding is None:
        if head:
            yield head
        yield from chunks
        return
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    for chunk in chain([head], chunks):
        if text := decoder.decode(chunk):
            yield text.encode()
    if decoder.getstate()[0]:
        raise EOFError(f"the text is {encoding.upper()} and ends within a character")


def _compression(path: Source, file: IO[bytes]) -> Kind:
    try:
        magic = file.read(MAGIC_BYTES)
        file.seek(0)
    except BREAKS as error:
        raise SourceError(f"{path} is damaged in its first bytes ({error}): fetch it again") from error
    found = kind_of(magic)
    foreign = next((name for start, name in _FOREIGN.items() if magic.startswith(start)), None)
    if foreign is not None:
        raise SourceError(f"{path} is {foreign}: {_REMEDIES[foreign]}")
    named = _SUFFIXES.get(PurePosixPath(path.name).suffix.lower(), found)
    if named != found:
        raise SourceError(f"{path} is named as {named} but its bytes are {found}: fetch it again or rename it")
    return found


def _limit(path: Source, max_expanded: int) -> int:
    if isinstance(path, Member):
        return min(max_expanded, max(MIN_EXPANDED, MAX_RATIO * path.info.compress_size))
    return max(MIN_EXPANDED, MAX_RATIO * path.stat().st_size)


def _position(path: Source, file: IO[bytes]) -> int:
    if isinstance(path, Member):
        return path.before + path.info.compress_size * file.tell() // max(1, path.info.file_size)
    return file.tell()
