"""What `emtract ingest --dry-run` shows: narrow, and harmless whatever the posts hold."""

from __future__ import annotations

import json
import os.path
from pathlib import PurePath
from textwrap import wrap
from typing import TYPE_CHECKING, Final

import typer

from emtract.console.voice import say
from emtract.spelling import visible
from emtract.words.numbers import things

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from emtract.pipeline.dryrun import Preview

WIDTH: Final = 100
#: Reasons not to read files that are shown.
MAX_REFUSED: Final = 20
#: Cells of a reason for the quarantine: the remedy stands at its end.
_LONGEST: Final = 4 * WIDTH
#: Widest id, author and symbols of the table of posts; the text takes what is left.
_WIDEST: Final = (20, 10, 12)
#: A space at which no line is broken.
_GLUE: Final = "\xa0"


def print_previews(previews: Sequence[Preview], *, as_json: bool = False) -> None:
    """Print a block a group of files, then the files that are not read."""
    if as_json:
        typer.echo(json.dumps([preview.as_dict() for preview in previews], indent=1))
        return
    read = [preview for preview in previews if preview.format is not None]
    refused = [preview for preview in previews if preview.format is None]
    for preview in read:
        say(*describe(preview), "")
    for preview in refused[:MAX_REFUSED]:
        say(*_refusal(preview))
    if len(refused) > MAX_REFUSED:
        say(f"and {len(refused) - MAX_REFUSED:,} more reasons")
    counts = [sum(len(preview.files) for preview in some) for some in (read, refused)]
    say(f"{things(counts[0], 'file')} would be read, {counts[1]:,} would not; nothing was written")


def describe(preview: Preview) -> Iterator[str]:
    """Yield the lines about one group: what it is, how it is read, what was found, the first posts."""
    yield fit(_names(preview.files), WIDTH)
    yield from _folded("format", f"{preview.format}: {visible(preview.why or '')}")
    if preview.mapping:
        entries = [f"{entry} = {visible(str(name))}" for entry, name in preview.mapping.items()]
        yield from _folded("mapping", ", ".join(entry.replace(" ", _GLUE) for entry in entries))
    if preview.unread:
        yield from _folded("not read", fit(", ".join(visible(name) for name in preview.unread), _LONGEST))
    yield from _folded("lines" if preview.kind == "posts" else "rows", _counts(preview))
    for reason, count in preview.reasons.items():
        file, number, detail = preview.examples[reason]
        where = f"line {number:,}" if len(preview.files) == 1 else f"{PurePath(file).name} line {number:,}"
        yield from _folded(
            "quarantine", fit(f"{count:,} {reason}, first at {visible(where)}: {visible(detail)}", _LONGEST)
        )
    for note in preview.notes:
        yield from _folded("note", visible(note))
    if preview.error:
        yield from _folded("error", visible(preview.error))
    yield from _table(preview)


def _refusal(preview: Preview) -> Iterator[str]:
    yield fit(f"not read: {_names(preview.files)}", WIDTH)
    yield from wrap(visible(preview.error or ""), WIDTH, initial_indent="  ", subsequent_indent="  ")
    yield ""


def _names(files: Sequence[str]) -> str:
    """The one file, or how many there are in which folder."""
    if len(files) == 1:
        return visible(files[0])
    alike = len({os.path.isabs(name) for name in files}) == 1  # noqa: PTH117
    folder = os.path.commonpath([os.path.dirname(name) for name in files]) if alike else ""  # noqa: PTH120
    inside = [os.path.relpath(name, folder or ".") for name in (files[0], files[-1])]
    where = f" in {visible(folder)}" if folder else ""
    return f"{things(len(files), 'file')}{where}: {visible(inside[0])} … {visible(inside[1])}"


def fit(text: str, width: int) -> str:
    """Cut a text to so many cells of the terminal; a cut shows as an ellipsis."""
    from rich.cells import cell_len, set_cell_size

    return text if cell_len(text) <= width else set_cell_size(text, width - 1).rstrip() + "…"


def _counts(preview: Preview) -> str:
    seen = "all" if preview.whole else "the first"
    counts = [
        things(preview.kept, "post") if preview.kind == "posts" else f"{preview.kept:,} kept",
        f"{sum(preview.reasons.values()):,} to quarantine",
    ]
    if preview.repeated:
        counts.append(f"{preview.repeated:,} repeat {'an id' if preview.kind == 'posts' else 'one before'}")
    if preview.damaged:
        counts.append(f"{preview.damaged:,} hold damaged characters, mended for reading")
    return f"{seen} {preview.lines:,}: {', '.join(counts)}"


def _folded(label: str, text: str) -> list[str]:
    """The text beside its label, on as many lines as it takes."""
    lines = wrap(text, WIDTH, initial_indent=f"  {label:<12}", subsequent_indent=" " * 14)
    return [line.replace(_GLUE, " ") for line in lines]


def _table(preview: Preview) -> Iterator[str]:
    if not preview.posts:
        return
    rows = [("id", "time (UTC)", "author", "symbols", "text")]
    rows += [
        (
            visible(post["id"]),
            post["time"][:19].replace("T", " "),
            visible(post["author"] or ""),
            visible(" ".join(post["symbols"])),
            visible(post["text"]),
        )
        for post in preview.posts
    ]
    from rich.cells import cell_len

    limits = (_WIDEST[0], 19, *_WIDEST[1:])
    widths = [min(limit, max(cell_len(row[at]) for row in rows)) for at, limit in enumerate(limits)]
    left = WIDTH - 2 - sum(widths) - 2 * len(widths)
    yield ""
    for row in rows:
        cells = [_padded(fit(cell, width), width) for cell, width in zip(row[:-1], widths, strict=True)]
        yield f"  {'  '.join(cells)}  {fit(row[-1], left)}".rstrip()


def _padded(text: str, width: int) -> str:
    from rich.cells import cell_len

    return text + " " * (width - cell_len(text))
