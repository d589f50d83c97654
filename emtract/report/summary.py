"""One page of findings: what was asked, what came out, how large it is and on how many rows, archive by archive."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from emtract.report.manifests import MANIFEST, archive_words, read_json, study_manifest

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from pathlib import Path

    from emtract.report.manifests import StudyManifest
    from emtract.report.results import ResultRow

#: What the shipped studies are about, in the order in which a reader asks; any other study is one's own.
TOPICS: Final[Mapping[str, tuple[str, ...]]] = {
    "What investors write, and when": ("overview", "one_firm", "persistence", "transitions", "shocks"),
    "Moods and returns": ("daily_returns", "market_mood", "news", "social_signal", "heterogeneity"),
    "Whose and which messages": ("information", "causes", "authors", "peers"),
    "Risk and volume": ("volatility_volume", "excitement", "divergence"),
    "Worth to a trader": ("portfolio", "out_of_sample"),
    "Events": ("earnings", "ipo"),
    "Does it last?": ("robustness",),
}
_OTHER: Final = "Other questions"


@dataclass(frozen=True)
class Answer:
    """One page: its archive in words, what it found, and its primary number.

    Attributes
    ----------
    page
        Address from the folder of the index.
    told
        Its manifest.
    number
        The primary number; None of a page that failed or does not name its numbers.
    """

    page: str
    archive: str
    told: StudyManifest
    number: ResultRow | None

    @property
    def where(self) -> str:
        """The archive in words: its folder, its firms, its years."""
        return archive_words(self.archive, self.told) or "This archive"

    @property
    def primary(self) -> dict[str, Any]:
        """The headline number that the page answers with, as its manifest tells it; empty where it tells none."""
        known = [{name: getattr(h, name) for name in h.__struct_fields__} for h in self.told.headline]
        return next((h for h in known if h["role"] == "primary"), known[0] if known else {})


@dataclass(frozen=True)
class Question:
    """One question, and its answer of each archive that was asked."""

    topic: str
    text: str
    answers: tuple[Answer, ...]


def summarise(folder: Path, results: Sequence[ResultRow]) -> list[Question]:
    """Return the questions of a folder and of the collections beneath it, by topic and then in the order of `TOPICS`.

    Parameters
    ----------
    folder
        Home of the pages.
    results
        Headline numbers, as `emtract.report.results.collect_results` reads them.
    """
    numbers: dict[str, ResultRow] = {}
    for row in sorted(results, key=lambda row: row.role != "primary"):
        numbers.setdefault(row.page, row)
    asked: dict[tuple[str, str], list[Answer]] = {}
    for home in (folder, *_collections(folder)):
        for path in sorted(home.glob(f"[!.]*/{MANIFEST}")):
            if (told := study_manifest(read_json(path))) is not None:
                archive = "" if home == folder else home.name
                page = "/".join(filter(None, (archive, path.parent.name, "index.html")))
                answer = Answer(page, archive, told, numbers.get(page))
                asked.setdefault((told.name, told.question), []).append(answer)
    order = list(_ordered({name for name, _ in asked}))
    return [
        Question(topic, text, tuple(answers))
        for topic, name in order
        for (study, text), answers in asked.items()
        if study == name
    ]


def _collections(folder: Path) -> list[Path]:
    return [p.parent for p in sorted(folder.glob("[!.]*/index.html")) if not (p.parent / MANIFEST).exists()]


def _ordered(names: Collection[str]) -> Iterator[tuple[str, str]]:
    """Topic and name of each study."""
    known = [(topic, name) for topic, members in TOPICS.items() for name in members]
    yield from ((topic, name) for topic, name in known if name in names)
    shipped = {name for _, name in known}
    yield from ((_OTHER, name) for name in sorted(names) if name not in shipped)
