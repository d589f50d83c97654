"""Text -> scores: the `Scorer` protocol, the shipped ONNX model, any transformers model; imports wait for their use."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from emtract.model.files import PredictReport, predict_file
    from emtract.model.registry import known_models, load_scorer
    from emtract.model.scorer import PREDICTION_COLUMNS, Scorer, Scores

_HOMES: Final[dict[str, str]] = {
    "PREDICTION_COLUMNS": "scorer",
    "PredictReport": "files",
    "Scorer": "scorer",
    "Scores": "scorer",
    "known_models": "registry",
    "load_scorer": "registry",
    "predict_file": "files",
}

__all__ = ["PREDICTION_COLUMNS", "PredictReport", "Scorer", "Scores", "known_models", "load_scorer", "predict_file"]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
