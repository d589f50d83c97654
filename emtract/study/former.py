"""Modules that study files of earlier versions import by other names than today's."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

_ECONOMETRICS: Final = {
    "calendar_time": "portfolio.calendar_time",
    "contrast": "analyses.contrast",
    "curve": "analyses.curve.analysis",
    "curve_grid": "analyses.curve.grid",
    "events": "analyses.event_study",
    "famamacbeth": "analyses.fama_macbeth",
    "garch": "analyses.garch.analysis",
    "groups": "analyses.high_low",
    "hours": "analyses.hourly_mood",
    "multiple": "analyses.family",
    "portfolio.finding": "portfolio.summary",
    "portfolio.signals": "portfolio.sort",
    "portfolio_signals": "portfolio.sort",
    "portfolios": "portfolio.sort",
    "projections": "analyses.projections",
    "spec": "regression.spec",
    "unusual": "analyses.unusual_days",
    "vector": "analyses.vector.analysis",
}
#: Former name of a module -> the module that defines the same names.
FORMER: Final = {f"emtract.econometrics.{old}": f"emtract.econometrics.{new}" for old, new in _ECONOMETRICS.items()}
FORMER["emtract.panel.posts"] = "emtract.posts"

#: Module -> the module where some of its names stand today, and those names.
MOVED: Final = {
    "emtract.panel.derive": ("emtract.panel.placebos", ("OtherFirms", "Shuffled")),
    "emtract.panel.ipos": ("emtract.panel.aftermath", ("IpoDays", "IpoMonths")),
    "emtract.panel.requests": ("emtract.panel.firm_sessions", ("FIRM_SESSIONS", "FirmSessions")),
}


def admit(names: Iterable[str]) -> None:
    """Let modules that have another name today, and names that stand elsewhere, be imported as before."""
    for name in names:
        if name in FORMER:
            sys.modules.setdefault(name, import_module(FORMER[name]))
        elif name in MOVED:
            module, taken = MOVED[name]
            vars(import_module(name)).update({each: getattr(import_module(module), each) for each in taken})
