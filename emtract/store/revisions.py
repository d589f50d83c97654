"""The scores that a store holds of each revision of each scorer, and how those of one revision leave it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING

from emtract.errors import StoreError
from emtract.store.imports import SCORES

if TYPE_CHECKING:
    from emtract.store.database import Store


@dataclass(frozen=True)
class HeldScores:
    """What a store holds of one revision of a scorer: scores of texts in it, of texts in files outside it, and of posts."""

    scorer: str
    revision: str
    texts: int
    outside: int
    posts: int

    @property
    def name(self) -> str:
        """Scorer and revision, as pages name them."""
        return f"{self.scorer}@{self.revision}"


def held_scores(store: Store) -> tuple[HeldScores, ...]:
    """Return what a store holds of each revision of each scorer, whichever cleaner wrote the texts, in order of names."""
    found: dict[tuple[str, str], HeldScores] = {}
    for scorer, revision, _, *counts in store.query("scoring/held").iter_rows():
        known = found.get((scorer, revision), HeldScores(scorer, revision, 0, 0, 0))
        before = (known.texts, known.outside, known.posts)
        found[scorer, revision] = HeldScores(
            scorer, revision, *(int(a) + b for a, b in zip(counts, before, strict=True))
        )
    return tuple(found.values())


def find_held(store: Store, name: str) -> HeldScores:
    """Return what a store holds under `NAME@REVISION`.

    Raises
    ------
    StoreError
        The store holds no such scores (those of the nearest names are named), or some of them lie in files outside it.
    """
    held = {one.name: one for one in held_scores(store)}
    found = held.get(name)
    if found is None:
        raise StoreError(f"{store.path} holds no scores of {name}: {_nearest(name, held)}")
    if found.outside:
        raise StoreError(
            f"{found.outside:,} scores of {name} lie in shards outside {store.path}: move their files away and let the store "
            "forget them with `emtract shards forget`, then run this again"
        )
    return found


def forget_held(store: Store, held: HeldScores) -> None:
    """Remove scores or dimensions that `find_held` returned, in one transaction, with the record of the file that brought them.

    Texts stay: a scorer that the configuration names reads them again. The file of the store keeps its size; the room is
    used for what comes next.
    """
    with store.transaction():
        for table in ("text_scores", "post_scores"):
            store.execute(
                f"DELETE FROM {table} WHERE scorer = $scorer AND revision = $revision",
                scorer=held.scorer,
                revision=held.revision,
            )
        store.execute(
            "DELETE FROM text_dimensions WHERE reader = $scorer AND revision = $revision",
            scorer=held.scorer,
            revision=held.revision,
        )
        for source_id in _sources(store, held):
            for table in ("sources", "quarantine"):
                store.execute(f"DELETE FROM {table} WHERE source_id = $source_id", source_id=source_id)


def _sources(store: Store, held: HeldScores) -> list[int]:
    rows = store.sql("SELECT source_id, mapping FROM sources WHERE kind = $kind", kind=SCORES).rows()
    told = [(source_id, json.loads(mapping)) for source_id, mapping in rows]
    return [n for n, file in told if (file["scorer"], file["revision"]) == (held.scorer, held.revision)]


def _nearest(name: str, held: dict[str, HeldScores]) -> str:
    if not held:
        return "it holds no scores at all"
    same = [known for known in held if known.partition("@")[0] == name.partition("@")[0]]
    near = same or get_close_matches(name, held, n=3, cutoff=0.5)
    return f"did you mean {' or '.join(near)}?" if near else f"it holds {', '.join(held)}"
