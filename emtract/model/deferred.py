"""A scorer that says who it is without being loaded: most runs only ask whether there is something to score."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from emtract.model.registry import (
    BASELINES,
    EXACT,
    HUGGINGFACE,
    check_device,
    load_scorer,
    model_folder,
)
from emtract.text import Cleaner

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl

    from emtract.model.registry import Device
    from emtract.model.scorer import Scorer, Scores


@dataclass(frozen=True, eq=False)
class DeferredScorer:
    """A scorer by name, loaded at the first text; its name and revision come from its card, and are those it has when loaded.

    Attributes
    ----------
    given
        See `load_scorer`, as for the other options.
    cleaner
        That of the rules alone, as every stored score has it.
    """

    given: str
    threads: int | None = None
    batch_tokens: int | None = None
    device: Device = "cpu"
    cleaner: Cleaner = field(default_factory=Cleaner)

    def __post_init__(self) -> None:
        check_device(self.given, self.device)

    @property
    def name(self) -> str:
        """Name of the model."""
        return self._identity[0]

    @property
    def revision(self) -> str:
        """Digest or version that changes whenever a score may."""
        return self._identity[1]

    def score(self, texts: Sequence[str]) -> Scores:
        """Score cleaned texts."""
        return self._loaded.score(texts)

    def predict(self, posts: Sequence[str]) -> pl.DataFrame:
        """Clean and score raw posts."""
        return self._loaded.predict(posts)

    @cached_property
    def _identity(self) -> tuple[str, str]:
        return identify(self.given)

    @cached_property
    def _loaded(self) -> Scorer:
        return load_scorer(
            self.given, threads=self.threads, batch_tokens=self.batch_tokens, cleaner=self.cleaner, device=self.device
        )


def identify(name: str) -> tuple[str, str]:
    """Return the name and revision under which a scorer's scores are stored, without loading it.

    Raises
    ------
    ModelError
        No model has this name, a file of it is damaged, it was made for another cleaner, or its package is missing.
    """
    if name.startswith(HUGGINGFACE):
        from emtract.model.huggingface import published_revision

        return name, published_revision(name.removeprefix(HUGGINGFACE))
    if name in BASELINES:
        from emtract.model.lexical import instrument_revision

        return name, instrument_revision(name)
    from emtract.model.card import read_card

    card = read_card(model_folder(name))
    return EXACT if name == EXACT else card.name, card.revision
