"""Regressions of a study on the firm-session panel as it declares them, so that what is validated is what is reported."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING

from emtract.econometrics.regression.spec import Spec
from emtract.study import load_study

if TYPE_CHECKING:
    from emtract.econometrics.regression.spec import Engine
    from emtract.study import Study


@dataclass(frozen=True)
class Regressions(Mapping[str, Spec]):
    """Some regressions of a study by name; pyfixest gives the numbers of linearmodels in a tenth of the time."""

    study: str
    names: tuple[str, ...]
    engine: Engine = "pyfixest"

    def __getitem__(self, name: str) -> Spec:
        spec = declared(self.study).specs[name] if name in self.names else None
        if not isinstance(spec, Spec):
            raise KeyError(name)
        return replace(spec, engine=self.engine)

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)

    def __len__(self) -> int:
        return len(self.names)


@cache
def declared(name: str) -> Study:
    """Return a study that ships; its file is read once, when first asked for."""
    return load_study(name)
