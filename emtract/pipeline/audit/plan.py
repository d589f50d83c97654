"""What an audit will read, before it reads anything: texts, what gives way in them, and what is read already."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from emtract.errors import ModelError, ReportError
from emtract.panel.reading import READABLE_KINDS
from emtract.pipeline.audit.names import firm_names
from emtract.pipeline.opening import open_scorer
from emtract.scoring.imported import ImportedScorer
from emtract.scoring.pending import ScoreKey
from emtract.scoring.runlog import log_path, read_records
from emtract.scoring.variants import Cache, texts_to_audit, variants_of
from emtract.text.neutral import Neutraliser, distinctive, firm_terms, own_terms

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import polars as pl

    from emtract.config import Settings
    from emtract.model import Scorer
    from emtract.scoring.variants import Changed, Variant
    from emtract.store import Store

#: Name of the page in the folder of the report, where no other is given.
AUDIT: Final = "audit.html"
#: Fewer texts than this say nothing of a share.
LEAST_TEXTS: Final = 100


@dataclass(frozen=True)
class Plan:
    """What an audit will read, before it reads anything.

    Attributes
    ----------
    scorer, key
        The instrument, and the key of its scores.
    texts
        As `texts_to_audit` returns them.
    neutraliser
        What gives way.
    changed
        Variant -> the texts that it changes.
    cache
        Readings of an earlier audit.
    to_read
        Distinct texts to read now.
    seconds
        How long reading the store's texts lets one expect that to take; None where no run is on record.
    """

    scorer: Scorer
    key: ScoreKey
    texts: pl.DataFrame
    neutraliser: Neutraliser
    changed: Mapping[Variant, Changed]
    cache: Cache
    to_read: int
    seconds: float | None

    def told(self) -> str:
        """What will be done, and how long it may take, in a sentence."""
        n, touched = self.texts.height, len(self.changed["all"].texts)
        took = "" if self.seconds is None else f", {_duration(self.seconds)} at the speed of the last scoring"
        return (
            f"{n:,} distinct texts; {touched:,} ({touched / n:.1%}) tell firm or date in words; "
            f"{self.scorer.name} has {self.to_read:,} changed texts to read{took}"
        )


def plan_audit(
    settings: Settings,
    store: Store,
    output: Path,
    *,
    scorer: str | None = None,
    most: int | None = None,
    seed: int = 0,
    names: Path | None = None,
) -> Plan:
    """Draw the texts, make them neutral, and say what is to be read.

    Parameters
    ----------
    settings, store
        A scored store; it may be open to read.
    output
        The page; readings are kept beside it.
    scorer
        Whose readings; None for the configured scorer's.
    most, seed
        Texts at most, drawn at random by the seed; None for all.
    names
        A file of firms' names, see `emtract.pipeline.audit.names.firm_names`.

    Raises
    ------
    ModelError
        The store holds no readings of texts by the scorer, or the scorer reads no text here.
    SourceError
        The file of names cannot be read.
    ReportError
        There are too few texts, or nothing in them tells firm or date.
    """
    instrument = open_scorer(settings, store, name=scorer)
    if isinstance(instrument, ImportedScorer):
        raise ModelError(
            f"the scores of {instrument.name} came from a file, and an audit reads texts anew: name a scorer that runs here"
        )
    key = ScoreKey.of(instrument)
    texts = texts_to_audit(store, key, kinds=READABLE_KINDS, most=most, seed=seed)
    if texts.is_empty():
        held = "; ".join(f"{name}@{revision}" for name, revision, _ in store.query("provenance/scorers").iter_rows())
        raise ModelError(
            f"the store holds no readings of texts by {key.scorer}@{key.revision}: run `emtract score`, or name a scorer that "
            f"it holds ({held or 'it holds none'})"
        )
    if texts.height < LEAST_TEXTS:
        raise ReportError(f"{texts.height} texts are too few for an audit: it needs {LEAST_TEXTS} distinct texts")
    listed = texts["text"].to_list()
    symbols = [frozenset(named) for named in texts["symbols"].to_list()]
    own = distinctive(firm_terms(firm_names(store, names)), listed, symbols)
    neutraliser = Neutraliser({**own, **own_terms().terms})
    changed = variants_of(listed, neutraliser, seed=seed)
    if not changed["all"].texts:
        raise ReportError(
            f"nothing in {texts.height:,} texts tells firm or date beside what the cleaner hides: there is nothing to "
            "audit; name the firms with --names"
        )
    cache = Cache(output.with_suffix(".readings.parquet"), key)
    to_read = len(cache.lacking([text for each in changed.values() for text in each.texts]))
    return Plan(instrument, key, texts, neutraliser, changed, cache, to_read, _seconds(store, key, to_read))


def _duration(seconds: float) -> str:
    if seconds < 10:
        return "a few seconds"
    return f"{seconds:,.0f} seconds" if seconds < 90 else f"{seconds / 60:,.0f} minutes"


def _seconds(store: Store, key: ScoreKey, texts: int) -> float | None:
    """How long reading so many texts takes by the last run on record of this scorer; None without one."""
    for record in reversed(read_records(log_path(store.path))):
        if record.scorer == key.scorer and record.posts and record.posts_per_second:
            return texts / (record.posts_per_second * record.texts / record.posts)
    return None
