"""A file's bytes whatever its compression, in bounded chunks; a stream that ends early is an error, never an end."""

from __future__ import annotations

import bz2
import codecs
import gzip
import lzma
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain
from pathlib import Path, PurePosixPath
from typing import IO, TYPE_CHECKING, Final, Literal

import zstandard

from emtract.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from zipfile import ZipFile, ZipInfo

    from zstandard import ZstdDecompressionObj


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
#: First bytes of what is read elsewhere or not at all: what it is, and the remedy.
_FOREIGN: Final = {
    b"PAR1": ("Parquet", "end its name in .parquet, or name parquet as its format"),
    b"7z\xbc\xaf\x27\x1c": ("a 7z archive", "unpack it first (7z x) and name the files that were in it"),
    b"Rar!\x1a\x07": ("a RAR archive", "unpack it first (unrar x) and name the files that were in it"),
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
Kind = Literal["plain", "gzip", "bzip2", "xz", "zstd", "zip"]
CHUNK: Final = 1 << 17
#: Largest window of a zstd frame: archives of social media are packed with `--long=31`.
MAX_WINDOW: Final = 2**31
#: What reading a compressed stream raises where it is cut or damaged.
BREAKS: Final = (EOFError, OSError, zlib.error, lzma.LZMAError, zstandard.ZstdError, zipfile.BadZipFile)
#: What opening a zip archive or a member of it raises besides, where names, versions or places in it are damaged.
ZIP_BREAKS: Final = (ValueError, RuntimeError, struct.error)
#: Bytes that tell the kind of a file from its start.
MAGIC_BYTES: Final = 10
_CUT: Final = "the zstd stream is cut before its end"
_BZIP2_BLOCKS: Final = (b"1AY&SY", b"\x17rE8P\x90")  # the first block, or the end of an empty file
_STARTS: Final[Mapping[bytes, Kind]] = {
    b"\x28\xb5\x2f\xfd": "zstd",
    b"\x1f\x8b": "gzip",
    b"\xfd7zXZ\x00": "xz",
    b"PK\x03\x04": "zip",
    b"PK\x05\x06": "zip",
}


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


def read_chunks(path: Source, *, progress: Progress | None = None) -> Iterator[bytes]:
    """Yield the plain bytes of a plain, gzip, bzip2, xz or zstd file in chunks of at most a few hundred KB.

    Text of UTF-16 or UTF-32 that says so by its byte-order mark is yielded as UTF-8.

    Parameters
    ----------
    path
        A file on disk, or a member of a zip archive.
    progress
        Called with the bytes read so far of the file on disk, packed as it is.

    Raises
    ------
    SourceError
        Before the first chunk: the file cannot be opened, its first bytes contradict its name, or it is an archive.
    BREAKS
        After what could be read: the compressed stream is cut or damaged, or (`ExpansionError`) it unpacks to more
        than `MAX_RATIO` times its packed size and to more than `MIN_EXPANDED`, or, a member, to more than `MAX_EXPANDED`.
    """
    with open_file(path) as file:
        kind = _compression(path, file)
        if kind == "zip":
            raise SourceError(f"{path} is a zip archive where a single file is needed: unpack it first (unzip)")
        limit = _limit(path)
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


def read_start(path: Source, limit: int, *, until: bytes | None = None) -> bytes:
    """Return the first plain bytes of a file, or what comes before its stream breaks.

    Parameters
    ----------
    path
        A file on disk, or a member of a zip archive.
    limit
        Bytes that are enough; a chunk more may come.
    until
        What ends the reading too, with the chunk that it stands in.
    """
    held = b""
    with suppress(*BREAKS):
        for chunk in read_chunks(path):
            held += chunk
            if len(held) >= limit or (until is not None and until in chunk):
                break
    return held


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
    for start, (name, remedy) in _FOREIGN.items():
        if magic.startswith(start):
            raise SourceError(f"{path} is {name}: {remedy}")
    named = _SUFFIXES.get(PurePosixPath(path.name).suffix.lower(), found)
    if named != found:
        raise SourceError(f"{path} is named as {named} but its bytes are {found}: fetch it again or rename it")
    return found


def _limit(path: Source) -> int:
    if isinstance(path, Member):
        return min(MAX_EXPANDED, max(MIN_EXPANDED, MAX_RATIO * path.info.compress_size))
    return max(MIN_EXPANDED, MAX_RATIO * path.stat().st_size)


def _position(path: Source, file: IO[bytes]) -> int:
    if isinstance(path, Member):
        return path.before + path.info.compress_size * file.tell() // max(1, path.info.file_size)
    return file.tell()


def kind_of(magic: bytes) -> Kind:
    """Compression that a file's first `MAGIC_BYTES` bytes show."""
    if _is_skippable(magic):
        return "zstd"
    if magic.startswith(b"BZh") and magic[4:10] in _BZIP2_BLOCKS:
        return "bzip2"
    return next((kind for start, kind in _STARTS.items() if magic.startswith(start)), "plain")


def unpack(file: IO[bytes], kind: Kind) -> Iterator[bytes]:
    """Yield the plain bytes of a file, a few hundred KB at most at a time; concatenated streams are read to the end.

    Raises
    ------
    BREAKS
        After everything before it: the stream is cut. Where it is damaged, up to `CHUNK` bytes before the damage may
        be lost with it.
    """
    readers: dict[Kind, Callable[[IO[bytes]], Iterator[bytes]]] = {
        "plain": _plain,
        "gzip": _gzip,
        "bzip2": lambda file: _streams(file, bz2.BZ2Decompressor),
        "xz": lambda file: _streams(file, _xz_stream, padding=b"\0"),
        "zstd": _zstd,
    }
    return readers[kind](file)


def _plain(file: IO[bytes]) -> Iterator[bytes]:
    while chunk := file.read(CHUNK):
        yield chunk


def _gzip(file: IO[bytes]) -> Iterator[bytes]:
    # read1, not read: what was unpacked before a break must not be lost with it.
    with gzip.GzipFile(fileobj=file) as unpacked:
        while chunk := unpacked.read1(CHUNK):
            yield chunk


def _streams(
    file: IO[bytes], start: Callable[[], bz2.BZ2Decompressor | lzma.LZMADecompressor], *, padding: bytes = b""
) -> Iterator[bytes]:
    """Yield concatenated streams; Python's own bz2 and lzma files take whatever follows the first for its end."""
    packed = _more(file, b"", padding)
    while packed:
        stream = start()
        while not stream.eof:
            if stream.needs_input and not packed:
                packed = file.read(CHUNK)
                if not packed:
                    raise EOFError("the stream is cut before its end")
            if chunk := stream.decompress(packed, CHUNK):
                yield chunk
            packed = b""
        packed = _more(file, stream.unused_data, padding)


def _more(file: IO[bytes], packed: bytes, padding: bytes) -> bytes:
    packed = packed.lstrip(padding)
    while not packed and (read := file.read(CHUNK)):
        packed = read.lstrip(padding)
    return packed


def _xz_stream() -> lzma.LZMADecompressor:
    return lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=MAX_WINDOW)


def _zstd(file: IO[bytes]) -> Iterator[bytes]:
    decompressor = zstandard.ZstdDecompressor(max_window_size=MAX_WINDOW)
    while magic := file.read(4):
        if _is_skippable(magic):
            file.seek(int.from_bytes(_exactly(file, 4), "little"), 1)
        else:
            yield from _zstd_frame(file, magic + _exactly(file, 1), decompressor.decompressobj())


def _is_skippable(magic: bytes) -> bool:
    return magic[1:4] == b"\x2a\x4d\x18" and magic[0] >> 4 == 5


def _zstd_frame(file: IO[bytes], start: bytes, frame: ZstdDecompressionObj) -> Iterator[bytes]:
    """Yield one frame block by block (RFC 8878, 3.1.1): at most 128 KB each, and a frame without its last block shows.

    python-zstandard's own readers end quietly where a file is cut, and feeding them large pieces is not bounded. Python's (3.14,
    and backports.zstd) give as much of a cut frame, but lose up to `CHUNK` bytes before a damaged place, which blocks do not.
    """
    header = start + _exactly(file, zstandard.frame_header_size(start) - len(start))
    frame.decompress(header)
    last = False
    while not last:
        block = _exactly(file, 3)
        fields = int.from_bytes(block, "little")
        last, repeated = bool(fields & 1), fields >> 1 & 3 == 1
        size = 1 if repeated else fields >> 3
        body = file.read(size)
        yield frame.decompress(block + body)  # a raw block that is cut gives the bytes before the cut
        if len(body) < size:
            raise EOFError(_CUT)
    has_checksum = start[4] & 4
    if has_checksum:
        frame.decompress(_exactly(file, 4))


def _exactly(file: IO[bytes], size: int) -> bytes:
    data = file.read(size)
    if len(data) < size:
        raise EOFError(_CUT)
    return data
