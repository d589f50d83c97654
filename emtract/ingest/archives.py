"""Zip archives: each file in one is read as if it lay beside the others on disk."""

from __future__ import annotations

import stat
from typing import IO, TYPE_CHECKING, Final, TypeVar
from zipfile import ZIP_BZIP2, ZIP_DEFLATED, ZIP_LZMA, ZIP_STORED, ZipFile

from emtract.errors import SourceError
from emtract.ingest.records import Rejection, reject
from emtract.ingest.streams import BREAKS, ZIP_BREAKS, Member, Source, compression, open_file

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from zipfile import ZipInfo

#: A member has fewer lines than this: line 7 of the third member of an archive is line 2,000,000,000,007 of the file.
MEMBER_LINES: Final = 10**12
_METHODS: Final = frozenset({ZIP_STORED, ZIP_DEFLATED, ZIP_BZIP2, ZIP_LZMA})
_ENCRYPTED: Final = 0x1
#: What macOS adds to an archive beside the files.
_MACOS: Final = ("__MACOSX/", ".DS_Store")
_T = TypeVar("_T")


def read_members(
    path: Source, read: Callable[[Source], Iterator[tuple[int, _T] | Rejection]]
) -> Iterator[tuple[int, _T] | Rejection]:
    """Yield what `read` yields for a file, or for each member of a zip archive in the order of their names.

    Every reader of posts goes through here. Lines of the first member keep their numbers, lines of the second are
    counted from `MEMBER_LINES`, and so on, so that no line number occurs twice and each names its member and its line
    there. Rejections say which member they are of. Folders and what macOS adds are passed over.

    Parameters
    ----------
    read
        Reader of one file; the lines it yields rise.

    Raises
    ------
    SourceError
        The archive cannot be opened, or holds no file that can be read.

    Notes
    -----
    A member that cannot be read is the rejection `refused member`, and the others stand: one that is encrypted, a
    symbolic link, an archive itself, packed in a way that Python cannot undo, whose path leaves the folder, or that is
    not what its name says.
    """
    if compression(path) != "zip":
        yield from read(path)
        return
    refused: list[Rejection] = []
    any_read = False
    with open_file(path) as file:
        for position, member in enumerate(_members(path, file)):
            for item in _numbered(member, position * MEMBER_LINES, read):
                if not any_read and isinstance(item, Rejection) and item.reason == "refused member":
                    refused.append(item)
                    continue
                if not any_read:
                    yield from refused
                any_read = True
                yield item
    if refused and not any_read:
        raise SourceError(f"{path} holds no file that can be read: {refused[0].detail}")


def _members(path: Source, file: IO[bytes]) -> list[Member]:
    """Members in the order of their names, each with the packed bytes of all members before it."""
    try:
        archive = ZipFile(file)
    except (*BREAKS, *ZIP_BREAKS) as error:
        raise SourceError(f"{path} is a damaged or cut zip archive ({error}): fetch it again") from error
    files = sorted((info for info in archive.infolist() if _is_file(info)), key=lambda info: info.filename)
    if not files:
        raise SourceError(f"{path} is a zip archive without a file in it: fetch it again")
    if any(info.filename == "[Content_Types].xml" for info in files):
        raise SourceError(f"{path} is an Office document: save its table as CSV")
    members, before = [], 0
    for info in files:
        members.append(Member(archive, info, before))
        before += info.compress_size
    return members


def _is_file(info: ZipInfo) -> bool:
    return not info.is_dir() and not info.filename.startswith(_MACOS[0]) and not info.filename.endswith(_MACOS[1])


def _numbered(
    member: Member, offset: int, read: Callable[[Source], Iterator[tuple[int, _T] | Rejection]]
) -> Iterator[tuple[int, _T] | Rejection]:
    line = 0
    try:
        _check(member)
        for item in read(member):
            line = item[0]
            if isinstance(item, Rejection):
                yield reject(line + offset, item.reason, f"{member.info.filename}: {item.detail}")
            else:
                yield line + offset, item[1]
    except SourceError as error:
        yield reject(line + 1 + offset, "refused member", str(error))


def _check(member: Member) -> None:
    """Refuse a member for what the archive's directory says of it."""
    info = member.info
    path = info.orig_filename.replace("\\", "/")
    if path.startswith("/") or path[1:2] == ":" or ".." in path.split("/") or "\0" in path:
        raise SourceError(f"{member} has a path that leaves the folder: pack the archive again with plain names")
    if stat.S_ISLNK(info.external_attr >> 16):
        raise SourceError(f"{member} is a symbolic link: pack the file that it points to")
    if info.flag_bits & _ENCRYPTED:
        raise SourceError(f"{member} is encrypted: unpack the archive with its password")
    if info.compress_type not in _METHODS:
        raise SourceError(f"{member} is packed by method {info.compress_type}: pack it again with deflate")
    if compression(member) == "zip":
        raise SourceError(f"{member} is an archive within the archive: unpack it first")
