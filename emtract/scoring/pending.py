"""Which texts of a store a run has to score, and in which slices."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from emtract.model import Scorer
    from emtract.store import Store


@dataclass(frozen=True)
class ScoreKey:
    """What tells two scores of one text apart."""

    scorer: str
    revision: str
    cleaner: str

    @classmethod
    def of(cls, scorer: Scorer) -> ScoreKey:
        """Key of the scores that a scorer gives."""
        return cls(scorer.name, scorer.revision, scorer.cleaner.version)

    def parameters(self) -> dict[str, str]:
        """The key as parameters of the SQL files."""
        return asdict(self)


@dataclass(frozen=True)
class Scope:
    """Which part of the store a run takes; the whole by default.

    Attributes
    ----------
    limit
        Texts to score at most.
    since, until
        First and last day (UTC, both included) of the posts whose texts are scored.
    """

    limit: int | None = None
    since: date | None = None
    until: date | None = None

    @property
    def dated(self) -> bool:
        """Whether it is bounded in time."""
        return not (self.since is None and self.until is None)

    def bounds(self) -> dict[str, datetime]:
        """First instant, and the first instant after the last."""
        last = min(self.until or date.max, date.max - timedelta(days=1))
        days = {"since": self.since or date.min, "until": last + timedelta(days=1)}
        return {name: datetime.combine(day, time(), tzinfo=UTC) for name, day in days.items()}


@dataclass(frozen=True)
class Pending:
    """What a run has to score.

    Attributes
    ----------
    texts, posts
        Distinct texts to score now, and the posts that read so: within the dates, where the scope has some.
    left
        Texts without a score that the scope leaves out.
    """

    texts: int
    posts: int
    left: int

    @property
    def duplicate_share(self) -> float:
        """Share of the posts that take the score of another with the same text."""
        return 1 - self.texts / self.posts if self.posts else 0.0


def find_pending(store: Store, key: ScoreKey, scope: Scope) -> Pending:
    """Find the texts of a store that a scorer has not read.

    They stand in the temporary table `unscored` of the store, numbered from 0, until the next call.

    Parameters
    ----------
    store
        A cleaned store: posts that the cleaner has not read are not seen.
    key
        The scores that are wanted.
    scope
        Which part of the store is to be scored.

    Returns
    -------
    Pending
        Texts numbered below its `texts` are to be scored now.
    """
    store.run("scoring/pending", **key.parameters())
    everything = store.count("pending")
    if not everything:
        return Pending(0, 0, 0)
    if scope.dated:
        store.run("scoring/unscored_between", cleaner=key.cleaner, **scope.bounds())
    else:
        store.run("scoring/unscored", cleaner=key.cleaner)
    texts = min(store.count("unscored"), scope.limit or everything)
    posts = store.sql("SELECT coalesce(sum(posts), 0) AS n FROM unscored WHERE n < $texts", texts=texts).item()
    return Pending(texts, int(posts), everything - texts)
