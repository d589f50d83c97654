"""A scorer that computes elsewhere and whose scores a file has brought: it has a name and a revision, and reads no text."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NoReturn

from emtract.errors import ModelError
from emtract.model.registry import is_shipped
from emtract.scoring.cleaning import clean_store
from emtract.scoring.engine import ScoringReport
from emtract.scoring.pending import ScoreKey
from emtract.store.imports import imported_key
from emtract.text import Cleaner

if TYPE_CHECKING:
    from collections.abc import Sequence

    from emtract.scoring.cleaning import Progress
    from emtract.store import Store


@dataclass(frozen=True)
class ImportedScorer:
    """A scorer by the key of its scores; `cleaner` tells only what kind of text a post is."""

    key: ScoreKey
    cleaner: Cleaner = field(default_factory=Cleaner)

    @property
    def name(self) -> str:
        """Name under which the scores were brought."""
        return self.key.scorer

    @property
    def revision(self) -> str:
        """Digest of the scores that were brought."""
        return self.key.revision

    def refusal(self) -> ModelError:
        """Say that there is no model here, and what to do."""
        return ModelError(
            f"{self.name} reads no text here, its scores came from a file: score the posts where it runs, and bring them in with "
            f"`emtract scores import FILE --name {self.name}`"
        )

    def score(self, texts: Sequence[str]) -> NoReturn:
        """Raise `ModelError`, since there is no model here."""
        del texts
        raise self.refusal()

    predict = score


def find_imported(store: Store, name: str) -> ImportedScorer | None:
    """Return the scorer whose scores a file has brought to a store under a name; None where there is none."""
    found = None if is_shipped(name) else imported_key(store, name)
    return None if found is None else ImportedScorer(ScoreKey(name, *found))


def lacking_posts(store: Store, scorer: ImportedScorer) -> int:
    """Posts of a store to which the scorer's file gave no score."""
    return int(store.query("scoring/lacking", **scorer.key.parameters()).item())


def clean_for(store: Store, scorer: ImportedScorer, progress: Progress) -> ScoringReport:
    """Clean the store, and say how many posts the scorer's file gave no score.

    Parameters
    ----------
    store
        A store open to write.
    scorer
        As `find_imported` returns it.
    progress
        Called with (stage, posts cleaned, posts to clean).
    """
    cleaned, posts = clean_store(store, scorer.cleaner, progress), store.count("posts")
    distinct = store.query("scoring/distinct_texts", cleaner=scorer.cleaner.version).item()
    return ScoringReport(cleaned, 0, posts, int(distinct), lacking=lacking_posts(store, scorer))
