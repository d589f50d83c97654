"""Runs the guided tours and writes each as a notebook beside its script, outputs and figures included: python -m tests.notebooks.

It reads the demonstration of `runs/demo`, or where EMTRACT_DEMO says; a figure is drawn as a picture, which needs a Chrome.
"""

from __future__ import annotations

import ast
import json
import os
import re
import sys
import tempfile
from collections.abc import Callable
from contextlib import chdir, redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent.parent / "notebooks"
TOURS = sorted(FOLDER.glob("*.py"))
#: No notebook is larger, so that it opens at once wherever it is shown.
MOST_BYTES = 1_000_000

#: A figure and a name for its ids -> SVG.
Draw = Callable[[Any, str], str]


def cells(tour: Path) -> list[tuple[str, str]]:
    """Kind, `markdown` or `code`, and text of each cell, as a notebook holds it."""
    found = re.split(r"^# %%(?: \[(markdown)\])?\n", tour.read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert found[0] == "", "a tour begins with a cell"
    kinds = [kind or "code" for kind in found[1::2]]
    texts = [text.strip("\n") for text in found[2::2]]
    return [
        (kind, re.sub(r"^# ?", "", text, flags=re.MULTILINE) if kind == "markdown" else text)
        for kind, text in zip(kinds, texts, strict=True)
    ]


def notebook(tour: Path, draw: Draw | None = None) -> dict[str, Any]:
    """Run a tour from top to bottom, and return it as a notebook of format 4.5.

    Without `draw` figures are shown by their kind alone.
    """
    names: dict[str, Any] = {"__name__": "__main__"}
    made = []
    for place, (kind, text) in enumerate(cells(tour)):
        cell: dict[str, Any] = {
            "cell_type": kind,
            "id": f"cell-{place:02d}",
            "metadata": {},
            "source": text.splitlines(keepends=True),
        }
        if kind == "code":
            ran = sum(before["cell_type"] == "code" for before in made) + 1
            cell |= {"execution_count": ran, "outputs": _outputs(text, names, f"{tour.name}, cell {place}", ran, draw)}
        made.append(cell)
    about = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    return {"cells": made, "metadata": about, "nbformat": 4, "nbformat_minor": 5}


def _outputs(code: str, names: dict[str, Any], where: str, ran: int, draw: Draw | None) -> list[dict[str, Any]]:
    """Run one cell: what it printed, and the value that it ends in."""
    tree = ast.parse(code, where)
    last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
    printed, value = StringIO(), None
    with redirect_stdout(printed):
        exec(compile(tree, where, "exec"), names)
        if isinstance(last, ast.Expr):
            value = eval(compile(ast.Expression(last.value), where, "eval"), names)
    told: list[dict[str, Any]] = []
    if text := printed.getvalue():
        told.append({"name": "stdout", "output_type": "stream", "text": text.splitlines(keepends=True)})
    if value is not None:
        data = {kind: text.splitlines(keepends=True) for kind, text in _shown(value, f"figure-{ran}", draw).items()}
        told.append({"data": data, "execution_count": ran, "metadata": {}, "output_type": "execute_result"})
    return told


def _shown(value: Any, name: str, draw: Draw | None) -> dict[str, str]:
    """Media type -> how a notebook shows a value."""
    if hasattr(value, "to_plotly_json"):
        return {"image/svg+xml": draw(value, name) if draw else "", "text/plain": "Figure"}
    shown = {"text/html": value._repr_html_()} if hasattr(value, "_repr_html_") else {}
    return shown | {"text/plain": repr(value)}


def picture(figure: Any, name: str) -> str:
    """Draw a figure without its buttons; two drawings have the same bytes."""
    from emtract.report.figures.export import WIDTH, _number_traces, _render

    still = _number_traces(type(figure)(figure))
    still.layout.updatemenus = ()
    size = {"width": WIDTH, "height": figure.layout.height}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{name}.svg"
        _render([{"fig": still, "path": path, "opts": {"format": "svg", **size, "scale": 1}}])
        return path.read_text(encoding="utf-8")


def text_of(made: dict[str, Any]) -> str:
    """A notebook as its file holds it."""
    return json.dumps(made, indent=1, ensure_ascii=False) + "\n"


def main(tours: list[Path]) -> None:
    os.environ["EMTRACT_DEMO"] = str(Path(os.environ.get("EMTRACT_DEMO", "runs/demo")).resolve())
    for tour in tours:
        with tempfile.TemporaryDirectory() as folder, chdir(folder):
            made = text_of(notebook(tour, picture))
        assert len(made.encode()) < MOST_BYTES, f"{tour.stem} takes {len(made.encode()):,} bytes"
        tour.with_suffix(".ipynb").write_text(made, encoding="utf-8")


if __name__ == "__main__":
    main([tour for tour in TOURS if not sys.argv[1:] or tour.stem in sys.argv[1:]])
