"""What the README says is what the code does."""

import re
import shlex
from pathlib import Path

import pytest
from typer.main import get_command

from emtract.cli import app
from emtract.config import load_settings
from tests.prompt import emtract

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language):
    return re.findall(rf"```{language}\n(.*?)```", README, flags=re.DOTALL)


def commands(command=None, path=()):
    command = command or get_command(app)
    if not hasattr(command, "commands"):
        return {" ".join(path)}
    return set().union(*(commands(sub, (*path, name)) for name, sub in command.commands.items()))


def test_every_command_stands_in_the_readme_and_every_command_there_exists():
    known = commands()
    for command in known:
        assert f"emtract {command}" in README, f"the README does not name `emtract {command}`"
    firsts = {command.split()[0] for command in known}
    for word in re.findall(r"(?:`|^)emtract ([a-z]+)", README, flags=re.MULTILINE):
        assert word in firsts, f"the README names `emtract {word}`, which does not exist"


def test_the_python_example_runs(demo):
    folder, _ = demo
    (code,) = blocks("python")
    on_demo = {
        "runs/stocknet/stocknet.duckdb": str(folder / "demo.duckdb"),
        "build_panel(store,": 'build_panel(store, scorer="default",',
        # The demonstration has estimated the whole study.
        '"daily_returns", panel': '"daily_returns", panel, only=["contemporaneous_emotions", "predictive_emotions"]',
    }
    for written, put in on_demo.items():
        assert code.count(written) == 1
        code = code.replace(written, put)
    namespace = {}
    exec(compile(code, "README.md", "exec"), namespace)
    assert set(namespace["result"].tidy()["spec"]) == {"contemporaneous_emotions", "predictive_emotions"}


#: Page whose example runs on the demonstration -> a file that it leaves, and what its last line prints.
EXAMPLES = {"adapt": ("my_model/model.json", "fear"), "tagging": ("tags/tags.parquet", "macro f1")}


@pytest.mark.parametrize("page", EXAMPLES)
def test_the_example_of_a_page_runs(demo, page, tmp_path, monkeypatch):
    text = (ROOT / f"docs/{page}.md").read_text(encoding="utf-8")
    example = text.partition("<!-- example -->")[2].partition("<!-- /example -->")[0]
    monkeypatch.chdir(tmp_path)
    (tmp_path / "demo").symlink_to(demo[0])
    for language, code in re.findall(r"```(\w+)\n(.*?)```", example, flags=re.DOTALL):
        if language == "python":
            exec(compile(code, f"{page}.md", "exec"), {})
            continue
        for line in code.splitlines():
            done = emtract(*shlex.split(line)[1:])
            assert done.returncode == 0, done.stderr
    left, says = EXAMPLES[page]
    assert says in done.stdout and (tmp_path / left).is_file()


def test_the_configuration_example_loads(tmp_path):
    (code,) = blocks("toml")
    (tmp_path / "emtract.toml").write_text(code, encoding="utf-8")
    assert len(load_settings(tmp_path / "emtract.toml").posts) == 2


def test_the_model_figures_are_those_of_the_shipped_model():
    from emtract.model.card import read_card
    from emtract.model.registry import shipped_folder

    metrics = read_card(shipped_folder("default")).metrics["int8"]
    for name in ("accuracy", "macro_f1", "log_loss"):
        mean, spread = (f"{metrics[name][key]:.3f}".lstrip("0") for key in ("mean", "sd"))
        assert f"{mean} ± {spread}" in README, name


def test_the_figures_of_the_archive_are_those_of_the_committed_study():
    import polars as pl

    folder = ROOT / "reports/daily_returns"
    estimates = pl.read_csv(folder / "estimates.csv")
    happy = estimates.row(
        by_predicate=(pl.col("spec") == "contemporaneous_emotions") & (pl.col("term") == "happy_market"), named=True
    )
    assert (
        f"{happy['estimate']:.1f} basis points higher (95 % interval {happy['conf_low']:.1f} to {happy['conf_high']:.1f})"
        in README
    )
    ledger = pl.read_csv(folder / "attrition.csv").filter(pl.col("spec").fill_null("") == "")
    steps = dict(ledger.select("step", "rows_out").rows())
    for step in ("lines read", "distinct posts", "firm-sessions with a price"):
        assert f"{steps[step]:,}" in README, step


@pytest.mark.parametrize("link", sorted(set(re.findall(r"\]\((?!http)([^)#]+)\)", README))))
def test_every_link_leads_somewhere(link):
    assert (ROOT / link).exists()


def test_options_of_the_panel_are_those_of_one_statement():
    import inspect

    from msgspec.structs import fields

    import emtract
    from emtract.config import Settings
    from emtract.options import PanelOptions, PanelSettings

    stated = {f.name: f.default for f in fields(PanelOptions)}
    taken = inspect.signature(emtract.build_panel).parameters
    assert {name: taken[name].default for name in stated if name != "texts"} == {
        name: default for name, default in stated.items() if name != "texts"
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
