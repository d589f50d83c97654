"""One shard of texts in, one shard of scores out: pure, idempotent, each file whole or not there at all."""

from __future__ import annotations

import hashlib
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from importlib.metadata import version
from itertools import chain
from secrets import token_hex
from typing import TYPE_CHECKING, Final

import msgspec
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from emtract.emotions import EMOTIONS, TAGS, probability_fault, tag_fault
from emtract.errors import SourceError, StoreError
from emtract.model.scorer import score_texts, tag_columns
from emtract.scoring.pending import ScoreKey
from emtract.spelling import typed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from emtract.model import Scorer, Scores

#: Texts a shard that leaves this machine: some minutes of a few cores, seconds of a GPU.
SHARD_TEXTS: Final = 50_000
#: Texts read and scored at a time: bounds the memory of a shard of any size.
BATCH: Final = 8_192
SOURCE_SUFFIX: Final = ".texts.parquet"
TARGET_SUFFIX: Final = ".scores.parquet"
#: More tokens than any post has.
MAX_TOKENS: Final = 10_000_000
#: The text of a UUID, as texts are named outside the store.
_KEY: Final = "^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"
_CLEANER: Final = b"emtract.cleaner"
_TEXTS: Final = pa.schema([("text_key", pa.string()), ("text", pa.string())])
_SCORES: Final = pa.schema(
    [
        ("text_key", pa.string()),
        *((emotion, pa.float32()) for emotion in EMOTIONS),
        ("n_tokens", pa.int32()),
        ("truncated", pa.bool_()),
    ]
)
#: Where the scorer reads stances.
_WITH_STANCES: Final = pa.schema([*_SCORES, *((tag, pa.float32()) for tag in TAGS)])


@dataclass(frozen=True)
class ShardManifest:
    """What a finished shard was made of: digests of both files, rows, the scorer, and who wrote it."""

    source_sha256: str
    target_sha256: str
    rows: int
    scorer: str
    revision: str
    cleaner: str
    emtract: str

    @property
    def key(self) -> ScoreKey:
        """What its scores are kept under."""
        return ScoreKey(self.scorer, self.revision, self.cleaner)


@dataclass(frozen=True)
class Shard:
    """A shard of texts: where it is, its texts, the posts that read so, and its digest."""

    source: Path
    texts: int
    posts: int
    sha256: str

    @property
    def target(self) -> Path:
        """Where its scores go."""
        return self.source.with_name(self.source.name.removesuffix(SOURCE_SUFFIX) + TARGET_SUFFIX)

    def finished(self) -> ShardManifest | None:
        """Return the manifest of its scores; None where they are missing, damaged, or of other texts."""
        manifest = read_manifest(self.target)
        return manifest if manifest is not None and manifest.source_sha256 == self.sha256 else None


def score_shard(
    source: Path, target: Path, scorer: Scorer, *, progress: Callable[[int], None] | None = None
) -> ShardManifest:
    """Score a Parquet file of texts into a Parquet file of scores, unless that is done already.

    Any number of processes on any number of machines may call it, twice on the same shard too.

    Parameters
    ----------
    source
        Distinct cleaned texts (`text_key`, `text`), as `write_source` writes them.
    target
        Scores in the source's order: `text_key`, seven probabilities (float32), `n_tokens`, `truncated`, and where the scorer
        reads stances `bearish` and `bullish`. Its manifest is `TARGET.json`, written last. A target that its manifest and the
        source agree with is left as it is.
    scorer
        The instrument.
    progress
        Called with the number of texts scored so far.

    Raises
    ------
    SourceError
        The source is no shard, or its texts were left by another cleaner than the scorer's.
    StoreError
        The target cannot be written.
    """
    digest = _digest(source)
    done = read_manifest(target)
    if done is not None and done == _manifest(scorer, digest, done.target_sha256, done.rows, done.emtract):
        return done
    rows, batches = 0, _read_texts(source, cleaner=scorer.cleaner.version)
    first = _scored(next(batches, pa.RecordBatch.from_pylist([], schema=_TEXTS)), scorer)
    with (
        replacing(target) as part,
        pq.ParquetWriter(part, first.schema, compression="zstd", use_dictionary=False) as writer,
    ):
        for batch in chain([first], (_scored(batch, scorer) for batch in batches)):
            writer.write_batch(batch)
            rows += batch.num_rows
            if progress is not None:
                progress(rows)
    manifest = _manifest(scorer, digest, _digest(target), rows, version("emtract"))
    with replacing(manifest_path(target)) as part:
        part.write_bytes(msgspec.json.format(msgspec.json.encode(asdict(manifest))) + b"\n")
    return manifest


def manifest_path(target: Path) -> Path:
    """Where the manifest of a target stands."""
    return target.with_name(f"{target.name}.json")


def read_manifest(target: Path) -> ShardManifest | None:
    """Return the manifest of a finished target; None where either is missing, cut, or not the other's."""
    try:
        manifest = msgspec.json.decode(manifest_path(target).read_bytes(), type=ShardManifest)
        return manifest if manifest.target_sha256 == _digest(target) else None
    except (OSError, SourceError, msgspec.DecodeError):
        return None


def read_scores(target: Path) -> pl.DataFrame:
    """Read a finished target.

    Raises
    ------
    SourceError
        It cannot be read, or holds anything but one row of probabilities for each text.
    """
    try:
        scores = pl.read_parquet(target, glob=False, hive_partitioning=False)
    except (OSError, pl.exceptions.PolarsError) as error:
        raise not_scores(target, _line(error)) from error
    if fault := _fault(scores):
        raise not_scores(target, fault)
    return scores


def not_scores(target: Path, why: str) -> SourceError:
    """Return the error of a target whose scores cannot be used."""
    return SourceError(
        f"{target} is no shard of scores ({why}), and nothing of its folder was taken in: remove it and score its texts again "
        f"with `emtract shards score {typed(target.parent)}`"
    )


def _fault(scores: pl.DataFrame) -> str | None:
    """Say what is wrong with a table of scores, None where nothing is."""
    reads_stances = {*TAGS} <= {*scores.columns}
    wanted = pl.DataFrame((_WITH_STANCES if reads_stances else _SCORES).empty_table()).schema
    if scores.schema != wanted:
        found, right = (", ".join(f"{name} {dtype}" for name, dtype in s.items()) for s in (scores.schema, wanted))
        return f"its columns are {found[:300]}, not {right}"
    keys, tokens = scores["text_key"], scores["n_tokens"]
    faults = {
        f"column {name} has {nulls:,} empty cells": nulls > 0
        for name, nulls in scores.null_count().row(0, named=True).items()
    }
    faults[probability_fault(scores.select(EMOTIONS).to_numpy()) or ""] = True
    faults[(reads_stances and tag_fault(scores.select(TAGS).to_numpy())) or ""] = True
    faults[f"n_tokens runs from {tokens.min()!r} to {tokens.max()!r}"] = not tokens.is_between(0, MAX_TOKENS).all()
    faults["a text_key is no key of a text"] = not keys.str.contains(_KEY).all()
    faults[
        f"{len(keys) - keys.n_unique():,} of its {len(keys):,} rows repeat the text of another"
    ] = not keys.is_unique().all()
    return next((fault for fault, found in faults.items() if fault and found), None)


def write_source(path: Path, texts: pl.DataFrame, *, cleaner: str) -> str:
    """Write a shard of texts and return its digest.

    Parameters
    ----------
    path
        Named `NAME.texts.parquet` by habit; scores go to `NAME.scores.parquet`.
    texts
        Columns `text_key` and `text`, both strings; texts of similar length side by side are scored faster.
    cleaner
        Version of the cleaner that left them; kept in the file, and compared with the scorer's.
    """
    schema = _TEXTS.with_metadata({_CLEANER: cleaner.encode()})
    table = texts.select(_TEXTS.names).to_arrow().cast(schema)
    with replacing(path) as part:
        pq.write_table(table, part, compression="zstd", use_dictionary=False, row_group_size=BATCH)
    return _digest(path)


def score_rows(keys: pl.Series, scores: Scores) -> pl.DataFrame:
    """Return the scores of texts, named by their keys, in the columns of a target; texts without a score have no row."""
    columns = [
        keys,
        *(pl.Series(emotion, scores.probabilities[:, i], dtype=pl.Float32) for i, emotion in enumerate(EMOTIONS)),
        pl.Series("n_tokens", scores.n_tokens, dtype=pl.Int32),
        pl.Series("truncated", scores.truncated, dtype=pl.Boolean),
        *([] if scores.stance is None else (column.alias(tag) for tag, column in tag_columns(scores).items())),
    ]
    return pl.DataFrame(columns).filter(pl.Series(scores.scored))


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a file to write in the same folder; it takes the place of `path` when the block ends well, else it is removed."""
    part = path.with_name(f".{path.name}.{token_hex(4)}.part")
    try:
        try:
            yield part
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        raise StoreError(
            f"cannot write {path} ({_line(error)}): make room or give the right to write there, and run the same command "
            "again; what was finished is kept"
        ) from error


def _manifest(scorer: Scorer, source: str, target: str, rows: int, emtract: str) -> ShardManifest:
    return ShardManifest(source, target, rows, scorer.name, scorer.revision, scorer.cleaner.version, emtract)


def _read_texts(source: Path, *, cleaner: str) -> Iterator[pa.RecordBatch]:
    """Batches of a source; an error of reading is the source's own, so that it is not taken for one of writing."""
    try:
        with pq.ParquetFile(source) as file:
            schema = file.schema_arrow
            found = (schema.metadata or {}).get(_CLEANER, b"").decode()
            if found != cleaner:
                raise SourceError(
                    f"{source} holds texts of cleaner {found or 'unknown'}, the scorer reads texts of {cleaner}: "
                    "write the shards again with `emtract shards write`"
                )
            if not schema.equals(_TEXTS):
                raise ValueError(f"its columns are {', '.join(schema.names)}")
            yield from file.iter_batches(batch_size=BATCH)
    except (OSError, ValueError, pa.ArrowException) as error:
        raise _no_source(source, error) from error


def _scored(batch: pa.RecordBatch, scorer: Scorer) -> pa.RecordBatch:
    keys = pl.Series("text_key", batch["text_key"].to_pylist(), dtype=pl.String)
    rows = score_rows(keys, score_texts(scorer, batch["text"].to_pylist()))
    schema = _WITH_STANCES if rows.width == len(_WITH_STANCES) else _SCORES
    return pa.record_batch([column.to_arrow() for column in rows], schema=schema)


def _digest(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise _no_source(path, error) from error


def _no_source(path: Path, error: Exception) -> SourceError:
    return SourceError(
        f"{path} cannot be read as a shard of texts ({_line(error)}): write it again with `emtract shards write`"
    )


def _line(error: Exception) -> str:
    text = " ".join((getattr(error, "strerror", None) or str(error)).split())
    return text[:200]
