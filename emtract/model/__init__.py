"""Text -> scores: the `Scorer` protocol, the shipped ONNX model, any transformers model; imports wait for their use."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from emtract.model.registry import known_models, load_scorer
    from emtract.model.scorer import PREDICTION_COLUMNS, Scorer, Scores

_HOMES: Final[dict[str, str]] = {
    "PREDICTION_COLUMNS": "scorer",
    "Scorer": "scorer",
    "Scores": "scorer",
    "known_models": "registry",
    "load_scorer": "registry",
}

__all__ = ["PREDICTION_COLUMNS", "Scorer", "Scores", "known_models", "load_scorer"]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
