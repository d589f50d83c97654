"""Public functions of three or more parameters say what each of them is."""

import ast
import re
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "emtract"


def public_functions(path: Path) -> dict[str, ast.FunctionDef]:
    """Functions and methods without an underscore, of classes without one, by their qualified name."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    found = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
    for outer in tree.body:
        if isinstance(outer, ast.ClassDef) and not outer.name.startswith("_"):
            found |= {f"{outer.name}.{node.name}": node for node in outer.body if isinstance(node, ast.FunctionDef)}
    return {name: node for name, node in found.items() if not name.rpartition(".")[2].startswith("_")}


def parameters(function: ast.FunctionDef) -> list[str]:
    told = function.args
    names = [a.arg for a in (*told.posonlyargs, *told.args, *told.kwonlyargs)]
    names += [a.arg for a in (told.vararg, told.kwarg) if a is not None]
    return [name for name in names if name not in {"self", "cls"}]


def undocumented(function: ast.FunctionDef) -> list[str]:
    """Parameters that the section of them does not name, `a, b` standing for both."""
    text = ast.get_docstring(function) or ""
    section = re.search(r"^Parameters\n-+\n(.*?)(?=^\w[\w ]*\n-+\n|\Z)", text, re.MULTILINE | re.DOTALL)
    named = set(re.findall(r"\w+", " ".join(re.findall(r"^\S.*$", section[1], re.MULTILINE)))) if section else set()
    return [name for name in parameters(function) if name not in named]


#: The prompt's functions tell of their options in the help.
PATHS = [path for path in sorted(PACKAGE.rglob("*.py")) if path.relative_to(PACKAGE).parts[0] != "cli"]


@pytest.mark.parametrize("path", PATHS, ids=lambda p: p.relative_to(PACKAGE).as_posix())
def test_three_parameters_or_more_are_documented(path):
    wanted = {name: f for name, f in public_functions(path).items() if len(parameters(f)) >= 3}
    missing = {name: lacking for name, f in wanted.items() if (lacking := undocumented(f))}
    assert not missing, f"document these under Parameters: meaning, unit, shape: {missing}"


STIFF = re.compile(r".{0,50}\b(?:that|those) of\b.{0,30}", re.IGNORECASE)


def strings(path: Path) -> list[str]:
    """Every text of a module, docstrings, messages and words of results alike, on one line each."""
    nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    found = (node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str))
    return [" ".join(text.split()) for text in found]


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda p: p.relative_to(PACKAGE).as_posix())
def test_docstrings_and_messages_speak_plainly(path):
    found = [hit for text in strings(path) for hit in STIFF.findall(text)]
    assert not found, f"name the noun again (shared rule of the house: no 'that of', no 'those of'): {found}"
