"""Which labelled posts a scorer was trained on, as its card says."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Collection

    from emtract.model.card import ModelCard
    from emtract.model.scorer import Scorer

#: Parts of StockEmotions that training reads.
TRAINING_PARTS: Final = ("train", "val")


def scorer_id(scorer: Scorer) -> str:
    """Name and revision of a scorer, as pages print it."""
    return f"{scorer.name}@{scorer.revision}"


def card_of(scorer: Scorer) -> ModelCard | None:
    """Card of a scorer; None where it has none, as baselines."""
    card: ModelCard | None = getattr(scorer, "card", None)
    return card


def seen_folds(card: ModelCard | None, folds: Collection[int]) -> tuple[int, ...]:
    """Those of `folds` of the tagged sample that trained the model; all of them where its card does not say which."""
    if card is None or "tagged" not in json.dumps(dict(card.data)):
        return ()
    named = card.metrics.get("int8_by_fold") or {}
    return tuple(sorted(fold for fold in folds if not named or str(fold) in named))


def seen_stockemotions(card: ModelCard | None, part: str) -> bool:
    """Whether the model, or the teacher that it learned from, was trained on this part of StockEmotions."""
    if card is None or part not in TRAINING_PARTS:
        return False
    named = json.dumps([dict(card.data), dict(card.recipe)])
    return "stockemotions" in named or "teacher" in card.data
