"""Archives of a few seeds, each written once."""

from __future__ import annotations

import gzip
import json
from functools import cache
from pathlib import Path

import pytest

from emtract.synthetic import Archive, generate_archive

SEEDS = (7, 1, 42)


def read_lines(path: Path) -> list[str]:
    data = path.read_bytes()
    return (gzip.decompress(data) if path.suffix == ".gz" else data).decode().splitlines()


@cache
def read_messages(archive: Archive) -> tuple[dict[str, dict], int]:
    """Return each post once, by id, and the number of lines that are no JSON."""
    messages, broken = {}, 0
    for path in sorted(archive.posts.iterdir()):
        for line in read_lines(path):
            try:
                message = json.loads(line)
            except json.JSONDecodeError:
                broken += 1
            else:
                messages[str(message["id"])] = message
    return messages, broken


@pytest.fixture(scope="session")
def archive_of(tmp_path_factory):
    @cache
    def make(seed: int) -> Archive:
        return generate_archive(tmp_path_factory.mktemp(f"seed{seed}"), seed=seed)

    return make


@pytest.fixture(scope="session")
def archive(archive_of) -> Archive:
    return archive_of(7)


@pytest.fixture(scope="session")
def messages(archive):
    return read_messages(archive)[0]
