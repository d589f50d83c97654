"""The examples in docstrings run and print what they say; those of a store read the demonstration."""

import ast
import doctest
import importlib
from pathlib import Path

import pytest

import emtract

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "emtract"


def told():
    """Modules whose docstrings hold examples, and the names of what has one."""
    for path in sorted(PACKAGE.rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        if ">>> " not in text:
            continue
        parts = path.relative_to(ROOT).with_suffix("").parts
        module = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        yield from (pytest.param(module, name, id=f"{module}:{name}") for name in documented(ast.parse(text)))


def documented(node, path=()):
    """Dotted names within a module whose docstring holds an example; '' for the module's own."""
    held = (ast.Module, ast.ClassDef, ast.FunctionDef)
    if isinstance(node, held) and ">>> " in (ast.get_docstring(node) or ""):
        yield ".".join(path)
    for inner in getattr(node, "body", ()):
        if isinstance(inner, held):
            yield from documented(inner, (*path, inner.name))


EXAMPLES = list(told())


@pytest.mark.parametrize(("module", "name"), EXAMPLES)
def test_an_example_prints_what_it_says(module, name, request, tmp_path, monkeypatch):
    held = importlib.import_module(module)
    thing = held
    for part in filter(None, name.split(".")):
        thing = getattr(thing, part)
    text = thing.__doc__
    folder = request.getfixturevalue("beside_demo") if "runs/demo" in text else tmp_path
    monkeypatch.chdir(folder)
    test = doctest.DocTestParser().get_doctest(text, dict(vars(held)), f"{module}.{name}", None, None)
    said = []
    outcome = doctest.DocTestRunner().run(test, out=said.append)
    assert outcome.attempted and not outcome.failed, "".join(said)


def test_what_users_call_first_has_an_example():
    told = {name for _, name in (example.values for example in EXAMPLES)}
    functions = {name for name in emtract.__all__ if callable(getattr(emtract, name)) and name != "Store"}
    assert functions | {"Store.open", "Store.sql", "Spec", "Study"} <= told
    assert len(EXAMPLES) >= 40
