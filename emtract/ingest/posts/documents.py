"""JSON values of a file, one a line or in documents of any shape, and the posts that each of them holds, however wrapped."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

import msgspec

from emtract.ingest.lines import BOM, MAX_LINE_BYTES, NumberedLine, read_lines
from emtract.ingest.posts.decoding import MAX_LEFT_OUT, decode_line, note_post, parse_forgiving, without_field
from emtract.ingest.posts.splitting import MAX_VALUE, split_values
from emtract.ingest.records import LineError, Rejection
from emtract.ingest.streams import Progress, Source, read_chunks, read_start

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from emtract.ingest.posts.post import Post


#: Longest line: a response may stand on one, with up to 500 posts and what they refer to.
MAX_PAGE_BYTES: Final = 1 << 24
#: Plain bytes that tell whether a file goes by lines.
_HEAD_BYTES: Final = 1 << 17
#: Start of a time in ISO 8601, as the platforms of today write it.
ISO_TIME: Final = re.compile(r"\d{4}-\d\d-\d\d[T ]")
#: What may stand after a value on its line.
_AFTER: Final = b", \t\r"
_VALUE: Final = msgspec.json.Decoder(msgspec.Raw)
_ANY: Final = msgspec.json.Decoder(Any)
_T = TypeVar("_T")
#: Keys under which a response or a post holds what are no posts of their own.
_BESIDE: Final = frozenset(
    {"includes", "errors", "retweeted_status", "quoted_status", "reshare_message", "crosspost_parent_list"}
)
#: Keys of which an empty list says that a response found nothing.
_HOLDERS: Final = frozenset(
    {"messages", "statuses", "data", "results", "items", "hits", "children", "posts", "tweets", "comments"}
)
#: Keys of a post: an object that has one is no response, whatever else it holds.
_OF_A_POST: Final = frozenset({"text", "full_text", "body", "created_at"})
_MAX_DEPTH: Final = 12


@dataclass(frozen=True)
class JsonFormat(Generic[_T]):
    """What a platform's posts look like in JSON: each module of a platform declares one, and `read_json` reads it.

    Attributes
    ----------
    words
        What its posts are, for messages.
    is_post
        Whether an object could be a post, or what holds some and `parse` takes; what stands around it is opened.
    parse
        JSON text of one object -> its posts; lines of rejections are yet to be numbered. Raises
        `LineError` for what is none.
    marks
        Keys of which one is there where an object is of no other format.
    time
        The same: how its `created_at` is written.
    """

    words: str
    is_post: Callable[[Mapping[str, Any]], bool]
    parse: Callable[[bytes], list[_T | Rejection]]
    marks: tuple[str, ...] = ()
    time: re.Pattern[str] | None = None

    def tells(self, item: Mapping[str, Any]) -> bool:
        """Whether an object is of this format and could be of no other."""
        is_marked = not self.marks or has_any(item, self.marks)
        return self.is_post(item) and is_marked and (self.time is None or is_time(item, self.time))


def one_each(parse: Callable[[bytes], Post]) -> Callable[[bytes], list[Post | Rejection]]:
    """Return the `parse` of a format whose objects are one post each."""

    def parse_one(value: bytes) -> list[Post | Rejection]:
        check_size(value)
        return [parse(value)]

    return parse_one


def has_any(item: Mapping[str, Any], keys: Iterable[str]) -> bool:
    """Whether an object has one of the keys."""
    return any(key in item for key in keys)


def is_time(item: Mapping[str, Any], form: re.Pattern[str]) -> bool:
    """Whether the `created_at` of an object is written in a form."""
    time = item.get("created_at")
    return isinstance(time, str) and form.match(time) is not None


def read_json(
    path: Source, form: JsonFormat[_T], *, progress: Progress | None = None
) -> Iterator[tuple[int, _T] | Rejection]:
    """Yield the posts of a file of JSON, whatever lists, responses and envelopes they stand in.

    `line` is the line of the file where there is one post a line, else as `number_posts` has it.

    Parameters
    ----------
    path
        A file, plain or packed, or a member of a zip archive; the archive itself is refused (`batches.read_posts` reads
        it).
    form
        What a post looks like.
    progress
        Called with the bytes read so far of the file on disk, packed as it is.

    Raises
    ------
    SourceError
        Before the first post: the file cannot be opened, is an archive, or is not what its name says.
    """
    values = read_values(path, progress=progress)
    return number_posts(values, lambda value: unwrapped(value, form.parse, form.is_post))


def read_values(path: Source, *, progress: Progress | None = None) -> Iterator[NumberedLine | Rejection]:
    """Yield each JSON value of a file with the line where it starts: its lines, or whatever stands in its documents.

    A file goes by lines where one of its first two is an object; blank lines are passed over, and commas at the end of
    lines too. Any other is split by `splitting.split_values`: one list, an indented value, several values on a line, a
    script that holds a list, lines that end in CR.

    Parameters
    ----------
    path
        A file, plain or packed, or a member of a zip archive; the archive itself is refused (`batches.read_posts` reads
        it).
    progress
        Called with the bytes read so far of the file on disk, packed as it is.

    Raises
    ------
    SourceError
        Before the first value: the file cannot be opened, is an archive, or is not what its name says.
    """
    if not goes_by_lines(read_start(path, _HEAD_BYTES)):
        yield from split_values(read_chunks(path, progress=progress), limit=MAX_VALUE)
        return
    for item in read_lines(path, max_line_bytes=MAX_PAGE_BYTES, progress=progress):
        if isinstance(item, Rejection):
            yield item
        elif value := item[1].strip(_AFTER):
            yield item[0], value


def values_at_start(head: bytes) -> Iterator[bytes]:
    """Yield the values of the start of a file, as `read_values` would; one that is cut is opened."""
    if not goes_by_lines(head):
        yield from (item[1] for item in split_values([head], is_start=True) if not isinstance(item, Rejection))
        return
    yield from (line.strip(_AFTER) for line in head.removeprefix(BOM).split(b"\n"))


def goes_by_lines(head: bytes) -> bool:
    """Whether one of the first two lines of a text that are not blank is a JSON object by itself."""
    lines = (line.strip(_AFTER) for line in head.removeprefix(BOM).split(b"\n"))
    first_two = [line for line, _ in zip((line for line in lines if line), range(2), strict=False)]
    return bool(first_two) and first_two[0][:1] not in b"[" and any(map(_is_object, first_two))


def number_posts(
    values: Iterable[NumberedLine | Rejection], parse: Callable[[bytes], Iterable[_T | Rejection]]
) -> Iterator[tuple[int, _T] | Rejection]:
    """Yield the posts of each value under numbers that rise and never repeat.

    A post is numbered by its line; where a value holds several posts, posts after the first take the numbers that
    follow, and so does what comes after them where its line is taken.
    """
    last = 0
    for value in values:
        outcomes = (value,) if isinstance(value, Rejection) else _outcomes(value[1], parse)
        for outcome in outcomes:
            last = max(value[0], last + 1)
            yield outcome._replace(line=last) if isinstance(outcome, Rejection) else (last, outcome)


def _outcomes(value: bytes, parse: Callable[[bytes], Iterable[_T | Rejection]]) -> list[_T | Rejection]:
    """Return the posts of one value; of a value rejected for an optional field of a wrong type that field is left out."""
    notes: list[tuple[str, str]] = []
    while True:
        outcomes = list(parse(value))
        only = outcomes[0] if len(outcomes) == 1 else None
        if not isinstance(only, Rejection) or len(notes) >= MAX_LEFT_OUT:
            break
        without = without_field(value, only.reason, only.detail)
        if without is None:
            break
        value, field = without
        notes.append((field, only.reason))
    return note_post(outcomes, notes)


def parse_or_reject(value: bytes, parse: Callable[[bytes], Post]) -> Post | Rejection:
    """Return the post of one value, or why it is none.

    Parameters
    ----------
    value
        JSON of one object.
    parse
        The object -> its post; raises `LineError` for what is none. It is asked again without each optional field of a
        wrong type.

    Returns
    -------
    Post or Rejection
        The line of a rejection is 0, and yet to be numbered.
    """
    try:
        check_size(value)
        return parse_forgiving(parse, value)
    except LineError as error:
        return error.at(0, value)


def check_size(value: bytes) -> None:
    """Refuse a value beyond the limit of one post."""
    if len(value) > MAX_LINE_BYTES:
        raise LineError("line too long", f"{len(value):,} bytes, the limit of a post is {MAX_LINE_BYTES:,}")


def _is_object(line: bytes) -> bool:
    if line[:1] != b"{":
        return False
    try:
        decode_line(line, _VALUE)
    except LineError:
        return False
    return True


def posts_within(value: Any, is_post: Callable[[Mapping[str, Any]], bool], *, depth: int = _MAX_DEPTH) -> list[Any]:
    """Return the posts within a JSON value, in their order, whatever lists and objects they stand in.

    Parameters
    ----------
    value
        Decoded JSON of any shape.
    is_post
        Whether an object is a post; what stands inside one is not searched.
    depth
        Lists and objects within each other that are opened at most.

    Returns
    -------
    list
        Objects that are posts; of a list that holds posts also the other items, since they should be posts.
    """
    if not depth or not isinstance(value, (dict, list)):
        return []
    if isinstance(value, list):
        within = [posts_within(item, is_post, depth=depth - 1) for item in value]
        return (
            [post for item, found in zip(value, within, strict=True) for post in found or [item]] if any(within) else []
        )
    if is_post(value):
        return [value]
    members = (item for key, item in value.items() if key not in _BESIDE)
    return [post for item in members for post in posts_within(item, is_post, depth=depth - 1)]


def unwrapped(
    value: bytes, parse: Callable[[bytes], list[_T | Rejection]], is_post: Callable[[Mapping[str, Any]], bool]
) -> list[_T | Rejection]:
    """Return what `parse` makes of a value, or, where it is none of a post, of each post within it.

    Lines of rejections are yet to be numbered.

    Parameters
    ----------
    value
        JSON text of one value.
    parse
        Value -> its posts; raises `LineError` for what is none.
    is_post
        Whether an object within it is a post.
    """
    try:
        return parse(value)
    except LineError as error:
        refused = error
    try:
        whole = decode_line(value, _ANY)
    except LineError:
        return [refused.at(0, value)]
    posts = posts_within(whole, is_post)
    if not posts and _is_empty(whole):
        return []
    if not posts or posts[0] is whole:
        return [refused.at(0, value)]
    return [outcome for post in posts for outcome in _parsed(msgspec.json.encode(post), parse)]


def _is_empty(value: Any) -> bool:
    """Whether a value is a response without posts."""
    if isinstance(value, dict):
        return _OF_A_POST.isdisjoint(value) and any(_is_empty(value.get(key)) for key in _HOLDERS)
    return isinstance(value, list) and not value


def _parsed(value: bytes, parse: Callable[[bytes], list[_T | Rejection]]) -> list[_T | Rejection]:
    try:
        return parse_forgiving(parse, value)
    except LineError as error:
        return [error.at(0, value)]
