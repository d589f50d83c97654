"""A file's bytes whatever its compression, in bounded chunks; a stream that ends early is an error, never an end."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable, Iterator
from typing import IO, TYPE_CHECKING, Final

import zstandard

from emtract.errors import SourceError

if TYPE_CHECKING:
    from pathlib import Path

    from zstandard import ZstdDecompressionObj

#: Receives the bytes read so far of the file on disk.
Progress = Callable[[int], None]
#: Largest window of a zstd frame: archives of social media are packed with `--long=31`.
MAX_WINDOW: Final = 2**31
CHUNK: Final = 1 << 17
#: What reading a compressed stream raises where it is cut or damaged.
BREAKS: Final = (EOFError, OSError, zlib.error, zstandard.ZstdError)

_ZSTD: Final = b"\x28\xb5\x2f\xfd"
_GZIP: Final = b"\x1f\x8b"
_SUFFIXES: Final = {".zst": "zstd", ".zstd": "zstd", ".gz": "gzip"}
_FOREIGN: Final = {
    b"BZh": "bzip2",
    b"\xfd7zXZ\x00": "xz",
    b"PK\x03\x04": "zip",
    b"PAR1": "Parquet",
    b"\xff\xfe": "UTF-16 text",
    b"\xfe\xff": "UTF-16 text",
}


def open_file(path: Path) -> IO[bytes]:
    """Open a file for reading bytes; a missing or unreadable one is a SourceError."""
    try:
        return path.open("rb")
    except OSError as error:
        raise SourceError(f"{path} cannot be opened ({error.strerror}); check the path and its permissions") from error


def base_suffix(path: Path) -> str:
    """Suffix of the name below its compression, lower case: `.tsv` for `posts.TSV.gz`."""
    suffixes = [suffix.lower() for suffix in path.suffixes]
    if suffixes and suffixes[-1] in _SUFFIXES:
        suffixes.pop()
    return suffixes[-1] if suffixes else ""


def read_chunks(path: Path, *, progress: Progress | None = None) -> Iterator[bytes]:
    """Yield the decompressed bytes of a plain, gzip or zstd file in chunks of at most a few hundred KB.

    Raises
    ------
    SourceError
        Before the first chunk: the file cannot be opened, or its first bytes contradict its name.
    BREAKS
        After what could be read: the compressed stream is cut or damaged.
    """
    with open_file(path) as file:
        kind = _compression(path, file)
        opened = {"zstd": _zstd_chunks, "gzip": _gzip_chunks, "plain": _plain_chunks}[kind]
        for chunk in opened(file):
            if progress is not None:
                progress(file.tell())
            yield chunk


def _compression(path: Path, file: IO[bytes]) -> str:
    magic = file.read(8)
    file.seek(0)
    found = "zstd" if _starts_frame(magic) else "gzip" if magic.startswith(_GZIP) else "plain"
    foreign = next((name for start, name in _FOREIGN.items() if magic.startswith(start)), None)
    if foreign is not None:
        raise SourceError(f"{path} is {foreign}; emtract reads plain, gzip and zstd UTF-8 text: convert it first")
    named = _SUFFIXES.get(path.suffix.lower(), found)
    if named != found:
        raise SourceError(f"{path} is named as {named} but its bytes are {found}: fetch it again or rename it")
    return found


def _starts_frame(magic: bytes) -> bool:
    return magic.startswith(_ZSTD) or _is_skippable(magic)


def _is_skippable(magic: bytes) -> bool:
    return magic[1:4] == b"\x2a\x4d\x18" and magic[0] >> 4 == 5


def _plain_chunks(file: IO[bytes]) -> Iterator[bytes]:
    while chunk := file.read(CHUNK):
        yield chunk


def _gzip_chunks(file: IO[bytes]) -> Iterator[bytes]:
    # read1, not read: what was unpacked before a break must not be lost with it.
    with gzip.GzipFile(fileobj=file) as unpacked:
        while chunk := unpacked.read1(CHUNK):
            yield chunk


def _zstd_chunks(file: IO[bytes]) -> Iterator[bytes]:
    decompressor = zstandard.ZstdDecompressor(max_window_size=MAX_WINDOW)
    while magic := file.read(4):
        if _is_skippable(magic):
            file.seek(int.from_bytes(_exactly(file, 4), "little"), 1)
        else:
            yield from _frame_chunks(file, magic + _exactly(file, 1), decompressor.decompressobj())


def _frame_chunks(file: IO[bytes], start: bytes, frame: ZstdDecompressionObj) -> Iterator[bytes]:
    """Yield one frame block by block (RFC 8878, 3.1.1): at most 128 KB each, and a frame without its last block shows.

    python-zstandard's own readers end quietly where a file is cut, and feeding them large pieces is not bounded.
    """
    header = start + _exactly(file, zstandard.frame_header_size(start) - len(start))
    frame.decompress(header)
    last = False
    while not last:
        block = _exactly(file, 3)
        fields = int.from_bytes(block, "little")
        last, repeated = bool(fields & 1), fields >> 1 & 3 == 1
        yield frame.decompress(block + _exactly(file, 1 if repeated else fields >> 3))
    has_checksum = start[4] & 4
    if has_checksum:
        frame.decompress(_exactly(file, 4))


def _exactly(file: IO[bytes], size: int) -> bytes:
    data = file.read(size)
    if len(data) < size:
        raise EOFError("the zstd stream is cut before its end")
    return data
