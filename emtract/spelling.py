"""Text that is not quite text, as it is stored and shown: bytes of names that are no UTF-8, and what could act on a terminal.

Python keeps a byte that is no UTF-8 of a file's name, an argument or a variable as a lone surrogate, which opens the file and
which no store, page or terminal takes.
"""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

_SURROGATE: Final = re.compile("[\ud800-\udfff]")
#: A byte or a surrogate as `spelt_out` writes it.
_SPELT: Final = re.compile(r"\\(?:x[89a-f][0-9a-f]|ud[89a-f][0-9a-f]{2})")
#: Controls, halves of surrogate pairs, line separators, and what turns the direction of a line.
_UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufeff]")
#: What Python adds to a byte to keep it in a text.
_ESCAPED: Final = 0xDC00


def is_text(name: str) -> bool:
    """Whether a name can be written as UTF-8."""
    return _SURROGATE.search(name) is None


def spelt_out(text: str) -> str:
    r"""Return the text with each byte that is no UTF-8 spelt out, `caf\xe9`: what a message or a page can hold."""
    return _SURROGATE.sub(_spell, text)


def stored_name(name: str) -> str:
    r"""Return the name under which a store keeps a file: itself, or with its bytes that are no UTF-8 spelt out.

    No two names are stored alike: where bytes are spelt out, or the name looks as if they were, its backslashes are doubled.
    """
    if is_text(name) and not _SPELT.search(name):
        return name
    return spelt_out(name.replace("\\", "\\\\"))


def visible(text: str) -> str:
    r"""Return the text on one line, with whatever could act on a terminal spelt out (`\n`, `\x1b`, `\u202e`)."""
    return _UNSEEN.sub(_spell, text)


def typed(path: Path) -> str:
    """Return a path as it is typed at a prompt, for commands that a message names: quoted where it holds blanks."""
    return shlex.quote(visible(str(path)))


def _spell(found: re.Match[str]) -> str:
    byte = ord(found[0]) - _ESCAPED
    return rf"\x{byte:02x}" if 0x80 <= byte <= 0xFF else ascii(found[0])[1:-1]
