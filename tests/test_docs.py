"""README and docs: what they say is what the code does, their links lead somewhere, and the site builds offline."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from urllib.parse import unquote

import pytest

import emtract
from emtract import study
from emtract.config import load_settings
from emtract.econometrics.finding import Analysis
from emtract.schema import TABLES
from emtract.words.columns import COLUMNS
from tests.docs.commands import verbs
from tests.docs.configuration import parameters, sections
from tests.docs.pages import PARTS, made
from tests.docs.reference import promised_names
from tests.promised import sections as promised_keys
from tests.prompt import emtract as typed
from tests.test_docstrings import STIFF

ROOT = Path(__file__).parent.parent
PAGES = {path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8") for path in (ROOT / "docs").glob("*.md")}
TEXTS = {"README.md": (ROOT / "README.md").read_text(encoding="utf-8"), **PAGES}
#: Pages beside these whose links are followed too.
LINKED = {
    name: (ROOT / name).read_text(encoding="utf-8") for name in ("CONTRIBUTING.md", "API.md", "notebooks/README.md")
}


def blocks(page, language):
    return re.findall(rf"```{language}\n(.*?)```", TEXTS[page], flags=re.DOTALL)


def prose(text):
    """A page without code and without the parts that are made."""
    text = re.sub(r"<!-- ([\w-]+) -->.*?<!-- /\1 -->", "", text, flags=re.DOTALL)
    return re.sub(r"```.*?```", "", text, flags=re.DOTALL)


@pytest.mark.parametrize("page", PARTS)
def test_what_is_made_of_the_code_and_of_results_is_made_anew(page):
    assert TEXTS[page] == made(page), "the code or a committed result has changed: python -m tests.docs"


@pytest.mark.parametrize("verb", verbs())
def test_every_command_is_told_of(verb):
    by_hand = prose(TEXTS["docs/commands.md"])
    assert f"emtract {verb}" in by_hand, f"docs/commands.md, the first table: say what `emtract {verb}` is for"


@pytest.mark.parametrize("page", TEXTS)
def test_every_command_that_a_page_names_exists(page):
    firsts = {verb.split()[0] for verb in verbs()}
    for word in re.findall(r"(?:`|^)emtract ([a-z]+)", TEXTS[page], flags=re.MULTILINE):
        assert word in firsts, f"{page} names `emtract {word}`, which does not exist"


def test_every_public_name_key_and_column_stands_in_its_page():
    names = {f"::: emtract.{name}" for name in emtract.__all__}
    assert names <= set(TEXTS["docs/reference.md"].splitlines())
    assert len(promised_names()) > 70
    keys = {line.partition(":")[0].rpartition(".")[2] for line in promised_keys().splitlines() if ":" in line}
    assert not {key for key in keys if f"| `{key}` |" not in TEXTS["docs/configuration.md"]} - {
        "columns",
        "posts",
        "split",
    }
    columns = {*COLUMNS, *(column.name for table in TABLES for column in table.columns)}
    assert not {column for column in columns if f"| `{column}` |" not in TEXTS["docs/codebook.md"]}


@pytest.mark.parametrize(
    ("name", "section"), list(sections()), ids=lambda value: value if isinstance(value, str) else ""
)
def test_every_key_of_the_configuration_says_what_it_means(name, section):
    assert not set(section.__struct_fields__) - {"base", "store", *_tables()} - set(parameters(section)), name


def _tables():
    """Keys of the top that are sections."""
    return {name.strip("[]").partition(".")[0] for name, _ in sections() if name.startswith("[")}


# Links.


def anchors(text):
    """Anchors of a page's headings, as sites make them."""
    found = re.findall(r"^#+ (.*)$", re.sub(r"```.*?```", "", text, flags=re.DOTALL), flags=re.MULTILINE)
    return {re.sub(r"[^\w\s-]", "", heading).strip().lower().replace(" ", "-") for heading in found}


def links():
    for name, text in (TEXTS | LINKED).items():
        for target in sorted(
            set(re.findall(r"\]\(([^)\s]+)\)", re.sub(r"```.*?```|`[^`]*`(?!\])", "", text, flags=re.DOTALL)))
        ):
            if not target.startswith("http"):
                yield pytest.param(name, unquote(target), id=f"{name}: {target}")


@pytest.mark.parametrize(("page", "target"), list(links()))
def test_every_link_leads_somewhere(page, target):
    file, _, anchor = target.partition("#")
    path = (ROOT / page).parent / file if file else ROOT / page
    assert path.exists()
    if anchor and path.suffix == ".md":
        assert anchor in anchors(path.read_text(encoding="utf-8"))


def test_every_page_is_in_the_contents_and_reached_from_the_readme():
    contents = (ROOT / "mkdocs.yml").read_text(encoding="utf-8").partition("\nnav:\n")[2]
    named = set(re.findall(r": ([\w.]+\.md)$", contents, flags=re.MULTILINE))
    assert named == {Path(page).name for page in PAGES}
    assert {f"docs/{name}" for name in named} <= set(re.findall(r"\]\(([^)#]+)", TEXTS["README.md"]))


# Language.


@pytest.mark.parametrize("page", [*TEXTS, *LINKED])
def test_pages_speak_plainly(page):
    found = STIFF.findall(" ".join(prose((TEXTS | LINKED)[page]).split()))
    assert not found, "name the noun again (shared rule of the house: no 'that of', no 'those of')"


def test_the_readme_is_read_in_five_minutes():
    assert len(TEXTS["README.md"].split()) < 1_400, "what a visitor does not need in five minutes goes to docs/"


# Examples.


def test_the_python_example_of_the_readme_runs(beside_demo, monkeypatch):
    (code,) = blocks("README.md", "python")
    # The demonstration has estimated the whole study.
    code = run_on_demo(
        code,
        '"daily_returns", panel',
        '"daily_returns", panel, only=["contemporaneous_emotions", "predictive_emotions"]',
    )
    namespace = run(code, beside_demo, monkeypatch)
    assert set(namespace["result"].tidy()["spec"]) == {"contemporaneous_emotions", "predictive_emotions"}


def run_on_demo(code, written, put):
    assert code.count(written) == 1
    return code.replace(written, put)


def run(code, folder, monkeypatch):
    """Run code of a page."""
    monkeypatch.chdir(folder)
    namespace = {}
    exec(compile(code, "page", "exec"), namespace)
    return namespace


def test_the_cheat_sheet_runs_and_has_ten_calls(beside_demo, monkeypatch):
    (code,) = blocks("docs/cheat_sheet.md", "python")
    assert [int(n) for n in re.findall(r"^# (\d+)\. ", code, flags=re.MULTILINE)] == list(range(1, 11))
    namespace = run(code, beside_demo, monkeypatch)
    namespace["store"].close()
    assert (beside_demo / "table.tex").read_text().count(r"\begin{table}") >= 1


def test_the_study_file_of_the_documentation_runs(demo, tmp_path):
    (code,) = [code for code in blocks("docs/study_files.md", "python") if "STUDY" in code]
    (tmp_path / "fear_range.py").write_text(code, encoding="utf-8")
    with emtract.Store.open(demo[0] / "demo.duckdb", read_only=True) as store:
        panel = emtract.build_panel(store, scorer="default")
    result = emtract.run_study(tmp_path / "fear_range.py", panel)
    assert set(result.tidy()["spec"]) == {"fear", "busy"}


def test_the_page_of_study_files_names_every_analysis_and_transform():
    page = TEXTS["docs/study_files.md"]
    offered = [getattr(study, name) for name in study.__all__]
    kinds = [
        made for made in offered if isinstance(made, type) and (issubclass(made, Analysis) or hasattr(made, "apply"))
    ]
    assert len(kinds) > 30
    assert [made.__name__ for made in kinds if f"`{made.__name__}" not in page] == []


#: Page whose example runs on the demonstration -> a file that it leaves, and what its last line prints.
EXAMPLES = {"adapt": ("my_model/model.json", "fear"), "tagging": ("tags/tags.parquet", "macro f1")}


@pytest.mark.parametrize("page", EXAMPLES)
def test_the_example_of_a_page_runs(demo, page, tmp_path, monkeypatch):
    example = TEXTS[f"docs/{page}.md"].partition("<!-- example -->")[2].partition("<!-- /example -->")[0]
    monkeypatch.chdir(tmp_path)
    (tmp_path / "demo").symlink_to(demo[0])
    for language, code in re.findall(r"```(\w+)\n(.*?)```", example, flags=re.DOTALL):
        if language == "python":
            exec(compile(code, f"{page}.md", "exec"), {})
            continue
        for line in code.splitlines():
            done = typed(*shlex.split(line)[1:])
            assert done.returncode == 0, done.stderr
    left, says = EXAMPLES[page]
    assert says in done.stdout and (tmp_path / left).is_file()


def test_the_configuration_example_loads(tmp_path):
    (code,) = blocks("docs/archive.md", "toml")
    (tmp_path / "emtract.toml").write_text(code, encoding="utf-8")
    assert len(load_settings(tmp_path / "emtract.toml").posts) == 2


@pytest.mark.parametrize("page", ["README.md", "docs/instrument.md"])
def test_the_model_figures_are_those_of_the_shipped_model(page):
    from emtract.model.card import read_card
    from emtract.model.registry import shipped_folder

    metrics = read_card(shipped_folder("default")).metrics["int8"]
    for name in ("accuracy", "macro_f1", "log_loss"):
        mean, spread = (f"{metrics[name][key]:.3f}".lstrip("0") for key in ("mean", "sd"))
        assert f"{mean} ± {spread}" in TEXTS[page], name


# The site.


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    pytest.importorskip("mkdocs", reason="the docs extra builds the site")
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder)]
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def test_the_site_has_every_page_and_loads_nothing_from_elsewhere(site):
    for page in PAGES:
        text = (site / f"{Path(page).stem}.html").read_text(encoding="utf-8")
        assert not re.search(
            r"<(?:script|img|iframe|source)[^>]*\ssrc=.?(?:https?:)?//|<link(?![^>]*canonical)[^>]*href=.?(?:https?:)?//",
            text,
        )
        assert "@import" not in text


def test_every_public_name_has_its_entry_and_equations_are_drawn(site):
    text = (site / "reference.html").read_text(encoding="utf-8")
    for name in promised_names():
        assert f'id="{name}"' in text, name
    assert ":math:" not in text and ".. math::" not in text
    assert (site / "inference.html").read_text(encoding="utf-8").count("<math") > 30


def test_options_of_the_panel_are_those_of_one_statement():
    import inspect

    from msgspec.structs import fields

    import emtract
    from emtract.config import Settings
    from emtract.options import PanelOptions, PanelSettings

    stated = {f.name: f.default for f in fields(PanelOptions)}
    taken = inspect.signature(emtract.build_panel).parameters
    # In Python the age of a characteristic is one of `FirmOptions`.
    apart = {"texts", "max_age_days"}
    assert {name: taken[name].default for name in stated if name not in apart} == {
        name: default for name, default in stated.items() if name not in apart
    }
    assert {f.name: f.type for f in fields(Settings)}["panel"] is PanelSettings
    template = (ROOT / "emtract/pipeline/templates/project/emtract.toml").read_text(encoding="utf-8")
    shown = template.partition("[panel]\n")[2].partition("\n# ---")[0]
    assert re.findall(r"^(?:# )?(\w+) = ", shown, re.MULTILINE) == [f.name for f in fields(PanelSettings)]
    for key, value in re.findall(r"^(\w+) = \"?([^\s\"]+)", shown, re.MULTILINE):
        assert str(stated[key]) == value
    for name in stated:
        assert re.search(
            rf"^    (?:\w+, )*{name}(?:, \w+)*$", f"{PanelSettings.__doc__}{PanelOptions.__doc__}", re.MULTILINE
        )
