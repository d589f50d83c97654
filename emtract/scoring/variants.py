"""Texts of a store read a second time without what tells firm and date, and kept beside the output, never in the store."""

from __future__ import annotations

import hashlib
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING, Any, Final, Literal, get_args

import numpy as np
import polars as pl

from emtract.atomic import replaced_file
from emtract.emotions import EMOTIONS, TAGS
from emtract.errors import ModelError
from emtract.model.scorer import score_texts
from emtract.text.identities import CHANNELS, STAND_INS
from emtract.text.neutral import placebo, replaced

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from emtract.model import Scorer
    from emtract.scoring.pending import ScoreKey
    from emtract.store import Store
    from emtract.text import TextKind
    from emtract.text.neutral import Neutraliser

#: Texts between two writings of the cache: what an interrupted audit loses at most.
SLICE: Final = 4_096
_STEP: Final = 512
#: How a text is changed: one channel alone, all of them, or as many other words.
Variant = Literal["names", "tickers", "products", "people", "events", "dates", "all", "placebo"]
VARIANTS: Final[tuple[Variant, ...]] = get_args(Variant)
_READ: Final = (*EMOTIONS, *TAGS)
_SCHEMA: Final[Mapping[str, type[pl.DataType]]] = {"digest": pl.String, **dict.fromkeys(_READ, pl.Float32)}


@dataclass(frozen=True)
class Changed:
    """The texts that a variant changes: their places among those audited, and how they read then."""

    places: NDArray[np.intp]
    texts: tuple[str, ...]


def texts_to_audit(
    store: Store, key: ScoreKey, *, kinds: Sequence[TextKind], most: int | None = None, seed: int = 0
) -> pl.DataFrame:
    """Return distinct texts of some kinds that a scorer has read; see `sql/audit/texts.sql`.

    Parameters
    ----------
    store
        A scored store.
    key
        Whose readings.
    kinds
        Kinds of text that samples read.
    most
        Texts at most, drawn at random; None for all.
    seed
        Decides which.
    """
    return store.query("audit/texts", **key.parameters(), kinds=list(kinds), most=most, seed=seed)


def variants_of(texts: Sequence[str], neutraliser: Neutraliser, *, seed: int = 0) -> dict[Variant, Changed]:
    """Return what each variant makes of texts; those that it leaves as they are stand in none.

    Parameters
    ----------
    texts
        Model texts.
    neutraliser
        What gives way.
    seed
        Of the words that the placebo takes.
    """
    split = [text.split() for text in texts]
    found = [neutraliser.find(words) for words in split]
    frequency = Counter(word for words in split for word in set(words))
    draw = Random(seed)  # noqa: S311
    made: dict[Variant, list[tuple[int, str]]] = {variant: [] for variant in VARIANTS}
    for place, (words, edits) in enumerate(zip(split, found, strict=True)):
        if not edits:
            continue
        stand_ins = [(edit.start, edit.stop, STAND_INS[edit.channel]) for edit in edits]
        for channel in CHANNELS:
            own = [told for told, edit in zip(stand_ins, edits, strict=True) if edit.channel == channel]
            if own:
                made[channel].append((place, replaced(words, own)))
        made["all"].append((place, replaced(words, stand_ins)))
        made["placebo"].append((place, placebo(words, edits, frequency, draw)))
    return {
        variant: Changed(np.array([place for place, _ in rows], dtype=np.intp), tuple(text for _, text in rows))
        for variant, rows in made.items()
    }


class Cache:
    """Readings of texts that the store does not hold, in one Parquet file; a text is known by a digest, not by its words.

    Parameters
    ----------
    path
        The file; one of another scorer, or a damaged one, is begun anew.
    key
        Whose readings.
    """

    def __init__(self, path: Path, key: ScoreKey) -> None:
        self.path, self._salt = path, " ".join(key.parameters().values())
        self._held: dict[str, tuple[float, ...]] = {}
        if path.is_file():
            try:
                frame = pl.read_parquet(path, glob=False)
                self._held = {row[0]: row[1:] for row in frame.select(list(_SCHEMA)).iter_rows()}
            except (pl.exceptions.PolarsError, OSError):
                self._held = {}

    def digest(self, text: str) -> str:
        """Name of a text under this scorer."""
        return hashlib.sha256(f"{self._salt}\n{text}".encode("utf-8", "replace")).hexdigest()[:32]

    def lacking(self, texts: Sequence[str]) -> list[str]:
        """Return the distinct texts that nobody has read yet, in order."""
        return [text for text in dict.fromkeys(texts) if self.digest(text) not in self._held]

    def add(self, texts: Sequence[str], scorer: Scorer) -> None:
        """Read texts, and remember how they read.

        Raises
        ------
        ModelError
            The scorer gives a text no score.
        """
        scores = score_texts(scorer, list(texts))
        if not scores.scored.all():
            raise ModelError(f"{scorer.name} could not read {int((~scores.scored).sum())} texts: run the command again")
        stance = np.full((len(texts), 3), np.nan) if scores.stance is None else scores.stance
        told = np.column_stack([scores.probabilities, stance[:, [0, 2]]]).astype(np.float32)
        self._held |= {self.digest(text): tuple(row) for text, row in zip(texts, told.tolist(), strict=True)}

    def write(self) -> None:
        """Write the file, in one rename."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        rows = [(digest, *row) for digest, row in sorted(self._held.items())]
        with replaced_file(self.path) as fresh:
            pl.DataFrame(rows, schema=_SCHEMA, orient="row").write_parquet(fresh)

    def readings(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """Return how texts read: seven emotions, bearish and bullish, shape (n, 9); stances are NaN where none are read."""
        return np.array([self._held[self.digest(text)] for text in texts], dtype=np.float64).reshape(-1, len(_READ))


def read_variants(
    changed: Mapping[Variant, Changed], scorer: Scorer, cache: Cache, progress: Any
) -> dict[Variant, NDArray[np.float64]]:
    """Read what the variants made of texts, each distinct text once, and return the readings, shape (n, 9) each.

    Parameters
    ----------
    changed
        As `variants_of` gives it.
    scorer
        The instrument.
    cache
        Where readings stay: an interrupted audit goes on from there.
    progress
        Called with (stage, texts read, texts in all).
    """
    wanted = cache.lacking([text for each in changed.values() for text in each.texts])
    try:
        for start in range(0, len(wanted), _STEP):
            progress("read without firm and date", start, len(wanted))
            cache.add(wanted[start : start + _STEP], scorer)
            if (start + _STEP) % SLICE == 0:
                cache.write()
    finally:
        if wanted:
            cache.write()
    progress("read without firm and date", len(wanted), len(wanted))
    return {variant: cache.readings(each.texts) for variant, each in changed.items()}


def stored_readings(texts: pl.DataFrame) -> NDArray[np.float64]:
    """Return what the store holds of `texts_to_audit`, shape (n, 9)."""
    return texts.select(pl.col(_READ).cast(pl.Float64)).to_numpy()


def with_changes(stored: NDArray[np.float64], changed: Changed, readings: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the readings of all texts audited where a variant's take the place of the stored ones.

    Parameters
    ----------
    stored
        Shape (n, 9).
    changed, readings
        A variant, and how its texts read.
    """
    out = stored.copy()
    out[changed.places] = readings
    return out


@contextmanager
def instead(store: Store, key: ScoreKey, texts: pl.DataFrame, readings: NDArray[np.float64]) -> Iterator[None]:
    """Let every sample that is built within the block rest on these readings, and on the posts of these texts alone.

    Parameters
    ----------
    store
        It may be open to read: nothing is written to it.
    key
        Whose readings they are.
    texts, readings
        `key` of each text, and what stands in the place of its score, shape (n, 9).
    """
    told: dict[str, pl.Series] = {
        name: pl.Series(readings[:, j], dtype=pl.Float32).fill_nan(None) for j, name in enumerate(_READ)
    }
    frame = pl.DataFrame({"text_key": texts["key"], **told})
    with store.registered({"audit_slice": frame}):
        store.run("audit/readings", **key.parameters())
    store.run("audit/scores")
    try:
        yield
    finally:
        store.execute("DROP VIEW temp.scores")
        store.execute("DROP TABLE temp.audit_readings")
