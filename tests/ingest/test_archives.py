import json
import stat
import warnings
import zipfile
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emtract.errors import SourceError
from emtract.ingest import streams
from emtract.ingest.archives import MEMBER_LINES, read_members
from emtract.ingest.lines import read_lines
from emtract.ingest.posts.documents import read_json
from emtract.ingest.posts.tabular import ColumnMapping, read_table
from emtract.ingest.posts.twitter import TWITTER_V1

from .conftest import SUFFIX, Read, jsonl, pack, pack_zip, tweet

NAMES = st.from_regex(r"[a-z]{1,3}(/[a-z]{1,3})?\.jsonl", fullmatch=True)


read_tweets = partial(read_json, form=TWITTER_V1)


def numbered(items, position):
    return [
        item._replace(line=item.line + position * MEMBER_LINES)
        if hasattr(item, "reason")
        else (item[0] + position * MEMBER_LINES, item[1])
        for item in items
    ]


@given(st.dictionaries(NAMES, st.lists(st.sampled_from([b"{", b"", b"\xff", b"GOOD"])), min_size=1, max_size=5))
def test_a_zip_of_files_reads_like_the_files(tmp_path_factory, files):
    folder = tmp_path_factory.mktemp("law")
    data = {name: b"\n".join(jsonl(tweet(7))[:-1] if x == b"GOOD" else x for x in v) for name, v in files.items()}
    (folder / "a.zip").write_bytes(pack_zip(data))
    expected = []
    for position, name in enumerate(sorted(data)):
        (folder / "one").write_bytes(data[name])
        expected += numbered(read_tweets(folder / "one"), position)
    got = list(read_members(folder / "a.zip", read_tweets))
    rejections = [item for item in got if hasattr(item, "reason")]
    assert [item[:2] for item in got] == [item[:2] for item in expected]
    assert all(item.detail.split(": ")[0] == sorted(data)[item.line // MEMBER_LINES] for item in rejections)
    assert [item[0] for item in got] == sorted({item[0] for item in got})


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
@pytest.mark.parametrize("kind", sorted(SUFFIX))
def test_members_packed_in_any_way_are_read_in_the_order_of_their_names(write, method, kind):
    data = {f"b{SUFFIX[kind]}": pack(b"3\n4", kind), f"a{SUFFIX[kind]}": pack(b"1\n2\n", kind)}
    got = list(read_members(write("a.zip", pack_zip(data, method)), read_lines))
    assert got == [(1, b"1"), (2, b"2"), (MEMBER_LINES + 1, b"3"), (MEMBER_LINES + 2, b"4")]


def test_a_file_that_is_no_archive_is_read_as_it_is(write):
    assert list(read_members(write("a.gz", pack(b"1\n2", "gzip")), read_lines)) == [(1, b"1"), (2, b"2")]


def test_each_table_of_an_archive_has_its_own_header(write):
    mapping = ColumnMapping(post_id="id", created_at="time", body="text", platform="forum")
    one = b"id,time,text\n1,2020-01-02T14:30:00Z,a\n"
    two = b"text\tid\ttime\nb\t2\t2020-01-02T14:30:00Z\n"
    path = write("a.zip", pack_zip({"1.csv": one, "2.tsv": two, "3.csv": b"a,b\n1,2\n"}))
    first, second, third = read_members(path, partial(read_table, mapping=mapping, format="csv"))
    assert [(line, post.post_id, post.body) for line, post in (first, second)] == [
        (2, "1", "a"),
        (MEMBER_LINES + 2, "2", "b"),
    ]
    assert third[:2] == (2 * MEMBER_LINES + 1, "refused member")
    assert third.detail.startswith("a.zip/3.csv lacks one of the columns")


def entry(name, mode=0o644):
    info = zipfile.ZipInfo(name)
    info.external_attr = mode << 16
    return info


def encrypted(data):
    """The same archive with the encryption flag set on its first member, in both of its headers."""
    changed = bytearray(data)
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        changed[changed.index(mark) + at] |= 1
    return bytes(changed)


def method_of(data, number):
    changed = bytearray(data)
    for mark, at in ((b"PK\x03\x04", 8), (b"PK\x01\x02", 10)):
        changed[changed.index(mark) + at] = number
    return bytes(changed)


@pytest.mark.parametrize(
    ("archive", "words"),
    [
        (pack_zip({"a.zip": pack_zip({"x": b"1"}), "b": b"2"}), "archive within the archive"),
        (pack_zip({"a": pack_zip({"x": b"1"}), "b": b"2"}), "archive within the archive"),
        (pack_zip({"a.tar.gz": pack(b"x".ljust(257, b"\0") + b"ustar", "gzip"), "b": b"2"}), "tar archive"),
        (pack_zip({"a.7z": b"7z\xbc\xaf\x27\x1c", "b": b"2"}), "7z archive"),
        (pack_zip({"a.gz": b"no gzip", "b": b"2"}), "named as gzip"),
        (encrypted(pack_zip({"a": b"1", "b": b"2"})), "encrypted"),
        (method_of(pack_zip({"a": b"1", "b": b"2"}), 93), "method 93"),
        (pack_zip({"../a": b"1", "b": b"2"}), "leaves the folder"),
        (pack_zip({"/etc/passwd": b"1", "b": b"2"}), "leaves the folder"),
        (pack_zip({"a/../../b": b"1", "b": b"2"}), "leaves the folder"),
        (pack_zip({"..\\a": b"1", "b": b"2"}), "leaves the folder"),
        (pack_zip({"C:\\a": b"1", "b": b"2"}), "leaves the folder"),
        (pack_zip({entry("a", stat.S_IFLNK | 0o777): b"/etc/passwd", "b": b"2"}), "symbolic link"),
    ],
)
def test_a_refused_member_is_one_rejection_and_the_others_stand(write, archive, words):
    refusal, kept = read_members(write("a.zip", archive), read_lines)
    assert refusal[:2] == (1, "refused member")
    assert words in refusal.detail
    assert kept == (MEMBER_LINES + 1, b"2")


def test_folders_and_what_macos_adds_are_passed_over(write):
    junk = {"__MACOSX/._a": b"\0\5\x16", "a/": b"", "a/.DS_Store": b"\0\0\0\1Bud1"}
    path = write("a.zip", pack_zip(junk | {"a/a.jsonl": b"1"}))
    assert list(read_members(path, read_lines)) == [(1, b"1")]


def test_two_members_of_one_name_are_both_read(write):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        path = write("a.zip", pack_zip({entry("a"): b"1", entry("a", 0o600): b"2"}))
    assert [line for _, line in read_members(path, read_lines)] == [b"1", b"2"]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (pack_zip({}), "without a file in it"),
        (pack_zip({"a/": b""}), "without a file in it"),
        (pack_zip({"[Content_Types].xml": b"<", "xl/workbook.xml": b"<"}), "Office document"),
        (pack_zip({"a": b"1"})[:-1], "damaged or cut"),
        (pack_zip({"../a": b"1", "/b": b"2"}), "holds no file that can be read.*leaves the folder"),
    ],
)
def test_an_archive_of_which_nothing_can_be_read_is_refused_whole(write, data, words):
    with pytest.raises(SourceError, match=words):
        list(read_members(write("a.zip", data), read_lines))


def test_a_damaged_member_breaks_alone(write):
    rows = b"".join(b"%x\n" % n**9 for n in range(50_000))
    packed = bytearray(pack_zip({"a": rows, "b": b"2"}))
    packed[200_000:200_400] = bytes(400)
    *before, broken, last = read_members(write("a.zip", bytes(packed)), read_lines)
    # Deflate notices damage some time after it.
    assert [line for _, line in before][:12_000] == rows.split()[:12_000]
    assert broken[:2] == (len(before) + 1, "broken stream")
    assert broken.detail.startswith("a: ")
    assert last == (MEMBER_LINES + 1, b"2")


@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_member_that_expands_without_bound_is_left_at_the_limit(write, monkeypatch, method):
    monkeypatch.setattr(streams, "MIN_EXPANDED", 1 << 20)
    monkeypatch.setattr(streams, "MAX_RATIO", 100)
    data = {"1": b"before\n", "2": b"start\n" + bytes(5_000_000), "3": b"after"}
    got = list(read_members(write("a.zip", pack_zip(data, method)), read_lines))
    assert [item[1] for item in got] == [b"before", b"start", "expands without bound", b"after"]
    assert got[2][0] == MEMBER_LINES + 2


def test_a_bomb_within_a_member_is_left_at_the_limit(write, monkeypatch):
    monkeypatch.setattr(streams, "MIN_EXPANDED", 1 << 20)
    bomb = pack(pack(bytes(20_000_000), "gzip"), "gzip")
    inner = pack_zip({"a.gz": pack(bytes(20_000_000), "gzip"), "b": b"2"})
    assert len(bomb) < 20_000_000 // 1000
    got = list(read_members(write("a.zip", inner), read_lines))
    assert [item[1] for item in got] == ["expands without bound", b"2"]


@given(st.data())
def test_no_bytes_can_do_more_than_be_refused(tmp_path_factory, data):
    packed = bytearray(pack_zip({"a": b"1\n2\n", "b.gz": pack(b"3\n", "gzip"), "../c": b"4\n"}))
    for _ in range(data.draw(st.integers(1, 4))):
        packed[data.draw(st.integers(4, len(packed) - 1))] = data.draw(st.integers(0, 255))
    path = tmp_path_factory.mktemp("law") / "a.zip"
    path.write_bytes(bytes(packed[: data.draw(st.integers(4, len(packed)))]))
    try:
        lines = [item[0] for item in read_members(path, read_lines)]
    except SourceError:
        return
    assert lines == sorted(set(lines))


def test_progress_rises_over_the_members(write):
    data = {name: bytes(json.dumps(list(range(90_000))), "ascii") for name in "abc"}
    path, seen = write("z.zip", pack_zip(data)), []
    list(read_members(path, partial(read_lines, progress=seen.append)))
    assert seen == sorted(seen)
    assert 0.9 * path.stat().st_size < seen[-1] <= path.stat().st_size


@pytest.mark.parametrize("place", [46, 30])
def test_a_damaged_name_in_an_archive_is_refused_in_one_line(write, place):
    """Found by fuzzing: a name marked as UTF-8 that is none, in the directory or before the member."""
    data = bytearray(pack_zip({"é.jsonl": jsonl(tweet(1)), "z.jsonl": jsonl(tweet(2))}))
    start = data.index(b"PK\x01\x02") if place == 46 else 0
    data[start + place] = 0xFF
    path = write("a.zip", bytes(data))
    if place == 46:
        with pytest.raises(SourceError, match="damaged or cut zip archive"):
            Read(path, format="twitter_v1")
        return
    got = Read(path, format="twitter_v1")
    assert [reason for _, reason in got.reasons] == ["refused member"]
    assert len(got.posts) == 1
