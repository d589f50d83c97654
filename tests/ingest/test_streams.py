import bz2
import io
import lzma
import random
import zipfile
import zlib

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from emtract.errors import SourceError
from emtract.ingest import streams
from emtract.ingest.lines import read_lines
from emtract.ingest.streams import (
    BREAKS,
    MAGIC_BYTES,
    ExpansionError,
    Member,
    base_name,
    base_suffix,
    compression,
    kind_of,
    read_chunks,
    unpack,
)

from .conftest import SUFFIX, pack, pack_zip

KINDS = sorted(SUFFIX)
TAR = b"posts.csv".ljust(257, b"\0") + b"ustar\x0000" + bytes(248)


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("a.jsonl.zst", b'{"id": 1}\n', "named as zstd but its bytes are plain"),
        ("a.jsonl.gz", b"", "named as gzip but its bytes are plain"),
        ("a.jsonl.gz", pack(b"x", "zstd"), "named as gzip but its bytes are zstd"),
        ("a.jsonl.bz2", pack(b"x", "xz"), "named as bzip2 but its bytes are xz"),
        ("a.jsonl.xz", b"BZh9 is a text", "named as xz but its bytes are plain"),
        ("a.zip", b"PK is a text", "named as zip but its bytes are plain"),
        ("a.csv", pack_zip({"a": b"x"}), "zip archive where a single file is needed"),
        ("a.7z", b"7z\xbc\xaf\x27\x1c\x00\x04", "7z archive"),
        ("a.rar", b"Rar!\x1a\x07\x01\x00", "RAR archive"),
        ("a.tar", TAR, "tar archive"),
        ("a.tar.gz", pack(TAR, "gzip"), "tar archive"),
        ("a.tgz", pack(TAR, "xz"), "tar archive"),
    ],
)
def test_a_file_that_is_not_what_its_name_says_is_refused(write, name, data, words):
    with pytest.raises(SourceError, match=words):
        next(read_chunks(write(name, data)), None)


def test_a_file_that_is_missing_or_a_folder_is_refused(tmp_path):
    for path in (tmp_path / "none.jsonl", tmp_path, tmp_path / "none.zip"):
        with pytest.raises(SourceError, match="cannot be opened"):
            next(read_chunks(path))


@pytest.mark.parametrize("kind", KINDS)
def test_bytes_decide_where_the_name_says_nothing(write, kind):
    for data in (b"x\n", b""):
        path = write("posts", pack(data, kind))
        assert (compression(path), b"".join(read_chunks(path))) == (kind, data)


@pytest.mark.parametrize("kind", KINDS)
def test_progress_ends_at_the_size_on_disk(write, kind):
    path = write(f"a{SUFFIX[kind]}", pack(random.Random(4).randbytes(700_000), kind))
    seen = []
    list(read_chunks(path, progress=seen.append))
    assert seen == sorted(seen)
    assert path.stat().st_size - 4 <= seen[-1] <= path.stat().st_size


def test_base_name_and_suffix_look_below_the_compression(tmp_path):
    names = {"a.TSV.gz": ".tsv", "a.csv": ".csv", "a.zst": "", "a": "", "x.parquet": ".parquet", "a.csv.bz2": ".csv"}
    assert {name: base_suffix(tmp_path / name) for name in names} == names
    assert [base_name(tmp_path / name) for name in ("BRK.B.csv.XZ", "a.csv", "a")] == ["BRK.B.csv", "a.csv", "a"]


@pytest.mark.parametrize("kind", ["gzip", "zstd", "bzip2", "xz"])
def test_a_stream_that_expands_without_bound_gives_what_came_before_and_one_rejection(write, monkeypatch, kind):
    monkeypatch.setattr(streams, "MIN_EXPANDED", 1 << 20)
    data = b"one\ntwo\n" + bytes(5_000_000)
    packed = pack(data, kind)
    ratio = len(data) // len(packed)
    monkeypatch.setattr(streams, "MAX_RATIO", ratio + 1)
    path = write(f"a{SUFFIX[kind]}", packed)
    assert [len(chunk) for chunk in [b"".join(read_chunks(path))]] == [len(data)]
    monkeypatch.setattr(streams, "MAX_RATIO", ratio // 2)
    items = list(read_lines(path))
    assert items[:2] == [(1, b"one"), (2, b"two")]
    assert items[2][:2] == (3, "expands without bound")
    assert len(items) == 3


def test_what_is_refused_is_a_thousandfold_beyond_64_mib(write):
    path = write("a.zst", pack(bytes((64 << 20) + 1), "zstd"))
    seen = 0
    with pytest.raises(ExpansionError, match="67,108,864"):
        for chunk in read_chunks(path):
            seen += len(chunk)
    assert (64 << 20) - streams.CHUNK <= seen <= 64 << 20
    assert sum(map(len, read_chunks(write("b.zst", pack(bytes(64 << 20), "zstd"))))) == 64 << 20


def test_the_limit_of_a_member_holds(write, monkeypatch):
    path = write("a.zip", pack_zip({"a": b"x\n" * 100_000}))
    with zipfile.ZipFile(path) as archive:
        member = Member(archive, archive.infolist()[0])
        monkeypatch.setattr(streams, "MAX_EXPANDED", 150_000)
        *lines, last = read_lines(member)
        monkeypatch.setattr(streams, "MAX_EXPANDED", 200_000)
        assert len(list(read_lines(member))) == 100_000
    assert lines == [(n, b"x") for n in range(1, len(lines) + 1)]
    assert last[:2] == (len(lines) + 1, "expands without bound")


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
@pytest.mark.parametrize("packing", ["plain", "gzip"])
def test_text_of_utf_16_is_yielded_as_utf_8(write, encoding, packing):
    text = "\ufeffid,text\n1,größer 🚀\n" * 20_000
    path = write("a.csv" + (".gz" if packing == "gzip" else ""), pack(text.encode(encoding), packing))
    assert b"".join(read_chunks(path)).decode() == text


def test_text_of_utf_16_that_is_cut_is_an_error(write):
    path = write("a.csv", "\ufeffid,text".encode("utf-16-le")[:-1])
    chunks = read_chunks(path)
    with pytest.raises(EOFError, match="ends within a character"):
        list(chunks)


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
