"""A JSON text that does not go by lines -> its values, one at a time: items of lists, objects one after another."""

from __future__ import annotations

import codecs
import json
import re
from typing import TYPE_CHECKING, Final

from emtract.ingest.lines import ending
from emtract.ingest.records import Rejection, reject
from emtract.ingest.streams import BREAKS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from emtract.ingest.lines import NumberedLine
    from emtract.ingest.records import Reason

#: Largest value that is held whole; a larger one is opened and its members are taken one by one.
MAX_VALUE: Final = 1 << 26
#: Characters kept before the place of reading, for its indentation, and those that a number or a word may lack.
_BEHIND: Final = 256
_AHEAD: Final = 64
#: Longest scalar that stays with the members of a value which is opened.
_MAX_SCALAR: Final = 1_000
_SPACE: Final = re.compile(r"[\s,\x1e\ufeff]*")
_SPACE_BETWEEN: Final = re.compile(r"[\s,;)\x1e\ufeff]*")
_END: Final = re.compile(r"\r\n?|\n")
_COLON: Final = re.compile(r"[\s:]*")
#: What makes a script of a list: `window.YTD.tweets.part0 = [`, `callback([`.
_ASSIGNED: Final = re.compile(r"[\w.$ \t\[\]'\"]{1,200}(?:=|\()\s*(?=[\[{])")
#: Values are only delimited here: nothing of them is kept, and a number of any length does no harm.
_DECODER: Final = json.JSONDecoder(
    object_pairs_hook=lambda _: None, parse_int=float, parse_float=float, parse_constant=len, strict=False
)


class _CutError(ValueError):
    """The text ends within a value."""


class _Text:
    """The text at hand, and where in it reading stands."""

    def __init__(self, chunks: Iterable[bytes], limit: int, *, is_start: bool) -> None:
        self._chunks = iter(chunks)
        self._decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
        self._counted, self._line = 0, 1
        self.limit, self.is_start = limit, is_start
        self.text, self.at = "", 0
        self.lost = False
        self.broken: Exception | None = None

    def more(self, size: int = 1) -> bool:
        """Add at least so many characters of the file; whether there were any."""
        behind = max(0, self.at - _BEHIND)
        if behind > len(self.text) // 2:
            self.line()
            self._counted -= behind
            self.text, self.at = self.text[behind:], self.at - behind
        pieces: list[str] = []
        added = 0
        try:
            for chunk in self._chunks:
                pieces.append(self._decoder.decode(chunk))
                added += len(pieces[-1])
                if added >= size:
                    break
        except BREAKS as error:
            self.broken = error
        self.text += "".join(pieces)
        return added > 0

    def line(self) -> int:
        """Number of the line where reading stands."""
        self._line += self.text.count("\n", self._counted, self.at)
        self._counted = max(self._counted, self.at)
        return self._line

    def peek(self, skip: re.Pattern[str] = _SPACE) -> str:
        """Next character after those to skip; "" at the end."""
        while True:
            found = skip.match(self.text, self.at)
            self.at = found.end() if found else self.at
            if self.at < len(self.text):
                return self.text[self.at]
            if not self.more():
                return ""

    def take(self) -> str | None:
        """Return the value that starts here and pass it, or None where it is larger than the limit.

        Raises
        ------
        ValueError
            It is no JSON, or the text ends within it.
        """
        while True:
            held = len(self.text) - self.at
            if held < _AHEAD and self.more(_AHEAD):
                continue
            try:
                _, end = _DECODER.raw_decode(self.text, self.at)
            except json.JSONDecodeError as error:
                open_ended = error.msg.startswith("Unterminated string") or error.pos > len(self.text) - _AHEAD
                if open_ended and held > self.limit:
                    return None
                if open_ended and self.more(held):
                    continue
                if open_ended and self.is_start:
                    return None
                raise (_CutError if open_ended else ValueError)(
                    f"{error.msg} after {max(0, error.pos - self.at):,} characters"
                ) from error
            except RecursionError as error:
                raise ValueError("it is nested too deeply") from error
            value, self.at = self.text[self.at : end], end
            return value

    def skip_line(self) -> None:
        """Go on from the next line."""
        while (end := _END.search(self.text, self.at)) is None:
            self.at = len(self.text)
            if not self.more():
                self.lost = True
                return
        self.at = end.end()

    def skip_to_next(self) -> None:
        """Go on from the next line that is indented as the value here is and starts one."""
        before = self.text[max(0, self.at - _BEHIND) : self.at].rpartition("\n")[2]
        indent = before if not before.strip(" \t\ufeff") else ""
        following = re.compile(rf"(?:\r\n?|\n){re.escape(indent)}(?=[\[{{])")
        while (found := following.search(self.text, self.at)) is None:
            self.at = max(self.at, len(self.text) - _BEHIND)
            if not self.more(1 << 18):
                self.at, self.lost = len(self.text), True
                return
        self.at = found.end()


def is_json(text: bytes) -> bool:
    """Whether a text that starts so is JSON, or a script that holds some."""
    start = text[:_BEHIND].decode("utf-8", "replace").lstrip("\ufeff\x1e \t\r\n")
    return start[:1] in {"{", "["} or _ASSIGNED.match(start) is not None


def split_values(
    chunks: Iterable[bytes], *, limit: int = MAX_VALUE, is_start: bool = False
) -> Iterator[NumberedLine | Rejection]:
    """Yield (line, JSON text) of each value: the items of lists, and objects that follow one another in any way.

    A value beyond the limit is opened: each list or object within it is yielded as if it stood alone among the plain
    members, so `{"name": "x", "messages": [{...}, {...}]}` gives `{"name": "x", "messages": [{...}]}` twice.

    Parameters
    ----------
    chunks
        Plain bytes of the text in order, in pieces of any length; bytes that are not UTF-8 are yielded as they are.
    limit
        Characters of the largest value that is held whole: it bounds the memory.
    is_start
        The text is the start of a longer one: a value that is cut is opened, not rejected.

    Notes
    -----
    After a value that cannot be read, reading goes on at the next line that starts one at the same indentation.
    """
    text = _Text(chunks, limit, is_start=is_start)
    while char := text.peek(_SPACE_BETWEEN):
        if char == "[":
            text.at += 1
            yield from _items(text, "", "")
        elif char == "{":
            yield from _value(text, "", "", by_lines=True)
        elif (script := _ASSIGNED.match(text.text, text.at)) is not None:
            text.at = script.end()
        else:
            yield _refused(text, "no JSON value starts here", text.skip_line)
    if text.broken is not None:
        yield ending(text.broken, text.line())


def _value(text: _Text, prefix: str, suffix: str, *, by_lines: bool = False) -> Iterator[NumberedLine | Rejection]:
    line = text.line()
    try:
        value = text.take()
    except ValueError as error:
        is_cut = isinstance(error, _CutError)
        yield _refused(text, str(error), text.skip_line if by_lines and not is_cut else text.skip_to_next)
        return
    if value is not None:
        yield line, f"{prefix}{value}{suffix}".encode(errors="surrogateescape")
        return
    char = text.text[text.at]
    if char == "[":
        text.at += 1
        yield from _items(text, prefix + "[", "]" + suffix)
    elif char == "{":
        text.at += 1
        yield from _members(text, prefix, suffix)
    elif not text.is_start:
        yield _refused(text, f"a text beyond {text.limit:,} characters", text.skip_to_next, "line too long")
    else:
        text.at = len(text.text)


def _items(text: _Text, prefix: str, suffix: str) -> Iterator[NumberedLine | Rejection]:
    while char := text.peek():
        if char == "]":
            text.at += 1
            return
        yield from _value(text, prefix, suffix)
    yield from _unclosed(text, "list")


def _members(text: _Text, prefix: str, suffix: str) -> Iterator[NumberedLine | Rejection]:
    plain = ""
    while char := text.peek():
        if char == "}":
            text.at += 1
            return
        try:
            key = text.take()
            char = text.peek(_COLON)
            member = text.take() if key is not None and char not in {"", "[", "{"} else None
        except ValueError as error:
            yield _refused(text, str(error), text.skip_to_next)
            return
        if key is None or char == "":
            break
        if char in "[{":
            yield from _value(text, f"{prefix}{{{plain}{key}:", "}" + suffix)
        elif member is None:
            if not text.is_start:
                yield _refused(text, f"a text beyond {text.limit:,} characters", text.skip_to_next, "line too long")
            return
        elif len(member) <= _MAX_SCALAR and len(plain) <= _MAX_SCALAR:
            plain += f"{key}:{member},"
    yield from _unclosed(text, "object")


def _unclosed(text: _Text, what: str) -> Iterator[Rejection]:
    if not text.lost and not text.is_start and text.broken is None:
        yield reject(text.line(), "not JSON", f"the {what} is not closed: the file is cut here; fetch it again")


def _refused(text: _Text, why: str, skip: Callable[[], None], reason: Reason = "not JSON") -> Rejection:
    line, source = text.line(), text.text[text.at : text.at + _BEHIND]
    skip()
    after = "what follows is lost: fetch the file again" if text.lost else f"it goes on at line {text.line()}"
    return reject(line, reason, f"{why}; {after}", source)
