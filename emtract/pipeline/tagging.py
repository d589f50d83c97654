"""A sample of the configured store, to be tagged by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emtract.pipeline.opening import open_store
from emtract.pipeline.panel import panel_options
from emtract.tagging.draw import draw_sample
from emtract.tagging.sample import write_sample

if TYPE_CHECKING:
    from pathlib import Path

    from emtract.config import Settings
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
