"""The map of a replication package: each table and figure, the line of the study file that declares it, and its files."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from emtract.econometrics.regression.spec import Spec
from emtract.report.study.page import OVER_TIME

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from emtract.study import Study


@dataclass(frozen=True)
class Lines:
    """Lines of a study file.

    Attributes
    ----------
    texts
        Text that is spelt out -> line where it first stands.
    places
        Argument of `Study(...)` -> its line, or the line of the name that it is given.
    """

    texts: Mapping[str, int] = field(default_factory=dict)
    places: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, source: str) -> Lines:
        """Read the lines of a study file; none where it is no Python."""
        try:
            tree = ast.parse(source)
        except (SyntaxError, ValueError):
            return cls()
        texts: dict[str, int] = {}
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                texts[node.value] = min(node.lineno, texts.get(node.value, node.lineno))
        return cls(texts, _places(tree))

    def table(self, title: str) -> int:
        """Line of an exhibit: its title, else where the study lists its exhibits."""
        return self.texts.get(title) or self.places.get("exhibits") or self._study

    def spec(self, name: str) -> int:
        """Line of a regression or an analysis: its name, else where the study lists them."""
        return self.texts.get(name) or self.places.get("specs") or self._study

    @property
    def _study(self) -> int:
        return self.places.get("", 1)


def _places(tree: ast.Module) -> dict[str, int]:
    assigned = {
        target.id: node.lineno
        for node in tree.body
        if isinstance(node, (ast.Assign, ast.AnnAssign))
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
        if isinstance(target, ast.Name)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Study":
            named = {k.arg: k.value for k in node.keywords if k.arg is not None}
            lines = {
                name: assigned.get(value.id, value.lineno) if isinstance(value, ast.Name) else value.lineno
                for name, value in named.items()
            }
            return {"": node.lineno, **lines}
    return {}


class Exhibited(NamedTuple):
    """A row of the list of tables and figures; `line` is the line of the study file."""

    title: str
    line: int
    specs: str
    files: tuple[str, ...]


def list_exhibits(study: Study, outputs: Path, lines: Lines) -> list[Exhibited]:
    """Tables of the study in its order, then the figures of its page with their data, then the files of all numbers.

    Parameters
    ----------
    study
        Gives exhibits and specs.
    outputs
        Folder of the study's page.
    lines
        Of the study file.
    """
    page = f"{outputs.parent.name}/{outputs.name}"
    tables = [
        Exhibited(
            f"Table {number}: {exhibit.title}",
            lines.table(exhibit.title),
            ", ".join(f"`{s}`" for s in exhibit.specs),
            (f"{page}/table.tex",),
        )
        for number, exhibit in enumerate(study.exhibits, start=1)
    ]
    charts = sorted(path.relative_to(outputs).as_posix() for path in outputs.glob("charts/*.csv"))
    drawn = [(_words(chart), _owner(study, chart), chart) for chart in charts]
    if any(isinstance(spec, Spec) for spec in study.specs.values()):
        drawn.insert(0, ("Coefficients with 95 % intervals", None, "estimates.csv"))
    figures = [
        Exhibited(
            f"Figure {number}: {title}",
            lines.spec(spec or ""),
            f"`{spec}`" if spec else "all",
            (f"{page}/index.html", f"{page}/{data}"),
        )
        for number, (title, spec, data) in enumerate(drawn, start=1)
    ]
    return [
        *tables,
        *figures,
        Exhibited("All estimates", lines.spec(""), f"all {len(study.specs)}", (f"{page}/estimates.csv",)),
        Exhibited("Attrition of every sample", lines.spec(""), "all", (f"{page}/attrition.csv",)),
    ]


def _owner(study: Study, chart: str) -> str | None:
    """Name of the analysis that a file of charts is named after; None for figures of the whole sample."""
    stem = chart.removeprefix("charts/").removesuffix(".csv")
    owners = [name for name in study.specs if stem == name or stem.startswith((f"{name}-", f"{name}_"))]
    return max(owners, key=len, default=None)


def _words(file: str) -> str:
    if file.endswith(OVER_TIME):
        return "Emotions over time"
    words = file.removeprefix("charts/").removesuffix(".csv").replace("_", " ").replace("-", " ")
    return words[:1].upper() + words[1:]
