"""Files that taggers saved -> tags, with every answer that cannot be used."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from contextlib import suppress
from dataclasses import dataclass, replace
from io import BytesIO
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from emtract.atomic import write_if_changed
from emtract.emotions import EMOTIONS
from emtract.errors import SourceError
from emtract.spelling import typed
from emtract.tagging.sample import read_posts, read_sample

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from emtract.tagging.sample import Sample

#: What a file of answers says it is.
FORMAT: Final = "emtract tags"
VERSION: Final = 1
#: The answer of who cannot tell.
UNTOLD: Final = "cannot tell"
#: Files beside the sample: the tags, and answers that are none.
TAGS: Final = "tags.parquet"
BAD: Final = "bad_answers.csv"
#: Tags of an emotion below which little can be said of it.
LEAST: Final = 30
_ANSWERS: Final = dict.fromkeys(("text_key", "tagger", "label"), pl.String)
_BAD: Final = dict.fromkeys(("file", "tagger", "text_key", "label", "reason"), pl.String)


@dataclass(frozen=True)
class Tags:
    """What taggers answered.

    Attributes
    ----------
    frame
        A row a text and tagger: text_key, tagger, label (null: cannot tell), weight (what the text stands for; see
        `emtract.tagging.sample.Sample.weights`), and the scorer's seven probabilities.
    bad
        Answers that do not count: file, tagger, text_key, label, reason.
    notes
        What must be known of them, a sentence each.
    """

    frame: pl.DataFrame
    bad: pl.DataFrame
    notes: tuple[str, ...]


@dataclass(frozen=True)
class _File:
    """One file of answers: its name, whose they are, and each answer as it stands there."""

    name: str
    tagger: str
    answers: list[Any]
    count: Any


def read_tags(folder: Path, files: Sequence[Path]) -> Tags:
    """Read files of answers, write `tags.parquet` and `bad_answers.csv` beside the sample, and return what they hold.

    Parameters
    ----------
    folder
        Of `emtract tag draw`.
    files
        What pages saved; one tagger may have saved several.

    Raises
    ------
    SourceError
        A file is not whole, is no file of answers, or belongs to another sample; or the sample was changed.
    """
    sample = read_sample(folder)
    tags = collect_tags(sample, [_read(path, sample) for path in files])
    tags = replace(tags, notes=(*tags.notes, *_of_others(folder, tags.frame)))
    table = BytesIO()
    tags.frame.write_parquet(table)
    write_if_changed(folder / BAD, tags.bad.write_csv())  # first: no tags without what was left out of them
    write_if_changed(folder / TAGS, table.getvalue())
    return tags


def load_tags(folder: Path) -> pl.DataFrame:
    """Return the tags that `read_tags` wrote into a folder.

    Raises
    ------
    SourceError
        There are none, or they cannot be read.
    """
    path = folder / TAGS
    if not path.is_file():
        raise SourceError(
            f"there are no tags in {folder}: read the tags of your taggers with `emtract tag read {typed(folder)} FILES`"
        )
    try:
        return pl.read_parquet(path, glob=False)
    except (pl.exceptions.PolarsError, OSError) as error:
        raise SourceError(f"{path} is damaged: read the taggers' files again with `emtract tag read`") from error


def write_labels(folder: Path, output: Path) -> pl.DataFrame:
    """Write what was tagged as labelled posts, for `emtract model adapt` and `emtract model evaluate`; return the rows.

    Parameters
    ----------
    folder
        Of a sample whose tags were read.
    output
        CSV: text, label, tagger and weight, a row a text and tagger; texts that could not be told are left out.

    Raises
    ------
    SourceError
        There are no tags, or none that tells an emotion, the posts are gone, or the sample was changed.
    """
    posts = read_posts(folder, read_sample(folder))
    told = load_tags(folder).drop_nulls("label")
    if told.is_empty():
        raise SourceError(f"no text of {folder} has a tag: read the tags of your taggers with `emtract tag read`")
    texts = pl.Series("text", [posts[key] for key in told["text_key"]], dtype=pl.String)
    rows = told.select(texts, "label", "tagger", "weight")
    write_if_changed(output, rows.write_csv().encode())
    return rows


def _read(path: Path, sample: Sample) -> _File:
    if not path.is_file():
        raise SourceError(f"there is no file {path}: name files that pages of `emtract tag page` saved")
    try:
        told = json.loads(path.read_bytes())
    except (ValueError, RecursionError) as error:
        raise SourceError(
            f"{path} is cut off or was edited, so that it is no JSON any more ({error}): save it again from the page"
        ) from error
    if not isinstance(told, dict) or told.get("format") != FORMAT or not isinstance(told.get("answers"), list):
        raise SourceError(f"{path} is no file of answers: name files that pages of `emtract tag page` saved")
    if told.get("version") != VERSION:
        raise SourceError(f"{path} was saved by a page of a newer emtract: upgrade emtract")
    if told.get("digest") != sample.digest:
        raise SourceError(
            f"{path} belongs to another sample ({str(told.get('digest'))[:8]}, not {sample.digest[:8]}), or its digest was "
            "edited: read it with the folder that its page came from"
        )
    tagger = told.get("tagger")
    if not isinstance(tagger, str) or not tagger.strip():
        raise SourceError(f'{path} does not say whose answers it holds: write a name after "tagger"')
    return _File(path.name, tagger.strip(), told["answers"], told.get("count"))


def collect_tags(sample: Sample, files: Sequence[_File]) -> Tags:
    """Bring the answers of files together: each tagger's one answer a text, the others counted and listed.

    Parameters
    ----------
    sample
        What was drawn.
    files
        In any order: the result is the same.
    """
    rows, bad = [], []
    for file in files:
        for row in _answers(file):
            reason = _fault(sample, row)
            rows += [] if reason else [row]
            bad += [{**row, "reason": reason}] if reason else []
    given: dict[tuple[str, str], dict[str, list[dict[str, str]]]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        given[row["tagger"], row["text_key"]][row["label"]].append(row)
    kept = []
    for (tagger, key), labels in given.items():
        if len(labels) > 1:
            bad += [{**row, "reason": "answered in two ways"} for of in labels.values() for row in of]
        else:
            kept.append((key, tagger, next(iter(labels))))
    listed = pl.DataFrame(bad, schema=_BAD).sort(list(_BAD))
    frame = _with_design(sample, pl.DataFrame(kept, schema=_ANSWERS, orient="row"))
    return Tags(frame, listed, (*_of_files(files, listed), *_of_taggers(sample, frame)))


def _answers(file: _File) -> Iterator[dict[str, str]]:
    """Key and label of each answer as text, whatever stands there."""
    for answer in file.answers:
        pair = answer if isinstance(answer, list) and len(answer) == 2 else (answer, "")
        key, label = (part if isinstance(part, str) else json.dumps(part) for part in pair)
        yield {"file": file.name, "tagger": file.tagger, "text_key": key, "label": label}


def _fault(sample: Sample, row: Mapping[str, str]) -> str | None:
    if row["text_key"] not in sample.readings:
        return "no text of this sample"
    return None if row["label"] in (*EMOTIONS, UNTOLD) else "no such label"


def _with_design(sample: Sample, answers: pl.DataFrame) -> pl.DataFrame:
    weights = sample.weights()
    texts = pl.DataFrame(
        [(key, weights[key], *reading) for key, reading in sample.readings.items()],
        schema={"text_key": pl.String, "weight": pl.Float64} | dict.fromkeys(EMOTIONS, pl.Float64),
        orient="row",
    )
    told = answers.join(texts, on="text_key", how="left").with_columns(pl.col("label").replace(UNTOLD, None))
    return told.sort("text_key", "tagger")


def _of_files(files: Sequence[_File], bad: pl.DataFrame) -> Iterator[str]:
    for file in files:
        if file.count != len(file.answers):
            yield (
                f"{file.name} says that it holds {file.count} answers and holds {len(file.answers):,}: it was edited; what it "
                "holds is read"
            )
    for reason, count in sorted(Counter(bad["reason"]).items()):
        yield f"{f'{count:,} answers do' if count > 1 else '1 answer does'} not count ({reason}): see {BAD}"
    split = bad.filter(pl.col("reason") == "answered in two ways")
    for (tagger,), rows in split.group_by("tagger", maintain_order=True):
        where = ", ".join(rows["file"].unique().sort())
        yield (
            f"{tagger} answers {rows['text_key'].n_unique():,} texts in two ways ({where}): leave the earlier file out, or, "
            'if two people used this name, give one of them another after "tagger"'
        )


def _of_others(folder: Path, frame: pl.DataFrame) -> Iterator[str]:
    """Name the taggers whose tags were read before and are not among those that take their place."""
    with suppress(SourceError):
        if gone := sorted(set(load_tags(folder)["tagger"]) - set(frame["tagger"])):
            yield f"tags of {', '.join(gone)} were read before and do not count any more: name the files of all taggers at once"


def _of_taggers(sample: Sample, frame: pl.DataFrame) -> Iterator[str]:
    texts = len(sample.keys)
    for (tagger,), rows in frame.group_by("tagger", maintain_order=True):
        told = rows["label"].count()
        yield f"{tagger}: {rows.height:,} of {texts:,} texts, {rows.height - told:,} of them cannot be told"
    if frame["tagger"].n_unique() == 1:
        yield "one tagger only: how far people agree cannot be told; have a second one tag the same sample"
    counts = Counter(frame["label"].drop_nulls())
    if few := [f"{emotion} ({counts[emotion]})" for emotion in EMOTIONS if counts[emotion] < LEAST]:
        yield f"fewer than {LEAST} tags: {', '.join(few)}; little can be said of these emotions"
