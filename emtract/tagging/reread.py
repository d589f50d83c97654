"""Tags that outlive a scorer: the tagged texts read again by another one, and how a scorer misreads as tags show it."""

from __future__ import annotations

import json
from io import BytesIO
from typing import TYPE_CHECKING

import msgspec
import numpy as np
import polars as pl

from emtract.atomic import write_if_changed
from emtract.emotions import EMOTIONS
from emtract.errors import SourceError
from emtract.misreading import KEY, Misreading, misreading_of
from emtract.tagging.answers import TAGS, load_tags
from emtract.tagging.sample import read_posts, read_sample, write_sample

if TYPE_CHECKING:
    from pathlib import Path

    from emtract.misreading import Grain
    from emtract.model import Scorer
    from emtract.tagging.sample import Sample


def reread_sample(folder: Path, output: Path, scorer: Scorer) -> tuple[Sample, pl.DataFrame]:
    """Read the texts of a tagged sample again with another scorer, and write sample, posts and tags to another folder.

    Parameters
    ----------
    folder
        Of a sample whose tags were read; it stays as it is.
    output
        Made where it is missing.
    scorer
        Whose readings take the place of the draw's; chances, cells and tags stay.

    Returns
    -------
    tuple
        The sample, and its tags as `emtract.tagging.answers.load_tags` gives them.

    Raises
    ------
    SourceError
        The folder holds no tags, or not the posts that were drawn; the scorer could not read one of them; or the output is the
        folder, or holds another sample.
    """
    if output.resolve() == folder.resolve():
        raise SourceError(f"{folder} holds the first readings, which would be lost: name another folder with -o")
    sample, tags = read_sample(folder), load_tags(folder)
    posts = read_posts(folder, sample)
    if posts.keys() != set(sample.keys):
        raise SourceError(f"the posts of {folder} are not its sample: draw it again, with the same seed and store")
    read = scorer.predict([posts[key] for key in sample.keys]).select(pl.col(EMOTIONS).cast(pl.Float64))
    if unread := int(read[EMOTIONS[0]].is_null().sum()):
        raise SourceError(
            f"{scorer.name}@{scorer.revision} gave {unread:,} of {read.height:,} texts no score, and a sample has a reading of "
            "each: name a scorer that reads every text"
        )
    told = msgspec.structs.replace(
        sample,
        scorer=scorer.name,
        revision=scorer.revision,
        cleaner=scorer.cleaner.version,
        readings=dict(zip(sample.keys, read.rows(), strict=True)),
    )
    written = write_sample(output, told, posts)
    again = tags.drop(EMOTIONS).join(read.with_columns(text_key=pl.Series(sample.keys)), on="text_key", how="left")
    again = again.select(tags.columns)
    table = BytesIO()
    again.write_parquet(table)
    write_if_changed(output / TAGS, table.getvalue())
    return written, again


def misreading_of_tags(sample: Sample, tags: pl.DataFrame, *, grain: Grain = "emotion") -> Misreading:
    """Measure how the scorer of a sample misreads the archive it was drawn from.

    Parameters
    ----------
    sample
        Which texts were drawn.
    tags
        As `emtract.tagging.answers.load_tags` gives them.
    grain
        `valence`: of three classes of valence, where too few texts are tagged for seven emotions.

    Notes
    -----
    Cells were drawn by what the scorer read in them, so that each text counts by one over its chance; of several tags of a text
    each counts by its share, and those that agree are one text, not several.
    """
    told = tags.drop_nulls("label").with_columns(share=pl.col("weight") / pl.len().over("text_key"))
    if told.is_empty():
        raise SourceError("no text of this sample has a tag: read the tags of your taggers with `emtract tag read`")
    labels = told["label"].replace_strict({e: j for j, e in enumerate(EMOTIONS)}, return_dtype=pl.Int64).to_numpy()
    texts, taggers = told["text_key"].n_unique(), told["tagger"].n_unique()
    return misreading_of(
        told.select(EMOTIONS).to_numpy().astype(np.float64),
        labels,
        scorer=sample.scorer,
        revision=sample.revision,
        how=f"on {texts:,} texts drawn from the archive by known chances and tagged by hand (taggers: {taggers})",
        weights=told["share"].to_numpy(),
        posts=told["text_key"].rank("dense").cast(pl.Int64).to_numpy(),
        grain=grain,
    )


def write_card(folder: Path, output: Path, *, grain: Grain = "emotion") -> Misreading:
    """Measure how the scorer of a tagged sample misreads, write it as JSON, and return it; raises as `misreading_of_tags`.

    Parameters
    ----------
    folder
        Of a sample whose tags were read.
    output
        The JSON file.
    grain
        As in `misreading_of_tags`.
    """
    found = misreading_of_tags(read_sample(folder), load_tags(folder), grain=grain)
    write_if_changed(output, (json.dumps({KEY: found.to_plain()}, indent=1) + "\n").encode())
    return found
