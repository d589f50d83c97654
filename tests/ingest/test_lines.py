import random
import tracemalloc

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from emtract.ingest.lines import read_lines
from emtract.ingest.records import MAX_DETAIL, Rejection

from .conftest import SUFFIX, pack

KINDS = sorted(SUFFIX)


@given(st.binary(max_size=3000) | st.text("a\n\r", max_size=200).map(str.encode), st.sampled_from(KINDS))
def test_lines_rejoined_are_the_file(tmp_path_factory, data, kind):
    data = b"{" + data
    path = tmp_path_factory.mktemp("law") / f"a{SUFFIX[kind]}"
    path.write_bytes(pack(data, kind))
    lines = list(read_lines(path))
    assert [number for number, _ in lines] == list(range(1, len(lines) + 1))
    assert b"\n".join(line for _, line in lines) == data.removesuffix(b"\n")


@given(st.lists(st.binary(max_size=30), min_size=1, max_size=20), st.integers(1, 40))
def test_where_chunks_end_does_not_matter(pieces, limit):
    from emtract.ingest.lines import _cut

    whole, cut = list(_cut([b"".join(pieces)], limit)), list(_cut(pieces, limit))
    assert [item[:2] for item in whole] == [item[:2] for item in cut]
    expected = b"".join(pieces).split(b"\n")
    assert [isinstance(item, Rejection) for item in cut] == [len(line) > limit for line in expected[: len(cut)]]


@pytest.mark.parametrize("kind", KINDS)
def test_large_incompressible_file_over_many_blocks_and_frames(write, kind):
    noise = random.Random(1).randbytes(400_000).replace(b"\n", b" ") + b"\n"
    path = write(f"a{SUFFIX[kind]}", pack(noise, kind) + pack(noise, kind))
    assert [(n, len(line)) for n, line in read_lines(path)] == [(1, 400_000), (2, 400_000)]


def test_long_zstd_window_streamed_frame_and_skippable_frame(write):
    parameters = zstandard.ZstdCompressionParameters.from_level(1, window_log=31, enable_ldm=False)
    streamed = zstandard.ZstdCompressor(compression_params=parameters).compressobj()
    frame = streamed.compress(b"one\ntwo\n") + streamed.flush()
    skippable = b"\x50\x2a\x4d\x18" + (5).to_bytes(4, "little") + b"index"
    path = write("a.jsonl.zst", skippable + frame + skippable)
    assert list(read_lines(path)) == [(1, b"one"), (2, b"two")]


def test_byte_order_mark_is_no_part_of_the_first_line(write):
    assert list(read_lines(write("a", b"\xef\xbb\xbfx\n\xef\xbb\xbfy"))) == [(1, b"x"), (2, b"\xef\xbb\xbfy")]


@pytest.mark.parametrize("kind", KINDS)
def test_ten_megabyte_line_is_skipped_and_not_held(write, kind):
    path = write(f"a{SUFFIX[kind]}", pack(b"before\n" + b"x" * 10_000_000 + b"\nafter\n", kind))
    list(read_lines(path))
    tracemalloc.start()
    items = list(read_lines(path))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert [items[0], items[2]] == [(1, b"before"), (3, b"after")]
    assert items[1][:2] == (2, "line too long")
    assert "10,000,000 bytes" in items[1].detail
    assert len(items[1].detail) <= MAX_DETAIL
    assert peak < 4_500_000


@pytest.mark.parametrize("kind", ["gzip", "zstd"])
@pytest.mark.parametrize("share", [0.2, 0.5, 0.9, 0.9999])
def test_truncated_stream_gives_what_came_before_and_one_rejection(write, kind, share):
    source = random.Random(2)
    lines = [source.randbytes(60).hex().encode() for _ in range(20_000)]
    packed = pack(b"\n".join(lines) + b"\n", kind)
    *read, last = read_lines(write(f"a{SUFFIX[kind]}", packed[: int(len(packed) * share)]))
    assert [line for _, line in read] == lines[: len(read)]
    assert len(read) > 20_000 * share - 3_000
    assert last[:2] == (len(read) + 1, "broken stream")
    assert "fetch the file again" in last.detail


@pytest.mark.parametrize("kind", ["gzip", "zstd", "bzip2", "xz"])
def test_corrupted_midway_gives_a_broken_stream(write, kind):
    source = random.Random(3)
    lines = [source.randbytes(60).hex().encode() for _ in range(20_000)]
    packed = bytearray(pack(b"\n".join(lines) + b"\n", kind))
    middle = len(packed) // 2
    packed[middle : middle + 400] = bytes(400)
    *read, last = read_lines(write(f"a{SUFFIX[kind]}", bytes(packed)))
    assert last.reason == "broken stream"
    assert read[:5000] == list(enumerate(lines, 1))[:5000]


def test_garbage_after_a_frame_is_a_broken_stream(write):
    items = list(read_lines(write("a.zst", pack(b"one\n", "zstd") + b"garbage at the end")))
    assert items[0] == (1, b"one")
    assert items[1][:2] == (2, "broken stream")


def test_bytes_decide_where_the_name_says_nothing(write):
    assert list(read_lines(write("posts", pack(b"x\n", "zstd")))) == [(1, b"x")]
