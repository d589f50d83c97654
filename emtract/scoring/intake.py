"""Finished shards -> the store: one committer, each group in one transaction, no score twice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from emtract.emotions import TAGS
from emtract.errors import SourceError, StoreError
from emtract.scoring.cleaning import slices
from emtract.scoring.shards import SOURCE_SUFFIX, TARGET_SUFFIX, manifest_path, not_scores, read_manifest, read_scores
from emtract.store.outside import refer_to

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from emtract.scoring.pending import ScoreKey
    from emtract.scoring.shards import ShardManifest
    from emtract.store import Store

#: Shards taken in at a time: each time the keys of the whole store are read once.
GROUP: Final = 16


def check_shards(store: Store, shards: Iterable[tuple[Path, ShardManifest]]) -> None:
    """Make sure that finished shards hold scores of texts of this store, each once, before anything of them is used.

    Parameters
    ----------
    store
        A store open to write.
    shards
        See `take_in`.

    Raises
    ------
    SourceError
        One of them is no table of probabilities, repeats a text of itself or of another, or is of another store.
    """
    store.run("scoring/claims")
    claimed = 0
    for target, manifest in shards:
        scores = read_scores(target)
        if scores.height != manifest.rows:
            raise not_scores(target, f"its manifest tells of {manifest.rows:,} rows, not {scores.height:,}")
        key = manifest.key
        with store.registered({"slice": scores.select("text_key")}):
            unknown = store.query("scoring/unknown_texts", cleaner=key.cleaner).item()
            store.run("scoring/claim_texts", **key.parameters())
        if unknown:
            raise SourceError(
                f"{target}: {unknown:,} of its {scores.height:,} texts are not in {store.path}: take it into the store that "
                "wrote it; where that was built again, run `emtract score --limit 1` first, which cleans its posts"
            )
        claimed, before = store.count("claimed"), claimed
        if twice := before + scores.height - claimed:
            raise not_scores(target, f"{twice:,} of its texts are in another shard of the folder too")
    store.execute("DROP TABLE claimed")


def take_in(store: Store, shards: Sequence[tuple[Path, ShardManifest]]) -> int:
    """Take finished shards into a store, each under the scorer that its manifest names.

    Safe to repeat: a text that has a score of this scorer revision keeps it, and texts that the store does not hold are left.

    Parameters
    ----------
    store
        A store open to write.
    shards
        Targets, and the manifests that `read_manifest` found to agree with them.

    Returns
    -------
    int
        Texts that have a score now and had none of this scorer revision before.
    """
    by_key: dict[ScoreKey, list[Path]] = {}
    for target, manifest in shards:
        by_key.setdefault(manifest.key, []).append(target)
    before = store.count("text_scores")
    for key, targets in by_key.items():
        for start, stop in slices(len(targets), GROUP):
            parts = [read_scores(target) for target in targets[start:stop]]
            scores = pl.concat(parts, how="diagonal").unique("text_key", keep="first")
            with store.registered({"slice": scores}), store.transaction():
                store.run("scoring/take_in_scores", **key.parameters())
    return store.count("text_scores") - before


def leave_outside(store: Store, shards: Sequence[tuple[Path, ShardManifest]]) -> int:
    """Let the store refer to finished shards instead of copying them; see `take_in` for the parameters.

    Returns
    -------
    int
        Texts that the store reads from these files and had no score of this scorer revision before.

    Raises
    ------
    StoreError
        A shard holds texts that have a score already, here or in another file: none of the group is referred to.
    """
    known = set(store.sql("SELECT path FROM outside_shards")["path"])
    rows = []
    for target, manifest in shards:
        path = str(target.resolve())
        if path not in known:
            key = manifest.key
            stat, scores = target.stat(), read_scores(target)
            told = {"sha256": manifest.target_sha256, "rows": manifest.rows}
            told |= {"bytes": stat.st_size, "modified_ns": stat.st_mtime_ns, "stances": {*TAGS} <= {*scores.columns}}
            rows.append({"path": path} | told | key.parameters())
            with store.registered({"slice": scores}):
                repeated = store.query("scoring/scored_already", **key.parameters()).item()
            if repeated:
                raise StoreError(
                    f"{target}: {repeated:,} of its texts have a score of {manifest.scorer}@{manifest.revision} already: "
                    "take it in with `emtract shards load` without --outside, which passes over them"
                )
    return int(pl.DataFrame(rows)["rows"].sum()) if rows and refer_to(store, pl.DataFrame(rows)) else 0


def take_leftovers(store: Store, folder: Path) -> int:
    """Take in the shards that an interrupted run of this store finished, clear its folder, and return the texts taken in.

    What was not finished, or was damaged since, is removed: its texts are still without a score and come again.
    """
    if not folder.is_dir():
        return 0
    found = [(target, read_manifest(target)) for target in sorted(folder.glob(f"*{TARGET_SUFFIX}"))]
    taken = take_in(
        store, [(target, manifest) for target, manifest in found if manifest is not None and _sound(target)]
    )
    clear_folder(folder)
    return taken


def _sound(target: Path) -> bool:
    try:
        read_scores(target)
    except SourceError:
        return False
    return True


def clear_folder(folder: Path) -> None:
    """Remove shards from a work folder, and the folder if nothing else is in it."""
    for pattern in (f"*{SOURCE_SUFFIX}", f"*{TARGET_SUFFIX}", f"*{TARGET_SUFFIX}.json", ".*.part"):
        for path in folder.glob(pattern):
            path.unlink(missing_ok=True)
    if folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()


def remove_shard(source: Path, target: Path) -> None:
    """Remove a shard that the store holds now; its manifest first, so that no half of it looks finished."""
    for path in (manifest_path(target), target, source):
        path.unlink(missing_ok=True)
