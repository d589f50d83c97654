"""The generated archive: one file in the place of each input, and what it lacks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import msgspec
import numpy as np
import polars as pl

from emtract.config import PostSource, PriceSource
from emtract.model.card import file_digest
from emtract.synthetic.stand_in.files import BINARY, rewrite_numbers, rewrite_posts, rewrite_prices, write_crsp
from emtract.synthetic.stand_in.values import Known, Leaves

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from emtract.config import Settings
    from emtract.pipeline.replicate.layout import Input
    from emtract.store import Store

#: The same inputs give the same archive.
SEED: Final = 20_240_501


@dataclass(frozen=True)
class Generated:
    """A generated archive.

    Attributes
    ----------
    folder
        Where it lies.
    files
        Place, kind, format and rows of each file.
    left_out
        Inputs that nothing stands in the place of.
    """

    folder: Path
    files: tuple[tuple[str, str, str, int], ...]
    left_out: tuple[str, ...]

    def without_absent(self, settings: Settings) -> Settings:
        """Return packaged settings without sources of market data that have no file here."""
        there = [any(path.is_file() for path in self._matches(s.files)) for s in settings.market]
        kept = tuple(source for source, known in zip(settings.market, there, strict=True) if known)
        return msgspec.structs.replace(settings, market=kept)

    def table(self) -> pl.DataFrame:
        """Return one row a file, as `inputs.csv` has them."""
        rows = [
            (f"{self.folder.name}/{place}", kind, form, file_digest(self.folder / place), self._bytes(place), rows)
            for place, kind, form, rows in self.files
        ]
        names = ["path", "kind", "format", "sha256", "bytes", "rows"]
        return pl.DataFrame(rows, schema=names, orient="row").with_columns(provided=pl.lit("yes"))

    def _bytes(self, place: str) -> int:
        return (self.folder / place).stat().st_size

    def _matches(self, pattern: str) -> list[Path]:
        from emtract.pipeline.files import matching_files

        return matching_files(pattern, base=self.folder.parent)


def generate(store: Store, inputs: tuple[Input, ...], folder: Path, *, rows: int) -> Generated:
    """Write the archive.

    Parameters
    ----------
    store
        The store that was made of the inputs: it knows the days of each file.
    inputs
        Files to stand in for, in order; a file keeps its random numbers as long as its position.
    folder
        Root of the archive; each file lies at the place that its input has below `data/`.
    rows
        Posts at most, over all files in proportion to theirs; market data keep all their rows.

    Notes
    -----
    Of a post stay the names of its fields, its cashtags and symbols, the author's tag of sentiment and the language;
    ids, texts, times, names and numbers are generated, texts from the phrases of the demonstration. Of market data stay
    days, symbols, identifiers and words; every other number is generated.
    """
    total = sum(one.rows_read or 0 for one in inputs if one.entry.kind == "posts")
    share = min(1.0, rows / max(1, total))
    spans, known = _spans(store), Known()
    files, left_out = [], []
    seeds = np.random.SeedSequence(SEED).spawn(len(inputs))
    for one, seed in zip(inputs, seeds, strict=True):
        rng = np.random.default_rng(seed)
        limit = max(1, int(np.ceil(share * (one.rows_read or 0))))
        written = _write(store, one, folder / one.entry.place, spans.get(one.entry.name), limit, rng, known)
        if written is None:
            left_out.append(f"data/{one.entry.place}")
        else:
            files.append((one.entry.place, one.entry.kind, one.format, written))
    return Generated(folder, tuple(files), tuple(left_out))


def _write(
    store: Store,
    one: Input,
    target: Path,
    span: tuple[datetime, datetime] | None,
    limit: int,
    rng: np.random.Generator,
    known: Known,
) -> int | None:
    """Write one file and return its rows; None where nothing can stand in its place."""
    entry = one.entry
    if isinstance(entry.source, PostSource):
        if span is None:  # a file without a post
            return None
        return rewrite_posts(entry.path, target, one.format, _leaves(entry.source, span, rng, known), limit=limit)
    if isinstance(entry.source, PriceSource):
        return rewrite_prices(entry.path, target, msgspec.structs.asdict(entry.source.columns), rng)
    if one.format == "crsp_ciz":
        sessions = store.sql(
            "SELECT symbol, session FROM prices JOIN sources AS s USING (source_id) WHERE s.path = $path",
            path=entry.name,
        )
        can = entry.path.suffix.lower() in {".csv", ".parquet"} and sessions.height
        return write_crsp(sessions, target, rng) if can else None
    if entry.path.suffix.lower() in BINARY:
        return None
    return rewrite_numbers(entry.path, target, one.format, rng)


def _leaves(source: PostSource, span: tuple[datetime, datetime], rng: np.random.Generator, known: Known) -> Leaves:
    columns = msgspec.structs.asdict(source.columns) if source.columns else {}
    words = {"body": "text", "created_at": "time", "post_id": "id", "author_id": "id", "repost_of": "id"}
    words |= {"in_reply_to": "id", "symbol": "symbol", "sentiment": "kept", "language": "kept"}
    roles = {columns[name]: role for name, role in words.items() if columns.get(name)}
    return Leaves(rng, *span, roles=roles, time_format=columns.get("time_format"), known=known)


def _spans(store: Store) -> dict[str, tuple[datetime, datetime]]:
    """First and last post of each file."""
    frame = store.sql(
        "SELECT s.path, min(p.created_at) AS first, max(p.created_at) AS last "
        "FROM posts AS p JOIN sources AS s USING (source_id) GROUP BY s.path ORDER BY s.path"
    )
    return {path: (first, last) for path, first, last in frame.iter_rows()}
