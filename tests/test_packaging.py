"""Wheel and source archive hold what the code reads, and nothing of a checkout is needed beside them."""

import importlib.metadata
import json
import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
pytest.importorskip("hatchling", reason="the test extra builds the wheel")
#: Verbs of a first afternoon, and a line that each prints.
SMOKE = """
import contextlib, io, json, sys
from pathlib import Path
import emtract
from emtract import cli
from emtract.store.sql import sql_folder

site = Path(sys.argv[1])
said = {}
def run(*arguments):
    sys.argv = ["emtract", *arguments]
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        try:
            cli.main()
        except SystemExit as ended:
            assert not ended.code, (arguments, ended.code, out.getvalue())
    return out.getvalue()

said["predict"] = run("predict", "to the moon")
said["list"] = run("study", "list")
said["init"] = run("init", "project")
said["doctor"] = json.loads(run("doctor", "--json", "-c", "none.toml"))
said["specs"] = {name: len(emtract.load_study(name).specs) for name in emtract.list_studies()}
emtract.Store.open("s.duckdb").close()
strange = [m.__file__ for n, m in sys.modules.items() if n.partition(".")[0] == "emtract" and m.__file__]
said["strange"] = [file for file in [*strange, str(sql_folder())] if site not in Path(file).parents]
print(json.dumps(said))
"""


def build(target, source, folder):
    """Build without network, with what is installed here, as `python -m build --no-isolation` does."""
    command = [sys.executable, "-m", "hatchling", "build", "--target", target, "--directory", str(folder)]
    subprocess.run(command, cwd=source, check=True, capture_output=True)
    (path,) = folder.glob("*.whl" if target == "wheel" else "*.tar.gz")
    return path


@pytest.fixture(scope="module")
def source_archive(tmp_path_factory):
    return build("sdist", ROOT, tmp_path_factory.mktemp("sdist"))


@pytest.fixture(scope="module")
def wheel(source_archive, tmp_path_factory):
    """The wheel of the source archive: what the index gives is built of that, and not of a checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    with tarfile.open(source_archive) as archive:
        archive.extractall(folder, filter="data")
    (source,) = folder.iterdir()
    return build("wheel", source, folder / "dist")


@pytest.fixture(scope="module")
def site(wheel, tmp_path_factory):
    """A folder that the wheel is installed in, and nothing else."""
    folder = tmp_path_factory.mktemp("site")
    options = ["--quiet", "--disable-pip-version-check", "--no-deps", "--no-index", "--no-compile"]
    command = [sys.executable, "-m", "pip", "install", *options, "--target", str(folder), str(wheel)]
    subprocess.run(command, check=True, capture_output=True)
    return folder


def of_git(*folders):
    """Files of the repository beneath folders."""
    listed = subprocess.run(["git", "ls-files", "-z", *folders], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("no repository: what belongs to the package is not known")
    return [name for name in listed.stdout.split("\0") if name]


def test_the_wheel_carries_every_file_of_the_package_and_no_other(wheel):
    names = set(zipfile.ZipFile(wheel).namelist())
    package = {name for name in names if not name.partition("/")[0].endswith(".dist-info")}
    committed = {
        name if name.startswith("emtract/") else f"emtract/{name}" for name in of_git("emtract", "sql", "studies")
    }
    assert committed <= names
    assert all(name.startswith("emtract/") and "__pycache__" not in name for name in package)
    for pattern in (
        "emtract/py.typed",
        "emtract/sql/panel/firm_sessions/panel.sql",
        "emtract/studies/daily_returns.py",
        "emtract/report/templates/study.html.j2",
        "emtract/pipeline/templates/project/emtract.toml",
        "emtract/model/weights/default/model.onnx",
        "emtract/model/train/recipes/*.toml",
        "emtract/synthetic/phrases/happy.toml",
    ):
        assert any(Path(name).match(pattern) for name in package), pattern
    assert wheel.stat().st_size < 30e6


def test_the_wheel_names_version_licence_and_entry_point(wheel):
    archive = zipfile.ZipFile(wheel)
    (folder,) = {name.partition("/")[0] for name in archive.namelist() if ".dist-info/" in name}
    assert "emtract = emtract.cli:main" in archive.read(f"{folder}/entry_points.txt").decode()
    assert f"{folder}/licenses/LICENSE" in archive.namelist()
    metadata = archive.read(f"{folder}/METADATA").decode()
    assert f"\nVersion: {importlib.metadata.version('emtract')}\n" in metadata


def test_an_installed_wheel_works_away_from_the_checkout(site, tmp_path):
    """Its folder stands before the environment's, which lends the libraries: a file that it lacks is found nowhere."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    environment |= {"PYTHONPATH": str(site), "PYTHONSAFEPATH": "1"}

    def run(*command):
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, env=environment)
        assert done.returncode == 0, done.stderr
        return done.stdout

    assert run(site / "bin/emtract", "--version").startswith("emtract ")
    said = json.loads(run(sys.executable, "-c", SMOKE, str(site)).splitlines()[-1])
    assert said["strange"] == []
    assert "happy" in said["predict"]
    assert "daily_returns" in said["list"]
    assert (tmp_path / "project/emtract.toml").is_file()
    assert said["doctor"]["sound"]
    assert min(said["specs"].values()) > 0
    assert set(said["specs"]) == {path.stem for path in (ROOT / "studies").glob("*.py")}


def test_the_source_archive_carries_tests_and_what_is_read_beside_them(source_archive):
    with tarfile.open(source_archive) as archive:
        held = {name.partition("/")[2] for name in archive.getnames()}
    assert set(of_git("emtract", "sql", "studies", "notebooks", "tests")) <= held
    assert {
        "pyproject.toml",
        "README.md",
        "CHANGELOG.md",
        "LICENSE",
        "CITATION.cff",
        "Makefile",
        "constraints.txt",
    } <= held
    assert not {name for name in held if name.startswith((".git/", ".venv/", "reports/", "runs/"))}
