"""A scorer as a few words that travel to another process, which loads it once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Hashable

    from emtract.model import Scorer
    from emtract.model.registry import Device


class Instrument(Protocol):
    """What can load a scorer in any process; it is pickled, and equal ones load once a process."""

    def load(self) -> Scorer:
        """Load the scorer."""

    def __hash__(self) -> int:
        """Equal instruments have equal hashes."""


@dataclass(frozen=True)
class NamedScorer:
    """A scorer by the name that `load_scorer` knows it by, and how it computes.

    Attributes
    ----------
    name
        See `load_scorer`.
    threads, batch_tokens, device
        Decide speed and memory; None takes what is usual for the scorer.
    """

    name: str = "default"
    threads: int | None = None
    batch_tokens: int | None = None
    device: Device = "cpu"

    def load(self) -> Scorer:
        """Load it; see `load_scorer` for what may go wrong."""
        from emtract.model import load_scorer

        return load_scorer(self.name, threads=self.threads, batch_tokens=self.batch_tokens, device=self.device)


def load_once(instrument: Instrument) -> Scorer:
    """Return the scorer of an instrument, loaded at its first use in this process."""
    return _loaded(instrument)


@cache
def _loaded(instrument: Hashable) -> Scorer:
    scorer: Scorer = instrument.load()  # type: ignore[attr-defined]
    return scorer
