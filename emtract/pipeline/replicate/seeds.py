"""Which parts of a study draw random numbers, and from which seed."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING, Any

from emtract.econometrics.regression.spec import Spec

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from emtract.study import Study


def study_seeds(study: Study) -> Mapping[int, tuple[str, ...]]:
    """Return seed -> what draws from it: specs, analyses, derived columns and samples, in the order of the study."""
    found: dict[int, list[str]] = {}
    parts: dict[str, Any] = {**study.specs, **{f"sample {name}": request for name, request in study.samples.items()}}
    parts |= {f"derived column {number}: {t.describe()}": t for number, t in enumerate(study.derive, start=1)}
    for name, part in parts.items():
        for seed in sorted(set(_seeds(part))):
            found.setdefault(seed, []).append(name)
    return {seed: tuple(names) for seed, names in sorted(found.items())}


def _seeds(part: Any) -> Iterator[int]:
    """Yield the seeds of a request and of those within it; a regression draws only where it is bootstrapped."""
    if isinstance(part, Spec) and part.bootstrap == "none":
        return
    if is_dataclass(part):
        for field in fields(part):
            value = getattr(part, field.name)
            if field.name == "seed" and isinstance(value, int):
                yield value
            else:
                yield from _seeds(value)
    elif isinstance(part, (tuple, list)):
        for item in part:
            yield from _seeds(item)
    elif isinstance(part, dict):
        for item in part.values():
            yield from _seeds(item)
