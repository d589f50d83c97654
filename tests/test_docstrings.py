"""Public functions of three or more parameters say what each of them is; texts and comments speak plainly."""

import ast
import re
import tokenize
from collections.abc import Iterable
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


STIFF = re.compile(
    r".{0,50}\b(?:(?:that|those) of|those (?:in|on|over|before|after|from|at)|the ones? of"
    r"|(?:less|than|beside|with|to|from|by|but|and|or|over|is|as) that (?:in|over|before|after|from|with|without))\b.{0,30}",
    re.IGNORECASE,
)
ROOT = PACKAGE.parent
#: What is read beside the modules of the package: studies, SQL, templates of pages and of packages.
TEXTS = sorted([*PACKAGE.rglob("*.j2"), *(ROOT / "sql").rglob("*.sql")])
MODULES = sorted([*PACKAGE.rglob("*.py"), *(ROOT / "studies").rglob("*.py")])
#: What a line of a comment begins with.
_MARK = re.compile(r"^\s*(?:#:?|--)\s?", re.MULTILINE)


def strings(path: Path) -> list[str]:
    """Every text of a module, docstrings, messages and words of results alike, on one line each."""
    nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    found = (node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str))
    return [" ".join(text.split()) for text in found]


def comments(path: Path) -> list[str]:
    """Every comment of a module, with the lines of one that runs on joined."""
    with path.open("rb") as file:
        found = [
            (token.start[0], token.string)
            for token in tokenize.tokenize(file.readline)
            if token.type == tokenize.COMMENT
        ]
    blocks: list[list[tuple[int, str]]] = []
    for line, text in found:
        if blocks and blocks[-1][-1][0] == line - 1:
            blocks[-1].append((line, text))
        else:
            blocks.append([(line, text)])
    return [" ".join(_MARK.sub("", text).strip() for _, text in block) for block in blocks]


def stiff(texts: Iterable[str]) -> list[str]:
    return [hit for text in texts for hit in STIFF.findall(text)]


@pytest.mark.parametrize("path", MODULES, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_docstrings_messages_and_comments_speak_plainly(path):
    found = stiff([*strings(path), *comments(path)])
    assert not found, f"name the noun again (shared rule of the house: no 'that of', no 'those of'): {found}"


@pytest.mark.parametrize("path", TEXTS, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_sql_and_templates_speak_plainly(path):
    found = stiff([" ".join(_MARK.sub("", path.read_text(encoding="utf-8")).split())])
    assert not found, f"name the noun again (shared rule of the house: no 'that of', no 'those of'): {found}"


@pytest.mark.parametrize(
    "said", ["less that in June", "the mean and those\nof firms", "the one of the bank", "beside that before it"]
)
def test_a_stiff_phrase_is_seen(said, tmp_path):
    path = tmp_path / "said.py"
    path.write_text("# " + said.replace("\n", "\n# ") + "\n", encoding="utf-8")
    assert stiff(comments(path))


def test_plain_words_are_let_by():
    assert not stiff(["a bank that in May had none", "the one before, and those that trade", "less than half"])
