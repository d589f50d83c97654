"""The house's laws that code can check: one direction of imports, a cheap import, nothing read at import."""

import ast
import re
import subprocess
import sys
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "emtract"
CONTRACTS = {
    "emotions",
    "errors",
    "extras",
    "schema",
    "characters",
    "symbols",
    "ledger",
    "provenance",
    "workers",
    "words",
    "missing",
    "atomic",
    "spelling",
    "sources",
    "sections",
    "posts",
    "options",
    "misreading",
    "citations",
    "annotator",
    "evidence",
    "progress",
}
#: What each room may import besides the contracts and itself.
MAY_IMPORT = {
    "emotions": set(),
    "spelling": set(),
    "errors": set(),
    "citations": set(),
    "extras": set(),
    "schema": set(),
    "characters": set(),
    "symbols": set(),
    "missing": set(),
    "ledger": set(),
    "provenance": set(),
    "workers": set(),
    "words": set(),
    "atomic": set(),
    "sources": set(),
    "sections": set(),
    "posts": set(),
    "options": set(),
    "misreading": set(),
    "annotator": set(),
    "evidence": set(),
    "progress": set(),
    "config": set(),
    "text": set(),
    "model": {"text"},
    "ingest": set(),
    "store": set(),
    "scoring": {"text", "model", "store"},
    "panel": {"text", "store"},
    "econometrics": {"panel"},
    "study": {"panel", "econometrics"},
    "report": {"model", "panel", "econometrics", "study"},
    "api": {"panel", "store", "study", "report"},
    "tagging": {"model", "store", "panel", "report"},
    "synthetic": {"ingest", "panel"},
    "pipeline": {
        "config",
        "text",
        "model",
        "ingest",
        "store",
        "scoring",
        "panel",
        "econometrics",
        "study",
        "report",
        "tagging",
        "synthetic",
    },
    "summaries": {"panel", "pipeline", "scoring", "study"},
    "console": {"summaries", "model", "pipeline", "scoring", "study", "report", "tagging"},
    "cli": {
        "config",
        "console",
        "summaries",
        "pipeline",
        "model",
        "ingest",
        "study",
        "report",
        "tagging",
    },
    "__init__": {"api", "model", "panel", "store", "study"},
}


def room(path: Path) -> str:
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return parts[0]


def imported_rooms(path: Path) -> set[str]:
    rooms = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("emtract."):
            rooms.add(node.module.split(".")[1])
        elif isinstance(node, ast.Import):
            rooms |= {a.name.split(".")[1] for a in node.names if a.name.startswith("emtract.")}
    return rooms


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda p: p.relative_to(PACKAGE).as_posix())
def test_imports_run_one_way(path):
    here = room(path)
    strays = imported_rooms(path) - CONTRACTS - {here} - MAY_IMPORT[here]
    assert not strays, f"{here} imports {strays}: a stage imports contracts and its own library, never a later stage"


def test_every_stage_may_be_imported_without_a_cycle():
    order = [r for r in MAY_IMPORT if r != "__init__"]
    for position, name in enumerate(order):
        assert MAY_IMPORT[name] <= set(order[:position]), name


def modules() -> dict[str, Path]:
    found = {".".join(p.relative_to(PACKAGE.parent).with_suffix("").parts): p for p in PACKAGE.rglob("*.py")}
    return {name.removesuffix(".__init__"): path for name, path in found.items()}


def imported_modules(path: Path, known: dict[str, Path]) -> set[str]:
    """Modules that a module imports when it runs, within its functions too, but not for the sake of types alone."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    typing = {
        id(n)
        for t in ast.walk(tree)
        if isinstance(t, ast.If) and "TYPE_CHECKING" in ast.dump(t.test)
        for n in ast.walk(t)
    }
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and id(node) not in typing and node.module in known:
            found |= {
                f"{node.module}.{a.name}" if f"{node.module}.{a.name}" in known else node.module for a in node.names
            }
        elif isinstance(node, ast.Import) and id(node) not in typing:
            found |= {alias.name for alias in node.names if alias.name in known}
    return found


def test_no_import_within_a_function_hides_a_cycle():
    known = modules()
    assert len(known) > 200
    order = TopologicalSorter({name: imported_modules(path, known) - {name} for name, path in known.items()})
    order.prepare()  # raises CycleError, which names the modules of the cycle


BARE = """
import socket, sys
def refuse(*a, **k): raise AssertionError("network at import")
socket.socket.connect = refuse
import emtract
heavy = {"torch", "transformers", "polars", "pandas", "duckdb", "onnxruntime", "openvino", "plotly", "numpy"} & set(sys.modules)
print(sorted(heavy))
"""


def test_import_is_bare_so_it_is_fast():
    done = subprocess.run([sys.executable, "-c", BARE], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_no_module_of_the_package_opens_a_file_when_imported():
    script = (
        "import importlib, pathlib, pkgutil, sys\n"
        "import duckdb, jinja2, linearmodels, msgspec, numpy, pandas, plotly.graph_objects, polars, pyarrow, scipy.stats\n"
        "import exchange_calendars, typer, zstandard, onnxruntime, tokenizers, rich\n"
        "import emtract\n"
        "opened = []\n"
        "def hook(event, args):\n"
        "    if event == 'open' and isinstance(args[0], str) and not args[0].endswith(('.py', '.pyc')):\n"
        "        opened.append(args[0])\n"
        "names = [m.name for m in pkgutil.walk_packages(emtract.__path__, 'emtract.') if '.train' not in m.name]\n"
        "sys.addaudithook(hook)\n"
        "for name in names:\n"
        "    importlib.import_module(name)\n"
        "root = str(pathlib.Path(emtract.__file__).parent)\n"
        "opened = [o for o in opened if o.startswith(root) and '__pycache__' not in o]\n"
        "assert not opened, opened\n"
        "assert 'torch' not in sys.modules\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


#: Readers of polars that take a name for a pattern of many files unless they are told not to.
GLOBBING = {
    "read_parquet",
    "scan_parquet",
    "read_csv",
    "scan_csv",
    "scan_ndjson",
    "scan_ipc",
    "read_csv_batched",
    "read_ipc",
}


def _calls(path: Path) -> list[ast.Call]:
    return [node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Call)]


def test_a_file_that_is_read_is_one_file_whatever_its_name_holds():
    found, loose = 0, []
    for path in sorted(PACKAGE.rglob("*.py")):
        for call in _calls(path):
            if isinstance(call.func, ast.Attribute) and call.func.attr in GLOBBING:
                found += 1
                told = {word.arg: word.value for word in call.keywords}
                if not (isinstance(told.get("glob"), ast.Constant) and told["glob"].value is False):
                    loose.append(f"{path.relative_to(PACKAGE)}:{call.lineno}")
    assert found >= 8
    assert not loose, f"glob=False is missing: {loose}"


def test_queries_that_read_files_are_given_their_names_literally():
    queries = PACKAGE.parent / "sql"
    readers = re.compile(r"\b(read_\w+|parquet_scan|glob)\s*\(")
    found = {p.name: readers.findall(p.read_text(encoding="utf-8")) for p in sorted(queries.rglob("*.sql"))}
    assert {name: calls for name, calls in found.items() if calls} == {"outside_scores.sql": ["read_parquet"]}
