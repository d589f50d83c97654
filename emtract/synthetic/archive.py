"""An archive on disk: posts, prices, labels and truth, in bytes that depend on the seed alone; and the demo's."""

from __future__ import annotations

import gzip
import io
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from emtract.atomic import write_if_changed
from emtract.emotions import EMOTIONS
from emtract.errors import SourceError
from emtract.synthetic.messages import Message, draw_authors, write_messages
from emtract.synthetic.moods import FORMS, Draws, draw_moods, draw_posts
from emtract.synthetic.truth import DEFINITION, count_shares, draw_bars, draw_returns, effects
from emtract.synthetic.world import CALENDAR, FIRMS, Bars, exchange_sessions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import date
    from pathlib import Path
    from typing import Any

    from numpy.typing import NDArray

#: Every fourth ticker's posts are compressed.
COMPRESSED_EVERY: Final = 4
REPEATED_LINES: Final = 20
BROKEN_LINES: Final = 6


@dataclass(frozen=True)
class Archive:
    """A generated archive; the paths are what a configuration file would name."""

    folder: Path

    @property
    def posts(self) -> Path:
        """Folder of StockTwits messages, `.jsonl` or `.jsonl.gz`: one file a ticker, or one a kind of firm."""
        return self.folder / "posts"

    @property
    def prices(self) -> Path:
        """Folder of daily bars, `ABCD.csv`."""
        return self.folder / "prices"

    @property
    def market(self) -> Path:
        """Folder of publishers' files, which the demo's archive lacks."""
        return self.folder / "market"

    @property
    def labels(self) -> Path:
        """True emotion of each post, `labels.csv`."""
        return self.folder / "labels.csv"

    @property
    def truth(self) -> Path:
        """Planted effects, the seed and the counts, `truth.json`."""
        return self.folder / "truth.json"

    @property
    def counts(self) -> Mapping[str, int]:
        """What the archive holds, the messy parts included."""
        counts: dict[str, int] = json.loads(self.truth.read_text(encoding="utf-8"))["counts"]
        return counts


def open_archive(folder: Path) -> Archive:
    """Return the archive that an earlier run wrote to a folder.

    Raises
    ------
    SourceError
        When the folder holds no archive.
    """
    archive = Archive(folder)
    if missing := [p.name for p in (archive.posts, archive.prices, archive.labels, archive.truth) if not p.exists()]:
        raise SourceError(f"{folder} is no demo archive, it lacks {', '.join(missing)}: run `emtract demo`")
    return archive


def truth_table(archive: Archive) -> pl.DataFrame:
    """Return what each number should be, one row a planted effect.

    Returns
    -------
    pl.DataFrame
        Of the demo: spec, term, truth (basis points per standard deviation), note; of the archive of offers,
        announcements and market files: study, quantity, truth, unit, note.
    """
    return pl.DataFrame(json.loads(archive.truth.read_text(encoding="utf-8"))["effects"])


def true_labels(archive: Archive) -> pl.DataFrame:
    """Return the true emotion of each distinct post: post_id, emotion."""
    return pl.read_csv(archive.labels, schema={"post_id": pl.String, "emotion": pl.String}, glob=False)


def oracle_scores(labels: pl.DataFrame) -> pl.DataFrame:
    """Return the scores of a reader that is never wrong: post_id and seven probabilities, one of them 1."""
    hits = [(pl.col("emotion") == emotion).cast(pl.Float32).alias(emotion) for emotion in EMOTIONS]
    return labels.select("post_id", *hits)


def json_lines(messages: Sequence[Message]) -> list[str]:
    """Return the line of each message."""
    return [json.dumps(message, ensure_ascii=False, separators=(",", ":")) for message in messages]


def write_labels(archive: Archive, messages: Sequence[Message], emotion: NDArray[np.int64]) -> None:
    """Write the true emotion of each post.

    Parameters
    ----------
    archive
        Whose `labels.csv` is written.
    messages
        They give the ids.
    emotion
        Position in `EMOTIONS` of each.
    """
    rows = (f"{m['id']},{EMOTIONS[e]}\n" for m, e in zip(messages, emotion.tolist(), strict=True))
    write_if_changed(archive.labels, "post_id,emotion\n" + "".join(rows))


def write_truth(archive: Archive, seed: int, dates: Sequence[date], told: Mapping[str, Any]) -> None:
    """Write `truth.json`.

    Parameters
    ----------
    archive
        Whose truth it is.
    seed
        What it was generated from.
    dates
        Its sessions.
    told
        What else is written: effects and counts among it.
    """
    when = {"calendar": CALENDAR, "first_session": str(dates[0]), "last_session": str(dates[-1])}
    write_if_changed(archive.truth, json.dumps({"seed": seed, **when, **told}, indent=2) + "\n")


def generate_archive(folder: Path, *, seed: int = 7, progress: Callable[[int, int], None] | None = None) -> Archive:
    """Write a synthetic archive of about 20,000 posts and 24 x 250 daily bars; takes a few seconds.

    Parameters
    ----------
    folder
        Where to write; made if need be, files of the same name are replaced.
    seed
        The same seed gives the same bytes.
    progress
        Called with the number of tickers written and the number there are.

    Returns
    -------
    Archive
        Its paths; `truth_table` and `true_labels` read what was planted.
    """
    moods_rng, posts_rng, text_rng, market_rng, mess_rng = np.random.default_rng(seed).spawn(5)
    timeline = exchange_sessions()
    moods = draw_moods(len(timeline), moods_rng)
    draws = draw_posts(moods, timeline, posts_rng)
    shares = count_shares(draws)
    bars = draw_bars(draw_returns(moods, shares, market_rng), shares, market_rng)
    messages = write_messages(draws, bars, draw_authors(text_rng), text_rng)
    files, mess = _post_files(draws, messages, mess_rng)
    archive = Archive(folder)
    for part in (archive.posts, archive.prices):
        part.mkdir(parents=True, exist_ok=True)
    for number, firm in enumerate(FIRMS):
        _write_posts(archive.posts, firm.symbol, files[number], compressed=number % COMPRESSED_EVERY == 0)
        _write_prices(archive.prices / f"{firm.symbol}.csv", timeline.dates, bars, number)
        if progress is not None:
            progress(number + 1, len(FIRMS))
    write_labels(archive, messages, draws.emotion)
    counts = _counts(draws, messages, bars) | mess
    told = {"unit": _UNIT, "definition": DEFINITION, "effects": effects(), "counts": counts}
    write_truth(archive, seed, timeline.dates, told)
    listed = "\n".join(f"| {name.replace('_', ' ')} | {count:,} |" for name, count in counts.items())
    write_if_changed(folder / "README.md", _README.format(seed=seed, definition=DEFINITION, listed=listed))
    return archive


def _post_files(
    draws: Draws, messages: Sequence[Message], rng: np.random.Generator
) -> tuple[list[list[str]], dict[str, int]]:
    """Return the lines of each firm's file, and how many are repeated, broken, or stand in two files.

    A post that names two tickers stands in both files, as in two streams; a broken line is the start of one that also
    stands whole, so no post is lost.
    """
    files: list[list[str]] = [[] for _ in FIRMS]
    for i, line in enumerate(json_lines(messages)):
        for firm in {int(draws.firm[i]), int(draws.second[i])} - {-1}:
            files[firm].append(line)
    for number in range(REPEATED_LINES + BROKEN_LINES):
        lines = files[int(rng.integers(len(files)))]
        source = int(rng.integers(len(lines)))
        line = lines[source] if number < REPEATED_LINES else lines[source][: len(lines[source]) // 2]
        lines.insert(source + 1, line)
    mess = {
        "lines": sum(map(len, files)),
        "repeated_lines": REPEATED_LINES,
        "broken_lines": BROKEN_LINES,
        "lines_of_posts_in_two_files": int((draws.second >= 0).sum()),
    }
    return files, mess


def _write_posts(folder: Path, symbol: str, lines: Iterable[str], *, compressed: bool) -> None:
    data = "".join(f"{line}\n" for line in lines).encode()
    if not compressed:
        write_if_changed(folder / f"{symbol}.jsonl", data)
        return
    packed = io.BytesIO()
    with gzip.GzipFile(filename="", mode="wb", fileobj=packed, mtime=0) as stream:
        stream.write(data)
    write_if_changed(folder / f"{symbol}.jsonl.gz", packed.getvalue())


def _write_prices(path: Path, dates: Iterable[date], bars: Bars, firm: int) -> None:
    rows = ["Date,Open,High,Low,Close,Adj Close,Volume"]
    columns = (bars.open, bars.high, bars.low, bars.close, bars.close)
    for t, day in enumerate(dates):
        rows.append(",".join([str(day), *(f"{column[firm, t]:.6f}" for column in columns), str(bars.volume[firm, t])]))
    write_if_changed(path, "\n".join(rows) + "\n")


def _counts(draws: Draws, messages: Sequence[Message], bars: Bars) -> dict[str, int]:
    return {
        "tickers": len(bars.close),
        "sessions": bars.close.shape[1],
        "posts": len(draws),
        **{f"posts_{form}": int((draws.form == number).sum()) for number, form in enumerate(FORMS)},
        **{f"posts_{emotion}": int((draws.emotion == number).sum()) for number, emotion in enumerate(EMOTIONS)},
        "posts_naming_two_tickers": int((draws.second >= 0).sum()),
        "posts_reshared": sum("reshare_message" in message for message in messages),
    }


_UNIT: Final = "basis points of open-to-close return per standard deviation of the true share of an emotion"
_README: Final = """\
# A synthetic archive

Every company, person and post here is invented; only the calendar of the New York Stock Exchange is real. Seed {seed}.

- `posts/`: messages in the format of StockTwits' API, one a line, one file a ticker
- `prices/`: daily bars; opens and closes give the open-to-close returns that the effects were planted in
- `labels.csv`: the true emotion of each post
- `truth.json`: the planted effects

{definition}

| what | how many |
|---|---:|
{listed}
"""
