import bz2
import io
import lzma
import zlib

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from emtract.ingest.streams import BREAKS, MAGIC_BYTES, kind_of, unpack

from .conftest import SUFFIX, pack

PACKED = sorted(SUFFIX.keys() - {"plain"})
WHOLE = {
    "gzip": lambda: zlib.decompressobj(31),
    "bzip2": bz2.BZ2Decompressor,
    "xz": lzma.LZMADecompressor,
    "zstd": lambda: zstandard.ZstdDecompressor().decompressobj(),
}


def read(packed, kind):
    """What came, and whether the stream broke."""
    got = []
    try:
        got.extend(unpack(io.BytesIO(packed), kind))
    except BREAKS:
        return b"".join(got), True
    return b"".join(got), False


@given(st.lists(st.binary(max_size=200), max_size=30), st.sampled_from(PACKED), st.data())
def test_cutting_a_stream_at_any_byte_loses_nothing_before_the_cut(pieces, kind, data):
    plain = b"".join(pieces) * 7
    packed = pack(plain, kind)
    cut = data.draw(st.integers(1, len(packed)))
    got, broke = read(packed[:cut], kind)
    assert plain.startswith(got)
    assert got.startswith(WHOLE[kind]().decompress(packed[:cut]))
    assert broke == (cut < len(packed))


def test_a_raw_zstd_block_that_is_cut_gives_what_stands_before_the_cut():
    plain = bytes(range(7))
    packed = pack(plain, "zstd")
    assert packed[-7 - 4 : -4] == plain  # too short to compress; four bytes of checksum follow
    assert read(packed[: -4 - 5], "zstd") == (plain[:2], True)


@given(st.lists(st.binary(max_size=50), min_size=1, max_size=5), st.sampled_from(PACKED))
def test_concatenated_streams_are_read_to_the_end(parts, kind):
    assert read(b"".join(pack(part, kind) for part in parts), kind) == (b"".join(parts), False)


@pytest.mark.parametrize("kind", PACKED)
def test_what_follows_a_stream_and_is_none_breaks_it(kind):
    assert read(pack(b"one\n", kind) + b"garbage at the end", kind) == (b"one\n", True)


@pytest.mark.parametrize("kind", PACKED)
def test_the_second_stream_is_cut(kind):
    second = pack(bytes(range(256)), kind)
    assert read(pack(b"one\n", kind) + second[:-1], kind)[1]


def test_padding_of_xz_streams_is_no_damage():
    padded = bytes(8) + pack(b"one\n", "xz") + bytes(400_000) + pack(b"two\n", "xz") + bytes(4)
    assert read(padded, "xz") == (b"one\ntwo\n", False)


@pytest.mark.parametrize("kind", PACKED)
def test_pieces_are_bounded(kind):
    pieces = [len(piece) for piece in unpack(io.BytesIO(pack(bytes(3_000_000), kind)), kind)]
    assert sum(pieces) == 3_000_000
    assert max(pieces) <= 1 << 17


@pytest.mark.parametrize("kind", sorted(SUFFIX))
def test_kinds_are_told_by_their_first_bytes(kind):
    assert kind_of(pack(b"some text", kind)[:MAGIC_BYTES]) == kind
    assert kind_of(pack(b"", kind)[:MAGIC_BYTES]) == kind


def test_a_text_is_not_taken_for_bzip2():
    assert kind_of(b"BZh9 is my name"[:MAGIC_BYTES]) == "plain"
