"""Which part of which page is made of what."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tests.docs import (
    audits,
    codebook,
    commands,
    configuration,
    instruments,
    readings,
    reference,
    results,
    speed,
    two_archives,
    validation,
)
from tests.docs.cells import ROOT
from tests.markdown import filled

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

#: File -> the blocks that stand between its marks.
PARTS: Final[Mapping[str, Mapping[str, Callable[[], str]]]] = {
    "README.md": {
        "found": results.found,
        "counted": results.counted,
        "measured": readings.measured,
        "inside": validation.inside,
    },
    "docs/audit.md": {"audited": audits.audited},
    "docs/studies.md": {
        "primary": results.primary,
        "stocknet": results.stocknet,
        "stocktwits": results.stocktwits,
    },
    "docs/forecasts.md": {"forecasts": results.forecasts},
    "docs/scale.md": {"speeds": speed.speeds, "archives": speed.archives, "panels": speed.panels},
    "docs/inference.md": {"validation": validation.coverage},
    "docs/configuration.md": {"configuration": configuration.configuration},
    "docs/compare.md": {"instruments": instruments.instruments, "beside": instruments.beside_default},
    "docs/codebook.md": {"columns": codebook.columns, "stored": codebook.stored},
    "docs/commands.md": {"verbs": commands.options},
    "docs/reference.md": {"reference": reference.reference},
    "docs/instrument.md": {"quality": readings.quality, "tiers": readings.tiers, "tags": readings.tags},
    "docs/dimensions.md": {"dimensions": readings.dimensions, "essays": readings.essays},
    "docs/causes.md": {"spans": readings.cause_spans, "kinds": readings.cause_kinds},
    "docs/tagging.md": {
        "trusted": validation.trusted,
        "differential": validation.differential,
        "slopes": validation.slopes,
    },
    "docs/measurement.md": {
        "worlds": validation.worlds,
        "misread": validation.misread_worlds,
        "beside": validation.beside,
        "reliable": two_archives.reliable,
        "corrected": two_archives.corrected,
        "divergence": readings.divergence,
    },
    "docs/two_archives.md": {"precision": two_archives.precision, "results": two_archives.results},
}


def made(name: str) -> str:
    """A page with its parts as the code has them now."""
    return filled((ROOT / name).read_text(encoding="utf-8"), {mark: make() for mark, make in PARTS[name].items()})
