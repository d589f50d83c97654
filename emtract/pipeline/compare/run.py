"""Several instruments side by side on one store: where they agree, text by text, firm-session by firm-session, study by study."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import polars as pl

from emtract.config import ModelSettings
from emtract.econometrics.measurement.instruments import compare_means
from emtract.emotions import EMOTIONS
from emtract.errors import ModelError, PanelError, ReportError
from emtract.model.comparisons import traits
from emtract.model.pairs import LEAST, compare_pairs, confusions
from emtract.model.registry import LLM, load_scorer
from emtract.panel.firm_sessions import FirmSessions
from emtract.panel.requests import SampleBuilder
from emtract.pipeline.compare.headlines import headlines
from emtract.pipeline.compare.instruments import find_instruments
from emtract.pipeline.compare.leaderboard import rank_scorers
from emtract.pipeline.evaluation import read_posts
from emtract.pipeline.opening import named_scorer, open_store, silent
from emtract.pipeline.pages import find_origin
from emtract.pipeline.panel import panel_options
from emtract.report.compare.found import Comparison, Instrument
from emtract.report.compare.page import write_comparison
from emtract.text import CLEANER_VERSION

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from emtract.config import Settings
    from emtract.model import Scorer
    from emtract.model.evaluate import Probabilities
    from emtract.options import PanelOptions
    from emtract.panel.frame import Panel
    from emtract.pipeline.compare.leaderboard import LabelledFile
    from emtract.pipeline.opening import Progress
    from emtract.store import Store

#: Distinct texts that are drawn where nobody says how many, and the seed of the draw.
SAMPLE: Final = 20_000
SEED: Final = 0
#: Folder of the page in the folder of the report.
COMPARE: Final = "compare"
#: Kind of text -> the level of its slice.
_KINDS: Final = {"words": "words", "emoji_only": "emojis only", "placeholder_only": "cashtags and links only"}


def compare(
    settings: Settings | None,
    scorers: Sequence[str],
    *,
    studies: Sequence[str] = (),
    sample: int = SAMPLE,
    seed: int = SEED,
    files: Sequence[LabelledFile] = (),
    labels: str | None = None,
    taxonomy: str | None = None,
    output: Path | None = None,
    progress: Progress | None = None,
) -> tuple[Comparison, Path | None]:
    """Compare scorers on the store of the settings, on labelled files, or on both, and write the page.

    Parameters
    ----------
    settings
        None where there is no store: only the files are read.
    scorers, studies, sample, seed, progress
        See `compare_scorers`; the study `all` stands for every study of the configuration.
    files, labels, taxonomy
        See `emtract.pipeline.compare.leaderboard.rank_scorers`.
    output
        Folder of the page; None for `compare` in the folder of the report, and for no page where there are no settings.

    Returns
    -------
    tuple
        What was found, and the page.

    Raises
    ------
    EmtractError
        See `compare_scorers` and `rank_scorers`.
    """
    folder = output
    if output is not None and output.is_file():
        raise ReportError(f"cannot write {output}: it is a file; name a folder with -o")
    # What is named wrongly is told before anything is computed.
    board = None
    if files:
        options = ModelSettings() if settings is None else settings.model
        board = rank_scorers(
            [_reader(name, options) for name in scorers], files, labels=labels, taxonomy=taxonomy, progress=progress
        )
    found, origin = Comparison(), None
    if settings is not None:
        named = [own for name in studies for own in (settings.studies if name == "all" else (name,))]
        folder = output or settings.resolve(settings.report.folder) / COMPARE
        with open_store(settings, read_only=True) as store:
            found = compare_scorers(
                settings, store, scorers, studies=named, sample=sample, seed=seed, progress=progress
            )
            origin = find_origin(settings, store)
    found = replace(found, leaderboard=board)
    if folder is None:
        return found, None
    notice = None if settings is None else settings.report.notice
    return found, write_comparison(found, folder, provenance=origin, notice=notice)


def _reader(name: str, options: ModelSettings) -> Scorer:
    """Load a scorer that reads texts here; raises `ModelError` where it is of another revision than was asked for."""
    scorer, _, revision = name.partition("@")
    found = named_scorer(scorer, options) if scorer.startswith(LLM) else load_scorer(scorer, threads=options.threads)
    if revision and revision != found.revision:
        raise ModelError(
            f"{name} is not installed, {scorer}@{found.revision} is: labelled files are read by what is installed"
        )
    return found


def compare_scorers(
    settings: Settings,
    store: Store,
    scorers: Sequence[str],
    *,
    studies: Sequence[str] = (),
    sample: int = SAMPLE,
    seed: int = SEED,
    progress: Progress | None = None,
) -> Comparison:
    """Compare what several scorers read in a store, which stays as it is.

    Parameters
    ----------
    settings
        Samples and studies, and how scorers compute.
    store
        It may be open to read.
    scorers
        Names, or NAME@REVISION of scores that the store holds. A scorer that the store holds no scores of reads the sampled
        texts on the spot.
    studies
        Whose headlines are estimated under each scorer that has read all posts.
    sample, seed
        Distinct texts to draw, and the seed of the draw.
    progress
        Called with (what, done, total).

    Raises
    ------
    ModelError
        A scorer is unknown, lacks its package, or is named twice; or fewer than `LEAST` texts were read by all.
    PanelError, StudyError
        The store holds no cleaned text, or a study does not load.
    """
    if sample < LEAST:
        raise ModelError(f"--sample {sample} is too few to compare scorers on: draw {LEAST} texts or more")
    report = progress or silent
    found = find_instruments(settings, store, scorers)
    posts = _draw(store, found, sample, seed)
    readings = {one.name: _read(settings, store, one, posts["body"].to_list(), report) for one in found}
    together = int(np.isfinite(np.stack(list(readings.values()))).all(axis=(0, 2)).sum())
    if together < LEAST:
        raise ModelError(
            f"{together} of {posts.height:,} sampled texts were read by all of {', '.join(readings)}, and {LEAST} are needed: "
            "score more posts, or leave a scorer out"
        )
    blind = [one.name for one in found if one.valence_only]
    whole = [one for one in found if one.whole]
    builders = {one.name: SampleBuilder(store, _options(settings, store, one)) for one in whole}
    panels, why = _panels(builders, report)
    return Comparison(
        instruments=found,
        texts=posts.height,
        of=int(posts["of"][0]),
        seed=seed,
        pairs=compare_pairs(readings, _groups(posts), valence_only=blind),
        confusions=confusions(readings, valence_only=blind),
        means=compare_means(panels, valence_only=blind),
        headlines=headlines(settings, builders, studies, valence_only=blind, progress=progress),
        notes=tuple(_notes(found, why, readings)),
    )


def _draw(store: Store, found: Sequence[Instrument], sample: int, seed: int) -> pl.DataFrame:
    """Return the sampled texts as `compared_posts` has them."""
    cleaner = next((one.cleaner for one in found if one.posts), CLEANER_VERSION)
    store.run("scoring/compared", cleaner=cleaner, sample=sample, seed=seed)
    posts = store.query("scoring/compared_posts")
    if posts.is_empty():
        raise PanelError("the store holds no cleaned text to compare scorers on: run `emtract score`")
    return posts


def _read(settings: Settings, store: Store, one: Instrument, bodies: list[str], report: Progress) -> Probabilities:
    """Probabilities of the sampled texts, shape (n, 7): from the store, or read now; NaN where there is none."""
    if not one.posts:
        return read_posts(named_scorer(one.scorer, settings.model), bodies, report)
    stored = store.query("scoring/compared_scores", **one.key)
    return stored.select(EMOTIONS).to_numpy().astype(np.float64)


def _groups(posts: pl.DataFrame) -> pl.DataFrame:
    """What makes scorers differ: length, emojis, cashtags, kind of text, year."""
    found = traits(posts["body"].to_list())
    kind = posts["kind"].replace(_KINDS).cast(pl.Enum(list(_KINDS.values())))
    return found.with_columns(kind.alias("kind of text"), posts["created_at"].dt.year().alias("year"))


def _options(settings: Settings, store: Store, one: Instrument) -> PanelOptions:
    return panel_options(settings, store, scorer=one.scorer, revision=one.revision)


def _panels(builders: dict[str, SampleBuilder], report: Progress) -> tuple[dict[str, Panel], str]:
    """Panel of each scorer, and why there is none."""
    panels: dict[str, Any] = {}
    for done, (name, builder) in enumerate(builders.items()):
        report("panels", done, len(builders))
        given, absent = builder.build({"panel": FirmSessions()})
        if absent:
            return {}, next(iter(absent.values()))
        panels |= {name: given["panel"]}
    report("panels", len(builders), len(builders))
    return panels, ""


def _notes(found: Sequence[Instrument], why: str, readings: dict[str, Probabilities]) -> list[str]:
    notes = []
    for one in found:
        if one.valence_only:
            notes.append(
                f"{one.name} tells positive from negative only: its labels and single emotions are not compared"
            )
        if not one.posts:
            notes.append(
                f"{one.name} has no scores in the store: it read the sampled texts just now, and studies need all posts: list it "
                "under also in [model] and run `emtract score`"
            )
        elif not one.whole:
            notes.append(f"{one.name} has read {one.posts:,} posts and not all: no study is estimated under it")
        unread = int((~np.isfinite(readings[one.name]).all(axis=1)).sum())
        if unread:
            notes.append(f"{one.name} has no score of {unread:,} sampled texts, which are left out of its pairs")
    if why:
        notes.append(f"firm-sessions are not compared: {why}")
    return notes
