"""A disk on which no file grows beyond some bytes: what a kill in the midst of any writing leaves under a file's name."""

import resource
from contextlib import contextmanager


@contextmanager
def files_cut_at(size):
    """Let the system refuse every byte of a file after these; Python and Rust see an error, and no file is whole."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def content(folder):
    """Path inside a folder -> bytes."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
