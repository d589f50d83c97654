"""A sample of the configured store, to be tagged by hand, and its tags beside the configured panel."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from emtract.econometrics.measurement.designed import TaggedCells, correct_by_tags
from emtract.econometrics.outcomes import without_effects
from emtract.econometrics.regression.spec import Spec
from emtract.panel.frame import ENTITY, TIME
from emtract.pipeline.opening import open_store
from emtract.pipeline.panel import build_panel, panel_options
from emtract.tagging.answers import load_tags
from emtract.tagging.cells import tagged_cells
from emtract.tagging.differential import differential_error
from emtract.tagging.draw import draw_sample
from emtract.tagging.sample import read_sample, write_sample

if TYPE_CHECKING:
    from pathlib import Path

    from emtract.config import Settings
    from emtract.econometrics.measurement.designed import Tagged
    from emtract.panel.frame import Window
    from emtract.tagging.differential import DifferentialError
    from emtract.tagging.sample import Sample


def draw_tags(settings: Settings, folder: Path, *, n: int, seed: int, scorer: str | None = None) -> Sample:
    """Draw a sample of the texts behind the configured panel, and write it.

    Parameters
    ----------
    settings
        Which store, and how posts become firm-sessions.
    folder
        Made where it is missing.
    n, seed
        See `emtract.tagging.draw.draw_sample`.
    scorer
        Whose readings, by the name in the store; None for the configured scorer's.

    Raises
    ------
    PanelError, SourceError
        See `draw_sample` and `emtract.tagging.sample.write_sample`.
    """
    with open_store(settings, read_only=True) as store:
        sample, posts = draw_sample(store, panel_options(settings, store, scorer=scorer), n=n, seed=seed)
    return write_sample(folder, sample, posts)


def measure_errors(settings: Settings, folder: Path, *, y: str) -> tuple[Sample, DifferentialError]:
    """Test whether misreading goes with an outcome of the configured panel, less effects of firms and sessions.

    Parameters
    ----------
    settings
        Which store, and how posts become firm-sessions.
    folder
        Of a sample that was tagged.
    y
        Column of the panel.

    Raises
    ------
    PanelError, SourceError, SpecError, EstimationError
        The folder holds no tags, the store no scores of the sample's scorer, or the panel no such outcome.
    """
    sample = read_sample(folder)
    tags = load_tags(folder)
    with open_store(settings, read_only=True) as store:
        panel = build_panel(settings, store, scorer=sample.scorer, revision=sample.revision)
    return sample, differential_error(sample, tags, without_effects(panel, y))


def measure_slopes(
    settings: Settings, folder: Path, *, y: str, x: tuple[str, ...], window: Window
) -> tuple[Sample, Tagged]:
    """Regress an outcome of the configured panel on moods as taggers would have them, within firms and sessions.

    Parameters
    ----------
    settings
        Which store, and how posts become firm-sessions; distinct texts count alike, without their writers' tags,
        as they were drawn.
    folder
        Of a sample that was tagged.
    y
        Column of the panel.
    x
        Emotions, or valence.
    window
        Whose cells: a regression of both takes tags of both.

    Raises
    ------
    PanelError, SourceError, SpecError, EstimationError
        As `measure_errors`; or fewer than 30 cells of the regression have tags.
    """
    sample = read_sample(folder)
    cells = tagged_cells(sample, load_tags(folder), window)
    of_texts = msgspec.structs.replace(settings.panel, weights="distinct_text", tags="ignore")
    alike = msgspec.structs.replace(settings, panel=of_texts)
    with open_store(settings, read_only=True) as store:
        panel = build_panel(alike, store, scorer=sample.scorer, revision=sample.revision, noise=True)
    clusters = (ENTITY, TIME)
    spec = Spec(
        y=y,
        x=tuple(f"{name}_{window}" for name in x),
        effects=clusters,
        covariance="clustered",
        clusters=clusters,
        small_sample="fixest",
        standardise=tuple(f"{name}_{window}" for name in x),
        y_scale=1e4,
    )
    keys, apart, products, joint = cells
    return sample, correct_by_tags(spec, panel, TaggedCells(keys, window, apart, products, joint))
