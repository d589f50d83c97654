"""Compressed bytes -> plain bytes in bounded pieces; a stream that ends early is an error, never an end."""

from __future__ import annotations

import bz2
import gzip
import lzma
import struct
import zipfile
import zlib
from typing import IO, TYPE_CHECKING, Final, Literal

import zstandard

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from zstandard import ZstdDecompressionObj

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

    python-zstandard's own readers end quietly where a file is cut, and feeding them large pieces is not bounded.
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
