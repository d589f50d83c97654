"""Specs of a study as it declares them, so that what is validated is what is reported."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING

from emtract.econometrics.regression.spec import Spec
from emtract.study import load_study

if TYPE_CHECKING:
    from emtract.econometrics.finding import Analysis
    from emtract.econometrics.regression.spec import Engine
    from emtract.study import Study


@dataclass(frozen=True)
class Declared(Mapping[str, "Spec | Analysis"]):
    """Some specs and analyses of a study by name; its file is read when the first of them is asked for.

    Attributes
    ----------
    study
        Name of a study that ships.
    names
        Those of its specs that a design checks.
    engine
        Library of its regressions: pyfixest gives the numbers of linearmodels in a tenth of the time.
    """

    study: str
    names: tuple[str, ...]
    engine: Engine = "pyfixest"

    def __getitem__(self, name: str) -> Spec | Analysis:
        if name not in self.names:
            raise KeyError(name)
        spec = declared(self.study).specs[name]
        return replace(spec, engine=self.engine) if isinstance(spec, Spec) else spec

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)

    def __len__(self) -> int:
        return len(self.names)


@cache
def declared(name: str) -> Study:
    """Return a study that ships, read once."""
    return load_study(name)
