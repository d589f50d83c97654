"""Scorers on the suite of behaviour: the table of `emtract model behaviour`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from emtract.errors import ModelError
from emtract.model.behaviour.suite import load_suite
from emtract.model.behaviour.table import grade_all, texts_of
from emtract.model.registry import reads_of
from emtract.model.samples import scorer_id
from emtract.pipeline.evaluation import predict_slices
from emtract.pipeline.opening import loaded, silent

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from emtract.model import Scorer
    from emtract.pipeline.opening import Progress


def grade_scorers(
    models: Sequence[str | Path | Scorer], *, cases: Path | None = None, progress: Progress | None = None
) -> pl.DataFrame:
    """Grade scorers on the shipped suite.

    Parameters
    ----------
    models
        Each a scorer, or anything that `load_scorer` takes.
    cases
        A file of checks of one's own, graded after the shipped ones.
    progress
        Called with a scorer's name, texts read and texts in all.

    Returns
    -------
    pl.DataFrame
        A row a scorer and check, see `emtract.model.behaviour.table.SCHEMA`.

    Raises
    ------
    ModelError
        A scorer is missing or damaged, or named twice.
    SourceError
        The file of cases is none.
    """
    sheets = load_suite(cases)
    texts = texts_of(sheets)
    scorers = [loaded(model) for model in models]
    names = [scorer_id(scorer) for scorer in scorers]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise ModelError(f"{', '.join(twice)} is named twice; name each scorer once")
    return pl.concat(
        grade_all(sheets, predict_slices(scorer, texts, progress or silent), scorer=name, reads=reads_of(scorer))
        for scorer, name in zip(scorers, names, strict=True)
    )
