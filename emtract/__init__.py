"""Investor emotions from social media: extraction, point-in-time panels, reproducible studies.

Importing the package loads nothing heavy; each name below is loaded when it is first used.

Examples
--------
>>> import emtract
>>> scorer = emtract.load_scorer("default")
>>> scores = scorer.predict(["$TSLA to the moon", "i can't watch this bleed"])
>>> scores["label"].to_list()
['happy', 'sad']
>>> emtract.explain("$TSLA to the moon", scorer).label
'happy'
>>> [name for name in emtract.list_studies() if name.startswith("daily")]
['daily_returns']
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from emtract.api import run_study
    from emtract.emotions import EMOTIONS
    from emtract.model import load_scorer
    from emtract.model.explain import explain
    from emtract.options import PanelOptions
    from emtract.panel.firm_sessions import build_panel
    from emtract.posts import BotRule, PostFilter, Split
    from emtract.store import Store
    from emtract.study import list_studies, load_study

__all__ = [
    "EMOTIONS",
    "BotRule",
    "PanelOptions",
    "PostFilter",
    "Split",
    "Store",
    "build_panel",
    "explain",
    "list_studies",
    "load_scorer",
    "load_study",
    "run_study",
]

_HOMES: Final = {
    "EMOTIONS": "emtract.emotions",
    "BotRule": "emtract.posts",
    "PanelOptions": "emtract.options",
    "PostFilter": "emtract.posts",
    "Split": "emtract.posts",
    "Store": "emtract.store",
    "build_panel": "emtract.panel.firm_sessions",
    "explain": "emtract.model.explain",
    "list_studies": "emtract.study",
    "load_scorer": "emtract.model",
    "load_study": "emtract.study",
    "run_study": "emtract.api",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'emtract' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
