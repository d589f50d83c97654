"""Builders of small source files, and the shortest way to read one whole."""

import bz2
import gzip
import io
import json
import lzma
import zipfile

import pytest
import zstandard

from emtract.ingest.batches import read_posts

TIME = "Wed Jan 01 03:59:03 +0000 2014"


def pack(data, how):
    if how == "gzip":
        return gzip.compress(data, mtime=0)
    if how == "zstd":
        return zstandard.ZstdCompressor(write_checksum=True).compress(data)
    if how == "bzip2":
        return bz2.compress(data)
    if how == "xz":
        return lzma.compress(data, preset=1)
    return data


SUFFIX = {"plain": "", "gzip": ".gz", "zstd": ".zst", "bzip2": ".bz2", "xz": ".xz"}


def pack_zip(members, method=zipfile.ZIP_DEFLATED):
    """A zip archive of name (or ZipInfo) -> bytes."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", method) as archive:
        for name, data in members.items():
            archive.writestr(name, data, compress_type=method)
    return packed.getvalue()


def jsonl(*objects):
    return b"".join(json.dumps(item).encode() + b"\n" for item in objects)


def tweet(post_id=1, text="$AAPL up", **more):
    return {"created_at": TIME, "id": post_id, "id_str": str(post_id), "text": text} | more


def message(post_id=1, body="$AAPL up", **more):
    return {"id": post_id, "body": body, "created_at": "2020-01-02T14:30:00Z"} | more


class Read:
    """All batches of one file, as rows."""

    def __init__(self, path, **options):
        batches = list(read_posts(path, **options))
        self.posts = [row for batch in batches for row in batch.posts.to_pylist()]
        self.notes = [(row["line"], row["field"], row["reason"]) for b in batches for row in b.notes.to_pylist()]
        self.rejected = [row for batch in batches for row in batch.rejected.to_pylist()]
        self.symbols = {}
        for batch in batches:
            for row in batch.symbols.to_pylist():
                self.symbols.setdefault(row["line"], {})[row["symbol"]] = row["origin"]
        self.rows_read = sum(batch.rows_read for batch in batches)
        lines = [row["line"] for row in self.posts + self.rejected]
        assert len(lines) == len(set(lines)) == self.rows_read

    @property
    def reasons(self):
        return [(row["line"], row["reason"]) for row in self.rejected]

    @property
    def bodies(self):
        return [row["body"] for row in self.posts]


@pytest.fixture
def write(tmp_path):
    def to_file(name, data):
        path = tmp_path / name
        path.write_bytes(data)
        return path

    return to_file
