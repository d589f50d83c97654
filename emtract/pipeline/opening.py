"""What the settings name, opened: the store and the scorer; and how a stage tells its progress."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from emtract.model.card import CARD
from emtract.model.registry import LLM, DeferredScorer, is_shipped, load_scorer
from emtract.scoring.imported import find_imported
from emtract.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable

    from emtract.config import ModelSettings, Settings
    from emtract.model import Scorer

    #: Called with (what, done, total); the CLI draws a bar of it.
    Progress = Callable[[str, int, int], None]


def silent(what: str, done: int, total: int) -> None:
    """Report no progress.

    Parameters
    ----------
    what
        Name of the stage.
    done, total
        Its steps done, and its steps in all.
    """
    del what, done, total


def open_store(settings: Settings, *, read_only: bool = False) -> Store:
    """Open the store that the settings name; its folder is made where it is missing."""
    path = settings.resolve(settings.store.path)
    if not read_only:
        path.parent.mkdir(parents=True, exist_ok=True)
    return Store.open(
        path, read_only=read_only, memory_limit=settings.store.memory_limit, threads=settings.store.threads
    )


def open_scorer(settings: Settings, store: Store | None = None, *, name: str | None = None) -> Scorer:
    """Return the scorer that the settings name, or another one, which is loaded at the first text that it scores.

    Parameters
    ----------
    settings
        Its section `[model]`.
    store
        Where a name may stand for scores that a file has brought; None where no such name will do.
    name
        Another scorer, computing as the settings say; None for the one that they name.
    """
    asked = name or settings.model.name
    if store is not None and (imported := find_imported(store, asked)):
        return imported
    return named_scorer(name or configured_model(settings, asked), settings.model)


def configured_model(settings: Settings, name: str) -> str:
    """Return a scorer's name in the configuration as seen from the working directory: a model folder may lie beside the file."""
    folder = settings.resolve(name)
    return str(folder) if not is_shipped(name) and (folder / CARD).is_file() else name


def loaded(model: str | Path | Scorer) -> Scorer:
    """Return a scorer, loaded where only its name is given."""
    return load_scorer(model) if isinstance(model, str | Path) else model


def named_scorer(name: str, options: ModelSettings) -> Scorer:
    """Return a scorer by name, computing as the settings say; it loads, or asks, nothing before its first text."""
    if name.startswith(LLM):
        return load_scorer(name, threads=options.threads, device=options.device, llm=options.llm)
    return DeferredScorer(name, threads=options.threads, batch_tokens=options.batch_tokens, device=options.device)
