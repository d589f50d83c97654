"""Scorers by name: the shipped models, a folder, or a transformers model."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Final

from emtract.errors import ModelError
from emtract.model.card import CARD, read_card

if TYPE_CHECKING:
    from collections.abc import Mapping

    from emtract.emotions import Emotion
    from emtract.model.scorer import Scorer
    from emtract.text import Cleaner

HUGGINGFACE: Final = "hf:"
#: The weights of `default` in fp32 arithmetic, under a name of their own because their scores differ.
EXACT: Final = "exact"
DEFAULT_BATCH_TOKENS: Final = 1024


def shipped_folder(name: str) -> Path:
    """Folder of a shipped model, whether or not it exists."""
    return Path(str(files("emtract.model"))) / "weights" / name


def known_models() -> tuple[str, ...]:
    """Names of the shipped models."""
    return tuple(sorted([EXACT, *(path.parent.name for path in shipped_folder("").glob(f"*/{CARD}"))]))


def load_scorer(
    name: str | Path = "default",
    *,
    threads: int | None = None,
    batch_tokens: int = DEFAULT_BATCH_TOKENS,
    cleaner: Cleaner | None = None,
    label_map: Mapping[str, Emotion] | None = None,
) -> Scorer:
    """Load a scorer.

    Parameters
    ----------
    name
        A shipped model (`known_models`), the path of a folder written by `emtract model train`, or `hf:` and the name
        or path of a transformers model for text classification.
    threads
        Threads of the matrix products; None takes one for each core. Models named `hf:` keep torch's own setting.
    batch_tokens
        Tokens in one batch, padding included.
    cleaner
        A cleaner with a list of known symbols; None takes the rules alone.
    label_map
        For `hf:` only: the model's labels -> emotions; needed where its labels are not the seven themselves.

    Raises
    ------
    ModelError
        No model has this name, a file of it is damaged, or it was made for another cleaner.
    """
    if isinstance(name, str) and name.startswith(HUGGINGFACE):
        from emtract.model.huggingface import HuggingFaceScorer

        return HuggingFaceScorer(
            name.removeprefix(HUGGINGFACE), label_map=label_map, batch_tokens=batch_tokens, cleaner=cleaner
        )
    if label_map is not None:
        raise ModelError(f"label_map is for models named {HUGGINGFACE}NAME; {name} has the seven emotions already")
    folder = _folder(name)
    if read_card(folder).kind == "static":
        from emtract.model.static import StaticScorer

        return StaticScorer(folder, cleaner=cleaner)
    from emtract.model.onnx import OnnxScorer

    scorer: Scorer = OnnxScorer(
        folder,
        threads=threads,
        batch_tokens=batch_tokens,
        cleaner=cleaner,
        arithmetic="fp32" if name == EXACT else "int8",
        name=EXACT if name == EXACT else None,
    )
    return scorer


def _folder(name: str | Path) -> Path:
    if name in known_models():
        return shipped_folder("default" if name == EXACT else str(name))
    if (path := Path(name)).is_dir():
        return path
    known = ", ".join(known_models()) or "none in this installation"
    raise ModelError(f"no model is called {str(name)!r}; known: {known}; or give a model folder, or {HUGGINGFACE}NAME")
