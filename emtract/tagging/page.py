"""The page on which one person tags a sample: one file that works offline, by keyboard and on a phone."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, Any, Final

from emtract.atomic import write_if_changed
from emtract.characters import unescape
from emtract.emotions import EMOTIONS
from emtract.errors import ReportError
from emtract.report.explanation import shown
from emtract.report.files import render, script_json
from emtract.tagging.answers import FORMAT, UNTOLD, VERSION
from emtract.tagging.sample import read_posts, read_sample

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from emtract.emotions import Emotion
    from emtract.tagging.sample import Sample

_NAME: Final = re.compile(r"[^\W_][\w-]{0,39}")
_EXAMPLES: Final[tuple[tuple[Emotion, str, str], ...]] = (
    ("neutral", "No feeling: news, a number, a question, an advert.", "ACME reports on Thursday after the close."),
    ("happy", "Joy, hope, pride, relief, excitement.", "Best week of the year, and more to come 🎉"),
    ("sad", "Loss, regret, disappointment.", "Two years of waiting, and half of it is gone."),
    ("anger", "Blame, outrage, an attack on somebody.", "They lied to us again, every single quarter!"),
    ("disgust", "Contempt, revulsion.", "What a rotten outfit. It makes me sick."),
    ("surprise", "Amazement, good or bad; disbelief.", "Wow. Nobody saw that coming."),
    ("fear", "Worry, dread, panic.", "It falls every day and I do not dare to look."),
)
_RULES: Final = (
    "Two emotions: take the stronger one; where they are equal, the one that comes last.",
    "Irony: take what the writer means.",
    "A forecast is no emotion by itself: \u201cit goes to 100\u201d is neutral, \u201cit goes to 100!!! 🚀\u201d is happy.",
    "Cannot tell: a language that you do not read, nothing but a link or a symbol, or a meaning that stays open.",
)


def write_page(folder: Path, tagger: str) -> Path:
    """Write the page of one tagger beside a sample, and return its path.

    Parameters
    ----------
    folder
        Of `emtract tag draw`.
    tagger
        Whose answers the page takes: a name for the file, of letters, digits, `-` and `_`.

    Raises
    ------
    ReportError
        The name cannot name a file.
    SourceError
        The folder holds no sample, or one that was changed.
    """
    if not _NAME.fullmatch(tagger):
        raise ReportError(f"a tagger is named by letters, digits, '-' and '_', 40 at most, not {tagger!r}")
    sample = read_sample(folder)
    path = folder / f"{tagger}.html"
    write_if_changed(path, render("tagging.html.j2", **page_context(sample, read_posts(folder, sample), tagger)))
    return path


def page_context(sample: Sample, posts: Mapping[str, str], tagger: str) -> dict[str, Any]:
    """Return everything that the template prints; nothing of it tells how a post was read.

    Parameters
    ----------
    sample
        Its keys are put into an order of the tagger's own, so that where they tire falls on other posts.
    posts
        Key -> post.
    tagger
        Whose page it is.
    """
    data = {
        "format": FORMAT,
        "version": VERSION,
        "digest": sample.digest,
        "tagger": tagger,
        "file": f"tags-{tagger}-{sample.digest[:8]}.json",
        "labels": [*EMOTIONS, UNTOLD],
        "texts": [(key, _as_written(posts[key])) for key in own_order(sample, tagger)],
    }
    return {
        "tagger": tagger,
        "emotions": EMOTIONS,
        "untold": UNTOLD,
        "examples": _EXAMPLES,
        "rules": _RULES,
        "data": data,
        "json": script_json(data),
    }


def _as_written(post: str) -> str:
    """Return a post as its writer saw it: platforms store `&` as `&amp;`."""
    return shown(unescape(post)).strip() or "(an empty post)"


def own_order(sample: Sample, tagger: str) -> list[str]:
    """Return the keys of a sample in the random order of one tagger: any part of the work is a random part."""

    def place(key: str) -> str:
        return hashlib.sha256(f"{sample.digest} {tagger} {key}".encode()).hexdigest()

    return sorted(sample.keys, key=place)
