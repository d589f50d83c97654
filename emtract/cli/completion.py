"""What the shell completes besides verbs and options: studies, models, columns. What cannot be read completes nothing."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import typer  # noqa: TC002 - the shell's completion reads it

if TYPE_CHECKING:
    from collections.abc import Iterable


def complete_study(context: typer.Context, incomplete: str) -> list[str]:
    """Names of shipped studies and of those that the configuration lists."""
    from emtract.config import load_settings
    from emtract.pipeline.studies import own_studies
    from emtract.study.find import list_studies

    own: Iterable[str] = ()
    with suppress(Exception):
        own = own_studies(load_settings(context.params.get("config") or "emtract.toml"))
    return _beginning(incomplete, (*own, *list_studies()))


def complete_model(incomplete: str) -> list[str]:
    """Names of shipped models and baselines."""
    from emtract.model.registry import BASELINES, known_models

    return _beginning(incomplete, (*known_models(), *BASELINES))


def complete_column(incomplete: str) -> list[str]:
    """Names of columns that every panel has."""
    from emtract.pipeline.codebook import known_columns

    return _beginning(incomplete, known_columns().names)


def _beginning(incomplete: str, names: Iterable[str]) -> list[str]:
    return [name for name in dict.fromkeys(names) if name.startswith(incomplete)]
