"""Which instruments are meant: names, scorers with scores in a store, and scorers that can read texts here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emtract.errors import ModelError
from emtract.model.registry import identify, scorer_reads
from emtract.options import PanelOptions
from emtract.panel.reading import choose_scores
from emtract.report.compare.found import Instrument
from emtract.text import CLEANER_VERSION

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl

    from emtract.config import Settings
    from emtract.store import Store


def parse_scorers(text: str, *, least: int = 2) -> tuple[str, ...]:
    """Read a list such as `default,fast,vader`.

    Parameters
    ----------
    text
        Names, separated by commas.
    least
        How many there must be.

    Raises
    ------
    ModelError
        Fewer are named, or one is named twice.
    """
    names = tuple(part.strip() for part in text.split(",") if part.strip())
    if twice := [name for name in dict.fromkeys(names) if names.count(name) > 1]:
        raise ModelError(f"--scorers names {twice[0]} twice: name each scorer once")
    if len(names) < least:
        raise ModelError(f"--scorers names {len(names)} scorers: name {least} or more, as in default,fast,vader")
    return names


def find_instruments(settings: Settings, store: Store, scorers: Sequence[str]) -> tuple[Instrument, ...]:
    """Find each scorer among the scores of a store, or among those that can read texts here.

    Parameters
    ----------
    settings
        How a language model is asked.
    store
        It may be open to read.
    scorers
        Names, or NAME@REVISION.

    Raises
    ------
    ModelError, PanelError
        A scorer is unknown, lacks its package, is named twice, or is stored in several revisions.
    """
    held = store.query("scoring/scored_posts")
    posts = store.count("posts")
    asked = [_key(settings, store, name, held) for name in scorers]
    if twice := [f"{s}@{r}" for s, r, _ in asked if sum((s, r) == other[:2] for other in asked) > 1]:
        raise ModelError(f"--scorers names {twice[0]} twice: name each scorer once")
    names = [scorer for scorer, _, _ in asked]
    told = []
    for scorer, revision, cleaner in asked:
        own = int(held.filter(scorer=scorer, revision=revision, cleaner=cleaner)["posts"].sum())
        name = scorer if names.count(scorer) == 1 else f"{scorer}@{revision}"
        blind = scorer_reads(scorer) == "valence"
        told.append(Instrument(name, scorer, revision, cleaner, blind, own, whole=own == posts > 0))
    return tuple(told)


def _key(settings: Settings, store: Store, asked: str, held: pl.DataFrame) -> tuple[str, str, str]:
    """Scorer, revision and cleaner of the scores that are meant, stored or to be read."""
    scorer, _, revision = asked.partition("@")
    stored = held.filter(scorer=scorer)
    if revision and stored.filter(revision=revision).is_empty():
        known = ", ".join(f"{s}@{r}" for s, r in held.select("scorer", "revision").unique(maintain_order=True).rows())
        raise ModelError(f"the store holds no scores of {asked}; it holds {known or 'none'}")
    if stored.is_empty():
        return *identify(scorer, settings.model.llm), CLEANER_VERSION
    if not revision and stored["revision"].n_unique() > 1:
        # Of several revisions the one that is installed, where it is among them.
        revision = next((r for r in stored["revision"] if r == _installed(settings, scorer)), "")
    options, cleaner = choose_scores(store, PanelOptions(scorer=scorer, revision=revision or None))
    return scorer, str(options.revision), cleaner


def _installed(settings: Settings, scorer: str) -> str | None:
    try:
        return identify(scorer, settings.model.llm)[1]
    except ModelError:
        return None
