"""Packages that a default installation lacks: one way to reach them, and one line at every verb that wants one."""

import ast
import re
import shutil
import sys
import tomllib
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import get_args

import pytest

from emtract import extras
from emtract.errors import EmtractError, ModelError
from emtract.extras import MODULES, PURPOSES, Extra, bring, demand, has
from emtract.model import load_scorer
from emtract.text import language
from tests.benchmarks.comparator import Comparator
from tests.benchmarks.flops import read_encoder
from tests.benchmarks.machine import matrix_rate
from tests.prompt import emtract

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
#: Modules whose package goes by another name.
NAMES = {"docx": "python-docx", "sklearn": "scikit-learn"}
#: Rooms that stand behind a door, and what the door has asked for before it opens them.
BEHIND = {"emtract/model/train/": set(MODULES["train"])}
#: What may look for a module: the one way, study files on the path, and the folder of an encoder that is not imported.
LOOKERS = {"emtract/extras.py", "emtract/study/find.py", "emtract/model/train/tokens.py"}
FILES = {path.relative_to(ROOT).as_posix(): path for path in sorted((ROOT / "emtract").rglob("*.py"))}


def canonical(name):
    return re.sub(r"[-_.]+", "-", re.match(r"[\w.-]+", name).group()).lower()


CORE = {canonical(name) for name in PROJECT["dependencies"]}


@cache
def trees():
    return {name: ast.parse(path.read_text(encoding="utf-8")) for name, path in FILES.items()}


def for_types(node):
    return isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"


def statements(tree):
    """Every node that runs: what stands under TYPE_CHECKING does not."""
    todo = [tree]
    while todo:
        node = todo.pop()
        yield node
        todo += [n for n in ast.iter_child_nodes(node) if not for_types(n)]


def imports(tree):
    """Top names of the packages that a module imports."""
    for node in statements(tree):
        if isinstance(node, ast.ImportFrom) and not node.level:
            yield node.module.partition(".")[0]
        elif isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)


def asked(tree):
    """Extra and top names of each `bring` and `demand`, as far as they are spelt out."""
    for node in statements(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in {"bring", "demand"}:
            words = [a.value if isinstance(a, ast.Constant) else None for a in node.args]
            yield words[0], {word.partition(".")[0] for word in words[2:] if word}


def foreign(tree):
    return set(imports(tree)) - set(sys.stdlib_module_names) - {"emtract"}


def test_what_a_module_imports_is_a_core_dependency_and_the_rest_is_brought():
    strays = {}
    for name, tree in trees().items():
        door = next((modules for room, modules in BEHIND.items() if name.startswith(room)), set())
        known = {module for module in foreign(tree) if canonical(NAMES.get(module, module)) in CORE}
        strays |= {(name, module) for module in foreign(tree) - known - door} and {name: foreign(tree) - known - door}
    assert strays == {}, "ask emtract.extras.bring for it, or make it a core dependency"


def test_every_core_dependency_is_imported():
    used = set().union(*map(foreign, trees().values()))
    assert {canonical(NAMES.get(module, module)) for module in used} >= CORE


def test_names_of_modules_are_those_of_their_packages():
    installed = packages_distributions()
    for module in set().union(*MODULES.values()):
        if module in installed:
            assert canonical(NAMES.get(module, module)) in map(canonical, installed[module])


def test_nothing_else_looks_for_a_module():
    lookers = {name for name, tree in trees().items() if any("find_spec" in ast.unparse(n) for n in tree.body)}
    assert lookers <= LOOKERS


def test_extras_bring_what_is_asked_of_them_and_all_of_it_is_asked_for():
    found = [pair for name, tree in trees().items() if name != "emtract/extras.py" for pair in asked(tree)]
    for extra, modules in found:
        assert modules <= set(MODULES[extra])
    assert {extra for extra, _ in found} == set(get_args(Extra)) == set(MODULES) == set(PURPOSES)


def test_extras_are_those_of_the_project():
    told = {name: set(map(canonical, wanted)) for name, wanted in PROJECT["optional-dependencies"].items()}
    assert {extra: {canonical(NAMES.get(m, m)) for m in modules} for extra, modules in MODULES.items()} == {
        extra: told[extra] for extra in MODULES
    }
    (all_of_them,) = PROJECT["optional-dependencies"]["all"]
    assert set(re.findall(r"\w+", all_of_them)) - {"emtract"} == set(MODULES)


def lose(monkeypatch, *modules):
    """Make packages look as if they had never been installed."""
    language._identifier.cache_clear()
    language.language_of.cache_clear()
    for module in modules:
        monkeypatch.setitem(sys.modules, module, None)


@pytest.fixture
def project(demo, tmp_path):
    """A copy of the demonstration's configuration and store."""
    folder, _ = demo
    (tmp_path / "archive").symlink_to(folder / "archive", target_is_directory=True)
    for name in ("emtract.toml", "demo.duckdb"):
        shutil.copy(folder / name, tmp_path)
    return tmp_path


def edit(project, section, line):
    path = project / "emtract.toml"
    text = path.read_text(encoding="utf-8")
    head = f"[{section}]\n"
    path.write_text(text.replace(head, head + line + "\n") if head in text else f"{text}\n{head}{line}\n", "utf-8")


def with_sas(project):
    (project / "x.sas7bdat").write_bytes(b"x")
    text = '[store]\npath = "own.duckdb"\n[[market]]\nfiles = "x.sas7bdat"\nformat = "crsp_ciz"\n'
    (project / "emtract.toml").write_text(text, encoding="utf-8")


def with_english(project):
    edit(project, "panel", 'language = "en"')


def with_baseline(name):
    return lambda project: edit(project, "model", f'also = ["{name}"]')


def with_fast(project):
    edit(project, "model", 'name = "fast"')


def as_it_is(project):
    pass


MANY = """
from dataclasses import replace
from emtract import load_study

_OF = load_study("daily_returns")
_SPECS = {name: replace(spec, engine="pyfixest") for name, spec in _OF.specs.items() if hasattr(spec, "engine")}
STUDY = replace(_OF, name="many", specs=_SPECS)
"""

BASELINES = {"vader": "vaderSentiment", "textblob": "textblob", "nrclex": "nrclex", "nade": "nade"}
VERBS = [
    *((module, "baselines", as_it_is, ("predict", "--model", name, "up")) for name, module in BASELINES.items()),
    *((module, "baselines", as_it_is, ("explain", "--model", name, "up")) for name, module in BASELINES.items()),
    *((module, "baselines", with_baseline(name), ("score",)) for name, module in BASELINES.items()),
    *((m, "hf", as_it_is, ("predict", "--model", "hf:x/y", "up")) for m in MODULES["hf"]),
    *((m, "hf", as_it_is, ("explain", "--model", "hf:x/y", "up")) for m in MODULES["hf"]),
    *((m, "hf", with_baseline("hf:x/y"), ("score",)) for m in MODULES["hf"]),
    *((m, "hf", as_it_is, ("model", "evaluate", "--data", ".", "--model", "hf:x/y")) for m in MODULES["hf"]),
    *((m, "train", as_it_is, ("model", "train", "--data", ".", "-o", "out")) for m in MODULES["train"]),
    *(
        (m, "train", as_it_is, ("model", "train", "--data", ".", "-o", "out", "--recipe", name, "--teacher", "t"))
        for m in ("torch", "safetensors")
        for name in ("fast", "teacher")
    ),
    ("ray", "ray", with_fast, ("score", "--engine", "ray")),
    ("kaleido", "figures", as_it_is, ("study", "export", "daily_returns", "-o", "out", "--format", "svg")),
    ("pyreadstat", "market", with_sas, ("ingest",)),
    ("py3langid", "language", with_english, ("panel", "-o", "out.parquet")),
    ("py3langid", "language", with_english, ("study", "run", "daily_returns")),
]


@pytest.mark.parametrize(
    ("module", "extra", "prepare", "verb"), VERBS, ids=lambda v: " ".join(v) if type(v) is tuple else None
)
def test_a_verb_without_its_package_says_one_line_and_writes_nothing(
    project, monkeypatch, module, extra, prepare, verb
):
    prepare(project)
    lose(monkeypatch, module)
    done = emtract(*verb, cwd=project)
    assert done.returncode == 1, done
    (line,) = [line for line in done.stderr.splitlines() if "pip install" in line]
    assert line.startswith("emtract: ")
    assert f"needs {module}: pip install 'emtract[{extra}]'" in line
    assert "Traceback" not in done.stderr
    assert not (project / "out").exists()
    assert not (project / "out.parquet").exists()


def test_a_study_that_asks_for_pyfixest_says_so_without_it(project, monkeypatch):
    (project / "many.py").write_text(MANY, encoding="utf-8")
    lose(monkeypatch, "pyfixest")
    done = emtract("study", "run", "many.py", cwd=project)
    assert "engine='pyfixest' needs pyfixest: pip install 'emtract[large]'" in done.stdout + done.stderr
    assert "Traceback" not in done.stderr


def test_what_the_default_does_without_is_done_without(project, monkeypatch):
    lose(monkeypatch, "openvino", *set().union(*MODULES.values()))
    assert "happy" in emtract("predict", "to the moon").stdout
    assert emtract("explain", "to the moon", "--method", "occlusion").returncode == 0
    assert emtract("panel", "-o", "out.dta", cwd=project).returncode == 0
    assert emtract("doctor", cwd=project).returncode == 0


CORE_VERBS = [
    (("openvino", "onnxruntime"), "onnxruntime", ("predict", "up")),
    (("tokenizers",), "tokenizers", ("predict", "up")),
    (("xlsxwriter",), "xlsxwriter", ("panel", "-o", "out.xlsx")),
    (("yfinance",), "yfinance", ("prices", "download", "A", "--start", "2020-01-01", "--end", "2020-01-31", "-o", "p")),
]


@pytest.mark.parametrize(("modules", "package", "verb"), CORE_VERBS, ids=lambda v: v if type(v) is str else None)
def test_an_installation_that_lost_a_package_says_which(project, monkeypatch, modules, package, verb):
    monkeypatch.delitem(sys.modules, "emtract.ingest.market.yahoo", raising=False)
    lose(monkeypatch, *modules)
    done = emtract(*verb, cwd=project)
    assert done.returncode == 1, done
    assert done.stderr.splitlines()[-1].endswith(f"pip install {package}")
    assert "Traceback" not in done.stderr


def test_what_python_asks_for_is_refused_in_the_same_words(monkeypatch, tmp_path):
    lose(monkeypatch, *set().union(*MODULES.values()))
    wanted = [
        ("onnx", lambda: matrix_rate(1, side=8)),
        ("onnx", lambda: read_encoder(tmp_path)),
        ("transformers", lambda: Comparator(tmp_path)),
        ("nade", lambda: load_scorer("nade")),
    ]
    for module, ask in wanted:
        with pytest.raises(ModelError, match=rf"needs {module}: pip install 'emtract\[\w+\]'$"):
            ask()


def test_a_package_that_is_there_and_cannot_be_loaded_is_named_with_its_reason(monkeypatch, tmp_path):
    (tmp_path / "ray.py").write_text("raise ImportError('libgomp.so.1 is missing\\nmore')", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "ray", raising=False)
    with pytest.raises(ModelError, match=r"cannot be loaded \(libgomp.so.1 is missing\): pip install --force-reinst"):
        bring("ray", "scoring", "ray", error=ModelError)


def test_all_that_is_missing_is_named_at_once(monkeypatch):
    lose(monkeypatch, "torch", "transformers")
    assert not has("torch")
    with pytest.raises(EmtractError, match=r"this needs torch, transformers: pip install 'emtract\[hf\]'"):
        demand("hf", "this")


def test_a_module_of_emtract_that_is_gone_is_no_missing_package():
    assert extras.lacking(ModuleNotFoundError(name="emtract.gone")) is None
