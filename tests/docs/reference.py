"""docs/reference.md: every public name."""

from __future__ import annotations

import emtract
import emtract.study

#: Names that the pages tell of and that API.md does not promise.
FURTHER = (
    "emtract.report.study.result.StudyReport",
    "emtract.model.scorer.Scorer",
    "emtract.words.codebook.codebook",
    "emtract.text.clean.clean_post",
    "emtract.misreading.Misreading",
    "emtract.misreading.read_misreading",
    "emtract.econometrics.measurement.reliability.reliability",
    "emtract.econometrics.measurement.correct.correct",
    "emtract.econometrics.measurement.second.by_second",
    "emtract.model.divergence.read_divergence",
    "emtract.econometrics.regression.estimate.estimate",
)
#: Classes whose methods the reference shows; of others the fields say all.
CALLED = ("emtract.Store", "emtract.study.StudyResult", *FURTHER)
_METHODS = "\n    options: {members: null}"


def promised_names() -> list[str]:
    """Every public name, once, by the place that it is imported from."""
    ours = [f"emtract.{name}" for name in emtract.__all__]
    return ours + [f"emtract.study.{name}" for name in emtract.study.__all__ if name not in emtract.__all__]


def reference() -> str:
    """A line a name, from which mkdocstrings makes its entry; methods of the objects that users call."""
    mine = [name for name in promised_names() if not name.startswith("emtract.study.")]
    studies = [name for name in promised_names() if name.startswith("emtract.study.")]
    parts = {"`import emtract`": mine, "`from emtract.study import ...`": studies, "Further names": FURTHER}
    return "\n\n".join(
        f"## {title}\n\n" + "\n\n".join(f"::: {name}{_METHODS if name in CALLED else ''}" for name in names)
        for title, names in parts.items()
    )
