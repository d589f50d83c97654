"""A replication package: what it holds, that it runs away from here to the same bytes, and that two builds agree."""

import hashlib
import io
import json
import os
import re
import select
import shutil
import subprocess
import sys
import tomllib
import zipfile
from contextlib import redirect_stdout
from importlib.util import find_spec, module_from_spec, spec_from_file_location

import duckdb
import polars as pl
import pytest

from emtract import pipeline
from emtract.config import load_settings
from emtract.errors import ReportError, StoreError
from emtract.pipeline.replicate import replicate
from emtract.pipeline.replicate.code import constraints
from emtract.pipeline.replicate.exhibits import Lines
from emtract.pipeline.replicate.layout import lay_out, to_toml
from emtract.pipeline.replicate.measured import Measured, run_measured
from emtract.pipeline.replicate.readme import bytes_text, study_seeds
from emtract.store import Store
from emtract.study import load_study

pytest.importorskip("hatchling", reason="the test extra builds the wheel")

BUILD = "emtract.pipeline.replicate.build"
CONFIG = """
studies = ["valence.py"]
[store]
path = "store/s.duckdb"
[[posts]]
files = "../archive/posts/QZ*"
cite = "stocknet"
[[prices]]
files = "../archive/prices/QZ*.csv"
[model]
name = "fast"
threads = 1
[report]
folder = "pages"
notice = "Synthetic data."
"""
STUDY = '''"""One regression, so that the package is what takes the time."""
from emtract.econometrics.regression.spec import Spec
from emtract.study import Exhibit, Study

SPEC = Spec(
    y="return_open_close", x=("valence_market",), effects=("symbol", "session"), covariance="clustered",
    clusters=("symbol",), small_sample="fixest", standardise=("valence_market",), y_scale=1e4, bootstrap="wild",
    draws=99, seed=11,
)
STUDY = Study(
    name="valence", question="Does valence move with returns?", design="A panel.", papers=("A paper, 2020",),
    specs={"main": SPEC}, primary=("main", "valence_market"),
    headline=(("main", "valence_market"),), exhibits=(Exhibit("Valence and returns", ("main",)),),
)
'''


@pytest.fixture(scope="module")
def project(demo, tmp_path_factory):
    """Half of the demonstration's archive, read by the fast model."""
    folder = tmp_path_factory.mktemp("replicate")
    (folder / "archive").symlink_to(demo[0] / "archive")
    (folder / "project").mkdir()
    (folder / "project/emtract.toml").write_text(CONFIG)
    (folder / "project/valence.py").write_text(STUDY)
    settings = load_settings(folder / "project/emtract.toml")
    with pipeline.open_store(settings) as store:
        pipeline.ingest(settings, store)
        pipeline.score(settings, store)
    return folder / "project"


@pytest.fixture(scope="module")
def package(project, tmp_path_factory):
    folder = tmp_path_factory.mktemp("package") / "journal"
    made = replicate(project / "emtract.toml", "valence.py", folder, with_data=True, synthetic=True, rows=2_000)
    return folder, made


def run(folder, site, *options):
    """Run the master script of a copy with the wheel unpacked in `site`, nothing of the checkout before it."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    environment |= {"PYTHONPATH": str(site), "PYTHONSAFEPATH": "1", "PYTHONNOUSERSITE": "1"}
    command = [sys.executable, str(folder / "run.py"), *options]
    return subprocess.run(command, cwd=folder.parent, capture_output=True, text=True, check=False, env=environment)


@pytest.fixture(scope="module")
def moved(package, tmp_path_factory):
    """A copy of the package in a fresh folder, its wheel unpacked beside it."""
    folder = tmp_path_factory.mktemp("elsewhere")
    shutil.copytree(package[0], folder / "p")
    (wheel,) = (folder / "p/code").glob("*.whl")
    zipfile.ZipFile(wheel).extractall(folder / "site")
    return folder / "p", folder / "site"


def test_the_package_runs_elsewhere_to_the_same_bytes(moved):
    folder, site = moved
    done = run(folder, site)
    assert done.returncode == 0, done.stdout + done.stderr
    for name in ("estimates.csv", "table.tex"):
        assert f"identical: work/reports/valence/{name}" in done.stdout
        mine, theirs = (folder / p / "valence" / name for p in ("work/reports", "outputs"))
        assert mine.read_bytes() == theirs.read_bytes()
    assert json.loads((folder / "work/runtime.json").read_text())["seconds"].keys() == {"ingest", "score", "study"}


def test_another_table_is_told_and_is_no_success(moved):
    folder, _ = moved
    script = load_script(folder / "run.py")
    mine, theirs = folder / "work/reports/valence", folder / "outputs/valence"
    assert script.compare(mine, theirs) == 0
    kept = (theirs / "table.tex").read_text()
    (theirs / "table.tex").write_text(kept.replace("Valence", "Mood", 1) + "more\n")
    try:
        with redirect_stdout(io.StringIO()) as said:
            assert script.compare(mine, theirs) == 1
    finally:
        (theirs / "table.tex").write_text(kept)
    assert "identical: work/reports/valence/estimates.csv" in said.getvalue()
    assert "DIFFERENT: work/reports/valence/table.tex" in said.getvalue()
    assert "  2 of " in said.getvalue()


def load_script(path):
    spec = spec_from_file_location("run_of_package", path)
    script = module_from_spec(spec)
    spec.loader.exec_module(script)
    return script


def test_the_generated_archive_runs_to_its_own_bytes_without_the_data(moved):
    folder, site = moved
    shutil.rmtree(folder / "data")
    done = run(folder, site, "--synthetic")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "identical: work/reports_synthetic/valence/estimates.csv" in done.stdout
    lacking = run(folder, site)
    assert (lacking.returncode, "24 of 24 inputs are missing" in lacking.stderr) == (1, True)
    real, generated = (pl.read_csv(folder / o / "valence/estimates.csv") for o in ("outputs", "outputs_synthetic"))
    assert real["estimate"].to_list() != generated["estimate"].to_list()


def test_an_input_of_other_bytes_stops_the_script(package, moved, tmp_path):
    shutil.copytree(package[0], tmp_path / "p")
    path = tmp_path / "p/data/prices/QZAL.csv"
    path.write_text(path.read_text() + "\n")
    done = run(tmp_path / "p", moved[1])
    assert done.returncode == 1
    assert "first data/prices/QZAL.csv" in done.stderr


class Again:
    """Gives the outputs of an earlier build."""

    def __init__(self, folder):
        self.folder = folder

    def __call__(self, config, study, folder, *, whole):
        shutil.copytree(self.folder / folder.name, folder)
        return Measured({"study": 1.0}, None, None)


def contents(folder):
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != "runtime.json")
    return {p.relative_to(folder).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


def test_two_builds_have_the_same_bytes(project, package, tmp_path, monkeypatch):
    (wheel,) = (package[0] / "code").glob("*.whl")
    # Building the wheel twice is hatchling's business; that the generated archive runs to its bytes is tested above.
    monkeypatch.setattr(f"{BUILD}.build_wheel", lambda to: shutil.copy(wheel, to / wheel.name))
    again = Again(package[0])
    monkeypatch.setattr(f"{BUILD}.run_measured", lambda *a, whole: (again if whole else run_measured)(*a, whole=whole))
    monkeypatch.chdir(tmp_path)
    replicate(project / "emtract.toml", "valence.py", tmp_path / "again", with_data=True, synthetic=True, rows=2_000)
    assert contents(tmp_path / "again") == contents(package[0])


def test_what_the_package_holds(package):
    folder, made = package
    names = contents(folder)
    assert made.files == len(names) + 1
    assert (made.referenced, made.too_large, made.left_out) == ((), (), ())
    for name in (
        "run.py",
        "README.md",
        "emtract.toml",
        "study/valence.py",
        "sql/panel/firm_sessions/panel.sql",
        "data/posts/QZAL.jsonl.gz",
    ):
        assert name in names
    told = dict(line.split("  ")[::-1] for line in (folder / "checksums.sha256").read_text().splitlines())
    assert told == {name: digest for name, digest in names.items() if name != "checksums.sha256"}
    assert not (folder / "work").exists()
    text = "".join((folder / n).read_text() for n in ("README.md", "emtract.toml", "emtract_synthetic.toml", "run.py"))
    assert str(folder.parent) not in text
    assert "threads" not in (folder / "emtract.toml").read_text()
    runtime = json.loads((folder / "runtime.json").read_text())
    assert runtime["study"]["peak_memory_bytes"] > 1e8
    assert runtime["synthetic"]["seconds"].keys() == {"ingest", "score", "study"}
    assert [r["scorer"] for r in runtime["scoring"]] == ["fast"]


def test_the_inputs_are_listed_with_digests_and_rows(package, project):
    table = pl.read_csv(package[0] / "inputs.csv")
    assert table.height == 24
    assert table["provided"].unique().to_list() == ["yes"]
    row = table.row(by_predicate=pl.col("path") == "data/posts/QZBR.jsonl", named=True)
    original = project.parent / "archive/posts/QZBR.jsonl"
    assert row["sha256"] == hashlib.sha256(original.read_bytes()).hexdigest()
    assert row["rows"] == len(original.read_text().splitlines())


#: Item of the template README of the Social Science Data Editors, version 1.2 -> where it stands in the package's README.
TEMPLATE = {
    "Overview": ("## Overview", "reads 12 files of posts and 12 files of prices"),
    "Statement about Rights": ("### Statement about Rights", "confirm that they may redistribute"),
    "License for Data": ("### License for Data", "**[Licence of the data"),
    "Summary of Availability": ("### Summary of Availability", "- [x] All data are in this package."),
    "Details on each Data Source": ("### Details on each Data Source", "Xu and Cohen (2018): see References."),
    "Dataset list": ("## Dataset list", "| `data/posts/QZ*` | posts | "),
    "Software Requirements": ("### Software Requirements", "`code/constraints.txt`"),
    "Controlled Randomness": ("### Controlled Randomness", "| 11 | `main` (line 12) |"),
    "Summary time to reproduce": ("#### Summary time to reproduce", "- [x] less than 10 minutes"),
    "Summary of required storage space": ("#### Summary of required storage space", "- [x] less than 25 MB"),
    "Computational Details": ("#### Computational Details", "last run, on: "),
    "Description of programs/code": ("## Description of Programs", "| `run.py` | master script"),
    "License for Code": ("### License for Code", "MIT (`LICENSE.txt`)"),
    "Instructions to Replicators": ("## Instructions to Replicators", "3. `python run.py`"),
    "Details on various programs": ("### Details on various programs", "`estimates.csv` and `table.tex` byte for byte"),
    "List of tables and programs": (
        "## List of Tables and Programs",
        "| Table 1: Valence and returns | `study/valence.py` | 13 |",
    ),
    "References": ("## References", "Stock Movement Prediction from Tweets and Historical Prices"),
    "Acknowledgements": ("## Acknowledgements", "**[Where data were given under conditions"),
}


@pytest.mark.parametrize("item", TEMPLATE)
def test_every_item_of_the_template_has_its_section(package, item):
    text = (package[0] / "README.md").read_text()
    heading, says = TEMPLATE[item]
    _, found, after = text.partition(f"\n{heading}\n")
    assert found, heading
    section = re.split(rf"\n#{{1,{heading.count('#')}}} ", after)[0]
    assert says in section, section


def test_the_headings_of_the_readme_stand_in_the_order_of_the_template(package):
    text = (package[0] / "README.md").read_text()
    places = [text.index(f"\n{heading}\n") for heading, _ in TEMPLATE.values()]
    assert places == sorted(places)


def test_the_readme_names_papers_data_figures_and_what_the_authors_complete(package):
    text = (package[0] / "README.md").read_text()
    assert "A paper, 2020" in text
    assert "> Synthetic data." in text
    assert "- **[Daily prices, as the provider asks to be cited.]**" in text
    assert "| Figure 1: Coefficients with 95 % intervals | `study/valence.py` | 12 | all |" in text
    assert "`outputs/valence/index.html`, `outputs/valence/estimates.csv`" in text
    assert re.search(r"\d [kM]B for the inputs, and \d", text)
    for line in re.findall(r"`(outputs/[^`]+)`", text):
        assert (package[0] / line).exists(), line
    assert (package[0] / "LICENSE.txt").read_text().startswith("MIT License")


def test_without_data_the_inputs_are_only_named(project, package, tmp_path, monkeypatch):
    monkeypatch.setattr(f"{BUILD}.build_wheel", lambda to: None)
    monkeypatch.setattr(f"{BUILD}.run_measured", Again(package[0]))
    made = replicate(project / "emtract.toml", "valence.py", tmp_path / "p")
    assert len(made.referenced) == 24
    assert not (tmp_path / "p/data").exists()
    assert "emtract/errors.py" in (tmp_path / "p/code/emtract.sha256").read_text()
    assert "24 of 24 input files are **not** included" in (tmp_path / "p/README.md").read_text()
    with pytest.raises(ReportError, match="--force"):
        replicate(project / "emtract.toml", "valence.py", tmp_path / "p")
    monkeypatch.setattr("emtract.pipeline.replicate.layout.LARGEST", 50_000)
    large = replicate(project / "emtract.toml", "valence.py", tmp_path / "p", with_data=True, force=True)
    assert "data/posts/QZBR.jsonl" in large.too_large
    assert set(large.too_large) <= set(large.referenced)
    assert "Too large to be copied" in (tmp_path / "p/README.md").read_text()


def test_a_folder_that_is_no_package_is_never_replaced(project, tmp_path):
    (tmp_path / "mine.txt").write_text("x")
    with pytest.raises(ReportError, match="no replication package"):
        replicate(project / "emtract.toml", "valence.py", tmp_path, force=True)
    assert (tmp_path / "mine.txt").exists()


def changed(project, tmp_path, *statements):
    """A copy of the project whose store was changed by hand."""
    (tmp_path / "archive").symlink_to(project.parent / "archive")
    shutil.copytree(project, tmp_path / "project")
    with duckdb.connect(str(tmp_path / "project/store/s.duckdb")) as connection:
        for statement in statements:
            connection.execute(statement)
    return tmp_path / "project/emtract.toml"


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("UPDATE sources SET path = 'old.jsonl' WHERE path LIKE '%QZBR.jsonl'", "old.jsonl, which the configuration"),
        (
            "UPDATE sources SET sha256 = '0' WHERE path LIKE '%QZBR.jsonl'",
            "another version of ../archive/posts/QZBR.jsonl",
        ),
        ("DELETE FROM text_scores WHERE text_key = (SELECT min(text_key) FROM text_scores)", "no score yet"),
    ],
)
def test_a_store_that_a_replicator_would_not_get_is_refused(project, tmp_path, statement, words):
    config = changed(project, tmp_path, statement)
    with pytest.raises(StoreError, match=words):
        replicate(config, "valence.py", tmp_path / "p")
    assert not (tmp_path / "p").exists()


def test_inputs_lie_below_one_folder_wherever_they_came_from(tmp_path):
    for name in ("a/posts/x.jsonl", "b/prices/A.csv", "b/13f/h.zip", "b/13f/cusips.csv", "b/[odd].csv"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x")
    (tmp_path / "a/emtract.toml").write_text(
        f"""
store = {{ path = "s.duckdb" }}
posts = [{{ files = "posts/" }}]
prices = [{{ files = "{tmp_path}/b/prices/*.csv" }}, {{ files = "../b/[[]odd].csv" }}]
market = [{{ files = "../b/13f/*.zip", format = "sec_13f", options = {{ cusips = "cusips.csv" }} }}]
"""
    )
    layout = lay_out(load_settings(tmp_path / "a/emtract.toml"))
    assert [entry.place for entry in layout.entries] == [
        "a/posts/x.jsonl",
        "b/13f/cusips.csv",
        "b/13f/h.zip",
        "b/[odd].csv",
        "b/prices/A.csv",
    ]
    packaged = layout.packaged("study/x.py", "data", {})
    assert packaged.prices[0].files == "data/b/prices/*.csv"
    for entry in layout.entries:
        (tmp_path / "pkg/data" / entry.place).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(entry.path, tmp_path / "pkg/data" / entry.place)
    (tmp_path / "pkg/emtract.toml").write_text(to_toml(packaged))
    again = load_settings(tmp_path / "pkg/emtract.toml")
    assert again.market == packaged.market
    assert [e.place for e in lay_out(again).entries] == [e.place for e in layout.entries]


def test_settings_survive_being_written(tmp_path):
    settings = load_settings_text(tmp_path, 'store = { path = "a \\" \\\\ \\u007f é" }\nstudies = ["x", "y"]\n')
    written = to_toml(settings)
    assert tomllib.loads(written)["studies"] == ["x", "y"]
    assert load_settings_text(tmp_path, written).store.path == settings.store.path


def test_what_a_study_rests_on_besides_survives_too_without_the_file_of_symbols(tmp_path):
    (tmp_path / "firms.txt").write_text("AAPL\nMSFT\n")
    picks = (
        'start = 2014-01-02, symbols = "firms.txt", posts = { since = 2014-02-01, drop_bots = {} }, split = "history"'
    )
    table = 'valence = { max_attrition = 0.5, only = ["main"] }'
    text = f'store = {{ path = "a" }}\npanel = {{ {picks} }}\nstudy = {{ {table} }}\n'
    settings = load_settings_text(tmp_path, text)
    (tmp_path / "firms.txt").unlink()
    again = load_settings_text(tmp_path, to_toml(settings))
    assert (again.panel, again.study) == (settings.panel, settings.study)
    assert again.panel.symbols == ("AAPL", "MSFT")


def load_settings_text(folder, text):
    (folder / "emtract.toml").write_text(text)
    return load_settings(folder / "emtract.toml")


def test_constraints_hold_every_library_at_one_version(package):
    lines = (package[0] / "code/constraints.txt").read_text().splitlines()
    names = [line.split("==")[0] for line in lines]
    assert names == sorted(set(names))
    assert {"duckdb", "polars", "numpy", "scipy", "openvino", "pyfixest"} <= set(names)
    assert '-any.whl[large]"`' in (package[0] / "README.md").read_text()
    assert not {"emtract", "pytest", "torch"} & set(names)
    assert "torch" in constraints(None, ["hf"]) or find_spec("torch") is None


def test_seeds_are_those_of_what_draws(tmp_path):
    (tmp_path / "valence.py").write_text(STUDY)
    assert study_seeds(load_study(tmp_path / "valence.py")) == {11: ("main",)}
    assert study_seeds(load_study("persistence")).keys() <= {0, 1, 2, 3, 4, 5, 6, 7}


@pytest.mark.parametrize(
    ("size", "shown"),
    [
        (0, "0 bytes"),
        (999, "999 bytes"),
        (344_000, "344 kB"),
        (999_900, "1.0 MB"),
        (1_234_567, "1.2 MB"),
        (3_400_000_000, "3.4 GB"),
    ],
)
def test_sizes_have_the_unit_that_suits_them(size, shown):
    assert bytes_text(size) == shown


def test_lines_are_those_of_the_study_file():
    lines, text = Lines.of(STUDY), STUDY.splitlines()
    assert '"main": SPEC' in text[lines.spec("main") - 1]
    assert "Exhibit(" in text[lines.table("Valence and returns") - 1]
    assert "Exhibit(" in text[lines.table("a title that is made up while it runs") - 1]
    assert "specs=" in text[lines.spec("made_up") - 1]
    named = Lines.of("A = {}\nSTUDY = Study(\n    specs=A,\n)\n")
    assert (named.spec("x"), named.table("y")) == (1, 2)
    assert Lines.of("def (").spec("x") == 1


SLOW = """
import threading
pipe = open("pipe", "w")
pipe.write("begun")
pipe.flush()
threading.Event().wait()
"""
WAITING = """
from pathlib import Path
from emtract.pipeline.replicate.measured import run_measured
run_measured(Path("emtract.toml"), "slow.py", Path("out"), whole=False)
"""


def test_the_process_that_is_measured_ends_with_the_one_that_waits_for_it(tmp_path):
    """Its end of the pipe closes when it ends, and the store that it held to read can be written again."""
    (tmp_path / "slow.py").write_text(STUDY + SLOW)
    (tmp_path / "emtract.toml").write_text('[store]\npath = "s.duckdb"\n')
    Store.open(tmp_path / "s.duckdb").close()
    os.mkfifo(tmp_path / "pipe")
    pipe = os.open(tmp_path / "pipe", os.O_RDONLY | os.O_NONBLOCK)

    def told():
        assert select.select([pipe], [], [], 300)[0], "nothing was said"
        return os.read(pipe, 99)

    with subprocess.Popen([sys.executable, "-c", WAITING], cwd=tmp_path) as waiting:
        try:
            assert told() == b"begun"
        finally:
            waiting.kill()
    assert told() == b""
    os.close(pipe)
    Store.open(tmp_path / "s.duckdb").close()
